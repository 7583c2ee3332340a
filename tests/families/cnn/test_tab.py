"""The room's verbs: payloads equal the trace, bad input becomes one sentence in two languages, nothing else breaks."""

import base64
import io
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from playground.core import store
from playground.families.cnn import trace
from playground.families.cnn.cam import field_of
from playground.families.cnn.tab import API, VERBS, cnn_classify, code, examples, request_of
from playground.families.cnn.trace import of_sight
from playground.ui.door import answer

ROOT = Path(__file__).parents[3]
DIGIT = {"image": examples()["digit"][0]["png"]}
PHOTO = {"image": examples()["photo"][0]["png"], "model": "cnn/cifar10"}


def ask(verb, **question):
    return json.loads(answer(VERBS[verb], json.dumps(question).encode()))


def floats(text: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), "<f4")


@pytest.mark.parametrize("question", [DIGIT, PHOTO], ids=["digit", "photo"])
def test_ask_gives_the_answer_of_the_trace(question):
    said, seen = ask("ask", **question), trace(request_of(question))
    assert said["answer"]["labels"] == list(seen.answer.labels)
    np.testing.assert_allclose(said["answer"]["scores"], seen.answer.scores)
    assert [step["key"] for step in said["steps"]] == list(seen.maps)
    for step in said["steps"]:
        assert ("thumbs" in step) != ("vector" in step)
        if "vector" in step:
            np.testing.assert_array_equal(floats(step["vector"]), seen.maps[step["key"]].values.ravel())


@pytest.mark.parametrize("question", [DIGIT, PHOTO], ids=["digit", "photo"])
def test_layers_arrive_exactly(question):
    seen = trace(request_of(question))
    for key, part in seen.maps.items():
        said = ask("layer", **question, step=key)
        assert said["dtype"] == "f4"
        np.testing.assert_array_equal(floats(said["data"]).reshape(said["shape"]).ravel(), part.values.ravel())


def test_what_the_net_saw_asks_the_same_question_again():
    said = ask("ask", **DIGIT)
    before = of_sight.info().misses
    again = ask("ask", image=said["png"], centred=False, ink_is="bright")
    assert again["answer"] == said["answer"]
    for step in ("conv1", "pool2", "full1"):
        ask("layer", image=said["png"], centred=False, ink_is="bright", step=step)
    assert of_sight.info().misses == before  # layer switches never run the model again


def test_open_and_cam_carry_the_numbers_of_the_trace():
    seen = trace(request_of(DIGIT))
    said = ask("open", **DIGIT, step="conv2", channel=3, row=4, column=5)
    assert said["value"] == pytest.approx(float(seen.maps["conv2"].values[3, 4, 5]))
    total = floats(said["parts"]["sums"]["data"]).sum() + said["parts"]["bias"]
    assert total == pytest.approx(said["value"], abs=1e-5)
    heat = ask("cam", **DIGIT, step="pool2", label=7)
    np.testing.assert_array_equal(floats(heat["data"]).reshape(28, 28), field_of(seen, 7, "pool2").values)


def test_a_padded_patch_is_valid_json():
    said = ask("open", **DIGIT, step="conv1", channel=0, row=0, column=0)
    assert np.isnan(floats(said["parts"]["patches"]["data"])).any()


def test_filters_are_the_weights():
    said = ask("filters", model="cnn/digits")
    assert said["shape"] == [6, 1, 5, 5] and said["steps"] == ["conv1", "conv2"] and said["kernels"] == 6
    deep = ask("filters", model="cnn/cifar10", step="stages.2.block.first.conv", kernel=2)
    assert deep["shape"][0] == 1 and deep["first"] == 2


def test_covering_is_answered_for_small_nets():
    said = ask("cover", **DIGIT, label=7)
    assert said["shape"] == [12, 12] and said["high"] <= said["probability"] + 1e-6


def test_drawn_ink_is_read():
    ink = np.zeros((28, 28))
    ink[4:24, 13:16] = 1.0
    assert ask("ask", ink=ink.tolist())["answer"]["labels"][0] == "1"


def test_an_empty_page_has_an_answer():
    assert len(ask("ask", ink=np.zeros((28, 28)).tolist())["answer"]["labels"]) == 10


# ---- pictures of every kind


def file(image: Image.Image, kind: str = "PNG", **options) -> str:
    made = io.BytesIO()
    image.save(made, kind, **options)
    return base64.b64encode(made.getvalue()).decode()


def exif_rotated() -> str:
    exif = Image.Exif()
    exif[0x0112] = 6
    return file(Image.new("RGB", (40, 20), (200, 30, 30)), "JPEG", exif=exif)


GOOD = {
    "1x1": lambda: file(Image.new("RGB", (1, 1))),
    "CMYK": lambda: file(Image.new("CMYK", (50, 40), (10, 200, 30, 0)), "JPEG"),
    "16-bit": lambda: file(Image.fromarray(np.full((30, 30), 40000, np.uint16))),
    "animated GIF": lambda: file(
        Image.new("P", (20, 20)), "GIF", save_all=True, append_images=[Image.new("P", (20, 20), 3)]
    ),
    "EXIF-rotated": exif_rotated,
    "transparent": lambda: file(Image.new("RGBA", (20, 20), (0, 0, 0, 0))),
    "data URL": lambda: "data:image/png;base64," + file(Image.new("L", (9, 9), 255)),
}


@pytest.mark.parametrize("model", ["cnn/digits", "cnn/cifar10"])
@pytest.mark.parametrize("kind", GOOD)
def test_odd_pictures_are_answered(kind, model):
    said = ask("ask", image=GOOD[kind](), model=model)
    assert sum(said["answer"]["scores"]) == pytest.approx(1, abs=1e-4)


BAD = {
    "empty": lambda: "",
    "missing": lambda: None,
    "a number": lambda: 7,
    "not base64": lambda: "%%%",
    "text": lambda: base64.b64encode(b"hello").decode(),
    "truncated": lambda: base64.b64encode(base64.b64decode(file(Image.effect_noise((200, 200), 90)))[:9000]).decode(),
    "svg as png": lambda: base64.b64encode(b'<svg xmlns="http://www.w3.org/2000/svg"></svg>').decode(),
    "bomb": lambda: file(Image.new("1", (20000, 20000))),
    "too many bytes": lambda: base64.b64encode(b"\x89PNG" + bytes(9 * 2**20)).decode(),
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_pictures_get_a_sentence_in_both_languages(kind):
    wrong = ask("ask", image=BAD[kind]())["wrong"]
    assert wrong["en"].endswith(".") and wrong["zh"].endswith("。") and "side" not in wrong["en"]
    assert ask("ask", **DIGIT)["answer"]["labels"][0] == "3"  # serving goes on


@pytest.mark.parametrize(
    "verb, question",
    [
        ("ask", {"ink": [[None] * 28] * 28}),
        ("ask", {"ink": [[float("nan")] * 28] * 28}),
        ("ask", {"ink": []}),
        ("ask", {"ink": "x"}),
        ("ask", {**DIGIT, "model": "cnn/nothing"}),
        ("ask", {**DIGIT, "model": "../../etc"}),
        ("ask", {**DIGIT, "model": None}),
        ("ask", {**DIGIT, "model": ["cnn/digits"]}),
        ("ask", {**DIGIT, "centred": "yes"}),
        ("layer", {**DIGIT, "step": "layer99"}),
        ("layer", {**DIGIT, "step": 99}),
        ("layer", {**DIGIT}),
        ("open", {**DIGIT, "step": "conv1", "channel": -1}),
        ("open", {**DIGIT, "step": "conv1", "channel": None}),
        ("open", {**DIGIT, "step": "conv99", "channel": 0}),
        ("open", {**DIGIT, "step": "conv1", "channel": 0, "row": 2**40}),
        ("cam", {**DIGIT, "step": "pool2", "label": 10}),
        ("cam", {**DIGIT, "step": "full1", "label": 1}),
        ("cam", {**DIGIT, "step": None, "label": 1}),
        ("cam", {**DIGIT, "step": "pool2", "label": None}),
        ("cover", {**DIGIT, "label": -1}),
        ("filters", {"model": "cnn/digits", "step": "pool1"}),
        ("filters", {"model": "cnn/digits", "step": 4}),
        ("filters", {"model": "cnn/cifar10", "step": "stages.2.block.first.conv", "kernel": -1}),
        ("filters", {"model": "../.."}),
    ],
)
def test_bad_questions_get_a_sentence_in_both_languages(verb, question):
    wrong = ask(verb, **question)["wrong"]
    assert wrong["en"] and wrong["zh"] and "our side" not in wrong["en"]


def test_the_api_answers_like_the_page():
    assert cnn_classify in API
    said = cnn_classify(DIGIT["image"])
    page = ask("ask", **DIGIT)["answer"]
    assert [c["label"] for c in said["classes"]] == page["labels"]
    assert [c["probability"] for c in said["classes"]] == page["scores"]


@pytest.mark.parametrize("kind, index", [("digit", 0), ("digit", 11), ("photo", 0)])
def test_the_code_on_the_page_prints_the_numbers_on_the_page(kind, index):
    one = examples()[kind][index]
    model = "cnn/digits" if kind == "digit" else "cnn/cifar10"
    said = ask("ask", image=one["png"], model=model, path=one["path"])
    printed = subprocess.run(
        [sys.executable, "-c", said["code"]], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120
    ).stdout.splitlines()
    assert [line.split()[0] for line in printed] == said["answer"]["labels"]
    assert [line.split()[1] for line in printed] == [f"{score:.4f}" for score in said["answer"]["scores"]]


def test_the_code_for_a_drawing_reads_the_downloaded_picture(tmp_path):
    ink = np.zeros((28, 28))
    ink[2:20, 9:12] = 0.9
    said = ask("ask", ink=ink.tolist())
    (tmp_path / "picture.png").write_bytes(base64.b64decode(said["png"]))
    text = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n" + said["code"]
    printed = subprocess.run(
        [sys.executable, "-c", text], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=120
    ).stdout.splitlines()
    assert [line.split()[1] for line in printed] == [f"{score:.4f}" for score in said["answer"]["scores"]]


def test_a_file_name_cannot_break_out_of_the_code():
    name = "a'); import os; os.system('x')#\n.png"
    compile(code("cnn/digits", name), "code", "exec")
    assert repr(name) in code("cnn/digits", name)


def test_examples_are_small_and_held_out():
    assert len(examples()["digit"]) == 14 and len(examples()["photo"]) == 12
    from playground.data import images

    for kind, part in (("digit", "digits"), ("photo", "cifar10")):
        known = {one.tobytes() for one in images.heldout(part).images}
        for one in examples()[kind]:
            pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(one["png"]))))
            assert pixels.tobytes() in known, one["path"]


def test_numbers_beyond_all_bounds_are_no_ink():
    assert "from 0 to 1" in ask("ask", ink=[[10**400]])["wrong"]["en"]


def test_weights_of_another_shape_get_a_sentence(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(store, "ASSETS", tmp_path)
    folder = tmp_path / "models" / "cnn" / "digits"
    shutil.copytree(ROOT / "assets" / "models" / "cnn" / "digits", folder)
    save_file({"other": torch.zeros(3)}, folder / "model.safetensors")
    said = ask("ask", **{**DIGIT, "image": examples()["digit"][1]["png"]})
    assert "do not fit" in said["wrong"]["en"]
    assert "Missing key" in caplog.text  # the operator can read why
