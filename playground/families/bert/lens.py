"""Layer by layer: what each layer would answer if the model stopped there, and where its tokens stand.

The lens reads every hidden state with the model's own head (nostalgebraist 2020, "logit lens", here for a masked
language model, and for fine-tuned heads). The head was trained on the last layer alone: what it says of earlier ones is
a reading, not an answer.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from playground.core import atlas as maps
from playground.core import store
from playground.core.atlas import Atlas
from playground.core.checks import check_place, check_whole
from playground.core.memo import memo
from playground.core.parts import Cloud
from playground.core.words import Text, Wrong
from playground.families.bert.model import Bert, Encoded, open_bert
from playground.families.bert.target import Target, choices
from playground.families.bert.trace import Request, forward, inputs, shares, spell
from playground.families.bert.use import check_texts, may_answer, named
from playground.nn.lens import TOP, Lens, read
from playground.nn.surgery import twin

NO_HEAD = Text(
    "This model has no head for words any more, so its layers cannot be read as words.",
    "这个模型已经没有预测词的头，无法把各层读成词。",
)


def reading(bert: Bert, encoded: Encoded, states: np.ndarray, target: Target) -> np.ndarray:
    """[row choice]: the logits that the model's own head gives to states [row token feature].

    The head is whatever the net does after its body, so that no architecture has to be known here: the body of a twin
    is asked about one token, only to have an output of its own kind, and hands on `states` in place of what it found.
    """
    alone = target.kind in ("word", "tag")  # such a head reads every token by itself
    kept = torch.from_numpy(states[:, [target.at]] if alone else states)

    def put(body: nn.Module, _given: Any, output: Any) -> Any:
        output.last_hidden_state = kept
        if getattr(output, "pooler_output", None) is not None:
            output.pooler_output = pooled(body, kept)
        return output

    net = twin(bert.net)
    net.base_model.register_forward_hook(put)
    output = net(**{name: value[:, :1] for name, value in inputs(bert, encoded).items()})
    return choices(bert, output, replace(target, at=0)).numpy()


def pooled(body: Any, states: Tensor) -> Tensor:
    if body.config.model_type == "albert":  # its pooler is a bare layer
        return body.pooler_activation(body.pooler(states[:, 0]))
    return body.pooler(states)


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
    with store.using(request.model, open_bert) as bert, torch.inference_mode():
        if bert.use != "gap":
            raise Wrong(*NO_HEAD)
        logits = reading(bert, done.encoded, states_of(request), Target("word", 0, position))
        tokenizer = bert.tokenizer
    own = own_logits(request, position)
    truth = done.encoded.truth.get(position)
    if truth is None and position not in done.encoded.gaps:
        truth = done.encoded.tokens.ids[position]
    difference = float(np.abs(logits[-1] - own).max())
    return read(lambda id: spell(tokenizer, id), position, logits, int(own.argmax()), truth, difference)


# ---- classes, tags and ends of answers


@dataclass(frozen=True, eq=False)
class Heard:
    """What a fine-tuned head says of every layer; row 0 reads the input embeddings, the last row is the answer."""

    kind: str  # of Target
    at: int  # of Target
    rule: str  # of trace.RULES
    ids: tuple[int, ...]  # the likeliest in any layer, in the order of the answer
    names: tuple[str, ...]  # of these
    chances: np.ndarray  # [row told]; of a value the number itself
    since: int  # from this row on the likeliest, or all that hold, are those of the answer
    difference: float  # largest difference between the last row's logits and the model's
    count: int  # of choices


@memo(256)
def hear(spot: Spot) -> tuple[Heard, ...]:
    """One for a class, one for the tag of the token at `spot.position`, two for the ends of an answer. Raises Wrong."""
    request, position = replace(spot.request, top=1), spot.position
    done = forward(request)
    facts, tokens = done.facts, done.encoded.tokens
    check_texts(facts, request)
    check_place("token", "词元", position, len(tokens))
    with store.using(request.model, open_bert) as bert, torch.inference_mode():
        targets = {  # and where their logits are in those of the pass
            "classes": {Target("class", 0): 0},
            "tags": {Target("tag", 0, position): position},
            "answer": {Target("start", 0): 0, Target("end", 0): 1},
        }[facts.use]
        logits = {one: reading(bert, done.encoded, states_of(request), one) for one in targets}
        cls = bert.tokenizer.cls_token_id
    ends = facts.use == "answer"
    open_to = may_answer(tokens, cls) if ends else np.ones(len(facts.labels), bool)
    names = tokens.texts if ends else facts.labels
    return tuple(heard(one, facts.rule, logits[one], done.logits[own], open_to, names) for one, own in targets.items())


def heard(
    target: Target, rule: str, logits: np.ndarray, own: np.ndarray, open_to: np.ndarray, names: Sequence[str]
) -> Heard:
    chances = shares(np.where(open_to, logits, -np.inf), rule)
    most = np.where(open_to, chances.max(0), -np.inf)
    most[chances[-1].argmax()] = np.inf  # the answer itself is always told
    ids = sorted(np.argsort(-most, kind="stable")[: min(TOP, open_to.sum())].tolist(), key=lambda i: -chances[-1, i])
    said = chances >= 0.5 if rule == "many" else chances.argmax(-1)[:, None]
    other = (said != said[-1]).any(-1).nonzero()[0]
    return Heard(
        kind=target.kind,
        at=target.at,
        rule=rule,
        ids=tuple(ids),
        names=tuple(named(names[i]) for i in ids),
        chances=chances[:, ids],
        since=int(other[-1]) + 1 if len(other) else 0,
        difference=float(np.abs(logits[-1] - own).max()),
        count=int(open_to.sum()),
    )


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
