"""The key/value cache: what is kept of each token, what it takes, what it saves, and how long a token takes with and
without it.

A token's keys and values follow from what stands before it alone, so they never change: a model that writes on keeps
them and computes only the new token's. Multiplications are counted as transformers' plain attention makes them: with
every key, also those that the mask then hides.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers import DynamicCache

from playground.core import store
from playground.core.checks import check_place, check_whole
from playground.core.memo import memo
from playground.core.shapes import expect
from playground.families.gpt.anatomy import parts, voice
from playground.families.gpt.model import Gpt, open_gpt
from playground.families.gpt.trace import Facts, Request, forward


@dataclass(frozen=True)
class Caching:
    """The cache of one text; `layer` and `head` (a key head): whose keys and values are told in full."""

    request: Request
    layer: int = 0
    head: int = 0

    def __post_init__(self) -> None:
        check_whole(self.layer, self.head)


@dataclass(frozen=True, eq=False)
class Cache:
    """What is kept once the whole text is read, and the work of every step on the way."""

    keys: np.ndarray  # [token width], of the chosen layer and key head
    values: np.ndarray  # [token width]
    key_sizes: np.ndarray  # [layer keyhead token], length of every key vector
    value_sizes: np.ndarray  # [layer keyhead token]
    bounds: tuple[int, ...]  # per layer: so many of the last tokens are kept; 0: all
    cached: np.ndarray  # [token], multiplications for this token with the cache
    plain: np.ndarray  # [token], and when the whole text is read again for it
    facts: Facts


@memo(16)
def kept(request: Request) -> tuple[np.ndarray, np.ndarray]:
    """Keys and values of every token, [layer keyhead token width] each, as the model caches them."""
    done = forward(replace(request, top=1))
    with store.using(request.model, open_gpt) as gpt, torch.inference_mode():
        cache = DynamicCache()  # of no model in particular: it drops nothing
        gpt.net.base_model(torch.tensor([done.encoded.tokens.ids]), past_key_values=cache, use_cache=True)
        keys, values = (torch.cat([getattr(layer, name) for layer in cache.layers]) for name in ("keys", "values"))
    for array in (keys.numpy(), values.numpy()):
        expect(array, "layer keyhead token width", layer=done.facts.layers, keyhead=done.facts.key_heads)
    return keys.numpy(), values.numpy()


@memo(32)
def cache(asked: Caching) -> Cache:
    """Raises Wrong for a layer or a key head that does not exist."""
    done = forward(replace(asked.request, top=1))
    check_place("layer", "层", asked.layer, done.facts.layers)
    check_place("key head", "键头", asked.head, done.facts.key_heads)
    keys, values = kept(replace(asked.request, top=1))
    with store.using(asked.request.model, open_gpt) as gpt:
        bounds = dropping(gpt)
        cached, plain = work(gpt, keys.shape[2])
    return Cache(
        keys=keys[asked.layer, asked.head].copy(),
        values=values[asked.layer, asked.head].copy(),
        key_sizes=np.linalg.norm(keys, axis=-1),
        value_sizes=np.linalg.norm(values, axis=-1),
        bounds=bounds,
        cached=cached,
        plain=plain,
        facts=done.facts,
    )


def dropping(gpt: Gpt) -> tuple[int, ...]:
    """Per layer: how many tokens its cache keeps between two steps; 0: all of them. Sliding layers keep what the next
    token can see besides itself."""
    layers = DynamicCache(config=gpt.net.config).layers or [None] * gpt.net.config.num_hidden_layers
    return tuple(layer.sliding_window - 1 if getattr(layer, "is_sliding", False) else 0 for layer in layers)


def held(bounds: tuple[int, ...], facts: Facts, tokens: int) -> int:
    """Numbers in the cache after so many tokens: a key and a value for each layer, key head and kept token."""
    return sum(2 * facts.key_heads * facts.width * (min(bound, tokens) if bound else tokens) for bound in bounds)


def work(gpt: Gpt, count: int) -> tuple[np.ndarray, np.ndarray]:
    """[token] twice: multiplications until the scores of what comes next, with the cache and without."""
    config = gpt.net.config
    layers, heads = config.num_hidden_layers, config.num_attention_heads
    width = getattr(config, "head_dim", None) or config.hidden_size // heads
    each = sum(weights_of(gpt, layer) for layer in range(layers))
    end = voice(gpt)
    words = end.words.weight.size + (0 if end.narrow is None else end.narrow.weight.size)
    tokens = np.arange(1, count + 1, dtype=np.int64)
    seen = sum(np.minimum(tokens, bound + 1) if bound else tokens for bound in dropping(gpt))
    pair = 2 * heads * width  # q.k, and the weight times the value
    return each + pair * seen + words, tokens * each + pair * layers * tokens**2 + words


def weights_of(gpt: Gpt, layer: int) -> int:
    """Multiplications of one token in the tables of weights of one layer."""
    p = parts(gpt, layer)
    modules: set[Any] = {*(module for module, _ in p.maps), p.output, p.up, p.down, *([p.gate] if p.gate else [])}
    return sum(module.weight.numel() for module in modules)


# ---- measured


@dataclass(frozen=True)
class Timing:
    tokens: int  # read so far
    cached: float  # seconds for the last of them with the cache, median since the timing before
    plain: float  # seconds for the whole text anew, the fastest of a few runs
    difference: float  # max |logits with the cache - logits without|


POINTS = 32
QUICK = 0.03  # seconds; what is faster is run three times


def timings(request: Request) -> Iterator[Timing]:
    """Read the text token by token with the cache, and at some places the whole of it without."""
    ids = torch.tensor([forward(replace(request, top=1)).encoded.tokens.ids])
    count = ids.shape[1]
    stops = {round(at) for at in np.linspace(1, count, min(POINTS, count))}
    with store.using(request.model, open_gpt) as gpt:
        _run(gpt, ids[:, :2])  # the first run is slower
        past, since = None, []
        for at in range(1, count + 1):
            step, logits, past = _run(gpt, ids[:, at - 1 : at], past, True)
            since.append(step)
            if at in stops:
                whole, told, _ = _run(gpt, ids[:, :at])
                for _ in range(2 if whole < QUICK else 0):
                    whole = min(whole, _run(gpt, ids[:, :at])[0])
                yield Timing(at, float(np.median(since)), whole, float((logits - told).abs().max()))
                since = []


def _run(gpt: Gpt, ids: Tensor, past: Any = None, keep: bool = False) -> tuple[float, Tensor, Any]:
    """Seconds, logits [vocabulary] after the last token, and the cache."""
    start = perf_counter()
    with torch.inference_mode():  # not around a whole generator: its steps may be taken by different threads
        output = gpt.net(ids, past_key_values=past, use_cache=keep, logits_to_keep=1)
    return perf_counter() - start, output.logits[0, -1], output.past_key_values if keep else None
