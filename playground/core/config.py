"""The config.json of a model somebody named: read within bounds before anything is built from it."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from playground.core import engine, limits
from playground.core.spec import Family
from playground.core.words import Text, Wrong

CONFIG = "config.json"
ENTRIES = 25_000  # of one list or table, labels for example
BOUNDS = (  # the first pattern found in a key bounds its whole numbers
    (re.compile("token_id|^(bos|eos|pad|sep|cls|mask|unk)_"), 1_000_000),
    (re.compile("group|stages"), 16),
    (re.compile("layer|depth|num_.*block"), limits.CONFIG_LAYERS),
    (re.compile("head"), 512),
    (re.compile("vocab"), 500_000),
    (re.compile("position|max_len|n_ctx|block_size"), 100_000),
    (re.compile("label"), ENTRIES),
    (re.compile("hidden|dim|intermediate|embed|embd|channel|width|size"), 65_536),
    (re.compile(""), 1_000_000),
)
CODE = frozenset({"auto_map", "trust_remote_code", "custom_pipelines", "code_revision", "use_kernels", "kernel_config"})
ELSEWHERE = frozenset({"quantization_config", "transformers_weights", "adapter_config", "peft_config"})
ATTENTION = (None, "eager", "sdpa", "flash_attention_2")  # we open with "eager" whatever it says

UNREADABLE = Text(
    "This model's config.json cannot be read; it is not a model in the usual layout.",
    "无法读取这个模型的 config.json；它不是常规布局的模型。",
)
RUNS_CODE = Text(
    "This model brings its own code, which is never run here. Choose one that works without custom code.",
    "这个模型需要运行自带的代码，这里不会执行。请选择不需要自定义代码的模型。",
)


def parse(raw: bytes) -> dict[str, Any]:
    """One JSON file of a model as a dict; Wrong if it is too long or not plain JSON."""

    def refuse(_: str) -> None:
        raise ValueError("not finite")

    if len(raw) > limits.CONFIG_BYTES:
        raise Wrong(*UNREADABLE)
    try:
        config = json.loads(raw, parse_constant=refuse)
    except (ValueError, RecursionError):
        raise Wrong(*UNREADABLE) from None
    if not isinstance(config, dict):
        raise Wrong(*UNREADABLE)
    return config


def read(file: Path) -> dict[str, Any]:
    """Wrong if there is no such file, or no use in it."""
    try:
        with file.open("rb") as stream:
            return parse(stream.read(limits.CONFIG_BYTES + 1))
    except OSError:
        raise Wrong(*UNREADABLE) from None


def _walk(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """(key, value) of everything inside; an entry of a list goes by the key of its list."""
    ahead = [(key, value)]
    while ahead:
        key, value = ahead.pop()
        yield key, value
        if isinstance(value, Mapping):
            ahead.extend(value.items())
        elif isinstance(value, list):
            ahead.extend((key, inner) for inner in value)


def check_safe(config: Mapping[str, Any]) -> None:
    """Wrong if any key asks for code, for other weights, or for numbers out of all bounds."""
    for key, value in _walk(config):
        if key in CODE and value:
            raise Wrong(*RUNS_CODE)
        if key in ELSEWHERE and value:
            raise Wrong(
                f"This model needs {key}, which this playground does not open. Choose the plain version of it.",
                f"这个模型需要 {key}，这里无法打开。请选择它的普通版本。",
            )
        if "attn_implementation" in key and value not in ATTENTION:
            raise Wrong(*RUNS_CODE)
        if isinstance(value, Mapping | list) and len(value) > ENTRIES:
            raise _out_of_bounds(key, len(value), ENTRIES)
        if isinstance(value, int) and not isinstance(value, bool):
            most = next(most for pattern, most in BOUNDS if pattern.search(key))
            if abs(value) > most:
                raise _out_of_bounds(key, value, most)


def _out_of_bounds(key: str, value: int, most: int) -> Wrong:
    said = f"{value:,}" if abs(value) < 10**15 else "10^15"
    return Wrong(
        f"This model's config.json says {key or 'entries'} = {said}; this playground opens at most {most:,}.",
        f"这个模型的 config.json 中 {key or '条目数'} = {said}，这里最多支持 {most:,}。",
    )


def check_type(config: Mapping[str, Any], family: Family) -> str:
    """Its model_type; Wrong if the room cannot show it."""
    kind = config.get("model_type")
    if isinstance(kind, str) and kind in family.model_types:
        return kind
    said = kind[:40] if isinstance(kind, str) else "unknown"
    known = ", ".join(family.model_types)
    raise Wrong(
        f"This is a model of type “{said}”; the {family.title} room shows {known}.",
        f"这个模型的类型是“{said}”；{family.title} 房间支持 {known}。",
    )


def parameters(config: Mapping[str, Any], auto: Any) -> int:
    """How many weights such a model has, counted without memory for them; `config` was checked before."""
    engine.ready()
    import torch
    from transformers import CONFIG_MAPPING

    try:
        shape = CONFIG_MAPPING[config["model_type"]].from_dict(dict(config))
        with torch.device("meta"):
            net = auto.from_config(shape, attn_implementation="eager", trust_remote_code=False)
    except Exception:  # whatever the config made of it, it is no model
        raise Wrong(
            "This model's config.json does not describe a model that can be built here.",
            "这个模型的 config.json 描述的结构无法在这里构建。",
        ) from None
    return sum(weight.numel() for weight in net.parameters())


def check_size(count: int) -> None:
    """Wrong if so many weights, as float32 and with room to work, are more than the operator allows."""
    most = min(limits.HUB_PARAMETERS, int(limits.MEMORY_MB * 2**20 / 4 / 1.3))
    if count > most:
        raise Wrong(
            f"This model has {count / 1e6:,.0f} million weights; up to {most / 1e6:,.0f} million open here.",
            f"这个模型有 {count / 1e6:,.0f} 百万个权重；这里最多打开 {most / 1e6:,.0f} 百万个。",
        )
