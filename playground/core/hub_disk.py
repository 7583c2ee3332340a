"""What is on this machine: models fetched from the Hub, and folders in Hub layout that the operator offers."""

import re
from pathlib import Path

from playground.core import config as configs
from playground.core import hub_words as words
from playground.core import limits
from playground.core.spec import Family
from playground.core.words import Wrong

PART = r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}"
ID = re.compile(f"{PART}(/{PART})?")
SHA = re.compile("[0-9a-f]{40}")
LOCAL = "local:"


def check_id(id: str) -> str:
    """The id; Wrong if it cannot be one. It never contains a way to another folder."""
    if not isinstance(id, str) or len(id) > 96 or not ID.fullmatch(id) or ".." in id or "--" in id:
        raise Wrong(*words.BAD_ID)
    return id


def home(id: str) -> Path:
    """The folder of a model's commits."""
    return limits.HUB_DIR / id.replace("/", "--")


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
    commits = [folder for folder in home(id).glob("*") if SHA.fullmatch(folder.name)]
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
