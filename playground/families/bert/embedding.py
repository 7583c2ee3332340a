"""What the first layer reads: word + segment + position, normalised; and how alike the positions are."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from playground.core import store
from playground.core.checks import check_place, check_whole
from playground.core.memo import memo
from playground.core.shapes import expect
from playground.core.words import Wrong
from playground.families.bert.inside import check_spelled, linear, norm
from playground.families.bert.model import Bert, open_bert
from playground.families.bert.trace import Pass, Request, forward
from playground.nn import heads

RUNGS = (1, 2, 4, 8, 16, 32, 64, 128, 256)  # distances at which the likeness of positions is told


@dataclass(frozen=True, eq=False)
class Embedding:
    """One token's input, as a sum. All vectors are [feature]."""

    id: int
    position: int  # the row of the position table
    type: int  # the row of the segment table
    types: int  # rows of the segment table; 0: the model has none
    token: np.ndarray
    segment: np.ndarray | None
    place: np.ndarray  # of the position
    sum: np.ndarray
    norm: heads.Scaling
    normed: np.ndarray
    projected: np.ndarray | None  # [wide], where the layers are wider than the tables
    difference: float  # max |by hand - what the first layer read|


@dataclass(frozen=True)
class Piece:
    request: Request
    token: int

    def __post_init__(self) -> None:
        check_whole(self.token)


@memo(128)
def embedding(piece: Piece) -> Embedding:
    """Raises Wrong for a token that does not exist."""
    done = forward(replace(piece.request, top=1))
    check_place("token", "词元", piece.token, len(done.encoded.tokens))
    with store.using(piece.request.model, open_bert) as bert:
        check_spelled(bert.net)
        return _embedding(bert, done, piece.token)


def _embedding(bert: Bert, done: Pass, at: int) -> Embedding:
    tables, id = bert.net.base_model.embeddings, done.encoded.tokens.ids[at]
    place = at + first_position(bert.net)
    kinds = getattr(tables, "token_type_embeddings", None)
    kind = done.encoded.types[at] if "token_type_ids" in bert.tokenizer.model_input_names else 0
    token, position = row(tables.word_embeddings, id), row(tables.position_embeddings, place)
    segment = None if kinds is None else row(kinds, kind)
    total = token + position + (0 if segment is None else segment)
    normal, wider = norm(tables.LayerNorm), projection(bert.net)
    normed = normal(total)
    projected = None if wider is None else wider(normed)
    given = normed if projected is None else projected
    return Embedding(
        id=id, position=place, type=kind, types=0 if kinds is None else kinds.num_embeddings, token=token,
        segment=segment, place=position, sum=total, norm=normal.scaling(total), normed=normed, projected=projected,
        difference=float(np.abs(given - done.states[0][at]).max()),
    )  # fmt: skip


def row(table: Any, at: int) -> np.ndarray:
    return table.weight[at].detach().numpy().astype(np.float64)


def first_position(net: Any) -> int:
    """RoBERTa's kin count from the place after the padding token's."""
    return net.config.pad_token_id + 1 if net.config.model_type in ("roberta", "xlm-roberta") else 0


def projection(net: Any) -> heads.Linear | None:
    """ELECTRA and ALBERT look up short vectors and stretch them to the width of the layers."""
    body = net.base_model
    if net.config.model_type == "albert":
        return linear(body.encoder.embedding_hidden_mapping_in)
    return linear(body.embeddings_project) if hasattr(body, "embeddings_project") else None


@dataclass(frozen=True)
class Stretch:
    """One number of a token's stretched vector."""

    piece: Piece
    feature: int

    def __post_init__(self) -> None:
        check_whole(self.feature)


@memo(256)
def stretched(asked: Stretch) -> heads.Sum:
    """One number of the stretched vector, spelled out. Raises Wrong where nothing is stretched."""
    piece, feature = asked.piece, asked.feature
    told = embedding(piece)
    with store.using(piece.request.model, open_bert) as bert:
        wider = projection(bert.net)
        if wider is None:
            raise Wrong("This model stretches nothing.", "这个模型没有拉宽这一步。")
        check_place("feature", "特征", feature, len(wider.weight))
        return heads.spelled(wider, told.normed, feature)


@dataclass(frozen=True, eq=False)
class Positions:
    """How alike the position vectors are."""

    cosine: np.ndarray  # [position position], of every place the model can read
    ladder: tuple[tuple[int, float], ...]  # distance, mean cosine of all pairs so far apart
    mean: float  # of all pairs of different places
    deviation: float


@memo(8)
def positions(model: str) -> Positions:
    with store.using(model, open_bert) as bert:
        check_spelled(bert.net)
        first = first_position(bert.net)
        table = bert.net.base_model.embeddings.position_embeddings.weight.detach().numpy()
        vectors = table[first : first + bert.positions].astype(np.float64)
    lengths = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    cosine = np.clip((vectors / lengths) @ (vectors / lengths).T, -1, 1)
    pairs = cosine[np.triu_indices(len(cosine), 1)]
    ladder = tuple((d, float(np.diagonal(cosine, d).mean())) for d in RUNGS if d < len(cosine))
    cosine = cosine.astype(np.float32)
    expect(cosine, "position position")
    return Positions(cosine, ladder, float(pairs.mean()), float(pairs.std()))
