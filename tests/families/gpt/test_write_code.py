"""What the page streams for writing on, and that the programs it offers print the same without the playground."""

import json
import os
import subprocess
import sys
from dataclasses import asdict

import pytest
from transformers import AutoTokenizer

from playground.core.words import Wrong
from playground.families import gpt
from playground.families.gpt import tab_write
from playground.families.gpt.sampling import Settings
from tests.families.gpt import tiny

TEXT = "the cat sat on the mat"


def lines(stream) -> list[dict]:
    return [json.loads(piece) for piece in stream]


def run(code: str, folder) -> str:
    """What a program prints, run where the models lie and the playground does not."""
    shorn = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    settings = {**shorn, "OMP_NUM_THREADS": "1", "TRANSFORMERS_VERBOSITY": "error", "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=settings, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.fixture
def home(models, tmp_path):
    """A folder where `assets/models/gpt/...` is what the programs open."""
    (tmp_path / "assets").symlink_to(models.parent.parent, target_is_directory=True)
    return tmp_path


def several(codes: list[str]) -> str:
    """One program of many: importing torch takes longer than all they do."""
    return "\nprint('=====')\n".join(codes)


SETTINGS = {
    "greedy": Settings(greedy=True),
    "greedy with a penalty": Settings(greedy=True, repetition_penalty=1.3),
    "as the model says": Settings(seed=8),
    "temperature": Settings(temperature=0.7, seed=1),
    "top-k": Settings(top_k=12, seed=2),
    "top-p": Settings(top_p=0.8, seed=3),
    "min-p": Settings(min_p=0.1, seed=4),
    "typical": Settings(typical_p=0.7, seed=5),
    "penalty": Settings(repetition_penalty=1.5, seed=6),
    "all": Settings(1.2, 50, 0.9, 0.01, 0.9, 1.1, seed=7),
}


def test_the_program_prints_what_the_page_shows(home) -> None:
    said = [tab_write.gpt_write(TEXT, "gpt/gpt2", 12, **asdict(settings)) for settings in SETTINGS.values()]
    shown = [one["text"] for one in said]
    assert len(set(shown)) > 6
    assert run(several([one["code"] for one in said]), home).split("\n=====\n") == [*shown[:-1], shown[-1] + "\n"]


def test_the_program_of_every_kind_and_way(home) -> None:
    """Other kinds, a first token, a talk, the end of a line, a text that was cut, a text that goes on from tokens."""
    first = tab_write.gpt_write(TEXT, "gpt/llama", 10, seed=3)
    more = [one["id"] for one in first["tokens"]]
    asked = [
        *({"text": TEXT, "model": f"gpt/{kind}", "settings": {"seed": 2}} for kind in tiny.CONFIGS),
        {"text": TEXT, "model": "gpt/gpt2", "start": True, "settings": {"seed": 4}},
        {"text": "", "model": "gpt/gpt2", "settings": {"seed": 4}},
        {"text": f"a {tiny.END} b", "model": "gpt/gpt2", "settings": {"seed": 4}},
        {"text": TEXT, "model": "gpt/talks", "chat": True, "settings": {"greedy": True}},
        {"text": TEXT, "model": "gpt/gpt2", "line": True, "tokens": 40, "settings": {"seed": 1}},
        {"text": "é 🐈 " * 40, "model": "gpt/gpt2", "settings": {"seed": 5}},
        {"text": TEXT, "more": more, "model": "gpt/llama", "settings": {"temperature": 0.5, "seed": 6}},
    ]
    ends = [lines(tab_write.write({"tokens": 10, **one}))[-1]["ended"] for one in asked]
    printed = run(several([end["code"] for end in ends]), home)
    assert printed == "\n=====\n".join(end["text"] for end in ends) + "\n"
    assert "text = 'the cat" in ends[0]["code"] and "text = " not in ends[-1]["code"]


def test_the_program_of_a_beam_search(home) -> None:
    said = [
        tab_write.gpt_beams(TEXT, f"gpt/{kind}", 3, 8, penalty) for kind, penalty in (("gpt2", 1.0), ("llama", 0.5))
    ]
    printed = run(several([one["code"] for one in said]), home)
    for one, part in zip(said, printed.split("=====\n"), strict=True):
        rows = part.strip().splitlines()
        model = "gpt2" if one is said[0] else "llama"
        tokenizer = AutoTokenizer.from_pretrained(home / "assets" / "models" / "gpt" / model)
        before = tokenizer(TEXT).input_ids
        for row, found in zip(rows, one["found"], strict=True):
            score, text = row.split(" ", 1)
            assert float(score) == pytest.approx(found["score"], abs=1e-4)
            assert text == repr(tokenizer.decode([*before, *found["ids"]], skip_special_tokens=True))


def test_a_stream_has_a_beginning_tokens_and_an_end(models) -> None:
    first, *told, last = lines(
        tab_write.write({"text": TEXT, "model": "gpt/gpt2", "tokens": 9, "settings": {"seed": 1}})
    )
    begun, ended = first["begun"], last["ended"]
    assert begun["asked"] == {"text": TEXT, "more": [], "model": "gpt/gpt2", "start": False, "chat": False}
    assert begun["new"] == 9 and begun["cut"] == 0 and begun["left_out"] == ""
    rows = [row for piece in told for row in piece["told"]]
    assert len(rows) == 9 and all(len(row) == 8 and len(row[7]) == 5 for row in rows)
    assert ended["why"] == "length" and ended["text"].startswith(TEXT)
    assert ended["code"] == tab_write.gpt_write(TEXT, "gpt/gpt2", 9, seed=1)["code"]


def test_a_stopped_text_has_its_program(home) -> None:
    question = {"text": "a" * 100, "model": "gpt/gpt2", "settings": {"seed": 2}}
    stream = tab_write.write({**question, "tokens": 20})
    begun, first = json.loads(next(stream))["begun"], json.loads(next(stream))["told"]
    stream.close()
    code = tab_write.write_code({**begun["asked"], "settings": {"seed": 2}, "tokens": len(first)})["code"]
    ids = [*begun["tokens"]["ids"], *(row[0] for row in first)]
    tokenizer = AutoTokenizer.from_pretrained(home / "assets" / "models" / "gpt" / "gpt2")
    assert run(code, home) == tokenizer.decode(ids, skip_special_tokens=True) + "\n"


def test_what_is_told_of_a_text_can_be_asked_for_its_end_only(models) -> None:
    whole = tab_write.read({"text": TEXT, "model": "gpt/gpt2"})["told"]
    assert tab_write.read({"text": TEXT, "model": "gpt/gpt2", "last": 2})["told"] == whole[-2:]
    with pytest.raises(Wrong):
        tab_write.read({"text": TEXT, "model": "gpt/gpt2", "last": 0})


def test_tokens_are_counted_beyond_what_is_read(models) -> None:
    said = tab_write.count({"text": "a" * 100, "model": "gpt/gpt2"})
    assert said == {"count": 100, "positions": 64, "start": tiny.END, "talks": False}
    assert tab_write.count({"text": "", "model": "gpt/talks"})["count"] == 0
    assert tab_write.count({"text": "", "model": "gpt/talks"})["talks"]


def test_the_beams_stream_is_the_endpoint_s_answer(models) -> None:
    question = {"text": TEXT, "model": "gpt/gpt2", "width": 3, "steps": 5}
    begun, *steps, found = lines(tab_write.beams(question))
    told = tab_write.gpt_beams(TEXT, "gpt/gpt2", 3, 5)
    assert [step["step"] for step in steps] == told["steps"]
    assert json.loads(json.dumps(told["found"])) == found["found"]["best"] and found["found"]["code"] == told["code"]
    assert begun["begun"]["tokens"]["texts"][0] == "t"


@pytest.mark.parametrize(
    "bad",
    [
        {"tokens": 0}, {"tokens": "9"}, {"settings": []}, {"settings": {"temperature": 0}}, {"settings": {"heat": 1}},
        {"settings": {"seed": -1}}, {"line": "yes"}, {"more": [10**9]}, {"chat": True}, {"text": 5},
    ],
)  # fmt: skip
def test_a_bad_question_gets_a_sentence(models, bad) -> None:
    with pytest.raises(Wrong):
        list(tab_write.write({"text": TEXT, "model": "gpt/gpt2", **bad}))


def test_two_who_write_at_once_get_the_same_as_alone(models) -> None:
    """Their pieces in turn, as the door asks for them."""
    questions = [{"text": TEXT, "model": "gpt/gpt2", "tokens": 30, "settings": {"seed": seed}} for seed in (1, 2)]
    alone = [lines(tab_write.write(question))[-1]["ended"]["text"] for question in questions]
    streams, told = [tab_write.write(question) for question in questions], [[], []]
    while any(streams):
        for i, stream in enumerate(streams):
            piece = stream and next(stream, None)
            streams[i] = stream if piece else None
            told[i] += [json.loads(piece)] if piece else []
    assert [one[-1]["ended"]["text"] for one in told] == alone
    assert gpt.ends_of("gpt/gpt2") == (0,)
