"""The embedded pairs: weights open strictly, normalisation is folded, the figures of the cards are measured again."""

import numpy as np
import pytest
import torch

from playground.core.checkpoint import read_card
from playground.core.spec import ASSETS
from playground.families import gan as room
from playground.families.gan.model import MODELS, SHAPES, Gan, Shape, folded, limit
from playground.families.gan.pictures_judge import Jury, verdicts
from playground.families.gan.trace import opened

TRAINED = [key for key in MODELS if (ASSETS / "models" / key / "card.json").is_file()]
by_model = pytest.mark.parametrize("key", TRAINED)
SMALL = {
    "convolutional": Shape("convolutional", 5, (8, 4), (4, 8), 12, 1),
    "full": Shape("full", 5, (8, 12), (12, 8), 6, 1),
}


def test_the_room_offers_every_pair_that_was_trained() -> None:
    assert set(TRAINED) >= {"gan/digits", "gan/plain"}
    assert list(room.FAMILY.embedded) == TRAINED


@by_model
def test_card_and_weights_agree(key: str) -> None:
    folder, gan = MODELS[key].folder, opened(key)
    card = read_card(folder)
    weights = folder / "model.safetensors"
    assert card.key == key and card.bytes == weights.stat().st_size < 9e6
    assert card.parameters == sum(p.numel() for p in gan.parameters())
    assert card.command == f"python -m playground.train {key.replace('/', ' ')}"
    assert card.config["shape"]["latent"] == gan.shape.latent
    assert (folder / "training.npz").stat().st_size < 420_000
    assert not any(p.requires_grad for p in gan.parameters()) and not gan.training


@by_model
def test_what_the_card_says_is_measured_again(key: str) -> None:
    """A smaller sample: a share may differ by four standard deviations, a distance by a third, and reads higher."""
    card, count = read_card(MODELS[key].folder), 500
    found = list(verdicts(Jury(key, seed=11, count=count)))[-1]
    told = np.array(card.extra["classes of 1,000 samples"]) / 1000
    spread = np.sqrt(told * (1 - told) * (1 / count + 1 / 1000))
    assert (np.abs(found.counts / count - told) <= 4 * spread + 0.01).all()
    assert found.distance == pytest.approx(card.results["Frechet distance of 1,000 samples"], rel=1 / 3)
    assert found.sure == pytest.approx(card.results["judge more than 90 % sure, samples"], abs=0.08)


@pytest.mark.parametrize("key", [key for key in TRAINED if key != "gan/cifar10"])
def test_all_ten_digits_are_there(key: str) -> None:
    found = list(verdicts(Jury(key, seed=0, count=1000)))[-1]
    assert (found.counts >= 20).all()
    assert read_card(MODELS[key].folder).results["classes present in 1,000 samples"] == 10


@by_model
def test_samples_are_closer_to_real_pictures_than_noise_is(key: str) -> None:
    """The distance means something: untrained weights of the same nets lie several times further away."""
    from playground.families.gan.pictures_judge import frechet, judge_of, judged, moments, reference

    torch.manual_seed(0)
    with torch.inference_mode():
        noise = Gan(SHAPES[key.removeprefix("gan/")]).generator(torch.randn(300, opened(key).shape.latent))
    far = frechet(moments(judged(judge_of(key), noise).features), reference(key))
    assert far > 3 * read_card(MODELS[key].folder).results["Frechet distance of 1,000 samples"]


@pytest.mark.parametrize("kind", SMALL)
def test_folding_changes_nothing(kind: str) -> None:
    torch.manual_seed(1)
    shape = SMALL[kind]
    trained = Gan(shape, normed=True)
    limit(trained.discriminator)
    z, x = torch.randn(16, shape.latent), torch.rand(16, *shape.pixels)
    with torch.no_grad():
        for _ in range(4):  # batch statistics that are not those of the start
            trained.generator.train()(torch.randn(32, shape.latent) * 2 + 1)
            trained.discriminator.train()(x)
        trained.eval()
        before = trained.generator(z), trained.discriminator(x)
        plain = folded(shape, trained.generator, trained.discriminator)
        after = plain.generator(z), plain.discriminator(x)
    for a, b in zip(before, after, strict=True):
        torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-5)
    assert not any("norm" in name for name in plain.state_dict())


def test_spectral_norm_holds_a_layer_to_one() -> None:
    torch.manual_seed(2)
    net = torch.nn.Sequential(torch.nn.Linear(9, 7))
    limit(net)
    with torch.no_grad():
        for _ in range(100):
            net(torch.zeros(1, 9))
    assert np.linalg.svd(net[0].weight.detach().numpy())[1][0] == pytest.approx(1, abs=1e-4)
