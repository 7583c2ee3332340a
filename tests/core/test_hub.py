import json
from threading import Event
from types import SimpleNamespace

import httpx2
import pytest
from huggingface_hub import errors

from playground.core import hub, hub_edge, limits
from playground.core.hub_edge import Cancelled, Edge, hear
from playground.core.words import Wrong
from tests.core.tiny import CONFIG, FAMILY, SHA, FakeEdge, bert, info, set_config


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "HUB_DIR", tmp_path / "hub")
    monkeypatch.setattr(limits, "HUB", "any")
    monkeypatch.setattr(limits, "MODELS_DIR", None)
    return tmp_path / "hub"


@pytest.fixture
def folder(tmp_path):
    return bert(tmp_path / "served")


@pytest.fixture
def edge(folder):
    return FakeEdge({"owner/model": info(folder)}, folder)


def refused(said, folder=None, id="owner/model") -> str:
    """Why; nothing but config.json may have been downloaded."""
    edge = FakeEdge({id: said}, folder)
    with pytest.raises(Wrong) as wrong:
        hub.check(id, FAMILY, edge)
    assert set(edge.served) <= {"config.json"}
    assert wrong.value.text.zh != wrong.value.text.en
    return str(wrong.value)


def test_a_good_model_is_offered_without_its_weights(edge, folder):
    offer = hub.check("owner/model", FAMILY, edge)
    assert edge.served == ["config.json"]
    assert (offer.id, offer.sha, offer.model_type) == ("owner/model", SHA, "bert")
    assert {file.name for file in offer.files} == {
        "config.json",
        "model.safetensors",
        "tokenizer_config.json",
        "vocab.txt",
    }
    assert offer.bytes == sum((folder / file.name).stat().st_size for file in offer.files)
    assert offer.parameters == sum(p.numel() for p in hub.open_model(folder, FAMILY).parameters())


@pytest.mark.parametrize(
    "id",
    ["../../etc", "a/b/c", "/etc/passwd", "a/..", "..", ".", "", " ", "a b/c", "owner/ünï", "模型/一", "a\0b", "a/b\n",
     "a//b", "a/", "/a", "-a/b", "a--b/c", "local:x", "https://huggingface.co/a/b", "a\\b", "x" * 97, "a/" + "b" * 96,
     None, 3, ["a/b"]],
)  # fmt: skip
def test_what_is_no_id_never_leaves_the_house(id):
    edge = FakeEdge({})
    with pytest.raises(Wrong, match="model id"):
        hub.check(id, FAMILY, edge)
    with pytest.raises(Wrong):
        hub.folder_of(id)
    assert edge.fake.asked == []


@pytest.mark.parametrize("id", ["gpt2", "google-bert/bert-base-uncased", "a/b.c_d-1", "A1/2"])
def test_common_ids_are_ids(id):
    assert hub.check_id(id) == id


def response(status: int) -> httpx2.Response:
    return httpx2.Response(status, request=httpx2.Request("GET", "https://hub"))


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (info(gated="manual"), "gated"),
        (info(gated="auto"), "gated"),
        (info(private=True), "no public model"),
        (info(disabled=True), "disabled"),
        (info(sha=None), "how large"),
        (info(sha="../../x"), "how large"),
        (info(siblings=None), "safetensors"),
        (errors.GatedRepoError("x", response=response(403)), "gated"),
        (errors.DisabledRepoError("x", response=response(403)), "disabled"),
        (errors.RepositoryNotFoundError("x", response=response(404)), "no public model"),
        (errors.HFValidationError("x"), "model id"),
        (errors.HfHubHTTPError("x", response=response(503)), "503"),
        (httpx2.ConnectError("no such host"), "cannot be reached"),
        (httpx2.ReadTimeout("slow"), "cannot be reached"),
        (errors.OfflineModeIsEnabled("x"), "cannot be reached"),
        (OSError("x"), "cannot be reached"),
    ],
)
def test_what_the_hub_says_becomes_a_sentence(said, why):
    assert why in refused(said)


def files(**sizes):
    return info(siblings=[{"rfilename": name.replace("_0", "."), "size": size} for name, size in sizes.items()])


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (files(config_0json=9, pytorch_model_0bin=9, model_0pkl=9), "safetensors"),
        (files(config_0json=9, adapter_model_0safetensors=9), "safetensors"),
        (files(model_0safetensors=9), "config.json"),
        (files(config_0json=9, model_0safetensors=None), "how large"),
        (files(config_0json=None, model_0safetensors=9), "how large"),
        (files(config_0json=9, model_0safetensors=-1), "how large"),
        (files(config_0json=9, model_0safetensors=1_500_000_001), "up to 1,500 MB"),
        (files(config_0json=2**20 + 1, model_0safetensors=9), "config.json"),
    ],
)
def test_files_that_do_not_fit_are_refused(said, why):
    assert why in refused(said)


def test_a_shard_without_its_index_is_no_weight():
    lone = [{"rfilename": name, "size": 9} for name in ("config.json", "model-00001-of-00002.safetensors")]
    assert "safetensors" in refused(info(siblings=lone))


def test_a_full_disk_is_known_before(monkeypatch, folder):
    monkeypatch.setattr(hub.shutil, "disk_usage", lambda _: SimpleNamespace(free=info(folder).siblings[0].size))
    assert "disk" in refused(info(folder), folder)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"model_type": "llama"}, "type “llama”"),
        ({"auto_map": {"AutoModelForMaskedLM": "modeling.Evil"}}, "own code"),
        ({"_attn_implementation": "evil/kernel"}, "own code"),
        ({"num_hidden_layers": 200_000}, "num_hidden_layers"),
        ({"hidden_size": 16_384, "intermediate_size": 65_536, "num_hidden_layers": 6}, "million weights"),
        ({"hidden_size": 9}, "does not describe"),
    ],
)
def test_a_config_that_cannot_be_opened_stops_before_the_weights(folder, change, why):
    set_config(folder, **change)
    assert why in refused(info(folder), folder)


def test_a_config_that_is_no_json_is_refused(folder):
    (folder / "config.json").write_text("{")
    assert "config.json" in refused(info(folder), folder)


def test_the_operator_may_close_the_door(monkeypatch, edge):
    monkeypatch.setattr(limits, "HUB", "list")
    with pytest.raises(Wrong, match="on the list"):
        hub.check("owner/model", FAMILY, edge)
    monkeypatch.setattr(limits, "HUB", "off")
    with pytest.raises(Wrong, match="switched off"):
        hub.check("owner/listed", FAMILY, edge)
    assert edge.fake.asked == []


def test_listed_models_pass_where_only_the_list_is_open(monkeypatch, folder):
    monkeypatch.setattr(limits, "HUB", "list")
    assert hub.check("owner/listed", FAMILY, FakeEdge({"owner/listed": info(folder)}, folder)).id == "owner/listed"


def test_patience_ends():
    with pytest.raises(Wrong, match="cannot be reached"):
        hear(Event().wait, 0.05)


# ---- fetching


def test_a_fetched_model_opens_and_its_bytes_only_grow(edge, folder, place):
    offer, seen = hub.check("owner/model", FAMILY, edge), []
    there = hub.fetch(offer, FAMILY, seen.append, edge=edge)
    assert there == hub.folder_of("owner/model") == place / "owner--model" / SHA
    assert {file.name for file in there.iterdir()} == {file.name for file in offer.files}
    assert seen == sorted(seen) and seen[-1] == offer.bytes and len(set(seen)) > 3
    assert hub.open_model(there, FAMILY).config.hidden_size == CONFIG["hidden_size"]
    served = len(edge.served)
    hub.fetch(offer, FAMILY, edge=edge)
    assert len(edge.served) == served


def test_an_unfetched_model_is_a_sentence():
    with pytest.raises(Wrong, match="Download it"):
        hub.folder_of("owner/model")


def test_only_named_files_are_fetched(edge, folder):
    for name in ("pytorch_model.bin", "modeling_evil.py", "README.md", "tf_model.h5", "optimizer.safetensors"):
        (folder / name).write_bytes(b"x")
    edge.fake.said["owner/model"] = info(folder)
    hub.fetch(hub.check("owner/model", FAMILY, edge), FAMILY, edge=edge)
    assert set(edge.served) == {"config.json", "model.safetensors", "tokenizer_config.json", "vocab.txt"}


def test_a_cancelled_download_leaves_nothing(edge, place):
    offer, stop = hub.check("owner/model", FAMILY, edge), Event()

    def progress(done: int) -> None:
        if done > offer.bytes / 2:
            stop.set()

    with pytest.raises(Cancelled):
        hub.fetch(offer, FAMILY, progress, stop, edge)
    assert list(place.rglob("*")) == []


def test_files_other_than_announced_leave_nothing(edge, folder, place):
    offer = hub.check("owner/model", FAMILY, edge)
    (folder / "vocab.txt").write_text("another")
    with pytest.raises(Wrong, match="announced"):
        hub.fetch(offer, FAMILY, edge=edge)
    assert list(place.rglob("*")) == []


def test_files_that_turn_out_unsafe_leave_nothing(edge, folder, place):
    (folder / "tokenizer_config.json").write_text(json.dumps({"auto_map": {"AutoTokenizer": "x.Y"}}))
    edge.fake.said["owner/model"] = info(folder)
    with pytest.raises(Wrong, match="own code"):
        hub.fetch(hub.check("owner/model", FAMILY, edge), FAMILY, edge=edge)
    assert list(place.rglob("*")) == []


def test_after_a_broken_network_the_next_attempt_succeeds(edge, place):
    offer, whole = hub.check("owner/model", FAMILY, edge), edge.download

    def breaks(id, sha, name, folder, on_bytes):
        if name == "model.safetensors":
            raise httpx2.ReadError("gone")
        whole(id, sha, name, folder, on_bytes)

    edge.download = breaks
    with pytest.raises(Wrong, match="cannot be reached"):
        hub.fetch(offer, FAMILY, edge=edge)
    assert not hub.is_fetched("owner/model")
    edge.download = whole
    assert hub.fetch(offer, FAMILY, edge=edge).is_dir() and not list(place.rglob("*.part"))


# ---- what is here


def test_fetched_models_are_known_to_the_rooms_that_show_them(edge, place):
    hub.fetch(hub.check("owner/model", FAMILY, edge), FAMILY, edge=edge)
    (place / "other--thing.part").mkdir()
    assert hub.known(FAMILY) == ["owner/model"]
    assert hub.known(FAMILY.__class__("cnn", "CNN", FAMILY.line, model_types=("resnet",))) == []


def test_local_folders_open_only_where_the_operator_says(tmp_path, monkeypatch):
    with pytest.raises(Wrong, match="PLAYGROUND_MODELS_DIR"):
        hub.folder_of("local:mine")
    assert hub.local(FAMILY) == []
    root = tmp_path / "models"
    bert(root / "mine")
    (root / "notes").mkdir()
    (root / "out").symlink_to("/etc")
    (root / "alias").symlink_to(root / "mine")
    monkeypatch.setattr(limits, "MODELS_DIR", root)
    assert hub.folder_of("local:mine") == root / "mine"
    assert hub.local(FAMILY) == ["local:alias", "local:mine"]
    for name in ("out", "..", ".", "", "mine/..", "../served", "none", "a" * 200, "m\0ine", "ü"):
        with pytest.raises(Wrong, match="no model folder"):
            hub.folder_of("local:" + name)


# ---- the edge itself, without and with a network


def test_without_a_network_the_sentence_comes_within_its_patience(monkeypatch):
    from time import perf_counter

    edge = Edge(endpoint="http://127.0.0.1:9")  # nothing listens there
    began = perf_counter()
    for ask in (lambda: hub.check("owner/model", FAMILY, edge), lambda: hear(edge.reach, limits.HUB_SECONDS + 1)):
        with pytest.raises(Wrong, match="cannot be reached"):
            ask()
    assert perf_counter() - began < limits.HUB_SECONDS


def test_the_real_edge_against_a_hub_of_our_own(folder, place, monkeypatch):
    """huggingface_hub's own client and download, its pieces, its cancellation."""
    from tests.core.small_hub import serve

    with serve("owner/model", SHA, folder) as endpoint:
        edge = Edge(endpoint)
        hear(edge.reach, 5)
        offer, seen, stop = hub.check("owner/model", FAMILY, edge), [], Event()
        monkeypatch.setattr(hub_edge, "PIECE", 500)
        with pytest.raises(Cancelled):
            hub.fetch(offer, FAMILY, lambda done: stop.set() if done > offer.bytes / 2 else None, stop, edge)
        assert list(place.rglob("*")) == []
        there = hub.fetch(offer, FAMILY, seen.append, edge=edge)
        assert seen == sorted(seen) and seen[-1] == offer.bytes
        assert {file.name for file in there.iterdir()} == {file.name for file in offer.files}
        hub.open_model(there, FAMILY)
        with pytest.raises(Wrong, match="no public model"):
            hub.check("owner/none", FAMILY, edge)
