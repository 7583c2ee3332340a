"""A prompt as data: its text, its parts, its files, the tables it is filled from, the tasks it begins with."""

import json

import pytest

from playground.core import limits
from playground.core.words import Wrong
from playground.data import tasks
from playground.data.layouts import LAYOUTS, Layout, named
from playground.families.gpt import ready, shots_file
from playground.families.gpt.shots import Example, Prompt, read

PAIRS = (Example("cat", "cats"), Example("dog", "dogs"))


def test_the_text_is_that_of_the_training() -> None:
    for layout in LAYOUTS.values():
        for about in ("", "Give the plural."):
            prompt = Prompt(about, PAIRS, "house", layout)
            assert prompt.text() == tasks.prompt(layout, about, [tasks.Example(*pair) for pair in PAIRS], "house")


def test_parts_are_the_text_and_are_named() -> None:
    prompt = Prompt("Give it.", PAIRS, "house", named("Q", "A"))
    parts = prompt.parts()
    assert "".join(part.text for part in parts) == prompt.text()
    assert [(part.block, part.text) for part in parts if part.kind == "answer"] == [(0, " cats"), (1, " dogs")]
    assert [(part.block, part.text) for part in parts if part.kind == "query"] == [(2, "house")]
    assert all(prompt.text()[start:end] == part.text for part, start, end in prompt.spans())


@pytest.mark.parametrize("layout", [Layout(middle="\nOutput: "), Layout("", ""), Layout("Input: ", "", " ; ")])
@pytest.mark.parametrize("query", ["", "house ", " house"])
def test_the_text_never_ends_with_a_space(layout, query) -> None:
    """The answer brings its own: a space before it would be a token of its own."""
    for examples in ((), PAIRS):
        prompt = Prompt("Give it.", examples, query, layout)
        assert not prompt.text().endswith(" ")
        assert "".join(part.text for part in prompt.parts()) == prompt.text()


@pytest.mark.parametrize(
    ("after", "stop"), [("\n", "\n"), ("\n\n", "\n"), ("; ", ";"), (" ### ", "###"), ("", "\n"), (" ", "\n")]
)
def test_what_ends_an_answer(after, stop) -> None:
    assert Prompt(layout=Layout(after=after)).stop == stop


def test_json_there_and_back() -> None:
    prompt = Prompt("Say: <b>\x00", PAIRS, "é 你 🐈", named("Q", "A"), "\n\n", ("cats", "dogs"), "gpt/gpt2")
    assert read(json.loads(json.dumps(prompt.payload()))) == prompt


def test_labels_are_a_set_in_order() -> None:
    assert Prompt(labels=("b ", "a", "b")).labels == ("b", "a")


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"description": 3}, "must be text"),
        ({"query": None}, "must be text"),
        ({"layout": "x"}, "three texts"),
        ({"layout": {"before": 3}}, "three texts"),
        ({"layout": {"before": "a" * 201}}, "at most 200"),
        ({"examples": "ab"}, "must be a list"),
        ({"examples": [["a"]]}, "Example 1 must be two texts"),
        ({"examples": [["a", "b"], ["a", " "]]}, "Example 2 has no answer"),
        ({"examples": [["a", "b"]] * 65}, "may have 64 examples"),
        ({"labels": [""]}, "not empty"),
        ({"labels": ["a" * 201]}, "201 characters"),
        ({"labels": [str(i) for i in range(33)]}, "may have 32 labels"),
        ({"query": "a" * 20_001}, "up to 20,000"),
        ([], "object"),
    ],
)
def test_bad_prompts_get_a_sentence(bad, said) -> None:
    with pytest.raises(Wrong, match=said):
        read(bad)


# ---- files


def test_a_saved_builder_opens_again() -> None:
    state = {
        "description": "Say it.", "described": False, "query": "x",
        "rows": [["cat", "cats", True], ["half", "", False]],
        "layout": {"before": "", "middle": " ->", "after": "\n"}, "labels": ["a", "b"], "list": "own", "count": "one",
        "model": "gpt/mini", "below": "\n",
    }  # fmt: skip
    opened = shots_file.opened(shots_file.saved(state))
    assert opened == {**state, "rows": [("cat", "cats", True), ("half", "", False)]}


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", "3", "{}", '{"format": "few-shot prompt"}', '{"format": "few-shot prompt", "version": 2}',
        '{"format": "few-shot prompt", "version": 1, "rows": 3}',
        '{"format": "few-shot prompt", "version": 1, "rows": [["a"]]}',
        '{"format": "few-shot prompt", "version": 1, "rows": [["a", {}]]}',
        '{"format": "few-shot prompt", "version": 1, "labels": [[]]}',
        '{"format": "few-shot prompt", "version": 1, "layout": []}',
        '{"format": "few-shot prompt", "version": 1, "query": {"__proto__": 1}}',
        "[" * 100_000, "a" * (limits.TABLE_CHARS + 1), None,
        json.dumps({"format": "few-shot prompt", "version": 1, "rows": [["a", "b"]] * 65}),
    ],
)  # fmt: skip
def test_other_files_are_refused_in_a_sentence(text) -> None:
    with pytest.raises(Wrong, match=r"changed|three texts"):
        shots_file.opened(text)


def test_a_file_without_some_fields_has_the_usual_ones() -> None:
    opened = shots_file.opened('{"format": "few-shot prompt", "version": 1, "count": "many", "evil": 1}')
    assert opened["layout"] == {"before": "Input: ", "middle": "\nOutput:", "after": "\n"}
    assert opened["count"] == "all" and "evil" not in opened


# ---- tables


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("a\tb\nc, d\te", [("a", "b"), ("c, d", "e")]),
        ('"x, y",z\r\n\r\nu, v\r\n', [("x, y", "z"), ("u", "v")]),
        ("\ufeffa;b\nc;d", [("a", "b"), ("c", "d")]),
        ("Text,Label\na,b", [("a", "b")]),
        ('"two\nlines",b', [("two\nlines", "b")]),
        ("=1+1,<b>", [("=1+1", "<b>")]),
    ],
)
def test_tables_of_examples(text, rows) -> None:
    assert shots_file.table(text)["rows"] == rows


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("just words", "no table"),
        ("", "no table"),
        (3, "is text"),
        ("a,b\nc", "Line 2 does not have two cells, but 1"),
        ("a,b\n\nc,d,e", "Line 3 does not have two cells, but 3"),
        ("a,b\nc,", "Line 2 has no answer"),
        ("text,label", "no rows"),
        ("a,b\n" * 65, "65 rows"),
        ("a" * (limits.TABLE_CHARS + 1), "longer than"),
    ],
)
def test_what_is_no_table_gets_a_sentence(text, said) -> None:
    with pytest.raises(Wrong, match=said):
        shots_file.table(text)


# ---- ready tasks


def test_every_ready_task_is_a_prompt() -> None:
    listed = ready.offered()
    assert len({one["key"] for one in listed}) == len(listed) == len(tasks.TASKS) + len(ready.NATURAL)
    for one in listed:
        found = ready.ready(one["key"])
        assert found is not None
        built = shots_file.builder(found.payload())
        assert len(built["rows"]) >= 3 and built["query"]
        if found.labels:
            assert found.answer in found.labels and {answer for _, answer in found.examples} <= set(found.labels)


def test_measured_tasks_lead() -> None:
    groups = [one["group"] for one in ready.offered()]
    assert groups[: len(tasks.MEASURED)] == ["measured"] * len(tasks.MEASURED)
    assert ready.ready("task-nothing") is None and ready.ready("nothing") is None


def test_the_question_of_a_small_task_has_held_out_words() -> None:
    found = ready.ready("task-plural")
    assert found is not None
    assert found.query in tasks.heldout()
    assert not {given for given, _ in found.examples} & tasks.heldout()
