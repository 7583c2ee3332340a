"""Everything that decides a training run, frozen and checked: the same Config always trains the same net."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, NamedTuple

from playground.core import limits
from playground.core.words import Text, Wrong, shown


class Kind(NamedTuple):
    """One source of data. `classes` are the fewest and most it can have, (0, 0) for values and for tables."""

    title: Text
    plane: bool  # points (x1, x2); otherwise a table with columns of its own
    task: str  # "classes", "values", or "" where Config.task says it
    classes: tuple[int, int] = (0, 0)


KINDS = {
    "circle": Kind(Text("Circle", "圆环"), True, "classes", (2, 5)),
    "xor": Kind(Text("XOR", "异或"), True, "classes", (2, 2)),
    "gauss": Kind(Text("Gaussians", "高斯团"), True, "classes", (2, 5)),
    "spiral": Kind(Text("Spiral", "螺旋"), True, "classes", (2, 5)),
    "moons": Kind(Text("Moons", "双月"), True, "classes", (2, 2)),
    "plane": Kind(Text("Plane", "平面"), True, "values"),
    "multi-gauss": Kind(Text("Several Gaussians", "多个高斯"), True, "values"),
    "own": Kind(Text("Your own points", "自己的点"), True, ""),
    "iris": Kind(Text("Iris", "鸢尾花"), False, "classes"),
    "wine": Kind(Text("Wine", "葡萄酒"), False, "classes"),
    "digits": Kind(Text("Digits", "手写数字"), False, "classes"),
    "table": Kind(Text("Your own table", "自己的表格"), False, ""),
}
TASKS = {"classes": Text("classification", "分类"), "values": Text("regression", "回归")}
FEATURES = {"x1": "x₁", "x2": "x₂", "x1sq": "x₁²", "x2sq": "x₂²", "x1x2": "x₁x₂", "sinx1": "sin x₁", "sinx2": "sin x₂"}
ACTIVATIONS = {
    "tanh": Text("tanh", "tanh"),
    "relu": Text("ReLU", "ReLU"),
    "leaky": Text("leaky ReLU", "带泄漏的 ReLU"),
    "sigmoid": Text("sigmoid", "sigmoid"),
    "linear": Text("linear", "线性"),
}
OPTIMIZERS = {
    "sgd": Text("SGD", "SGD"),
    "momentum": Text("momentum", "动量"),
    "rmsprop": Text("RMSprop", "RMSprop"),
    "adam": Text("Adam", "Adam"),
}
SCHEDULES = {
    "constant": Text("constant", "恒定"),
    "cosine": Text("cosine", "余弦"),
    "step": Text("steps down", "阶梯下降"),
    "exponential": Text("exponential", "指数衰减"),
}
LAYERS, UNITS, CLASSES, RACERS = 6, 32, 5, 4  # hidden layers; units in each (the page offers 16); classes of points
EXTENT = 6.0  # the plane on the page is [-6, 6]²; points may lie a little outside


@dataclass(frozen=True)
class Config:
    """The defaults are those of TensorFlow Playground (loss aside: cross-entropy for classes). Raises Wrong."""

    data: str = "circle"  # one of KINDS
    task: str = "classes"  # "classes" or "values", for one's own points and tables; others know theirs
    classes: int = 2  # for circle, gauss and spiral
    points: int = 500  # training and test together, for made points
    noise: float = 0.0  # 0 to 0.5
    share: float = 0.5  # of the data to train on, 0.1 to 0.9; digits keep their own split
    own: tuple[tuple[float, float, float], ...] = ()  # data="own": x1, x2, and the class (0 to 4) or value
    csv: str = ""  # data="table": a header, then rows of numbers
    target: str = ""  # data="table": name of the column to learn; the last one if empty
    features: tuple[str, ...] = ("x1", "x2")  # for points: keys of FEATURES
    hidden: tuple[int, ...] = (4, 2)  # units of each hidden layer
    activation: str = "tanh"
    scale: float = 1.0  # of the initial weights; 1 is Glorot's, for ReLU He's
    dropout: float = 0.0  # share of the hidden units left out of each update
    l1: float = 0.0  # adds l1 * sum |w| to the loss, biases excepted
    l2: float = 0.0  # adds l2 / 2 * sum w²
    batch: int = 10
    optimizer: str = "sgd"
    rate: float = 0.03
    schedule: str = "constant"
    length: int = 2000  # cosine: updates down to 0; step, exponential: updates for each multiplication by `factor`
    factor: float = 0.5
    race: tuple[tuple[str, float], ...] = ()  # (optimizer, rate) of nets that start alike; optimizer, rate are unused
    seed: int = 0
    stop_steps: int = 0  # stop after so many updates; 0 is never, as in the next three
    stop_train_loss: float = 0.0  # at or below
    stop_test_loss: float = 0.0
    stop_accuracy: float = 0.0  # on the test data, at or above

    def __post_init__(self) -> None:
        _check_data(self)
        _check_net(self)
        _check_learning(self)

    @property
    def kind(self) -> Kind:
        return KINDS[self.data]

    @property
    def learns(self) -> str:
        """ "classes" or "values"."""
        return self.kind.task or self.task

    @property
    def racers(self) -> tuple[tuple[str, float], ...]:
        """(optimizer, rate) of each net; one unless they race."""
        return self.race or ((self.optimizer, self.rate),)

    def payload(self) -> dict[str, Any]:
        """JSON-able; `read` turns it back into the same Config."""
        return asdict(self)


def read(question: Mapping[str, Any]) -> Config:
    """A Config from JSON; what is absent keeps its default, keys that are no field are passed over. Raises Wrong.

    An entry of `race` may be an optimizer's name alone: it then runs at `rate`.

    >>> read({"hidden": [3], "race": ["sgd", ["adam", 0.01]], "rate": 0.1, "run": "x"}).race
    (('sgd', 0.1), ('adam', 0.01))
    """
    known = {field.name: field for field in fields(Config)}
    given = {name: value for name, value in question.items() if name in known and value is not None}
    for name in ("own", "features", "hidden", "race"):
        if name in given:
            given[name] = _tuple(name, given[name])
    rate = given.get("rate", Config.rate)
    if "race" in given:
        given["race"] = tuple((entry, rate) if isinstance(entry, str) else entry for entry in given["race"])
    return Config(**given)


def _tuple(name: str, value: Any) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise Wrong(f"{name} is a list.", f"{name} 应为列表。")
    return tuple(tuple(entry) if isinstance(entry, list) else entry for entry in value)


def _number(config: Config, name: str, least: float, most: float, en: str, zh: str) -> None:
    value = getattr(config, name)
    whole = Config.__annotations__[name] is int
    fits = isinstance(value, int if whole else int | float) and not isinstance(value, bool)
    if not fits or not least <= value <= most:  # so nan does not pass, nor a huge whole number
        kind, sort = ("a whole number", "整数") if whole else ("a number", "数")
        raise Wrong(
            f"The {en} is {kind} from {least:,} to {most:,}, not {shown(value)}.",
            f"{zh}应为 {least:,} 到 {most:,} 之间的{sort}，而不是 {shown(value)}。",
        )
    if not whole:
        object.__setattr__(config, name, float(value) + 0.0)  # 1 and 1.0 are the same question, so are -0.0 and 0.0


def _one_of(value: Any, choices: Mapping[str, Any], en: str, zh: str) -> None:
    if not isinstance(value, str) or value not in choices:
        listed = ", ".join(choices)
        raise Wrong(
            f"The {en} is one of {listed}, not {shown(value)}.", f"{zh}只能是 {listed}，而不是 {shown(value)}。"
        )


def _check_data(config: Config) -> None:
    _one_of(config.data, KINDS, "data set", "数据集")
    _one_of(config.task, TASKS, "task", "任务")
    _number(config, "classes", 2, CLASSES, "number of classes", "类别数")
    least, most = config.kind.classes
    if most and not least <= config.classes <= most:
        raise Wrong(
            f"{config.kind.title.en} has {least} classes; circle, gauss and spiral can have up to {CLASSES}.",
            f"“{config.kind.title.zh}”只有 {least} 个类别；圆环、高斯团和螺旋最多 {CLASSES} 个。",
        )
    _number(config, "points", 20, limits.MLP_POINTS, "number of points", "点数")
    _number(config, "noise", 0, 0.5, "noise", "噪声")
    _number(config, "share", 0.1, 0.9, "share of training data", "训练数据比例")
    _check_own(config)
    if not isinstance(config.csv, str) or not isinstance(config.target, str):
        raise Wrong("A table is text, and so is the name of its target column.", "表格和目标列名都应为文本。")
    if len(config.csv) > limits.TABLE_CHARS:
        most = limits.TABLE_CHARS
        raise Wrong(f"This table is longer than {most:,} characters.", f"这个表格超过了 {most:,} 个字符。")


def _check_own(config: Config) -> None:
    points = config.own
    if not isinstance(points, tuple) or len(points) > limits.MLP_POINTS:
        most = limits.MLP_POINTS
        raise Wrong(f"Own points are a list of at most {most:,}.", f"自己的点应为列表，最多 {most:,} 个。")
    for point in points:
        if not isinstance(point, tuple) or len(point) != 3 or not all(map(_is_number, point)):
            raise Wrong(
                f"A point is three numbers: x1, x2, and its class or value; not {shown(point)}.",
                f"每个点是三个数：x1、x2 和类别（或数值），而不是 {shown(point)}。",
            )
        if max(abs(point[0]), abs(point[1])) > 2 * EXTENT or abs(point[2]) > 1e3:
            raise Wrong(
                f"x1 and x2 lie between -{2 * EXTENT:g} and {2 * EXTENT:g}, values between -1,000 and 1,000; "
                f"not {shown(point)}.",
                f"x1 和 x2 应在 -{2 * EXTENT:g} 到 {2 * EXTENT:g} 之间，数值在 -1000 到 1000 之间，"
                f"而不是 {shown(point)}。",
            )
        if config.data == "own" and config.task == "classes" and point[2] not in range(CLASSES):
            raise Wrong(
                f"The class of a point is a whole number from 0 to {CLASSES - 1}, not {point[2]:g}.",
                f"点的类别应为 0 到 {CLASSES - 1} 的整数，而不是 {point[2]:g}。",
            )
    if config.data == "own" and len(points) < 4:
        raise Wrong("Place at least four points.", "请至少放置四个点。")
    object.__setattr__(config, "own", tuple((float(a), float(b), float(c)) for a, b, c in points))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= 1e9


def _check_net(config: Config) -> None:
    features, hidden = config.features, config.hidden
    known = isinstance(features, tuple) and all(isinstance(f, str) and f in FEATURES for f in features)
    if not known or not features or len(set(features)) != len(features):
        listed = ", ".join(FEATURES)
        raise Wrong(
            f"Choose at least one input, each once: {listed}; not {shown(features)}.",
            f"请至少选择一个输入，不要重复：{listed}；而不是 {shown(features)}。",
        )
    whole = isinstance(hidden, tuple) and all(isinstance(n, int) and not isinstance(n, bool) for n in hidden)
    if not whole or len(hidden) > LAYERS or not all(1 <= n <= UNITS for n in hidden):
        raise Wrong(
            f"A net has 0 to {LAYERS} hidden layers of 1 to {UNITS} units, not {shown(hidden)}.",
            f"网络可有 0 到 {LAYERS} 个隐藏层，每层 1 到 {UNITS} 个单元，而不是 {shown(hidden)}。",
        )
    _one_of(config.activation, ACTIVATIONS, "activation", "激活函数")
    _number(config, "scale", 0, 10, "scale of the initial weights", "初始权重的尺度")


def _check_learning(config: Config) -> None:
    for name in ("dropout", "l1", "l2", "rate", "batch", "factor", "length"):
        _number(config, name, *BOUNDS[name])
    _one_of(config.optimizer, OPTIMIZERS, "optimizer", "优化器")
    _one_of(config.schedule, SCHEDULES, "schedule", "学习率计划")
    if not isinstance(config.race, tuple) or len(config.race) > RACERS:
        raise Wrong(f"Up to {RACERS} optimizers race.", f"最多 {RACERS} 个优化器赛跑。")
    for entry in config.race:
        if not isinstance(entry, tuple) or len(entry) != 2 or not _is_number(entry[1]) or not 0 < entry[1] <= 10:
            raise Wrong(
                f"A racer is an optimizer and a learning rate up to 10, not {shown(entry)}.",
                f"参赛者是一个优化器加一个不超过 10 的学习率，而不是 {shown(entry)}。",
            )
        _one_of(entry[0], OPTIMIZERS, "optimizer", "优化器")
    _number(config, "seed", 0, 2**31 - 1, "seed", "随机种子")
    _number(config, "stop_steps", 0, 10**9, "number of updates to stop after", "停止前的更新次数")
    for name in ("stop_train_loss", "stop_test_loss"):
        _number(config, name, 0, 1e6, "loss to stop at", "停止时的损失")
    _number(config, "stop_accuracy", 0, 1, "accuracy to stop at", "停止时的准确率")


BOUNDS: dict[str, tuple[float, float, str, str]] = {
    "dropout": (0, 0.9, "dropout", "丢弃率"),
    "l1": (0, 10, "L1 rate", "L1 系数"),
    "l2": (0, 10, "L2 rate", "L2 系数"),
    "rate": (0, 10, "learning rate", "学习率"),
    "batch": (1, 1000, "batch size", "批大小"),
    "factor": (0.01, 1, "factor of the schedule", "学习率衰减因子"),
    "length": (1, 10**7, "length of the schedule", "学习率计划的长度"),
}
