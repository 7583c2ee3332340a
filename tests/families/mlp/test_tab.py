"""The room's verbs: payloads are the training's own numbers, bad input becomes a sentence, nothing else breaks."""

import base64
import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from struct import unpack

import numpy as np
import pytest

from playground.core.live import RUNS
from playground.families.mlp import sight
from playground.families.mlp.config import KINDS, Config, read
from playground.families.mlp.frame import frame
from playground.families.mlp.glance import offered
from playground.families.mlp.presets import EMBEDDED, PRESETS
from playground.families.mlp.state import State, begin, figures, steps
from playground.families.mlp.tab import API, ROOM, VERBS, mlp_train, python
from playground.ui.door import answer

ROOT = Path(__file__).parents[3]


def pictures(verb: str, **question) -> list[tuple[dict, dict[str, np.ndarray]]]:
    """Heads and arrays of every picture of an answer."""
    said = answer(VERBS[verb], json.dumps(question).encode())
    if isinstance(said, bytes):
        raise AssertionError(json.loads(said))
    return [read_frame(chunk) for chunk in said]


def read_frame(chunk: bytes) -> tuple[dict, dict[str, np.ndarray]]:
    _, long = unpack("<II", chunk[:8])
    head, body = json.loads(chunk[8 : 8 + long]), chunk[8 + long :]
    arrays = {
        name: np.frombuffer(body, np.dtype(dtype), int(np.prod(shape)), offset).reshape(shape)
        for name, (dtype, shape, offset) in head.pop("arrays").items()
    }
    return head, arrays


def ask(verb: str, **question) -> dict:
    said = answer(VERBS[verb], json.dumps(question).encode())
    return json.loads(said if isinstance(said, bytes) else next(said))


def start(**settings) -> dict:
    return pictures("start", **settings)[0][0]


def trained(updates: int, **settings) -> State:
    state = begin(read(settings))
    run = steps(state)
    for _ in range(updates):
        next(run)
    return state


@pytest.fixture(autouse=True)
def no_runs_left():
    yield
    for name in list(RUNS._runs):
        RUNS.drop(name)


# ---- frames


def test_a_frame_shows_the_state():
    state = trained(100, hidden=[3, 2])
    head, arrays = frame(state, {})
    losses = figures(state, state.nets[0])
    assert (head["loss"]["train"], head["loss"]["test"], head["right"]["train"], head["right"]["test"]) == losses
    matrices = sight.weights(state)
    np.testing.assert_array_equal(arrays["weights"], np.concatenate([w.ravel() for w, _ in matrices]).astype("f4"))
    np.testing.assert_array_equal(arrays["biases"], np.concatenate([b for _, b in matrices]).astype("f4"))
    side = head["map_side"]
    assert arrays["maps"].shape == (2 + 3 + 2 + 1, side, side)
    grid = sight.grid(state, side)
    hidden = arrays["maps"][2:5] / 127 * head["scales"][1]
    np.testing.assert_allclose(hidden, grid.layers[0], atol=head["scales"][1] / 127)
    share = arrays["plane"][0] / 255
    np.testing.assert_allclose(share, sight.grid(state, 50).output[0], atol=0.5 / 255 + 1e-6)


def test_more_classes_have_a_map_each():
    head, arrays = frame(trained(20, data="spiral", classes=4), {})
    assert arrays["plane"].shape == (4, 40, 40) and head["outputs"] == ["1", "2", "3", "4"]
    np.testing.assert_allclose(arrays["plane"].astype(float).sum(0), 255, atol=3)
    assert head["share_from"] == len(arrays["maps"]) - 4


def test_values_are_signed_and_in_their_own_units():
    own = [[x, y, 50.0 * x] for x in range(-3, 4) for y in range(-2, 3)]
    state = trained(50, data="own", task="values", own=own)
    head, arrays = frame(state, {"tab": "confusion"})
    assert arrays["plane"].dtype == np.int8
    values = sight.grid(state, 50).output * state.data.y_spread
    np.testing.assert_allclose(arrays["plane"] / 127 * head["scales"][-1], values, atol=head["scales"][-1] / 100)
    assert np.abs(arrays["pairs"][:, 0]).max() == 150


def test_the_unit_that_is_looked_at_comes_large():
    state = trained(30)
    head, arrays = frame(state, {"unit": [1, 2]})
    unit = sight.grid(state, 50).layers[0][2]
    np.testing.assert_allclose(arrays["unit"] / 127 * head["scales"][1], unit, atol=0.01)
    for nonsense in ([9, 0], [1, 99], "x", [1], [True, 0], [1.5, 0], None, [3, 0]):
        assert "unit" not in frame(state, {"unit": nonsense})[1]


def test_tabs_bring_what_they_show():
    state = trained(60)
    assert len(frame(state, {"tab": "gradients"})[0]["health"]) == 3
    head, arrays = frame(state, {"tab": "warp", "warp": 1})
    assert head["warp"]["layer"] == 1 and arrays["dots"].shape == (250, 2) and len(arrays["lines"]) == 22
    _, arrays = frame(state, {"tab": "confusion"})
    np.testing.assert_array_equal(arrays["confusion_test"], sight.confusion(state, "test"))
    assert arrays["confusion_train"].sum() == arrays["confusion_test"].sum() == 250
    assert "health" not in frame(state, {"tab": "no such tab"})[0]


def test_tables_show_one_example_and_the_matrix():
    state = trained(200, data="iris", rate=0.1)
    head, arrays = frame(state, {"example": 5})
    shares = sight.answers(state).values[5]
    assert head["said"] == {"label": state.data.classes[int(shares.argmax())], "share": pytest.approx(shares.max())}
    np.testing.assert_allclose(arrays["acts"][-3:], shares, rtol=1e-6)
    np.testing.assert_array_equal(arrays["confusion"], sight.confusion(state))
    assert "maps" not in arrays
    assert frame(state, {"example": 10**9})[0]["said"] == frame(state, {})[0]["said"]


def test_racers_come_side_by_side():
    state = trained(40, race=["sgd", ["adam", 0.01]])
    head, arrays = frame(state, {"race": True})
    assert [racer["optimizer"] for racer in head["racers"]] == ["sgd", "adam"]
    assert head["racers"][1]["test_loss"] == pytest.approx(figures(state, state.nets[1])[1])
    assert arrays["map_0"].shape == arrays["map_1"].shape and not np.array_equal(arrays["map_0"], arrays["map_1"])


@pytest.mark.parametrize("key", PRESETS)
def test_every_preset_begins_draws_and_stays_small(key):
    settings = json.loads(json.dumps(PRESETS[key].config))
    head, _ = pictures("start", **settings)[0]
    for view in ({}, {"tab": "curves"}, {"tab": "gradients"}, {"tab": "confusion"}, {"tab": "warp"}):
        said = answer(VERBS["step"], json.dumps({"run": head["run"], "steps": 30, "view": view}).encode())
        (chunk,) = list(said)
        assert len(chunk) < 25_000, view
    assert PRESETS[key].see.en and PRESETS[key].see.zh


@pytest.mark.parametrize("key", EMBEDDED)
def test_an_embedded_net_opens_trained(key):
    head = start(model=key)
    assert head["right"]["test"] > 0.9 and head["at"] == 0
    assert ask("settings", run=head["run"])["data"] == key.split("/")[1]


def test_what_presets_promise():
    """The words beside a preset, as numbers."""
    small = trained(3000, **PRESETS["small"].config)
    assert 0.6 < figures(small, small.nets[0])[3] < 0.75
    dead = trained(300, **PRESETS["dead"].config)
    assert sight.health(dead)[1].dead.all() and figures(dead, dead.nets[0])[3] < 0.6
    vanish = sight.health(trained(100, **PRESETS["vanish"].config))
    assert vanish[0].gradient * 1000 < vanish[-1].gradient
    overfit = trained(3000, **PRESETS["overfit"].config)
    train, test, _, _ = figures(overfit, overfit.nets[0])
    assert train < 0.1 and test > 3 * train
    spiral = trained(8000, **PRESETS["spiral"].config)
    assert figures(spiral, spiral.nets[0])[3] > 0.93
    features = trained(500, **PRESETS["features"].config)
    assert figures(features, features.nets[0])[3] > 0.97


def test_what_explodes_does_so_in_sight_and_ends_with_a_sentence():
    settings = json.loads(json.dumps(PRESETS["explode"].config))
    run = start(**settings)["run"]
    ((early, _),) = pictures("step", run=run, steps=100)
    assert early["wrong"] is None
    while (head := pictures("step", run=run, steps=400)[0][0])["wrong"] is None:
        assert head["at"] < 2000
    assert "without bound" in head["wrong"]["en"] and head["loss"]["train"] > early["loss"]["train"]
    fine = trained(1000, **{**settings, "rate": 0.05})
    assert figures(fine, fine.nets[0])[3] > 0.9


# ---- questions


def test_what_has_diverged_learns_again_after_a_change():
    run = start(rate=10, scale=10, activation="linear", data="plane", hidden=[8, 8])["run"]
    *_, (head, _) = pictures("play", run=run, steps=500)
    assert head["wrong"]
    assert ask("step", run=run, single={"example": 0})["wrong"]["en"] == head["wrong"]["en"]
    ((before, _),) = pictures("change", run=run, set={"rate": 1e-6})
    ((after, _),) = pictures("step", run=run, steps=5)
    assert before["wrong"] is None and after["loss"]["train"] != before["loss"]["train"]


def test_points_arrive_with_their_part():
    run = start(data="moons", points=100, share=0.7)["run"]
    said, state = ask("points", run=run), begin(Config(data="moons", points=100, share=0.7))
    x = np.frombuffer(base64.b64decode(said["x"]), "<f4").reshape(-1, 2)
    np.testing.assert_allclose(x, np.concatenate([state.data.train.raw, state.data.test.raw]), rtol=1e-6)
    assert list(base64.b64decode(said["test"])) == [0] * 70 + [1] * 30
    assert said["data"] == start(data="moons", points=100, share=0.7)["data"] != start(data="moons")["data"]


def test_rows_and_pixels_arrive_to_be_clicked():
    iris = ask("points", run=start(data="iris")["run"])
    assert len(iris["labels"]) == len(iris["rows"]) == 40 and len(iris["columns"]) == 4
    digits = ask("points", run=start(data="digits")["run"])
    assert len(base64.b64decode(digits["pixels"])) == 40 * 14 * 14 and set(digits["labels"]) <= set("0123456789")


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "rmsprop", "adam"])
def test_an_opened_step_adds_up_and_is_the_one_that_is_made(optimizer):
    run = start(optimizer=optimizer, l2=0.01)["run"]
    pictures("step", run=run, steps=50)
    said = ask("opened", run=run, example=7)
    for layer in said["layers"]:
        total = np.sum(layer["products"], 1) + layer["bias"]
        np.testing.assert_allclose(total, layer["sums"], atol=1e-9)
        before = np.column_stack([layer["weights"], layer["bias"]])
        np.testing.assert_allclose(before - layer["move"], layer["after"], atol=1e-12)
    ((_, arrays),) = pictures("step", run=run, single={"example": 7})
    after = np.concatenate([np.array(layer["after"])[:, :-1].ravel() for layer in said["layers"]])
    np.testing.assert_allclose(arrays["weights"], after, atol=1e-6)


def test_a_large_layer_opens_by_the_inputs_that_say_most():
    said = ask("opened", run=start(data="digits", hidden=[4])["run"], example=0)
    many, few = said["layers"]
    assert many["others"] == 196 - 8 and few["others"] == 0 and few["rest"] == pytest.approx([0] * 10)
    for unit in range(4):
        assert len(many["shown"][unit]) == 8 and len(many["move"][unit]) == 9
        total = sum(many["products"][unit]) + many["rest"][unit] + many["bias"][unit]
        assert total == pytest.approx(many["sums"][unit])


def test_a_weight_and_a_setting_change_while_it_lives():
    run = start()["run"]
    ((head, arrays),) = pictures("change", run=run, weight={"layer": 0, "unit": 1, "source": 0, "value": 2.5})
    assert arrays["weights"][2] == 2.5
    ((head, arrays),) = pictures("change", run=run, weight={"layer": 0, "unit": 1, "source": -1, "value": -1})
    assert arrays["biases"][1] == -1
    ((head, _),) = pictures("change", run=run, set={"rate": 0.3, "optimizer": "adam", "noise": 0.2})
    assert head["settings"]["rate"] == 0.3 and ask("settings", run=run)["noise"] == 0.2


@pytest.mark.parametrize(
    ("verb", "question"),
    [
        ("start", {"data": "triangle"}),
        ("start", {"hidden": [0]}),
        ("start", {"data": "own", "own": [[1, 1, 0]]}),
        ("start", {"data": "table", "csv": "a,b\n1,2"}),
        ("start", {"file": "not base64!"}),
        ("start", {"file": base64.b64encode(b"nothing").decode()}),
        ("start", {"file": 7}),
        ("start", {"model": "mlp/none"}),
        ("start", {"model": ["mlp/digits"]}),
        ("change", {"weight": {"layer": 0, "unit": 0, "source": 0, "value": "x"}}),
        ("change", {"weight": {}}),
        ("change", {"weight": {"layer": 9, "unit": 0, "source": 0, "value": 1}}),
        ("change", {"set": {"hidden": [3]}}),
        ("change", {"set": {"rate": -1}}),
        ("change", {}),
        ("step", {"single": {"example": 10**6}}),
        ("step", {"single": "x"}),
        ("step", {"single": {"a": 1}}),
        ("opened", {"example": -1}),
        ("opened", {"example": None}),
        ("opened", {}),
        ("read", {"csv": "", "kind": "points"}),
        ("read", {"csv": "1,2", "kind": "points"}),
        ("read", {"csv": "1,2,x\n3,4,0", "kind": "points"}),
        ("read", {"csv": 5, "kind": "points"}),
        ("read", {"csv": "1,2,0", "task": ["classes"]}),
        ("read", {"csv": "a,b\n1,2", "kind": "table"}),
        ("read", {"csv": "1,2,0\n2,3,1\n4,4,0\n1,0,9", "kind": "points"}),
        ("read", {}),
        ("code", {"at": "x"}),
        ("points", {"run": "nobody"}),
        ("files", {}),
    ],
)
def test_what_cannot_be_used_becomes_a_sentence(verb, question):
    if verb not in ("start", "read", "code") and "run" not in question and question:
        question = {"run": start()["run"], **question}
    said = ask(verb, **question)
    assert said["wrong"]["en"] and said["wrong"]["zh"] and "our side" not in said["wrong"]["en"]


def test_own_data_is_read_before_it_is_learned():
    said = ask("read", kind="points", csv="x1;x2;y\n1;2;0\n2;3;1\n-1;0;2\n0;0;0\n")
    assert said["own"] == [[1, 2, 0], [2, 3, 1], [-1, 0, 2], [0, 0, 0]] and said["classes"] == 3
    rows = "\n".join(f"{i},{i * i},{'even' if i % 2 == 0 else 'odd'}" for i in range(30))
    said = ask("read", kind="table", csv=f"n,square,parity\n{rows}")
    assert said == {"columns": ["n", "square"], "target": "parity", "classes": ["even", "odd"], "rows": 30}
    head = start(data="table", csv=f"n,square,parity\n{rows}")
    assert head["inputs"] == ["n", "square"] and not head["plane"]


def test_files_lead_back_to_the_same_net():
    run = start(data="xor", hidden=[3])["run"]
    ((before, arrays),) = pictures("step", run=run, steps=200)
    files = ask("files", run=run)
    ((after, again),) = pictures("start", file=files["safetensors"])
    np.testing.assert_array_equal(again["weights"], arrays["weights"])
    assert after["loss"] == before["loss"] and after["at"] == 0
    lines = files["csv"].splitlines()
    assert lines[0] == "x1,x2,y,part" and len(lines) == 501 and "nn.Sequential" in files["python"]


def test_the_code_is_silent_about_points_that_are_not_learned():
    own = [[1, 2, 0], [2, 1, 1], [3, 3, 0], [0, 0, 1]]
    assert "own" not in ask("code", data="moons", own=own, csv="a,b")["code"]
    assert "(3.0, 3.0, 0.0)" in ask("code", data="own", own=own)["code"]


@pytest.mark.parametrize("data", ["iris", "circle", "multi-gauss"])
def test_points_in_warped_space_come_with_what_they_teach(data):
    state = trained(1, data=data)
    head, arrays = frame(state, {"tab": "warp"})
    marks = arrays["marks"]
    assert len(marks) == len(arrays["dots"]) and head["warp"]["layer"] == 2
    if state.data.classes:
        np.testing.assert_array_equal(marks, state.data.train.y[: len(marks)])
    else:
        assert -1 <= marks.min() < 0 < marks.max() <= 1


def test_downloaded_points_and_tables_can_be_used_again():
    own = ask("files", run=start(data="xor", points=50)["run"])["csv"]
    said = ask("read", kind="points", csv=own)
    assert len(said["own"]) == 50 and said["classes"] == 2
    said = ask("read", kind="table", csv=own)
    assert said["columns"] == ["x1", "x2"] and said["target"] == "y"


def test_names_of_columns_are_written_so_that_no_spreadsheet_runs_them():
    rows = "\n".join(f"{i},{-i},{i % 2}" for i in range(30))
    table = f'=HYPERLINK(1),"say ""n"", please",y\n{rows}'
    text = ask("files", run=start(data="table", csv=table)["run"])["csv"]
    head, *lines = csv.reader(io.StringIO(text))
    assert head == ["'=HYPERLINK(1)", 'say "n", please', "y", "part"]
    assert len(lines) == 30 and {float(line[0]) + float(line[1]) for line in lines} == {0}


def test_the_code_on_the_page_prints_the_numbers_on_the_page():
    settings = {"data": "moons", "hidden": [3], "noise": 0.1}
    text = ask("code", **settings, at=120)["code"]
    printed = subprocess.run([sys.executable, "-c", text], cwd=ROOT, capture_output=True, text=True, check=True)
    state = trained(120, **settings)
    assert printed.stdout.split() == [f"{v:.4f}" for v in figures(state, state.nets[0])]


def test_code_of_long_settings_is_cut():
    assert "…" in python({"own": [[1.0, 2.0, 0]] * 50}, 10)


# ---- what the page is told, and the API


def test_the_page_is_told_about_every_kind_of_data():
    said = offered()
    assert set(said["kinds"]) == set(KINDS) and json.dumps(said)
    assert all(kind["thumb"] or key in ("own", "table") for key, kind in said["kinds"].items())
    assert read(said["defaults"]) == Config()
    assert [len(base64.b64decode(one["map"])) for one in said["features"].values()] == [256] * 7


def test_the_endpoint_trains():
    assert mlp_train in API
    said, state = mlp_train("xor", [3], 150, 4), trained(150, data="xor", hidden=[3], seed=4)
    assert said["updates"] == 150 and said["test_loss"] == figures(state, state.nets[0])[1]


def test_the_room_trains_by_the_one_loop():
    assert ROOM.steps is steps


def test_one_point_more_leaves_the_others_in_their_part():
    own = [[round(0.1 * i, 1), round(5 - 0.07 * i, 2), i % 2] for i in range(60)]
    parts = []
    for more in ([], [[3.3, -3.3, 1]]):
        state = begin(read({"data": "own", "own": own + more}))
        parts.append({tuple(row) for row in state.data.test.raw.tolist()})
    assert len(parts[0] ^ parts[1]) <= 2
