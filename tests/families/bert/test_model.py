import json
import shutil

import pytest
from safetensors.torch import load_file, save_file
from transformers import AutoTokenizer

from playground.core.words import Wrong
from playground.families.bert import FAMILY
from playground.families.bert.model import encode, open_bert, shorten, snug
from tests.families.bert import tiny


@pytest.fixture(params=["bert", "roberta"])
def opened(models, request):
    return open_bert(models / request.param)


@pytest.fixture
def bert(models):
    return open_bert(models / "bert")


def pieces(bert, text, pair="", **kwargs):
    return encode(text, pair, bert.tokenizer, bert.positions, **kwargs)


def covered(encoded):
    tokens = encoded.tokens
    return [
        tokens.text[start:end]
        for (start, end), special in zip(tokens.spans, tokens.special, strict=True)
        if not special
    ]


TEXTS = [
    "The cat sat on the floor.",
    "  playing, unable!  ",
    "你好 world",
    "שלום x",
    "e\u0301 é",
    "the 👨‍👩‍👧 cat",
    "a\x00b\x07c",
]


@pytest.mark.parametrize("pair", ["", "He went to the bank."])
@pytest.mark.parametrize("text", [*TEXTS, "The [MASK] sat. [MASK] slept"])
def test_ids_are_the_tokenizers_own(opened, text, pair):
    said = opened.tokenizer(*(part.replace("[MASK]", opened.tokenizer.mask_token) for part in (text, pair) if part))
    encoded = pieces(opened, text, pair)
    assert list(encoded.tokens.ids) == said["input_ids"]
    if "token_type_ids" in said:
        assert list(encoded.types) == said["token_type_ids"] == list(encoded.tokens.segments)


@pytest.mark.parametrize(
    "text, words",
    [
        ("The cat", ["The", "cat"]),
        ("你好 世", ["你", "好", "世"]),
        ("שלום x", ["שלום", "x"]),
        ("e\u0301 é", ["e\u0301", "é"]),
        ("a 👨‍👩‍👧 b", ["a", "👨‍👩‍👧", "b"]),
        ("cat\u200b, [MASK]!", ["cat\u200b", ",", "[MASK]", "!"]),
        ("playing", ["play", "ing"]),
    ],
)
def test_pieces_align_with_characters(bert, text, words):
    assert covered(pieces(bert, text)) == words


def test_pair_offsets_count_through_both_texts(bert):
    encoded = pieces(bert, "The cat", "It was")
    assert encoded.tokens.text == "The cat\nIt was"
    assert covered(encoded) == ["The", "cat", "It", "was"]
    assert encoded.tokens.segments == (0, 0, 0, 0, 1, 1, 1)
    assert encoded.tokens.special == (True, False, False, True, False, False, True)


def test_special_spellings_are_plain_words(opened):
    tokenizer = opened.tokenizer
    text = " ".join({"<s>", "</s>", "[CLS]", "[SEP]", "[PAD]", "<pad>", "<script>"})
    encoded = pieces(opened, text)
    inner = [id for id, special in zip(encoded.tokens.ids, encoded.tokens.special, strict=True) if not special]
    assert not set(inner) & {
        tokenizer.cls_token_id,
        tokenizer.sep_token_id,
        tokenizer.pad_token_id,
        tokenizer.mask_token_id,
    }
    assert "".join(covered(encoded)) == text.replace(" ", "")
    assert encoded.gaps == ()


def test_mask_is_a_gap_whatever_the_model_calls_it(opened):
    encoded = pieces(opened, "the [MASK] cat [MASK].")
    assert [encoded.tokens.ids[at] for at in encoded.gaps] == [opened.tokenizer.mask_token_id] * 2
    assert [encoded.tokens.text[slice(*encoded.tokens.spans[at])] for at in encoded.gaps] == ["[MASK]"] * 2
    assert [word.typed for word in encoded.words if set(word.pieces) & set(encoded.gaps)] == [True, True]


def test_hiding_a_word_hides_all_its_pieces(bert):
    encoded = pieces(bert, "the cat playing", masks=(10,))
    assert encoded.tokens.texts[-3:] == ("[MASK]", "[MASK]", "[SEP]")
    assert [bert.tokenizer.convert_ids_to_tokens(encoded.truth[at]) for at in encoded.gaps] == ["play", "##ing"]
    assert covered(encoded) == ["the", "cat", "play", "ing"]


@pytest.mark.parametrize("offset", [3, 99])
def test_hiding_where_no_word_is(bert, offset):
    with pytest.raises(Wrong, match=str(offset)):
        pieces(bert, "the cat", masks=(offset,))


def test_lone_surrogates_become_one_character_each(bert):
    encoded = pieces(bert, "the \ud800\udc00\ud83d cat")
    assert encoded.tokens.text == "the \ufffd\ufffd\ufffd cat"
    encoded.tokens.text.encode("utf-8")


@pytest.mark.parametrize("text", ["\u200b\u200d", "\x00\x01"])
def test_nothing_to_read(bert, text):
    with pytest.raises(Wrong, match="nothing"):
        pieces(bert, text)


@pytest.mark.parametrize("times", [(12, 4), (4, 12), (12, 12), (13, 12), (12, 13), (20, 0)])
def test_too_long_is_cut_where_transformers_cuts(opened, times):
    text, pair = (sentence * n for sentence, n in zip(("the cat sat on the ", "he went to the "), times, strict=True))
    said = opened.tokenizer(text, pair or None, truncation="longest_first", max_length=opened.positions)["input_ids"]
    opened.tokenizer.backend_tokenizer.no_truncation()
    whole = opened.tokenizer(text, pair or None)["input_ids"]
    encoded = pieces(opened, text, pair)
    assert list(encoded.tokens.ids) == said
    assert encoded.tokens.cut == len(whole) - opened.positions > 0


def test_ten_thousand_words_are_cut_quickly(bert):
    encoded = pieces(bert, "cat " * 10_000)
    assert len(encoded.tokens) == bert.positions
    assert encoded.tokens.cut == 10_002 - bert.positions


def test_shorten_takes_from_the_longer_side():
    sequences = [None, 0, 0, 0, 0, None, 1, 1, None]
    assert shorten(sequences, 6) == ([0, 1, 2, 5, 6, 8], 3)
    assert shorten(sequences, 9) == (list(range(9)), 0)


def test_snug():
    assert snug(" ab\u0301 c", 0, 4) == (1, 4)
    assert snug("ab\u0301c", 0, 2) == (0, 3)


def test_every_kind_of_the_family_opens(models):
    assert set(tiny.KINDS) == set(FAMILY.model_types) - {"deberta", "deberta-v2", "xlnet"}  # these: test_use.py
    assert {kind: open_bert(models / kind).has_next for kind in tiny.KINDS} == {k: k == "bert" for k in tiny.KINDS}
    assert not open_bert(models / "plain").has_next


def test_positions_are_those_a_text_can_use(models):
    assert open_bert(models / "bert").positions == 48
    assert open_bert(models / "roberta").positions == 46  # its positions start after the padding token's


def broken(models, tmp_path, change):
    folder = shutil.copytree(models / "bert", tmp_path / "broken")
    weights = load_file(folder / "model.safetensors")
    change(weights)
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def test_missing_weights_are_refused(models, tmp_path):
    folder = broken(models, tmp_path, lambda w: w.pop("bert.encoder.layer.1.attention.self.query.weight"))
    with pytest.raises(Wrong, match="missing"):
        open_bert(folder)


def test_weights_that_are_not_finite_are_refused(models, tmp_path):
    folder = broken(models, tmp_path, lambda w: w["bert.encoder.layer.0.output.dense.bias"].fill_(float("nan")))
    with pytest.raises(Wrong, match="not numbers"):
        open_bert(folder)


def test_the_folder_is_transformers_own_layout(models):
    assert json.loads((models / "bert" / "config.json").read_text())["architectures"] == ["BertForPreTraining"]
    assert AutoTokenizer.from_pretrained(models / "bert").mask_token == "[MASK]"
