"""Every step of a layer, the embedding and the words by hand, against what the model itself computes, kind by kind."""

import numpy as np
import pytest
import torch

from playground.core import store
from playground.core.words import Wrong
from playground.families.bert import Piece, Place, Readout, Request, Term, embedding, inside, positions, readout, term
from playground.families.bert.embedding import Stretch, stretched
from playground.families.bert.inside import SPELLED, parts
from playground.families.bert.model import open_bert
from playground.families.bert.trace import forward, inputs
from playground.nn.inside import around
from tests.families.bert import tiny

TEXT, PAIR = "The cat sat on the [MASK]. It was [MASK] tired", "He went to the bank"
CLOSE = 1e-5


@pytest.fixture(autouse=True)
def fresh(models):
    yield
    for memo in (forward, inside, readout, term, embedding, positions, stretched):
        memo.clear()
    store.clear()


@pytest.fixture(params=SPELLED)
def kind(request):
    return request.param


class Heard:
    """What the modules of one layer gave during one pass of the whole model."""

    def __init__(self, folder, request):
        bert, done = open_bert(folder), forward(request)
        self.net, self.done, self.calls = bert.net, done, {}
        hooks = [self.listen(layer) for layer in range(done.facts.layers)]
        with torch.no_grad():
            self.output = bert.net(**inputs(bert, done.encoded), output_attentions=True, output_hidden_states=True)
        assert hooks

    def listen(self, layer):
        for name, module in vars(parts(self.net, layer)).items():
            if isinstance(module, torch.nn.Module) and name != "activation" and module not in self.calls:
                self.calls[module] = []
                module.register_forward_hook(lambda m, given, out: self.calls[m].append((given[0][0], out[0])))
        return layer

    def at(self, layer, name, given=False):
        """[token feature]; modules that layers share were called once per layer."""
        calls = self.calls[getattr(parts(self.net, layer), name)]
        call = calls[layer] if len(calls) > 1 else calls[0]
        return call[0 if given else 1].numpy()

    @property
    def logits(self):
        return (self.output.prediction_logits if hasattr(self.output, "prediction_logits") else self.output.logits)[0]


@pytest.fixture
def heard(models, kind):
    return Heard(models / kind, Request(TEXT, PAIR, f"bert/{kind}", 1))


def close(ours, told, atol=CLOSE):
    np.testing.assert_allclose(ours, told, rtol=0, atol=atol)


def test_every_step_of_every_layer_is_the_models(heard, kind):
    request, done, width = Request(TEXT, PAIR, f"bert/{kind}"), heard.done, heard.done.facts.width
    for layer in range(done.facts.layers):
        for head, query in ((0, 3), (done.facts.heads - 1, len(done.encoded.tokens) - 1), (1, 0)):
            told = inside(Place(request, layer, head, query))
            own, (start, stop) = slice(head * width, (head + 1) * width), told.around
            close(told.inputs, heard.output.hidden_states[layer][0, start:stop], 0)
            close(told.head.queries, heard.at(layer, "query")[start:stop, own])
            close(told.head.keys, heard.at(layer, "key")[:, own])
            close(told.head.values, heard.at(layer, "value")[:, own])
            close(told.head.weights, heard.output.attentions[layer][0, head, start:stop])
            close(told.head.mixed, heard.at(layer, "output", given=True)[start:stop, own])
            close(told.steps.heads.output[0], heard.at(layer, "output")[query])
            close(told.steps.middle[0], heard.at(layer, "norm_attention", given=True)[query])
            close(told.steps.normed[0], heard.at(layer, "norm_attention")[query])
            close(told.steps.up[0], heard.at(layer, "up")[query])
            close(told.steps.active[0], heard.at(layer, "down", given=True)[query])
            close(told.steps.down[0], heard.at(layer, "down")[query])
            close(told.steps.output[0], heard.at(layer, "norm_output")[query])
            close(told.steps.output[0], heard.output.hidden_states[layer + 1][0, query])
            assert 0 < max(told.differences.values()) <= CLOSE
            assert not told.head.hidden.any()


def test_the_heads_shares_and_the_bias_add_up(models, kind):
    steps = inside(Place(Request(TEXT, PAIR, f"bert/{kind}"), 1, 0, 5)).steps
    close(steps.heads.shares.sum(0) + steps.heads.bias, steps.heads.output, 1e-12)


def test_the_words_are_the_models(heard, kind):
    request, vocabulary = Request(TEXT, PAIR, f"bert/{kind}"), heard.done.facts.vocabulary
    gap = heard.done.encoded.gaps[0]
    for token in (0, gap, len(heard.done.encoded.tokens) - 1):
        told, logits = readout(Readout(request, token, vocabulary - 1)), heard.logits[token]
        assert told.gap == (token in heard.done.encoded.gaps)
        assert vocabulary - 1 in told.ids and told.ids[0] == int(logits.argmax())
        close(told.logits, logits[list(told.ids)], 2e-5)
        close(told.chances, logits.softmax(-1)[list(told.ids)])
        assert told.difference <= 2e-5
        close(told.states[-1], heard.output.hidden_states[-1][0, token], 0)
        assert len(told.states) == heard.done.facts.layers + 1


def test_the_embedding_is_what_the_first_layer_reads(heard, kind):
    request = Request(TEXT, PAIR, f"bert/{kind}")
    for token in (0, 4, len(heard.done.encoded.tokens) - 1):
        told = embedding(Piece(request, token))
        given = told.normed if told.projected is None else told.projected
        close(given, heard.output.hidden_states[0][0, token])
        assert 0 < told.difference <= CLOSE
        parts = [part for part in (told.token, told.segment, told.place) if part is not None]
        close(sum(parts), told.sum, 1e-12)
        scaled = (told.sum - told.norm.mean) / told.norm.deviation * told.norm.gain + told.norm.shift
        close(scaled, told.normed, 1e-12)
    assert (told.projected is not None) == (kind in ("albert", "electra"))
    assert told.types == {"distilbert": 0, "roberta": 1, "xlm-roberta": 1}.get(kind, 2)


def test_the_second_text_gets_the_second_segment(models):
    request = Request(TEXT, PAIR, "bert/bert")
    last = len(forward(Request(TEXT, PAIR, "bert/bert", 1)).encoded.tokens) - 1
    assert [embedding(Piece(request, at)).type for at in (0, last)] == [0, 1]
    assert not np.allclose(embedding(Piece(request, 0)).segment, embedding(Piece(request, last)).segment)


STEPS = {
    "queries": lambda told, row, column: told.head.queries[row, column],
    "keys": lambda told, row, column: told.head.keys[row, column],
    "values": lambda told, row, column: told.head.values[row, column],
    "products": lambda told, row, column: told.head.products[row, column],
    "mixed": lambda told, row, column: told.head.mixed[3, column],
    "shares": lambda told, row, column: told.steps.heads.shares[row, 0, column],
    "up": lambda told, row, column: told.steps.up[0, column],
    "down": lambda told, row, column: told.steps.down[0, column],
}


@pytest.mark.parametrize("step", STEPS)
def test_a_number_spelled_out_is_the_number_shown(models, kind, step):
    place = Place(Request(TEXT, PAIR, f"bert/{kind}"), 2, 1, 3)
    told, total = inside(place), term(Term(place, step, 2, 4))
    assert total.value == pytest.approx(STEPS[step](told, 2, 4), abs=1e-9)
    assert total.products.sum() + (total.bias or 0) == pytest.approx(total.value)
    assert (total.bias is None) == (step in ("products", "mixed", "shares"))


def test_a_logit_spelled_out(models, kind):
    place = Place(Request(TEXT, PAIR, f"bert/{kind}"), 0, 0, 6)
    told = readout(Readout(place.request, 6))
    assert term(Term(place, "logits", 0, told.ids[1])).value == pytest.approx(told.logits[1], abs=1e-9)
    assert term(Term(place, "dense", 0, 3)).value == pytest.approx(told.dense[3], abs=1e-9)


@pytest.mark.parametrize("kind", ["albert", "electra"])
def test_a_stretched_number_spelled_out(models, kind):
    piece = Piece(Request(TEXT, PAIR, f"bert/{kind}"), 2)
    assert stretched(Stretch(piece, 7)).value == pytest.approx(embedding(piece).projected[7], abs=1e-9)
    with pytest.raises(Wrong, match="stretches nothing"):
        stretched(Stretch(Piece(Request(TEXT, PAIR, "bert/bert"), 2), 7))


@pytest.mark.parametrize("feature", [[], {}, None, 0.5, True, "0", -1, 10**40])
def test_a_stretched_number_that_does_not_exist_gets_its_sentence(models, feature):
    with pytest.raises(Wrong, match="There is no"):
        stretched(Stretch(Piece(Request(TEXT, PAIR, "bert/albert"), 2), feature))


def test_positions_are_cosines_of_the_table(models, kind):
    told, net = positions(f"bert/{kind}"), open_bert(models / kind).net
    first = 2 if kind in ("roberta", "xlm-roberta") else 0
    table = net.base_model.embeddings.position_embeddings.weight.detach()[first:]
    for i, j in ((0, 1), (3, 17), (5, 5)):
        said = torch.cosine_similarity(table[i], table[j], dim=0).item()
        assert told.cosine[i, j] == pytest.approx(said, abs=1e-6)
    assert told.ladder[0][1] == pytest.approx(np.diagonal(told.cosine, 1).mean(), abs=1e-6)
    assert len(told.cosine) == (46 if first else 48)


def test_changing_layer_or_head_never_runs_the_model_again(models):
    request = Request(TEXT, PAIR, "bert/bert")
    inside(Place(request, 0, 0, 0))
    runs = forward.info().misses
    for layer in range(3):
        for head in range(4):
            inside(Place(request, layer, head, head))
            readout(Readout(request, head))
    assert forward.info().misses == runs


@pytest.mark.parametrize("at", [(3, 0, 0), (0, 4, 0), (0, 0, 99), (-1, 0, 0), (0, True, 0), ("0", 0, 0), ([], 0, 0)])
def test_places_that_do_not_exist_get_their_sentence(models, at):
    with pytest.raises(Wrong, match="There is no"):
        inside(Place(Request(TEXT, PAIR, "bert/bert"), *at))


@pytest.mark.parametrize("step", ["", "nothing", None, []])
def test_unknown_steps_get_their_sentence(models, step):
    with pytest.raises(Wrong, match="There is no step"):
        term(Term(Place(Request(TEXT, PAIR, "bert/bert"), 0, 0, 0), step, 0, 0))


@pytest.mark.parametrize("step", [*STEPS, "dense", "logits"])
@pytest.mark.parametrize("column", [-1, 10_000])
def test_columns_that_do_not_exist_get_their_sentence(models, step, column):
    with pytest.raises(Wrong, match="There is no"):
        term(Term(Place(Request(TEXT, PAIR, "bert/bert"), 0, 0, 0), step, 0, column))


def test_an_activation_that_is_not_written_out_gets_its_sentence(models, tmp_path, monkeypatch):
    bert = open_bert(models / "bert")
    monkeypatch.setattr(bert.net.config, "hidden_act", "mish")
    from playground.families.bert.inside import block

    with pytest.raises(Wrong, match="mish"):
        block(bert.net, 0)


def test_a_long_text_is_shown_around_the_chosen_token(models):
    request = Request("the cat sat on the floor because it was tired . " * 4, "", "bert/bert")
    count = len(forward(Request(request.text, "", "bert/bert", 1)).encoded.tokens)
    told = inside(Place(request, 1, 2, 30))
    assert told.around == around(30, count) == (18, 42)
    assert told.head.weights.shape == (24, count)
    assert told.head.keys.shape[0] == count


assert set(SPELLED) <= set(tiny.KINDS)


@pytest.fixture
def headed(models, shelf, monkeypatch):
    """headed("deberta", "classes") -> the name of a tiny model with that head."""
    from playground.core.spec import ModelSpec
    from playground.families.bert.model import MODELS

    def make(kind, use):
        key = f"bert/{kind}-{use}"
        if not (models / f"{kind}-{use}").exists():
            tiny.headed(models / f"{kind}-{use}", kind, use)
        monkeypatch.setitem(MODELS, key, ModelSpec(key, key, open_bert, "random"))
        return key

    return make


@pytest.mark.parametrize("kind", ["bert", "distilbert", "roberta", "albert", "electra"])
def test_a_fine_tuned_models_layers_open_as_well(headed, kind):
    request = Request("the cat sat on the bed", "", headed(kind, "classes"))
    told = inside(Place(request, 2, 3, 2))
    assert max(told.differences.values()) <= CLOSE
    with pytest.raises(Wrong, match="does not fill gaps"):
        readout(Readout(request, 2))


@pytest.mark.parametrize("kind", ["deberta", "deberta-v2", "xlnet"])
def test_what_is_not_spelled_out_is_said(headed, kind):
    request = Request("the cat sat on the bed", "", headed(kind, "tags"))
    for ask in (
        lambda: inside(Place(request, 0, 0, 0)),
        lambda: embedding(Piece(request, 0)),
        lambda: positions(request.model),
        lambda: readout(Readout(request, 0)),
        lambda: term(Term(Place(request, 0, 0, 0), "queries", 0, 0)),
    ):
        with pytest.raises(Wrong, match="relative positions"):
            ask()
