"""The same nets in PyTorch, to compare with."""

import numpy as np
import torch
from torch import Tensor, nn

from playground.families.mlp.config import Config
from playground.families.mlp.net import Shape, layers_of

MODULES = {"tanh": nn.Tanh, "relu": nn.ReLU, "leaky": nn.LeakyReLU, "sigmoid": nn.Sigmoid, "linear": nn.Identity}
OPTIMIZERS = {
    "sgd": lambda p, rate: torch.optim.SGD(p, rate),
    "momentum": lambda p, rate: torch.optim.SGD(p, rate, momentum=0.9),
    "rmsprop": lambda p, rate: torch.optim.RMSprop(p, rate),
    "adam": lambda p, rate: torch.optim.Adam(p, rate),
}


def net(shape: Shape, flat: np.ndarray) -> nn.Sequential:
    parts: list[nn.Module] = []
    for layer in layers_of(flat, shape.sizes):
        linear = nn.Linear(layer.shape[1] - 1, layer.shape[0], dtype=torch.float64)
        with torch.no_grad():
            linear.weight.copy_(torch.tensor(layer[:, :-1]))
            linear.bias.copy_(torch.tensor(layer[:, -1]))
        parts += [linear, MODULES[shape.activation]()]
    return nn.Sequential(*parts[:-1])


def loss(kind: str, sums: Tensor, y: np.ndarray) -> Tensor:
    """Mean, from classes or values."""
    if kind == "logistic":
        return nn.functional.binary_cross_entropy_with_logits(sums[:, 0], torch.tensor(y))
    if kind == "softmax":
        return nn.functional.cross_entropy(sums, torch.tensor(y.astype(int)))
    return nn.functional.mse_loss(sums[:, 0], torch.tensor(y))


def penalty(model: nn.Module, config: Config) -> Tensor:
    weights = [w for name, w in model.named_parameters() if name.endswith("weight")]
    return sum((config.l1 * w.abs().sum() + config.l2 / 2 * (w * w).sum() for w in weights), torch.zeros(()))


def flat(model: nn.Module, gradient: bool = False) -> np.ndarray:
    """Weights or gradients in the order of the engine: each row of a matrix with its bias."""
    parts = []
    for module in model:
        if isinstance(module, nn.Linear):
            w, b = (module.weight.grad, module.bias.grad) if gradient else (module.weight, module.bias)
            parts.append(torch.cat([w.detach(), b.detach()[:, None]], 1).ravel())
    return torch.cat(parts).numpy()
