"""The shortest program without this playground that prints what a fine-tuned head says. It runs as it stands."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Source:
    """Where a model lies: a folder, or the id of a Hub model."""

    name: str
    remark: str = ""  # a comment of Python, after the name
    base: str = ""  # the folder of the encoder whose weights the model's own ones replace


AUTOS = {
    "classes": "ForSequenceClassification",
    "tags": "ForTokenClassification",
    "answer": "ForQuestionAnswering",
}
WHOLE = """\
import torch
from transformers import AutoModel{head}, AutoTokenizer

name = {name!r}{remark}
tokenizer = AutoTokenizer.from_pretrained(name)
model = AutoModel{head}.from_pretrained(
    name, dtype=torch.float32, attn_implementation="eager").eval()
"""
TUNED = """\
import torch
from safetensors.torch import load_file
from transformers import AutoTokenizer, BertConfig, Bert{head}

base, name = {base!r}, {name!r}
tokenizer = AutoTokenizer.from_pretrained(base)
model = Bert{head}(BertConfig.from_pretrained(name)).eval()
weights = load_file(f"{{base}}/model.safetensors")
weights |= load_file(f"{{name}}/model.safetensors")  # only what fine-tuning changed
model.load_state_dict(weights, strict=False)  # the heads of pre-training find no place
"""
INPUTS = """
inputs = tokenizer(
    {texts},
    return_tensors="pt"{cut})
with torch.no_grad():
    output = model(**inputs)
"""
CLASSES = """
chances = output.logits[0].{rule}
for i in chances.argsort(descending=True)[:{top}].tolist():
    print(model.config.id2label[i], chances[i].item())
"""
VALUE = """
print(output.logits.item())
"""
TAGS = """
chances, tags = output.logits[0].softmax(-1).max(-1)
for piece, tag, chance in zip(inputs.tokens(), tags.tolist(), chances.tolist()):
    print(piece, model.config.id2label[tag], chance)  # a word has the tag of its first piece
"""
ANSWER = """
inside = torch.tensor([side == 1 for side in inputs.sequence_ids(0)])  # the passage
first = inputs.input_ids[0].tolist().index(tokenizer.cls_token_id)
fits = (inside[:, None] & inside).triu().tril({most})  # [start end]: not too long
fits[first, first] = True  # no answer
scores = output.start_logits[0][:, None] + output.end_logits[0]
chances = scores.masked_fill(~fits, -torch.inf).flatten().softmax(-1)
for i in chances.argsort(descending=True)[:{top}].tolist():
    start, end = divmod(i, len(inside))
    print(chances[i].item(), tokenizer.decode(inputs.input_ids[0, start:end + 1]))
"""


def program(use: Any, seen: Any, said: Any, source: Source) -> str:
    """`use`, `seen` and `said`: what was asked, look(use.asked) and read(use) of playground.families.bert.use."""
    facts, (first, second) = seen.done.facts, seen.plain
    opened = (TUNED if source.base else WHOLE).format(head=AUTOS[facts.use], **vars(source))
    inputs = INPUTS.format(
        texts=f"{first!r},\n    {second!r}" if second.strip() else f"{first!r}",
        cut=f", truncation=True, max_length={facts.positions}" if seen.done.encoded.tokens.cut else "",
    )
    if facts.use == "tags":
        return opened + inputs + TAGS
    if facts.use == "answer":
        return opened + inputs + ANSWER.format(most=use.longest - 1, top=use.asked.top)
    if said.kind == "value":
        return opened + inputs + VALUE
    rule = "sigmoid()" if said.kind == "many" else "softmax(-1)"
    return opened + inputs + CLASSES.format(rule=rule, top=use.asked.top)
