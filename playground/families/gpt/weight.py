"""One attention weight of a causal model, opened."""

import torch

from playground.core import store
from playground.core.memo import memo
from playground.families.gpt.anatomy import block
from playground.families.gpt.inside import read
from playground.families.gpt.model import open_gpt
from playground.nn.places import Look
from playground.nn.weight import Weight, opened


@memo(256)
def arithmetic(look: Look) -> Weight:
    """From the layer's own weights; the model does not run again. Raises Wrong for places that do not exist, and for
    layers not spelled out."""
    _, x = read(look)
    with store.using(look.request.model, open_gpt) as gpt, torch.inference_mode():
        weights = block(gpt, look.layer, len(x))
        return opened(weights.attention, weights.reads(x), look)
