"""The Config: TensorFlow Playground's defaults, through JSON and back, and a sentence for whatever it cannot be."""

import json
from dataclasses import FrozenInstanceError

import pytest

from playground.core import limits
from playground.core.words import Wrong
from playground.families import mlp
from playground.families.mlp.config import KINDS, Config, read


def test_defaults_are_those_of_tensorflow_playground() -> None:
    config = mlp.Config()
    assert (config.data, config.noise, config.share, config.batch) == ("circle", 0, 0.5, 10)
    assert (config.features, config.hidden, config.activation) == (("x1", "x2"), (4, 2), "tanh")
    assert (config.optimizer, config.rate, config.l1, config.l2) == ("sgd", 0.03, 0, 0)


@pytest.mark.parametrize(
    "config",
    [
        Config(),
        Config(race=(("sgd", 0.1), ("adam", 0.01)), hidden=(), features=("sinx1", "x1x2")),
        Config(data="own", own=((1, 2, 0), (0, 0, 1), (3, -3, 4), (0.5, 1, 2))),
        Config(data="own", task="values", own=((1, 2, 0.5),) * 4),
        Config(data="table", csv="a,b\n1,2", target="b", task="values"),
    ],
)
def test_json_and_back(config: Config) -> None:
    again = read(json.loads(json.dumps(config.payload())))
    assert again == config and hash(again) == hash(config)


def test_numbers_that_are_the_same_make_the_same_config() -> None:
    assert str(read({"scale": -0.0}).scale) == "0.0"
    assert read({"rate": 1, "noise": 0}) == Config(rate=1.0) and hash(read({"rate": 1})) == hash(Config(rate=1.0))


def test_it_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        Config().rate = 1.0  # type: ignore[misc]


def test_each_kind_knows_its_task() -> None:
    assert Config(data="plane").learns == "values" and Config(data="wine").learns == "classes"
    assert Config(data="table", csv="x", task="values").learns == "values"
    assert all(kind.title.en and kind.title.zh for kind in KINDS.values())


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ({"data": "cats"}, "data set is one of"),
        ({"data": ["circle"]}, "data set is one of"),
        ({"data": "xor", "classes": 3}, "XOR has 2 classes"),
        ({"classes": 6}, "from 2 to 5"),
        ({"points": 5}, "from 20"),
        ({"points": limits.MLP_POINTS + 1}, "from 20"),
        ({"points": True}, "whole number"),
        ({"noise": 0.6}, "noise"),
        ({"share": 1}, "share"),
        ({"batch": 0}, "batch size is a whole number from 1 to 1,000"),
        ({"batch": 2.5}, "whole number"),
        ({"features": []}, "at least one input"),
        ({"features": ["x1", "x1"]}, "each once"),
        ({"features": [["x1"]]}, "at least one input"),
        ({"features": "x1"}, "is a list"),
        ({"hidden": [1] * 7}, "0 to 6 hidden layers"),
        ({"hidden": [0]}, "0 to 6 hidden layers"),
        ({"hidden": [1.5]}, "0 to 6 hidden layers"),
        ({"hidden": 3}, "is a list"),
        ({"activation": "swish"}, "activation is one of"),
        ({"rate": float("nan")}, "learning rate"),
        ({"rate": "0.1"}, "learning rate"),
        ({"rate": -1}, "learning rate"),
        ({"rate": 10**400}, "learning rate"),
        ({"dropout": 1}, "dropout"),
        ({"schedule": "noam"}, "schedule"),
        ({"optimizer": None, "race": [["sgd", 0.1, 3]]}, "racer"),
        ({"race": [["sgd", 99]]}, "racer"),
        ({"race": ["lion"]}, "optimizer is one of"),
        ({"race": ["sgd"] * 5}, "Up to 4"),
        ({"seed": -1}, "seed"),
        ({"data": "own"}, "at least four"),
        ({"own": [[1, 2]]}, "three numbers"),
        ({"own": [[1, 2, "a"]]}, "three numbers"),
        ({"own": [[1, 2, float("inf")]]}, "three numbers"),
        ({"own": [[1, 200, 0]]}, "lie between"),
        ({"data": "own", "own": [[1, 2, 0.5]]}, "class of a point"),
        ({"data": "own", "own": [[1, 2, 7]]}, "class of a point"),
        ({"own": [[1, 2, 0]] * (limits.MLP_POINTS + 1)}, "at most"),
        ({"csv": 3}, "text"),
        ({"csv": "x" * (limits.TABLE_CHARS + 1)}, "longer than"),
        ({"stop_accuracy": 2}, "accuracy to stop at"),
    ],
)
def test_what_it_cannot_be_is_said(question: dict[str, object], said: str) -> None:
    with pytest.raises(Wrong, match=said) as caught:
        read(question)
    assert caught.value.text.zh and "{" not in caught.value.text.zh


def test_own_points_are_judged_only_where_they_are_learned() -> None:
    values = tuple((float(i), 0.0, i / 10) for i in range(5))
    assert Config(data="own", task="values", own=values).own == values
    assert Config(data="circle", own=values).learns == "classes"  # kept for later, in nobody's way
    with pytest.raises(Wrong, match=r"not 0\.1\."):
        Config(data="own", own=values)
