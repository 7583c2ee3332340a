"""Each failure fails and each cure cures, in numbers, from the seed that the page opens with and from another one."""

from dataclasses import asdict, replace
from functools import cache
from itertools import islice

import numpy as np
import pytest

from playground.families.gan.plane import PlaneConfig
from playground.families.gan.plane_play import plane_begin, plane_steps
from playground.families.gan.plane_presets import PRESETS
from playground.families.gan.plane_state import PlaneState, plane_change

by_seed = pytest.mark.parametrize("seed", [1, 2])


@cache
def played(config: PlaneConfig, iterations: int) -> PlaneState:
    state = plane_begin(config)
    for _ in islice(plane_steps(state), iterations):
        pass
    return state


def both(key: str, seed: int) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Measures of the second half of the failure and of its cure."""
    preset = PRESETS[key]
    half = []
    for config in (preset.config, preset.cured):
        columns = played(replace(config, seed=seed), preset.look).measures.columns()
        half.append({name: values[len(values) // 2 :] for name, values in columns.items()})
    return half[0], half[1]


@by_seed
def test_mode_collapse(seed: int) -> None:
    """At most two of eight heaps at any time, against all eight nearly always."""
    failed, cured = both("collapse", seed)
    assert failed["coverage"].max() <= 2 / 8 and failed["coverage"].mean() < 1 / 8
    assert cured["coverage"].mean() > 0.98
    assert cured["distance"].mean() < 0.1 < 0.5 < failed["distance"].mean()


@by_seed
def test_vanishing_gradient(seed: int) -> None:
    """G's gradient is a hundred-millionth of what it was and the fakes stand still, against points on the heap."""
    failed, cured = both("vanishing", seed)
    stuck = played(replace(PRESETS["vanishing"].config, seed=seed), PRESETS["vanishing"].look)
    assert stuck.last["g_grad"] < 1e-8 * stuck.losses.columns()["g_grad"].max()
    assert failed["distance"].min() > 1 and np.ptp(failed["distance"]) < 1e-3
    assert failed["quality"].max() == 0
    assert cured["distance"].max() < 0.05 and cured["quality"].min() > 0.9


@by_seed
def test_oscillation(seed: int) -> None:
    """The fakes are never in both heaps at once and swing by as much as the heaps are apart, against rest in both."""
    failed, cured = both("oscillation", seed)
    assert failed["coverage"].max() <= 1 / 2
    assert failed["distance"].mean() > 0.4 and failed["distance"].std() > 0.08
    assert cured["coverage"].min() == 1
    assert cured["distance"].mean() < 0.12 and cured["distance"].std() < 0.05


@by_seed
def test_oscillation_goes_on(seed: int) -> None:
    """Which heap the crowd is nearer to changes again and again."""
    state = played(replace(PRESETS["oscillation"].config, seed=seed), 500).copy()
    sides = []
    for at, _ in enumerate(islice(plane_steps(state), 500)):
        if at % 10 == 0:
            sides.append(np.sign(state.g.net(state.scene.noise).mean(0) @ state.scene.data.modes[0]))
    assert np.count_nonzero(np.diff(sides)) >= 6


@pytest.mark.parametrize("key", ["collapse", "vanishing"])
def test_the_cure_works_on_the_failed_training_too(key: str) -> None:
    """All modes are met again, and stay so. (After oscillation in half of them: the page cures it from the start.)"""
    preset = PRESETS[key]
    state = played(preset.config, preset.look).copy()
    before = state.measures.rows[-1]
    plane_change(state, asdict(preset.cured))
    played_on = list(islice(plane_steps(state), preset.look))
    found = state.measures.columns()
    assert before[2] <= 1 / 2 and played_on[-1].done == 2 * preset.look
    assert found["coverage"][-5:].min() == 1
    assert found["distance"][-5:].max() < 0.15 < before[1]


@pytest.mark.parametrize("key", PRESETS)
def test_all_of_a_cure_may_change_in_the_middle_of_a_training(key: str) -> None:
    preset = PRESETS[key]
    state = plane_begin(preset.config)
    plane_change(state, asdict(preset.cured))
    assert state.config == preset.cured


def test_every_failure_is_told_in_both_languages() -> None:
    assert set(PRESETS) == {"collapse", "vanishing", "oscillation"}
    for key, preset in PRESETS.items():
        assert preset.key == key and preset.config != preset.cured
        for text in (preset.title, preset.sentence, preset.cure, preset.cure_sentence):
            assert text.en and any("\u4e00" <= sign <= "\u9fff" for sign in text.zh)
