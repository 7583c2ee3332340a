import json

import numpy as np
import pytest

from playground.core.parts import Ranking
from playground.views import ranking


def test_payload_adds_up_and_is_json():
    part = Ranking(("a", "b"), np.float32([0.5, 0.25]), rest=0.25, others=7)
    said = json.loads(json.dumps(ranking.payload(part, (3, 4), np.float32([1.5, -1]))))
    assert sum(said["scores"]) + said["rest"] == pytest.approx(1)
    assert (said["labels"], said["ids"], said["logits"], said["others"]) == (["a", "b"], [3, 4], [1.5, -1.0], 7)


@pytest.mark.parametrize(
    ("text", "gaps", "parts"),
    [
        ("no gap", [], ["no gap"]),
        ("[MASK]", [(0, 6)], [0]),
        ("a [MASK], [MASK]", [(2, 8), (10, 16)], ["a ", 0, ", ", 1]),
        ("🙂 x", [(2, 3), (2, 3)], ["🙂 ", 0, 1]),
    ],
)
def test_sentence(text, gaps, parts):
    assert ranking.sentence(text, gaps) == parts
