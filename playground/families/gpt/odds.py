"""One choice of a token in full: the whole vocabulary after every rule, who was cut by which, and how one was drawn.

from playground.families.gpt import Choice, Request, Settings, odds
told = odds(Choice(Request("The king was not"), Settings(temperature=0.7, top_p=0.9)))
told.kept, told.mass, told.final[told.winner]
"""

from collections import Counter
from dataclasses import dataclass, field, replace

import numpy as np
import torch

from playground.core.chances import entropy
from playground.core.memo import memo
from playground.core.words import Text
from playground.families.gpt.sampling import Settings, choose, draw, luck, steps
from playground.families.gpt.trace import Request, forward

CUTS = ("top_k", "top_p", "min_p", "typical_p")
DRAWS = 100  # made at once, with the seeds from the one asked for on


@dataclass(frozen=True)
class Choice:
    """How to choose what comes after a text. `request.top` does not matter."""

    request: Request
    settings: Settings = field(default_factory=Settings)


@dataclass(frozen=True, eq=False)
class Cut:
    """One rule that takes tokens out."""

    name: str  # of CUTS
    entering: np.ndarray  # [vocabulary], the chances that the rule is shown: what was cut before it has none
    out: int  # tokens it takes out
    mass: float  # of the chances before all cuts


@dataclass(frozen=True, eq=False)
class Odds:
    """Arrays are [vocabulary]. Chances are float32, as they are drawn from."""

    ids: tuple[int, ...]  # what stands before
    logits: np.ndarray
    penalised: np.ndarray  # logits after the repetition penalty
    heated: np.ndarray  # and divided by the temperature
    raw: np.ndarray  # softmax of the logits
    before: np.ndarray  # softmax of the heated: the chances that are cut
    final: np.ndarray  # softmax after the cuts
    places: np.ndarray  # 1 is the largest logit
    cut: np.ndarray  # 0: kept; n: taken out by cuts[n - 1]
    cuts: tuple[Cut, ...]  # in the order in which they were applied
    kept: int
    mass: float  # that the kept tokens have of `before`
    entropy: tuple[float, float, float]  # of raw, before and final, in bits
    luck: np.ndarray | None  # drawn is the largest final / luck; None where nothing is drawn by chance
    winner: int


def softmax(scores: torch.Tensor) -> np.ndarray:
    return scores.softmax(-1).numpy()


def places_of(scores: np.ndarray) -> np.ndarray:
    """1 for the largest; ties keep their order."""
    places = np.empty(len(scores), np.int32)
    places[np.argsort(-scores, kind="stable")] = np.arange(1, len(scores) + 1)
    return places


@memo(16)
def odds(choice: Choice) -> Odds:
    """Raises Wrong as `forward` does."""
    done, settings = forward(replace(choice.request, top=1)), choice.settings
    ids, logits = torch.tensor(done.encoded.tokens.ids), torch.from_numpy(done.logits.copy())
    with torch.inference_mode():
        penalised = heated = scores = logits
        cut, cuts = torch.zeros(len(logits), dtype=torch.int8), list[tuple[str, np.ndarray, np.ndarray]]()
        for name, after in steps(ids, logits, settings):
            if name == "repetition_penalty":
                penalised = heated = after
            elif name == "temperature":
                heated = after
            else:
                taken = after.isneginf() & ~scores.isneginf()
                cut[taken] = len(cuts) + 1
                cuts.append((name, softmax(scores), taken.numpy()))
            scores = after
        before, final = softmax(heated), softmax(scores)
        winner = choose(scores, settings, torch.Generator().manual_seed(settings.seed))
        lots = None if settings.greedy else luck(len(logits), torch.Generator().manual_seed(settings.seed))
    raw, kept = softmax(logits), cut.numpy() == 0
    return Odds(
        ids=done.encoded.tokens.ids,
        logits=logits.numpy(),
        penalised=penalised.numpy(),
        heated=heated.numpy(),
        raw=raw,
        before=before,
        final=final,
        places=places_of(done.logits),
        cut=cut.numpy(),
        cuts=tuple(Cut(name, chances, int(out.sum()), share(before, out)) for name, chances, out in cuts),
        kept=int(kept.sum()),
        mass=share(before, kept),
        entropy=(entropy(raw), entropy(before), entropy(final)),
        luck=None if lots is None else lots.numpy(),
        winner=winner,
    )


def share(chances: np.ndarray, of: np.ndarray) -> float:
    """Exactly 1 of all tokens, whatever single precision has lost of their sum."""
    return float(chances[of].sum(dtype=np.float64) / chances.sum(dtype=np.float64))


def shortlist(told: Odds, top: int) -> list[int]:
    """The `top` tokens that stood highest before, after the penalty, or among those kept; by logits."""
    left = np.where(told.cut == 0, told.heated, -np.inf)
    last = np.where(told.cut == 0, places_of(left), len(left))
    best = np.minimum(told.places, np.minimum(places_of(told.penalised), last))
    chosen = np.argsort(best, kind="stable")[:top]
    return [int(id) for id in chosen[np.argsort(told.places[chosen])]]


def draws(choice: Choice, count: int = DRAWS) -> Counter[int]:
    """How often each token is drawn, with `count` seeds in a row; greedy takes the same one every time."""
    told, seed = odds(choice), choice.settings.seed
    if choice.settings.greedy:
        return Counter({told.winner: count})
    chances = torch.from_numpy(told.final)
    return Counter(draw(chances, torch.Generator().manual_seed(seed + i)) for i in range(count))


# ---- the whole vocabulary as a curve


@dataclass(frozen=True, eq=False)
class Curve:
    """Over the places 1, 2, ... after penalty and temperature, thinned as a logarithmic axis needs them."""

    places: np.ndarray  # [point]
    before: np.ndarray  # [point], the chance of the token at this place
    sums: np.ndarray  # [point], the chances from place 1 to here
    first: int  # place of the first token that is kept
    last: int


def odds_curve(told: Odds, points: int = 160) -> Curve:
    order = np.lexsort((told.cut, -told.before))  # among equals the kept come first
    chances = told.before[order].astype(np.float64)
    kept = np.flatnonzero(told.cut[order] == 0)
    places = np.unique(np.rint(np.geomspace(1, len(order), points)).astype(int))
    return Curve(places, chances[places - 1], chances.cumsum()[places - 1], int(kept[0]) + 1, int(kept[-1]) + 1)


# ---- why a token is out


def why_cut(told: Odds, settings: Settings, id: int) -> Text | None:
    """With the numbers that decided it; None for a token that is kept."""
    if not told.cut[id]:
        return None
    rule = told.cuts[told.cut[id] - 1]
    return REASONS[rule.name](rule.entering, settings, id)


def percent(value: float) -> str:
    return f"{100 * value:.3g} %"


def _top_k(chances: np.ndarray, settings: Settings, id: int) -> Text:
    place = 1 + int((chances > chances[id]).sum())
    return Text(
        f"It stands at place {place:,}; top-k keeps the first {settings.top_k:,}.",
        f"它排在第 {place:,} 位；top-k 只留前 {settings.top_k:,} 个。",
    )


def _top_p(chances: np.ndarray, settings: Settings, id: int) -> Text:
    above, limit = percent(share(chances, chances > chances[id])), percent(settings.top_p)
    return Text(
        f"The tokens before it already hold {above}; top-p stops once {limit} is reached.",
        f"排在它前面的词元已占 {above}；top-p 到 {limit} 就停。",
    )


def _min_p(chances: np.ndarray, settings: Settings, id: int) -> Text:
    own, best = percent(chances[id]), percent(chances.max())
    least, limit = percent(settings.min_p * chances.max()), f"{settings.min_p:g}"
    return Text(
        f"{own} is less than {limit} × {best} (the best) = {least}.",
        f"{own} 小于 {limit} × {best}（最高者）= {least}。",
    )


def _typical(chances: np.ndarray, settings: Settings, id: int) -> Text:
    bits, expected = -float(np.log2(max(chances[id], 1e-45))), entropy(chances)
    off, limit = abs(bits - expected), percent(settings.typical_p)
    return Text(
        f"Its surprise, {bits:.2f} bits, is {off:.2f} bits off what is expected, {expected:.2f}; "
        f"tokens nearer to it already hold {limit}.",
        f"它的意外程度是 {bits:.2f} 比特，与预期的 {expected:.2f} 比特相差 {off:.2f}；更接近预期的词元已占 {limit}。",
    )


REASONS = {"top_k": _top_k, "top_p": _top_p, "min_p": _min_p, "typical_p": _typical}
