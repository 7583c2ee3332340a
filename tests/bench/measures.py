"""What the playground costs, each figure beside a named reference taken in the same run."""

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

HOUSE = Path(__file__).parents[2]


@dataclass(frozen=True)
class Row:
    what: str
    ours: str
    reference: str
    ratio: float | None  # ours over the reference

    def __str__(self) -> str:
        ratio = "" if self.ratio is None else f"{self.ratio:.3g}"
        return f"| {self.what} | {self.ours} | {self.reference} | {ratio} |"


def table(rows: list[Row]) -> str:
    return "\n".join(["| what | here | reference | ratio |", "|---|---|---|---|", *map(str, rows)])


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@contextmanager
def served(code: list[str], **env: str) -> Iterator[tuple[str, psutil.Process, float]]:
    """A server in a process of its own: its address, its process, seconds until it answered."""
    port = free_port()
    start = time.perf_counter()
    child = subprocess.Popen(
        [sys.executable, *code],
        cwd=HOUSE,
        env={**os.environ, "GRADIO_SERVER_PORT": str(port), "GRADIO_ANALYTICS_ENABLED": "False", **env},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}/"
    try:
        while True:
            if child.poll() is not None:
                raise RuntimeError(f"the server ended with {child.returncode}")
            try:
                urllib.request.urlopen(url, timeout=1).read()
                break
            except OSError:
                time.sleep(0.02)
        yield url, psutil.Process(child.pid), time.perf_counter() - start
    finally:
        child.terminate()
        child.wait(10)


EMPTY = ["-c", "import gradio as gr\nwith gr.Blocks() as app: gr.Markdown('empty')\napp.launch(quiet=True)"]


def start_up(runs: int = 3) -> Row:
    """Seconds until the first page is served, medians, against a Blocks app with one line of text."""

    def median(code: list[str]) -> float:
        seconds = []
        for _ in range(runs):
            with served(code) as (_, _, took):
                seconds.append(took)
        return statistics.median(seconds)

    ours, empty = median(["app.py"]), median(EMPTY)
    return Row("start until the page is served, s", f"{ours:.2f}", f"{empty:.2f} (empty Blocks)", ours / empty)


def post(url: str, path: str, question: str) -> bytes:
    request = urllib.request.Request(f"{url}pg/{path}", question.encode(), {"Content-Type": "application/json"})
    return urllib.request.urlopen(request, timeout=120).read()


def memory(ask: Callable[[str], None]) -> list[Row]:
    """Resident MB once the page is served and once both rooms have answered."""
    with served(EMPTY) as (_, process, _):
        empty = process.memory_info().rss / 2**20
    with served(["app.py"]) as (url, process, _):
        fresh = process.memory_info().rss / 2**20
        ask(url)
        used = process.memory_info().rss / 2**20
    reference = f"{empty:.0f} (empty Blocks)"
    return [
        Row("resident memory at start, MB", f"{fresh:.0f}", reference, fresh / empty),
        Row("resident memory with both rooms used, MB", f"{used:.0f}", reference, used / empty),
    ]


def in_turn(runs: int, *parts: Callable[[int], object]) -> list[float]:
    """Median seconds of each part, run in turn so that a drifting machine hits all alike."""
    seconds: list[list[float]] = [[] for _ in parts]
    for run in range(runs + 2):
        for part, kept in zip(parts, seconds, strict=True):
            start = time.perf_counter()
            part(run)
            kept.append(time.perf_counter() - start)
    return [statistics.median(kept[2:]) for kept in seconds]  # the first two warm up


def random_bert(folder: Path, layers: int = 12, heads: int = 12, width: int = 768) -> Path:
    """A randomly initialised BERT in Hub layout with the vocabulary of the embedded one."""
    import shutil

    import torch
    from transformers import BertConfig, BertForMaskedLM

    torch.manual_seed(0)
    ours = HOUSE / "assets" / "models" / "bert" / "mini"
    config = BertConfig(
        vocab_size=6000,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        hidden_size=width,
        intermediate_size=4 * width,
        max_position_embeddings=512,
        initializer_range=0.1,
    )
    BertForMaskedLM(config).save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json", "vocab.txt"):
        shutil.copy(ours / name, folder / name)
    return folder


@contextmanager
def scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        yield Path(folder)
