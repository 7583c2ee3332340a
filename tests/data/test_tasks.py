"""What the tasks ask is right, what is held out stays out, and the same seed draws the same."""

import random
import re
import subprocess
import sys

import pytest

from playground.data import layouts, tasks, words
from playground.data.layouts import LAYOUTS, Layout
from playground.data.tasks import MEASURED, SHOTS, TASKS, Example


def bare(text: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]+", text.lower()))


@pytest.fixture(scope="module")
def episodes() -> list[tasks.Episode]:
    rng = random.Random(5)
    return [tasks.episode(rng) for _ in range(12_000)]


def test_held_out_words_occur_in_no_episode(episodes) -> None:
    assert len(tasks.heldout()) > 500
    seen = set().union(*(bare(tasks.text(pieces)) for pieces in episodes))
    assert not seen & tasks.heldout()
    trained = tasks.trained().words("noun", "verb", "adjective")
    assert len(seen & {w.lower() for w in trained}) > 0.99 * len(set(trained))  # and the others do occur


def test_made_up_words_widen_the_episodes_and_not_the_questions(episodes) -> None:
    known = {cell.lower() for rows in words.classes().values() for row in rows for cell in row}
    rng = random.Random(0)
    invented = {words.made_up(rng, tasks.heldout()) for _ in range(500)}
    assert len(invented) > 450 and len(invented & known) < 10 and not invented & tasks.heldout()
    copied = [tasks.TASKS["copy"].rule(rng, tasks.richer())(rng, tasks.richer()).given for _ in range(400)]
    assert 0.3 < sum(word.lower() not in known for word in copied) / 400 < 0.5
    shots = [shot.given for key in ("copy", "plural") for shots, _ in tasks.questions(key, 8, 20) for shot in shots]
    assert all(word.lower() in known for word in shots)


def test_held_out_sums_and_numbers_occur_in_no_episode() -> None:
    rng = random.Random(1)
    for key in ("sum", "larger", "smaller", "left", "right"):
        draw = TASKS[key].rule(rng, tasks.trained())
        for _ in range(300):
            a, b = sorted(map(int, re.findall(r"\d+", draw(rng, tasks.trained()).given)))
            assert not words.apart(f"{a}+{b}")
    for shots, query in tasks.questions("sum", 4):
        a, b = sorted(map(int, re.findall(r"\d+", query.given)))
        assert words.apart(f"{a}+{b}") and query.given not in [s.given for s in shots]


def test_words_are_held_out_with_their_forms_and_partners() -> None:
    kept = tasks.heldout()
    for name in words.PAIRS:
        small = [tuple(word.lower() for word in row) for row in words.classes()[name]]
        assert all((a in kept) == (b in kept) for a, b in small)
    for (verb,) in tasks.held()["verb"]:
        assert {words.inflect(verb, how) for how in ("v", "ed", "ing")} <= kept
    assert not kept & tasks.reserved()


@pytest.mark.parametrize("key", MEASURED)
def test_every_measured_task_asks_fifty_times_for_what_is_held_out(key: str) -> None:
    asked = list(tasks.questions(key, 4, 50))
    assert len(asked) == 50
    names = [query.answer if key == "symbol" else query.given for _, query in asked]
    assert len(set(names)) == 50
    for shots, query in asked:
        assert len(shots) == 4 and len({s.given for s in shots}) == 4
        if key != "sum":
            assert bare(f"{query.given} {query.answer}") & tasks.heldout()
        if key != "symbol":
            assert query.given not in [s.given for s in shots]
            assert not bare(" ".join(s.given for s in shots)) & tasks.heldout()


def test_the_query_stays_when_examples_are_added() -> None:
    for key in set(MEASURED) - {"symbol"}:
        for (few, a), (many, b) in zip(tasks.questions(key, 2, 5), tasks.questions(key, 8, 5), strict=True):
            assert a == b and many[:2] == few


def test_only_examples_tell_a_symbol_and_the_name_of_a_label() -> None:
    assert all(query in shots for k in (1, 4, 8) for shots, query in tasks.questions("symbol", k))
    for shots, query in tasks.questions("label", 4):
        assert query.answer in {s.answer for s in shots} and len({s.answer for s in shots}) == 2
    names = {query.answer for _, query in tasks.questions("label", 4)}
    assert len(names) > 15


BY_HAND = {
    "copy": lambda x: x,
    "first": lambda x: x.split()[0],
    "second": lambda x: x.split()[1],
    "last": lambda x: x.split()[-1],
    "reverse": lambda x: " ".join(x.split()[::-1]),
    "sort": lambda x: " ".join(sorted(x.split())),
    "count": lambda x: str(len(x.split())),
    "first_letter": lambda x: x[0],
    "last_letter": lambda x: x[-1],
    "spell": lambda x: " ".join(x),
    "unspell": lambda x: x.replace(" ", ""),
    "letters_reverse": lambda x: x[::-1],
    "double": lambda x: f"{x} {x}",
    "next": lambda x: str(int(x) + 1),
    "previous": lambda x: str(int(x) - 1),
    "sum": lambda x: str(sum(map(int, re.findall(r"[0-9]+", x)))),
    "larger": lambda x: str(max(map(int, re.findall(r"[0-9]+", x)))),
}
KNOWN = {
    "plural": {"box": "boxes", "knife": "knives", "sheep": "sheep", "cherry": "cherries"},
    "past": {"hurry": "hurried", "walk": "walked", "bake": "baked"},
    "ing": {"dance": "dancing", "jump": "jumping"},
    "article": {"apple": "an apple", "uniform": "a uniform", "dog": "a dog"},
    "comparative": {"rare": "rarer", "rich": "richer"},
    "in_words": {"12": "twelve"},
    "next_letter": {"z": "a", "g": "h"},
    "tomorrow": {"Sunday": "Monday"},
    "opposite": {"hot": "cold", "cold": "hot"},
    "capital": {"France": "Paris"},
}


def drawn(key: str, count: int) -> dict[str, str]:
    rng = random.Random(0)
    pools = (tasks.trained(), tasks.held())
    made = (TASKS[key].rule(rng, pools[0])(rng, pool) for _ in range(count) for pool in pools)
    return {example.given.replace(",", ""): example.answer.replace(",", "") for example in made}


@pytest.mark.parametrize("key", BY_HAND)
def test_answers_follow_from_their_inputs(key: str) -> None:
    assert all(BY_HAND[key](given) == answer for given, answer in drawn(key, 200).items())


@pytest.mark.parametrize("key", KNOWN)
def test_answers_are_known_facts(key: str) -> None:
    found = drawn(key, 3_000)
    assert {given: found[given] for given in KNOWN[key]} == KNOWN[key]


def test_an_input_alone_does_not_tell_its_task(episodes) -> None:
    """A noun is asked for in many tasks, with many answers."""
    rng = random.Random(2)
    answers: dict[str, set[str]] = {}
    for task in TASKS.values():
        for _ in range(400):
            example = task.rule(rng, tasks.trained())(rng, tasks.trained())
            answers.setdefault(example.given, set()).add(f"{task.key} {example.answer}")
    nouns = [word for word in tasks.trained().words("noun") if word in answers]
    assert sum(len(answers[noun]) >= 3 for noun in nouns) > 0.5 * len(nouns)


def test_episodes_have_up_to_ten_examples_before_the_last_answer_and_dictionaries_twice_as_many(episodes) -> None:
    sizes = [sum(1 for piece, _ in pieces if piece.startswith(" ") and piece.endswith("\n")) for pieces in episodes]
    dictionaries = sum(TASKS[key].share for key in ("symbol", "dictionary")) / sum(t.share for t in TASKS.values())
    assert min(sizes) == 1 and max(sizes) == 22
    longer = sum(size > 11 for size in sizes) / len(sizes)
    assert longer == pytest.approx(dictionaries * 8 / 14, abs=0.01)  # counts of 6 to 11, doubled
    assert all(pieces[-1][0].endswith("\n") for pieces in episodes)


def test_what_nobody_can_know_is_marked() -> None:
    rng = random.Random(3)
    for _ in range(200):
        draw, told = TASKS["symbol"].rule(rng, tasks.trained()), {}
        for _ in range(8):
            example = draw(rng, tasks.trained())
            assert example.known is (example.given in told)
            assert told.setdefault(example.given, example.answer) == example.answer


def test_the_same_seed_draws_the_same_in_another_process(episodes) -> None:
    code = (
        "import random; from playground.data import tasks; r = random.Random(5); "
        "print(repr(tuple(tasks.text(tasks.episode(r)) for _ in range(300))))"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONPATH": ".", "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1] == repr(tuple(tasks.text(p) for p in episodes[:300])) + "\n"


def test_a_prompt_ends_where_the_answer_begins() -> None:
    shots = [Example("cat", "cats"), Example("box", "boxes")]
    assert tasks.prompt(Layout(), "Give the plural.", shots, "dog") == (
        "Give the plural.\nInput: cat\nOutput: cats\nInput: box\nOutput: boxes\nInput: dog\nOutput:"
    )
    for layout in (*LAYOUTS.values(), *(layouts.drawn(random.Random(i)) for i in range(300))):
        text = tasks.prompt(layout, "", shots, "dog")
        assert not text.endswith(" ") and " cats" + layout.after in text and "dog" in text
        assert layout.after.startswith("\n")


def test_every_task_has_descriptions_and_ready_examples() -> None:
    for key, task in TASKS.items():
        assert task.descriptions and task.en and task.zh
        if key in MEASURED:
            ready = tasks.ready(key)
            assert len(ready) == 4 and ready == tasks.ready(key)
    assert len(MEASURED) >= 12 and len(tasks.EASY) * 2 == len(MEASURED)
    assert SHOTS == (0, 1, 2, 4, 8)


def test_the_tasks_need_no_torch() -> None:
    code = "import sys, playground.data.tasks; assert not {'torch', 'transformers', 'numpy'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": "."})
