"""What the page asks of the input embedding and of one head, step by step."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from playground.families import bert
from playground.families.bert.tab_asked import request
from playground.views import frame, head

Question = dict[str, Any]


def place(question: Question) -> Any:
    return bert.Place(request(question, top=1), *(question.get(name, 0) for name in ("layer", "head", "query")))


def one_head(question: Question) -> Iterator[bytes]:
    """One head and the looking token's way through the layer; `key`: a token to show among what it takes."""
    asked = place(question)
    yield head.opened(bert.inside(asked), asked, question.get("key", -1))


def term(question: Question) -> Mapping[str, Any]:
    """One number of a step, spelled out."""
    where: list[Any] = [question.get(name) for name in ("step", "row", "column")]
    return head.spelled(bert.term(bert.Term(place(question), *where)))


def readout(question: Question) -> Iterator[bytes]:
    """The token `query` from layer to layer and what the mask head reads in it."""
    told = bert.readout(bert.Readout(request(question, top=1), question.get("query", 0), question.get("word", -1)))
    about = {
        "ids": told.ids,
        "words": told.words,
        "logits": told.logits.tolist(),
        "chances": told.chances.tolist(),
        "biases": told.biases.tolist(),
        "activation": told.activation,
        "difference": told.difference,
        "gap": told.gap,
    }
    arrays = {name: getattr(told, name) for name in ("states", "dense", "active", "normed")}
    yield head.readout(about, told.norm, arrays)


def embedding(question: Question) -> Iterator[bytes]:
    """One token's input: the vectors that are added, their sum, and what LayerNorm makes of it."""
    told = bert.embedding(bert.Piece(request(question, top=1), question.get("query", 0)))
    vectors = {
        "token": told.token,
        "segment": told.segment,
        "position": told.place,
        "sum": told.sum,
        "gain": told.norm.gain,
        "shift": told.norm.shift,
        "normed": told.normed,
        "projected": told.projected,
    }
    about = {name: getattr(told, name) for name in ("id", "position", "type", "types", "difference")}
    yield frame.payload(
        {**about, "mean": told.norm.mean, "deviation": told.norm.deviation},
        {name: array.astype(np.float32) for name, array in vectors.items() if array is not None},
    )


def stretched(question: Question) -> Mapping[str, Any]:
    """One number of the vector that is stretched to the width of the layers, spelled out."""
    piece = bert.Piece(request(question, top=1), question.get("query", 0))
    column: Any = question.get("column")
    return head.spelled(bert.stretched(bert.Stretch(piece, column)))


def positions(question: Question) -> Iterator[bytes]:
    """How alike the positions are: cosines as shares of 32,767, and their means by distance."""
    told = bert.positions(request(question, top=1).model)
    yield frame.payload(
        {"ladder": told.ladder, "mean": told.mean, "deviation": told.deviation, "count": len(told.cosine)},
        {"cosine": np.rint(told.cosine * 32_767).astype(np.int16)},
    )


VERBS: dict[str, Callable[[Question], Any]] = {
    "head": one_head,
    "head_term": term,
    "head_words": readout,
    "embedding": embedding,
    "embedding_term": stretched,
    "positions": positions,
}
