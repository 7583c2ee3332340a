"""What each example does is what two forward passes of transformers say; where the model looks is its attention."""

import json
import math
from itertools import permutations

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from playground.core.words import Wrong
from playground.data.layouts import Layout
from playground.families.gpt import influence, tab_curve
from playground.families.gpt.influence import Subject, left_out, made_wrong, orders, probed, settled, shots_seen
from playground.families.gpt.labels import Posed, answer
from playground.families.gpt.shots import Prompt
from playground.families.gpt.trace import Request, look
from tests.families.gpt import tiny

SHORT = Layout("", " ->", "\n")
EXAMPLES = (("a", "b"), ("the cat", "c"), ("sat", "b"))


def prompt(kind: str = "gpt2", **more) -> Prompt:
    given = {"examples": EXAMPLES, "layout": SHORT, "model": f"gpt/{kind}", "query": "mat", "description": "the"}
    return Prompt(**given | more)


def reference(folder, text: str, answer: str) -> float:
    net = AutoModelForCausalLM.from_pretrained(folder, attn_implementation="eager").eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    ids, start = tokenizer(f"{text} {answer}", return_tensors="pt").input_ids, len(tokenizer(text).input_ids)
    with torch.no_grad():
        logs = net(ids).logits[0].double().log_softmax(-1)
    return sum(logs[at - 1, ids[0, at]].item() for at in range(start, ids.shape[1]))


def found(subject: Subject, changes) -> dict:
    return {one.change.what: one for some in probed(subject, changes) for one in some}


@pytest.mark.parametrize("kind", tiny.CONFIGS)
@pytest.mark.parametrize("text", ["c", "the cat sat"])
def test_an_example_left_out(models, kind, text) -> None:
    subject = Subject(prompt(kind), text)
    assert influence.as_it_is(subject) == pytest.approx(reference(models / kind, prompt(kind).text(), text), abs=1e-5)
    told = found(subject, left_out(subject))
    assert list(told) == [("without", 0), ("without", 1), ("without", 2)] or len(told) == 3
    for i in range(3):
        rest = tuple(pair for j, pair in enumerate(EXAMPLES) if j != i)
        expected = reference(models / kind, prompt(kind, examples=rest).text(), text)
        assert told["without", i].log == pytest.approx(expected, abs=1e-5)


def test_it_is_the_probability_that_the_answer_card_shows(models) -> None:
    labels = ("b", "c", "the cat")
    given = prompt(labels=labels)
    sums = answer(Posed(given)).scored.sums
    for label, log in zip(labels, sums, strict=True):
        assert influence.as_it_is(Subject(given, label)) == pytest.approx(log, abs=1e-5)


def test_an_example_made_wrong(models) -> None:
    subject = Subject(prompt(labels=("b", "c")), "b")
    assert [change.what for change in made_wrong(subject)] == [("wrong", 0, "c"), ("wrong", 1, "b"), ("wrong", 2, "c")]
    told = found(subject, made_wrong(subject))
    flipped = prompt(examples=(EXAMPLES[0], ("the cat", "b"), EXAMPLES[2])).text()
    assert told["wrong", 1, "b"].log == pytest.approx(reference(models / "gpt2", flipped, "b"), abs=1e-5)
    free = made_wrong(Subject(prompt(), "b"))  # without a list: what the other examples answer
    assert [change.what for change in free] == [("wrong", 0, "c"), ("wrong", 1, "b"), ("wrong", 2, "c")]


def test_every_order_of_few_examples(models) -> None:
    subject = Subject(prompt(), "b")
    told = found(subject, orders(subject))
    assert set(told) == {("order", *turn) for turn in permutations(range(3))}
    for turn in ((0, 1, 2), (2, 0, 1)):
        text = prompt(examples=tuple(EXAMPLES[i] for i in turn)).text()
        assert told["order", *turn].log == pytest.approx(reference(models / "gpt2", text, "b"), abs=1e-5)


def test_some_orders_of_many_examples(models) -> None:
    many = prompt(examples=tuple((letter, letter) for letter in "abcdef"))
    some, again, other = (orders(Subject(many, "b"), 20, seed) for seed in (1, 1, 2))
    assert len({change.what for change in some}) == 20
    assert some[0].what == ("order", *range(6)) and some == again != other
    assert len(orders(Subject(prompt(examples=tuple((a, a) for a in "abcde")), "b"))) == 120
    for bad in (0, 121, True, "a"):
        with pytest.raises(Wrong):
            orders(Subject(many, "b"), bad)


def test_the_answer_is_what_the_model_writes(models) -> None:
    for query in ("mat", "cat", "a", "hat", "s"):
        given = prompt(query=query)
        written = answer(Posed(given)).written.text
        if written.strip():
            assert settled(Subject(given)).answer == written.strip()[: len(settled(Subject(given)).answer)]
    assert settled(Subject(prompt(), " b ")).answer == "b"
    with pytest.raises(Wrong):
        Subject(prompt(), 3)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["gpt2", "llama", "bloom"])
def test_where_it_looks_is_the_attention(models, kind) -> None:
    given = prompt(kind)
    told = shots_seen(given)
    seen = look(Request(given.text(), f"gpt/{kind}", top=1))
    weights, spans = seen.attention.weights[:, :, -1], seen.done.encoded.tokens.spans
    text = given.text()
    for i, (query, word) in enumerate(EXAMPLES):
        shot = f"{query} -> {word}\n"
        start = text.index(shot)
        inside = [at for at, (a, b) in enumerate(spans) if a < b and start < b <= start + len(shot)]
        begin = start + len(query) + len(" ->")
        answers = [at for at, (a, b) in enumerate(spans) if a < b and begin < b <= begin + len(word) + 1]
        np.testing.assert_allclose(told.whole[..., i], weights[..., inside].sum(-1), atol=1e-6)
        np.testing.assert_allclose(told.answers[..., i], weights[..., answers].sum(-1), atol=1e-6)
        assert told.answer_tokens[i] == len(answers) > 0
    np.testing.assert_allclose(told.whole.sum(-1) + told.description + told.query, 1, atol=0.7)
    layer, head = told.head
    assert told.answers.sum(-1)[layer, head] == told.answers.sum(-1).max()


def test_nothing_is_lost(models) -> None:
    """What lies on examples, description (its line end is the layout's), and question adds up to one."""
    told = shots_seen(prompt(description=""))
    np.testing.assert_allclose(told.whole.sum(-1) + told.query, 1, atol=1e-5)
    with pytest.raises(Wrong, match="no examples"):
        shots_seen(prompt(examples=()))


def test_the_page_gets_lines(models) -> None:
    given = {"prompt": {**prompt(labels=("b", "c")).payload()}, "answer": "b"}
    said = [json.loads(line) for line in b"".join(tab_curve.left_out({**given, "wrong": True})).splitlines()]
    assert said[0]["about"]["answer"] == "b" and said[0]["about"]["changes"] == 6
    changes = [one for line in said[1:] for one in line["found"]]
    assert {one["kind"] for one in changes} == {"without", "wrong"}
    for one in changes:
        assert one["by"] == pytest.approx(said[0]["about"]["chance"] - math.exp(one["log"]))
    lines = [json.loads(line) for line in b"".join(tab_curve.orders(given)).splitlines()]
    turns = [one["what"] for line in lines[1:] for one in line["found"]]
    assert sorted(turns) == [list(turn) for turn in permutations(range(3))]
    seen = tab_curve.shots_seen(given)
    assert np.shape(seen["answers"]) == (3, 4, 3)


@pytest.mark.parametrize("answer", ["\U0001f408" * 20, "a" * 10_000])
def test_an_answer_too_long_for_the_model_gets_a_sentence(models, answer) -> None:
    with pytest.raises(Wrong, match="answer"):
        next(tab_curve.left_out({"prompt": prompt().payload(), "answer": answer}))
