"""Heads, attentions, feed-forwards, layers and neurons switched off or scaled, without the model's code copied.

A question gets a twin of the net (nn/surgery.py) with hooks on the modules that every kind of block has: the output
projection of its attention, the last map of its feed-forward, and the block itself.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, nn

from playground.core.words import Wrong
from playground.families.gpt.model import Gpt
from playground.nn.surgery import NO_SCORES, twin

# ---- where things are


def attention_of(block: Any) -> Any:
    """The module with the projections of a block's attention."""
    names = ("attn", "attention", "self_attn", "self_attention")
    found = next(getattr(block, name) for name in names if hasattr(block, name))
    return getattr(found, "attention", found)  # GPT-Neo wraps it


def joint(block: Any) -> Any:
    """Joins the heads: the output projection of the attention. Its input is [row token head*width]."""
    attention = attention_of(block)
    names = ("c_proj", "out_proj", "o_proj", "dense")
    return next(getattr(attention, name) for name in names if hasattr(attention, name))


def down(block: Any) -> Any:
    """The last map of the feed-forward. Its input are the neurons, [row token neuron]; OPT lays rows end to end."""
    if hasattr(block, "fc2"):
        return block.fc2
    names = ("c_proj", "down_proj", "dense_4h_to_h")
    return next(getattr(block.mlp, name) for name in names if hasattr(block.mlp, name))


def matrix(linear: Any) -> Tensor:
    """[out in], also of GPT-2's maps, which are kept the other way round."""
    return linear.weight if isinstance(linear, nn.Linear) else linear.weight.T


def neurons_of(block: Any) -> int:
    return int(matrix(down(block)).shape[1])


def value_of(gpt: Gpt, layer: int) -> tuple[nn.Module, Callable[[Tensor], Tensor]]:
    """A module, and how its output [row token ..] holds the values [row token keyhead width]."""
    attention, config = attention_of(gpt.layers[layer]), gpt.net.config
    heads = config.num_attention_heads
    if hasattr(attention, "c_attn"):
        return attention.c_attn, lambda out: out.chunk(3, -1)[2].unflatten(-1, (heads, -1))
    if hasattr(attention, "query_key_value"):
        return attention.query_key_value, lambda out: out.unflatten(-1, (heads, 3, -1))[..., 2, :]
    shared = getattr(config, "num_key_value_heads", None) or heads
    return attention.v_proj, lambda out: out.unflatten(-1, (shared, -1))


def _cooled(gpt: Gpt, layer: int, temperatures: Tensor) -> tuple[nn.Module, Callable[[Tensor], Tensor]]:
    """A module of the queries, and its output with each head's queries divided: scores are linear in them."""
    attention, config = attention_of(gpt.layers[layer]), gpt.net.config
    heads = config.num_attention_heads
    if config.model_type == "bloom":
        raise Wrong(*NO_SCORES)
    divided = lambda out: (out.unflatten(-1, (heads, -1)) / temperatures[:, None]).flatten(-2)  # noqa: E731
    if hasattr(attention, "c_attn"):
        return attention.c_attn, lambda out: torch.cat([divided(out.chunk(3, -1)[0]), *out.chunk(3, -1)[1:]], -1)
    if hasattr(attention, "query_key_value"):

        def mixed(out: Tensor) -> Tensor:
            three = out.unflatten(-1, (heads, 3, -1)).clone()
            three[..., 0, :] /= temperatures[:, None]
            return three.flatten(-3)

        return attention.query_key_value, mixed
    if hasattr(attention, "q_norm"):  # a normalisation would undo what is done before it: [row token head width]
        return attention.q_norm, lambda out: out / temperatures[:, None]
    return attention.q_proj, divided


# ---- the cuts


@dataclass(frozen=True, eq=False)
class Cuts:
    """What is to be done to a net. Rows of a batch may differ: factors have a row each, or one for all.

    A factor f makes f * x; where `mean` is set, what is switched off (f = 0) becomes its mean over the tokens instead.
    """

    heads: Mapping[int, Tensor] = field(default_factory=dict)  # layer -> [row head]
    neurons: Mapping[int, Tensor] = field(default_factory=dict)  # layer -> [row neuron]
    attentions: Mapping[int, Tensor] = field(default_factory=dict)  # layer -> [row 1], on all that it adds
    mlps: Mapping[int, Tensor] = field(default_factory=dict)  # layer -> [row 1], on all that it adds
    layers: Mapping[int, Tensor] = field(default_factory=dict)  # layer -> [row], true: passes its input on
    temperatures: Mapping[int, Tensor] = field(default_factory=dict)  # layer -> [head], scores are divided by it
    mean: bool = False

    def __bool__(self) -> bool:
        return any((self.heads, self.neurons, self.attentions, self.mlps, self.layers, self.temperatures))


def cut(gpt: Gpt, cuts: Cuts) -> Gpt:
    """A twin with the cuts in it, good for any number of forward passes. Raises Wrong where a cut is impossible."""
    if not cuts:
        return gpt
    mine = doubled(gpt)
    for layer, block in enumerate(mine.layers):
        rows = Rows(block)
        if layer in cuts.heads:
            joint(block).register_forward_pre_hook(rows.before(cuts.heads[layer], cuts.mean))
        if layer in cuts.neurons:
            down(block).register_forward_pre_hook(rows.before(cuts.neurons[layer], cuts.mean))
        if layer in cuts.attentions:
            joint(block).register_forward_hook(rows.after(cuts.attentions[layer], cuts.mean))
        if layer in cuts.mlps:
            down(block).register_forward_hook(rows.after(cuts.mlps[layer], cuts.mean))
        if layer in cuts.layers:
            block.register_forward_hook(rows.passing(cuts.layers[layer]), with_kwargs=True)
        if layer in cuts.temperatures:
            module, cooled = _cooled(mine, layer, cuts.temperatures[layer])
            module.register_forward_hook(lambda _module, _given, out, cooled=cooled: cooled(out))
    return mine


class Rows:
    """Hooks on the parts of one block, which are told how many rows its batch has."""

    def __init__(self, block: nn.Module) -> None:
        self.shape: tuple[int, ...] = ()
        block.register_forward_pre_hook(self._look, with_kwargs=True)

    def _look(self, _block: nn.Module, given: tuple[Any, ...], named: dict[str, Any]) -> None:
        self.shape = tuple(entering(given, named).shape[:2])

    def scaled(self, x: Tensor, factors: Tensor, mean: bool) -> Tensor:
        """x [row token feature], or rows end to end; factors [row group] on groups of features side by side."""
        groups = x.view(*self.shape, -1).unflatten(-1, (factors.shape[-1], -1))  # [row token group feature]
        factor = factors[:, None, :, None]
        out = groups * factor
        if mean:
            out = torch.where(factor == 0, groups.mean(1, keepdim=True), out)
        return out.reshape(x.shape)

    def before(self, factors: Tensor, mean: bool) -> Callable[..., Any]:
        return lambda _module, given: (self.scaled(given[0], factors, mean), *given[1:])

    def after(self, factors: Tensor, mean: bool) -> Callable[..., Any]:
        return lambda _module, _given, out: self.scaled(out, factors, mean)

    def passing(self, off: Tensor) -> Callable[..., Any]:
        def hook(_block: nn.Module, given: tuple[Any, ...], named: dict[str, Any], out: Any) -> Any:
            first = out[0] if isinstance(out, tuple) else out
            kept = torch.where(off[:, None, None], entering(given, named), first)
            return (kept, *out[1:]) if isinstance(out, tuple) else kept

        return hook


def entering(given: tuple[Any, ...], named: Mapping[str, Any]) -> Tensor:
    """What a block reads, [row token feature]."""
    return given[0] if given else named["hidden_states"]


# ---- what goes on inside


@contextmanager
def listening(places: Mapping[Any, tuple[Any, bool]]) -> Iterator[dict[Any, Tensor]]:
    """What modules of a net read (True) or give (False), by name, after a forward pass. Use it on a twin alone."""
    heard: dict[Any, Tensor] = {}

    def reads(name: Any) -> Callable[..., None]:
        def hook(_module: nn.Module, given: tuple[Any, ...]) -> None:
            heard[name] = given[0]

        return hook

    def gives(name: Any) -> Callable[..., None]:
        def hook(_module: nn.Module, _given: tuple[Any, ...], out: Any) -> None:
            heard[name] = out[0] if isinstance(out, tuple) else out

        return hook

    handles = [
        module.register_forward_pre_hook(reads(name)) if read else module.register_forward_hook(gives(name))
        for name, (module, read) in places.items()
    ]
    try:
        yield heard
    finally:
        for handle in handles:
            handle.remove()


def doubled(gpt: Gpt) -> Gpt:
    """The same model with a twin net, for hooks."""
    return replace(gpt, net=twin(gpt.net))
