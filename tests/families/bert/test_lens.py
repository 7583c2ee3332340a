from dataclasses import replace

import numpy as np
import pytest
import torch
from transformers import AutoModelForMaskedLM, BertForPreTraining

from playground.core import limits, store
from playground.core.chances import softmax
from playground.core.words import Wrong
from playground.families.bert import (
    Edited,
    Edits,
    Ground,
    Request,
    Spot,
    Target,
    Use,
    atlas,
    hear,
    lens,
    read,
    trace,
    unfolding,
)
from playground.families.bert.edit import run
from playground.families.bert.lens import heard, states_of, unfolded
from playground.families.bert.model import open_bert
from playground.families.bert.trace import forward, inputs
from playground.families.bert.trace import logits_of as logits_of_use
from tests.families.bert import tiny

TEXT = "The cat sat on the [MASK]. It was [MASK] tired"


@pytest.fixture(autouse=True)
def fresh(models):
    yield
    for memo in (trace, forward, lens, atlas, unfolded, hear, run, read):
        memo.clear()
    store.clear()


@pytest.fixture(params=tiny.KINDS)
def kind(request):
    return request.param


def opened(folder):
    auto = BertForPreTraining if folder.name == "bert" else AutoModelForMaskedLM
    return auto.from_pretrained(folder, attn_implementation="eager").eval()


def logits_of(output):
    return getattr(output, "prediction_logits", None) if "prediction_logits" in output else output.logits


def read_by_the_model(net, ids, layer):
    """The model's own logits [token vocabulary] with its last hidden state replaced by that of an earlier layer."""

    def swap(module, inputs, output):
        output.last_hidden_state = output.hidden_states[layer]
        return output

    hook = net.base_model.register_forward_hook(swap)
    with torch.no_grad():
        said = net(input_ids=torch.tensor([ids]), output_hidden_states=True)
    hook.remove()
    return logits_of(said)[0]


def test_the_last_row_is_the_models_answer(models, kind):
    request = Request(TEXT, "", f"bert/{kind}", top=5)
    told = trace(request)
    for fill in told.fills:
        seen = lens(Spot(request, fill.position))
        assert seen.difference < 1e-5
        np.testing.assert_allclose(seen.rankings[-1].scores, fill.ranking.scores, atol=1e-5)
        assert seen.ids[-1] == fill.ids
        assert seen.final == fill.ranking.labels[0] and seen.final_rank[-1] == 1
    assert lens(Spot(request, 2)).difference < 1e-5  # no gap: the model is asked once more


def test_every_row_is_the_models_head_on_that_layer(models, kind):
    request = Request(TEXT, "", f"bert/{kind}")
    told, net = trace(request), opened(models / kind)
    for position in (1, told.fills[0].position):
        seen = lens(Spot(request, position))
        assert len(seen.rankings) == told.facts.layers + 1
        for row in range(len(seen.rankings)):
            chances = read_by_the_model(net, told.tokens.ids, row)[position].double().softmax(-1)
            best = chances.topk(5)
            np.testing.assert_allclose(seen.rankings[row].scores, best.values, atol=1e-5)
            assert seen.entropy[row] == pytest.approx(-(chances * chances.log2()).sum().item(), abs=1e-4)
            rank = 1 + int((chances > chances[seen.final_id]).sum())
            assert seen.final_rank[row] == rank
            assert seen.final_chance[row] == pytest.approx(chances[seen.final_id].item(), abs=1e-5)


def test_the_reference_sees_a_difference(models):
    net, ids = opened(models / "bert"), trace(Request(TEXT, "", "bert/bert")).tokens.ids
    assert not torch.allclose(read_by_the_model(net, ids, 1), read_by_the_model(net, ids, 3), atol=1e-2)


def test_the_hidden_word_is_followed_through_the_layers(models):
    request = Request("the cat sat", "", "bert/bert", masks=(4,))
    seen = lens(Spot(request, 2))
    assert seen.truth == "cat" and len(seen.truth_rank) == 4
    typed = lens(Spot(Request("the [MASK] sat", "", "bert/bert"), 2))
    assert typed.truth is None and typed.truth_rank is None
    np.testing.assert_allclose(typed.final_chance, seen.final_chance, atol=1e-6)
    assert lens(Spot(Request("the cat sat", "", "bert/bert"), 2)).truth == "cat"  # an open token is its own truth


@pytest.mark.parametrize("position", [-1, 99, 1.5, "2", None, True, [], {}, 10**40])
def test_places_that_do_not_exist(models, position):
    with pytest.raises(Wrong):
        lens(Spot(Request("the cat", "", "bert/bert"), position))


def test_states_are_the_models(models, kind):
    request = Request(TEXT, "", f"bert/{kind}")
    with torch.no_grad():
        output = opened(models / kind)(torch.tensor([trace(request).tokens.ids]), output_hidden_states=True)
    np.testing.assert_allclose(states_of(request), torch.cat(output.hidden_states), atol=1e-5)


def test_the_map_stands_in_one_basis_and_names_true_neighbours(models, kind):
    request = Request(TEXT, "", f"bert/{kind}")
    told, states = atlas(Ground(request)), states_of(request)
    assert all(not told.tokens.special[at] for at in told.places)
    chosen = states[:, list(told.places)].astype(np.float64)
    for layer, vectors in enumerate(chosen):
        unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        cosines = unit @ unit.T
        for point, (others, said) in enumerate(zip(told.near.indices[layer], told.near.cosines[layer], strict=True)):
            assert point not in others
            np.testing.assert_allclose(said, cosines[point, others], atol=1e-5)
            left = np.delete(cosines[point], [point, *others])
            assert not len(left) or said[-1] >= left.max() - 1e-5
        values = np.linalg.svd(vectors - vectors.mean(0), compute_uv=False) ** 2
        assert told.best[layer] == pytest.approx(values[:2].sum() / values.sum(), abs=1e-6)
        assert 0 <= told.kept[layer] <= told.best[layer] + 1e-6
    assert told.moved[1, 0] == pytest.approx(
        float(torch.cosine_similarity(*map(torch.tensor, (chosen[0, 0], chosen[1, 0])), dim=0)), abs=1e-5
    )


def test_special_tokens_are_on_the_map_when_asked(models):
    request = Request("the cat sat", "", "bert/bert")
    assert atlas(Ground(request)).places == (1, 2, 3)
    assert atlas(Ground(request, special=True)).places == (0, 1, 2, 3, 4)


@pytest.mark.parametrize("text", ["cat", "the cat", "the cat sat"])
def test_few_tokens(models, text):
    told = atlas(Ground(Request(text, "", "bert/bert")))
    assert all(np.isfinite(cloud.points).all() for cloud in told.clouds)
    assert np.isfinite(told.kept).all() and np.isfinite(told.faithful).all()
    with pytest.raises(Wrong, match="at least 4 tokens"):
        next(unfolding(Ground(Request(text, "", "bert/bert"))))


def test_as_many_tokens_as_the_model_reads(models):
    request = Request("the cat sat on the bed . " * 20, "", "bert/bert")
    told = atlas(Ground(request, special=True))
    assert len(told.places) == trace(request).facts.positions == 48
    drawn, faithful = next(unfolding(Ground(request, special=True)))
    assert drawn.points.shape == (48, 2) and 0 <= faithful <= 1


def test_tsne_gives_every_layer_and_the_same_again(models):
    ground = Ground(Request(TEXT, "", "bert/bert"))
    first = [cloud.points for cloud, _ in unfolding(ground)]
    assert len(first) == 4
    unfolded.clear()
    for one, other in zip(first, unfolding(ground), strict=True):
        np.testing.assert_array_equal(one, other[0].points)


def test_the_number_of_words_shown_changes_no_map(models):
    request = Request(TEXT, "", "bert/bert")
    np.testing.assert_array_equal(states_of(request), states_of(replace(request, top=9)))


@pytest.mark.parametrize(("kind", "use"), tiny.HEADED)
def test_fine_tuned_models_are_mapped_and_have_no_lens(tmp_path, monkeypatch, kind, use):
    monkeypatch.setattr(limits, "MODELS_DIR", tmp_path)
    tiny.headed(tmp_path / "one", kind, use)
    request = Request("the cat sat", "he sat", "local:one")
    told = atlas(Ground(request, special=True))
    assert len(told.clouds) == 4 and all(np.isfinite(cloud.points).all() for cloud in told.clouds)
    assert len(told.places) == len(forward(request).encoded.tokens)
    with pytest.raises(Wrong, match="no head for words"):
        lens(Spot(request, 1))


@pytest.mark.parametrize(("kind", "legacy"), [("deberta", True), ("deberta-v2", True), ("deberta-v2", False)])
def test_the_lens_of_later_relatives(tmp_path, monkeypatch, kind, legacy):
    """DeBERTa's newer head asks for the word embeddings beside the states."""
    monkeypatch.setattr(limits, "MODELS_DIR", tmp_path)
    config, tokenizer = tiny.relatives()[kind]
    config.update({"legacy": legacy})
    net = tiny.shaken(AutoModelForMaskedLM.from_config(config))
    assert hasattr(net, "lm_predictions") is not legacy
    tiny.save(tmp_path / "one", net, tokenizer)
    request = Request("the [MASK] sat", "", "local:one")
    told = trace(request)
    gap = told.fills[0].position
    seen = lens(Spot(request, gap))
    assert seen.difference < 1e-5 and len(seen.rankings) == 4
    with torch.no_grad():
        output = net(torch.tensor([told.tokens.ids]), output_hidden_states=True)
    best = output.logits[0, gap].softmax(-1).topk(5)
    np.testing.assert_allclose(seen.rankings[-1].scores, best.values, atol=1e-5)
    np.testing.assert_allclose(told.fills[0].ranking.scores, best.values, atol=1e-5)
    for row in range(4):
        chances = read_by_the_model(net, told.tokens.ids, row)[gap].double().softmax(-1)
        np.testing.assert_allclose(seen.rankings[row].scores, chances.topk(5).values, atol=1e-5)


# ---- fine-tuned heads


PAIR = ("the cat sat on the bed", "he sat on the floor")
CUT = {  # where an architecture keeps its layers, as transformers names them
    "bert": lambda net: net.bert.encoder, "roberta": lambda net: net.roberta.encoder,
    "distilbert": lambda net: net.distilbert.transformer, "electra": lambda net: net.electra.encoder,
}  # fmt: skip


def asked_of(tmp_path, monkeypatch, kind, use, **more):
    monkeypatch.setattr(limits, "MODELS_DIR", tmp_path)
    tiny.headed(tmp_path / "one", kind, use, **more)
    return Request(*PAIR, "local:one")


def logits_now(request, net, use, position):
    """What a net says, [start-or-end, or one row; choice]."""
    with store.using(request.model, open_bert) as bert, torch.inference_mode():
        encoded = forward(replace(request, top=1)).encoded
        output = net(**inputs(bert, encoded))
        rows = logits_of_use(bert, encoded, output)
    return rows[[position]] if use == "tags" else rows


def told_of(request, use, count):
    """Of an answer's ends the passage and the first token, else everything."""
    tokens = forward(request).encoded.tokens
    passage = [s == 1 and not special for s, special in zip(tokens.segments, tokens.special, strict=True)]
    return np.array([True, *passage[1:]]) if use == "answer" else np.ones(count, bool)


@pytest.mark.parametrize("use", tiny.AUTOS)
@pytest.mark.parametrize("kind", CUT)
def test_a_head_is_heard_as_by_a_model_whose_upper_layers_were_taken_away(tmp_path, monkeypatch, kind, use):
    request, position = asked_of(tmp_path, monkeypatch, kind, use), 2
    told = hear(Spot(request, position))
    assert [one.kind for one in told] == {"classes": ["class"], "tags": ["tag"], "answer": ["start", "end"]}[use]
    for kept in range(4):
        net = tiny.AUTOS[use].from_pretrained(tmp_path / "one").eval()
        body = CUT[kind](net)
        body.layer = body.layer[:kept]
        rows = logits_now(request, net, use, position)
        for one, logits in zip(told, rows, strict=True):
            chances = softmax(np.where(told_of(request, use, len(logits)), logits, -np.inf))
            np.testing.assert_allclose(one.chances[kept], chances[list(one.ids)], atol=1e-5)
    assert all(one.difference < 1e-5 for one in told)


@pytest.mark.parametrize(("kind", "use"), tiny.HEADED)
def test_every_row_is_what_is_left_when_the_layers_above_are_switched_off(tmp_path, monkeypatch, kind, use):
    """As under "Edit": ALBERT, whose layers are one module, and XLNet, which reads the last token, too."""
    request, position = asked_of(tmp_path, monkeypatch, kind, use), 1
    told = hear(Spot(request, position))
    for kept in range(4):
        after, _ = run(Edited(request, Edits(layers=tuple(range(kept, 3)))))
        rows = [row for row in after if row.kind != "tag" or row.at == position]
        for one, row in zip(told, rows, strict=True):
            ids = list(one.ids)
            ratio = softmax(row.logits[ids]) if one.rule == "one" else row.chances[ids]
            own = one.chances[kept] / one.chances[kept].sum() if one.rule == "one" else one.chances[kept]
            np.testing.assert_allclose(own, ratio, atol=1e-5)
    assert all(one.difference < 1e-5 for one in told)


RULES = {"one": {}, "many": {"problem_type": "multi_label_classification"}, "value": {"labels": ["LABEL_0"]}}


@pytest.mark.parametrize("kind", ["bert", "albert", "xlnet"])
@pytest.mark.parametrize("rule", RULES)
def test_the_last_row_is_the_heads_own_answer(tmp_path, monkeypatch, kind, rule):
    request = asked_of(tmp_path, monkeypatch, kind, "classes", **RULES[rule])
    (told,), said = hear(Spot(request, 0)), read(Use(request))
    assert told.rule == rule == said.kind and told.chances.shape == (4, told.count)
    answer = said.logits if rule == "value" else said.chances
    np.testing.assert_allclose(told.chances[-1], answer[list(told.ids)], atol=1e-5)
    assert list(told.chances[-1]) == sorted(told.chances[-1], reverse=True)


def test_from_which_layer_on_is_counted_from_the_end():
    logits = np.log([[0.2, 0.8], [0.9, 0.1], [0.3, 0.7], [0.4, 0.6]])
    own = dict(own=logits[-1], open_to=np.ones(2, bool), names=("no", "yes"))
    told = heard(Target("class", 0), "one", logits, **own)
    assert told.since == 2 and told.names == ("yes", "no") and told.difference == 0
    assert heard(Target("class", 0), "one", logits[2:], **{**own, "own": logits[-1]}).since == 0
    assert heard(Target("class", 0), "many", np.array([[2, -3.0], [2, 3], [2, 3]]), **own).since == 1


def test_of_many_classes_the_answer_and_the_likeliest_of_the_way_are_told():
    chances = np.full((3, 40), 0.001)
    chances[0, 7] = chances[1, 9] = 0.9
    chances[-1, 31] = 0.002  # the answer, hardly likelier than the rest
    names = tuple(map(str, range(40)))
    told = heard(Target("class", 0), "one", np.log(chances), np.log(chances[-1]), np.ones(40, bool), names)
    assert len(told.ids) == 5 and told.ids[0] == 31 and {7, 9} <= set(told.ids) and told.count == 40


def test_an_answer_is_sought_in_the_passage_or_at_the_first_token(tmp_path, monkeypatch):
    request = asked_of(tmp_path, monkeypatch, "bert", "answer")
    tokens, said = forward(request).encoded.tokens, read(Use(request))
    for one, ends in zip(hear(Spot(request, 0)), (said.start, said.end), strict=True):
        assert all(at == 0 or (tokens.segments[at] and not tokens.special[at]) for at in one.ids)
        np.testing.assert_allclose(one.chances[-1], ends[list(one.ids)], atol=1e-5)
        assert one.count == told_of(request, "answer", len(tokens)).sum()


def test_what_cannot_be_heard(models, tmp_path, monkeypatch):
    with pytest.raises(Wrong, match="fills gaps"):
        hear(Spot(Request("the cat", "", "bert/bert"), 0))
    request = asked_of(tmp_path, monkeypatch, "bert", "answer")
    with pytest.raises(Wrong, match="passage"):
        hear(Spot(replace(request, pair=""), 0))
    with pytest.raises(Wrong):
        hear(Spot(request, 99))
