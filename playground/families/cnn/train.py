"""Train the two embedded nets: python -m playground.train cnn digits, python -m playground.train cnn cifar10."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import SGD
from torch.optim.lr_scheduler import LRScheduler, OneCycleLR

from playground.core.checkpoint import Card, load_weights, save_weights, write_card
from playground.core.progress import Progress
from playground.data import images
from playground.families.cnn.model import CIFAR_MEAN, CIFAR_STD, MODELS, LeNet, ResNet, fold


@dataclass(frozen=True)
class Config:
    name: str
    cycles: tuple[tuple[int, float, float], ...]
    """Epochs, peak rate (it rises during a fifth of the steps, then falls to 0), share of the batches with CutMix."""
    batch: int
    decay: float
    smoothing: float
    seed: int = 0


CONFIGS = {
    "digits": Config("digits", cycles=((40, 0.05, 0.0),), batch=128, decay=5e-4, smoothing=0.0),
    "cifar10": Config("cifar10", cycles=((26, 0.15, 0.0), (34, 0.12, 0.5)), batch=256, decay=5e-4, smoothing=0.1),
}


def grey(part: images.Pictures) -> Tensor:
    return torch.from_numpy(part.images).float().div(255).unsqueeze(1)


def normalise(part: images.Pictures) -> Tensor:
    x = torch.from_numpy(np.ascontiguousarray(part.images.transpose(0, 3, 1, 2))).float().div(255)
    return (x - torch.tensor(CIFAR_MEAN).view(3, 1, 1)) / torch.tensor(CIFAR_STD).view(3, 1, 1)


def move(x: Tensor, rng: torch.Generator) -> Tensor:
    """Turn by up to 12 degrees, scale by up to 12 %, shift by up to 2.5 pixels, slant a little."""
    n = len(x)
    draw = torch.rand(5, n, generator=rng) * 2 - 1
    angle, scale, slant = draw[0] * 0.21, 1 + 0.12 * draw[1], 0.2 * draw[2]
    cos, sin = angle.cos() * scale, angle.sin() * scale
    rows = torch.stack(
        [torch.stack([cos, slant - sin, draw[3] * 0.18], 1), torch.stack([sin, cos, draw[4] * 0.18], 1)], 1
    )
    return F.grid_sample(x, F.affine_grid(rows, list(x.shape), align_corners=False), align_corners=False)


def crop(x: Tensor, rng: torch.Generator, by: int = 4, cut: int = 8) -> Tensor:
    """Mirror half of the pictures, shift by up to `by` pixels, blank one square of `cut` pixels."""
    n, _, size, _ = x.shape
    x = torch.where(torch.rand(n, 1, 1, 1, generator=rng) < 0.5, x, x.flip(3))
    padded, base = F.pad(x, (by, by, by, by), mode="reflect"), torch.arange(size)
    top, left = torch.randint(0, 2 * by + 1, (2, n, 1), generator=rng)
    x = padded[torch.arange(n)[:, None, None], :, (top + base)[:, :, None], (left + base)[:, None, :]]
    x = x.permute(0, 3, 1, 2)
    y0, x0 = torch.randint(-cut // 2, size - cut // 2, (2, n, 1), generator=rng)
    rows, columns = (base >= y0) & (base < y0 + cut), (base >= x0) & (base < x0 + cut)
    return x.masked_fill((rows[:, :, None] & columns[:, None, :])[:, None], 0)


def cutmix(x: Tensor, y: Tensor, rng: torch.Generator) -> tuple[Tensor, Tensor, float]:
    """CutMix: one rectangle of every picture comes from another one. Yun et al. 2019, section 3.1.

    Returns the pictures, the labels of the others, and the share of the pixels that is still a picture's own.
    """
    n, _, height, width = x.shape
    other = torch.randperm(n, generator=rng)
    share, row, column = torch.rand(3, generator=rng).tolist()
    half = (1 - share) ** 0.5 / 2
    top, bottom = (min(max(round((row + side) * height), 0), height) for side in (-half, half))
    left, right = (min(max(round((column + side) * width), 0), width) for side in (-half, half))
    x = x.clone()
    x[:, :, top:bottom, left:right] = x[other][:, :, top:bottom, left:right]
    return x, y[other], 1 - (bottom - top) * (right - left) / (height * width)


@torch.inference_mode()
def accuracy(net: nn.Module, x: Tensor, y: Tensor, batch: int = 500) -> float:
    net.eval()
    return sum(int((net(a).argmax(1) == b).sum()) for a, b in zip(x.split(batch), y.split(batch), strict=True)) / len(y)


def parts(config: Config, data: Path) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Training and held-out pictures and labels."""
    if config.name == "digits":
        train, test = images.digits(data)
        ready = grey
    else:
        train, test = images.cifar10(data, "train"), images.cifar10(data, "test")
        ready = normalise
    return ready(train), torch.from_numpy(train.labels), ready(test), torch.from_numpy(test.labels)


def epoch_of(
    net: nn.Module,
    x: Tensor,
    y: Tensor,
    config: Config,
    optimizer: SGD,
    schedule: LRScheduler,
    rng: torch.Generator,
    mixed: float,
) -> float:
    """One pass over the training pictures, `mixed` of the batches with CutMix; the loss of its last batch."""
    net.train()
    colour = config.name == "cifar10"
    order = torch.randperm(len(x), generator=rng)[: len(x) // config.batch * config.batch]
    for chosen in order.split(config.batch):
        batch, labels = (crop if colour else move)(x[chosen], rng), y[chosen]
        others, own = labels, 1.0
        if mixed and torch.rand(1, generator=rng).item() < mixed:
            batch, others, own = cutmix(batch, labels, rng)
        with torch.autocast("cpu", torch.bfloat16, enabled=colour):
            logits = net(batch.contiguous(memory_format=torch.channels_last)).float()
        loss = own * F.cross_entropy(logits, labels, label_smoothing=config.smoothing)
        if own < 1:
            loss = loss + (1 - own) * F.cross_entropy(logits, others, label_smoothing=config.smoothing)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return loss.item()


def train(config: Config, data: Path, keep: Path | None = None) -> Iterator[Progress[nn.Module]]:
    """One Progress per epoch, with the held-out accuracy; `model` of the last one is what ships.

    `keep` is a folder for the net after each cycle, from which an interrupted run goes on with the next one.
    """
    torch.manual_seed(config.seed)
    x, y, test_x, test_y = parts(config, data)
    net: nn.Module = ResNet(normed=True) if config.name == "cifar10" else LeNet()
    net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # missing in torch's stubs
    kept = [keep / f"cycle{i + 1}.safetensors" for i in range(len(config.cycles))] if keep else []
    begun = max((i + 1 for i, path in enumerate(kept) if path.is_file()), default=0)
    if begun:
        net.load_state_dict(load_file(kept[begun - 1]))
    done, whole = sum(cycle[0] for cycle in config.cycles[:begun]), sum(cycle[0] for cycle in config.cycles)
    for cycle, (epochs, rate, mixed) in list(enumerate(config.cycles))[begun:]:
        rng = torch.Generator().manual_seed(config.seed + cycle)
        learned = [p for p in net.parameters() if p.requires_grad]
        optimizer = SGD(learned, rate, momentum=0.9, weight_decay=config.decay, nesterov=True)
        steps = epochs * (len(x) // config.batch)
        schedule = OneCycleLR(
            optimizer, rate, total_steps=steps, pct_start=0.2, anneal_strategy="linear", cycle_momentum=False
        )
        for _ in range(epochs):
            loss = epoch_of(net, x, y, config, optimizer, schedule, rng, mixed)
            done += 1
            yield Progress(done, whole, {"loss": loss, "held-out accuracy": accuracy(net, test_x, test_y)}, net)
        if kept:
            kept[cycle].parent.mkdir(parents=True, exist_ok=True)
            save_file({name: value.contiguous() for name, value in net.state_dict().items()}, kept[cycle])


DATA = {
    "digits": {
        "name": "MNIST test part, 10,000 digits: 9,000 to train on, 1,000 held out (seeded split)",
        "licence": "CC BY-SA 3.0",
    },
    "cifar10": {"name": "CIFAR-10, 50,000 to train on, 10,000 test pictures", "licence": "see Krizhevsky 2009"},
}


def ship(net: nn.Module, config: Config, data: Path, folder: Path, seconds: float) -> Card:
    """Write weights, card and the small held-out part; every result is measured on the weights as shipped."""
    spec = MODELS[f"cnn/{config.name}"]
    if isinstance(net, ResNet):
        net = fold(net.float())
    size = save_weights(folder, net.state_dict())
    shipped: nn.Module = ResNet() if config.name == "cifar10" else LeNet()
    load_weights(shipped, folder)
    _, _, x, y = parts(config, data)
    images.ship_heldout(config.name, data)
    small = images.heldout(config.name)
    small_x = grey(small) if config.name == "digits" else normalise(small)
    card = Card(
        key=spec.key,
        title=spec.title,
        config=asdict(config),
        seed=config.seed,
        command=spec.origin,
        data=(DATA[config.name],),
        results={
            "held-out accuracy": accuracy(shipped, x, y),
            "accuracy on the shipped 500": accuracy(shipped, small_x, torch.from_numpy(small.labels)),
        },
        parameters=sum(p.numel() for p in shipped.parameters()),
        bytes=size,
        seconds=round(seconds),
        extra={"classes": list(map(str, range(10))) if config.name == "digits" else list(images.CIFAR_CLASSES)},
    )
    write_card(folder, card)
    return card
