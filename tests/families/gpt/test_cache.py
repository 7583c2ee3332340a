"""The cache is transformers' own, its bytes are counted, its savings are torch's own count of the work."""

import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode
from transformers import AutoModelForCausalLM

from playground.core import store
from playground.core.words import Wrong
from playground.families.gpt.cache import POINTS, Caching, cache, held, kept, timings
from playground.families.gpt.trace import Request, forward
from tests.families.gpt import tiny

TEXT = "the cat sat on the mat, and the cat sat"


@pytest.fixture(params=tiny.CONFIGS)
def kind(request, models):
    yield request.param
    for memo in (forward, kept, cache):
        memo.clear()
    store.clear()


@pytest.fixture
def net(models, kind):
    return AutoModelForCausalLM.from_pretrained(models / kind, attn_implementation="eager").eval()


def ids_of(kind: str) -> torch.Tensor:
    return torch.tensor([forward(Request(TEXT, f"gpt/{kind}", top=1)).encoded.tokens.ids])


def test_the_numbers_kept_are_those_of_past_key_values(net, kind) -> None:
    ids = ids_of(kind)
    with torch.no_grad():
        layers = net(ids, use_cache=True).past_key_values.layers
    told = [cache(Caching(Request(TEXT, f"gpt/{kind}"), layer, head)) for layer in range(3) for head in range(2)]
    for i, one in enumerate(told):
        layer, head = divmod(i, 2)
        theirs = layers[layer].keys[0, head], layers[layer].values[0, head]
        for ours, their in zip((one.keys, one.values), theirs, strict=True):
            assert len(ours) == ids.shape[1]
            np.testing.assert_allclose(ours[-len(their) :], their, atol=1e-5)
        sizes = np.linalg.norm(theirs[0].numpy(), axis=-1)
        np.testing.assert_allclose(one.key_sizes[layer, head, -len(sizes) :], sizes, atol=1e-5)
    one, numbers = told[0], sum(layer.keys.numel() + layer.values.numel() for layer in layers)
    assert held(one.bounds, one.facts, ids.shape[1]) == numbers
    assert (numbers < 2 * 3 * one.facts.key_heads * 8 * ids.shape[1]) == (kind == "mistral")
    assert one.facts.key_heads == (2 if "num_key_value_heads" in tiny.CONFIGS[kind] else 4)


def test_the_cache_grows_by_one_row_per_layer_and_head(net, kind) -> None:
    ids, past, told = ids_of(kind), None, cache(Caching(Request(TEXT, f"gpt/{kind}"), 1, 1))
    for at in range(ids.shape[1]):
        with torch.no_grad():
            past = net(ids[:, at : at + 1], past_key_values=past, use_cache=True).past_key_values
        np.testing.assert_allclose(told.keys[at], past.layers[1].keys[0, 1, -1], atol=2e-5)
        np.testing.assert_allclose(told.values[at], past.layers[1].values[0, 1, -1], atol=2e-5)
        numbers = sum(layer.keys.numel() + layer.values.numel() for layer in past.layers)
        assert numbers == held(told.bounds, told.facts, at + 1)


def multiplications(net, run) -> int:
    """Torch's own count; it takes a product and a sum as two."""
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        run()
    words = net.get_output_embeddings().weight.numel()
    return counter.get_total_flops() // 2 + words


def test_the_work_is_what_torch_counts(net, kind) -> None:
    ids, told = ids_of(kind), cache(Caching(Request(TEXT, f"gpt/{kind}")))
    body = net.base_model
    for count in (1, 3, 9):
        run = lambda count=count: body(ids[:, :count], use_cache=False)  # noqa: E731
        assert told.plain[count - 1] == multiplications(net, run)
        past = None
        if count > 1:
            with torch.no_grad():
                past = body(ids[:, : count - 1], use_cache=True).past_key_values
        run = lambda count=count, past=past: body(ids[:, count - 1 : count], past_key_values=past, use_cache=True)  # noqa: E731
        assert told.cached[count - 1] == multiplications(net, run)
    assert told.cached[0] == told.plain[0] and (told.cached[1:] < told.plain[1:]).all()


def test_measured_times_come_with_the_same_logits(kind) -> None:
    told = list(timings(Request(TEXT, f"gpt/{kind}")))
    count = ids_of(kind).shape[1]
    assert [one.tokens for one in told] == list(range(1, count + 1)) and count < POINTS
    assert all(one.cached > 0 and one.plain > 0 for one in told)
    assert max(one.difference for one in told) <= 1e-4


def test_a_long_text_is_measured_at_some_places(models) -> None:
    told = [one.tokens for one in timings(Request("a" * 64, "gpt/gpt2"))]
    assert len(told) == POINTS and told[0] == 1 and told[-1] == 64


@pytest.mark.parametrize("at", [(3, 0), (0, 4), (-1, 0), (0, True), ("0", 0), ([], 0)])
def test_places_that_do_not_exist_get_their_sentence(models, at) -> None:
    with pytest.raises(Wrong, match="There is no"):
        cache(Caching(Request(TEXT, "gpt/gpt2"), *at))
