"""GPT-1's inputs (Radford et al. 2018, section 3.3 and figure 1): any task as rows of tokens, read by one model.

A row begins with a start token, has a delimiter between two texts and ends with a token whose state the task's head
reads. No such head came with the models that open here. So answers are scored by likelihood, and for one task a small
head is fitted while you wait.

>>> told = shaped(Shape("entail", ("A dog runs.", "An animal moves.")))
>>> [piece.role for piece in told.rows[0].pieces if piece.role != "text"]
['start', 'delimiter', 'extract']
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from playground.core import limits, store
from playground.core.chances import softmax
from playground.core.memo import memo
from playground.core.words import Wrong, shown
from playground.families.gpt.labels import alone, continued, following, reading
from playground.families.gpt.model import Gpt, encode, open_gpt, spell
from playground.families.gpt.opinions import OPINIONS

COUNTS = {"classify": (1, 1), "entail": (2, 2), "similar": (2, 2), "choose": (3, 7)}  # fewest and most texts
DELIMITER = "$"  # the paper's own sign
FOLDS = 8


@dataclass(frozen=True)
class Shape:
    """One task with its texts; for a choice the context and the answers to choose from. Raises Wrong."""

    task: str
    texts: tuple[str, ...]
    labels: tuple[str, ...] = ()  # what may be said of the text, or of the pair
    model: str = "gpt/mini"

    def __post_init__(self) -> None:
        if not isinstance(self.task, str) or self.task not in COUNTS:
            raise Wrong(f"There is no task “{shown(self.task)}”.", f"没有“{shown(self.task)}”这个任务。")
        for name in ("texts", "labels"):
            texts = getattr(self, name)
            if not isinstance(texts, list | tuple) or not all(isinstance(text, str) for text in texts):
                raise Wrong("The texts and labels are lists of texts.", "文字和标签都用文字的列表表示。")
            object.__setattr__(self, name, tuple(text.strip() for text in texts))
        least, most = COUNTS[self.task]
        if not least <= len(self.texts) <= most:
            raise Wrong(f"This task takes {least} to {most} texts.", f"这个任务需要 {least} 到 {most} 段文字。")
        if not all(self.texts) or not all(self.labels):
            raise Wrong("One of the fields is empty. Fill it in.", "有一栏是空的，请填写。")
        if len(self.labels) > 8 or len(set(self.labels)) < len(self.labels):
            raise Wrong("Up to eight labels, each another.", "最多八个标签，且不能重复。")
        if not isinstance(self.model, str):
            raise Wrong("“model” must be text.", "“model”必须是文字。")
        if sum(map(len, (*self.texts, *self.labels))) > (most := limits.TEXT_CHARS):
            raise Wrong(f"Up to {most:,} characters are accepted. Shorten it.", f"最多 {most:,} 个字符，请缩短一些。")


@dataclass(frozen=True)
class Piece:
    """Tokens of a row that have one role: "start", "text", "delimiter" or "extract"."""

    role: str
    text: int  # number of the text, -1 for another role
    ids: tuple[int, ...]
    tokens: tuple[str, ...]
    cut: int = 0  # tokens at its beginning that found no room


@dataclass(frozen=True, eq=False)
class Row:
    pieces: tuple[Piece, ...]
    state: np.ndarray  # [feature] at the extract token, after the last layer

    @property
    def ids(self) -> tuple[int, ...]:
        return tuple(id for piece in self.pieces for id in piece.ids)


@dataclass(frozen=True)
class Score:
    """How likely an answer is after a prompt."""

    name: str
    prompt: str
    answer: str
    logs: tuple[float, ...]  # ln P of each of its tokens
    alone: float | None = None  # mean ln P of its tokens with nothing before it, where that is compared

    @property
    def mean(self) -> float:
        return float(np.mean(self.logs))


@dataclass(frozen=True, eq=False)
class Told:
    rows: tuple[Row, ...]
    sum: np.ndarray | None  # [feature] both orders added
    scores: tuple[Score, ...]
    shares: np.ndarray | None  # [score] softmax over the mean ln P per token; None where nothing is chosen


@memo(32)
def shaped(shape: Shape) -> Told:
    """The rows the model reads, the state a head would read, and answers by likelihood."""
    with store.using(shape.model, open_gpt) as gpt, torch.inference_mode():
        rows = tuple(row(shape, order, gpt) for order in orders(shape))
        scores = tuple(SCORES[shape.task](shape, gpt))
    both = rows[0].state + rows[1].state if shape.task == "similar" else None
    chosen = softmax(np.array([score.mean for score in scores])) if scores and shape.task != "similar" else None
    return Told(rows, both, scores, chosen)


# ---- rows


def orders(shape: Shape) -> list[tuple[int, ...]]:
    """Which texts stand in each row, in order (figure 1)."""
    if shape.task == "similar":
        return [(0, 1), (1, 0)]
    if shape.task == "choose":
        return [(0, i) for i in range(1, len(shape.texts))]
    return [tuple(range(len(shape.texts)))]


def marks(gpt: Gpt) -> dict[str, tuple[int, ...]]:
    """What stands for the paper's three tokens, which no vocabulary of today has."""
    end = gpt.tokenizer.eos_token_id
    start = gpt.start if gpt.start is not None else end
    delimiter = tuple(alone(DELIMITER, gpt))
    edge = () if start is None else (start,)
    return {"start": edge, "delimiter": delimiter, "extract": delimiter if end is None else (end,)}


def row(shape: Shape, order: Sequence[int], gpt: Gpt) -> Row:
    own, texts = marks(gpt), [alone(shape.texts[i], gpt) for i in order]
    fixed = sum(len(own[role]) for role in ("start", "extract")) + len(own["delimiter"]) * (len(order) - 1)
    cuts = shortened([len(text) for text in texts], gpt.positions - fixed)
    pieces = [piece("start", -1, own["start"], gpt)]
    for n, (i, ids, cut) in enumerate(zip(order, texts, cuts, strict=True)):
        if n:
            pieces.append(piece("delimiter", -1, own["delimiter"], gpt))
        pieces.append(piece("text", i, ids[cut:], gpt, cut))
    pieces.append(piece("extract", -1, own["extract"], gpt))
    pieces = [one for one in pieces if one.ids]
    return Row(tuple(pieces), state(gpt, [[id for one in pieces for id in one.ids]])[0])


def shortened(sizes: Sequence[int], room: int) -> list[int]:
    """How many tokens each text gives up, the longest first, until all fit.

    >>> shortened([10, 3], 8)
    [5, 0]
    >>> shortened([4, 4], 9)
    [0, 0]
    """
    left = list(sizes)
    while (over := sum(left) - room) > 0 and max(left) > 1:
        at = left.index(max(left))
        rest = max([size for i, size in enumerate(left) if i != at], default=0)
        left[at] -= max(1, min(over, left[at] - max(1, rest)))
    return [size - kept for size, kept in zip(sizes, left, strict=True)]


def piece(role: str, text: int, ids: Sequence[int], gpt: Gpt, cut: int = 0) -> Piece:
    return Piece(role, text, tuple(ids), tuple(spell(gpt.tokenizer, id) for id in ids), cut)


def state(gpt: Gpt, rows: Sequence[Sequence[int]]) -> np.ndarray:
    """[row feature]: the state of each row's last token. Rows are filled up behind it, where it cannot see."""
    width = max(map(len, rows))
    given = torch.tensor([[*ids, *[0] * (width - len(ids))] for ids in rows])
    last = gpt.net.base_model(input_ids=given, use_cache=False).last_hidden_state
    return last[torch.arange(len(rows)), torch.tensor([len(ids) - 1 for ids in rows])].float().numpy()


# ---- answers by likelihood


def score(name: str, prompt: str, answer: str, gpt: Gpt) -> Score:
    before = encode(prompt, gpt, start=gpt.start is not None)
    ids = continued(prompt, answer, gpt)[: gpt.positions // 2]
    kept = before.tokens.ids[-(gpt.positions - len(ids)) :]
    return Score(name, prompt, answer, tuple(following(gpt.net, reading(gpt.net, kept), [ids])[0].tolist()))


def classified(shape: Shape, gpt: Gpt) -> list[Score]:
    return [score(label, f"{shape.texts[0]} It was", f" {label}", gpt) for label in shape.labels]


def entailed(shape: Shape, gpt: Gpt) -> list[Score]:
    first, second = shape.texts
    names = ", ".join(shape.labels[:-1]) + f" or {shape.labels[-1]}" if shape.labels else ""
    prompt = f"{first}\nQuestion: {second} {names}?\nAnswer:"
    return [score(label, prompt, f" {label}", gpt) for label in shape.labels]


def chosen(shape: Shape, gpt: Gpt) -> list[Score]:
    context, *answers = shape.texts
    return [score(answer, context, f" {answer}", gpt) for answer in answers]


def alike(shape: Shape, gpt: Gpt) -> list[Score]:
    """Each text after the other, against each with nothing before it."""
    out = []
    for one, other in (shape.texts, shape.texts[::-1]):
        found = score(other, one, f" {other}", gpt)
        if gpt.start is None:
            out.append(found)
            continue
        bare = np.mean(score(other, "", f" {other}", gpt).logs)
        out.append(Score(found.name, found.prompt, found.answer, found.logs, float(bare)))
    return out


SCORES = {"classify": classified, "entail": entailed, "similar": alike, "choose": chosen}


# ---- a small head, fitted while you wait


@dataclass(frozen=True, eq=False)
class Head:
    """Logistic regression on the extract token's state: one weight a feature, and a bias."""

    sentences: tuple[str, ...]
    good: tuple[bool, ...]
    held: np.ndarray  # [sentence]: P(good) by a head that saw neither it nor its counterpart
    earlier: np.ndarray  # the same, read from the last token of the text instead of the extract token
    seen: float  # share of the sentences that the head fitted on all of them gets right
    weights: np.ndarray  # [feature], for states as they are
    bias: float

    def right(self, chances: np.ndarray) -> int:
        return int(((chances > 0.5) == np.array(self.good)).sum())

    def chance(self, state: np.ndarray) -> float:
        """P(good) of a text, by its state at the extract token."""
        return float(1 / (1 + np.exp(-np.clip(state @ self.weights + self.bias, -500, 500))))


@memo(8)
def opinion_head(model: str) -> Head:
    """Fitted on small opinions written for this room; each is also judged by a head fitted on other pairs."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    good = np.array([verdict for _, verdict in OPINIONS])
    line = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=1000))
    with store.using(model, open_gpt) as gpt:
        last, before = opinion_states(gpt)
    held, earlier = unseen(line, last, good), unseen(line, before, good)
    line.fit(last, good)
    scale, top = line[0], line[1]
    weights = top.coef_[0] / scale.scale_
    bias = float(top.intercept_[0] - weights @ scale.mean_)
    texts = tuple(text for text, _ in OPINIONS)
    return Head(texts, tuple(good.tolist()), held, earlier, float(line.score(last, good)), weights, bias)


@torch.inference_mode()
def opinion_states(gpt: Gpt) -> tuple[np.ndarray, np.ndarray]:
    """[sentence feature] at the extract token, and at the last token of the text."""
    own = marks(gpt)
    short = [[*own["start"], *alone(text, gpt)][: gpt.positions - len(own["extract"])] for text, _ in OPINIONS]
    whole = [[*ids, *own["extract"]] for ids in short]
    parts = range(0, len(short), 16)
    last, before = (np.concatenate([state(gpt, rows[at : at + 16]) for at in parts]) for rows in (whole, short))
    return last.astype(np.float64), before.astype(np.float64)


def unseen(line: Any, states: np.ndarray, good: np.ndarray) -> np.ndarray:
    """P(good) of each sentence by a head that saw neither it nor the opposite opinion in like words."""
    from sklearn.model_selection import GroupKFold, cross_val_predict

    pairs = np.arange(len(good)) // 2
    found = cross_val_predict(line, states, good, groups=pairs, cv=GroupKFold(FOLDS), method="predict_proba")
    return np.asarray(found[:, 1])
