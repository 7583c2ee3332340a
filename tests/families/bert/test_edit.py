"""Edits do to the model what they say, to a twin of it, and to nobody else."""

import copy
import json
import sys
import threading
from itertools import product

import numpy as np
import pytest
import torch

from playground.core import store
from playground.core.words import Wrong
from playground.families.bert import Request, surgery, tab, trace
from playground.families.bert.answers import answers, rows_of
from playground.families.bert.edit import Edited, Edits, Sweep, aimed, edit, loss, moved, run, sweeping
from playground.families.bert.mattered import METHODS
from playground.families.bert.model import MODELS, ModelSpec, open_bert
from playground.families.bert.target import Target
from playground.families.bert.trace import forward, inputs
from playground.nn.surgery import twin
from playground.ui.door import answer
from tests.families.bert import tiny
from tests.families.bert.test_mattered import HEADED

TEXT, PAIR = "The cat sat on the [MASK]. It was playing", "He went to the bank"


@pytest.fixture(scope="session")
def others(tmp_path_factory):
    root = tmp_path_factory.mktemp("others")
    return {name: make(root / "models" / "bert" / name).parents[2] for name, make in HEADED.items()}


@pytest.fixture(autouse=True)
def fresh(models):
    yield
    for memo in (run, edit, loss, answers, forward, trace):
        memo.clear()
    store.clear()


@pytest.fixture(params=[*tiny.KINDS, *HEADED])
def request_(request, models, others, monkeypatch):
    kind = request.param
    if kind in others:
        monkeypatch.setattr(store, "ASSETS", others[kind])
        monkeypatch.setitem(MODELS, f"bert/{kind}", ModelSpec(f"bert/{kind}", kind, open_bert, "random"))
    return Request(TEXT, PAIR if kind == "bert" else "", f"bert/{kind}")


def opened(request):
    return open_bert(store.folder_of(request.model))


def said(bert, request, **more):
    """Logits of every row, from a net that may have been changed by hand."""
    encoded = forward(Request(request.text, request.pair, request.model, 1, request.masks)).encoded
    with torch.no_grad():
        return [row.logits for row in rows_of(bert, encoded, bert.net(**inputs(bert, encoded), **more))]


def changed(request, **edits):
    return [row.logits for row in run(Edited(request, Edits(**edits)))[0]]


def close(one, other, atol=1e-6):
    assert len(one) == len(other) > 0
    for a, b in zip(one, other, strict=True):
        np.testing.assert_allclose(a, b, atol=atol, rtol=1e-6)


def unlike(one, other):
    return max(np.abs(a - b).max() for a, b in zip(one, other, strict=True))


def columns(net, layer, head, factor):
    """Scale one head's columns of the output projection by hand."""
    with torch.no_grad():
        if net.config.model_type == "xlnet":
            net.base_model.layer[layer].rel_attn.o[:, head] *= factor
        else:
            weight = surgery.output_of(net, layer).weight
            weight.unflatten(-1, (net.config.num_attention_heads, -1))[:, head] *= factor


def unshared(net):
    """ALBERT with a copy of its one layer for every place, so that places can be changed one by one."""
    if net.config.model_type == "albert":
        encoder, count = net.albert.encoder, net.config.num_hidden_layers
        group = encoder.albert_layer_groups[0]
        encoder.albert_layer_groups = torch.nn.ModuleList(copy.deepcopy(group) for _ in range(count))
        net.config.num_hidden_groups = encoder.config.num_hidden_groups = count
    return net


@pytest.mark.parametrize(("layer", "head", "factor"), [(0, 3, 0.0), (2, 1, 0.0), (1, 2, 2.5)])
def test_a_head_switched_off_is_a_head_without_its_columns(request_, layer, head, factor):
    reference = opened(request_)
    columns(unshared(reference.net), layer, head, factor)
    told = changed(request_, heads=((layer, head, factor),))
    close(told, said(reference, request_), atol=1e-6 if factor == 0 else 1e-5)  # 2.5 (W x) or (2.5 W) x
    assert unlike(told, changed(request_)) > 1e-3


def layers_of(net):
    body = net.base_model
    return {"distilbert": lambda: body.transformer.layer, "xlnet": lambda: body.layer}.get(
        net.config.model_type, lambda: body.encoder.layer
    )()


@pytest.mark.parametrize("layer", [0, 2])
def test_a_layer_switched_off_is_a_layer_that_is_not_there(request_, layer):
    reference = opened(request_)
    if reference.net.config.model_type == "albert":  # all its layers are one
        reference.net.albert.encoder.config.num_hidden_layers -= 1
    else:
        del layers_of(reference.net)[layer]
    told = changed(request_, layers=(layer,))
    close(told, said(reference, request_))
    assert unlike(told, changed(request_)) > 1e-3


def test_several_edits_at_once(request_):
    reference = opened(request_)
    unshared(reference.net)
    columns(reference.net, 0, 1, 0.0)
    columns(reference.net, 0, 2, 0.5)
    columns(reference.net, 2, 0, 0.0)
    close(changed(request_, heads=((0, 1, 0.0), (0, 2, 0.5), (2, 0, 0.0))), said(reference, request_))


@pytest.mark.parametrize("kind", tiny.KINDS)
def test_temperature_divides_the_scores(models, kind):
    request = Request(TEXT, "", f"bert/{kind}")
    mine, seen = (
        surgery.cut(opened(request).net, surgery.Cuts({}, {1: torch.tensor([1.0, 4.0, 1.0, 1.0])}, frozenset())),
        [],
    )
    done = forward(Request(TEXT, "", f"bert/{kind}", 1))
    with torch.no_grad():
        seen = mine(**inputs(opened(request), done.encoded), output_attentions=True).attentions[1][0].double()
    scores = torch.tensor(done.attention[1]).double().log()
    by_hand = (scores[1] / 4).softmax(-1)
    np.testing.assert_allclose(seen[1], by_hand, atol=1e-5)
    np.testing.assert_allclose(seen[[0, 2, 3]], done.attention[1][[0, 2, 3]], atol=1e-6)
    assert unlike(changed(request, scores=((1, 1, 4.0),)), changed(request)) > 1e-5


@pytest.mark.parametrize("kind", ["deberta", "xlnet"])
def test_relative_positions_have_no_temperature_and_say_so(models, others, monkeypatch, kind):
    monkeypatch.setattr(store, "ASSETS", others[kind])
    monkeypatch.setitem(MODELS, f"bert/{kind}", ModelSpec(f"bert/{kind}", kind, open_bert, "random"))
    with pytest.raises(Wrong, match="distances"):
        changed(Request(TEXT, "", f"bert/{kind}"), scores=((0, 0, 2.0),))


def test_nobody_looks_at_an_unseen_word(request_):
    at = TEXT.index("cat")
    done = forward(Request(request_.text, request_.pair, request_.model, 1))
    word = next(word for word in done.encoded.words if word.start == at)
    mask = torch.ones(1, len(done.encoded.tokens), dtype=torch.long)
    mask[0, list(word.pieces)] = 0
    told = changed(request_, unseen=(at,))
    close(told, said(opened(request_), request_, attention_mask=mask))
    if request_.model == "bert/roberta":  # no look at it at all: whatever stands there, the gap hears nothing of it
        other = changed(request_, unseen=(at,), words=((at, "cat"),))
        close(told, other)


def test_undo_gives_the_original_bit_for_bit(request_):
    before, first = (
        changed(request_),
        [row.logits for row in answers(Request(request_.text, request_.pair, request_.model, 1))],
    )
    done = forward(Request(request_.text, request_.pair, request_.model, 1))
    changed(request_, heads=((0, 0, 0.0),), layers=(1,), words=((TEXT.index("cat"), "dog"),))
    list(sweeping(aimed(Sweep(Edited(request_)))[0]))
    for memo in (run, answers, edit, forward):
        memo.clear()
    for one, other, third in zip(before, changed(request_), first, strict=True):
        np.testing.assert_array_equal(one, other)
        np.testing.assert_array_equal(one, third)
    again = forward(Request(request_.text, request_.pair, request_.model, 1))
    np.testing.assert_array_equal(again.logits, done.logits)
    np.testing.assert_array_equal(again.attention, done.attention)
    with store.using(request_.model, open_bert) as bert:
        hooks = [hook for module in bert.net.modules() for hook in module._forward_pre_hooks.values()]
        assert not [hook for hook in hooks if hook.__module__ == surgery.__name__]


def test_a_twin_shares_every_weight_and_no_module(request_):
    net = opened(request_).net
    mine = twin(net)
    theirs = {tensor.data_ptr() for tensor in net.parameters()}
    assert {tensor.data_ptr() for tensor in mine.parameters()} == theirs
    assert not set(map(id, mine.modules())) & set(map(id, net.modules()))


def test_two_people_do_not_disturb_each_other(request_):
    plain = changed(request_)
    edits = [dict(heads=((0, 1, 0.0),)), dict(layers=(1,)), dict(heads=((2, 2, 3.0),))]
    alone = [changed(request_, **one) for one in edits]
    wrong: list[str] = []

    def work(which):
        for _ in range(6):
            for memo in (run, forward):
                memo.clear()
            told = changed(request_, **edits[which]) if which < len(edits) else changed(request_)
            if unlike(told, alone[which] if which < len(edits) else plain) > 0:
                wrong.append(f"{which}")

    threads = [threading.Thread(target=work, args=(which,)) for which in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


# ---- words


def test_a_word_replaced_is_the_other_text(models):
    at = TEXT.index("cat")
    told = changed(Request(TEXT, "", "bert/bert"), words=((at, "dog"),))
    close(told, changed(Request(TEXT.replace("cat", "dog"), "", "bert/bert")), atol=0)


@pytest.mark.parametrize("new", ["dog", "very big elephants", "🙂", "你好", "[MASK]", ""])
def test_answers_are_followed_to_where_they_are_now(request_, new):
    at = TEXT.index("cat")
    told = edit(Edited(request_, Edits(words=((at, new),))))
    text = TEXT.replace("cat", new, 1)
    there = [row for row in answers(Request(text, request_.pair, request_.model, 1))]
    for shift in told.shifts:
        if shift.kind == "word":  # the gap at the end, not the one that was put in
            np.testing.assert_allclose(shift.after, [row for row in there if row.kind == "word"][-1].chances, atol=1e-6)
        elif shift.kind in ("class", "next"):
            np.testing.assert_allclose(shift.after, next(r for r in there if r.kind == shift.kind).chances, atol=1e-6)
        elif shift.kind in ("start", "end"):
            whole = next(row for row in there if row.kind == shift.kind).chances
            assert shift.after[0] == pytest.approx(whole[0]) and shift.after[-1] == pytest.approx(whole[-1])
            assert np.isnan(shift.after).sum() == (new == "")
        else:
            assert shift.after.sum() == pytest.approx(1)
    assert told.lost == (1 if new == "" and any(s.kind == "tag" for s in told.shifts) else 0)


def test_hidden_words_stay_hidden_when_another_is_replaced(models):
    text = "the cat sat on the bed"
    request = Request(text, PAIR, "bert/bert", masks=(text.index("bed"),))
    told = edit(Edited(request, Edits(words=((0, "a very big"), (len(text) + 1, "she")))))
    other = "a very big cat sat on the bed"
    whole = answers(Request(other, PAIR.replace("He", "she"), "bert/bert", 1, (other.index("bed"),)))
    np.testing.assert_allclose(told.shifts[0].after, whole[0].chances, atol=1e-7)
    assert told.text.startswith(other) and told.tokens[2] == "cat"


@pytest.mark.parametrize("text", ["🙂 cat e\u0301 [MASK]", "שלום cat עולם [MASK]", "\ud800 cat [MASK]"])
def test_any_text(models, text):
    request = Request(text, "", "bert/bert")
    told = edit(Edited(request, Edits(words=((text.index("cat"), "你 😀"),), unseen=(text.index("cat"),))))
    assert told.shifts[0].after.sum() == pytest.approx(1)


def test_moved():
    swaps = [(0, 3, "a"), (8, 9, "word")]
    assert [moved(at, swaps) for at in (0, 3, 8, 9)] == [0, 1, 6, 10]


# ---- the sweep


def test_the_sweep_is_each_head_off_by_itself(request_):
    edited = Edited(request_, Edits(heads=((1, 0, 0.0),)))
    sweep, chance, logit = aimed(Sweep(edited))
    seen = {}
    for one in sweeping(sweep):
        for i, value in enumerate(one.chances):
            seen[one.layer, one.first + i if one.first >= 0 else -1] = value, one.logits[i]
    assert set(seen) == set(product(range(3), range(-1, 4)))
    assert seen[1, 0] == pytest.approx((chance, logit), abs=1e-5)  # it is off already
    target = sweep.target
    for layer, head in ((0, 0), (2, 3), (1, -1)):
        off = Edits(((1, 0, 0.0), (layer, head, 0.0))) if head >= 0 else Edits(((1, 0, 0.0),), layers=(layer,))
        rows, _ = run(Edited(request_, off))
        row = next(row for row in rows if (row.kind, row.at) == (target.kind, target.at))
        assert seen[layer, head] == pytest.approx((row.chances[target.index], row.logits[target.index]), abs=1e-5)


def test_a_long_text_is_swept_in_parts(models, monkeypatch):
    monkeypatch.setattr(sys.modules[Edits.__module__], "AT_ONCE", 30)
    sweep = aimed(Sweep(Edited(Request(TEXT, "", "bert/bert"))))[0]
    parts = list(sweeping(sweep))
    assert [(one.layer, one.first, len(one.chances)) for one in parts[:4]] == [
        (0, 0, 2),
        (0, 2, 2),
        (0, -1, 1),
        (1, 0, 2),
    ]


WRONG = [
    dict(heads=((9, 0, 0.0),)), dict(heads=((0, 9, 0.0),)), dict(heads=((0, 0, -1.0),)), dict(heads=((0, 0),)),
    dict(heads=((0, 0, float("nan")),)), dict(heads=((0.5, 0, 0.0),)), dict(heads="x"), dict(heads=((True, 0, 0.0),)),
    dict(scores=((0, 0, 0.0),)), dict(scores=((0, 0, 1e9),)), dict(layers=(3,)),
    dict(layers=(-1,)), dict(layers=(None,)),
    dict(words=((999, "a"),)), dict(words=((4, 7),)), dict(words=((4, "a"), (5, "b"))), dict(words=((4, "a" * 10**4),)),
    dict(unseen=(999,)), dict(layers=tuple(range(1000))),
]  # fmt: skip


@pytest.mark.parametrize("edits", WRONG, ids=lambda value: str(value)[:40])
def test_what_cannot_be_changed(models, edits):
    with pytest.raises(Wrong) as wrong:
        edit(Edited(Request(TEXT, "", "bert/bert"), Edits(**edits)))
    assert len(wrong.value.text.en) < 200


def test_what_was_replaced_cannot_be_watched(models):
    at = TEXT.index("[MASK]")
    with pytest.raises(Wrong):
        aimed(Sweep(Edited(Request(TEXT, "", "bert/bert"), Edits(words=((at, "bed"),)))))
    with pytest.raises(Wrong):
        aimed(Sweep(Edited(Request(TEXT, "", "bert/bert")), Target("class", 0)))


# ---- what the page gets


def lines(verb, **question):
    told = answer(tab.VERBS[verb], json.dumps(question).encode())
    if isinstance(told, bytes):
        return json.loads(told)
    return [json.loads(line) for line in b"".join(told).splitlines()]


def test_the_page_is_told_step_by_step(request_):
    question = dict(text=request_.text, pair=request_.pair, model=request_.model, steps=8)
    told = lines("mattered", **question)
    assert set(told[0]["about"]) >= {"target", "choices", "tokens", "chips", "gaps"}
    scores = {line["score"]["method"]: line["score"] for line in told if "score" in line}
    assert set(scores) == set(METHODS)
    whole = scores["integrated"]
    assert whole["error"] == pytest.approx(whole["sum"] - (whole["end"] - whole["start"]))
    accord = [line["accord"] for line in told if "accord" in line][-1]
    for unit in ("tokens", "words"):
        assert len(accord[unit]["spearman"]) == 6 and all(len(top) == 3 for top in accord[unit]["tops"])
    about = told[0]["about"]["target"]
    again = lines("mattered", **question, target={name: about[name] for name in ("kind", "index", "at")})
    assert again[0]["about"]["target"] == about


def test_the_page_gets_before_and_after(request_):
    question = dict(text=request_.text, pair=request_.pair, model=request_.model)
    same = lines("edit", **question)
    assert all(row["change"] == [0] * len(row["ids"]) and row["moved"] == 0 for row in same["rows"])
    edits = dict(heads=[[0, 1, 0]], layers=[1], words=[[TEXT.index("cat"), "dog"]])
    told = lines("edit", **question, edits=edits)
    assert (told["layers"], told["heads"]) == (3, 4) and "dog" in told["text"]
    assert max(row["moved"] for row in told["rows"]) > 1e-4
    for row in told["rows"]:
        assert row["change"] == pytest.approx([b - a for a, b in zip(row["before"], row["after"], strict=True)])
        assert len(row["labels"]) == len(row["ids"]) and set(row["first"]) <= set(row["ids"])
    swept = lines("sweep", **question, edits=edits)
    assert sum(len(line["change"]) for line in swept[1:]) == 3 * 5


BAD = [
    ("edit", dict(edits=[])), ("edit", dict(edits={"wheels": []})), ("edit", dict(edits={"heads": [[0, 99, 0]]})),
    ("edit", dict(edits={"heads": 7})), ("edit", dict(edits={"words": [["a", "b"]]})), ("sweep", dict(target="tea")),
    ("sweep", dict(target={"kind": "class"})), ("sweep", dict(target={"kind": "word", "index": 10**9, "at": 6})),
    ("mattered", dict(target=[])), ("mattered", dict(steps="8")), ("mattered", dict(baseline=None)),
    ("mattered", dict(baseline=["pad"])), ("mattered", dict(text="the cat")), ("mattered", dict(target={"kind": [1]})),
]  # fmt: skip


@pytest.mark.parametrize(("verb", "question"), BAD, ids=str)
def test_bad_questions_get_a_sentence_in_both_languages(models, verb, question):
    sentence = lines(verb, **{"text": TEXT, "model": "bert/bert", **question})["wrong"]
    assert sentence["en"].endswith(".") and sentence["zh"].endswith("。") and "our side" not in sentence["en"]


@pytest.mark.parametrize(("labels", "more"), [
    (["similarity"], {}), (["joy", "anger", "fear"], dict(problem_type="multi_label_classification")),
], ids=["value", "many"])  # fmt: skip
def test_a_number_is_no_probability_and_classes_that_may_hold_together_do_not_share_one(
    tmp_path, monkeypatch, labels, more
):
    """One logit is a number, and labels that may hold together have a sigmoid each: softmax would be wrong of both."""
    folder = tiny.headed(tmp_path / "models" / "bert" / "odd", "bert", "classes", labels, **more)
    monkeypatch.setattr(store, "ASSETS", tmp_path)
    monkeypatch.setitem(MODELS, "bert/odd", ModelSpec("bert/odd", "odd", open_bert, "random"))
    net = tiny.AUTOS["classes"].from_pretrained(folder, attn_implementation="eager").eval()
    tokenizer = open_bert(folder).tokenizer
    rule = torch.sigmoid if more else (lambda logits: logits)

    def theirs(changed):
        with torch.no_grad():
            return rule(changed(**tokenizer(TEXT, return_tensors="pt")).logits[0]).numpy()

    before = theirs(net)
    columns(net, 1, 2, 0.0)
    after = theirs(net)
    question = dict(text=TEXT, model="bert/odd")
    (row,) = lines("edit", **question, edits=dict(heads=[[1, 2, 0]]))["rows"]
    assert row["rule"] == ("many" if more else "value")
    np.testing.assert_allclose(row["before"], before[row["ids"]], atol=1e-6)
    np.testing.assert_allclose(row["after"], after[row["ids"]], atol=1e-6)
    assert row["moved"] == pytest.approx(np.abs(after - before).max(), abs=1e-6) and row["moved"] > 1e-3
    about, *swept = lines("sweep", **question, target={"kind": "class", "index": 0})
    assert about["about"]["target"]["chance"] == pytest.approx(before[0], abs=1e-6)
    off = next(one for one in swept if one["layer"] == 1 and one["first"] == 0)
    assert off["chances"][2] == pytest.approx(after[0], abs=1e-6)
    explained = lines("mattered", **question)[0]["about"]["target"]
    assert (explained["rule"], explained["chance"]) == (row["rule"], pytest.approx(before.max(), abs=1e-6))
