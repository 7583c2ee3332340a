"""A few-shot prompt as a program of its own: transformers alone, the same answer and the same probabilities."""

from dataclasses import replace
from typing import Any

from playground.core import store
from playground.data.layouts import Layout
from playground.families.gpt.labels import CONTENT_FREE, Posed, answer, fitted
from playground.families.gpt.model import disarm, open_gpt
from playground.families.gpt.shots import Example, Prompt

PROGRAM = """\
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

name = {name!r}{beside}
tokenizer = AutoTokenizer.from_pretrained(name)
model = AutoModelForCausalLM.from_pretrained(name, dtype=torch.float32).eval()

description = {description!r}
examples = [
{examples}]
query = {query!r}

def prompt(query):
    shots = "".join({shot} for given, answer in examples)
    return {whole}

def read(text):
    return tokenizer(text, return_tensors="pt").input_ids

ids = read(prompt(query))
count = ids.shape[1]
for _ in range({most}):
    with torch.no_grad():
        ids = torch.cat([ids, model(ids).logits[:, -1:].argmax(-1)], 1)
    written = tokenizer.decode(ids[0, count:], skip_special_tokens=True)
    if {stop!r} in written.lstrip(" ") or ids[0, -1] == tokenizer.eos_token_id:
        break
print(repr(written.lstrip(" ").split({stop!r})[0].strip(" ")))
"""
LABELS = """
labels = {labels}

def score(query):  # of each label, the log-probability of each token after the prompt
    rows = []
    for label in labels:
        ids, count = read(prompt(query) + " " + label{end}), read(prompt(query)).shape[1]
        with torch.no_grad():
            logs = model(ids).logits[0, count - 1 : -1].log_softmax(-1)
        rows.append(logs.gather(1, ids[0, count:, None])[:, 0])
    return rows

def shares(query):
    return torch.stack([row.sum() for row in score(query)]).softmax(0)

bias = torch.stack([shares(query) for query in {silent}]).mean(0)  # Zhao et al. 2021
calibrated = shares(query) / bias
columns = shares(query), torch.stack([row.mean() for row in score(query)]).softmax(0), calibrated / calibrated.sum()
for label, *three in zip(labels, *columns):  # by the sum, by the mean per token, calibrated
    print(repr(label), *(chance.item() for chance in three))
"""


def shots_program(posed: Posed, name: str, beside: str) -> str:
    """It can be run as it stands; `name` is what transformers opens, `beside` a remark on it. Raises Wrong."""
    with store.using(posed.prompt.model, open_gpt) as gpt:
        prompt, start = _armless(posed.prompt, gpt.tokenizer), _start(gpt)
    code = PROGRAM.format(
        name=name, beside=beside, description=prompt.description, query=prompt.query, whole=_whole(prompt, start),
        examples="".join(f"    {tuple(example)!r},\n" for example in prompt.examples), shot=_shot(prompt.layout),
        most=answer(posed).room, stop=prompt.stop,
    )  # fmt: skip
    if not prompt.labels:
        return code
    end = f" + {prompt.layout.after!r}" if posed.ends else ""
    return code + LABELS.format(labels=list(prompt.labels), end=end, silent=CONTENT_FREE)


def _armless(prompt: Prompt, tokenizer: Any) -> Prompt:
    """Special tokens typed by a reader are plain text, as `encode` makes them."""

    def plain(text: str) -> str:
        return disarm(text, tokenizer)[0]

    layout = prompt.layout
    return replace(
        prompt,
        description=plain(prompt.description),
        examples=tuple(Example(plain(given), plain(answer)) for given, answer in prompt.examples),
        query=plain(prompt.query),
        layout=Layout(plain(layout.before), plain(layout.middle), plain(layout.after)),
        below=plain(prompt.below),
        labels=tuple(plain(label) for label in prompt.labels),
    )


def _start(gpt: Any) -> str:
    """The token that stands for an empty text, if the tokenizer does not put it there by itself."""
    empty = gpt.start is not None and not gpt.tokenizer.backend_tokenizer.encode("").ids
    return str(gpt.tokenizer.convert_ids_to_tokens(gpt.start)) if empty else ""


def _shot(layout: Layout) -> str:
    return _sum(repr(layout.before), "given", repr(f"{layout.middle} "), "answer", repr(layout.after))


def _sum(*terms: str) -> str:
    return " + ".join(term for term in terms if term != repr(""))


def _whole(prompt: Prompt, start: str) -> str:
    """The expression for the prompt's text: what fits of it, without a space at its end, never empty."""
    layout = prompt.layout
    top = ("description", repr(prompt.below)) if prompt.description else ()
    text = _sum(*top, "shots", repr(layout.before), "query", repr(layout.middle))
    asked = [replace(prompt, query=query) for query in (prompt.query, *(CONTENT_FREE if prompt.labels else ()))]
    if not layout.middle:
        text = f'({text}).rstrip(" ")'
    if cuts := {one.query: at for one in asked if (at := fitted(one).start)}:
        text = f"({text})[{cuts!r}.get(query, 0) :]  # what fits into the model"
    elif start and not all(one.text() for one in asked):
        text += f" or {start!r}"
    return text
