"""One forward pass, with the activations asked for by name."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from threading import RLock
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

_locks: WeakKeyDictionary[nn.Module, RLock] = WeakKeyDictionary()
_guard = RLock()


def lock_of(net: nn.Module) -> RLock:
    """The one lock under which hooks may be put on `net`: hooks on a shared net mix between threads."""
    with _guard:
        return _locks.setdefault(net, RLock())


@dataclass(frozen=True, eq=False)
class Recording:
    output: Any
    at: Mapping[str, Tensor]


def record(net: nn.Module, sites: Sequence[str], *inputs: Any, **named: Any) -> Recording:
    """Run `net` once without gradients, keeping what each submodule in `sites` returned.

    Of a tuple the first tensor is kept. Raises AttributeError for an unknown site.
    """
    kept: dict[str, Tensor] = {}

    def keep(site: str) -> Callable[[nn.Module, Any, Any], None]:
        def hook(_module: nn.Module, _inputs: Any, output: Any) -> None:
            kept[site] = (output[0] if isinstance(output, tuple) else output).detach()

        return hook

    modules = [net.get_submodule(site) for site in sites]
    with lock_of(net), torch.inference_mode(), ExitStack() as hooks:
        for site, module in zip(sites, modules, strict=True):
            hooks.callback(module.register_forward_hook(keep(site)).remove)
        output = net(*inputs, **named)
    return Recording(output, {site: kept[site] for site in sites})
