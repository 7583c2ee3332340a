"""Changes to a living training: they take effect at once, keep the weights, and refuse what would need a new net."""

import numpy as np
import pytest

from playground.core.words import Wrong
from playground.families.mlp.change import alter, edit, learn
from playground.families.mlp.config import Config
from playground.families.mlp.state import begin, figures, steps
from tests.families.mlp.test_state import OWN, after, same


def test_a_new_rate_acts_at_the_next_update() -> None:
    state, twin = begin(Config()), begin(Config(rate=0.3))
    moving = steps(state)
    for net in (state.nets[0], twin.nets[0]):
        net.flat[:] = 0.5
    alter(state, {"rate": 0.3})
    next(moving)
    after(twin, 1)
    assert np.array_equal(state.nets[0].flat, twin.nets[0].flat)
    before = state.nets[0].flat.copy()
    alter(state, {"rate": 0})
    next(moving)
    assert np.array_equal(state.nets[0].flat, before) and state.config.rate == 0


@pytest.mark.parametrize(
    "changes", [{"batch": 3}, {"dropout": 0.5}, {"l2": 0.1}, {"l1": 0.1}, {"activation": "relu"}, {"schedule": "step"}]
)
def test_other_changes_act_too(changes: dict[str, object]) -> None:
    state = after(begin(Config(length=2)), 10)
    plain = state.copy()
    moving = steps(state)
    alter(state, changes)
    next(moving)
    after(plain, 1)
    assert not np.array_equal(state.nets[0].flat, plain.nets[0].flat)
    next(moving)
    assert state.done == 12 and np.isfinite(state.nets[0].flat).all()


def test_what_changed_replays_bit_for_bit() -> None:
    state = after(begin(Config(dropout=0.1)), 33)
    alter(state, {"batch": 7, "optimizer": "adam", "rate": 0.01})
    twin = state.copy()
    assert same(after(state, 50), after(twin, 50))


def test_a_new_optimizer_starts_with_empty_moments() -> None:
    state = after(begin(Config(optimizer="momentum")), 20)
    kept = state.nets[0].flat.copy()
    alter(state, {"optimizer": "adam"})
    net = state.nets[0]
    assert net.count == 0 and not net.first.any() and np.array_equal(net.flat, kept)
    after(state, 1)
    assert np.abs(net.flat - kept).max() == pytest.approx(0.03, rel=1e-3)  # Adam's first step is the rate


def test_racers_change_together_or_not_at_all() -> None:
    state = begin(Config(race=(("sgd", 0.1), ("adam", 0.01))))
    alter(state, {"race": [["sgd", 0.2], ["adam", 0.02]]})
    assert [net.rate for net in state.nets] == [0.2, 0.02]
    with pytest.raises(Wrong, match="start again"):
        alter(state, {"race": []})


def test_points_may_be_added_while_it_learns() -> None:
    state = after(begin(Config(data="own", own=OWN)), 20)
    weights = state.nets[0].flat.copy()
    alter(state, {"own": [*OWN, (3, 3, 1)]})
    assert len(state.data.train) + len(state.data.test) == 31 and np.array_equal(state.nets[0].flat, weights)
    assert state.nets[0].curve[-1][1:] == figures(state, state.nets[0])
    assert after(state, 5).done == 25
    with pytest.raises(Wrong, match="start again"):
        alter(state, {"own": [*OWN, (3, 3, 2)]})  # a third class needs more outputs


@pytest.mark.parametrize(
    "changes", [{"hidden": [4]}, {"features": ["x1"]}, {"seed": 1}, {"data": "plane"}, {"classes": 3}]
)
def test_what_needs_a_new_net_is_refused_and_changes_nothing(changes: dict[str, object]) -> None:
    state = after(begin(Config()), 5)
    twin = state.copy()
    with pytest.raises(Wrong, match="start again"):
        alter(state, changes)
    assert same(state, twin) and state.config == twin.config


def test_nonsense_is_refused_by_the_config() -> None:
    with pytest.raises(Wrong, match="learning rate"):
        alter(begin(Config()), {"rate": "fast"})


def test_one_weight_and_one_bias() -> None:
    state = begin(Config())
    edit(state, 0, 2, 1, 1.25)
    edit(state, 2, 0, -1, -3)
    assert state.nets[0].flat[2 * 3 + 1] == 1.25 and state.nets[0].flat[-1] == -3
    assert state.nets[0].curve[-1][1:] == figures(state, state.nets[0])
    after(state, 1)
    assert state.nets[0].flat[7] != 1.25


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ((3, 0, 0, 1.0), "no layer 3"),
        ((-1, 0, 0, 1.0), "no layer -1"),
        ((0, 4, 0, 1.0), "no unit 4"),
        ((0, 0, 2, 1.0), "no input 2"),
        ((0, 0, -2, 1.0), "no input -2"),
        ((0, "0", 0, 1.0), "no unit 0"),
        ((0, 0, 0, 1e9), "from -100 to 100"),
        ((0, 0, 0, float("nan")), "from -100 to 100"),
        ((0, 0, 0, "1"), "from -100 to 100"),
    ],
)
def test_weights_that_are_not_there(place: tuple, said: str) -> None:
    with pytest.raises(Wrong, match=said):
        edit(begin(Config()), *place)


def test_learning_from_one_example_lowers_its_loss() -> None:
    from playground.families.mlp.sight import answers

    state = begin(Config())
    before = answers(state, "train").losses[17]
    learn(state, 17)
    assert answers(state, "train").losses[17] < before and state.done == 1
    with pytest.raises(Wrong, match="no training example"):
        learn(state, 250)


@pytest.mark.parametrize(
    "act",
    [
        lambda state: alter(state, {"rate": 0.3}),
        lambda state: edit(state, 0, 0, -1, 0.5),
        lambda state: learn(state, 0),
    ],
)
def test_where_the_settings_alone_do_not_lead_is_known_and_kept(act) -> None:
    state = after(begin(Config()), 5)
    alter(state, {"rate": Config().rate, "stop_steps": 900})  # the same rate, and when it stops
    before = state.copy()
    assert not before.altered
    act(state)
    assert state.altered and after(state, 1).copy().altered and not before.altered


def test_a_setting_before_the_first_update_is_one_to_begin_with() -> None:
    state = begin(Config())
    alter(state, {"rate": 0.3, "batch": 7})
    assert not state.altered
    twin = begin(Config(rate=0.3, batch=7))
    assert np.array_equal(after(state, 20).nets[0].flat, after(twin, 20).nets[0].flat)
