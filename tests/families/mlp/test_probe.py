"""What the room says about networks, as numbers; each over several seeds, for one proves nothing."""

import numpy as np
import pytest

from playground.core.words import Wrong
from playground.families.mlp import sight
from playground.families.mlp.config import Config
from playground.families.mlp.state import begin, figures
from tests.families.mlp.test_state import after

SEEDS = range(3)


def scores(config_of, updates: int) -> np.ndarray:
    """[seed] accuracy (R² for values) on test data."""
    states = [after(begin(config_of(seed)), updates) for seed in SEEDS]
    return np.array([figures(state, state.nets[0])[3] for state in states])


def test_without_layers_xor_is_a_coin_toss_and_one_layer_solves_it() -> None:
    assert scores(lambda seed: Config(data="xor", hidden=(), seed=seed), 2000).mean() < 0.62
    assert scores(lambda seed: Config(data="xor", hidden=(), features=("x1x2",), seed=seed), 500).min() > 0.97
    assert np.median(scores(lambda seed: Config(data="xor", hidden=(4,), seed=seed), 3000)) > 0.93


def test_linear_layers_are_one_layer() -> None:
    deep = scores(lambda seed: Config(data="circle", hidden=(8, 8), activation="linear", seed=seed), 1500)
    assert deep.mean() < 0.65


def test_the_default_net_solves_the_circle() -> None:
    found = scores(lambda seed: Config(seed=seed), 6000)
    assert np.median(found) > 0.98 and found.min() > 0.93


def test_the_spiral_needs_more_than_the_default() -> None:
    assert scores(lambda seed: Config(data="spiral", seed=seed), 4000).max() < 0.85
    rich = {"hidden": (8, 8), "optimizer": "adam", "rate": 0.02, "batch": 20}
    features = ("x1", "x2", "sinx1", "sinx2")
    assert np.median(scores(lambda seed: Config(data="spiral", features=features, seed=seed, **rich), 3000)) > 0.95


@pytest.mark.parametrize("kind", ["circle", "gauss", "spiral"])
def test_five_classes_are_learned(kind: str) -> None:
    more = {"features": ("x1", "x2", "x1sq", "x2sq", "sinx1", "sinx2"), "hidden": (12, 10), "optimizer": "adam"}
    found = scores(lambda seed: Config(data=kind, classes=5, rate=0.01, points=1000, seed=seed, **more), 4000)
    assert np.median(found) > 0.9


def test_regression_needs_layers_for_hills_and_none_for_a_plane() -> None:
    assert scores(lambda seed: Config(data="plane", hidden=(), rate=0.01, seed=seed), 500).min() > 0.95
    more = {"data": "multi-gauss", "points": 1200, "optimizer": "adam", "rate": 0.01}
    assert scores(lambda seed: Config(hidden=(), seed=seed, **more), 1000).max() < 0.2
    assert np.median(scores(lambda seed: Config(hidden=(16, 16), seed=seed, **more), 4000)) > 0.7


def test_a_high_rate_kills_relu_units() -> None:
    def dead(rate: float) -> float:
        states = [after(begin(Config(activation="relu", hidden=(16, 16), rate=rate, seed=seed)), 300) for seed in SEEDS]
        return float(np.mean([np.mean([layer.dead.mean() for layer in sight.health(state)[:2]]) for state in states]))

    assert dead(0.01) < 0.15
    assert dead(2.0) > 0.5


def test_gradients_vanish_in_a_deep_sigmoid_net_and_less_so_with_relu() -> None:
    def shrinks(activation: str) -> float:
        """Gradient of the first layer, relative to that of the last hidden layer."""
        states = [begin(Config(activation=activation, hidden=(8,) * 6, seed=seed)) for seed in SEEDS]
        health = [sight.health(state) for state in states]
        return float(np.median([layers[0].gradient / layers[5].gradient for layers in health]))

    assert shrinks("sigmoid") < 1e-2
    assert shrinks("relu") > 0.1 and shrinks("tanh") > 0.1


def test_a_net_that_is_too_large_learns_the_noise_and_l2_holds_it_back() -> None:
    def gap(l2: float) -> float:
        """Test loss over training loss."""
        more = {"noise": 0.4, "points": 100, "hidden": (16, 16), "optimizer": "adam", "rate": 0.01}
        states = [after(begin(Config(l2=l2, seed=seed, **more)), 2000) for seed in SEEDS]
        return float(np.mean([np.subtract(*figures(state, state.nets[0])[1::-1]) for state in states]))

    assert gap(0.0) > 1.0 and gap(0.05) < 0.5


def test_adam_is_ahead_of_plain_descent_at_its_usual_rate() -> None:
    race = (("sgd", 0.01), ("momentum", 0.01), ("rmsprop", 0.01), ("adam", 0.01))
    states = [after(begin(Config(race=race, seed=seed)), 800) for seed in SEEDS]
    losses = np.array([[figures(state, net)[0] for net in state.nets] for state in states])
    plain, *others = np.median(losses, 0)
    assert max(others) < plain / 3


def test_a_rate_far_too_high_diverges() -> None:
    for seed in SEEDS:
        with pytest.raises(Wrong, match="lower learning rate"):
            after(begin(Config(data="plane", hidden=(4,), activation="linear", rate=3, seed=seed)), 500)


def test_digits_and_wine_are_learned_from_what_ships() -> None:
    state = after(begin(Config(data="digits", hidden=(16,), optimizer="adam", rate=0.005, batch=32)), 1500)
    assert figures(state, state.nets[0])[3] > 0.87
    assert scores(lambda seed: Config(data="wine", share=0.7, seed=seed), 1500).mean() > 0.93
    assert scores(lambda seed: Config(data="iris", share=0.7, seed=seed), 3000).mean() > 0.92
