"""What may be changed while a net learns: rates and rules, its examples, one weight; and one update by one example."""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

import numpy as np

from playground.core.words import Wrong, shown
from playground.families.mlp.config import Config, read
from playground.families.mlp.engine import RULES, Pass, is_weight, penalise
from playground.families.mlp.examples import Data, gather
from playground.families.mlp.net import layers_of
from playground.families.mlp.state import DIVERGED, LARGEST, Net, State, lose, measure

FIXED = ("features", "hidden", "scale", "seed")  # the net itself
ENDS = ("stop_steps", "stop_train_loss", "stop_test_loss", "stop_accuracy")  # when it stops, not where it goes
DATA = ("data", "task", "classes", "points", "noise", "share", "own", "csv", "target")
HEAVIEST = 100.0  # of a weight typed in

ANEW = Wrong("This changes the net itself: start again with it.", "这会改变网络本身，请重新开始训练。")


def alter(state: State, changes: Mapping[str, Any]) -> None:
    """Go on with other values of Config's fields; the weights stay. Raises Wrong for what needs a new start.

    A new optimizer starts with empty moments. Other examples must have the same inputs and classes.
    """
    changes = {name: value for name, value in changes.items() if name in {field.name for field in fields(Config)}}
    config, old = read({**state.config.payload(), **changes}), state.config
    if any(getattr(config, name) != getattr(old, name) for name in FIXED) or len(config.racers) != len(old.racers):
        raise Wrong(*ANEW.text)
    if any(getattr(config, name) != getattr(old, name) for name in DATA):
        state.data = _other(state.data, gather(config))
    other = {name for name in changes if getattr(config, name) != getattr(old, name)}
    state.altered |= state.done > 0 and not other <= set(ENDS)
    state.config, state.shape = config, replace(state.shape, activation=config.activation)
    for net, (name, rate) in zip(state.nets, config.racers, strict=True):
        net.rate = rate
        if net.optimizer != name or net.lost:  # what has diverged tries again from its last weights
            net.optimizer, net.count, net.lost = name, 0, False
            net.first[:] = net.second[:] = 0
    measure(state)


def _other(old: Data, new: Data) -> Data:
    same = (new.inputs, new.classes, new.loss) == (old.inputs, old.classes, old.loss)
    if not same or len(new.train) + len(new.test) == 0:
        raise Wrong(*ANEW.text)
    return new


def edit(state: State, layer: int, unit: int, source: int, value: float, net: int = 0) -> None:
    """Set one weight; raises Wrong. `layer` counts matrices from 0, `source` the layer's inputs; -1 is the bias."""
    learner = net_of(state, net)
    layers = layers_of(learner.flat, state.shape.sizes)
    index(layer, len(layers), "layer", "层")
    matrix = layers[layer]
    index(unit, len(matrix), "unit", "单元")
    if source != -1:
        index(source, matrix.shape[1] - 1, "input", "输入")
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= HEAVIEST:
        raise Wrong(
            f"A weight is a number from -{HEAVIEST:g} to {HEAVIEST:g}, not {shown(value)}.",
            f"权重应为 -{HEAVIEST:g} 到 {HEAVIEST:g} 之间的数，而不是 {shown(value)}。",
        )
    matrix[unit, source] = value
    learner.lost, state.altered = False, True
    measure(state)


def net_of(state: State, net: int) -> Net:
    """Raises Wrong unless there is such a net."""
    index(net, len(state.nets), "net", "网络")
    return state.nets[net]


def index(value: Any, count: int, en: str, zh: str) -> None:
    """Raises Wrong unless `value` counts one of `count` things from 0."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < count:
        raise Wrong(f"There is no {en} {shown(value)} here.", f"这里没有第 {shown(value)} 个{zh}。")


def learn(state: State, example: int) -> None:
    """One update of every net by one training example alone, without dropout. Raises Wrong."""
    index(example, len(state.data.train), "training example", "训练样本")
    if all(net.lost for net in state.nets):
        raise Wrong(*DIVERGED)
    for net in state.nets:
        if net.lost:
            continue
        gradient = gradient_of(state, net, np.array([example]))
        move = move_of(state, net, gradient, keep=True)
        fresh = net.flat - move
        if fresh @ fresh < LARGEST**2:
            net.flat[:] = fresh
        else:
            lose(state, net)
    state.done, state.altered = state.done + 1, True
    measure(state)


def gradient_of(state: State, net: Net, examples: np.ndarray) -> np.ndarray:
    """[weight] the gradient of the mean loss of these training examples, with penalties, without dropout."""
    run = Pass(state.shape, net.flat, len(examples))
    run.x[:], run.goal[:] = state.data.train.x[examples], state.data.train.goal[examples]
    run.run()
    penalise(run.gradient, net.flat, is_weight(state.shape), state.config.l1, state.config.l2)
    return run.gradient


def move_of(state: State, net: Net, gradient: np.ndarray, keep: bool = False) -> np.ndarray:
    """[weight] what the optimizer would subtract for this gradient; `keep`: and remember it in its moments."""
    first, second = (net.first, net.second) if keep else (net.first.copy(), net.second.copy())
    net.count += keep
    move = np.empty_like(gradient)
    RULES[net.optimizer](first, second, net.count + (not keep), gradient, state.rate(net), move)
    return move
