"""GPT-2's zero-shot measure of a text (Radford et al. 2019, section 3): how well each token was foretold."""

from dataclasses import dataclass, replace

import numpy as np
import torch

from playground.core import store
from playground.core.memo import memo
from playground.core.words import Wrong
from playground.families.gpt.generate import Writing, written
from playground.families.gpt.labels import continued, following, reading
from playground.families.gpt.model import encode, open_gpt, spell
from playground.families.gpt.sampling import Settings
from playground.families.gpt.trace import Facts, Request, facts_of, forward


@dataclass(frozen=True, eq=False)
class Losses:
    """A text token by token; the token that begins it is not counted."""

    tokens: tuple[str, ...]
    nats: np.ndarray  # [token] -ln P(token | all before it)
    ranks: np.ndarray  # [token] 1 is the model's first choice
    words: int  # of the part that was read
    size: int  # its bytes
    cut: int  # tokens at the beginning that found no room

    @property
    def perplexity(self) -> float:
        """Per token: exp of the mean loss."""
        return float(np.exp(self.nats.mean()))

    @property
    def bits_per_byte(self) -> float:
        return float(self.nats.sum() / np.log(2) / self.size)

    @property
    def per_word(self) -> float:
        """Perplexity per word, as papers with other vocabularies give it; inf where it is beyond all numbers."""
        return float(np.exp(min(700.0, self.nats.sum() / max(1, self.words))))


def losses(request: Request) -> Losses:
    """Raises Wrong for an empty text."""
    with store.using(request.model, open_gpt) as gpt:
        begins = gpt.start is not None
    done = forward(replace(request, top=1, start=begins))
    read = done.encoded.tokens
    own = [at for at in range(1, len(read)) if not read.special[at]]
    if not own:
        raise Wrong("There is nothing to measure yet. Type a text.", "还没有可以衡量的内容，请输入一段文字。")
    text = read.text[read.spans[own[0]][0] : read.spans[own[-1]][1]]
    nats = -np.log(np.maximum(done.chances[own].astype(np.float64), np.finfo(np.float32).smallest_subnormal))
    names = tuple(read.texts[at] for at in own)
    return Losses(
        names, nats, done.ranks[own], len(text.split()), max(1, len(text.encode("utf-8", "replace"))), read.cut
    )


@dataclass(frozen=True)
class LastWord:
    """LAMBADA's question (Paperno et al. 2016): the last word of a text, from all that stands before it."""

    before: str
    word: str
    tokens: tuple[str, ...]
    chances: tuple[float, ...]  # of each of its tokens
    rank: int  # of the first of them
    guess: str  # the word that comes out greedily

    @property
    def chance(self) -> float:
        return float(np.prod(self.chances))


@memo(32)
def last_word(request: Request) -> LastWord:
    """Of the text and the model of `request`; ask with top=1. Raises Wrong for a text of fewer than two words."""
    before, _, word = request.text.rstrip().rstrip(".!?…\"'”’。！？").rpartition(" ")
    if not before.strip() or not word:
        raise Wrong("Type at least two words.", "请至少输入两个词。")
    with store.using(request.model, open_gpt) as gpt, torch.inference_mode():
        ids = continued(before, f" {word}", gpt)[: gpt.positions // 2]
        read = reading(gpt.net, encode(before, gpt).tokens.ids[-(gpt.positions - len(ids)) :])
        logs = following(gpt.net, read, [ids])[0]
        rank = 1 + int((read.logs > read.logs[ids[0]]).sum())
        tokens = tuple(spell(gpt.tokenizer, id) for id in ids)
    made = written(Writing(Request(before, request.model, top=1), Settings(greedy=True), tokens=8))
    said = "".join(one.text for one in made.told).split()
    guess = (said or [""])[0].strip(".,;:!?\"'”’")
    return LastWord(before, word, tokens, tuple(np.exp(logs).tolist()), rank, guess)


def at_hand(model: str) -> tuple[Facts, int]:
    """What the model is made of, and how many positions its config speaks of; 0 if of none."""
    with store.using(model, open_gpt) as gpt:
        return facts_of(gpt), getattr(gpt.net.config, "max_position_embeddings", None) or 0
