"""What a changed model says, held against a copy of it whose weights were changed by hand."""

from importlib import import_module

import numpy as np
import pytest
import torch
from torch import nn

from playground.core import store
from playground.core.chances import softmax
from playground.core.words import Wrong
from playground.families.gpt import Request, surgery, tab_edit, tab_mattered
from playground.families.gpt.edit import Edited, Edits, Sweep, aimed, edit, loss, ran, rewritten, sweeping
from playground.families.gpt.effects import Share, logit_shares, neurons
from playground.families.gpt.model import open_gpt
from playground.families.gpt.trace import forward
from tests.families.gpt import tiny

TEXT = "the cat sat at the hat and that was that"


@pytest.fixture(autouse=True)
def fresh(models):
    yield
    for memo in (forward, ran, loss, logit_shares, neurons):
        memo.clear()
    store.clear()


@pytest.fixture(params=tiny.CONFIGS)
def kind(request):
    return request.param


def asked(kind, **edits):
    return Edited(Request(TEXT, f"gpt/{kind}"), Edits(**edits))


def copied(models, kind):
    """The model, opened for this test alone."""
    return open_gpt(models / kind)


def said(gpt, kind, **given):
    ids = torch.tensor([forward(Request(TEXT, f"gpt/{kind}", top=1)).encoded.tokens.ids])
    with torch.no_grad():
        return gpt.net(**{"input_ids": ids, **given}, logits_to_keep=1).logits[0, -1].numpy()


def columns(linear):
    """The weight [out in] of a map as a window on it: writing there changes the map."""
    return linear.weight.data if isinstance(linear, nn.Linear) else linear.weight.data.T


def test_a_head_off_is_zeroed_columns_of_the_output_projection(models, kind):
    gpt = copied(models, kind)
    columns(surgery.joint(gpt.layers[1]))[:, 16:24] = 0
    np.testing.assert_allclose(ran(asked(kind, heads=((1, 2, 0),))).logits, said(gpt, kind), atol=1e-6)


def test_a_scaled_head_is_scaled_columns(models, kind):
    gpt = copied(models, kind)
    columns(surgery.joint(gpt.layers[0]))[:, :8] *= 2.5
    np.testing.assert_allclose(ran(asked(kind, heads=((0, 0, 2.5),))).logits, said(gpt, kind), atol=1e-5)


@pytest.mark.parametrize(("name", "part"), [("attentions", surgery.joint), ("mlps", surgery.down)])
def test_an_attention_or_feed_forward_off_is_a_map_to_nothing(models, kind, name, part):
    gpt = copied(models, kind)
    linear = part(gpt.layers[1])
    linear.weight.data.zero_()
    if linear.bias is not None:
        linear.bias.data.zero_()
    np.testing.assert_allclose(ran(asked(kind, **{name: (1,)})).logits, said(gpt, kind), atol=1e-6)


def test_a_layer_off_is_both_off(kind):
    """True of every model here: what they add is added to what they read."""
    off, both = ran(asked(kind, layers=(1,))), ran(asked(kind, attentions=(1,), mlps=(1,)))
    np.testing.assert_allclose(off.logits, both.logits, atol=1e-5)
    assert np.abs(off.logits - ran(asked(kind)).logits).max() > 1e-3


def test_a_neuron_off_is_a_zeroed_column(models, kind):
    gpt = copied(models, kind)
    columns(surgery.down(gpt.layers[2]))[:, [3, 11]] = 0
    np.testing.assert_allclose(ran(asked(kind, neurons=((2, 3), (2, 11)))).logits, said(gpt, kind), atol=1e-6)


def test_mean_instead_of_nothing(models, kind):
    """The head's output at every token is its mean over the tokens, computed here by hand."""
    gpt = copied(models, kind)

    def mean(_module, given):
        x = given[0].clone()
        x[..., 8:16] = x[..., 8:16].mean(1, keepdim=True)
        return (x,)

    surgery.joint(gpt.layers[1]).register_forward_pre_hook(mean)
    ours = ran(asked(kind, heads=((1, 1, 0),), mean=True)).logits
    np.testing.assert_allclose(ours, said(gpt, kind), atol=5e-6)
    assert np.abs(ours - ran(asked(kind, heads=((1, 1, 0),))).logits).max() > 1e-4


@pytest.mark.parametrize("name", ["attentions", "mlps"])
def test_the_mean_of_a_whole_part(models, kind, name):
    gpt = copied(models, kind)
    linear = (surgery.joint if name == "attentions" else surgery.down)(gpt.layers[1])
    linear.register_forward_hook(lambda _m, _g, out: out.mean(-2, keepdim=True).expand_as(out))
    np.testing.assert_allclose(ran(asked(kind, mean=True, **{name: (1,)})).logits, said(gpt, kind), atol=1e-6)


def test_a_temperature_divides_the_scores(models, kind):
    """Attention of one head alone with T: its weights are softmax(log of the old ones / T)."""
    if kind == "bloom":
        with pytest.raises(Wrong, match="count distances"):
            ran(asked(kind, scores=((0, 1, 2.0),)))
        return
    request = Request(TEXT, f"gpt/{kind}", top=1)
    ids = torch.tensor([forward(request).encoded.tokens.ids])
    with store.using(f"gpt/{kind}", open_gpt) as gpt, torch.no_grad():
        before = gpt.net(input_ids=ids, output_attentions=True).attentions[0][0]
        from playground.families.gpt.edit import cuts_of

        mine = surgery.cut(gpt, cuts_of(Edits(scores=((0, 1, 2.0),)), gpt))
        after = mine.net(input_ids=ids, output_attentions=True).attentions[0][0]
    wanted = (before[1].log() / 2).softmax(-1)
    np.testing.assert_allclose(after[1], wanted, atol=1e-5)
    np.testing.assert_allclose(after[[0, 2, 3]], before[[0, 2, 3]], atol=1e-6)


def test_undo_is_bit_for_bit(kind):
    before = ran(asked(kind)).logits.copy()
    assert not np.array_equal(ran(asked(kind, heads=((0, 0, 0),), mlps=(2,))).logits, before)
    ran.clear()
    forward.clear()
    assert np.array_equal(ran(asked(kind)).logits, before)


# ---- the text


def test_tokens_replaced_deleted_and_added(kind):
    request = Request(TEXT, f"gpt/{kind}", top=1)
    ids = forward(request).encoded.tokens.ids
    with store.using(request.model, open_gpt) as gpt:
        spell = lambda *edits: rewritten(gpt, asked(kind, tokens=edits))  # noqa: E731
        at = next(i for i, id in enumerate(ids) if gpt.tokenizer.decode([id]) == " cat")
        the = gpt.tokenizer.encode(" the", add_special_tokens=False)
        assert spell((at, "")).ids == (*ids[:at], *ids[at + 1 :])
        assert spell((at, "the")).ids == (*ids[:at], *the, *ids[at + 1 :])  # the space before it stays
        longer = spell((at, "cat sat")).ids
        assert gpt.tokenizer.decode(longer).startswith("the cat sat sat")
        with pytest.raises(Wrong, match="Nothing is left"):
            spell(*((i, "") for i in range(len(ids))))
    said = edit(asked(kind, tokens=((at, ""),)))
    assert len(said.texts) == len(ids) - 1 and said.cut == 0


def test_a_replaced_text_is_a_text_of_its_own(kind):
    request = Request(TEXT, f"gpt/{kind}", top=1)
    other = forward(Request(TEXT.replace("the cat", "the the", 1), f"gpt/{kind}", top=1))
    texts = forward(request).encoded.tokens.texts
    ours = ran(asked(kind, tokens=((texts.index("␣cat"), "the"),)))
    assert ours.text.ids == other.encoded.tokens.ids
    np.testing.assert_allclose(ours.logits, other.logits, atol=1e-5)


def test_a_token_nobody_looks_at(models, kind):
    ours = ran(asked(kind, unseen=(2,))).logits
    mask = torch.ones(1, len(forward(Request(TEXT, f"gpt/{kind}", top=1)).encoded.tokens), dtype=torch.long)
    mask[0, 2] = 0
    given = {"attention_mask": mask}
    if kind != "bloom":
        given["position_ids"] = torch.arange(mask.shape[1])[None]
    np.testing.assert_allclose(ours, said(copied(models, kind), kind, **given), atol=1e-5)


def test_a_text_grown_too_long_loses_its_beginning():
    said = edit(asked("gpt2", tokens=((1, "x" * 60),)))
    assert len(said.texts) == 64 and said.cut > 0


# ---- each part off in turn


def test_a_sweep_tells_what_one_cut_alone_would(kind, monkeypatch):
    monkeypatch.setattr(import_module("playground.families.gpt.edit"), "AT_ONCE", 100)  # several parts to a layer
    sweep, chance = aimed(Sweep(asked(kind, heads=((0, 3, 0),))))
    assert chance == pytest.approx(softmax(ran(sweep.edited).logits)[sweep.target])
    told = list(sweeping(sweep))
    found = {(one.layer, one.first + i): value for one in told for i, value in enumerate(one.chances)}
    assert len(found) == 3 * (4 + 3)
    alone = {
        (0, 1): dict(heads=((0, 3, 0), (0, 1, 0))), (1, 2): dict(heads=((0, 3, 0), (1, 2, 0))),
        (1, 4): dict(attentions=(1,)), (2, 5): dict(mlps=(2,)), (2, 6): dict(layers=(2,)),
    }  # fmt: skip
    for place, edits in alone.items():
        wanted = softmax(ran(asked(kind, **{"heads": ((0, 3, 0),), **edits})).logits)[sweep.target]
        assert found[place] == pytest.approx(wanted, abs=1e-6)


# ---- neurons and shares


@pytest.mark.parametrize("mean", [False, True])
def test_neurons_are_ranked_by_the_gradient_and_measured_one_by_one(kind, mean):
    sweep, chance = aimed(Sweep(asked(kind, mean=mean)))
    told = neurons(sweep)
    assert len(told) == 20 and len({(one.layer, one.index) for one in told}) == 20
    assert [abs(one.guess) for one in told] == sorted((abs(one.guess) for one in told), reverse=True)
    for one in (told[0], told[7], told[19]):
        wanted = softmax(ran(asked(kind, neurons=((one.layer, one.index),), mean=mean)).logits)[sweep.target]
        assert one.chance == pytest.approx(wanted, abs=1e-6)
    assert chance == pytest.approx(softmax(forward(sweep.edited.request).logits)[sweep.target])


def test_a_guess_is_the_slope_of_switching_off(kind):
    """For a step so small that the first order is all there is."""
    sweep, _ = aimed(Sweep(asked(kind)))
    one = neurons(sweep)[0]
    with store.using(f"gpt/{kind}", open_gpt) as gpt, torch.no_grad():
        inner = surgery.neurons_of(gpt.layers[one.layer])
        row = torch.ones(1, inner)
        row[0, one.index] = 0.99
        ids = torch.tensor([ran(sweep.edited).text.ids])
        logs = [
            mine.net(input_ids=ids).logits[0, -1].double().log_softmax(-1)[sweep.target].item()
            for mine in (gpt, surgery.cut(gpt, surgery.Cuts(neurons={one.layer: row})))
        ]
    assert 100 * (logs[1] - logs[0]) == pytest.approx(one.guess, rel=0.1, abs=0.01)


def test_shares_add_up_to_the_logit(kind):
    request = Request(TEXT, f"gpt/{kind}", top=1)
    told = logit_shares(Share(asked(kind)))
    assert told.logit == pytest.approx(forward(request).logits.max())
    assert told.total == pytest.approx(told.logit, abs=1e-4)
    against = logit_shares(Share(asked(kind), told.target, 7))
    assert against.total == pytest.approx(against.logit, abs=1e-4)
    assert against.logit == pytest.approx(told.logit - forward(request).logits[7], abs=1e-5)


def test_shares_of_a_changed_model_add_up_too(kind):
    edits = dict(heads=((0, 1, 0), (1, 2, 2)), attentions=(2,), neurons=((0, 5),), tokens=((1, ""),))
    for more in ({}, {"layers": (1,)}, {"mean": True}):
        told = logit_shares(Share(asked(kind, **edits, **more)))
        assert told.total == pytest.approx(told.logit, abs=1e-4)
        assert told.heads[0, 1] == 0 or more.get("mean")
        assert not told.heads[2].any()


def test_a_head_s_share_is_its_vector_times_the_direction(models):
    """Without a head, and nothing else recomputed, the logit loses that head's share."""
    told = logit_shares(Share(asked("llama")))
    gpt = copied(models, "llama")
    kept = {}
    surgery.joint(gpt.layers[2]).register_forward_pre_hook(lambda _m, given: kept.__setitem__("heads", given[0]))
    gpt.norm.register_forward_pre_hook(lambda _m, given: kept.__setitem__("x", given[0]))
    said(gpt, "llama")
    vector = kept["heads"][0, -1, 8:16] @ surgery.joint(gpt.layers[2]).weight[:, 8:16].T
    x = kept["x"][0, -1]
    scaled = vector / (x.pow(2).mean() + gpt.norm.variance_epsilon).sqrt() * gpt.norm.weight
    wanted = scaled @ gpt.net.get_output_embeddings().weight[told.target]
    assert told.heads[2, 1] == pytest.approx(wanted.item(), abs=1e-5)


def test_the_opened_model_is_left_alone(kind):
    with store.using(f"gpt/{kind}", open_gpt) as gpt:
        before = {name: tensor.clone() for name, tensor in gpt.net.state_dict().items()}
        forward(Request(TEXT, f"gpt/{kind}", top=1))  # transformers lays hooks of its own
        hooks = lambda: [(*part._forward_hooks, *part._forward_pre_hooks) for part in gpt.net.modules()]  # noqa: E731
        own = hooks()
        edits = dict(heads=((0, 0, 0),), mlps=(1,), layers=(2,), neurons=((0, 1),))
        edit(asked(kind, **edits))
        neurons(aimed(Sweep(asked(kind, **edits)))[0])
        logit_shares(Share(asked(kind, **edits)))
        assert all(torch.equal(tensor, before[name]) for name, tensor in gpt.net.state_dict().items())
        assert hooks() == own
        assert all(parameter.grad is None for parameter in gpt.net.parameters())


@pytest.mark.parametrize(
    "edits",
    [
        dict(heads=((9, 0, 0),)), dict(heads=((0, 9, 0),)), dict(heads=((0, 0, 11),)), dict(heads=((0, 0),)),
        dict(heads="all"), dict(scores=((0, 0, 0),)), dict(attentions=(9,)), dict(mlps=(-1,)), dict(layers=("a",)),
        dict(neurons=((0, 10**6),)), dict(neurons=((0, 1, 2),)), dict(unseen=(99,)), dict(tokens=((99, "a"),)),
        dict(tokens=((1, "a"), (1, "b"))), dict(tokens=((1, "a" * 201),)), dict(mean=1),
        dict(heads=((0, 0, float("nan")),)), dict(heads=((0, 0, 0),) * 401),
    ],
)  # fmt: skip
def test_what_cannot_be_changed(edits):
    with pytest.raises(Wrong):
        edit(asked("gpt2", **edits))


def test_a_model_that_normalises_after_its_sums_has_no_shares(monkeypatch):
    with store.using("gpt/opt", open_gpt) as gpt:
        monkeypatch.setattr(gpt.net.base_model.decoder, "final_layer_norm", None)
        with pytest.raises(Wrong, match="do not simply add up"):
            logit_shares(Share(asked("opt")))


def test_what_the_page_gets():
    import json

    from playground.families.gpt import tab_edit

    question = {"text": TEXT, "model": "gpt/gpt2", "edits": {"heads": [[0, 1, 0]], "mean": True}, "target": 9}
    said = tab_edit.edit(question)
    row = said["rows"][0]
    assert 9 in row["ids"] and said["neurons"] == (128, 128, 128) and said["temperature"]
    outcome = edit(asked("gpt2", heads=((0, 1, 0),), mean=True))
    np.testing.assert_allclose(row["change"], outcome.after[row["ids"]] - outcome.before[row["ids"]])
    assert 0 < row["moved"] == outcome.moved <= 1
    lines = [json.loads(line) for line in tab_edit.sweep(question)]
    assert lines[0]["about"]["target"]["id"] == 9
    assert sum(len(line["chances"]) for line in lines[1:]) == 3 * (4 + 3)
    found = tab_edit.neurons(question)
    assert found["target"]["chance"] == pytest.approx(outcome.after[9])
    assert found["neurons"][0]["change"] == pytest.approx(found["neurons"][0]["chance"] - found["target"]["chance"])
    parts = tab_edit.shares({**question, "against": 8})
    assert parts["total"] == pytest.approx(parts["logit"], abs=1e-4) and parts["against"]["id"] == 8
    told = tab_edit.gpt_edit(TEXT, question["edits"], "gpt/gpt2")
    assert told["moved"] == row["moved"] and set(told["ids"]) <= set(row["ids"])
    for bad in ([], {"wings": []}, {"heads": 3}):
        with pytest.raises(Wrong):
            tab_edit.edit({**question, "edits": bad})


@pytest.mark.parametrize("id", [[], {}, [1], True, "1"])
def test_targets_that_are_no_numbers(id):
    question = {"text": "the cat", "model": "gpt/gpt2"}
    for name in ("target", "against"):
        with pytest.raises(Wrong):
            tab_edit.shares({**question, name: id})
    assert tab_edit.edit({**question, "target": id})["rows"]


def test_half_a_letter_put_in_is_read_as_no_letter():
    told = tab_edit.edit({"text": "the cat", "model": "gpt/gpt2", "edits": {"tokens": [[0, "\ud83d"]]}})
    assert "".join(told["texts"]).startswith("<EF><BF><BD>")
    typed = {"text": "the cat", "model": "gpt/gpt2", "typed": "\ud83d"}
    assert tab_mattered.candidate(typed)["tokens"] == 3
