"""Tables a reader brings: pasted rows, or a file; which column is the sentence, which the label."""

import csv
import io
from collections.abc import Sequence
from typing import Any

from playground.core import limits
from playground.core.words import Wrong

SAMPLE = 6  # rows shown before the reader says what is what
NONE = -1


def cells(text: str) -> list[list[str]]:
    """Rows of cells, as many in each row; separated by tab, comma or semicolon, whichever makes a table of it."""
    if len(text) > limits.TABLE_CHARS:
        most = limits.TABLE_CHARS
        raise Wrong(f"This table is longer than {most:,} characters.", f"这个表格超过了 {most:,} 个字符。")
    text = text.removeprefix("\ufeff")
    found = [rows for mark in "\t,;" if (rows := _cut(text, mark)) and len(rows[0]) > 1]
    if not found:
        raise Wrong(
            "This is no table: each line needs a sentence and a label, separated by a comma, a semicolon or a tab.",
            "这不是表格：每行应有一个句子和一个标签，用逗号、分号或制表符分隔。",
        )
    rows = min(found, key=lambda rows: sum(len(row) != len(rows[0]) for row in rows) / len(rows))
    width = len(rows[0])
    for line, row in enumerate(rows, 1):
        if len(row) != width:
            raise Wrong(
                f"Row {line} has {len(row)} entries, the first one {width}. Put sentences with commas in quotes.",
                f"第 {line} 行有 {len(row)} 项，而第一行有 {width} 项。含逗号的句子请加引号。",
            )
    if width > limits.TABLE_COLUMNS:
        raise Wrong(
            f"The table has {width} columns; {limits.TABLE_COLUMNS} is the limit.", f"表格有 {width} 列，过多。"
        )
    return rows


def _cut(text: str, mark: str) -> list[list[str]]:
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=mark, skipinitialspace=True))
    except csv.Error:
        return []
    return [[cell.strip() for cell in row] for row in rows if any(cell.strip() for cell in row)]


def guess(rows: Sequence[Sequence[str]]) -> tuple[int, int]:
    """(sentence, label): the column with the longest entries, and of the others the one with fewest different ones."""
    columns = list(zip(*rows, strict=True))
    text = max(range(len(columns)), key=lambda i: sum(map(len, columns[i])))
    kinds = {i: len(set(column)) for i, column in enumerate(columns) if i != text}
    several = {i: n for i, n in kinds.items() if n > 1} or kinds
    return text, min(several, key=lambda i: several[i])


def headed(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names the columns: its entry in the label's column occurs nowhere below."""
    if len(rows) < 3:
        return False
    _, label = guess(rows[1:])
    return rows[0][label] not in {row[label] for row in rows[1:]}


def table(text: Any, header: Any = None, columns: Any = None) -> dict[str, Any]:
    """What is in it, and the rows [sentence, second sentence, label] by `columns` {text, pair, label} or by guess."""
    if not isinstance(text, str):
        raise Wrong("A table is text.", "表格应为文本。")
    rows = cells(text)
    first = headed(rows) if not isinstance(header, bool) else header
    names = rows[0] if first else [f"{i + 1}" for i in range(len(rows[0]))]
    body = rows[1:] if first else rows
    if not body:
        raise Wrong("The table has no rows below its header.", "表格只有表头，没有数据行。")
    place = dict(zip(("text", "label"), guess(body), strict=True)) | {"pair": NONE}
    if isinstance(columns, dict):
        place |= {key: columns[key] for key in place if _is_column(columns.get(key), len(names), key)}
    pick = [place["text"], place["pair"], place["label"]]
    found = [["" if at == NONE else row[at] for at in pick] for row in body]
    if len(found) > limits.TEACH_SENTENCES:
        most = limits.TEACH_SENTENCES
        raise Wrong(
            f"The table has {len(found):,} rows; up to {most:,} can be learned here.",
            f"表格有 {len(found):,} 行；这里最多学习 {most:,} 行。",
        )
    return {"names": names, "header": first, "columns": place, "rows": found, "sample": body[:SAMPLE]}


def _is_column(value: Any, count: int, key: str) -> bool:
    least = NONE if key == "pair" else 0
    return isinstance(value, int) and not isinstance(value, bool) and least <= value < count
