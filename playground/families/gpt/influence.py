"""What each example of a prompt does to the probability of one answer, and how much of it the order does.

from playground.families.gpt import Subject, left_out
list(left_out(Subject(prompt, "warm")))

How strongly the order alone moves the answers of few-shot prompts: Lu et al., "Fantastically Ordered Prompts" (2022).
Whether right labels matter at all: Min et al., "Rethinking the Role of Demonstrations" (2022).
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import permutations
from math import factorial

import numpy as np

from playground.core import store
from playground.core.checks import whole
from playground.core.words import Wrong
from playground.families.gpt import batches
from playground.families.gpt.labels import continued, fitted
from playground.families.gpt.model import open_gpt
from playground.families.gpt.shots import Example, Prompt
from playground.families.gpt.trace import Request, look

ORDERS = 120  # asked; all of them for five examples
SWAPS = 3  # wrong answers tried in each example


@dataclass(frozen=True)
class Subject:
    """The probability of `answer` after the prompt; if it is empty, of what the model itself writes there."""

    prompt: Prompt
    answer: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.answer, str):
            raise Wrong("The answer must be text.", "答案必须是文字。")


def settled(subject: Subject) -> Subject:
    """With its answer. Raises Wrong where the model writes nothing."""
    if answer := subject.answer.strip():
        fitted(replace(subject.prompt, labels=(answer,)))  # refuses one that is too long
        return replace(subject, answer=answer)
    prompt = subject.prompt
    with store.using(prompt.model, open_gpt) as gpt:
        ids, _ = batches.ids_of(prompt.text(), gpt, batches.LINE)
    (said,) = batches.lines(batches.Line(batches.Batch(prompt.model, (0,), (ids,)), stop=prompt.stop))
    if not said.text.strip():
        raise Wrong("The model writes an empty line here; name an answer.", "模型在这里写了空行；请给出一个答案。")
    return replace(subject, answer=said.text.strip())


@dataclass(frozen=True)
class Change:
    """One prompt changed; `what` tells how."""

    what: tuple
    prompt: Prompt


@dataclass(frozen=True)
class Found:
    change: Change
    log: float  # natural logarithm of the answer's probability


def probed(subject: Subject, changes: list[Change]) -> Iterator[list[Found]]:
    """The answer's probability in each, in steps of bounded work. `subject` is settled."""
    model = subject.prompt.model
    texts = [change.prompt.text() for change in changes]
    with store.using(model, open_gpt) as gpt:
        tail = tuple(continued(subject.prompt.text(), f" {subject.answer}", gpt))
        ids = [batches.ids_of(text, gpt, len(tail))[0] for text in texts]
    for batch in batches.batches(model, ids):
        logs = batches.chances(batches.Answers(batch, (tail,)))[:, 0]
        yield [Found(changes[place], float(log)) for place, log in zip(batch.places, logs, strict=True)]


def as_it_is(subject: Subject) -> float:
    """Logarithm of the answer's probability after the prompt unchanged."""
    ((found,),) = probed(subject, [Change((), subject.prompt)])
    return found.log


def left_out(subject: Subject) -> list[Change]:
    """Each example left out: ("without", number)."""
    own = subject.prompt.examples
    return [Change(("without", i), replace(subject.prompt, examples=own[:i] + own[i + 1 :])) for i in range(len(own))]


def made_wrong(subject: Subject) -> list[Change]:
    """Each example with other answers: the other labels, else those of the next examples. ("wrong", number, answer)"""
    prompt = subject.prompt
    changes = []
    for i, (given, answer) in enumerate(prompt.examples):
        turn = [example.answer for example in (*prompt.examples[i + 1 :], *prompt.examples[:i])]
        others = [other for other in dict.fromkeys(prompt.labels or turn) if other != answer][:SWAPS]
        for other in others:
            row = (*prompt.examples[:i], Example(given, other), *prompt.examples[i + 1 :])
            changes.append(Change(("wrong", i, other), replace(prompt, examples=row)))
    return changes


def orders(subject: Subject, most: int = ORDERS, seed: int = 0) -> list[Change]:
    """The examples in all orders if there are no more than `most`, else so many drawn ones; the first as it is.

    ("order", number of the first example, of the second, ...)
    """
    if not whole(most, 1, ORDERS) or not whole(seed):
        raise Wrong(f"From 1 to {ORDERS} orders are asked.", f"顺序的数目为 1 到 {ORDERS}。")
    own = subject.prompt.examples
    return [
        Change(("order", *turn), replace(subject.prompt, examples=tuple(own[i] for i in turn)))
        for turn in _turns(len(own), most, seed)
    ]


def _turns(count: int, most: int, seed: int) -> list[tuple[int, ...]]:
    if factorial(min(count, 10)) <= most:
        return list(permutations(range(count)))
    rng, found = random.Random(seed), {tuple(range(count)): None}
    while len(found) < most:
        found[tuple(rng.sample(range(count), count))] = None
    return list(found)


# ---- where the last token looks


@dataclass(frozen=True, eq=False)
class Looks:
    """Shares of the attention that the last token of the prompt pays, from which the answer is foretold."""

    whole: np.ndarray  # [layer head example], on all tokens of an example
    answers: np.ndarray  # [layer head example], on the tokens of its answer alone
    description: np.ndarray  # [layer head]
    query: np.ndarray  # [layer head], on the question
    first: np.ndarray  # [layer head], on the first token of all, wherever it belongs
    answer_tokens: tuple[int, ...]  # how many there are for each example
    head: tuple[int, int]  # that looks most at the answers: copies from there, if it is an induction head


def shots_seen(prompt: Prompt) -> Looks:
    """Raises Wrong for a prompt too long to be drawn, or without examples."""
    if not prompt.examples:
        raise Wrong("There are no examples to look at.", "没有可看的例子。")
    seen = look(Request(prompt.text(), prompt.model, top=1))
    weights = seen.attention.weights[:, :, -1]  # [layer head key]
    owner = owners(prompt, seen.done.encoded.tokens.spans)
    count = len(prompt.examples)

    def mass(*wanted: tuple[str, int]) -> np.ndarray:
        return weights[..., [any(fits(own, want) for want in wanted) for own in owner]].sum(-1)

    answers = np.stack([mass(("answer", i)) for i in range(count)], -1)
    layer, head = np.unravel_index(int(answers.sum(-1).argmax()), answers.shape[:2])
    return Looks(
        np.stack([mass(("", i)) for i in range(count)], -1),
        answers,
        mass(("", -1)),
        mass(("", count)),
        weights[..., 0],
        tuple(sum(fits(own, ("answer", i)) for own in owner) for i in range(count)),
        (int(layer), int(head)),
    )


def fits(own: tuple[str, int] | None, wanted: tuple[str, int]) -> bool:
    return own is not None and own[1] == wanted[1] and wanted[0] in ("", own[0])


def owners(prompt: Prompt, spans: tuple[tuple[int, int], ...]) -> list[tuple[str, int] | None]:
    """(kind, block) of the part in which each token ends; None for a token that stands for no text."""
    parts = [(begin, end, (part.kind, part.block)) for part, begin, end in prompt.spans()]
    return [
        next((own for begin, end, own in parts if begin < stop <= end), None) if stop > start else None
        for start, stop in spans
    ]
