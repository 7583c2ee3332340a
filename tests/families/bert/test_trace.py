from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import torch
from transformers import AutoModelForMaskedLM, AutoTokenizer, BertForPreTraining

from playground.core import limits, store
from playground.core.words import Wrong
from playground.families.bert import Look, Request, arithmetic, trace
from playground.families.bert.trace import forward, gapped
from tests.families.bert import tiny

TEXT, PAIR = "The cat sat on the [MASK]. It was [MASK] tired", "He went to the bank"


@pytest.fixture(autouse=True)
def fresh(models):
    yield
    for memo in (trace, forward, arithmetic):
        memo.clear()
    store.clear()


@pytest.fixture(params=tiny.KINDS)
def kind(request):
    return request.param


def reference(folder, text, pair):
    """What transformers says when asked directly."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    net = AutoModelForMaskedLM.from_pretrained(folder, attn_implementation="eager").eval()
    inputs = tokenizer(text.replace("[MASK]", tokenizer.mask_token), pair, return_tensors="pt")
    with torch.no_grad():
        return inputs["input_ids"][0], net(**inputs, output_attentions=True), tokenizer


def test_equals_transformers(models, kind):
    ids, output, tokenizer = reference(models / kind, TEXT, PAIR)
    told = trace(Request(TEXT, PAIR, f"bert/{kind}"))
    assert list(told.tokens.ids) == ids.tolist()
    np.testing.assert_allclose(told.attention.weights, torch.cat(output.attentions), atol=1e-4)
    gaps = (ids == tokenizer.mask_token_id).nonzero()[:, 0]
    assert [fill.position for fill in told.fills] == gaps.tolist()
    for fill in told.fills:
        best = output.logits[0, fill.position].softmax(-1).topk(5)
        np.testing.assert_allclose(fill.ranking.scores, best.values, atol=1e-4)
        np.testing.assert_allclose(fill.logits, output.logits[0, fill.position][best.indices], atol=1e-4)
        assert fill.ids == tuple(best.indices.tolist())
        assert fill.ranking.scores.sum() + fill.ranking.rest == pytest.approx(1, abs=1e-6)
        assert fill.ranking.others == len(tokenizer) - 5


def test_next_sentence_equals_transformers(models):
    tokenizer = AutoTokenizer.from_pretrained(models / "bert")
    net = BertForPreTraining.from_pretrained(models / "bert", attn_implementation="eager").eval()
    with torch.no_grad():
        said = net(**tokenizer(TEXT, PAIR, return_tensors="pt")).seq_relationship_logits.softmax(-1)[0, 0].item()
    assert trace(Request(TEXT, PAIR, "bert/bert")).is_next == pytest.approx(said, abs=1e-4)


def test_next_sentence_needs_a_pair_and_a_head(models):
    assert trace(Request(TEXT, "", "bert/bert")).is_next is None
    assert trace(Request(TEXT, "   ", "bert/bert")).is_next is None
    assert trace(Request(TEXT, PAIR, "bert/plain")).is_next is None
    assert not trace(Request(TEXT, PAIR, "bert/distilbert")).facts.has_next


def test_arithmetic_adds_up_to_the_weight(models, kind):
    request = Request(TEXT, PAIR, f"bert/{kind}")
    told = trace(request)
    facts = told.facts
    for layer in range(facts.layers):
        for head in range(facts.heads):
            for query, key in ((0, 0), (3, 5), (len(told.tokens) - 1, 1)):
                sum_ = arithmetic(Look(request, layer, head, query, key))
                row = told.attention.weights[layer, head, query]
                np.testing.assert_allclose(sum_.weights, row, atol=1e-4)
                assert sum_.total == pytest.approx(float(sum_.query.turned[0] @ sum_.key.turned[0]), abs=1e-4)
                assert sum_.total * sum_.factor == pytest.approx(float(sum_.scores[key]), abs=1e-4)
                assert sum_.products.shape == (facts.width,)


@pytest.mark.parametrize(
    "place", [(99, 0, 0, 0), (0, -1, 0, 0), (0, 0, 1000, 0), (0, 0, 0, None), (0.0, 0, 0, 0), (True, 0, 0, 0)]
)
def test_places_that_do_not_exist(models, place):
    with pytest.raises(Wrong, match="There is no"):
        arithmetic(Look(Request("The cat", model="bert/bert"), *place))


def test_hidden_word_keeps_its_rank_and_probability(models):
    _, output, tokenizer = reference(models / "bert", "The cat sat on the [MASK].", None)
    told = trace(Request("The cat sat on the floor.", model="bert/bert", masks=(20,)))
    chances = output.logits[0, told.fills[0].position].softmax(-1)
    truth, hidden = tokenizer.convert_tokens_to_ids("floor"), told.fills[0].hidden
    assert hidden.probability == pytest.approx(chances[truth].item(), abs=1e-5)
    assert hidden.rank == 1 + int((chances > chances[truth]).sum())
    assert (hidden.piece, hidden.id) == ("floor", truth)


def test_gapped_text_asks_the_same_question(models, kind):
    request = Request("the cat playing the cat", "the cat", f"bert/{kind}", masks=(9, 25))
    told = trace(request)
    first, second = gapped(forward(replace(request, top=1)).encoded)
    again = trace(Request(first, second, f"bert/{kind}"))
    assert again.tokens.ids == told.tokens.ids
    assert "[MASK]" in first and "[MASK]" in second
    tokenizer = AutoTokenizer.from_pretrained(models / kind)
    assert tuple(tokenizer(*told.plain)["input_ids"]) == told.tokens.ids


def test_filled_joins_continuations():
    from playground.core.parts import Ranking
    from playground.families.bert.trace import Fill, fill_in

    def gap(span, word):
        return Fill(0, span, Ranking((word,), np.ones(1)), (0,), np.zeros(1), None)

    assert fill_in("play [MASK] on [MASK].", (gap((5, 11), "##ing"), gap((15, 21), "it"))) == "playing on it."
    assert fill_in("playing", (gap((0, 4), "sat"), gap((4, 7), "on"))) == "sat on"


def test_no_gap_is_no_error(models):
    told = trace(Request("The cat sat.", model="bert/bert"))
    assert told.fills == () and told.filled == "The cat sat." and told.attention.weights.shape[2] == 6


def test_unknown_pieces_are_named(models):
    told = trace(Request("the 🙂 cat", model="bert/bert"))
    assert [told.tokens.texts[at] for at in told.unknown] == ["[UNK]"]


@pytest.mark.parametrize(
    "wrong",
    [
        dict(text=""), dict(text=" \n\t "), dict(text=None), dict(text=3), dict(text=float("nan")), dict(text=["a"]),
        dict(text="a" * (limits.TEXT_CHARS + 1)), dict(pair="a" * (limits.TEXT_CHARS + 1)), dict(pair=None),
        dict(model=None), dict(model=7), dict(top=0), dict(top=51), dict(top=True), dict(top=2.5),
        dict(top=float("nan")),
        dict(masks=(-1,)), dict(masks=("a",)), dict(masks=3), dict(masks=(True,)), dict(masks=(0.5,)),
    ],
)  # fmt: skip
def test_a_request_checks_itself(wrong):
    with pytest.raises(Wrong) as caught:
        Request(**{"text": "The cat", **wrong})
    assert caught.value.text.en and caught.value.text.zh


@pytest.mark.parametrize("model", ["../../etc", "bert/none", "nobody/nothing at all", "", "local:../x", "/etc"])
def test_unknown_models_are_refused(models, model):
    with pytest.raises(Wrong):
        trace(Request("The cat", model=model))


def test_a_model_of_another_room_is_refused(models, tmp_path, monkeypatch):
    monkeypatch.setattr(store, "is_embedded", lambda key: True)
    with pytest.raises(Wrong, match="another room"):
        Request("The cat", model="cnn/digits")


def test_one_forward_for_any_number_of_words(models):
    before = forward.info().misses
    for top in (1, 5, 50):
        assert len(trace(Request("the [MASK]", model="bert/bert", top=top)).fills[0].ids) == top
    assert forward.info().misses == before + 1


def test_threads_never_see_each_others_numbers(models):
    words = ["cat", "dog", "floor", "bed", "tea", "cup", "bank", "river"]
    requests = [
        Request(f"The {a} sat on the [MASK] {b}", model=f"bert/{kind}")
        for a in words for b in words for kind in ("bert", "distilbert")
    ]  # fmt: skip
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(trace, requests))
        sums = list(pool.map(lambda r: arithmetic(Look(r, 1, 2, 3, 1)), requests))
    for memo in (trace, forward, arithmetic):
        memo.clear()
    for request, told, added in zip(requests, together, sums, strict=True):
        alone = trace(replace(request))
        assert told.tokens.text == alone.tokens.text == request.text
        np.testing.assert_array_equal(told.attention.weights, alone.attention.weights)
        np.testing.assert_array_equal(told.fills[0].ranking.scores, alone.fills[0].ranking.scores)
        np.testing.assert_allclose(added.weights, alone.attention.weights[1, 2, 3], atol=1e-5)
