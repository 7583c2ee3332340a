"""What a fine-tuned head says of a text: its class, a tag for every word, or an answer found in a passage.

The four uses of Devlin et al. 2018, figure 4; all of them are read from one forward pass.

from playground.families.bert import Request, Use, read
read(Use(Request("A warm and funny film.", model="bert/sst2"))).ranking.labels
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from playground.core import limits, store
from playground.core.chances import softmax
from playground.core.checks import whole
from playground.core.memo import memo
from playground.core.parts import Ranking, Tokens
from playground.core.words import Text, Wrong, shown
from playground.families.bert.model import Encoded, open_bert
from playground.families.bert.trace import Facts, Pass, Request, facts_of, forward, place_of, shares

MOST_TOKENS = 200  # of an answer


@dataclass(frozen=True)
class Use:
    """`asked.text` is the first text (or the question), `asked.pair` the second (or the passage); `asked.top` says how
    many classes, or answers, are told."""

    asked: Request
    longest: int = 30  # pieces of an answer

    def __post_init__(self) -> None:
        if not whole(self.longest, 1, MOST_TOKENS):
            raise Wrong(
                f"The longest answer is a whole number of pieces from 1 to {MOST_TOKENS}.",
                f"答案的最大长度必须是 1 到 {MOST_TOKENS} 之间的整数（词元数）。",
            )


@dataclass(frozen=True, eq=False)
class Verdict:
    """Of one class for the whole text, of several that each may hold, or of a number."""

    kind: str  # of trace.RULES
    ranking: Ranking  # empty for a value
    ids: tuple[int, ...]  # of the ranking's labels
    logits: np.ndarray  # [class], of every class
    chances: np.ndarray  # [class]; zeros for a value


@dataclass(frozen=True, eq=False)
class Unit:
    """A word that has one tag: that of its first piece."""

    start: int  # [start, end) in the characters of the text
    end: int
    first: int  # position of the first piece
    pieces: tuple[int, ...]
    segment: int
    tag: int
    chance: float
    best: tuple[tuple[int, float], ...]  # tags and their probabilities, best first


@dataclass(frozen=True)
class Entity:
    """Neighbouring words with one kind of tag."""

    start: int  # [start, end) in the characters of the text
    end: int
    kind: str
    score: float  # mean probability of its words' tags
    units: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Tagged:
    units: tuple[Unit, ...]
    entities: tuple[Entity, ...]
    kinds: tuple[str, ...]  # that occur among the labels


@dataclass(frozen=True)
class Span:
    """[start, end] are positions of tokens, both in it; [left, right) characters of the text."""

    start: int
    end: int
    left: int
    right: int
    score: float  # logit of the start plus logit of the end
    chance: float  # among all allowed spans and "no answer"


@dataclass(frozen=True, eq=False)
class Answered:
    spans: tuple[Span, ...]  # best first
    none: Span | None  # "no answer": start and end at the first token, [CLS]
    rest: float  # what the spans that are not listed share
    others: int  # how many those are
    start: np.ndarray  # [token], probabilities; zero outside the passage, but for [CLS]
    end: np.ndarray  # [token]
    logits: np.ndarray  # [start-or-end token]

    @property
    def empty(self) -> bool:
        """Whether it rather says that the passage holds no answer."""
        return self.none is not None and self.none.score > self.spans[0].score


@memo(64)
def read(use: Use) -> Verdict | Tagged | Answered:
    """Raises Wrong for a model without such a head, or where the second text is missing."""
    asked = replace(use.asked, top=1)
    with store.using(asked.model, open_bert) as bert:
        facts, cls = facts_of(bert), bert.tokenizer.cls_token_id
    check_texts(facts, asked)
    done = forward(asked)
    if facts.use == "classes":
        return verdict(done, use.asked.top)
    return tagged(done) if facts.use == "tags" else answered(done, use, cls)


GAPS = Text(
    "This model fills gaps; it has no head for classes, tags or answers. Open it under “Fill the gap”.",
    "这个模型是用来填空的，没有分类、标注或问答的输出头。请在“填空”中打开它。",
)
NO_PASSAGE = Text(
    "This model finds answers in a passage. Type the passage below the question.",
    "这个模型在一段文字中找答案。请在问题下面输入这段文字。",
)
NO_SECOND = Text(
    "This model compares two sentences. Type the second one too.", "这个模型比较两个句子。请把第二句也填上。"
)
LOST = Text(
    "The question is so long that nothing of the passage is left to read. Shorten the question.",
    "问题太长，短文一个词也读不到了。请缩短问题。",
)
RELATION = re.compile("entail|contradict|equivalent|duplicate|paraphrase", re.IGNORECASE)


def needs_pair(facts: Facts) -> bool:
    """Answers need a passage; classes that name a relation between two texts need both."""
    return facts.use == "answer" or (facts.use == "classes" and any(map(RELATION.search, facts.labels)))


def check_texts(facts: Facts, asked: Request) -> None:
    if facts.use == "gap":
        raise Wrong(*GAPS)
    if needs_pair(facts) and not asked.pair.strip():
        raise Wrong(*(NO_PASSAGE if facts.use == "answer" else NO_SECOND))


# ---- one text, or two, and a class


def verdict(done: Pass, top: int) -> Verdict:
    logits, kind = done.logits[0], done.facts.rule
    chances = np.zeros(len(logits)) if kind == "value" else shares(logits, kind)
    best = np.argsort(-logits, kind="stable")[:top]
    rest = max(0.0, 1 - float(chances[best].sum())) if kind == "one" else 0.0
    labels = tuple(named(done.facts.labels[i]) for i in best)
    ranking = Ranking(labels, chances[best].astype(np.float32), rest, len(logits) - len(best))
    return Verdict(kind, ranking, tuple(map(int, best)), logits, chances)


def named(label: str) -> str:
    """A label as it may be shown: whoever made the model wrote it."""
    return shown(" ".join(label.split()), limits.LABEL_CHARS)


# ---- a tag for every word


def tagged(done: Pass) -> Tagged:
    chances = softmax(done.logits)
    units = tuple(_unit(done.encoded.tokens, pieces, chances[pieces[0]]) for pieces in words(done.encoded))
    parse = Parser(done.facts.labels)
    kinds = dict.fromkeys(kind for label in done.facts.labels if (kind := parse(label)[1]))
    return Tagged(units, entities(units, [parse(done.facts.labels[unit.tag]) for unit in units]), tuple(kinds))


def words(encoded: Encoded) -> Iterator[tuple[int, ...]]:
    """Pieces of every word; a sign that the tokenizer left on a word ("Paris.") is a word of its own."""
    tokens = encoded.tokens
    for word in encoded.words:
        run: list[int] = []
        for at in word.pieces:
            surface = tokens.text[slice(*tokens.spans[at])]
            before = "".join(tokens.text[slice(*tokens.spans[piece])] for piece in run)
            if before and surface and any(map(str.isalnum, before)) != any(map(str.isalnum, surface)):
                yield tuple(run)
                run = []
            run.append(at)
        yield tuple(run)


def _unit(tokens: Tokens, pieces: Sequence[int], chances: np.ndarray) -> Unit:
    best = np.argsort(-chances, kind="stable")[: limits.TAGS_TOLD]
    spans = [span for at in pieces if (span := tokens.spans[at])[0] < span[1]]
    return Unit(
        start=min(start for start, _ in spans),
        end=max(end for _, end in spans),
        first=pieces[0],
        pieces=tuple(pieces),
        segment=tokens.segments[pieces[0]],
        tag=int(best[0]),
        chance=float(chances[best[0]]),
        best=tuple((int(i), float(chances[i])) for i in best),
    )


Parsed = tuple[str, str]  # an edge (B, I, ...) and a kind; an empty kind is no entity
EDGES = re.compile(r"([BIESLU])[-_](.+)", re.DOTALL)  # begin, inside, end, single, last, unit


class Parser:
    """How a model's labels are read: "B-PER" as an edge and a kind, "PER" as a kind beside "O", else a tag a word.

    >>> [Parser(known)(label) for known, label in ((["B-PER"], "I-PER"), (["O"], "PER"), (["VERB"], "NOUN"))]
    [('I', 'PER'), ('I', 'PER'), ('S', 'NOUN')]
    """

    def __init__(self, labels: Sequence[str]) -> None:
        self.edges = any(map(EDGES.fullmatch, labels))
        self.plain = "I" if self.edges or "O" in labels else "S"

    def __call__(self, label: str) -> Parsed:
        if label == "O":
            return "O", ""
        found = EDGES.fullmatch(label) if self.edges else None
        return (found[1], named(found[2])) if found else (self.plain, named(label))


def entities(units: Sequence[Unit], parsed: Sequence[Parsed]) -> tuple[Entity, ...]:
    """Words in a row that go on with the kind before them are one entity."""
    runs: list[list[int]] = []
    for n, (edge, kind) in enumerate(parsed):
        before, kind_before = parsed[n - 1] if n else ("O", "")
        fresh = edge in "BSU" or before in "ESLU" or kind != kind_before or units[n].segment != units[n - 1].segment
        if kind and (fresh or not n):
            runs.append([n])
        elif kind:
            runs[-1].append(n)
    return tuple(
        Entity(
            start=units[run[0]].start,
            end=units[run[-1]].end,
            kind=parsed[run[0]][1],
            score=float(np.mean([units[n].chance for n in run])),
            units=tuple(run),
        )
        for run in runs
    )


# ---- an answer in a passage


def answered(done: Pass, use: Use, cls: int | None) -> Answered:
    """Every span of the passage that is not too long competes with every other and with "no answer" at [CLS]."""
    tokens = done.encoded.tokens
    passage, first = passage_of(tokens), place_of(tokens, cls)
    scores = allowed(done.logits, passage, use.longest, first)
    chances = softmax(scores.ravel()).reshape(scores.shape)
    best = [divmod(int(i), len(tokens)) for i in np.argsort(-scores, axis=None, kind="stable")]
    best = [(i, j) for i, j in best[: use.asked.top + 1] if np.isfinite(scores[i, j]) and (i, j) != (first, first)]
    spans = tuple(_span(tokens, i, j, scores, chances) for i, j in best[: use.asked.top])
    none = _span(tokens, first, first, scores, chances) if first is not None else None
    told = [span.chance for span in (*spans, *([none] if none else []))]
    start, end = (
        softmax(np.where(may_answer(tokens, cls), logits, -np.inf)).astype(np.float32) for logits in done.logits
    )
    others = int(np.isfinite(scores).sum()) - len(told)
    return Answered(spans, none, max(0.0, 1 - sum(told)), others, start, end, done.logits)


def passage_of(tokens: Tokens) -> np.ndarray:
    """[token]: whether it is one of the passage's. Raises Wrong if none is."""
    passage = np.array([s == 1 and not special for s, special in zip(tokens.segments, tokens.special, strict=True)])
    if not passage.any():
        raise Wrong(*LOST)
    return passage


def may_answer(tokens: Tokens, cls: int | None) -> np.ndarray:
    """[token]: where an answer may start or end: in the passage, and at [CLS], which says that there is none."""
    first = place_of(tokens, cls)
    return passage_of(tokens) | (np.arange(len(tokens)) == (-1 if first is None else first))


def allowed(logits: np.ndarray, passage: np.ndarray, longest: int, first: int | None) -> np.ndarray:
    """Start logit plus end logit [start end]; minus infinity where no answer may be."""
    count = len(passage)
    length = np.arange(count) - np.arange(count)[:, None] + 1
    fits = (length >= 1) & (length <= longest) & passage & passage[:, None]
    if first is not None:
        fits[first, first] = True
    start, end = logits.astype(np.float64)
    return np.where(fits, start[:, None] + end, -np.inf)


def _span(tokens: Tokens, start: int, end: int, scores: np.ndarray, chances: np.ndarray) -> Span:
    spans = [span for span in tokens.spans[start : end + 1] if span[0] < span[1]]
    left = min((a for a, _ in spans), default=0)
    return Span(
        start,
        end,
        left,
        max((b for _, b in spans), default=left),
        float(scores[start, end]),
        float(chances[start, end]),
    )
