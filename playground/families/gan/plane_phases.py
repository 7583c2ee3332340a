"""Slow motion: one iteration taken apart into captioned steps, with the points and numbers of each."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from playground.core.words import Text, Wrong
from playground.families.gan.plane_look import scale, surface_of
from playground.families.gan.plane_loss import shown_score
from playground.families.gan.plane_nets import Array
from playground.families.gan.plane_play import Fooling, Judging, fool, judge, settle
from playground.families.gan.plane_state import PlaneState


@dataclass(frozen=True, eq=False)
class Phase:
    """One step of one update. `points`: name -> [n 2], `values`: name -> [n], all float32; `numbers` as captioned."""

    key: str  # noise, fakes, reals, scores, loss, gradient or update
    side: str  # "d" or "g"
    turn: int  # which update of that side, from 1
    turns: int
    caption: Text
    points: dict[str, Array] = field(default_factory=dict)
    values: dict[str, Array] = field(default_factory=dict)
    numbers: dict[str, float] = field(default_factory=dict)
    surface: Array | None = None  # D over the shown square after this step, where it has changed
    scale: tuple[float, float, float] | None = None  # its colours


def plane_phases(state: PlaneState) -> list[Phase]:
    """The iteration that the state would make next; the state stays as it is. Raises Wrong if it diverges."""
    twin, config = state.copy(), state.config
    with np.errstate(all="ignore"):
        made = [phase for turn in range(config.d.steps) for phase in _judging(twin, turn + 1)]
        return made + [phase for turn in range(config.g.steps) for phase in _fooling(twin, turn + 1)]


def _judging(twin: PlaneState, turn: int) -> Iterator[Phase]:
    did, config = judge(twin), twin.config
    steps = twin.config.d.steps
    real, fake = np.split(shown_score(config.loss, did.scores[:, 0]), 2)
    points = {"reals": did.reals, "fakes": did.fakes}
    means = {"real": float(real.mean()), "fake": float(fake.mean())}
    yield Phase("noise", "d", turn, steps, _drawn(twin, did), {"noise": did.noise})
    yield Phase("fakes", "d", turn, steps, GENERATED, {"fakes": did.fakes})
    yield Phase("reals", "d", turn, steps, _picked(did), points)
    yield Phase("scores", "d", turn, steps, _scored(config.loss, means), points, {"real": real, "fake": fake}, means)
    losses = {"loss": did.loss, "penalty": did.penalty}
    yield Phase("loss", "d", turn, steps, _judged(config.loss, losses), points, {}, losses)
    pull = {"real": -did.pull[: len(real), 0] * len(real), "fake": -did.pull[len(real) :, 0] * len(fake)}
    length = _lengths(twin, "d")
    yield Phase("gradient", "d", turn, steps, _pulled(length["all"]), points, pull, length)
    moved = _update(twin, "d", did.loss + did.penalty)
    yield Phase(
        "update", "d", turn, steps, _learned("d", moved), points, {}, {"moved": moved}, surface_of(twin), scale(twin)
    )


def _fooling(twin: PlaneState, turn: int) -> Iterator[Phase]:
    did, config = fool(twin), twin.config
    steps = config.g.steps
    fake = shown_score(config.loss, did.scores[:, 0])
    points = {"fakes": did.fakes}
    mean = {"fake": float(fake.mean())}
    yield Phase("noise", "g", turn, steps, _drawn(twin, did), {"noise": did.noise})
    yield Phase("fakes", "g", turn, steps, GENERATED, points)
    yield Phase("scores", "g", turn, steps, _scored(config.loss, mean), points, {"fake": fake}, mean)
    yield Phase("loss", "g", turn, steps, _fooled(config.loss, did.loss), points, {}, {"loss": did.loss})
    arrows = {"arrows": -did.slopes * np.float32(len(fake))}
    length = _lengths(twin, "g") | {"arrow": float(np.hypot(*arrows["arrows"].T).mean())}
    yield Phase("gradient", "g", turn, steps, _pushed(length), points | arrows, {}, length)
    moved = _update(twin, "g", did.loss)
    after = {"before": did.fakes, "fakes": twin.g.net(did.noise)}
    yield Phase("update", "g", turn, steps, _learned("g", moved), after, {}, {"moved": moved})


def _update(twin: PlaneState, key: str, loss: float) -> float:
    """Let a side learn; how far its weights moved, as the length of one vector."""
    net = twin.side(key)[0].net
    before = net.flat.copy()
    settle(twin, key, loss)
    return float(np.linalg.norm(net.flat - before))


def _lengths(twin: PlaneState, key: str) -> dict[str, float]:
    """Length of the gradient by all weights of a side, and by those of each layer."""
    player = twin.side(key)[0]
    of = [float(np.sqrt((weight**2).sum() + (bias**2).sum())) for weight, bias in player.grad]
    found = {"all": float(np.linalg.norm(player.flat_grad))} | {f"layer {at + 1}": x for at, x in enumerate(of)}
    if not np.isfinite(list(found.values())).all():
        raise Wrong("The gradient is no longer finite; this step cannot be shown.", "梯度已不再有限，无法展示这一步。")
    return found


GENERATED = Text("G turns each row of noise into a point in the plane.", "G 把每一行噪声变成平面上的一个点。")


def _drawn(twin: PlaneState, did: Judging | Fooling) -> Text:
    count, size = did.noise.shape
    en, zh = ("uniform", "均匀分布") if twin.config.noise == "uniform" else ("Gaussian", "高斯分布")
    numbers = "number" if size == 1 else "numbers"
    return Text(
        f"Draw noise: {count} times {size} {en} {numbers}.", f"抽取噪声：{count} 行，每行 {size} 个{zh}的随机数。"
    )


def _picked(did: Judging) -> Text:
    count = len(did.reals)
    return Text(f"Draw {count} real points from the data.", f"从数据中抽取 {count} 个真实点。")


def _scored(loss: str, means: dict[str, float]) -> Text:
    sure = loss in ("minimax", "nonsaturating")
    what, was = ("how likely it is to be real", "为真的概率") if sure else ("a score", "分数")
    kinds = {"real": ("real points", "真实点"), "fake": ("fakes", "生成点")}
    en = ", ".join(f"{kinds[kind][0]} get {mean:.3g} on average" for kind, mean in means.items())
    zh = "，".join(f"{kinds[kind][1]}平均 {mean:.3g}" for kind, mean in means.items())
    return Text(f"D says of every point {what}: {en}.", f"D 给出每个点{was}：{zh}。")


JUDGED = {
    "leastsquares": Text(
        "how far its scores are from 1 for real and 0 for fake, squared and halved",
        "真实点与 1、生成点与 0 的差的平方的一半",
    ),
    "wasserstein": Text("mean score of the fakes minus that of the real points", "生成点的平均分减去真实点的平均分"),
}
SURPRISE = Text(
    "how surprised it is by the truth, −log D for real points and −log(1 − D) for fakes",
    "真相令它多意外：真实点为 −log D，生成点为 −log(1 − D)",
)
FOOLED = {
    "minimax": Text("mean log(1 − D) of its points", "生成点的 log(1 − D) 的平均"),
    "nonsaturating": Text("mean −log D of its points", "生成点的 −log D 的平均"),
    "leastsquares": Text(
        "how far its points' scores are from 1, squared and halved", "生成点的分数与 1 之差的平方的一半"
    ),
    "wasserstein": Text("minus the mean score of its points", "生成点平均分的相反数"),
}


def _judged(loss: str, losses: dict[str, float]) -> Text:
    what, more = JUDGED.get(loss, SURPRISE), losses["penalty"]
    en, zh = (f", plus the penalty {more:.3g}", f"，再加惩罚项 {more:.3g}") if more else ("", "")
    return Text(f"D's loss: {what.en}: {losses['loss']:.3g}{en}.", f"D 的损失：{what.zh}：{losses['loss']:.3g}{zh}。")


def _fooled(loss: str, value: float) -> Text:
    return Text(f"G's loss: {FOOLED[loss].en}: {value:.3g}.", f"G 的损失：{FOOLED[loss].zh}：{value:.3g}。")


def _pulled(length: float) -> Text:
    return Text(
        f"Its gradient: which scores should rise and which fall. Carried back to D's weights, "
        f"its length is {length:.3g}.",
        f"它的梯度：哪些分数该升、哪些该降。传回 D 的权重后，长度为 {length:.3g}。",
    )


def _pushed(length: dict[str, float]) -> Text:
    return Text(
        f"Through D the gradient reaches each fake: the arrow where D scores higher, {length['arrow']:.3g} long on "
        f"average. Carried back to G's weights, its length is {length['all']:.3g}.",
        f"梯度穿过 D 到达每个生成点：箭头指向 D 评分更高处，平均长 {length['arrow']:.3g}。"
        f"传回 G 的权重后，长度为 {length['all']:.3g}。",
    )


def _learned(key: str, moved: float) -> Text:
    if key == "d":
        return Text(
            f"D's weights move against it, by {moved:.3g} in all; its opinion of the plane has changed.",
            f"D 的权重逆着梯度移动，总共 {moved:.3g}；它对平面的看法变了。",
        )
    return Text(
        f"G's weights move against it, by {moved:.3g} in all; the same noise now gives other points.",
        f"G 的权重逆着梯度移动，总共 {moved:.3g}；同样的噪声现在给出别的点。",
    )
