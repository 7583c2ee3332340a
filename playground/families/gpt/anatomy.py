"""Where the weights of a causal language model stand: each layer as a block of nn/heads.py, whatever its kind.

`parts(gpt, layer)` names the modules of a layer by what they do; `block(gpt, layer, count)` is the same layer by hand.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import floor, log2
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from playground.core.words import Wrong, shown
from playground.families.gpt.model import Gpt
from playground.nn import heads

Maps = tuple[tuple[nn.Module, Any], tuple[nn.Module, Any], tuple[nn.Module, Any]]
ALL = slice(None)


@dataclass(frozen=True, eq=False)
class Parts:
    """The modules of one layer, by what they do."""

    norm_attention: nn.Module
    maps: Maps  # queries, keys, values: a module, and which of its outputs they are
    output: nn.Module
    norm_output: nn.Module
    up: nn.Module
    activation: Callable[[Tensor], Tensor]
    down: nn.Module
    gate: nn.Module | None = None
    norm_query: nn.Module | None = None
    norm_key: nn.Module | None = None


def parts(gpt: Gpt, layer: int) -> Parts:
    """Raises Wrong for models whose attention has other parts."""
    kind, one = gpt.net.config.model_type, gpt.layers[layer]
    if kind not in KINDS:
        raise Wrong(
            f"The layers of “{shown(kind)}” models are not spelled out here.",
            f"这里没有写出“{shown(kind)}”模型各层的计算步骤。",
        )
    return KINDS[kind](one, gpt.net.config)


def _gpt2(one: Any, config: Any) -> Parts:
    a, f, width = one.attn, one.mlp, config.hidden_size
    thirds = tuple((a.c_attn, slice(i * width, (i + 1) * width)) for i in range(3))
    return Parts(one.ln_1, thirds, a.c_proj, one.ln_2, f.c_fc, f.act, f.c_proj)  # type: ignore[arg-type]


def _gpt_neo(one: Any, _config: Any) -> Parts:
    a, f = one.attn.attention, one.mlp
    return Parts(one.ln_1, _plain(a), a.out_proj, one.ln_2, f.c_fc, f.act, f.c_proj)


def _gpt_neox(one: Any, config: Any) -> Parts:
    a, f = one.attention, one.mlp
    return Parts(
        one.input_layernorm, _woven(a.query_key_value, config), a.dense, one.post_attention_layernorm, f.dense_h_to_4h,
        f.act, f.dense_4h_to_h,
    )  # fmt: skip


def _opt(one: Any, _config: Any) -> Parts:
    a, f = one.self_attn, one
    return Parts(f.self_attn_layer_norm, _plain(a), a.out_proj, f.final_layer_norm, f.fc1, f.activation_fn, f.fc2)


def _bloom(one: Any, config: Any) -> Parts:
    if config.apply_residual_connection_post_layernorm:
        raise Wrong(
            "This BLOOM adds what it has normalised to its sums; its steps are not spelled out here.",
            "这个 BLOOM 的残差连接加的是归一化之后的数，这里没有写出它的计算步骤。",
        )
    a, f = one.self_attention, one.mlp
    return Parts(
        one.input_layernorm, _woven(a.query_key_value, config), a.dense, one.post_attention_layernorm, f.dense_h_to_4h,
        f.gelu_impl, f.dense_4h_to_h,
    )  # fmt: skip


def _llama(one: Any, _config: Any) -> Parts:
    """Mistral, Qwen and SmolLM3 have the same parts; Qwen3 normalises queries and keys besides."""
    a, f = one.self_attn, one.mlp
    return Parts(
        one.input_layernorm, _plain(a), a.o_proj, one.post_attention_layernorm, f.up_proj, f.act_fn, f.down_proj,
        f.gate_proj, getattr(a, "q_norm", None), getattr(a, "k_norm", None),
    )  # fmt: skip


def _stablelm(one: Any, config: Any) -> Parts:
    """As Llama; the parallel kind has one normalisation for attention and feed-forward."""
    a, f = one.self_attn, one.mlp
    if config.qk_layernorm:
        raise Wrong(
            "This StableLM normalises queries and keys head by head; its steps are not spelled out here.",
            "这个 StableLM 逐头归一化查询和键，这里没有写出它的计算步骤。",
        )
    first, second = one.input_layernorm, one.post_attention_layernorm
    return Parts(
        first, _plain(a), a.o_proj, first if second is None else second, f.up_proj, f.act_fn, f.down_proj, f.gate_proj
    )


def _starcoder2(one: Any, _config: Any) -> Parts:
    a, f = one.self_attn, one.mlp
    return Parts(one.input_layernorm, _plain(a), a.o_proj, one.post_attention_layernorm, f.c_fc, f.act, f.c_proj)


KINDS: dict[str, Callable[[Any, Any], Parts]] = {
    "gpt2": _gpt2,
    "gpt_neo": _gpt_neo,
    "gpt_neox": _gpt_neox,
    "opt": _opt,
    "bloom": _bloom,
    **dict.fromkeys(("llama", "mistral", "qwen2", "qwen3", "smollm3"), _llama),
    "stablelm": _stablelm,
    "starcoder2": _starcoder2,
}


def _plain(attention: Any) -> Maps:
    return (attention.q_proj, ALL), (attention.k_proj, ALL), (attention.v_proj, ALL)


def _woven(module: nn.Module, config: Any) -> Maps:
    """Query, key and value of the first head, then those of the second, ..."""
    heads = config.num_attention_heads
    places = np.arange(3 * config.hidden_size).reshape(heads, 3, -1)
    query, key, value = (places[:, i].ravel() for i in range(3))
    return (module, query), (module, key), (module, value)


# ---- as blocks of nn/heads.py


def linear(module: Any, rows: Any = ALL) -> heads.Linear:
    """GPT-2 keeps its weights the other way round."""
    weight = module.weight.detach().numpy()
    bias = None if getattr(module, "bias", None) is None else module.bias.detach().numpy()
    return heads.Linear(weight if isinstance(module, nn.Linear) else weight.T, bias).rows(rows)


def norm(module: Any) -> heads.Norm:
    if not isinstance(module, nn.LayerNorm):
        return heads.Norm(module.weight.detach().numpy(), None, module.variance_epsilon, centred=False)
    gain = np.ones(module.normalized_shape) if module.weight is None else module.weight.detach().numpy()
    return heads.Norm(gain, None if module.bias is None else module.bias.detach().numpy(), module.eps)


def block(gpt: Gpt, layer: int, count: int) -> heads.Block:
    """The weights of one layer for a text of `count` tokens, as windows on the model's own where they allow it."""
    p, config = parts(gpt, layer), gpt.net.config
    return heads.Block(
        _attention(p, gpt, layer, count),
        norm(p.norm_attention),
        linear(p.up),
        linear(p.down),
        activation(config),
        norm(p.norm_output),
        before=getattr(config, "do_layer_norm_before", True),
        parallel=getattr(config, "use_parallel_residual", False),
        gate=None if p.gate is None else linear(p.gate),
    )


def _attention(p: Parts, gpt: Gpt, layer: int, count: int) -> heads.Attention:
    config = gpt.net.config
    heads_ = config.num_attention_heads
    query, key, value = (linear(*one) for one in p.maps)
    return heads.Attention(
        query, key, value, linear(p.output), heads_,
        key_heads=getattr(config, "num_key_value_heads", None) or heads_,
        causal=True,
        scale=scale(config, layer),
        window=window(config, layer),
        norm_query=None if p.norm_query is None else norm(p.norm_query),
        norm_key=None if p.norm_key is None else norm(p.norm_key),
        turning=turning(gpt, layer, count),
        slopes=slopes(heads_) if config.model_type == "bloom" else None,
    )  # fmt: skip


def scale(config: Any, layer: int) -> float:
    """What q.k is multiplied by; 0 stands for 1 / sqrt(width). GPT-Neo takes the products as they are."""
    if config.model_type == "gpt_neo":
        return 1.0
    if config.model_type != "gpt2":
        return 0.0
    width = config.hidden_size // config.num_attention_heads
    plain = width**-0.5 if config.scale_attn_weights else 1.0
    return plain / (layer + 1) if config.scale_attn_by_inverse_layer_idx else plain


def window(config: Any, layer: int) -> int:
    """How many of the last tokens this layer's attention sees, the looking one among them; 0: all."""
    if config.model_type == "gpt_neo":
        return config.window_size if config.attention_layers[layer] == "local" else 0
    kinds = getattr(config, "layer_types", None)
    slides = config.model_type in ("mistral", "starcoder2") if kinds is None else kinds[layer] == "sliding_attention"
    return (getattr(config, "sliding_window", None) or 0) if slides else 0


def turning(gpt: Gpt, layer: int, count: int) -> heads.Turning | None:
    """The angles of `count` places as the model's own module gives them; None for a layer that turns nothing."""
    module, config = getattr(gpt.net.base_model, "rotary_emb", None), gpt.net.config
    if module is None or not getattr(config, "no_rope_layers", [1] * (layer + 1))[layer]:
        return None
    with torch.inference_mode():
        cos, sin = module(torch.zeros(1), torch.arange(count)[None])
    pairs = cos.shape[-1] // 2
    return heads.Turning(cos[0, :, :pairs].double().numpy(), sin[0, :, :pairs].double().numpy())


def slopes(count: int) -> np.ndarray:
    """[head]: how steeply ALiBi favours what is near (Press et al. 2022); heads between powers of two take every other
    slope of the next."""
    whole = 2 ** floor(log2(count))

    def ladder(steps: int) -> np.ndarray:
        return 2.0 ** (-8 / steps * np.arange(1, steps + 1))

    return np.concatenate((ladder(whole), ladder(2 * whole)[::2][: count - whole]))


def activation(config: Any) -> str:
    """Its name. Raises Wrong for one that is not among those written out in nn/heads.py."""
    if config.model_type == "bloom":
        return "gelu_new"
    name = getattr(config, "activation_function", None) or getattr(config, "hidden_act", None)
    if name not in heads.ACTIVATIONS:
        raise Wrong(
            f"This model uses the activation “{shown(name)}”, which is not spelled out here.",
            f"这个模型使用的激活函数“{shown(name)}”在这里没有写出计算过程。",
        )
    return name


# ---- from the last layer to the words


@dataclass(frozen=True, eq=False)
class Voice:
    """What turns the last layer's vector into a score for every token of the vocabulary."""

    norm: heads.Norm | None
    narrow: heads.Linear | None  # OPT may have narrower tokens than layers
    words: heads.Linear  # [token feature]


def voice(gpt: Gpt) -> Voice:
    narrow = getattr(getattr(gpt.net.base_model, "decoder", None), "project_out", None)
    return Voice(
        None if gpt.norm is None else norm(gpt.norm),
        None if narrow is None else linear(narrow),
        linear(gpt.net.get_output_embeddings()),
    )
