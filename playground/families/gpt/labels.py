"""What a prompt is answered: freely, token by token, and which of the allowed answers is how probable.

An allowed answer's probability is that of its tokens (with the space before it) one after the other: the sum of their
logarithms. Whether the end of the line counts too is a choice: without it, an answer that another one begins with
("north", "north east") has at least the other's probability; with it, the answers exclude each other.
"""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from playground.core import limits, store
from playground.core.chances import softmax
from playground.core.memo import memo
from playground.core.parts import Tokens
from playground.core.words import Wrong, shown
from playground.families.gpt.model import Gpt, disarm, encode, open_gpt, spell
from playground.families.gpt.shots import Part, Prompt

CONTENT_FREE = ("N/A", "", "[MASK]")  # Zhao et al. 2021, section 5


@dataclass(frozen=True)
class Posed:
    """A prompt with the choice how its answers are scored."""

    prompt: Prompt
    ends: bool = False  # the end of the line belongs to an allowed answer


# ---- what fits into the model


@dataclass(frozen=True)
class Fitted:
    """The prompt's text from character `start` on: what the model reads, with room left for the answer."""

    text: str
    start: int
    tokens: int  # of the whole prompt
    most: int  # tokens of a prompt that leaves room
    positions: int  # tokens the model reads


@memo(64)
def fitted(prompt: Prompt) -> Fitted:
    """A prompt that is too long loses its beginning. Raises Wrong if an allowed answer is too long for the model."""
    with store.using(prompt.model, open_gpt) as gpt:
        return _fitted(prompt, gpt)


@memo(64)
def tokens_of(prompt: Prompt) -> Tokens:
    """What the model reads of it."""
    with store.using(prompt.model, open_gpt) as gpt:
        return encode(_fitted(prompt, gpt).text, gpt).tokens


def _fitted(prompt: Prompt, gpt: Gpt) -> Fitted:
    text, most = prompt.text(), gpt.positions - _reserved(prompt, gpt)
    whole = replace(gpt, positions=limits.TEXT_CHARS * 4)
    read = encode(text, whole).tokens
    if len(read) <= most:
        return Fitted(text, 0, len(read), most, gpt.positions)
    for at in range(len(read) - most, len(read)):
        start = read.spans[at][0]
        if len(encode(text[start:], whole).tokens) <= most:
            break
    return Fitted(text[start:], start, len(read), most, gpt.positions)


def _reserved(prompt: Prompt, gpt: Gpt) -> int:
    """Tokens kept free behind the prompt."""
    sizes = {label: len(alone(f" {label}{prompt.layout.after}", gpt)) for label in prompt.labels}
    for label, size in sizes.items():
        if size > gpt.positions // 2:
            raise Wrong(
                f"The allowed answer “{shown(label, 24)}” has {size} tokens; this model reads {gpt.positions} in all.",
                f"允许的答案“{shown(label, 24)}”有 {size} 个词元，而这个模型总共只读 {gpt.positions} 个。",
            )
    return max(min(limits.SHOTS_ANSWER, gpt.positions // 4), *sizes.values(), 1)


def alone(text: str, gpt: Gpt) -> list[int]:
    """The tokens of a text alone, without any that the tokenizer adds."""
    armless, _ = disarm(text, gpt.tokenizer)
    return list(gpt.tokenizer.backend_tokenizer.encode(armless, add_special_tokens=False).ids)


def ranges(prompt: Prompt) -> list[tuple[Part, int, int]]:
    """Each part with the tokens [start, end) it has among those the model reads.

    A token belongs to the part its last character lies in: " cat" to what is given, not to the layout before it.
    """
    start = fitted(prompt).start
    ends = [start + end for _, end in tokens_of(prompt).spans]
    out, at = [], 0
    for part, _, until in prompt.spans():
        first = at
        while at < len(ends) and ends[at] <= until:
            at += 1
        out.append((part, first, at))
    return out


# ---- reading and going on


@dataclass(frozen=True, eq=False)
class Read:
    """A text as the model has read it: going on from here does not change it."""

    ids: tuple[int, ...]
    logs: torch.Tensor  # [vocabulary], log-probabilities of what comes next
    cache: Any


def reading(net: Any, ids: Sequence[int]) -> Read:
    out = net(input_ids=torch.tensor([ids]), use_cache=True)
    return Read(tuple(ids), out.logits[0, -1].float().log_softmax(-1), out.past_key_values)


def following(net: Any, read: Read, rows: Sequence[Sequence[int]]) -> list[np.ndarray]:
    """For each row of token ids, the log-probability of each after what was read and those before it, float64.

    All rows in one batch: they are filled up at their ends, where nothing that counts can see it.
    """
    width = max(len(row) for row in rows) - 1
    first = np.array([read.logs[row[0]].item() for row in rows])
    if not width:
        return [first[i : i + 1] for i in range(len(rows))]
    given = torch.tensor([[*row[:-1], *[0] * (width - len(row) + 1)] for row in rows])
    cache = deepcopy(read.cache)
    cache.batch_repeat_interleave(len(rows))
    logs = net(input_ids=given, past_key_values=cache, use_cache=True).logits.float().log_softmax(-1).double()
    return [
        np.array([first[i], *(logs[i, at, id].item() for at, id in enumerate(row[1:]))]) for i, row in enumerate(rows)
    ]


@dataclass(frozen=True)
class Written:
    """The most probable token, again and again."""

    text: str  # up to where the line ends
    ids: tuple[int, ...]
    tokens: tuple[str, ...]
    chances: tuple[float, ...]
    ended: bool  # the line did end; else the answer was cut at its most tokens


def writing(gpt: Gpt, read: Read, stop: str, most: int) -> Written:
    ids: list[int] = []
    chances: list[float] = []
    cache, logs, text = deepcopy(read.cache), read.logs, ""
    while len(ids) < most:
        id = int(logs.argmax())
        ids.append(id)
        chances.append(logs[id].exp().item())
        text = gpt.tokenizer.decode(ids, skip_special_tokens=True)
        if id == gpt.tokenizer.eos_token_id or stop in text.lstrip(" "):
            break
        logs = _step(gpt.net, cache, id)
    tokens = tuple(spell(gpt.tokenizer, id) for id in ids)
    ended = ids[-1] == gpt.tokenizer.eos_token_id or stop in text.lstrip(" ")
    return Written(text.lstrip(" ").split(stop)[0].strip(" "), tuple(ids), tokens, tuple(chances), ended)


def _step(net: Any, cache: Any, id: int) -> torch.Tensor:
    """Log-probabilities after one more token, which `cache` then knows."""
    out = net(input_ids=torch.tensor([[id]]), past_key_values=cache, use_cache=True)
    return out.logits[0, -1].float().log_softmax(-1)


# ---- the answer


@dataclass(frozen=True, eq=False)
class Scored:
    """One row per allowed answer."""

    tokens: tuple[tuple[str, ...], ...]
    ids: tuple[tuple[int, ...], ...]
    logs: tuple[np.ndarray, ...]  # log-probability of each token

    @property
    def sums(self) -> np.ndarray:
        return np.array([row.sum() for row in self.logs])

    @property
    def means(self) -> np.ndarray:
        return np.array([row.mean() for row in self.logs])


@dataclass(frozen=True, eq=False)
class Answer:
    fitted: Fitted
    room: int  # tokens the answer may have
    written: Written
    scored: Scored | None  # None if anything may be answered


@memo(64)
def answer(posed: Posed) -> Answer:
    """Raises Wrong for what the model cannot read."""
    with store.using(posed.prompt.model, open_gpt) as gpt, torch.inference_mode():
        fit = fitted(posed.prompt)
        read = reading(gpt.net, encode(fit.text, gpt).tokens.ids)
        room = min(limits.SHOTS_ANSWER, gpt.positions - len(read.ids))
        written = writing(gpt, read, posed.prompt.stop, room)
        return Answer(fit, room, written, _scored(posed, fit.text, gpt, read) if posed.prompt.labels else None)


def _scored(posed: Posed, text: str, gpt: Gpt, read: Read) -> Scored:
    end = posed.prompt.layout.after if posed.ends else ""
    rows = [continued(text, f" {label}{end}", gpt) for label in posed.prompt.labels]
    logs = following(gpt.net, read, rows)
    tokens = tuple(tuple(spell(gpt.tokenizer, id) for id in row) for row in rows)
    return Scored(tokens, tuple(map(tuple, rows)), tuple(logs))


def continued(text: str, more: str, gpt: Gpt) -> list[int]:
    """The tokens of `more` after `text`; of `more` alone if the two cannot be cut where they meet."""
    before = encode(text, gpt).tokens.ids
    whole = encode(text + more, replace(gpt, positions=limits.TEXT_CHARS * 4)).tokens.ids
    if whole[: len(before)] == before and len(whole) > len(before):
        return list(whole[len(before) :])
    return alone(more, gpt)


@memo(32)
def bias(posed: Posed) -> np.ndarray:
    """[label]: the mean shares of the allowed answers when the question says nothing (Zhao et al. 2021)."""
    return np.mean([softmax(_silent(posed, query).sums) for query in CONTENT_FREE], axis=0)


def _silent(posed: Posed, query: str) -> Scored:
    prompt = replace(posed.prompt, query=query)
    with store.using(prompt.model, open_gpt) as gpt, torch.inference_mode():
        text = fitted(prompt).text
        return _scored(replace(posed, prompt=prompt), text, gpt, reading(gpt.net, encode(text, gpt).tokens.ids))


def calibrated(posed: Posed) -> np.ndarray:
    """[label]: p / p of the content-free question, made to add up to one."""
    scored = answer(posed).scored
    assert scored
    found = softmax(scored.sums) / np.maximum(bias(posed), np.finfo(float).tiny)
    return found / found.sum()


def prefixes(labels: Sequence[Sequence[int]]) -> Iterator[tuple[int, int]]:
    """(a, b) for each answer a whose tokens begin b's."""
    for a, one in enumerate(labels):
        for b, other in enumerate(labels):
            if a != b and tuple(other[: len(one)]) == tuple(one):
                yield a, b
