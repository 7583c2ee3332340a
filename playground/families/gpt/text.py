"""What the embedded GPT reads: rows of real prose, tales, episodes and echoes, packed without padding.

A row holds one kind of text, begins where a document or a sentence begins, and parts documents with <|endoftext|>.
Every row is a function of the config and its block's number, whatever was trained before.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from playground.data import corpora, tasks
from playground.data.tales import tales
from playground.data.words import classes
from playground.families.gpt import vocabulary

ENDOFTEXT = 0
Shares = tuple[float, float, float, float]  # of prose, tales, episodes and echoes
SHELL = 0.15  # weight of what no reader could foretell in an episode: names, inputs, answers not yet known


class Needs(Protocol):
    """What the data must know of a config."""

    @property
    def vocabulary(self) -> int: ...
    @property
    def length(self) -> int: ...
    @property
    def seed(self) -> int: ...


@dataclass(frozen=True, eq=False)
class Prose:
    """Documents as one run of token ids, each ended by <|endoftext|>; `starts` of documents in tokens."""

    ids: np.ndarray
    starts: np.ndarray


@dataclass(frozen=True, eq=False)
class Text:
    tokenizer: Tokenizer
    prose: Prose
    heldout: list[list[str]]  # prose documents, every fiftieth of each corpus


def shelve(documents: Sequence[Sequence[str]], tokenizer: Tokenizer) -> Prose:
    """Documents as they stand, a few at a time: encodings are large while they are held."""
    rows: list[np.ndarray] = []
    for at in range(0, len(documents), 64):
        texts = [" ".join(document) for document in documents[at : at + 64]]
        rows += [np.array([*found.ids, ENDOFTEXT], np.int32) for found in tokenizer.encode_batch_fast(texts)]
    sizes = np.array([len(row) for row in rows])
    return Prose(np.concatenate(rows), np.cumsum(sizes) - sizes)


def read(config: Needs, data: Path, folder: Path | None = None, tokenizer: Tokenizer | None = None) -> Text:
    """All prose; the vocabulary is given, or read from `folder`, or learned from prose, tales and episodes."""
    groups = [list(c.read(data)) for c in corpora.PROSE]
    heldout = [d for documents in groups for d in documents[7::50]]
    documents = [d for group in groups for i, d in enumerate(group) if i % 50 != 7]
    if tokenizer is None and folder:
        tokenizer = vocabulary.restore(folder)
    if tokenizer is None:
        tokenizer = vocabulary.learn(samples(documents, config.seed), config.vocabulary)
        if folder:
            vocabulary.store(tokenizer, folder, config.length)
    return Text(tokenizer, shelve(documents, tokenizer), heldout)


def samples(documents: Sequence[Sequence[str]], seed: int) -> list[tuple[Iterator[str], float]]:
    """Groups of texts to learn the vocabulary from, with their weights; the held-out words are in it as in any list."""
    rng = random.Random(seed)
    words = (f" {cell}" for name in classes() for row in classes()[name] for cell in row)
    return [
        ((s for d in documents for s in d), 1.0),
        (tales(seed + 1, 4_000), 0.6),
        ((tasks.text(tasks.episode(rng)) for _ in range(20_000)), 0.5),
        (words, 0.25),
    ]


def prose_rows(prose: Prose, count: int, length: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Windows of `length` tokens from random document starts, moved by a random part of a long document."""
    for _ in range(count):
        start = int(rng.integers(len(prose.starts)))
        at = prose.starts[start]
        end = prose.starts[start + 1] if start + 1 < len(prose.starts) else len(prose.ids)
        if rng.random() < 0.7:
            at += int(rng.integers(max(1, end - at)))
        at = min(at, len(prose.ids) - length)
        yield prose.ids[at : at + length]


def tale_rows(tokenizer: Tokenizer, count: int, length: int, seed: int) -> Iterator[np.ndarray]:
    row: list[int] = []
    told = tales(seed, count * length)  # more than enough: a tale is longer than a token
    while count:
        row += [*tokenizer.encode(next(told)).ids, ENDOFTEXT]
        if len(row) >= length:
            yield np.array(row[:length])
            row, count = [], count - 1


def encode(tokenizer: Tokenizer, pieces: tasks.Episode) -> tuple[list[int], list[float]]:
    """Ids of an episode and the weight of each as a target."""
    found = tokenizer.encode(tasks.text(pieces))
    known = np.concatenate([np.full(len(piece), answer) for piece, answer in pieces])
    return found.ids, [1.0 if known[begin] else SHELL for begin, _ in found.offsets]


def task_rows(tokenizer: Tokenizer, count: int, length: int, seed: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    rng = random.Random(seed)
    row: list[int] = []
    weights: list[float] = []
    while count:
        ids, mine = encode(tokenizer, tasks.episode(rng))
        row += [*ids, ENDOFTEXT]
        weights += [*mine, SHELL]
        if len(row) >= length:
            yield np.array(row[:length]), np.array(weights[:length])
            row, weights, count = [], [], count - 1


STRETCH = 400  # tokens
SEPARATORS = ("\n", " ->", ":", " =", " |")


def echo_rows(text: "Text", count: int, length: int, seed: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Words of a stretch of prose in random order, said again once or twice: only what was said before helps.

    Of the first time nothing could be foretold, so it has no weight. (Induction heads: Olsson et al. 2022.)
    """
    rng, tokenizer, prose = np.random.default_rng([seed, 4]), text.tokenizer, text.prose.ids
    words = np.array(sorted(i for name, i in tokenizer.get_vocab().items() if name[0] == "Ġ" and name[1:].isalpha()))
    marks = [tokenizer.encode(mark).ids for mark in SEPARATORS]
    row: list[int] = []
    weights: list[float] = []
    while count:
        at = int(rng.integers(max(1, len(prose) - STRETCH)))
        found = np.intersect1d(prose[at : at + STRETCH], words)
        said = rng.permutation(found)[: rng.integers(1, 25)].tolist()
        mark = marks[rng.integers(len(marks))]
        times = int(rng.integers(1, 3))
        row += said + (mark + said) * times + [ENDOFTEXT]
        weights += [0.0] * len(said) + ([0.0] * len(mark) + [1.0] * len(said)) * times + [0.0]
        if len(row) >= length:
            yield np.array(row[:length]), np.array(weights[:length])
            row, weights, count = [], [], count - 1


@dataclass(frozen=True, eq=False)
class Batch:
    ids: Tensor  # [row token]
    weights: Tensor  # [row token]: of the token as a target


def batches(text: Text, shares: Shares, rows: int, length: int, count: int, seed: int) -> list[Batch]:
    """`count` batches of `rows` rows; each holds prose, tales, episodes and echoes in the same `shares`."""
    rng = np.random.default_rng(seed)
    prose, told, echoes = (round(rows * shares[i]) for i in (0, 1, 3))
    each = [prose, told, rows - prose - told - echoes, echoes]
    kinds: list[list[tuple[np.ndarray, np.ndarray]]] = [
        [(row, np.ones(length)) for row in prose_rows(text.prose, count * each[0], length, rng)],
        [(row, np.ones(length)) for row in tale_rows(text.tokenizer, count * each[1], length, seed)],
        list(task_rows(text.tokenizer, count * each[2], length, seed)),
        list(echo_rows(text, count * each[3], length, seed)),
    ]
    made = []
    for i in range(count):
        chosen = [row for kind, n in zip(kinds, each, strict=True) for row in kind[i * n : (i + 1) * n]]
        ids, weights = (np.stack(part) for part in zip(*chosen, strict=True))
        made.append(Batch(torch.from_numpy(ids.astype(np.int64)), torch.from_numpy(weights.astype(np.float32))))
    return made
