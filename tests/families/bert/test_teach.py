"""Fine-tuning in the page: the same numbers as transformers and torch, replayed bit for bit, nobody disturbed."""

import csv
import io
import json
import threading
import zipfile
from dataclasses import replace
from struct import unpack

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from transformers import AutoTokenizer, BertForSequenceClassification

from playground.core import limits, live, store
from playground.core.words import Wrong
from playground.families.bert import tab_teach
from playground.families.bert.model import open_bert
from playground.families.bert.teach_data import MODEL, Sentence, read
from playground.families.bert.teach_export import archive, config, harmless, table, tensors
from playground.families.bert.teach_look import arrays, change, classify, confusion, frame, head
from playground.families.bert.teach_plan import CHOICES, Plan, lesson, likely, plan, split
from playground.families.bert.teach_sets import SETS
from playground.families.bert.teach_state import (
    BIAS,
    WEIGHT,
    WORDS,
    State,
    begin,
    figures,
    gradients,
    loss_of,
    order_of,
    pooled,
    steps,
)
from playground.families.bert.teach_table import table as parsed
from playground.ui.door import Question

ROWS = [
    ["The soup is hot.", "", "food"],
    ["The train leaves at nine.", "", "travel"],
    ["We ate fish and rice.", "", "food"],
    ["He lost his ticket at the station, and then he waited.", "", "travel"],
    ["Wash the potatoes.", "", "food"],
    ["Our ship arrived.", "", "travel"],
    ["This cake is sweet.", "", "food"],
    ["They crossed the border.", "", "travel"],
]


def started(choice: str = "head", **what) -> State:
    return begin(lesson(ROWS), Plan(choice=choice, **{"batch": 3, "epochs": 3, **what}))


def moved(state: State, updates: int) -> State:
    moving = steps(state)
    for _ in range(updates):
        next(moving)
    return state


def finished(state: State) -> State:
    moving = steps(state)
    while not state.ended():
        next(moving)
    return state


def plain(state: State) -> BertForSequenceClassification:
    """transformers' own model with the state's weights."""
    net = BertForSequenceClassification(config(state)).eval()
    missing, unexpected = net.load_state_dict(tensors(state), strict=False)
    assert not unexpected
    assert all("position_ids" in name or "token_type_ids" in name for name in missing)
    return net


def inputs(examples) -> dict:
    tokenizer = store.load(MODEL, open_bert).tokenizer
    return dict(tokenizer([ROWS[i][0] for i in examples], padding=True, return_tensors="pt"))


# ---- the same numbers as others


@pytest.mark.parametrize("choice", CHOICES)
def test_gradients_are_those_of_the_plain_model(choice) -> None:
    state = moved(started(choice), 2)
    examples = order_of(state, 0)[:3]
    net = plain(state)
    loss = net(**inputs(examples), labels=state.data.labels[examples]).loss
    penalised = loss + state.plan.penalty / 2 * net.classifier.weight.square().sum()
    net.zero_grad()
    penalised.backward()
    assert float(loss_of(state, state.weights, examples)) == pytest.approx(float(penalised.detach()), rel=1e-5)
    wanted = {name.removeprefix("bert."): value.grad for name, value in net.named_parameters()}
    for name, found in zip(state.weights, gradients(state, examples), strict=True):
        whole = wanted[name]
        torch.testing.assert_close(found, whole[state.data.rows] if name == WORDS else whole, atol=2e-6, rtol=1e-4)
    if choice == "all":
        assert set(state.weights) == set(wanted)
        others = np.setdiff1d(np.arange(len(wanted[WORDS])), state.data.rows)
        assert wanted[WORDS][others].abs().max() == 0  # the words that do not occur would not have moved


@pytest.mark.parametrize("choice", CHOICES)
def test_updates_are_those_of_torch_adam(choice) -> None:
    state = started(choice)
    net = plain(state)
    learned = {name: value for name, value in net.named_parameters() if name.removeprefix("bert.") in state.weights}
    optimiser = torch.optim.Adam(list(learned.values()), lr=1.0)
    for _ in range(4):
        epoch, place = divmod(state.done, state.epoch_updates)
        examples = order_of(state, epoch)[3 * place : 3 * place + 3]
        optimiser.param_groups[0]["lr"] = state.rate
        net.zero_grad()
        loss = net(**inputs(examples), labels=state.data.labels[examples]).loss
        (loss + state.plan.penalty / 2 * net.classifier.weight.square().sum()).backward()
        torch.nn.utils.clip_grad_norm_(list(learned.values()), 1.0)
        optimiser.step()
        moved(state, 1)
    ours, theirs = (one(**inputs(range(8))).logits.detach() for one in (plain(state), net))
    torch.testing.assert_close(ours, theirs, atol=2e-3, rtol=1e-2)
    assert (ours - started(choice).measure.logits).abs().max() > 0.01


def test_the_head_alone_reaches_the_optimum_of_logistic_regression() -> None:
    ready = next(one for one in SETS if one.key == "topics")
    state = begin(lesson(ready.rows), Plan(rate=0.03, batch=32, epochs=200, penalty=0.05, held=0.35))
    for _ in range(12):  # again and again from where it stands
        finished(state)
        state.done = 0
    train = state.data.train  # fewer than a batch holds: every update sees all of them
    x, y = state.data.vectors.numpy()[train].astype(float), state.data.labels.numpy()[train]
    best = LogisticRegression(C=1 / (0.05 * len(train)), max_iter=10_000, tol=1e-10).fit(x, y)
    chances = state.measure.logits.double().softmax(1).numpy()
    wanted = best.predict_proba(state.data.vectors.numpy())
    np.testing.assert_allclose(chances, wanted, atol=5e-3)
    np.testing.assert_allclose(state.weights[WEIGHT].numpy(), best.coef_, atol=2e-2)


def test_the_words_that_do_not_occur_are_the_encoders_own() -> None:
    state = moved(started("all"), 3)
    chances, vector, _ = classify(state, Sentence("A strange ocean lies behind the mountain."))
    tokenizer = store.load(MODEL, open_bert).tokenizer
    with torch.no_grad():
        said = plain(state)(**tokenizer("A strange ocean lies behind the mountain.", return_tensors="pt"))
    torch.testing.assert_close(chances, said.logits[0].softmax(0), atol=1e-5, rtol=1e-4)
    assert vector.shape == (state.data.vectors.shape[1],)


@pytest.mark.parametrize("choice", CHOICES)
def test_measures_are_exact_for_their_moment(choice) -> None:
    state, kept = started(choice), {}
    moving = steps(state)
    kept[0] = state.weights
    while not state.ended():
        next(moving)
        kept[state.done] = state.weights
        measure = state.measure
        at = replace(state, weights=kept[measure.at])
        with torch.no_grad():
            everyone = np.arange(len(ROWS))
            vectors = state.data.vectors if choice == "head" else pooled(at.data, at.weights, everyone)
            logits = torch.nn.functional.linear(vectors, at.weights[WEIGHT], at.weights[BIAS])
        torch.testing.assert_close(measure.logits, logits, atol=1e-4, rtol=1e-3)
    assert state.measure.at == state.done == state.length == 6
    assert state.curve[-1][0] == 6
    assert [row[0] for row in state.curve] == sorted({row[0] for row in state.curve})


def test_figures_and_confusion_count_what_is_said() -> None:
    state = finished(started())
    logits, labels, test = state.measure.logits.numpy(), state.data.labels.numpy(), state.data.test
    said = logits.argmax(1)
    counts = confusion(state, test)
    assert counts.sum() == len(test)
    assert counts.trace() == (said[test] == labels[test]).sum() == head(state)["right"]["held"]
    p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    assert figures(state)[1] == pytest.approx(-np.log(p[test, labels[test]]).mean(), abs=1e-5)
    assert figures(state)[3] == pytest.approx((said[test] == labels[test]).mean())
    assert likely(0, 5)[0] == pytest.approx(0, abs=1e-12)
    assert likely(5, 5)[1] == pytest.approx(1)


# ---- replayed, and nobody disturbed


def same(a: State, b: State) -> bool:
    weights = all(torch.equal(a.weights[name], b.weights[name]) for name in a.weights)
    return weights and a.curve == b.curve and a.done == b.done and torch.equal(a.measure.logits, b.measure.logits)


@pytest.mark.parametrize("choice", CHOICES)
def test_a_copy_goes_the_same_way_bit_for_bit(choice) -> None:
    state = moved(started(choice), 2)
    copy, before = state.copy(), {name: value.clone() for name, value in state.weights.items()}
    moved(state, 4)
    assert all(torch.equal(copy.weights[name], before[name]) for name in before)
    assert not same(copy, state)
    assert same(moved(copy, 4), state)
    assert same(moved(started(choice), 6), state)


def test_the_time_line_and_a_changed_rate() -> None:
    run = live.Run(started("last"), steps, limits.TEACH_MB)
    for _ in range(6):
        run.play(0, 1)
    end = run.state.copy()
    run.back(2)
    assert run.state.done == 2
    for _ in range(4):
        run.play(0, 1)
    assert same(run.state, end)
    run.back(2)
    run.change(lambda state: change(state, {"rate": 1e-4, "choice": "all"}))
    assert run.state.plan.rate == 1e-4
    assert run.state.plan.choice == "last"  # what trains is settled when it begins
    for _ in range(4):
        run.play(0, 1)
    assert not same(run.state, end)
    with pytest.raises(Wrong):
        run.change(lambda state: change(state, {"rate": 9}))


def test_two_trainings_and_the_shared_encoder_do_not_disturb_each_other() -> None:
    net = store.load(MODEL, open_bert).net
    before = {name: value.clone() for name, value in net.state_dict().items()}
    alone = [moved(started(choice), 6) for choice in ("last", "all")]
    together = [started(choice) for choice in ("last", "all")]
    threads = [threading.Thread(target=moved, args=(state, 6)) for state in together]
    vector = read(Sentence(ROWS[0][0])).vector
    for thread in threads:
        thread.start()
    seen = [net(**inputs([0])).prediction_logits.detach() for _ in range(5)]
    for thread in threads:
        thread.join()
    assert all(same(a, b) for a, b in zip(alone, together, strict=True))
    assert all(torch.equal(one, seen[0]) for one in seen)
    after = net.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    np.testing.assert_array_equal(read(Sentence(ROWS[0][0])).vector, vector)


def test_numbers_that_are_no_longer_finite_stop_it_with_a_sentence() -> None:
    state = moved(started("all"), 1)
    run = live.Run(state, steps)
    bad = {**state.weights, WEIGHT: state.weights[WEIGHT] * float("inf")}
    kept = state.done
    state.weights = bad
    run.play(0, 1)
    assert run.wrong is not None
    assert "divergence" in run.wrong.en
    assert state.done == kept
    assert state.weights is bad  # as it was left


@pytest.mark.parametrize("choice", CHOICES)
def test_memory_is_counted(choice) -> None:
    state = moved(started(choice), 2)
    own = sum(value.numel() * 4 for value in state.weights.values())
    assert 3 * own <= state.nbytes <= 4 * own + 100_000
    run = live.Run(state, steps, limits.TEACH_MB)
    assert run.most_bytes <= limits.TEACH_MB * 2**20 + 2 * state.nbytes or run._most == 2


def test_all_runs_together_are_bounded_in_bytes(monkeypatch) -> None:
    monkeypatch.setattr(limits, "RUNS_MB", 0.5)
    runs = live.Runs()
    name = runs.add(live.Run(started(), steps, 0.2))
    with pytest.raises(Wrong, match="Too many people"):
        for _ in range(5):
            runs.add(live.Run(started(), steps, 0.2))
    runs.drop(name)


# ---- what a reader brings


def test_split_keeps_a_share_of_each_label_and_equal_sentences_together() -> None:
    rows = [[f"sentence {i}", "", "a"] for i in range(8)] + [[f"other {i}", "", "b"] for i in range(4)]
    rows += [["sentence 0", "", "a"], ["alone", "", "c"]]
    given = lesson(rows)
    seen = set()
    for seed in range(20):
        held = split(given, 0.25, seed)
        assert held[0] == held[12]
        assert not held[13]
        assert held[8:12].sum() == 1
        assert len({given.texts[i] for i in np.flatnonzero(held[:8])}) == 2
        np.testing.assert_array_equal(held, split(given, 0.25, seed))
        seen.add(tuple(held))
    assert len(seen) > 5
    assert not split(given, 0, 0).any()
    both = lesson([*rows, ["other 1", "", "a"]])
    assert not any(split(both, 0.5, seed)[[9, 14]].any() for seed in range(10))


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("no", "rows of text"),
        ([["a", "b"]], "rows of text"),
        ([], "no sentences yet"),
        ([["", "", ""]], "no sentences yet"),
        ([["a", "", "x"], ["b", "", "x"]], "1 different labels"),
        ([["a", "", "x"], ["", "", "y"]], "Row 2 has no sentence"),
        ([["a", "", "x"], ["b", "", " "]], "Row 2 has no label"),
        ([["a", "", "x"], ["b" * 1001, "", "y"]], "Row 2 is longer"),
        ([["a", "", "x"], ["b", "", "y" * 41]], "The label in row 2"),
        ([[str(i), "", str(i)] for i in range(9)], "9 different labels"),
        ([[str(i), "", str(i % 2)] for i in range(401)], "401 sentences"),
    ],
)
def test_what_cannot_be_learned_is_said(rows, said) -> None:
    with pytest.raises(Wrong, match=said) as caught:
        lesson(rows)
    assert caught.value.text.zh


@pytest.mark.parametrize(
    "what",
    [
        {"choice": "none"}, {"choice": ["head"]}, {"rate": 1}, {"rate": "fast"}, {"batch": 0}, {"batch": 2.5},
        {"choice": "all", "batch": 9}, {"epochs": 201}, {"held": 0.6}, {"penalty": -1}, {"seed": -1}, {"seed": True},
    ],
)  # fmt: skip
def test_plans_that_cannot_be_are_refused(what) -> None:
    with pytest.raises(Wrong):
        plan(what)


def test_odd_sentences_are_read_and_long_ones_are_cut() -> None:
    rows = [["word " * 60, "", "long"], ["🙂 你好 שלום e\u0301", "\ud800", "odd"], ["[MASK] [SEP]", "second", "odd"]]
    state = begin(lesson(rows), Plan(held=0))
    assert state.data.cut == 1
    assert max(map(len, state.data.ids)) == limits.TEACH_TOKENS
    assert state.data.ids[2].tolist().count(store.load(MODEL, open_bert).tokenizer.sep_token_id) == 2
    assert 1 in state.data.types[2]
    finished(state)
    assert head(state)["likely"] is None
    assert head(state)["loss"]["held"] is None
    json.dumps(head(state), allow_nan=False)


def test_it_ends_by_its_epochs_or_its_loss() -> None:
    state = finished(started(epochs=2))
    assert (state.done, state.ended().en) == (4, "Done: 2 epochs, 4 updates.")
    change(state, {"epochs": 5})
    assert state.ended() is None
    early = finished(started(epochs=200, stop_loss=0.5))
    assert early.done < early.length
    assert early.curve[-1][1] <= 0.5
    assert len(early.curve) <= 400


def test_a_long_training_thins_its_curve() -> None:
    state = finished(started(batch=1, epochs=150))
    assert state.done == 900
    assert 100 < len(state.curve) <= 400
    assert state.curve[0][0] == 0
    assert state.curve[-1][0] == 900


# ---- what goes out


@pytest.mark.parametrize("choice", ["head", "all"])
def test_the_archive_opens_in_transformers(choice, tmp_path) -> None:
    state = finished(started(choice, epochs=1))
    zipfile.ZipFile(io.BytesIO(archive(state))).extractall(tmp_path)
    folder = tmp_path / "my-bert"
    net, said = BertForSequenceClassification.from_pretrained(folder, output_loading_info=True)
    assert not said["missing_keys"] and not said["unexpected_keys"]
    assert net.config.id2label == {0: "food", 1: "travel"}
    text = "We ate an unknown fish on the train."
    tokens = AutoTokenizer.from_pretrained(folder)(text, return_tensors="pt")
    with torch.no_grad():
        found = net.eval()(**tokens).logits.softmax(-1)[0]
    torch.testing.assert_close(found, classify(state, Sentence(text))[0], atol=1e-5, rtol=1e-4)
    program: dict = {"__name__": "classify"}
    source = (folder / "classify.py").read_text().replace('"."', repr(str(folder)))
    exec(compile(source, "classify.py", "exec"), program)
    assert program["classify"](text)["food"] == pytest.approx(float(found[0]), abs=1e-5)
    assert "2 were held out" in (folder / "README.md").read_text()


def test_the_table_holds_every_sentence_and_runs_in_no_spreadsheet() -> None:
    state = started()
    rows = list(csv.DictReader(io.StringIO(table(state))))
    assert [[row["text"], row["text2"], row["label"]] for row in rows] == ROWS
    assert [row["part"] == "held out" for row in rows] == state.data.held.tolist()
    assert all(float(row["p(food)"]) + float(row["p(travel)"]) == pytest.approx(1, abs=1e-5) for row in rows)
    assert harmless("=HYPERLINK()") == "'=HYPERLINK()"


def test_a_frame_is_small_and_answers_the_sentence_that_is_tried() -> None:
    many = [[f"sentence number {i}", "", str(i % 8)] for i in range(120)]
    state = finished(begin(lesson(many), Plan(epochs=40)))
    said, drawn = frame(state, {"try": {"text": "hello"}})
    assert sum(a.nbytes for a in drawn.values()) + len(json.dumps(said, allow_nan=False)) < 25_000
    assert sum(said["try"]["chances"]) == pytest.approx(1, abs=1e-5)
    assert "wrong" in frame(state, {"try": {"text": "x" * 1001}})[0]["try"]
    for nothing in ({}, {"try": None}, {"try": {"text": " "}}, {"try": {"text": 3}}, {"try": "x"}):
        assert frame(state, nothing)[0]["try"] is None
    assert set(drawn) == set(arrays(started()))


def head_of(piece: bytes) -> dict:
    _, length = unpack("<II", piece[:8])
    return json.loads(piece[8 : 8 + length])


def test_the_verbs_train_answer_and_hand_out(monkeypatch, tmp_path) -> None:
    asked = {"rows": ROWS, "choice": "head", "batch": 3, "epochs": 2}
    first = head_of(b"".join(tab_teach.VERBS["teach_start"](Question(asked))))
    run = Question(run=first["run"])
    *_, last = tab_teach.VERBS["teach_play"](Question(run | {"steps": 1}))
    assert head_of(last)["ended"]["en"] == "Done: 2 epochs, 4 updates."
    assert head_of(last)["snaps"] == [0, 1, 2, 3, 4]
    lines = [json.loads(line) for line in tab_teach.VERBS["teach_read"](Question(rows=ROWS))]
    assert lines[-1]["counts"] == [4, 4]
    assert zipfile.ZipFile(io.BytesIO(b"".join(tab_teach.VERBS["teach_files"](run)))).testzip() is None
    # the program on the page, beside the table that was downloaded, comes to the same numbers
    (tmp_path / "sentences.csv").write_text(tab_teach.VERBS["teach_sentences"](run)["csv"], "utf-8-sig", newline="")
    monkeypatch.chdir(tmp_path)
    told: list[dict] = []
    exec(tab_teach.code(Question(asked))["code"], {"print": told.append})
    assert told[0]["updates"] == 4
    assert told[0]["held-out loss"] == pytest.approx(head_of(last)["loss"]["held"], abs=1e-6)
    tab_teach.VERBS["teach_leave"](Question(runs=[first["run"]]))


# ---- tables that are brought


def test_tables_are_cut_where_they_hold_together() -> None:
    found = parsed('text,label\n"a, very long b",x\nc d e f,y\n')
    assert found["header"] is True
    assert found["rows"] == [["a, very long b", "", "x"], ["c d e f", "", "y"]]
    tabs = parsed("one, two, three\tx\nfour five, six\ty\nseven\tx\n")
    assert tabs["header"] is False
    assert tabs["rows"][0] == ["one, two, three", "", "x"]
    chosen = parsed(
        "a;b;c\nlong text here;second;x\nmore text here;other;y\n", True, {"text": 1, "pair": 0, "label": 2}
    )
    assert chosen["rows"][0] == ["second", "long text here", "x"]
    assert parsed("a;b\nc;d\n", True)["rows"] == [["c", "", "d"]]


@pytest.mark.parametrize("text", [3, "", "only text", "a,b\nc,d,e\n", "x,y\n" * 500, "a" * 200_001])
def test_tables_that_are_none_are_refused(text) -> None:
    with pytest.raises(Wrong):
        parsed(text)


def test_every_ready_set_can_be_learned() -> None:
    assert len({one.key for one in SETS}) == len(SETS)
    for one in SETS:
        given = lesson(one.rows)
        assert str(len(given)) in one.about.en
        assert f"{len(given.names)} labels" in one.about.en
        assert len(set(zip(given.texts, given.pairs, strict=True))) == len(given)
    assert tab_teach.offered()["plan"]["choice"] == "head"
