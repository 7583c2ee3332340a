"""Train the two embedded nets: python -m playground.train mlp digits, python -m playground.train mlp wine."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from playground.core.checkpoint import WEIGHTS, Card, write_card
from playground.core.progress import Progress
from playground.data import tables
from playground.data.tables import Table
from playground.families.mlp.config import Config
from playground.families.mlp.export import from_safetensors, to_safetensors
from playground.families.mlp.model import MODELS
from playground.families.mlp.state import State, begin, figures, steps

CONFIGS = {
    "digits": Config(
        data="digits",
        hidden=(32, 16),
        activation="relu",
        l2=5e-4,
        batch=32,
        optimizer="adam",
        rate=0.003,
        schedule="cosine",
        length=12_000,
    ),
    "wine": Config(
        data="wine",
        hidden=(6,),
        share=0.7,
        l2=1e-3,
        batch=10,
        optimizer="adam",
        rate=0.01,
        schedule="cosine",
        length=1500,
    ),
}
DATA = {
    "digits": {
        "name": "MNIST test part, 10,000 digits shrunk to 14 x 14: 9,000 to train on, 1,000 held out (seeded split)",
        "licence": "CC BY-SA 3.0",
    },
    "wine": {
        "name": "Wine (Forina 1991; UCI), 178 wines, 13 measures: 70 % to train on, the rest held out (seeded split)",
        "licence": "CC BY 4.0",
    },
}
REPORTS = 10  # of a whole training
SPLITS = 20


def table_of(config: Config, data: Path) -> Table | None:
    """All digits; other data ship as they are."""
    return tables.all_digits(data) if config.data == "digits" else None


def train(config: Config, data: Path) -> Iterator[Progress[State]]:
    """The loop of the page, drained until it ends by itself; `model` of the last Progress is what ships."""
    state = begin(config, table_of(config, data))
    whole = config.stop_steps or config.length
    for _ in steps(state):
        over = state.ended()
        if over or state.done % (whole // REPORTS) == 0:
            train_loss, test_loss, _, right = figures(state, state.nets[0])
            seen = {"loss": train_loss, "held-out loss": test_loss, "held-out accuracy": right}
            yield Progress(state.done, whole, seen, state)
        if over:
            return


def ship(state: State, config: Config, data: Path, folder: Path, seconds: float) -> Card:
    """Write weights (float16), card and the digits to learn from; results are of the weights as shipped."""
    folder.mkdir(parents=True, exist_ok=True)
    payload = to_safetensors(state, half=True)
    (folder / WEIGHTS).write_bytes(payload)
    spec = MODELS[f"mlp/{config.data}"]
    results = {"held-out accuracy": _right(from_safetensors(payload, table_of(config, data)))}
    if config.data == "digits":
        tables.ship_digits(data)
        results["accuracy on the shipped 500"] = _right(from_safetensors(payload))
    else:  # 53 held-out wines say little
        results[f"mean held-out accuracy of {SPLITS} other splits"] = _elsewhere(config, data)
    card = Card(
        key=spec.key,
        title=spec.title,
        config=config.payload(),
        seed=config.seed,
        command=spec.origin,
        data=(DATA[config.data],),
        results=results,
        parameters=state.shape.weights,
        bytes=len(payload),
        seconds=round(seconds),
        extra={"classes": list(state.data.classes)},
    )
    write_card(folder, card)
    return card


def _elsewhere(config: Config, data: Path) -> float:
    """Mean held-out accuracy of nets trained alike on other splits, from other initial weights."""
    ends = [list(train(replace(config, seed=config.seed + 1 + i), data))[-1] for i in range(SPLITS)]
    return sum(end.metrics["held-out accuracy"] for end in ends) / SPLITS


def _right(state: State) -> float:
    """Accuracy on held-out data."""
    return figures(state, state.nets[0])[3]
