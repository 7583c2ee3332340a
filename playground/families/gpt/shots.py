"""A few-shot prompt as data: a task in words, solved examples, a question, and how they are laid out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple

from playground.core import limits
from playground.core.words import Wrong, letters, shown
from playground.data.layouts import Layout

LINE = "\n"
USUAL = Layout()


class Example(NamedTuple):
    given: str
    answer: str


class Part(NamedTuple):
    """A piece of the prompt's text.

    `kind`: "description", "given" (an example's input), "answer" (with the space before it), "query", or "mark" (what
    the layout brings). `block`: -1 for the description, an example's number from 0, or for the question the number of
    examples.
    """

    kind: str
    block: int
    text: str


@dataclass(frozen=True)
class Prompt:
    """Spaces around inputs and answers are left out: the layout brings those that are needed. Raises Wrong."""

    description: str = ""
    examples: tuple[Example, ...] = ()
    query: str = ""
    layout: Layout = USUAL
    below: str = LINE  # stands below the description
    labels: tuple[str, ...] = ()  # the allowed answers; none: anything may be answered
    model: str = "gpt/mini"

    def __post_init__(self) -> None:
        _check_texts(self)
        put = object.__setattr__
        put(self, "examples", tuple(_example(at, pair) for at, pair in enumerate(_many(self.examples, "examples"), 1)))
        put(self, "labels", tuple(dict.fromkeys(_label(label) for label in _many(self.labels, "labels"))))
        for name in ("description", "below"):
            put(self, name, letters(getattr(self, name)))
        put(self, "query", letters(self.query).strip(" "))
        before, middle, after = (letters(getattr(self.layout, name)) for name in _FIELDS)
        put(self, "layout", Layout(before, middle.rstrip(" "), after))
        _check_sizes(self)

    def parts(self) -> list[Part]:
        """In order; together they are the text."""
        before, middle, after = self.layout.before, self.layout.middle, self.layout.after
        out = [Part("description", -1, self.description), Part("mark", -1, self.below)] if self.description else []
        for i, (given, answer) in enumerate(self.examples):
            out += [Part("mark", i, before), Part("given", i, given), Part("mark", i, middle)]
            out += [Part("answer", i, f" {answer}"), Part("mark", i, after)]
        last = len(self.examples)
        out += [Part("mark", last, before), Part("query", last, self.query), Part("mark", last, middle)]
        for at in reversed(range(len(out))):  # the answer brings its own space
            out[at] = out[at]._replace(text=out[at].text.rstrip(" "))
            if out[at].text:
                break
        return out

    def spans(self) -> Iterator[tuple[Part, int, int]]:
        """Each part with [start, end) in characters of the text."""
        at = 0
        for part in self.parts():
            yield part, at, at + len(part.text)
            at += len(part.text)

    def text(self) -> str:
        """Ends right before the space of the answer."""
        return "".join(part.text for part in self.parts())

    @property
    def stop(self) -> str:
        """What ends an answer: the line, or what parts the examples if they stand on one line."""
        mark = self.layout.after
        return LINE if LINE in mark or not mark.strip() else mark.strip()

    def shots(self, count: int) -> "Prompt":
        """The same with its first `count` examples."""
        return replace(self, examples=self.examples[:count])

    def payload(self) -> dict[str, Any]:
        """As JSON; `read` takes it back."""
        return {**asdict(self), "examples": [list(pair) for pair in self.examples], "labels": list(self.labels)}


def read(given: Any) -> Prompt:
    """A prompt from JSON; what is left out has its default. Raises Wrong."""
    if not isinstance(given, Mapping):
        raise _malformed()
    known = {name: given[name] for name in Prompt.__dataclass_fields__ if name in given}
    if "layout" in known:
        known["layout"] = layout(known["layout"])
    return Prompt(**known)


def layout(given: Any) -> Layout:
    """{before, middle, after} as a Layout. Raises Wrong."""
    if not isinstance(given, Mapping) or not all(isinstance(given.get(name, ""), str) for name in _FIELDS):
        raise Wrong("The layout consists of three texts: before, middle, after.", "版式由三段文字组成：前、中、后。")
    return Layout(**{name: given[name] for name in _FIELDS if name in given})


_FIELDS = ("before", "middle", "after")


def _check_texts(prompt: Prompt) -> None:
    for name in ("description", "query", "below", "model"):
        if not isinstance(getattr(prompt, name), str):
            raise Wrong(f"“{name}” must be text.", f"“{name}”必须是文字。")
    if not isinstance(prompt.layout, Layout):
        raise Wrong("The layout consists of three texts: before, middle, after.", "版式由三段文字组成：前、中、后。")
    for name in _FIELDS:
        if not isinstance(part := getattr(prompt.layout, name), str) or len(part) > limits.SHOTS_LAYOUT:
            most = limits.SHOTS_LAYOUT
            raise Wrong(
                f"Each part of the layout is text of at most {most} characters.", f"版式的每一部分最多 {most} 个字符。"
            )


def _many(value: Any, name: str) -> Sequence[Any]:
    if not isinstance(value, list | tuple):
        raise Wrong(f"“{name}” must be a list.", f"“{name}”必须是列表。")
    most = {"examples": limits.SHOTS, "labels": limits.SHOTS_LABELS}[name]
    if len(value) > most:
        noun = {"examples": "例子", "labels": "答案"}[name]
        raise Wrong(
            f"A prompt may have {most} {name}; these are {len(value):,}.",
            f"一个提示最多有 {most} 个{noun}，这里有 {len(value):,} 个。",
        )
    return value


def _example(at: int, pair: Any) -> Example:
    if not isinstance(pair, list | tuple) or len(pair) != 2 or not all(isinstance(text, str) for text in pair):
        raise Wrong(
            f"Example {at} must be two texts: what is given, and the answer.", f"例 {at} 必须是两段文字：输入和答案。"
        )
    given, answer = letters(pair[0]).strip(" "), letters(pair[1]).strip()
    if not answer:
        raise Wrong(
            f"Example {at} has no answer. Give one, or untick the example.",
            f"例 {at} 没有答案。请补上，或取消勾选这个例子。",
        )
    return Example(given, answer)


def _label(label: Any) -> str:
    if not isinstance(label, str) or not label.strip():
        raise Wrong("An allowed answer must be text that is not empty.", "允许的答案必须是非空文字。")
    if len(label) > (most := limits.SHOTS_LABEL):
        raise Wrong(
            f"The allowed answer “{shown(label, 24)}” has {len(label):,} characters; up to {most} are accepted.",
            f"允许的答案“{shown(label, 24)}”有 {len(label):,} 个字符，最多 {most} 个。",
        )
    return letters(label).strip()


def _check_sizes(prompt: Prompt) -> None:
    if (size := len(prompt.text())) > (most := limits.TEXT_CHARS):
        raise Wrong(
            f"This prompt has {size:,} characters; up to {most:,} are accepted. Shorten it or untick examples.",
            f"这个提示有 {size:,} 个字符，最多 {most:,} 个。请缩短一些，或取消勾选一些例子。",
        )


def _malformed() -> Wrong:
    return Wrong("A prompt is an object of its parts.", "提示应当是由各部分组成的对象。")
