"""Which words mattered for one logit, asked in six ways.

Attention rollout, attention flow and value-weighted attention follow what the layers mix; gradient x input and
integrated gradients (Sundararajan et al. 2017) ask how the logit changes with the word embeddings; occlusion hides one
token after the other. Each is computed in parts that are remembered, so that a page can be told how far it is and a
question that was left is taken up where it stopped. Nothing is hooked into the net: embeddings are handed to it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from playground.core import limits, store
from playground.core.memo import memo
from playground.core.words import Text, Wrong
from playground.families.bert.answers import Choice, chosen
from playground.families.bert.model import Bert, Encoded, Word, open_bert
from playground.families.bert.target import Target, check, choices, usual
from playground.families.bert.trace import Pass, Request, forward, inputs
from playground.nn import attribution
from playground.nn import mattered as ways
from playground.nn.mattered import Part, Refused, Score, Step

METHODS = ("rollout", "flow", "valued", "gradient", "integrated", "occlusion")
SIGNED = ("gradient", "integrated", "occlusion")
BASELINES = ("pad", "mask", "zero")
KEYS = 16  # inputs that the flow is asked for at a time


@dataclass(frozen=True)
class Why:
    """Why does the model give `target` its logit? None: what one most likely asks about."""

    request: Request
    target: Target | None = None
    steps: int = 32  # of integrated gradients
    baseline: str = "pad"  # what integrated gradients start from

    def __post_init__(self) -> None:
        object.__setattr__(self, "request", replace(self.request, top=1))
        attribution.check(self.steps, self.baseline, BASELINES)


NOTHING = Text(
    "There is nothing to explain yet: hide a word, or give a second text.",
    "还没有可以解释的内容：请先藏起一个词，或输入第二段文字。",
)


def settled(why: Why) -> Why:
    """With a target that exists. Raises Wrong."""
    done = forward(why.request)
    target = usual(done) if why.target is None else why.target
    if target is None:
        raise Wrong(*NOTHING)
    check(target, done)
    if target.kind == "word" and target.at not in done.encoded.gaps:
        raise Wrong(f"Token {target.at} is no gap.", f"第 {target.at} 个词元不是空。")
    return replace(why, target=target)


def aim(why: Why) -> Target:
    if why.target is None:
        raise ValueError("settle it first")
    return why.target


# ---- what is asked about


def looking(done: Pass, target: Target, net: Any) -> int:
    """The token in which the head reads the answer."""
    if target.kind in ("word", "tag"):
        return target.at
    if target.kind in ("start", "end"):
        return target.index
    last = done.facts.kind == "xlnet" and getattr(net.config, "summary_type", "last") == "last"
    return len(done.encoded.tokens) - 1 if last else 0


def open_tokens(encoded: Encoded) -> list[int]:
    """Positions of the tokens that can be taken away: neither special nor gaps."""
    gaps = set(encoded.gaps)
    return [at for at, special in enumerate(encoded.tokens.special) if not special and at not in gaps]


def open_words(encoded: Encoded) -> list[Word]:
    gaps = set(encoded.gaps)
    return [word for word in encoded.words if not gaps & set(word.pieces)]


def units(encoded: Encoded) -> list[tuple[int, ...]]:
    """What occlusion hides together: every open token, then every open word of several pieces."""
    words = [word.pieces for word in open_words(encoded) if len(word.pieces) > 1]
    return [*((at,) for at in open_tokens(encoded)), *words]


def blank(tokenizer: Any) -> int:
    """What stands for a token that is taken away: the mask, else unknown, else padding."""
    ids = (tokenizer.mask_token_id, tokenizer.unk_token_id, tokenizer.pad_token_id, 0)
    return next(id for id in ids if id is not None)


def logit(bert: Bert, given: dict[str, Tensor], target: Target) -> Tensor:
    """[row] of the batch; `given` has input_ids or inputs_embeds."""
    rows = next(iter(given.values())).shape[0]
    spread = {name: tensor.expand(rows, *tensor.shape[1:]) for name, tensor in given.items()}
    return choices(bert, bert.net(**spread), target)[:, target.index]


# ---- the methods, in parts


def parts(why: Why, method: str) -> int:
    """Into how many parts a method falls. Raises Wrong where it cannot be asked."""
    encoded = forward(why.request).encoded
    count = len(encoded.tokens)
    if method == "flow":
        if count > limits.FLOW_TOKENS:
            raise too_long(count)
        return -(-count // KEYS)
    return attribution.parts(method, count, why.steps, len(units(encoded)))


def too_long(count: int) -> Wrong:
    most = limits.FLOW_TOKENS
    return Wrong(
        f"Attention flow takes too long beyond {most} tokens; here are {count}.",
        f"超过 {most} 个词元时，注意力流计算太慢；这里有 {count} 个。",
    )


@memo(1024)
def part(asked: Part[Why]) -> np.ndarray:
    done = forward(asked.why.request)
    with store.using(asked.why.request.model, open_bert) as bert:
        return WAYS[asked.method](bert, done, asked.why, asked.at)


def _layers(done: Pass) -> np.ndarray:
    return ways.mixed(done.attention.mean(1))


def rollout(bert: Bert, done: Pass, why: Why, _at: int) -> np.ndarray:
    """[token]: shares of what the token that is read is made of, if layers only mixed."""
    return ways.rollout(_layers(done))[looking(done, aim(why), bert.net)]


def flow(bert: Bert, done: Pass, why: Why, at: int) -> np.ndarray:
    """[key of this part]"""
    keys = range(at * KEYS, min((at + 1) * KEYS, len(done.encoded.tokens)))
    return ways.flow(_layers(done), looking(done, aim(why), bert.net), keys)


def valued(bert: Bert, done: Pass, why: Why, _at: int) -> np.ndarray:
    """[token]: rollout of how long the moved vectors are, instead of how large the weights."""
    with torch.inference_mode():
        lengths = [
            ways.moved(done.attention[layer], heads_of(bert.net, layer, torch.tensor(done.states[layer])).numpy())
            for layer in range(len(done.states))
        ]
    return ways.rollout(ways.mixed(np.stack(lengths)))[looking(done, aim(why), bert.net)]


def heads_of(net: Any, layer: int, x: Tensor) -> Tensor:
    """[head token feature]: what each head would add of each token alone: its value, through the output projection."""
    kind, count = net.config.model_type, net.config.num_attention_heads
    if kind == "xlnet":
        attention = net.base_model.layer[layer].rel_attn
        return torch.einsum("th,hnd,ond->nto", x, attention.v, attention.o)
    value, output = value_of(net, layer)
    values = value(x).unflatten(-1, (count, -1))  # [token head feature]
    return torch.einsum("tnd,ond->nto", values, output.weight.unflatten(-1, (count, -1)))


def value_of(net: Any, layer: int) -> tuple[Callable[[Tensor], Tensor], nn.Linear]:
    """The value projection of one layer and its output projection."""
    from playground.families.bert.inside import parts as parts_of

    kind = net.config.model_type
    if kind not in ("deberta", "deberta-v2"):
        found = parts_of(net, layer)
        return found.value, found.output
    attention = net.base_model.encoder.layer[layer].attention
    own, output = attention.self, attention.output.dense
    if kind == "deberta-v2":
        return own.value_proj, output

    def value(x: Tensor) -> Tensor:
        """Queries, keys and values of a head lie side by side in one map."""
        three = own.in_proj(x).unflatten(-1, (own.num_attention_heads, -1)).chunk(3, -1)
        return three[2].flatten(-2) + own.v_bias

    return value, output


def gradient(bert: Bert, done: Pass, why: Why, _at: int) -> np.ndarray:
    """[token]: word embedding times its gradient, summed over features."""
    embedded, _ = embeddings(bert, done.encoded, why.baseline)
    return attribution.gradient(said_of(bert, done, why), embedded)


def said_of(bert: Bert, done: Pass, why: Why) -> attribution.Said:
    rest = {name: tensor for name, tensor in inputs(bert, done.encoded).items() if name != "input_ids"}
    return lambda embedded: logit(bert, {"inputs_embeds": embedded, **rest}, aim(why))


def embeddings(bert: Bert, encoded: Encoded, baseline: str) -> tuple[Tensor, Tensor]:
    """[1 token feature] of the text and of the baseline, in which special tokens and gaps stay."""
    ids = torch.tensor([encoded.tokens.ids])
    tokenizer = bert.tokenizer
    with torch.no_grad():
        table = bert.net.get_input_embeddings()
        embedded = table(ids)
        start, places = embedded.clone(), open_tokens(encoded)
        if baseline == "zero":
            start[:, places] = 0
        else:
            id = tokenizer.mask_token_id if baseline == "mask" else tokenizer.pad_token_id
            start[:, places] = table(torch.tensor(blank(tokenizer) if id is None else id))
    return embedded, start


def integrated(bert: Bert, done: Pass, why: Why, at: int) -> np.ndarray:
    """[token]: the share of this part; the parts add up to the method's answer."""
    embedded, start = embeddings(bert, done.encoded, why.baseline)
    return attribution.integrated(said_of(bert, done, why), embedded, start, why.steps, at)


@memo(64)
def ends(why: Why) -> tuple[float, float]:
    """The logit of the text and of the baseline of integrated gradients: their difference is to be explained."""
    done = forward(why.request)
    with store.using(why.request.model, open_bert) as bert, torch.no_grad():
        said = said_of(bert, done, why)(torch.cat(embeddings(bert, done.encoded, why.baseline)))
    return said[0].item(), said[1].item()


def occlusion(bert: Bert, done: Pass, why: Why, at: int) -> np.ndarray:
    """[unit of this part]: what the logit loses when the unit's tokens are masked."""
    here = attribution.hidden(units(done.encoded), len(done.encoded.tokens), at)
    given = inputs(bert, done.encoded)
    ids = given["input_ids"].repeat(1 + len(here), 1)
    for row, places in enumerate(here):
        ids[1 + row, list(places)] = blank(bert.tokenizer)
    with torch.inference_mode():
        said = logit(bert, {**given, "input_ids": ids}, aim(why)).double()
    return (said[0] - said[1:]).numpy()


WAYS: dict[str, Callable[[Bert, Pass, Why, int], np.ndarray]] = {
    "rollout": rollout, "flow": flow, "valued": valued, "gradient": gradient, "integrated": integrated,
    "occlusion": occlusion,
}  # fmt: skip


# ---- all of it, as it is ready


def mattering(why: Why) -> Iterator[Step | Score | Refused]:
    """Every method; `why` is settled."""
    return ways.told(
        METHODS,
        lambda method: parts(why, method),
        lambda method, at: part(Part(why, method, at)),
        lambda method, found: gathered(why, method, found),
    )


def score(why: Why, method: str) -> Score:
    """One method at once. Raises Wrong."""
    why = settled(why)
    return gathered(why, method, [part(Part(why, method, at)) for at in range(parts(why, method))])


def gathered(why: Why, method: str, found: list[np.ndarray]) -> Score:
    encoded = forward(why.request).encoded
    words = [word.pieces for word in encoded.words]
    return ways.gathered(method, found, units(encoded), words, len(encoded.tokens))


def accord(why: Why, scores: list[Score], words: bool) -> ways.Accord | None:
    """None where fewer than two places or methods are left to compare."""
    encoded = forward(why.request).encoded
    places = [encoded.words.index(word) for word in open_words(encoded)] if words else open_tokens(encoded)
    return ways.accord(scores, places, words)


def subject(why: Why) -> Choice:
    """What is explained, with its logit; `why` is settled."""
    return chosen(why.request, aim(why))
