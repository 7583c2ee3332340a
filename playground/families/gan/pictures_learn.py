"""The game itself: one state that is everything, one loop that moves it, for the command and for the live room."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import Adam

from playground.core.words import Text, Wrong
from playground.families.gan.model import Gan, Shape, limit

LAZY = 8  # iterations between two penalties
MOST = 400  # points of a curve: then every second one goes


@dataclass(frozen=True)
class Config:
    """How to train. `noise` is added to all that the discriminator sees, `shift` moves it by up to so many pixels."""

    name: str
    shape: Shape
    steps: int
    batch: int = 64
    rate: float = 3e-4  # of the generator
    quicker: float = 1.0  # the discriminator's rate, in those of the generator (Heusel et al. 2017)
    zero_at: int = 0  # iteration at which the rate would reach 0; 0: the last one
    fall_from: float = 0.5  # share of `zero_at` after which the rate falls
    average: float = 0.999  # of the generator's weights, for what is shown and shipped
    normed: bool = True  # batch normalisation in the generator
    limited: bool = False  # spectral norm in the discriminator
    flat: float = 0.0  # weight of the penalty on the discriminator's gradient at real pictures
    noise: float = 0.0
    shift: int = 0
    mirror: bool = False
    bf16: bool = False
    seed: int = 0


@dataclass(eq=False)
class State:
    """Everything a training is: copied, it goes on alike."""

    config: Config
    gan: Gan
    shown: nn.Sequential  # the generator with averaged weights
    judges: Adam  # of the discriminator
    makes: Adam  # of the generator
    rng: torch.Generator
    fixed: Tensor  # latent vectors whose pictures are looked at again and again
    rate: float
    done: int = 0
    spacing: int = 1
    curves: list[tuple[float, ...]] = field(default_factory=list)
    """Iteration, loss of D, loss of G, mean score of real pictures, of fake ones."""

    def copy(self) -> "State":
        twin = torch.Generator()
        twin.set_state(self.rng.get_state())
        return copy.deepcopy(self, {id(self.rng): twin, id(self.fixed): self.fixed})

    @property
    def nbytes(self) -> int:
        nets = [*self.gan.parameters(), *self.gan.buffers(), *self.shown.parameters(), *self.shown.buffers()]
        moments = 2 * sum(p.numel() for p in self.gan.parameters())
        return 4 * (sum(t.numel() for t in nets) + moments) + 40 * len(self.curves)

    def ended(self) -> Text | None:
        if self.done < self.config.steps:
            return None
        return Text(f"All {self.config.steps:,} iterations are made.", f"{self.config.steps:,} 次迭代已全部完成。")


def begin(config: Config, samples: int = 36) -> State:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        gan = Gan(config.shape, config.normed)
        start(gan)
        if config.limited:
            limit(gan.discriminator)
    rng = torch.Generator().manual_seed(config.seed)
    if config.shape.kind == "convolutional":
        gan.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # missing in torch's stubs
    shown = copy.deepcopy(gan.generator).requires_grad_(False)
    judges, makes = (
        Adam(net.parameters(), config.rate, betas=(0.5, 0.999), fused=True)
        for net in (gan.discriminator, gan.generator)
    )
    fixed = torch.randn(samples, config.shape.latent, generator=rng)
    return State(config, gan, shown, judges, makes, rng, fixed, config.rate)


def start(gan: Gan) -> None:
    """Weights of convolutions from N(0, 0.02) as in the DCGAN paper; full connections keep torch's own."""
    for module in gan.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(module.weight, 0, 0.02)
            assert module.bias is not None
            nn.init.zeros_(module.bias)


def moved(x: Tensor, config: Config, rng: torch.Generator) -> Tensor:
    """What the discriminator sees of pictures, real or fake: shifted and noisy, so that it cannot learn by heart."""
    by, (n, _, height, width) = config.shift, x.shape
    if by:
        top, left = torch.randint(0, 2 * by + 1, (2, n, 1), generator=rng)
        rows, columns = top + torch.arange(height), left + torch.arange(width)
        padded = F.pad(x, (by, by, by, by), value=-1)
        x = padded[torch.arange(n)[:, None, None], :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)
    if config.noise:
        x = x + config.noise * torch.randn(x.shape, generator=rng)
    return x


def drawn(reals: Tensor, config: Config, rng: torch.Generator) -> Tensor:
    """A batch of real pictures."""
    x = reals[torch.randint(len(reals), (config.batch,), generator=rng)]
    if config.mirror:
        x = torch.where(torch.rand(len(x), 1, 1, 1, generator=rng) < 0.5, x, x.flip(3))
    return x


def rate_now(state: State) -> float:
    """Constant, then straight down."""
    left = 1 - state.done / (state.config.zero_at or state.config.steps)
    return state.rate * min(1.0, max(left, 0.0) / max(1 - state.config.fall_from, 1e-9))


def steps(state: State, reals: Tensor) -> Iterator[State]:
    """One iteration per `next`: the discriminator learns, then the generator. `reals` is [picture channel row column].

    Non-saturating loss of Goodfellow et al. 2014: D lowers -log D(x) - log(1 - D(G(z))), G lowers -log D(G(z)).
    The same fakes serve both. Raises Wrong when a loss is no longer finite.
    """
    while True:
        config, rng = state.config, state.rng
        state.makes.param_groups[0]["lr"] = rate = rate_now(state)
        state.judges.param_groups[0]["lr"] = rate * config.quicker
        real = moved(drawn(reals, config, rng), config, rng)
        latent = torch.randn(config.batch, config.shape.latent, generator=rng)
        with torch.autocast("cpu", torch.bfloat16, enabled=config.bf16):
            fake = moved(state.gan.generator(latent).float(), config, rng)
            scores = state.gan.discriminator(torch.cat([real, fake.detach()])).float()
        on_real, on_fake = scores.split(config.batch)
        judged = F.softplus(-on_real).mean() + F.softplus(on_fake).mean()
        penalty = steepness(state, real) if config.flat and state.done % LAZY == 0 else torch.zeros(())
        learn(state.judges, judged + penalty)
        state.gan.discriminator.requires_grad_(False)  # only the generator learns now
        with torch.autocast("cpu", torch.bfloat16, enabled=config.bf16):
            fooled = F.softplus(-state.gan.discriminator(fake).float()).mean()
        if not (torch.isfinite(judged) and torch.isfinite(fooled)):
            raise Wrong(
                f"The losses are no longer finite after {state.done:,} iterations: lower the learning rate.",
                f"{state.done:,} 次迭代后损失不再是有限数：请降低学习率。",
            )
        learn(state.makes, fooled)
        state.gan.discriminator.requires_grad_(True)
        average(state)
        state.done += 1
        note(state, judged, fooled, on_real, on_fake)
        yield state


def steepness(state: State, real: Tensor) -> Tensor:
    """R1: half the mean squared gradient of the score at real pictures (Mescheder et al. 2018, equation 9).

    Asked for once in 8 iterations, 8 times as strong: "lazy" (Karras et al. 2020, section 3.1).
    """
    real = real.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(state.gan.discriminator(real).sum(), real, create_graph=True)
    return LAZY * state.config.flat / 2 * gradient.square().sum((1, 2, 3)).mean()


def learn(optimiser: Adam, loss: Tensor) -> None:
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()


@torch.no_grad()
def average(state: State) -> None:
    """Follow the generator with a memory that grows to 1 / (1 - average) iterations."""
    keep = min(state.config.average, (1 + state.done) / (10 + state.done))
    mean: list[Tensor] = list(state.shown.parameters())
    now: list[Tensor] = list(state.gan.generator.parameters())
    torch._foreach_lerp_(mean, now, 1 - keep)


def note(state: State, judged: Tensor, fooled: Tensor, on_real: Tensor, on_fake: Tensor) -> None:
    if state.done % state.spacing:
        return
    scores = on_real.detach().sigmoid().mean().item(), on_fake.detach().sigmoid().mean().item()
    state.curves.append((state.done, judged.item(), fooled.item(), *scores))
    if len(state.curves) > MOST:
        state.curves[:] = state.curves[1::2]
        state.spacing *= 2


@torch.no_grad()
def samples(state: State) -> Tensor:
    """Pictures [sample channel row column] of the fixed latent vectors, by the averaged generator."""
    return state.shown.train()(state.fixed).clamp(-1, 1)
