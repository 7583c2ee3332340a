"""What a model thought of the tokens of a text, each at its place: probability, rank, uncertainty, other candidates."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from playground.core import store
from playground.families.gpt.model import Gpt, added, open_gpt, spell
from playground.families.gpt.trace import Request, ready

OTHERS = 5  # candidates told for each token
TOGETHER = 64  # tokens measured at once: a vocabulary may have 150,000 tokens


@dataclass(frozen=True, eq=False)
class Told:
    """One token of a text, and what the model thought of it at its place: all before any setting."""

    id: int
    piece: str  # as the vocabulary spells it
    text: str  # what it adds to the text; nothing while a letter is incomplete
    chance: float
    rank: int  # 1 is the model's first choice
    drawn: float | None  # its probability after settings, from which it was drawn; None if nothing was drawn
    entropy: float  # of all candidates, in bits
    others: tuple[tuple[int, str, float], ...]  # the most probable candidates: id, piece, probability


class Teller:
    """Says of tokens what the model thought of them; all of a piece at once, which costs little."""

    def __init__(self, gpt: Gpt, before: Sequence[int]) -> None:
        self.tokenizer, self.before = gpt.tokenizer, list(before)
        self.names: dict[int, str] = {}

    def name(self, id: int) -> str:
        if id not in self.names:
            self.names[id] = spell(self.tokenizer, id)
        return self.names[id]

    def adds(self, id: int) -> str:
        text = added(self.tokenizer, self.before, id)
        self.before.append(id)
        return text

    def tell(self, ids: list[int], logits: Sequence[torch.Tensor], drawn: Sequence[float | None]) -> list[Told]:
        """`logits` [vocabulary] for each of the tokens `ids`."""
        chances, ranks, entropies, best, scores = measured(torch.stack(list(logits)), torch.tensor(ids))
        return [
            Told(
                id, self.name(id), self.adds(id), chances[i], ranks[i], drawn[i], entropies[i],
                tuple((other, self.name(other), score) for other, score in zip(best[i], scores[i], strict=True)),
            )
            for i, id in enumerate(ids)
        ]  # fmt: skip


@torch.inference_mode()
def measured(logits: torch.Tensor, ids: torch.Tensor) -> tuple[list, list, list, list, list]:
    """For logits [token vocabulary] and one id each: probability, rank, entropy (bits), the best ids, their chances."""
    chances = logits.softmax(-1)
    own = logits.gather(1, ids[:, None])
    ranks = 1 + (logits > own).sum(-1)
    entropies = torch.special.entr(chances).sum(-1) / math.log(2)
    scores, best = chances.topk(min(OTHERS, chances.shape[-1]))
    return (
        chances.gather(1, ids[:, None])[:, 0].tolist(), ranks.tolist(), entropies.tolist(), best.tolist(),
        scores.tolist(),
    )  # fmt: skip


def read_back(request: Request, last: int | None = None) -> list[Told]:
    """What the model thought of each token of a text it was given, or only of the `last` ones.

    The first token of a text has nothing before it and is left out.
    """
    with store.using(request.model, open_gpt) as gpt:
        ids = ready(request, gpt).tokens.ids
        count = min(len(ids) - 1, last or len(ids))
        with torch.inference_mode():
            output = gpt.net(input_ids=torch.tensor([ids]), use_cache=False, logits_to_keep=count + 1)
        logits, first = output.logits[0, :-1].float(), len(ids) - count
        teller, told = Teller(gpt, ids[:first]), []
        for at in range(0, count, TOGETHER):
            part = list(ids[first + at : first + at + TOGETHER])
            told += teller.tell(part, logits[at : at + TOGETHER], [None] * len(part))
        return told
