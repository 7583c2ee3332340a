"""Pre-training as the paper does it, on the reader's own text: tokens chosen by a seed, guessed, and the loss of each.

And its second task: does one text follow another? As given, the other way round, and with sentences from elsewhere.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import count
from math import isfinite
from typing import Any

import numpy as np
import torch

from playground.core import store
from playground.core.chances import ranked
from playground.core.checks import whole
from playground.core.memo import memo
from playground.core.parts import Ranking, Tokens
from playground.core.words import Wrong
from playground.data import corpora
from playground.families.bert.masking import Hiding, hide
from playground.families.bert.model import Bert, Encoded, encode, open_bert
from playground.families.bert.trace import FINE_TUNED, Request, forward, gapped, inputs, spell

SEEDS = 2**31
MOST_SHARE = 0.5
TOP = 5
STRANGERS = 5  # second sentences from elsewhere
STRANGER = re.compile(r"[A-Z][A-Za-z0-9 ,'’-]{30,90}[.!?]")  # a plain sentence, neither short nor long


@dataclass(frozen=True)
class Practice:
    """One exercise: the text of `request`, nothing hidden in it, and the seed that chooses."""

    request: Request
    seed: int = 0
    share: float = 0.15

    def __post_init__(self) -> None:
        object.__setattr__(self, "request", replace(self.request, masks=(), top=1))
        check_seed(self.seed)
        share = self.share
        if isinstance(share, bool) or not isinstance(share, int | float) or not isfinite(share):
            raise Wrong("The share to choose is a number.", "选中的比例必须是数字。")
        if not 0.01 <= share <= MOST_SHARE:
            raise Wrong("The share to choose is from 1 % to 50 %.", "选中的比例在 1 % 到 50 % 之间。")


def check_seed(seed: object) -> None:
    if not whole(seed, 0, SEEDS - 1):
        raise Wrong(f"A seed is a whole number from 0 to {SEEDS - 1:,}.", f"种子是 0 到 {SEEDS - 1:,} 之间的整数。")


@dataclass(frozen=True, eq=False)
class Guess:
    """What the model says at one chosen position."""

    position: int
    truth: str
    loss: float  # -log of the truth's probability, in nats
    probability: float
    rank: int  # 1 is the model's first choice
    ranking: Ranking
    ids: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Practised:
    tokens: Tokens  # nothing hidden
    seen: tuple[str, ...]  # the pieces the model gets
    hiding: Hiding  # [token]
    open: np.ndarray  # [token] bool: may be chosen
    guesses: tuple[Guess, ...]  # in the order of the text
    vocabulary: int
    kind: str

    @property
    def loss(self) -> float | None:
        """Mean over the chosen tokens, in nats; None if there are none."""
        return float(np.mean([guess.loss for guess in self.guesses])) if self.guesses else None


def _encode(request: Request, bert: Bert) -> tuple[Encoded, np.ndarray]:
    """The text, and which of its tokens may be chosen: those that stand in the vocabulary as themselves."""
    if bert.use != "gap":
        raise Wrong(*FINE_TUNED)
    encoded = encode(request.text, request.pair, bert.tokenizer, bert.positions)
    return encoded, ~np.isin(encoded.tokens.ids, bert.tokenizer.all_special_ids)


def _hide(practice: Practice, encoded: Encoded, free: np.ndarray, tokenizer: Any) -> Hiding:
    pool = np.setdiff1d(np.arange(len(tokenizer)), tokenizer.all_special_ids)
    rng = np.random.default_rng(practice.seed)
    return hide(np.array(encoded.tokens.ids), free, practice.share, tokenizer.mask_token_id, pool, rng)


def next_seed(request: Request, share: float, after: int = -1) -> int:
    """The first seed after `after` that chooses a token at all. Raises Wrong if no seed can."""
    with store.using(request.model, open_bert) as bert:
        _, free = _encode(replace(request, masks=()), bert)
    if not free.any():
        raise Wrong("There is no token here that could be hidden and guessed.", "这里没有可以隐藏来猜的词元。")
    for seed in count(after + 1):  # a token is chosen with at least 1 %: this ends
        practice = Practice(request, seed % SEEDS, share)
        if ((np.random.default_rng(practice.seed).random(len(free)) < share) & free).any():
            return practice.seed
    raise AssertionError


@memo(64)
def practise(practice: Practice) -> Practised:
    """Hide, let the model guess, and measure. Raises Wrong as trace does."""
    with store.using(practice.request.model, open_bert) as bert:
        tokenizer = bert.tokenizer
        encoded, free = _encode(practice.request, bert)
        hiding = _hide(practice, encoded, free, tokenizer)
        seen_ids = torch.from_numpy(hiding.shown)[None]
        with torch.inference_mode():
            output = bert.net(**{**inputs(bert, encoded), "input_ids": seen_ids})
        logits = (output.prediction_logits if bert.has_next else output.logits)[0]
        size, kind = logits.shape[-1], bert.net.config.model_type
        places = np.flatnonzero(hiding.chosen)
        logs = logits[places].double().log_softmax(-1).numpy()
    tokens = encoded.tokens
    guesses = tuple(_guess(tokenizer, int(at), tokens.ids[at], row) for at, row in zip(places, logs, strict=True))
    seen = tuple(tokenizer.convert_ids_to_tokens(hiding.shown.tolist()))
    return Practised(tokens, seen, hiding, free, guesses, size, kind)


def _guess(tokenizer: Any, position: int, truth: int, logs: np.ndarray) -> Guess:
    chances = np.exp(logs)
    ranking, best = ranked(lambda id: spell(tokenizer, id), chances, TOP)
    rank = 1 + int((logs > logs[truth]).sum())
    return Guess(position, spell(tokenizer, truth), float(-logs[truth]), float(chances[truth]), rank, ranking, best)


# ---- next sentence


@dataclass(frozen=True)
class Pairing:
    """Two texts as one would type them, and the seed that picks the strangers."""

    first: str
    second: str
    model: str = "bert/mini"
    seed: int = 0

    def __post_init__(self) -> None:
        check_seed(self.seed)
        for text in (self.first, self.second):
            if not text.strip():
                raise Wrong("Two sentences are needed, and one is empty.", "需要两个句子，其中一个是空的。")


@dataclass(frozen=True)
class Order:
    kind: str  # "given", "swapped" or "stranger"
    first: str
    second: str
    follows: float  # probability that the second follows the first


@memo(256)
def follows(request: Request) -> float | None:
    """Probability that the second text follows the first; None if the model has no such head."""
    with store.using(request.model, open_bert) as bert:
        if not bert.has_next:
            return None
        encoded = encode(request.text, request.pair, bert.tokenizer, bert.positions)
        with torch.inference_mode():
            pooled = bert.net.bert(**inputs(bert, encoded)).pooler_output
            return bert.net.cls.seq_relationship(pooled)[0].softmax(-1)[0].item()


def orders(pairing: Pairing) -> Iterator[Order]:
    """As given, swapped, and with sentences from elsewhere; nothing if the model cannot say. Raises Wrong."""
    first, second = pairing.first, pairing.second
    pairs = [("given", first, second), ("swapped", second, first)]
    pairs += [("stranger", first, stranger) for stranger in strangers(pairing.seed)]
    for kind, one, other in pairs:
        chance = follows(Request(one, other, pairing.model, top=1))
        if chance is None:
            return
        yield Order(kind, one, other, chance)


@cache
def shelf() -> tuple[str, ...]:
    """Sentences of real prose that the embedded model was never trained on."""
    return tuple(line for line in corpora.HELDOUT.read_text("utf-8").splitlines() if STRANGER.fullmatch(line))


def strangers(seed: int) -> list[str]:
    lines = shelf()
    return [lines[at] for at in np.random.default_rng(seed).choice(len(lines), STRANGERS, replace=False)]


END = re.compile(r"[.!?…]+[\"'”’)]*\s+|[。！？…]+[”’）]*\s*|\n+")


def halves(text: str) -> tuple[str, str] | None:
    """Cut at the end of the sentence nearest to the middle; None if it is one sentence.

    >>> halves("It rained. We went home.")
    ('It rained.', 'We went home.')
    """
    cuts = [end.end() for end in END.finditer(text) if text[: end.end()].strip() and text[end.end() :].strip()]
    if not cuts:
        return None
    at = min(cuts, key=lambda cut: abs(2 * cut - len(text)))
    return text[:at].strip(), text[at:].strip()


def said(request: Request) -> tuple[str, str]:
    """Both texts of a question, what was hidden by a click written as [MASK]."""
    return gapped(forward(replace(request, top=1)).encoded)
