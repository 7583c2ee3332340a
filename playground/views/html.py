"""BertViz as it is, offline: its own scripts with d3 and jQuery written into one page for a sandboxed iframe.

BertViz 1.4.1 (Vig 2019) fetches three scripts from other hosts, writes its JSON twice and does not escape "</". Here
nothing is fetched, the JSON is written once, and a token cannot leave its string. It draws one line per weight, so it
is offered for short inputs only (limits.BERTVIZ_WEIGHTS).
"""

import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from playground.core import limits
from playground.core.parts import Attention
from playground.core.words import Wrong

View = Literal["head", "model"]
VENDOR = Path(__file__).with_name("vendor")
ROOT = "bertviz"
MARK = "const params = PYTHON_PARAMS;"
LOADER = "var require={config(){}};function requirejs(_,run){run(jQuery,d3)}"  # in place of require.js
# Tells the page around the frame how tall the picture is; the sandbox hides everything else.
HEIGHT = (
    "new ResizeObserver(()=>parent.postMessage({bertviz:document.documentElement.scrollHeight},'*'))"
    ".observe(document.body)"
)
PAGE = """<!doctype html><meta charset="utf-8"><style>body{{margin:12px;background:#fff;overflow-x:auto}}</style>
<div id="{root}" style="font-family:Helvetica,Arial,sans-serif"><span style="user-select:none">{controls}</span>
<div id="vis"></div></div>
<script>{libraries}</script><script>{loader}</script><script>{script}</script><script>{height}</script>"""


def bertviz(attention: Attention, view: View, layer: int = 0, second: int | None = None) -> str:
    """A whole HTML document. `second` is the position where the second text begins. Raises Wrong if it is too much."""
    check_size(attention)
    parts = between(attention, second)
    options = "".join(f'<option value="{i}">{part["name"]}</option>' for i, part in enumerate(parts))
    select = f'Attention: <select id="filter">{options}</select>' if second is not None else ""
    params = {
        "attention": parts,
        "default_filter": "0",
        "root_div_id": ROOT,
        "include_layers": list(range(attention.weights.shape[0])),
        **({"layer": layer, "heads": None} if view == "head" else _of_model_view(attention)),
    }
    return PAGE.format(
        root=ROOT,
        controls=f'Layer: <select id="layer"></select> {select}' if view == "head" else select,
        libraries=libraries(),
        loader=LOADER,
        script=script(view).replace(MARK, f"const params = {safe_json(params)};", 1),
        height=HEIGHT,
    )


def _of_model_view(attention: Attention) -> dict[str, Any]:
    heads = attention.weights.shape[1]
    return {"display_mode": "light", "include_heads": list(range(heads)), "total_heads": heads}


def check_size(attention: Attention) -> None:
    layers, heads, count, _ = attention.weights.shape
    most = int((limits.BERTVIZ_WEIGHTS / (layers * heads)) ** 0.5)
    if count > most:
        raise Wrong(
            f"BertViz draws one line per weight, too many for a browser here: with this model it is offered up to "
            f"{most} tokens, and this text has {count}. The Attention tab has no such limit.",
            f"BertViz 为每个权重画一条线，这里太多，浏览器承受不了：对这个模型最多 {most} 个词元，"
            f"而这段文字有 {count} 个。“注意力”页没有这个限制。",
        )


def between(attention: Attention, second: int | None) -> list[dict[str, Any]]:
    """BertViz's own parts: all tokens, and with two texts the four directions between them."""
    everything = slice(None)
    if second is None:
        return [_part(attention, None, everything, everything)]
    a, b = slice(0, second), slice(second, None)
    return [
        _part(attention, "All", everything, everything),
        _part(attention, "Sentence A -> Sentence A", a, a),
        _part(attention, "Sentence B -> Sentence B", b, b),
        _part(attention, "Sentence A -> Sentence B", a, b),
        _part(attention, "Sentence B -> Sentence A", b, a),
    ]


def _part(attention: Attention, name: str | None, rows: slice, columns: slice) -> dict[str, Any]:
    return {
        "name": name,
        "attn": attention.weights[:, :, rows, columns].tolist(),
        "left_text": attention.queries[rows],
        "right_text": attention.keys[columns],
    }


def safe_json(value: Any) -> str:
    """JSON that can stand inside a script element: no "<" in it."""
    return json.dumps(value, allow_nan=False).replace("<", "\\u003c")


@cache
def libraries() -> str:
    files = [VENDOR / "jquery-2.1.4.min.js", VENDOR / "d3-5.7.0.min.js"]
    return "\n".join(file.read_text("utf-8").replace("</script", "<\\/script") for file in files)


@cache
def script(view: View) -> str:
    """BertViz's script of one view, read from the installed package without importing it."""
    spec = find_spec("bertviz")
    if spec is None or not spec.submodule_search_locations:
        raise Wrong("BertViz is not installed on this machine.", "这台机器没有安装 BertViz。")
    text = (Path(spec.submodule_search_locations[0]) / f"{view}_view.js").read_text("utf-8")
    if text.count(MARK) != 1:
        raise RuntimeError("this version of BertViz is not the one this page was written for (1.4.1)")
    return text
