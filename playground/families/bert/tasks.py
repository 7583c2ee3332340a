"""The four tasks the embedded BERT is fine-tuned for: how an example is read, and how well a model does it.

What is measured is what the literature measures: accuracy for classes, F1 of whole entities (Tjong Kim Sang and
De Meulder 2003), exact match and F1 of words for answers (Rajpurkar et al. 2016).
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Encoding, Tokenizer
from torch import Tensor
from transformers import BertForQuestionAnswering, BertForSequenceClassification, BertForTokenClassification

from playground.core.spec import ASSETS
from playground.data import labelled
from playground.data.labelled import Example, Tagged
from playground.data.reading import Asked
from playground.families.bert.vocabulary import PAD

NONE = -100  # a target that counts for nothing
LONGEST = 12  # pieces of an answer


@dataclass(frozen=True, eq=False)
class Item:
    """An example as the model reads it; `target` is a class, chances of classes, a tag a token, or two positions."""

    ids: list[int]
    second: int  # where the second text starts
    target: np.ndarray
    per_token: bool = False


@dataclass(frozen=True, eq=False)
class Batch:
    ids: Tensor  # [row token]
    segments: Tensor
    attended: Tensor
    targets: Tensor


@dataclass(frozen=True)
class Task:
    title: str
    net: Any  # a class of transformers
    labels: tuple[str, ...]
    item: Callable[[Any, Tokenizer, int], Item]  # example, tokenizer, positions
    measure: Callable[[Any, Tokenizer, Sequence[Any]], dict[str, float]]
    write: Callable[[Any], str]  # an example of the held-out part as lines of a file
    read: Callable[[str], Any]

    def heldout(self, key: str) -> list[Any]:
        """The small part that ships."""
        return [self.read(block) for block in held_file(key).read_text("utf-8").removesuffix("\n").split("\n\n")]


def held_file(key: str) -> Path:
    return ASSETS / "data" / f"bert_{key}.tsv"


def gather(items: Sequence[Item]) -> Batch:
    """Padded to the longest, rounded up to a multiple of eight: new shapes cost time."""
    width = -(-max(len(item.ids) for item in items) // 8) * 8
    ids = np.full((len(items), width), PAD, np.int64)
    segments = np.zeros_like(ids)
    for row, item in enumerate(items):
        ids[row, : len(item.ids)] = item.ids
        segments[row, item.second : len(item.ids)] = 1
    targets = [item.target for item in items]
    if items[0].per_token:
        targets = [np.pad(t, (0, width - len(t)), constant_values=NONE) for t in targets]
    return Batch(*map(torch.from_numpy, (ids, segments, ids != PAD, np.stack(targets))))


@torch.inference_mode()
def outputs(net: Any, items: Sequence[Item], rows: int = 32) -> Iterator[tuple[Item, np.ndarray]]:
    """Logits of each item, in the order given: [class], [token class] or [start-or-end token]."""
    for at in range(0, len(items), rows):
        part = items[at : at + rows]
        batch = gather(part)
        said = net(batch.ids, attention_mask=batch.attended, token_type_ids=batch.segments)
        ends = "start_logits" in said
        logits = torch.stack([said.start_logits, said.end_logits], 1) if ends else said.logits
        for item, row in zip(part, logits.float().numpy(), strict=True):
            n = len(item.ids)
            yield item, row[:, :n] if ends else row[:n] if item.per_token else row


# ---- classes


def classed(example: Example, tokenizer: Tokenizer, positions: int) -> Item:
    said = tokenizer.encode(example.text, example.pair) if example.pair else tokenizer.encode(example.text)
    ids = said.ids if len(said.ids) <= positions else [*said.ids[: positions - 1], said.ids[-1]]
    second = said.type_ids.index(1) if example.pair else len(ids)
    kind = np.int64 if isinstance(example.label, int) else np.float32
    return Item(ids, second, np.array(example.label, kind))


def accuracy(net: Any, tokenizer: Tokenizer, examples: Sequence[Example]) -> dict[str, float]:
    items = [classed(example, tokenizer, net.config.max_position_embeddings) for example in examples]
    right = [int(logits.argmax()) == int(item.target) for item, logits in outputs(net, items)]
    return {"accuracy": sum(right) / len(right)}


def _write_class(example: Example) -> str:
    return "\t".join([str(example.label), example.text, *([example.pair] if example.pair else [])])


def _read_class(line: str) -> Example:
    label, text, *pair = line.split("\t")
    return Example(text, int(label), *pair)


# ---- tags


def _cut(sentence: Tagged, tokenizer: Tokenizer, positions: int) -> tuple[Encoding, list[int | None]]:
    said = tokenizer.encode(list(sentence.words), is_pretokenized=True)
    return said, said.word_ids[: positions - 1]


def tagged(sentence: Tagged, tokenizer: Tokenizer, positions: int) -> Item:
    """The first piece of a word has its tag, the others none."""
    said, words = _cut(sentence, tokenizer, positions)
    first = [word is not None and (not at or words[at - 1] != word) for at, word in enumerate(words)]
    tags = [
        labelled.TAGS.index(sentence.tags[word]) if new and word is not None else NONE
        for new, word in zip(first, words, strict=True)
    ]
    short = len(said.ids) > len(words)
    ids = [*said.ids[: len(words)], said.ids[-1]] if short else said.ids
    return Item(ids, len(ids), np.array([*tags, NONE] if short else tags), per_token=True)


def entities(tags: Sequence[str]) -> set[tuple[int, int, str]]:
    """[start, end) and kind; an I that goes on with nothing begins, as in the shared task's own script.

    >>> sorted(entities(["B-PER", "I-PER", "O", "I-LOC", "B-LOC", "I-ORG"]))
    [(0, 2, 'PER'), (3, 4, 'LOC'), (4, 5, 'LOC'), (5, 6, 'ORG')]
    """
    found, start = set(), 0
    for at, tag in enumerate([*tags, "O"]):
        before = tags[at - 1] if at else "O"
        if before != "O" and tag != f"I-{before[2:]}":
            found.add((start, at, before[2:]))
        if tag[0] == "B" or (tag != "O" and before[2:] != tag[2:]):
            start = at
    return found


def score(said: Sequence[set[tuple]], truth: Sequence[set[tuple]]) -> dict[str, float]:
    """Precision, recall and F1 of whole entities over all sentences."""
    hits = sum(len(a & b) for a, b in zip(said, truth, strict=True))
    precision = hits / max(1, sum(map(len, said)))
    recall = hits / max(1, sum(map(len, truth)))
    return {
        "entity F1": 2 * precision * recall / max(1e-9, precision + recall),
        "precision": precision,
        "recall": recall,
    }


def entity_score(net: Any, tokenizer: Tokenizer, sentences: Sequence[Tagged]) -> dict[str, float]:
    """Words beyond the model's last position count as untagged."""
    items = [tagged(sentence, tokenizer, net.config.max_position_embeddings) for sentence in sentences]
    said = []
    for item, logits in outputs(net, items):
        best = logits.argmax(-1)
        said.append(entities([labelled.TAGS[best[at]] for at in np.flatnonzero(item.target != NONE)]))
    return score(said, [entities(sentence.tags) for sentence in sentences])


def _write_tags(sentence: Tagged) -> str:
    return "\n".join(f"{word}\t{tag}" for word, tag in zip(sentence.words, sentence.tags, strict=True))


def _read_tags(block: str) -> Tagged:
    rows = [line.split("\t") for line in block.split("\n")]
    return Tagged(tuple(row[0] for row in rows), tuple(row[1] for row in rows))


# ---- answers


def answerable(asked: Asked, tokenizer: Tokenizer, positions: int) -> Item:
    """Question, then passage; the target is the first and the last token of the answer, both 0 ([CLS]) for none."""
    said = tokenizer.encode(asked.question, asked.passage)
    inside = _passage(said, positions)
    hit = [at for at in inside if said.offsets[at][1] > asked.start and said.offsets[at][0] < asked.end]
    ids = said.ids if len(said.ids) <= positions else [*said.ids[: positions - 1], said.ids[-1]]
    return Item(ids, said.type_ids.index(1), np.array([hit[0], hit[-1]] if hit else [0, 0]))


def _passage(said: Encoding, positions: int) -> list[int]:
    return [at for at, sequence in enumerate(said.sequence_ids[: positions - 1]) if sequence == 1]


def best_span(logits: np.ndarray, inside: Sequence[int]) -> tuple[int, int]:
    """First and last token of the likeliest answer among `inside`; (0, 0) where "no answer" is likelier."""
    start, end = logits
    scores = start[inside][:, None] + end[inside][None]
    length = np.subtract.outer(np.arange(len(inside)), np.arange(len(inside))).T
    scores = np.where((length >= 0) & (length < LONGEST), scores, -np.inf)
    i, j = divmod(int(scores.argmax()), len(inside))
    return (inside[i], inside[j]) if scores[i, j] >= start[0] + end[0] else (0, 0)


def answers(net: Any, tokenizer: Tokenizer, examples: Sequence[Asked]) -> list[str]:
    """What the model answers, in the passage's own letters; "" for no answer."""
    positions = net.config.max_position_embeddings
    items = [answerable(asked, tokenizer, positions) for asked in examples]
    found = []
    for (_, logits), asked in zip(outputs(net, items), examples, strict=True):
        said = tokenizer.encode(asked.question, asked.passage)
        first, last = best_span(logits, _passage(said, positions))
        found.append(asked.passage[said.offsets[first][0] : said.offsets[last][1]] if last else "")
    return found


def normal(answer: str) -> list[str]:
    """Words without case, punctuation and articles."""
    return [word for word in re.findall(r"\w+", answer.lower()) if word not in ("a", "an", "the")]


def overlap(said: str, truth: str) -> float:
    """F1 of words; an empty answer is right or wrong."""
    a, b = normal(said), normal(truth)
    if not a or not b:
        return float(a == b)
    return 2 * sum((Counter(a) & Counter(b)).values()) / (len(a) + len(b))


def answer_score(net: Any, tokenizer: Tokenizer, examples: Sequence[Asked]) -> dict[str, float]:
    said = answers(net, tokenizer, examples)
    pairs = list(zip(said, (asked.answer for asked in examples), strict=True))
    return {
        "exact match": float(np.mean([normal(a) == normal(b) for a, b in pairs])),
        "word F1": float(np.mean([overlap(a, b) for a, b in pairs])),
    }


def _write_asked(asked: Asked) -> str:
    return "\t".join([asked.passage, asked.question, str(asked.start), str(asked.end), asked.kind])


def _read_asked(line: str) -> Asked:
    passage, question, start, end, kind = line.split("\t")
    return Asked(passage, question, int(start), int(end), kind)


_CLASSES = (classed, accuracy, _write_class, _read_class)
TASKS: Mapping[str, Task] = {
    "sst2": Task("Opinion of a film", BertForSequenceClassification, labelled.OPINIONS, *_CLASSES),
    "sick": Task("Does it follow?", BertForSequenceClassification, labelled.RELATIONS, *_CLASSES),
    "entities": Task(
        "Names in a text", BertForTokenClassification, labelled.TAGS, tagged, entity_score, _write_tags, _read_tags
    ),
    "answers": Task(
        "An answer in a passage", BertForQuestionAnswering, (), answerable, answer_score, _write_asked, _read_asked
    ),
}
