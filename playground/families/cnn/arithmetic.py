"""One number of one step opened to the arithmetic that made it, from the net's own weights and activations.

Every kind of step is written as terms that add up (or are compared, or divided) to the value shown; sums are taken in
float64 over float32 numbers, so they meet the net's own result to about one part in a million.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import nn

from playground.core.words import Wrong, shown
from playground.families.cnn.trace import Request, Trace, of_sight, pair, see, using

LARGEST = 12  # terms of a long sum shown one by one; the rest is one number

Where = tuple[int, int, int]  # channel, row, column; row and column are 0 for a vector


@dataclass(frozen=True, eq=False)
class Sum:
    """`value` is what the step gives at `at`; `parts` depends on `kind` and says how it came about.

    conv     patches, kernels [channel row column] (nan outside the picture), sums [channel], bias
    norm     x, mean, deviation, scale, shift
    relu     x
    maxpool  window [row column], winner (row, column)
    avgpool  window [row column]
    add      terms [2]
    flatten  source (channel, row, column)
    linear   inputs, weights, products of the largest, `where` they stand, the rest's sum and count, bias
    softmax  logits, powers of the largest, the rest's sum and count, total
    input    pixel, mean, deviation
    """

    step: str
    kind: str
    at: Where
    value: float
    window: tuple[int, int, int, int]  # top, left, bottom, right of the picture's pixels it depends on
    sources: tuple[str, ...]
    parts: Mapping[str, Any] = field(default_factory=dict)


def open_at(request: Request, step: str, channel: int, row: int = 0, column: int = 0) -> Sum:
    """The arithmetic behind one number; raises Wrong for a step or place the net does not have."""
    return open_in(of_sight(see(request)), step, (channel, row, column))


def open_in(trace: Trace, step: str, at: Where) -> Sum:
    value = value_at(trace, step, at)
    kind, sources = trace.kinds[step], sources_of(trace, step)
    with using(trace.model) as opened:
        module = None if kind in ("input", "add", "softmax") else opened.net.get_submodule(step)
        eye = opened.eye
    if kind == "input":
        parts = {"pixel": float(trace.seen.values[(0, *at[1:], *(() if eye.grey else (at[0],)))])}
        parts |= {"mean": eye.mean[at[0]], "deviation": eye.std[at[0]]}
    else:
        parts = PARTS[kind]([trace.maps[source].values for source in sources], module, at, trace)
    return Sum(step, kind, at, value, window_of(trace, step, at), sources, parts)


def value_at(trace: Trace, step: str, at: Where) -> float:
    """Raises Wrong unless the step exists and has that place."""
    known = trace.maps.get(step) if isinstance(step, str) else None
    if known is None:
        raise Wrong(f"This net has no step named {shown(step)!r}.", f"这个网络没有名为 {shown(step)!r} 的步骤。")
    values = known.values if known.values.ndim == 3 else known.values[:, :, None]
    if any(isinstance(i, bool) or not isinstance(i, int) for i in at) or not all(
        0 <= i < size for i, size in zip(at, values.shape, strict=True)
    ):
        channels, rows, columns = values.shape
        raise Wrong(
            f"Step {step} has {channels} channels of {rows} by {columns} numbers, counted from 0; "
            f"nothing is at {shown(at)}.",
            f"步骤 {step} 有 {channels} 个通道，每个 {rows}×{columns} 个数（从 0 数起），没有位置 {shown(at)}。",
        )
    return float(values[at])


def sources_of(trace: Trace, step: str) -> tuple[str, ...]:
    return tuple(start for start, end in trace.graph.edges if end == step)


def _cut(values: np.ndarray, module: Any, at: Where) -> np.ndarray:
    """[channel row column] under the window at `at`; nan where the window leaves the map."""
    size, stride, padding = (pair(getattr(module, name)) for name in ("kernel_size", "stride", "padding"))
    gaps = pair(module.dilation)
    rows = at[1] * stride[0] - padding[0] + np.arange(size[0]) * gaps[0]
    columns = at[2] * stride[1] - padding[1] + np.arange(size[1]) * gaps[1]
    found = np.full((len(values), *size), np.nan)
    inside = np.ix_((rows >= 0) & (rows < values.shape[1]), (columns >= 0) & (columns < values.shape[2]))
    r, c = rows[inside[0].ravel()], columns[inside[1].ravel()]
    found[(slice(None), *inside)] = values[:, r[:, None], c[None]]
    return found


def _conv(inputs: list[np.ndarray], module: nn.Conv2d, at: Where, _trace: Trace) -> dict[str, Any]:
    kernels = numbers(module.weight[at[0]])
    first = at[0] // (module.out_channels // module.groups) * len(kernels)
    patches = _cut(inputs[0][first : first + len(kernels)], module, at)
    sums = np.nansum(patches * kernels, axis=(1, 2))
    bias = 0.0 if module.bias is None else float(module.bias.detach()[at[0]])
    return {"patches": patches, "kernels": kernels, "sums": sums, "bias": bias, "first": first}


def _norm(inputs: list[np.ndarray], module: nn.BatchNorm2d, at: Where, _trace: Trace) -> dict[str, Any]:
    assert module.running_mean is not None and module.running_var is not None
    return {
        "x": float(inputs[0][at]),
        "mean": float(module.running_mean[at[0]]),
        "deviation": float((module.running_var[at[0]].double() + module.eps).sqrt()),
        "scale": float(module.weight.detach()[at[0]]),
        "shift": float(module.bias.detach()[at[0]]),
    }


def _relu(inputs: list[np.ndarray], _module: Any, at: Where, _trace: Trace) -> dict[str, Any]:
    return {"x": float(inputs[0][at] if inputs[0].ndim == 3 else inputs[0][at[0], 0])}


def _maxpool(inputs: list[np.ndarray], module: nn.MaxPool2d, at: Where, _trace: Trace) -> dict[str, Any]:
    window = _cut(inputs[0][at[0]][None], module, at)[0]
    row, column = np.unravel_index(np.nanargmax(window), window.shape)
    return {"window": window, "winner": (int(row), int(column))}


def _avgpool(inputs: list[np.ndarray], _module: Any, at: Where, trace: Trace) -> dict[str, Any]:
    whole = inputs[0][at[0]]
    if whole.size != whole.shape[0] * whole.shape[1] or at[1:] != (0, 0):
        raise ValueError("average pooling over parts of a map is not opened")
    return {"window": whole.astype(np.float64)}


def _add(inputs: list[np.ndarray], _module: Any, at: Where, _trace: Trace) -> dict[str, Any]:
    return {"terms": [float(value[at]) for value in inputs]}


def _flatten(inputs: list[np.ndarray], _module: Any, at: Where, _trace: Trace) -> dict[str, Any]:
    return {"source": [int(i) for i in np.unravel_index(at[0], inputs[0].shape)]}


def _linear(inputs: list[np.ndarray], module: nn.Linear, at: Where, trace: Trace) -> dict[str, Any]:
    x, weights = inputs[0][:, 0].astype(np.float64), numbers(module.weight[at[0]])
    products = x * weights
    chosen = np.argsort(-np.abs(products), kind="stable")[:LARGEST]
    return {
        "where": chosen,
        "inputs": x[chosen],
        "weights": weights[chosen],
        "products": products[chosen],
        "rest": float(products.sum() - products[chosen].sum()),
        "others": len(products) - len(chosen),
        "bias": 0.0 if module.bias is None else float(module.bias.detach()[at[0]]),
    }


def _softmax(inputs: list[np.ndarray], _module: Any, at: Where, trace: Trace) -> dict[str, Any]:
    logits = inputs[0][:, 0].astype(np.float64)
    powers = np.exp(logits)
    chosen = np.argsort(-logits, kind="stable")[:LARGEST]
    if at[0] not in chosen:
        chosen = np.append(chosen[:-1], at[0])
    return {
        "where": chosen,
        "logits": logits[chosen],
        "powers": powers[chosen],
        "rest": float(powers.sum() - powers[chosen].sum()) if len(chosen) < len(logits) else 0.0,
        "others": len(logits) - len(chosen),
        "total": float(powers.sum()),
    }


def _other(inputs: list[np.ndarray], module: nn.Module, at: Where, _trace: Trace) -> dict[str, Any]:
    return _relu(inputs, module, at, _trace) | {"name": type(module).__name__}


PARTS: dict[str, Callable[[list[np.ndarray], Any, Where, Trace], dict[str, Any]]] = {
    "conv": _conv,
    "norm": _norm,
    "relu": _relu,
    "maxpool": _maxpool,
    "avgpool": _avgpool,
    "add": _add,
    "flatten": _flatten,
    "linear": _linear,
    "softmax": _softmax,
    "other": _other,
}


def numbers(weight: torch.Tensor) -> np.ndarray:
    return weight.detach().numpy().astype(np.float64)


def window_of(trace: Trace, step: str, at: Where) -> tuple[int, int, int, int]:
    """Rows and columns of the picture that can change this number (its receptive field), [top, left, bottom, right)."""
    side = trace.sight.side
    with using(trace.model) as opened:
        spans = {step: (at[1], at[1], at[2], at[2])}
        for key in reversed([node.key for node in trace.graph.nodes]):
            if key in spans and trace.kinds[key] != "input":
                span = _reach(trace, key, spans[key], opened.net)
                for source in sources_of(trace, key):
                    spans[source] = _union(spans.get(source, span), span)
    top, bottom, left, right = spans["input"]
    return max(0, top), max(0, left), min(side, bottom + 1), min(side, right + 1)


def _reach(trace: Trace, key: str, span: tuple[int, int, int, int], net: nn.Module) -> tuple[int, int, int, int]:
    kind = trace.kinds[key]
    if kind in ("conv", "maxpool"):
        module: Any = net.get_submodule(key)
        size, stride, padding, gaps = (
            pair(getattr(module, n)) for n in ("kernel_size", "stride", "padding", "dilation")
        )
        ends = [(axis, low, high) for axis, low, high in ((0, span[0], span[1]), (1, span[2], span[3]))]
        (a, b), (c, d) = (
            (low * stride[i] - padding[i], high * stride[i] - padding[i] + (size[i] - 1) * gaps[i])
            for i, low, high in ends
        )
        return a, b, c, d
    if kind in ("avgpool", "flatten", "linear", "softmax"):
        return 0, 10**6, 0, 10**6  # everything
    return span


def _union(a: tuple[int, int, int, int], b: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    return min(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), max(a[3], b[3])
