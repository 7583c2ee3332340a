"""What is written is what transformers' `generate` writes with the same settings and seed, for every kind of model."""

import math

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from playground.core.words import Wrong
from playground.families.gpt import generate
from playground.families.gpt.generate import Begun, Ended, Writing, write, written
from playground.families.gpt.sampling import Settings
from playground.families.gpt.told import Told, read_back
from playground.families.gpt.trace import Request, trace
from tests.families.gpt import tiny

TEXT = "the cat sat on the mat"
SETTINGS = {
    "greedy": Settings(greedy=True),
    "greedy with a penalty": Settings(greedy=True, repetition_penalty=1.4),
    "plain": Settings(seed=5),
    "temperature": Settings(temperature=0.6, seed=1),
    "top-k": Settings(top_k=7, seed=2),
    "top-p": Settings(top_p=0.7, seed=3),
    "min-p": Settings(min_p=0.2, seed=4),
    "typical": Settings(typical_p=0.6, seed=4),
    "all": Settings(1.3, 40, 0.9, 0.02, 0.95, 1.2, seed=7),
}


@pytest.fixture(params=list(tiny.CONFIGS))
def kind(request, models):
    return request.param


def reference(folder, text: str, settings: Settings, tokens: int = 20, **more):
    """The new ids, and transformers' raw and processed logits for each."""
    net = AutoModelForCausalLM.from_pretrained(folder).eval()
    ids = AutoTokenizer.from_pretrained(folder)(text, return_tensors="pt").input_ids
    torch.manual_seed(settings.seed)
    told = net.generate(
        ids, attention_mask=torch.ones_like(ids), max_new_tokens=tokens, pad_token_id=0, output_logits=True,
        output_scores=True, return_dict_in_generate=True, **settings.call(), **more,
    )  # fmt: skip
    new = told.sequences[0, ids.shape[1] :].tolist()
    return new, torch.cat(told.logits), torch.cat(told.scores)


def test_each_kind_writes_what_transformers_writes(kind, models) -> None:
    settings = Settings(temperature=0.8, top_p=0.95, repetition_penalty=1.1, seed=11)
    ids, logits, scores = reference(models / kind, TEXT, settings, 30)
    told = written(Writing(Request(TEXT, f"gpt/{kind}"), settings, 30)).told
    assert [one.id for one in told] == ids
    chances, drawn = logits.softmax(-1), scores.softmax(-1)
    for at, one in enumerate(told):
        assert one.chance == pytest.approx(chances[at, one.id].item(), abs=1e-5)
        assert one.drawn == pytest.approx(drawn[at, one.id].item(), abs=1e-5)
        assert one.rank == 1 + int((logits[at] > logits[at, one.id]).sum())
        p = chances[at][chances[at] > 0].double()
        assert one.entropy == pytest.approx(-(p * p.log2()).sum().item(), abs=1e-4)
        np.testing.assert_allclose([c for _, _, c in one.others], chances[at].topk(5).values, atol=1e-5)
        assert one.others[0][0] == int(logits[at].argmax())


@pytest.mark.parametrize("name", SETTINGS)
def test_each_setting_writes_what_transformers_writes(models, name) -> None:
    settings = SETTINGS[name]
    ids, _, _ = reference(models / "llama", TEXT, settings)
    asked = Writing(Request(TEXT, "gpt/llama"), settings, 20)
    assert list(written(asked).ids) == ids == list(written(asked).ids)
    if settings.greedy:
        assert all(one.drawn is None for one in written(asked).told)


def test_seeds_differ(models) -> None:
    texts = {written(Writing(Request(TEXT, "gpt/gpt2"), Settings(seed=seed), 12)).ids for seed in range(4)}
    assert len(texts) == 4


def test_text_is_what_the_tokenizer_decodes(models) -> None:
    done = written(Writing(Request("é 你 🐈", "gpt/gpt2"), Settings(seed=2), 30))
    tokenizer = AutoTokenizer.from_pretrained(models / "gpt2")
    ids = [*done.begun.tokens.ids, *done.ids]
    assert done.text == tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)
    assert done.text.startswith("é 你 🐈" + "".join(one.text for one in done.told)[:3])
    read = trace(Request("é 你 🐈", "gpt/gpt2", more=done.ids))
    assert read.tokens.ids == tuple(ids)
    np.testing.assert_allclose([one.chance for one in done.told], read.chances[read.prompt :], atol=1e-5)
    assert [one.rank for one in done.told] == read.ranks[read.prompt :].tolist()


def test_it_stops_at_the_end_token(models, monkeypatch) -> None:
    plain = written(Writing(Request(TEXT, "gpt/gpt2"), Settings(seed=3), 20))
    third = plain.ids[2]
    monkeypatch.setattr(generate, "ends", lambda gpt: (0, third))
    ended = written(Writing(Request(TEXT, "gpt/gpt2"), Settings(seed=3), 20))
    assert ended.ids == plain.ids[: plain.ids.index(third) + 1] and ended.ended.why == "end"
    assert plain.ended.why == "length"


def test_the_end_tokens_are_those_of_generate(models) -> None:
    assert generate.ends_of("gpt/gpt2") == (0,)


def test_it_stops_at_the_end_of_the_line(models) -> None:
    seed = next(s for s in range(200) if "\n" in written(Writing(Request(TEXT, "gpt/gpt2"), Settings(seed=s), 20)).text)
    settings = Settings(seed=seed)
    done = written(Writing(Request(TEXT, "gpt/gpt2"), settings, 20, line=True))
    assert done.ended.why == "line" and done.told[-1].piece == "↵"
    tokenizer = AutoTokenizer.from_pretrained(models / "gpt2")
    ids, _, _ = reference(models / "gpt2", TEXT, settings, stop_strings="\n", tokenizer=tokenizer)
    assert list(done.ids) == ids


def test_going_on_from_ids_is_going_on(models) -> None:
    """A greedy text of twenty tokens is one of twelve, and then eight more."""
    whole = written(Writing(Request(TEXT, "gpt/gpt_neox"), Settings(greedy=True), 20))
    first = written(Writing(Request(TEXT, "gpt/gpt_neox"), Settings(greedy=True), 12))
    rest = written(Writing(Request(TEXT, "gpt/gpt_neox", more=first.ids), Settings(greedy=True), 8))
    assert first.ids + rest.ids == whole.ids and rest.text == whole.text


@pytest.mark.parametrize("kind", [kind for kind in tiny.CONFIGS if kind != "bloom"])  # it reads any length
def test_a_long_text_loses_its_beginning_so_that_what_is_written_fits(models, kind) -> None:
    text = "a" * 100
    done = written(Writing(Request(text, f"gpt/{kind}"), Settings(greedy=True), 20))
    begun = done.begun
    assert (begun.cut, begun.new, len(begun.tokens), begun.positions) == (56, 20, 44, 64)
    assert begun.left_out == "a" * 56 and begun.tokens.text == "a" * 44
    ids, _, _ = reference(models / kind, "a" * 44, Settings(greedy=True))
    assert list(done.ids) == ids
    again = trace(begun.request)  # the page asks its views about this request
    assert again.tokens.ids == begun.tokens.ids


def test_more_than_fits_is_written_as_far_as_it_fits(models) -> None:
    begun = written(Writing(Request("the cat", "gpt/gpt2"), Settings(greedy=True), 1_000)).begun
    assert (begun.new, len(begun.tokens), begun.left_out) == (63, 1, "the")


def test_the_first_token_stays_in_front_of_what_is_left(models) -> None:
    done = written(Writing(Request("a" * 100, "gpt/gpt2", start=True), Settings(seed=1), 20))
    assert done.begun.tokens.ids[0] == 0 and done.begun.lead == 1 and done.begun.cut == 57
    assert len(done.begun.tokens) == 44


def test_a_talk_is_answered(models) -> None:
    done = written(Writing(Request("the cat", "gpt/talks", chat=True), Settings(seed=1), 10))
    tokenizer = AutoTokenizer.from_pretrained(models / "talks")
    given = [{"role": "user", "content": "the cat"}]
    assert list(done.begun.tokens.ids) == tokenizer.apply_chat_template(
        given, add_generation_prompt=True, return_dict=False
    )


def test_a_long_text_is_read_in_parts(models, monkeypatch) -> None:
    whole = written(Writing(Request("the cat sat " * 3, "gpt/gpt_neo"), Settings(seed=1), 10))
    monkeypatch.setattr(generate, "READ", 4)
    monkeypatch.setattr(generate.Pen.read, "__defaults__", (4,))
    pieces = list(write(Writing(Request("the cat sat " * 3, "gpt/gpt_neo"), Settings(seed=1), 10)))
    assert [piece for piece in pieces if isinstance(piece, int)] == [4, 8, 12][: (len(whole.begun.tokens) - 1) // 4]
    assert [one.id for piece in pieces if isinstance(piece, list) for one in piece] == list(whole.ids)


def test_pieces_are_small_and_in_order(models, monkeypatch) -> None:
    monkeypatch.setattr(generate, "SECONDS", 0.0)
    first, *told, last = write(Writing(Request(TEXT, "gpt/gpt2"), Settings(seed=1), 6))
    assert isinstance(first, Begun) and isinstance(last, Ended)
    assert [len(piece) for piece in told] == [1] * 6 and all(isinstance(piece[0], Told) for piece in told)
    assert math.isfinite(last.seconds) and last.seconds > 0


def test_a_text_is_read_back_with_the_model_s_own_thoughts(kind, models) -> None:
    request = Request(TEXT, f"gpt/{kind}")
    told, seen = read_back(request), trace(request)
    assert tuple(one.id for one in told) == seen.tokens.ids[1:]
    np.testing.assert_allclose([one.chance for one in told], seen.chances[1:], atol=1e-5)
    assert [one.rank for one in told] == seen.ranks[1:].tolist()
    assert "".join(one.text for one in told) == seen.tokens.text[seen.tokens.spans[0][1] :]


@pytest.mark.parametrize("bad", [{"tokens": 0}, {"tokens": 10**6}, {"tokens": True}, {"line": 1}])
def test_bad_input_gets_a_sentence(models, bad) -> None:
    with pytest.raises(Wrong):
        Writing(Request(TEXT, "gpt/gpt2"), **bad)


@pytest.mark.parametrize(
    "text", ["\x00\x01\x1b[31m", "<script>alert(1)</script>", "\u202eabc", "\ud800", "👩‍👩‍👧" * 30, "a" * 20_000]
)
def test_no_text_is_too_strange(models, text) -> None:
    done = written(Writing(Request(text, "gpt/gpt2"), Settings(seed=1), 5))
    assert 1 <= len(done.ids) <= 5
