"""Labelled sentences as the encoder that ships reads them, and the plane in which they are looked at."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from playground.core import limits, store
from playground.core.memo import memo
from playground.families.bert.model import Bert, disarm, open_bert, shorten
from playground.families.bert.teach_plan import Lesson, Plan, split

MODEL = "bert/mini"
# ---- sentences as the encoder reads them


@dataclass(frozen=True)
class Sentence:
    text: str
    pair: str = ""


@dataclass(frozen=True, eq=False)
class Read:
    """One sentence: its pieces, and what the encoder, as it ships, makes of them."""

    ids: np.ndarray  # int64 [token]
    types: np.ndarray  # int64 [token]
    lost: int  # tokens that were cut off
    vector: np.ndarray  # float32 [feature], the pooled [CLS]


def pieces(bert: Bert, sentence: Sentence) -> tuple[list[int], list[int], int]:
    """Ids, token types and how many tokens were cut off, at most TEACH_TOKENS kept."""
    given = (disarm(part, bert.tokenizer)[0] for part in (sentence.text, sentence.pair) if part.strip())
    said = bert.tokenizer.backend_tokenizer.encode(*(_plain(part) for part in given))
    kept, lost = shorten(said.sequence_ids, min(limits.TEACH_TOKENS, bert.positions))
    return [said.ids[i] for i in kept], [said.type_ids[i] for i in kept], lost


def _plain(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


@memo(4096)
def read(sentence: Sentence) -> Read:
    """Each sentence by itself, so that its vector does not depend on its neighbours."""
    with store.using(MODEL, open_bert) as bert, torch.inference_mode():
        ids, types, lost = pieces(bert, sentence)
        vector = bert.net.base_model(torch.tensor([ids]), token_type_ids=torch.tensor([types])).pooler_output[0]
    return Read(np.array(ids), np.array(types), lost, vector.numpy())


def reading(given: Lesson) -> Iterator[Read]:
    for text, pair in zip(given.texts, given.pairs, strict=True):
        yield read(Sentence(text, pair))


@dataclass(frozen=True, eq=False)
class Plane:
    """A fixed plane to look at vectors in."""

    middle: np.ndarray  # [feature]
    axes: np.ndarray  # [feature 2]
    kept: float  # share of the variance that lies in it

    def place(self, vectors: np.ndarray) -> np.ndarray:
        return ((vectors - self.middle) @ self.axes).astype(np.float32)


def plane(vectors: np.ndarray) -> Plane:
    """Their first two principal components."""
    middle = vectors.mean(0)
    _, sizes, rows = np.linalg.svd((vectors - middle).astype(np.float64), full_matrices=False)
    axes = np.zeros((vectors.shape[1], 2))
    axes[:, : len(rows[:2])] = rows[:2].T
    axes *= np.where(axes[np.abs(axes).argmax(0), range(2)] < 0, -1, 1)
    total = float((sizes**2).sum())
    return Plane(middle, axes, float((sizes[:2] ** 2).sum()) / total if total else 1.0)


@dataclass(frozen=True, eq=False)
class Data:
    """What training never alters; copies of a state share it."""

    lesson: Lesson
    ids: tuple[np.ndarray, ...]
    types: tuple[np.ndarray, ...]
    labels: Tensor  # int64 [example]
    held: np.ndarray  # bool [example]
    train: np.ndarray  # int64, examples to learn from
    test: np.ndarray
    vectors: Tensor  # [example feature], the pooled [CLS] of the encoder as it ships
    plane: Plane
    cut: int  # sentences of which something was cut off
    base: Mapping[str, Tensor]  # the encoder as it ships, shared with everybody: never altered
    config: Any  # of transformers
    rows: np.ndarray  # int64, pieces that occur in the examples (and [PAD]), growing


def gather(given: Lesson, plan: Plan) -> Data:
    done = list(reading(given))
    held = split(given, plan.held, plan.seed)
    with store.using(MODEL, open_bert) as bert:
        body, config = bert.net.base_model, bert.net.config
        base = {name: value.detach() for name, value in (*body.named_parameters(), *body.named_buffers())}
    vectors = np.stack([one.vector for one in done])
    return Data(
        lesson=given,
        ids=tuple(one.ids for one in done),
        types=tuple(one.types for one in done),
        labels=torch.tensor(given.labels),
        held=held,
        train=np.flatnonzero(~held),
        test=np.flatnonzero(held),
        vectors=torch.from_numpy(vectors),
        plane=plane(vectors),
        cut=sum(one.lost > 0 for one in done),
        base=base,
        config=config,
        rows=np.unique(np.concatenate([[config.pad_token_id], *(one.ids for one in done)])),
    )
