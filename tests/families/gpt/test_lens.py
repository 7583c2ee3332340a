import numpy as np
import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM

from playground.core import limits, store
from playground.core.spec import ModelSpec
from playground.core.words import Wrong
from playground.families.gpt import Ground, Request, Spot, Window, atlas, grid, lens, tab_layers, unfolding
from playground.families.gpt.lens import points, unfolded
from playground.families.gpt.model import MODELS, open_gpt
from playground.families.gpt.trace import forward
from tests.families.gpt import tiny

TEXT = "the cat sat at the hat and that was that"


@pytest.fixture(autouse=True)
def fresh(models):
    yield
    for memo in (forward, lens, grid, atlas, unfolded):
        memo.clear()
    store.clear()


@pytest.fixture(params=tiny.CONFIGS)
def kind(request):
    return request.param


def opened(folder):
    return AutoModelForCausalLM.from_pretrained(folder, attn_implementation="eager").eval()


def stopped_after(net, ids, layer):
    """The model's own logits [token vocabulary] with every block after the first `layer` taken out."""
    body = getattr(net.base_model, "decoder", net.base_model)
    name = "h" if hasattr(body, "h") else "layers"
    whole = getattr(body, name)
    setattr(body, name, whole[:layer])
    if hasattr(body.config, "num_hidden_layers"):
        before, body.config.num_hidden_layers = body.config.num_hidden_layers, layer
    with torch.no_grad():
        said = net(input_ids=torch.tensor([ids]), use_cache=False).logits[0]
    setattr(body, name, whole)
    if hasattr(body.config, "num_hidden_layers"):
        body.config.num_hidden_layers = before
    return said


def test_every_row_is_the_model_stopped_after_that_layer(models, kind):
    request = Request(TEXT, f"gpt/{kind}")
    told, net = grid(Window(request, 0, 64)), opened(models / kind)
    ids = forward(Request(TEXT, f"gpt/{kind}", top=1)).encoded.tokens.ids
    for row in range(4):
        logits = stopped_after(net, ids, row).double()
        chances = logits.softmax(-1)
        assert told.ids[row].tolist() == logits.argmax(-1).tolist()
        np.testing.assert_allclose(told.chance[row], chances.max(-1).values, atol=1e-5)
        np.testing.assert_allclose(told.entropy[row], -(chances * chances.log2()).sum(-1), atol=1e-4)
        truth = torch.tensor(ids[1:])
        np.testing.assert_allclose(told.truth_chance[row, :-1], chances[:-1].gather(1, truth[:, None])[:, 0], atol=1e-5)
    assert np.isnan(told.truth_chance[:, -1]).all() and told.truth[-1] is None


def test_the_last_row_is_the_models_answer_and_not_normalised_twice(kind):
    request = Request(TEXT, f"gpt/{kind}", top=1)
    told, done = grid(Window(request, 0, 64)), forward(request)
    assert told.difference < 1e-5
    assert (told.final_rank[-1] == 1).all() and told.labels[-1] == told.final
    np.testing.assert_allclose(told.truth_chance[-1, :-1], done.chances[1:], atol=1e-5)
    assert told.truth_rank[-1, :-1].tolist() == done.ranks[1:].tolist()
    assert told.ids[-1, -1] == done.logits.argmax()


def test_one_token_agrees_with_the_grid(kind):
    request = Request(TEXT, f"gpt/{kind}")
    told = grid(Window(request, 3, 2))
    seen = lens(Spot(request, 4))
    assert seen.difference < 1e-5 and seen.final == told.final[1] and seen.truth == told.truth[1]
    np.testing.assert_allclose(seen.entropy, told.entropy[:, 1], atol=1e-4)
    np.testing.assert_allclose(seen.final_chance, told.final_chance[:, 1], atol=1e-5)
    assert seen.final_rank.tolist() == told.final_rank[:, 1].tolist()
    assert [ranking.labels[0] for ranking in seen.rankings] == [row[1] for row in told.labels]


def test_any_token_can_be_followed():
    request = Request(TEXT, "gpt/gpt2")
    first, other = lens(Spot(request, 5)), lens(Spot(request, 5, 7))
    assert other.final_id == 7 and first.final_id != 7
    assert other.rankings[-1].labels == first.rankings[-1].labels
    assert other.final_chance[-1] < first.final_chance[-1] and other.final_rank[-1] > 1


def test_a_window_stops_where_the_text_does():
    request = Request(TEXT, "gpt/gpt2")
    count = len(forward(Request(TEXT, "gpt/gpt2", top=1)).encoded.tokens)
    told = grid(Window(request, count - 2, 24))
    assert told.ids.shape == (4, 2)
    for window in (Window(request, count), Window(request, -1)):
        with pytest.raises(Wrong, match="There is no"):
            grid(window)
    for bad in (0, 65, True, "4"):
        with pytest.raises(Wrong, match="window"):
            Window(request, 0, bad)
    for place in ((count,), ("2",), (0, 10**6), (0, "a")):
        with pytest.raises(Wrong, match="There is no"):
            lens(Spot(request, *place))


def test_a_model_without_a_last_normalisation(tmp_path, monkeypatch):
    """OPT 350M normalises after its sums and has nothing to be normalised at the end."""
    folder = tiny.build("opt", tmp_path / "models" / "gpt" / "late")
    config = AutoConfig.from_pretrained(folder, do_layer_norm_before=False)
    AutoModelForCausalLM.from_config(config, attn_implementation="eager").eval().save_pretrained(folder)
    monkeypatch.setattr(store, "ASSETS", tmp_path)
    monkeypatch.setitem(MODELS, "gpt/late", ModelSpec("gpt/late", "late", open_gpt, "random"))
    assert open_gpt(folder).norm is None
    assert grid(Window(Request(TEXT, "gpt/late"), 0, 64)).difference < 1e-5


def test_the_map_leaves_the_first_token_out_unless_asked(kind):
    request = Request(TEXT, f"gpt/{kind}")
    without, all_ = atlas(Ground(request)), atlas(Ground(request, True))
    assert without.places == tuple(range(1, len(all_.places))) and all_.places[0] == 0
    assert len(without.clouds) == 4
    assert points(Ground(request, True)).shape == (4, len(all_.places), 32)


def test_t_sne_row_by_row():
    ground = Ground(Request(TEXT, "gpt/gpt2"))
    rows = list(unfolding(ground))
    assert len(rows) == 4 and all(0 <= faithful <= 1 for _, faithful in rows)


def test_a_long_text_has_no_map(monkeypatch):
    monkeypatch.setattr(limits, "TOKENS", 8)
    with pytest.raises(Wrong, match="map shows up to 8"):
        atlas(Ground(Request(TEXT, "gpt/gpt2")))


def test_what_the_page_gets(models):
    import base64

    from playground.families.gpt import tab_layers

    question = {"text": TEXT, "model": "gpt/gpt2"}
    said, told = tab_layers.grid({**question, "first": 2, "count": 3}), grid(Window(Request(TEXT, "gpt/gpt2"), 2, 3))
    assert (said["rows"], said["columns"], said["first"]) == (4, 3, 2)
    entropy = np.frombuffer(base64.b64decode(said["entropy"]), "<f4").reshape(4, 3)
    np.testing.assert_allclose(entropy, told.entropy, atol=1e-6)
    one = tab_layers.gpt_lens(TEXT, 4, "gpt/gpt2")
    assert one["rows"][-1]["labels"][0] == told.final[2] == one["final"]
    assert len(list(tab_layers.unfold(question))) == 4
    assert len(tab_layers.plane(question)["frames"]) == 4


@pytest.mark.parametrize("place", [[], {}, [1], True, "1", 1.5])
def test_places_that_are_no_numbers_get_a_sentence(place) -> None:
    asked = {"text": "the cat", "model": "gpt/gpt2"}
    for verb, given in (
        ("grid", {"first": place}),
        ("lens", {"position": place}),
        ("lens", {"position": 0, "follow": place}),
    ):
        with pytest.raises(Wrong, match="places are whole numbers"):
            tab_layers.VERBS[verb]({**asked, **given})
