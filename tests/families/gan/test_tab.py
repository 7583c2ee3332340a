"""The plane's verbs: frames hold the numbers of the state, bad input becomes one sentence, what is exported runs."""

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load

from playground.core import live
from playground.families.gan import PlaneConfig, plane_begin, plane_config, plane_look, plane_phases, plane_steps
from playground.families.gan.plane import LIVE, LIVE_OF_SIDE
from playground.families.gan.plane_presets import PRESETS
from playground.families.gan.tab import API, VERBS, code, failure, frame, gan_train, offered
from playground.ui.door import answer
from playground.views.frame import payload
from tests.views.test_frame import read

ROOT = Path(__file__).parents[3]
DRAWN = {"data": "drawn", "drawn": [[[-0.5, 0.0], [0.5, 0.2]], [[0.0, 0.7]]]}


def asked(verb: str, **question: object) -> Iterator[bytes] | dict:
    """What the door gives: a table, or the pieces of a stream."""
    said = answer(VERBS[f"plane_{verb}"], json.dumps(question).encode())
    return json.loads(said) if isinstance(said, bytes) else iter(said)


def seen(verb: str, **question: object) -> tuple[dict, dict[str, np.ndarray]]:
    """The first frame of a streaming verb."""
    said = asked(verb, **question)
    assert not isinstance(said, dict), said
    return read(next(said))


def told_off(said: object) -> dict:
    assert isinstance(said, dict) and set(said["wrong"]) == {"en", "zh"} and all(said["wrong"].values())
    return said["wrong"]


@pytest.fixture
def run() -> Iterator[str]:
    """A game that has begun."""
    name = seen("start", view={"curve": "losses"})[0]["run"]
    yield name
    live.RUNS.drop(name)


def test_a_frame_holds_the_numbers_of_the_state():
    state = plane_begin(PlaneConfig(seed=4))
    for _ in islice(plane_steps(state), 60):
        pass
    head, arrays = read(payload(*frame(state, {"curve": "losses"})))
    own = plane_look(state)
    np.testing.assert_array_equal(arrays["fake"], own.fakes.astype(np.float16))
    np.testing.assert_array_equal(arrays["real"], own.reals.astype(np.float16))
    np.testing.assert_array_equal(arrays["manifold"], own.manifold.astype(np.float16))
    shown = (arrays["surface"].astype(float) - 128) / 127 * 0.5 + 0.5
    np.testing.assert_allclose(shown, own.surface, atol=0.5 / 127 / 2 + 1e-6)  # half a level
    assert head["scores"]["real"] == pytest.approx(float(own.real_scores.mean()))
    assert head["losses"] == own.losses
    assert head["measures"]["divergence"] == own.measured.divergence
    assert head["covered"] == round(own.measured.coverage * len(own.modes))
    np.testing.assert_array_equal(arrays["at"], state.losses.at)
    np.testing.assert_array_equal(arrays["curve"][0], state.losses.columns()["d_loss"])


def test_the_floor_is_two_deviations_around_what_real_points_read():
    state = plane_begin(PlaneConfig())
    own = plane_look(state).floor
    low, high = frame(state, {})[0]["floor"]["divergence"]
    assert (low + high) / 2 == pytest.approx(own.mean.divergence) and high > low
    assert (high - low) / 4 == pytest.approx(own.spread.divergence)


@pytest.mark.parametrize("loss", ["minimax", "nonsaturating", "leastsquares", "wasserstein"])
@pytest.mark.parametrize("noise_size", [1, 2, 5])
def test_every_loss_and_noise_can_be_drawn(loss, noise_size):
    state = plane_begin(plane_config({"loss": loss, "noise_size": noise_size, "data": "ring"}))
    for _ in islice(plane_steps(state), 3):
        pass
    head, arrays = read(payload(*frame(state, {"curve": "gradients", "units": True})))
    assert arrays["noise"].shape == (len(arrays["fake"]), 2)
    assert tuple(head["manifold"]) == arrays["manifold"].shape[:2]
    assert head["shares"] == [] and head["covered"] == 0  # a ring has no modes
    assert (head["rest"] is None) == (loss == "wasserstein")
    assert all(np.isfinite(values).all() for values in arrays.values())


def test_maps_of_units_are_what_the_nets_compute():
    state = plane_begin(PlaneConfig())
    head, arrays = frame(state, {"units": True})
    kinds = [(layer["net"], layer["units"], layer["out"]) for layer in head["layers"]]
    hidden = {net: [(net, 24, False)] * 2 for net in "gd"}
    assert kinds == [*hidden["g"], ("g", 2, True), *hidden["d"], ("d", 1, True)]
    maps = (arrays["layers"].astype(float) - 128) / 127 * arrays["strengths"][:, None, None]
    axis = (np.arange(head["side"]) + 0.5) / head["side"] * 2.5 - 1.25
    for row, column in ((0, 0), (3, 7)):
        x, y = axis[column], axis[::-1][row]
        score = float(state.d.net(np.array([[x, y]], np.float32))[0, 0])
        assert maps[-1, row, column] == pytest.approx(score, abs=float(arrays["strengths"][-1]) / 250)


def test_frames_stay_small_however_large_the_nets():
    large = {"layers": 5, "units": 100}
    state = plane_begin(plane_config({"g": large, "d": large}))
    assert len(payload(*frame(state, {}))) < 10_000
    for _ in islice(plane_steps(state), 2):
        pass
    state.losses.at, state.losses.rows = list(range(399)), [(0.1,) * 4] * 399
    assert len(payload(*frame(state, {"curve": "losses"}))) < 16_000
    assert len(payload(*frame(state, {"units": True}))) < 30_000


def test_a_game_is_played_stepped_and_looked_back_on(run):
    pictures = asked("play", run=run, view={}, steps=20)
    ats = [read(next(pictures))[0]["at"] for _ in range(3)]
    assert ats == sorted(ats) and 0 < ats[0] < ats[2] <= 60
    pictures.close()
    before = seen("look", run=run)[0]["at"]
    assert seen("step", run=run, single="d")[0]["at"] == before + 1
    head, _ = seen("back", run=run, at=0)
    assert head["at"] == 0


def test_single_steps_move_one_side_alone(run):
    _, start = seen("look", run=run)
    _, after_d = seen("step", run=run, single="d")
    np.testing.assert_array_equal(after_d["fake"], start["fake"])
    assert (after_d["surface"] != start["surface"]).any()
    _, after_g = seen("step", run=run, single="g")
    assert (after_g["fake"] != after_d["fake"]).any()
    np.testing.assert_array_equal(after_g["surface"], after_d["surface"])


def test_slow_motion_shows_the_iteration_that_comes_next(run):
    before = seen("look", run=run)[0]["at"]
    said = asked("slow", run=run)["phases"]
    with live.RUNS.get(run).lock:
        own = plane_phases(live.RUNS.get(run).state)
    assert [(one["key"], one["side"]) for one in said] == [(phase.key, phase.side) for phase in own]
    for one, phase in zip(said, own, strict=True):
        assert one["numbers"] == phase.numbers and one["caption"]["zh"]
        for name, text in one["points"].items():
            values = np.frombuffer(base64.b64decode(text), "<f4").reshape(-1, 2)
            np.testing.assert_array_equal(values[:, : phase.points[name].shape[1]], phase.points[name][: len(values)])
    assert seen("look", run=run)[0]["at"] == before
    after = seen("step", run=run)[0]["losses"]
    losses = {one["side"]: one["numbers"] for one in said if one["key"] == "loss"}
    assert after["g_loss"] == pytest.approx(losses["g"]["loss"])
    assert after["d_loss"] == pytest.approx(losses["d"]["loss"] + losses["d"]["penalty"])


def test_a_change_takes_effect_and_a_drawing_is_learned(run):
    seen("change", run=run, loss="wasserstein", g={"rate": 0.01})
    state = live.RUNS.get(run).state
    assert state.config.loss == "wasserstein" and state.config.g.rate == 0.01
    head, arrays = seen("start", **DRAWN)
    live.RUNS.drop(head["run"])
    assert np.abs(arrays["real"]).max() < 1.25 and arrays["real"][:, 1].max() > 0.5


@pytest.mark.parametrize(
    "question",
    [{"data": "cats"}, {"g": {"layers": 9}}, {"g": 3}, {"seed": "one"}, {"data": "drawn", "drawn": []}, {"loss": None}],
)
def test_bad_settings_are_told(question):
    told_off(asked("start", **question))
    told_off(asked("code", **question))


def test_a_game_that_is_gone_is_told():
    for verb in ("slow", "export", "curves", "step", "look"):
        told_off(asked(verb, run="nobody"))


def test_a_game_of_pictures_is_none_in_the_plane():
    said = answer(VERBS["pictures_live_start"], b"{}")
    other = read(next(iter(said)))[0]["run"]
    for verb in ("slow", "export", "curves", "step", "look"):
        told_off(asked(verb, run=other))
    live.RUNS.drop(other)


def test_nobody_else_steps(run):
    told_off(asked("step", run=run, single="x"))


@pytest.mark.parametrize("settings", [{}, {"loss": "wasserstein", "g": {"units": 8}}, DRAWN], ids=str)
def test_the_code_on_the_page_runs_and_prints_what_the_state_says(settings):
    config = plane_config(settings)
    text = code(config, 30)
    done = subprocess.run([sys.executable, "-c", text], cwd=ROOT, capture_output=True, text=True, check=True)
    state = plane_begin(config)
    for _ in islice(plane_steps(state), 30):
        pass
    assert done.stdout.strip() == f"30 {plane_look(state).measured}"
    assert asked("code", **settings)["code"] == code(config)


def test_the_exported_weights_are_those_of_the_state(run):
    seen("step", run=run, steps=3)
    said = asked("export", run=run)
    weights = load(base64.b64decode(said["weights"]))
    first = live.RUNS.get(run).state.g.net.layers[0][0]
    assert any(value.shape == first.T.shape and np.array_equal(value, first.T) for value in weights.values())
    compile(said["code"], "gan.py", "exec")


def test_curves_are_whole(run):
    seen("step", run=run, steps=5)
    said = asked("curves", run=run)
    state = live.RUNS.get(run).state
    assert said["losses"]["iterations"] == state.losses.at
    assert said["losses"]["g_loss"] == [row[1] for row in np.float32(state.losses.rows)]


def test_what_is_offered_is_valid_and_small():
    said = json.loads(json.dumps(offered()))
    assert plane_config(said["defaults"]) == PlaneConfig()
    assert len(json.dumps(said)) < 40_000
    for one in said["data"]:
        points = np.frombuffer(base64.b64decode(one["points"]), np.int8)
        assert one["title"]["zh"] and len(points) == (0 if one["key"] == "drawn" else 320)


@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.key)
def test_a_cure_leads_from_the_failure_to_the_cured_game(preset):
    said = failure(preset)
    assert plane_config(said["config"]) == preset.config
    assert plane_config(said["changes"], preset.config) == preset.cured
    sides = {name for side in "dg" for name in said["changes"].get(side, {})}
    assert said["live"] == (set(said["changes"]) - {"d", "g"} <= LIVE and sides <= LIVE_OF_SIDE)


def test_the_endpoint_trains():
    said = gan_train(data="two", iterations=20)
    assert gan_train in API and said["iterations"] == 20 and 0 < said["measures"]["divergence"] <= 1
