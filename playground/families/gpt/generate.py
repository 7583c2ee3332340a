"""Writing on, token by token: read the text once, keep its keys and values, choose a token, read it, choose the next.

What is chosen is what transformers' `generate` chooses with the same settings and seed; beside each token stands what
the model itself thought of it.

from playground.families.gpt import Request, Settings, Writing, written
written(Writing(Request("The king was"), Settings(temperature=0.7, seed=3), tokens=40)).text
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch

from playground.core import limits, store
from playground.core.checks import whole
from playground.core.parts import Tokens
from playground.core.words import Wrong, shown
from playground.families.gpt.model import Gpt, decoded, encode, open_gpt
from playground.families.gpt.sampling import Settings, choose, warped
from playground.families.gpt.told import Teller, Told
from playground.families.gpt.trace import Request, ready

SECONDS = 0.05  # of writing between two pieces of the answer: others get their turn, the page draws smoothly
READ = 256  # tokens of the text read at a time


@dataclass(frozen=True)
class Writing:
    """What stands before is `request`: its text, and the tokens `more` as they are."""

    request: Request
    settings: Settings = field(default_factory=Settings)
    tokens: int = 64  # at most; fewer if the text ends, or if the model cannot read so many
    line: bool = False  # stop where the line ends

    def __post_init__(self) -> None:
        check_count(self.tokens, limits.GPT_TOKENS)
        if not isinstance(self.line, bool):
            raise Wrong("“line” is true or false.", "“line”只能是 true 或 false。")


def check_count(value: object, most: int) -> None:
    if not whole(value, 1, most):
        raise Wrong(
            f"The number of new tokens is a whole number from 1 to {most:,}, not {shown(value)}.",
            f"新词元的个数必须是 1 到 {most:,} 之间的整数，不能是 {shown(value)}。",
        )


@dataclass(frozen=True, eq=False)
class Begun:
    """What is read before the first new token."""

    request: Request  # the text as it is read; if its beginning was cut, all of it stands in `more`
    tokens: Tokens
    left_out: str  # the beginning of the text that was cut
    cut: int  # how many tokens that is
    lead: int  # tokens the model puts in front of any text by itself
    new: int  # how many tokens there is room for, at most as many as asked for
    positions: int  # most tokens the model reads


@dataclass(frozen=True)
class Ended:
    why: str  # "length", "end" (the model's own end token) or "line"
    seconds: float  # of computing, without waiting for others


Piece = Begun | int | list[Told] | Ended  # a number: so many tokens are read


def write(asked: Writing) -> Iterator[Piece]:
    """First Begun, last Ended. Each piece takes about SECONDS. Raises Wrong before the first."""
    clock = Clock()
    with store.using(asked.request.model, open_gpt) as gpt:
        first = clock.of(lambda: begin(asked.request, gpt, asked.tokens))
        yield first
        pen = Pen(gpt, first.tokens.ids, asked.settings, first.new)
        while pen.unread > READ:
            clock.of(pen.read)
            yield len(first.tokens) - pen.unread
        teller, why = Teller(gpt, first.tokens.ids), ""
        stop = Stop(gpt, asked.line)
        while not why:
            rows, why = clock.of(lambda: spell_out(pen, stop, first.new))
            yield clock.of(lambda rows=rows: teller.tell(*rows))  # type: ignore[misc]
    yield Ended(why, clock.seconds)


def begun(asked: Writing) -> Begun:
    """What is read before the first new token, without writing it."""
    with store.using(asked.request.model, open_gpt) as gpt:
        return begin(asked.request, gpt, asked.tokens)


class Clock:
    """Adds up the seconds that work takes."""

    seconds = 0.0

    def of(self, work: Callable[[], Any]) -> Any:
        start = time.perf_counter()
        try:
            return work()
        finally:
            self.seconds += time.perf_counter() - start


def begin(request: Request, gpt: Gpt, new: int) -> Begun:
    """The text with room for `new` tokens after it: what is too much goes at its beginning."""
    encoded = ready(request, gpt)
    tokens, lead = encoded.tokens, leading(gpt, request.start)
    new = min(new, gpt.positions - len(lead) - 1)
    room = gpt.positions - new
    if len(tokens) + tokens.cut <= room:
        return Begun(request, tokens, "", 0, len(lead), new, gpt.positions)
    kept = tokens.ids[len(tokens) - (room - len(lead)) :]
    first = tokens.spans[len(tokens) - len(kept)][0]
    short = replace(request, text="", more=kept, chat=False)
    read = encode("", gpt, kept, request.start).tokens
    return Begun(short, read, tokens.text[:first], len(tokens) + tokens.cut - room, len(lead), new, gpt.positions)


def leading(gpt: Gpt, start: bool) -> tuple[int, ...]:
    """The tokens that stand in front of whatever is given by its ids."""
    return encode("", gpt, (0,), start).tokens.ids[:-1]


class Pen:
    """A text being written: all its tokens, and the keys and values of those the model has read."""

    def __init__(self, gpt: Gpt, ids: Sequence[int], settings: Settings, new: int) -> None:
        self.net, self.settings = gpt.net, settings
        self.ids = torch.empty(len(ids) + new, dtype=torch.long)  # [token]
        self.ids[: len(ids)] = torch.tensor(ids)
        self.size, self.unread, self.cache = len(ids), len(ids), None
        self.dice = torch.Generator().manual_seed(settings.seed)

    def read(self, count: int = READ) -> torch.Tensor:
        """Read the next `count` tokens; the logits [vocabulary] for what comes after them."""
        at = self.size - self.unread
        with torch.inference_mode():
            output = self.net(
                input_ids=self.ids[None, at : min(self.size, at + count)], past_key_values=self.cache, use_cache=True,
                logits_to_keep=1,
            )  # fmt: skip
        self.cache, self.unread = output.past_key_values, max(0, self.unread - count)
        return output.logits[0, -1].float()

    def write(self) -> tuple[int, torch.Tensor, float | None]:
        """The token chosen, the logits [vocabulary] it was chosen from, its probability when it was drawn."""
        logits = self.read(self.unread)
        with torch.inference_mode():
            scores = warped(self.ids[: self.size], logits, self.settings)
            if self.settings.greedy:
                id, drawn = choose(scores, self.settings), None
            else:
                id, drawn = _drawn(scores, self.dice)
        self.ids[self.size] = id
        self.size, self.unread = self.size + 1, 1
        return id, logits, drawn


def _drawn(scores: torch.Tensor, dice: torch.Generator) -> tuple[int, float]:
    chances = scores.softmax(-1)
    id = int(torch.multinomial(chances[None], 1, generator=dice))
    return id, chances[id].item()


class Stop:
    """Why a text ends at a token: "end", "line", or not ("")."""

    def __init__(self, gpt: Gpt, line: bool) -> None:
        self.ends, self.line, self.decode = ends(gpt), line, gpt.tokenizer.decode

    def at(self, id: int) -> str:
        if id in self.ends:
            return "end"
        return "line" if self.line and "\n" in self.decode([id]) else ""


def ends(gpt: Gpt) -> tuple[int, ...]:
    """The ids after which `generate` stops."""
    own = gpt.net.generation_config.eos_token_id
    own = gpt.tokenizer.eos_token_id if own is None else own
    return () if own is None else tuple(own) if isinstance(own, list | tuple) else (own,)


def ends_of(model: str) -> tuple[int, ...]:
    with store.using(model, open_gpt) as gpt:
        return ends(gpt)


def reads_alike(begun: Begun) -> bool:
    """Whether a program that gives the text to the model's tokenizer gets these tokens."""
    with store.using(begun.request.model, open_gpt) as gpt:
        return tuple(gpt.tokenizer(begun.tokens.text).input_ids) == begun.tokens.ids


Rows = tuple[list[int], list[torch.Tensor], list[float | None]]


def spell_out(pen: Pen, stop: Stop, new: int) -> tuple[Rows, str]:
    """Some SECONDS of writing; and why the text ends there, or ""."""
    ids, logits, drawn = [], [], []
    first = pen.ids.shape[0] - new
    until = time.perf_counter() + SECONDS
    while True:
        id, row, share = pen.write()
        ids.append(id)
        logits.append(row)
        drawn.append(share)
        why = stop.at(id) or ("length" if pen.size - first >= new else "")
        if why or time.perf_counter() >= until:
            return (ids, logits, drawn), why


def sizes(request: Request) -> dict[str, Any]:
    """Tokens of a text, cut or not; how many the model reads, its first token, whether it has a chat template."""
    with store.using(request.model, open_gpt) as gpt:
        tokens = ready(request, gpt).tokens
        start = "" if gpt.start is None else gpt.tokenizer.convert_ids_to_tokens(gpt.start)
        count = len(tokens) + tokens.cut if request.text or request.start else 0
        return {"count": count, "positions": gpt.positions, "start": start, "talks": gpt.talks}


@dataclass(frozen=True, eq=False)
class Written:
    """All that `write` says, at once."""

    begun: Begun
    told: tuple[Told, ...]
    ended: Ended
    text: str  # of all tokens

    @property
    def ids(self) -> tuple[int, ...]:
        return tuple(one.id for one in self.told)


def written(asked: Writing) -> Written:
    first, *pieces, ended = write(asked)
    told = tuple(one for piece in pieces if isinstance(piece, list) for one in piece)
    assert isinstance(first, Begun) and isinstance(ended, Ended)
    return Written(first, told, ended, whole_text(asked.request.model, (*first.tokens.ids, *(one.id for one in told))))


def whole_text(model: str, ids: Sequence[int]) -> str:
    """The text of the tokens, special ones left out."""
    with store.using(model, open_gpt) as gpt:
        return decoded(gpt.tokenizer, ids)
