"""The table of contents: every room of the house, grouped, in the order they are walked."""

from playground.core.spec import Family
from playground.core.words import Text
from playground.families import bert, cnn, gan, gpt, mlp

GROUPS: tuple[tuple[Text, tuple[Family, ...]], ...] = (
    (Text("Foundations", "基础"), (mlp.FAMILY, cnn.FAMILY)),
    (Text("Attention", "注意力"), (bert.FAMILY, gpt.FAMILY)),
    (Text("Generators", "生成"), (gan.FAMILY,)),
)
FAMILIES: tuple[Family, ...] = tuple(family for _, families in GROUPS for family in families)
