"""A training of a GAN in the plane as plain data: two players, their random numbers, their curves."""

from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from playground.core.memo import memo
from playground.core.words import Text
from playground.data import planes
from playground.families.gan import plane
from playground.families.gan.plane import PlaneConfig, Side
from playground.families.gan.plane_nets import Array, Net

REALS, FAKES = 450, 150  # points that keep their place, and their noise, over a whole training
POINTS = 400  # of a curve, at most


@dataclass(frozen=True, eq=False)
class Scene:
    """What stays as it is during a training."""

    data: planes.Plane
    reals: Array  # [REALS 2] float32, the real points shown
    noise: Array  # [FAKES size] float32, the noise of the fake points shown


@memo(16)
def scene(config: PlaneConfig) -> Scene:
    data, random = planes.plane(config.source), np.random.default_rng([config.seed, 1])
    reals = data.sample(REALS, random)
    return Scene(data, reals, draw_noise(config.noise, FAKES, config.noise_size, random))


def draw_noise(kind: str, count: int, size: int, random: np.random.Generator) -> Array:
    """[count size] float32: uniform in (-1, 1), or standard normal."""
    if kind == "uniform":
        return random.random((count, size), np.float32) * np.float32(2) - np.float32(1)
    return random.standard_normal((count, size), np.float32)


class Player:
    """A net and how far its optimiser has come."""

    def __init__(self, net: Net) -> None:
        self.net = net
        self.flat_grad = np.zeros_like(net.flat)
        self.grad = net.parts(self.flat_grad)
        self.mean = np.zeros_like(net.flat)  # of the gradients; the velocity of "momentum"
        self.square = np.zeros_like(net.flat)  # mean of their squares
        self.updates = 0  # since the optimiser was chosen

    def copy(self) -> "Player":
        twin = Player(self.net.copy())
        twin.mean, twin.square, twin.updates = self.mean.copy(), self.square.copy(), self.updates
        return twin

    def forget(self) -> None:
        """A new optimiser begins without the past of the old one."""
        self.mean[:], self.square[:], self.updates = 0, 0, 0

    def learn(self, side: Side) -> None:
        """One update of the weights by `flat_grad`, as torch.optim does it."""
        grad = self.flat_grad
        self.updates += 1
        if side.optimiser == "adam":
            self.net.flat -= self._adam(grad, side)
        elif side.optimiser == "momentum":
            self.mean *= np.float32(side.beta1)
            self.mean += grad
            self.net.flat -= np.float32(side.rate) * self.mean
        else:
            self.net.flat -= np.float32(side.rate) * grad

    def _adam(self, grad: Array, side: Side) -> Array:
        """The step of Kingma & Ba 2014, algorithm 1."""
        self.mean *= np.float32(side.beta1)
        self.mean += np.float32(1 - side.beta1) * grad
        self.square *= np.float32(side.beta2)
        self.square += np.float32(1 - side.beta2) * grad * grad
        length = np.sqrt(self.square * np.float32(1 / (1 - side.beta2**self.updates)))
        length += np.float32(1e-8)
        return np.float32(side.rate / (1 - side.beta1**self.updates)) * self.mean / length


@dataclass
class Curve:
    """Numbers over iterations, in at most POINTS points: when full, neighbours become one and the gap doubles."""

    names: tuple[str, ...]
    gap: int  # iterations between two points
    smooth: bool = False  # a point is the mean over its gap, else what was there at its end
    at: list[int] = field(default_factory=list)
    rows: list[tuple[float, ...]] = field(default_factory=list)
    _sum: np.ndarray | None = None
    _count: int = 0

    def add(self, done: int, row: tuple[float, ...]) -> None:
        if self.smooth:
            self._sum = np.array(row) if self._sum is None else self._sum + row
            self._count += 1
            if self._count < self.gap:
                return
            row = tuple((self._sum / self._count).tolist())
            self._sum, self._count = None, 0
        self.at.append(done)
        self.rows.append(row)
        if len(self.at) >= POINTS:
            self._thin()

    def _thin(self) -> None:
        if self.smooth:
            pairs = zip(self.rows[::2], self.rows[1::2], strict=True)
            self.at, self.rows = self.at[1::2], [tuple((np.add(*pair) / 2).tolist()) for pair in pairs]
        else:
            self.at, self.rows = self.at[::2], self.rows[::2]
        self.gap *= 2

    def copy(self) -> "Curve":
        return replace(self, at=self.at.copy(), rows=self.rows.copy())  # _sum is never altered in place

    def columns(self) -> dict[str, Array]:
        """name -> [point] float32."""
        table = np.array(self.rows, np.float32).reshape(-1, len(self.names))
        return dict(zip(self.names, table.T, strict=True))


LOSSES = ("d_loss", "g_loss", "d_grad", "g_grad")  # losses, and lengths of the gradients by the weights
MEASURES = ("divergence", "distance", "coverage", "quality")  # see plane_measure; coverage is -1 where undefined
MEASURE_EVERY = 50


@dataclass
class PlaneState:
    """Everything that a training is; see core.live.State."""

    config: PlaneConfig
    scene: Scene
    d: Player
    g: Player
    random: np.random.Generator
    done: int = 0  # iterations
    last: dict[str, float] = field(default_factory=dict)  # LOSSES at the last update of each side
    losses: Curve = field(default_factory=lambda: Curve(LOSSES, 1, smooth=True))
    measures: Curve = field(default_factory=lambda: Curve(MEASURES, MEASURE_EVERY))

    def side(self, key: str) -> tuple[Player, Side]:
        return (self.d, self.config.d) if key == "d" else (self.g, self.config.g)

    def copy(self) -> "PlaneState":
        return replace(
            self,
            d=self.d.copy(),
            g=self.g.copy(),
            random=deepcopy(self.random),
            last=dict(self.last),
            losses=self.losses.copy(),
            measures=self.measures.copy(),
        )

    @property
    def nbytes(self) -> int:
        weights = sum(4 * player.net.flat.nbytes for player in (self.d, self.g))
        rows = sum(len(curve.at) * (100 + 32 * len(curve.names)) for curve in (self.losses, self.measures))
        return weights + rows + 4_000

    def ended(self) -> Text | None:
        if not self.config.stop or self.done < self.config.stop:
            return None
        return Text(f"Stopped after {self.done:,} iterations, as set.", f"按设定在 {self.done:,} 次迭代后停止。")


def plane_change(state: PlaneState, question: Any) -> None:
    """Alter what may change in the middle of a training; raises Wrong, and then nothing has changed."""
    before, state.config = state.config, plane.changed(state.config, question)
    for key in plane.SIDES:
        player, side = state.side(key)
        if side.optimiser != getattr(before, key).optimiser:
            player.forget()
