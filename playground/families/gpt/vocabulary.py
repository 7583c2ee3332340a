"""A byte-level BPE vocabulary (Radford et al. 2019, section 2.2) of its own, in GPT-2's files.

Merges are learned from words parted from their endings, and from single digits; a piece inside a word may not end in
e, s, ed or ly.
So "dogs" is "dog" and "s", "walked" is "walk" and "ed", "baked" is "bake" and "d": a word is inflected by copying it.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from heapq import heapify, heappop, heappush
from itertools import pairwise
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers

END = "<|endoftext|>"
WORD = re.compile(r"'(?:s|t|re|ve|m|ll|d)| ?[^\W\d_]+| ?\d| ?[^\s\w]+")
ENDINGS = ("s", "es", "ed", "d", "ing", "ly", "er", "est")
LAST = (("e", "d"), ("e", "s"), ("l", "y"))  # after all other merges
Pair = tuple[str, str]


def _count(texts: Iterable[str]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(WORD.findall(text))
    return counts


def parted(counts: Counter[str]) -> Counter[str]:
    """Words with an ending become their stem, where the stem is a word by itself.

    >>> parted(Counter({" dog": 3, " dogs": 2, " bus": 1, " bake": 2, " baked": 1}))
    Counter({' dog': 5, ' bake': 3, ' bus': 1})
    """
    found: Counter[str] = Counter()
    for word, n in counts.items():
        stems = (word.removesuffix(end) for end in ENDINGS if word.endswith(end) and len(word) > len(end) + 3)
        found[next((stem for stem in stems if counts[stem] * 8 > n), word)] += n
    return found


def _allowed(pair: Pair) -> bool:
    made = "".join(pair)
    return made[0] == "Ġ" or (made[-1] not in "es" and made[-2:] not in ("ed", "ly")) or not made.isalpha()


def _merged(symbols: list[str], pair: Pair) -> list[str]:
    out: list[str] = []
    for symbol in symbols:
        if out and (out[-1], symbol) == pair:
            out[-1] += symbol
        else:
            out.append(symbol)
    return out


def merges_of(counts: Mapping[str, float], size: int) -> list[Pair]:
    """The `size` merges that Sennrich et al. (2016, algorithm 1) would make, but for those not allowed."""
    split = pre_tokenizers.ByteLevel(add_prefix_space=False)
    words = [(list(piece), round(n)) for word, n in counts.items() for piece, _ in split.pre_tokenize_str(word)]
    totals: dict[Pair, int] = defaultdict(int)
    places: dict[Pair, set[int]] = defaultdict(set)

    def tally(index: int, sign: int) -> set[Pair]:
        symbols, n = words[index]
        pairs = [pair for pair in pairwise(symbols) if _allowed(pair)]
        for pair in pairs:
            totals[pair] += sign * n
            places[pair].add(index)
        return set(pairs)

    for index in range(len(words)):
        tally(index, 1)
    heap = [(-n, pair) for pair, n in totals.items()]
    heapify(heap)
    merges: list[Pair] = []
    while len(merges) < size and heap:
        n, pair = heappop(heap)
        if -n != totals.get(pair):  # an old entry: this pair's count has changed since
            continue
        merges.append(pair)
        changed: set[Pair] = set()
        for index in places.pop(pair):
            changed |= tally(index, -1)
            words[index] = (_merged(words[index][0], pair), words[index][1])
            changed |= tally(index, 1)
        totals.pop(pair, None)
        for other in changed - {pair}:
            heappush(heap, (-totals[other], other))
    return merges


def _bare(vocab: dict[str, int] | None = None, merges: list[tuple[str, str]] | None = None) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE(vocab=vocab, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def of(merges: Sequence[tuple[str, str]]) -> Tokenizer:
    """The tokenizer of a list of merges: <|endoftext|> first, then the 256 bytes, then what the merges make."""
    names = [END, *sorted(pre_tokenizers.ByteLevel.alphabet()), *(a + b for a, b in merges)]
    vocab = {name: i for i, name in enumerate(dict.fromkeys(names))}
    tokenizer = _bare(vocab, list(merges))
    tokenizer.add_special_tokens([END])
    return tokenizer


def learn(groups: Sequence[tuple[Iterable[str], float]], size: int) -> Tokenizer:
    """`size` entries learned from groups of texts; each group counts as its weight in millions of words."""
    total: dict[str, float] = defaultdict(float)
    for texts, weight in groups:
        counts = _count(texts)
        scale = weight * 1e6 / max(1, counts.total())
        for word, n in counts.items():
            total[word] += n * scale
    common = {word: n for word, n in sorted(parted(Counter(total)).items()) if n >= 5}
    return of([*merges_of(common, size - 257 - len(LAST)), *LAST])


def store(tokenizer: Tokenizer, folder: Path, length: int) -> None:
    """vocab.json, merges.txt, tokenizer.json and tokenizer_config.json, as transformers reads them."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    model = json.loads(tokenizer.to_str())["model"]
    (folder / "vocab.json").write_text(json.dumps(model["vocab"], ensure_ascii=False) + "\n", "utf-8")
    lines = (m if isinstance(m, str) else " ".join(m) for m in model["merges"])
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(lines) + "\n", "utf-8")
    config = {"tokenizer_class": "GPT2Tokenizer", "model_max_length": length, "add_prefix_space": False}
    config |= {f"{name}_token": END for name in ("bos", "eos", "unk")}
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=1) + "\n", "utf-8")


def restore(folder: Path) -> Tokenizer | None:
    path = folder / "tokenizer.json"
    return Tokenizer.from_file(str(path)) if path.is_file() else None
