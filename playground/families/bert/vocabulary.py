"""A WordPiece vocabulary (Schuster and Nakajima 2012): common words whole, rare ones in pieces.

The pieces are learned as usual; the places left are given to the commonest whole words, so that an everyday gap can be
filled by one token. Greedy longest match then prefers the word to its pieces.
"""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
PAD, UNK, CLS, SEP, MASK = range(5)
PIECES = 1_700  # learned; the rest of the vocabulary is whole words
Documents = Sequence[Sequence[str]]


def _bare() -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return tokenizer


def of(words: Sequence[str]) -> Tokenizer:
    """The tokenizer of a vocabulary in the order of its ids; the first five are the special tokens."""
    tokenizer = _bare()
    vocab = {word: i for i, word in enumerate(words)}
    tokenizer.model = models.WordPiece(vocab=vocab, unk_token="[UNK]", max_input_chars_per_word=100)
    tokenizer.add_special_tokens(list(SPECIAL))
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", SEP), ("[CLS]", CLS))
    tokenizer.decoder = decoders.WordPiece()
    return tokenizer


def _count(tokenizer: Tokenizer, groups: Sequence[Documents]) -> Counter[str]:
    """Words of all texts; each group counts as a million words, so that none drowns the others."""
    total: Counter[str] = Counter()
    for documents in groups:
        found: Counter[str] = Counter()
        for document in documents:
            for sentence in document:
                normal = tokenizer.normalizer.normalize_str(sentence)
                found.update(word for word, _ in tokenizer.pre_tokenizer.pre_tokenize_str(normal))
        scale = 1e6 / max(1, found.total())
        total.update({word: n * scale for word, n in found.items()})
    return total


def learn(groups: Sequence[Documents], size: int) -> Tokenizer:
    """`size` entries: special tokens, learned pieces, then whole words by frequency."""
    tokenizer = _bare()
    counts = _count(tokenizer, groups)
    common = [word for word, n in sorted(counts.items(), key=lambda item: (-item[1], item[0])) if n >= 3]
    trainer = trainers.WordPieceTrainer(
        vocab_size=PIECES, special_tokens=list(SPECIAL), limit_alphabet=90, show_progress=False
    )
    tokenizer.train_from_iterator((w for w in common[:60_000] for _ in range(min(50, round(counts[w])))), trainer)
    known = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
    words = [piece for piece, _ in known]
    letters = {piece for piece in words if len(piece) == 1}
    taken = set(words)
    whole = (w for w in common if w not in taken and set(w) <= letters)
    return of([*words, *(w for w, _ in zip(whole, range(size - len(words)), strict=False))])


def store(tokenizer: Tokenizer, folder: Path, length: int) -> None:
    """vocab.txt, tokenizer.json and tokenizer_config.json, as transformers reads them."""
    folder.mkdir(parents=True, exist_ok=True)
    words = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
    (folder / "vocab.txt").write_text("\n".join(word for word, _ in words) + "\n", "utf-8")
    tokenizer.save(str(folder / "tokenizer.json"))
    names = dict(zip(("pad", "unk", "cls", "sep", "mask"), SPECIAL, strict=True))
    config = {"tokenizer_class": "BertTokenizer", "do_lower_case": True, "model_max_length": length}
    config |= {f"{name}_token": token for name, token in names.items()}
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=1) + "\n", "utf-8")


def restore(folder: Path) -> Tokenizer | None:
    path = folder / "tokenizer.json"
    return Tokenizer.from_file(str(path)) if path.is_file() else None
