"""Shares of right answers are those of a plain loop in transformers and of the training's own measure."""

import json
import math
from itertools import pairwise

import pytest
import torch
from scipy.stats import binomtest
from transformers import AutoModelForCausalLM, AutoTokenizer

from playground.core import store
from playground.core.words import Wrong
from playground.data import tasks
from playground.data.layouts import Layout
from playground.families.gpt import batches, curve, measure, tab_curve
from playground.families.gpt.curve import Plan, curve_questions, measured, points, wilson
from playground.families.gpt.labels import continued
from playground.families.gpt.model import encode, open_gpt
from playground.families.gpt.shots import Example, Prompt
from tests.families.gpt import tiny

SHORT = Layout("", " ->", "\n")  # 64 tokens of a tiny model must do
EXAMPLES = (("a", "b"), ("the cat", "c"), ("sat", "d"), ("hat", "e"))


def prompt(kind: str = "gpt2", **more) -> Prompt:
    return Prompt(**{"examples": EXAMPLES, "layout": SHORT, "model": f"gpt/{kind}"} | more)


def reference(folder, text: str, most: int = 16) -> str:
    """One prompt, one token at a time, no cache."""
    net = AutoModelForCausalLM.from_pretrained(folder, attn_implementation="eager").eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    ids = tokenizer(text, return_tensors="pt").input_ids
    begun = ids.shape[1]
    with torch.no_grad():
        for _ in range(most):
            ids = torch.cat((ids, net(ids, use_cache=False).logits[:, -1:].argmax(-1)), 1)
            if ids[0, -1] in tokenizer.all_special_ids or "\n" in tokenizer.decode(ids[0, begun:]):
                break
    made = [id for id in ids[0, begun:].tolist() if id not in tokenizer.all_special_ids]
    return tokenizer.decode(made).split("\n")[0].removeprefix(" ").rstrip(" ")


@pytest.mark.parametrize("right,asked", [(0, 1), (1, 1), (0, 50), (3, 7), (25, 50), (47, 50), (50, 50), (199, 200)])
def test_intervals_are_wilsons(right, asked) -> None:
    low, high = binomtest(right, asked).proportion_ci(method="wilson")
    assert wilson(right, asked) == pytest.approx((low, high), abs=1e-12)


@pytest.mark.parametrize("kind", tiny.CONFIGS)
def test_every_line_is_what_a_plain_loop_writes(models, kind) -> None:
    """With and without what prompts share, whatever the kind of attention and cache."""
    plan = Plan(prompt(kind, description="the cat"), asked=(("mat", "x"), ("a cat", "y"), ("b", "z")), shots=(0, 4))
    results = [one for step in measured(plan) for one in step.results]
    assert len(results) == 3 * 2 * 2
    for one in results:
        assert one.said == reference(models / kind, one.asked.prompt.text()), one.asked


@pytest.mark.parametrize("kind", ["gpt2", "llama", "opt"])
def test_a_batch_reads_what_the_room_reads(models, kind) -> None:
    with store.using(f"gpt/{kind}", open_gpt) as gpt:
        for text in ("the cat sat", "", "a <|endoftext|> b", "\ud83d x", "é 你 🐈\n", "the cat " * 40):
            ids, cut = batches.ids_of(text, gpt)
            tokens = encode(text, gpt).tokens
            assert (ids, cut) == (tokens.ids, tokens.cut)
        assert batches.tokens_of(" b\n", "the cat ->", gpt) == len(continued("the cat ->", " b\n", gpt))


@pytest.mark.parametrize("key", ["plural", "symbol"])
def test_questions_are_those_of_the_training(key) -> None:
    plan = Plan(prompt(description="x"), task=key, count=5)
    for shots in tasks.SHOTS:
        row = curve.point_of(plan, curve.PLAIN, shots)
        wanted = [(tasks.prompt(SHORT, "", s, q.given), q.answer) for s, q in tasks.questions(key, shots, 5)]
        assert [(one.prompt.text(), one.answer) for one in row] == wanted


def test_accuracy_is_that_of_the_training(models) -> None:
    """A net that has learned to copy a letter is right where the training's own measure says so."""
    with store.using("gpt/gpt2", open_gpt) as gpt:
        net, tokenizer = gpt.net, gpt.tokenizer
        kept = {name: value.clone() for name, value in net.state_dict().items()}
        texts = [f"{a} ->" for a in "defgiklm"]
        rows = torch.tensor([tokenizer(f"{a} -> {a}\n").input_ids for a in "defgiklm"])
        step = torch.optim.Adam(net.parameters(), 3e-3)
        for _ in range(60):
            step.zero_grad()
            net(rows, labels=rows).loss.backward()
            step.step()
        batches.lines.clear()
        try:
            asked = tuple(Example(a, a if a < "k" else "d") for a in "defgiklm")
            (point,) = points(Plan(prompt(examples=()), asked=asked, shots=(0,)))
            own = measure.right(
                net, tokenizer.backend_tokenizer, [(t, a) for t, (_, a) in zip(texts, asked, strict=True)]
            )
        finally:
            net.load_state_dict(kept)
            net.zero_grad(set_to_none=True)
            batches.lines.clear()
    assert point.right == own.sum() == 5


def test_allowed_answers_are_chosen_by_probability(models) -> None:
    labels = ("b", "the cat", "c sat")
    plan = Plan(prompt(labels=labels), asked=(("mat", "b"), ("a", "c sat")), labels=True, shots=(0, 2))
    net = AutoModelForCausalLM.from_pretrained(models / "gpt2").eval()
    tokenizer = AutoTokenizer.from_pretrained(models / "gpt2")
    for one in [one for step in measured(plan) for one in step.results]:
        text, logs = one.asked.prompt.text(), []
        for label in labels:
            ids, start = tokenizer(f"{text} {label}", return_tensors="pt").input_ids, len(tokenizer(text).input_ids)
            with torch.no_grad():
                said = net(ids).logits[0].double().log_softmax(-1)
            logs.append(sum(said[at - 1, ids[0, at]].item() for at in range(start, ids.shape[1])))
        best = max(range(3), key=logs.__getitem__)
        assert one.said == labels[best]
        assert one.chance == pytest.approx(math.exp(logs[best]) / sum(map(math.exp, logs)), abs=1e-5)


def test_the_longest_allowed_answer_finds_room_behind_a_full_prompt(models) -> None:
    labels, cat = ("b", "the cat sat on the mat"), "the cat " * 40
    plan = Plan(prompt(examples=((cat, "b"), *EXAMPLES), labels=labels), asked=(("mat", "b"),), labels=True, shots=(4,))
    (step,) = measured(plan)
    assert step.results[0].said in labels and step.results[0].cut


def test_an_allowed_answer_longer_than_half_the_context_is_refused(models) -> None:
    labels = ("b", "\U0001f408" * 20)  # 80 tokens
    with pytest.raises(Wrong, match="tokens; this model reads"):
        next(measured(Plan(prompt(labels=labels), asked=(("mat", "b"),), labels=True, shots=(1,))))


def test_own_examples_are_asked_with_the_others_in_front(models) -> None:
    for shots, (examples, query) in [
        (k, pair) for k in (0, 2, 3) for pair in curve_questions(Plan(prompt(), shots=(k,)), k)
    ]:
        rest = [one for one in EXAMPLES if one != query]
        assert list(examples) == rest[:shots]
    plan = Plan(prompt(), shots=(0, 1, 2, 4, 8))
    assert plan.shots == (0, 1, 2, 3)  # a fourth is the question


def test_more_examples_than_there_are(models) -> None:
    asked = (("a", "b"),)
    assert Plan(prompt(), asked=asked, shots=(0, 2, 8)).shots == (0, 2, 4)
    assert Plan(prompt(), task="plural", drawn=False).shots == (0, 1, 2, 4)
    assert Plan(prompt(), task="plural").shots == tasks.SHOTS
    assert Plan(prompt(), task="symbol", drawn=False).draws  # what it asks stands in its examples alone
    assert not Plan(prompt(), task="plural", drawn=False).draws


def test_other_orders_have_the_same_examples_and_repeat(models) -> None:
    for plan in (Plan(prompt(), orders=2, seed=3), Plan(prompt(), task="plural", orders=2, count=4, seed=3)):
        most = plan.shots[-1]
        plain = curve_questions(plan, most)
        first, again = curve_questions(plan, most, "order 1"), curve_questions(plan, most, "order 1")
        assert first == again
        assert [query for _, query in first] == [query for _, query in plain]
        assert [sorted(shots) for shots, _ in first] == [sorted(shots) for shots, _ in plain]
        assert first != plain and first != curve_questions(plan, most, "order 2")


def test_what_is_asked_alike_is_asked_once_and_counted_everywhere(models) -> None:
    asked = (("mat", "x"), ("mat", "x"), ("mat", "y"))
    plan = Plan(prompt(description="the"), asked=asked, shots=(0, 1), orders=2)
    steps = list(measured(plan))
    assert steps[-1].done == steps[-1].prompts
    last = {(step.point.line, step.point.shots): step.point for step in steps}
    assert len(last) == 4 * 2 and all(point.asked == point.of == 3 for point in last.values())
    assert all(a.done <= b.done for a, b in pairwise(steps))
    zero = [last[line, 0].right for line in ("told", "order 1", "order 2")]
    assert len(set(zero)) == 1  # without examples there is no order


def test_a_prompt_that_is_too_long_loses_its_beginning_and_says_so(models) -> None:
    plan = Plan(prompt(description="x" * 80), asked=(("a", "b"),), shots=(0,))
    found = {step.point.line: step for step in measured(plan)}
    assert found["plain"].point.cut == 0
    assert found["told"].point.cut == 1 and found["told"].results[0].cut > 16


@pytest.mark.parametrize(
    "bad",
    [
        {"task": "none"}, {"count": 0}, {"count": 10**6}, {"orders": -1}, {"shots": ()}, {"shots": (-1,)},
        {"shots": (99,)}, {"shots": (True,)}, {"asked": (("a", "b"),) * 1000}, {"labels": True}, {"seed": -1},
    ],
)  # fmt: skip
def test_bad_plans_get_a_sentence(models, bad) -> None:
    with pytest.raises(Wrong):
        Plan(prompt(), **bad)


def test_nothing_to_ask(models) -> None:
    with pytest.raises(Wrong, match="at least two"):
        Plan(prompt(examples=EXAMPLES[:1]))
    with pytest.raises(Wrong, match="not among the allowed"):
        Plan(prompt(labels=("b", "c")), asked=(("a", "q"),), labels=True)


def test_the_page_gets_a_line_for_each_step(models) -> None:
    question = {
        "prompt": {**prompt().payload(), "description": ""},
        "asked": [["mat", "x"], ["sat on", "y"]], "shots": [0, 2],
    }  # fmt: skip
    said = [json.loads(line) for line in b"".join(tab_curve.curve(question)).splitlines()]
    assert said[0]["plan"] == {
        "lines": ["plain"], "shots": [0, 2], "draws": False, "labels": False, "guess": None, "questions": 2,
    }  # fmt: skip
    results = [one for line in said if "step" in line for one in line["step"]["results"]]
    assert {(one["shots"], one["at"]) for one in results} == {(0, 0), (0, 1), (2, 0), (2, 1)}
    assert all(one["text"].endswith(f"{one['query']} ->") for one in results)
    assert said[-1]["done"]["prompts"] == 4
    assert tab_curve.curve_list({"text": "input,answer\na,b\n"})["rows"] == [["a", "b"]]
    for bad in ({"asked": [["a"]]}, {"asked": "a"}, {"task": 3}, {"drawn": 1}, {"shots": "a"}):
        with pytest.raises(Wrong):
            list(tab_curve.curve({**question, **bad}))


def test_a_model_that_is_not_there_is_told_before_the_stream_begins(models) -> None:
    question = {"prompt": {**prompt().payload(), "model": "nobody/nothing"}, "task": "copy"}
    with pytest.raises(Wrong):
        next(tab_curve.curve(question))


def test_the_endpoint(models) -> None:
    told = tab_curve.gpt_curve("copy", "gpt/gpt2", [0, 1], 4)
    assert [one["shots"] for one in told["without_description"]] == [0, 1]
    assert all(one["asked"] == 4 for line in ("without_description", "with_description") for one in told[line])
    with pytest.raises(Wrong):
        tab_curve.gpt_curve("nothing")
    for bad in ({"task": ["copy"]}, {"task": 3}, {"task": "copy", "shots": 2}, {"task": "copy", "shots": "2"}):
        with pytest.raises(Wrong):
            tab_curve.gpt_curve(**bad)
