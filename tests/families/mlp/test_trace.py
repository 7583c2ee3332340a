"""A training asked for as a whole: the same numbers as the training one watches, remembered, with its parts."""

import numpy as np
import pytest

from playground.core import limits
from playground.core.words import Wrong
from playground.families import mlp
from playground.families.mlp import sight
from playground.families.mlp.state import begin, figures
from tests.families.mlp.test_state import after


def test_it_is_the_training_one_watches() -> None:
    config = mlp.Config(race=(("sgd", 0.03), ("adam", 0.01)))
    found, state = mlp.trace(mlp.Request(config, 120)), after(begin(config), 120)
    assert found.updates == 120 and found.ended == "" and len(found.racers) == 2
    for racer, net, at in zip(found.racers, state.nets, found.at, strict=True):
        assert (racer.train_loss, racer.test_loss, racer.train_score, racer.test_score) == figures(state, net)
        assert np.array_equal(np.column_stack([at, *(curve.values for curve in racer.curves)]), net.curve)
    assert np.array_equal(found.output[0].values, sight.grid(state, 50).output[0])
    assert np.array_equal(found.weights[1].values, np.column_stack(sight.weights(state)[1]))
    assert [len(units) for units in found.units] == [4, 2] and len(found.warps) == 2 and len(found.health) == 3
    assert found.train_confusion.sum() == 250 and found.test_confusion.sum() == 250 and "nn.Linear(4, 2)" in found.code
    assert np.array_equal(mlp.from_safetensors(found.file).nets[0].flat, state.nets[0].flat)


def test_the_same_question_is_answered_once() -> None:
    request = mlp.Request(mlp.Config(hidden=(2,)), 30)
    assert mlp.trace(request) is mlp.trace(mlp.Request(mlp.Config(hidden=(2,)), 30))


def test_it_stops_by_its_own_condition() -> None:
    found = mlp.trace(mlp.Request(mlp.Config(optimizer="adam", stop_accuracy=0.95), 5000))
    assert found.updates < 5000 and "accuracy" in found.ended and found.test_score >= 0.95


@pytest.mark.parametrize("fields", [{"data": "digits", "hidden": (4,)}, {"data": "plane", "hidden": ()}])
def test_any_data_and_depth(fields: dict[str, object]) -> None:
    found = mlp.trace(mlp.Request(mlp.Config(**fields), 20))  # type: ignore[arg-type]
    assert bool(found.output) == (fields["data"] == "plane")
    assert found.test_confusion.shape == ((10, 10) if fields["data"] == "digits" else (0, 0))


@pytest.mark.parametrize("updates", [-1, True, 1.5, "9", limits.MLP_UPDATES + 1])
def test_a_number_of_updates_that_is_none(updates: object) -> None:
    with pytest.raises(Wrong, match="number of updates"):
        mlp.Request(updates=updates)  # type: ignore[arg-type]
