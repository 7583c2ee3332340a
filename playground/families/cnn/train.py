"""Train the two embedded nets: python -m playground.train cnn digits, python -m playground.train cnn cifar10."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import SGD
from torch.optim.lr_scheduler import LambdaLR, LRScheduler, OneCycleLR
from torch.optim.swa_utils import AveragedModel, update_bn

from playground.core.checkpoint import Card, load_weights, save_weights, write_card
from playground.core.progress import Progress
from playground.data import images
from playground.families.cnn.model import CIFAR_MEAN, CIFAR_STD, MODELS, LeNet, ResNet, fold


@dataclass(frozen=True)
class Stretch:
    """Epochs of one manner of training.

    "cycle": the rate rises to its peak during the share `rise` of the updates, then falls to 0.
    "average": the rate stays; what comes out is the mean of the weights after each epoch (Izmailov et al. 2018).
    "taught": a cycle from the mean of the two nets before; three quarters of what is learned is what all nets before
    say on average, a quarter the labels (distillation, Hinton et al. 2015).
    "mean": no training, only the mean of the two nets before.
    """

    kind: str
    epochs: int = 0
    rate: float = 0.0
    cutmix: float = 0.0  # share of the batches with it
    rise: float = 0.2


@dataclass(frozen=True)
class Config:
    name: str
    stretches: tuple[Stretch, ...]
    batch: int
    decay: float
    smoothing: float  # of labels, where nobody teaches
    seed: int = 0


CONFIGS = {
    "digits": Config("digits", (Stretch("cycle", 40, 0.05),), batch=128, decay=5e-4, smoothing=0.0),
    "cifar10": Config(
        "cifar10",
        (
            Stretch("cycle", 26, 0.15),
            Stretch("cycle", 34, 0.12, cutmix=0.5),
            Stretch("average", 14, 0.05, cutmix=0.5),
            Stretch("taught", 5, 0.04, cutmix=0.5, rise=0.1),
            Stretch("taught", 5, 0.04, cutmix=0.5, rise=0.1),
            Stretch("mean"),
        ),
        batch=256,
        decay=5e-4,
        smoothing=0.1,
    ),
}
TAUGHT = 0.75  # how much the teachers' word weighs against the labels


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


@dataclass(frozen=True, eq=False)
class Lesson:
    """What the epochs of one stretch share."""

    net: nn.Module
    x: Tensor
    y: Tensor
    config: Config
    stretch: Stretch
    teachers: Sequence[nn.Module]
    rng: torch.Generator

    def batch(self, chosen: Tensor) -> tuple[Tensor, Tensor]:
        """Pictures, moved a little and perhaps mixed, and the probabilities to learn [picture class]."""
        colour = self.config.name == "cifar10"
        x, own = (crop if colour else move)(self.x[chosen], self.rng), F.one_hot(self.y[chosen], 10).float()
        mixed = self.stretch.cutmix
        if mixed and torch.rand(1, generator=self.rng).item() < mixed:
            x, other, share = cutmix(x, self.y[chosen], self.rng)
            own = share * own + (1 - share) * F.one_hot(other, 10)
        return x.contiguous(memory_format=torch.channels_last), own

    def said(self, x: Tensor) -> Tensor:
        """The teachers' mean probabilities; every second one sees the mirror image, so that they differ more."""
        with torch.no_grad():
            views = [teacher(x.flip(3) if i % 2 else x) for i, teacher in enumerate(self.teachers)]
        return torch.stack([view.float().softmax(1) for view in views]).mean(0)

    def settle(self, net: nn.Module) -> None:
        """Give the normalisation of `net` the statistics of pictures as they are, not moved or mixed."""
        update_bn(self.x[torch.randperm(len(self.x), generator=self.rng)[:10_000]].split(500), net)

    def epoch(self, optimizer: SGD, schedule: LRScheduler) -> float:
        """One pass over the training pictures; the loss of its last batch."""
        self.net.train()
        size, smoothing = self.config.batch, 0.0 if self.teachers else self.config.smoothing
        order = torch.randperm(len(self.x), generator=self.rng)[: len(self.x) // size * size]
        for chosen in order.split(size):
            x, goal = self.batch(chosen)
            with torch.autocast("cpu", torch.bfloat16, enabled=self.config.name == "cifar10"):
                logits = self.net(x).float()
                if self.teachers:
                    goal = TAUGHT * self.said(x) + (1 - TAUGHT) * goal
            loss = F.cross_entropy(logits, goal, label_smoothing=smoothing)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        return loss.item()


State = dict[str, Tensor]


def mean_of(states: Sequence[State]) -> State:
    """The mean of nets, number by number; counters are the first one's."""
    names = states[0].items()
    return {
        name: torch.stack([state[name] for state in states]).mean(0) if value.is_floating_point() else value
        for name, value in names
    }


def schedule_of(stretch: Stretch, optimizer: SGD, epoch: int) -> LRScheduler:
    """`epoch` is its number of updates."""
    if stretch.kind == "average":
        return LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / epoch))
    return OneCycleLR(
        optimizer,
        stretch.rate,
        total_steps=stretch.epochs * epoch,
        pct_start=stretch.rise,
        anneal_strategy="linear",
        cycle_momentum=False,
    )


def train(config: Config, data: Path, keep: Path | None = None) -> Iterator[Progress[nn.Module]]:
    """One Progress per epoch, with the held-out accuracy; `model` of the last one is what ships.

    `keep` is a folder for the net after each stretch, from which an interrupted run goes on with the next one.
    """
    torch.manual_seed(config.seed)
    x, y, test_x, test_y = parts(config, data)
    net = fresh(config)
    states = list(kept(config, keep)) if keep else []
    if states:
        net.load_state_dict(states[-1])
    done = sum(stretch.epochs for stretch in config.stretches[: len(states)])
    whole = sum(stretch.epochs for stretch in config.stretches)
    for place, stretch in list(enumerate(config.stretches))[len(states) :]:
        taught, average = stretch.kind == "taught", AveragedModel(net) if stretch.kind == "average" else None
        if stretch.kind in ("taught", "mean"):
            net.load_state_dict(mean_of(states[-2:]))
        teachers = [fresh(config, state).eval() for state in states] if taught else []
        lesson = Lesson(net, x, y, config, stretch, teachers, torch.Generator().manual_seed(config.seed + place))
        if not stretch.epochs:
            lesson.settle(net)
            yield Progress(done, whole, {"held-out accuracy": accuracy(net, test_x, test_y)}, net)
            continue
        learned = [p for p in net.parameters() if p.requires_grad]
        optimizer = SGD(learned, stretch.rate, momentum=0.9, weight_decay=config.decay, nesterov=True)
        schedule = schedule_of(stretch, optimizer, len(x) // config.batch)
        for _ in range(stretch.epochs):
            loss, shown = lesson.epoch(optimizer, schedule), net
            if average:
                average.update_parameters(net)
                shown = average.module
            if average or taught:
                lesson.settle(shown)
            done += 1
            yield Progress(done, whole, {"loss": loss, "held-out accuracy": accuracy(shown, test_x, test_y)}, shown)
        net.load_state_dict(shown.state_dict())
        states.append({name: value.detach().clone().contiguous() for name, value in net.state_dict().items()})
        if keep:
            keep.mkdir(parents=True, exist_ok=True)
            save_file(states[-1], keep / f"{config.name}-{place + 1}.safetensors")


def fresh(config: Config, state: State | None = None) -> nn.Module:
    """A net to train, with the weights of `state`."""
    net: nn.Module = ResNet(normed=True) if config.name == "cifar10" else LeNet()
    if state:
        net.load_state_dict(state)
    return net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # missing in torch's stubs


def kept(config: Config, folder: Path) -> Iterator[State]:
    """What each finished stretch of an interrupted run left."""
    for place in range(len(config.stretches)):
        path = folder / f"{config.name}-{place + 1}.safetensors"
        if not path.is_file():
            return
        yield load_file(path)


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
