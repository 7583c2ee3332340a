"""A small generator that learns while one watches: fully connected nets and 2,000 small digits."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from playground.core.words import Wrong
from playground.data import tables
from playground.families.gan.model import Shape
from playground.families.gan.pictures_latent import SEEDS, between, whole
from playground.families.gan.pictures_learn import Config, State, begin, samples, steps

GRID = 25  # samples of the picture
RATES = (1e-5, 1e-2)
NETS = {  # units of the hidden layers, generator and discriminator
    "small": ((64, 128), (128, 64)),
    "medium": ((128, 256), (256, 128)),
}


@dataclass(frozen=True)
class Live:
    """What a reader may choose before it begins."""

    net: str = "medium"
    latent: int = 16
    rate: float = 1e-3
    flat: float = 0.02
    seed: int = 0
    batch: int = 64

    def __post_init__(self) -> None:
        if not isinstance(self.net, str) or self.net not in NETS:
            raise Wrong(f"The nets are {' or '.join(NETS)}.", f"网络可选 {'、'.join(NETS)}。")
        whole(self.latent, 2, 64, "The number of latent numbers", "潜在数的个数")
        whole(self.seed, 0, SEEDS, "The seed", "种子")
        whole(self.batch, 8, 128, "The batch", "批大小")
        between(self.rate, *RATES, "The learning rate", "学习率")
        between(self.flat, 0, 10, "The penalty", "惩罚项")


@cache
def digits() -> Tensor:
    """[2,000 1 14 14] in [-1, 1]: digits that ship to learn from."""
    table = tables.digits()
    x = torch.from_numpy(table.x[: table.train]).float().mul(2).sub(1)
    return x.view(-1, 1, tables.SIDE, tables.SIDE)


def pictures_begin(live: Live) -> State:
    rise, fall = NETS[live.net]
    shape = Shape("full", live.latent, rise, fall, tables.SIDE, 1)
    config = Config(
        "live", shape, 10**6, live.batch, live.rate, fall_from=1.0, normed=False, flat=live.flat, seed=live.seed
    )
    config = replace(config, average=0.995)
    return begin(config, GRID)


def pictures_steps(state: State) -> Iterator[State]:
    return steps(state, digits())


def pictures_change(state: State, what: Mapping[str, Any]) -> None:
    """A new learning rate, from now on."""
    if "rate" in what:
        state.rate = between(what["rate"], *RATES, "The learning rate", "学习率")


@dataclass(frozen=True, eq=False)
class Look:
    pictures: np.ndarray  # uint8 [sample row column], 255 is ink
    scores: np.ndarray  # float32 [sample], the discriminator's, of these
    curves: np.ndarray  # float32 [point 5]: iteration, losses of D and G, mean scores of real and fake


@torch.no_grad()
def pictures_look(state: State) -> Look:
    """What the averaged generator makes of the same latent vectors, and what the discriminator says."""
    x = samples(state)
    grey = x.add(1).mul(127.5).round().byte()[:, 0].numpy()
    scores = state.gan.discriminator(x)[:, 0].sigmoid().numpy()
    return Look(grey, scores, np.array(state.curves, np.float32).reshape(-1, 5))
