"""One attention weight of BERT and its kin, opened."""

import torch

from playground.core import store
from playground.core.memo import memo
from playground.families.bert.inside import attention, read
from playground.families.bert.model import open_bert
from playground.nn.places import Look
from playground.nn.weight import Weight, opened


@memo(256)
def arithmetic(look: Look) -> Weight:
    """From the layer's own weights; the model does not run again. Raises Wrong for places that do not exist, and for
    models that work relative positions into their scores."""
    _, x = read(look)
    with store.using(look.request.model, open_bert) as bert, torch.inference_mode():
        return opened(attention(bert.net, look.layer), x, look)
