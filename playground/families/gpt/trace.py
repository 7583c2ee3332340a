"""One question to GPT: what comes next after a text. One forward pass answers it.

from playground.families.gpt import Request, trace
answer = trace(Request("The king was not"))
answer.next.labels, answer.next.scores
"""

from dataclasses import dataclass, replace

import numpy as np
import torch

from playground.core import limits, store
from playground.core.chances import entropy, ranked, softmax
from playground.core.checks import whole
from playground.core.memo import memo
from playground.core.parts import Attention, Ranking, Tokens
from playground.core.shapes import expect
from playground.core.words import Wrong
from playground.families.gpt.anatomy import window
from playground.families.gpt.model import MODELS, Encoded, Gpt, encode, open_gpt, spell

MOST_SHOWN = 50


@dataclass(frozen=True)
class Request:
    """`more` are token ids that follow the text as they are: what a model wrote, or a reader picked from its list."""

    text: str
    model: str = "gpt/mini"
    more: tuple[int, ...] = ()
    start: bool = False  # put the token in front that begins a text
    chat: bool = False  # put the text into the model's chat template
    top: int = 10  # candidates told

    def __post_init__(self) -> None:
        for name in ("text", "model"):
            if not isinstance(getattr(self, name), str):
                raise Wrong(f"“{name}” must be text.", f"“{name}”必须是文字。")
        for name in ("start", "chat"):
            if not isinstance(getattr(self, name), bool):
                raise Wrong(f"“{name}” is true or false.", f"“{name}”只能是 true 或 false。")
        if len(self.text) > (most := limits.TEXT_CHARS):
            raise Wrong(
                f"This text has {len(self.text):,} characters; up to {most:,} are accepted. Shorten it.",
                f"这段文字有 {len(self.text):,} 个字符，最多 {most:,} 个。请缩短一些。",
            )
        if not isinstance(self.more, list | tuple) or not all(whole(id, 0, 2**31 - 1) for id in self.more):
            raise Wrong("What follows the text is a list of token numbers.", "文字之后的内容用词元编号的列表表示。")
        if len(self.more) > limits.GPT_TOKENS:
            raise Wrong(
                f"At most {limits.GPT_TOKENS:,} tokens may follow the text.",
                f"文字之后最多可以有 {limits.GPT_TOKENS:,} 个词元。",
            )
        object.__setattr__(self, "more", tuple(self.more))
        if not whole(self.top, 1, MOST_SHOWN):
            raise Wrong(
                f"The number of candidates shown is a whole number from 1 to {MOST_SHOWN}.",
                f"显示的候选数必须是 1 到 {MOST_SHOWN} 之间的整数。",
            )
        if store.is_embedded(self.model) and self.model not in MODELS:
            raise Wrong(f"{self.model} belongs to another room.", f"{self.model} 属于另一个房间。")


@dataclass(frozen=True)
class Facts:
    """What the model is made of."""

    layers: int
    heads: int
    key_heads: int  # fewer than heads: several heads share keys and values
    width: int  # numbers per query and key of a head
    features: int  # numbers per token between the layers
    vocabulary: int
    parameters: int
    positions: int  # most tokens it reads
    kind: str  # `model_type`
    start: str  # the token that begins a text; "" if there is none
    talks: bool  # it has a chat template


@dataclass(frozen=True, eq=False)
class Pass:
    """All of a forward pass that later questions need, but for the attention."""

    encoded: Encoded
    states: np.ndarray  # [layer token feature], what each layer reads
    last: np.ndarray  # [token feature], what is compared with the words: the last layer, after the last normalisation
    logits: np.ndarray  # [vocabulary], for what comes after the last token
    chances: np.ndarray  # [token], probability of each token after those before it; 1 for the first
    ranks: np.ndarray  # [token], 1 is the model's first choice; 1 for the first
    facts: Facts


@dataclass(frozen=True, eq=False)
class Trace:
    tokens: Tokens
    prompt: int  # how many of the tokens stand for the prompt; the rest was added by their ids
    next: Ranking  # of what comes next
    ids: tuple[int, ...]  # of the ranking's labels
    logits: np.ndarray  # [label]
    entropy: float  # of the whole distribution, in bits
    chances: np.ndarray  # [token], as Pass has them
    ranks: np.ndarray  # [token]
    facts: Facts


def ready(request: Request, gpt: Gpt) -> Encoded:
    """What the model reads. Raises Wrong for an id the model does not know."""
    if any(id >= gpt.net.config.vocab_size for id in request.more):
        raise Wrong("One of these token numbers is not in the model's vocabulary.", "有的词元编号不在模型的词表里。")
    return encode(request.text, gpt, request.more, request.start, request.chat)


@memo(32)
def forward(request: Request) -> Pass:
    """Run the model once. `request.top` does not matter: ask with top=1."""
    with store.using(request.model, open_gpt) as gpt:
        encoded = ready(request, gpt)
        ids = torch.tensor([encoded.tokens.ids])
        with torch.inference_mode():
            output = gpt.net(input_ids=ids, output_hidden_states=True, use_cache=False)
            logits = output.logits[0].float()
            told = logits[:-1].gather(1, ids[0, 1:, None])
            ranks = 1 + (logits[:-1] > told).sum(-1)
            chances = (told[:, 0] - logits[:-1].logsumexp(-1)).exp()
        facts = facts_of(gpt)
    states = torch.cat(output.hidden_states[:-1]).numpy()
    expect(states, "layer token feature", layer=facts.layers)
    one = np.ones(1)
    return Pass(
        encoded,
        states,
        output.hidden_states[-1][0].numpy(),
        logits[-1].numpy().copy(),
        np.concatenate((one, chances.numpy())).astype(np.float32),
        np.concatenate((one, ranks.numpy())).astype(np.int32),
        facts,
    )


def facts_of(gpt: Gpt) -> Facts:
    config = gpt.net.config
    heads = config.num_attention_heads
    return Facts(
        layers=config.num_hidden_layers,
        heads=heads,
        key_heads=getattr(config, "num_key_value_heads", None) or heads,
        width=getattr(config, "head_dim", None) or config.hidden_size // heads,
        features=config.hidden_size,
        vocabulary=config.vocab_size,
        parameters=sum(p.numel() for p in gpt.net.parameters()),
        positions=gpt.positions,
        kind=config.model_type,
        start="" if gpt.start is None else gpt.tokenizer.convert_ids_to_tokens(gpt.start),
        talks=gpt.talks,
    )


@dataclass(frozen=True, eq=False)
class Seen:
    done: Pass
    attention: Attention  # [layer head query key], zero where a key stands after its query
    windows: tuple[int, ...]  # per layer: so many of the last tokens are seen; 0: all


@memo(16)
def look(request: Request) -> Seen:
    """The attention of every layer; ask with top=1. Raises Wrong for a text too long to be drawn."""
    done = forward(request)
    tokens = done.encoded.tokens
    if len(tokens) > (most := limits.TOKENS):
        raise Wrong(
            f"This text has {len(tokens):,} tokens; attention is shown for up to {most:,}. Shorten it.",
            f"这段文字有 {len(tokens):,} 个词元；注意力最多显示 {most:,} 个。请缩短一些。",
        )
    with store.using(request.model, open_gpt) as gpt, torch.inference_mode():
        output = gpt.net(input_ids=torch.tensor([tokens.ids]), output_attentions=True, use_cache=False)
        windows = tuple(window(gpt.net.config, layer) for layer in range(done.facts.layers))
    weights = torch.cat(output.attentions).float().numpy()
    facts = done.facts
    expect(weights, "layer head query key", layer=facts.layers, head=facts.heads)
    return Seen(done, Attention(weights, tokens.texts, tokens.texts), windows)


@memo(64)
def trace(request: Request) -> Trace:
    """Raises Wrong for a text the model cannot read or a model that is not there."""
    done = forward(replace(request, top=1))
    with store.using(request.model, open_gpt) as gpt:
        tokenizer = gpt.tokenizer
    chances = softmax(done.logits)
    ranking, ids = ranked(lambda id: spell(tokenizer, id), chances, request.top)
    return Trace(
        done.encoded.tokens, done.encoded.prompt, ranking, ids, done.logits[list(ids)], entropy(chances), done.chances,
        done.ranks, done.facts,
    )  # fmt: skip
