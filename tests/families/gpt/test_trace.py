"""What the room says of a text is what transformers computes, for every kind of model it opens."""

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from playground.core.words import Wrong
from playground.families.gpt.trace import Request, forward, look, trace
from tests.families.gpt import tiny

KINDS = list(tiny.CONFIGS)


@pytest.fixture(params=KINDS)
def kind(request, models):
    return request.param


def reference(folder, text: str):
    net = AutoModelForCausalLM.from_pretrained(folder, attn_implementation="eager").eval()
    ids = AutoTokenizer.from_pretrained(folder)(text, return_tensors="pt").input_ids
    with torch.no_grad():
        return ids[0], net(ids, output_attentions=True, output_hidden_states=True)


def test_the_numbers_are_those_of_transformers(kind, models) -> None:
    text = "the cat sat on\tthe mat, é 你 🐈"
    ids, output = reference(models / kind, text)
    told, seen = trace(Request(text, f"gpt/{kind}")), look(Request(text, f"gpt/{kind}", top=1))
    assert told.tokens.ids == tuple(ids.tolist())
    chances = output.logits[0].softmax(-1)
    np.testing.assert_allclose(told.next.scores, chances[-1].topk(10).values, atol=1e-5)
    assert told.next.rest == pytest.approx(1 - chances[-1].topk(10).values.sum().item(), abs=1e-5)
    after = chances[:-1].gather(1, ids[1:, None])[:, 0]
    np.testing.assert_allclose(told.chances[1:], after, atol=1e-5)
    assert told.ranks[1:].tolist() == [1 + int((c > a).sum()) for c, a in zip(chances[:-1], after, strict=True)]
    np.testing.assert_allclose(seen.attention.weights, torch.cat(output.attentions).numpy(), atol=1e-5)
    done = forward(Request(text, f"gpt/{kind}", top=1))
    np.testing.assert_allclose(done.states, torch.cat(output.hidden_states[:-1]), atol=1e-4)
    np.testing.assert_allclose(done.last, output.hidden_states[-1][0], atol=1e-4)


def test_nobody_looks_ahead(kind) -> None:
    weights = look(Request("the cat sat", f"gpt/{kind}", top=1)).attention.weights
    assert not np.triu(weights, 1).any()
    np.testing.assert_allclose(weights.sum(-1), 1, atol=1e-5)


def test_what_is_added_by_ids_stays_as_it_is(models) -> None:
    """The text of these tokens would be cut otherwise."""
    whole = trace(Request("the cat", "gpt/gpt2"))
    letters = tuple(trace(Request("a", "gpt/gpt2")).tokens.ids) + tuple(trace(Request("t", "gpt/gpt2")).tokens.ids)
    told = trace(Request("the c", "gpt/gpt2", more=letters))
    assert told.tokens.text == "the cat" == whole.tokens.text
    assert told.tokens.ids != whole.tokens.ids
    assert told.tokens.spans[-2:] == ((5, 6), (6, 7))
    assert len(told.tokens) == told.prompt + 2


def test_a_letter_in_several_tokens_is_whole(models) -> None:
    cat = trace(Request("🐈", "gpt/gpt2")).tokens
    assert len(cat) == 4
    assert cat.texts == ("<F0>", "<9F>", "<90>", "<88>")
    told = trace(Request("a", "gpt/gpt2", more=cat.ids)).tokens
    assert told.text == "a🐈"
    assert told.spans[1:] == ((1, 2),) * 4


def test_too_much_loses_its_beginning(models) -> None:
    told = trace(Request("a" * 100, "gpt/gpt2"))
    assert len(told.tokens) == 64 and told.tokens.cut == 36
    assert told.tokens.spans[0] == (36, 37)
    _, output = reference(models / "gpt2", "a" * 64)
    np.testing.assert_allclose(told.next.scores, output.logits[0, -1].softmax(-1).topk(10).values, atol=1e-5)


def test_no_text_begins_with_the_first_token(models) -> None:
    told = trace(Request("", "gpt/gpt2"))
    assert told.tokens.texts == (tiny.END,) and told.tokens.special == (True,)


def test_typed_special_tokens_are_plain_text(models) -> None:
    told = trace(Request(f"a {tiny.END} b", "gpt/gpt2")).tokens
    assert 0 not in told.ids and not any(told.special)
    assert "".join(told.text[a:b] for a, b in told.spans) == f"a {tiny.END} b"


def test_a_chat_template_is_filled_in(models) -> None:
    told = trace(Request("the cat", "gpt/talks", chat=True)).tokens
    tokenizer = AutoTokenizer.from_pretrained(models / "talks")
    given = [{"role": "user", "content": "the cat"}]
    assert list(told.ids) == tokenizer.apply_chat_template(given, add_generation_prompt=True, return_dict=False)
    with pytest.raises(Wrong, match="no chat template"):
        trace(Request("the cat", "gpt/gpt2", chat=True))


@pytest.mark.parametrize(
    "bad",
    [
        {"text": 3}, {"text": "a" * 20_001}, {"text": "a", "more": (-1,)}, {"text": "a", "more": "a"},
        {"text": "a", "more": (10**6,), "model": "gpt/gpt2"}, {"text": "a", "top": 0}, {"text": "a", "chat": 1},
        {"text": "a", "model": "bert/mini"}, {"text": "a", "model": "nobody/nothing"},
    ],
)  # fmt: skip
def test_bad_input_gets_a_sentence(models, bad) -> None:
    with pytest.raises(Wrong):
        trace(Request(**bad))


def test_attention_is_drawn_up_to_a_limit(models, monkeypatch) -> None:
    monkeypatch.setattr("playground.core.limits.TOKENS", 4)
    with pytest.raises(Wrong, match="up to 4"):
        look(Request("the cat sat on the mat", "gpt/gpt2", top=1))
