"""Random models in transformers' own layout, small enough to be built in a test. Used by the BERT tests."""

import json
from collections.abc import Sequence
from pathlib import Path

import torch
from tokenizers import AddedToken, pre_tokenizers
from transformers import (
    AlbertConfig,
    AlbertForMaskedLM,
    AlbertTokenizer,
    AutoModelForQuestionAnswering,
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
    BertConfig,
    BertForMaskedLM,
    BertForPreTraining,
    BertTokenizer,
    DebertaConfig,
    DebertaTokenizer,
    DebertaV2Config,
    DebertaV2Tokenizer,
    DistilBertConfig,
    DistilBertForMaskedLM,
    ElectraConfig,
    ElectraForMaskedLM,
    RobertaConfig,
    RobertaForMaskedLM,
    RobertaTokenizer,
    XLMRobertaConfig,
    XLMRobertaForMaskedLM,
    XLNetConfig,
    XLNetTokenizer,
)  # fmt: skip

from playground.families.bert import FAMILY

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


# ---- fine-tuned heads: every architecture with every head

LABELS = {
    "classes": ["negative", "neutral", "positive"],
    "tags": ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"],
    "answer": ["start", "end"],
}
AUTOS = {
    "classes": AutoModelForSequenceClassification,
    "tags": AutoModelForTokenClassification,
    "answer": AutoModelForQuestionAnswering,
}


def unigram(tokenizer):
    """Pieces with the space before them, as sentencepiece cuts them; special ones as the tokenizer calls them."""
    special = [f"{a}{name}{b}" for name in ("pad", "unk", "cls", "sep", "mask") for a, b in ("<>", "[]")]
    special = [p if p[0] == "<" else p.upper() for p in special]
    words = [f"▁{w}" for w in WORDS if w.isalpha()]
    vocab = [(p, 0.0) for p in special] + [(p, -2.0) for p in words] + [("▁", -6.0)]
    vocab += [(c, -4.0) for c in (*LETTERS, *".,!?'@", "你", "好")]
    unknown = "[UNK]" if tokenizer is DebertaV2Tokenizer else "<unk>"
    made = tokenizer(vocab=vocab, unk_id=special.index(unknown), model_max_length=46)
    return made, len(made)


def bytewise(tokenizer, special):
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    pieces = [*special, *letters, "Ġt", "he", "Ġthe", "Ġc", "at", "Ġcat"]
    merges = [("Ġ", "t"), ("h", "e"), ("Ġt", "he"), ("Ġ", "c"), ("a", "t"), ("Ġc", "at")]
    made = tokenizer(vocab={p: i for i, p in enumerate(pieces)}, merges=merges, model_max_length=46)
    return made, len(pieces)


def relatives():
    """model_type -> (its config without labels, its tokenizer)."""
    plain, far = wordpiece(), dict(max_position_embeddings=48)
    roberta_pieces, roberta_size = bytewise(RobertaTokenizer, ["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
    deberta_pieces, deberta_size = bytewise(DebertaTokenizer, ["[CLS]", "[PAD]", "[SEP]", "[UNK]", "[MASK]"])
    albert_pieces, albert_size = unigram(AlbertTokenizer)
    deberta2_pieces, deberta2_size = unigram(DebertaV2Tokenizer)
    xlnet_pieces, xlnet_size = unigram(XLNetTokenizer)
    apart = dict(relative_attention=True, pos_att_type=["c2p", "p2c"], position_biased_input=False, **far)
    round_ = dict(pad_token_id=1, bos_token_id=0, eos_token_id=2, type_vocab_size=1, **far)
    sized = lambda size: {**SMALL, "vocab_size": size}  # noqa: E731
    return {
        "bert": (BertConfig(**SMALL, **far), plain),
        "distilbert": (
            DistilBertConfig(vocab_size=len(VOCABULARY), dim=32, n_layers=3, n_heads=4, hidden_dim=64, **far), plain
        ),
        "electra": (ElectraConfig(**SMALL, embedding_size=16, **far), plain),
        "albert": (AlbertConfig(**sized(albert_size), embedding_size=16, num_hidden_groups=1, **far), albert_pieces),
        "roberta": (RobertaConfig(**sized(roberta_size), **round_), roberta_pieces),
        "xlm-roberta": (XLMRobertaConfig(**sized(roberta_size), **round_), roberta_pieces),
        "deberta": (DebertaConfig(**sized(deberta_size), **apart, type_vocab_size=0), deberta_pieces),
        "deberta-v2": (DebertaV2Config(**sized(deberta2_size), **apart, type_vocab_size=0), deberta2_pieces),
        "xlnet": (XLNetConfig(vocab_size=xlnet_size, d_model=32, n_layer=3, n_head=4, d_inner=64), xlnet_pieces),
    }  # fmt: skip


def headed(folder: Path, kind: str, use: str, labels: Sequence[str] = (), **more) -> Path:
    """A random model of one architecture with one head."""
    config, tokenizer = relatives()[kind]
    labels = labels or LABELS[use]
    config.update({"id2label": dict(enumerate(labels)), "label2id": {name: i for i, name in enumerate(labels)}, **more})
    torch.manual_seed(0)
    return save(folder, AUTOS[use].from_config(config), tokenizer)


HEADED = [(kind, use) for kind in FAMILY.model_types for use in AUTOS]
