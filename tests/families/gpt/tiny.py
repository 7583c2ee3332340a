"""Random causal models in transformers' own layout, small enough to be built in a test."""

import json
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedTokenizerFast

END = "<|endoftext|>"
SMALL: dict[str, Any] = {"hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4, "initializer_range": 0.3}
LLAMA: dict[str, Any] = {
    **SMALL, "intermediate_size": 48, "num_key_value_heads": 2, "head_dim": 8, "max_position_embeddings": 64,
}  # fmt: skip
CONFIGS: dict[str, dict[str, Any]] = {
    "gpt2": {"n_embd": 32, "n_layer": 3, "n_head": 4, "n_positions": 64, "initializer_range": 0.3},
    "gpt_neo": {
        "hidden_size": 32, "num_layers": 3, "num_heads": 4, "attention_types": [[["global", "local", "global"], 1]],
        "window_size": 4, "max_position_embeddings": 64, "initializer_range": 0.3,
    },
    "gpt_neox": {**SMALL, "intermediate_size": 48, "max_position_embeddings": 64},
    "opt": {**SMALL, "ffn_dim": 48, "max_position_embeddings": 64, "word_embed_proj_dim": 32, "init_std": 0.3},
    "bloom": {"hidden_size": 32, "n_layer": 3, "n_head": 4, "initializer_range": 0.3},
    "llama": LLAMA,
    "mistral": {**LLAMA, "sliding_window": 4},
    "qwen2": LLAMA,
    "qwen3": LLAMA,
    "smollm3": {**LLAMA, "pad_token_id": 0},
}  # fmt: skip
TEMPLATE = (
    "{% for m in messages %}<|user|>{{ m['content'] }}\n{% endfor %}{% if add_generation_prompt %}<|bot|>{% endif %}"
)


def tokenizer(**more: Any) -> PreTrainedTokenizerFast:
    """Byte-level, with a few merges."""
    merges = [("Ġ", "t"), ("h", "e"), ("Ġt", "he"), ("Ġ", "c"), ("a", "t"), ("Ġc", "at"), ("s", "at"), ("Ġ", "sat")]
    names = [END, "<|user|>", "<|bot|>", *sorted(pre_tokenizers.ByteLevel.alphabet()), *(a + b for a, b in merges)]
    plain = Tokenizer(models.BPE(vocab={name: i for i, name in enumerate(names)}, merges=merges))
    plain.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    plain.decoder = decoders.ByteLevel()
    plain.add_special_tokens([END, "<|user|>", "<|bot|>"])
    return PreTrainedTokenizerFast(
        tokenizer_object=plain, bos_token=END, eos_token=END, model_max_length=64,
        additional_special_tokens=["<|user|>", "<|bot|>"], **more,
    )  # fmt: skip


def build(kind: str, folder: Path, talks: bool = False) -> Path:
    """A random model of this kind with its tokenizer; `talks`: with a chat template."""
    made = tokenizer(**({"chat_template": TEMPLATE} if talks else {}))
    config = AutoConfig.for_model(kind, vocab_size=len(made), bos_token_id=0, eos_token_id=0, **CONFIGS[kind])
    torch.manual_seed(1)
    net = AutoModelForCausalLM.from_config(config, attn_implementation="eager").eval()
    net.save_pretrained(folder)
    made.save_pretrained(folder)
    (folder / "card.json").write_text(json.dumps({}))
    return folder
