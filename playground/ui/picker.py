"""The verbs of the model picker, the same in every room: models, reach, check, download, progress, cancel.

They answer at once and never touch the network themselves: looking and downloading run beside, known by a ticket.
"""

from collections.abc import Mapping
from pathlib import Path
from threading import Lock, Thread
from time import monotonic
from typing import Any

from playground.core import config as configs
from playground.core import limits
from playground.core.checkpoint import Card, read_card
from playground.core.spec import ASSETS, Family
from playground.core.words import Text, Wrong
from playground.ui.door import Verb, aside

Question = dict[str, Any]
Answer = Mapping[str, Any]
FRESH = 60  # seconds that the answer to "is the Hub there?" holds


def verbs(family: Family) -> dict[str, Verb]:
    """What a room's tab.py merges into its VERBS."""
    said: dict[str, Verb] = {
        "models": lambda _: models(family),
        "reach": lambda _: REACH.ask(),
        "check": lambda question: _ticket("check", question, family),
        "download": lambda question: _ticket("download", question, family),
        "progress": lambda question: progress(question, family),
        "cancel": lambda question: cancel(question, family),
    }
    return {name: aside(verb) for name, verb in said.items()}


# ---- the list


def models(family: Family) -> Answer:
    """Embedded models, then the well-known of the Hub, then what else is here; and what the box may do."""
    listed = [_embedded(key, family) for key in family.embedded if (ASSETS / "models" / key / "card.json").is_file()]
    return {
        "models": listed + _hub(family) + _local(family),
        "hub": {"box": bool(family.hub) and limits.HUB == "any", "download": limits.HUB != "off"},
    }


# The result of a card that says most to a visitor, by its name in the card.
MAIN = {
    "held-out accuracy": Text("test accuracy {}", "测试准确率 {}"),
    "accuracy (test)": Text("test accuracy {}", "测试准确率 {}"),
    "entity F1 (test)": Text("test F1 of names {}", "测试集名称 F1 {}"),
    "exact match (test)": Text("test, exactly right {}", "测试完全正确 {}"),
    "easy half, 4 shots": Text("easy tasks, four examples: {} right", "简单任务，四个例子：答对 {}"),
    "everyday gaps, first five": Text("everyday gaps, top-5 accuracy {}", "日常句子填空，top-5 准确率 {}"),
}


def _entry(
    key: str, title: str, kind: str, ready: bool, size: float, parameters: int, result: Text | None = None, **more: Any
) -> Answer:
    return {
        "key": key,
        "title": title,
        "kind": kind,
        "ready": ready,
        "bytes": size,
        "parameters": parameters,
        "meta": _meta(parameters, size, result).payload(),
        **more,
    }


def _meta(parameters: int, size: float, result: Text | None) -> Text:
    """The numbers are 0 where they are not known."""
    en = [f"{_short(parameters)} weights"] * bool(parameters) + [_megabytes(size)] * bool(size)
    zh = [f"{_short_zh(parameters)}个权重"] * bool(parameters) + [_megabytes(size)] * bool(size)
    if result:
        en, zh = [*en, result.en], [*zh, result.zh]
    return Text(" · ".join(en), " · ".join(zh))


def _main(results: Mapping[str, float]) -> Text | None:
    """The first of MAIN that was measured, with its share filled in."""
    for name, text in MAIN.items():
        if name in results:
            share = f"{100 * results[name]:.1f} %"
            return Text(text.en.format(share), text.zh.format(share))
    return None


def _short(count: int) -> str:
    """12,345 as 12 k, 4,400,000 as 4.4 M."""
    if count < 1_000_000:
        return f"{count / 1e3:.0f} k" if count >= 1000 else str(count)
    return f"{count / 1e6:.1f} M" if count < 9.95e6 else f"{count / 1e6:.0f} M"


def _short_zh(count: int) -> str:
    """Counted in 万 and 亿: 62,000 as 6.2 万, 4,400,000 as 440 万, 110,000,000 as 1.1 亿."""
    for unit, name in ((1e8, "亿"), (1e4, "万")):
        if count >= unit:
            share = count / unit
            return (f"{share:.1f}".removesuffix(".0") if share < 9.95 else f"{share:.0f}") + f" {name}"
    return f"{count} "


def _megabytes(size: float) -> str:
    if size < 999_500:
        return f"{size / 1e3:.0f} KB"
    return f"{size / 1e6:.1f} MB" if size < 9.95e6 else f"{size / 1e6:.0f} MB"


def _embedded(key: str, family: Family) -> Answer:
    card: Card = read_card(ASSETS / "models" / key)
    results = dict(card.results)
    auto = _auto(family, ASSETS / "models" / key)
    return _entry(
        key, card.title, "embedded", True, card.bytes, card.parameters, _main(results), results=results, auto=auto
    )


def _auto(family: Family, folder: Path) -> str:
    """The class of transformers that opens a folder: tells what the model is for."""
    try:
        return family.auto_for(configs.read(folder / configs.CONFIG))
    except Wrong:  # an embedded model of another layout
        return family.auto


def _hub(family: Family) -> list[Answer]:
    """The well-known models, unless they can neither be opened nor fetched; then others that were fetched."""
    if not family.hub:
        return []
    from playground.core import hub_disk

    here = set(hub_disk.known(family))
    known = [
        _entry(
            model.id,
            model.title,
            "hub",
            model.id in here,
            model.megabytes * 1e6,
            model.parameters,
            auto=model.auto or family.auto,
        )
        for model in family.hub
        if model.id in here or limits.HUB != "off"
    ]
    others = sorted(here - {model.id for model in family.hub})
    return known + [_entry(id, id, "hub", True, _weights(id), 0, auto=_auto_of(id, family)) for id in others]


def _local(family: Family) -> list[Answer]:
    from playground.core import hub_disk

    keys = hub_disk.local(family)
    return [
        _entry(key, key.removeprefix(hub_disk.LOCAL), "local", True, _weights(key), 0, auto=_auto_of(key, family))
        for key in keys
    ]


def _auto_of(key: str, family: Family) -> str:
    from playground.core import hub_disk

    return _auto(family, hub_disk.folder_of(key))


def _weights(key: str) -> int:
    from playground.core import hub_disk

    return hub_disk.weights_bytes(hub_disk.folder_of(key))


# ---- is the Hub there?


class Reach:
    """Asks in the background once somebody opens a list, at most once a minute."""

    def __init__(self) -> None:
        self._lock, self._asking = Lock(), False
        self._when = -float("inf")
        self._wrong: Text | None = None

    def ask(self) -> Answer:
        """{"known": bool, "wrong": sentence or None}; unknown while the Hub is being asked."""
        with self._lock:
            if limits.HUB == "off" or monotonic() - self._when < FRESH:
                return {"known": True, "wrong": self._wrong and self._wrong.payload()}
            if not self._asking:
                self._asking = True
                Thread(target=self._look, daemon=True, name="reach").start()
        return {"known": False}

    def _look(self) -> None:
        from playground.core.hub_edge import reach

        wrong: Text | None = None
        try:
            reach()
        except Wrong as error:
            wrong = error.text
        finally:
            with self._lock:
                self._asking, self._when, self._wrong = False, monotonic(), wrong


REACH = Reach()


# ---- jobs


def _ticket(verb: str, question: Question, family: Family) -> Answer:
    """Start looking or downloading: {"ticket": ...}; an id that cannot be one is refused at once."""
    from playground.core.hub_jobs import JOBS

    return {"ticket": getattr(JOBS, verb)(_text(question["id"]).strip(), family)}


def _text(value: Any) -> str:
    """An empty text for anything else: no id and no ticket, and refused as such."""
    return value if isinstance(value, str) else ""


def progress(question: Question, family: Family) -> Answer:
    """{"state", "id", "done", "total", "offer"?, "why"?}; states in core.hub_jobs. Bytes."""
    from playground.core.hub_jobs import JOBS

    return _payload(JOBS.status(_text(question["ticket"])), family)


def cancel(question: Question, family: Family) -> Answer:
    from playground.core.hub_jobs import JOBS

    return _payload(JOBS.cancel(_text(question["ticket"])), family)


def _payload(job: Any, family: Family) -> Answer:
    said: dict[str, Any] = {"state": job.state, "id": job.id, "done": job.done, "total": 0}
    if job.offer is not None:
        said["total"] = job.offer.bytes
        said["offer"] = _entry(
            job.offer.id, _title(job.offer.id, family), "hub", False, job.offer.bytes, job.offer.parameters
        )
    if job.wrong is not None:
        said["why"] = job.wrong.text.payload()
    return said


def _title(id: str, family: Family) -> str:
    return next((model.title for model in family.hub if model.id == id), id)
