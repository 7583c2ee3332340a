"""What the page shows of a GAN in the plane, and its slow motion."""

from itertools import islice

import numpy as np
import pytest

from playground.core.words import Wrong
from playground.families.gan.plane import LOSSES, plane_config
from playground.families.gan.plane_look import areas, arrows, image, lattice, plane_look, scale, square, surface_of
from playground.families.gan.plane_loss import fooled
from playground.families.gan.plane_nets import Net
from playground.families.gan.plane_phases import plane_phases
from playground.families.gan.plane_play import plane_begin, plane_steps
from playground.families.gan.plane_state import FAKES, REALS, PlaneState

by_loss = pytest.mark.parametrize("loss", LOSSES)


def trained(iterations: int = 20, **question: object) -> PlaneState:
    state = plane_begin(plane_config(question))
    for _ in islice(plane_steps(state), iterations):
        pass
    return state


# ---- one picture


@by_loss
def test_arrows_are_the_slope_of_the_loss_by_finite_differences(loss: str) -> None:
    state = trained(loss=loss, d={"act": "tanh"})
    points = plane_look(state).fakes[:20].astype(np.float64)
    found = arrows(state, points.astype(np.float32))
    d, by = Net(state.d.net.sizes, state.d.net.act, state.d.net.flat.astype(np.float64)), 1e-5
    for row, point in enumerate(points):
        for axis in range(2):
            ends = [fooled(loss, d((point + sign * by * np.eye(2)[axis])[None]))[0] for sign in (1, -1)]
            assert found[row, axis] == pytest.approx(-(ends[0] - ends[1]) / (2 * by), rel=1e-3, abs=1e-5)


@by_loss
def test_a_step_along_the_arrows_lowers_the_loss_of_g(loss: str) -> None:
    state = trained(loss=loss)
    seen = plane_look(state)
    before, after = (fooled(loss, state.d.net(seen.fakes + by * seen.arrows))[0] for by in (0, np.float32(0.01)))
    assert after < before


def test_points_keep_their_identity() -> None:
    state = trained(0, g={"rate": 1e-4})
    first = plane_look(state)
    next(plane_steps(state))
    second = plane_look(state)
    assert first.reals is second.reals and first.reals.shape == (REALS, 2)
    assert first.fakes.shape == (FAKES, 2)
    moved = np.linalg.norm(second.fakes - first.fakes, axis=1)
    assert moved.mean() > 0 and moved.max() < 0.02
    assert np.array_equal(second.fakes, state.g.net(state.scene.noise))


@by_loss
def test_the_surface_is_d_at_the_middle_of_each_pixel(loss: str) -> None:
    state = trained(loss=loss)
    seen = surface_of(state, 10)
    assert square(10)[0, 0] == pytest.approx([-1.125, 1.125])  # top left
    raw = float(state.d.net(np.array([[0.625, -0.125]], np.float32))[0, 0])
    wanted = 1 / (1 + np.exp(-raw)) if loss in ("minimax", "nonsaturating") else raw
    assert seen[5, 7] == pytest.approx(wanted, rel=1e-4)
    low, middle, high = scale(state)
    assert low < middle < high


def test_a_critics_colours_are_centred_between_both_kinds() -> None:
    seen = plane_look(trained(60, loss="wasserstein"))
    assert seen.scale[1] == pytest.approx((seen.real_scores.mean() + seen.fake_scores.mean()) / 2, abs=1e-4)


@pytest.mark.parametrize("noise", ["uniform", "gaussian"])
@pytest.mark.parametrize("size", [1, 2, 5])
def test_the_cells_of_the_lattice_are_equally_likely(noise: str, size: int) -> None:
    grid = lattice(noise, size, 11)
    assert grid.shape == ((11, 1) if size == 1 else (11, 11, size))
    assert not grid[..., 2:].any()
    random = np.random.default_rng(0)
    drawn = random.uniform(-1, 1, 100_000) if noise == "uniform" else random.standard_normal(100_000)
    edges = grid[:, 0] if size == 1 else grid[0, :, 0]
    shares = np.histogram(drawn, edges)[0] / len(drawn)
    assert shares == pytest.approx(np.full(10, 0.1 if noise == "uniform" else 0.099), abs=0.004)


@pytest.mark.parametrize("size", [1, 2])
def test_the_image_of_a_linear_generator(size: int) -> None:
    """Uniform noise stretched by 3: a segment, or a square, of constant density that holds all."""
    state = trained(0, noise="uniform", noise_size=size, g={"layers": 0})
    weight, bias = state.g.net.layers[0]
    weight[:], bias[:] = 3 * np.eye(size, 2), 0
    made, density = image(state)
    assert (made.min(), made.max()) == (-3, 3)
    assert density == pytest.approx(np.full_like(density, 1 / 6**size), rel=1e-4)


def test_areas_of_known_cells() -> None:
    x, y = np.meshgrid(np.array([0.0, 1.0, 3.0]), np.array([0.0, 2.0]))
    assert areas(np.stack([x + 0.5 * y, y], axis=-1)) == pytest.approx(np.array([[2.0, 4.0]]))  # a shear keeps them
    assert areas(np.zeros((3, 3, 2))).tolist() == [[0, 0], [0, 0]]


def test_what_is_said_next_to_the_picture() -> None:
    seen = plane_look(trained(100))
    assert set(seen.losses) == {"d_loss", "g_loss", "d_grad", "g_grad"}
    assert seen.shares.shape == (8,) and seen.shares.sum() <= 1
    assert float(np.mean(seen.shares >= 0.01)) == seen.measured.coverage
    assert seen.floor.mean.divergence < seen.measured.divergence
    assert seen.fake_scores.shape == (FAKES,) and ((seen.fake_scores >= 0) & (seen.fake_scores <= 1)).all()


@pytest.mark.parametrize("layers", [0, 1, 5])
@pytest.mark.parametrize("size", [1, 3])
def test_every_shape_can_be_drawn(layers: int, size: int) -> None:
    sides = {"layers": layers, "units": 5}
    seen = plane_look(trained(2, noise_size=size, d=sides, g=sides, data="moons"))
    assert seen.measured.coverage == -1 and seen.shares.shape == (0,)
    assert seen.manifold.shape == ((160, 2) if size == 1 else (21, 21, 2))


# ---- slow motion


@by_loss
def test_slow_motion_shows_the_iteration_that_comes_next(loss: str) -> None:
    state = trained(loss=loss, d={"steps": 2}, g={"steps": 2})
    shown = plane_phases(state)
    assert [(phase.side, phase.turn, phase.key) for phase in shown] == [
        (side, turn, key) for side, keys in (("d", D_KEYS), ("g", G_KEYS)) for turn in (1, 2) for key in keys
    ]
    next(plane_steps(state))
    d_losses = [phase.numbers for phase in shown if phase.key == "loss" and phase.side == "d"]
    assert d_losses[-1]["loss"] + d_losses[-1]["penalty"] == state.last["d_loss"]
    assert (d_losses[-1]["penalty"] > 0) == (loss == "wasserstein")
    gradient = [phase for phase in shown if phase.key == "gradient"][-1]
    assert gradient.numbers["all"] == pytest.approx(state.last["g_grad"], rel=1e-5)
    layers = [value for name, value in gradient.numbers.items() if name.startswith("layer")]
    assert np.linalg.norm(layers) == pytest.approx(gradient.numbers["all"], rel=1e-5)
    assert np.array_equal(shown[-1].points["fakes"], state.g.net(shown[-6].points["noise"]))
    last_d = [phase for phase in shown if phase.surface is not None][-1]
    assert last_d.side == "d" and np.array_equal(last_d.surface, surface_of(state))  # type: ignore[arg-type]


D_KEYS = ("noise", "fakes", "reals", "scores", "loss", "gradient", "update")
G_KEYS = ("noise", "fakes", "scores", "loss", "gradient", "update")


def test_what_d_is_pulled_to() -> None:
    """Non-saturating: a real point pulls its score up by 1 - D, a fake one down by D."""
    shown = {phase.key: phase for phase in plane_phases(trained()) if phase.side == "d" and phase.turn == 1}
    scores, pull = shown["scores"].values, shown["gradient"].values
    assert pull["real"] == pytest.approx(1 - scores["real"], abs=1e-5)
    assert pull["fake"] == pytest.approx(-scores["fake"], abs=1e-5)
    assert shown["scores"].numbers["real"] == pytest.approx(scores["real"].mean())


def test_captions_carry_the_numbers_in_both_languages() -> None:
    for loss in LOSSES:
        for phase in plane_phases(trained(5, loss=loss, r1=0.5)):
            assert phase.caption.en.endswith(".") and phase.caption.zh.endswith("。")
            for name in ("loss", "moved", "arrow"):
                if name in phase.numbers:
                    said = f"{phase.numbers[name]:.3g}"
                    assert said in phase.caption.en and said in phase.caption.zh


def test_a_side_that_rests_has_no_phases() -> None:
    assert {phase.side for phase in plane_phases(trained(d={"steps": 0}))} == {"g"}


def test_an_iteration_that_cannot_be_made_cannot_be_shown() -> None:
    state = trained()
    state.d.net.flat[:] = 1e30
    with pytest.raises(Wrong):
        plane_phases(state)
