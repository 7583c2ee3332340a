from dataclasses import replace

import numpy as np
import pytest
import torch
from transformers import AutoModelForMaskedLM, BertForPreTraining, BertForSequenceClassification

from playground.core import limits, store
from playground.core.words import Wrong
from playground.families.bert import Ground, Request, Spot, atlas, lens, trace, unfolding
from playground.families.bert.lens import head_of, states_of, unfolded
from playground.families.bert.trace import forward
from tests.families.bert import tiny

TEXT = "The cat sat on the [MASK]. It was [MASK] tired"


@pytest.fixture(autouse=True)
def fresh(models):
    yield
    for memo in (trace, forward, lens, atlas, unfolded):
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


def test_a_classifier_has_no_head_for_words():
    net = BertForSequenceClassification(tiny.BertConfig(**tiny.SMALL))
    assert head_of(net) is None


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


@pytest.mark.parametrize("kind", ["deberta", "deberta-v2"])
def test_the_lens_of_later_relatives(tmp_path, monkeypatch, kind):
    monkeypatch.setattr(limits, "MODELS_DIR", tmp_path)
    config, tokenizer = tiny.relatives()[kind]
    net = tiny.shaken(AutoModelForMaskedLM.from_config(config))
    tiny.save(tmp_path / "one", net, tokenizer)
    request = Request("the [MASK] sat", "", "local:one")
    seen = lens(Spot(request, forward(replace(request, top=1)).encoded.gaps[0]))
    assert seen.difference < 1e-5 and len(seen.rankings) == 4
