"""Trainings worth watching: the classics, and failures made on purpose."""

from typing import Any, NamedTuple

from playground.core.words import Text


class Preset(NamedTuple):
    title: Text
    see: Text  # what to look at
    config: dict[str, Any]  # what differs from the defaults
    speed: int = 100  # updates for a picture


PRESETS = {
    "circle": Preset(
        Text("Circle", "圆环"),
        Text(
            "Four units each cut the plane in two; together they close a ring around the disc.",
            "四个单元各自把平面切成两半；合起来就围成一个圈。",
        ),
        {"data": "circle"},
    ),
    "small": Preset(
        Text("XOR, too small a net", "异或，网络太小"),
        Text(
            "With a single hidden unit there is only one straight cut: about a third of the points stay wrong. "
            "Add a unit with + and start again.",
            "只有一个隐藏单元就只有一刀直线：大约三分之一的点始终是错的。用 + 增加单元再试。",
        ),
        {"data": "xor", "hidden": (1,), "rate": 0.1, "seed": 3},
    ),
    "spiral": Preset(
        Text("Spiral", "螺旋"),
        Text(
            "Two layers of eight need some thousand updates to find the arms. "
            "Watch the second layer: it draws bands, not cuts.",
            "两层、每层八个单元：要几千次更新才能找到螺旋臂。看第二层：它画的是条带，而不是直线。",
        ),
        {"data": "spiral", "hidden": (8, 8), "optimizer": "adam", "rate": 0.01},
    ),
    "classes": Preset(
        Text("Five arms", "五条旋臂"),
        Text(
            "Five classes need five outputs, one share for each; the borders are where two shares are alike.",
            "五个类别需要五个输出，各占一份概率；边界就是两份概率相等的地方。",
        ),
        {"data": "spiral", "classes": 5, "points": 800, "hidden": (12, 8), "optimizer": "adam", "rate": 0.01},
    ),
    "dead": Preset(
        Text("Dead ReLUs", "死亡的 ReLU"),
        Text(
            "The rate is so high that the first updates push all units of the second layer below zero everywhere. "
            "Their gradient is zero from then on: blank maps that never come back. Begin again with leaky ReLU or 0.1.",
            "学习率太高，最初几次更新就把第二层的所有单元推到对每个点都低于零。此后它们的梯度恒为零：空白的图再也回不来。"
            "换成带泄漏的 ReLU 或学习率 0.1 重新开始。",
        ),
        {"data": "circle", "activation": "relu", "hidden": (8, 6), "rate": 3.0, "seed": 1},
        speed=10,
    ),
    "explode": Preset(
        Text("Exploding", "发散"),
        Text(
            "A single weighted sum, and a rate a hair above what it bears: every update overshoots a little more than "
            "the one before, the map flips from side to side, and it ends with a sentence. With 0.05 all is well.",
            "只有一个加权和，学习率却略高于它能承受的：每次更新都比上一次冲过头一点，图来回翻转，最后以一句提示告终。"
            "换成 0.05 就一切正常。",
        ),
        {"data": "plane", "activation": "linear", "rate": 0.08, "hidden": (), "noise": 0.1, "batch": 100},
        speed=10,
    ),
    "overfit": Preset(
        Text("Overfitting", "过拟合"),
        Text(
            "Few noisy points, a large net: the training loss falls while the test loss rises. "
            "Islands grow around single points. L2 or dropout help.",
            "点少、噪声大、网络大：训练损失下降，测试损失却上升，单个点周围长出孤岛。L2 或随机丢弃会有帮助。",
        ),
        {"data": "gauss", "noise": 0.5, "points": 100, "hidden": (16, 16), "optimizer": "adam", "rate": 0.03},
    ),
    "vanish": Preset(
        Text("Vanishing gradient", "梯度消失"),
        Text(
            "Six sigmoid layers: each passes on at most a quarter of the error, so the first layers hardly move. "
            "Open Gradients, then try ReLU.",
            "六层 sigmoid：每层最多传回误差的四分之一，最前面的层几乎不动。打开“梯度”看看，再换成 ReLU。",
        ),
        {"data": "circle", "activation": "sigmoid", "hidden": (6, 6, 6, 6, 6, 6), "rate": 0.3},
    ),
    "features": Preset(
        Text("Right inputs, no layers", "选对输入，无需隐藏层"),
        Text(
            "Given x₁² and x₂², a single weighted sum is enough for the circle: "
            "the hidden layers had to find this by themselves.",
            "给出 x₁² 和 x₂²，一个加权和就能解决圆环：隐藏层原本要自己找到它们。",
        ),
        {"data": "circle", "features": ("x1sq", "x2sq"), "hidden": ()},
    ),
    "values": Preset(
        Text("Hills and valleys", "山丘与山谷"),
        Text(
            "Regression: the map should meet six bumps, three up and three down.",
            "回归：这张图要贴合六个鼓包，三个向上，三个向下。",
        ),
        {"data": "multi-gauss", "hidden": (10, 8), "optimizer": "adam", "rate": 0.01, "points": 1000},
    ),
    "iris": Preset(
        Text("Iris flowers", "鸢尾花"),
        Text(
            "Four measures of 150 flowers (Fisher 1936): one species stands apart, the other two overlap a little.",
            "150 朵花的四个尺寸（Fisher 1936）：一个品种明显分开，另外两个略有重叠。",
        ),
        {"data": "iris", "hidden": (5,), "rate": 0.1},
    ),
    "digits": Preset(
        Text("Digits", "手写数字"),
        Text(
            "196 pixels, 16 units, ten answers: the first layer's weights become rough strokes and blots.",
            "196 个像素、16 个单元、10 个答案：第一层的权重变成粗略的笔画和斑块。",
        ),
        {"data": "digits", "hidden": (16,), "activation": "relu", "optimizer": "adam", "rate": 0.003, "batch": 32},
    ),
}

EMBEDDED = {  # nets that are trained already
    "mlp/digits": Preset(
        Text("Digit reader, trained", "训练好的数字识别器"),
        Text(
            "32 and 16 units, trained on 9,000 digits: it reads 96 % of those it has never seen. "
            "Click digits that it misreads.",
            "32 和 16 个单元，用 9000 个数字训练：没见过的数字能认对 96 %。点一点它认错的数字。",
        ),
        {},
    ),
    "mlp/wine": Preset(
        Text("Wine taster, trained", "训练好的品酒师"),
        Text(
            "13 measures of a wine, three growers. Click an example: which measures decide?",
            "一款酒的 13 项指标，三个种植者。点一个样本：哪些指标起决定作用？",
        ),
        {},
    ),
}
