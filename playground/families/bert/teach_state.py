"""A fine-tuning as plain data, and the loop that moves it: one update for each `next`.

Tensors in a state are never altered, only replaced, so copies share them and cost nothing until they go their own way.
The encoder that everybody uses is read, never written: what trains lies in `weights`, and a skeleton without weights
of its own computes with both.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.func import functional_call
from torch.nn import functional as F

from playground.core.words import Text, Wrong
from playground.families.bert.teach_data import Data, gather
from playground.families.bert.teach_plan import Lesson, Plan

CURVE = 400  # points of a curve, at most
CLIP = 1.0  # longest gradient, as in BERT's own training
BETAS, TINY = (0.9, 0.999), 1e-8
WARMUP = 0.1  # share of the updates over which the rate rises
SWEEP = 160  # tokens measured beside one update, padding included
WORDS = "embeddings.word_embeddings.weight"
WEIGHT, BIAS = "classifier.weight", "classifier.bias"
Weights = Mapping[str, Tensor]

DIVERGED = Text(
    "The numbers are no longer finite (divergence); the last finite weights are kept. Start again with a lower "
    "learning rate.",
    "数值不再有限（发散）；已保留最后一组有限的权重。请降低学习率，重新开始。",
)


@dataclass(frozen=True, eq=False)
class Measure:
    """What the weights of one moment make of every example."""

    at: int  # updates made
    vectors: Tensor  # [example feature], pooled [CLS]
    logits: Tensor  # [example label]


@dataclass(frozen=True, eq=False)
class Sweep:
    """A measure in the making: some examples beside each update, all by the weights of one moment."""

    at: int
    weights: Weights
    vectors: tuple[Tensor, ...] = ()
    seen: int = 0


@dataclass(eq=False)
class State:
    plan: Plan
    data: Data
    weights: Weights  # what trains
    first: tuple[Tensor, ...]  # Adam's running mean of the gradients
    second: tuple[Tensor, ...]  # and of their squares
    measure: Measure
    sweep: Sweep | None = None
    done: int = 0
    spacing: int = 1  # measures between two points of the curves
    measured: int = 0
    curve: list[tuple[float, ...]] = field(default_factory=list)
    """Updates, training loss, held-out loss, training accuracy, held-out accuracy; nan where nothing is held out."""

    def copy(self) -> "State":
        return replace(self, curve=list(self.curve))

    @property
    def nbytes(self) -> int:
        """As if nothing were shared with other copies; the encoder as it ships is everybody's."""
        own = sum(map(_bytes, self.weights.values()))
        swept = own if self.sweep and self.sweep.weights is not self.weights and self.plan.choice != "head" else 0
        measured = 2 * (_bytes(self.measure.vectors) + _bytes(self.measure.logits))
        return 3 * own + swept + measured + 120 * len(self.curve)

    @property
    def batch(self) -> int:
        return min(self.plan.batch, len(self.data.train))

    @property
    def epoch_updates(self) -> int:
        return -(-len(self.data.train) // self.batch)

    @property
    def length(self) -> int:
        """Updates of the whole plan."""
        return self.plan.epochs * self.epoch_updates

    @property
    def rate(self) -> float:
        """Of the next update: up over the first tenth, then straight down to zero."""
        rise = max(1, round(WARMUP * self.length))
        risen = min(1.0, (self.done + 1) / rise)
        fallen = min(1.0, max(0.0, (self.length - self.done) / max(1, self.length - rise)))
        return self.plan.rate * min(risen, fallen)

    @property
    def over(self) -> bool:
        return self.done >= self.length or 0 < self.plan.stop_loss >= self.curve[-1][1]

    def ended(self) -> Text | None:
        if not self.over or self.measure.at != self.done:  # the last weights are measured first
            return None
        if self.done >= self.length:
            n, updates = self.plan.epochs, f"{self.done:,}"
            return Text(f"Done: {n} epochs, {updates} updates.", f"完成：{n} 轮，{updates} 次更新。")
        loss = f"{self.curve[-1][1]:.3g}"
        return Text(f"Stopped: the training loss is {loss}.", f"已停止：训练损失为 {loss}。")


def _bytes(tensor: Tensor) -> int:
    return tensor.numel() * tensor.element_size()


def begin(given: Lesson, plan: Plan) -> State:
    data = gather(given, plan)
    weights = initial(data, plan)
    none = tuple(torch.zeros_like(value) for value in weights.values())
    measure = Measure(0, data.vectors, logits_of(weights, data.vectors))
    state = State(plan, data, weights, none, none, measure)
    note(state)
    return state


def initial(data: Data, plan: Plan) -> Weights:
    """The head anew, small and random by the seed; the rest as it ships. Of word embeddings only rows that occur."""
    rng = torch.Generator().manual_seed(plan.seed)
    shape = (len(data.lesson.names), data.vectors.shape[1])
    head = {WEIGHT: 0.02 * torch.randn(shape, generator=rng), BIAS: torch.zeros(shape[0])}
    last = f"encoder.layer.{data.config.num_hidden_layers - 1}."
    learned = [name for name, value in data.base.items() if value.is_floating_point()]
    if plan.choice == "head":
        learned = []
    elif plan.choice == "last":
        learned = [name for name in learned if name.startswith((last, "pooler."))]
    body = {name: data.base[name] for name in learned}
    if WORDS in body:
        body[WORDS] = data.base[WORDS][torch.from_numpy(data.rows)]
    return body | head


# ---- the forward pass

_local = threading.local()


def skeleton(config: Any) -> torch.nn.Module:
    """transformers' own BertModel with no weights (on the device "meta"), one for each thread: it is filled while it
    computes."""
    if getattr(_local, "config", None) is not config:
        from transformers import BertModel

        with torch.device("meta"):
            _local.net = BertModel(config).eval()
        _local.config = config
    return _local.net


@dataclass(frozen=True, eq=False)
class Batch:
    ids: Tensor
    types: Tensor
    attended: Tensor


def batch_of(ids: Sequence[np.ndarray], types: Sequence[np.ndarray], pad: int) -> Batch:
    """Padded to the longest."""
    shape = (len(ids), max(map(len, ids)))
    padded, kinds, attended = np.full(shape, pad), np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    for row, (own, kind) in enumerate(zip(ids, types, strict=True)):
        padded[row, : len(own)], kinds[row, : len(own)], attended[row, : len(own)] = own, kind, 1
    return Batch(*map(torch.from_numpy, (padded, kinds, attended)))


def pooled(data: Data, weights: Weights, examples: np.ndarray) -> Tensor:
    """[example feature] of some examples; gradients flow to `weights`."""
    ids = [data.ids[i] for i in examples]
    if WORDS in weights:  # a table of the words that occur
        ids = [np.searchsorted(data.rows, own) for own in ids]
        pad = int(np.searchsorted(data.rows, data.config.pad_token_id))
    else:
        pad = data.config.pad_token_id
    return forward(data, weights, batch_of(ids, [data.types[i] for i in examples], pad))


def forward(data: Data, weights: Weights, batch: Batch) -> Tensor:
    body = dict(data.base) | {name: value for name, value in weights.items() if name not in (WEIGHT, BIAS)}
    said = functional_call(
        skeleton(data.config),
        body,
        kwargs={"input_ids": batch.ids, "token_type_ids": batch.types, "attention_mask": batch.attended},
    )
    return said.pooler_output


def logits_of(weights: Weights, vectors: Tensor) -> Tensor:
    """[example label]"""
    return F.linear(vectors, weights[WEIGHT], weights[BIAS])


def words_of(state: State) -> Weights:
    """What trains, with the whole table of words."""
    if WORDS not in state.weights:
        return state.weights
    table = state.data.base[WORDS].index_copy(0, torch.from_numpy(state.data.rows), state.weights[WORDS])
    return {**state.weights, WORDS: table}


# ---- the loop


def steps(state: State) -> Iterator[State]:
    """One update per `next`, and a part of a measure beside it. When all updates are made, only what is left to
    measure. Raises Wrong(DIVERGED).

    Cross-entropy, Adam (Kingma and Ba 2015), gradients no longer than 1.
    """
    while True:
        if not state.over:
            update(state)
        if state.plan.choice == "head":
            finish(state, Measure(state.done, state.data.vectors, logits_of(state.weights, state.data.vectors)))
        else:
            look_on(state)
        yield state


def order_of(state: State, epoch: int) -> np.ndarray:
    """The training examples in the order of this epoch."""
    return np.random.default_rng([state.plan.seed, 13, epoch]).permutation(state.data.train)


def loss_of(state: State, weights: Weights, examples: np.ndarray) -> Tensor:
    """Mean cross-entropy, and the penalty on the head."""
    head = state.plan.choice == "head"
    vectors = state.data.vectors[examples] if head else pooled(state.data, weights, examples)
    loss = F.cross_entropy(logits_of(weights, vectors), state.data.labels[examples])
    return loss + state.plan.penalty / 2 * weights[WEIGHT].square().sum()


def gradients(state: State, examples: np.ndarray) -> list[Tensor]:
    """Of the loss, in the order of `weights`. Raises Wrong(DIVERGED)."""
    leaves = {name: value.detach().requires_grad_() for name, value in state.weights.items()}
    loss = loss_of(state, leaves, examples)
    found = torch.autograd.grad(loss, list(leaves.values()))
    if not (loss.isfinite() and all(value.isfinite().all() for value in found)):
        raise Wrong(*DIVERGED)
    return list(found)


def update(state: State) -> None:
    epoch, place = divmod(state.done, state.epoch_updates)
    examples = order_of(state, epoch)[place * state.batch : (place + 1) * state.batch]
    found = gradients(state, examples)
    length = float(torch.stack(torch._foreach_norm(found)).norm())
    found = list(torch._foreach_mul(found, min(1.0, CLIP / max(length, 1e-12))))
    weights, first, second = adam(state, found)
    state.weights, state.first, state.second = dict(zip(state.weights, weights, strict=True)), first, second
    state.done += 1


def adam(state: State, found: list[Tensor]) -> tuple[tuple[Tensor, ...], ...]:
    """New weights and moments; the old ones are left as they are."""
    (one, two), t = BETAS, state.done + 1
    first = torch._foreach_mul(state.first, one)
    torch._foreach_add_(first, found, alpha=1 - one)
    second = torch._foreach_mul(state.second, two)
    torch._foreach_addcmul_(second, found, found, 1 - two)
    size = torch._foreach_sqrt(second)
    torch._foreach_mul_(size, (1 - two**t) ** -0.5)
    torch._foreach_add_(size, TINY)
    weights = torch._foreach_addcdiv(list(state.weights.values()), first, size, -state.rate / (1 - one**t))
    return weights, first, second


# ---- measuring, a little beside each update


@torch.no_grad()
def look_on(state: State) -> None:
    """Some more examples by the weights at which the measure was begun."""
    data, sweep = state.data, state.sweep
    if sweep is None:
        sweep = Sweep(state.done, state.weights)
    examples = portion(data, sweep.seen)
    vectors = (*sweep.vectors, pooled(data, sweep.weights, examples))
    sweep = replace(sweep, vectors=vectors, seen=sweep.seen + len(examples))
    if sweep.seen < len(data.ids):
        state.sweep = sweep
        return
    state.sweep = None
    all_ = torch.cat(vectors)
    finish(state, Measure(sweep.at, all_, logits_of(sweep.weights, all_)))


def portion(data: Data, seen: int) -> np.ndarray:
    """As many of the next examples as make up SWEEP tokens."""
    upto, longest = seen, 0
    while upto < len(data.ids):
        longest = max(longest, len(data.ids[upto]))
        if upto > seen and longest * (upto + 1 - seen) > SWEEP:
            break
        upto += 1
    return np.arange(seen, upto)


def finish(state: State, measure: Measure) -> None:
    state.measure = measure
    note(state)


def note(state: State) -> None:
    """Write the figures into the curves; their last point is always the newest."""
    measure, curve = state.measure, state.curve
    if curve and state.measured % state.spacing:
        curve.pop()
    if curve and curve[-1][0] == measure.at:
        return
    curve.append((measure.at, *figures(state)))
    state.measured += 1
    if len(curve) > CURVE:
        state.spacing *= 2
        curve[:] = [*curve[:-1:2], curve[-1]]


def figures(state: State) -> tuple[float, float, float, float]:
    """Training and held-out loss, training and held-out accuracy; nan where there is nothing held out."""
    data, logits = state.data, state.measure.logits
    right = logits.argmax(1) == data.labels
    losses = F.cross_entropy(logits, data.labels, reduction="none")
    means = [float(values[part].float().mean()) for values in (losses, right) for part in (data.train, data.test)]
    return means[0], means[1], means[2], means[3]
