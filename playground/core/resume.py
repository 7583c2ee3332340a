"""The state of a long training in one file: weights and what the optimisers remember, so that it can go on later."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import nn
from torch.optim import Optimizer


def rate_at(step: int, rates: Sequence[tuple[int, float]]) -> float:
    """The learning rate on straight lines between (step, rate) points."""
    steps, values = np.array(rates).T
    return float(np.interp(step, steps, values))


def keep_state(path: Path, net: nn.Module, optimizers: Sequence[Optimizer], step: int) -> None:
    """Written beside and moved into place: an interruption leaves the file before."""
    state = {}
    for name, p in net.named_parameters():
        state[f"weight.{name}"] = p.detach().clone()
        for optimizer in optimizers:
            state |= {f"{slot}.{name}": value.clone() for slot, value in optimizer.state.get(p, {}).items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(state, path.with_suffix(".part"), metadata={"step": str(step)})
    path.with_suffix(".part").replace(path)


def kept_at(path: Path) -> int:
    """The step of a kept state."""
    with safe_open(path, "pt") as file:
        return int(file.metadata()["step"])


def restore_state(path: Path, net: nn.Module, optimizers: Sequence[Optimizer]) -> None:
    """Weights and optimisers (AdamW, Muon) as they were; what never had a gradient has nothing to remember."""
    state = load_file(path)
    named = {id(p): name for name, p in net.named_parameters()}
    with torch.no_grad():
        for name, p in net.named_parameters():
            p.copy_(state[f"weight.{name}"])
    for optimizer in optimizers:
        slots = ("momentum_buffer",) if isinstance(optimizer, torch.optim.Muon) else ("step", "exp_avg", "exp_avg_sq")
        for p in (p for group in optimizer.param_groups for p in group["params"]):
            if f"{slots[0]}.{named[id(p)]}" in state:
                optimizer.state[p] = {slot: state[f"{slot}.{named[id(p)]}"] for slot in slots}
