"""What GPT is trained on, that a run goes on bit for bit, and that what is shipped opens with the same numbers."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional as F
from transformers import AutoTokenizer, GPT2Config, GPT2LMHeadModel

from playground.core.checkpoint import read_card
from playground.data import corpora, tasks
from playground.data.corpora import Corpus
from playground.families.gpt import measure, text, train, vocabulary
from playground.families.gpt.train import Config, Phase

SMALL = Config(
    layers=2,
    heads=2,
    width=32,
    vocabulary=600,
    length=64,
    phases=(Phase(4, 8, 32, (0.25, 0.25, 0.375, 0.125)), Phase(8, 4, 64, (0.25, 0.25, 0.375, 0.125))),
    rates=((0, 1e-4), (2, 3e-3), (8, 0.0)),
    block=2,
    check=100,
)
WORDS = ["cat", "dog", "boy", "girl", "house", "tree", "river", "bread", "stone", "light"]


def paragraph(i: int) -> list[str]:
    a, b, c = (WORDS[(i * k + k) % 10] for k in (1, 3, 7))
    return [f"The {a} saw a {b} number {i}.", f"Then the {b} ran to the {c}.", "It was a good day."] * 4


@pytest.fixture(autouse=True)
def _short(monkeypatch) -> None:
    corpus = Corpus("small", "none", lambda data: (paragraph(i) for i in range(150)))
    monkeypatch.setattr(corpora, "PROSE", (corpus,))
    told = text.tales
    monkeypatch.setattr(text, "tales", lambda seed, count: told(seed, min(count, 100)))


@pytest.fixture
def read() -> text.Text:
    return text.read(SMALL, Path("none"))


def test_held_out_prose_is_never_trained_on(read) -> None:
    assert read.heldout == [paragraph(7), paragraph(57), paragraph(107)]
    told = read.tokenizer.decode(read.prose.ids.tolist(), skip_special_tokens=False)
    for i in range(150):
        assert (f"number {i}." in told) is (i % 50 != 7)
    assert told.count(vocabulary.END) == 147 == len(read.prose.starts)


def test_rows_are_full_and_begin_where_a_text_begins(read) -> None:
    batch = text.batches(read, (0.25, 0.25, 0.375, 0.125), 8, 32, 2, seed=3)[0]
    assert batch.ids.shape == batch.weights.shape == (8, 32)
    assert (batch.weights[:4] == 1).all() and ((batch.weights[4:7] == 1) | (batch.weights[4:7] == text.SHELL)).all()
    assert ((batch.weights[7] == 1) | (batch.weights[7] == 0)).all()
    assert (batch.ids[:, 0] != text.ENDOFTEXT).all()


def test_batches_follow_from_the_seed(read) -> None:
    a, b, c = (text.batches(read, (0.25, 0.25, 0.375, 0.125), 8, 32, 2, seed) for seed in (3, 3, 4))
    assert all(torch.equal(x.ids, y.ids) and torch.equal(x.weights, y.weights) for x, y in zip(a, b, strict=True))
    assert not torch.equal(a[0].ids, c[0].ids)


def test_answers_and_their_line_end_weigh_fully(read) -> None:
    pieces = [("Input: cat\nOutput:", False), (" dog\n", True), ("Input: dog\nOutput:", False), (" tree\n", False)]
    ids, weights = text.encode(read.tokenizer, pieces)
    heavy = read.tokenizer.decode([i for i, w in zip(ids, weights, strict=True) if w == 1])
    assert heavy == " dog\n"


def test_what_an_echo_asks_for_was_said_before(read) -> None:
    for ids, weights in text.echo_rows(read, 4, 64, 1):
        for at in np.flatnonzero(weights):
            start = max(np.flatnonzero(ids[:at] == text.ENDOFTEXT), default=-1) + 1
            assert ids[at] in ids[start:at]
        assert weights.any() and set(ids[weights == 1]) <= set(read.prose.ids)


def test_the_loss_is_a_weighted_mean_of_transformers_own(read) -> None:
    net = train.build(SMALL).eval()
    batch = text.batches(read, (0.25, 0.25, 0.375, 0.125), 8, 32, 1, 0)[0]
    loss, losses, _ = train.loss_of(net, batch)
    own = net(batch.ids, labels=batch.ids).loss
    assert losses.mean().item() == pytest.approx(own.item(), abs=1e-5)
    logits = net(batch.ids).logits[:, :-1]
    by_hand = F.cross_entropy(logits.flatten(0, 1), batch.ids[:, 1:].flatten(), reduction="none")
    weights = batch.weights[:, 1:].flatten()
    assert loss.item() == pytest.approx((by_hand @ weights / weights.sum()).item(), abs=1e-5)


def test_the_rate_warms_up_and_falls_to_zero() -> None:
    config = train.CONFIGS["mini"]
    rates = [train.rate_at(step, config.rates) for step in (0, 150, 3_000, config.steps)]
    assert rates[0] < rates[1] > rates[2] > rates[3] == 0.0
    assert all(phase.rows * phase.length == 8_192 for phase in config.phases)
    assert config.phases[-1].length == config.length and all(p.until % config.block == 0 for p in config.phases)


def test_an_interrupted_run_goes_on_bit_for_bit(tmp_path) -> None:
    whole = [p for p in train.train(SMALL, Path("none"), tmp_path / "whole")]
    broken = train.train(SMALL, Path("none"), tmp_path / "broken")
    for _ in range(2):
        next(broken)
    broken.close()
    rest = [p for p in train.train(SMALL, Path("none"), tmp_path / "broken")]
    assert [p.step for p in whole] == [2, 4, 6, 8] and [p.step for p in rest] == [6, 8]
    assert rest[-1].metrics == whole[-1].metrics
    pairs = zip(whole[-1].model.parameters(), rest[-1].model.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)
    again = [p for p in train.train(SMALL, Path("none"), tmp_path / "whole")]
    assert [(p.step, p.metrics) for p in again] == [(8, {})]


def test_what_is_shipped_opens_with_the_same_logits(tmp_path, read) -> None:
    config = replace(SMALL, phases=(Phase(2, 8, 32, (0.25, 0.25, 0.375, 0.125)),))
    *_, last = train.train(config, Path("none"), tmp_path / "kept")
    folder = tmp_path / "out"
    card = train.ship(last.model, config, Path("none"), folder, 1.0, tmp_path / "part.txt", count=2)
    assert read_card(folder).results == card.results and card.results["held-out prose, perplexity per token"] > 1
    assert card.bytes == (folder / "model.safetensors").stat().st_size
    assert json.loads((folder / "config.json").read_text())["model_type"] == "gpt2"
    net, tokenizer = GPT2LMHeadModel.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    ids = tokenizer("The cat saw a dog. \u00e9\u4e2d\n", return_tensors="pt").input_ids
    assert tokenizer.is_fast and tokenizer.decode(ids[0]) == "The cat saw a dog. \u00e9\u4e2d\n"
    half = last.model.half().float().eval()
    with torch.inference_mode():
        assert torch.allclose(net(ids).logits, half(ids).logits, atol=1e-5)
    assert len((tmp_path / "part.txt").read_text().split("\n\n")) == 3


def test_words_are_inflected_by_copying_them() -> None:
    counts = {f" {word}": 50.0 for word in ("walk", "bake", "dog", "house", "the", "red", "these")}
    tokenizer = vocabulary.of([*vocabulary.merges_of(counts, 60), *vocabulary.LAST])
    pieces = lambda word: tokenizer.encode(f" {word}").tokens  # noqa: E731
    assert pieces("dogs") == ["Ġdog", "s"] and pieces("houses") == ["Ġhouse", "s"]
    assert pieces("walked") == ["Ġwalk", "ed"] and pieces("baked") == ["Ġbake", "d"]
    assert pieces("these") == ["Ġthese"] and pieces("red") == ["Ġred"]


def test_any_text_comes_back_from_the_tokens(read, tmp_path) -> None:
    assert read.tokenizer.get_vocab_size() == SMALL.vocabulary
    assert read.tokenizer.encode(vocabulary.END).ids == [text.ENDOFTEXT]
    vocabulary.store(read.tokenizer, tmp_path, 64)
    theirs = AutoTokenizer.from_pretrained(tmp_path)
    for sample in (
        "Input: dogs\nOutput: walked\n\n",
        "caf\u00e9 \u4f60\u597d \U0001f600\t 12 + 34",
        " a  b ",
        "\x00<b>",
    ):
        ids = read.tokenizer.encode(sample).ids
        assert read.tokenizer.decode(ids) == sample
        assert theirs(sample).input_ids == ids


class Parrot(torch.nn.Module):
    """Foretells the token before the last one: right where two tokens take turns."""

    def __init__(self, words: int) -> None:
        super().__init__()
        self.words = words
        self.config = GPT2Config(n_positions=64)

    def forward(self, ids):
        logits = F.one_hot(F.pad(ids, (1, -1)), self.words).float()
        return type("Output", (), {"logits": logits})


def test_an_answer_counts_only_when_all_of_it_and_the_line_end_are_foretold(read) -> None:
    size = read.tokenizer.get_vocab_size()
    assert len(read.tokenizer.encode(" the a\n").ids) == 3
    asked = [(" the\n", "the"), ("\n the\n", "the"), (" the a", "the a"), (" the a", "the a the"), ("x the\n", "a")]
    assert measure.right(Parrot(size), read.tokenizer, asked).tolist() == [True, True, False, False, False]
    alike = measure.right(Parrot(size), read.tokenizer, [*asked, (" a" * 90 + " the\n", "the")])
    assert alike.tolist() == [True, True, False, False, False, True]  # a long prompt loses its beginning


def test_perplexity_of_a_net_that_knows_nothing_is_the_vocabulary(read) -> None:
    net = train.build(SMALL).eval()
    with torch.no_grad():
        net.transformer.wte.weight.zero_()
    nats, tokens, words, size = measure.prose(net, read.tokenizer, read.heldout, 64)
    assert np.exp(nats / tokens) == pytest.approx(SMALL.vocabulary, rel=1e-4)
    whole = [" ".join(d) for d in read.heldout]
    assert tokens == sum(len(read.tokenizer.encode(t).ids) for t in whole)
    assert words == sum(len(t.split()) for t in whole) and size == sum(len(t.encode()) for t in whole)


def test_the_curve_asks_for_what_is_held_out(read, monkeypatch) -> None:
    asked = []
    monkeypatch.setattr(measure, "right", lambda net, tokenizer, pairs: asked.extend(pairs) or np.ones(len(pairs)))
    assert measure.curve(None, read.tokenizer, "plural", 10) == [1.0] * 5  # type: ignore[arg-type]
    assert all(answer in tasks.heldout() for _, answer in asked) and len(asked) == 50
    assert [prompt.count("Input:") for prompt, _ in asked[::10]] == [1, 2, 3, 5, 9]
