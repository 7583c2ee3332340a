"""Opened models: each opened once per process, the least recently used put away when memory runs short.

A model's name is a string: an embedded key ("bert/mini"), a Hub id that core.hub has checked and fetched, or
"local:<folder>". The store knows no family: whoever asks says how its kind is opened.
"""

import json
import re
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from threading import RLock
from typing import Any, TypeVar

from playground.core import limits
from playground.core.checkpoint import CARD
from playground.core.spec import ASSETS, ModelSpec
from playground.core.words import Text, Wrong

M = TypeVar("M")
Opener = Callable[[Path], M]  # folder -> model in eval mode; one module-level function per kind, it is part of the key
EMBEDDED = re.compile(r"[a-z0-9_]{1,60}/[a-z0-9_-]{1,60}")  # a longer name is none that a disk can look up


def is_embedded(key: str) -> bool:
    return EMBEDDED.fullmatch(key) is not None and (ASSETS / "models" / key / CARD).is_file()


def folder_of(key: str) -> Path:
    """Where the files of a model are; Wrong if there is none, or if it was not fetched yet."""
    if is_embedded(key):
        return ASSETS / "models" / key
    from playground.core import hub

    return hub.folder_of(key)


def where(key: str) -> str:
    """What a program without this playground opens: a folder of this project, or the id of a Hub model."""
    return f"assets/models/{key}" if is_embedded(key) else key.removeprefix("local:")


def beside(key: str) -> str:
    """A remark for such a program: where a local folder lies, or which commit of a Hub model was read."""
    if key.startswith("local:"):
        return "  # a folder in PLAYGROUND_MODELS_DIR"
    return "" if is_embedded(key) else f"  # commit {folder_of(key).name}"


def resident(model: Any) -> int:
    """Bytes of the parameters and buffers reachable through dataclasses, tuples, lists and mappings; each once."""
    tensors: dict[int, int] = {}
    ahead = [model]
    while ahead:
        value = ahead.pop()
        if hasattr(value, "parameters") and hasattr(value, "buffers"):
            for tensor in (*value.parameters(), *value.buffers()):
                tensors[id(tensor)] = tensor.numel() * tensor.element_size()
        elif is_dataclass(value) and not isinstance(value, type):
            ahead.extend(getattr(value, part.name) for part in fields(value))
        elif isinstance(value, Mapping):
            ahead.extend(value.values())
        elif isinstance(value, tuple | list):
            ahead.extend(value)
    return sum(tensors.values())


@dataclass(eq=False)
class _Opened:
    key: str
    model: Future = field(default_factory=Future)
    bytes: int = 0
    users: int = 0


def _too_large(key: str, size: int, budget: int) -> Wrong:
    have, most = f"{size / 2**20:,.0f} MB", f"{budget / 2**20:,.0f} MB"
    return Wrong(
        f"{key} takes {have} of memory; this playground allows {most}. Choose a smaller model.",
        f"{key} 需要 {have} 内存，而这里最多允许 {most}。请选择小一些的模型。",
    )


HEADER_BYTES = 100_000_000  # of a safetensors file, the format's own limit
WIDER = {"F16": 2, "BF16": 2, "F8_E4M3": 4, "F8_E5M2": 4}  # how much larger a weight is as float32
DAMAGED = Text("The weights file of this model is damaged.", "这个模型的权重文件已损坏。")
BUSY = Text(
    "The memory for models is in use by other questions. Try again in a moment.",
    "模型内存正被其他提问占用，请稍后再试。",
)


def _plainly(folder: Path, opener: Opener[M]) -> M:
    """Weights made while somebody only infers could never be asked for gradients."""
    import torch

    with torch.inference_mode(False):
        return opener(folder)


class Store:
    """At most `budget` bytes of parameters and buffers, as long as nothing in use has to go for it."""

    def __init__(self, budget: int) -> None:
        self.budget, self._lock = budget, RLock()
        self._opened: OrderedDict[tuple[Path, Opener], _Opened] = OrderedDict()

    @contextmanager
    def using(self, key: str, opener: Opener[M]) -> Iterator[M]:
        """The model, which stays until the block is left. Callers of one model open it once, others side by side."""
        place = (folder_of(key), opener)
        with self._lock:
            mine = place not in self._opened
            opened = self._opened.setdefault(place, _Opened(key))
            self._opened.move_to_end(place)
            opened.users += 1
        try:
            if mine:
                self._open(place, opened)
            yield opened.model.result()
        finally:
            with self._lock:
                opened.users -= 1

    def load(self, key: str | ModelSpec[M], opener: Opener[M] | None = None) -> M:
        """The model; under memory pressure it may be opened again for the next caller while this one holds it."""
        name, way = (key.key, key.open) if isinstance(key, ModelSpec) else (key, opener)
        if way is None:
            raise TypeError("say how the model is opened")
        with self.using(name, way) as model:
            return model

    def _open(self, place: tuple[Path, Opener], opened: _Opened) -> None:
        try:
            self._make_room(opened, expected(place[0]))
            model = _plainly(*place)
            self._make_room(opened, resident(model))
        except BaseException as error:
            with self._lock:
                del self._opened[place]
            opened.model.set_exception(error)
            raise
        opened.model.set_result(model)

    def _make_room(self, opened: _Opened, size: int) -> None:
        """Give `opened` its size; put away what is not in use, least recently used first."""
        if size > self.budget:
            raise _too_large(opened.key, size, self.budget)
        with self._lock:
            opened.bytes = size
            for place, other in list(self._opened.items()):
                if self.bytes() <= self.budget:
                    return
                if not other.users:
                    del self._opened[place]
            if self.bytes() > self.budget:
                raise Wrong(*BUSY)

    def bytes(self) -> int:
        with self._lock:
            return sum(opened.bytes for opened in self._opened.values())

    def info(self) -> dict[str, int]:
        """Bytes by name, the least recently used first."""
        with self._lock:
            return {opened.key: opened.bytes for opened in self._opened.values()}

    def clear(self) -> None:
        """Put away everything that is not in use."""
        with self._lock:
            for place in [place for place, opened in self._opened.items() if not opened.users]:
                del self._opened[place]


def expected(folder: Path) -> int:
    """Bytes the weights will take as float32, read from the headers of the safetensors files alone."""
    try:
        return sum(map(_opened_bytes, folder.glob("*.safetensors")))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise Wrong(*DAMAGED) from None


def _opened_bytes(file: Path) -> int:
    with file.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        header = json.loads(stream.read(length if length < HEADER_BYTES else 0))
    tensors = [tensor for name, tensor in header.items() if name != "__metadata__"]
    return sum(
        (tensor["data_offsets"][1] - tensor["data_offsets"][0]) * WIDER.get(tensor["dtype"], 1) for tensor in tensors
    )


STORE = Store(limits.MEMORY_MB * 2**20)
using, load, info, clear = STORE.using, STORE.load, STORE.info, STORE.clear
