"""Which tokens of the text mattered for what comes next, asked in five ways.

What is explained is one logit after the last token, or the difference of two: why this token rather than that one (Yin
and Neubig 2022, "Interpreting Language Models with Contrastive Explanations"). Attention rollout and value-weighted
attention follow what the layers mix and know of no target; gradient x input and integrated gradients (Sundararajan et
al. 2017) ask how the logit changes with the word embeddings; occlusion takes one token away after the other.

GPT was never shown a token that says "nothing here", as BERT was with [MASK] and [PAD]. What stands in a token's place
is the mean of all word vectors of the model: no word in particular, and every other token stays where it was, so that
positions mean the same. Other choices: zeros, or the token that begins a text; and for occlusion, that nobody looks at
the token any more.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from playground.core import store
from playground.core.chances import softmax
from playground.core.checks import check_place
from playground.core.memo import memo
from playground.core.words import Wrong, letters
from playground.families.gpt import surgery
from playground.families.gpt.model import Encoded, Gpt, open_gpt, spell
from playground.families.gpt.trace import Pass, Request, forward, look
from playground.families.gpt.words import Word, words_of
from playground.nn import attribution
from playground.nn import mattered as ways
from playground.nn.mattered import Part, Refused, Score, Step

METHODS = ("rollout", "valued", "gradient", "integrated", "occlusion")
BASELINES = ("mean", "zero", "start")
ABSENT = ("mean", "unseen")


@dataclass(frozen=True)
class Why:
    """Why does the model give `target` its logit (rather than `against`)? None: its first choice."""

    request: Request
    target: int | None = None
    against: int | None = None
    steps: int = 32  # of integrated gradients
    baseline: str = "mean"  # what integrated gradients start from
    absent: str = "mean"  # what occlusion puts in a token's place; "unseen": nobody looks at it

    def __post_init__(self) -> None:
        object.__setattr__(self, "request", replace(self.request, top=1))
        attribution.check(self.steps, self.baseline, BASELINES)
        if self.absent not in ABSENT:
            raise Wrong(
                f"Occlusion takes a token away as one of: {', '.join(ABSENT)}.",
                f"遮挡的方式只能是：{'、'.join(ABSENT)}。",
            )


def settle_why(why: Why) -> Why:
    """With a target that exists. Raises Wrong."""
    done = forward(why.request)
    target = int(done.logits.argmax()) if why.target is None else why.target
    for id in (target, *(() if why.against is None else (why.against,))):
        check_place("vocabulary entry", "词表条目", id, done.facts.vocabulary)
    if target == why.against:
        raise Wrong("A token cannot be compared with itself.", "一个词元不能和它自己比较。")
    return replace(why, target=target)


def aim(why: Why) -> int:
    if why.target is None:
        raise ValueError("settle it first")
    return why.target


@dataclass(frozen=True)
class Candidate:
    """A token that may come next, and what the model gives it."""

    id: int
    name: str
    logit: float
    chance: float
    rank: int  # 1 is the first place


def candidates(request: Request, ids: list[int]) -> list[Candidate]:
    """`ids` must exist."""
    done = forward(replace(request, top=1))
    chances = softmax(done.logits)
    with store.using(request.model, open_gpt) as gpt:
        names = [spell(gpt.tokenizer, id) for id in ids]
    return [
        Candidate(id, name, float(done.logits[id]), float(chances[id]), 1 + int((done.logits > done.logits[id]).sum()))
        for id, name in zip(ids, names, strict=True)
    ]


def best_next(request: Request, most: int = 10) -> list[Candidate]:
    done = forward(replace(request, top=1))
    return candidates(request, [int(id) for id in np.argsort(-done.logits, kind="stable")[:most]])


def first_of(request: Request, text: str) -> tuple[Candidate, int]:
    """The first token of what somebody typed, and how many tokens it makes. Raises Wrong if it makes none."""
    with store.using(request.model, open_gpt) as gpt:
        ids = gpt.tokenizer.encode(letters(text), add_special_tokens=False)
    if not ids:
        raise Wrong("Type the token to ask about.", "请输入要问的词元。")
    return candidates(request, ids[:1])[0], len(ids)


# ---- what is asked about


def open_tokens(encoded: Encoded) -> list[int]:
    """Positions of the tokens that can be taken away: all but special ones."""
    return [at for at, special in enumerate(encoded.tokens.special) if not special]


def units(encoded: Encoded) -> list[tuple[int, ...]]:
    """What occlusion hides together: every token, then every word of several tokens."""
    words = [word.pieces for word in words_of(encoded.tokens) if len(word.pieces) > 1]
    return [*((at,) for at in open_tokens(encoded)), *words]


def asked_of(gpt: Gpt, why: Why, **given: Any) -> Tensor:
    """[row], the logit after the last token, or the difference of two; keeps gradients."""
    logits = gpt.net(**given, use_cache=False, logits_to_keep=1).logits[:, -1]
    said = logits[:, aim(why)]
    return said if why.against is None else said - logits[:, why.against]


def stand_in(gpt: Gpt, name: str) -> Tensor:
    """[feature], what stands in a token's place. Raises Wrong if this model has none."""
    table = gpt.net.get_input_embeddings().weight
    if name == "start":
        if gpt.start is None:
            raise Wrong("This model has no token that begins a text.", "这个模型没有表示文本开头的词元。")
        return table[gpt.start]
    return table.mean(0) if name == "mean" else torch.zeros_like(table[0])


def embeddings(gpt: Gpt, encoded: Encoded, name: str) -> tuple[Tensor, Tensor]:
    """[1 token feature] of the text, and of a text of stand-ins, in which special tokens stay."""
    with torch.no_grad():
        embedded = gpt.net.get_input_embeddings()(torch.tensor([encoded.tokens.ids]))
        start = embedded.clone()
        start[:, open_tokens(encoded)] = stand_in(gpt, name)
    return embedded, start


# ---- the methods, in parts


def parts(why: Why, method: str) -> int:
    """Into how many parts a method falls. Raises Wrong where it cannot be asked."""
    encoded = forward(why.request).encoded
    if method in ("rollout", "valued"):
        look(why.request)
    if method == "integrated":
        with store.using(why.request.model, open_gpt) as gpt:
            stand_in(gpt, why.baseline)
    return attribution.parts(method, len(encoded.tokens), why.steps, len(units(encoded)))


@memo(1024)
def part(asked: Part[Why]) -> np.ndarray:
    done = forward(asked.why.request)
    with store.using(asked.why.request.model, open_gpt) as gpt:
        return WHY_WAYS[asked.method](gpt, done, asked.why, asked.at)


def rollout(_gpt: Gpt, _done: Pass, why: Why, _at: int) -> np.ndarray:
    """[token]: shares of what the last token is made of, if layers only mixed."""
    return ways.rollout(ways.mixed(look(why.request).attention.weights.mean(1)))[-1]


def valued(gpt: Gpt, done: Pass, why: Why, _at: int) -> np.ndarray:
    """[token]: rollout of how long the moved vectors are, instead of how large the weights."""
    weights = look(why.request).attention.weights
    lengths = [ways.moved(layer, moving) for layer, moving in zip(weights, vectors(gpt, done), strict=True)]
    return ways.rollout(ways.mixed(np.stack(lengths)))[-1]


def vectors(gpt: Gpt, done: Pass) -> list[np.ndarray]:
    """For each layer [head token feature]: what each head would add of each token alone, value times projection."""
    mine, heads = surgery.doubled(gpt), done.facts.heads
    places = {layer: (surgery.value_of(mine, layer)[0], False) for layer in range(done.facts.layers)}
    found = []
    with torch.inference_mode(), surgery.listening(places) as heard:
        mine.net(input_ids=torch.tensor([done.encoded.tokens.ids]), use_cache=False, logits_to_keep=1)
        for layer, block in enumerate(mine.layers):
            values = surgery.value_of(mine, layer)[1](heard[layer])[0]  # [token keyhead width]
            values = values.repeat_interleave(heads // values.shape[1], 1)
            output = surgery.matrix(surgery.joint(block)).unflatten(-1, (heads, -1))
            found.append(torch.einsum("tnd,ond->nto", values, output).float().numpy())
    return found


def gradient(gpt: Gpt, done: Pass, why: Why, _at: int) -> np.ndarray:
    """[token]: word embedding times its gradient, summed over features."""
    embedded, _ = embeddings(gpt, done.encoded, "zero")
    return attribution.gradient(said_of(gpt, why), embedded)


def integrated(gpt: Gpt, done: Pass, why: Why, at: int) -> np.ndarray:
    """[token]: the share of this part; the parts add up to the method's answer."""
    embedded, start = embeddings(gpt, done.encoded, why.baseline)
    return attribution.integrated(said_of(gpt, why), embedded, start, why.steps, at)


def said_of(gpt: Gpt, why: Why) -> attribution.Said:
    return lambda embedded: asked_of(gpt, why, inputs_embeds=embedded)


@memo(64)
def why_ends(why: Why) -> tuple[float, float]:
    """What is asked of the text and of the baseline of integrated gradients: their difference is to be explained."""
    done = forward(why.request)
    with store.using(why.request.model, open_gpt) as gpt, torch.no_grad():
        said = said_of(gpt, why)(torch.cat(embeddings(gpt, done.encoded, why.baseline)))
    return said[0].item(), said[1].item()


def occlusion(gpt: Gpt, done: Pass, why: Why, at: int) -> np.ndarray:
    """[unit of this part]: what the logit (or the difference) loses without the unit's tokens."""
    here = attribution.hidden(units(done.encoded), len(done.encoded.tokens), at)
    with torch.inference_mode():
        whole_text, without = UNDONE[why.absent](gpt, done.encoded, here)
        said = asked_of(gpt, why, **whole_text).double()
        less = asked_of(gpt, why, **without).double()
    return (said[0] - less).numpy()


def replaced(gpt: Gpt, encoded: Encoded, here: attribution.Units) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """The text, and a row for each unit with the mean word vector in its place."""
    embedded, blank = embeddings(gpt, encoded, "mean")
    hidden = torch.zeros(len(here), len(encoded.tokens), 1, dtype=torch.bool)
    for row, places in enumerate(here):
        hidden[row, list(places)] = True
    return {"inputs_embeds": embedded}, {"inputs_embeds": torch.where(hidden, blank, embedded)}


def unseen(gpt: Gpt, encoded: Encoded, here: attribution.Units) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """The text, and a row for each unit that nobody looks at. The last token has to see itself: it stays."""
    ids = torch.tensor([encoded.tokens.ids])
    mask = torch.ones(len(here), ids.shape[1], dtype=torch.long)
    for row, places in enumerate(here):
        mask[row, [at for at in places if at < ids.shape[1] - 1]] = 0
    return {"input_ids": ids}, {"input_ids": ids.expand(len(here), -1), **masked(gpt, mask)}


def masked(gpt: Gpt, mask: Tensor) -> dict[str, Tensor]:
    """`mask` [row token] as the model takes it. Positions stay, save in BLOOM, which counts what it sees."""
    given = {"attention_mask": mask}
    if gpt.net.config.model_type == "opt":  # it would count again too, if it were not told
        given["position_ids"] = torch.arange(mask.shape[1]).expand(len(mask), -1)
    return given


UNDONE = {"mean": replaced, "unseen": unseen}
WHY_WAYS: dict[str, Callable[[Gpt, Pass, Why, int], np.ndarray]] = {
    "rollout": rollout, "valued": valued, "gradient": gradient, "integrated": integrated, "occlusion": occlusion,
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


def why_score(why: Why, method: str) -> Score:
    """One method at once. Raises Wrong."""
    why = settle_why(why)
    return gathered(why, method, [part(Part(why, method, at)) for at in range(parts(why, method))])


def gathered(why: Why, method: str, found: list[np.ndarray]) -> Score:
    encoded = forward(why.request).encoded
    words = [word.pieces for word in spoken(why.request)]
    return ways.gathered(method, found, units(encoded), words, len(encoded.tokens))


def spoken(request: Request) -> tuple[Word, ...]:
    """The words of the text."""
    return words_of(forward(replace(request, top=1)).encoded.tokens)


def why_accord(why: Why, scores: list[Score], words: bool) -> ways.Accord | None:
    """None where fewer than two places or methods are left to compare."""
    places = range(len(spoken(why.request))) if words else open_tokens(forward(why.request).encoded)
    return ways.accord(scores, places, words)
