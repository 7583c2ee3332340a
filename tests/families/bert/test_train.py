"""What BERT is trained on is what the paper says, and what it must not see it does not see."""

import numpy as np
import pytest
import torch

from playground.core.resume import keep_state, kept_at, rate_at, restore_state
from playground.families.bert import train, vocabulary
from playground.families.bert.train import Config, Shelf

SMALL = Config(
    layers=2,
    heads=2,
    width=32,
    vocabulary=300,
    length=32,
    tokens=512,
    phases=(train.Phase(40, 32, 0.2, (0.6, 0.1, 0.3)),),
    rates=((0, 0.0), (4, 6e-4), (20, 6e-4), (40, 0.0)),
    muon_from=1,
)
TALES = [
    [f"the {a} saw a {b} .", f"then the {b} ran to the {c} .", "it was a good day ."]
    for a, b, c in [("cat", "dog", "door"), ("boy", "ball", "tree"), ("girl", "bird", "sea"), ("man", "car", "house")]
    * 30
]


@pytest.fixture(scope="module")
def tokenizer():
    return vocabulary.learn([TALES], 300)


@pytest.fixture(scope="module")
def shelf(tokenizer) -> Shelf:
    return train.shelve(TALES, tokenizer)


def test_a_shelf_gives_back_its_sentences(shelf: Shelf, tokenizer) -> None:
    flat = [s for d in TALES for s in d]
    for index in (0, 1, 57, len(flat) - 1):
        assert tokenizer.decode(shelf.sentence(index).tolist()) == flat[index].replace(" .", ".")
    assert shelf.last(0) == 3 and shelf.last(3) == 6


def test_words_are_hidden_as_the_paper_says(shelf: Shelf) -> None:
    rng = np.random.default_rng(0)
    examples = [train.example(shelf, 32, rng) for _ in range(3000)]
    batch = train.mask(examples, 0.15, 300, rng)
    original = torch.zeros_like(batch.ids)
    for row, (ids, _, _) in enumerate(examples):
        original[row, : len(ids)] = torch.tensor(ids)
    words = original >= len(vocabulary.SPECIAL)
    chosen = batch.chosen
    assert chosen.sum().item() / words.sum().item() == pytest.approx(0.15, abs=0.01)
    assert not (chosen & ~words).any()
    masked = (batch.ids[chosen] == vocabulary.MASK).float().mean().item()
    same = (batch.ids[chosen] == batch.targets).float().mean().item()
    assert masked == pytest.approx(0.8, abs=0.02)
    assert same == pytest.approx(0.1 + 0.1 / 295, abs=0.02)
    assert torch.equal(batch.ids[~chosen], original[~chosen])


def test_half_of_the_pairs_follow_each_other(shelf: Shelf) -> None:
    rng = np.random.default_rng(1)
    pairs = [e for e in (train.example(shelf, 32, rng) for _ in range(4000)) if e[2] >= 0]
    shares = np.mean([label == 0 for _, _, label in pairs])
    assert 0.3 < shares < 0.55  # a random pair is also made where a document ends
    for ids, second, _ in pairs[:200]:
        assert ids[second - 1] == vocabulary.SEP and ids[-1] == vocabulary.SEP and ids.count(vocabulary.SEP) == 2
        assert len(ids) <= 32


def test_gap_sentences_are_kept_out() -> None:
    banned = train.kept_out()
    for sentence, words in train.gaps():
        for word in [*words][:3]:
            assert banned(sentence.replace("[MASK]", word))
            assert banned(sentence.replace("[MASK]", word).upper())
    assert not banned("He drank a glass of cold water in the garden.")


def test_there_are_enough_gaps_and_each_has_one() -> None:
    gaps = train.gaps()
    assert len(gaps) >= 60
    assert all(sentence.count("[MASK]") == 1 and words for sentence, words in gaps)
    assert len({sentence for sentence, _ in gaps}) == len(gaps)


def test_the_rate_warms_up_stays_and_falls_to_zero() -> None:
    assert rate_at(1, SMALL.rates) == pytest.approx(6e-4 / 4)
    assert rate_at(10, SMALL.rates) == rate_at(19, SMALL.rates) == 6e-4
    assert rate_at(30, SMALL.rates) == pytest.approx(6e-4 / 2)
    assert rate_at(40, SMALL.rates) == 0


def test_the_loss_is_transformers_own(shelf: Shelf) -> None:
    rng = np.random.default_rng(2)
    batch = train.mask([train.example(shelf, 32, rng) for _ in range(16)], 0.3, 300, rng)
    net = train.build(SMALL).eval()
    labels = torch.full_like(batch.ids, -100)
    labels[batch.chosen] = batch.targets
    theirs = net(
        batch.ids,
        attention_mask=batch.attended,
        token_type_ids=batch.segments,
        labels=labels,
        next_sentence_label=batch.next,
    ).loss
    words, pairs, _ = train.loss_of(net, batch)
    assert (words + pairs).item() == pytest.approx(theirs.item(), abs=1e-4)


@pytest.mark.parametrize("at", [0, 1])  # in the round of AdamW, and in that of Muon
def test_a_run_goes_on_where_it_was_interrupted(at: int, shelf: Shelf, tmp_path) -> None:
    rng = np.random.default_rng(2)
    batch = train.mask([train.example(shelf, 32, rng) for _ in range(16)], 0.3, 300, rng)

    def step(net, optimizers) -> None:
        net.zero_grad()
        sum(train.loss_of(net, batch)[:2]).backward()
        for optimizer in optimizers:
            for group in optimizer.param_groups:
                group["lr"] = 1e-3
            optimizer.step()

    net = train.build(SMALL)
    optimizers = train.optimizers_of(net, SMALL, at)
    assert len(optimizers) == 1 + at
    step(net, optimizers)
    keep_state(tmp_path / "state.safetensors", net, optimizers, at)
    step(net, optimizers)
    again = train.build(SMALL)
    done = kept_at(tmp_path / "state.safetensors")
    others = train.optimizers_of(again, SMALL, done)
    restore_state(tmp_path / "state.safetensors", again, others)
    assert done == at
    step(again, others)
    weights = zip(net.named_parameters(), again.parameters(), strict=True)
    assert all(torch.allclose(a, b, atol=1e-6) for (_, a), b in weights)
    fresh = train.build(SMALL).state_dict()
    assert all(not torch.equal(p, fresh[name]) for name, p in net.named_parameters() if p.ndim == 2)  # all were moved


def test_a_vocabulary_keeps_common_words_whole(tokenizer, tmp_path) -> None:
    assert tokenizer.get_vocab_size() <= 300
    assert tokenizer.encode("The dog ran.").tokens == ["[CLS]", "the", "dog", "ran", ".", "[SEP]"]
    assert tokenizer.encode("[MASK]").ids == [vocabulary.CLS, vocabulary.MASK, vocabulary.SEP]
    vocabulary.store(tokenizer, tmp_path, 32)
    again = vocabulary.restore(tmp_path)
    assert again is not None and again.encode("a catdog!").ids == tokenizer.encode("a catdog!").ids
    from transformers import AutoTokenizer

    assert AutoTokenizer.from_pretrained(tmp_path)("a catdog!").input_ids == tokenizer.encode("a catdog!").ids
