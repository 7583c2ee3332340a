"""One layer of a causal model computed by hand beside the model's own numbers, and one token's way on to the words.

The recomputation is `nn/heads.py` in float64 on what the layer read in the forward pass. What it is held against: the
attention and hidden states of that pass, and the layer's own modules one by one.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from playground.core import store
from playground.core.chances import softmax
from playground.core.checks import check_place
from playground.core.memo import memo
from playground.families.gpt.anatomy import Parts, Voice, block, parts, voice
from playground.families.gpt.model import Gpt, open_gpt, spell
from playground.families.gpt.trace import Pass, forward, look
from playground.nn import heads
from playground.nn import inside as steps
from playground.nn.inside import Inside, Spot
from playground.nn.places import Place, Readout, Term


def read(place: Place) -> tuple[Pass, np.ndarray]:
    """The pass, and what the layer read [token feature]. Raises Wrong for places that do not exist."""
    done = forward(replace(place.request, top=1))
    place.check(done.facts.layers, done.facts.heads, len(done.encoded.tokens))
    return done, done.states[place.layer].astype(np.float64)


@memo(64)
def inside(place: Place) -> Inside:
    """Raises Wrong for places that do not exist, for a text too long to be drawn, for layers not spelled out."""
    done, x = read(place)
    seen = look(replace(place.request, top=1))
    with store.using(place.request.model, open_gpt) as gpt, torch.inference_mode():
        end = voice(gpt)
        last = place.layer + 1 == done.facts.layers
        return steps.inside(
            block(gpt, place.layer, len(x)), x, place.head, place.query,
            lambda rows: own_numbers(gpt, done, seen.attention.weights[place.layer], place, rows),
            lambda output: spoken(end, output)[-1] if last else output,
        )  # fmt: skip


def own_numbers(gpt: Gpt, done: Pass, looks: np.ndarray, place: Place, rows: range) -> dict[str, np.ndarray]:
    """The same steps as the model has them; looks: its weights [head query key]."""
    p, layer, at = parts(gpt, place.layer), place.layer, place.query
    x, weights = torch.tensor(done.states[layer]), torch.tensor(looks)
    before = getattr(gpt.net.config, "do_layer_norm_before", True)
    parallel = getattr(gpt.net.config, "use_parallel_residual", False)
    queries, keys, values = turned(gpt, p, layer, p.norm_attention(x) if before else x)
    group = len(weights) // len(keys)
    mixed = torch.stack([weights[h, at] @ values[h // group] for h in range(len(weights))])
    attended = p.output(mixed.flatten()[None])[0]
    normed = (p.norm_output if before else p.norm_attention)(x[at] if parallel else x[at] + attended)[None]
    up = p.up(normed)
    gate = None if p.gate is None else p.gate(normed)
    active = p.activation(up) if gate is None else p.activation(gate) * up
    after = done.states[layer + 1] if layer + 1 < len(done.states) else done.last
    mine = place.head // group
    told = {
        "queries": queries[place.head, list(rows)], "keys": keys[mine], "values": values[mine],
        "weights": weights[place.head, list(rows)], "mixed": mixed[place.head], "attended": attended,
        "normed": normed[0], "up": up[0], "active": active[0], "down": p.down(active)[0],
        "output": torch.tensor(after[at]), **({} if gate is None else {"gate": gate[0]}),
    }  # fmt: skip
    return {name: tensor.numpy() for name, tensor in told.items()}


def turned(gpt: Gpt, p: Parts, layer: int, reads: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Queries, keys and values [head token width] from the model's own modules and its own function that turns them."""
    width = gpt.net.config.hidden_size // gpt.net.config.num_attention_heads
    width = getattr(gpt.net.config, "head_dim", None) or width
    split = [module(reads)[:, own].reshape(len(reads), -1, width) for module, own in p.maps]
    norms = p.norm_query, p.norm_key, None
    queries, keys, values = (
        (each if norm is None else norm(each)).transpose(0, 1) for each, norm in zip(split, norms, strict=True)
    )
    module = getattr(gpt.net.base_model, "rotary_emb", None)
    if module is not None and getattr(gpt.net.config, "no_rope_layers", [1] * (layer + 1))[layer]:
        turn = sys.modules[type(gpt.layers[layer]).__module__].apply_rotary_pos_emb
        cos, sin = module(reads, torch.arange(len(reads))[None])
        own, rest = slice(cos.shape[-1]), slice(cos.shape[-1], None)
        both = turn(queries[None, ..., own], keys[None, ..., own], cos, sin)
        queries, keys = (
            torch.cat((each[0], was[..., rest]), -1) for each, was in zip(both, (queries, keys), strict=True)
        )
    return queries, keys, values


# ---- from the last layer to the words


@dataclass(frozen=True, eq=False)
class Outcome:
    """One token's vector from layer to layer, and what the last one says comes next."""

    states: np.ndarray  # [layer+1 feature]; the last one is what the last layer gives
    normed: np.ndarray | None  # [feature]; None: this model has no last normalisation
    narrow: np.ndarray | None  # [narrow feature]; None: tokens are as wide as layers
    norm: heads.Scaling | None
    centred: bool  # LayerNorm; else RMSNorm
    ids: tuple[int, ...]  # best first, then the token asked for, if it is not among them
    words: tuple[str, ...]
    logits: np.ndarray  # [word]
    chances: np.ndarray  # [word]
    difference: float  # max |by hand - the model's own| over the logits of the whole vocabulary
    compared: int  # logits


PIECE = 8_192  # words at a time: a whole vocabulary in float64 would take a gigabyte


@memo(64)
def readout(asked: Readout) -> Outcome:
    """Raises Wrong for a token or a word that does not exist."""
    done = forward(replace(asked.request, top=1))
    asked.check(len(done.encoded.tokens), done.facts.vocabulary)
    x = done.states[-1].astype(np.float64)
    with store.using(asked.request.model, open_gpt) as gpt, torch.inference_mode():
        output = heads.block(block(gpt, done.facts.layers - 1, len(x)), x, [asked.token]).output[0]
        end = voice(gpt)
        normed, narrow, said = spoken(end, output)
        logits = scores(end.words, said)
        told = own_logits(gpt, done, asked.token)
        ids = steps.words_of(logits, asked.word)
        words = tuple(spell(gpt.tokenizer, id) for id in ids)
    return Outcome(
        states=np.concatenate([done.states[:, asked.token], output[None]]),
        normed=normed,
        narrow=narrow,
        norm=None if end.norm is None else end.norm.scaling(output),
        centred=end.norm is None or end.norm.centred,
        ids=ids,
        words=words,
        logits=logits[list(ids)],
        chances=softmax(logits)[list(ids)],
        difference=float(np.abs(logits - told).max()),
        compared=len(logits),
    )


def spoken(end: Voice, output: np.ndarray) -> tuple[np.ndarray | None, np.ndarray | None, np.ndarray]:
    """The vector after the last normalisation, the narrowed one, and the one compared with the words; [feature]."""
    normed = None if end.norm is None else end.norm(output)
    wide = output if normed is None else normed
    narrow = None if end.narrow is None else end.narrow(wide)
    return normed, narrow, wide if narrow is None else narrow


def scores(words: heads.Linear, x: np.ndarray) -> np.ndarray:
    """[word]: all logits of one vector, a piece of the vocabulary after the other."""
    starts = range(0, len(words.weight), PIECE)
    return np.concatenate([words.rows(slice(start, start + PIECE))(x) for start in starts])


def own_logits(gpt: Gpt, done: Pass, token: int) -> np.ndarray:
    """[word]: from the forward pass for the last token, else from the model's own output embedding."""
    if token + 1 == len(done.last):
        return done.logits
    return gpt.net.get_output_embeddings()(torch.tensor(done.last[token])).numpy()


# ---- one number, spelled out


@memo(512)
def term(asked: Term) -> heads.Sum:
    """The sum behind one number. Raises Wrong for steps, rows and columns that do not exist."""
    asked.check(STEPS)
    _, x = read(asked.place)
    with store.using(asked.place.request.model, open_gpt) as gpt:
        return STEPS[asked.step](gpt, x, asked)


def _step(gpt: Gpt, x: np.ndarray, asked: Term) -> heads.Sum:
    """A number of the layer itself."""
    place = asked.place
    told = inside(replace(place, request=replace(place.request, top=1)))
    spot = Spot(asked.step, asked.row, asked.column)
    return steps.spelled(block(gpt, place.layer, len(x)), x, told, (place.head, place.query), spot)


def _word(gpt: Gpt, _x: np.ndarray, asked: Term) -> heads.Sum:
    """The logit of word `column`, or number `column` of the vector made as narrow as the words."""
    told, end = readout(Readout(asked.place.request, asked.place.query)), voice(gpt)
    wide = told.states[-1] if told.normed is None else told.normed
    if asked.step == "narrow":
        check_place("number", "数", asked.column, 0 if end.narrow is None else len(end.narrow.weight))
        return heads.spelled(end.narrow, wide, asked.column)  # type: ignore[arg-type]
    check_place("word", "词", asked.column, len(end.words.weight))
    return heads.spelled(end.words, wide if told.narrow is None else told.narrow, asked.column)


STEPS: dict[str, Callable[[Any, np.ndarray, Term], heads.Sum]] = {
    **dict.fromkeys(steps.STEPS, _step),
    **dict.fromkeys(("narrow", "logits"), _word),
}
