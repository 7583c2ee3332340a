import json
import re

import numpy as np
import pytest

from playground.core import limits
from playground.core.parts import Attention
from playground.core.words import Wrong
from playground.views import html

EVIL = "</script><script>parent.evil=1</script>"


def attention(tokens, layers=2, heads=3):
    count = len(tokens)
    weights = np.random.default_rng(0).dirichlet(np.ones(count), (layers, heads, count)).astype(np.float32)
    return Attention(weights, tuple(tokens), tuple(tokens))


def params(page):
    return json.loads(re.search(r"const params = (\{.*?\});", page)[1])


@pytest.mark.parametrize("view", ["head", "model"])
def test_weights_stand_in_the_page_once(view):
    part = attention(["[CLS]", "cat", "[SEP]"])
    page = html.bertviz(part, view)
    assert page.count('"attn"') == 1
    assert "PYTHON_PARAMS;" not in page
    said = params(page)
    np.testing.assert_array_equal(np.float32(said["attention"][0]["attn"]), part.weights)


@pytest.mark.parametrize("view", ["head", "model"])
def test_a_token_cannot_leave_its_string(view):
    page = html.bertviz(attention([EVIL, "<s>"]), view)
    assert EVIL not in page
    assert page.count("</script>") == 4  # its own
    assert params(page)["attention"][0]["left_text"] == [EVIL, "<s>"]


@pytest.mark.parametrize("view", ["head", "model"])
def test_nothing_is_fetched(view):
    page = html.bertviz(attention(["a", "b"]), view)
    assert not re.search(r"<(script|link|img|iframe)[^>]*\b(src|href)=", page)
    assert "function requirejs(_,run){run(jQuery,d3)}" in page
    assert "v5.7.0" in page and "jQuery v2.1.4" in page


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning", "ignore:Exception ignored in")  # BertViz leaves it
@pytest.mark.parametrize("view", ["head", "model"])
def test_parameters_are_bertvizs_own(view):
    import bertviz
    import torch

    part, tokens = attention(["a", "b", "c", "d"]), ["a", "b", "c", "d"]
    tensors = [torch.tensor(np.array(layer))[None] for layer in part.weights]
    make = bertviz.head_view if view == "head" else bertviz.model_view
    kwargs = {"layer": 1} if view == "head" else {"display_mode": "light"}
    theirs = make(tensors, tokens, sentence_b_start=2, html_action="return", **kwargs).data
    own, other = params(html.bertviz(part, view, 1, 2)), params(theirs)
    other["root_div_id"] = own["root_div_id"]
    assert own == other


def test_long_texts_are_refused_with_the_number_that_fits():
    count = int((limits.BERTVIZ_WEIGHTS / 6) ** 0.5)
    html.check_size(attention(["a"] * count))
    with pytest.raises(Wrong, match=f"up to {count} tokens, and this text has {count + 1}"):
        html.check_size(attention(["a"] * (count + 1)))


def test_licences_ship_with_the_scripts():
    assert {path.name for path in html.VENDOR.glob("*.txt")} == {"d3-LICENSE.txt", "jquery-LICENSE.txt"}
