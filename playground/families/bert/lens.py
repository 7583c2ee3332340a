"""Layer by layer: what each layer would answer if the model stopped there, and where its tokens stand.

The lens reads every hidden state with the model's own head (nostalgebraist 2020, "logit lens", here for a masked
language model). The head was trained on the last layer alone: what it says of earlier ones is a reading, not an answer.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

import numpy as np
import torch
from torch import Tensor

from playground.core import atlas as maps
from playground.core import store
from playground.core.atlas import Atlas
from playground.core.checks import check_place, check_whole
from playground.core.memo import memo
from playground.core.parts import Cloud
from playground.core.words import Text, Wrong
from playground.families.bert.model import open_bert
from playground.families.bert.trace import Request, forward, inputs, spell
from playground.nn.lens import Lens, read

# The parts of a head in the order they are passed, as the architectures of transformers name them.
HEADS = (
    ("lm_head",),
    ("predictions",),
    ("generator_predictions", "generator_lm_head"),
    ("vocab_transform", "activation", "vocab_layer_norm", "vocab_projector"),
    ("cls",),
)


NO_HEAD = Text(
    "This model has no head for words any more, so its layers cannot be read as words.",
    "这个模型已经没有预测词的头，无法把各层读成词。",
)


def head_of(net: Any) -> Callable[[Tensor], Tensor] | None:
    """From hidden states [.. feature] to logits [.. vocabulary]; None if the model has no such head."""
    if hasattr(net, "cls") and hasattr(net.cls, "seq_relationship"):
        return net.cls.predictions
    for names in HEADS:
        if all(hasattr(net, name) for name in names):
            parts = [getattr(net, name) for name in names]
            return lambda states: reduce(lambda value, part: part(value), parts, states)
    return None


@dataclass(frozen=True)
class Spot:
    """One token of a question: its place, counted from 0."""

    request: Request
    position: int

    def __post_init__(self) -> None:
        check_whole(self.position)


def states_of(request: Request) -> np.ndarray:
    """[row token feature]: the input embeddings, then what each layer gives."""
    done = forward(replace(request, top=1))
    return np.concatenate([done.states, done.last[None]])


def own_logits(request: Request, position: int) -> np.ndarray:
    """What the model itself says at one place: read from its answer at a gap, asked once more anywhere else."""
    done = forward(replace(request, top=1))
    if position in done.encoded.gaps:
        return done.logits[done.encoded.gaps.index(position)]
    with store.using(request.model, open_bert) as bert, torch.inference_mode():
        output = bert.net(**inputs(bert, done.encoded))
        logits = output.prediction_logits if bert.has_next else output.logits
        return logits[0, position].numpy()


@memo(256)
def lens(spot: Spot) -> Lens:
    """Raises Wrong for a place that does not exist."""
    request, position = replace(spot.request, top=1), spot.position
    done = forward(request)
    check_place("token", "词元", position, len(done.encoded.tokens))
    states = torch.from_numpy(states_of(request)[:, position].copy())
    with store.using(request.model, open_bert) as bert, torch.inference_mode():
        head = head_of(bert.net)
        if head is None or bert.use != "gap":
            raise Wrong(*NO_HEAD)
        logits = torch.stack([head(state[None, None])[0, 0] for state in states]).numpy()
        tokenizer = bert.tokenizer
    own = own_logits(request, position)
    truth = done.encoded.truth.get(position)
    if truth is None and position not in done.encoded.gaps:
        truth = done.encoded.tokens.ids[position]
    difference = float(np.abs(logits[-1] - own).max())
    return read(lambda id: spell(tokenizer, id), position, logits, int(own.argmax()), truth, difference)


# ---- where the tokens stand


@dataclass(frozen=True)
class Ground:
    """A question and which of its tokens are on the map."""

    request: Request
    special: bool = False  # with [CLS] and [SEP]


def places_of(ground: Ground) -> tuple[int, ...]:
    tokens = forward(replace(ground.request, top=1)).encoded.tokens
    return tuple(at for at in range(len(tokens)) if ground.special or not tokens.special[at])


def points(ground: Ground) -> np.ndarray:
    """[row point feature]"""
    return states_of(ground.request)[:, list(places_of(ground))]


@memo(32)
def atlas(ground: Ground) -> Atlas:
    """Principal components, one basis for all layers."""
    tokens = forward(replace(ground.request, top=1)).encoded.tokens
    return maps.drawn(points(ground), tokens, places_of(ground))


unfolded = maps.by_tsne(atlas, points)


def unfolding(ground: Ground) -> Iterator[tuple[Cloud, float]]:
    """Every row by t-SNE, as each is ready."""
    return (unfolded((ground, row)) for row in range(len(atlas(ground).clouds)))
