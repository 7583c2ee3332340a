"""Folders of other people: kinds, ways to spell, shards, tied tables, chat templates. All as transformers has it."""

import random
import time

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerFast

from playground.core import limits
from playground.core.words import Wrong
from playground.families.gpt import FAMILY
from playground.families.gpt import chat as chats
from playground.families.gpt.model import added, decoded, encode, open_gpt, spell, written
from playground.families.gpt.trace import Request, forward, look, trace
from tests.families.gpt import tiny

KIN = {
    "stablelm": {**tiny.SMALL, "intermediate_size": 48, "num_key_value_heads": 2, "max_position_embeddings": 64},
    "starcoder2": {**tiny.LLAMA, "sliding_window": 4},
}
MERGES = [("h", "e"), ("t", "he"), ("▁", "the"), ("a", "t"), ("c", "at"), ("▁", "cat"), ("s", "at"), ("▁", "sat")]


def wrapped(plain: Tokenizer, **more) -> PreTrainedTokenizerFast:
    plain.add_special_tokens(["<unk>", "<s>", "</s>"])
    return PreTrainedTokenizerFast(
        tokenizer_object=plain, bos_token="<s>", eos_token="</s>", unk_token="<unk>", model_max_length=64, **more
    )


def pieces(**more) -> PreTrainedTokenizerFast:
    """Llama's way: BPE over characters, "▁" for a space, bytes where a character is not known, <s> in front."""
    letters = ["▁", *"theacsonm"]
    names = ["<unk>", "<s>", "</s>", *(f"<0x{i:02X}>" for i in range(256)), *letters, *(a + b for a, b in MERGES)]
    plain = Tokenizer(
        models.BPE(
            vocab={name: i for i, name in enumerate(names)}, merges=MERGES, unk_token="<unk>", fuse_unk=True,
            byte_fallback=True,
        )
    )  # fmt: skip
    plain.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    plain.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    plain.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    return wrapped(plain, **more)


def unigram() -> PreTrainedTokenizerFast:
    """Sentence pieces of the unigram kind, without bytes: what cannot be spelled is <unk>."""
    scores = [("▁the", -2.0), ("▁cat", -3.0), ("▁", -2.5), ("sat", -3.5), *((c, -4.0) for c in "satheconm")]
    plain = Tokenizer(models.Unigram([("<unk>", 0.0), ("<s>", 0.0), ("</s>", 0.0), *dict(scores).items()], unk_id=0))
    plain.normalizer = normalizers.NFKC()
    plain.pre_tokenizer = pre_tokenizers.Metaspace()
    plain.decoder = decoders.Metaspace()
    return wrapped(plain)


SPELLERS = {"bytes": tiny.tokenizer, "pieces": pieces, "unigram": unigram}


def build(folder, kind="llama", speller=tiny.tokenizer, shard=None, **config):
    made = speller()
    shape = {**tiny.CONFIGS.get(kind, {}), **KIN.get(kind, {}), **config}
    torch.manual_seed(1)
    plan = AutoConfig.for_model(kind, vocab_size=len(made), bos_token_id=0, eos_token_id=0, **shape)
    net = AutoModelForCausalLM.from_config(plan, attn_implementation="eager").eval()
    net.save_pretrained(folder, **({"max_shard_size": shard} if shard else {}))
    made.save_pretrained(folder)
    return folder


@pytest.fixture
def theirs(tmp_path, monkeypatch):
    """A folder whose folders open as local:<name>."""
    monkeypatch.setattr(limits, "MODELS_DIR", tmp_path)
    return tmp_path


def agrees(folder, text: str) -> None:
    """What the room says is what transformers computes."""
    net = AutoModelForCausalLM.from_pretrained(folder, attn_implementation="eager").eval()
    ids = AutoTokenizer.from_pretrained(folder)(text, return_tensors="pt").input_ids
    with torch.no_grad():
        output = net(ids, output_attentions=True, output_hidden_states=True)
    name = f"local:{folder.name}"
    told, done = trace(Request(text, name)), forward(Request(text, name, top=1))
    assert told.tokens.ids == tuple(ids[0].tolist())
    chances = output.logits[0].softmax(-1)
    np.testing.assert_allclose(told.next.scores, chances[-1].topk(10).values, atol=1e-5)
    np.testing.assert_allclose(told.chances[1:], chances[:-1].gather(1, ids[0, 1:, None])[:, 0], atol=1e-5)
    np.testing.assert_allclose(done.states, torch.cat(output.hidden_states[:-1]), atol=1e-4)
    weights = look(Request(text, name, top=1)).attention.weights
    np.testing.assert_allclose(weights, torch.cat(output.attentions).numpy(), atol=1e-5)


# ---- kinds and layouts


def test_every_kind_the_room_opens_is_held_by_a_test() -> None:
    assert set(FAMILY.model_types) == {*tiny.CONFIGS, *KIN}


@pytest.mark.parametrize("kind", KIN)
def test_more_kinds_agree_with_transformers(theirs, kind) -> None:
    agrees(build(theirs / kind, kind), "the cat sat on the mat, é 🐈")
    gpt = open_gpt(theirs / kind)
    assert len(gpt.layers) == 3 and gpt.norm is not None


@pytest.mark.parametrize("speller", SPELLERS)
def test_every_way_to_spell_agrees_with_transformers(theirs, speller) -> None:
    agrees(build(theirs / speller, speller=SPELLERS[speller]), "the cat sat on  the mat\n")


def test_shards_and_tied_tables_agree_with_transformers(theirs) -> None:
    folder = build(theirs / "shards", shard="30KB")
    assert len(list(folder.glob("model-*.safetensors"))) > 1
    agrees(folder, "the cat sat")
    agrees(build(theirs / "tied", tie_word_embeddings=True), "the cat sat")


@pytest.mark.parametrize("kind", ["t5", "mamba", "gemma", None])
def test_other_kinds_get_a_sentence(theirs, kind) -> None:
    folder = build(theirs / "other")
    config = (folder / "config.json").read_text().replace('"llama"', "null" if kind is None else f'"{kind}"')
    (folder / "config.json").write_text(config)
    with pytest.raises(Wrong, match="the GPT room shows"):
        trace(Request("the cat", "local:other"))


@pytest.mark.parametrize("shape", [{"num_hidden_layers": 0}, {"max_position_embeddings": 1}])
def test_a_model_without_layers_or_room_gets_a_sentence(theirs, shape) -> None:
    build(theirs / "small", **shape)
    with pytest.raises(Wrong, match="nothing to show"):
        trace(Request("the cat", "local:small"))


def test_a_folder_without_tokenizer_gets_a_sentence(theirs) -> None:
    folder = build(theirs / "mute")
    for file in folder.glob("tokenizer*"):
        file.unlink()
    with pytest.raises(Wrong, match="no tokenizer"):
        trace(Request("the cat", "local:mute"))


# ---- spelling and decoding


@pytest.mark.parametrize("speller", SPELLERS)
def test_appended_ids_read_as_the_tokenizer_decodes_them(speller) -> None:
    """Any ids whatever; only a letter that is incomplete at the end is held back."""
    tokenizer, rng = SPELLERS[speller](), random.Random(0)
    before = tokenizer("the cat").input_ids
    for _ in range(300):
        more = [rng.randrange(len(tokenizer)) for _ in range(rng.randrange(1, 14))]
        text, ends = written(tokenizer, before, more)
        whole = tokenizer.decode([*before, *more], skip_special_tokens=True, clean_up_tokenization_spaces=False)
        assert f"the cat{text}" == whole.rstrip("\ufffd")
        assert len(ends) == len(more) and ends[-1] == len(text) and ends == sorted(ends)


@pytest.mark.parametrize("speller", SPELLERS)
def test_what_is_encoded_and_appended_is_the_same_text(speller) -> None:
    """Token by token as it is streamed, for a text that the tokenizer knows."""
    tokenizer = SPELLERS[speller]()
    ids = tokenizer("the cat sat the cat").input_ids
    said = ""
    for at, id in enumerate(ids):
        said += added(tokenizer, ids[:at], id)
    assert said == "the cat sat the cat" == decoded(tokenizer, ids)


def test_a_letter_in_bytes_is_whole(theirs) -> None:
    gpt = open_gpt(build(theirs / "pieces", speller=pieces))
    read = encode("the cat é🐈", gpt).tokens
    assert read.texts == ("<s>", "␣the", "␣cat", "␣", "<C3>", "<A9>", "<F0>", "<9F>", "<90>", "<88>")
    assert read.special == (True, *[False] * 9)
    assert read.text[slice(*read.spans[1])] == "the" and read.text[slice(*read.spans[2])] == " cat"
    assert {read.text[slice(*span)] for span in read.spans[6:]} == {"🐈"}
    bytes_of_cat = encode("🐈", gpt).tokens.ids[-4:]
    more = encode("the", gpt, bytes_of_cat).tokens
    assert more.text == "the🐈" and more.spans[-4:] == ((3, 4),) * 4


def test_spaces_at_the_beginning_are_seen() -> None:
    tokenizer = pieces()
    names = {spell(tokenizer, tokenizer.convert_tokens_to_ids(name)) for name in ("▁the", "▁", "he")}
    assert names == {"␣the", "␣", "he"}


def test_the_token_a_tokenizer_puts_in_front_stands_once(theirs) -> None:
    gpt = open_gpt(build(theirs / "pieces", speller=pieces))
    assert encode("the", gpt, start=True).tokens.ids == encode("the", gpt).tokens.ids
    assert encode("", gpt).tokens.ids[0] == 1


def test_special_tokens_that_only_the_tokenizer_knows_are_plain_text_when_typed(theirs) -> None:
    def speller():
        made = pieces()
        made.backend_tokenizer.add_special_tokens(["<|turn|>"])
        return made

    gpt = open_gpt(build(theirs / "turns", speller=speller))
    turn = gpt.tokenizer.convert_tokens_to_ids("<|turn|>")
    read = encode("the <|turn|> cat </s>", gpt).tokens
    assert turn not in read.ids and 2 not in read.ids
    assert encode("the", gpt, (turn,)).tokens.special[-1] and encode("the", gpt, (turn,)).tokens.text == "the"


# ---- chat templates

TEMPLATES = {
    "chatml": "{% for m in messages %}{{'<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>' + '\n'}}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}",
    "with a system": "{% if messages[0]['role'] != 'system' %}{{ '<|system|>You are kind.\n' }}{% endif %}"
    "{% for m in messages %}{{ bos_token + m.content | trim }}{% endfor %}",
    "loops": "{%- for m in messages -%}\n    {%- if loop.index0 > 3 %}{% break %}{% endif %}\n{{ m | tojson }}"
    "{%- endfor %}{% set ns = namespace(n=1) %}{% set ns.n = ns.n + 1 %}{{ ns.n }}",
    "marked": "{% for m in messages %}{% generation %}{{ m['content'] }}{% endgeneration %}{{ eos_token }}{% endfor %}",
    "nothing else": "{% if tools %}T{% endif %}{% if documents is defined and documents %}D{% endif %}"
    "{{ messages[-1]['content'][:5] }}",
}


@pytest.mark.parametrize("name", TEMPLATES)
def test_templates_are_filled_in_as_transformers_does(name) -> None:
    tokenizer = pieces(chat_template=TEMPLATES[name])
    messages = [{"role": "user", "content": " the <cat> & é 你 🐈 "}]
    ours = chats.FILLER.fill(tokenizer.get_chat_template(), messages, tokenizer.special_tokens_map)
    assert ours == tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)


HOSTILE = {
    "never ends": "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
    "a gigabyte": "{{ 'a' * 1000000000 }}",
    "long": "{{ 'a' * 300000 }}",
    "grows": "{% set n = namespace(s='aaaaaaaa') %}{% for i in range(60) %}{% set n.s = n.s ~ n.s %}{% endfor %}",
    "looks around": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "broken": "{% for",
    "refuses": "{{ raise_exception('Only with a system message') }}",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_templates_get_a_sentence_in_seconds(theirs, name, monkeypatch) -> None:
    monkeypatch.setattr(chats, "SECONDS", 1.5)
    build(theirs / "talks", speller=lambda: pieces(chat_template=HOSTILE[name]))
    trace(Request("the", "local:talks"))  # opened: only the template takes time now
    start = time.monotonic()
    for _ in range(2):
        with pytest.raises(Wrong, match="chat template cannot be used"):
            trace(Request("the", "local:talks", chat=True))
    assert time.monotonic() - start < 6
    fine = chats.FILLER.fill("{{ messages[0]['content'] }}", [{"role": "user", "content": "a"}], {})
    assert fine == "a"  # whoever comes next is answered


def test_a_talk_is_the_template_around_what_is_said(theirs) -> None:
    folder = build(theirs / "talks", speller=lambda: pieces(chat_template=TEMPLATES["with a system"]))
    told = trace(Request("the cat", "local:talks", chat=True)).tokens
    tokenizer = AutoTokenizer.from_pretrained(folder)
    messages = [{"role": "user", "content": "the cat"}]
    assert list(told.ids) == tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_dict=False)
