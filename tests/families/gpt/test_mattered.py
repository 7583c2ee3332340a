"""Every way of asking which tokens mattered, held against captum or a reference written out here."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from captum.attr import FeatureAblation, InputXGradient, IntegratedGradients
from transformers import AutoModelForCausalLM

from playground.core import limits, store
from playground.core.words import Wrong
from playground.families.gpt import Request, mattered, surgery
from playground.families.gpt.mattered import Refused, Score, Step, Why, mattering, settle_why, why_score
from playground.families.gpt.model import open_gpt
from playground.families.gpt.trace import forward, look
from playground.families.gpt.words import words_of
from playground.nn import attribution
from tests.families.gpt import tiny

TEXT = "the cat sat at the hat and that was that"


@pytest.fixture(autouse=True)
def fresh(models):
    yield
    for memo in (forward, look, mattered.part, mattered.why_ends):
        memo.clear()
    store.clear()


@pytest.fixture(params=[(kind, None) for kind in tiny.CONFIGS] + [("gpt2", 9), ("llama", 9)], ids=str)
def why(request):
    kind, against = request.param
    return settle_why(Why(Request(TEXT, f"gpt/{kind}"), against=against))


def opened(why, models):
    """A copy of its own, the ids, and a function from embeddings to what is explained, as captum wants it."""
    folder = models / why.request.model.removeprefix("gpt/")
    net = AutoModelForCausalLM.from_pretrained(folder, attn_implementation="eager").eval()
    ids = torch.tensor([forward(why.request).encoded.tokens.ids])

    def said(embedded):
        logits = net(inputs_embeds=embedded).logits[:, -1]
        return logits[:, why.target] - (0 if why.against is None else logits[:, why.against])

    return net, ids, said


def test_what_is_explained_is_the_models_logit_or_difference(why, models):
    net, ids, _ = opened(why, models)
    logits = net(input_ids=ids).logits[0, -1]
    wanted = logits[why.target] - (0 if why.against is None else logits[why.against])
    assert mattered.why_ends(why)[0] == pytest.approx(wanted.item(), abs=1e-5)
    assert why.against is not None or why.target == logits.argmax()


def test_gradient_times_input_is_captums(why, models):
    net, ids, said = opened(why, models)
    embedded = net.get_input_embeddings()(ids).detach().requires_grad_()
    theirs = InputXGradient(said).attribute(embedded).sum(-1)[0].detach()
    np.testing.assert_allclose(why_score(why, "gradient").tokens, theirs, atol=1e-4)


@pytest.mark.parametrize("baseline", mattered.BASELINES)
def test_integrated_gradients_are_captums_and_complete(why, models, baseline):
    why = replace(why, baseline=baseline, steps=24)
    net, ids, said = opened(why, models)
    table = net.get_input_embeddings().weight.detach()
    start = {"mean": table.mean(0), "zero": torch.zeros_like(table[0]), "start": table[0]}[baseline]
    embedded = table[ids]
    theirs = IntegratedGradients(said).attribute(
        embedded, start.expand_as(embedded), n_steps=24, method="gausslegendre", internal_batch_size=7
    )
    ours = why_score(why, "integrated").tokens
    np.testing.assert_allclose(ours, theirs.sum(-1)[0].detach(), atol=1e-4)
    end, begin = mattered.why_ends(why)
    if (
        baseline != "mean"
    ):  # a normalisation forgets length: along the way from (nearly) nothing no step is small enough
        return
    finer = why_score(replace(why, steps=256), "integrated").tokens
    assert finer.sum() == pytest.approx(end - begin, abs=0.05 * max(1, abs(end - begin)))


def test_occlusion_is_captums(why, models):
    net, ids, said = opened(why, models)
    table = net.get_input_embeddings().weight.detach()
    embedded, places = table[ids], torch.arange(ids.shape[1])[None, :, None].expand(1, -1, table.shape[1])
    theirs = FeatureAblation(said).attribute(
        embedded, table.mean(0).expand_as(embedded), feature_mask=places, perturbations_per_eval=5
    )
    np.testing.assert_allclose(why_score(why, "occlusion").tokens, theirs[0, :, 0].detach(), atol=1e-4)


def test_pieces_of_a_word_are_hidden_together(models):
    why = settle_why(Why(Request(TEXT, "gpt/gpt2")))
    net, ids, said = opened(why, models)
    words = words_of(forward(why.request).encoded.tokens)
    at = next(i for i, word in enumerate(words) if len(word.pieces) > 1)
    table = net.get_input_embeddings().weight.detach()
    blank = table[ids].clone()
    blank[:, list(words[at].pieces)] = table.mean(0)
    loss = (said(table[ids]) - said(blank)).item()
    assert why_score(why, "occlusion").words[at] == pytest.approx(loss, abs=1e-4)


@pytest.mark.parametrize("kind", [kind for kind in tiny.CONFIGS if kind != "bloom"])
def test_a_token_nobody_looks_at_is_masked_in_every_layer(models, kind):
    why = settle_why(Why(Request(TEXT, f"gpt/{kind}"), absent="unseen"))
    net, ids, _ = opened(why, models)
    count = ids.shape[1]
    ours = why_score(why, "occlusion").tokens
    places = torch.arange(count)[None]
    whole = net(input_ids=ids).logits[0, -1, why.target].item()
    for at in (1, 5):
        mask = torch.ones(1, count, dtype=torch.long)
        mask[0, at] = 0
        said = net(input_ids=ids, attention_mask=mask, position_ids=places)
        assert ours[at] == pytest.approx(whole - said.logits[0, -1, why.target].item(), abs=1e-4)
    assert ours[-1] == pytest.approx(0, abs=1e-5)  # the last token has to see itself


def test_rollout_is_a_matrix_product_and_a_share(why, models):
    net, ids, _ = opened(why, models)
    with torch.no_grad():
        attentions = net(input_ids=ids, output_attentions=True).attentions
    through = torch.eye(ids.shape[1], dtype=torch.float64)
    for layer in attentions:
        mixed = (layer[0].double().mean(0) + torch.eye(ids.shape[1])) / 2
        through = mixed @ through
    ours = why_score(why, "rollout").tokens
    np.testing.assert_allclose(ours, through[-1], atol=1e-5)
    assert ours.sum() == pytest.approx(1, abs=1e-6) and (ours >= 0).all()
    assert why_score(why, "valued").tokens.sum() == pytest.approx(1, abs=1e-6)


def test_moved_values_add_up_to_the_attention_output(why, models):
    _, ids, _ = opened(why, models)
    done, weights = forward(why.request), look(why.request).attention.weights
    with store.using(why.request.model, open_gpt) as gpt:
        ours = mattered.vectors(gpt, done)
    mine = open_gpt(models / why.request.model.removeprefix("gpt/"))
    given = {}
    for layer, block in enumerate(mine.layers):
        surgery.joint(block).register_forward_hook(lambda _m, _g, out, layer=layer: given.__setitem__(layer, out))
    with torch.no_grad():
        mine.net(input_ids=ids)
    for layer, block in enumerate(mine.layers):
        bias = surgery.joint(block).bias
        summed = np.einsum("hqk,hkf->qf", weights[layer], ours[layer])
        wanted = given[layer][0] - (0 if bias is None else bias)
        np.testing.assert_allclose(summed, wanted.detach(), atol=1e-4)


def test_a_long_text_falls_into_parts_that_add_up(monkeypatch):
    why = settle_why(Why(Request(TEXT, "gpt/gpt2"), steps=10))
    whole = {method: why_score(why, method) for method in ("integrated", "occlusion")}
    mattered.part.clear()
    monkeypatch.setattr(attribution, "AT_ONCE", 64)
    for method, told in whole.items():
        assert mattered.parts(why, method) > 1
        np.testing.assert_allclose(why_score(why, method).tokens, told.tokens, atol=1e-5)
        np.testing.assert_allclose(why_score(why, method).words, told.words, atol=1e-5)


def test_everything_is_told_as_it_is_ready():
    said = list(mattering(settle_why(Why(Request(TEXT, "gpt/gpt2")))))
    assert [one.method for one in said if isinstance(one, Score)] == list(mattered.METHODS)
    assert isinstance(said[0], Step) and said[0].done == 1


def test_attention_says_why_not_and_the_others_answer(monkeypatch):
    monkeypatch.setattr(limits, "TOKENS", 5)
    said = list(mattering(settle_why(Why(Request(TEXT, "gpt/gpt2")))))
    assert [one.method for one in said if isinstance(one, Refused)] == ["rollout", "valued"]
    assert [one.method for one in said if isinstance(one, Score)] == ["gradient", "integrated", "occlusion"]


def test_accord_counts_tokens_and_words():
    why = settle_why(Why(Request(TEXT, "gpt/llama")))
    scores = [one for one in mattering(why) if isinstance(one, Score)]
    tokens, words = mattered.why_accord(why, scores, False), mattered.why_accord(why, scores, True)
    assert len(tokens.places) == len(scores[0].tokens) and len(words.places) == len(scores[0].words) == 10
    assert mattered.why_accord(why, scores[:1], False) is None


def test_the_start_token_is_never_taken_away():
    why = settle_why(Why(Request(TEXT, "gpt/gpt2", start=True)))
    told = why_score(why, "occlusion").tokens
    assert told[0] == 0 and (told[1:] != 0).all()


def test_the_shared_weights_have_no_gradients_and_the_answer_does_not_change():
    request = Request(TEXT, "gpt/gpt2", top=1)
    before = forward(request).logits.copy()
    list(mattering(settle_why(Why(request))))
    with store.using("gpt/gpt2", open_gpt) as gpt:
        assert all(parameter.grad is None for parameter in gpt.net.parameters())
    forward.clear()
    assert np.array_equal(forward(request).logits, before)


def test_candidates_and_what_somebody_types():
    request = Request(TEXT, "gpt/gpt2")
    best = mattered.best_next(request, 3)
    assert [one.rank for one in best] == [1, 2, 3] and best[0].chance > best[1].chance
    one, count = mattered.first_of(request, " cat")
    assert one.name == "␣cat" and count == 1
    assert mattered.first_of(request, "cat!")[1] > 1
    with pytest.raises(Wrong, match="Type the token"):
        mattered.first_of(request, "")


@pytest.mark.parametrize(
    "given",
    [
        dict(steps=1), dict(steps=10**6), dict(steps=2.5), dict(baseline="noise"), dict(absent="gone"),
        dict(target=10**6), dict(target=-1), dict(target="a"), dict(against=10**6), dict(target=3, against=3),
    ],
)  # fmt: skip
def test_what_cannot_be_asked(given):
    with pytest.raises(Wrong):
        settle_why(Why(Request(TEXT, "gpt/gpt2"), **given))


def test_what_the_page_gets():
    import json

    from playground.families.gpt import tab_mattered

    question = {"text": TEXT, "model": "gpt/gpt2", "against": 9}
    lines = [json.loads(line) for line in tab_mattered.mattered(question)]
    about = lines[0]["about"]
    assert about["target"]["rank"] == 1 and about["against"]["id"] == 9 and len(about["choices"]) == 10
    scores = {line["score"]["method"]: line["score"] for line in lines if "score" in line}
    assert list(scores) == list(mattered.METHODS)
    whole = scores["integrated"]
    assert whole["end"] == pytest.approx(about["target"]["logit"] - about["against"]["logit"], abs=1e-4)
    assert whole["error"] == pytest.approx(sum(whole["tokens"]) - (whole["end"] - whole["start"]), abs=1e-6)
    assert lines[-1]["accord"]["words"]["methods"] == list(mattered.METHODS)
    assert tab_mattered.candidate({**question, "typed": " cat"})["name"] == "␣cat"
    assert tab_mattered.gpt_mattered(TEXT, model="gpt/gpt2", method="rollout")["scores"] == scores["rollout"]["tokens"]
    for bad in ({"typed": 3}, {"typed": "a" * 201}, {}):
        with pytest.raises(Wrong):
            tab_mattered.candidate({**question, **bad})
    for method in ("flow", ["rollout"]):
        with pytest.raises(Wrong, match="A method is one of"):
            tab_mattered.gpt_mattered(TEXT, model="gpt/gpt2", method=method)
