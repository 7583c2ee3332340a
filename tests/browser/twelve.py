"""The app with twelve families whose rooms are empty: does the frame hold them? Run by test_shell.py."""

from types import SimpleNamespace

from playground.core.spec import Family
from playground.core.words import Text
from playground.ui.shell import build_app, launch
from playground.ui.widget import Widget

HOUSE = {
    Text("Foundations", "基础"): ("MLP", "CNN", "RNN"),
    Text("Words", "词"): ("Word2Vec", "ELMo", "Seq2Seq"),
    Text("Attention", "注意力"): ("Transformer", "BERT", "GPT", "ViT"),
    Text("Generators", "生成"): ("GAN", "VAE"),
}
LINE = Text("Everyone looks at everyone", "每个词看每个词")
GROUPS = tuple((group, tuple(Family(name.lower(), name, LINE) for name in names)) for group, names in HOUSE.items())


def empty_room(family: Family) -> SimpleNamespace:
    return SimpleNamespace(build=lambda: Widget("start", {"groups": []}), VERBS={}, API=())


if __name__ == "__main__":
    launch(build_app(GROUPS, empty_room), GROUPS, empty_room)
