"""Layer by layer: what each layer would say comes next if the model stopped there, at every token of a text.

Every hidden state goes through the model's last normalisation and its own table of words (nostalgebraist 2020, "logit
lens"). What the last layer gives comes out of transformers normalised already: it goes to the table as it is, so that
the last row is the model's own answer. The table was trained for the last layer alone: what it says of earlier ones is
a reading, not an answer.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from playground.core import atlas as maps
from playground.core import limits, store
from playground.core.atlas import Atlas
from playground.core.checks import check_place, check_whole, whole
from playground.core.memo import memo
from playground.core.parts import Cloud
from playground.core.words import Wrong
from playground.families.gpt.model import Gpt, open_gpt, spell
from playground.families.gpt.trace import Request, forward
from playground.nn.lens import Lens, read

WIDEST = 64  # columns of a window


def said(gpt: Gpt, states: Tensor, normed: bool) -> Tensor:
    """Logits [.. vocabulary] of states [.. feature]; `normed`: they come from the last layer."""
    if not normed:
        states = states if gpt.norm is None else gpt.norm(states)
        shrink = getattr(getattr(gpt.net.base_model, "decoder", None), "project_out", None)  # OPT 350M
        states = states if shrink is None else shrink(states)
    return gpt.net.get_output_embeddings()(states).float()


def rows_of(request: Request) -> list[np.ndarray]:
    """[token feature] for the input embeddings, then for what each layer gives; the last is normalised."""
    done = forward(replace(request, top=1))
    return [*done.states, done.last]


def own_logits(request: Request, gpt: Gpt, first: int, end: int) -> Tensor:
    """[token vocabulary], what the model itself says at the tokens first .. end - 1: later ones change nothing."""
    ids = torch.tensor([forward(replace(request, top=1)).encoded.tokens.ids[:end]])
    return gpt.net(input_ids=ids, use_cache=False, logits_to_keep=end - first).logits[0].float()


# ---- one token, all layers


@dataclass(frozen=True)
class Spot:
    """One token of a text, counted from 0, and the token of the vocabulary that is followed through the layers."""

    request: Request
    position: int
    follow: int | None = None  # None: the model's first choice

    def __post_init__(self) -> None:
        check_whole(self.position, *(() if self.follow is None else (self.follow,)))


@memo(256)
def lens(spot: Spot) -> Lens:
    """`truth` is the token that follows in the text. Raises Wrong for a place or a token that does not exist."""
    request, position = replace(spot.request, top=1), spot.position
    done = forward(request)
    check_place("token", "词元", position, len(done.encoded.tokens))
    if spot.follow is not None:
        check_place("vocabulary entry", "词表条目", spot.follow, done.facts.vocabulary)
    rows = rows_of(request)
    with store.using(request.model, open_gpt) as gpt, torch.inference_mode():
        states = [torch.from_numpy(row[position].copy()) for row in rows]
        logits = torch.stack([said(gpt, state, at == len(rows) - 1) for at, state in enumerate(states)]).numpy()
        own = own_logits(request, gpt, position, position + 1)[0].numpy()
        tokenizer = gpt.tokenizer
    ids = done.encoded.tokens.ids
    truth = ids[position + 1] if position + 1 < len(ids) else None
    follow = int(own.argmax()) if spot.follow is None else spot.follow
    difference = float(np.abs(logits[-1] - own).max())
    return read(lambda id: spell(tokenizer, id), position, logits, follow, truth, difference)


# ---- many tokens, all layers


@dataclass(frozen=True)
class Window:
    """The tokens first .. first + count - 1, as many of them as there are."""

    request: Request
    first: int = 0
    count: int = 24

    def __post_init__(self) -> None:
        check_whole(self.first)
        if not whole(self.count, 1, WIDEST):
            raise Wrong(f"A window shows from 1 to {WIDEST} tokens.", f"一个窗口显示 1 到 {WIDEST} 个词元。")


@dataclass(frozen=True, eq=False)
class Grid:
    """What every layer says at some tokens. Row 0 reads the input embeddings, the last row is the model's answer."""

    first: int
    labels: tuple[tuple[str, ...], ...]  # [row column], the first choice
    ids: np.ndarray  # [row column]
    chance: np.ndarray  # [row column], of the first choice
    entropy: np.ndarray  # [row column], bits
    final: tuple[str, ...]  # [column], the model's answer
    final_chance: np.ndarray  # [row column]
    final_rank: np.ndarray  # [row column], 1 is the first place
    truth: tuple[str | None, ...]  # [column], what follows in the text
    truth_chance: np.ndarray  # [row column], NaN where nothing follows
    truth_rank: np.ndarray  # [row column], 0 where nothing follows
    difference: float  # largest difference between the last row's logits and the model's
    vocabulary: int


@memo(64)
def grid(window: Window) -> Grid:
    """Raises Wrong for a place that does not exist."""
    request = replace(window.request, top=1)
    done = forward(request)
    tokens = done.encoded.tokens
    check_place("token", "词元", window.first, len(tokens))
    end = min(len(tokens), window.first + window.count)
    rows = rows_of(request)
    next_ids = [*tokens.ids[window.first + 1 : end + 1], *([-1] if end == len(tokens) else [])]
    truth = torch.tensor(next_ids)
    with store.using(request.model, open_gpt) as gpt, torch.inference_mode():
        own = own_logits(request, gpt, window.first, end)
        final = own.argmax(-1)
        lines = []
        for at, row in enumerate(rows):
            logits = said(gpt, torch.from_numpy(row[window.first : end].copy()), at == len(rows) - 1)
            lines.append(_line(logits, final, truth))
        difference = float((logits - own).abs().max())
        names = {int(id): spell(gpt.tokenizer, int(id)) for id in {*final.tolist(), *next_ids} if id >= 0}
        names |= {id: spell(gpt.tokenizer, id) for line in lines for id in line[0].tolist()}
    ids, chance, entropy, final_chance, final_rank, truth_chance, truth_rank = map(np.stack, zip(*lines, strict=True))
    return Grid(
        window.first,
        tuple(tuple(names[id] for id in line) for line in ids.tolist()),
        ids, chance, entropy,
        tuple(names[id] for id in final.tolist()), final_chance, final_rank,
        tuple(names[id] if id >= 0 else None for id in next_ids), truth_chance, truth_rank,
        difference,
        own.shape[-1],
    )  # fmt: skip


def _line(logits: Tensor, final: Tensor, truth: Tensor) -> tuple[np.ndarray, ...]:
    """One row of the grid from logits [column vocabulary]."""
    logs = logits.log_softmax(-1)
    chances = logs.exp()
    best = logits.argmax(-1)
    entropy = torch.special.entr(chances).sum(-1) / np.log(2)
    known = truth >= 0
    final_rank, final_chance = _of(logits, chances, final)
    truth_rank, truth_chance = _of(logits, chances, truth.clamp(min=0))
    truth_rank, truth_chance = truth_rank * known, torch.where(known, truth_chance, torch.nan)
    found = (best, chances.gather(-1, best[:, None])[:, 0], entropy, final_chance, final_rank, truth_chance, truth_rank)
    return tuple(one.numpy() for one in found)


def _of(logits: Tensor, chances: Tensor, ids: Tensor) -> tuple[Tensor, Tensor]:
    """Rank and probability [column] of one token in each column."""
    rank = 1 + (logits > logits.gather(-1, ids[:, None])).sum(-1)
    return rank, chances.gather(-1, ids[:, None])[:, 0]


# ---- where the tokens stand


@dataclass(frozen=True)
class Ground:
    """A text and which of its tokens are on the map."""

    request: Request
    first: bool = False  # with the first token, whose vector most models blow up, and with special ones


def places_of(ground: Ground) -> tuple[int, ...]:
    """Raises Wrong for a text too long to be drawn."""
    tokens = forward(replace(ground.request, top=1)).encoded.tokens
    if len(tokens) > (most := limits.TOKENS):
        raise Wrong(
            f"This text has {len(tokens):,} tokens; the map shows up to {most:,}. Shorten it.",
            f"这段文字有 {len(tokens):,} 个词元；分布图最多显示 {most:,} 个。请缩短一些。",
        )
    every = tuple(range(len(tokens)))
    return every if ground.first else tuple(at for at in every[1:] if not tokens.special[at]) or every


def points(ground: Ground) -> np.ndarray:
    """[row point feature]; the last row is normalised."""
    places = list(places_of(ground))
    rows = rows_of(ground.request)
    return np.stack([row[places] for row in rows[: -1 if rows[-1].shape != rows[0].shape else None]])


@memo(32)
def atlas(ground: Ground) -> Atlas:
    """Principal components, one basis for all layers."""
    tokens = forward(replace(ground.request, top=1)).encoded.tokens
    return maps.drawn(points(ground), tokens, places_of(ground))


unfolded = maps.by_tsne(atlas, points)


def unfolding(ground: Ground) -> Iterator[tuple[Cloud, float]]:
    """Every row by t-SNE, as each is ready."""
    return (unfolded((ground, row)) for row in range(len(atlas(ground).clouds)))
