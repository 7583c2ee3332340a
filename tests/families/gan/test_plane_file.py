"""Nets that leave the page and come back, and the program that trains them elsewhere."""

import json
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load, save

from playground.core.words import Wrong
from playground.families.gan.plane import ACTIVATIONS, LOSSES, PlaneConfig, plane_config
from playground.families.gan.plane_file import plane_code, plane_load, plane_save
from playground.families.gan.plane_measure import measured
from playground.families.gan.plane_play import plane_begin, plane_steps
from playground.families.gan.plane_state import PlaneState

DRAWN = (((-0.5, 0.0), (0.5, 0.2)), ((0.1, 0.9),))


def trained(config: PlaneConfig) -> PlaneState:
    state = plane_begin(config)
    for _ in islice(plane_steps(state), 5):
        pass
    return state


def run(code: str) -> dict[str, Any]:
    """The names of the program, its last lines not run."""
    names: dict[str, Any] = {"__name__": "saved"}
    exec(compile(code, "saved.py", "exec"), names)
    return names


def test_saved_nets_come_back_and_go_on() -> None:
    state = trained(plane_config({"data": "drawn", "drawn": DRAWN, "loss": "wasserstein", "g": {"layers": 0}}))
    back = plane_load(plane_save(state))
    assert back.config == state.config and back.done == 0
    assert np.array_equal(back.g.net.flat, state.g.net.flat) and np.array_equal(back.d.net.flat, state.d.net.flat)
    assert back.measures.rows == [measured(state).row()]
    next(plane_steps(back))


def test_the_header_says_where_the_nets_come_from() -> None:
    raw = plane_save(trained(PlaneConfig()))
    header = json.loads(raw[8 : 8 + int.from_bytes(raw[:8], "little")])["__metadata__"]
    assert header["iterations"] == "5" and plane_config(json.loads(header["config"])) == PlaneConfig()


def header(**changes: object) -> dict[str, str]:
    return {"config": json.dumps(changes)}


def spoiled(name: str = "generator.0.bias", value: np.ndarray | None = None) -> dict[str, np.ndarray]:
    weights = load(plane_save(plane_begin(PlaneConfig())))
    return weights | {name: np.zeros(24, np.float32) if value is None else value}


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"no safetensors",
        b"\xff" * 100,
        bytes(2**20 + 1),
        save(spoiled()),
        save(spoiled(), {"config": "{"}),
        save(spoiled(), {"config": "[]"}),
        save(spoiled(), header(seed="one")),
        save(spoiled(), header(loss="hinge")),
        save(spoiled(), header(d={"layers": 3})),
        save(spoiled(), header(g={"units": 23})),
        save(spoiled(value=np.zeros(24)), header()),
        save(spoiled(value=np.full(24, np.nan, np.float32)), header()),
        save(spoiled("generator.9.bias"), header()),
        save({}, header()),
    ],
    ids=range(15),
)
def test_other_files_are_refused(raw: bytes) -> None:
    with pytest.raises(Wrong) as caught:
        plane_load(raw)
    assert caught.value.text.zh


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("r1", [0.0, 0.5])
def test_the_program_is_the_same_training(loss: str, r1: float, tmp_path: Path) -> None:
    """It opens our file, its nets say the same, its losses are ours, and it trains."""
    state = trained(plane_config({"loss": loss, "r1": r1, "d": {"optimiser": "momentum"}, "g": {"optimiser": "sgd"}}))
    (tmp_path / "gan.safetensors").write_bytes(plane_save(state))
    names = run(plane_code(state.config))
    names["load"](tmp_path / "gan.safetensors")
    noise, reals = state.scene.noise, state.scene.reals[: len(state.scene.noise)]
    fakes = state.g.net(noise)
    theirs = names["generator"](torch.from_numpy(noise)).detach()
    assert theirs.numpy() == pytest.approx(fakes, abs=1e-5)
    said = names["discriminator"](torch.from_numpy(reals)).detach().numpy()
    assert said == pytest.approx(state.d.net(reals), abs=1e-5)
    from playground.families.gan.plane_loss import fooled, judged, penalty

    ours = judged(loss, state.d.net(reals), state.d.net(fakes))[0]
    ours += penalty(state.d.net, reals, r1 / 2, 0, None) if loss != "wasserstein" else 0
    if loss != "wasserstein":  # its penalty is at random points
        assert names["d_loss"](torch.from_numpy(reals), theirs).item() == pytest.approx(ours, rel=1e-4)
    assert names["g_loss"](theirs).item() == pytest.approx(fooled(loss, state.d.net(fakes))[0], rel=1e-4)
    names["train"](3)
    assert all(torch.isfinite(weight).all() for weight in names["generator"].parameters())


@pytest.mark.parametrize("data", ["line", "grid", "drawn"])
@pytest.mark.parametrize("act", ACTIVATIONS)
def test_the_program_knows_data_noise_and_nets(data: str, act: str) -> None:
    sides = {"act": act, "layers": 3, "units": 4}
    config = plane_config({"data": data, "drawn": DRAWN, "noise": "uniform", "noise_size": 3, "d": sides, "g": sides})
    names = run(plane_code(config))
    points = names["data"](20_000)
    wanted = plane_begin(config).scene.data.sample(20_000, np.random.default_rng(0))
    assert points.mean(0).numpy() == pytest.approx(wanted.mean(0), abs=0.03)
    assert points.std(0).numpy() == pytest.approx(wanted.std(0), abs=0.03)
    noise = names["noise"](1_000)
    assert noise.shape == (1_000, 3) and -1 <= noise.min() < -0.9 and 0.9 < noise.max() <= 1
    assert len(names["generator"]) == len(names["discriminator"]) == 7
    assert names["generator"](noise).shape == (1_000, 2)
