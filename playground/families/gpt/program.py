"""Programs that print, without this playground, what the page shows. Each runs as it stands; tests run them."""

from collections.abc import Mapping
from typing import Any

from playground.core import store
from playground.families import gpt

HEAD = """\
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig

name = {name!r}{beside}
tokenizer = AutoTokenizer.from_pretrained(name)
model = AutoModelForCausalLM.from_pretrained(name, dtype=torch.float32).eval()
model.generation_config = GenerationConfig(eos_token_id={ends}, pad_token_id={pad})  # no settings but these below

{ids}
"""
WRITE = """\
torch.manual_seed({seed})
written = model.generate(
    ids, attention_mask=torch.ones_like(ids), max_new_tokens={tokens}{stop},
    {settings},
)
print(tokenizer.decode(written[0], skip_special_tokens=True, clean_up_tokenization_spaces=False))
"""
SEARCH = """\
found = model.generate(
    ids, attention_mask=torch.ones_like(ids), max_new_tokens={steps}, do_sample=False,
    num_beams={width}, num_return_sequences={width}, length_penalty={penalty}, early_stopping=False,
    return_dict_in_generate=True, output_scores=True,
)
for sequence, score in zip(found.sequences, found.sequences_scores):
    print(round(score.item(), 4), repr(tokenizer.decode(sequence, skip_special_tokens=True)))
"""


def head(begun: Any) -> str:
    """Opens the model and reads the text: by its words where that gives the same tokens, else by its ids."""
    model = begun.request.model
    ends, plain = gpt.ends_of(model), gpt.reads_alike(begun)
    given = "tokenizer(text, return_tensors='pt').input_ids" if plain else f"torch.tensor([{list(begun.tokens.ids)}])"
    text = f"text = {begun.tokens.text!r}\n" if plain else ""
    return HEAD.format(
        name=store.where(model), beside=store.beside(model), ids=f"{text}ids = {given}  # {len(begun.tokens)} tokens",
        ends=list(ends) or None, pad=ends[0] if ends else 0,
    )  # fmt: skip


def write(asked: Any, begun: Any) -> str:
    """The call of `generate` that writes the same text."""
    stop = ', stop_strings="\\n", tokenizer=tokenizer' if asked.line else ""
    settings = ", ".join(f"{name}={value!r}" for name, value in short(asked.settings.call()).items())
    return f"{head(begun)}\n" + WRITE.format(seed=asked.settings.seed, tokens=begun.new, stop=stop, settings=settings)


NEUTRAL: dict[str, Any] = {"min_p": 0.0, "typical_p": 1.0, "top_p": 1.0, "repetition_penalty": 1.0}


def short(call: Mapping[str, Any]) -> dict[str, Any]:
    """Without the settings that are off by transformers' own defaults; its top_k is not."""
    return {name: value for name, value in call.items() if name not in NEUTRAL or value != NEUTRAL[name]}


def search(asked: Any, begun: Any) -> str:
    """The call of `generate` that finds the same texts with the same scores."""
    return f"{head(begun)}\n" + SEARCH.format(steps=begun.new, width=asked.width, penalty=asked.penalty)
