"""Three ways in which a GAN fails, shown on purpose, and a cure for each; the tests hold both to their word."""

from dataclasses import dataclass, replace

from playground.core.words import Text
from playground.families.gan.plane import PlaneConfig, Side


@dataclass(frozen=True)
class Preset:
    """A way to fail and a cure."""

    key: str
    title: Text
    sentence: Text  # what goes wrong, and why
    config: PlaneConfig
    cure: Text  # its name, for a button
    cure_sentence: Text  # why it helps
    cured: PlaneConfig
    look: int  # iterations after which the failure, or the cure, is plain to see


def _collapse() -> Preset:
    config = PlaneConfig(data="eight", d=Side(steps=1), g=Side(steps=8, rate=0.004))
    return Preset(
        "collapse",
        Text("Mode collapse", "模式崩塌"),
        Text(
            "G learns eight times for each time that D does, and at twice its rate. It sends all its points to the one "
            "place that D likes most at the moment; D then marks that place as fake, and the whole crowd moves on.",
            "D 每学一次，G 就学八次，学习率还是 D 的两倍。G 把所有点都送到 D 此刻最喜欢的那一处；"
            "D 随后把那里判为假，整群点便一起换地方。",
        ),
        config,
        Text("Let D learn twice, G once, at one rate", "D 学两次，G 学一次，学习率相同"),
        Text(
            "A discriminator that keeps up sees at once where the crowd is, so that crowding no longer pays: "
            "G has to spread over all eight heaps.",
            "判别器跟得上时，会立刻发现点挤在哪里，扎堆便不再有利：G 只好铺满全部八堆。",
        ),
        replace(config, d=Side(steps=2), g=Side()),
        1_500,
    )


def _vanishing() -> Preset:
    slow = Side(optimiser="sgd", rate=0.005)
    config = PlaneConfig(data="corner", noise="uniform", d=Side(steps=5, rate=0.01), g=slow, loss="minimax")
    return Preset(
        "vanishing",
        Text("Vanishing gradient", "梯度消失"),
        Text(
            "The data lies far from where the fakes begin, and D learns fast: soon it gives every fake a D near 0. "
            "There log(1 − D) is flat, so that nothing tells G which way to go: it stands still.",
            "数据离生成点的起点很远，D 又学得快：它很快给每个生成点接近 0 的 D 值。log(1 − D) 在那里是平的，"
            "没有什么告诉 G 该往哪走：它停住不动了。",
        ),
        config,
        Text("Use the non-saturating loss", "改用非饱和损失"),
        Text(
            "−log D is steepest exactly where D is sure of a fake: the same D now sends a strong gradient.",
            "−log D 恰好在 D 确信为假的地方最陡：同一个 D 现在会传来很强的梯度。",
        ),
        replace(config, loss="nonsaturating"),
        600,
    )


def _oscillation() -> Preset:
    push = Side(layers=1, optimiser="momentum", rate=0.02, beta1=0.9)
    calm = replace(push, optimiser="adam", rate=0.005, beta1=0.0)
    config = PlaneConfig(data="two", d=push, g=push)
    return Preset(
        "oscillation",
        Text("Oscillation", "振荡"),
        Text(
            "Both sides learn with momentum. In a game each chases the other, and momentum carries each one past the "
            "point where it should turn: the fakes swing between the two heaps and never settle.",
            "双方都用动量学习。博弈中彼此追赶，动量让每一方都冲过该转弯的地方：生成点在两堆之间来回摆动，始终停不下来。",
        ),
        config,
        Text("Adam without momentum", "换成不带动量的 Adam"),
        Text(
            "With β1 = 0 each side turns as soon as its gradient does, so that the swings die away; Adam only evens "
            "out the size of the steps.",
            "β1 = 0 时，每一方都随梯度立刻转向，摆动便逐渐平息；Adam 只负责让每步大小均匀。",
        ),
        replace(config, d=calm, g=calm),
        1_500,
    )


PRESETS: dict[str, Preset] = {preset.key: preset for preset in (_collapse(), _vanishing(), _oscillation())}
