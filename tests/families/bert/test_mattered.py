"""Every way of asking which words mattered, held against captum or a reference written out here."""

import networkx
import numpy as np
import pytest
import torch
from captum.attr import FeatureAblation, IntegratedGradients, LayerGradientXActivation, LayerIntegratedGradients
from transformers import (
    DebertaConfig,
    DebertaForSequenceClassification,
    DebertaV2Config,
    DebertaV2ForQuestionAnswering,
    XLNetConfig,
    XLNetForSequenceClassification,
    XLNetForTokenClassification,
)

from playground.core import limits, store
from playground.core.spec import ModelSpec
from playground.core.words import Wrong
from playground.families.bert import Request
from playground.families.bert import mattered as m
from playground.families.bert.answers import answers, best
from playground.families.bert.model import MODELS, open_bert
from playground.families.bert.target import Target, choices
from playground.families.bert.trace import forward, inputs
from playground.nn import attribution
from tests.families.bert import tiny

TEXT, PAIR = "The cat sat on the [MASK]. It was playing", "He went to the bank"


def deberta(folder):
    config = DebertaConfig(**tiny.SMALL, max_position_embeddings=48, relative_attention=True, pos_att_type="c2p|p2c")
    return tiny.save(folder, DebertaForSequenceClassification(config), tiny.wordpiece())


def deberta_v2(folder):
    config = DebertaV2Config(**tiny.SMALL, max_position_embeddings=48, relative_attention=True, pos_att_type="c2p|p2c")
    return tiny.save(folder, DebertaV2ForQuestionAnswering(config), tiny.wordpiece())


def xlnet(folder, head=XLNetForSequenceClassification):
    shape = dict(vocab_size=len(tiny.VOCABULARY), d_model=32, n_layer=3, n_head=4, d_inner=64, num_labels=3)
    return tiny.save(folder, head(XLNetConfig(**shape)), tiny.wordpiece())


HEADED = {
    "deberta": deberta, "deberta-v2": deberta_v2, "xlnet": xlnet,
    "xlnet-tags": lambda folder: xlnet(folder, XLNetForTokenClassification),
}  # fmt: skip


@pytest.fixture(scope="session")
def headed(tmp_path_factory):
    root = tmp_path_factory.mktemp("headed")
    return {name: make(root / "models" / "bert" / name).parents[2] for name, make in HEADED.items()}


@pytest.fixture(autouse=True)
def fresh(models):
    yield
    for memo in (m.part, m.ends, answers, forward):
        memo.clear()
    store.clear()


@pytest.fixture(params=[*tiny.KINDS, *HEADED])
def why(request, models, headed, monkeypatch):
    kind = request.param
    if kind in headed:
        monkeypatch.setattr(store, "ASSETS", headed[kind])
        monkeypatch.setitem(MODELS, f"bert/{kind}", ModelSpec(f"bert/{kind}", kind, open_bert, "random"))
    return m.settled(m.Why(Request(TEXT, PAIR if kind == "bert" else "", f"bert/{kind}"), steps=20))


def opened(why):
    """A copy of its own, the pass, and a function from ids to the explained logit, as captum wants it."""
    bert, done = open_bert(store.folder_of(why.request.model)), forward(why.request)
    given = inputs(bert, done.encoded)
    rest = {name: value for name, value in given.items() if name != "input_ids"}
    if "roberta" in bert.net.config.model_type:  # counts positions without padding: a baseline would move the words
        first = bert.net.config.pad_token_id + 1
        rest["position_ids"] = torch.arange(first, first + given["input_ids"].shape[1])[None]

    def logit(ids):
        spread = {name: value.expand(len(ids), -1) for name, value in rest.items()}
        return choices(bert, bert.net(input_ids=ids, **spread), why.target)[:, why.target.index]

    return bert, done, given["input_ids"], logit


def test_what_is_explained_is_the_models_logit(why):
    _, _, ids, logit = opened(why)
    told = m.subject(why)
    with torch.no_grad():
        assert told.logit == pytest.approx(logit(ids).item(), abs=1e-4)
    assert m.ends(why)[0] == pytest.approx(told.logit, abs=1e-4)
    assert 0 < told.chance < 1 and (told.name or why.target.kind == "next")


def test_gradient_times_input_is_captums(why):
    bert, _, ids, logit = opened(why)
    theirs = (
        LayerGradientXActivation(logit, bert.net.get_input_embeddings()).attribute(ids).sum(-1).flatten()
    )  # XLNet: [token 1 feature]
    np.testing.assert_allclose(m.score(why, "gradient").tokens, theirs.detach(), atol=1e-4)
    assert np.abs(m.score(why, "gradient").tokens).max() > 1e-3


@pytest.mark.parametrize("baseline", ["pad", "mask"])
def test_integrated_gradients_are_captums_and_complete(why, baseline):
    why = m.settled(m.Why(why.request, why.target, 20, baseline))
    bert, done, ids, logit = opened(why)
    blank = bert.tokenizer.mask_token_id if baseline == "mask" else bert.tokenizer.pad_token_id
    start = ids.clone()
    start[0, m.open_tokens(done.encoded)] = blank
    if bert.net.config.model_type == "xlnet":  # its embedding has the batch in the second place, which captum splits
        table, given = bert.net.get_input_embeddings(), inputs(bert, done.encoded)
        types = {name: value for name, value in given.items() if name != "input_ids"}

        def embedded(vectors):
            spread = {name: value.expand(len(vectors), -1) for name, value in types.items()}
            return choices(bert, bert.net(inputs_embeds=vectors, **spread), why.target)[:, why.target.index]

        captum, pair = IntegratedGradients(embedded), (table(ids).detach(), table(start).detach())
    else:
        captum, pair = LayerIntegratedGradients(logit, bert.net.get_input_embeddings()), (ids, start)
    theirs = captum.attribute(*pair, n_steps=20, internal_batch_size=7).sum(-1)[0]
    told = m.score(why, "integrated").tokens
    np.testing.assert_allclose(told, theirs.detach(), atol=1e-4)
    with torch.no_grad():
        np.testing.assert_allclose(m.ends(why), [logit(ids).item(), logit(start).item()], atol=1e-4)


def test_more_steps_leave_less_unexplained(models):
    request, errors = Request(TEXT, "", "bert/bert"), []
    for steps in (2, 256):
        why = m.settled(m.Why(request, steps=steps))
        end, start = m.ends(why)
        errors.append(abs(m.score(why, "integrated").tokens.sum() - (end - start)))
    assert errors[1] < 1e-2 and errors[1] < errors[0]


def test_occlusion_is_captums(why):
    bert, done, ids, logit = opened(why)
    blank = bert.tokenizer.mask_token_id
    with torch.no_grad():
        theirs = FeatureAblation(logit).attribute(ids, baselines=torch.full_like(ids, blank))[0]
    told, places = m.score(why, "occlusion"), m.open_tokens(done.encoded)
    np.testing.assert_allclose(told.tokens[places], theirs[places], atol=1e-4)
    closed = [at for at in range(ids.shape[1]) if at not in places]
    assert (told.tokens[closed] == 0).all()


def test_pieces_of_a_word_are_hidden_together(why):
    bert, done, ids, logit = opened(why)
    at, word = next((i, w) for i, w in enumerate(done.encoded.words) if len(w.pieces) > 1)
    gone = ids.clone()
    gone[0, list(word.pieces)] = bert.tokenizer.mask_token_id
    with torch.no_grad():
        drop = (logit(ids) - logit(gone)).item()
    assert m.score(why, "occlusion").words[at] == pytest.approx(drop, abs=1e-4)
    summed = m.score(why, "gradient")
    assert summed.words[at] == pytest.approx(summed.tokens[list(word.pieces)].sum())


def looking(why, count):
    kind, target = why.request.model.removeprefix("bert/"), why.target
    return {"word": target.at, "tag": target.at, "start": target.index}.get(
        target.kind, count - 1 if kind == "xlnet" else 0
    )


def test_rollout_is_a_matrix_product_and_a_share(why):
    done = forward(why.request)
    count = len(done.encoded.tokens)
    product = np.eye(count)
    for layer in done.attention.astype(np.float64):
        product = (0.5 * layer.mean(0) + 0.5 * np.eye(count)) @ product
    told = m.score(why, "rollout")
    np.testing.assert_allclose(told.tokens, product[looking(why, count)], atol=1e-5)
    assert told.tokens.sum() == pytest.approx(1)
    assert m.score(why, "valued").tokens.sum() == pytest.approx(1)


def test_flow_is_that_of_networkx(why):
    done, graph = forward(why.request), networkx.DiGraph()
    count = len(done.encoded.tokens)
    for depth, layer in enumerate(done.attention):
        for (i, j), weight in np.ndenumerate(0.5 * layer.mean(0) + 0.5 * np.eye(count)):
            graph.add_edge((depth + 1, i), (depth, j), capacity=float(weight))
    told = m.score(why, "flow").tokens
    source = len(done.attention), looking(why, count)
    for key in (0, 2, count - 1):
        assert told[key] == pytest.approx(networkx.maximum_flow_value(graph, source, (0, key)), abs=1e-4)


def test_moved_values_add_up_to_the_attention_output(why):
    """The heads' shares, weighted and summed, are what the model's own output projection gives (less its bias)."""
    bert, done, _, _ = opened(why)
    kept = {}
    kind = bert.net.config.model_type
    if kind == "xlnet":
        pytest.skip("its output projection is no module; held by the next test")
    output = m.value_of(bert.net, 0)[1]
    hook = output.register_forward_hook(lambda _m, _i, out: kept.setdefault("out", out[0]))  # first call: layer 0
    with torch.no_grad():
        bert.net(**inputs(bert, done.encoded))
        heads = m.heads_of(bert.net, 0, torch.tensor(done.states[0]))
    hook.remove()
    told = torch.einsum("hij,hjf->if", torch.tensor(done.attention[0]), heads)
    bias = torch.zeros(()) if output.bias is None else output.bias
    values = m.value_of(bert.net, 0)[0]
    assert values(torch.tensor(done.states[0])).shape[-1] == output.in_features
    np.testing.assert_allclose(told, (kept["out"] - bias).detach(), atol=1e-4)


def test_values_of_xlnet_are_those_it_mixes(headed, monkeypatch):
    monkeypatch.setattr(store, "ASSETS", headed["xlnet"])
    monkeypatch.setitem(MODELS, "bert/xlnet", ModelSpec("bert/xlnet", "x", open_bert, "random"))
    why = m.settled(m.Why(Request(TEXT, "", "bert/xlnet")))
    bert, done, _, _ = opened(why)
    attention = bert.net.base_model.layer[0].rel_attn
    whole, kept = attention.post_attention, {}
    monkeypatch.setattr(
        attention, "post_attention", lambda h, vec: kept.setdefault("vec", vec) is None or whole(h, vec)
    )
    with torch.no_grad():
        bert.net(**inputs(bert, done.encoded))
        theirs = torch.einsum("ibnd,hnd->ibh", kept["vec"], attention.o)[:, 0]
        heads = m.heads_of(bert.net, 0, torch.tensor(done.states[0]))
    told = torch.einsum("hij,hjf->if", torch.tensor(done.attention[0]), heads)
    np.testing.assert_allclose(told, theirs, atol=1e-4)


def test_a_long_text_falls_into_parts_that_add_up(models, monkeypatch):
    why = m.settled(m.Why(Request("the cat sat on the [MASK] . " * 6, "", "bert/bert"), steps=9))
    whole = {method: m.score(why, method).tokens for method in m.METHODS}
    m.part.clear()
    monkeypatch.setattr(attribution, "AT_ONCE", 90)
    told = list(m.mattering(why))
    steps = [one for one in told if isinstance(one, m.Step)]
    assert max(one.parts for one in steps if one.method == "integrated") == 9
    assert [one.done for one in steps if one.method == "occlusion"][-1] > 5
    for one in told:
        if isinstance(one, m.Score):
            np.testing.assert_allclose(one.tokens, whole[one.method], atol=1e-5)


def test_what_was_computed_is_not_computed_again(models):
    why = m.settled(m.Why(Request(TEXT, "", "bert/bert")))
    running = m.mattering(why)
    for _ in range(4):
        next(running)
    running.close()  # stopped in the middle
    before = m.part.info().misses
    list(m.mattering(why))
    first = m.part.info()
    assert first.hits >= 1 and first.misses > before
    list(m.mattering(why))
    assert m.part.info().misses == first.misses


def test_flow_says_why_not_and_the_others_answer(models, monkeypatch):
    monkeypatch.setattr(limits, "FLOW_TOKENS", 5)
    told = list(m.mattering(m.settled(m.Why(Request(TEXT, "", "bert/bert")))))
    refused = [one for one in told if isinstance(one, m.Refused)]
    assert [one.method for one in refused] == ["flow"] and "beyond 5 tokens" in refused[0].why.en
    assert len([one for one in told if isinstance(one, m.Score)]) == 5


def test_accord_counts_what_all_can_rate(models):
    why = m.settled(m.Why(Request(TEXT, "", "bert/bert")))
    scores, encoded = [m.score(why, method) for method in m.METHODS], forward(why.request).encoded
    for words in (False, True):
        told = m.accord(why, scores, words)
        assert told.told.spearman.shape == (6, 6) and np.allclose(np.diag(told.told.spearman), 1)
        texts = {encoded.tokens.texts[at] for at in told.places} if not words else set()
        assert not texts & {"[CLS]", "[SEP]", "[MASK]"}
    assert m.accord(m.settled(m.Why(Request("cat [MASK]", "", "bert/bert"))), scores, False) is None


def test_the_shared_weights_have_no_gradients_and_the_answer_does_not_change(models):
    request = Request(TEXT, "", "bert/bert")
    before = forward(request).logits.copy()
    list(m.mattering(m.settled(m.Why(request))))
    forward.clear()
    np.testing.assert_array_equal(forward(request).logits, before)
    with store.using("bert/bert", open_bert) as bert:
        assert all(weight.grad is None for weight in bert.net.parameters())


def test_choices_to_explain_are_named(models):
    told = best(Request("the cat sat", PAIR, "bert/bert", masks=(4,)))
    assert [one.target.kind for one in told].count("word") >= 5 and told[-1].target.kind == "next"
    assert any(one.name == "cat" for one in told)  # what was hidden is among them


WRONG = [
    dict(steps=1), dict(steps=10**6), dict(steps=2.5), dict(baseline="noise"), dict(target=Target("class", 0)),
    dict(target=Target("word", 10**9, 6)), dict(target=Target("word", 0, 1)), dict(target=Target("next", 0)),
    dict(target=Target("word", 0, 10**6)), dict(target=Target("word", -1, 6)),
]  # fmt: skip


@pytest.mark.parametrize("given", WRONG, ids=str)
def test_what_cannot_be_asked(models, given):
    with pytest.raises(Wrong):
        m.settled(m.Why(Request(TEXT, "", "bert/bert"), **given))


def test_without_a_gap_there_is_nothing_to_explain(models):
    with pytest.raises(Wrong, match="hide a word"):
        m.settled(m.Why(Request("the cat sat", "", "bert/bert")))


@pytest.mark.parametrize("text", ["🙂 你好 [MASK] 世界", "שלום [MASK] e\u0301 cat", "[MASK]", "cat [MASK]"])
def test_any_text(models, text):
    for one in m.mattering(m.settled(m.Why(Request(text, "", "bert/bert")))):
        if isinstance(one, m.Score):
            assert np.isfinite(one.tokens).all() and len(one.tokens) == len(
                forward(Request(text, "", "bert/bert", 1)).encoded.tokens
            )
