"""The training loop of a GAN in the plane: one iteration is some updates of D, then some of G."""

from collections.abc import Iterator
from math import isfinite
from typing import NamedTuple

import numpy as np

from playground.core.words import Text, Wrong
from playground.families.gan.plane import PlaneConfig
from playground.families.gan.plane_loss import fooled, judged, penalty
from playground.families.gan.plane_measure import measured
from playground.families.gan.plane_nets import Array, Net
from playground.families.gan.plane_state import PlaneState, Player, draw_noise, scene

DIVERGED = {
    "d": Text(
        "In iteration {:,} the numbers stopped being finite, first the discriminator's: a learning rate or the penalty "
        "is too large. The last finite weights were kept.",
        "第 {:,} 次迭代时数值不再有限，先出现在判别器：某个学习率或惩罚项太大。已保留最后一组有限的权重。",
    ),
    "g": Text(
        "In iteration {:,} the numbers stopped being finite, first the generator's: a learning rate is too large. "
        "The last finite weights were kept.",
        "第 {:,} 次迭代时数值不再有限，先出现在生成器：某个学习率太大。已保留最后一组有限的权重。",
    ),
}


class Judging(NamedTuple):
    """What happened in one update of D, up to the update itself."""

    noise: Array  # [n size]
    fakes: Array  # [n 2]
    reals: Array  # [n 2]
    scores: Array  # [2n 1]: of the reals, then of the fakes, before any sigmoid
    loss: float  # without the penalty
    penalty: float
    pull: Array  # [2n 1] derivative of the loss by each score


class Fooling(NamedTuple):
    """What happened in one update of G, up to the update itself."""

    noise: Array  # [n size]
    fakes: Array  # [n 2]
    scores: Array  # [n 1]
    loss: float
    slopes: Array  # [n 2] derivative of the loss by each fake point


def plane_begin(config: PlaneConfig) -> PlaneState:
    """Fresh nets; everything random follows from the seed."""
    random = np.random.default_rng([config.seed, 0])
    g = Net.fresh([config.noise_size] + [config.g.units] * config.g.layers + [2], config.g.act, random)
    d = Net.fresh([2] + [config.d.units] * config.d.layers + [1], config.d.act, random)
    state = PlaneState(config, scene(config), Player(d), Player(g), random)
    state.measures.add(0, measured(state).row())
    return state


def judge(state: PlaneState) -> Judging:
    """Fresh points, what D says of them, its loss; the gradient is left in state.d."""
    config, d = state.config, state.d
    noise = draw_noise(config.noise, config.batch, config.noise_size, state.random)
    fakes = state.g.net(noise)
    reals = state.scene.data.sample(config.batch, state.random)
    seen = d.net.forward(np.concatenate([reals, fakes]))
    loss, by_real, by_fake = judged(config.loss, seen[-1][: config.batch], seen[-1][config.batch :])
    pull = np.concatenate([by_real, by_fake])
    d.flat_grad.fill(0)
    d.net.backward(seen, pull, d.grad)
    return Judging(noise, fakes, reals, seen[-1], loss, _penalty(state, config, reals, fakes), pull)


def _penalty(state: PlaneState, config: PlaneConfig, reals: Array, fakes: Array) -> float:
    d = state.d
    if config.loss == "wasserstein" and config.gp:
        share = state.random.random((config.batch, 1), np.float32)
        return penalty(d.net, fakes + share * (reals - fakes), config.gp, 1, d.grad)
    if config.loss != "wasserstein" and config.r1:
        return penalty(d.net, reals, config.r1 / 2, 0, d.grad)
    return 0.0


def fool(state: PlaneState) -> Fooling:
    """Fresh fakes, what D says of them, G's loss; the gradient is left in state.g."""
    config, g = state.config, state.g
    noise = draw_noise(config.noise, config.batch, config.noise_size, state.random)
    made = g.net.forward(noise)
    seen = state.d.net.forward(made[-1])
    loss, by_score = fooled(config.loss, seen[-1])
    slopes = state.d.net.backward(seen, by_score, None)
    g.flat_grad.fill(0)
    g.net.backward(made, slopes, g.grad)
    return Fooling(noise, made[-1], seen[-1], loss, slopes)


def settle(state: PlaneState, key: str, loss: float, learns: bool = True) -> None:
    """Note a side's loss and the length of the gradient it holds, and let it learn from that.

    Raises Wrong, with the weights as they were, when they are not finite.
    """
    player, side = state.side(key)
    length = float(np.dot(player.flat_grad, player.flat_grad)) ** 0.5
    if not (isfinite(loss) and isfinite(length)):
        raise Wrong(*(text.format(state.done + 1) for text in DIVERGED[key]))
    if learns:
        player.learn(side)
    state.last[f"{key}_loss"], state.last[f"{key}_grad"] = loss, length


def iterate(state: PlaneState, d_updates: int, g_updates: int) -> None:
    """So many updates of each side, counted as one iteration; one that rests gives its loss only. Raises Wrong."""
    with np.errstate(all="ignore"):  # what is not finite is found in settle
        for turn in range(max(1, d_updates)):
            judging = judge(state)
            settle(state, "d", judging.loss + judging.penalty, turn < d_updates)
        for turn in range(max(1, g_updates)):
            settle(state, "g", fool(state).loss, turn < g_updates)
        state.done += 1
        state.losses.add(state.done, tuple(state.last[name] for name in state.losses.names))
        if state.done % state.measures.gap == 0:
            state.measures.add(state.done, measured(state).row())


def plane_steps(state: PlaneState) -> Iterator[PlaneState]:
    """The training loop: one iteration per `next`, on the state itself; settings are read at each. Raises Wrong."""
    while True:
        iterate(state, state.config.d.steps, state.config.g.steps)
        yield state


def plane_single(state: PlaneState, which: str) -> None:
    """One update of "d" alone or of "g" alone, or a whole iteration for "both"; counted as one iteration."""
    alone = {"d": (1, 0), "g": (0, 1), "both": (state.config.d.steps, state.config.g.steps)}
    if which not in alone:
        raise Wrong("A single step is of 'd', 'g' or 'both'.", "单步只能是 'd'、'g' 或 'both'。")
    iterate(state, *alone[which])
