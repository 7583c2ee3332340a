"""Change the model or the text and run again: what becomes of the next token.

Heads, attentions, feed-forwards, layers and single neurons are switched off or scaled; tokens are replaced, deleted or
hidden from everyone after them. The opened model is never touched: see surgery.py.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np
import torch

from playground.core import store
from playground.core.chances import softmax
from playground.core.checks import check_place
from playground.core.memo import memo
from playground.core.words import Wrong, letters
from playground.families.gpt import surgery
from playground.families.gpt.mattered import masked
from playground.families.gpt.model import Gpt, open_gpt, spell
from playground.families.gpt.trace import Request, facts_of, forward
from playground.nn import edits
from playground.nn.surgery import factors

AT_ONCE = 1024  # tokens of a batch
PARTS = ("attention", "mlp", "layer")  # of a sweep, after the heads of a layer


@dataclass(frozen=True)
class Edits(edits.Edits):
    """Neurons and tokens are counted from 0."""

    SHAPES: ClassVar = {
        **edits.Edits.SHAPES, "attentions": (int,), "mlps": (int,), "neurons": (int, int), "tokens": (int, str),
    }  # fmt: skip

    attentions: tuple[int, ...] = ()  # layers whose attention adds nothing
    mlps: tuple[int, ...] = ()  # layers whose feed-forward adds nothing
    neurons: tuple[tuple[int, int], ...] = ()  # layer, neuron of its feed-forward, switched off
    tokens: tuple[tuple[int, str], ...] = ()  # a token, and what stands in its place; "" deletes it
    mean: bool = False  # what is switched off gives its mean over the text's own tokens, not nothing

    def __post_init__(self) -> None:
        super().__post_init__()
        edits.check_typed(self.tokens)
        if len({at for at, _ in self.tokens}) < len(self.tokens):
            raise Wrong("A token can be replaced by one thing only.", "一个词元只能换成一样东西。")
        if not isinstance(self.mean, bool):
            raise Wrong("“mean” is true or false.", "“mean”只能是 true 或 false。")


@dataclass(frozen=True)
class Edited:
    request: Request
    edits: Edits = field(default_factory=Edits)

    def __post_init__(self) -> None:
        object.__setattr__(self, "request", replace(self.request, top=1))


# ---- the text


@dataclass(frozen=True)
class Rewritten:
    """The tokens with some replaced; all others keep their ids."""

    ids: tuple[int, ...]
    hidden: tuple[int, ...]  # positions nobody looks at
    cut: int  # tokens left out at the beginning for want of room


def rewritten(gpt: Gpt, edited: Edited) -> Rewritten:
    """Raises Wrong for tokens that are not there, and for a text of which nothing is left."""
    old = forward(edited.request).encoded.tokens
    swaps, blind = dict(edited.edits.tokens), set(edited.edits.unseen)
    for at in (*swaps, *blind):
        check_place("token", "词元", at, len(old))
    ids: list[int] = []
    hidden: list[int] = []
    for at, id in enumerate(old.ids):
        pieces = [id] if at not in swaps else put_in(gpt, old.text[slice(*old.spans[at])], swaps[at])
        hidden += range(len(ids), len(ids) + len(pieces)) if at in blind else ()
        ids += pieces
    if not ids:
        raise Wrong("Nothing is left of the text.", "文字已经一点不剩。")
    cut = max(0, len(ids) - gpt.positions)
    last = len(ids) - 1  # has to see itself
    return Rewritten(tuple(ids[cut:]), tuple(at - cut for at in hidden if cut <= at < last), cut)


def put_in(gpt: Gpt, old: str, new: str) -> list[int]:
    """Ids of what is typed in the place of a token; a space before the old one is kept."""
    gap = old[: len(old) - len(old.lstrip())] if new and not new[0].isspace() else ""
    return gpt.tokenizer.encode(letters(gap + new), add_special_tokens=False) if new else []


# ---- the model


def cuts_of(changes: Edits, gpt: Gpt) -> surgery.Cuts:
    """Raises Wrong for parts that do not exist."""
    facts = facts_of(gpt)
    for layer in (*changes.layers, *changes.attentions, *changes.mlps):
        check_place("layer", "层", layer, facts.layers)
    inner = [surgery.neurons_of(block) for block in gpt.layers]
    heads = edits.by_layer(changes.heads, facts.layers, lambda _: facts.heads, "head", "头")
    scores = edits.by_layer(changes.scores, facts.layers, lambda _: facts.heads, "head", "头")
    off = [(*one, 0.0) for one in changes.neurons]
    neurons = edits.by_layer(off, facts.layers, inner.__getitem__, "neuron", "神经元")
    return surgery.Cuts(
        heads={layer: factors(facts.heads, own) for layer, own in heads.items()},
        neurons={layer: factors(inner[layer], own) for layer, own in neurons.items()},
        attentions={layer: torch.zeros(1, 1) for layer in changes.attentions},
        mlps={layer: torch.zeros(1, 1) for layer in changes.mlps},
        layers={layer: torch.ones(1, dtype=torch.bool) for layer in changes.layers},
        temperatures={layer: factors(facts.heads, own)[0] for layer, own in scores.items()},
        mean=changes.mean,
    )


def given_to(gpt: Gpt, text: Rewritten, rows: int = 1) -> dict[str, torch.Tensor]:
    given = {"input_ids": torch.tensor([text.ids]).expand(rows, -1)}
    if text.hidden:
        mask = torch.ones(rows, len(text.ids), dtype=torch.long)
        mask[:, list(text.hidden)] = 0
        given |= masked(gpt, mask)
    return given


def logits_of(gpt: Gpt, given: dict[str, torch.Tensor]) -> torch.Tensor:
    """[row vocabulary], for what comes next; keeps gradients."""
    return gpt.net(**given, use_cache=False, logits_to_keep=1).logits[:, -1].float()


@dataclass(frozen=True, eq=False)
class Ran:
    text: Rewritten
    logits: np.ndarray  # [vocabulary]


@memo(128)
def ran(edited: Edited) -> Ran:
    """What the changed model says of the changed text; nothing changed: what the model said. Raises Wrong."""
    if not edited.edits:
        done = forward(edited.request)
        return Ran(Rewritten(done.encoded.tokens.ids, (), done.encoded.tokens.cut), done.logits)
    with store.using(edited.request.model, open_gpt) as gpt, torch.inference_mode():
        text = rewritten(gpt, edited)
        mine = surgery.cut(gpt, cuts_of(edited.edits, gpt))
        return Ran(text, logits_of(mine, given_to(gpt, text))[0].numpy().copy())


@dataclass(frozen=True, eq=False)
class Outcome:
    """The next token before and after."""

    before: np.ndarray  # [vocabulary], probabilities
    after: np.ndarray  # [vocabulary]
    logits: tuple[np.ndarray, np.ndarray]  # [vocabulary]
    texts: tuple[str, ...]  # the tokens as the model got them
    cut: int
    neurons: tuple[int, ...]  # [layer], how many the feed-forward has

    @property
    def moved(self) -> float:
        """How much probability changed its place, from 0 to 1 (total variation)."""
        return float(np.abs(self.after - self.before).sum() / 2)


def edit(edited: Edited) -> Outcome:
    """Raises Wrong for parts and tokens that do not exist."""
    before, after = forward(edited.request).logits, ran(edited)
    with store.using(edited.request.model, open_gpt) as gpt:
        texts = tuple(spell(gpt.tokenizer, id) for id in after.text.ids)
        inner = tuple(surgery.neurons_of(block) for block in gpt.layers)
    return Outcome(softmax(before), softmax(after.logits), (before, after.logits), texts, after.text.cut, inner)


# ---- each part off in turn


@dataclass(frozen=True)
class Sweep:
    """What becomes of one token's probability if, on top of the edits, one more part is switched off."""

    edited: Edited
    target: int | None = None  # None: the model's first choice


@dataclass(frozen=True, eq=False)
class Loss:
    """For the parts [first, first + n) of a layer: its heads, then PARTS."""

    layer: int
    first: int
    chances: np.ndarray  # [part], the target's probability without it


@dataclass(frozen=True)
class Some:
    """Some parts of a layer: as many as are computed at a time."""

    sweep: Sweep
    layer: int
    first: int


def aimed(sweep: Sweep) -> tuple[Sweep, float]:
    """With a target that exists, and its probability as things stand. Raises Wrong."""
    done = forward(sweep.edited.request)
    target = int(done.logits.argmax()) if sweep.target is None else sweep.target
    check_place("vocabulary entry", "词表条目", target, done.facts.vocabulary)
    return replace(sweep, target=target), float(softmax(ran(sweep.edited).logits)[target])


def several(tokens: int) -> int:
    """Rows of a batch."""
    return max(1, AT_ONCE // tokens)


def sweeping(sweep: Sweep) -> Iterator[Loss]:
    """Layer by layer; `sweep` is aimed."""
    facts = forward(sweep.edited.request).facts
    step = several(len(ran(sweep.edited).text.ids))
    for layer in range(facts.layers):
        for first in range(0, facts.heads + len(PARTS), step):
            yield loss(Some(sweep, layer, first))


@memo(1024)
def loss(some: Some) -> Loss:
    sweep, text = some.sweep, ran(some.sweep.edited).text
    if sweep.target is None:
        raise ValueError("aim first")
    with store.using(sweep.edited.request.model, open_gpt) as gpt, torch.inference_mode():
        heads = facts_of(gpt).heads
        off = range(some.first, min(heads + len(PARTS), some.first + several(len(text.ids))))
        cuts = without(cuts_of(sweep.edited.edits, gpt), some.layer, heads, off)
        rows = logits_of(surgery.cut(gpt, cuts), given_to(gpt, text, len(off))).numpy()
    return Loss(some.layer, some.first, softmax(rows)[:, sweep.target])


def without(cuts: surgery.Cuts, layer: int, heads: int, off: range) -> surgery.Cuts:
    """The cuts, with a row for each part that is switched off besides."""
    count = len(off)
    table = cuts.heads.get(layer, torch.ones(1, heads)).repeat(count, 1)
    attention, mlp = (side.get(layer, torch.ones(1, 1)).repeat(count, 1) for side in (cuts.attentions, cuts.mlps))
    whole = cuts.layers.get(layer, torch.zeros(1, dtype=torch.bool)).repeat(count)
    for row, part in enumerate(off):
        if part < heads:
            table[row, part] = 0
        else:
            (attention[row], mlp[row], whole[row : row + 1])[part - heads].fill_(part - heads == 2)
    return replace(
        cuts,
        heads={**cuts.heads, layer: table},
        attentions={**cuts.attentions, layer: attention},
        mlps={**cuts.mlps, layer: mlp},
        layers={**cuts.layers, layer: whole},
    )
