"""What the page asks of fine-tuned heads: the four uses of the paper's figure 4."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from itertools import pairwise
from typing import Any

from playground.core import engine, limits, store
from playground.core.checkpoint import read_card
from playground.core.words import Wrong, shown
from playground.families import bert
from playground.families.bert import program_uses
from playground.families.bert.examples_uses import TASKS, Task
from playground.families.bert.tab_asked import request
from playground.views import attention, ranking, tokens

Question = dict[str, Any]


def wanted_of(question: Question) -> Any:
    """The question as the family's own Use; what is left out has its default."""
    more = {"longest": question["longest"]} if "longest" in question else {}
    return bert.Use(request({"model": TASKS[0].model, **question}), **more)


def use(question: Question) -> Mapping[str, Any]:
    """Everything the page shows, but for the attention weights; `needs`: the task with a field for what is missing."""
    wanted = wanted_of(question)
    try:
        said = bert.read(wanted)
    except Wrong as wrong:
        if wrong.text not in (bert.NO_SECOND, bert.NO_PASSAGE):
            raise
        return {"wrong": wrong.text.payload(), "needs": "pair" if wrong.text == bert.NO_SECOND else "answer"}
    seen = bert.look(wanted.asked)
    facts, done = seen.done.facts, seen.done.encoded
    at = focus(said, seen.cls)
    return {
        "model": {**asdict(facts), "name": wanted.asked.model, "labels": labels(facts.labels)},
        "tokens": tokens.payload(done.tokens, facts.positions, seen.unknown),
        "chips": tokens.chips(done.tokens, done.words, done.gaps),
        "attention": attention.payload(seen.attention, tokens.quiet(done.tokens), at),
        "fills": [],
        "next": None,
        "said": PAYLOADS[facts.use](said, done.tokens, facts.labels),
        "cls": seen.cls,
        "code": program_uses.program(wanted, seen, said, source(wanted.asked.model)),
    }


def labels(names: Iterable[str]) -> list[str]:
    """Whoever made the model wrote them: so many, and so long, as a page can bear."""
    return [shown(name, limits.LABEL_CHARS) for name in list(names)[: limits.LABELS_TOLD]]


def focus(said: Any, cls: int | None) -> int | None:
    """The token whose attention is shown first: an answer's start, a name's first piece; [CLS], of which a class is
    read."""
    if getattr(said, "spans", None):
        return said.spans[0].start
    if getattr(said, "entities", None):
        return said.units[said.entities[0].units[0]].first
    return cls if hasattr(said, "ranking") else None


def classes(said: Any, _: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """`all`: every class by its number, where they are few."""
    few = names if len(names) <= 3 else ()
    return {
        "use": "classes",
        "kind": said.kind,
        **ranking.payload(said.ranking, said.ids, [said.logits[i] for i in said.ids]),
        "all": [
            {"label": label, "chance": float(said.chances[i]), "logit": float(said.logits[i])}
            for i, label in enumerate(labels(few))
        ],
    }


def tags(said: Any, read: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """`runs`: the whole text in order, as (text, number of a word or None)."""
    inside = {unit: n for n, entity in enumerate(said.entities) for unit in entity.units}
    units = [
        {
            "text": read.text[unit.start : unit.end],
            "first": unit.first,
            "pieces": unit.pieces,
            "tag": shown(names[unit.tag], limits.LABEL_CHARS),
            "chance": unit.chance,
            "best": [(shown(names[i], limits.LABEL_CHARS), chance) for i, chance in unit.best],
            "entity": inside.get(n),
        }
        for n, unit in enumerate(said.units)
    ]
    return {
        "use": "tags",
        "units": units,
        "entities": [{**asdict(one), "text": read.text[one.start : one.end]} for one in said.entities],
        "kinds": said.kinds[: limits.LABELS_TOLD],
        "runs": runs(read.text, [(unit.start, unit.end) for unit in said.units]),
    }


def runs(text: str, spans: list[tuple[int, int]]) -> list[tuple[str, int | None]]:
    """The text cut at the edges of `spans`, which do not overlap and are in order.

    >>> runs("a bc.", [(0, 1), (2, 4)])
    [('a', 0), (' ', None), ('bc', 1), ('.', None)]
    """
    own = {span: n for n, span in enumerate(spans)}
    edges = sorted({0, len(text), *(edge for span in spans for edge in span)})
    return [(text[start:end], own.get((start, end))) for start, end in pairwise(edges)]


def answers(said: Any, read: Any, _: Any) -> dict[str, Any]:
    def told(span: Any) -> dict[str, Any]:
        return {**asdict(span), "text": read.text[span.left : span.right]}

    return {
        "use": "answer",
        "spans": [told(span) for span in said.spans],
        "none": told(said.none) if said.none else None,
        "empty": said.empty,
        "rest": said.rest,
        "others": said.others,
        "start": [float(f"{p:.6g}") for p in said.start],
        "end": [float(f"{p:.6g}") for p in said.end],
    }


PAYLOADS: Mapping[str, Callable[[Any, Any, tuple[str, ...]], dict[str, Any]]] = {
    "classes": classes,
    "tags": tags,
    "answer": answers,
}


def source(model: str) -> program_uses.Source:
    """Where a program finds the model."""
    if store.is_embedded(model):
        return program_uses.Source(f"assets/models/{model}", base=base_of(model))
    if model.startswith("local:"):
        return program_uses.Source(model.removeprefix("local:"), "  # a folder in PLAYGROUND_MODELS_DIR")
    return program_uses.Source(model, f"  # commit {store.folder_of(model).name}")


def base_of(model: str) -> str:
    """The encoder that an embedded model was tuned from; "" for one that is whole."""
    base = bert.base_key(store.folder_of(model))
    return f"assets/models/{base}" if base else ""


# ---- what other programs may ask


def bert_classify(text: str, pair: str = "", model: str = "bert/sst2", top: int = 5) -> dict:
    """The class of a text, or of two: labels with probabilities (softmax; sigmoid for labels that may hold together),
    or the value of a model that gives one."""
    said = _asked("classes", text, pair, model, top)
    bars = ranking.payload(said.ranking, said.ids, [said.logits[i] for i in said.ids])
    return {**bars, "kind": said.kind, "value": float(said.logits[0]) if said.kind == "value" else None}


def bert_tag(text: str, model: str = "bert/entities") -> dict:
    """Every word with the tag of its first piece, and words that belong together as entities; offsets in characters."""
    said = _asked("tags", text, "", model, 1)
    names = bert.look(bert.Request(text, "", model, 1)).done.facts.labels
    return {
        "entities": [
            {
                "text": text[one.start : one.end],
                **{name: getattr(one, name) for name in ("start", "end", "kind", "score")},
            }
            for one in said.entities
        ],
        "words": [{"start": u.start, "end": u.end, "tag": names[u.tag], "probability": u.chance} for u in said.units],
    }


def bert_answer(question: str, passage: str, model: str = "bert/answers", top: int = 3) -> dict:
    """The likeliest answers in the passage, with probabilities that add up to one with "no answer" and all others.

    Offsets count the characters of the passage.
    """
    said = _asked("answer", question, passage, model, top)
    shift = len(question) + 1
    return {
        "answers": [
            {
                "text": passage[span.left - shift : span.right - shift],
                "start": span.left - shift,
                "end": span.right - shift,
                "probability": span.chance,
            }
            for span in said.spans
        ],
        "no_answer": said.none.chance if said.none else None,
    }


NAMES = {"classes": ("classes", "分类"), "tags": ("tags", "标注"), "answer": ("answers", "问答")}


def _asked(use: str, text: str, pair: str, model: str, top: int) -> Any:
    engine.ready()
    wanted = bert.Use(bert.Request(text, pair, model, top))
    said = bert.read(wanted)
    if PAYLOADS[bert.look(wanted.asked).done.facts.use] is not PAYLOADS[use]:
        en, zh = NAMES[use]
        raise Wrong(f"{shown(model)} is no model for {en}.", f"{shown(model)} 不是用于{zh}的模型。")
    return said


VERBS = {"use": use}
API: tuple[Callable, ...] = (bert_classify, bert_tag, bert_answer)


# ---- what the page knows before it asks


def offered() -> dict[str, Any]:
    """The four tasks; those whose model is not here have none to begin with."""
    return {"tasks": [task_payload(task) for task in TASKS]}


def task_payload(task: Task) -> dict[str, Any]:
    here = store.is_embedded(task.model)
    return {
        "key": task.key,
        "use": task.use,
        "model": task.model if here else "",
        "card": card_payload(task.model) if here else None,
        "examples": [
            {"name": e.name.payload(), "text": e.text, "pair": e.pair, "truth": e.truth} for e in task.examples
        ],
    }


def card_payload(model: str) -> dict[str, Any]:
    card = read_card(store.ASSETS / "models" / model)
    return {
        "title": card.title,
        "results": card.results,
        "data": card.data,
        "command": card.command,
        "notes": card.notes,
        "parameters": card.parameters,
        "own": card.extra.get("own parameters"),
    }
