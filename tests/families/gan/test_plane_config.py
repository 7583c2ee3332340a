"""The config of a GAN in the plane checks itself."""

from dataclasses import asdict
from typing import Any

import pytest

from playground.core.words import Wrong
from playground.families.gan import plane
from playground.families.gan.plane import PlaneConfig, Side, changed, plane_config

STROKES = [[[0.0, 0.0], [0.5, 0.5]]]


@pytest.mark.parametrize(
    "question",
    [
        {"data": "circle"},
        {"data": ["eight"]},
        {"data": "drawn"},
        {"data": "drawn", "drawn": [[[9, 9]]]},
        {"noise": "pink"},
        {"noise_size": 0},
        {"noise_size": 9},
        {"noise_size": 1.5},
        {"loss": "hinge"},
        {"loss": None},
        {"batch": 0},
        {"batch": True},
        {"batch": "150"},
        {"gp": float("nan")},
        {"r1": -1},
        {"r1": 101},
        {"r1": 10**400},
        {"seed": -(10**400)},
        {"seed": -1},
        {"seed": 2**32},
        {"stop": 1_000_001},
        {"d": 3},
        {"d": {"layers": 6}},
        {"d": {"layers": -1}},
        {"d": {"units": 0}},
        {"d": {"units": 101}},
        {"g": {"act": "cosine"}},
        {"g": {"steps": 11}},
        {"g": {"optimiser": "lion"}},
        {"g": {"rate": 11}},
        {"g": {"rate": float("inf")}},
        {"g": {"rate": "fast"}},
        {"g": {"beta1": 1.0}},
        {"g": {"beta2": 1.0}},
    ],
    ids=str,
)
def test_what_cannot_be_trained_is_refused_in_both_languages(question: dict[str, Any]) -> None:
    with pytest.raises(Wrong) as caught:
        plane_config(question)
    assert caught.value.text.en and any("\u4e00" <= sign <= "\u9fff" for sign in caught.value.text.zh)


def test_the_ends_of_every_range_are_allowed() -> None:
    for name, ends in plane.BOUNDS.items():
        for end in ends:
            at_side = hasattr(Side(), name)
            question = {"d": {name: end}, "g": {name: end}} if at_side else {name: end}
            made = plane_config(question)
            assert getattr(made.d if at_side else made, name) == end


def test_a_config_survives_json_as_asdict_writes_it() -> None:
    config = plane_config({"data": "drawn", "drawn": STROKES, "d": {"rate": 0.5}, "noise": "uniform", "seed": 9})
    assert plane_config(asdict(config)) == config


def test_configs_are_equal_and_hashable_by_what_they_say() -> None:
    assert hash(plane_config({"gp": 1, "d": {"rate": 1}})) == hash(plane_config({"gp": 1.0, "d": {"rate": 1.0}}))
    assert plane_config({"data": "ring", "drawn": STROKES}) == PlaneConfig(data="ring")  # the drawing is not used


def test_fields_it_does_not_know_are_left_alone() -> None:
    assert plane_config({"run": "abc", "view": {}, "d": {"colour": 1}}) == PlaneConfig()


def test_a_running_training_changes_only_what_it_may() -> None:
    config = PlaneConfig()
    asked = {"loss": "wasserstein", "seed": 5, "data": "ring", "d": {"rate": 0.5, "units": 3}, "g": {"steps": 0}}
    after = changed(config, asked)
    assert (after.loss, after.d.rate, after.g.steps) == ("wasserstein", 0.5, 0)
    assert (after.seed, after.data, after.d.units) == (config.seed, config.data, config.d.units)


def test_every_choice_is_named_in_both_languages() -> None:
    for table in (plane.DATA, plane.NOISES, plane.ACTIVATIONS, plane.LOSSES, plane.OPTIMISERS, plane.SIDES):
        assert all(text.en and text.zh for text in table.values())
