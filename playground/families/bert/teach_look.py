"""What there is to see of a fine-tuning: where the sentences lie, what is said of them, and of one more."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from playground.core import limits, store
from playground.core.words import Wrong
from playground.families.bert.model import open_bert
from playground.families.bert.teach_data import MODEL, Sentence, pieces, read
from playground.families.bert.teach_plan import likely, plan
from playground.families.bert.teach_state import State, batch_of, figures, forward, logits_of, words_of

CHANGES = ("rate", "epochs", "penalty", "stop_loss")  # what may change while it learns


def change(state: State, what: Mapping[str, Any]) -> None:
    """Another learning rate, number of epochs, penalty or loss to stop at, from now on. Raises Wrong."""
    given = {name: what[name] for name in CHANGES if name in what}
    state.plan = plan({**state.plan.payload(), **given})


def confusion(state: State, part: np.ndarray) -> np.ndarray:
    """[true said] how many examples of a part."""
    n = len(state.data.lesson.names)
    true, said = state.data.labels[part], state.measure.logits.argmax(1)[part]
    return torch.bincount(true * n + said, minlength=n * n).view(n, n).numpy()


def classify(state: State, sentence: Sentence) -> tuple[Tensor, Tensor, int]:
    """Probabilities [label], pooled [CLS] [feature], and tokens that were cut off, by the weights as they stand."""
    if state.plan.choice == "head":
        known = read(sentence)
        vector, lost = torch.from_numpy(known.vector)[None], known.lost
    else:
        with store.using(MODEL, open_bert) as bert:
            ids, types, lost = pieces(bert, sentence)
        batch = batch_of([np.array(ids)], [np.array(types)], state.data.config.pad_token_id)
        with torch.no_grad():
            vector = forward(state.data, words_of(state), batch)
    return logits_of(state.weights, vector).softmax(1)[0], vector[0], lost


def tried(state: State, given: Any) -> dict[str, Any] | None:
    """The answer for a sentence that a reader tries; None if there is none."""
    if not isinstance(given, Mapping):
        return None
    text, pair = given.get("text"), given.get("pair", "")
    if not isinstance(text, str) or not isinstance(pair, str) or not text.strip():
        return None
    if max(len(text), len(pair)) > limits.TEACH_CHARS:
        most = limits.TEACH_CHARS
        wrong = Wrong(f"This sentence is longer than {most:,} characters.", f"这个句子超过 {most:,} 个字符。")
        return {"wrong": wrong.text.payload()}
    chances, vector, lost = classify(state, Sentence(text, pair))
    place = state.data.plane.place(vector.numpy()[None])[0]
    return {"text": text, "pair": pair, "chances": chances.tolist(), "place": place.tolist(), "cut": lost}


def head(state: State) -> dict[str, Any]:
    data, measure = state.data, state.measure
    said = measure.logits.argmax(1)
    right = said == data.labels
    train_loss, held_loss, *_ = figures(state)
    hits = {"train": int(right[data.train].sum()), "held": int(right[data.test].sum())}
    count = {"train": len(data.train), "held": len(data.test)}
    return {
        "names": data.lesson.names,
        "epoch": state.done // state.epoch_updates,
        "epochs": state.plan.epochs,
        "length": state.length,
        "measured": measure.at,
        "choice": state.plan.choice,
        "numbers": sum(value.numel() for value in state.weights.values()),
        "learning_rate": state.rate,
        "loss": {"train": train_loss, "held": held_loss if len(data.test) else None},
        "right": hits,
        "count": count,
        "likely": likely(hits["held"], count["held"]) if count["held"] else None,
        "guess": guess(state),
        "cut": data.cut,
        "kept": data.plane.kept,
    }


def guess(state: State) -> float | None:
    """The share of held-out sentences right for always saying the most frequent label of the training ones."""
    data = state.data
    if not len(data.test):
        return None
    usual = int(data.labels[data.train].bincount().argmax())
    return float((data.labels[data.test] == usual).float().mean())


def arrays(state: State) -> dict[str, np.ndarray]:
    data, measure = state.data, state.measure
    chances = measure.logits.softmax(1)
    return {
        "place": data.plane.place(measure.vectors.numpy()),
        "label": data.labels.numpy().astype(np.uint8),
        "held": data.held.astype(np.uint8),
        "said": measure.logits.argmax(1).numpy().astype(np.uint8),
        "sure": chances.numpy().astype(np.float16),
        "confusion": np.stack([confusion(state, part) for part in (data.train, data.test)]).astype(np.int32),
        "curve": np.array(state.curve, np.float32),
    }


def frame(state: State, view: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """A JSON head and named arrays; `view["try"]` is a sentence {text, pair} to be answered."""
    return {**head(state), "try": tried(state, view.get("try"))}, arrays(state)
