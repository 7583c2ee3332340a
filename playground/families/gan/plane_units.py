"""What each unit of the two nets does: G's over its noise, D's over the plane."""

from dataclasses import dataclass

import numpy as np

from playground.families.gan.plane_look import lattice, square
from playground.families.gan.plane_nets import Array
from playground.families.gan.plane_state import PlaneState

SIDE, COARSE = 12, 8  # places along each side of a map; of the maps of large nets
MANY = 130  # units make a net large
MOST = 24  # units of a layer


@dataclass(frozen=True, eq=False)
class Layer:
    """One layer of one net: `depth` counts from 1, the output is the last."""

    net: str  # "g" or "d"
    depth: int
    out: bool
    units: int
    maps: Array  # [up to MOST units, SIDE SIDE] float32, row 0 at the top; for 1-D noise all rows are the same


def layers(state: PlaneState) -> list[Layer]:
    """Every layer of G, then every layer of D."""
    many = sum(min(MOST, size) for key in "gd" for size in state.side(key)[0].net.sizes[1:])
    side = SIDE if many <= MANY else COARSE
    noise = lattice(state.config.noise, state.config.noise_size, side)
    if noise.ndim == 2:
        noise = np.broadcast_to(noise, (side, *noise.shape))
    places = {"g": noise[::-1], "d": square(side)}
    return [layer for net, grid in places.items() for layer in _of_net(state, net, grid)]


def _of_net(state: PlaneState, net: str, grid: Array) -> list[Layer]:
    player, _ = state.side(net)
    with np.errstate(all="ignore"):
        seen = player.net.forward(np.ascontiguousarray(grid.reshape(-1, grid.shape[-1])))[1:]
    return [
        Layer(net, depth, depth == len(seen), values.shape[1], _maps(values, grid.shape[0]))
        for depth, values in enumerate(seen, 1)
    ]


def _maps(values: Array, side: int) -> Array:
    return np.nan_to_num(values.T[:MOST].reshape(-1, side, side))
