"""Real text to learn from, as documents of sentences, read from a data folder.

Each reader cleans what is peculiar to its corpus (line breaks inside sentences, headings, markup) and nothing else.
"""

import csv
import gzip
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from playground.core.spec import ASSETS

Document = list[str]  # sentences in reading order
HELDOUT = ASSETS / "data" / "heldout.txt"  # of prose; a small part of it, which ships

_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]?[A-Z0-9])")
_ABBREVIATED = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|St|Jr|Sr|Prof|Gen|Rev|Hon|Sen|Gov|No|vs|[A-Z])\.$")


def sentences(paragraph: str) -> Document:
    """Split at full stops, question and exclamation marks that a capital follows, but not after "Mr." and initials.

    >>> sentences("Mr. Smith ran. He was late!")
    ['Mr. Smith ran.', 'He was late!']
    """
    found: Document = []
    for piece in _END.split(" ".join(paragraph.split())):
        if found and _ABBREVIATED.search(found[-1]):
            found[-1] += " " + piece
        elif piece:
            found.append(piece)
    return found


def _text(data: Path, name: str) -> str:
    path = data / "text" / f"{name}.gz"
    if not path.is_file():
        raise FileNotFoundError(f"text/{path.name} is missing in {data}; name the data folder with --data")
    return gzip.decompress(path.read_bytes()).decode("utf-8", "replace")


def _gather(pieces: Iterable[Document], size: int) -> Iterator[Document]:
    """Neighbouring pieces joined to documents of at least `size` sentences; the last may be shorter."""
    run: Document = []
    for piece in pieces:
        run += piece
        if len(run) >= size:
            yield run
            run = []
    if run:
        yield run


def _paragraphs(name: str, size: int = 12) -> Callable[[Path], Iterator[Document]]:
    """Documents are runs of paragraphs; headings and very short paragraphs go."""

    def read(data: Path) -> Iterator[Document]:
        paragraphs = re.split(r"\n\s*\n", _text(data, name))
        return _gather((sentences(p.replace("_", "")) for p in paragraphs if len(p.split()) >= 6), size)

    return read


def _lines(name: str, size: int = 20, column: int | None = None) -> Callable[[Path], Iterator[Document]]:
    """One sentence or paragraph a line, or in one column of it."""

    def read(data: Path) -> Iterator[Document]:
        lines = _text(data, name).splitlines()
        texts = lines if column is None else [line.split("\t")[column] for line in lines]
        return _gather((sentences(text) for text in texts if len(text.split()) >= 3), size)

    return read


def _reuters(data: Path) -> Iterator[Document]:
    """News stories open with a headline in capitals; lines inside a paragraph are broken."""
    for story in re.split(r"\n(?=[A-Z0-9][A-Z0-9 ,.&'/<>()-]{12,}\n)", _text(data, "reuters.txt")):
        body = story.partition("\n")[2].replace("&lt;", "<")
        found = [s for part in re.split(r"\n {6}", body) for s in sentences(part) if len(s.split()) > 3]
        if found:
            yield found


def _wikitext(name: str) -> Callable[[Path], Iterator[Document]]:
    def read(data: Path) -> Iterator[Document]:
        text = re.sub(r" @(.)@ ", r"\1", _text(data, name))
        for article in re.split(r"\n = [^=].* = \n", text):
            lines = [line.replace("<unk>", "").strip() for line in article.splitlines()]
            found = [s for line in lines if line and not line.startswith("=") for s in sentences(line)]
            if found:
                yield [re.sub(r"\s+([.,;:!?)])", r"\1", s) for s in found]

    return read


def _reviews(data: Path) -> Iterator[Document]:
    for line in _text(data, "movie_reviews.jsonl").splitlines():
        yield [s.strip() for s in re.split(r"(?<=[.!?])\s+", json.loads(line)["text"]) if len(s.split()) > 3]


def _pairs(data: Path) -> Iterator[Document]:
    """SICK: the two sentences of a pair are variants of each other, so each stands alone."""
    rows = csv.DictReader(io.StringIO(_text(data, "sick_train.txt")), delimiter="\t")
    for row in rows:
        yield [row["sentence_A"] + "."]
        yield [row["sentence_B"] + "."]


@dataclass(frozen=True)
class Corpus:
    name: str
    licence: str
    read: Callable[[Path], Iterator[Document]]
    linked: bool = True  # neighbouring sentences belong together


PROSE = (
    Corpus("Project Gutenberg, 17 books", "public domain", _paragraphs("gutenberg.txt")),
    Corpus("Brown corpus", "non-commercial", _lines("brown.txt")),
    Corpus("ABC news", "see the NLTK data notes", _lines("abc_news.txt")),
    Corpus("Reuters news", "see the NLTK data notes", _reuters),
    Corpus("State of the Union addresses", "public domain", _paragraphs("state_union.txt")),
    Corpus("Inaugural addresses", "public domain", _paragraphs("inaugural.txt")),
    Corpus("Genesis", "public domain", _paragraphs("genesis.txt")),
    Corpus("WikiText-2, validation part", "CC BY-SA", _wikitext("wikitext2_valid.txt")),
    Corpus("WikiText-2, test part", "CC BY-SA", _wikitext("wikitext2_test.txt")),
    Corpus("Movie reviews (Pang and Lee 2004)", "research", _reviews),
)
PLAIN = (
    Corpus("Multi30k captions", "see Elliott et al. 2016", _lines("multi30k_train.en", size=1), linked=False),
    Corpus("SICK sentence pairs", "CC BY-NC-SA 3.0", _pairs, linked=False),
    Corpus("Tatoeba English sentences", "CC BY 2.0 FR", _lines("tatoeba_en_zh.tsv", size=1, column=0), linked=False),
)


def heldout() -> list[Document]:
    """The small part of the held-out prose that ships: documents apart by empty lines, a sentence a line."""
    return [d.splitlines() for d in HELDOUT.read_text("utf-8").strip().split("\n\n")]


def keep_heldout(documents: Sequence[Document], path: Path = HELDOUT) -> None:
    """Ship the beginnings of some sixty held-out documents, so that embedded models can be measured again."""
    long = [d for d in documents if len(d) >= 8]
    path.write_text("\n\n".join("\n".join(d[:12]) for d in long[:: max(1, len(long) // 60)]) + "\n", "utf-8")
