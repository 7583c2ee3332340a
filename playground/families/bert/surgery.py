"""Parts of a net switched off or scaled for one question, without a line of the model's code copied.

The question gets a twin of the net: modules of its own that share every weight with the opened model. Hooks go on the
twin, so that nobody else's answer can meet them, and go with it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from playground.core.words import Wrong
from playground.families.bert.inside import parts
from playground.nn.surgery import NO_SCORES, twin


@dataclass(frozen=True, eq=False)
class Cuts:
    """What is to be done to a net. Rows of a batch may differ: factors have a row each, or one for all."""

    factors: Mapping[int, Tensor]  # layer -> [row head], what the head's output is multiplied by before the projection
    temperatures: Mapping[int, Tensor]  # layer -> [head], what its scores are divided by before the softmax
    layers: frozenset[int]  # layers that pass their input on

    def __bool__(self) -> bool:
        return bool(self.factors or self.temperatures or self.layers)


def cut(net: Any, cuts: Cuts) -> Any:
    """A twin with the cuts in it, good for any number of forward passes. Raises Wrong where a cut is impossible."""
    if not cuts:
        return net
    mine = twin(net)
    for layer in sorted({*cuts.factors, *cuts.temperatures, *cuts.layers}):
        if layer in cuts.layers:
            _pass_on(mine, layer)
            continue  # what its heads do no longer matters
        if layer in cuts.factors:
            _scale(mine, layer, cuts.factors[layer])
        if layer in cuts.temperatures:
            _temper(mine, layer, cuts.temperatures[layer])
    return mine


# ---- where things are


def layer_of(net: Any, layer: int) -> nn.Module:
    body, kind = net.base_model, net.config.model_type
    if kind == "albert":
        return body.encoder.albert_layer_groups[_group(net, layer)].albert_layers[0]
    return {
        "distilbert": lambda: body.transformer.layer,
        "xlnet": lambda: body.layer,
    }.get(kind, lambda: body.encoder.layer)()[layer]


def _group(net: Any, layer: int) -> int:
    return layer * net.config.num_hidden_groups // net.config.num_hidden_layers


def turn_of(net: Any, layer: int) -> tuple[int, int]:
    """ALBERT calls one module for several layers: which of its calls is meant, out of how many in a forward pass."""
    if net.config.model_type != "albert":
        return 0, 1
    same = [other for other in range(net.config.num_hidden_layers) if _group(net, other) == _group(net, layer)]
    return same.index(layer), len(same)


def output_of(net: Any, layer: int) -> nn.Linear:
    """Joins the heads of a layer."""
    if net.config.model_type in ("deberta", "deberta-v2"):
        return net.base_model.encoder.layer[layer].attention.output.dense
    return parts(net, layer).output


def in_turn(net: Any, layer: int, hook: Callable[..., Any]) -> Callable[..., Any]:
    """The hook, silent in the calls of its module that belong to other layers."""
    turn, calls = turn_of(net, layer)
    count = -1

    def listen(*given: Any) -> Any:
        nonlocal count
        count += 1
        return hook(*given) if count % calls == turn else None

    return listen


# ---- the cuts


def _pass_on(net: Any, layer: int) -> None:
    """Attention and feed-forward add nothing: the layer gives what it was given."""

    def hook(_module: nn.Module, given: tuple[Any, ...], output: Any) -> Any:
        if not isinstance(output, tuple):
            return given[0]
        kept = 2 if net.config.model_type == "xlnet" else 1  # its two streams
        return (*given[:kept], *output[kept:])

    layer_of(net, layer).register_forward_hook(in_turn(net, layer, hook))


def _scale(net: Any, layer: int, factors: Tensor) -> None:
    if net.config.model_type == "xlnet":
        return _scale_xlnet(layer_of(net, layer), factors)

    def hook(_module: nn.Module, given: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        heads = given[0].unflatten(-1, (factors.shape[-1], -1))  # [row token head feature]
        return ((heads * factors[:, None, :, None]).flatten(-2), *given[1:])

    output_of(net, layer).register_forward_pre_hook(in_turn(net, layer, hook))


def _scale_xlnet(layer: Any, factors: Tensor) -> None:
    """Its output projection is no module that could be hooked; the method that applies it is the twin's own."""
    whole = layer.rel_attn.post_attention

    def post_attention(h: Tensor, heads: Tensor, residual: bool = True) -> Tensor:
        return whole(h, heads * factors[None, :, :, None], residual)  # [token row head feature]

    layer.rel_attn.post_attention = post_attention


def _temper(net: Any, layer: int, temperatures: Tensor) -> None:
    """Scores are linear in the queries: dividing those divides them."""
    if net.config.model_type in ("deberta", "deberta-v2", "xlnet"):
        raise Wrong(*NO_SCORES)

    def hook(_module: nn.Module, _given: tuple[Tensor, ...], output: Tensor) -> Tensor:
        heads = output.unflatten(-1, (len(temperatures), -1))
        return (heads / temperatures[:, None]).flatten(-2)

    parts(net, layer).query.register_forward_hook(in_turn(net, layer, hook))
