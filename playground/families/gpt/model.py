"""GPT-2 and its kin from a folder in transformers' own layout, and how a text becomes what they read.

Attention is asked for in its plain form ("eager"): with any other, transformers hands back no weights and says nothing.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

from playground.core import limits
from playground.core.parts import Tokens
from playground.core.pretrained import open_model, open_tokenizer
from playground.core.spec import ModelSpec
from playground.core.words import Text, Wrong, letters, shown
from playground.families.gpt import FAMILY
from playground.families.gpt.chat import FILLER

LEAST = 8  # tokens read, of which some must be left for an answer
TOO_SMALL = Text(
    f"This model has no layers, or reads fewer than {LEAST} tokens; there is nothing to show.",
    f"这个模型没有任何层，或者能读的词元不足 {LEAST} 个，没有可展示的内容。",
)


@dataclass(frozen=True, eq=False)
class Gpt:
    """A causal language model, ready to be asked."""

    net: Any  # a causal language model of transformers
    tokenizer: Any  # a fast tokenizer of transformers
    positions: int  # most tokens it reads
    start: int | None  # id of the token that begins a text; None if the model has none
    talks: bool  # it has a chat template

    @property
    def layers(self) -> Any:
        """The blocks, first to last."""
        body = self.net.base_model
        return next(getattr(part, name) for part, name in _places(body) if hasattr(part, name))

    @property
    def norm(self) -> Any:
        """The normalisation between the last block and the words; None for a model without one."""
        body = self.net.base_model
        names = ("ln_f", "final_layer_norm", "final_layernorm", "layer_norm", "norm")
        return next((part for name in names if (part := getattr(_trunk(body), name, None)) is not None), None)


def _trunk(body: Any) -> Any:
    """OPT keeps its blocks one level deeper."""
    return getattr(body, "decoder", body)


def _places(body: Any) -> list[tuple[Any, str]]:
    return [(_trunk(body), name) for name in ("h", "layers")]


def open_gpt(folder: Path) -> Gpt:
    """Float32, in eval mode, every weight from the file. Raises Wrong."""
    net, tokenizer = open_model(folder, FAMILY), open_tokenizer(folder)
    tokenizer.backend_tokenizer.no_truncation()
    tokenizer.backend_tokenizer.no_padding()
    known = net.config.get_text_config()
    most = getattr(known, "max_position_embeddings", 0) or limits.GPT_TOKENS
    if not known.num_hidden_layers or most < LEAST:
        raise Wrong(*TOO_SMALL)
    start = tokenizer.bos_token_id if tokenizer.bos_token_id is not None else tokenizer.eos_token_id
    return Gpt(net, tokenizer, int(min(most, limits.GPT_TOKENS)), start, bool(tokenizer.chat_template))


@dataclass(frozen=True, eq=False)
class Encoded:
    """A text as the model gets it; `tokens.cut` tokens at its beginning were left out for want of room."""

    tokens: Tokens  # `tokens.text`: what was typed (or the filled-in chat template) and what was added to it
    prompt: int  # how many of the tokens stand for the prompt; the rest was added by their ids


def encode(text: str, gpt: Gpt, more: Sequence[int] = (), start: bool = False, chat: bool = False) -> Encoded:
    """The model's own tokens of `text`, then the ids `more` as they are.

    `start` puts the token in front that begins a text (it stands there anyway if there is no text); `chat` puts the
    text into the model's chat template as what a person says. Special tokens typed by a reader are plain text: a space
    is slipped into them before the tokenizer sees them. Of a text that is too long the beginning is left out.
    """
    tokenizer, text = gpt.tokenizer, letters(text)
    if chat:
        if not gpt.talks:
            raise Wrong("This model has no chat template.", "这个模型没有对话模板。")
        text = talk(disarm(text, tokenizer)[0], tokenizer)
        said, origin = tokenizer.backend_tokenizer.encode(text, add_special_tokens=False), [*range(len(text) + 1)]
    else:
        armless, origin = disarm(text, tokenizer)
        said = tokenizer.backend_tokenizer.encode(armless)
    ids, special = list(said.ids), [bool(mark) for mark in said.special_tokens_mask]
    spans = [
        (0, 0) if mark else (origin[begin], origin[end])
        for mark, (begin, end) in zip(special, said.offsets, strict=True)
    ]
    known = controls(tokenizer)
    if chat:
        special = [id in known for id in ids]
    if (start or not (ids or more)) and (not ids or ids[0] != gpt.start):
        if gpt.start is None:
            raise Wrong("There is nothing to go on from yet. Type a beginning.", "还没有可以接着写的内容，请输入开头。")
        ids, special, spans = [gpt.start, *ids], [True, *special], [(0, 0), *spans]
    prompt, at = len(ids), len(text)
    new, ends = written(tokenizer, ids, more)
    text += new
    spans += [(at + begin, at + end) for begin, end in pairwise((0, *ends))]
    special += [id in known for id in more]
    ids += more
    spans = whole_letters(spans, special, prompt)
    cut = max(0, len(ids) - gpt.positions)
    keep = slice(cut, None)
    tokens = Tokens(
        text=text,
        ids=tuple(ids[keep]),
        texts=tuple(spell(tokenizer, id) for id in ids[keep]),
        spans=tuple(spans[keep]),
        segments=(0,) * (len(ids) - cut),
        special=tuple(special[keep]),
        cut=cut,
    )
    return Encoded(tokens, max(0, prompt - cut))


def talk(text: str, tokenizer: Any) -> str:
    """The model's chat template with `text` as what a person says. Raises Wrong for a template of no use."""
    try:
        return FILLER.fill(
            tokenizer.get_chat_template(), [{"role": "user", "content": text}], tokenizer.special_tokens_map
        )
    except ValueError as error:
        raise Wrong(
            f"This model's chat template cannot be used: {shown(error, 120)}",
            f"这个模型的对话模板无法使用：{shown(error, 120)}",
        ) from error


def controls(tokenizer: Any) -> dict[int, str]:
    """Tokens that steer the model and are never text: by their ids, how they are spelled."""
    added = tokenizer.added_tokens_decoder
    return {id: token.content for id, token in added.items() if token.special} | dict(
        zip(tokenizer.all_special_ids, tokenizer.all_special_tokens, strict=True)
    )


def decoded(tokenizer: Any, ids: Sequence[int]) -> str:
    """The text of token ids, as it is: no special tokens, no white space tidied away."""
    return str(tokenizer.decode(list(ids), skip_special_tokens=True, clean_up_tokenization_spaces=False))


def written(tokenizer: Any, before: Sequence[int], more: Sequence[int]) -> tuple[str, list[int]]:
    """What the ids `more` add to the text of the ids `before`, and where in it each of them ends.

    It is what the tokenizer decodes them all to, but for a letter that is incomplete at the end.
    """
    before = recent(tokenizer, before)
    old = len(decoded(tokenizer, before))
    text = decoded(tokenizer, [*before, *more])[old:].rstrip("\ufffd")
    ids, ends, at = list(before), [], 0
    for id in more:
        at += len(added(tokenizer, ids, id))
        ids.append(id)
        ends.append(at)
    if at != len(text):  # bytes that make no letter may change how those before them are read
        ends = [alike(text, decoded(tokenizer, [*before, *more[: n + 1]])[old:]) for n in range(len(more))]
        ends = [*accumulate(ends, max)]
        ends[-1:] = [len(text)]
    return text, ends


def alike(one: str, other: str) -> int:
    """How many characters at the beginning are the same."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))


def added(tokenizer: Any, before: Sequence[int], id: int) -> str:
    """What the token `id` adds to the text of the ids `before`; nothing while a letter is incomplete."""
    window = recent(tokenizer, before)
    old, new = decoded(tokenizer, window), decoded(tokenizer, [*window, id])
    if new.endswith("\ufffd"):
        return ""
    return new[len(old.rstrip("\ufffd")) :]


def recent(tokenizer: Any, ids: Sequence[int], most: int = 8) -> list[int]:
    """The last ids: enough to know how one more is read. Sentence pieces read a run of bytes as a whole."""
    first = max(0, len(ids) - most)
    while first and str(tokenizer.convert_ids_to_tokens(ids[first])).startswith("<0x"):
        first -= 1
    return list(ids[first:])


def whole_letters(spans: list[tuple[int, int]], special: Sequence[bool], first: int) -> list[tuple[int, int]]:
    """A token from `first` on that adds nothing by itself belongs to the letter that the tokens after it complete."""
    out = list(spans)
    for at in range(len(out) - 2, first - 1, -1):
        if out[at][0] == out[at][1] and not special[at]:
            out[at] = (out[at][0], out[at + 1][1])
    return out


def disarm(text: str, tokenizer: Any) -> tuple[str, list[int]]:
    """The text for the tokenizer, and for each of its characters (and its end) the offset in `text`."""
    text, out, origin, at = letters(text), [], [], 0
    spellings = sorted(controls(tokenizer).values(), key=len, reverse=True)
    for found in re.finditer("|".join(map(re.escape, spellings)) or r"(?!)", text):
        start, end = found.span()
        out += [text[at:start], text[start], " ", text[start + 1 : end]]
        origin += [*range(at, start + 1), start + 1, *range(start + 1, end)]
        at = end
    return "".join([*out, text[at:]]), [*origin, *range(at, len(text) + 1)]


def spell(tokenizer: Any, id: int) -> str:
    """A token to be read: white space as ␣, ↵ and ⇥, a part of a letter as its bytes.

    Some models have more rows in their vocabulary than their tokenizer has tokens.
    """
    piece = tokenizer.convert_ids_to_tokens(id)
    if piece is None:
        return f"#{id}"
    if id in tokenizer.all_special_ids:
        return str(piece)
    text = tokenizer.decode([id])
    if "\ufffd" in text:
        return _bytes(piece)
    if piece.startswith("▁"):  # sentence pieces lose a space at the beginning
        text = " " * (len(piece) - len(piece.lstrip("▁"))) + text.lstrip(" ")
    shown = text.replace(" ", "␣").replace("\n", "↵").replace("\t", "⇥")
    return "".join(c if c.isprintable() else f"<{ord(c):X}>" for c in shown) or piece


def _bytes(piece: str) -> str:
    if re.fullmatch("<0x[0-9A-F]{2}>", piece):
        return f"<{piece[3:5]}>"
    known = _letters()
    return "".join(f"<{known[c]:02X}>" if c in known else c for c in piece)


def _letters() -> dict[str, int]:
    """GPT-2's letters for the 256 bytes (Radford et al. 2019, section 2.2)."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [byte for byte in range(256) if byte not in plain]
    return {chr(byte): byte for byte in plain} | {chr(256 + i): byte for i, byte in enumerate(rest)}


MODELS = {"gpt/mini": ModelSpec("gpt/mini", "GPT mini", open_gpt, "python -m playground.train gpt")}
