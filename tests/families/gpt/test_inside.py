"""Every step of a layer and the words by hand, against what the model itself computes, kind by kind."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from playground.core import store
from playground.core.spec import ModelSpec
from playground.core.words import Wrong
from playground.families.gpt.anatomy import parts
from playground.families.gpt.inside import Place, Readout, Term, inside, readout, term
from playground.families.gpt.model import MODELS, open_gpt
from playground.families.gpt.trace import Request, forward, look
from playground.families.gpt.weight import Look, arithmetic
from playground.nn import heads
from tests.families.gpt import tiny

TEXT = "the cat sat on the mat, and the cat sat"
CLOSE = {"rtol": 1e-6, "atol": 1e-5}  # the models compute in float32, and their numbers grow to 100
# What models of a known kind may do besides.
OTHERS = {
    "opt-after": ("opt", {"do_layer_norm_before": False}),
    "opt-narrow": ("opt", {"do_layer_norm_before": False, "word_embed_proj_dim": 16}),
    "neox-serial": ("gpt_neox", {"use_parallel_residual": False}),
    "qwen2-window": ("qwen2", {"use_sliding_window": True, "sliding_window": 4, "max_window_layers": 1}),
    "gpt2-flat": ("gpt2", {"scale_attn_by_inverse_layer_idx": True, "scale_attn_weights": False}),
    "neox-quarter": ("gpt_neox", {"rope_parameters": {
        "rope_type": "default", "rope_theta": 1e4, "partial_rotary_factor": 0.5,
    }}),
    "bloom-six": ("bloom", {"hidden_size": 36, "n_head": 6}),
    "llama-long": ("llama", {"rope_parameters": {
        "rope_type": "llama3", "rope_theta": 1e4, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
        "original_max_position_embeddings": 16,
    }}),
    "stablelm-serial": ("stablelm", {}),
    "stablelm-parallel": ("stablelm", {"use_parallel_residual": True}),
    "starcoder2-window": ("starcoder2", {"sliding_window": 4}),
    "qwen3-yarn": ("qwen3", {"rope_parameters": {
        "rope_type": "yarn", "rope_theta": 1e4, "factor": 4.0, "original_max_position_embeddings": 16,
    }}),
}  # fmt: skip


@pytest.fixture(scope="module")
def others(tmp_path_factory):
    folder = tmp_path_factory.mktemp("others")
    with pytest.MonkeyPatch.context() as patch:
        for name, (kind, more) in OTHERS.items():
            patch.setitem(tiny.CONFIGS, kind, {**tiny.CONFIGS.get(kind, tiny.LLAMA), **more})
            tiny.build(kind, folder / name)
            patch.undo()
    return folder


@pytest.fixture(params=[*tiny.CONFIGS, *OTHERS])
def kind(request, models, others, monkeypatch):
    """The name of a tiny model; where it lies is `store.folder_of`."""
    name = request.param
    if name in OTHERS:
        (models / name).exists() or (models / name).symlink_to(others / name)
        monkeypatch.setitem(MODELS, f"gpt/{name}", ModelSpec(f"gpt/{name}", name, open_gpt, "random"))
    yield name
    for memo in (forward, look, inside, readout, term, arithmetic):
        memo.clear()
    store.clear()


class Heard:
    """What the modules gave during one pass of the whole model."""

    def __init__(self, folder, request):
        gpt, self.done = open_gpt(folder), forward(request)
        self.gpt, self.given, self.got = gpt, {}, {}
        for layer in gpt.layers:
            for module in layer.modules():
                module.register_forward_hook(self.hear)
        ids = torch.tensor([self.done.encoded.tokens.ids])
        with torch.no_grad():
            self.output = gpt.net(ids, output_attentions=True, output_hidden_states=True, use_cache=False)

    def hear(self, module, given, got):
        rows = len(self.done.encoded.tokens)
        got = got[0] if isinstance(got, tuple) else got
        for kept, array in ((self.given, given[0] if given else None), (self.got, got)):
            if array is not None:
                kept[module] = array.reshape(rows, -1).numpy()

    def at(self, layer, name, given=False):
        return (self.given if given else self.got)[getattr(parts(self.gpt, layer), name)]


@pytest.fixture
def heard(models, kind):
    return Heard(models / kind, Request(TEXT, f"gpt/{kind}", top=1))


def close(ours, told, **bounds):
    np.testing.assert_allclose(ours, told, **{**CLOSE, **bounds})


def test_every_step_of_every_layer_is_the_models(heard, kind) -> None:
    request, facts = Request(TEXT, f"gpt/{kind}"), heard.done.facts
    for layer in range(facts.layers):
        for head, query in ((0, 3), (facts.heads - 1, len(heard.done.encoded.tokens) - 1), (1, 0)):
            told = inside(Place(request, layer, head, query))
            own, (start, stop) = slice(head * facts.width, (head + 1) * facts.width), told.around
            close(told.inputs, heard.output.hidden_states[layer][0, start:stop], rtol=0, atol=0)
            if told.kind.before:
                close(told.reads, heard.at(layer, "norm_attention")[start:stop])
            close(told.head.weights, heard.output.attentions[layer][0, head, start:stop])
            close(told.head.mixed, heard.at(layer, "output", given=True)[start:stop, own])
            close(told.steps.heads.output[0], heard.at(layer, "output")[query])
            second = "norm_output" if told.kind.before else "norm_attention"
            close(told.steps.normed[0], heard.at(layer, second)[query])
            close(told.steps.up[0], heard.at(layer, "up")[query])
            close(told.steps.active[0], heard.at(layer, "down", given=True)[query])
            close(told.steps.down[0], heard.at(layer, "down")[query])
            close(told.steps.output[0], heard.got[heard.gpt.layers[layer]][query])
            assert 0 < max(told.differences.values()) <= 1e-5 + 1e-6 * told.largest
            assert told.compared > 100


def test_nobody_looks_ahead_or_out_of_the_window(heard, kind) -> None:
    for layer in range(3):
        told = inside(Place(Request(TEXT, f"gpt/{kind}"), layer, 0, 5))
        hidden = heard.output.attentions[layer][0, 0].numpy()[slice(*told.around)] == 0
        assert np.array_equal(told.head.hidden, hidden)
        assert not told.head.weights[hidden].any()
    windows = [inside(Place(Request(TEXT, f"gpt/{kind}"), layer, 0, 5)).kind.window for layer in range(3)]
    known = {
        "gpt_neo": [0, 4, 0],
        "qwen2-window": [0, 4, 4],
        **dict.fromkeys(("mistral", "starcoder2-window"), [4] * 3),
    }
    assert windows == known.get(kind, [0, 0, 0])


def test_what_a_kind_has_is_told(kind) -> None:
    told = inside(Place(Request(TEXT, f"gpt/{kind}"), 1, 3, 5))
    like = kind.split("-")[0]
    llama = like in ("llama", "mistral", "qwen2", "qwen3", "smollm3")
    assert (told.angles is not None) == (llama or like in ("gpt_neox", "neox", "stablelm", "starcoder2"))
    assert (told.steps.gate is not None) == (llama or like == "stablelm")
    assert (not told.kind.centred) == llama
    assert told.kind.sharing == ((2, 4) if llama or like in ("stablelm", "starcoder2") else (3, 4))
    assert bool(told.spreads) == kind.startswith("qwen3")
    assert (told.kind.slope is not None) == kind.startswith("bloom")
    assert told.kind.parallel == (kind in ("gpt_neox", "neox-quarter", "stablelm-parallel"))
    assert told.kind.before == (kind not in ("opt-after", "opt-narrow"))


def test_smollm3_leaves_every_fourth_layer_unturned(models, tmp_path, monkeypatch) -> None:
    monkeypatch.setitem(tiny.CONFIGS, "smollm3", {**tiny.CONFIGS["smollm3"], "no_rope_layers": [1, 0, 1]})
    tiny.build("smollm3", tmp_path / "models" / "gpt" / "nope")
    monkeypatch.setattr(store, "ASSETS", tmp_path)
    monkeypatch.setitem(MODELS, "gpt/nope", ModelSpec("gpt/nope", "nope", open_gpt, "random"))
    told = [inside(Place(Request(TEXT, "gpt/nope"), layer, 0, 5)) for layer in range(3)]
    assert [one.angles is None for one in told] == [False, True, False]
    assert all(max(one.differences.values()) < 2e-5 for one in told)


def test_the_words_are_the_models(heard, kind) -> None:
    request, facts = Request(TEXT, f"gpt/{kind}"), heard.done.facts
    for token in (0, 4, len(heard.done.encoded.tokens) - 1):
        told, logits = readout(Readout(request, token, facts.vocabulary - 1)), heard.output.logits[0, token]
        assert facts.vocabulary - 1 in told.ids and told.ids[0] == int(logits.argmax())
        close(told.logits, logits[list(told.ids)], rtol=0, atol=2e-5)
        close(told.chances, logits.softmax(-1)[list(told.ids)])
        assert told.difference <= 2e-5 and told.compared == facts.vocabulary
        close(told.states[-1], heard.got[heard.gpt.layers[-1]][token])
        assert len(told.states) == facts.layers + 1
    assert (told.narrow is not None) == (kind == "opt-narrow") and (told.norm is None) == kind.startswith("opt-")


STEPS = {
    "queries": lambda told, row, column: told.head.asked.projected[row, column],
    "keys": lambda told, row, column: told.head.answered.projected[row, column],
    "values": lambda told, row, column: told.head.values[row, column],
    "products": lambda told, row, column: told.head.products[row, column],
    "mixed": lambda told, row, column: told.head.mixed[3, column],
    "shares": lambda told, row, column: told.steps.heads.shares[row, 0, column],
    "up": lambda told, row, column: told.steps.up[0, column],
    "gate": lambda told, row, column: told.steps.gate[0, column],
    "down": lambda told, row, column: told.steps.down[0, column],
}


def test_a_number_spelled_out_is_the_number_shown(kind) -> None:
    place = Place(Request(TEXT, f"gpt/{kind}"), 2, 1, 3)
    told = inside(place)
    for step, shown in STEPS.items():
        if step == "gate" and told.steps.gate is None:
            with pytest.raises(Wrong, match="no gate"):
                term(Term(place, step, 2, 4))
            continue
        total = term(Term(place, step, 2, 4))
        assert total.value == pytest.approx(shown(told, 2, 4), abs=1e-9)
        assert total.products.sum() + (total.bias or 0) == pytest.approx(total.value)
    said = readout(Readout(place.request, 3))
    assert term(Term(place, "logits", 0, said.ids[1])).value == pytest.approx(said.logits[1], abs=1e-9)
    if kind == "opt-narrow":
        assert term(Term(place, "narrow", 0, 7)).value == pytest.approx(said.narrow[7], abs=1e-9)


def test_one_weight_opened_is_the_models(heard, kind) -> None:
    request = Request(TEXT, f"gpt/{kind}")
    for layer, head, query, key in ((0, 0, 5, 2), (1, 3, 9, 9), (2, 1, 9, 0), (1, 2, 3, 8)):
        told = arithmetic(Look(request, layer, head, query, key))
        looks = heard.output.attentions[layer][0, head, query].numpy()
        close(told.weights, looks)
        assert told.total == pytest.approx(told.products.sum())
        added = 0 if told.slope is None else told.slope * key
        assert told.scores[key] == pytest.approx(told.total * told.factor + added)
        assert (told.weights[key] == 0) == told.hidden[key] == (looks[key] == 0)
        powers = np.exp(told.scores[~told.hidden])
        close(powers / powers.sum(), looks[~told.hidden])


def test_turning_is_what_the_paper_says() -> None:
    """Pairs are points in the plane; q.k depends on the distance alone."""
    rng = np.random.default_rng(0)
    places, speeds = np.arange(12), 10_000.0 ** -(np.arange(3) / 3)
    turning = heads.Turning(np.cos(np.outer(places, speeds)), np.sin(np.outer(places, speeds)))
    q, k = rng.normal(size=(2, 1, 8))
    complex_ = (q[0, :3] + 1j * q[0, 3:6]) * np.exp(1j * 5 * speeds)
    np.testing.assert_allclose(turning(q, [5])[0], [*complex_.real, *complex_.imag, *q[0, 6:]])
    near, far = (turning(q, [at])[0] @ turning(k, [at - 3])[0] for at in (4, 11))
    assert near == pytest.approx(far)


def test_changing_layer_or_head_never_runs_the_model_again(models) -> None:
    request = Request(TEXT, "gpt/gpt2")
    inside(Place(request, 0, 0, 0))
    runs = forward.info().misses, look.info().misses
    for layer in range(3):
        for head in range(4):
            inside(Place(request, layer, head, head))
            readout(Readout(request, head))
            arithmetic(Look(request, layer, head, 3, 2))
    assert (forward.info().misses, look.info().misses) == runs


@pytest.mark.parametrize("at", [(3, 0, 0), (0, 4, 0), (0, 0, 99), (-1, 0, 0), (0, True, 0), ("0", 0, 0), ([], 0, 0)])
def test_places_that_do_not_exist_get_their_sentence(models, at) -> None:
    with pytest.raises(Wrong, match="There is no"):
        inside(Place(Request(TEXT, "gpt/gpt2"), *at))


@pytest.mark.parametrize("step", ["", "nothing", None, [], "dense"])
def test_unknown_steps_get_their_sentence(models, step) -> None:
    with pytest.raises(Wrong, match="There is no step"):
        term(Term(Place(Request(TEXT, "gpt/gpt2"), 0, 0, 0), step, 0, 0))


def test_what_is_not_spelled_out_is_said(models, monkeypatch) -> None:
    with store.using("gpt/gpt2", open_gpt) as gpt:
        monkeypatch.setattr(gpt.net.config, "activation_function", "mish")
        with pytest.raises(Wrong, match="mish"):
            inside(Place(Request(TEXT, "gpt/gpt2"), 2, 3, 1))
        monkeypatch.setattr(gpt.net.config, "activation_function", "gelu_new")
    with store.using("gpt/bloom", open_gpt) as gpt:
        monkeypatch.setattr(gpt.net.config, "apply_residual_connection_post_layernorm", True)
        with pytest.raises(Wrong, match="BLOOM"):
            inside(Place(Request(TEXT, "gpt/bloom"), 2, 3, 1))


def test_what_travels_to_the_page(kind) -> None:
    from playground.families.gpt import tab_inside
    from tests.views.test_head import read

    question = {"text": TEXT, "model": f"gpt/{kind}", "layer": 1, "head": 3, "query": 5, "key": 2}
    told, arrays = read(next(tab_inside.one_head(question)))
    opened = inside(Place(replace(Request(TEXT, f"gpt/{kind}"), top=1), 1, 3, 5))
    assert told["sharing"] == list(opened.kind.sharing) and told["parallel"] == opened.kind.parallel
    if "cos" in arrays:
        start = arrays["queries_normed"] if "queries_normed" in arrays else arrays["queries_projected"]
        half = arrays["cos"].shape[1]
        by_hand = start[:, :half] * arrays["cos"] - start[:, half : 2 * half] * arrays["sin"]
        np.testing.assert_allclose(by_hand, arrays["queries"][:, :half], atol=1e-5)
    if "gate" in arrays:
        silu = arrays["gate"] / (1 + np.exp(-arrays["gate"]))
        np.testing.assert_allclose(silu * arrays["up"], arrays["active"], rtol=1e-4, atol=1e-5)
    words = read(next(tab_inside.readout(question)))[0]
    assert words["words"][0] and words["difference"] <= 2e-5
    json.dumps(tab_inside.arithmetic(question), allow_nan=False)
    ahead = tab_inside.arithmetic({**question, "key": 7})
    assert ahead["scores"][7] is None and ahead["weights"][7] == 0
