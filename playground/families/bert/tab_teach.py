"""What the page asks for the way "Fine-tune it yourself": a training that lives while its page does."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from playground.core import limits
from playground.families import bert
from playground.families.bert import teach_table
from playground.families.bert.teach_plan import CHOICES, EPOCHS, RATES, Plan, lesson, plan
from playground.families.bert.teach_sets import SETS
from playground.ui import live
from playground.ui.door import Verb

Question = dict[str, Any]
PORTION = 12  # sentences read before others have their turn


# ---- the training


def begin(question: Question) -> Any:
    return bert.teach_begin(lesson(question["rows"]), plan(question))


def steps(state: Any) -> Iterator[Any]:
    return bert.teach_steps(state)


def frame(state: Any, view: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    return bert.teach_frame(state, view)


def change(state: Any, question: Question) -> None:
    bert.teach_change(state, question)


ROOM: live.LiveRoom[Any] = live.LiveRoom(begin, steps, frame, change, megabytes=limits.TEACH_MB)


# ---- questions about sentences


def read(question: Question) -> Iterator[bytes]:
    """Check the sentences and read each once, some at a time; lines of JSON, the last one says what there is."""
    given = lesson(question["rows"])
    cut = []
    for i, one in enumerate(bert.teach_reading(given)):
        if one.lost:
            cut.append({"row": i, "lost": one.lost})
        if (i + 1) % PORTION == 0:
            yield _line({"read": i + 1, "of": len(given)})
    counts = Counter(given.labels)
    rows = list(zip(given.texts, given.pairs, given.labels, strict=True))
    yield _line(
        {
            "read": len(given),
            "of": len(given),
            "names": given.names,
            "counts": [counts[i] for i in range(len(given.names))],
            "cut": cut,
            "twice": len(rows) - len(set(rows)),
        }
    )


def _line(said: Mapping[str, Any]) -> bytes:
    return json.dumps(said).encode() + b"\n"


def table(question: Question) -> Mapping[str, Any]:
    """What a pasted or uploaded table holds: `csv`, `header` (true, false; left out: a guess), `columns`."""
    return teach_table.table(question["csv"], question.get("header"), question.get("columns"))


# ---- what can be taken along


def files(question: Question) -> Iterator[bytes]:
    """A zip for transformers: weights, config, tokenizer, program, sentences."""
    with live.held(question, ROOM) as run:
        state = run.state.copy()
    return bert.teach_sent(bert.teach_archive(state))


def sentences(question: Question) -> Mapping[str, Any]:
    with live.held(question, ROOM) as run:
        return {"csv": bert.teach_csv(run.state)}


CODE = """\
import csv
from playground.families.bert import Plan, Sentence, lesson, teach_begin, teach_classify, teach_steps

with open("sentences.csv", encoding="utf-8-sig", newline="") as file:
    rows = [[row["text"], row["text2"], row["label"]] for row in csv.DictReader(file)]
state = teach_begin(lesson(rows), Plan({plan}))
for state in teach_steps(state):
    if state.ended():
        break
print(dict(zip(("updates", "loss", "held-out loss", "accuracy", "held-out accuracy"), state.curve[-1])))
chances, _, _ = teach_classify(state, Sentence({example}))
print(dict(zip(state.data.lesson.names, chances.tolist())))
"""


def code(question: Question) -> Mapping[str, Any]:
    """The shortest Python that trains the same from the table that can be downloaded."""
    wanted = plan(question)
    usual = Plan(choice=wanted.choice)
    said = [f"{k}={v!r}" for k, v in wanted.payload().items() if k == "choice" or v != getattr(usual, k)]
    text, pair = (question.get(name) for name in ("text", "pair"))
    parts = [part for part in (text, pair) if isinstance(part, str) and part.strip()]
    example = ", ".join(map(repr, parts)) if text else repr("The train was late.")
    return {"code": CODE.format(plan=", ".join(said), example=example)}


def offered() -> dict[str, Any]:
    """What the page knows before anything is trained."""
    return {
        "sets": [
            {**asdict(one), "name": one.name.payload(), "about": one.about.payload()} for one in SETS
        ],
        "plan": Plan().payload(),
        "choices": [{"key": key, "rate": rate, "batch": most, "epochs": n} for key, (rate, most, n) in CHOICES.items()],
        "rates": RATES,
        "epochs": EPOCHS,
        "limits": {
            "sentences": limits.TEACH_SENTENCES,
            "labels": limits.TEACH_LABELS,
            "tokens": limits.TEACH_TOKENS,
            "chars": limits.TEACH_CHARS,
            "table": limits.TABLE_CHARS,
        },
    }  # fmt: skip


VERBS: dict[str, Verb] = {
    **live.verbs(ROOM, "teach_"),
    "teach_read": read,
    "teach_table": table,
    "teach_files": files,
    "teach_sentences": sentences,
    "teach_code": code,
}
