"""Readers of real text, on small files in the layout of the data folder."""

import gzip
import json

import pytest

from playground.data import corpora


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "text").mkdir()

    def write(name: str, text: str) -> None:
        (tmp_path / "text" / f"{name}.gz").write_bytes(gzip.compress(text.encode()))

    days = (f"It was day {i}, and\nMr. Fox slept. He woke late." for i in range(9))
    write("gutenberg.txt", "CHAPTER I\n\n" + "\n\n".join(days))
    write("brown.txt", "\n".join(f"The jury said number {i} was fine." for i in range(45)))
    wheat = "WHEAT PRICES RISE AGAIN\n  Wheat rose\n  3 pct today.\n      It may fall tomorrow, he said.\n"
    write("reuters.txt", wheat)
    lobster = (
        "\n = Lobster = \n\n A <unk> lobster is well @-@ known . It is blue .\n\n = = Food = = \n\n It is eaten .\n"
    )
    write("wikitext2_valid.txt", lobster)
    write("movie_reviews.jsonl", json.dumps({"label": "neg", "text": "this is a bad film. you will not like it! no."}))
    columns = "pair_ID\tsentence_A\tsentence_B\trelatedness_score\tentailment_judgment"
    write("sick_train.txt", f"{columns}\n1\tA man runs\tA dog sits\t2\tNEUTRAL\n")
    write("tatoeba_en_zh.tsv", "I like tea very much.\t我很喜欢茶。\nHi.\t嗨。\n")
    return tmp_path


def by_name(part: str) -> corpora.Corpus:
    return next(c for c in (*corpora.PROSE, *corpora.PLAIN) if part in c.name)


def test_prose_is_cut_into_sentences_and_headings_go(folder) -> None:
    documents = list(by_name("Gutenberg").read(folder))
    assert documents[0][:2] == ["It was day 0, and Mr. Fox slept.", "He woke late."]
    assert sum(map(len, documents)) == 18
    assert not any("CHAPTER" in s for d in documents for s in d)


def test_documents_of_lines_have_twenty_sentences(folder) -> None:
    assert [len(d) for d in by_name("Brown").read(folder)] == [20, 20, 5]


def test_news_loses_its_headline_and_keeps_whole_sentences(folder) -> None:
    assert list(by_name("Reuters").read(folder)) == [["Wheat rose 3 pct today.", "It may fall tomorrow, he said."]]


def test_wiki_markup_goes(folder) -> None:
    (document,) = by_name("validation").read(folder)
    assert document == ["A lobster is well-known.", "It is blue.", "It is eaten."]


def test_reviews_pairs_and_short_sentences(folder) -> None:
    assert list(by_name("Movie").read(folder)) == [["this is a bad film.", "you will not like it!"]]
    assert list(by_name("SICK").read(folder)) == [["A man runs."], ["A dog sits."]]
    assert list(by_name("Tatoeba").read(folder)) == [["I like tea very much."]]


def test_a_missing_file_is_named(tmp_path) -> None:
    with pytest.raises(FileNotFoundError, match=r"gutenberg\.txt\.gz is missing"):
        list(by_name("Gutenberg").read(tmp_path))
