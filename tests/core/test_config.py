import json

import pytest

from playground.core import config as configs
from playground.core import limits
from playground.core.words import Wrong
from tests.core.tiny import CONFIG, FAMILY

GOOD = {**CONFIG, "model_type": "bert"}


def test_a_common_config_passes():
    said = {**GOOD, "architectures": ["BertForMaskedLM"], "id2label": {"0": "no"}, "hidden_dropout_prob": 0.1}
    configs.check_safe({**said, "_attn_implementation": "sdpa", "auto_map": None, "block_size": 1024})
    assert configs.check_type(said, FAMILY) == "bert"


@pytest.mark.parametrize(
    "change",
    [
        {"auto_map": {"AutoModel": "modeling.Evil"}},
        {"trust_remote_code": True},
        {"text_config": {"auto_map": {"AutoModel": "x"}}},
        {"_attn_implementation": "evil/kernel"},
        {"attn_implementation": {"": "evil/kernel"}},
        {"sub": [{"_attn_implementation_internal": "evil/kernel:fn"}]},
    ],
)
def test_code_is_refused_wherever_it_stands(change):
    with pytest.raises(Wrong, match="own code"):
        configs.check_safe({**GOOD, **change})


@pytest.mark.parametrize("key", ["quantization_config", "transformers_weights", "adapter_config"])
def test_weights_from_elsewhere_are_refused(key):
    with pytest.raises(Wrong, match=key):
        configs.check_safe({**GOOD, key: {"x": 1}})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("num_hidden_layers", 200_000),
        ("num_layers", 101),
        ("depths", [3, 3, 900_000]),
        ("hidden_size", 10**9),
        ("hidden_size", -(10**9)),
        ("hidden_sizes", [64, 10**9]),
        ("vocab_size", 10**7),
        ("intermediate_size", 10**300),
        ("max_position_embeddings", 10**6),
        ("num_attention_heads", 10**5),
        ("inner_group_num", 17),
        ("num_labels", 10**9),
        ("anything", 10**7),
        ("id2label", {str(i): "x" for i in range(25_001)}),
    ],
)
def test_numbers_out_of_bounds_are_refused_by_name(key, value):
    with pytest.raises(Wrong, match=key) as refused:
        configs.check_safe({**GOOD, key: value})
    assert key in refused.value.text.zh and len(str(refused.value)) < 200


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"a": NaN}', b'{"a": Infinity}', b"[" * 100_000, b'{"a":' * 5_000],
)
def test_what_is_not_plain_json_is_refused(raw):
    with pytest.raises(Wrong, match=r"config\.json"):
        configs.parse(raw)


def test_a_long_file_is_refused_unread(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "CONFIG_BYTES", 100)
    file = tmp_path / "config.json"
    file.write_text(json.dumps({"a": "x" * 80}))
    assert configs.read(file)["a"] == "x" * 80
    file.write_text(json.dumps({"a": "x" * 100}))
    with pytest.raises(Wrong):
        configs.read(file)
    with pytest.raises(Wrong):
        configs.read(tmp_path / "none.json")


@pytest.mark.parametrize("kind", ["gpt2", None, 3, ["bert"], "x" * 10_000])
def test_a_type_the_room_cannot_show_is_refused(kind):
    with pytest.raises(Wrong, match="BERT room shows bert") as refused:
        configs.check_type({"model_type": kind}, FAMILY)
    assert len(str(refused.value)) < 200


def test_parameters_are_counted_without_memory():
    from transformers import AutoModelForMaskedLM, BertConfig, BertForMaskedLM

    real = sum(p.numel() for p in BertForMaskedLM(BertConfig(**CONFIG)).parameters())
    assert configs.parameters(GOOD, AutoModelForMaskedLM) == real
    huge = {
        **GOOD,
        "hidden_size": 16_384,
        "intermediate_size": 65_536,
        "num_hidden_layers": 6,
        "num_attention_heads": 64,
    }
    count = configs.parameters(huge, AutoModelForMaskedLM)
    assert count > 19e9
    with pytest.raises(Wrong, match="million weights"):
        configs.check_size(count)


def test_the_memory_budget_bounds_the_weights(monkeypatch):
    configs.check_size(100_000_000)
    monkeypatch.setattr(limits, "MEMORY_MB", 400)
    with pytest.raises(Wrong, match="up to 81 million"):
        configs.check_size(100_000_000)


@pytest.mark.parametrize(
    "change",
    [
        {"hidden_size": 9},
        {"hidden_size": -8},
        {"vocab_size": "many"},
        {"num_attention_heads": 0},
        {"hidden_act": "evil"},
    ],
)
def test_a_config_that_builds_nothing_is_a_sentence(change):
    from transformers import AutoModelForMaskedLM

    with pytest.raises(Wrong, match="can be built"):
        configs.parameters({**GOOD, **change}, AutoModelForMaskedLM)
