"""The tree of a beam search is the one of transformers' `generate(num_beams=...)`: same texts, same scores."""

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from playground.core.words import Wrong
from playground.families.gpt import beams
from playground.families.gpt.beams import Searching, found
from playground.families.gpt.trace import Request
from tests.families.gpt import tiny

TEXT = "the cat sat on"


@pytest.fixture(params=list(tiny.CONFIGS))
def kind(request, models):
    return request.param


def reference(folder, width: int, steps: int, penalty: float = 1.0, ends: int | list[int] = 0):
    net = AutoModelForCausalLM.from_pretrained(folder).eval()
    ids = AutoTokenizer.from_pretrained(folder)(TEXT, return_tensors="pt").input_ids
    told = net.generate(
        ids, attention_mask=torch.ones_like(ids), max_new_tokens=steps, pad_token_id=0, do_sample=False,
        num_beams=width, num_return_sequences=width, length_penalty=penalty, early_stopping=False,
        eos_token_id=ends, output_scores=True, return_dict_in_generate=True,
    )  # fmt: skip
    return [row[ids.shape[1] :].tolist() for row in told.sequences], told.sequences_scores.tolist()


def same(best, theirs, ends=(0,)) -> None:
    sequences, scores = theirs
    assert [one.score for one in best] == pytest.approx(scores, abs=1e-4)
    for one, row in zip(best, sequences, strict=True):
        assert list(one.ids) == row[: len(one.ids)]
        assert len(set(row[len(one.ids) :])) <= 1 and (len(one.ids) == len(row) or one.ids[-1] in ends)  # padded


def test_each_kind_finds_what_transformers_finds(kind, models) -> None:
    _, steps, last = found(Searching(Request(TEXT, f"gpt/{kind}"), 4, 10))
    same(last.best, reference(models / kind, 4, 10))
    assert [step.number for step in steps] == list(range(len(steps)))


@pytest.mark.parametrize("width, steps, penalty", [(2, 1, 1.0), (2, 12, 0.0), (3, 30, 1.0), (8, 15, 2.0), (5, 9, -1.0)])
def test_width_steps_and_penalty(models, width, steps, penalty) -> None:
    _, _, last = found(Searching(Request(TEXT, "gpt/gpt2"), width, steps, penalty))
    same(last.best, reference(models / "gpt2", width, steps, penalty))


@pytest.mark.parametrize("penalty", [0.0, 1.0, 2.0])
def test_texts_that_end_early_are_set_aside(models, monkeypatch, penalty) -> None:
    _, steps, _ = found(Searching(Request(TEXT, "gpt/gpt2"), 4, 8))
    often = tuple(dict.fromkeys(node.id for node in steps[2].nodes if node.kept))[:3]
    monkeypatch.setattr(beams, "ends", lambda gpt: often)
    _, steps, last = found(Searching(Request(TEXT, "gpt/gpt2"), 4, 8, penalty))
    assert any(node.ended for step in steps[:-1] for node in step.nodes)
    same(last.best, reference(models / "gpt2", 4, 8, penalty, list(often)), often)


def test_the_tree_holds_together(models) -> None:
    """Totals add up along every path; what goes on is the best of what has not ended; paths lead to the texts found."""
    _, steps, last = found(Searching(Request(TEXT, "gpt/llama"), 3, 7))
    before = {-1: 0.0}
    for step in steps:
        totals = [node.total for node in step.nodes]
        assert totals == sorted(totals, reverse=True)
        for node in step.nodes:
            own = torch.tensor(node.chance).log().item()
            assert node.total == pytest.approx(before[node.parent] + own, abs=1e-4)
            assert node.score == pytest.approx(node.total / (step.number + 1))
        kept = [node for node in step.nodes if node.kept]
        assert len(kept) == (3 if step is not steps[-1] else 0)
        before = {at: node.total for at, node in enumerate(step.nodes) if node.kept}
    for one in last.best:
        nodes = [steps[i].nodes[at] for i, at in enumerate(one.path)]
        assert tuple(node.id for node in nodes) == one.ids and "".join(node.text for node in nodes) == one.text
        assert nodes[-1].ended and nodes[-1].score == one.score
        assert all(b.parent == a for a, b in zip(one.path, nodes[1:], strict=False))


def test_a_long_text_loses_its_beginning(models) -> None:
    begun, steps, _ = found(Searching(Request("a" * 100, "gpt/gpt2"), 2, 10))
    assert begun.cut == 46 and len(begun.tokens) == 54 and len(steps) == 10


@pytest.mark.parametrize(
    "bad", [{"width": 1}, {"width": 9}, {"steps": 0}, {"steps": 31}, {"penalty": 9.0}, {"width": "2"}]
)
def test_bad_input_gets_a_sentence(bad) -> None:
    with pytest.raises(Wrong):
        Searching(Request(TEXT, "gpt/gpt2"), **bad)
