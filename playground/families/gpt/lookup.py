"""A token found in the whole vocabulary by how it is written."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from playground.core import store
from playground.core.memo import memo
from playground.core.words import Wrong
from playground.families.gpt.model import open_gpt, spell
from playground.families.gpt.odds import Choice, odds

MOST = 8
LONGEST = 60  # characters asked for


@memo(4)
def texts(model: str) -> tuple[str, ...]:
    """Every token of the vocabulary as the text it adds; "" for a row that stands for no token."""
    with store.using(model, open_gpt) as gpt:
        tokenizer, size = gpt.tokenizer, gpt.net.config.vocab_size
        known = min(size, len(tokenizer))
        pieces = tokenizer.convert_ids_to_tokens(list(range(known)))
        said = tokenizer.backend_tokenizer.decode_batch([[id] for id in range(known)], skip_special_tokens=False)
    told = [with_space(piece or "", text) for piece, text in zip(pieces, said, strict=True)]
    return (*told, *[""] * (size - known))


def with_space(piece: str, text: str) -> str:
    """Sentence pieces lose their space when they are read alone."""
    return f" {text}" if piece.startswith("▁") and not text.startswith(" ") else text


@dataclass(frozen=True)
class Found:
    ids: tuple[int, ...]  # at most MOST; the closest first, then the most probable
    count: int  # that match


def find_token(choice: Choice, text: object) -> Found:
    """Tokens written like `text`, or the one with the number in "#42". Capitals do not matter. Raises Wrong."""
    if not isinstance(text, str) or not 0 < len(text) <= LONGEST:
        raise Wrong(f"Look for 1 to {LONGEST} characters.", f"请输入 1 到 {LONGEST} 个字符来查找。")
    raw, all_texts = odds(choice).raw, texts(choice.request.model)
    wanted = text.replace("␣", " ").replace("↵", "\n").replace("⇥", "\t").lower()
    number = int(text[1:]) if text[0] == "#" and text[1:].isascii() and text[1:].isdigit() else -1
    bare = wanted.strip() or wanted
    matches = [(near(told.lower(), wanted, bare), id) for id, told in enumerate(all_texts) if bare in told.lower()]
    if 0 <= number < len(all_texts):
        matches.append((-1, number))
    best = sorted(matches, key=lambda match: (match[0], -raw[match[1]]))
    ids = tuple(dict.fromkeys(id for _, id in best))
    return Found(ids[:MOST], len(ids))


def near(told: str, wanted: str, bare: str) -> int:
    """0: written exactly so; 1: but for spaces; 2: it begins so; 3: it has it inside."""
    if told == wanted:
        return 0
    stripped = told.strip() or told
    return 1 if stripped == bare else 2 if stripped.startswith(bare) else 3


def odds_table(choice: Choice) -> list[list[object]]:
    """The whole vocabulary, best first, under a row of headings."""
    told, all_texts = odds(choice), texts(choice.request.model)
    names = ("kept", *(cut.name for cut in told.cuts))
    columns = (told.logits, told.penalised, told.heated, told.raw, told.before, told.final)
    head = ["place", "id", "token", "logit", "after penalty", "after temperature", "cut by"]
    rows: list[list[object]] = [[*head, "probability", "before the cuts", "in the end"]]
    for id in np.argsort(told.places):
        logit, penalised, heated, *chances = (float(column[id]) for column in columns)
        rows.append(
            [int(told.places[id]), int(id), all_texts[id], logit, penalised, heated, names[told.cut[id]], *chances]
        )
    return rows


def spelled(model: str, ids: Iterable[int]) -> list[str]:
    """The tokens as they are shown on the page."""
    with store.using(model, open_gpt) as gpt:
        return [spell(gpt.tokenizer, id) for id in ids]
