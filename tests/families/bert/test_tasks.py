"""What a task's figures mean, on examples done by hand; what the model reads is what the example says."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from playground.core.spec import ASSETS
from playground.data.labelled import TAGS, Example, Tagged
from playground.data.reading import Asked
from playground.families.bert import tasks, vocabulary

TOKENIZER = vocabulary.restore(ASSETS / "models" / "bert" / "mini")
PASSAGE = "Anna lives in Rome. The old lamp of Tom is red."


def test_entities_are_whole_names_as_by_hand() -> None:
    tags = ["B-PER", "I-PER", "O", "B-LOC", "B-LOC", "I-LOC", "I-ORG", "O", "I-MISC"]
    assert tasks.entities(tags) == {(0, 2, "PER"), (3, 4, "LOC"), (4, 6, "LOC"), (6, 7, "ORG"), (8, 9, "MISC")}
    assert tasks.entities(["O", "O"]) == set()


def test_half_a_name_counts_for_nothing() -> None:
    truth = [{(0, 2, "PER"), (3, 4, "LOC")}, {(1, 2, "ORG")}]
    said = [{(0, 1, "PER"), (3, 4, "LOC")}, {(1, 2, "LOC"), (4, 5, "ORG"), (1, 2, "ORG")}]
    figures = tasks.score(said, truth)
    assert figures["precision"] == pytest.approx(2 / 5) and figures["recall"] == pytest.approx(2 / 3)
    assert figures["entity F1"] == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("said", "truth", "f1"),
    [
        ("the red lamp", "A lamp", 2 / 3),
        ("Rome.", "rome", 1.0),
        ("", "", 1.0),
        ("Rome", "", 0.0),
        ("", "Rome", 0.0),
        ("two red red lamps", "red lamps", 2 / 3),
    ],
)
def test_answers_are_compared_as_in_squad(said: str, truth: str, f1: float) -> None:
    assert tasks.overlap(said, truth) == pytest.approx(f1)


def test_the_best_answer_is_in_order_not_too_long_and_inside() -> None:
    inside = [3, 4, 5, 6]
    logits = np.zeros((2, 8), np.float32)
    logits[0, 5], logits[1, 4], logits[1, 6] = 4, 9, 3  # the best end stands before the best start
    assert tasks.best_span(logits, inside) == (3, 4)
    logits[1, 4] = 0
    assert tasks.best_span(logits, inside) == (5, 6)
    logits[:, 1] = 20  # of the question
    assert tasks.best_span(logits, inside) == (5, 6)
    logits[:, 0] = 10
    assert tasks.best_span(logits, inside) == (0, 0)


def test_an_answers_target_is_its_tokens() -> None:
    start = PASSAGE.index("old lamp")
    asked = Asked(PASSAGE, "What is red?", start, start + len("old lamp"), "thing")
    item = tasks.answerable(asked, TOKENIZER, 128)
    first, last = item.target
    assert TOKENIZER.decode(item.ids[first : last + 1]) == "old lamp"
    assert item.ids[item.second - 1] == vocabulary.SEP and TOKENIZER.id_to_token(item.ids[item.second]) == "anna"
    none = tasks.answerable(Asked(PASSAGE, "Who is Tom?", 0, 0, "A"), TOKENIZER, 128)
    assert none.target.tolist() == [0, 0]


def test_only_the_first_piece_of_a_word_has_its_tag() -> None:
    item = tasks.tagged(Tagged(("Zoltraxian", "lives", "here"), ("B-PER", "O", "O")), TOKENIZER, 128)
    said = [TAGS[t] if t != tasks.NONE else "" for t in item.target]
    assert said[0] == said[-1] == "" and [tag for tag in said if tag] == ["B-PER", "O", "O"]
    assert len(item.ids) > 5 and said[1] == "B-PER" and said[2] == ""


@pytest.mark.parametrize("words", [1, 6, 200])
def test_long_texts_are_cut_and_still_end(words: int) -> None:
    sentence = Tagged(("lamp",) * words, ("O",) * words)
    items = [
        tasks.tagged(sentence, TOKENIZER, 128),
        tasks.classed(Example("lamp " * words, 1), TOKENIZER, 128),
        tasks.classed(Example("a lamp", 1, "lamp " * words), TOKENIZER, 128),
        tasks.answerable(Asked("lamp " * words, "What?", 0, 4, "thing"), TOKENIZER, 128),
    ]
    for item in items:
        assert len(item.ids) <= 128 and item.ids[-1] == vocabulary.SEP
    assert len(items[0].target) == len(items[0].ids)


def test_padding_changes_nothing_and_the_second_text_is_marked() -> None:
    short = tasks.classed(Example("a lamp", 0, "a dog"), TOKENIZER, 128)
    long = tasks.classed(Example("a lamp and a dog and a cat and a red house", 1), TOKENIZER, 128)
    batch = tasks.gather([short, long])
    assert batch.ids.shape[1] % 8 == 0 and batch.targets.tolist() == [0, 1]
    assert batch.attended.sum(1).tolist() == [len(short.ids), len(long.ids)]
    assert batch.segments[0].sum() == len(short.ids) - short.second and not batch.segments[1].any()


@pytest.mark.parametrize(
    ("key", "example"),
    [
        ("sst2", Example("a lovely film", 1)),
        ("sick", Example("A man runs", 2, "Nobody runs")),
        ("entities", Tagged(("Anna", "runs"), ("B-PER", "O"))),
        ("answers", Asked(PASSAGE, "Who lives in Rome?", 0, 4, "A")),
    ],
)
def test_what_is_written_is_read_again(key: str, example) -> None:
    task = tasks.TASKS[key]
    assert task.read(task.write(example)) == example


def test_a_model_that_knows_all_is_right_everywhere() -> None:
    """Nets that are handed the truth: what the measures do between logits and figure loses nothing."""
    config = SimpleNamespace(max_position_embeddings=128)

    def knowing(task, examples):
        items = iter([task.item(example, TOKENIZER, 128) for example in examples])

        def net(ids, **_):
            own = [next(items) for _ in ids]
            width = ids.shape[1]
            if task is tasks.TASKS["answers"]:
                hot = torch.stack([torch.eye(width)[torch.tensor(item.target)] for item in own])
                return Both(hot[:, 0], hot[:, 1])
            rows = (
                [np.pad(np.maximum(item.target, 0), (0, width - len(item.ids))) for item in own]
                if own[0].per_token
                else [item.target for item in own]
            )
            return Said(torch.eye(max(3, len(task.labels)))[torch.tensor(np.stack(rows))])

        net.config = config
        return net

    class Said(dict):
        def __init__(self, logits) -> None:
            super().__init__(logits=logits)
            self.logits = logits

    class Both(dict):
        def __init__(self, start, end) -> None:
            super().__init__(start_logits=start, end_logits=end)
            self.start_logits, self.end_logits = start, end

    examples = {
        "sst2": [Example("a lovely film", 1), Example("dull", 0)],
        "entities": [Tagged(("Zoltraxian", "of", "Rome"), ("B-PER", "O", "B-LOC"))] * 3,
        "answers": [Asked(PASSAGE, "Where?", 14, 18, "city"), Asked(PASSAGE, "Who?", 0, 0, "A")],
    }
    for key, some in examples.items():
        task = tasks.TASKS[key]
        assert set(task.measure(knowing(task, some), TOKENIZER, some).values()) == {1.0}
