"""A training as plain data: it replays bit for bit, stays small, stops when asked, and says so when it diverges."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from playground.core.words import Wrong
from playground.families.mlp.config import KINDS, Config
from playground.families.mlp.sight import upcoming
from playground.families.mlp.state import CURVE, LARGEST, State, begin, figures, order_of, steps

TABLE = "a,b,k\n" + "\n".join(f"{i % 7},{i * i % 11},{'xyz'[i % 3]}" for i in range(40))
OWN = tuple((i % 5 - 2.0, i % 3 - 1.0, float(i % 2)) for i in range(30))


def after(state: State, updates: int) -> State:
    for _ in islice(steps(state), updates):
        pass
    return state


def same(a: State, b: State) -> bool:
    pairs = zip(a.nets, b.nets, strict=True)
    return (a.done, a.epoch, a.place, a.spacing) == (b.done, b.epoch, b.place, b.spacing) and all(
        np.array_equal(getattr(m, name), getattr(n, name)) and m.curve == n.curve
        for m, n in pairs
        for name in ("flat", "first", "second")
    )


@pytest.mark.parametrize(
    "config",
    [
        Config(),
        Config(dropout=0.3, optimizer="adam", hidden=(8, 4)),
        Config(data="spiral", classes=4, race=(("sgd", 0.1), ("rmsprop", 0.01)), batch=7),
        Config(data="wine", schedule="step", l1=0.001, optimizer="momentum"),
    ],
)
def test_a_copy_goes_the_same_way_bit_for_bit(config: Config) -> None:
    state = after(begin(config), 137)
    twin, kept = state.copy(), state.copy()
    after(state, 100)
    assert not same(state, twin) and same(twin, kept)  # nothing shared
    assert same(after(twin, 100), state)
    assert same(after(after(begin(config), 200), 37), state)


def test_one_generator_or_many_is_the_same() -> None:
    state, other = begin(Config(dropout=0.2)), begin(Config(dropout=0.2))
    after(state, 60)
    for _ in range(60):
        after(other, 1)
    assert same(state, other)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_data_is_learned_from(kind: str) -> None:
    tanks = {"own": {"own": OWN}, "table": {"csv": TABLE}}.get(kind, {})
    state = begin(Config(data=kind, rate=0.1, **tanks))
    before = figures(state, state.nets[0])[0]
    after(state, 400)
    assert state.done == 400 and figures(state, state.nets[0])[0] < before
    assert state.shape.sizes[0] == len(state.data.inputs) and state.shape.sizes[-1] == state.data.outputs


def test_default_is_250_points_and_25_updates_an_epoch() -> None:
    state = begin(Config())
    assert len(state.data.train) == len(state.data.test) == 250 and state.shape.weights == 25
    after(state, 25)
    assert state.epoch == 0 and after(state, 1).epoch == 1


def test_an_epoch_takes_every_example_once() -> None:
    state = begin(Config(points=100, batch=10))
    seen = []
    for _ in range(5):
        seen.extend(upcoming(state))
        after(state, 1)
    assert sorted(seen) == list(range(50)) and seen == order_of(state).tolist()
    assert not np.array_equal(order_of(state), order_of(after(state, 1)))


def test_a_batch_larger_than_the_data_is_all_of_them() -> None:
    state = begin(Config(points=20, batch=1000))
    assert state.batch == 10 and sorted(upcoming(state)) == list(range(10))
    assert after(state, 3).done == 3


def test_tables_are_standardised_by_the_training_part() -> None:
    data = begin(Config(data="wine", share=0.7)).data
    assert len(data.train) == 125 and len(data.test) == 53
    np.testing.assert_allclose(data.train.x[:, :-1].mean(0), 0, atol=1e-12)
    np.testing.assert_allclose(data.train.x[:, :-1].std(0), 1)
    assert np.abs(data.test.x[:, :-1].mean(0)).max() > 1e-3
    assert data.centre is not None and data.spread is not None
    np.testing.assert_allclose(data.test.x[:, :-1] * data.spread + data.centre, data.test.raw)


def test_a_column_that_never_changes_does_no_harm() -> None:
    text = "a,b,k\n" + "\n".join(f"7,{i},{i % 2}" for i in range(30))
    state = after(begin(Config(data="table", csv=text)), 20)
    assert not state.data.train.x[:, 0].any() and np.isfinite(state.nets[0].flat).all()


def test_a_column_with_one_value_cannot_be_learned() -> None:
    text = "a,b\n" + "\n".join(f"{i},3" for i in range(30))
    with pytest.raises(Wrong, match="one value only"):
        begin(Config(data="table", csv=text, task="values"))


def test_curves_stay_short_and_even() -> None:
    state = after(begin(Config(points=20, batch=10)), 12_345)
    at = [row[0] for row in state.nets[0].curve]
    assert CURVE / 2 <= len(at) <= CURVE + 1 and at[0] == 0 and at[-1] == 12_340
    gaps = np.diff(at[:-1])
    assert set(gaps) == {state.spacing} and 0 < at[-1] - at[-2] <= state.spacing
    assert state.nets[0].curve[-1][1:] == figures(state, state.nets[0]) or state.done % 10


def test_a_copy_is_as_small_as_it_says() -> None:
    state = after(begin(Config(points=20)), 3000)
    (net,) = state.nets
    held = 3 * net.flat.nbytes + sum(64 + 5 * 24 for _ in net.curve)
    assert held < state.nbytes < 2 * held + 2000 and state.nbytes < 100_000
    assert state.copy().data is state.data


@pytest.mark.parametrize(
    ("stop", "said"),
    [
        ({"stop_steps": 40}, "40 updates"),
        ({"stop_accuracy": 0.9}, "accuracy on test data is"),
        ({"stop_train_loss": 0.4}, "training loss is"),
        ({"stop_test_loss": 0.4}, "test loss is"),
        ({"schedule": "cosine", "length": 60}, "reached zero"),
    ],
)
def test_it_stops_when_asked(stop: dict[str, float], said: str) -> None:
    config = Config(optimizer="adam", **stop)  # type: ignore[arg-type]
    state = begin(config)
    for state in steps(state):  # noqa: B020
        if over := state.ended():
            break
        assert state.done < 5000
    assert said in over.en and over.zh
    assert not begin(replace(config, stop_steps=0)).ended()


def test_the_stop_is_at_the_right_figure() -> None:
    state = begin(Config(optimizer="adam", stop_accuracy=0.9))
    assert not state.ended()
    while not state.ended():
        after(state, 25)
    assert figures(state, state.nets[0])[3] >= 0.9
    assert [row[4] >= 0.9 for row in state.nets[0].curve[:-1]] == [False] * (len(state.nets[0].curve) - 1)


@pytest.mark.parametrize("activation", ["linear", "relu"])
def test_divergence_is_a_sentence_and_leaves_finite_weights(activation: str) -> None:
    state = begin(Config(data="plane", activation=activation, rate=10, hidden=(8, 8, 8, 8)))
    with pytest.raises(Wrong, match="lower learning rate"):
        after(state, 2000)
    assert np.isfinite(state.nets[0].flat).all() and np.linalg.norm(state.nets[0].flat) < LARGEST


def test_equal_racers_stay_equal_and_others_part() -> None:
    state = begin(Config(race=(("adam", 0.01), ("adam", 0.01), ("sgd", 0.01)), dropout=0.2))
    first, second, third = state.nets
    assert np.array_equal(first.flat, third.flat)
    after(state, 80)
    assert np.array_equal(first.flat, second.flat) and not np.array_equal(first.flat, third.flat)
    alone = after(begin(Config(optimizer="sgd", rate=0.01, dropout=0.2)), 80)
    assert np.array_equal(alone.nets[0].flat, third.flat)


def test_a_racer_that_diverges_is_lost_and_the_race_goes_on() -> None:
    state = begin(Config(data="plane", activation="linear", race=(("sgd", 10.0), ("adam", 0.01))))
    after(state, 500)
    wild, calm = state.nets
    assert wild.lost and not calm.lost and state.done == 500
    assert np.isfinite(wild.flat).all() and calm.curve[-1][0] == 500 and wild.curve[-1][0] < 500
    assert state.copy().nets[0].lost


def test_it_lives_in_a_run() -> None:
    """The time line of core.live: forward, back, the same way again, a fork with one change."""
    from playground.core.live import Run
    from playground.families.mlp.change import alter

    run = Run(begin(Config(dropout=0.1)), steps)
    for _ in range(10):
        run.play(5, 20)
    end, snaps = run.state.copy(), run.snaps
    assert end.done == 200 and snaps[0] == 0 and len(snaps) > 5
    run.back(100)
    assert run.state.done == 100
    twin = run.fork()
    run.play(5, 100)
    assert same(run.state, end)
    twin.change(lambda state: alter(state, {"rate": 0.3}))
    twin.play(5, 100)
    assert twin.state.done == 200 and not same(twin.state, end) and same(run.state, end)


def test_a_run_that_diverges_keeps_its_sentence() -> None:
    from playground.core.live import Run

    run = Run(begin(Config(data="plane", activation="linear", rate=10, hidden=(8, 8))), steps)
    run.play(5, 1000)
    assert run.wrong and "learning rate" in run.wrong.en and run.wrong.zh
    assert np.isfinite(run.state.nets[0].flat).all()
