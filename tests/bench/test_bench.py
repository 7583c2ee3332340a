"""The bench runs, and what it counts in bytes holds; seconds are printed, not judged."""

import pytest

from tests.bench import browser as pictures
from tests.bench import measures, training
from tests.serving import serving


@pytest.fixture
def tell(record_property):
    """Print these rows when all tests are done."""
    return lambda rows: record_property("bench", measures.table(rows))


def test_handlers_are_measured(tell) -> None:
    rows = [measures.bert_handler(5), measures.bert_handler(5, words=126), measures.cnn_handler("digits", 5)]
    rows.append(measures.gpt_writing(2))
    tell(rows)
    assert all(row.ratio > 0 for row in rows)


@pytest.mark.parametrize("tokens, most", [(128, 0.5 * 2**20), (512, 8 * 2**20)])
def test_a_layer_of_twelve_heads_is_small(tokens: int, most: float) -> None:
    assert pictures.layer_bytes(12, tokens) <= most


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # bertviz leaves its script file open
def test_attention_arrives_and_is_drawn(browser, tmp_path, tell) -> None:
    measures.random_bert(tmp_path / "models" / "base", layers=4, heads=12, width=96)
    with serving("app.py", log=tmp_path / "log", PLAYGROUND_MODELS_DIR=str(tmp_path / "models")) as address:
        question = {"text": measures.sentence(62), "model": "local:base"}
        rows = pictures.attention(browser, address, question, tmp_path)
    tell(rows)
    assert rows[1].ratio < 0.1  # bytes: a tenth of bertviz's page, or less


def test_training_is_received_drawn_and_shared(browser, tmp_path, tell) -> None:
    with serving("app.py", log=tmp_path / "log") as address:
        rows = [*training.rooms(browser, address, seconds=2), *training.sharing(address, seconds=2)]
    tell(rows)
    assert all(row.ratio > 0 for row in rows)
    assert rows[-1].ratio > 0.4  # nobody gets less than two fifths of what the others get
