"""What a prompt is answered is what transformers computes, for every kind of model."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from playground.core import store
from playground.core.chances import softmax
from playground.core.words import Wrong
from playground.families.gpt import labels as scoring
from playground.families.gpt import tab_shots
from playground.families.gpt.labels import CONTENT_FREE, Posed, answer, bias, calibrated, fitted, ranges
from playground.families.gpt.model import open_gpt
from playground.families.gpt.shots import Layout, Prompt
from tests.families.gpt import tiny

KINDS = list(tiny.CONFIGS)
LAYOUT = Layout("", " ->")
PAIRS = (("the cat", "sat"), ("a mat", "the"))
NAMES = ("sat", "the cat", "cat", "é 🐈", "the")


def prompt(kind: str, **more) -> Prompt:
    return replace(Prompt("say", PAIRS, "a hat", LAYOUT, labels=NAMES, model=f"gpt/{kind}"), **more)


def logs_of(folder, text: str, label: str) -> np.ndarray:
    """By transformers alone: the log-probability of each token of `label` after `text`."""
    net = AutoModelForCausalLM.from_pretrained(folder, attn_implementation="eager").eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    before, ids = tokenizer(text).input_ids, tokenizer(text + label, return_tensors="pt").input_ids
    with torch.no_grad():
        logs = net(ids).logits[0].log_softmax(-1)
    n = len(before)
    assert ids[0, :n].tolist() == before
    return logs[n - 1 : -1].gather(1, ids[0, n:, None])[:, 0].numpy()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("ends", [False, True])
def test_each_answer_has_the_log_probability_of_its_tokens(models, kind, ends) -> None:
    """All answers in one padded batch after one reading; here each alone, unpadded, with the whole prompt."""
    asked = prompt(kind)
    scored = answer(Posed(asked, ends)).scored
    assert scored and len(scored.logs) == len(NAMES)
    for label, logs in zip(NAMES, scored.logs, strict=True):
        np.testing.assert_allclose(logs, logs_of(models / kind, asked.text(), f" {label}" + "\n" * ends), atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_a_batch_says_what_each_row_says(models, kind) -> None:
    asked = prompt(kind)
    together = answer(Posed(asked)).scored
    for i, label in enumerate(NAMES):
        alone = answer(Posed(replace(asked, labels=(label,)))).scored
        np.testing.assert_allclose(together.logs[i], alone.logs[0], atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_it_writes_what_is_likeliest(models, kind) -> None:
    written = answer(Posed(prompt(kind))).written
    net = AutoModelForCausalLM.from_pretrained(models / kind, attn_implementation="eager").eval()
    tokenizer = AutoTokenizer.from_pretrained(models / kind)
    ids = tokenizer(prompt(kind).text(), return_tensors="pt").input_ids
    for id, chance in zip(written.ids, written.chances, strict=True):
        with torch.no_grad():
            chances = net(ids).logits[0, -1].softmax(-1)
        assert int(chances.argmax()) == id
        assert chance == pytest.approx(chances.max().item(), abs=1e-5)
        ids = torch.cat([ids, torch.tensor([[id]])], 1)
    said = tokenizer.decode(written.ids, skip_special_tokens=True).lstrip(" ")
    assert written.text == said.split("\n")[0].strip(" ")
    assert written.ended == ("\n" in said or written.ids[-1] == 0)


def test_the_three_ways(models) -> None:
    asked = Posed(prompt("gpt2"))
    reference = [logs_of(models / "gpt2", asked.prompt.text(), f" {label}") for label in NAMES]
    scored = answer(asked).scored
    sums = np.array([row.sum() for row in reference])
    np.testing.assert_allclose(softmax(scored.sums), np.exp(sums) / np.exp(sums).sum(), atol=1e-5)
    means = np.exp([row.mean() for row in reference])
    np.testing.assert_allclose(softmax(scored.means), means / means.sum(), atol=1e-5)
    empty = []
    for query in CONTENT_FREE:
        text = replace(asked.prompt, query=query).text()
        found = np.exp([logs_of(models / "gpt2", text, f" {label}").sum() for label in NAMES])
        empty.append(found / found.sum())
    np.testing.assert_allclose(bias(asked), np.mean(empty, 0), atol=1e-5)
    wanted = np.exp(sums) / np.exp(sums).sum() / np.mean(empty, 0)
    np.testing.assert_allclose(calibrated(asked), wanted / wanted.sum(), atol=1e-5)


def test_an_answer_that_begins_another_has_at_least_its_probability(models) -> None:
    scored = answer(Posed(prompt("gpt2", labels=("the", "the cat")))).scored
    assert list(scoring.prefixes(scored.ids)) == [(0, 1)]
    assert scored.sums[0] >= scored.sums[1]
    ended = answer(Posed(prompt("gpt2", labels=("the", "the cat")), ends=True)).scored
    assert not list(scoring.prefixes(ended.ids))


# ---- too much to read


def test_a_long_prompt_loses_its_beginning_and_keeps_room(models) -> None:
    asked = prompt("gpt2", examples=PAIRS * 6)
    fit = fitted(asked)
    assert asked.text().endswith(fit.text) and fit.start == len(asked.text()) - len(fit.text) > 0
    tokenizer = AutoTokenizer.from_pretrained(models / "gpt2")
    assert len(tokenizer(fit.text).input_ids) <= fit.most < 64 and fit.tokens > fit.most
    scored = answer(Posed(asked)).scored
    for label, logs in zip(NAMES, scored.logs, strict=True):
        np.testing.assert_allclose(logs, logs_of(models / "gpt2", fit.text, f" {label}"), atol=1e-5)


def test_every_token_has_its_part(models) -> None:
    for asked in (prompt("gpt2"), prompt("llama"), prompt("gpt2", examples=PAIRS * 6), prompt("gpt2", query="🐈é")):
        found = ranges(asked)
        tokens = scoring.tokens_of(asked)
        assert [at for _, start, end in found for at in range(start, end)] == list(range(len(tokens)))
        lost = fitted(asked).start
        for (part, first, last), (same, start, end) in zip(found, asked.spans(), strict=True):
            assert part == same
            assert all(start < tokens.spans[at][1] + lost <= end for at in range(first, last))


def test_an_answer_too_long_for_the_model_gets_a_sentence(models) -> None:
    with pytest.raises(Wrong, match="has 40 tokens; this model reads 64"):
        answer(Posed(prompt("gpt2", labels=("x" * 38,))))


@pytest.mark.parametrize("text", ["", " ", "\x00\x1b[31m", "<script>alert(1)</script>", tiny.END, "\ud800", "🐈" * 40])
def test_hostile_texts_are_answered(models, text) -> None:
    for kind in ("gpt2", "llama"):
        asked = prompt(kind, description=text, query=text, labels=("yes", text[:5]) if text.strip() else ())
        told = answer(Posed(asked))
        assert told.written.ids
        assert not told.scored or np.isfinite(told.scored.sums).all()
    nothing = Prompt(query=text, layout=Layout("", "", "\n"), model="gpt/gpt2", labels=("sat", "the cat"))
    assert np.isfinite(answer(Posed(nothing)).scored.sums).all()


# ---- the page and other programs


def question(asked: Prompt) -> dict:
    return {"prompt": asked.payload()}


def test_the_page_gets_all_of_it(models) -> None:
    asked = prompt("gpt2", examples=PAIRS * 6)
    told = tab_shots.answer(question(asked))
    assert "".join(part["lost"] + "".join(text for text, _ in part["runs"]) for part in told["parts"]) == asked.text()
    assert told["asked"]["text"] == fitted(asked).text and told["answer"]["tokens"]["cut"] == 0
    assert set(told["answer"]["tokens"]["ids"]) == set(told["ids"])
    positions = {at for part in told["parts"] for _, on in part["runs"] for at in on}
    assert positions == set(range(len(told["ids"])))
    assert sum(told["labels"]["sum"]) == pytest.approx(1) and sum(told["labels"]["mean"]) == pytest.approx(1)
    more = tab_shots.calibrated(question(asked))
    assert sum(more["calibrated"]) == pytest.approx(1) and more["queries"] == CONTENT_FREE


def test_the_endpoint_says_the_same(models) -> None:
    asked = prompt("qwen2")
    told = tab_shots.gpt_shots(
        asked.description, [list(pair) for pair in PAIRS], asked.query, list(NAMES), asked.model, "", " ->", "\n"
    )
    assert told["prompt"] == asked.text()
    assert told["labels"]["sum"] == softmax(answer(Posed(asked)).scored.sums).tolist()
    assert told["labels"]["calibrated"] == calibrated(Posed(asked)).tolist()
    assert "labels" not in tab_shots.gpt_shots(query="a", model="gpt/gpt2")


@pytest.mark.parametrize(
    "bad", [{"ends": 3}, {"prompt": []}, {"prompt": {"examples": 3}}, {"prompt": {"model": "x/y"}}]
)
def test_bad_questions_get_a_sentence(models, bad) -> None:
    with pytest.raises(Wrong):
        tab_shots.answer({**question(prompt("gpt2")), **bad})


def test_nothing_is_calibrated_without_a_list(models) -> None:
    with pytest.raises(Wrong, match="list of allowed answers"):
        tab_shots.calibrated(question(prompt("gpt2", labels=())))


def test_reading_on_changes_nothing_that_was_read(models) -> None:
    """The cache is copied: two answers from one reading are those of two readings."""
    with store.using("gpt/gpt2", open_gpt) as gpt, torch.inference_mode():
        read = scoring.reading(gpt.net, (5, 6, 7, 8))
        first = scoring.following(gpt.net, read, [(9, 10, 11), (12,)])
        again = scoring.following(gpt.net, read, [(9, 10, 11), (12,)])
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
