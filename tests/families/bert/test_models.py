"""The embedded BERT is what its card says: opened by transformers alone, strictly, and measured again."""

import json

import pytest
import torch
from transformers import AutoTokenizer, BertForPreTraining

from playground.core.checkpoint import WEIGHTS, read_card
from playground.data import corpora
from playground.families.bert import train, vocabulary
from playground.families.bert.model import MODELS

SPEC = MODELS["bert/mini"]


@pytest.fixture(scope="module")
def card():
    return read_card(SPEC.folder)


@pytest.fixture(scope="module")
def net():
    net, told = BertForPreTraining.from_pretrained(SPEC.folder, output_loading_info=True)
    assert not any(told[key] for key in ("missing_keys", "unexpected_keys", "mismatched_keys"))
    return net.eval()


@pytest.fixture(scope="module")
def again(net):
    return train.measure(net, vocabulary.restore(SPEC.folder), corpora.heldout())


def test_the_file_is_small_and_the_card_knows_it(card, net) -> None:
    size = (SPEC.folder / WEIGHTS).stat().st_size
    assert size == card.bytes <= 10_000_000
    assert card.parameters == sum(p.numel() for p in net.parameters())
    assert card.command == SPEC.origin and card.seed == 0 and card.data
    assert all(source["licence"] for source in card.data)


def test_weights_are_finite_and_opened_in_full_precision(net) -> None:
    assert all(torch.isfinite(p).all() and p.dtype == torch.float32 for p in net.parameters())
    layout = json.loads((SPEC.folder / "config.json").read_text())
    assert layout["architectures"] == ["BertForPreTraining"] and layout["num_hidden_layers"] >= 4


def test_the_words_are_those_transformers_reads() -> None:
    theirs, ours = AutoTokenizer.from_pretrained(SPEC.folder), vocabulary.restore(SPEC.folder)
    assert ours is not None
    for text in ("She drank a cup of [MASK].", "Unbelievable! 中文 naïve 😀 don't", ""):
        assert theirs(text).input_ids == ours.encode(text).ids
    assert (theirs.mask_token_id, theirs.pad_token_id) == (vocabulary.MASK, vocabulary.PAD)


def test_everyday_gaps_are_filled_sensibly(card, again) -> None:
    assert again["everyday gaps, first five"] == pytest.approx(card.results["everyday gaps, first five"], abs=0.02)
    assert again["everyday gaps, first five"] >= 0.75


def test_heldout_prose_measures_as_the_card_says(card, again) -> None:
    for name in ("held-out prose, top-1", "next sentence, accuracy"):
        assert again[name] == pytest.approx(card.results[f"{name} (shipped part)"], abs=0.002)
    assert card.results["held-out prose, top-1"] >= 0.30
    name = "next sentence in stories, accuracy"
    assert again[name] == pytest.approx(card.results[name], abs=0.002)
    assert card.results[name] > card.results["next sentence, accuracy"] > 0.55
