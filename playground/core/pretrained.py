"""Open a folder in Hub layout (embedded, fetched or local) with transformers: checked before, during and after."""

import re
from collections.abc import Collection
from pathlib import Path
from threading import Lock
from typing import Any

from playground.core import config as configs
from playground.core import engine
from playground.core.spec import Family
from playground.core.words import Text, Wrong

WEIGHTS, INDEX = "model.safetensors", "model.safetensors.index.json"
SHARD = re.compile(r"model-\d{5}-of-\d{5}\.safetensors")
VOCABULARIES = ("tokenizer.json", "vocab.txt", "vocab.json", "spiece.model", "sentencepiece.bpe.model")
_loading = Lock()  # transformers patches torch's initialisation while it loads

NO_WEIGHTS = Text(
    "This model has no weights in the safetensors format; other formats can run code and are not opened.",
    "这个模型没有 safetensors 格式的权重；其他格式可能会执行代码，因此不会打开。",
)
NOT_FINITE = Text(
    "Some of this model's weights are not numbers (NaN or infinite); it cannot be shown.",
    "这个模型的部分权重不是有效数字（NaN 或无穷大），无法展示。",
)


def check_folder(folder: Path, family: Family) -> dict[str, Any]:
    """Its config; Wrong unless every JSON file is safe, the type is the room's and the weights lie in the folder."""
    config = configs.read(folder / configs.CONFIG)
    configs.check_safe(config)
    configs.check_type(config, family)
    for name in ("tokenizer_config.json", "preprocessor_config.json", "adapter_config.json"):
        adapter = name == "adapter_config.json"
        if (folder / name).exists() and (adapter or configs.CODE & configs.read(folder / name).keys()):
            raise Wrong(*configs.RUNS_CODE)
    if not (folder / WEIGHTS).is_file():
        _check_index(folder)
    return config


def _check_index(folder: Path) -> None:
    """Sharded weights must be plain files beside their index."""
    if not (folder / INDEX).is_file():
        raise Wrong(*NO_WEIGHTS)
    shards = configs.read(folder / INDEX).get("weight_map")
    names = list(shards.values()) if isinstance(shards, dict) else []
    if not names or not all(isinstance(name, str) and SHARD.fullmatch(name) for name in names):
        raise Wrong(*NO_WEIGHTS)
    if not all((folder / name).is_file() for name in set(names)):
        raise Wrong(*NO_WEIGHTS)


def auto_class(name: str) -> Any:
    engine.ready()
    import transformers

    return getattr(transformers, name)


def open_model(folder: Path, family: Family, auto: Any = None, *, allow_missing: Collection[str] = ()) -> Any:
    """A model of transformers in eval mode, float32, eager attention, every weight from the file.

    `auto` is a class with from_pretrained (default: the family's for this config). `allow_missing` names prefixes of
    weights that may be absent because nothing shown depends on them; what is absent would otherwise be random numbers
    in silence.
    """
    engine.ready()
    import torch
    from transformers.utils import logging

    config = check_folder(folder, family)
    usual = auto_class(family.auto_for(config))
    configs.check_size(configs.parameters(config, usual))
    logging.disable_progress_bar()
    with _loading:
        try:
            model, said = (auto or usual).from_pretrained(
                folder,
                use_safetensors=True,
                trust_remote_code=False,
                attn_implementation="eager",
                dtype=torch.float32,
                local_files_only=True,
                output_loading_info=True,
            )
        except Exception as error:
            raise _not_opened(str(error)) from error
    missing = [name for name in said["missing_keys"] if not name.startswith(tuple(allow_missing))]
    if wanting := [*missing, *(entry[0] for entry in said["mismatched_keys"]), *said["error_msgs"]]:
        raise _lacks(sorted(wanting))
    if not all(torch.isfinite(weight).all() for weight in model.parameters()):
        raise Wrong(*NOT_FINITE)
    return model.eval()


def _lacks(names: list[str]) -> Wrong:
    return Wrong(
        f"{len(names)} of the weights this room needs are missing or of another shape (such as {names[0][:60]}).",
        f"这个房间需要的权重中有 {len(names)} 项缺失或形状不符（例如 {names[0][:60]}）。",
    )


def _not_opened(why: str) -> Wrong:
    if "mismatch" in why.lower():
        return Wrong(
            "The weights of this model do not have the shapes that its config.json says.",
            "这个模型的权重形状与它的 config.json 不符。",
        )
    return Wrong("The files of this model are damaged or incomplete.", "这个模型的文件已损坏或不完整。")


def open_tokenizer(folder: Path) -> Any:
    """The fast tokenizer in `folder`; Wrong if there is none or it speaks of tokens the model does not know."""
    from transformers import AutoTokenizer

    config = configs.read(folder / configs.CONFIG)
    if not any((folder / name).is_file() for name in VOCABULARIES):  # transformers would make up an empty one
        raise Wrong(*NO_TOKENIZER)
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, use_fast=True, trust_remote_code=False, local_files_only=True)
    except Exception as error:
        raise Wrong(*NO_TOKENIZER) from error
    if not tokenizer.is_fast:
        raise Wrong(*NO_TOKENIZER)
    highest = max(tokenizer.get_vocab().values(), default=-1)
    if not 0 <= highest < config.get("vocab_size", 2**31):
        raise Wrong(
            "This model's tokenizer has more tokens than the model; they do not belong together.",
            "这个模型的分词器的词元比模型多，两者不匹配。",
        )
    return tokenizer


NO_TOKENIZER = Text(
    "This model has no tokenizer that can be opened here (tokenizer.json or vocab.txt).",
    "这个模型没有可以在这里打开的分词器（tokenizer.json 或 vocab.txt）。",
)
