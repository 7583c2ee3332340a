import json

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForPreTraining, BertForMaskedLM, ResNetConfig, ResNetForImageClassification

from playground.core import limits, store
from playground.core.pretrained import open_model, open_tokenizer
from playground.core.spec import Family
from playground.core.words import Text, Wrong
from tests.core.tiny import FAMILY, bert, set_config


@pytest.fixture
def folder(tmp_path):
    return bert(tmp_path / "model")


def change_weights(folder, change):
    file = folder / "model.safetensors"
    weights = load_file(file)
    change(weights)
    save_file(weights, file, metadata={"format": "pt"})


def test_it_opens_as_transformers_does(folder):
    model, ids = open_model(folder, FAMILY), torch.tensor([[2, 5, 4, 7, 3]])
    reference = BertForMaskedLM.from_pretrained(folder, attn_implementation="eager").eval()
    with torch.inference_mode():
        ours, theirs = model(ids, output_attentions=True), reference(ids, output_attentions=True)
    assert torch.equal(ours.logits, theirs.logits)
    assert len(ours.attentions) == 2 and torch.equal(ours.attentions[1], theirs.attentions[1])
    assert not model.training and model.dtype == torch.float32


def test_half_precision_on_disk_opens_as_float32(folder):
    change_weights(folder, lambda weights: weights.update({k: v.half() for k, v in weights.items()}))
    set_config(folder, dtype="float16")
    assert {p.dtype for p in open_model(folder, FAMILY).parameters()} == {torch.float32}


def test_a_local_folder_opens_through_the_store(tmp_path, monkeypatch):
    bert(tmp_path / "mine")
    monkeypatch.setattr(limits, "MODELS_DIR", tmp_path)

    def opener(folder):
        return open_model(folder, FAMILY)

    shop = store.Store(10**7)
    assert shop.load("local:mine", opener) is shop.load("local:mine", opener)
    assert shop.info()["local:mine"] > 0


def test_missing_weights_are_refused_unless_nothing_shown_needs_them(folder):
    with pytest.raises(Wrong, match=r"missing or of another shape \(such as"):
        open_model(folder, FAMILY, AutoModelForPreTraining)
    with pytest.raises(Wrong, match="1 of the weights"):
        change_weights(folder, lambda weights: weights.pop("bert.encoder.layer.1.output.dense.weight"))
        open_model(folder, FAMILY)


def test_an_absent_head_may_be_allowed_by_name(folder):
    model = open_model(folder, FAMILY, AutoModelForPreTraining, allow_missing=("bert.pooler.", "cls.seq_relationship."))
    assert model.config.model_type == "bert"


def test_a_pretraining_model_opens_for_masks(tmp_path):
    model = open_model(bert(tmp_path, pretraining=True), FAMILY)
    assert type(model).__name__ == "BertForMaskedLM" and not model.training


def test_mismatched_shapes_are_refused(folder):
    set_config(folder, intermediate_size=24)
    with pytest.raises(Wrong, match="shape"):
        open_model(folder, FAMILY)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers_are_refused(folder, value):
    change_weights(folder, lambda weights: weights["bert.embeddings.word_embeddings.weight"].view(-1)[3:4].fill_(value))
    with pytest.raises(Wrong, match="NaN"):
        open_model(folder, FAMILY)


def test_damaged_files_are_a_sentence(folder):
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(Wrong, match="damaged"):
        open_model(folder, FAMILY)


def test_pickled_weights_are_never_opened(folder):
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(Wrong, match="safetensors"):
        open_model(folder, FAMILY)


def test_shards_open_and_an_index_that_points_elsewhere_does_not(folder, tmp_path):
    model = open_model(folder, FAMILY)
    (folder / "model.safetensors").unlink()
    model.save_pretrained(folder, max_shard_size="2KB")
    index = folder / "model.safetensors.index.json"
    assert index.is_file()
    again = open_model(folder, FAMILY)
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), again.parameters(), strict=True))
    said = json.loads(index.read_text())
    (tmp_path / "other.safetensors").write_bytes(b"")
    for name in ("../other.safetensors", "/etc/passwd", "model-00009-of-00009.safetensors", 3):
        index.write_text(json.dumps({**said, "weight_map": dict.fromkeys(said["weight_map"], name)}))
        with pytest.raises(Wrong, match="safetensors"):
            open_model(folder, FAMILY)


def test_files_that_name_code_are_refused(folder):
    (folder / "adapter_config.json").write_text("{}")
    with pytest.raises(Wrong, match="own code"):
        open_model(folder, FAMILY)
    (folder / "adapter_config.json").unlink()
    (folder / "tokenizer_config.json").write_text(json.dumps({"auto_map": {"AutoTokenizer": ["x.Y", None]}}))
    with pytest.raises(Wrong, match="own code"):
        open_model(folder, FAMILY)


def test_another_family_opens_through_the_same_door(tmp_path):
    config = ResNetConfig(embedding_size=8, hidden_sizes=[8, 16], depths=[1, 1], layer_type="basic", num_labels=3)
    torch.manual_seed(0)
    net = ResNetForImageClassification(config).eval()
    net.save_pretrained(tmp_path)
    family = Family("cnn", "CNN", Text("", ""), model_types=("resnet",), auto="AutoModelForImageClassification")
    x = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        assert torch.equal(open_model(tmp_path, family)(x).logits, net(x).logits)
    with pytest.raises(Wrong, match="type “resnet”"):
        open_model(tmp_path, FAMILY)


def test_the_tokenizer_opens_with_offsets(folder):
    said = open_tokenizer(folder)("a cat", return_offsets_mapping=True)
    assert said["input_ids"] == [2, 5, 6, 3] and said["offset_mapping"][2] == (2, 5)


def test_a_tokenizer_with_more_tokens_than_the_model_is_refused(folder):
    (folder / "vocab.txt").write_text((folder / "vocab.txt").read_text() + "one\nmore\n")
    with pytest.raises(Wrong, match="do not belong together"):
        open_tokenizer(folder)


def test_no_tokenizer_is_a_sentence(folder):
    (folder / "vocab.txt").unlink()
    (folder / "tokenizer_config.json").unlink()
    with pytest.raises(Wrong, match="tokenizer"):
        open_tokenizer(folder)
