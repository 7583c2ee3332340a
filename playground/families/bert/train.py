"""Train the embedded BERT: python -m playground.train bert (Devlin et al. 2018, section 3.1 and appendix A).

Both tasks of the paper at once: masked words (80 % [MASK], 10 % another word, 10 % unchanged) and next sentence.
Four things differ, to learn fast on a small machine: short sequences with a quarter of the tokens hidden first (or it
stays at unigram guessing), full length and the paper's 15 % last; plain everyday sentences in the mix from the start;
batches of equal token count instead of equal row count; and a second round, in which the encoder's matrices take
orthogonalised steps (Muon, Jordan et al. 2024). In each round the rate warms up and falls to zero.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import Optimizer
from transformers import BertConfig, BertForPreTraining

from playground.core.checkpoint import Card, save_weights, write_card
from playground.core.progress import Progress
from playground.core.resume import keep_state, kept_at, rate_at, restore_state
from playground.core.spec import ASSETS
from playground.data import corpora
from playground.data.stories import stories
from playground.families.bert import tune, vocabulary
from playground.families.bert.masking import hide
from playground.families.bert.vocabulary import CLS, MASK, PAD, SEP, SPECIAL

GAPS = ASSETS / "data" / "bert_gaps.tsv"
STORY_WORLD = {"name": "Story world (playground/data/stories.py)", "licence": "Apache-2.0"}


@dataclass(frozen=True)
class Phase:
    until: int  # step
    length: int  # tokens of a row at most
    masked: float  # share of the tokens to guess
    shares: tuple[float, float, float]  # of prose, plain sentences, story world in the tokens
    alone: float = 0.4  # share of the rows from linked text that hold one passage instead of a pair


@dataclass(frozen=True)
class Config:
    layers: int = 4
    heads: int = 4
    width: int = 256
    vocabulary: int = 6_000
    length: int = 128  # positions
    phases: tuple[Phase, ...] = (
        Phase(2_000, 48, 0.25, (0.58, 0.12, 0.30)),
        Phase(5_200, 48, 0.25, (0.74, 0.06, 0.20)),
        Phase(6_400, 128, 0.15, (0.76, 0.06, 0.18)),
        Phase(10_500, 64, 0.25, (0.84, 0.04, 0.12)),
        Phase(13_400, 128, 0.15, (0.84, 0.04, 0.12), alone=0.2),
    )
    rates: tuple[tuple[int, float], ...] = (  # (step, learning rate), straight lines between
        (0, 1.5e-6),
        (400, 6e-4),
        (4_500, 6e-4),
        (6_400, 0.0),
        (6_600, 8e-4),
        (10_500, 3.784e-4),
        (12_300, 2.081e-4),
        (13_400, 0.0),
    )
    muon_from: int = 6_400  # step
    decay: float = 0.01
    tokens: int = 7_680  # of a batch, padding included
    seed: int = 0

    @property
    def steps(self) -> int:
        return self.phases[-1].until


CONFIGS: dict[str, Config | tune.Tuning] = {"mini": Config(), **tune.CONFIGS}
WIDTHS = (16, 24, 32, 48, 64, 96)  # rows are padded to one of these: a new shape costs more than the padding
BLOCK = 100  # batches made from one seed: an interrupted run goes on at a block's start


@dataclass(frozen=True, eq=False)
class Shelf:
    """Documents as one run of token ids; `ends` of sentences in tokens, `documents` ends in sentences."""

    ids: np.ndarray
    ends: np.ndarray
    documents: np.ndarray
    linked: bool

    def sentence(self, index: int) -> np.ndarray:
        return self.ids[self.ends[index - 1] if index else 0 : self.ends[index]]

    def last(self, index: int) -> int:
        """End of the document that sentence `index` stands in."""
        return int(self.documents[np.searchsorted(self.documents, index, side="right")])


def shelve(documents: Sequence[Sequence[str]], tokenizer: Tokenizer, linked: bool = True) -> Shelf:
    flat = [s for document in documents for s in document]
    rows = [e.ids for e in tokenizer.encode_batch(flat, add_special_tokens=False)]
    ids = np.fromiter((i for row in rows for i in row), np.int32)
    ends = np.cumsum([len(row) for row in rows])
    return Shelf(ids, ends, np.cumsum([len(d) for d in documents]), linked)


def _bare(sentence: str) -> str:
    return " ".join(re.findall(r"[a-z0-9']+", sentence.lower()))


def gaps() -> list[tuple[str, frozenset[str]]]:
    """Everyday sentences with one [MASK] and the words that fit it; never trained on."""
    rows = [line.split("\t") for line in GAPS.read_text("utf-8").splitlines()]
    return [(sentence, frozenset(words.split())) for sentence, words in rows]


def kept_out() -> Callable[[str], bool]:
    """True for a sentence that is one of the gap sentences, whatever word fills the gap."""
    sides = [[re.escape(_bare(part)) for part in sentence.split("[MASK]")] for sentence, _ in gaps()]
    patterns = (" ".join(part for part in (before, "[a-z0-9']+", after) if part) for before, after in sides)
    match = re.compile("|".join(patterns)).fullmatch
    return lambda sentence: match(_bare(sentence)) is not None


@dataclass(frozen=True, eq=False)
class Text:
    tokenizer: Tokenizer
    prose: list[Shelf]
    plain: list[Shelf]
    heldout: list[list[str]]  # prose documents, every fiftieth of each corpus


def read(config: Config, data: Path, folder: Path | None = None, tokenizer: Tokenizer | None = None) -> Text:
    """All real text; the vocabulary is learned from it and the story world, or read from `folder` if it is there."""
    banned = kept_out()
    keep = lambda documents: [[s for s in d if not banned(s)] for d in documents]  # noqa: E731
    prose = [keep(c.read(data)) for c in corpora.PROSE]
    plain = [keep(c.read(data)) for c in corpora.PLAIN]
    heldout = [d for documents in prose for d in documents[7::50]]
    prose = [[d for i, d in enumerate(documents) if i % 50 != 7] for documents in prose]
    tokenizer = tokenizer or (vocabulary.restore(folder) if folder else None)
    if tokenizer is None:
        told = [[s.text for s in story] for story in stories(config.seed + 1, 20_000)]
        tokenizer = vocabulary.learn(
            [[d for c in prose for d in c], [d for c in plain for d in c], told], config.vocabulary
        )
        if folder:
            vocabulary.store(tokenizer, folder, config.length)
    return Text(
        tokenizer,
        [shelve(d, tokenizer) for d in prose],
        [shelve(d, tokenizer, c.linked) for d, c in zip(plain, corpora.PLAIN, strict=True)],
        heldout,
    )


Example = tuple[list[int], int, int]  # ids with [CLS] and [SEP], where the second segment starts, NSP label or -100


def _take(shelf: Shelf, start: int, stop: int, room: int) -> tuple[list[int], int]:
    """Whole sentences from `start`, at least one, until `room` tokens are full; a long first one is cut."""
    ids = shelf.sentence(start)[:room].tolist()
    at = start + 1
    while at < stop and len(ids) + len(shelf.sentence(at)) <= room:
        ids += shelf.sentence(at).tolist()
        at += 1
    return ids, at


def example(shelf: Shelf, length: int, rng: np.random.Generator, alone: float = 0.4) -> Example:
    """One passage (half of them a single sentence) or, from linked text, a pair: half true neighbours, half not."""
    start = int(rng.integers(len(shelf.ends)))
    stop = shelf.last(start)
    if not shelf.linked or stop - start < 2 or rng.random() < alone:
        single = rng.random() < 0.5
        ids, _ = _take(shelf, start, start + 1 if single else stop, length - 2)
        return [CLS, *ids, SEP], len(ids) + 2, -100
    room = length - 3
    first, at = _take(shelf, start, stop, int(rng.integers(room // 4, 3 * room // 4)))
    true = at < stop and rng.random() < 0.5
    if not true:
        at = int(rng.integers(len(shelf.ends)))
        stop = shelf.last(at)
    second, _ = _take(shelf, at, stop, room - len(first))
    return [CLS, *first, SEP, *second, SEP], len(first) + 2, 0 if true else 1


@dataclass(frozen=True, eq=False)
class Batch:
    ids: Tensor  # [row token], some replaced
    segments: Tensor
    attended: Tensor
    chosen: Tensor  # [row token] bool: predicted
    targets: Tensor  # [chosen]
    next: Tensor  # [row]: 0 follows, 1 random, -100 no pair


def mask(
    examples: Sequence[Example], share: float, words: int, rng: np.random.Generator, width: int | None = None
) -> Batch:
    """Pad to `width` and hide `share` of the tokens as the paper does, see masking.hide."""
    width = width or max(len(ids) for ids, _, _ in examples)
    ids = np.full((len(examples), width), PAD, np.int64)
    segments = np.zeros_like(ids)
    for row, (tokens, second, _) in enumerate(examples):
        ids[row, : len(tokens)] = tokens
        segments[row, second : len(tokens)] = 1
    hiding = hide(ids, ids >= len(SPECIAL), share, MASK, np.arange(len(SPECIAL), words), rng)
    follows = np.array([n for _, _, n in examples])
    tensors = (hiding.shown, segments, ids != PAD, hiding.chosen, ids[hiding.chosen], follows)
    return Batch(*map(torch.from_numpy, tensors))


def block(text: Text, config: Config, index: int) -> list[Batch]:
    """The batches of steps index * BLOCK and on; the same for the same config, whatever was trained before."""
    rng = np.random.default_rng((config.seed, index))
    phase = next(phase for phase in config.phases if index * BLOCK < phase.until)
    widths = [w for w in WIDTHS if w < phase.length] + [phase.length]
    need = int(1.08 * BLOCK * config.tokens)
    banned = kept_out()
    told = [
        [s.text for s in story if not banned(s.text)]
        for story in stories(config.seed + 10_000 + index, int(need * phase.shares[2] / 45))
    ]
    groups = [text.prose, text.plain, [shelve([d for d in told if d], text.tokenizer)]]
    examples: list[Example] = []
    for shelves, part in zip(groups, phase.shares, strict=True):
        sizes = np.array([len(s.ids) for s in shelves], float)
        count = 0
        while count < need * part:
            shelf = shelves[rng.choice(len(shelves), p=sizes / sizes.sum())]
            examples.append(example(shelf, phase.length, rng, phase.alone))
            count += len(examples[-1][0])
    shelf_of = np.searchsorted(widths, [len(ids) for ids, _, _ in examples])
    batches = []
    for width, rows in zip(widths, (config.tokens // w for w in widths), strict=True):
        mine = rng.permutation(np.flatnonzero(shelf_of == np.searchsorted(widths, width)))
        batches += [(mine[at : at + rows], width) for at in range(0, len(mine) - rows + 1, rows)]
    chosen = rng.permutation(len(batches))[:BLOCK]
    return [
        mask([examples[i] for i in batches[b][0]], phase.masked, config.vocabulary, rng, batches[b][1]) for b in chosen
    ]


def build(config: Config) -> BertForPreTraining:
    torch.manual_seed(config.seed)
    net = BertForPreTraining(
        BertConfig(
            vocab_size=config.vocabulary,
            hidden_size=config.width,
            num_hidden_layers=config.layers,
            num_attention_heads=config.heads,
            intermediate_size=4 * config.width,
            max_position_embeddings=config.length,
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
            pad_token_id=PAD,
        )
    )
    net.set_attn_implementation("eager")  # the fused kernel's backward pass takes half of a step on short rows
    return net


def loss_of(net: BertForPreTraining, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
    """Masked-word loss, next-sentence loss, and how many masked words were guessed right."""
    seen = net.bert(batch.ids, attention_mask=batch.attended, token_type_ids=batch.segments)
    at = F.pad(batch.chosen.flatten().nonzero()[:, 0], (0, -len(batch.targets) % 256))  # few shapes again
    logits = net.cls.predictions(seen.last_hidden_state.flatten(0, 1)[at]).float()[: len(batch.targets)]
    following = net.cls.seq_relationship(seen.pooler_output).float()
    words = F.cross_entropy(logits, batch.targets)
    pairs = (
        F.cross_entropy(following, batch.next, ignore_index=-100) if (batch.next >= 0).any() else words.new_zeros(())
    )
    return words, pairs, (logits.argmax(-1) == batch.targets).float().mean()


def optimizers_of(net: nn.Module, config: Config, step: int) -> list[Optimizer]:
    """AdamW, and in the second round Muon for the encoder's matrices; biases and norms do not decay, as in the paper's
    code."""
    turns = lambda name, p: step >= config.muon_from and "encoder" in name and p.ndim == 2  # noqa: E731
    turned = [p for name, p in net.named_parameters() if turns(name, p)]
    rest = [p for name, p in net.named_parameters() if not turns(name, p)]
    groups = [
        {"params": [p for p in rest if p.ndim >= 2], "weight_decay": config.decay},
        {"params": [p for p in rest if p.ndim < 2], "weight_decay": 0.0},
    ]
    adam = torch.optim.AdamW(groups, lr=0.0, betas=(0.9, 0.98), eps=1e-6)
    if not turned:
        return [adam]
    return [adam, torch.optim.Muon(turned, lr=0.0, weight_decay=config.decay, adjust_lr_fn="match_rms_adamw")]


def train(config: Config | tune.Tuning, data: Path, keep: Path | None = None) -> Iterator[Progress[nn.Module]]:
    """One Progress per block of steps; `keep` is a folder for the state, from which an interrupted run goes on."""
    if isinstance(config, tune.Tuning):  # a matter of minutes: nothing is kept
        yield from tune.train(config, data)
        return
    text = read(config, data, keep)
    net = build(config).train()
    net.tokenizer = text.tokenizer  # what is shipped must read as it was trained
    step, optimizers = 0, optimizers_of(net, config, 0)
    path = keep / "state.safetensors" if keep else None
    if path and path.is_file():
        step = kept_at(path)
        optimizers = optimizers_of(net, config, step)
        restore_state(path, net, optimizers)
    if step >= config.steps:
        yield Progress(step, config.steps, {}, net)
    while step < config.steps:
        sums = np.zeros(3)
        if step == config.muon_from:
            optimizers = optimizers_of(net, config, step)
        for batch in block(text, config, step // BLOCK):
            for group in (group for optimizer in optimizers for group in optimizer.param_groups):
                group["lr"] = rate_at(step, config.rates)
            with torch.autocast("cpu", torch.bfloat16):
                words, pairs, right = loss_of(net, batch)
            net.zero_grad()
            (words + pairs).backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            for optimizer in optimizers:
                optimizer.step()
            step += 1
            sums += [words.item(), pairs.item(), right.item()]
        figures = dict(zip(("word loss", "pair loss", "words right"), sums / BLOCK, strict=True))
        if (path and step % 500 == 0) or step >= config.steps:
            figures |= measure(net, text.tokenizer, text.heldout[::8])
            net.train()
        if path:
            keep_state(path, net, optimizers, step)
        yield Progress(step, config.steps, figures, net)


@torch.inference_mode()
def fill(net: BertForPreTraining, tokenizer: Tokenizer, sentence: str, top: int = 5) -> list[str]:
    """The `top` most likely words for the first [MASK] of a sentence."""
    ids = tokenizer.encode(sentence).ids
    logits = net(torch.tensor([ids])).prediction_logits[0, ids.index(MASK)]
    return [tokenizer.id_to_token(i) or "" for i in logits.topk(top).indices.tolist()]


OF_PROSE = ("held-out prose, top-1", "next sentence, accuracy")


@torch.inference_mode()
def guesses(net: BertForPreTraining, shelf: Shelf, batches: int, length: int) -> tuple[float, float]:
    """Top-1 of hidden tokens (15 %, all [MASK]) and next-sentence accuracy (half true neighbours, half random)."""
    rng = np.random.default_rng(0)
    words, pairs = [], []
    for _ in range(batches):
        batch = mask([example(shelf, length, rng) for _ in range(32)], 0.15, net.config.vocab_size, rng)
        ids = batch.ids.masked_fill(batch.chosen, MASK)
        seen = net(ids, attention_mask=batch.attended, token_type_ids=batch.segments)
        words.append((seen.prediction_logits[batch.chosen].argmax(-1) == batch.targets).float())
        asked = batch.next >= 0
        pairs.append((seen.seq_relationship_logits[asked].argmax(-1) == batch.next[asked]).float())
    return torch.cat(words).mean().item(), torch.cat(pairs).mean().item()


def measure(
    net: BertForPreTraining, tokenizer: Tokenizer, documents: Sequence[Sequence[str]], length: int = 128
) -> dict[str, float]:
    """Everyday gaps answered among the first five; hidden words and next sentences of held-out prose, and next
    sentences of stories that were never told before."""
    net.eval()
    right = [bool(words & set(fill(net, tokenizer, sentence))) for sentence, words in gaps()]
    told = [[s.text for s in story] for story in stories(9, 400)]
    prose = guesses(net, shelve(documents, tokenizer), max(8, len(documents) // 4), length)
    return {
        "everyday gaps, first five": sum(right) / len(right),
        "held-out prose, top-1": prose[0],
        "next sentence, accuracy": prose[1],
        "next sentence in stories, accuracy": guesses(net, shelve(told, tokenizer), 16, length)[1],
    }


def ship(net: nn.Module, config: Config | tune.Tuning, data: Path, folder: Path, seconds: float) -> Card:
    """Write a folder that transformers opens by itself, the small held-out part, and the card."""
    if isinstance(config, tune.Tuning):
        return tune.ship(net, config, data, folder, seconds)
    assert isinstance(net, BertForPreTraining)
    text = read(config, data, tokenizer=net.tokenizer)
    vocabulary.store(text.tokenizer, folder, config.length)
    weights = {n: v for n, v in net.state_dict().items() if "predictions.decoder" not in n}  # tied to the embeddings
    size = save_weights(folder, weights)
    net.config.architectures = ["BertForPreTraining"]
    plain: dict[str, Any] = {**net.config.to_dict(), "dtype": "float32"}  # stored in half, opened in full precision
    plain.pop("transformers_version", None)
    (folder / "config.json").write_text(json.dumps(plain, indent=1, sort_keys=True) + "\n")
    corpora.keep_heldout(text.heldout)
    shipped = BertForPreTraining.from_pretrained(folder)
    results = measure(shipped, text.tokenizer, text.heldout)
    small = measure(shipped, text.tokenizer, corpora.heldout())
    sources = ({"name": c.name, "licence": c.licence} for c in (*corpora.PROSE, *corpora.PLAIN))
    card = Card(
        key="bert/mini",
        title="BERT mini",
        config=asdict(config),
        seed=config.seed,
        command="python -m playground.train bert",
        data=(*sources, STORY_WORLD),
        results=results | {f"{name} (shipped part)": small[name] for name in OF_PROSE},
        parameters=sum(p.numel() for p in shipped.parameters()),
        bytes=size,
        seconds=round(seconds),
        notes="The shares of prose, plain sentences and story world in the tokens of each phase are in config.phases.",
    )
    write_card(folder, card)
    return card
