"""What a reader keeps of a prompt, and brings: the builder as a file, and tables of examples."""

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from playground.core import limits
from playground.core.words import Wrong
from playground.families.gpt.shots import Example, Prompt, layout

VERSION = 1
FORMAT = "few-shot prompt"
COUNTS = ("zero", "one", "all")  # how many of the ticked rows are used
LISTS = ("examples", "own", "free")  # where the allowed answers come from
TEXTS = ("description", "query", "below", "model")


def builder(given: Any) -> dict[str, Any]:
    """The builder's state with everything in it checked; rows are [given, answer, ticked]. Raises Wrong."""
    if not isinstance(given, Mapping):
        raise _foreign()
    plain = asdict(Prompt())
    out = {name: given.get(name, plain[name]) for name in TEXTS}
    out["layout"] = asdict(layout(given.get("layout", {})))
    out["rows"] = _rows(given.get("rows", []))
    out["labels"] = list(given["labels"]) if isinstance(given.get("labels"), list | tuple) else []
    out["described"] = given.get("described", True) is not False
    out["count"] = given["count"] if given.get("count") in COUNTS else "all"
    out["list"] = given["list"] if given.get("list") in LISTS else "examples"
    texts = [*(out[name] for name in TEXTS), *out["labels"]]
    if not all(isinstance(text, str) and len(text) <= limits.TEXT_CHARS for text in texts):
        raise _foreign()
    Prompt(**{name: out[name] for name in (*TEXTS, "labels")})
    return out


def _rows(given: Any) -> list[tuple[str, str, bool]]:
    if not isinstance(given, list):
        raise _foreign()
    if len(given) > (most := limits.SHOTS):
        raise Wrong(
            f"These are {len(given):,} examples; a table holds {most}. Nothing was changed.",
            f"这里有 {len(given):,} 个例子，表格最多 {most} 个。原有内容未改动。",
        )
    out = []
    for row in given:
        if not isinstance(row, list) or len(row) not in (2, 3) or not all(isinstance(text, str) for text in row[:2]):
            raise _foreign()
        out.append((row[0], row[1], row[2:] != [False]))
    return out


def _foreign() -> Wrong:
    return Wrong(
        "This file holds no prompt saved here. Nothing was changed.", "这个文件不是在这里保存的提示。原有内容未改动。"
    )


def saved(given: Any) -> str:
    """The builder as a JSON file."""
    return json.dumps({"format": FORMAT, "version": VERSION, **builder(given)}, ensure_ascii=False, indent=1) + "\n"


def opened(text: Any) -> dict[str, Any]:
    """The builder from such a file. Raises Wrong for any other."""
    if not isinstance(text, str) or len(text) > limits.TABLE_CHARS:
        raise _foreign()
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        raise _foreign() from None
    if not isinstance(given, dict) or given.get("format") != FORMAT:
        raise _foreign()
    if given.get("version") != VERSION:
        raise Wrong(
            "This prompt was saved by a newer version of the playground. Nothing was changed.",
            "这个提示是由更新的版本保存的。原有内容未改动。",
        )
    return builder(given)


# ---- tables of examples

HEADS = ("input", "text", "question", "given", "output", "answer", "label", "prompt", "completion", "输入", "答案")


def table(text: Any, rows_at_most: int = limits.SHOTS) -> dict[str, Any]:
    """Examples of pasted cells or a CSV file: {rows: [(given, answer)], header}. Raises Wrong, naming the line.

    Cells are parted by tab, comma or semicolon: the input, then its answer.
    A first line that names its columns is no example.
    """
    if not isinstance(text, str):
        raise Wrong("A table is text.", "表格应为文本。")
    if len(text) > (most := limits.TABLE_CHARS):
        raise Wrong(f"This table is longer than {most:,} characters.", f"这个表格超过了 {most:,} 个字符。")
    lines = _cells(text.removeprefix("\ufeff"))
    _check_lines(lines)
    header = all(cell.lower() in HEADS for cell in lines[0][1])
    rows = [Example(*cells) for _, cells in lines[header:]]
    if not rows:
        raise Wrong("The table has no rows below its header.", "表格只有表头，没有数据行。")
    if len(rows) > (most := rows_at_most):
        raise Wrong(
            f"The table has {len(rows):,} rows; a prompt may have {most} examples. Nothing was taken.",
            f"表格有 {len(rows):,} 行，一个提示最多 {most} 个例子。没有读入任何内容。",
        )
    return {"rows": rows, "header": lines[0][1] if header else None}


def _cells(text: str) -> list[tuple[int, list[str]]]:
    """(number of the line it ends on, cells) for each row, cut at the mark that makes most rows two cells."""
    cuts = [_cut(text, mark) for mark in "\t,;"]
    return max(cuts, key=lambda rows: sum(len(cells) == 2 for _, cells in rows))


def _cut(text: str, mark: str) -> list[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, skipinitialspace=mark != "\t")
    try:
        return [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader if any(map(str.strip, cells))]
    except csv.Error:  # a field beyond the module's limit, or a stray NUL
        return []


def _check_lines(lines: list[tuple[int, list[str]]]) -> None:
    if not any(len(cells) > 1 for _, cells in lines):
        raise Wrong(
            "This is no table: each line needs an input and its answer, separated by a tab, a comma or a semicolon.",
            "这不是表格：每行应有一个输入和它的答案，用制表符、逗号或分号分隔。",
        )
    for line, cells in lines:
        if len(cells) != 2:
            raise Wrong(
                f"Line {line} does not have two cells, but {len(cells)}. Put texts with commas in quotes.",
                f"第 {line} 行有 {len(cells)} 格，应为两格。含逗号的文字请加引号。",
            )
        if not cells[1]:
            raise Wrong(f"Line {line} has no answer.", f"第 {line} 行没有答案。")
