"""Many prompts at once: how each goes on to the end of its line, and how probable given answers are after it.

Only prompts of one length go together, so that nothing is padded; what all of them begin with is read once.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from playground.core import store
from playground.core.memo import memo
from playground.families.gpt.model import Gpt, disarm, encode, open_gpt

WORK = 3_000_000_000  # weights times tokens of one step: some 0.2 s of one core
ROWS = 32  # of one step at most
SHARED = 8  # tokens that must be alike before they are read once for all
LINE = 16  # tokens shown of a line that does not end


@dataclass(frozen=True)
class Batch:
    """Prompts of one length, to be asked together."""

    model: str
    places: tuple[int, ...]  # in the list they were taken from
    prompts: tuple[tuple[int, ...], ...]  # token ids


@dataclass(frozen=True)
class Said:
    """A greedy continuation up to the end of its line."""

    text: str  # without the space that sets it off, and without spaces at its end
    ended: bool  # False: it was cut


def plain_ids(text: str, gpt: Gpt) -> list[int]:
    """The ids that `encode` finds, but none left out and without what else it tells of them, which takes longer."""
    armless, _ = disarm(text, gpt.tokenizer)
    return gpt.tokenizer.backend_tokenizer.encode(armless).ids or list(encode(text, gpt).tokens.ids)


def ids_of(text: str, gpt: Gpt, room: int = 0) -> tuple[tuple[int, ...], int]:
    """What the model reads of `text`, and how many tokens at its beginning are left out to keep `room` for more."""
    ids = plain_ids(text, gpt)
    cut = max(0, len(ids) - max(1, gpt.positions - room))
    return tuple(ids[cut:]), cut


def tokens_of(answer: str, text: str, gpt: Gpt) -> int:
    """How many tokens `answer` has after `text`."""
    return max(1, len(plain_ids(text + answer, gpt)) - len(plain_ids(text, gpt)))


def weights(gpt: Gpt) -> int:
    return sum(parameter.numel() for parameter in gpt.net.parameters())


def batches(model: str, prompts: Sequence[tuple[int, ...]]) -> Iterator[Batch]:
    """All prompts, the shortest first, in steps of bounded work."""
    with store.using(model, open_gpt) as gpt:
        size = weights(gpt)
    groups: dict[int, list[int]] = defaultdict(list)
    for place, ids in enumerate(prompts):
        groups[len(ids)].append(place)
    for length, places in sorted(groups.items()):
        rows = min(ROWS, max(1, WORK // (size * length)))
        for at in range(0, len(places), rows):
            part = tuple(places[at : at + rows])
            yield Batch(model, part, tuple(prompts[place] for place in part))


def shared(prompts: Sequence[tuple[int, ...]]) -> int:
    """How many ids at the beginning are alike; at least the last is left to be read for itself."""
    if len(prompts) == 1:
        return 0
    table = np.array(prompts)
    differ = (table != table[0]).any(0)
    same = min(int(differ.argmax()) if differ.any() else table.shape[1], table.shape[1] - 1)
    return same if same >= SHARED else 0


def read(gpt: Gpt, prompts: Sequence[tuple[int, ...]]) -> tuple[Tensor, Any]:
    """Logits [row vocabulary] after each prompt, and the keys and values of all of it."""
    same, cache = shared(prompts), None
    if same:
        cache = gpt.net(input_ids=torch.tensor([prompts[0][:same]]), use_cache=True).past_key_values
        cache.batch_repeat_interleave(len(prompts))
    rest = torch.tensor([ids[same:] for ids in prompts])
    out = gpt.net(input_ids=rest, past_key_values=cache, use_cache=True)
    return out.logits[:, -1].float(), out.past_key_values


@dataclass(frozen=True)
class Line:
    """Ask for greedy continuations of at most `most` tokens."""

    batch: Batch
    most: int = LINE
    stop: str = "\n"  # ends an answer; so does the end of the line


@memo(1024)
def lines(asked: Line) -> tuple[Said, ...]:
    """How each prompt of the batch goes on greedily, up to the end of the line or of the text."""
    with store.using(asked.batch.model, open_gpt) as gpt, torch.inference_mode():
        prompts = asked.batch.prompts
        most = min(asked.most, gpt.positions - len(prompts[0]) + 1)
        logits, cache = read(gpt, prompts)
        made: list[list[int]] = [[] for _ in prompts]
        for step in range(most):
            best = logits.argmax(-1)
            for row, id in zip(made, best.tolist(), strict=True):
                row.append(id)
            if step + 1 == most or all(said(gpt, row, asked.stop).ended for row in made):
                break
            out = gpt.net(input_ids=best[:, None], past_key_values=cache, use_cache=True)
            logits, cache = out.logits[:, -1].float(), out.past_key_values
        return tuple(said(gpt, row, asked.stop) for row in made)


def said(gpt: Gpt, ids: Sequence[int], stop: str) -> Said:
    """The ids up to the end of the answer as text."""
    special = next((at for at, id in enumerate(ids) if id in gpt.tokenizer.all_special_ids), None)
    text = gpt.tokenizer.decode(ids[:special])
    line = text.split("\n")[0].split(stop)[0]
    return Said(line.removeprefix(" ").rstrip(" "), len(line) < len(text) or special is not None)


@dataclass(frozen=True)
class Answers:
    """Ask how probable these answers are after each prompt."""

    batch: Batch
    answers: tuple[tuple[int, ...], ...]  # token ids


@memo(1024)
def chances(asked: Answers) -> np.ndarray:
    """[prompt answer]: natural logarithm of the probability that the answer's tokens come next."""
    prompts = asked.batch.prompts
    with store.using(asked.batch.model, open_gpt) as gpt, torch.inference_mode():
        logits, cache = read(gpt, prompts)
        first = logits.double().log_softmax(-1)
        found = np.zeros((len(prompts), len(asked.answers)))
        for at, ids in enumerate(asked.answers):
            found[:, at] = first[:, ids[0]].numpy()
            if len(ids) > 1:
                found[:, at] += onward(gpt, cache, ids, len(prompts)).numpy()
    return found


def onward(gpt: Gpt, cache: Any, ids: tuple[int, ...], rows: int) -> Tensor:
    """[row]: log probability of the ids after the first, given it; the cache stays as it was."""
    given = torch.tensor([ids]).expand(rows, -1)
    logits = gpt.net(input_ids=given[:, :-1], past_key_values=deepcopy(cache), use_cache=True).logits.double()
    return logits.log_softmax(-1).gather(2, given[:, 1:, None])[..., 0].sum(1)
