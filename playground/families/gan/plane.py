"""What a GAN in the plane is made of: the data, the noise, two nets, their loss and how each of them learns."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from playground.core.words import Text, Wrong, shown
from playground.data.planes import TITLES, Source, Stroke, check_strokes

DATA = TITLES  # key -> title; "drawn" takes the strokes of `PlaneConfig.drawn`
NOISES = {"uniform": Text("Uniform", "均匀分布"), "gaussian": Text("Gaussian", "高斯分布")}
ACTIVATIONS = {
    "relu": Text("ReLU", "ReLU"),
    "leaky": Text("Leaky ReLU (0.2)", "Leaky ReLU（0.2）"),
    "tanh": Text("tanh", "tanh"),
    "sigmoid": Text("Sigmoid", "Sigmoid"),
}
LOSSES = {
    "minimax": Text("Minimax: G lowers log(1 − D)", "极小极大：G 降低 log(1 − D)"),
    "nonsaturating": Text("Non-saturating: G raises log D", "非饱和：G 提高 log D"),
    "leastsquares": Text("Least squares", "最小二乘"),
    "wasserstein": Text("Wasserstein with gradient penalty", "Wasserstein（带梯度惩罚）"),
}
OPTIMISERS = {"sgd": Text("SGD", "SGD"), "momentum": Text("Momentum", "动量"), "adam": Text("Adam", "Adam")}
SIDES = {"d": Text("Discriminator", "判别器"), "g": Text("Generator", "生成器")}
LIVE = frozenset({"loss", "batch", "gp", "r1"})  # may change in the middle of a training
LIVE_OF_SIDE = frozenset({"steps", "optimiser", "rate", "beta1", "beta2"})
BOUNDS: dict[str, tuple[float, float]] = {
    "layers": (0, 5),
    "units": (1, 100),
    "steps": (0, 10),
    "rate": (0, 10),
    "beta1": (0, 0.999),
    "beta2": (0, 0.99999),
    "noise_size": (1, 8),
    "batch": (1, 1_000),
    "gp": (0, 100),
    "r1": (0, 100),
    "seed": (0, 2**32 - 1),
    "stop": (0, 1_000_000),
}


@dataclass(frozen=True)
class Side:
    """One of the two players: its net and how it learns."""

    layers: int = 2  # hidden ones
    units: int = 24  # of each hidden layer
    act: str = "leaky"
    steps: int = 1  # updates in one iteration
    optimiser: str = "adam"
    rate: float = 0.002
    beta1: float = 0.5  # Adam's first, and the momentum of "momentum"
    beta2: float = 0.99  # Adam's second

    def __post_init__(self) -> None:
        _check_numbers(self)
        _check_choice("act", self.act, ACTIVATIONS)
        _check_choice("optimiser", self.optimiser, OPTIMISERS)


@dataclass(frozen=True)
class PlaneConfig:
    """Everything that decides a training; raises Wrong for what cannot be trained."""

    data: str = "eight"
    drawn: tuple[Stroke, ...] = ()  # only for data "drawn"
    noise: str = "gaussian"
    noise_size: int = 2
    d: Side = field(default_factory=lambda: Side(steps=2))
    g: Side = field(default_factory=Side)
    loss: str = "nonsaturating"
    gp: float = 1.0  # weight of the gradient penalty of "wasserstein"
    r1: float = 0.0  # weight of |gradient of D at real points|^2 / 2, for the other losses
    batch: int = 150
    seed: int = 1
    stop: int = 0  # iterations after which it ends; 0 for never

    def __post_init__(self) -> None:
        _check_numbers(self)
        _check_choice("data", self.data, DATA)
        _check_choice("noise", self.noise, NOISES)
        _check_choice("loss", self.loss, LOSSES)
        drawn = check_strokes(self.drawn) if self.data == "drawn" else ()
        object.__setattr__(self, "drawn", drawn)  # one distribution, one config

    @property
    def source(self) -> Source:
        return self.data, self.drawn


def plane_config(question: Mapping[str, Any], base: PlaneConfig | None = None) -> PlaneConfig:
    """`base` with the fields that `question` names, {"d": {"rate": 0.1}, "loss": "wasserstein"}; others are ignored.

    Raises Wrong for a value of the wrong kind.
    """
    base = base or PlaneConfig()
    known = {item.name for item in fields(PlaneConfig)}
    given = {name: value for name, value in question.items() if name in known}
    return replace(base, **given | {side: _side(getattr(base, side), given[side]) for side in SIDES if side in given})


def _side(base: Side, given: object) -> Side:
    if isinstance(given, Side):
        return given
    if not isinstance(given, Mapping):
        raise Wrong("A side is a table of its fields.", "每一方都应是由字段组成的表。")
    known = {item.name for item in fields(Side)}
    return replace(base, **{name: value for name, value in given.items() if name in known})


def changed(config: PlaneConfig, question: Mapping[str, Any]) -> PlaneConfig:
    """`config` with what may change in the middle of a training; the rest of `question` is ignored."""
    given: dict[str, Any] = {name: value for name, value in question.items() if name in LIVE}
    for side in SIDES:
        if isinstance(question.get(side), Mapping):
            given[side] = {name: value for name, value in question[side].items() if name in LIVE_OF_SIDE}
    return plane_config(given, config)


def _check_choice(name: str, value: object, choices: Mapping[str, Text]) -> None:
    if not isinstance(value, str) or value not in choices:
        raise Wrong(
            f"The field {name!r} must be one of {', '.join(choices)}, not {shown(value)!r}.",
            f"字段 {name!r} 必须是 {'、'.join(choices)} 之一，而不是 {shown(value)!r}。",
        )


def _check_numbers(config: Side | PlaneConfig) -> None:
    """Every number within BOUNDS, whole where the default is; a whole number given for a fraction becomes one."""
    for item in fields(config):
        if item.name not in BOUNDS:
            continue
        value, (low, high), whole = getattr(config, item.name), BOUNDS[item.name], item.type in (int, "int")
        kinds = (int,) if whole else (int, float)
        if isinstance(value, bool) or not isinstance(value, kinds) or not low <= value <= high:
            kind_en, kind_zh = ("a whole number", "整数") if whole else ("a number", "数")
            raise Wrong(
                f"The field {item.name!r} must be {kind_en} from {low:,} to {high:,}, not {shown(value)!r}.",
                f"字段 {item.name!r} 必须是 {low:,} 到 {high:,} 之间的{kind_zh}，而不是 {shown(value)!r}。",
            )
        object.__setattr__(config, item.name, value if whole else float(value))
