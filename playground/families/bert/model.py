"""BERT and its kin from a folder in transformers' own layout, and how a text becomes what they read.

Attention is asked for in its plain form ("eager"): with any other, transformers hands back no weights and says nothing.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from safetensors import safe_open
from transformers import BertForPreTraining

from playground.core import config as configs
from playground.core import limits
from playground.core.checkpoint import CARD
from playground.core.parts import Tokens
from playground.core.pretrained import open_model, open_tokenizer
from playground.core.spec import ModelSpec
from playground.core.words import Text, Wrong, letters, shown
from playground.families.bert import FAMILY

GAP = "[MASK]"  # what a reader types, whatever a model calls its own mask token


@dataclass(frozen=True, eq=False)
class Bert:
    """A masked language model, ready to be asked."""

    net: Any  # a masked language model of transformers
    tokenizer: Any  # a fast tokenizer of transformers
    positions: int  # most tokens it reads, special ones included
    has_next: bool  # whether it can say if a second text follows the first
    use: str = "gap"  # what its head is for: one of USES
    labels: tuple[str, ...] = ()  # names of classes or tags


USES = {  # class of transformers -> what its head is for (Devlin et al. 2018, figure 4)
    "AutoModelForMaskedLM": "gap",
    "AutoModelForSequenceClassification": "classes",
    "AutoModelForTokenClassification": "tags",
    "AutoModelForQuestionAnswering": "answer",
}


def open_bert(folder: Path) -> Bert:
    """Float32, in eval mode, every weight from the file. Raises Wrong."""
    config = configs.read(folder / configs.CONFIG)
    use, kind = USES[FAMILY.auto_for(config)], config.get("model_type")
    if base_key(folder):
        from playground.families.bert.tuned import open_tuned

        tuned = open_tuned(folder)
        return _opened(tuned.net, tuned.tokenizer, use)
    if use == "gap" and kind == "xlnet":
        raise Wrong(*NO_GAPS)
    has_next = (
        use == "gap" and kind == "bert" and any(name.startswith("cls.seq_relationship") for name in weights(folder))
    )
    net = open_model(folder, FAMILY, BertForPreTraining if has_next else None)
    tokenizer = open_tokenizer(folder)
    if use == "gap" and tokenizer.mask_token_id is None:
        raise Wrong("This model has no mask token, so it cannot fill gaps.", "这个模型没有掩码词元，不能填空。")
    return _opened(net, tokenizer, use, has_next)


def _opened(net: Any, tokenizer: Any, use: str, has_next: bool = False) -> Bert:
    tokenizer.backend_tokenizer.no_truncation()
    tokenizer.backend_tokenizer.no_padding()
    labels = labels_of(net.config) if use in ("classes", "tags") else ()
    return Bert(net, tokenizer, most_tokens(net.config, tokenizer), has_next, use, labels)


def base_key(folder: Path) -> str:
    """Of the encoder whose weights an embedded folder goes without; "" for a model that is whole."""
    key = configs.read(folder / configs.CONFIG).get("playground_base") if (folder / CARD).is_file() else None
    return key if isinstance(key, str) else ""


def labels_of(config: Any) -> tuple[str, ...]:
    """Names by number; config.json may list them in any order, and leave some out."""
    return tuple(str(config.id2label.get(i, f"LABEL_{i}")) for i in range(config.num_labels))


NO_GAPS = Text(
    "XLNet was trained on word orders, not on gaps; it opens here with a fine-tuned head (classes, tags, answers).",
    "XLNet 学的是词的排列顺序，而不是填空；这里只能打开带微调头的 XLNet（分类、标注、问答）。",
)


def weights(folder: Path) -> set[str]:
    """Names of all tensors in the folder's safetensors files."""
    names: set[str] = set()
    for path in folder.glob("*.safetensors"):
        with safe_open(path, "pt") as file:
            names |= set(file.keys())
    return names


def most_tokens(config: Any, tokenizer: Any) -> int:
    """RoBERTa's kin count positions from the one after the padding token's."""
    lost = config.pad_token_id + 1 if config.model_type in ("roberta", "xlm-roberta") else 0
    most = getattr(config, "max_position_embeddings", 0)
    if most < 1:  # XLNet's positions are relative
        most = limits.TOKENS
    return int(min(most - lost, tokenizer.model_max_length))


@dataclass(frozen=True)
class Word:
    """What one click hides: [start, end) in the characters of `tokens.text`, and the pieces it is cut into."""

    start: int
    end: int
    pieces: tuple[int, ...]  # positions
    segment: int
    typed: bool = False  # the reader wrote [MASK] here


@dataclass(frozen=True, eq=False)
class Encoded:
    """A text, or two, as the model gets it."""

    tokens: Tokens  # of the first text, a line feed and the second text, if there is one
    words: tuple[Word, ...]
    types: tuple[int, ...]  # token_type_ids
    gaps: tuple[int, ...]  # positions of the mask token
    seam: int  # where the first text ends, in characters
    truth: Mapping[int, int] = field(default_factory=dict)  # position -> id that was hidden there by a click


def encode(text: str, pair: str, tokenizer: Any, positions: int, masks: Collection[int] = ()) -> Encoded:
    """Cut into pieces; hide every word that covers one of the characters `masks`.

    Offsets count characters of `text`, a line feed and `pair`. Lone surrogates are read as the replacement character.
    "[MASK]" in a text is a gap. The model's other special tokens, typed by a reader, are plain words: a space is
    slipped into them before the tokenizer sees them. Raises Wrong if nothing is left to read, or if an offset hits no
    word.
    """
    text, pair = letters(text), letters(pair)
    whole = f"{text}\n{pair}" if pair.strip() else text
    parts = [(text, 0), (pair, len(text) + 1)] if pair.strip() else [(text, 0)]
    plain = [disarm(part, tokenizer) for part, _ in parts]
    said = tokenizer.backend_tokenizer.encode(*(sentence for sentence, _ in plain))
    kept, cut = shorten(said.sequence_ids, positions)
    spans: list[tuple[int, int]] = []
    for i in kept:
        sequence = said.sequence_ids[i]
        if sequence is None:
            spans.append((0, 0))
        else:
            origin, shift = plain[sequence][1], parts[sequence][1]
            start, end = said.offsets[i]
            spans.append(snug(whole, origin[start] + shift, origin[end] + shift))
    ids = [said.ids[i] for i in kept]
    special = [said.sequence_ids[i] is None for i in kept]
    segments = follow([said.sequence_ids[i] for i in kept])
    mask = tokenizer.mask_token_id
    words = group([(segments[n], said.word_ids[i]) for n, i in enumerate(kept)], spans, special, ids, mask)
    if not words:
        raise Wrong("There is nothing in this sentence that the model can read.", "这个句子里没有模型能读的内容。")
    truth = {at: ids[at] for word in hidden(words, masks) for at in word.pieces}
    ids = [mask if at in truth else id for at, id in enumerate(ids)]
    tokens = Tokens(
        text=whole,
        ids=tuple(ids),
        texts=tuple(tokenizer.convert_ids_to_tokens(ids)),
        spans=tuple(spans),
        segments=tuple(segments),
        special=tuple(special),
        cut=cut,
    )
    gaps = tuple(at for at, id in enumerate(ids) if id == mask and not special[at])
    return Encoded(tokens, words, tuple(said.type_ids[i] for i in kept), gaps, len(text), truth)


def disarm(text: str, tokenizer: Any) -> tuple[str, list[int]]:
    """The text for the tokenizer, and for each of its characters (and its end) the offset in `text`."""
    spellings = sorted({GAP, *tokenizer.all_special_tokens}, key=len, reverse=True)
    out, origin, at = [], [], 0
    for found in re.finditer("|".join(map(re.escape, spellings)), text):
        spelling, start, end = found[0], found.start(), found.end()
        gap = spelling in (GAP, tokenizer.mask_token)
        said = tokenizer.mask_token if gap else f"{spelling[0]} {spelling[1:]}"
        out += [text[at:start], said]
        inner = [end] * (len(said) - 1) if gap else [start + 1, *range(start + 1, end)]
        origin += [*range(at, start), start, *inner]
        at = end
    return "".join([*out, text[at:]]), [*origin, *range(at, len(text) + 1)]


def shorten(sequences: Sequence[int | None], positions: int) -> tuple[list[int], int]:
    """Indices to keep so that at most `positions` are left, and how many fell out: ends of the longer text first.

    Like transformers' "longest_first"; of two that have become equally long, the one that was shorter gives way.
    """
    sides: tuple[list[int], list[int]] = ([], [])
    for i, sequence in enumerate(sequences):
        if sequence is not None:
            sides[sequence].append(i)
    surplus, order = max(0, len(sequences) - positions), sorted(sides, key=len)
    lost = {max(order, key=len).pop() for _ in range(surplus)}
    return [i for i in range(len(sequences)) if i not in lost], surplus


def snug(text: str, start: int, end: int) -> tuple[int, int]:
    """Without white space at the ends, but with the accents, joiners and variants that belong to its last letter."""
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    while start < end < len(text) and unicodedata.category(text[end]) in ("Mn", "Me", "Cf"):
        end += 1
    return start, end


def follow(sequences: Sequence[int | None]) -> list[int]:
    """Which text each token belongs to; a special token to the one before it."""
    segments: list[int] = []
    for sequence in sequences:
        segments.append(sequence if sequence is not None else (segments[-1] if segments else 0))
    return segments


def group(
    keys: Sequence[tuple[int, int | None]],
    spans: Sequence[tuple[int, int]],
    special: Sequence[bool],
    ids: Sequence[int],
    mask: int,
) -> tuple[Word, ...]:
    """Pieces with one key are one word; those that cover no character are left out."""
    pieces: dict[tuple[int, int | None], list[int]] = {}
    for at, key in enumerate(keys):
        if not special[at]:
            pieces.setdefault(key, []).append(at)
    words = (
        Word(
            min(spans[at][0] for at in own),
            max(spans[at][1] for at in own),
            tuple(own),
            segment,
            typed=[ids[at] for at in own] == [mask],
        )
        for (segment, _), own in pieces.items()
    )
    return tuple(word for word in words if word.start < word.end)


def hidden(words: Sequence[Word], masks: Collection[int]) -> list[Word]:
    """The words that cover the characters asked for. Raises Wrong where there is none."""
    found = []
    for offset in sorted(set(masks)):
        word = next((word for word in words if word.start <= offset < word.end and not word.typed), None)
        if word is None:
            raise Wrong(
                f"There is no word at character {shown(offset)} that could be hidden.",
                f"第 {shown(offset)} 个字符处没有可以隐藏的词。",
            )
        found.append(word)
    return found


def _tuned(name: str, title: str) -> ModelSpec[Bert]:
    return ModelSpec(f"bert/{name}", title, open_bert, f"python -m playground.train bert {name}")


MODELS = {
    spec.key: spec
    for spec in (
        ModelSpec("bert/mini", "BERT mini", open_bert, "python -m playground.train bert"),
        _tuned("sst2", "Opinion of a film"),
        _tuned("sick", "Does it follow?"),
        _tuned("answers", "An answer in a passage"),
        _tuned("entities", "Names in a text"),
    )
}
