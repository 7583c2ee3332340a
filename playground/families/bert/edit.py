"""Change the model or the text and run again: what becomes of every answer.

Heads are switched off or scaled, layers skipped, words replaced or hidden from everyone (through the library's own
attention mask). The opened model is never touched: see surgery.py.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import ClassVar

import numpy as np
import torch

from playground.core import store
from playground.core.checks import check_place
from playground.core.memo import memo
from playground.core.words import Wrong, shown
from playground.families.bert import surgery
from playground.families.bert.answers import Row, answers, rows_of
from playground.families.bert.model import Bert, Encoded, encode, open_bert
from playground.families.bert.target import Target, check, choices, usual
from playground.families.bert.trace import Request, facts_of, forward, inputs, shares, spell
from playground.nn import edits
from playground.nn.surgery import factors

AT_ONCE = 1024  # tokens of a batch


@dataclass(frozen=True)
class Edits(edits.Edits):
    """Words are named by a character of theirs, as masks are."""

    SHAPES: ClassVar = {**edits.Edits.SHAPES, "words": (int, str)}

    words: tuple[tuple[int, str], ...] = ()  # a word, and what stands in its place

    def __post_init__(self) -> None:
        super().__post_init__()
        edits.check_typed(self.words)


@dataclass(frozen=True)
class Edited:
    request: Request
    edits: Edits = field(default_factory=Edits)

    def __post_init__(self) -> None:
        object.__setattr__(self, "request", replace(self.request, top=1))


# ---- the text


@dataclass(frozen=True, eq=False)
class Rewritten:
    """The text with its words replaced, and where the old tokens are now."""

    encoded: Encoded
    places: tuple[int | None, ...]  # old token -> new token; None: no longer there
    hidden: tuple[int, ...]  # new tokens nobody looks at


def rewritten(bert: Bert, edited: Edited) -> Rewritten:
    """Raises Wrong for words that are not there."""
    request, changes = edited.request, edited.edits
    old = forward(request).encoded
    swaps = sorted((*_span(old, at), new) for at, new in changes.words)
    if any(a[0] == b[0] for a, b in pairwise(swaps)):
        raise Wrong("A word can be replaced by one thing only.", "一个词只能换成一样东西。")
    text, seam = old.tokens.text, old.seam
    for start, end, word in reversed(swaps):
        text = text[:start] + word.replace("\n", " ") + text[end:]
    cutting = moved(seam, swaps)
    masks = tuple(moved(at, swaps) for at in request.masks if not any(a <= at < b for a, b, _ in swaps))
    pair = text[cutting + 1 :] if request.pair.strip() else ""
    new = encode(text[:cutting], pair, bert.tokenizer, bert.positions, masks)
    blind = {moved(_span(old, at)[0], swaps) for at in changes.unseen}
    hidden = [at for one in new.words if any(one.start <= b < one.end for b in blind) for at in one.pieces]
    return Rewritten(new, places(old, new, swaps), tuple(hidden))


def _span(old: Encoded, at: int) -> tuple[int, int]:
    word = next((word for word in old.words if word.start <= at < word.end), None)
    if word is None:
        raise Wrong(f"There is no word at character {shown(at)}.", f"第 {shown(at)} 个字符处没有词。")
    return word.start, word.end


def moved(at: int, swaps: list[tuple[int, int, str]]) -> int:
    """Where a character stands after the swaps that end before it.

    >>> moved(9, [(0, 3, "elephant")]), moved(1, [(4, 7, "")])
    (14, 1)
    """
    return at + sum(len(new) - (end - start) for start, end, new in swaps if end <= at)


def places(old: Encoded, new: Encoded, swaps: list[tuple[int, int, str]]) -> tuple[int | None, ...]:
    """Old tokens to new ones by the characters they stand on; of a swapped word the first piece to the first piece."""
    at_span: dict[tuple[int, int], list[int]] = {}
    for at, span in enumerate(new.tokens.spans):
        at_span.setdefault((0, 0) if new.tokens.special[at] else span, []).append(at)
    first = {word.start: word.pieces[0] for word in reversed(new.words)}
    taken: set[tuple[int, int]] = set()
    found: list[int | None] = []
    for at, (start, end) in enumerate(old.tokens.spans):
        swap = next(((a, b) for a, b, _ in swaps if not old.tokens.special[at] and a <= start and end <= b), None)
        if swap:
            found.append(None if swap in taken else first.get(moved(swap[0], swaps)))
            taken.add(swap)
        else:
            span = (0, 0) if old.tokens.special[at] else (moved(start, swaps), moved(end, swaps))
            found.append(at_span[span].pop(0) if at_span.get(span) else None)
    return tuple(found)


# ---- the run


@dataclass(frozen=True, eq=False)
class Shift:
    """One row of answers before and after."""

    kind: str  # of Target
    at: int  # of Target, in the text as it was
    before: np.ndarray  # [choice], probabilities; of a value the number itself
    after: np.ndarray  # [choice], NaN for a token that is no longer there; choices are those of before
    logits: tuple[np.ndarray, np.ndarray]  # [choice], before and after
    rule: str = "one"  # of trace.RULES

    @property
    def moved(self) -> float:
        """How far: the share of all probability that went elsewhere, or where choices are apart the largest change."""
        change = np.abs(self.after - self.before)
        return float(np.nansum(change) / 2 if self.rule == "one" else np.nanmax(change))


@dataclass(frozen=True, eq=False)
class Outcome:
    shifts: tuple[Shift, ...]  # rows whose token is no longer there are left out
    lost: int  # how many those are
    tokens: tuple[str, ...]  # of the text as it was
    text: str  # as the model got it


def cuts_of(changes: Edits, layers: int, heads: int) -> surgery.Cuts:
    """Raises Wrong for layers and heads that do not exist."""
    for layer in changes.layers:
        check_place("layer", "层", layer, layers)
    scale, cool = (
        edits.by_layer(kind, layers, lambda _: heads, "head", "头") for kind in (changes.heads, changes.scores)
    )
    return surgery.Cuts(
        {layer: factors(heads, own) for layer, own in scale.items()},
        {layer: factors(heads, own)[0] for layer, own in cool.items()},
        frozenset(changes.layers),
    )


def given_to(bert: Bert, text: Rewritten) -> dict[str, torch.Tensor]:
    given = inputs(bert, text.encoded)
    if text.hidden:
        given["attention_mask"] = torch.ones_like(given["input_ids"])
        given["attention_mask"][:, list(text.hidden)] = 0
    return given


@memo(256)
def run(edited: Edited) -> tuple[tuple[Row, ...], Rewritten]:
    """What the changed model says of the changed text."""
    with store.using(edited.request.model, open_bert) as bert, torch.inference_mode():
        facts = facts_of(bert)
        text = rewritten(bert, edited)
        net = surgery.cut(bert.net, cuts_of(edited.edits, facts.layers, facts.heads))
        return rows_of(bert, text.encoded, net(**given_to(bert, text))), text


@memo(256)
def edit(edited: Edited) -> Outcome:
    """Raises Wrong for parts and words that do not exist."""
    before = answers(edited.request)
    after, text = run(edited)
    by_place = {(row.kind, row.at): row for row in after}
    pairs = [(row, by_place.get((row.kind, new))) for row in before if (new := _at(row, text)) is not None]
    shifts = tuple(_shift(row, other, text) for row, other in pairs if other is not None)
    old = forward(edited.request).encoded.tokens
    return Outcome(shifts, len(before) - len(shifts), old.texts, text.encoded.tokens.text)


def _at(row: Row | Target, text: Rewritten) -> int | None:
    return text.places[row.at] if row.kind in ("word", "tag") else row.at


def _shift(row: Row, other: Row, text: Rewritten) -> Shift:
    logits = other.logits.astype(np.float64)
    chances = other.chances
    if row.kind in ("start", "end"):  # choices are tokens, which may have moved
        logits, chances = (
            np.array([np.nan if new is None else values[new] for new in text.places]) for values in (logits, chances)
        )
    return Shift(row.kind, row.at, row.chances, chances, (row.logits, logits), row.rule)


def named(edited: Edited, ids: list[int]) -> list[str]:
    """Pieces of the vocabulary as they are written on the page."""
    with store.using(edited.request.model, open_bert) as bert:
        return [spell(bert.tokenizer, id) for id in ids]


# ---- each head off in turn


@dataclass(frozen=True)
class Sweep:
    """What becomes of one target if, on top of the edits, one more head (or layer) is switched off."""

    edited: Edited
    target: Target | None = None  # None: what one most likely asks about


@dataclass(frozen=True, eq=False)
class Loss:
    """For the heads [first, first + n) of a layer; for the whole layer if `first` is -1."""

    layer: int
    first: int
    chances: np.ndarray  # [head], the target's probability (or the value) without it
    logits: np.ndarray  # [head]


@dataclass(frozen=True)
class Some:
    """Some heads of a layer: as many as are computed at a time."""

    sweep: Sweep
    layer: int
    first: int  # -1: the layer itself


def aimed(sweep: Sweep) -> tuple[Sweep, float, float]:
    """With a target that exists, and its probability and logit as things stand. Raises Wrong."""
    done = forward(sweep.edited.request)
    target = usual(done) if sweep.target is None else sweep.target
    if target is None:
        raise Wrong(
            "There is nothing to watch yet: hide a word, or give a second text.",
            "还没有可以观察的内容：请先藏起一个词，或输入第二段文字。",
        )
    check(target, done)
    rows, text = run(sweep.edited)
    at, index = _place(target, text)
    row = next((row for row in rows if row.kind == target.kind and row.at == at), None)
    if row is None:
        raise Wrong("This token is not among those that get an answer.", "这个词元没有对应的回答。")
    return replace(sweep, target=target), float(row.chances[index]), float(row.logits[index])


def _place(target: Target, text: Rewritten) -> tuple[int, int]:
    """Token and choice of the target in the changed text."""
    at = _at(Row(target.kind, target.at, np.zeros(1)), text)
    index = text.places[target.index] if target.kind in ("start", "end") else target.index
    if at is None or index is None:
        raise Wrong("What was watched was replaced.", "所观察的内容已被替换。")
    return at, index


def sweeping(sweep: Sweep) -> Iterator[Loss]:
    """Layer by layer; `sweep` is aimed."""
    done = forward(sweep.edited.request)
    several = max(1, AT_ONCE // len(done.encoded.tokens))
    for layer in range(done.facts.layers):
        for first in (*range(0, done.facts.heads, several), -1):
            yield loss(Some(sweep, layer, first))


@memo(1024)
def loss(some: Some) -> Loss:
    sweep, target = some.sweep, some.sweep.target
    if target is None:
        raise ValueError("aim first")
    _, text = run(sweep.edited)
    with store.using(sweep.edited.request.model, open_bert) as bert, torch.inference_mode():
        facts = facts_of(bert)
        cuts, count = without(
            some, cuts_of(sweep.edited.edits, facts.layers, facts.heads), facts.heads, len(text.places)
        )
        given = {name: value.expand(count, -1) for name, value in given_to(bert, text).items()}
        output = surgery.cut(bert.net, cuts)(**given)
        at, index = _place(target, text)
        rows = choices(bert, output, replace(target, at=at, index=index)).numpy()
    chances = shares(rows, facts.rule)[:, index]
    return Loss(some.layer, some.first, chances, rows[:, index].astype(np.float64))


def without(some: Some, cuts: surgery.Cuts, heads: int, tokens: int) -> tuple[surgery.Cuts, int]:
    """The cuts, and a row for each head that is switched off besides."""
    if some.first < 0:
        return replace(cuts, layers=cuts.layers | {some.layer}), 1
    off = list(range(some.first, min(heads, some.first + max(1, AT_ONCE // tokens))))
    table = cuts.factors.get(some.layer, torch.ones(1, heads)).repeat(len(off), 1)
    table[torch.arange(len(off)), off] = 0
    return replace(cuts, factors={**cuts.factors, some.layer: table}), len(off)
