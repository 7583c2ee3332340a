"""How one token is chosen from the logits: penalty, temperature, cuts, softmax, draw.

Each step is transformers' own processor, in the order in which `generate` applies them, so that a run with a seed can
be written down as one call of `generate` and repeated to the token.

>>> Settings(temperature=0.7, top_k=40).call()["temperature"]
0.7
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from math import isfinite
from typing import Any

import torch
from transformers import (
    LogitsProcessor,
    MinPLogitsWarper,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
    TypicalLogitsWarper,
)

from playground.core.checks import whole
from playground.core.words import Text, Wrong, shown

RANGES: dict[str, tuple[Text, float, float]] = {  # lowest and highest value that is taken
    "temperature": (Text("The temperature", "温度"), 0.01, 10.0),
    "top_k": (Text("Top-k", "top-k"), 0, 1_000_000),
    "top_p": (Text("Top-p", "top-p"), 0.0, 1.0),
    "min_p": (Text("Min-p", "min-p"), 0.0, 1.0),
    "typical_p": (Text("Typical-p", "typical-p"), 0.01, 1.0),
    "repetition_penalty": (Text("The repetition penalty", "重复惩罚"), 0.1, 10.0),
    "seed": (Text("The seed", "随机种子"), 0, 2**32 - 1),
}
WHOLE = ("top_k", "seed")


@dataclass(frozen=True)
class Settings:
    """Every rule is off by default. Raises Wrong for a value out of its range."""

    temperature: float = 1.0  # 1 is off
    top_k: int = 0  # 0 is off
    top_p: float = 1.0  # 1 is off
    min_p: float = 0.0  # 0 is off
    typical_p: float = 1.0  # 1 is off
    repetition_penalty: float = 1.0  # 1 is off
    greedy: bool = False  # the largest logit after the penalty; temperature and cuts are then not used
    seed: int = 0  # of torch.manual_seed

    def __post_init__(self) -> None:
        if not isinstance(self.greedy, bool):
            raise Wrong("“greedy” is true or false.", "“greedy”只能是 true 或 false。")
        for name, (said, low, high) in RANGES.items():
            value = getattr(self, name)
            if name in WHOLE:
                check_whole(said, value, int(low), int(high))
            else:
                object.__setattr__(self, name, checked(said, value, low, high))

    def call(self) -> dict[str, Any]:
        """What `generate` must be told to choose in this way; all of it, since a model may bring other defaults."""
        if self.greedy:
            return {"do_sample": False, "repetition_penalty": self.repetition_penalty}
        names = ("temperature", "top_k", "top_p", "min_p", "typical_p", "repetition_penalty")
        return {"do_sample": True, **{name: getattr(self, name) for name in names}}


def checked(said: Text, value: object, low: float, high: float) -> float:
    """The number as a float. Raises Wrong for anything else."""
    fits = isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high
    if not fits or not isfinite(value):  # type: ignore[arg-type]
        raise Wrong(
            f"{said.en} is a number from {low:g} to {high:g}, not {shown(value)}.",
            f"{said.zh}是 {low:g} 到 {high:g} 之间的数，不能是 {shown(value)}。",
        )
    return float(value)  # type: ignore[arg-type]


def check_whole(said: Text, value: object, low: int, high: int) -> None:
    if not whole(value, low, high):
        raise Wrong(
            f"{said.en} is a whole number from {low:,} to {high:,}, not {shown(value)}.",
            f"{said.zh}是 {low:,} 到 {high:,} 之间的整数，不能是 {shown(value)}。",
        )


def settings(given: object) -> Settings:
    """The settings a page or a program sent as a JSON object; what is left out is off. Raises Wrong."""
    if not isinstance(given, Mapping):
        raise Wrong("The settings are an object of names and numbers.", "采样设置应当是由名称和数值组成的对象。")
    known = {field.name for field in fields(Settings)}
    if strange := [name for name in given if name not in known]:
        raise Wrong(
            f"There is no setting “{shown(strange[0])}”; there are {', '.join(sorted(known))}.",
            f"没有“{shown(strange[0])}”这项设置；可用的有 {', '.join(sorted(known))}。",
        )
    return Settings(**given)


@lru_cache(64)
def rules(settings: Settings) -> tuple[tuple[str, LogitsProcessor], ...]:
    """The rules that are on, by name, in the order of `generate`; they keep nothing between calls."""
    on: list[tuple[str, LogitsProcessor]] = []
    if settings.repetition_penalty != 1:
        on.append(("repetition_penalty", RepetitionPenaltyLogitsProcessor(settings.repetition_penalty)))
    if settings.greedy:
        return tuple(on)
    if settings.temperature != 1:
        on.append(("temperature", TemperatureLogitsWarper(settings.temperature)))
    if settings.top_k:
        on.append(("top_k", TopKLogitsWarper(settings.top_k)))
    if settings.top_p < 1:
        on.append(("top_p", TopPLogitsWarper(settings.top_p)))
    if settings.min_p:
        on.append(("min_p", MinPLogitsWarper(settings.min_p)))
    if settings.typical_p < 1:
        on.append(("typical_p", TypicalLogitsWarper(settings.typical_p)))
    return tuple(on)


def steps(ids: torch.Tensor, logits: torch.Tensor, settings: Settings) -> Iterator[tuple[str, torch.Tensor]]:
    """The logits [vocabulary] after each rule that is on; `ids` [token] are all tokens that stand before."""
    scores = logits[None]
    for name, rule in rules(settings):
        scores = rule(ids[None], scores)
        yield name, scores[0]


def warped(ids: torch.Tensor, logits: torch.Tensor, settings: Settings) -> torch.Tensor:
    """The logits [vocabulary] after every rule; -inf for a token that is cut. The logits given stay as they are."""
    for _, scores in steps(ids, logits, settings):
        logits = scores
    return logits


def draw(chances: torch.Tensor, generator: torch.Generator | None = None) -> int:
    """One id from chances [vocabulary], as `generate` draws after torch.manual_seed(the generator's seed)."""
    return int(torch.multinomial(chances[None], 1, generator=generator))


def luck(size: int, generator: torch.Generator) -> torch.Tensor:
    """The random numbers [vocabulary] behind one draw: torch.multinomial takes the largest chance / luck.

    They are exponentially distributed, and so each token wins as often as its chance says.
    """
    return torch.empty(size).exponential_(1, generator=generator)


def choose(scores: torch.Tensor, settings: Settings, generator: torch.Generator | None = None) -> int:
    """One id from warped logits [vocabulary]: the largest, or drawn."""
    return int(scores.argmax()) if settings.greedy else draw(scores.softmax(-1), generator)
