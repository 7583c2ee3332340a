"""What fine-tuned heads say, against transformers' own outputs and a search by brute force."""

import json
import subprocess
import sys
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers

from playground.core import limits, store
from playground.core.spec import ASSETS
from playground.core.words import Wrong
from playground.families.bert import FAMILY, program_uses, tab, tab_uses, use
from playground.families.bert.examples_uses import TASKS
from playground.families.bert.model import MODELS, open_bert
from playground.families.bert.trace import Request, forward
from playground.families.bert.use import Answered, Parser, Tagged, Unit, Use, Verdict, entities, needs_pair, read
from playground.ui.door import answer
from playground.views.attention import read_block
from tests.families.bert import tiny

ROOT = Path(__file__).parents[3]
FIRST, SECOND = "The cat sat on the floor.", "She drank a cup of tea, it was in the bed."
TEXTS = [FIRST, "the 🙂 你好 שלום e\u0301 x", "cat " * 60]


CROWD = ["<img src=x onerror=alert(1)>", "\u202e" + "x" * 500, *map(str, range(3000))]


@pytest.fixture(scope="session")
def heads(tmp_path_factory):
    """bert/<kind>-<use>: every architecture with every head, and some odd ones."""
    root = tmp_path_factory.mktemp("heads")
    home = root / "models" / "bert"
    for kind, what in tiny.HEADED:
        tiny.headed(home / f"{kind}-{what}", kind, what)
    tiny.bert(home / "gaps")
    tiny.headed(home / "pairs", "bert", "classes", ["contradiction", "ENTAILMENT", "neutral"])
    tiny.headed(home / "value", "bert", "classes", ["similarity"])
    tiny.headed(home / "many", "bert", "classes", ["joy", "anger"], problem_type="multi_label_classification")
    tiny.headed(home / "rows", "bert", "tags", [f"T{i}" for i in range(2000)])
    tiny.headed(
        home / "crowd",
        "bert",
        "classes",
        ["<img src=x onerror=alert(1)>", "\u202e" + "x" * 500, *map(str, range(3000))],
    )
    return root


@pytest.fixture(autouse=True)
def opened(heads, monkeypatch):
    """The folders of `heads` open like embedded models."""
    monkeypatch.setattr(store, "ASSETS", heads)
    for folder in (heads / "models" / "bert").iterdir():
        monkeypatch.setitem(MODELS, f"bert/{folder.name}", None)
    yield heads / "models" / "bert"
    for memo in (read, forward):
        memo.clear()
    store.clear()


def theirs(folder, what, text, pair=None):
    """Transformers alone: its tokenizer, its model, its numbers."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    net = tiny.AUTOS[what].from_pretrained(folder).eval()
    inputs = tokenizer(
        text, pair, truncation="longest_first", max_length=open_bert(folder).positions, return_tensors="pt"
    )
    with torch.inference_mode():
        return inputs, net(**inputs)


def ask(name, text=FIRST, pair="", **more):
    longest = more.pop("longest", 30)
    return read(Use(Request(text, pair, f"bert/{name}", **more), longest))


def test_the_family_names_every_kind_that_is_tried():
    assert {kind for kind, _ in tiny.HEADED} == set(FAMILY.model_types)


@pytest.mark.parametrize("text", TEXTS, ids=["plain", "odd", "long"])
@pytest.mark.parametrize("kind", FAMILY.model_types)
def test_classes_are_transformers_own(kind, text, opened):
    said = ask(f"{kind}-classes", text, top=3)
    _, output = theirs(opened / f"{kind}-classes", "classes", text)
    assert isinstance(said, Verdict) and said.kind == "one"
    np.testing.assert_allclose(said.logits, output.logits[0], atol=1e-5)
    np.testing.assert_allclose(said.chances, output.logits[0].softmax(-1), atol=1e-5)
    assert said.ranking.labels == tuple(tiny.LABELS["classes"][i] for i in output.logits[0].argsort(descending=True))
    assert sum(said.ranking.scores) == pytest.approx(1, abs=1e-6) and said.ranking.rest == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("text", TEXTS, ids=["plain", "odd", "long"])
@pytest.mark.parametrize("kind", FAMILY.model_types)
def test_tags_are_those_of_first_pieces(kind, text, opened):
    said = ask(f"{kind}-tags", text)
    inputs, output = theirs(opened / f"{kind}-tags", "tags", text)
    chances = output.logits[0].softmax(-1).numpy()
    assert isinstance(said, Tagged) and said.kinds == ("PER", "LOC")
    for unit in said.units:
        assert unit.chance == pytest.approx(float(chances[unit.first].max()), abs=1e-5)
        assert unit.tag == chances[unit.first].argmax() and unit.best[0] == (unit.tag, unit.chance)
        assert dict(unit.best) == pytest.approx(dict(enumerate(map(float, chances[unit.first]))), abs=1e-5)
    covered = [at for unit in said.units for at in unit.pieces]
    assert covered == sorted(set(covered)) and len(covered) <= inputs["input_ids"].shape[1]


def brute(start, end, inside, longest, cls):
    """Every allowed pair of positions and its score."""
    spans = {(i, j): float(start[i] + end[j]) for i, j in product(inside, inside) if i <= j < i + longest}
    return {**spans, (cls, cls): float(start[cls] + end[cls])}


@pytest.mark.parametrize("longest", [1, 3, 30])
@pytest.mark.parametrize("kind", FAMILY.model_types)
def test_spans_are_those_of_a_search_by_brute_force(kind, longest, opened):
    said = ask(f"{kind}-answer", FIRST, SECOND, top=20, longest=longest)
    inputs, output = theirs(opened / f"{kind}-answer", "answer", FIRST, SECOND)
    start, end = output.start_logits[0].double().numpy(), output.end_logits[0].double().numpy()
    np.testing.assert_allclose(said.logits, [start, end], atol=1e-5)
    ids, sides = inputs["input_ids"][0].tolist(), inputs.sequence_ids(0)
    inside = [at for at, side in enumerate(sides) if side == 1]
    cls = ids.index(transformers.AutoTokenizer.from_pretrained(opened / f"{kind}-answer").cls_token_id)
    spans = brute(start, end, inside, longest, cls)
    total = sum(np.exp(score) for score in spans.values())
    none = spans.pop((cls, cls))
    best = sorted(spans, key=lambda span: -spans[span])[:20]
    assert isinstance(said, Answered)
    assert [spans[s.start, s.end] for s in said.spans] == pytest.approx([spans[s] for s in best], abs=1e-5)
    assert [s.chance for s in said.spans] == pytest.approx([np.exp(spans[s]) / total for s in best], abs=1e-5)
    assert said.none.chance == pytest.approx(np.exp(none) / total, abs=1e-5)
    assert said.empty == (none > spans[best[0]])
    assert sum(s.chance for s in said.spans) + said.none.chance + said.rest == pytest.approx(1)
    assert said.others == len(spans) - len(said.spans)
    open_to = [*inside, cls]
    for ours, logits in ((said.start, start), (said.end, end)):
        np.testing.assert_allclose(ours[open_to], np.exp(logits[open_to]) / np.exp(logits[open_to]).sum(), atol=1e-5)
        assert ours.sum() == pytest.approx(1, abs=1e-5)


def test_an_answer_is_the_text_its_pieces_cover():
    said = ask("bert-answer", FIRST, SECOND)
    tokens = forward(Request(FIRST, SECOND, "bert/bert-answer", top=1)).encoded.tokens
    for span in said.spans:
        assert tokens.spans[span.start][0] == span.left and tokens.spans[span.end][1] == span.right
        assert tokens.text[span.left : span.right] in SECOND


# ---- words with one tag


def unit(tag, chance=0.5, segment=0, at=0):
    return Unit(at, at + 1, at, (at,), segment, tag, chance, ())


MERGES = [
    (["B-PER", "I-PER", "O", "B-LOC"], ["PER 01", "LOC 3"]),
    (["B-PER", "B-PER", "I-PER"], ["PER 0", "PER 12"]),
    (["I-PER", "I-PER", "I-LOC"], ["PER 01", "LOC 2"]),
    (["O", "I-PER", "O", "I-PER"], ["PER 1", "PER 3"]),
    (["S-PER", "I-PER", "B-PER", "E-PER", "I-PER"], ["PER 0", "PER 1", "PER 23", "PER 4"]),
    (["U-LOC", "U-LOC"], ["LOC 0", "LOC 1"]),
    (["O", "PER", "PER", "LOC"], ["PER 12", "LOC 3"]),  # kinds beside "O"
    (["NOUN", "NOUN", "VERB"], ["NOUN 0", "NOUN 1", "VERB 2"]),  # a tag for every word
    (["B-<b>x</b>", "I-<b>x</b>"], ["<b>x</b> 01"]),
    ([], []),
]


@pytest.mark.parametrize(("labels", "merged"), MERGES)
def test_words_that_go_on_are_one_entity(labels, merged):
    parse = Parser(labels)
    found = entities([unit(n, at=n) for n in range(len(labels))], [parse(label) for label in labels])
    assert [f"{e.kind} {''.join(map(str, e.units))}" for e in found] == merged


def test_the_score_of_an_entity_is_the_mean_and_texts_are_kept_apart():
    units = [unit(1, 0.9, 0, 0), unit(2, 0.7, 0, 1), unit(2, 0.5, 1, 2)]
    first, second = entities(units, [("B", "PER"), ("I", "PER"), ("I", "PER")])
    assert first.score == pytest.approx(0.8) and (first.start, first.end) == (0, 2)
    assert second.units == (2,)


@pytest.mark.parametrize("kind", ["bert", "xlm-roberta", "albert", "xlnet", "deberta-v2"])
def test_signs_are_words_of_their_own(kind):
    said = ask(f"{kind}-tags", "cat, dog.")
    assert ["cat, dog."[u.start : u.end] for u in said.units] == ["cat", ",", "dog", "."]


# ---- odd questions


@pytest.mark.parametrize(
    ("name", "pair", "said"),
    [("bert-answer", "", "passage"), ("bert-answer", "  ", "passage"), ("pairs", "", "second one")],
)
def test_a_second_text_is_asked_for_where_it_is_needed(name, pair, said):
    with pytest.raises(Wrong, match=said) as wrong:
        ask(name, pair=pair)
    assert wrong.value.text.zh.endswith("。")


def test_a_question_that_leaves_no_room_for_the_passage_is_refused(opened):
    facts = forward(Request(FIRST, SECOND, "bert/bert-answer", top=1)).facts
    assert needs_pair(facts)
    said = ask("bert-answer", "cat " * 200, "dog")
    assert [s.start for s in said.spans] == [s.end for s in said.spans] and len(said.spans) == 1


@pytest.mark.parametrize("longest", [0, -1, 1.5, True, None, "5", 10**9])
def test_the_longest_answer_is_bounded(longest):
    with pytest.raises(Wrong, match="whole number"):
        Use(Request("a"), longest)


def test_a_model_that_fills_gaps_is_refused():
    with pytest.raises(Wrong, match="Fill the gap"):
        ask("gaps")


def test_one_logit_is_a_value_and_many_labels_may_hold_at_once(opened):
    value, many = ask("value", FIRST, SECOND), ask("many", top=2)
    assert value.kind == "value" and value.chances.tolist() == [0]
    _, output = theirs(opened / "value", "classes", FIRST, SECOND)
    assert value.logits[0] == pytest.approx(output.logits.item(), abs=1e-5)
    _, output = theirs(opened / "many", "classes", FIRST)
    assert many.kind == "many" and many.ranking.rest == 0
    np.testing.assert_allclose(many.chances, output.logits[0].sigmoid(), atol=1e-5)


def test_labels_of_others_are_data_and_bounded():
    crowd = ask("crowd", top=50)
    assert len(crowd.ranking.labels) == 50 and crowd.ranking.others == 3002 - 50
    assert all(len(label) <= limits.LABEL_CHARS for label in crowd.ranking.labels)
    rows = ask("rows", "cat " * 300)
    assert all(len(unit.best) == limits.TAGS_TOLD for unit in rows.units) and len(rows.kinds) == 2000


def test_labels_go_by_their_number_whatever_their_order(opened, tmp_path):
    folder = tiny.headed(tmp_path / "model", "bert", "classes", ["a", "b", "c"])
    config = json.loads((folder / "config.json").read_text())
    config["id2label"] = {"2": "c", "0": "a", "1": "b"}
    (folder / "config.json").write_text(json.dumps(config))
    assert open_bert(folder).labels == ("a", "b", "c")


def test_a_question_is_answered_once():
    before = use.read.info().misses
    assert ask("bert-classes") is ask("bert-classes")
    assert use.read.info().misses == before + 1


# ---- what the page gets


def page(verb="use", **question):
    told = answer(tab.VERBS[verb], json.dumps({"text": FIRST, **question}).encode())
    return json.loads(told) if isinstance(told, bytes) else told


@pytest.mark.parametrize(("kind", "what"), tiny.HEADED, ids="-".join)
def test_the_page_gets_plain_json_for_every_head(kind, what):
    told = page(model=f"bert/{kind}-{what}", pair=SECOND if what == "answer" else "")
    assert told["said"]["use"] == what and told["model"]["name"] == f"bert/{kind}-{what}"
    count = len(told["tokens"]["texts"])
    assert told["attention"]["count"] == count and told["tokens"]["special"][told["cls"]]
    assert {"model", "tokens", "chips", "attention", "fills", "next", "code"} <= told.keys()
    layers = page("attention", model=f"bert/{kind}-{what}", pair=SECOND if what == "answer" else "")
    blocks = [read_block(block, 4, count, count) for block in layers]
    for _, weights in blocks:
        np.testing.assert_allclose(weights.sum(-1), 1, atol=1e-4)


def test_the_page_is_told_a_bounded_number_of_labels():
    told = page(model="bert/crowd")
    assert len(told["model"]["labels"]) == limits.LABELS_TOLD
    assert told["model"]["labels"][0] == "<img src=x onerror=alert(1)>"  # text, for the page to write as text
    assert len(json.dumps(page(model="bert/rows", text="cat " * 300))) < 200_000


WRONG = [
    dict(text=""), dict(text=None), dict(model="bert/gaps"), dict(model="../../etc"), dict(model="bert/bert-answer"),
    dict(model="bert/bert-answer", pair=" "), dict(model="bert/bert-classes", top=0), dict(longest=0),
    dict(longest=float("nan")), dict(longest=None), dict(text="a" * 2**20), dict(model=None), dict(text="\u200b"),
]  # fmt: skip


@pytest.mark.parametrize("question", WRONG, ids=lambda value: str(value)[:40])
def test_bad_questions_get_a_sentence_in_both_languages(question):
    sentence = page(**{"model": "bert/bert-classes", **question})["wrong"]
    assert sentence["en"].endswith(".") and sentence["zh"].endswith("。") and "our side" not in sentence["en"]


@pytest.mark.parametrize(
    ("name", "text", "pair", "more"),
    [
        ("bert-classes", 'the [MASK] cat\'s [SEP] "x" \\n é 🙂', "", {}),
        ("roberta-classes", FIRST, SECOND, {"top": 2}),
        ("many", FIRST, "", {}),
        ("value", FIRST, SECOND, {}),
        ("xlnet-tags", FIRST, "", {}),
        ("bert-answer", "Who?", SECOND * 9, {"top": 4, "longest": 3}),
        ("xlnet-answer", FIRST, SECOND, {"top": 20}),
    ],
)
def test_the_code_on_the_page_prints_the_numbers_on_the_page(name, text, pair, more, opened, monkeypatch):
    monkeypatch.setattr(tab_uses, "source", lambda model: program_uses.Source(str(opened / name)))
    told = page(model=f"bert/{name}", text=text, pair=pair, **more)
    said, lines = told["said"], run(told["code"])
    if said["use"] == "tags":
        printed = [line.rsplit(" ", 2) for line in lines]
        for unit in said["units"]:
            assert printed[unit["first"]][1] == unit["tag"]
            assert float(printed[unit["first"]][2]) == pytest.approx(unit["chance"], abs=1e-5)
        return
    if said["use"] == "answer":
        ranked = sorted([*said["spans"], said["none"]], key=lambda span: -span["chance"])[: more["top"]]
        assert [float(line.split(" ")[0]) for line in lines] == pytest.approx([s["chance"] for s in ranked], abs=1e-5)
    elif said["kind"] == "value":
        assert float(lines[0]) == pytest.approx(said["logits"][0], abs=1e-5)
    else:
        assert [line.rsplit(" ", 1)[0] for line in lines] == said["labels"]
        assert [float(line.rsplit(" ", 1)[1]) for line in lines] == pytest.approx(said["scores"], abs=1e-5)


def run(code):
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_the_endpoints_say_what_the_page_says():
    classes = tab_uses.bert_classify(FIRST, model="bert/bert-classes", top=3)
    assert classes["labels"] == tuple(page(model="bert/bert-classes")["said"]["labels"])
    assert tab_uses.bert_classify(FIRST, model="bert/value")["value"] is not None
    tags, units = tab_uses.bert_tag(FIRST, "bert/bert-tags"), page(model="bert/bert-tags")["said"]["units"]
    assert [FIRST[word["start"] : word["end"]] for word in tags["words"]] == [unit["text"] for unit in units]
    assert [word["tag"] for word in tags["words"]] == [unit["tag"] for unit in units]
    found = tab_uses.bert_answer(FIRST, SECOND, "bert/bert-answer")
    assert all(SECOND[one["start"] : one["end"]] == one["text"] for one in found["answers"])
    json.dumps([classes, tags, found])
    for endpoint, model in [(tab_uses.bert_tag, "bert/bert-classes"), (tab_uses.bert_classify, "bert/bert-tags")]:
        with pytest.raises(Wrong, match="no model for"):
            endpoint(FIRST, model=model)


# ---- the embedded ones


@pytest.fixture
def shipped(task, monkeypatch):
    monkeypatch.setattr(store, "ASSETS", ASSETS)
    if not store.is_embedded(task.model):  # that all of the family ship is seen to by test_readme.py
        pytest.skip(f"{task.model} is not trained yet")


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.key)
def test_every_example_is_answered_by_its_own_model(task, shipped):
    assert 3 <= len(task.examples) <= 5
    for example in task.examples:
        said = page(model=task.model, text=example.text, pair=example.pair)["said"]
        assert said["use"] == task.use
        if task.use == "answer":
            assert example.truth in example.pair
        elif task.use == "classes":
            assert example.truth in said["labels"]
        else:
            assert all(name in example.text and kind in said["kinds"] for name, kind in example.truth)


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.key)
def test_the_code_of_the_embedded_ones_runs_from_the_repository(task, shipped):
    example = task.examples[0]
    told = page(model=task.model, text=example.text, pair=example.pair)
    lines, said = run(told["code"]), told["said"]
    if task.use == "tags":
        assert [line.rsplit(" ", 2)[1] for line in lines][said["units"][0]["first"]] == said["units"][0]["tag"]
    else:
        best = said["scores"][0] if task.use == "classes" else max(s["chance"] for s in [*said["spans"], said["none"]])
        number = lines[0].rsplit(" ", 1)[1] if task.use == "classes" else lines[0].split(" ")[0]
        assert float(number) == pytest.approx(best, abs=1e-5)


@pytest.mark.parametrize("kind", ["bert", "xlnet"])
def test_attention_opens_at_the_token_of_which_the_class_is_read(kind):
    told = page(model=f"bert/{kind}-classes")
    _, _, query, key = told["attention"]["pick"]
    assert query == told["cls"] == (len(told["tokens"]["texts"]) - 1 if kind == "xlnet" else 0) and key != query
