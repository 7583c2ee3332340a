"""Take a net along: as safetensors with its Config, as PyTorch to run, and back again.

What comes back from a file is checked before it is believed: size, header, names, shapes, types and finite numbers.
"""

import json
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from playground.core.words import Text, Wrong
from playground.data.tables import Table
from playground.families.mlp.change import net_of
from playground.families.mlp.config import Config, read
from playground.families.mlp.net import layers_of
from playground.families.mlp.state import LARGEST, State, begin, measure

FILE_BYTES = 4 * 2**20  # a header (the Config, with its table) and the largest net are far smaller
HEADER = 8  # bytes that say how long the header of a safetensors file is
UNREADABLE = Text(
    "This is no safetensors file of an MLP saved here: {why}.",
    "这不是在这里保存的 MLP 的 safetensors 文件：{why}。",
)


def names(count: int) -> list[str]:
    """Those of a torch.nn.Sequential of Linear and activation in turn.

    >>> names(2)
    ['0', '2']
    """
    return [str(2 * i) for i in range(count)]


def tensors(state: State, net: int = 0) -> dict[str, np.ndarray]:
    """float64, so that a saved net comes back as it was."""
    layers = layers_of(net_of(state, net).flat, state.shape.sizes)
    found = {}
    for name, layer in zip(names(len(layers)), layers, strict=True):
        found[f"{name}.weight"], found[f"{name}.bias"] = layer[:, :-1].copy(), layer[:, -1].copy()
    return found


def to_safetensors(state: State, net: int = 0, half: bool = False) -> bytes:
    """Weights; metadata `config` (JSON) and `updates`. Of racing nets the one chosen goes, no longer racing."""
    learner = net_of(state, net)
    config = {**state.config.payload(), "race": [], "optimizer": learner.optimizer, "rate": learner.rate}
    metadata = {"format": "pt", "config": json.dumps(config), "updates": str(state.done)}
    found = {name: array.astype(np.float16) if half else array for name, array in tensors(state, net).items()}
    return save(found, metadata)


def from_safetensors(data: bytes, table: Table | None = None) -> State:
    """A State that learns on from these weights, at update 0, with fresh moments. Raises Wrong."""
    if len(data) > FILE_BYTES:
        raise _unreadable("it is too large", "文件太大")
    config = _config(_metadata(data))
    state = begin(config, table)
    try:
        found = load(data)
    except (SafetensorError, ValueError, TypeError, KeyError, AttributeError):
        raise _unreadable("its weights cannot be read", "无法读取权重") from None
    _fill(state, found)
    state.altered = True
    return state


def _fill(state: State, found: Mapping[str, np.ndarray]) -> None:
    (net,) = state.nets
    layers = layers_of(net.flat, state.shape.sizes)
    wanted = [f"{name}.{kind}" for name in names(len(layers)) for kind in ("weight", "bias")]
    if sorted(found) != sorted(wanted):
        raise _unreadable("it has other layers than its description", "其中的层与描述不符")
    for name, layer in zip(names(len(layers)), layers, strict=True):
        for kind, part in (("weight", layer[:, :-1]), ("bias", layer[:, -1])):
            given = found[f"{name}.{kind}"]
            if given.shape != part.shape or given.dtype.kind != "f":
                raise _unreadable(f"{name}.{kind} has another shape or type", f"{name}.{kind} 的形状或类型不符")
            with np.errstate(invalid="ignore"):
                part[:] = given
    if not np.abs(net.flat).max() < LARGEST / 2:  # nan is not smaller either
        raise _unreadable("its weights are not finite, or huge", "权重不是有限的数，或过大")
    measure(state)


def _metadata(data: bytes) -> Mapping[str, Any]:
    """The header's `__metadata__`: no tensor is touched."""
    length = int.from_bytes(data[:HEADER], "little")
    try:
        if len(data) < HEADER or length > len(data) - HEADER:
            raise ValueError
        metadata = json.loads(data[HEADER : HEADER + length].decode("utf-8"))["__metadata__"]
        return metadata if isinstance(metadata, dict) else {}
    except (ValueError, LookupError, TypeError, RecursionError):
        raise _unreadable("its header cannot be read", "无法读取文件头") from None


def _config(metadata: Mapping[str, Any]) -> Config:
    try:
        given = json.loads(metadata["config"])
        if not isinstance(given, dict):
            raise TypeError
    except (ValueError, LookupError, TypeError, RecursionError):
        raise _unreadable("it does not say what net it is", "其中没有说明网络结构") from None
    config = read(given)
    if config.race:
        raise _unreadable("it describes a race", "其中描述的是一场赛跑")
    return config


def _unreadable(en: str, zh: str) -> Wrong:
    return Wrong(UNREADABLE.en.format(why=en), UNREADABLE.zh.format(why=zh))


# ---- PyTorch

MODULES = {
    "tanh": "nn.Tanh()",
    "relu": "nn.ReLU()",
    "leaky": "nn.LeakyReLU(0.01)",
    "sigmoid": "nn.Sigmoid()",
}
MADE = {
    "x1": "x[:, 0]",
    "x2": "x[:, 1]",
    "x1sq": "x[:, 0] ** 2",
    "x2sq": "x[:, 1] ** 2",
    "x1x2": "x[:, 0] * x[:, 1]",
    "sinx1": "torch.sin(x[:, 0])",
    "sinx2": "torch.sin(x[:, 1])",
}
OPTIMIZERS = {
    "sgd": "torch.optim.SGD(net.parameters(), lr={rate!r})",
    "momentum": "torch.optim.SGD(net.parameters(), lr={rate!r}, momentum=0.9)",
    "rmsprop": "torch.optim.RMSprop(net.parameters(), lr={rate!r})",
    "adam": "torch.optim.Adam(net.parameters(), lr={rate!r})",
}
SCHEDULES = {
    "constant": "torch.optim.lr_scheduler.ConstantLR(optimizer, factor=1.0)",
    "cosine": "torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max={length})",
    "step": "torch.optim.lr_scheduler.StepLR(optimizer, step_size={length}, gamma={factor!r})",
    "exponential": "torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma={factor!r} ** (1 / {length}))",
}
LOSSES = {
    "logistic": "nn.functional.binary_cross_entropy_with_logits(net(prepare(x)), y)",
    "softmax": "nn.functional.cross_entropy(net(prepare(x)), y)",
    "squares": "nn.functional.mse_loss(net(prepare(x)), y)",
}
ANSWERS = {
    "logistic": ("the probability of the second class", "torch.sigmoid(net(prepare(x)))"),
    "softmax": ("the probability of each class", "torch.softmax(net(prepare(x)), 1)"),
    "squares": ("the value", "net(prepare(x))"),
}
GOALS = {
    "logistic": "y is float [example, 1], 0 or 1",
    "softmax": "y is int64 [example], the number of the class",
    "squares": "y is float [example, 1]",
}
LITERALS = 3000  # weights written into the text; a larger net reads mlp.safetensors, saved beside it

PROGRAM = '''"""A net after {updates:,} updates: {sizes}, {activation}. It runs on its own with PyTorch."""

import torch
from torch import nn

torch.set_default_dtype(torch.float64)

net = nn.Sequential(
{modules}
)
{weights}
{constants}

def prepare(x: torch.Tensor) -> torch.Tensor:
    """{reads}"""
    return {prepare}


@torch.no_grad()
def answer(x: torch.Tensor) -> torch.Tensor:
    """[example ...] -> {gives}."""
    net.eval()
    return {answer}


optimizer = {optimizer}
schedule = {schedule}


def update(x: torch.Tensor, y: torch.Tensor) -> float:
    """One update by one batch, as the page makes it, with a fresh optimizer; returns the loss with its penalties.

    {goal}.
    """
    net.train()
    loss = {loss}
{penalty}    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    schedule.step()
    return loss.item()


if __name__ == "__main__":
    x = torch.tensor({example})
    print(answer(x))
'''


def to_pytorch(state: State, net: int = 0) -> str:
    """The text of a program with `net`, `answer(x)` and `update(x, y)`, weights included (see LITERALS)."""
    learner, config, data = net_of(state, net), state.config, state.data
    values = {"rate": learner.rate, "length": config.length, "factor": config.factor}
    gives, call = ANSWERS[data.loss]
    reads, prepare, constants = _prepare(state)
    if not data.classes and (data.y_centre, data.y_spread) != (0, 1):
        call += f" * {data.y_spread!r} + {data.y_centre!r}"
    return PROGRAM.format(
        updates=state.done,
        sizes=" - ".join(map(str, state.shape.sizes)),
        activation=config.activation,
        modules="\n".join(f"    {line}," for line in _modules(state)),
        weights=_weights(state, net),
        reads=reads,
        prepare=prepare,
        constants=constants,
        gives=gives,
        answer=call,
        optimizer=OPTIMIZERS[learner.optimizer].format(**values),
        schedule=SCHEDULES[config.schedule].format(**values),
        goal=_goal(state),
        loss=LOSSES[data.loss],
        penalty=_penalty(config),
        example=[data.train.raw[0].tolist()] if not data.side else [[0.0] * len(data.inputs)],
    )


def _modules(state: State) -> list[str]:
    sizes, found = state.shape.sizes, []
    drop = f", nn.Dropout({state.config.dropout!r})" if state.config.dropout else ""
    bend = MODULES.get(state.config.activation, "nn.Identity()")
    for i, (a, b) in enumerate(pairwise(sizes)):
        found.append(f"nn.Linear({a}, {b})")
        if i < len(sizes) - 2:
            found.append(f"nn.Sequential({bend}{drop})" if drop else bend)
    return found


def _weights(state: State, net: int) -> str:
    if state.shape.weights > LITERALS:
        return 'from safetensors.torch import load_file\n\nnet.load_state_dict(load_file("mlp.safetensors"))'
    rows = [f"    {name!r}: torch.tensor({array.tolist()}),\n" for name, array in tensors(state, net).items()]
    return f"weights = {{\n{''.join(rows)}}}\nnet.load_state_dict(weights)"


def _prepare(state: State) -> tuple[str, str, str]:
    """What `prepare` reads, what it returns, and the constants it needs."""
    data = state.data
    if data.plane:
        made = ", ".join(MADE[name] for name in state.config.features)
        return "[example 2] points (x1, x2) -> [example input].", f"torch.stack([{made}], 1)", ""
    if data.side:
        return f"[example {len(data.inputs)}] pixels of {data.side} x {data.side}, ink is 1.", "x", ""
    assert data.centre is not None and data.spread is not None
    constants = f"CENTRE = torch.tensor({data.centre.tolist()})\nSPREAD = torch.tensor({data.spread.tolist()})\n"
    reads = f"[example {len(data.inputs)}] rows of the table -> the same, standardised."
    return reads, "(x - CENTRE) / SPREAD", constants


def _goal(state: State) -> str:
    """What `update` wants for y."""
    data, text = state.data, GOALS[state.data.loss]
    if (data.y_centre, data.y_spread) != (0, 1):
        text += f", less {data.y_centre!r} and divided by {data.y_spread!r}"
    return text


def _penalty(config: Config) -> str:
    """Lines that add the penalties to the loss."""
    found = ""
    every = "for name, w in net.named_parameters() if name.endswith('weight'))"
    if config.l1:
        found += f"    loss = loss + {config.l1!r} * sum(w.abs().sum() {every}\n"
    if config.l2:
        found += f"    loss = loss + {config.l2!r} / 2 * sum((w * w).sum() {every}\n"
    return found
