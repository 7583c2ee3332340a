"""Which inputs a number of a model comes from, asked by changing them: gradients, and taking inputs away.

Gradient x input and integrated gradients (Sundararajan et al. 2017) follow how the number changes with the word
embeddings; occlusion takes one token away after the other. Work falls into parts of a bounded number of tokens. Knows
no model: a room says what is asked as a function from embeddings [row token feature] to numbers [row].
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from playground.core.checks import whole
from playground.core.words import Wrong

MOST_STEPS = 256
AT_ONCE = 512  # tokens of a batch without gradients; half of it with them

Said = Callable[[Tensor], Tensor]
Units = Sequence[tuple[int, ...]]  # tokens that occlusion takes away together


def check(steps: object, baseline: object, baselines: Sequence[str]) -> None:
    """Of integrated gradients. Raises Wrong."""
    if not whole(steps, 2, MOST_STEPS):
        raise Wrong(f"Integrated gradients take from 2 to {MOST_STEPS} steps.", f"积分梯度的步数是 2 到 {MOST_STEPS}。")
    if baseline not in baselines:
        raise Wrong(
            f"Integrated gradients start from one of: {', '.join(baselines)}.",
            f"积分梯度的起点只能是：{'、'.join(baselines)}。",
        )


def parts(method: str, tokens: int, steps: int, units: int) -> int:
    """Into how many parts a method falls; `units`: of occlusion."""
    if method == "integrated":
        return -(-steps // _rows_with_gradients(tokens))
    return -(-units // _rows(tokens)) if method == "occlusion" else 1


def _rows(tokens: int) -> int:
    return max(1, AT_ONCE // tokens)


def _rows_with_gradients(tokens: int) -> int:
    return max(1, AT_ONCE // 2 // tokens)


def slope(said: Said, embedded: Tensor) -> Tensor:
    """[row token feature]: gradient of what is asked. Gradients of the shared weights are not touched."""
    with torch.enable_grad():
        leaf = embedded.detach().requires_grad_()
        return torch.autograd.grad(said(leaf).sum(), leaf)[0]


def gradient(said: Said, embedded: Tensor) -> np.ndarray:
    """[token]: word embedding [1 token feature] times its gradient, summed over features."""
    return (slope(said, embedded) * embedded).sum(-1)[0].numpy().astype(np.float64)


def integrated(said: Said, embedded: Tensor, start: Tensor, steps: int, at: int) -> np.ndarray:
    """[token]: the share of part `at`; the parts add up to the method's answer (Gauss-Legendre, as captum).

    `embedded` and `start`, what the way begins at: [1 token feature].
    """
    nodes, weights = np.polynomial.legendre.leggauss(steps)
    several = _rows_with_gradients(embedded.shape[1])
    here = slice(at * several, (at + 1) * several)
    shares = torch.tensor((1 + nodes[here]) / 2, dtype=torch.float32)[:, None, None]
    slopes = slope(said, start + shares * (embedded - start))
    mean = (slopes.double() * torch.tensor(weights[here] / 2)[:, None, None]).sum(0)
    return (mean * (embedded - start)[0]).sum(-1).numpy()


def hidden(units: Units, tokens: int, at: int) -> Units:
    """The units that occlusion takes away in part `at`."""
    several = _rows(tokens)
    return units[at * several : (at + 1) * several]
