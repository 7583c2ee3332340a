"""GPT-1's inputs: the rows of figure 1, the states at their ends, and answers by likelihood, against transformers."""

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from playground.core.words import Wrong
from playground.families.gpt.inputs import Shape, opinion_head, shaped, shortened
from playground.families.gpt.opinions import OPINIONS
from playground.families.gpt.story import EXAMPLES
from tests.families.gpt import tiny

KINDS = list(tiny.CONFIGS)


def roles(row) -> list[str]:
    return [f"{piece.role}{piece.text}" if piece.role == "text" else piece.role for piece in row.pieces]


@pytest.mark.parametrize(
    ("task", "texts", "rows"),
    [
        ("classify", ("the cat",), [["start", "text0", "extract"]]),
        ("entail", ("the cat", "a cat"), [["start", "text0", "delimiter", "text1", "extract"]]),
        (
            "similar", ("the cat", "a cat"),
            [["start", "text0", "delimiter", "text1", "extract"], ["start", "text1", "delimiter", "text0", "extract"]],
        ),
        (
            "choose", ("the cat", "sat", "ate", "hat"),
            [["start", "text0", "delimiter", f"text{i}", "extract"] for i in (1, 2, 3)],
        ),
    ],
)  # fmt: skip
def test_the_rows_are_those_of_figure_1(models, task, texts, rows) -> None:
    told = shaped(Shape(task, texts, model="gpt/gpt2"))
    assert [roles(row) for row in told.rows] == rows
    tokenizer = AutoTokenizer.from_pretrained(models / "gpt2")
    for row in told.rows:
        for piece in row.pieces:
            expected = {"start": tiny.END, "extract": tiny.END, "delimiter": "$"}.get(piece.role)
            assert tokenizer.decode(piece.ids) == (texts[piece.text] if expected is None else expected)


@pytest.mark.parametrize("kind", KINDS)
def test_the_state_is_that_of_the_last_token(models, kind) -> None:
    told = shaped(Shape("similar", ("the cat", "a cat sat"), model=f"gpt/{kind}"))
    net = AutoModelForCausalLM.from_pretrained(models / kind, attn_implementation="eager").eval()
    for row in told.rows:
        with torch.no_grad():
            output = net(torch.tensor([row.ids]), output_hidden_states=True)
        np.testing.assert_allclose(row.state, output.hidden_states[-1][0, -1], atol=1e-4)
    np.testing.assert_array_equal(told.sum, told.rows[0].state + told.rows[1].state)


@pytest.mark.parametrize("kind", ["gpt2", "llama", "bloom"])
def test_likelihoods_are_those_of_transformers(models, kind) -> None:
    told = shaped(Shape("classify", ("the cat sat.",), ("good", "the cat"), f"gpt/{kind}"))
    net = AutoModelForCausalLM.from_pretrained(models / kind, attn_implementation="eager").eval()
    tokenizer = AutoTokenizer.from_pretrained(models / kind)
    for score in told.scores:
        before, more = (tokenizer(text).input_ids for text in (score.prompt, score.answer))
        ids = [0, *before, *more]
        with torch.no_grad():
            logs = net(torch.tensor([ids])).logits[0].log_softmax(-1)
        own = [logs[at - 1, ids[at]].item() for at in range(1 + len(before), len(ids))]
        np.testing.assert_allclose(score.logs, own, atol=1e-5)
        assert score.mean == pytest.approx(np.mean(own), abs=1e-5)
    powers = np.exp([score.mean for score in told.scores])
    np.testing.assert_allclose(told.shares, powers / powers.sum(), atol=1e-6)


def test_similarity_is_scored_against_nothing_before(models) -> None:
    told = shaped(Shape("similar", ("the cat", "a cat"), model="gpt/gpt2"))
    assert told.shares is None and [score.name for score in told.scores] == ["a cat", "the cat"]
    bare = shaped(Shape("classify", ("x",), ("y",), "gpt/gpt2")).scores[0]
    assert bare.alone is None
    net = AutoModelForCausalLM.from_pretrained(models / "gpt2").eval()
    ids = [0, *AutoTokenizer.from_pretrained(models / "gpt2")(" a cat").input_ids]
    with torch.no_grad():
        logs = net(torch.tensor([ids])).logits[0].log_softmax(-1)
    own = np.mean([logs[at - 1, ids[at]].item() for at in range(1, len(ids))])
    assert told.scores[0].alone == pytest.approx(own, abs=1e-5)


def test_too_much_loses_the_beginning_of_the_longest(models) -> None:
    told = shaped(Shape("entail", ("x" * 100, "the cat"), model="gpt/gpt2"))
    row = told.rows[0]
    assert len(row.ids) == 64 and row.pieces[1].cut > 0 and row.pieces[3].cut == 0
    assert shortened([10, 3], 8) == [5, 0] and shortened([9, 9], 10) == [4, 4]
    assert sum(np.array([50, 40, 30]) - shortened([50, 40, 30], 60)) == 60
    assert shaped(Shape("entail", ("x" * 100, "y" * 300), ("a", "b"), "gpt/gpt2")).shares is not None


def test_the_head_is_judged_on_what_it_did_not_see(models) -> None:
    head = opinion_head("gpt/gpt2")
    assert len(head.good) == len(OPINIONS) == 64 and sum(head.good) == 32
    assert ((head.held >= 0) & (head.held <= 1)).all()
    row = shaped(Shape("classify", (OPINIONS[0][0],), model="gpt/gpt2")).rows[0]
    assert 0 <= head.chance(row.state) <= 1
    states = np.stack([shaped(Shape("classify", (t,), model="gpt/gpt2")).rows[0].state for t, _ in OPINIONS[:12]])
    said = [head.chance(state.astype(np.float64)) > 0.5 for state in states]
    assert head.seen >= np.mean(np.array(said) == head.good[:12]) * 12 / 64
    assert head.right(np.array(head.good, float)) == 64 and head.right(1 - np.array(head.good, float)) == 0


def test_opinions_come_in_pairs_and_none_twice() -> None:
    assert [good for _, good in OPINIONS] == [True, False] * 32
    assert len({text for text, _ in OPINIONS}) == 64


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_can_be_asked(models, example) -> None:
    told = shaped(Shape(example.task, example.texts, example.labels, "gpt/gpt2"))
    assert len(told.scores) == {"choose": len(example.texts) - 1, "similar": 2}.get(example.task, len(example.labels))


@pytest.mark.parametrize(
    "bad",
    [
        {"task": "sing"}, {"texts": ()}, {"texts": ("a", "b")}, {"texts": ("  ",)}, {"texts": "a"}, {"texts": (3,)},
        {"labels": ("a", "a")}, {"labels": ("a", " ")}, {"labels": tuple("abcdefghi")}, {"model": 3},
        {"texts": ("a" * 20_001,)}, {"model": "nobody/nothing"}, {"task": ["classify"]}, {"task": {}},
    ],
)  # fmt: skip
def test_bad_input_gets_a_sentence(models, bad) -> None:
    with pytest.raises(Wrong):
        shaped(Shape(**{"task": "classify", "texts": ("a",), "labels": ("x", "y"), "model": "gpt/gpt2", **bad}))


def test_half_a_letter_is_read_as_no_letter(models) -> None:
    told = shaped(Shape("classify", ("the \ud83d cat",), ("a\udc08",), "gpt/gpt2"))
    assert "<EF>" in [token for piece in told.rows[0].pieces for token in piece.tokens]
