"""Where the weights stand in BERT and its kin, and one layer computed by hand beside the model's own numbers.

The recomputation is `nn/heads.py` in float64 on what the layer read in the forward pass; the model itself does not run
again. What it is held against: the attention and hidden states of that pass, and the layer's own modules one by one.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from playground.core import store
from playground.core.chances import softmax
from playground.core.checks import check_place
from playground.core.memo import memo
from playground.core.words import Text, Wrong, shown
from playground.families.bert.model import Bert, open_bert
from playground.families.bert.trace import Pass, forward, spell
from playground.nn import heads
from playground.nn import inside as steps
from playground.nn.inside import Inside, Spot
from playground.nn.places import Place, Readout, Term

SPELLED = ("bert", "distilbert", "roberta", "xlm-roberta", "albert", "electra")
UNSPELLED = Text(
    "DeBERTa and XLNet work relative positions into their scores; these steps are not spelled out here.",
    "DeBERTa 和 XLNet 在分数中加入相对位置，这里没有写出它们的计算步骤。",
)


# ---- where things are


@dataclass(frozen=True, eq=False)
class Parts:
    """The modules of one layer, by what they do."""

    query: nn.Linear
    key: nn.Linear
    value: nn.Linear
    output: nn.Linear
    norm_attention: nn.LayerNorm
    up: nn.Linear
    activation: Callable[[Tensor], Tensor]
    down: nn.Linear
    norm_output: nn.LayerNorm


def check_spelled(net: Any) -> None:
    if net.config.model_type not in SPELLED:
        raise Wrong(*UNSPELLED)


def parts(net: Any, layer: int) -> Parts:
    """Raises Wrong for models whose attention has more parts."""
    check_spelled(net)
    body, config = net.base_model, net.config
    if config.model_type == "distilbert":
        one = body.transformer.layer[layer]
        a, f = one.attention, one.ffn
        norms = one.sa_layer_norm, one.output_layer_norm
        return Parts(a.q_lin, a.k_lin, a.v_lin, a.out_lin, norms[0], f.lin1, f.activation, f.lin2, norms[1])
    if config.model_type == "albert":  # layers share weights in groups
        groups = body.encoder.albert_layer_groups
        one = groups[layer * len(groups) // config.num_hidden_layers].albert_layers[0]
        a, norm = one.attention, one.full_layer_layer_norm
        return Parts(a.query, a.key, a.value, a.dense, a.LayerNorm, one.ffn, one.activation, one.ffn_output, norm)
    one = body.encoder.layer[layer]
    a, into, out = one.attention.self, one.attention.output, one.output
    return Parts(
        a.query, a.key, a.value, into.dense, into.LayerNorm, one.intermediate.dense,
        one.intermediate.intermediate_act_fn, out.dense, out.LayerNorm,
    )  # fmt: skip


def linear(module: nn.Linear) -> heads.Linear:
    return heads.Linear(module.weight.detach().numpy(), None if module.bias is None else module.bias.detach().numpy())


def norm(module: nn.LayerNorm) -> heads.Norm:
    return heads.Norm(module.weight.detach().numpy(), module.bias.detach().numpy(), module.eps)


def activation(net: Any) -> str:
    """Its name. Raises Wrong for one that is not among those written out in nn/heads.py."""
    name = net.config.activation if net.config.model_type == "distilbert" else net.config.hidden_act
    if name not in heads.ACTIVATIONS:
        raise Wrong(
            f"This model uses the activation “{shown(name)}”, which is not spelled out here.",
            f"这个模型使用的激活函数“{shown(name)}”在这里没有写出计算过程。",
        )
    return name


def attention(net: Any, layer: int) -> heads.Attention:
    p = parts(net, layer)
    return heads.Attention(
        linear(p.query), linear(p.key), linear(p.value), linear(p.output), net.config.num_attention_heads
    )


def block(net: Any, layer: int) -> heads.Block:
    """The weights of one layer, as windows on the model's own."""
    p, mixes = parts(net, layer), attention(net, layer)
    return heads.Block(
        mixes, norm(p.norm_attention), linear(p.up), linear(p.down), activation(net), norm(p.norm_output)
    )


# ---- one head and one token's way through its layer


def read(place: Place) -> tuple[Pass, np.ndarray]:
    """The pass, and what the layer read [token feature]. Raises Wrong for places that do not exist."""
    done = forward(replace(place.request, top=1))
    place.check(done.facts.layers, done.facts.heads, len(done.encoded.tokens))
    return done, done.states[place.layer].astype(np.float64)


@memo(64)
def inside(place: Place) -> Inside:
    """Raises Wrong for places that do not exist and for activations unknown here."""
    done, x = read(place)
    with store.using(place.request.model, open_bert) as bert, torch.inference_mode():
        p = parts(bert.net, place.layer)
        return steps.inside(
            block(bert.net, place.layer), x, place.head, place.query, lambda rows: own_numbers(p, done, place, rows)
        )


def own_numbers(p: Parts, done: Pass, place: Place, rows: range) -> dict[str, np.ndarray]:
    """The same steps as the model has them: weights and output from its pass, what is between from its modules."""
    layer, at, count = place.layer, place.query, done.facts.heads
    x = torch.tensor(done.states[layer])
    width = done.facts.width
    own = slice(place.head * width, (place.head + 1) * width)
    queries, keys, values = p.query(x), p.key(x), p.value(x)
    looks = torch.tensor(done.attention[layer])  # [head query key]
    mixed = torch.stack([looks[h, at] @ values[:, h * width : (h + 1) * width] for h in range(count)])  # [head width]
    attended = p.output(mixed.flatten())
    normed = p.norm_attention(attended + x[at])
    up = p.up(normed)
    active = p.activation(up)
    after = done.states[layer + 1] if layer + 1 < len(done.states) else done.last
    told = {
        "queries": queries[list(rows), own], "keys": keys[:, own], "values": values[:, own],
        "weights": looks[place.head, list(rows)], "mixed": mixed[place.head], "attended": attended, "normed": normed,
        "up": up, "active": active, "down": p.down(active), "output": torch.tensor(after[at]),
    }  # fmt: skip
    return {name: tensor.numpy() for name, tensor in told.items()}


# ---- from the last layer to the words


@dataclass(frozen=True, eq=False)
class MaskHead:
    """Dense, activation, LayerNorm, decoder."""

    dense: heads.Linear
    activation: str
    norm: heads.Norm
    decoder: heads.Linear  # [word feature]


NO_WORDS = Text("This model does not fill gaps, so its last layer is not read as words.",
                "这个模型不填空，所以它的最后一层不会被读作词。")  # fmt: skip


def mask_head(bert: Bert) -> MaskHead:
    """Raises Wrong for models that do not fill gaps."""
    net = bert.net
    check_spelled(net)
    if bert.use != "gap":
        raise Wrong(*NO_WORDS)
    kind = net.config.model_type
    if kind == "distilbert":
        found = net.vocab_transform, activation(net), net.vocab_layer_norm, net.vocab_projector
    elif kind in ("roberta", "xlm-roberta"):
        found = net.lm_head.dense, "gelu", net.lm_head.layer_norm, net.lm_head.decoder
    elif kind == "electra":
        found = net.generator_predictions.dense, "gelu", net.generator_predictions.LayerNorm, net.generator_lm_head
    elif kind == "albert":
        found = net.predictions.dense, activation(net), net.predictions.LayerNorm, net.predictions.decoder
    else:
        last = net.cls.predictions
        found = last.transform.dense, activation(net), last.transform.LayerNorm, last.decoder
    return MaskHead(linear(found[0]), found[1], norm(found[2]), linear(found[3]))


@dataclass(frozen=True, eq=False)
class Outcome:
    """One token's vector from layer to layer, and the words the last one is read as."""

    states: np.ndarray  # [layer+1 feature]
    dense: np.ndarray  # [feature]
    active: np.ndarray  # [feature]
    normed: np.ndarray  # [feature]
    norm: heads.Scaling
    activation: str
    ids: tuple[int, ...]  # best first, then the word asked for, if it is not among them
    words: tuple[str, ...]
    logits: np.ndarray  # [word]
    biases: np.ndarray  # [word], part of them
    chances: np.ndarray  # [word]
    difference: float  # max |by hand - the model's own| over the logits of the whole vocabulary
    gap: bool  # whether the model's own logits are those of its forward pass


@memo(64)
def readout(asked: Readout) -> Outcome:
    """Raises Wrong for a token or a word that does not exist."""
    done = forward(replace(asked.request, top=1))
    asked.check(len(done.encoded.tokens), done.facts.vocabulary)
    last = done.last[asked.token]
    with store.using(asked.request.model, open_bert) as bert, torch.inference_mode():
        head = mask_head(bert)
        dense = head.dense(last.astype(np.float64))
        active = heads.ACTIVATIONS[head.activation](dense)
        normed = head.norm(active)
        scaling = head.norm.scaling(active)
        logits = head.decoder(normed)
        told = own_logits(bert, done, asked.token)
        ids = steps.words_of(logits, asked.word)
        words = tuple(spell(bert.tokenizer, id) for id in ids)
    return Outcome(
        states=np.concatenate([done.states[:, asked.token], last[None]]),
        dense=dense,
        active=active,
        normed=normed,
        norm=scaling,
        activation=head.activation,
        ids=ids,
        words=words,
        logits=logits[list(ids)],
        biases=biases(head.decoder)[list(ids)],
        chances=softmax(logits)[list(ids)],
        difference=float(np.abs(logits - told).max()),
        gap=asked.token in done.encoded.gaps,
    )


def biases(decoder: heads.Linear) -> np.ndarray:
    """[word]: its biases, 0 where it has none."""
    return np.zeros(len(decoder.weight)) if decoder.bias is None else decoder.bias


def own_logits(bert: Bert, done: Pass, token: int) -> np.ndarray:
    """[word]: from the forward pass for a gap, else from the model's own head."""
    if token in done.encoded.gaps:
        return done.logits[done.encoded.gaps.index(token)]
    last, net = torch.tensor(done.last[None, [token]]), bert.net
    kind = net.config.model_type
    if kind == "distilbert":
        said = net.vocab_projector(net.vocab_layer_norm(net.activation(net.vocab_transform(last))))
    elif kind in ("roberta", "xlm-roberta"):
        said = net.lm_head(last)
    elif kind == "electra":
        said = net.generator_lm_head(net.generator_predictions(last))
    else:
        said = net.predictions(last) if kind == "albert" else net.cls.predictions(last)
    return said[0, 0].numpy()


# ---- one number, spelled out


@memo(512)
def term(asked: Term) -> heads.Sum:
    """The sum behind one number. Raises Wrong for steps, rows and columns that do not exist."""
    asked.check(STEPS)
    done, _ = read(asked.place)
    with store.using(asked.place.request.model, open_bert) as bert:
        return STEPS[asked.step](bert, done, asked)


def _step(bert: Bert, done: Pass, asked: Term) -> heads.Sum:
    """A number of the layer itself."""
    place = asked.place
    told = inside(replace(place, request=replace(place.request, top=1)))
    x = done.states[place.layer].astype(np.float64)
    spot = Spot(asked.step, asked.row, asked.column)
    return steps.spelled(block(bert.net, place.layer), x, told, (place.head, place.query), spot)


def _read(bert: Bert, done: Pass, asked: Term) -> heads.Sum:
    """Number `column` of the output head's dense map, or the logit of word `column`."""
    head, last = mask_head(bert), done.last[asked.place.query].astype(np.float64)
    dense = head.dense(last)
    normed = head.norm(heads.ACTIVATIONS[head.activation](dense))
    mine, x = (head.dense, last) if asked.step == "dense" else (head.decoder, normed)
    check_place("number", "数", asked.column, len(mine.weight))
    return heads.spelled(mine, x, asked.column)


STEPS: dict[str, Callable[[Bert, Pass, Term], heads.Sum]] = {
    **dict.fromkeys(steps.STEPS, _step),
    **dict.fromkeys(("dense", "logits"), _read),
}
