"""Training the embedded pairs: deterministic, resumable, and what ships is what was trained."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from playground.core.checkpoint import read_card
from playground.core.words import Wrong
from playground.data import images
from playground.families.gan import pictures_progress
from playground.families.gan import train as training
from playground.families.gan.model import SHAPES, Shape, _open
from playground.families.gan.pictures_learn import Config, State, begin, rate_now, samples, steepness, steps

TINY = Config("digits", Shape("convolutional", 4, (8, 4), (4, 8), 28, 1), 12, batch=8, flat=0.05, shift=1, noise=0.1)


@pytest.fixture(autouse=True)
def few(monkeypatch) -> None:
    """Learn from the digits that ship."""
    part = images.heldout("digits")
    first, second = part.take(np.arange(300)), part.take(np.arange(300, 500))
    monkeypatch.setattr(training, "parts", lambda config, data: (first, second))
    monkeypatch.setattr(training, "EVERY", 4)
    monkeypatch.setattr(training, "COUNT", 100)


def run(config: Config, keep=None) -> training.Trained:
    *_, last = training.train(config, None, keep)
    return last.model


def reals() -> torch.Tensor:
    return training.tensor(images.heldout("digits").images)


def alike(a: State, b: State) -> bool:
    one, two = a.gan.state_dict(), b.gan.state_dict()
    return all(torch.equal(one[name], two[name]) for name in one) and a.curves == b.curves


def test_the_same_seed_gives_the_same_nets() -> None:
    first = run(TINY).state
    assert alike(first, run(TINY).state) and first.done == 12
    assert not alike(first, run(replace(TINY, seed=1)).state)


def test_a_copy_goes_the_same_way_and_shares_nothing() -> None:
    state = begin(TINY)
    for _ in islice(steps(state, reals()), 3):
        pass
    twin = state.copy()
    before = twin.gan.generator[0].weight.clone()
    for _ in islice(steps(state, reals()), 3):
        pass
    assert torch.equal(twin.gan.generator[0].weight, before)
    for _ in islice(steps(twin, reals()), 3):
        pass
    assert alike(state, twin) and torch.equal(samples(state), samples(twin))


def test_an_interrupted_run_goes_on_as_if_nothing_had_happened(tmp_path, monkeypatch) -> None:
    hold = training.hold
    monkeypatch.setattr(training, "hold", lambda trained, path: None)
    state = training.Trained(begin(TINY))
    for _ in islice(steps(state.state, training.tensor(training.parts(TINY, None)[0].images)), 5):
        pass
    hold(state, tmp_path / "digits.pt")
    assert alike(run(TINY, tmp_path).state, run(TINY).state)


def test_the_rate_falls_to_zero() -> None:
    state = begin(replace(TINY, steps=100, fall_from=0.4, rate=1.0))
    rates = []
    for state.done in (0, 40, 70, 99):
        rates.append(rate_now(state))
    assert rates == pytest.approx([1, 1, 0.5, 1 / 60])


def test_the_penalty_is_the_squared_gradient() -> None:
    state, x = begin(TINY), reals()[:6]
    penalty = steepness(state, x).item()
    slopes = []
    for one in x:
        one = one[None].requires_grad_()
        state.gan.discriminator(one).sum().backward()
        slopes.append(one.grad.square().sum().item())
    assert penalty == pytest.approx(8 * TINY.flat / 2 * np.mean(slopes), rel=1e-4)


def test_one_iteration_is_the_two_losses() -> None:
    """Without penalty and noise: the curve's first losses are those of the nets before it, D's and then G's."""
    config = replace(TINY, flat=0.0, shift=0, noise=0.0)
    state, real = begin(config), reals()
    twin = state.copy()
    batch = real[torch.randint(len(real), (8,), generator=twin.rng)]
    fake = twin.gan.generator(torch.randn(8, 4, generator=twin.rng))
    score = twin.gan.discriminator(torch.cat([batch, fake]).detach())
    ones, zeros = torch.ones(8, 1), torch.zeros(8, 1)
    judged = F.binary_cross_entropy_with_logits(score[:8], ones)
    judged = judged + F.binary_cross_entropy_with_logits(score[8:], zeros)
    next(steps(state, real))
    assert state.curves[0][1] == pytest.approx(judged.item(), rel=1e-5)
    fooled = F.binary_cross_entropy_with_logits(state.gan.discriminator(fake), ones)  # D has learned by now
    assert state.curves[0][2] == pytest.approx(fooled.item(), rel=1e-4)


def test_losses_that_are_no_numbers_stop_it_with_a_sentence() -> None:
    state = begin(replace(TINY, flat=0.0))
    with torch.no_grad():
        state.gan.discriminator[0].weight.fill_(float("nan"))
    with pytest.raises(Wrong, match="no longer finite"):
        next(steps(state, reals()))


def test_curves_stay_short() -> None:
    shape = Shape("full", 2, (4,), (4,), 28, 1)
    state = begin(replace(TINY, shape=shape, steps=1000, normed=False, flat=0.0, noise=0.0, shift=0))
    for _ in islice(steps(state, reals()), 900):
        pass
    at = [int(point[0]) for point in state.curves]
    assert len(at) <= 400 and at[-1] >= 896 and set(np.diff(at)) == {state.spacing}


def test_what_ships_is_what_was_trained(tmp_path, monkeypatch) -> None:
    monkeypatch.setitem(SHAPES, "digits", TINY.shape)
    trained = run(TINY)
    training.ship(trained, TINY, None, tmp_path, 1.0)
    card, net = read_card(tmp_path), _open(TINY.shape)(tmp_path)
    own = training.finished(trained.state)
    z = torch.randn(20, 4)
    torch.testing.assert_close(net.generator(z), own.generator(z), atol=5e-3, rtol=0)  # float16 on disk
    assert card.results["classes present in 1,000 samples"] >= 1 and card.extra["judge"] == "cnn/digits"
    assert sum(card.extra["classes of 1,000 samples"]) == 100
    looks = pictures_progress.read(tmp_path)
    assert looks.steps.tolist() == [0, 12] and looks.curves.shape == (12, 4) and looks.side == 28


def test_grey_pictures_of_a_training_are_kept_exactly(tmp_path) -> None:
    rng = np.random.default_rng(0)
    shots = rng.integers(0, 256, (36, 28, 28), np.uint8)
    pictures_progress.write(tmp_path, {0: shots, 50: 255 - shots}, [(1, 0.5, 0.6, 0.7, 0.8)])
    from io import BytesIO

    from PIL import Image

    looks = pictures_progress.read(tmp_path)
    page = np.asarray(Image.open(BytesIO(looks.sheets[0])))
    np.testing.assert_array_equal(page[28:56, :28], shots[6])
    assert looks.steps.tolist() == [0, 50] and looks.curves[0].tolist() == pytest.approx([0.5, 0.6, 0.7, 0.8])
