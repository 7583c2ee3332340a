"""What the page asks for the view "Next token": the candidates through every rule, draws, and a search."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from playground.core import engine, store
from playground.families import gpt
from playground.families.gpt.tab_asked import request

Question = dict[str, Any]
TOP = 24  # candidates shown
ROWS = 500  # of the whole table in one piece of the stream


def choice(question: Question) -> Any:
    return gpt.Choice(request(question, top=1), gpt.settings(question.get("settings", {})))


def odds(question: Question) -> Mapping[str, Any]:
    """The leading candidates at every stage, the rest as one, and the whole vocabulary as a curve."""
    asked = choice(question)
    told, known = gpt.odds(asked), gpt.odds_curve(gpt.odds(asked))
    short = gpt.shortlist(told, TOP)
    shown = [*dict.fromkeys([*short, told.winner])]
    return {
        "settings": asdict(asked.settings),
        "rows": candidates(told, asked, shown),
        "others": others(told, shown),
        "vocabulary": len(told.logits),
        "cuts": [{"name": cut.name, "out": cut.out, "mass": cut.mass} for cut in told.cuts],
        "kept": told.kept,
        "mass": told.mass,
        "entropy": told.entropy,
        "winner": told.winner,
        **softmax_parts(told),
        "curve": {name: getattr(known, name).tolist() for name in ("places", "before", "sums")},
        "band": [known.first, known.last],
        "code": code(asked, told),
    }


def candidates(told: Any, asked: Any, ids: Sequence[int]) -> list[dict[str, Any]]:
    labels = gpt.spelled(asked.request.model, ids)
    return [{"label": label, **candidate(told, asked, id)} for id, label in zip(ids, labels, strict=True)]


def candidate(told: Any, asked: Any, id: int) -> dict[str, Any]:
    reason = gpt.why_cut(told, asked.settings, id)
    names = ("logits", "penalised", "heated", "raw", "before", "final")
    return {
        "id": id,
        "place": int(told.places[id]),
        **{name: float(getattr(told, name)[id]) for name in names},
        "cut": told.cuts[told.cut[id] - 1].name if told.cut[id] else None,
        "why": reason and reason.payload(),
        "luck": None if told.luck is None else float(told.luck[id]),
        "race": None if told.luck is None else float(told.final[id] / told.luck[id]),
    }


def softmax_parts(told: Any) -> dict[str, float]:
    """What the last softmax divides by: each kept token gets e^(heated - peak) / total."""
    left = told.heated[told.cut == 0].astype(float)
    return {"peak": float(left.max()), "total": float(np.exp(left - left.max()).sum())}


def others(told: Any, shown: Sequence[int]) -> dict[str, Any]:
    """All tokens that are not shown, as one; `race` is the largest chance / luck among them."""
    rest = np.ones(len(told.logits), bool)
    rest[list(shown)] = False
    if not rest.any():
        return {"count": 0}
    race = None if told.luck is None else float((told.final[rest] / told.luck[rest]).max())
    return {
        "count": int(rest.sum()),
        "kept": int((told.cut[rest] == 0).sum()),
        **{name: float(getattr(told, name)[rest].max()) for name in ("logits", "penalised", "heated")},
        **{name: float(getattr(told, name)[rest].sum(dtype=float)) for name in ("raw", "before", "final")},
        "race": race,
    }


def draws(question: Question) -> Mapping[str, Any]:
    """A hundred draws with as many seeds: how often each token came."""
    asked = choice(question)
    counts = gpt.draws(asked).most_common()
    labels = gpt.spelled(asked.request.model, (id for id, _ in counts))
    final = gpt.odds(asked).final
    return {
        "first": asked.settings.seed,
        "count": sum(times for _, times in counts),
        "drawn": [
            {"id": id, "label": label, "times": times, "final": float(final[id])}
            for (id, times), label in zip(counts, labels, strict=True)
        ],
    }


def find(question: Question) -> Mapping[str, Any]:
    asked = choice(question)
    found = gpt.find_token(asked, question["find"])
    return {"rows": candidates(gpt.odds(asked), asked, found.ids), "count": found.count}


def table(question: Question) -> Iterator[bytes]:
    """The whole vocabulary as CSV."""
    rows = gpt.odds_table(choice(question))
    for first in range(0, len(rows), ROWS):
        piece = io.StringIO()
        csv.writer(piece).writerows([*map(harmless, row)] for row in rows[first : first + ROWS])
        yield piece.getvalue().encode("utf-8", "replace")


def harmless(value: object) -> object:
    """A cell that a spreadsheet would run as a formula is kept as text."""
    return f"'{value}" if isinstance(value, str) and value[:1] in tuple("=+-@\t\r") and value else value


CODE = """\
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

name = {name!r}{beside}
tokenizer = AutoTokenizer.from_pretrained(name)
model = AutoModelForCausalLM.from_pretrained(name, dtype=torch.float32).eval()

ids = torch.tensor([{ids}])
torch.manual_seed({seed})
answer = model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=1, {call})
print(repr(tokenizer.decode(answer[0, -1])), answer[0, -1].item())
"""


def code(asked: Any, told: Any) -> str:
    """The call of transformers that chooses the same token. It can be run as it stands."""
    name, call = asked.request.model, asked.settings.call()
    return CODE.format(
        name=store.where(name), beside=store.beside(name), ids=list(told.ids), seed=asked.settings.seed,
        call=", ".join(f"{key}={value!r}" for key, value in call.items()),
    )  # fmt: skip


def gpt_sample(
    text: str,
    model: str = "gpt/mini",
    temperature: float = 1.0,
    top_k: int = 0,
    top_p: float = 1.0,
    min_p: float = 0.0,
    typical_p: float = 1.0,
    repetition_penalty: float = 1.0,
    greedy: bool = False,
    seed: int = 0,
) -> dict:
    """One token drawn, the candidates with their logits and probabilities, and how much the rules kept."""
    engine.ready()
    settings = gpt.Settings(temperature, top_k, top_p, min_p, typical_p, repetition_penalty, greedy, seed)
    asked = gpt.Choice(gpt.Request(text, model, top=1), settings)
    told = gpt.odds(asked)
    rows = candidates(told, asked, [*dict.fromkeys([*gpt.shortlist(told, TOP), told.winner])])
    facts = {name: getattr(told, name) for name in ("kept", "mass", "entropy")}
    return {"drawn": next(row for row in rows if row["id"] == told.winner), "candidates": rows, **facts}


VERBS: dict[str, Callable[[Question], Any]] = {
    "next": odds,
    "next_draws": draws,
    "next_find": find,
    "next_table": table,
}
API: tuple[Callable, ...] = (gpt_sample,)
