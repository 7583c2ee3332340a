"""What the playground costs, each figure beside a named reference taken in the same run."""

import json
import re
import shutil
import statistics
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil

from tests.serving import ROOT, serving

EMPTY = "import gradio as gr\nwith gr.Blocks() as app: gr.Markdown('empty')\napp.launch(quiet=True)"
TEXT = "the cat sat on the floor because it was tired and the dog ran to the door of the old house"


@dataclass(frozen=True)
class Row:
    what: str
    ours: str
    reference: str
    ratio: float  # ours over the reference

    def __str__(self) -> str:
        return f"| {self.what} | {self.ours} | {self.reference} | {self.ratio:.2g} |"


def table(rows: list[Row]) -> str:
    return "\n".join(["| what | here | reference | ratio |", "|---|---|---|---|", *map(str, rows)])


def post(address: str, path: str, question: dict) -> bytes:
    body = json.dumps(question).encode()
    request = urllib.request.Request(f"{address}pg/{path}", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=300) as answer:
        return answer.read()


def sentence(words: int, seed: int = 0) -> str:
    """So many words that every vocabulary has, the third one hidden."""
    chosen = np.random.default_rng(seed).choice(TEXT.split(), words).tolist()
    return " ".join(word if i != 2 else "[MASK]" for i, word in enumerate(chosen))


def in_turn(runs: int, *parts: Callable[[int], object]) -> list[float]:
    """Median seconds of each part, taken in turn so that a drifting machine hits all alike; two runs warm up."""
    seconds: list[list[float]] = [[] for _ in parts]
    for run in range(runs + 2):
        for part, kept in zip(parts, seconds, strict=True):
            start = time.perf_counter()
            part(run)
            kept.append(time.perf_counter() - start)
    return [statistics.median(kept[2:]) for kept in seconds]


def start_up(folder: Path, runs: int = 3) -> Row:
    """Seconds until the page is served, against a Blocks app with one line of text."""

    def start(*command: str) -> Callable[[int], None]:
        def once(_: int) -> None:
            with serving(*command, log=folder / "log"):
                pass

        return once

    ours, empty = in_turn(runs, start("app.py"), start("-c", EMPTY))
    return Row("start until the page is served, s", f"{ours:.2f}", f"{empty:.2f}, an empty Blocks", ours / empty)


def resident(address: str) -> float:
    """MB of the process that listens at `address`."""
    port = int(address.rstrip("/").rsplit(":", 1)[1])
    listening = (c.pid for c in psutil.net_connections("tcp") if c.laddr.port == port and c.status == "LISTEN")
    return psutil.Process(next(listening)).memory_info().rss / 2**20


def memory(folder: Path) -> list[Row]:
    """Resident MB when the page is first served, and after both rooms have answered."""
    with serving("-c", EMPTY, log=folder / "log") as address:
        empty = resident(address)
    with serving("app.py", log=folder / "log") as address:
        fresh = resident(address)
        for words in range(5, 125, 10):
            post(address, "bert/ask", {"text": sentence(words)})
        for model in ("cnn/digits", "cnn/cifar10"):
            for seed in range(6):
                ink = np.random.default_rng(seed).random((28, 28)).round(2).tolist()
                post(address, "cnn/ask", {"ink": ink, "model": model})
        used = resident(address)
    reference = f"{empty:.0f}, an empty Blocks"
    return [
        Row("resident memory when the page is served, MB", f"{fresh:.0f}", reference, fresh / empty),
        Row("resident memory after BERT and CNN were used, MB", f"{used:.0f}", reference, used / empty),
    ]


def bert_handler(runs: int = 30, words: int = 24) -> Row:
    """From question to JSON, a new sentence each time, against the bare forward pass of the same tokens."""
    import torch

    from playground.core import store
    from playground.families.bert import model, tab
    from playground.ui import door

    with store.using("bert/mini", model.open_bert) as bert:

        @torch.inference_mode()
        def bare(run: int) -> None:
            ids = bert.tokenizer(sentence(words, run), return_tensors="pt", truncation=True, max_length=bert.positions)
            bert.net(**ids, output_attentions=True)

        def handled(run: int) -> None:
            assert "wrong" not in json.loads(door.answer(tab.ask, door.dumps({"text": sentence(words, run)})))

        plain, ours = in_turn(runs, bare, handled)
    return Row(
        f"BERT, {words} words: handler, ms", f"{ours * 1e3:.1f}", f"{plain * 1e3:.1f}, bare forward", ours / plain
    )


def cnn_handler(name: str, runs: int = 30) -> Row:
    """From picture to JSON with all thumbnails, a new picture each time, against the bare forward pass."""
    import torch

    from playground.core import store
    from playground.families.cnn import tab
    from playground.families.cnn.model import MODELS
    from playground.ui import door

    shape = (1, 1, 28, 28) if name == "digits" else (1, 3, 32, 32)
    with store.using(f"cnn/{name}", MODELS[f"cnn/{name}"].open) as net:

        @torch.inference_mode()
        def bare(_: int) -> None:
            net(torch.rand(shape))

        def handled(run: int) -> None:
            ink = np.random.default_rng(run).random((28, 28)).round(3).tolist()
            assert "wrong" not in json.loads(door.answer(tab.ask, door.dumps({"ink": ink, "model": f"cnn/{name}"})))

        plain, ours = in_turn(runs, bare, handled)
    return Row(f"CNN {name}: handler, ms", f"{ours * 1e3:.1f}", f"{plain * 1e3:.1f}, bare forward", ours / plain)


def gpt_writing(runs: int = 5, tokens: int = 128) -> Row:
    """From question to the last streamed token, each with its probability and rank, against `generate` alone."""
    import torch

    from playground.core import store
    from playground.families.gpt import generate, model, tab_write
    from playground.families.gpt.sampling import Settings
    from playground.families.gpt.trace import Request
    from playground.ui import door

    text, rules = "Once upon a time there was a king who had three daughters.", {"temperature": 0.8, "top_p": 0.95}
    asked = (generate.Writing(Request(text), Settings(**rules, seed=seed), tokens) for seed in range(100))
    seed = next(one.settings.seed for one in asked if len(generate.written(one).told) == tokens)
    question = door.dumps({"text": text, "tokens": tokens, "settings": {**rules, "seed": seed}})
    with store.using("gpt/mini", model.open_gpt) as gpt:
        ids = torch.tensor([gpt.tokenizer(text).input_ids])

        def bare(_: int) -> None:
            torch.manual_seed(seed)
            call = {"max_new_tokens": tokens, "pad_token_id": 0, **Settings(**rules).call()}
            gpt.net.generate(ids, attention_mask=torch.ones_like(ids), **call)

        def handled(_: int) -> None:
            pieces = door.answer(tab_write.write, question)
            assert not isinstance(pieces, bytes) and len(list(pieces)) > 2

        plain, ours = in_turn(runs, bare, handled)
    return Row(f"GPT, {tokens} new tokens, ms", f"{ours * 1e3:.0f}", f"{plain * 1e3:.0f}, bare generate", ours / plain)


def random_bert(folder: Path, layers: int = 12, heads: int = 12, width: int = 768) -> Path:
    """A randomly initialised BERT in Hub layout, 512 positions, with the words of the embedded one."""
    import torch
    from transformers import BertConfig, BertForMaskedLM

    torch.manual_seed(0)
    ours = ROOT / "assets" / "models" / "bert" / "mini"
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
    for name in ("tokenizer.json", "vocab.txt"):
        shutil.copy(ours / name, folder / name)
    told = json.loads((ours / "tokenizer_config.json").read_text())
    (folder / "tokenizer_config.json").write_text(json.dumps({**told, "model_max_length": 512}))
    return folder


def bertviz_page(weights: np.ndarray, names: list[str]) -> str:
    """bertviz's own head view of all layers; only its three scripts from other hosts are replaced by local ones."""
    import torch
    from bertviz import head_view

    from playground.views import html

    own = head_view([torch.from_numpy(w.copy())[None] for w in weights], names, html_action="return").data
    own = re.sub(r"<script src=[^>]*></script>", "", own)
    scripts = f"<script>{html.libraries()}</script><script>{html.LOADER}</script>"
    return f"<!doctype html><meta charset=utf-8>{scripts}{own}"
