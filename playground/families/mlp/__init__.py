"""MLP: layers of weighted sums and bends, trained while one watches (Rumelhart, Hinton, Williams 1986)."""

from typing import TYPE_CHECKING

from playground.core.lazy import offer
from playground.core.spec import Family
from playground.core.words import Text

FAMILY = Family(
    key="mlp",
    title="MLP",
    line=Text("Layers that learn", "层层学习"),
    embedded=("mlp/digits", "mlp/wine"),
)

if TYPE_CHECKING:
    from playground.families.mlp.arithmetic import Walk, open_step
    from playground.families.mlp.change import alter, edit, learn
    from playground.families.mlp.config import Config, read
    from playground.families.mlp.export import from_safetensors, to_pytorch, to_safetensors
    from playground.families.mlp.sight import answers, confusion, grid, health, pictures, warp, weights
    from playground.families.mlp.state import State, begin, figures, steps
    from playground.families.mlp.trace import Request, Trace, trace

    __all__ = ["Config", "Request", "State", "Trace", "Walk", "alter", "answers", "begin", "confusion", "edit"]
    __all__ += ["figures", "from_safetensors", "grid", "health", "learn", "open_step", "pictures", "read", "steps"]
    __all__ += ["to_pytorch", "to_safetensors", "trace", "warp", "weights"]

offer(
    __name__,
    Config="config",
    read="config",
    State="state",
    begin="state",
    steps="state",
    figures="state",
    alter="change",
    edit="change",
    learn="change",
    answers="sight",
    confusion="sight",
    grid="sight",
    health="sight",
    pictures="sight",
    warp="sight",
    weights="sight",
    open_step="arithmetic",
    Walk="arithmetic",
    from_safetensors="export",
    to_pytorch="export",
    to_safetensors="export",
    Request="trace",
    Trace="trace",
    trace="trace",
)
