"""What the room opens with, and the code beside it, for the choices of the reader."""

import base64
import io
import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from playground.families.cnn.tab import ask as answer_to
from playground.families.cnn.tab import examples, request_of
from playground.families.cnn.trace import trace

ROOT = Path(__file__).parents[3]


def test_the_room_opens_with_a_digit_that_is_read_rightly_and_surely_and_keeps_doubtful_ones_for_later():
    found = []
    for one in examples()["digit"]:
        answer = trace(request_of({"image": one["png"]})).answer
        found.append((answer.labels[0] == one["name"], float(answer.scores[0])))
    assert all(right and score > 0.99 for right, score in found[:8])
    assert any(not right or score < 0.95 for right, score in found[8:])


def test_the_code_of_an_opened_picture_prints_the_numbers_on_the_page_whether_centred_or_not(tmp_path):
    digit = np.asarray(Image.open(io.BytesIO(base64.b64decode(examples()["digit"][1]["png"]))))
    file = tmp_path / "mine.png"
    Image.fromarray(np.pad(digit, ((0, 30), (0, 40)))).save(file)  # in a corner
    image, found = base64.b64encode(file.read_bytes()).decode(), []
    for centred in (True, False):
        said = answer_to({"image": image, "path": file.name, "centred": centred})
        text = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n" + said["code"]
        done = subprocess.run(
            [sys.executable, "-c", text], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=120
        )
        found.append([f"{score:.4f}" for score in said["answer"]["scores"]])
        assert [line.split()[1] for line in done.stdout.splitlines()] == found[-1]
    assert found[0] != found[1]
