"""What can be seen is what the net computes: against torch, scikit-learn and plain sums."""

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from sklearn.metrics import confusion_matrix, log_loss, r2_score

from playground.core.words import Wrong
from playground.families.mlp import sight
from playground.families.mlp.config import FEATURES, Config
from playground.families.mlp.state import State, begin, figures
from tests.families.mlp import reference
from tests.families.mlp.test_state import after

ALL = tuple(FEATURES)


def trained(updates: int = 150, **fields: object) -> State:
    return after(begin(Config(**fields)), updates)  # type: ignore[arg-type]


def centres(size: int) -> np.ndarray:
    """[row column 2], row 0 at the top."""
    along = -6 + 12 * (np.arange(size) + 0.5) / size
    return np.stack([np.broadcast_to(along, (size, size)), np.broadcast_to(-along[:, None], (size, size))], 2)


@pytest.mark.parametrize(
    ("fields", "outputs"),
    [
        ({"features": ALL, "activation": "relu"}, 1),
        ({"data": "spiral", "classes": 5, "hidden": (6, 5)}, 5),
        ({"data": "plane", "hidden": ()}, 1),
    ],
)
def test_grid_is_the_net_at_the_centres_of_the_cells(fields: dict[str, object], outputs: int) -> None:
    state = trained(**fields)
    seen = sight.grid(state, 20)
    x1, x2 = torch.tensor(centres(20).reshape(-1, 2).T)
    made = {"x1": x1, "x2": x2, "x1sq": x1**2, "x2sq": x2**2, "x1x2": x1 * x2, "sinx1": x1.sin(), "sinx2": x2.sin()}
    x = torch.stack([made[name] for name in state.config.features], 1)
    np.testing.assert_allclose(seen.inputs.reshape(len(x.T), -1), x.T, atol=1e-5)
    with torch.no_grad():
        found = []
        for module in reference.net(state.shape, state.nets[0].flat):
            x = module(x)
            found.append(x)
    if outputs == 5:
        found[-1] = found[-1].softmax(1)
    elif state.data.classes:
        found[-1] = found[-1].sigmoid()
    assert len(seen.layers) == len(state.config.hidden) and len(seen.output) == outputs
    for layer, wanted in zip([*seen.layers, seen.output], [*found[1:-1:2], found[-1]], strict=True):
        assert layer.dtype == np.float32
        np.testing.assert_allclose(layer.reshape(len(layer), -1), wanted.T, atol=2e-4)


def test_the_first_input_grows_to_the_right_and_the_second_upwards() -> None:
    x1, x2 = sight.grid(begin(Config()), 10).inputs
    assert x1[0, 0] == x1[9, 0] == pytest.approx(-5.4) and x2[0, 0] == x2[0, 9] == pytest.approx(5.4)


def test_a_table_is_cut_along_two_columns() -> None:
    state = trained(data="iris")
    seen = sight.grid(state, 12, axes=(2, 3))
    assert seen.extent == 3 and seen.output.shape == (3, 12, 12)
    np.testing.assert_allclose(seen.output.sum(0), 1, atol=1e-5)
    assert not seen.inputs[:2].any() and np.ptp(seen.inputs[2]) > 5
    with pytest.raises(Wrong, match="no input 4"):
        sight.grid(state, 12, axes=(0, 4))
    with pytest.raises(Wrong, match="no size 9999"):
        sight.grid(state, 9999)


@pytest.mark.parametrize("part", ["train", "test"])
@pytest.mark.parametrize("fields", [{"noise": 0.4}, {"data": "wine"}, {"data": "gauss", "classes": 4, "noise": 0.5}])
def test_figures_and_confusion_equal_scikit_learns(fields: dict[str, object], part: str) -> None:
    state = trained(40, **fields)
    y = sight.part_of(state, part).y
    said = sight.answers(state, part)
    found = sight.confusion(state, part)
    assert np.array_equal(found, confusion_matrix(y, said.chosen, labels=range(len(state.data.classes))))
    values = np.column_stack([1 - said.values, said.values]) if said.values.shape[1] == 1 else said.values
    train_loss, test_loss, train_right, test_right = figures(state, state.nets[0])
    loss, right = (train_loss, train_right) if part == "train" else (test_loss, test_right)
    assert loss == pytest.approx(log_loss(y, values)) == pytest.approx(said.losses.mean())
    assert right == pytest.approx(np.trace(found) / found.sum()) and 0.3 < right < 1
    assert np.array_equal(values.argmax(1), said.chosen)


def test_regression_is_scored_by_r2_in_the_units_of_the_table() -> None:
    chance = np.random.default_rng(0)
    rows = chance.normal(size=(80, 2))
    y = 100 + 30 * rows[:, 0] - 10 * rows[:, 1] + chance.normal(size=80)
    text = "a,b,price\n" + "\n".join(f"{a},{b},{c}" for (a, b), c in zip(rows, y, strict=True))
    state = trained(400, data="table", csv=text, task="values", hidden=())
    said = sight.answers(state, "test").values[:, 0]
    wanted = sight.part_of(state, "test").y * state.data.y_spread + state.data.y_centre
    assert np.isin(np.round(wanted, 6), np.round(y, 6)).all()
    score = figures(state, state.nets[0])[3]
    assert score == pytest.approx(r2_score(wanted, said)) and score > 0.95
    assert sight.confusion(state).size == 0


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid"])
def test_health_equals_autograd_and_the_next_update(activation: str) -> None:
    state = trained(30, activation=activation, hidden=(5, 4), l2=0.01, optimizer="adam")
    net, train = state.nets[0], state.data.train
    model = reference.net(state.shape, net.flat)
    sums = model(torch.tensor(train.x[:, :-1]))
    (reference.loss("logistic", sums, train.y) + reference.penalty(model, state.config)).backward()
    linears = [module for module in model if isinstance(module, torch.nn.Linear)]
    found = sight.health(state)
    for one, linear in zip(found, linears, strict=True):
        pair = (linear.weight.grad, linear.bias.grad)
        assert one.gradient == pytest.approx(sum(float((g**2).sum()) for g in pair) ** 0.5)
    before = [np.column_stack(pair) for pair in sight.weights(state)]
    after(state, 1)
    for one, old, (w, b) in zip(found, before, sight.weights(state), strict=True):
        assert one.move == pytest.approx(np.linalg.norm(np.column_stack([w, b]) - old))
        assert one.ratio == pytest.approx(one.move / np.linalg.norm(old))


def test_dead_and_saturated_units_are_counted() -> None:
    state = begin(Config(activation="relu"))
    layer = sight.layers_of(state.nets[0].flat, state.shape.sizes)[0]
    layer[1] = [0, 0, -1]
    layer[2] = [0, 0, 1]
    dead = sight.health(state)[0].dead
    assert dead[1] and not dead[2] and sight.health(state)[0].mean[2] == 1
    assert not sight.health(state)[2].dead.any()
    for activation in ("tanh", "sigmoid"):
        state = begin(Config(activation=activation))
        layer = sight.layers_of(state.nets[0].flat, state.shape.sizes)[0]
        layer[0], layer[1] = [0, 0, 50], [0, 0, 0.1]
        layer[2] = [1e4, 0, 0]
        full = sight.health(state)[0].full
        assert full[0] == 1 and full[1] == 0 and full[2] > 0.99 and not sight.health(state)[0].dead.any()


def test_upcoming_is_the_batch_of_the_next_update() -> None:
    state = trained(24, points=100, batch=10, optimizer="sgd", l2=0.1)
    for _ in range(8):
        chosen, before = sight.upcoming(state), state.nets[0].flat.copy()
        wanted = before - 0.03 * sight.gradient_of(state, state.nets[0], chosen)
        after(state, 1)
        np.testing.assert_allclose(state.nets[0].flat, wanted, atol=1e-14)


def test_warp_of_the_input_is_the_plane_itself() -> None:
    state = begin(Config())
    seen = sight.warp(state, 0, lines=5, points=9)
    np.testing.assert_allclose(seen.lines[0][:, 0], -6)
    np.testing.assert_allclose(seen.lines[0][:, 1], np.linspace(-6, 6, 9))
    np.testing.assert_allclose(seen.lines[5][:, 1], -6)
    np.testing.assert_allclose(seen.dots, state.data.train.raw, rtol=1e-6)
    assert seen.kept == 1


def test_warp_bends_the_lines_as_the_layer_does() -> None:
    state = trained()
    seen = sight.warp(state, 2, lines=3, points=5)
    model = reference.net(state.shape, state.nets[0].flat)[:4]
    with torch.no_grad():
        wanted = model(torch.tensor([[0.0, y] for y in (-6, -3, 0, 3, 6)], dtype=torch.float64))
    np.testing.assert_allclose(seen.lines[1], wanted, atol=1e-6)
    chosen = sight.warp(state, 1, (3, 0), lines=3, points=5)
    with torch.no_grad():
        np.testing.assert_allclose(
            chosen.dots, model[:2](torch.tensor(state.data.train.x[:, :-1]))[:, [3, 0]], atol=1e-6
        )
    assert chosen.axes == ("4", "1") and 0 < chosen.kept < 1


def test_more_units_are_shown_in_their_directions_of_greatest_variance() -> None:
    state = trained(hidden=(8, 3))
    seen = sight.warp(state, 1)
    with torch.no_grad():
        given = reference.net(state.shape, state.nets[0].flat)[:2](torch.tensor(state.data.train.x[:, :-1])).numpy()
    wanted = PCA(2).fit(given)
    assert seen.kept == pytest.approx(wanted.explained_variance_ratio_.sum())
    np.testing.assert_allclose(np.abs(seen.dots), np.abs(wanted.transform(given)), atol=1e-5)
    assert ((seen.dots * state.data.train.raw).sum(0) >= 0).all() and seen.axes == ("PC 1", "PC 2")


@pytest.mark.parametrize("fields", [{"hidden": (1,)}, {"data": "iris"}, {"data": "spiral", "classes": 3}])
def test_every_layer_of_every_net_warps(fields: dict[str, object]) -> None:
    state = trained(**fields)
    for layer in range(len(state.shape.sizes)):
        seen = sight.warp(state, layer)
        assert seen.dots.shape == (len(state.data.train), 2) and np.isfinite(seen.dots).all()
        assert np.isfinite(seen.lines).all() and len(seen.lines) == (26 if state.data.plane else 0)
    with pytest.raises(Wrong, match="no layer"):
        sight.warp(state, layer + 1)


def test_pictures_are_the_first_weights_of_pixels() -> None:
    state = begin(Config(data="digits", hidden=(5,)))
    np.testing.assert_array_equal(sight.pictures(state).reshape(5, -1), sight.weights(state)[0][0])
    assert sight.pictures(begin(Config())).size == 0


def test_large_values_of_own_points_are_learned_within_one_and_shown_as_they_are() -> None:
    own = tuple((float(i % 7 - 3), float(i % 5 - 2), 100.0 * (i % 7)) for i in range(60))
    state = trained(2000, data="own", task="values", own=own)
    assert state.data.y_spread == 600 and np.abs(state.data.train.y).max() <= 1
    wanted = sight.part_of(state, "test").y * 600
    assert r2_score(wanted, sight.answers(state).values[:, 0]) == pytest.approx(figures(state, state.nets[0])[3])
    assert figures(state, state.nets[0])[3] > 0.95 and np.isin(np.round(wanted), np.arange(0, 700, 100)).all()
