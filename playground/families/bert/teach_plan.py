"""What a reader brings to a fine-tuning: labelled sentences and a plan. Knows no torch."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from playground.core import limits
from playground.core.words import Wrong, shown

CHOICES = {  # what trains -> (usual learning rate, most sentences in a batch, usual epochs)
    "head": (3e-2, 32, 40),
    "last": (1e-3, 16, 15),
    "all": (3e-4, 8, 12),
}
RATES = (1e-6, 0.3)
EPOCHS = 200
LABEL_CHARS = 40


@dataclass(frozen=True)
class Lesson:
    """Labelled sentences; labels in the order in which they first occur."""

    texts: tuple[str, ...]
    pairs: tuple[str, ...]  # second texts, "" for none
    labels: tuple[int, ...]
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.texts)


def lesson(rows: Any) -> Lesson:
    """From [text, second text, label] each; rows without any text and label are skipped. Raises Wrong."""
    if not isinstance(rows, list | tuple) or not all(_is_row(row) for row in rows):
        raise Wrong("Sentences are rows of text, second text and label.", "每行应为：句子、第二句、标签。")
    kept = [(i + 1, tuple(cell.strip() for cell in row)) for i, row in enumerate(rows) if any(map(str.strip, row))]
    if len(kept) > limits.TEACH_SENTENCES:
        most = limits.TEACH_SENTENCES
        raise Wrong(
            f"There are {len(kept):,} sentences; up to {most:,} can be learned here.",
            f"共有 {len(kept):,} 个句子；这里最多学习 {most:,} 个。",
        )
    for line, row in kept:
        _check_row(line, *row)
    names = tuple(dict.fromkeys(label for _, (_, _, label) in kept))
    _check_labels(names)
    texts, pairs, labels = zip(*(row for _, row in kept), strict=True)
    return Lesson(texts, pairs, tuple(map(names.index, labels)), names)


def _is_row(row: Any) -> bool:
    return isinstance(row, list | tuple) and len(row) == 3 and all(isinstance(cell, str) for cell in row)


def _check_row(line: int, text: str, pair: str, label: str) -> None:
    if not text:
        raise Wrong(f"Row {line} has no sentence.", f"第 {line} 行没有句子。")
    if not label:
        raise Wrong(f"Row {line} has no label.", f"第 {line} 行没有标签。")
    most = limits.TEACH_CHARS
    if max(len(text), len(pair)) > most:
        raise Wrong(f"Row {line} is longer than {most:,} characters.", f"第 {line} 行超过 {most:,} 个字符。")
    if len(label) > LABEL_CHARS:
        raise Wrong(
            f"The label in row {line} is longer than {LABEL_CHARS} characters.",
            f"第 {line} 行的标签超过 {LABEL_CHARS} 个字符。",
        )


def _check_labels(names: Sequence[str]) -> None:
    most = limits.TEACH_LABELS
    if not 2 <= len(names) <= most:
        listed = shown(", ".join(names), 80)
        raise Wrong(
            f"There are {len(names)} different labels ({listed}); it takes 2 to {most}."
            if names else f"There are no sentences yet; it takes some of at least 2 labels, and at most {most}.",
            f"共有 {len(names)} 种标签（{listed}）；应有 2 到 {most} 种。"
            if names else f"还没有句子；至少需要 2 种标签的句子，最多 {most} 种。",
        )  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """How to train. `penalty` is L2 on the head's weights: loss + penalty / 2 * their squares."""

    choice: str = "head"
    rate: float = 0.0  # 0: what is usual for the choice
    batch: int = 8
    epochs: int = 0  # 0: what is usual
    penalty: float = 0.005
    held: float = 0.25  # share of sentences not learned from
    stop_loss: float = 0.0  # stop when the training loss is as low; 0: never
    seed: int = 0

    def __post_init__(self) -> None:
        if not isinstance(self.choice, str) or self.choice not in CHOICES:
            raise Wrong(f"What trains is one of {', '.join(CHOICES)}.", f"训练部分可选 {'、'.join(CHOICES)}。")
        rate, most, epochs = CHOICES[self.choice]
        _between(self.rate or rate, *RATES, "The learning rate", "学习率")
        _between(self.penalty, 0, 10, "The penalty", "惩罚项")
        _between(self.held, 0, 0.5, "The share held out", "留出比例")
        _between(self.stop_loss, 0, 10, "The loss to stop at", "停止时的损失")
        _counted(self.batch, 1, most, "The batch", "批大小")
        _counted(self.epochs or epochs, 1, EPOCHS, "The number of epochs", "轮数")
        _counted(self.seed, 0, 2**31, "The seed", "种子")
        object.__setattr__(self, "rate", float(self.rate or rate))
        object.__setattr__(self, "epochs", self.epochs or epochs)

    def payload(self) -> dict[str, Any]:
        return asdict(self)


def plan(given: Mapping[str, Any]) -> Plan:
    """What is left out has its default; raises Wrong."""
    return Plan(**{field.name: given[field.name] for field in fields(Plan) if field.name in given})


def _between(value: Any, low: float, high: float, en: str, zh: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise Wrong(f"{en} is a number from {low:g} to {high:g}.", f"{zh}应为 {low:g} 到 {high:g} 之间的数。")


def _counted(value: Any, low: int, high: int, en: str, zh: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise Wrong(f"{en} is a whole number from {low} to {high:,}.", f"{zh}应为 {low} 到 {high:,} 之间的整数。")


# ---- which sentences are held out


def split(given: Lesson, held: float, seed: int) -> np.ndarray:
    """[example] whether it is held out: of each label the same share, rounded, but never its last sentence.

    Equal sentences stay on one side.
    """
    rng = np.random.default_rng([seed, 7])
    out = np.zeros(len(given), bool)
    for label in range(len(given.names)):
        groups: dict[tuple[str, str], list[int]] = {}
        for i, own in enumerate(given.labels):
            key = (given.texts[i], given.pairs[i])
            if own == label and key not in _other(given, label):
                groups.setdefault(key, []).append(i)
        order = rng.permutation(len(groups))
        alike = list(groups.values())
        for place in order[: min(round(held * len(groups)), len(groups) - 1)]:
            out[alike[place]] = True
    return out


def _other(given: Lesson, label: int) -> set[tuple[str, str]]:
    """Sentences that also occur with another label: they stay in training."""
    rows = zip(given.texts, given.pairs, given.labels, strict=True)
    return {(text, pair) for text, pair, own in rows if own != label}


def likely(right: int, count: int) -> tuple[float, float]:
    """Wilson's 95 % interval for a share of which `right` of `count` were seen.

    >>> [round(v, 3) for v in likely(8, 10)]
    [0.49, 0.943]
    """
    z = 1.959964
    share, room = right / count, z * z / count
    middle = (share + room / 2) / (1 + room)
    half = z / (1 + room) * math.sqrt(share * (1 - share) / count + room / (4 * count))
    return max(0.0, middle - half), min(1.0, middle + half)
