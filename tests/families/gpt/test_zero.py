"""GPT-2's measures of a text, sizes, and what the page asks of the story."""

import json

import numpy as np
import pytest
import torch
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    GPT2Config,
    GPT2LMHeadModel,
    OpenAIGPTConfig,
    OpenAIGPTLMHeadModel,
)

from playground.core.words import Wrong
from playground.families.gpt import story, tab_story
from playground.families.gpt.model import MODELS
from playground.families.gpt.trace import Request
from playground.families.gpt.zero import at_hand, last_word, losses
from tests.families.gpt import tiny

KINDS = list(tiny.CONFIGS)


def logs_of(models, kind: str, ids: list[int]) -> torch.Tensor:
    net = AutoModelForCausalLM.from_pretrained(models / kind, attn_implementation="eager").eval()
    with torch.no_grad():
        return net(torch.tensor([ids])).logits[0].log_softmax(-1)


@pytest.mark.parametrize("kind", KINDS)
def test_the_loss_of_a_text_is_transformers_own(models, kind) -> None:
    told = losses(Request("the cat sat on the mat", f"gpt/{kind}"))
    ids = AutoTokenizer.from_pretrained(models / kind)("the cat sat on the mat").input_ids
    ids = ids if ids[0] == 0 else [0, *ids]
    net = AutoModelForCausalLM.from_pretrained(models / kind, attn_implementation="eager").eval()
    with torch.no_grad():
        loss = net(torch.tensor([ids]), labels=torch.tensor([ids])).loss.item()
    assert len(told.nats) == len(ids) - 1
    assert told.nats.mean() == pytest.approx(loss, abs=1e-4)
    assert told.perplexity == pytest.approx(np.exp(loss), rel=1e-3)
    assert told.bits_per_byte == pytest.approx(told.nats.sum() / np.log(2) / 22)
    assert told.words == 6


def test_a_text_too_long_says_what_was_not_read(models) -> None:
    told = losses(Request("a" * 100, "gpt/gpt2"))
    assert told.cut > 0 and len(told.tokens) == 63
    with pytest.raises(Wrong, match="nothing to measure"):
        losses(Request("", "gpt/gpt2"))


def test_the_last_word_is_asked_for(models) -> None:
    told = last_word(Request("the cat sat on the mat.", "gpt/gpt2", top=1))
    tokenizer = AutoTokenizer.from_pretrained(models / "gpt2")
    before, own = tokenizer("the cat sat on the").input_ids, tokenizer(" mat").input_ids
    logs = logs_of(models, "gpt2", [*before, *own])
    chances = [logs[len(before) - 1 + i, id].exp().item() for i, id in enumerate(own)]
    np.testing.assert_allclose(told.chances, chances, rtol=1e-4)
    assert told.word == "mat" and told.before == "the cat sat on the"
    assert told.chance == pytest.approx(np.prod(chances), rel=1e-4)
    assert told.rank == 1 + int((logs[len(before) - 1] > logs[len(before) - 1, own[0]]).sum())
    for text in ("", "cat", " cat."):
        with pytest.raises(Wrong, match="two words"):
            last_word(Request(text, "gpt/gpt2", top=1))


# ---- sizes


def test_the_formula_counts_a_gpt2_to_the_weight(models) -> None:
    shape = GPT2Config(vocab_size=101, n_positions=40, n_layer=3, n_embd=24, n_head=2)
    counted = sum(story.count(101, 40, 3, 24).values())
    assert counted == sum(p.numel() for p in GPT2LMHeadModel(shape).parameters())
    told = tab_story.size({"model": "gpt/gpt2"})
    assert told["counted"] == told["parameters"]
    assert tab_story.size({"model": "gpt/llama"})["counted"] is None


def test_the_formula_counts_the_embedded_model() -> None:
    if "gpt/mini" not in MODELS:
        pytest.skip("no embedded model")
    facts, positions = at_hand("gpt/mini")
    assert sum(story.count(facts.vocabulary, positions, facts.layers, facts.features).values()) == facts.parameters


def test_published_sizes_are_what_the_formula_says() -> None:
    known = {"GPT-1": 116_534_784, "GPT-2 small": 124_439_808, "GPT-2 medium": 354_823_168, "GPT-2 large": 774_030_080}
    assert {size.name: size.counted for size in story.SIZES if size.name in known} == known
    with torch.device("meta"):
        first = OpenAIGPTLMHeadModel(OpenAIGPTConfig())
    assert sum(p.numel() for p in first.parameters()) == known["GPT-1"]
    for size in story.SIZES:
        assert size.counted == pytest.approx(size.parameters, rel=0.07), size.name  # as papers round
    assert len(story.SIZES) == 1 + 4 + 8 and story.LARGEST == 1_557_611_200


@pytest.mark.parametrize("bad", [{"width": 0}, {"layers": 1.5}, {"vocabulary": True}, {"positions": 10**9}])
def test_shapes_that_are_none_get_a_sentence(bad) -> None:
    with pytest.raises(Wrong):
        story.count(**{"vocabulary": 10, "positions": 10, "layers": 1, "width": 8, **bad})


# ---- what the page asks


def test_the_page_gets_plain_json(models) -> None:
    model = {"model": "gpt/gpt2"}
    shape = {**model, "task": "choose", "texts": ["the cat", "sat", "ate"]}
    said = [
        tab_story.inputs(shape), tab_story.head({**model, "task": "classify", "texts": ["the cat"]}),
        tab_story.losses({**model, "text": "the cat"}), tab_story.last({**model, "text": "the cat"}),
        tab_story.size(model), tab_story.count({"vocabulary": 9, "positions": 9, "layers": 1, "width": 4}),
        tab_story.value(), tab_story.gpt_perplexity("the cat", "gpt/gpt2"),
        tab_story.gpt_inputs("similar", ["the cat", "a cat"], model="gpt/gpt2"),
    ]  # fmt: skip
    for answer in said:
        json.dumps(answer, allow_nan=False)
    assert said[0]["chosen"] == int(np.argmax(said[0]["shares"]))
    assert tuple(said[1]["sentences"][0]) == ("text", "good", "chance")
    for bad in (
        {"texts": "a", "task": "classify"},
        {"texts": [], "task": "sing"},
        {"texts": [["a"]], "task": "classify"},
    ):
        with pytest.raises(Wrong):
            tab_story.inputs({**model, **bad})


def test_every_zero_shot_prompt_has_its_two_languages_and_its_source() -> None:
    keys = [zero.key for zero in story.ZERO]
    assert len(set(keys)) == 5
    for zero in story.ZERO:
        assert zero.paper.en != zero.paper.zh
        assert "able" in zero.paper.en or "ection" in zero.paper.en
