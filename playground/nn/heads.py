"""Attention heads and transformer blocks by hand: numpy in, numpy out, every step kept.

Knows no model: BERT, GPT-2 or a vision transformer hand over their weights. Vaswani et al. 2017, sections 3.2 and 3.3.
Left out: attention to another sequence.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import erf, pi, sqrt

import numpy as np

from playground.core.chances import softmax
from playground.core.shapes import expect


@dataclass(frozen=True, eq=False)
class Linear:
    """y = W x + b."""

    weight: np.ndarray  # [out in]
    bias: np.ndarray | None = None  # [out]

    def __call__(self, x: np.ndarray) -> np.ndarray:  # [... in] -> [... out]
        y = x @ self.weight.T
        return y if self.bias is None else y + self.bias

    def rows(self, own: slice | np.ndarray) -> "Linear":
        """The part that makes these outputs, in this order."""
        return Linear(self.weight[own], None if self.bias is None else self.bias[own])


@dataclass(frozen=True, eq=False)
class Norm:
    """Layer normalisation; not centred, it is RMSNorm."""

    gain: np.ndarray  # [feature]
    shift: np.ndarray | None  # [feature]
    eps: float
    centred: bool = True

    def moments(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What is taken away and what is divided by, each [... 1]."""
        mean = x.mean(-1, keepdims=True) if self.centred else np.zeros_like(x[..., :1])
        return mean, np.sqrt(((x - mean) ** 2).mean(-1, keepdims=True) + self.eps)

    def scaling(self, x: np.ndarray) -> "Scaling":
        """What happens to the one vector x [feature], number by number."""
        mean, deviation = self.moments(x)
        shift = np.zeros_like(self.gain) if self.shift is None else self.shift
        return Scaling(float(mean[0]), float(deviation[0]), self.gain.copy(), shift.copy())

    def __call__(self, x: np.ndarray) -> np.ndarray:  # [... feature] -> [... feature]
        mean, deviation = self.moments(x)
        y = (x - mean) / deviation * self.gain
        return y if self.shift is None else y + self.shift


@dataclass(frozen=True, eq=False)
class Scaling:
    """(x - mean) / deviation * gain + shift, of one vector."""

    mean: float
    deviation: float  # with eps under the root
    gain: np.ndarray  # [feature]
    shift: np.ndarray  # [feature]


@dataclass(frozen=True, eq=False)
class Attention:
    """The weights of self-attention in one layer."""

    query: Linear  # [head*width feature]
    key: Linear  # [keyhead*width feature]
    value: Linear  # [keyhead*width feature]
    output: Linear  # [feature head*width]
    heads: int
    key_heads: int = 0  # fewer than heads: several heads share keys and values; 0: each has its own
    causal: bool = False  # a token sees only itself and what stands before it
    scale: float = 0.0  # scores are multiplied by it; 0: 1 / sqrt(width)
    window: int = 0  # a token sees only so many of the last, itself among them; 0: all
    norm_query: "Norm | None" = None  # of each query [width] (Qwen3)
    norm_key: "Norm | None" = None
    turning: "Turning | None" = None  # queries and keys are turned by their places
    slopes: np.ndarray | None = None  # [head], times the key's place is added to the scores (ALiBi)

    @property
    def width(self) -> int:
        """Numbers of a query and of a key of one head."""
        return self.query.weight.shape[0] // self.heads

    @property
    def factor(self) -> float:
        return self.scale or 1 / sqrt(self.width)

    def own(self, index: int) -> slice:
        """Where head `index` stands among the queries, and among the inputs of the output projection."""
        return slice(index * self.width, (index + 1) * self.width)

    def group(self, index: int) -> int:
        """The key head whose keys and values head `index` reads."""
        return index * (self.key_heads or self.heads) // self.heads

    def sharing(self, index: int) -> tuple[int, int]:
        """Heads [first, stop) that read the same keys and values as head `index`."""
        mates = [other for other in range(self.heads) if self.group(other) == self.group(index)]
        return mates[0], mates[-1] + 1

    def slope(self, index: int) -> float | None:
        return None if self.slopes is None else float(self.slopes[index])

    def shared(self, index: int) -> slice:
        """Where the keys and values stand that head `index` reads."""
        group = self.group(index)
        return slice(group * self.width, (group + 1) * self.width)

    def hides(self, rows: np.ndarray, count: int) -> np.ndarray:
        """[query key], bool: which of `count` tokens the tokens `rows` may not look at."""
        keys, queries = np.arange(count), rows[:, None]
        hidden = np.zeros((len(rows), count), bool)
        if self.causal:
            hidden |= keys > queries
        if self.window:
            hidden |= keys <= queries - self.window
        return hidden

    def asks(self, x: np.ndarray, rows: np.ndarray, index: int) -> "Vectors":
        """The queries of the tokens `rows`; x: [token feature]."""
        return self._ready(self.query.rows(self.own(index))(x[rows]), self.norm_query, rows)

    def answers(self, x: np.ndarray, index: int) -> "Vectors":
        """The keys of all tokens; x: [token feature]."""
        return self._ready(self.key.rows(self.shared(index))(x), self.norm_key, np.arange(len(x)))

    def _ready(self, projected: np.ndarray, norm: "Norm | None", rows: np.ndarray) -> "Vectors":
        normed = projected if norm is None else norm(projected)
        return Vectors(projected, normed, normed if self.turning is None else self.turning(normed, rows))


@dataclass(frozen=True, eq=False)
class Turning:
    """Rotary positions: numbers i and i + half of a vector are turned like a point in the plane, by an angle that grows
    with the token's place; the numbers behind the last pair stay (Su et al. 2021; halves as in GPT-NeoX and Llama)."""

    cos: np.ndarray  # [token pair]
    sin: np.ndarray  # [token pair]

    def __call__(self, x: np.ndarray, rows: np.ndarray) -> np.ndarray:  # [row width] -> [row width]
        cos, sin = self.cos[rows], self.sin[rows]
        half = cos.shape[1]
        a, b = x[:, :half], x[:, half : 2 * half]
        return np.concatenate((a * cos - b * sin, b * cos + a * sin, x[:, 2 * half :]), 1)


@dataclass(frozen=True, eq=False)
class Vectors:
    """Queries or keys on their way: three times the same array where there is neither norm nor turning."""

    projected: np.ndarray  # [token width]
    normed: np.ndarray  # [token width]
    turned: np.ndarray  # [token width], what is multiplied


@dataclass(frozen=True, eq=False)
class Head:
    """One head, step by step."""

    asked: Vectors  # the queries
    answered: Vectors  # the keys
    values: np.ndarray  # [key width]
    products: np.ndarray  # [query key], q.k
    scores: np.ndarray  # [query key], times the factor, and for ALiBi with the slope times the key's place
    hidden: np.ndarray  # [query key], bool: may not be looked at
    weights: np.ndarray  # [query key], softmax of what may be looked at; rows sum to 1
    mixed: np.ndarray  # [query width], values summed with these weights
    share: np.ndarray  # [query feature], what this head adds to the output of the attention

    def __post_init__(self) -> None:
        count, tokens = self.products.shape
        for name in ("products", "scores", "hidden", "weights"):
            expect(getattr(self, name), "query key", query=count, key=tokens)
        expect(self.mixed, "query width", query=count, width=self.values.shape[1])

    @property
    def queries(self) -> np.ndarray:  # [query width]
        return self.asked.turned

    @property
    def keys(self) -> np.ndarray:  # [key width]
        return self.answered.turned


def head(
    attention: Attention,
    x: np.ndarray,  # [token feature], what the attention reads
    index: int,
    looking: Sequence[int] | None = None,  # the tokens whose queries are asked for; None: all
    padding: np.ndarray | None = None,  # [token], bool: nobody may look at these
) -> Head:
    rows = np.arange(len(x)) if looking is None else np.asarray(looking)
    asked, answered = attention.asks(x, rows, index), attention.answers(x, index)
    values = attention.value.rows(attention.shared(index))(x)
    products = asked.turned @ answered.turned.T
    scores = products * attention.factor
    if attention.slopes is not None:
        scores = scores + attention.slopes[index] * np.arange(len(x))
    hidden = attention.hides(rows, len(x))
    if padding is not None:
        hidden |= padding
    weights = softmax(np.where(hidden, -np.inf, scores))
    mixed = weights @ values
    share = mixed @ attention.output.weight[:, attention.own(index)].T
    return Head(asked, answered, values, products, scores, hidden, weights, mixed, share)


@dataclass(frozen=True, eq=False)
class Shares:
    """What the heads give together, each its part."""

    shares: np.ndarray  # [head query feature]
    bias: np.ndarray  # [feature], of the output projection
    output: np.ndarray  # [query feature], the sum of all of them


def attend(attention: Attention, x: np.ndarray, looking: Sequence[int] | None = None) -> Shares:
    shares = np.stack([head(attention, x, i, looking).share for i in range(attention.heads)])
    bias = attention.output.bias if attention.output.bias is not None else np.zeros_like(shares[0, 0])
    return Shares(shares, bias, shares.sum(0) + bias)


# ---- activations, by the names transformers gives them


def _gelu(x: np.ndarray) -> np.ndarray:
    """x times the share of a normal distribution below x (Hendrycks and Gimpel 2016)."""
    below = np.array([0.5 * (1 + erf(v / sqrt(2))) for v in x.ravel().tolist()])
    return x * below.reshape(x.shape)


def _gelu_tanh(x: np.ndarray) -> np.ndarray:
    return 0.5 * x * (1 + np.tanh(sqrt(2 / pi) * (x + 0.044715 * x**3)))


def _silu(x: np.ndarray) -> np.ndarray:
    return x / (1 + np.exp(-x))


ACTIVATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "gelu": _gelu,
    "gelu_python": _gelu,
    "gelu_new": _gelu_tanh,
    "gelu_pytorch_tanh": _gelu_tanh,
    "gelu_fast": _gelu_tanh,
    "relu": lambda x: np.maximum(x, 0),
    "silu": _silu,
    "swish": _silu,
    "tanh": np.tanh,
}


# ---- a whole block


@dataclass(frozen=True, eq=False)
class Block:
    """The weights of one layer: attention and feed-forward, each with a residual connection and a normalisation."""

    attention: Attention
    norm_attention: Norm
    up: Linear
    down: Linear
    activation: str  # of ACTIVATIONS
    norm_output: Norm
    before: bool = False  # normalisations before attention and feed-forward (GPT-2), not after the sums (BERT)
    parallel: bool = False  # with `before`: the feed-forward reads the input as the attention does (GPT-NeoX)
    gate: Linear | None = None  # the activation is taken of this map and multiplied by `up` (SwiGLU)

    def reads(self, x: np.ndarray) -> np.ndarray:
        """What the attention reads of the block's input; [token feature] both."""
        return self.norm_attention(x) if self.before else x


@dataclass(frozen=True, eq=False)
class Steps:
    """What a block makes of some tokens, in the order of computation; [query feature] where nothing else is said."""

    input: np.ndarray
    heads: Shares
    middle: np.ndarray  # input + attention
    normed: np.ndarray  # what the feed-forward reads
    up: np.ndarray  # [query inner]
    gate: np.ndarray | None  # [query inner]
    active: np.ndarray  # [query inner], the activation of `up`, or that of `gate` times `up`
    down: np.ndarray
    total: np.ndarray  # with the second residual connection
    output: np.ndarray


def block(weights: Block, x: np.ndarray, looking: Sequence[int]) -> Steps:
    """`x`: [token feature], all tokens as the block gets them; `looking`: those to follow through it."""
    rows = list(looking)
    heads = attend(weights.attention, weights.reads(x), looking)
    middle = x[rows] + heads.output
    second = weights.norm_output if weights.before else weights.norm_attention
    normed = second(x[rows] if weights.parallel else middle)
    up, act = weights.up(normed), ACTIVATIONS[weights.activation]
    gate = None if weights.gate is None else weights.gate(normed)
    active = act(up) if gate is None else act(gate) * up
    down = weights.down(active)
    total = (middle if weights.before else normed) + down
    output = total if weights.before else weights.norm_output(total)
    return Steps(x[rows], heads, middle, normed, up, gate, active, down, total, output)


# ---- one number of a linear map, spelled out


@dataclass(frozen=True, eq=False)
class Sum:
    """inputs . weights + bias = value."""

    inputs: np.ndarray  # [term]
    weights: np.ndarray  # [term]
    bias: float | None
    value: float

    @property
    def products(self) -> np.ndarray:  # [term]
        return self.inputs * self.weights


def spelled(linear: Linear, x: np.ndarray, out: int) -> Sum:
    """Output number `out` of the map for one input [in]."""
    return dotted(x, linear.weight[out], None if linear.bias is None else float(linear.bias[out]))


def dotted(a: np.ndarray, b: np.ndarray, bias: float | None = None) -> Sum:
    a, b = a.astype(np.float64), b.astype(np.float64)
    return Sum(a, b, bias, float(a @ b) + (bias or 0.0))
