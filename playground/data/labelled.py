"""Text with labels, read from a data folder: opinions, sentence pairs, names in sentences.

Every reader hands out one part of one collection; who may learn from what is decided by who reads it, with one
exception made here: sentences of `rt_polarity` that are also measured on are left out, because SST was cut from it.
"""

import csv
import io
import json
import random
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from playground.data import reading
from playground.data.corpora import _text


@dataclass(frozen=True)
class Example:
    """One sentence, or two, and its class, or the chances of each class."""

    text: str
    label: int | tuple[float, ...]
    pair: str = ""


@dataclass(frozen=True)
class Tagged:
    """Words of one sentence and what each is: "O", or "B-" and "I-" with PER, ORG, LOC or MISC."""

    words: tuple[str, ...]
    tags: tuple[str, ...]


OPINIONS = ("negative", "positive")
RELATIONS = ("entailment", "neutral", "contradiction")
KINDS = ("PER", "ORG", "LOC", "MISC")
TAGS = ("O", *(f"{edge}-{kind}" for kind in KINDS for edge in "BI"))


def sst(data: Path, part: str) -> list[Example]:
    """Stanford Sentiment Treebank, whole sentences, two classes; `part` is train, dev or test."""
    rows = (line.rsplit("\t", 1) for line in _text(data, f"sst2_{part}.tsv").splitlines())
    return [Example(text, int(label)) for text, label in rows]


def bare(text: str) -> str:
    """Letters and digits alone, in lower case: equal for two spellings of one sentence.

    >>> bare("It 's -LRB- almost -RRB- good .") == bare("it's (almost) good")
    True
    """
    joined = re.sub(r"\s*'|\s+(?=n't\b)", "", re.sub(r"\b[lr][rs]b\b", " ", text.lower()).replace(" n't", "n't"))
    return " ".join(re.findall(r"[a-z0-9]+", joined))


def contained(texts: Iterable[str], banned: Iterable[str], share: float = 0.8) -> Iterator[bool]:
    """For each text whether it holds, or is held by, one of `banned`: `share` of the shorter's word pairs are shared,
    three at least.

    Copies in these collections differ in spelling, in punctuation and in where a sentence was cut.
    """
    pairs = lambda text: {*pairwise([*bare(text).split(), "."])}  # noqa: E731
    where = defaultdict(list)
    sizes = []
    for number, text in enumerate(banned):
        sizes.append(len(own := pairs(text)))
        for pair in own:
            where[pair].append(number)
    for text in texts:
        own = pairs(text)
        shared: defaultdict[int, int] = defaultdict(int)
        for pair in own:
            for number in where.get(pair, ()):
                shared[number] += 1
        yield any(n >= share * max(3, min(sizes[number], len(own))) for number, n in shared.items())


def rotten(data: Path, banned: Iterable[str]) -> list[Example]:
    """One-sentence reviews (Pang and Lee 2005) without those that are, or hold, a sentence of `banned`."""
    rows = [json.loads(line) for line in _text(data, "rt_polarity.jsonl").splitlines()]
    hits = contained((row["text"] for row in rows), banned)
    return [Example(row["text"], int(row["label"] == "pos")) for row, hit in zip(rows, hits, strict=True) if not hit]


def passages(data: Path, words: int) -> list[Example]:
    """Long reviews (Pang and Lee 2004) in pieces of whole sentences, about `words` words; each has the review's label,
    whatever it says itself."""
    found = []
    for line in _text(data, "movie_reviews.jsonl").splitlines():
        row = json.loads(line)
        run: list[str] = []
        for sentence in re.split(r"(?<=[.!?])\s+", row["text"]):
            run += sentence.split()
            if len(run) >= words:
                found.append(Example(" ".join(run), int(row["label"] == "pos")))
                run = []
    return found


def sick(data: Path, part: str) -> list[Example]:
    """Sentence pairs (Marelli et al. 2014); `part` is train, trial or test_annotated."""
    rows = csv.DictReader(io.StringIO(_text(data, f"sick_{part}.txt")), delimiter="\t")
    return [
        Example(row["sentence_A"], RELATIONS.index(row["entailment_judgment"].lower()), row["sentence_B"])
        for row in rows
    ]


def _columns(data: Path, name: str) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    for block in re.split(r"\n\s*\n", _text(data, f"{name}.conll").strip()):
        rows = [line.split() for line in block.splitlines()]
        rows = [row for row in rows if len(row) >= 2]
        if rows:
            yield tuple(row[0] for row in rows), tuple(row[-1] for row in rows)


def edges(kinds: Sequence[str], opens: Sequence[bool]) -> tuple[str, ...]:
    """Kinds of words ("" for none) as tags; a name begins where the kind changes or `opens` says so.

    >>> edges(["PER", "PER", "", "LOC", "LOC"], [False, False, False, False, True])
    ('B-PER', 'I-PER', 'O', 'B-LOC', 'B-LOC')
    """
    tags, before = [], ""
    for kind, fresh in zip(kinds, opens, strict=True):
        tags.append(f"{'B' if fresh or kind != before else 'I'}-{kind}" if kind else "O")
        before = kind
    return tuple(tags)


def wikigold(data: Path, seed: int = 0) -> tuple[list[Tagged], list[Tagged], list[Tagged]]:
    """Wikipedia sentences (Balasuriya et al. 2009) in a seeded split: 70 % to learn from, 10 % dev, 20 % test."""
    found = []
    for words, raw in _columns(data, "wikigold"):
        kinds = ["" if tag == "O" else tag[2:] for tag in raw]
        found.append(Tagged(words, edges(kinds, [tag.startswith("B-") for tag in raw])))
    random.Random(seed).shuffle(found)
    first, second = round(0.7 * len(found)), round(0.8 * len(found))
    return found[:first], found[first:second], found[second:]


WNUT = {"person": "PER", "location": "LOC", "corporation": "ORG", "group": "ORG"} | dict.fromkeys(
    ("creative-work", "product"), "MISC"
)


def wnut(data: Path, part: str) -> list[Tagged]:
    """Posts (Derczynski et al. 2017): corporations and groups count as ORG, works and products as MISC."""
    found = []
    for words, raw in _columns(data, f"wnut17_{part}"):
        kinds = [WNUT[tag[2:]] if tag != "O" else "" for tag in raw]
        found.append(Tagged(words, edges(kinds, [tag.startswith("B-") for tag in raw])))
    return found


def told(seed: int, count: int) -> list[Tagged]:
    """Plain facts of the reading task, whose names are known because they were put there."""
    found = []
    for text, spans in reading.facts(seed, count):
        names = [(*spans[slot], kind) for slot, kind in (("A", "PER"), ("B", "PER"), ("city", "LOC")) if slot in spans]
        words = list(re.finditer(r"\w+|[^\w\s]", text))
        inside = [next((kind for start, end, kind in names if start <= w.start() < end), "") for w in words]
        opens = [any(w.start() == start for start, _, _ in names) for w in words]
        found.append(Tagged(tuple(w[0] for w in words), edges(inside, opens)))
    return found
