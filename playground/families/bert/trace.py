"""One question to BERT: a text, perhaps a second one, and the words to hide. One forward pass answers all of it.

from playground.families.bert import Request, trace
answer = trace(Request("The capital of France is [MASK]."))
answer.fills[0].ranking.labels, answer.attention.weights.shape  # [layer head query key]
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from playground.core import limits, store
from playground.core.chances import ranked, softmax
from playground.core.checks import whole
from playground.core.memo import memo
from playground.core.parts import Attention, Ranking, Tokens
from playground.core.shapes import expect
from playground.core.words import Text, Wrong
from playground.families.bert.model import GAP, MODELS, Bert, Encoded, Word, disarm, encode, open_bert

MOST_SHOWN = 50


@dataclass(frozen=True)
class Request:
    """`masks` hides words: offsets of characters in them, counted in `text`, a line feed and `pair`."""

    text: str
    pair: str = ""
    model: str = "bert/mini"
    top: int = 5  # words shown for a gap
    masks: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for name in ("text", "pair", "model"):
            if not isinstance(getattr(self, name), str):
                raise Wrong(f"“{name}” must be text.", f"“{name}”必须是文字。")
        _check_lengths(self.text, self.pair)
        if not whole(self.top, 1, MOST_SHOWN):
            raise Wrong(
                f"The number of words shown is a whole number from 1 to {MOST_SHOWN}.",
                f"显示的词数必须是 1 到 {MOST_SHOWN} 之间的整数。",
            )
        if not isinstance(self.masks, list | tuple) or not all(whole(m, 0) for m in self.masks):
            raise Wrong(
                "The words to hide are given as a list of character positions, counted from 0.",
                "要隐藏的词用字符位置的列表表示，从 0 数起。",
            )
        object.__setattr__(self, "masks", tuple(sorted(set(self.masks))))
        if store.is_embedded(self.model) and self.model not in MODELS:
            raise Wrong(f"{self.model} belongs to another room.", f"{self.model} 属于另一个房间。")


def _check_lengths(text: str, pair: str) -> None:
    most = limits.TEXT_CHARS
    for part in (text, pair):
        if len(part) > most:
            raise Wrong(
                f"This text has {len(part):,} characters; up to {most:,} are accepted. Shorten it.",
                f"这段文字有 {len(part):,} 个字符，最多 {most:,} 个。请缩短一些。",
            )
    if not text.strip():
        raise Wrong("There is no sentence yet. Type one.", "还没有句子，请输入一句。")


@dataclass(frozen=True)
class Facts:
    """What the model is made of."""

    layers: int
    heads: int
    width: int  # numbers per query and key of a head
    vocabulary: int
    parameters: int
    positions: int  # most tokens it reads
    kind: str  # `model_type`
    has_next: bool
    use: str  # what its head is for
    labels: tuple[str, ...]  # of classes or tags
    rule: str  # what makes shares of logits, one of RULES


@dataclass(frozen=True, eq=False)
class Hidden:
    """What stood in a gap before it was hidden by a click."""

    piece: str
    id: int
    probability: float
    rank: int  # 1 is the model's first choice
    logit: float


@dataclass(frozen=True, eq=False)
class Fill:
    """What the model would put into one gap."""

    position: int  # of the mask token
    span: tuple[int, int]  # [start, end) of the gap, in the characters of `tokens.text`
    ranking: Ranking
    ids: tuple[int, ...]  # of the ranking's labels
    logits: np.ndarray  # [label]
    hidden: Hidden | None  # None where the reader typed [MASK]


@dataclass(frozen=True, eq=False)
class Trace:
    tokens: Tokens
    words: tuple[Word, ...]
    attention: Attention  # [layer head query key]
    fills: tuple[Fill, ...]  # one per gap, in the order of the text
    filled: str  # the text with the first choice in every gap
    plain: tuple[str, str]  # both texts as the model's own tokenizer takes them, hidden pieces written as mask tokens
    is_next: float | None  # probability that the second text follows the first; None: no pair, or the model cannot say
    unknown: tuple[int, ...]  # positions of pieces that are not in the vocabulary
    facts: Facts


@dataclass(frozen=True, eq=False)
class Pass:
    """All of a forward pass that later questions need."""

    encoded: Encoded
    attention: np.ndarray  # [layer head query key]
    states: np.ndarray  # [layer token feature], what each layer reads
    last: np.ndarray  # [token feature], what the last layer gives
    logits: np.ndarray  # gap: [gap vocabulary], classes: [1 class], tags: [token tag], answer: [start-or-end token]
    is_next: float | None
    facts: Facts


@memo(32)
def forward(request: Request) -> Pass:
    """Run the model once. `request.top` does not matter: ask with top=1."""
    with store.using(request.model, open_bert) as bert:
        encoded = encode(request.text, request.pair, bert.tokenizer, bert.positions, request.masks)
        with torch.inference_mode():
            output = bert.net(**inputs(bert, encoded), output_attentions=True, output_hidden_states=True)
        facts, logits = facts_of(bert), logits_of(bert, encoded, output)
        followed = output.seq_relationship_logits[0].softmax(-1)[0].item() if bert.has_next else None
    attention, states = _stacked(output.attentions), _stacked(output.hidden_states[:-1])
    if attention.shape[:2] != (facts.layers, facts.heads) or len(states) != facts.layers:
        raise RuntimeError(f"expected {facts.layers} layers with {facts.heads} heads, got {attention.shape}")
    pair = max(encoded.tokens.segments) == 1
    expect(logits, "row choice")
    last = output.hidden_states[-1][0].numpy()
    expect(last, "token feature")
    return Pass(encoded, attention, states, last, logits, followed if pair else None, facts)


def inputs(bert: Bert, encoded: Encoded) -> dict[str, Tensor]:
    """What the net is called with: a batch of one."""
    given = {"input_ids": torch.tensor([encoded.tokens.ids])}
    if "token_type_ids" in bert.tokenizer.model_input_names:
        given["token_type_ids"] = torch.tensor([encoded.types])
    return given


def logits_of(bert: Bert, encoded: Encoded, output: Any) -> np.ndarray:
    """[row choice], as Pass.logits has them."""
    if bert.use == "answer":
        return torch.cat((output.start_logits, output.end_logits)).numpy()
    if bert.use == "classes":
        return output.logits.numpy()
    logits = output.prediction_logits if bert.has_next else output.logits
    return logits[0, list(encoded.gaps)].numpy() if bert.use == "gap" else logits[0].numpy()


def _stacked(layers: tuple[Tensor, ...]) -> np.ndarray:
    return torch.cat(layers).numpy()


def facts_of(bert: Bert) -> Facts:
    config = bert.net.config
    return Facts(
        layers=config.num_hidden_layers,
        heads=config.num_attention_heads,
        width=config.hidden_size // config.num_attention_heads,
        vocabulary=config.vocab_size,
        parameters=sum(p.numel() for p in bert.net.parameters()),
        positions=bert.positions,
        kind=config.model_type,
        has_next=bert.has_next,
        use=bert.use,
        labels=bert.labels,
        rule=rule_of(config, bert.use),
    )


RULES = ("one", "many", "value")  # softmax; a sigmoid each, as several may hold; no share at all, but a number


def rule_of(config: Any, use: str) -> str:
    """What transformers' config calls the task of a class head; without it one logit is a value, more are classes."""
    if use != "classes":
        return "one"
    if config.problem_type == "multi_label_classification":
        return "many"
    return "value" if config.problem_type == "regression" or config.num_labels == 1 else "one"


def shares(logits: np.ndarray, rule: str) -> np.ndarray:
    """What the page tells of logits [.. choice]: probabilities, or for a value the number itself.

    >>> shares(np.zeros(2), "one"), shares(np.zeros(2), "many"), shares(np.array([3.5]), "value")
    (array([0.5, 0.5]), array([0.5, 0.5]), array([3.5]))
    """
    if rule == "one":
        return softmax(logits)
    numbers = logits.astype(np.float64)
    return numbers if rule == "value" else (1 + np.tanh(numbers / 2)) / 2  # a sigmoid that cannot overflow


@dataclass(frozen=True, eq=False)
class Seen:
    """What is told of a text whatever the head is for."""

    done: Pass
    attention: Attention  # [layer head query key]
    plain: tuple[str, str]  # both texts as the model's own tokenizer takes them
    unknown: tuple[int, ...]  # positions of pieces that are not in the vocabulary
    cls: int | None  # where [CLS] stands: first, in XLNet last


def look(request: Request) -> Seen:
    done = forward(replace(request, top=1))
    with store.using(request.model, open_bert) as bert:
        tokenizer = bert.tokenizer
    tokens, unknown = done.encoded.tokens, tokenizer.unk_token_id
    first, second = gapped(done.encoded)
    return Seen(
        done=done,
        attention=Attention(done.attention, tokens.texts, tokens.texts),
        plain=(disarm(first, tokenizer)[0], disarm(second, tokenizer)[0]),
        unknown=tuple(at for at, id in enumerate(tokens.ids) if id == unknown and not tokens.special[at]),
        cls=place_of(tokens, tokenizer.cls_token_id),
    )


def place_of(tokens: Tokens, id: int | None) -> int | None:
    """Where the special token `id` stands first."""
    return next((at for at, special in enumerate(tokens.special) if special and tokens.ids[at] == id), None)


FINE_TUNED = Text(
    "This model was fine-tuned for another task and no longer fills gaps. Open it under “Fine-tuned uses”.",
    "这个模型已针对别的任务微调，不再填空。请在“微调后的用途”中打开它。",
)


@memo(64)
def trace(request: Request) -> Trace:
    """Raises Wrong for a text the model cannot read or a model that is not there."""
    seen = look(request)
    done, encoded = seen.done, seen.done.encoded
    with store.using(request.model, open_bert) as bert:
        tokenizer = bert.tokenizer
    if bert.use != "gap":
        raise Wrong(*FINE_TUNED)
    fills = tuple(
        _fill(tokenizer, encoded, position, logits, request.top)
        for position, logits in zip(encoded.gaps, done.logits, strict=True)
    )
    return Trace(
        tokens=encoded.tokens,
        words=encoded.words,
        attention=seen.attention,
        fills=fills,
        filled=fill_in(encoded.tokens.text, fills),
        plain=seen.plain,
        is_next=done.is_next,
        unknown=seen.unknown,
        facts=done.facts,
    )


def _fill(tokenizer: Any, encoded: Encoded, position: int, logits: np.ndarray, top: int) -> Fill:
    chances = softmax(logits)
    ranking, best = ranked(lambda id: spell(tokenizer, id), chances, top)
    hidden = None
    if (id := encoded.truth.get(position)) is not None:
        rank = 1 + int((chances > chances[id]).sum())
        hidden = Hidden(spell(tokenizer, id), id, float(chances[id]), rank, float(logits[id]))
    shown = logits[list(best)]
    shown.setflags(write=False)
    return Fill(position, encoded.tokens.spans[position], ranking, best, shown, hidden)


def spell(tokenizer: Any, id: int) -> str:
    """WordPiece as it stands in the vocabulary ("##ing"); byte and sentence pieces as text."""
    piece = tokenizer.convert_ids_to_tokens(id)
    if piece is None:  # some models have more rows in their vocabulary than their tokenizer has pieces
        return f"#{id}"
    if piece.startswith("##") or piece in tokenizer.all_special_tokens:
        return piece
    return tokenizer.decode([id]).strip() or piece


def fill_in(text: str, fills: tuple[Fill, ...]) -> str:
    """The first choice in every gap. A piece that continues a word is joined to what stands before it."""
    for fill in reversed(fills):
        start, end = fill.span
        word = fill.ranking.labels[0]
        before = text[:start]
        if word.startswith("##"):
            before, word = before.rstrip(), word[2:]
        elif before[-1:].isalnum():  # a gap that was cut out of a word
            before += " "
        text = before + word + text[end:]
    return text


def gapped(encoded: Encoded) -> tuple[str, str]:
    """The two texts with every hidden piece written as [MASK], as one would type them."""
    tokens, seam = encoded.tokens, encoded.seam
    first, second = tokens.text[:seam], tokens.text[seam + 1 :]
    spans = [tokens.spans[at] for at in encoded.truth]
    for start, end in sorted(set(spans), reverse=True):
        gaps = GAP * spans.count((start, end))
        if start > seam:
            second = second[: start - seam - 1] + gaps + second[end - seam - 1 :]
        else:
            first = first[:start] + gaps + first[end:]
    return first, second
