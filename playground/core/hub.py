"""Models of the Hugging Face Hub: looked at first, pinned to one commit, then fetched; and folders the operator offers.

Nothing is downloaded before its id, its size, its kind and its config.json have passed, in this order. What was
fetched lies in limits.HUB_DIR/<owner>--<name>/<commit>, complete or not at all.
"""

import re
import shutil
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Lock
from typing import Any

from playground.core import config as configs
from playground.core import hub_words as words
from playground.core import limits
from playground.core.hub_disk import SHA, check_id, folder_of, home, is_fetched, known, local
from playground.core.hub_edge import EDGE, Cancelled, Edge, hear
from playground.core.pretrained import INDEX, SHARD, WEIGHTS, auto_class, check_folder, open_model, open_tokenizer
from playground.core.spec import Family
from playground.core.words import Wrong

__all__ = [
    "EDGE",
    "Cancelled",
    "Edge",
    "Offer",
    "check",
    "check_id",
    "fetch",
    "folder_of",
    "is_fetched",
    "known",
    "local",
    "open_model",
    "open_tokenizer",
]

BESIDE = re.compile(
    r"(config|tokenizer|tokenizer_config|special_tokens_map|added_tokens|vocab|preprocessor_config|generation_config)"
    r"\.json|(vocab|merges)\.txt|(spiece|sentencepiece\.bpe)\.model"
)


@dataclass(frozen=True)
class File:
    name: str
    bytes: int


@dataclass(frozen=True)
class Offer:
    """A model that passed every check that needs no weights."""

    id: str
    sha: str
    model_type: str
    parameters: int
    files: tuple[File, ...]

    @property
    def bytes(self) -> int:
        return sum(file.bytes for file in self.files)


def check_open(id: str, family: Family) -> None:
    """Wrong if the operator lets nobody fetch this model."""
    if limits.HUB == "off":
        raise Wrong(*words.HUB_OFF)
    if limits.HUB == "list" and id not in {model.id for model in family.hub}:
        raise Wrong(*words.NOT_LISTED)


def check(id: str, family: Family, edge: Edge = EDGE) -> Offer:
    """Look at a model without its weights; Wrong says why it cannot be opened in this family's room."""
    check_id(id)
    check_open(id, family)
    info = hear(lambda: edge.info(id), limits.HUB_SECONDS + 1)
    _check_access(info)
    files = _files(info)
    _check_bytes(sum(file.bytes for file in files))
    config = _config(id, info.sha, edge)
    configs.check_safe(config)
    kind = configs.check_type(config, family)
    count = configs.parameters(config, auto_class(family.auto_for(config)))
    configs.check_size(count)
    return Offer(id, info.sha, kind, count, files)


def _check_access(info: Any) -> None:
    if info.gated:
        raise Wrong(*words.GATED)
    if info.private:
        raise Wrong(*words.NOT_FOUND)
    if info.disabled:
        raise Wrong(*words.DISABLED)
    if not SHA.fullmatch(info.sha or ""):
        raise Wrong(*words.NO_SIZE)


def _files(info: Any) -> tuple[File, ...]:
    """The files to fetch: config and tokenizer by name, and weights in safetensors, in one file or in shards."""
    sizes = {sibling.rfilename: sibling.size for sibling in info.siblings or ()}
    whole = [name for name in sizes if name == WEIGHTS]
    shards = [name for name in sizes if name == INDEX or SHARD.fullmatch(name)]
    weights = whole or (shards if INDEX in shards else [])
    if not weights:
        raise Wrong(*words.NO_SAFETENSORS)
    if configs.CONFIG not in sizes:
        raise Wrong(*configs.UNREADABLE)
    names = sorted(filter(BESIDE.fullmatch, sizes)) + sorted(weights)
    if any(not isinstance(sizes[name], int) or sizes[name] < 0 for name in names):
        raise Wrong(*words.NO_SIZE)
    if sizes[configs.CONFIG] > limits.CONFIG_BYTES:
        raise Wrong(*configs.UNREADABLE)
    return tuple(File(name, sizes[name]) for name in names)


def _check_bytes(size: int) -> None:
    if size > limits.HUB_MB * 1e6:
        raise words.too_many_bytes(size, limits.HUB_MB)
    free = shutil.disk_usage(_existing(limits.HUB_DIR)).free
    if size * 1.2 > free:
        raise words.disk_full(size)


def _existing(folder: Path) -> Path:
    return folder if folder.exists() else _existing(folder.parent)


def _config(id: str, sha: str, edge: Edge) -> dict[str, Any]:
    """config.json alone."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        place = Path(folder)
        hear(lambda: edge.download(id, sha, configs.CONFIG, place, lambda _: None), 2 * limits.HUB_SECONDS)
        return configs.read(place / configs.CONFIG)


# ---- fetching

_locks: dict[Path, Lock] = {}
_guard = Lock()


def fetch(
    offer: Offer,
    family: Family,
    on_progress: Callable[[int], None] = lambda _: None,
    stop: Event | None = None,
    edge: Edge = EDGE,
) -> Path:
    """The folder of the model, downloaded unless it is there; `on_progress` hears the bytes so far, never fewer.

    Two callers download once. Raises Cancelled once `stop` is set; then, or when the files prove unsafe, nothing stays
    behind. When the network breaks, finished files wait for the next attempt.
    """
    final = home(offer.id) / offer.sha
    with _guard:
        lock = _locks.setdefault(final, Lock())
    with lock:
        if not final.is_dir():
            _download(offer, family, final, Meter(on_progress, stop or Event(), offer.bytes), edge)
    on_progress(offer.bytes)
    return final


class Meter:
    """Counts bytes, never backwards, and stops a download that nobody wants."""

    def __init__(self, report: Callable[[int], None], stop: Event, total: int) -> None:
        self._report, self._stop, self._total = report, stop, total
        self._finished = self._now = self._shown = 0

    def add(self, more: int) -> None:
        if self._stop.is_set():
            raise Cancelled
        self._now += more
        self._shown = max(self._shown, min(self._finished + self._now, self._total))
        self._report(self._shown)

    def next(self, size: int) -> None:
        """One file of `size` bytes is complete."""
        self._finished, self._now = self._finished + size, 0
        self.add(0)


def _download(offer: Offer, family: Family, final: Path, meter: Meter, edge: Edge) -> None:
    part = final.with_suffix(".part")
    try:
        for file in offer.files:
            meter.add(0)
            hear(partial(edge.download, offer.id, offer.sha, file.name, part, meter.add), None)
            if (part / file.name).stat().st_size != file.bytes:
                raise Wrong(*words.CHANGED)
            meter.next(file.bytes)
        check_folder(part, family)
        shutil.rmtree(part / ".cache", ignore_errors=True)
        part.rename(final)
    except BaseException as error:
        if getattr(error, "text", None) != words.OFFLINE:
            shutil.rmtree(part, ignore_errors=True)
            _remove_empty(part.parent)
        raise


def _remove_empty(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:
        return


_offers: OrderedDict[tuple[str, str], Offer] = OrderedDict()


def remember(offer: Offer, family: Family) -> None:
    """Keep the last hundred offers: what was checked is what is fetched, commit for commit."""
    with _guard:
        _offers[family.key, offer.id] = offer
        while len(_offers) > 100:
            _offers.popitem(last=False)


def remembered(id: str, family: Family) -> Offer | None:
    with _guard:
        return _offers.get((family.key, id))
