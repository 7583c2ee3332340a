"""The verbs of the pictures: what the page asks and gets."""

import base64
import io
import json
from itertools import islice
from typing import Any

import numpy as np
import pytest
from PIL import Image

from playground.core.words import Wrong
from playground.families.gan import pictures_tab
from playground.families.gan.pictures_critic import Critique, criticised
from playground.families.gan.pictures_latent import Point
from playground.families.gan.trace import Request, trace
from playground.views import frame

VERBS = pictures_tab.VERBS


def numbers(text: str, dtype: str = "<f4") -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), dtype)


def test_the_page_is_told_about_every_pair() -> None:
    told = pictures_tab.offered()
    assert {"gan/digits", "gan/plain"} <= {model["key"] for model in told["models"]}
    for model in told["models"]:
        assert model["results"]["Frechet distance of 1,000 samples"] > 0 and model["side"] in (28, 32)
    json.dumps(told, allow_nan=False)
    assert "Hub" in told["hub"]["en"] and "Hub" in told["hub"]["zh"]


def test_a_grid_carries_its_bytes_and_scores() -> None:
    said, seen = VERBS["pictures_grid"]({"seed": 4, "count": 7}), trace(Request(seed=4, count=7))
    pixels = numbers(said["data"], "u1").reshape(said["shape"])
    np.testing.assert_allclose(pixels, seen.pictures.values * 255, atol=0.5001)
    assert said["scores"] == pytest.approx(seen.scores.tolist()) and said["spread"] == 1
    scope: dict = {}
    exec(said["code"], scope)
    np.testing.assert_array_equal(scope["seen"].pictures.values, seen.pictures.values)


def test_one_moved_sample() -> None:
    plain = VERBS["pictures_one"]({"point": {"index": 5}})
    moved = VERBS["pictures_one"]({"point": {"index": 5, "edits": [[0, 3.0]], "direction": 2, "along": 1.0}})
    a, b = numbers(plain["latent"]), numbers(moved["latent"])
    assert a.shape == (64,) and np.linalg.norm(b - a) > 0.5 and plain["data"] != moved["data"]
    assert plain["lengths"][0] == pytest.approx(np.linalg.norm(a), rel=1e-5)


def test_paths_and_sums_answer() -> None:
    said = VERBS["pictures_between"]({"a": {"index": 0}, "b": {"index": 1}, "steps": 5})
    assert said["at"] == [0, 0.25, 0.5, 0.75, 1] and said["straight"]["shape"] == (5, 28, 28)
    total = VERBS["pictures_sum"]({"a": [{"index": 0}], "b": [{"index": 1}], "c": [{"index": 2}]})
    assert total["terms"]["shape"][0] == 3 and total["result"]["lengths"][0] == pytest.approx(8, rel=1e-4)


def test_a_critique_of_three_kinds_of_pictures() -> None:
    file = io.BytesIO()
    Image.fromarray(np.eye(28, dtype=np.uint8) * 255).save(file, "PNG")
    image = base64.b64encode(file.getvalue()).decode()
    for question in ({"point": {"index": 1}}, {"real": 9}, {"ink": np.eye(28).tolist()}, {"image": image}):
        said = VERBS["pictures_critic"](question)
        assert 0 <= said["score"] <= 1 and numbers(said["gradient"]).shape == (784,)
        np.testing.assert_array_equal(numbers(said["saliency"]), np.abs(numbers(said["gradient"])))
    own = criticised(Critique(sample=Point(index=1)))
    assert VERBS["pictures_critic"]({"point": {"index": 1}})["logit"] == own.logit


def test_layers_and_one_of_them() -> None:
    steps = VERBS["pictures_layers"]({"point": {}})["steps"]
    assert [step["step"] for step in steps[:3]] == ["latent", "project", "maps"] and steps[-1]["step"] == "score"
    maps = next(step for step in steps if step["step"] == "up1")
    said = VERBS["pictures_layer"]({"point": {}, "net": "generator", "step": "up1"})
    assert tuple(said["shape"]) == tuple(maps["shape"]) and said["dtype"] == "f4"


def test_snapshots_of_the_training() -> None:
    said = VERBS["pictures_looks"]({"model": "gan/plain"})
    assert said["steps"][0] == 0 and said["steps"][-1] == 10_000 and len(said["sheets"]) == len(said["steps"]) >= 12
    page = np.asarray(Image.open(io.BytesIO(base64.b64decode(said["sheets"][-1]))))
    assert page.shape == (168, 168) and 0.05 < (page / 255).mean() < 0.3
    assert len(numbers(said["curves"]["d"])) == len(said["at"])


def test_the_jury_speaks_in_lines() -> None:
    lines = [json.loads(line) for line in islice(VERBS["pictures_jury"]({"count": 1000}), 2)]
    assert [line["done"] for line in lines] == [100, 200] and sum(lines[1]["counts"]) == 200


def test_scores_and_real_pictures() -> None:
    said = VERBS["pictures_tell"]({})
    assert sum(said["real"]) == sum(said["fake"]) == 500 and 0.5 < said["right"] <= 1
    shown = VERBS["pictures_reals"]({})
    assert shown["shape"] == (24, 28, 28) and len(set(shown["numbers"])) == 24


def test_the_live_training_draws() -> None:
    begin, steps, draw, change = pictures_tab.LIVE
    state = begin({"net": "small", "latent": 8, "seed": 1})
    for _ in islice(steps(state), 3):
        pass
    change(state, {"rate": 1e-4})
    head, arrays = draw(state, {})
    assert arrays["pictures"].shape == (25, 14, 14) and arrays["curve"].shape == (3, 4) and head["rate_now"] == 1e-4
    assert len(frame.payload(head, arrays)) < 25_000


@pytest.mark.parametrize(
    ("verb", "question"),
    [
        ("grid", {"model": "bert/mini"}),
        ("grid", {"count": "many"}),
        ("one", {"point": [1]}),
        ("one", {"point": {"seed": {}}}),
        ("one", {"point": {"edits": [1]}}),
        ("one", {"point": {"edits": [[0, None]]}}),
        ("one", {"point": {"secret": 1}}),
        ("between", {"a": {}, "b": {}, "steps": 99}),
        ("sum", {"a": "all"}),
        ("sum", {"a": []}),
        ("critic", {"real": 10**9}),
        ("critic", {"real": "3"}),
        ("critic", {"ink": "x"}),
        ("critic", {"ink": [[1, 2], [3]]}),
        ("critic", {"image": 3}),
        ("critic", {"image": "no picture"}),
        ("layer", {"point": {}, "net": "generator", "step": "up9"}),
        ("looks", {"model": None}),
        ("looks", {"model": ["gan/digits"]}),
        ("one", {"point": {"along": 10**400}}),
        ("jury", {"count": 10**9}),
        ("tell", {"seed": -3}),
    ],
)
def test_what_is_wrong_is_said(verb: str, question: dict) -> None:
    with pytest.raises(Wrong):
        answer = VERBS[f"pictures_{verb}"](question)
        next(iter(answer))
        pytest.fail("an answer came")


@pytest.mark.parametrize("image", [None, 3, [[1]]])
def test_programs_are_told_what_is_no_picture(image: Any) -> None:
    with pytest.raises(Wrong, match="picture is missing"):
        pictures_tab.gan_judge(image)


def test_programs_get_the_same_numbers() -> None:
    said = pictures_tab.gan_sample(seed=4, count=7)
    assert said["data"] == VERBS["pictures_grid"]({"seed": 4, "count": 7})["data"]
    file = io.BytesIO()
    Image.fromarray(np.eye(28, dtype=np.uint8) * 255).save(file, "PNG")
    image = base64.b64encode(file.getvalue()).decode()
    assert pictures_tab.gan_judge(image)["logit"] == VERBS["pictures_critic"]({"image": image})["logit"]
