import ast
import json
import subprocess
import sys

import numpy as np
import pytest

from playground.core import limits, store
from playground.core.words import Wrong
from playground.families.bert import arithmetic, tab, trace
from playground.families.bert.trace import forward
from playground.ui.door import answer
from playground.views.attention import read_block

TEXT = "The cat sat on the [MASK]. It was [MASK] tired"


@pytest.fixture(autouse=True)
def fresh(models):
    yield
    for memo in (trace, forward, arithmetic):
        memo.clear()
    store.clear()


def said(verb, **question):
    told = answer(tab.VERBS[verb], json.dumps({"text": TEXT, "model": "bert/bert", **question}).encode())
    return json.loads(told) if isinstance(told, bytes) else told


def test_the_page_gets_plain_json():
    told = said("ask", pair="He went")
    assert [chip["text"] for chip in told["chips"]][:3] == ["The", "cat", "sat"]
    assert len(told["fills"]) == 2 and all(len(fill["labels"]) == 5 for fill in told["fills"])
    assert 0 < told["next"] < 1
    assert told["model"]["layers"] == 3 and told["attention"]["count"] == len(told["tokens"]["texts"])


def test_attention_comes_layer_by_layer_from_the_one_asked_for():
    told = trace(tab.request({"text": TEXT, "model": "bert/bert"}))
    count = len(told.tokens)
    blocks = [read_block(block, 4, count, count) for block in said("attention", first=1)]
    assert [layer for layer, _ in blocks] == [1, 0, 2]
    for layer, weights in blocks:
        np.testing.assert_allclose(weights, told.attention.weights[layer], atol=1e-5)


def test_arithmetic_is_that_of_the_weight():
    opened = said("arithmetic", layer=2, head=3, query=4, key=1)
    told = trace(tab.request({"text": TEXT, "model": "bert/bert"}))
    assert opened["weights"][1] == pytest.approx(float(told.attention.weights[2, 3, 4, 1]), abs=1e-4)
    assert sum(opened["products"]) == pytest.approx(opened["total"], abs=1e-4)
    assert sum(opened["weights"]) == pytest.approx(1)


WRONG = [
    ("ask", dict(text="")), ("ask", dict(text="   ")), ("ask", dict(text=None)), ("ask", dict(text=7)),
    ("ask", dict(text="a" * 2**20)), ("ask", dict(text="word " * 10_000)), ("ask", dict(text="\u200b")),
    ("ask", dict(pair=None)), ("ask", dict(pair=[])), ("ask", dict(model="../../etc")), ("ask", dict(model=None)),
    ("ask", dict(model="bert/unknown")), ("ask", dict(model="local:../../etc")), ("ask", dict(model="")),
    ("ask", dict(top=0)), ("ask", dict(top=float("nan"))), ("ask", dict(top="5")), ("ask", dict(masks=[-1])),
    ("ask", dict(masks=[999])), ("ask", dict(masks="a")), ("ask", dict(masks=[[1]])), ("ask", dict(masks=None)),
    ("attention", dict(first=99)), ("attention", dict(first=-1)), ("attention", dict(first=None)),
    ("arithmetic", dict(layer=99, head=0, query=0, key=0)), ("arithmetic", dict(layer=0, head=-1, query=0, key=0)),
    ("arithmetic", dict(layer=0, head=0, query=None, key=0)), ("arithmetic", dict()),
    ("arithmetic", dict(layer=0, head=0, query=float("nan"), key=0)), ("bertviz", dict(layer=99)),
]  # fmt: skip


@pytest.mark.parametrize(("verb", "question"), WRONG, ids=lambda value: str(value)[:40])
def test_bad_questions_get_a_sentence_in_both_languages(verb, question):
    sentence = said(verb, **question)["wrong"]
    assert sentence["en"].endswith(".") and sentence["zh"].endswith("。")
    assert sentence["en"] not in ("Something went wrong on our side.",) and "our side" not in sentence["en"]
    assert "fills" in said("ask")  # and goes on serving


ODD = ["\ud800 cat \udfff", "<script>alert(1)</script>", "<s> the </s>", "the the the the", "\x00a\x07", "cat\u200b"]


@pytest.mark.parametrize("text", ODD)
def test_odd_texts_are_read(text):
    told = said("ask", text=text)
    assert told["chips"] and told["fills"] == []


def test_api_endpoints_call_the_same_code():
    told = said("ask")
    filled = tab.bert_fill(TEXT, model="bert/bert")
    assert [list(gap["labels"]) for gap in filled["gaps"]] == [fill["labels"] for fill in told["fills"]]
    assert list(tab.bert_tokens(TEXT, model="bert/bert")["texts"]) == told["tokens"]["texts"]
    weights = np.array(tab.bert_attention(TEXT, model="bert/bert", layer=1, head=2)["weights"])
    np.testing.assert_allclose(weights.sum(-1), 1, atol=1e-5)
    json.dumps([filled, tab.bert_tokens(TEXT, model="bert/bert")])


@pytest.mark.parametrize("kwargs", [dict(layer=99), dict(head=-1), dict(layer=1.5), dict(head=True)])
def test_api_refuses_places_that_do_not_exist(kwargs):
    with pytest.raises(Wrong, match="There is no"):
        tab.bert_attention(TEXT, model="bert/bert", **kwargs)


CASES = [
    ("bert", dict(text=TEXT, pair="He went to the bank.")),
    ("bert", dict(text="the cat playing [SEP] <s>", masks=[9])),
    ("bert", dict(text="the [MASK] " * 60)),
    ("roberta", dict(text="the 'cat' \"sat\" \\n [MASK] é 🙂")),
]


@pytest.mark.parametrize(("kind", "question"), CASES)
def test_the_code_on_the_page_prints_the_numbers_on_the_page(kind, question, models, monkeypatch):
    monkeypatch.setattr(store, "where", lambda model: str(models / kind))
    told = said("ask", **{"model": f"bert/{kind}", **question})
    done = subprocess.run([sys.executable, "-c", told["code"]], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    for fill, line in zip(told["fills"], lines, strict=False):
        printed = ast.literal_eval(line)
        np.testing.assert_allclose(list(printed.values()), fill["scores"], atol=1e-4)
    if told["next"] is not None:
        shown = next(line for line in lines if line.startswith("B follows A"))
        assert float(shown.split(":")[1]) == pytest.approx(told["next"], abs=1e-4)


def test_where_names_what_transformers_opens(models):
    assert store.where("bert/bert") == "assets/models/bert/bert"
    assert store.where("google-bert/bert-base-uncased") == "google-bert/bert-base-uncased"


def test_examples_hide_words_that_are_there():
    for one in tab.value()["examples"]:
        assert all(one["text"][at].isalpha() for at in one["masks"])
        assert len(one["text"]) < limits.TEXT_CHARS and set(one["name"]) == {"en", "zh"}


@pytest.mark.parametrize("field", ["layer", "head", "query", "key"])
@pytest.mark.parametrize("value", [None, [1], {"a": 1}, 1.0, True, "1", "x" * 10**6, 10**4200, list(range(10**5))])
def test_a_place_of_any_kind_is_refused_in_a_short_sentence(field, value):
    with pytest.raises(Wrong) as wrong:
        tab.arithmetic({"text": TEXT, "model": "bert/bert", "layer": 0, "head": 0, "query": 1, "key": 1, field: value})
    assert len(wrong.value.text.en) < 200


def test_a_huge_offset_is_refused_in_a_short_sentence():
    with pytest.raises(Wrong) as wrong:
        tab.ask({"text": TEXT, "model": "bert/bert", "masks": [10**4200]})
    assert len(wrong.value.text.en) < 200


@pytest.mark.parametrize("model", ["bert/" + "a" * 300, "a/" + "a" * 10**6, "../../etc", "bert/mini\x00", "x" * 10**6])
def test_a_name_that_no_disk_knows_is_refused(model):
    with pytest.raises(Wrong):
        tab.ask({"text": "The cat sat.", "model": model})
