"""Fine-tuning changes what it says it changes, learns, and does not learn from what it is measured on."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from playground.core.checkpoint import read_card
from playground.core.spec import ASSETS
from playground.data.labelled import Example
from playground.families.bert import tasks, train, tune, vocabulary
from playground.families.bert.tasks import Item

BASE = ASSETS / "models" / "bert" / "mini"
TOKENIZER = vocabulary.restore(BASE)
WORDS = ["film", "story", "man", "house", "dog", "day"]
PLAIN = [Example(f"a {w} {'good' if n % 2 else 'bad'} {v}", n % 2) for w in WORDS for v in WORDS for n in (0, 1)]
SMALL = tune.Tuning("sst2", (tune.Stage("train", 30, 2e-3),), lowest=3, tokens=256)


@pytest.fixture
def small(monkeypatch):
    parts = {"train": PLAIN[:48], "dev": PLAIN[48:60], "test": PLAIN[60:]}
    monkeypatch.setattr(tune, "parts", lambda *_: parts)


def test_every_use_can_be_named_in_the_command() -> None:
    assert {key: config.task for key, config in tune.CONFIGS.items()} == {key: key for key in tasks.TASKS}
    assert tune.CONFIGS.items() <= train.CONFIGS.items()


def test_only_the_upper_layers_learn(small) -> None:
    before = tune.build(SMALL, BASE).state_dict()
    (*_, last) = train.train(SMALL, None)
    after = last.model.state_dict()
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed == {n for n in before if any(part in n for part in ("layer.3.", "pooler", "classifier"))}
    assert last.step == last.steps == 30 and last.metrics["accuracy"] == 1.0


def test_attention_can_be_tuned_in_layers_whose_feed_forward_part_stays() -> None:
    net = tune.build(replace(SMALL, lowest=1, feeds=3), BASE)
    learning = {name for name, p in net.named_parameters() if p.requires_grad}
    assert any("layer.1.attention." in name for name in learning)
    assert any("layer.3.intermediate." in name for name in learning)
    assert not any(
        part in name for name in learning for part in ("layer.0.", "layer.2.intermediate.", "layer.1.output.")
    )


def test_the_same_seed_learns_the_same(small) -> None:
    runs = [[p.model.state_dict()["classifier.weight"].clone() for p in tune.train(SMALL, None)][-1] for _ in range(2)]
    assert torch.equal(*runs)


def test_what_is_shipped_is_opened_again_and_measured(small, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(tune, "held_file", lambda key: tmp_path / f"{key}.tsv")
    (*_, last) = tune.train(SMALL, None)
    card = tune.ship(last.model, SMALL, None, tmp_path / "sst2", 1.0)
    assert card == replace(read_card(tmp_path / "sst2"), config=card.config)
    assert card.results["accuracy (test)"] >= 0.9 and card.bytes < 2_000_000
    assert len((tmp_path / "sst2.tsv").read_text().split("\n\n")) == len(PLAIN) - 60


def test_a_layers_rate_is_a_share_of_the_one_above() -> None:
    net = tune.build(replace(SMALL, lowest=1), BASE)
    groups = tune.optimizer_of(net, replace(SMALL, falloff=0.5)).param_groups
    assert {group["scale"] for group in groups} == {1.0, 0.5, 0.25}
    assert {group["weight_decay"] for group in groups} == {0.0, SMALL.decay}
    assert tune.layer_of("bert.embeddings.word_embeddings.weight", 4) == -1
    assert tune.layer_of("bert.encoder.layer.2.output.dense.bias", 4) == 2 and tune.layer_of("classifier.bias", 4) == 4


def test_batches_hold_every_item_once_and_are_not_too_large() -> None:
    rng = np.random.default_rng(0)
    items = [Item([1] * int(n), int(n), np.array(0)) for n in rng.integers(3, 60, 500)]
    found = tune.batches(items, 300, rng)
    assert sorted(id(item) for batch in found for item in batch) == sorted(map(id, items))
    assert all(len(batch) * max(len(item.ids) for item in batch) <= 300 for batch in found)
    assert any(len(a[0].ids) > len(b[0].ids) for a, b in pairwise(found))


def test_the_loss_is_transformers_own() -> None:
    both = torch.randn(2, 5, 8)
    said = {"start_logits": both[0], "end_logits": both[1]}
    targets = torch.randint(0, 8, (5, 2))

    class Out(dict):
        __getattr__ = dict.__getitem__

    expected = (F.cross_entropy(both[0], targets[:, 0]) + F.cross_entropy(both[1], targets[:, 1])) / 2
    assert torch.allclose(tune.loss_of(Out(said), targets), expected)
    logits, chances = torch.randn(4, 3), torch.rand(4, 3).softmax(-1)
    assert torch.allclose(tune.loss_of(Out(logits=logits), chances), F.cross_entropy(logits, chances))
    tags = torch.tensor([[0, -100, 2], [1, 1, -100]])
    per_token = torch.randn(2, 3, 3)
    assert torch.allclose(tune.loss_of(Out(logits=per_token), tags), F.cross_entropy(per_token.mT, tags))


def test_ratios_tell_good_words_from_bad_ones() -> None:
    net = tune.build(SMALL, BASE)
    before = net.bert.embeddings.word_embeddings.weight.detach().clone()
    tune.write_ratios(net, [tasks.classed(example, TOKENIZER, 128) for example in PLAIN], 0.5)
    moved = net.bert.embeddings.word_embeddings.weight.detach() - before
    good, bad, film = (moved[TOKENIZER.token_to_id(word)] for word in ("good", "bad", "film"))
    assert good @ bad < 0 and torch.allclose(good, -bad, atol=1e-4) and film.norm() < good.norm() / 10
    assert not moved[: len(vocabulary.SPECIAL)].any()


def test_a_linear_model_guesses_from_what_it_saw() -> None:
    other = [Example(f"a {v} good {w}", -1) for v, w in pairwise(WORDS)]
    own, guesses = tune.guessed(PLAIN, other, TOKENIZER, 0)
    assert own.shape == (len(PLAIN), 2) and np.allclose(own.sum(1), 1)
    assert {e.text for e in guesses} == {e.text for e in other} and all(e.label[1] > 0.65 for e in guesses)
