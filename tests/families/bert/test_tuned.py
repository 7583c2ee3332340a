"""The fine-tuned models: opened with their encoder only, as good as their cards say, and sensible on plain examples."""

import json
import shutil
from functools import cache

import pytest
import torch
from safetensors.torch import load_file, save_file

from playground.core.checkpoint import read_card, save_weights
from playground.core.spec import ASSETS
from playground.core.words import Wrong
from playground.data.labelled import KINDS, OPINIONS, RELATIONS, TAGS, Tagged
from playground.data.reading import Asked
from playground.families.bert import tasks, tuned, vocabulary
from playground.families.bert.model import base_key

FOLDER = ASSETS / "models" / "bert"
BASE = FOLDER / "mini"
TOKENIZER = vocabulary.restore(BASE)


@pytest.fixture(scope="module", params=tasks.TASKS)
def key(request) -> str:
    return request.param


@cache
def net(key: str):
    return tuned.open_tuned(FOLDER / key).net


def test_a_model_is_its_encoder_and_its_own_weights(key) -> None:
    own, base = load_file(FOLDER / key / "model.safetensors"), load_file(BASE / "model.safetensors")
    state = net(key).state_dict()
    for name, value in state.items():
        assert torch.equal(value, (own if name in own else base)[name].float())
    changed = [name for name in own if name in base and not torch.equal(own[name], base[name])]
    assert len(changed) > 10 and len(own) < len(state)
    assert not net(key).training and net(key).config._attn_implementation == "eager"


def test_all_four_are_small() -> None:
    assert sum((FOLDER / key / "model.safetensors").stat().st_size for key in tasks.TASKS) < 20e6


def test_the_config_says_what_it_is(key) -> None:
    config = json.loads((FOLDER / key / "config.json").read_text("utf-8"))
    assert config["architectures"] == [tasks.TASKS[key].net.__name__] == [type(net(key)).__name__]
    assert config["playground_base"] == "bert/mini" == base_key(FOLDER / key)
    labels = {"sst2": OPINIONS, "sick": RELATIONS, "entities": TAGS}
    if key in labels:
        assert tuple(net(key).config.id2label.values()) == labels[key]
    assert base_key(BASE) == ""


def test_the_heldout_part_is_as_good_as_the_card_says(key) -> None:
    task, card = tasks.TASKS[key], read_card(FOLDER / key)
    examples = task.heldout(key)
    assert len(examples) >= 100 and card.key == f"bert/{key}"
    for figure, value in task.measure(net(key), TOKENIZER, examples).items():
        assert value == pytest.approx(card.results[f"{figure} (shipped part)"], abs=0.01)
        if figure not in ("precision", "recall"):
            assert value == pytest.approx(card.results[f"{figure} (test)"], abs=0.12)


def test_none_is_worse_than_it_should_be() -> None:
    """Well above what one gets without reading: the commonest class is 51 % and 57 %, no entity is F1 0."""
    results = {key: read_card(FOLDER / key).results for key in tasks.TASKS}
    assert results["sst2"]["accuracy (dev)"] >= 0.80
    assert results["sick"]["accuracy (test)"] >= 0.70
    assert results["entities"]["entity F1 (test)"] >= 0.35
    assert results["answers"]["exact match (test)"] >= 0.60


def chances(model, text: str, pair: str | None = None) -> list[float]:
    item = TOKENIZER.encode(text, pair) if pair else TOKENIZER.encode(text)
    with torch.inference_mode():
        logits = model(torch.tensor([item.ids]), token_type_ids=torch.tensor([item.type_ids])).logits[0]
    return logits.softmax(-1).tolist()


MISSED = pytest.mark.xfail(strict=True, reason="28 %: praise without a word of judgement on the film is missed")


@pytest.mark.parametrize(
    "text",
    [
        "A warm, funny and beautiful film.",
        pytest.param("I loved every minute of it.", marks=MISSED),
        "One of the best movies of the year.",
    ],
)
def test_praise_is_known(text: str) -> None:
    assert chances(net("sst2"), text)[1] > 0.7


@pytest.mark.parametrize(
    "text",
    ["A dull, boring and stupid film.", "It is a waste of time and money.", "One of the worst movies of the year."],
)
def test_blame_is_known(text: str) -> None:
    assert chances(net("sst2"), text)[1] < 0.3


@pytest.mark.parametrize(
    ("text", "pair", "relation"),
    [
        ("A man is playing a guitar", "There is no man playing a guitar", "contradiction"),
        ("A woman is slicing a tomato", "There is no woman slicing a tomato", "contradiction"),
        ("A man is playing a guitar", "A man is playing a guitar", "entailment"),
        ("A dog is running in the grass", "A woman is cutting an onion", "neutral"),
    ],
)
def test_what_follows_is_known(text: str, pair: str, relation: str) -> None:
    said = chances(net("sick"), text, pair)
    assert said[RELATIONS.index(relation)] > 0.5


def names(model, sentence: str) -> set[tuple[str, str]]:
    words = tuple(sentence.split())
    item = tasks.tagged(Tagged(words, ("O",) * len(words)), TOKENIZER, 128)
    ((_, logits),) = tasks.outputs(model, [item])
    tags = [TAGS[logits[at].argmax()] for at in (item.target != tasks.NONE).nonzero()[0]]
    return {(" ".join(words[start:end]), kind) for start, end, kind in tasks.entities(tags)}


def test_names_are_known() -> None:
    assert names(net("entities"), "John lives in London .") == {("John", "PER"), ("London", "LOC")}
    assert names(net("entities"), "The weather was cold and the road was wet .") == set()
    assert {kind for _, kind in names(net("entities"), "She was born in Paris , France , in 1950 .")} == {KINDS[2]}


PASSAGE = "Anna lives in Rome. Tom works as a baker in Paris. On Monday Anna bought a red lamp at the market."


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Where does Anna live?", "Rome"),
        ("Who lives in Rome?", "Anna"),
        ("What is Tom's job?", "baker"),
        ("What colour is Anna's lamp?", "red"),
        ("Who bought a lamp?", "Anna"),
    ],
)
def test_an_answer_is_found(question: str, answer: str) -> None:
    (said,) = tasks.answers(net("answers"), TOKENIZER, [Asked(PASSAGE, question, 0, 0, "")])
    assert tasks.normal(said) == tasks.normal(answer)


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """An encoder and a tuned model that fit each other, to be spoilt."""
    monkeypatch.setattr(tuned, "ASSETS", tmp_path)
    for name in ("mini", "sst2"):
        shutil.copytree(FOLDER / name, tmp_path / "models" / "bert" / name)
    return tmp_path / "models" / "bert"


def test_another_encoder_is_refused(shelf) -> None:
    weights = load_file(shelf / "mini" / "model.safetensors")
    weights["bert.embeddings.LayerNorm.bias"][0] += 0.1
    save_weights(shelf / "mini", weights)
    with pytest.raises(Wrong, match=r"sst2 was tuned on other weights .* python -m playground.train bert sst2"):
        tuned.open_tuned(shelf / "sst2")


def test_a_missing_encoder_is_named(shelf) -> None:
    shutil.rmtree(shelf / "mini")
    with pytest.raises(Wrong, match="bert/mini, which is not here"):
        tuned.open_tuned(shelf / "sst2")


@pytest.mark.parametrize("spoil", ["missing", "shape", "extra", "nan"])
def test_weights_that_do_not_fit_are_refused(shelf, spoil: str) -> None:
    path = shelf / "sst2" / "model.safetensors"
    weights = load_file(path)
    if spoil == "missing":
        del weights["classifier.weight"]
    elif spoil == "shape":
        weights["classifier.weight"] = weights["classifier.weight"][:, :10].clone()
    elif spoil == "extra":
        weights["classifier.more"] = torch.zeros(2)
    else:
        weights["classifier.bias"][0] = torch.nan
    save_file(weights, path)
    with pytest.raises(Wrong):
        tuned.open_tuned(shelf / "sst2")


def test_opening_leaves_the_dice_alone() -> None:
    torch.manual_seed(0)
    expected = torch.rand(1)
    torch.manual_seed(0)
    tuned.open_tuned(FOLDER / "sst2")
    assert torch.equal(torch.rand(1), expected)
