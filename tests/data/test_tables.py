"""Tables: the classics as scikit-learn has them, digits apart from those held out, a reader's own with good words."""

import numpy as np
import pytest
from sklearn import datasets

from playground.core import limits
from playground.core.words import Wrong
from playground.data import images, tables


@pytest.mark.parametrize("name", ["iris", "wine"])
def test_the_classics_are_scikit_learns(name: str) -> None:
    table, wanted = getattr(tables, name)(), getattr(datasets, f"load_{name}")()
    assert np.array_equal(table.x, wanted.data) and np.array_equal(table.y, wanted.target)
    assert list(table.columns) == list(wanted.feature_names) and len(table.classes) == 3


def test_digits_ship_with_both_parts() -> None:
    table = tables.digits()
    assert table.x.shape == (2500, 196) and table.train == 2000
    assert table.x.min() == 0 and table.x.max() == 1
    assert np.bincount(table.y[:2000].astype(int)).min() > 150
    held = images.heldout("digits")
    assert np.array_equal(table.y[2000:], held.labels)
    np.testing.assert_allclose(table.x[2000:], tables.shrink(held.images).reshape(500, -1) / 255)


def test_no_digit_is_in_both_parts() -> None:
    x = tables.digits().x
    rows = {row.tobytes() for row in np.rint(x[:2000] * 15).astype(np.uint8)}
    assert not sum(row.tobytes() in rows for row in np.rint(x[2000:] * 15).astype(np.uint8))


def test_shrinking_takes_means_of_four() -> None:
    picture = np.zeros((1, 28, 28), np.uint8)
    picture[0, 2:4, 4:6] = [[255, 255], [0, 10]]
    small = tables.shrink(picture)
    assert small.shape == (1, 14, 14) and small[0, 1, 2] == 130 and small.sum() == 130


def rows(count: int = 24, line: str = "{i},{i}.5,{c}") -> str:
    return "a,b,kind\n" + "\n".join(line.format(i=i, c="yes" if i % 3 else "no") for i in range(count))


@pytest.mark.parametrize(
    "text", [rows(), rows().replace(",", ";"), rows().replace(",", "\t"), "\ufeff" + rows() + "\n\n"]
)
def test_a_table_of_ones_own(text: str) -> None:
    table = tables.read(text)
    assert table.columns == ("a", "b") and table.target == "kind" and table.classes == ("no", "yes")
    assert table.x[3].tolist() == [3, 3.5] and table.y[:4].tolist() == [0, 1, 1, 0]


def test_another_column_can_be_the_goal() -> None:
    text = "y,a\n" + "\n".join(f"{i * 0.5},{i}" for i in range(30))
    table = tables.read(text, "y", "values")
    assert table.columns == ("a",) and table.classes == () and table.y[2] == 1.0


def test_classes_that_are_numbers_come_in_their_order() -> None:
    table = tables.read("a,k\n" + "\n".join(f"{i},{i % 3 + 9}" for i in range(30)))
    assert table.classes == ("9", "10", "11")


@pytest.mark.parametrize(
    ("text", "target", "task", "said"),
    [
        ("", "", "classes", "empty"),
        (" \n\n", "", "classes", "empty"),
        (rows(5), "", "classes", "needs 20"),
        (rows().replace("5,5.5", "5,x"), "", "classes", "Line 7, column 'b': 'x'"),
        (rows().replace("5,5.5", "5,nan"), "", "classes", "not a number"),
        (rows().replace("5,5.5", "5,1e400"), "", "classes", "not a number"),
        (rows().replace("5,5.5", "5"), "", "classes", "Line 7 has 2 entries, the header 3"),
        (rows().replace("5,5.5,yes", "5"), "", "classes", "Line 7 has 1 entry, the header 3"),
        (rows(), "c", "classes", "no column 'c'"),
        (rows(), "b", "classes", "Line 2, column 'kind': 'no'"),
        (rows(), "kind", "values", "is not a number"),
        (
            "1,2,3\n" + rows().partition("\n")[2].replace("yes", "1").replace("no", "0"),
            "",
            "classes",
            "names its columns",
        ),
        (rows().replace("a,b,", "a,a,"), "", "classes", "same name"),
        ("a\n" + "1\n" * 30, "", "classes", "header has 1 column;"),
        (",".join(f"c{i}" for i in range(500)), "", "classes", "header has 500 columns"),
        ("a,k\n" + "\n".join(f"{i},{i}" for i in range(30)), "", "classes", "30 different entries"),
        ("a,k\n" + "\n".join(f"{i},1" for i in range(30)), "", "classes", "1 different entry;"),
        ("a,k\n" + '"' * 7 + "\0" * 40, "", "classes", "1 row;"),
        ("x" * (limits.TABLE_CHARS + 1), "", "classes", "longer than"),
        ("a,k\n" + "\n".join(f"{i},1" for i in range(limits.MLP_POINTS + 1)), "", "values", "needs 20 to"),
    ],
)
def test_a_bad_table_is_refused_with_the_reason(text: str, target: str, task: str, said: str) -> None:
    with pytest.raises(Wrong, match=said) as caught:
        tables.read(text, target, task)
    assert caught.value.text.zh


def test_points_from_text() -> None:
    assert tables.points("x1,x2,y\n1,2,0\n-1.5,3,1\n") == ((1, 2, 0), (-1.5, 3, 1))
    assert tables.points("1;2;0") == ((1, 2, 0),)
    with pytest.raises(Wrong, match="Line 2 has 2"):
        tables.points("1,2,0\n1,2")
    with pytest.raises(Wrong, match="Line 2 has 1 entry;"):
        tables.points("1,2,0\n1")
    with pytest.raises(Wrong, match="not a number"):
        tables.points("1,2,0\n1,2,red")


def test_the_column_that_names_the_part_is_no_input() -> None:
    assert tables.points("x1,x2,y,part\n1,2,0,train\n3,4,1,test\n") == ((1, 2, 0), (3, 4, 1))
    rows = "\n".join(f"{i},{i % 2},{'train' if i < 20 else 'test'}" for i in range(30))
    assert tables.read(f"n,odd,part\n{rows}").columns == ("n",)
    assert tables.read(f"n,odd,part\n{rows.replace('train', 'left')}").columns == ("n", "odd")
