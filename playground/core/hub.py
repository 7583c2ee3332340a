"""Models of the Hugging Face Hub: looked at first, pinned to one commit, then fetched; and folders the operator offers.

Nothing is downloaded before its id, its size, its kind and its config.json have passed, in this order. What was
fetched lies in limits.HUB_DIR/<owner>--<name>/<commit>, complete or not at all.
"""

import logging
import os
import re
import shutil
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from errno import ENOSPC
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Lock, Thread
from typing import Any, TypeVar

from playground.core import config as configs
from playground.core import hub_words as words
from playground.core import limits
from playground.core.pretrained import INDEX, WEIGHTS, auto_class, check_folder, open_model, open_tokenizer
from playground.core.spec import Family
from playground.core.words import Wrong

__all__ = ["Edge", "Offer", "check", "fetch", "folder_of", "known", "local", "open_model", "open_tokenizer"]

T = TypeVar("T")
log = logging.getLogger(__name__)
os.environ["DISABLE_SAFETENSORS_CONVERSION"] = "1"  # else transformers asks a foreign service to convert other formats

PART = r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}"
ID = re.compile(f"{PART}(/{PART})?")
SHA = re.compile("[0-9a-f]{40}")
LOCAL = "local:"
SHARD = re.compile(r"model-\d{5}-of-\d{5}\.safetensors")
BESIDE = frozenset(
    [
        "config.json",
        "tokenizer.json",
        "tokenizer_config.json",
        "special_tokens_map.json",
        "added_tokens.json",
        "vocab.txt",
        "vocab.json",
        "merges.txt",
        "spiece.model",
        "sentencepiece.bpe.model",
        "preprocessor_config.json",
        "generation_config.json",
    ]
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


class Cancelled(Exception):
    """Raised through a download that nobody waits for any more."""


class Edge:
    """The only lines that touch the network; `endpoint` stands for another Hub, in tests."""

    def __init__(self, endpoint: str | None = None) -> None:
        self.endpoint = endpoint

    def api(self) -> Any:
        from huggingface_hub import HfApi

        return HfApi(endpoint=self.endpoint)

    def info(self, id: str) -> Any:
        return self.api().model_info(id, files_metadata=True, token=False, timeout=limits.HUB_SECONDS)

    def reach(self) -> None:
        """Raises if the Hub does not answer."""
        from huggingface_hub import constants, get_session

        get_session().head(self.endpoint or constants.ENDPOINT, timeout=limits.HUB_SECONDS)

    def download(self, id: str, sha: str, name: str, folder: Path, on_bytes: Callable[[int], None]) -> None:
        """Put one file into `folder`; `on_bytes` hears of every piece and may raise to stop."""
        from huggingface_hub import constants, hf_hub_download
        from huggingface_hub.utils import tqdm

        class Bar(tqdm):
            def __init__(self, *args: Any, **named: Any) -> None:
                super().__init__(*args, **{**named, "disable": True})

            def update(self, n: float | None = 1) -> None:
                on_bytes(int(n or 0))

        constants.HF_HUB_DISABLE_XET = True  # its own threads would swallow a cancellation
        hf_hub_download(
            id,
            name,
            revision=sha,
            local_dir=folder,
            token=False,
            etag_timeout=limits.HUB_SECONDS,
            tqdm_class=Bar,
            endpoint=self.endpoint,
        )


EDGE = Edge()


def _within(seconds: float | None, ask: Callable[[], T]) -> T:
    """What `ask` returns, or TimeoutError: looking up a host name has a patience of its own."""
    answer: Future[T] = Future()

    def run() -> None:
        try:
            answer.set_result(ask())
        except BaseException as error:
            answer.set_exception(error)

    Thread(target=run, daemon=True, name="hub").start()
    return answer.result(seconds)


def _hear(ask: Callable[[], T], seconds: float | None) -> T:
    """`ask` the Hub; whatever goes wrong becomes one sentence."""
    from huggingface_hub import errors

    try:
        return _within(seconds, ask)
    except (Cancelled, Wrong):
        raise
    except errors.GatedRepoError:
        raise Wrong(*words.GATED) from None
    except errors.DisabledRepoError:
        raise Wrong(*words.DISABLED) from None
    except (errors.RepositoryNotFoundError, errors.EntryNotFoundError) as error:
        lost = isinstance(error, errors.LocalEntryNotFoundError)
        raise Wrong(*(words.OFFLINE if lost else words.NOT_FOUND)) from None
    except errors.HFValidationError:
        raise Wrong(*words.BAD_ID) from None
    except errors.HfHubHTTPError as error:
        raise words.hub_error(error.response.status_code) from None
    except Exception as error:
        if getattr(error, "errno", None) == ENOSPC:
            raise Wrong(*words.DISK_FULL) from None
        log.info("the Hub cannot be reached: %s", error)
        raise Wrong(*words.OFFLINE) from None


def reach(edge: Edge = EDGE) -> None:
    """Wrong if the Hub does not answer."""
    _hear(edge.reach, limits.HUB_SECONDS + 1)


def check_id(id: str) -> str:
    """The id; Wrong if it cannot be one. It never contains a way to another folder."""
    if not isinstance(id, str) or len(id) > 96 or not ID.fullmatch(id) or ".." in id or "--" in id:
        raise Wrong(*words.BAD_ID)
    return id


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
    info = _hear(lambda: edge.info(id), limits.HUB_SECONDS + 1)
    _check_access(info)
    files = _files(info)
    _check_bytes(sum(file.bytes for file in files))
    config = _config(id, info.sha, edge)
    configs.check_safe(config)
    kind = configs.check_type(config, family)
    count = configs.parameters(config, auto_class(family.auto))
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
    names = sorted(BESIDE & sizes.keys()) + sorted(weights)
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
    with TemporaryDirectory() as folder:
        place = Path(folder)
        _hear(lambda: edge.download(id, sha, configs.CONFIG, place, lambda _: None), 2 * limits.HUB_SECONDS)
        return configs.read(place / configs.CONFIG)


# ---- fetching

_locks: dict[Path, Lock] = {}
_guard = Lock()


def _home(id: str) -> Path:
    return limits.HUB_DIR / id.replace("/", "--")


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
    final = _home(offer.id) / offer.sha
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
            _hear(partial(edge.download, offer.id, offer.sha, file.name, part, meter.add), None)
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


# ---- what is here


def folder_of(key: str) -> Path:
    """Where a fetched Hub model or a "local:<name>" lies; Wrong if it is not there."""
    if isinstance(key, str) and key.startswith(LOCAL):
        return _local_folder(key.removeprefix(LOCAL))
    found = _fetched(check_id(key))
    if found is None:
        raise words.not_fetched(key)
    return found


def _fetched(id: str) -> Path | None:
    """The commit fetched last."""
    commits = [folder for folder in _home(id).glob("*") if SHA.fullmatch(folder.name)]
    return max(commits, key=lambda folder: folder.stat().st_mtime, default=None)


def is_fetched(id: str) -> bool:
    return ID.fullmatch(id) is not None and _fetched(id) is not None


def known(family: Family) -> list[str]:
    """Ids of fetched models that the room can show."""
    ids = [home.name.replace("--", "/") for home in sorted(limits.HUB_DIR.glob("*")) if ID.fullmatch(home.name)]
    return [id for id in ids if (folder := _fetched(id)) and _shows(family, folder)]


def local(family: Family) -> list[str]:
    """Keys of the operator's folders that the room can show."""
    if limits.MODELS_DIR is None:
        return []
    names = sorted(folder.name for folder in limits.MODELS_DIR.glob("*/") if (folder / configs.CONFIG).is_file())
    return [LOCAL + name for name in names if re.fullmatch(PART, name) and _shows(family, limits.MODELS_DIR / name)]


def _shows(family: Family, folder: Path) -> bool:
    try:
        return bool(configs.check_type(configs.read(folder / configs.CONFIG), family))
    except Wrong:
        return False


def _local_folder(name: str) -> Path:
    """One folder right under MODELS_DIR, also after following links."""
    if limits.MODELS_DIR is None:
        raise Wrong(*words.NO_LOCAL)
    root = limits.MODELS_DIR.resolve()
    folder = root / name
    if not re.fullmatch(PART, name) or folder.resolve().parent != root or not folder.is_dir():
        raise words.no_such_local(name)
    return folder


def weights_bytes(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.glob("*.safetensors"))


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
