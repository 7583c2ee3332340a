"""Labelled text is read as it lies, and nothing that is measured on is learned from."""

import gzip
import json

import pytest

from playground.data import labelled
from playground.data.labelled import Example


@pytest.fixture
def data(tmp_path):
    files = {
        "sst2_dev.tsv": "it 's a lovely , clever film about nothing\t1\n",
        "rt_polarity.jsonl": "\n".join(
            json.dumps({"text": text, "label": label})
            for text, label in [
                ("it's a lovely , clever film about nothing .", "pos"),
                ("a dull film that never ends .", "neg"),
            ]
        ),
        "movie_reviews.jsonl": json.dumps({"text": "it is bad. it is very long. it ends.", "label": "neg"}),
        "sick_trial.txt": "pair_ID\tsentence_A\tsentence_B\trelatedness_score\tentailment_judgment\n"
        "1\tA man runs\tNobody runs\t3.5\tCONTRADICTION\n",
        "wikigold.conll": "\n\n".join(f"Anna I-PER\nof O\nParis{n} I-LOC\n. O" for n in range(10)),
        "wnut17_test.conll": "Empire\tB-location\nState\tI-location\nAcme\tB-corporation\n\nhi\tO\n",
    }
    (tmp_path / "text").mkdir()
    for name, text in files.items():
        (tmp_path / "text" / f"{name}.gz").write_bytes(gzip.compress(text.encode()))
    return tmp_path


def test_classes_are_read(data) -> None:
    assert labelled.sst(data, "dev") == [Example("it 's a lovely , clever film about nothing", 1)]
    assert labelled.sick(data, "trial") == [Example("A man runs", 2, "Nobody runs")]
    assert labelled.passages(data, 5) == [Example("it is bad. it is very long.", 0)]


def test_a_review_that_is_measured_on_is_left_out(data) -> None:
    measured = [example.text for example in labelled.sst(data, "dev")]
    assert [example.text for example in labelled.rotten(data, measured)] == ["a dull film that never ends ."]
    assert len(labelled.rotten(data, [])) == 2


@pytest.mark.parametrize(
    ("text", "hit"),
    [
        ("It's a lovely, clever film about nothing!", True),
        ("it is late . it's a lovely , clever film about nothing , and more of the same follows", True),
        ("a lovely , clever film about", True),
        ("clever film", False),
        ("a lovely film about cleverness and nothing", False),
        ("nothing about film clever lovely a", False),
        ("", False),
    ],
)
def test_a_copy_is_known_in_another_spelling_or_cut(text: str, hit: bool) -> None:
    assert list(labelled.contained([text], ["it 's a lovely , clever film about nothing"])) == [hit]


def test_names_are_read_with_their_edges(data) -> None:
    train, dev, test = labelled.wikigold(data)
    assert (len(train), len(dev), len(test)) == (7, 1, 2)
    assert {sentence.words[2] for part in (train, dev, test) for sentence in part} == {f"Paris{n}" for n in range(10)}
    assert train[0].tags == ("B-PER", "O", "B-LOC", "O")
    assert labelled.wikigold(data) == (train, dev, test)
    (first, second) = labelled.wnut(data, "test")
    assert first.tags == ("B-LOC", "I-LOC", "B-ORG") and second.tags == ("O",)


def test_a_missing_file_is_named(tmp_path) -> None:
    with pytest.raises(FileNotFoundError, match=r"sst2_train\.tsv"):
        labelled.sst(tmp_path, "train")
