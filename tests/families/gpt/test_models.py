"""The embedded GPT as it ships: what its card says, measured again, and what the room promises of it."""

import json
import re

import numpy as np
import pytest
from transformers import GPT2LMHeadModel, GPT2TokenizerFast

from playground.core import store
from playground.core.checkpoint import read_card
from playground.data import corpora, tasks
from playground.families.gpt import measure
from playground.families.gpt.model import MODELS, open_gpt
from playground.families.gpt.train import CONFIGS

FOLDER = MODELS["gpt/mini"].folder
CARD = read_card(FOLDER)


@pytest.fixture(scope="module")
def gpt():
    return store.load("gpt/mini", open_gpt)


@pytest.fixture(scope="module")
def curves(gpt):
    """Accuracy of every easy task for 0, 1, 2, 4, 8 examples, on 40 questions of held-out words."""
    reader = gpt.tokenizer.backend_tokenizer
    return {key: measure.curve(gpt.net, reader, key, 40) for key in tasks.EASY}


def test_it_is_a_plain_gpt2_folder_of_at_most_ten_megabytes() -> None:
    net, said = GPT2LMHeadModel.from_pretrained(FOLDER, output_loading_info=True)
    assert not said["missing_keys"] and not said["unexpected_keys"] and not said["mismatched_keys"]
    assert net.config.n_positions == CONFIGS["mini"].length
    assert GPT2TokenizerFast.from_pretrained(FOLDER)("a cat").input_ids
    assert sum(file.stat().st_size for file in FOLDER.iterdir()) <= 10 * 10**6
    assert CARD.parameters == sum(weight.numel() for weight in net.parameters())
    assert json.loads((FOLDER / "config.json").read_text())["model_type"] == "gpt2"


def test_without_examples_it_does_not_know_what_is_asked(curves) -> None:
    assert {key: curve[0] for key, curve in curves.items() if curve[0] > 0.2} == {}


def test_four_examples_tell_it_the_task(curves) -> None:
    """On the 100 questions of the card every easy task reaches 90 %; here are 40 of each."""
    four = {key: curve[tasks.SHOTS.index(4)] for key, curve in curves.items()}
    assert np.mean(list(four.values())) >= 0.92 and min(four.values()) >= 0.85, four
    assert min(CARD.results[f"{key}, 4 shots"] for key in tasks.EASY) >= 0.9


def test_the_curve_rises_and_stays_up(curves) -> None:
    mean = np.mean(list(curves.values()), axis=0)
    assert mean[0] + 0.5 < mean[1] <= mean[2] + 0.01 and mean[2] <= mean[3] + 0.01 and mean[4] > mean[3] - 0.05, mean


def test_the_card_says_what_was_measured(gpt, curves) -> None:
    for key, curve in curves.items():
        for shots, share in zip(tasks.SHOTS, curve, strict=True):
            assert share == pytest.approx(CARD.results[f"{key}, {shots} shots"], abs=0.15), (key, shots)


def test_its_perplexity_on_the_held_out_part_is_near_that_of_the_card(gpt) -> None:
    """The part that ships is a sample: 60 beginnings of documents."""
    nats, tokens, _, _ = measure.prose(gpt.net, gpt.tokenizer.backend_tokenizer, corpora.heldout(), 512)
    assert np.exp(nats / tokens) == pytest.approx(CARD.results["held-out prose, perplexity per token"], rel=0.25)


def test_no_query_of_the_evaluation_was_ever_trained() -> None:
    held = tasks.heldout()
    for key in ("copy", "plural", "past", "reverse"):
        for shots, query in tasks.questions(key, 4, 20):
            assert set(words(query.given)) <= held
            assert not {word for shot in shots for word in words(shot.given)} & held


def words(text: str) -> list[str]:
    return re.findall("[a-z]+", text.lower())
