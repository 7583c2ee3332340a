"""A fine-tuned encoder to take along: a zip that transformers opens, and the sentences it learned from."""

import copy
import csv
import io
import zipfile
from collections.abc import Iterator
from typing import Any

from safetensors.torch import save
from torch import Tensor

from playground.core import limits, store
from playground.families.bert.teach_data import MODEL
from playground.families.bert.teach_plan import likely
from playground.families.bert.teach_state import BIAS, WEIGHT, State, words_of

TOKENIZER = ("tokenizer.json", "tokenizer_config.json", "vocab.txt", "special_tokens_map.json")
PIECE = 2**20  # bytes sent at a time

CLASSIFY = '''"""Class probabilities of a sentence by the BERT in this folder. Run it here: python classify.py"""

import torch
from transformers import AutoTokenizer, BertForSequenceClassification

tokenizer = AutoTokenizer.from_pretrained(".")
model = BertForSequenceClassification.from_pretrained(".").eval()


def classify(text: str, pair: str | None = None) -> dict[str, float]:
    inputs = tokenizer(text, pair, truncation=True, max_length={tokens}, return_tensors="pt")
    with torch.no_grad():
        chances = model(**inputs).logits.softmax(-1)[0].tolist()
    return {{model.config.id2label[i]: chance for i, chance in enumerate(chances)}}


if __name__ == "__main__":
    print(classify({example}))
'''

README = """# A fine-tuned BERT

Made in the deep-learning playground from {encoder}: {what}, {updates:,} updates.

- Labels: {names}
- Learned from {train} sentences, {held} were held out{score}
- Learning rate {rate:g} (rising, then falling to zero), batch {batch}, penalty {penalty:g}, seed {seed}
- Sentences were cut to {tokens} tokens

`python classify.py` runs it; any program opens it with

    from transformers import BertForSequenceClassification
    model = BertForSequenceClassification.from_pretrained("this folder")

{caution}
"""
CAUTION = "With so few sentences held out, the share that is right is uncertain: see the interval above."
WHAT = {
    "head": "the head trained on a frozen encoder",
    "last": "the head, the pooler and the last layer trained",
    "all": "everything trained",
}


def tensors(state: State) -> dict[str, Tensor]:
    """By the names of transformers' BertForSequenceClassification."""
    body = {**state.data.base, **words_of(state)}
    head = {name: body.pop(name) for name in (WEIGHT, BIAS)}
    return {f"bert.{name}": value for name, value in body.items() if value.is_floating_point()} | head


def config(state: State) -> Any:
    """The encoder's own, with the head's labels."""
    found = copy.deepcopy(state.data.config)
    found.architectures = ["BertForSequenceClassification"]
    found.id2label = dict(enumerate(state.data.lesson.names))
    found.label2id = {name: i for i, name in found.id2label.items()}
    found.problem_type = "single_label_classification"
    return found


def table(state: State) -> str:
    """The sentences, which part they belong to, and what is said of each with which probability (CSV)."""
    data, file = state.data, io.StringIO()
    chances = state.measure.logits.softmax(1)
    names = data.lesson.names
    writer = csv.writer(file)
    writer.writerow(["text", "text2", "label", "part", "said", *(f"p({name})" for name in names)])
    for i, label in enumerate(data.lesson.labels):
        said = names[int(chances[i].argmax())]
        row = [data.lesson.texts[i], data.lesson.pairs[i], names[label], "held out" if data.held[i] else "train", said]
        writer.writerow([*map(harmless, row), *(f"{v:.6f}" for v in chances[i].tolist())])
    return file.getvalue()


def harmless(text: str) -> str:
    """A cell that a spreadsheet would run as a formula is kept as text.

    >>> harmless("=1+1")
    "'=1+1"
    """
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") else text


def readme(state: State) -> str:
    data, plan = state.data, state.plan
    *_, right = state.curve[-1]
    return README.format(
        encoder=f"{MODEL}, {data.config.num_hidden_layers} layers of width {data.config.hidden_size}",
        what=WHAT[plan.choice],
        updates=state.done,
        names=", ".join(data.lesson.names),
        train=len(data.train),
        held=len(data.test),
        score=_score(state, right) if len(data.test) else "",
        caution=CAUTION if len(data.test) else "Nothing was held out, so nothing is known about new sentences.",
        tokens=limits.TEACH_TOKENS,
        **{name: getattr(plan, name) for name in ("rate", "batch", "penalty", "seed")},
    )


def _score(state: State, right: float) -> str:
    count = len(state.data.test)
    low, high = likely(round(right * count), count)
    return (
        f"; of these {right:.0%} are right (95 % interval {low:.0%} to {high:.0%}, after {state.measure.at:,} updates)"
    )


def archive(state: State) -> bytes:
    """The zip; its float32 weights are what the page computes with."""
    folder = store.folder_of(MODEL)
    files = {name: (folder / name).read_bytes() for name in TOKENIZER if (folder / name).is_file()}
    text, pair = state.data.lesson.texts[0], state.data.lesson.pairs[0]
    arguments = f"{text!r}, {pair!r}" if pair else repr(text)
    files |= {
        "model.safetensors": save(
            {name: value.contiguous() for name, value in tensors(state).items()}, {"format": "pt"}
        ),
        "config.json": config(state).to_json_string(use_diff=False).encode(),
        "README.md": readme(state).encode(),
        "classify.py": CLASSIFY.format(tokens=limits.TEACH_TOKENS, example=arguments).encode(),
        "sentences.csv": table(state).encode("utf-8-sig"),
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        for name, content in files.items():
            packed.writestr(zipfile.ZipInfo(f"my-bert/{name}", (2020, 1, 1, 0, 0, 0)), content)
    return file.getvalue()


def sent(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content), PIECE):
        yield content[start : start + PIECE]
