"""Heads and blocks by hand against torch's attention and the blocks of transformers."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import gelu, layer_norm, scaled_dot_product_attention, silu
from transformers import GPT2Config, GPT2Model

from playground.nn import heads

TOKENS, FEATURES, HEADS = 7, 24, 4
WIDTH = FEATURES // HEADS


def weights(seed=0, key_heads=0, causal=False, scale=0.0, bias=True):
    rng = np.random.default_rng(seed)

    def linear(out, into):
        return heads.Linear(rng.normal(size=(out, into)), rng.normal(size=out) if bias else None)

    shared = (key_heads or HEADS) * WIDTH
    return heads.Attention(
        linear(FEATURES, FEATURES), linear(shared, FEATURES), linear(shared, FEATURES), linear(FEATURES, FEATURES),
        HEADS, key_heads, causal, scale,
    )  # fmt: skip


def inputs(seed=1):
    return np.random.default_rng(seed).normal(size=(TOKENS, FEATURES))


def split(x):  # [token head*width] -> [1 head token width]
    return torch.tensor(x.reshape(len(x), -1, WIDTH)).transpose(0, 1)[None]


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("scale", [0.0, 0.7])
@pytest.mark.parametrize("key_heads", [0, 1, 2])
def test_one_head_equals_scaled_dot_product_attention(causal, scale, key_heads):
    attention, x = weights(key_heads=key_heads, causal=causal, scale=scale), inputs()
    queries, keys, values = (split(part(x)) for part in (attention.query, attention.key, attention.value))
    told = scaled_dot_product_attention(
        queries, keys, values, is_causal=causal, scale=scale or None, enable_gqa=bool(key_heads)
    )[0]
    for index in range(HEADS):
        one = heads.head(attention, x, index)
        np.testing.assert_allclose(one.mixed, told[index], atol=1e-12)
        np.testing.assert_allclose(one.weights.sum(-1), 1, atol=1e-12)
        np.testing.assert_allclose(one.scores, one.products * (scale or WIDTH**-0.5))
        assert (one.weights[one.hidden] == 0).all()
        assert one.hidden.any() == causal


@pytest.mark.parametrize("causal", [False, True])
def test_all_heads_equal_multihead_attention(causal):
    attention, x = weights(causal=causal), inputs()
    net = nn.MultiheadAttention(FEATURES, HEADS, batch_first=True, dtype=torch.float64)
    maps = attention.query, attention.key, attention.value
    with torch.no_grad():
        net.in_proj_weight.copy_(torch.tensor(np.concatenate([one.weight for one in maps])))
        net.in_proj_bias.copy_(torch.tensor(np.concatenate([one.bias for one in maps])))
        net.out_proj.weight.copy_(torch.tensor(attention.output.weight))
        net.out_proj.bias.copy_(torch.tensor(attention.output.bias))
        text = torch.tensor(x)[None]
        above = torch.ones(TOKENS, TOKENS, dtype=torch.bool).triu(1) if causal else None
        told, looks = net(text, text, text, attn_mask=above, average_attn_weights=False)
    ours = heads.attend(attention, x)
    np.testing.assert_allclose(ours.output, told[0], atol=1e-12)
    np.testing.assert_allclose(ours.shares.sum(0) + ours.bias, told[0], atol=1e-12)
    np.testing.assert_allclose([heads.head(attention, x, h).weights for h in range(HEADS)], looks[0], atol=1e-12)


def test_padding_gets_no_weight():
    padding = np.array([False] * 5 + [True] * 2)
    attention, x = weights(), inputs()
    one, short = heads.head(attention, x, 2, padding=padding), heads.head(attention, x[:5], 2)
    assert (one.weights[:, 5:] == 0).all()
    np.testing.assert_allclose(one.mixed[:5], short.mixed, atol=1e-12)


def test_chosen_queries_are_rows_of_all():
    attention, x = weights(causal=True), inputs()
    every, some = heads.head(attention, x, 1), heads.head(attention, x, 1, [4, 2])
    np.testing.assert_allclose(some.weights, every.weights[[4, 2]], atol=1e-14)
    np.testing.assert_allclose(some.share, every.share[[4, 2]], atol=1e-14)
    assert some.keys.shape == (TOKENS, WIDTH)


def test_layer_norm_and_its_scaling():
    rng, x = np.random.default_rng(3), inputs()
    norm = heads.Norm(rng.normal(size=FEATURES), rng.normal(size=FEATURES), 1e-5)
    told = layer_norm(torch.tensor(x), (FEATURES,), torch.tensor(norm.gain), torch.tensor(norm.shift), 1e-5)
    np.testing.assert_allclose(norm(x), told, atol=1e-12)
    scaling = norm.scaling(x[2])
    by_hand = (x[2] - scaling.mean) / scaling.deviation * scaling.gain + scaling.shift
    np.testing.assert_allclose(by_hand, told[2], atol=1e-12)


def test_rms_norm():
    gain, x = np.random.default_rng(3).normal(size=FEATURES), inputs()
    told = nn.functional.rms_norm(torch.tensor(x), (FEATURES,), torch.tensor(gain), 1e-6)
    np.testing.assert_allclose(heads.Norm(gain, None, 1e-6, centred=False)(x), told, atol=1e-12)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("gelu", gelu),
        ("gelu_new", lambda x: gelu(x, approximate="tanh")),
        ("relu", torch.relu),
        ("silu", silu),
        ("tanh", torch.tanh),
    ],
)
def test_activations(name, told):
    x = np.linspace(-6, 6, 101)
    np.testing.assert_allclose(heads.ACTIVATIONS[name](x), told(torch.tensor(x)), atol=1e-12)


def conv(module):  # GPT-2 keeps its weights [in out]
    return heads.Linear(module.weight.detach().numpy().T, module.bias.detach().numpy())


def gpt2_block(layer, count):
    width = layer.attn.c_attn.weight.shape[0]
    whole = conv(layer.attn.c_attn)
    maps = [whole.rows(slice(i * width, (i + 1) * width)) for i in range(3)]
    norms = [heads.Norm(n.weight.detach().numpy(), n.bias.detach().numpy(), n.eps) for n in (layer.ln_1, layer.ln_2)]
    attention = heads.Attention(*maps, conv(layer.attn.c_proj), count, causal=True)
    return heads.Block(
        attention, norms[0], conv(layer.mlp.c_fc), conv(layer.mlp.c_proj), "gelu_new", norms[1], before=True
    )


@pytest.fixture(scope="module")
def gpt2():
    torch.manual_seed(0)
    config = GPT2Config(
        vocab_size=50, n_positions=16, n_embd=FEATURES, n_layer=3, n_head=HEADS, attn_implementation="eager",
        bos_token_id=None, eos_token_id=None,
    )  # fmt: skip
    net = GPT2Model(config).eval()
    with torch.no_grad():
        for value in net.parameters():
            value += 0.2 * torch.randn(value.shape)
        said = net(torch.arange(9)[None], output_hidden_states=True, output_attentions=True)
    return net, said


def test_every_block_of_gpt2(gpt2):
    net, said = gpt2
    for at, layer in enumerate(net.h):
        x = said.hidden_states[at][0].double().numpy()
        block = gpt2_block(layer, HEADS)
        steps = heads.block(block, x, range(9))
        last = at == len(net.h) - 1  # the last hidden state of the list is normalised once more
        end = heads.Norm(net.ln_f.weight.detach().numpy(), net.ln_f.bias.detach().numpy(), net.ln_f.eps)
        output = end(steps.output) if last else steps.output
        np.testing.assert_allclose(output, said.hidden_states[at + 1][0], atol=1e-5)
        looks = [heads.head(block.attention, block.norm_attention(x), h).weights for h in range(HEADS)]
        np.testing.assert_allclose(looks, said.attentions[at][0], atol=1e-5)
        assert (np.triu(looks[0], 1) == 0).all()


def test_one_token_through_a_block_is_a_row_of_all(gpt2):
    net, said = gpt2
    x, block = said.hidden_states[1][0].double().numpy(), gpt2_block(net.h[1], HEADS)
    one, every = heads.block(block, x, [4]), heads.block(block, x, range(9))
    np.testing.assert_allclose(one.output[0], every.output[4], atol=1e-12)
    np.testing.assert_allclose(one.middle, one.input + one.heads.output, atol=1e-12)


def test_a_number_spelled_out_adds_up():
    attention, x = weights(), inputs()
    total = heads.spelled(attention.query, x[3], 5)
    assert total.value == pytest.approx(attention.query(x)[3, 5])
    assert total.value == pytest.approx(total.products.sum() + total.bias)
    assert len(total.products) == FEATURES
    assert heads.spelled(weights(bias=False).key, x[0], 0).bias is None
