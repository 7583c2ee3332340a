"""Train the embedded generators and discriminators: python -m playground.train gan digits (or plain, or cifar10)."""

import copy
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import count, takewhile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from playground.core.checkpoint import Card, load_weights, save_weights, write_card
from playground.core.progress import Progress
from playground.data import images
from playground.families.gan import pictures_judge as judging
from playground.families.gan import pictures_progress
from playground.families.gan.model import MODELS, SHAPES, Gan, folded
from playground.families.gan.pictures_critic import tensor
from playground.families.gan.pictures_learn import Config, State, begin, samples, steps

CONFIGS = {
    "digits": Config("digits", SHAPES["digits"], 4000, rate=1e-3, flat=0.1, shift=1, bf16=True),
    "plain": Config(
        "plain", SHAPES["plain"], 10000, rate=5e-4, flat=0.01, shift=1, fall_from=0.3, bf16=True, normed=False
    ),
    "cifar10": Config("cifar10", SHAPES["cifar10"], 7000, rate=5e-4, zero_at=9000, flat=0.02, mirror=True, bf16=True),
}
EVERY = 100  # iterations between two reports


@dataclass(eq=False)
class Trained:
    """A training and what was looked at on the way."""

    state: State
    looks: dict[int, np.ndarray] = field(default_factory=dict)  # iteration -> uint8 [sample row column (3)]


def parts(config: Config, data: Path) -> tuple[images.Pictures, images.Pictures]:
    """Training and held-out pictures."""
    if config.name == "cifar10":
        return images.cifar10(data, "train"), images.cifar10(data, "test")
    return images.digits(data)


def looked_at(steps: int) -> list[int]:
    """Iterations at which samples are kept: dense at first, when most happens.

    >>> looked_at(300)
    [0, 50, 80, 110, 170, 260, 300]
    """
    growing = takewhile(lambda step: step < 0.9 * steps, (10 * round(5 * 1.51**k) for k in count()))
    return [0, *growing, steps]


def train(config: Config, data: Path, keep: Path | None = None) -> Iterator[Progress[Trained]]:
    """One Progress per 100 iterations; what the last one holds is what ships.

    `keep` is a folder for the whole state, from which an interrupted run goes on.
    """
    reals, trained = tensor(parts(config, data)[0].images), Trained(begin(config))
    kept = keep / f"{config.name}.pt" if keep else None
    if kept and kept.is_file():
        resume(trained, kept)
    state, moments = trained.state, set(looked_at(config.steps))
    if not state.done:
        trained.looks[0] = bytes_of(samples(state))
    if state.done == config.steps:
        yield report(trained)
        return
    for _ in steps(state, reals):
        if state.done in moments:
            trained.looks[state.done] = bytes_of(samples(state))
        if state.done % EVERY == 0 or state.done == config.steps:
            yield report(trained)
        if kept and (state.done % 1000 == 0 or state.done == config.steps):
            hold(trained, kept)
        if state.done == config.steps:
            return


def report(trained: Trained) -> Progress[Trained]:
    _, judged, fooled, on_real, on_fake = trained.state.curves[-1]
    metrics = {"loss of D": judged, "loss of G": fooled, "D(real)": on_real, "D(fake)": on_fake}
    return Progress(int(trained.state.done), trained.state.config.steps, metrics, trained)


def hold(trained: Trained, path: Path) -> None:
    state = trained.state
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = {name: getattr(state, name).state_dict() for name in ("gan", "shown", "judges", "makes")}
    whole |= {"rng": state.rng.get_state(), "done": state.done, "spacing": state.spacing, "curves": state.curves}
    whole["looks"] = {step: torch.from_numpy(look) for step, look in trained.looks.items()}
    torch.save(whole, path.with_suffix(".new"))
    path.with_suffix(".new").replace(path)


def resume(trained: Trained, path: Path) -> None:
    state, whole = trained.state, torch.load(path, weights_only=True)
    for name in ("gan", "shown", "judges", "makes"):
        getattr(state, name).load_state_dict(whole[name])
    state.rng.set_state(whole["rng"])
    state.done, state.spacing, state.curves = whole["done"], whole["spacing"], whole["curves"]
    trained.looks = {step: look.numpy() for step, look in whole["looks"].items()}


def bytes_of(x: Tensor) -> np.ndarray:
    """[sample channel row column] in [-1, 1] -> uint8 [sample row column] or [sample row column 3]."""
    grey = x.add(1).mul(127.5).round().clamp(0, 255).byte().permute(0, 2, 3, 1).numpy()
    return grey[..., 0] if grey.shape[-1] == 1 else grey


def finished(state: State, batches: int = 40) -> Gan:
    """The nets as they ship: statistics of the averaged generator measured anew, all normalisation folded away."""
    generator, discriminator = copy.deepcopy(state.shown), copy.deepcopy(state.gan.discriminator)
    norms = [module for module in generator.modules() if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the plain mean over all batches
    rng = torch.Generator().manual_seed(state.config.seed + 1)
    with torch.no_grad():
        for _ in range(batches if norms else 0):
            generator.train()(torch.randn(250, state.config.shape.latent, generator=rng))
    return folded(state.config.shape, generator.eval(), discriminator.eval()).requires_grad_(False)


DATA = {
    "digits": {
        "name": "MNIST test part, 10,000 digits: 9,000 to train on, 1,000 held out (seeded split)",
        "licence": "CC BY-SA 3.0",
    },
    "cifar10": {"name": "CIFAR-10, 50,000 to train on, without labels", "licence": "see Krizhevsky 2009"},
}
REFERENCE = 10_000  # training pictures that distances are measured to, at most
COUNT = 1000  # samples and held-out pictures the card's figures are of


def ship(trained: Trained, config: Config, data: Path, folder: Path, seconds: float) -> Card:
    """Write weights, what was looked at and the card; every result is measured on the weights as shipped."""
    spec = MODELS[f"gan/{config.name}"]
    size = save_weights(folder, finished(trained.state).state_dict())
    pictures_progress.write(folder, trained.looks, trained.state.curves)
    gan = Gan(config.shape).eval().requires_grad_(False)
    load_weights(gan, folder)
    results, extra = measured(gan, config, data, folder)
    card = Card(
        key=spec.key,
        title=spec.title,
        config=asdict(config),
        seed=config.seed,
        command=spec.origin,
        data=(DATA["cifar10" if config.name == "cifar10" else "digits"],),
        results=results,
        parameters=sum(p.numel() for p in gan.parameters()),
        bytes=size,
        notes=" ".join([NOTES, *FRANK.get(config.name, ())]),
        seconds=round(seconds),
        extra=extra,
    )
    write_card(folder, card)
    return card


NOTES = (
    "Generator and discriminator. Weights of the generator are averaged over the last iterations. Distances are "
    "Frechet distances to the training pictures (10,000 of them at most) in the features of the judge, the embedded "
    "classifier named here; the floor is what as many held-out real pictures get. Not comparable with FID figures, "
    "which use another net."
)
FRANK = {
    "cifar10": (
        "Colours, horizons and rough outlines are right; most samples show no thing that one could name. A small net, "
        "trained for minutes on one core.",
    )
}


@torch.inference_mode()
def measured(gan: Gan, config: Config, data: Path, folder: Path) -> tuple[dict[str, float], dict[str, Any]]:
    """Results and details for the card; writes the training pictures' moments beside it."""
    key = f"gan/{config.name}"
    judge, (train, test) = judging.judge_of(key), parts(config, data)
    held_out = tensor(test.images[:: len(test) // COUNT])
    rng = torch.Generator().manual_seed(0)
    samples = gan.generator(torch.randn(COUNT, config.shape.latent, generator=rng))
    part = train.images[:: max(1, len(train) // REFERENCE)]
    real = judging.moments(judging.judged(judge, tensor(part)).features)
    judging.write_moments(folder, real, judge.mark)
    fake, true = judging.judged(judge, samples), judging.judged(judge, held_out)
    counts, scores = fake.counts(), [gan.discriminator(x).sigmoid() for x in (held_out, samples)]
    results = {
        "Frechet distance of 1,000 samples": judging.frechet(judging.moments(fake.features), real),
        "Frechet distance of 1,000 held-out real pictures": judging.frechet(judging.moments(true.features), real),
        "classes present in 1,000 samples": float((counts > 0).sum()),
        "smallest class of 1,000 samples": float(counts.min()),
        "largest class of 1,000 samples": float(counts.max()),
        "judge more than 90 % sure, samples": float((fake.sure > judging.SURE).mean()),
        "judge more than 90 % sure, real": float((true.sure > judging.SURE).mean()),
        "discriminator's accuracy": float(((scores[0] > 0.5).float().mean() + (scores[1] <= 0.5).float().mean()) / 2),
    }
    details = {
        "judge": judging.JUDGES[key],
        "judge's weights": judge.mark,
        "classes": list(judge.labels),
        "classes of 1,000 samples": counts.tolist(),
        "classes of 1,000 held-out real pictures": true.counts().tolist(),
    }
    return results, details
