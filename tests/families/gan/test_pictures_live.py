"""The training one watches: replays bit for bit, learns digits, takes a change."""

from itertools import islice

import numpy as np
import pytest
import torch

from playground.core.live import Run
from playground.core.words import Wrong
from playground.families.gan.pictures_live import (
    Live,
    digits,
    pictures_begin,
    pictures_change,
    pictures_look,
    pictures_steps,
)


def played(state, iterations: int):
    for _ in islice(pictures_steps(state), iterations):
        pass
    return state


def weights(state) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in state.gan.parameters()])


def test_it_learns_from_digits_that_ship() -> None:
    x = digits()
    assert x.shape == (2000, 1, 14, 14) and x.min() == -1 and x.max() == 1


def test_a_copy_replays_bit_for_bit() -> None:
    state = played(pictures_begin(Live("small")), 20)
    twin = state.copy()
    one, two = pictures_look(played(state, 15)), pictures_look(played(twin, 15))
    np.testing.assert_array_equal(one.pictures, two.pictures)
    np.testing.assert_array_equal(one.curves, two.curves)
    assert len(one.curves) == 35


def test_looking_changes_nothing() -> None:
    seen, blind = pictures_begin(Live("small")), pictures_begin(Live("small"))
    for _ in islice(pictures_steps(seen), 10):
        pictures_look(seen)
    played(blind, 10)
    np.testing.assert_array_equal(pictures_look(seen).pictures, pictures_look(blind).pictures)


def test_pictures_leave_noise_within_a_few_hundred_iterations() -> None:
    """Real digits are mostly paper with strong ink; weights drawn at random paint even grey."""
    state = pictures_begin(Live("small"))
    before = pictures_look(state).pictures / 255
    after = pictures_look(played(state, 700)).pictures / 255
    ink = ((digits() + 1) / 2).numpy()
    assert abs(before.mean() - ink.mean()) > 0.2 > 0.08 > abs(after.mean() - ink.mean())
    assert after.std() > 0.2 > before.std()


def test_the_engine_takes_it_back_and_plays_it_again() -> None:
    run = Run(pictures_begin(Live("small")), pictures_steps)
    for _ in range(3):
        run.play(10, 4)
    last = pictures_look(run.state).pictures
    run.back(8)
    assert run.state.done == 8
    run.play(10, 4)
    np.testing.assert_array_equal(pictures_look(run.state).pictures, last)
    assert run.state.nbytes < 4e6 and run.state.ended() is None


def test_a_new_rate_works_at_once() -> None:
    state, other = (played(pictures_begin(Live("small")), 5) for _ in range(2))
    pictures_change(other, {"rate": 1e-5})
    before = weights(other)
    played(state, 1), played(other, 1)
    assert 0 < (weights(other) - before).abs().sum() < (weights(state) - before).abs().sum() / 50


@pytest.mark.parametrize(
    "wrong",
    [
        {"net": "huge"},
        {"net": ["small"]},
        {"latent": 1},
        {"rate": 1},
        {"rate": "fast"},
        {"seed": -1},
        {"flat": -1},
        {"batch": 1},
    ],
)
def test_settings_that_cannot_be_are_said(wrong) -> None:
    with pytest.raises(Wrong):
        Live(**wrong)


def test_a_wrong_rate_is_refused() -> None:
    state = pictures_begin(Live("small"))
    with pytest.raises(Wrong):
        pictures_change(state, {"rate": float("nan")})
    assert state.rate == 1e-3
