"""Beam search as a tree: at each step the best continuations of all that is kept, which of them are kept, which ended.

The search is the one of transformers' `generate(num_beams=...)`: at each step (1 + end tokens) x width candidates, at
least twice the width; those that end are set aside with their score, the best others go on. The score of a text is the
sum of the log-probabilities of its new tokens, divided by their number to the power of the length penalty.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch

from playground.core import store
from playground.core.words import Text
from playground.families.gpt.generate import Begun, Clock, begin, ends
from playground.families.gpt.model import Gpt, added, open_gpt, spell
from playground.families.gpt.sampling import check_whole, checked
from playground.families.gpt.trace import Request

WIDTH, STEPS = 8, 30  # at most
NEVER = -1e9


@dataclass(frozen=True)
class Searching:
    request: Request
    width: int = 4  # texts kept at each step
    steps: int = 12  # new tokens at most
    penalty: float = 1.0  # 0 compares sums, 1 compares means; more favours longer texts

    def __post_init__(self) -> None:
        check_whole(Text("The number of beams", "束宽"), self.width, 2, WIDTH)
        check_whole(Text("The number of steps", "步数"), self.steps, 1, STEPS)
        number = checked(Text("The length penalty", "长度惩罚"), self.penalty, -4.0, 4.0)
        object.__setattr__(self, "penalty", number)


@dataclass(frozen=True)
class Node:
    """A candidate: a kept text of the step before, with one token more."""

    parent: int  # place among the candidates of the step before; -1 at the first step
    id: int
    piece: str
    text: str  # what the token adds
    chance: float  # of the token after its text
    total: float  # sum of log-probabilities, in nats
    score: float  # as the text would be judged if it ended here
    kept: bool  # goes on at the next step
    ended: bool  # set aside as a whole text: by its end token, or because it was the last step


@dataclass(frozen=True)
class Step:
    number: int  # from 0
    nodes: tuple[Node, ...]  # best first


@dataclass(frozen=True)
class Hypothesis:
    ids: tuple[int, ...]  # the new tokens
    text: str  # what they add
    total: float
    score: float
    path: tuple[int, ...]  # place among the candidates of each step


@dataclass(frozen=True)
class Found:
    best: tuple[Hypothesis, ...]  # best first
    seconds: float


@dataclass(frozen=True)
class Beam:
    """A text that is kept."""

    ids: tuple[int, ...] = ()
    text: str = ""
    total: float = 0.0
    path: tuple[int, ...] = ()


def search(asked: Searching) -> Iterator[Begun | Step | Found]:
    """First Begun, last Found, a Step for each new token. Raises Wrong before the first."""
    clock = Clock()
    with store.using(asked.request.model, open_gpt) as gpt:
        begun = clock.of(lambda: begin(asked.request, gpt, asked.steps))
        yield begun
        tree = Tree(gpt, begun, asked)
        while not tree.over:
            yield clock.of(tree.grow)
        yield Found(tuple(tree.best), clock.seconds)


class Tree:
    """The search so far: what is kept, what has ended, and the keys and values of what is kept."""

    def __init__(self, gpt: Gpt, begun: Begun, asked: Searching) -> None:
        self.gpt, self.asked, self.ends, self.last = gpt, asked, ends(gpt), begun.new - 1
        self.prompt, self.ids, self.cache = begun.tokens.ids, torch.tensor([begun.tokens.ids]), None
        self.beams, self.scores = [Beam()], torch.zeros(1)
        self.best: list[Hypothesis] = []
        self.step, self.over = 0, False

    def grow(self) -> Step:
        """One token more."""
        totals, parents, ids, chances = self.candidates()
        done = torch.tensor([id in self.ends or self.step == self.last for id in ids])
        going = (totals + done * NEVER).topk(self.asked.width).indices.tolist()
        nodes = []
        for at, (parent, id) in enumerate(zip(parents, ids, strict=True)):
            ended = bool(done[at]) and at < self.asked.width
            nodes.append(self.node(parent, id, chances[at], totals[at].item(), at in going and not done[at], ended))
        self.set_aside(nodes, parents)
        self.keep(nodes, parents, going, totals + done * NEVER)
        step = Step(self.step, tuple(nodes))
        self.step += 1
        self.over = bool(done.all()) or not self.can_improve()
        return step

    @torch.inference_mode()
    def candidates(self) -> tuple[torch.Tensor, list[int], list[int], list[float]]:
        """Totals, best first; the place of each one's text among those kept, its id, and the id's probability."""
        output = self.gpt.net(input_ids=self.ids, past_key_values=self.cache, use_cache=True, logits_to_keep=1)
        self.cache = output.past_key_values
        own = output.logits[:, -1].float().log_softmax(-1)
        count = max(2, 1 + len(self.ends)) * self.asked.width
        totals, places = (own + self.scores[:, None]).flatten().topk(min(count, own.numel()))
        parents, ids = (places // own.shape[-1]).tolist(), (places % own.shape[-1]).tolist()
        return totals, parents, ids, own[parents, ids].exp().tolist()

    def node(self, parent: int, id: int, chance: float, total: float, kept: bool, ended: bool) -> Node:
        tokenizer, beam = self.gpt.tokenizer, self.beams[parent]
        text = added(tokenizer, (*self.prompt, *beam.ids), id)
        before = beam.path[-1] if beam.path else -1
        score = total / (self.step + 1) ** self.asked.penalty
        return Node(before, id, spell(tokenizer, id), text, chance, total, score, kept, ended)

    def set_aside(self, nodes: list[Node], parents: list[int]) -> None:
        """Whole texts compete with those found before."""
        for at, (node, parent) in enumerate(zip(nodes, parents, strict=True)):
            if node.ended:
                own = self.longer(self.beams[parent], node, at)
                self.best.append(Hypothesis(own.ids, own.text, node.total, node.score, own.path))
        self.best = sorted(self.best, key=lambda one: -one.score)[: self.asked.width]

    @staticmethod
    def longer(beam: Beam, node: Node, at: int) -> Beam:
        return Beam((*beam.ids, node.id), beam.text + node.text, node.total, (*beam.path, at))

    def keep(self, nodes: list[Node], parents: list[int], going: list[int], totals: torch.Tensor) -> None:
        """What goes on: its texts, totals, keys and values."""
        self.beams = [self.longer(self.beams[parents[at]], nodes[at], at) for at in going]
        self.scores, self.ids = totals[going], torch.tensor([[nodes[at].id] for at in going])
        cache: Any = self.cache
        if self.step:
            cache.reorder_cache(torch.tensor([parents[at] for at in going]))
        else:
            cache.batch_repeat_interleave(len(going))

    def can_improve(self) -> bool:
        """Not if as many texts have ended as are wanted and the best that goes on is worse than all of them."""
        if len(self.best) < self.asked.width:
            return True
        return self.scores[0].item() / self.step**self.asked.penalty > self.best[-1].score


def found(asked: Searching) -> tuple[Begun, list[Step], Found]:
    begun, *steps, last = search(asked)
    assert isinstance(begun, Begun) and isinstance(last, Found)
    return begun, [step for step in steps if isinstance(step, Step)], last
