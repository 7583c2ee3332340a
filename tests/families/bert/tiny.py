"""Random models in transformers' own layout, small enough to be built in a test. Used by the BERT tests."""

import json
from pathlib import Path

import torch
from tokenizers import AddedToken, pre_tokenizers
from transformers import (
    AlbertConfig,
    AlbertForMaskedLM,
    BertConfig,
    BertForMaskedLM,
    BertForPreTraining,
    BertTokenizer,
    DistilBertConfig,
    DistilBertForMaskedLM,
    ElectraConfig,
    ElectraForMaskedLM,
    RobertaConfig,
    RobertaForMaskedLM,
    RobertaTokenizer,
    XLMRobertaConfig,
    XLMRobertaForMaskedLM,
)  # fmt: skip

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORDS = (  # noqa: SIM905
    "the a cat dog sat slept on floor bed because it was tired . , ! ? paris is capital of france she drank cup tea "
    "he went to bank river and in not play ##ing ##ed ##s un ##able < > s script [ ] cls sep mask 你 好 世 界 שלום e é"
).split()
LETTERS = list("abcdefghijklmnopqrstuvwxyz0123456789")
VOCABULARY = {w: i for i, w in enumerate(dict.fromkeys([*SPECIAL, *WORDS, *LETTERS, *(f"##{c}" for c in LETTERS)]))}
SMALL = dict(
    vocab_size=len(VOCABULARY), hidden_size=32, num_hidden_layers=3, num_attention_heads=4, intermediate_size=64
)


def wordpiece():
    return BertTokenizer(vocab=VOCABULARY, model_max_length=48)


def shaken(net: torch.nn.Module) -> torch.nn.Module:
    """Weights far enough from zero for attention to differ between words."""
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for value in net.parameters():
            value += 0.3 * torch.randn(value.shape, generator=generator)
    return net.eval()


def save(folder: Path, net: torch.nn.Module, tokenizer) -> Path:
    shaken(net).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    (folder / "card.json").write_text(json.dumps({}))
    return folder


def bert(folder: Path, next_head: bool = True) -> Path:
    config = BertConfig(**SMALL, max_position_embeddings=48)
    return save(folder, (BertForPreTraining if next_head else BertForMaskedLM)(config), wordpiece())


def distilbert(folder: Path) -> Path:
    config = DistilBertConfig(
        vocab_size=len(VOCABULARY), dim=32, n_layers=3, n_heads=4, hidden_dim=64, max_position_embeddings=48
    )
    return save(folder, DistilBertForMaskedLM(config), wordpiece())


def electra(folder: Path) -> Path:
    config = ElectraConfig(**SMALL, embedding_size=16, max_position_embeddings=48)
    return save(folder, ElectraForMaskedLM(config), wordpiece())


def albert(folder: Path) -> Path:
    config = AlbertConfig(**SMALL, embedding_size=16, max_position_embeddings=48, num_hidden_groups=1)
    return save(folder, AlbertForMaskedLM(config), wordpiece())


def roberta(folder: Path, config=RobertaConfig, net=RobertaForMaskedLM) -> Path:
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    pieces = ["<s>", "<pad>", "</s>", "<unk>", "<mask>", *letters, "Ġt", "he", "Ġthe", "Ġc", "at", "Ġcat"]
    merges = [("Ġ", "t"), ("h", "e"), ("Ġt", "he"), ("Ġ", "c"), ("a", "t"), ("Ġc", "at")]
    gap = AddedToken("<mask>", lstrip=True, special=True)  # as roberta-base has it: the space before belongs to it
    tokenizer = RobertaTokenizer(
        vocab={p: i for i, p in enumerate(pieces)}, merges=merges, model_max_length=46, mask_token=gap
    )
    shape = config(
        **{**SMALL, "vocab_size": len(pieces)}, max_position_embeddings=48, pad_token_id=1, bos_token_id=0,
        eos_token_id=2, type_vocab_size=1,
    )  # fmt: skip
    return save(folder, net(shape), tokenizer)


def xlm_roberta(folder: Path) -> Path:
    return roberta(folder, XLMRobertaConfig, XLMRobertaForMaskedLM)


KINDS = {
    "bert": bert, "distilbert": distilbert, "electra": electra, "albert": albert, "roberta": roberta,
    "xlm-roberta": xlm_roberta,
}  # fmt: skip
