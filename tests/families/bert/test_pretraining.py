import numpy as np
import pytest
import torch
from torch.nn import functional as F
from transformers import AutoModelForMaskedLM, AutoTokenizer, BertForPreTraining

from playground.core import store
from playground.core.words import Wrong
from playground.data import corpora
from playground.families.bert import Pairing, Practice, Request, halves, next_seed, orders, practise, said, trace, train
from playground.families.bert.masking import hide
from playground.families.bert.pretraining import STRANGERS, follows, strangers
from playground.families.bert.trace import forward
from tests.families.bert import tiny

TEXT, PAIR = "The cat sat on the bed because it was tired . A dog slept on the floor", "He went to the bank"


@pytest.fixture(autouse=True)
def fresh(models):
    yield
    for memo in (trace, forward, practise, follows):
        memo.clear()
    store.clear()


@pytest.fixture(params=tiny.KINDS)
def kind(request):
    return request.param


def test_the_shares_of_the_rule():
    """Over a million tokens every share lies within five standard errors."""
    count, share = 1_000_000, 0.15
    ids = np.full(count, 7)
    open_ = np.arange(count) % 2 == 0
    told = hide(ids, open_, share, 4, np.arange(5, 500), np.random.default_rng(0))
    near = lambda part, of, p: abs(part / of - p) < 5 * np.sqrt(p * (1 - p) / of)  # noqa: E731
    chosen = told.chosen.sum()
    assert not told.chosen[~open_].any() and near(chosen, open_.sum(), share)
    assert near(told.masked.sum(), chosen, 0.8) and near(told.swapped.sum(), chosen, 0.1)
    kept = told.chosen & ~told.masked & ~told.swapped
    assert near(kept.sum(), chosen, 0.1)
    assert (told.shown[told.masked] == 4).all() and (told.shown[~told.chosen | kept] == 7).all()
    swapped = told.shown[told.swapped]
    assert swapped.min() >= 5 and swapped.max() < 500 and len(np.unique(swapped)) == 495


def test_training_hides_by_the_same_rule():
    rows = [([2, *range(5, 45), 3], 20, -100)] * 8
    batch = train.mask(rows, 0.3, 6_000, np.random.default_rng(5))
    ids = np.array([tokens for tokens, _, _ in rows])
    told = hide(ids, ids >= 5, 0.3, 4, np.arange(5, 6_000), np.random.default_rng(5))
    assert (batch.ids.numpy() == told.shown).all() and (batch.chosen.numpy() == told.chosen).all()


def test_shares_over_many_seeds_of_one_text(models):
    """The room's own draws: 400 seeds, four standard errors."""
    request = Request(TEXT, "", "bert/bert")
    told = [practise(Practice(request, seed)).hiding for seed in range(400)]
    tokens = int(practise(Practice(request, 0)).open.sum())
    chosen = sum(int(h.chosen.sum()) for h in told)
    assert abs(chosen / (400 * tokens) - 0.15) < 4 * np.sqrt(0.15 * 0.85 / (400 * tokens))
    masked, swapped = (sum(int(getattr(h, name).sum()) for h in told) for name in ("masked", "swapped"))
    assert abs(masked / chosen - 0.8) < 4 * np.sqrt(0.16 / chosen)
    assert abs(swapped / chosen - 0.1) < 4 * np.sqrt(0.09 / chosen)


def test_the_loss_is_torchs(models, kind):
    text, pair = "the cat sat on the cat", "he sat"
    request = Request(text, pair, f"bert/{kind}")
    told = practise(Practice(request, 3, 0.5))
    tokenizer = AutoTokenizer.from_pretrained(models / kind)
    net = AutoModelForMaskedLM.from_pretrained(models / kind, attn_implementation="eager").eval()
    inputs = tokenizer(text, pair, return_tensors="pt")
    truth = inputs["input_ids"][0].clone()
    assert truth.tolist() == list(told.tokens.ids)
    inputs["input_ids"] = torch.tensor([told.hiding.shown.tolist()])
    with torch.no_grad():
        logits = net(**inputs).logits[0]
    chosen = torch.from_numpy(told.hiding.chosen)
    assert chosen.sum() >= 3 and len(told.guesses) == chosen.sum()
    losses = F.cross_entropy(logits[chosen], truth[chosen], reduction="none")
    np.testing.assert_allclose([g.loss for g in told.guesses], losses, atol=1e-4)
    assert told.loss == pytest.approx(F.cross_entropy(logits[chosen], truth[chosen]).item(), abs=1e-4)
    for guess, row, id in zip(told.guesses, logits[chosen], truth[chosen], strict=True):
        assert guess.rank == 1 + int((row > row[id]).sum())
        assert guess.ids == tuple(row.topk(5).indices.tolist())
        assert (guess.rank <= 5) == (int(id) in guess.ids)


def test_what_is_seen(models, kind):
    told = practise(Practice(Request(TEXT, PAIR, f"bert/{kind}"), 1, 0.5))
    tokenizer = AutoTokenizer.from_pretrained(models / kind)
    hiding, special = told.hiding, np.array(told.tokens.special)
    assert not hiding.chosen[special].any()
    for at, piece in enumerate(told.seen):
        if hiding.masked[at]:
            assert piece == tokenizer.mask_token
        elif hiding.swapped[at]:
            assert piece not in tokenizer.all_special_tokens
        else:
            assert piece == told.tokens.texts[at]
    assert ((hiding.draws < 0.5) & told.open == hiding.chosen).all()


def test_a_seed_says_the_same_again(models):
    request = Request(TEXT, "", "bert/bert")
    first = practise(Practice(request, 11))
    practise.clear()
    again = practise(Practice(request, 11))
    assert first.seen == again.seen and first.loss == again.loss
    assert practise(Practice(request, 12)).hiding.draws.tolist() != first.hiding.draws.tolist()


def test_words_hidden_by_a_click_are_shown_again_first(models):
    hidden = Request("the cat sat", "", "bert/bert", masks=(4,))
    assert practise(Practice(hidden, 0)).tokens.texts == ("[CLS]", "the", "cat", "sat", "[SEP]")


def test_a_gap_that_was_typed_is_never_chosen(models):
    request = Request("[MASK] [MASK]", "", "bert/bert")
    assert not practise(Practice(request, 0, 0.5)).open.any()
    with pytest.raises(Wrong, match="no token here"):
        next_seed(request, 0.15)


def test_the_next_seed_chooses_something(models):
    request = Request("the cat", "", "bert/bert")
    seed = -1
    for _ in range(5):
        before, seed = seed, next_seed(request, 0.05, seed)
        assert practise(Practice(request, seed, 0.05)).guesses
        assert not any(practise(Practice(request, s, 0.05)).guesses for s in range(before + 1, seed))
    assert not practise(Practice(request, next(s for s in range(99) if s != next_seed(request, 0.01)), 0.01)).guesses


@pytest.mark.parametrize("named", [
    {"seed": -1}, {"seed": 1.5}, {"seed": "1"}, {"seed": 2**40}, {"seed": True},
    {"share": 0}, {"share": 0.9}, {"share": "a"}, {"share": float("nan")}, {"share": None}, {"share": True},
])  # fmt: skip
def test_what_is_refused(named):
    with pytest.raises(Wrong):
        Practice(Request("the cat", "", "bert/bert"), **named)


def test_pairs_equal_transformers(models):
    told = list(orders(Pairing(TEXT, PAIR, "bert/bert")))
    assert [order.kind for order in told] == ["given", "swapped", *["stranger"] * STRANGERS]
    assert (told[1].first, told[1].second) == (told[0].second, told[0].first)
    tokenizer = AutoTokenizer.from_pretrained(models / "bert")
    net = BertForPreTraining.from_pretrained(models / "bert", attn_implementation="eager").eval()
    for order in told[:2]:
        with torch.no_grad():
            inputs = tokenizer(order.first, order.second, return_tensors="pt")
            chance = net(**inputs).seq_relationship_logits.softmax(-1)[0, 0].item()
        assert order.follows == pytest.approx(chance, abs=1e-5)


def test_the_pair_is_the_answer_cards(models):
    request = Request(TEXT, PAIR, "bert/bert", masks=(4,))
    first, second = said(request)
    assert first.startswith("The [MASK] sat")
    given = next(orders(Pairing(first, second, "bert/bert")))
    assert given.follows == pytest.approx(trace(request).is_next, abs=1e-5)


@pytest.mark.parametrize("kind", ["plain", "distilbert", "roberta", "electra", "albert"])
def test_models_that_cannot_say(models, kind):
    assert list(orders(Pairing(TEXT, PAIR, f"bert/{kind}"))) == []


def test_strangers_are_heldout_prose_and_follow_the_seed():
    lines = corpora.HELDOUT.read_text("utf-8").splitlines()
    assert strangers(1) == strangers(1) != strangers(2)
    assert len(set(strangers(1))) == STRANGERS and set(strangers(1)) <= set(lines)


def test_an_empty_sentence_is_no_pair():
    with pytest.raises(Wrong):
        Pairing("the cat", " ")


@pytest.mark.parametrize(("text", "parts"), [
    ("It rained. We went home.", ("It rained.", "We went home.")),
    ("One. Two! Three and so on until the end of it.", ("One. Two!", "Three and so on until the end of it.")),
    ("他累了。他睡着了。", ("他累了。", "他睡着了。")),
    ("“Go!” he said.", ("“Go!”", "he said.")),
    ("one sentence", None), ("one sentence.", None), ("3.14 is a number", None), ("", None), ("...", None),
])  # fmt: skip
def test_cutting_at_a_full_stop(text, parts):
    assert halves(text) == parts
