"""How well the embedded GPT foretells prose it never read, and answers tasks from examples with words held out."""

from collections.abc import Sequence

import numpy as np
import torch
from tokenizers import Tokenizer
from torch.nn import functional as F
from transformers import GPT2LMHeadModel

from playground.data import tasks
from playground.data.layouts import Layout
from playground.families.gpt.text import ENDOFTEXT

OPENINGS = (
    "One morning, Anna found a small black cat in the garden.",
    "Once upon a time there was a poor fisherman who lived near the sea.",
    "The king was not happy.",
)


@torch.inference_mode()
def prose(net: GPT2LMHeadModel, tokenizer: Tokenizer, documents: Sequence[Sequence[str]], length: int) -> np.ndarray:
    """Nats, tokens, words and bytes of documents, each begun after <|endoftext|> and read in windows of `length`."""
    total = np.zeros(4)
    for document in documents:
        text = " ".join(document)
        ids = [ENDOFTEXT, *tokenizer.encode(text).ids]
        for at in range(0, len(ids) - 1, length - 1):
            window = torch.tensor([ids[at : at + length]])
            nats = F.cross_entropy(net(window[:, :-1]).logits[0], window[0, 1:], reduction="sum").item()
            total += [nats, window.shape[1] - 1, 0, 0]
        total += [0, 0, len(text.split()), len(text.encode())]
    return total


@torch.inference_mode()
def right(net: GPT2LMHeadModel, tokenizer: Tokenizer, asked: Sequence[tuple[str, str]]) -> np.ndarray:
    """For each (prompt, answer), whether greedy decoding gives the answer and then ends the line.

    A prompt that is too long for the net loses its beginning.
    """
    rows = []
    for prompt, answer in asked:
        before, ids = tokenizer.encode(prompt).ids, tokenizer.encode(f"{prompt} {answer}\n").ids
        rows.append((ids[-net.config.n_positions :], len(ids) - len(before)))
    order = sorted(range(len(rows)), key=lambda i: len(rows[i][0]))
    found = np.zeros(len(rows), bool)
    for at in range(0, len(order), 16):
        part = order[at : at + 16]
        width = max(len(rows[i][0]) for i in part)
        given = torch.tensor([rows[i][0] + [ENDOFTEXT] * (width - len(rows[i][0])) for i in part])
        guess = net(given).logits.argmax(-1)
        for row, i in enumerate(part):
            end, size = len(rows[i][0]), rows[i][1]
            found[i] = bool((guess[row, end - size - 1 : end - 1] == given[row, end - size : end]).all())
    return found


def curve(
    net: GPT2LMHeadModel, tokenizer: Tokenizer, key: str, count: int = 50, layout: Layout | None = None
) -> list[float]:
    """Accuracy of a task for 0, 1, 2, 4 and 8 examples, without description, on held-out words."""
    layout = layout or Layout()
    made = []
    for k in tasks.SHOTS:
        asked = [(tasks.prompt(layout, "", shots, q.given), q.answer) for shots, q in tasks.questions(key, k, count)]
        made.append(float(right(net, tokenizer, asked).mean()))
    return made


def measure(
    net: GPT2LMHeadModel, tokenizer: Tokenizer, documents: Sequence[Sequence[str]], length: int, count: int = 50
) -> dict[str, float]:
    net.eval()
    nats, tokens, words, size = prose(net, tokenizer, documents, length)
    curves = {key: curve(net, tokenizer, key, count) for key in tasks.MEASURED}
    figures = {
        "held-out prose, perplexity per token": float(np.exp(nats / tokens)),
        "held-out prose, perplexity per word": float(np.exp(nats / words)),
        "held-out prose, bits per byte": float(nats / size / np.log(2)),
    }
    for i, k in enumerate(tasks.SHOTS):
        figures[f"all tasks, {k} shots"] = float(np.mean([c[i] for c in curves.values()]))
        figures[f"easy half, {k} shots"] = float(np.mean([curves[key][i] for key in tasks.EASY]))
    return figures | {f"{key}, {k} shots": c[i] for key, c in curves.items() for i, k in enumerate(tasks.SHOTS)}


@torch.inference_mode()
def samples(net: GPT2LMHeadModel, tokenizer: Tokenizer, size: int = 60) -> list[str]:
    """Continuations (temperature 0.7) of a few openings, seeded."""
    net.eval()
    torch.manual_seed(0)
    told = []
    for opening in OPENINGS:
        ids = torch.tensor([tokenizer.encode(opening).ids])
        made = net.generate(
            ids, attention_mask=torch.ones_like(ids), max_new_tokens=size, do_sample=True, temperature=0.7,
            pad_token_id=ENDOFTEXT,
        )  # fmt: skip
        told.append(tokenizer.decode(made[0].tolist()))
    return told
