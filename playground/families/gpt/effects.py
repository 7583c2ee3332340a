"""Which neurons hold up a token, and what every part of the model adds to its logit."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from playground.core import store
from playground.core.chances import softmax
from playground.core.checks import check_place, check_whole
from playground.core.memo import memo
from playground.core.words import Text, Wrong
from playground.families.gpt import surgery
from playground.families.gpt.edit import Edited, Sweep, aimed, cuts_of, given_to, logits_of, ran, several
from playground.families.gpt.model import Gpt, open_gpt

SHOWN = 20
NOT_SUMS = Text(
    "In this model the layers do not simply add up (it normalises after its sums), so a logit has no such parts.",
    "这个模型的各层不是简单相加（它在求和之后再归一化），所以 logit 不能这样分解。",
)


# ---- neurons


@dataclass(frozen=True)
class Neuron:
    layer: int
    index: int
    activation: float  # at the last token
    guess: float  # how much log-probability its absence would cost or bring, to first order
    chance: float  # the target's probability without it, computed


@memo(64)
def neurons(sweep: Sweep) -> tuple[Neuron, ...]:
    """The neurons with the largest guess, strongest first; `sweep` is aimed.

    The guess is activation x gradient of the log-probability, summed over tokens (with `mean`: the distance of the
    activation from its mean); then each of the neurons found is switched off in earnest.
    """
    edited, text = sweep.edited, ran(sweep.edited).text
    target = sweep.target or 0
    with store.using(edited.request.model, open_gpt) as gpt:
        cuts = cuts_of(edited.edits, gpt)
        guesses, active = _guesses(gpt, cuts, given_to(gpt, text), target)
        sizes = [len(row) for row in guesses]
        flat = np.concatenate(guesses)
        best = np.argsort(-np.abs(flat), kind="stable")[:SHOWN]
        starts = np.cumsum([0, *sizes])
        places = [(int(layer := np.searchsorted(starts, at, "right") - 1), int(at - starts[layer])) for at in best]
        chances = _measured(gpt, cuts, text, places, target)
    return tuple(
        Neuron(layer, index, float(active[layer][index]), float(flat[at]), float(chance))
        for (layer, index), at, chance in zip(places, best, chances, strict=True)
    )


def _guesses(
    gpt: Gpt, cuts: surgery.Cuts, given: dict[str, Tensor], target: int
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Per layer [neuron]: the guess, and the activation at the last token."""
    mine = surgery.cut(gpt, cuts) if cuts else surgery.doubled(gpt)
    places = {layer: (surgery.down(block), True) for layer, block in enumerate(mine.layers)}
    with torch.enable_grad(), surgery.listening(places) as heard:
        said = logits_of(mine, given).log_softmax(-1)[0, target]
        found = [heard[layer] for layer in places]
        slopes = torch.autograd.grad(said, found, allow_unused=True)
    guesses, active = [], []
    for value, slope in zip(found, slopes, strict=True):
        own = value.detach().reshape(-1, value.shape[-1])  # [token neuron]
        away = own - own.mean(0) if cuts.mean else own
        guesses.append(-(away * (torch.zeros_like(own) if slope is None else slope.reshape(own.shape))).sum(0).numpy())
        active.append(own[-1].numpy())
    return guesses, active


def _measured(gpt: Gpt, cuts: surgery.Cuts, text: Any, places: list[tuple[int, int]], target: int) -> list[float]:
    """[place], the target's probability with that neuron off besides."""
    step, found = several(len(text.ids)), []
    for first in range(0, len(places), step):
        here = places[first : first + step]
        tables = dict(cuts.neurons)
        for layer in {layer for layer, _ in here}:
            inner = surgery.neurons_of(gpt.layers[layer])
            tables[layer] = cuts.neurons.get(layer, torch.ones(1, inner)).repeat(len(here), 1)
        for row, (layer, index) in enumerate(here):
            tables[layer][row, index] = 0
        changed = surgery.Cuts(**{**vars(cuts), "neurons": tables})
        with torch.inference_mode():
            rows = logits_of(surgery.cut(gpt, changed), given_to(gpt, text, len(here))).numpy()
        found += softmax(rows)[:, target].tolist()
    return found


# ---- what every part adds to a logit


@dataclass(frozen=True, eq=False)
class Shares:
    """Parts of one logit (or of the difference of two), the model's last normalisation held as it is in this run.

    All of them add up to it.
    """

    target: int
    against: int | None
    embedding: float
    heads: np.ndarray  # [layer head]
    biases: np.ndarray  # [layer], of the attention's output projection
    mlps: np.ndarray  # [layer]
    constant: float  # of the last normalisation and the table of words
    logit: float  # the model's own

    @property
    def total(self) -> float:
        return float(self.embedding + self.heads.sum() + self.biases.sum() + self.mlps.sum() + self.constant)


@dataclass(frozen=True)
class Share:
    edited: Edited
    target: int | None = None  # None: the model's first choice
    against: int | None = None

    def __post_init__(self) -> None:
        check_whole(*(id for id in (self.target, self.against) if id is not None))


@memo(64)
def logit_shares(asked: Share) -> Shares:
    """Direct logit attribution (Elhage et al. 2021). Raises Wrong for a model whose layers do not add up."""
    sweep, _ = aimed(Sweep(asked.edited, asked.target))
    target, after = sweep.target or 0, ran(asked.edited)
    if asked.against is not None:
        check_place("vocabulary entry", "词表条目", asked.against, len(after.logits))
    with store.using(asked.edited.request.model, open_gpt) as gpt, torch.inference_mode():
        if gpt.norm is None or getattr(gpt.net.config, "apply_residual_connection_post_layernorm", False):
            raise Wrong(*NOT_SUMS)
        cuts = cuts_of(asked.edited.edits, gpt)
        mine = surgery.cut(gpt, cuts) if cuts else surgery.doubled(gpt)
        heard = _heard(mine, given_to(gpt, after.text))
        count = gpt.net.config.num_attention_heads
        last = len(mine.layers) - 1
        direction, constant = _direction(mine, heard["out", last], target, asked.against)
        heads: list[np.ndarray] = []
        biases: list[float] = []
        mlps: list[float] = []
        for layer, block in enumerate(mine.layers):
            if layer in cuts.layers:
                heads, biases, mlps = [*heads, np.zeros(count)], [*biases, 0.0], [*mlps, 0.0]
                continue
            output = surgery.matrix(surgery.joint(block)).double().unflatten(-1, (count, -1))
            own = torch.einsum("nd,ond,o->n", heard["heads", layer].unflatten(-1, (count, -1)), output, direction)
            own = own * (layer not in cuts.attentions)
            heads.append(own.numpy())
            biases.append(float(heard["attention", layer] @ direction - own.sum()))
            mlps.append(float(heard["mlp", layer] @ direction))
        embedding = float(heard["embedding"] @ direction)
    logit = after.logits[target] - (0 if asked.against is None else after.logits[asked.against])
    return Shares(
        target, asked.against, embedding, np.stack(heads), np.array(biases), np.array(mlps), constant, float(logit)
    )


def _heard(mine: Gpt, given: dict[str, Tensor]) -> dict[Any, Tensor]:
    """[feature] at the last token, float64: what goes through the parts of every block."""
    places: dict[Any, tuple[Any, bool]] = {}
    for layer, block in enumerate(mine.layers):
        places["heads", layer] = (surgery.joint(block), True)
        places["attention", layer] = (surgery.joint(block), False)
        places["mlp", layer] = (surgery.down(block), False)
        places["out", layer] = (block, False)
    first: list[Tensor] = []
    mine.layers[0].register_forward_pre_hook(
        lambda _block, args, named: first.append(surgery.entering(args, named)), with_kwargs=True
    )
    with surgery.listening(places) as heard:
        logits_of(mine, given)
    heard["embedding"] = first[0]
    return {name: value.reshape(-1, value.shape[-1])[-1].double() for name, value in heard.items()}


def _direction(gpt: Gpt, x: Tensor, target: int, against: int | None) -> tuple[Tensor, float]:
    """[feature] and a number: the logit is x . direction + number, as long as the normalisation divides by the same."""
    table = gpt.net.get_output_embeddings()
    word = table.weight[target].double() - (0 if against is None else table.weight[against].double())
    shift = 0.0 if table.bias is None else float(table.bias[target] - (0 if against is None else table.bias[against]))
    norm: Any = gpt.norm
    scaled = word * norm.weight.double()
    if isinstance(norm, torch.nn.LayerNorm):
        return (scaled - scaled.mean()) / (x.var(unbiased=False) + norm.eps).sqrt(), shift + float(
            word @ norm.bias.double()
        )
    return scaled / (x.pow(2).mean() + norm.variance_epsilon).sqrt(), shift
