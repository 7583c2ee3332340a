"""A seeded world of short, coherent everyday English.

The wordings live in ``world/*.txt`` and the words in ``world/lexicon.txt`` (see ``lexicon.py``). A text opens with
``== kind id *weight : A=class x=class``; its bindings hold for the whole text. Kind ``plot``: steps parted by blank
lines, each a list of wordings of which one is told; a step whose first line starts with ``?`` may be left out; a
wording ``a> ...`` opens the lane a, after which those of other lanes are closed. Kind ``facts``: a bag of lines,
of which some are told in any order; a line with ``!`` opens. ``//`` parts the sentences of one wording.

In a wording ``[a|b|]`` chooses, ``{class}`` draws a word, ``{x=class}`` draws and binds, ``{x.field}`` reads a field,
``{x.field:ed}`` inflects, ``{x~verb}`` agrees, ``{x~@class}`` agrees with a verb phrase of a class. A capital letter is
a person: ``{A}`` is a name or, where it is plain who is meant, a pronoun (``{A.o}`` as object, ``{A.s}`` as owner).
Unbound, P and Q are two named people, G a group and E anyone, new in every sentence. Blanks that empty choices leave,
capitals at the start and a or an are put right after filling.
"""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache

from playground.data.lexicon import PASTS, WORLD, Row, inflect, lexicon


@dataclass(frozen=True)
class Sentence:
    """One sentence and the stable id of the frame that made it."""

    text: str
    frame: str


@dataclass
class _Scene:
    """Who and what the text being told is about; ``last`` is the sentence in which each person was last named."""

    rng: random.Random
    rows: dict[str, Row] = field(default_factory=dict)
    last: dict[str, int] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    now: int = 0


_Part = str | Callable[[_Scene], str]


@dataclass(frozen=True)
class _Frame:
    """A compiled sentence frame."""

    id: str
    parts: tuple[_Part, ...]
    goes_on: bool  # from the sentence before within one wording
    plain: str = ""  # "" or, for a fact about nobody in particular, "said" (in the past) or "known"
    links: bool = False  # an event inside a plot, which may open with "then" and the like


# The lane a wording belongs to ("" for all) and its frames.
_Wording = tuple[str, tuple[_Frame, ...]]


def _draw(scene: _Scene, rows: list[Row]) -> Row:
    """A row, not one already drawn in this text when a few tries find another."""
    n = len(rows)
    for _ in range(6):
        row = rows[int(scene.rng.random() * n)]
        if id(row.f) not in scene.seen:
            break
    scene.seen.add(id(row.f))
    return row


_AUTO = {"P": "named", "Q": "named", "G": "they", "E": "all"}


def _lookup(scene: _Scene, key: str) -> Row:
    row = scene.rows.get(key)
    if row is None:
        row = _bind(scene, key, _AUTO[key])
    return row


def _bind(scene: _Scene, key: str, cls: str) -> Row:
    rows = lexicon()[cls]
    row = _draw(scene, rows)
    if row.person:
        others = [r for r in scene.rows.values() if r.person]
        names = {r.f["w"] for r in others}
        apart = key == "Q" or scene.rng.random() < 0.65
        for _ in range(20):
            # Two people of different gender keep pronouns clear; two of one name would not be two people.
            clash = apart and any(r.f["he"] == row.f["he"] for r in others)
            if not clash and row.f["w"] not in names and not (names and row.f["he"] in ("I", "we")):
                break
            row = _draw(scene, rows)
    scene.rows[key] = row
    return row


def _mention(key: str, case: str) -> Callable[[_Scene], str]:
    pronoun, full = {"": ("he", "name"), "o": ("him", "name"), "s": ("his", "names")}[case]

    def part(scene: _Scene) -> str:
        row = _lookup(scene, key)
        last, scene.last[key] = scene.last.get(key), scene.now
        he = row.f["he"]
        if he in ("I", "we"):
            return row.f[pronoun]
        if last is None or last < scene.now - 1:
            return row.f[full]
        for other, r in scene.rows.items():
            if r.person and other != key and r.f["he"] == he:
                return row.f[full]
        return row.f[pronoun] if last == scene.now or scene.rng.random() < 0.6 else row.f[full]

    return part


def _slot(code: str) -> _Part:
    """Compiles what stands between braces."""
    code, _, how = code.partition(":")
    if "=" in code:
        key, cls = code.split("=")
        cls, _, name = cls.partition(".")
        if cls not in lexicon():
            raise ValueError(f"no class {cls!r}")

        def bind(scene: _Scene) -> str:
            row = _bind(scene, key, cls)
            scene.last[key] = scene.now
            f = row.f
            if "{" in f["w"] or "[" in f["w"]:  # settle the word, so that it stays the same when it comes again
                f = {**f, "w": _value(scene, f["w"])}
                scene.rows[key] = Row(f, row.bare, row.person)
            text = f[name] if name else f.get("name") or f["w"]
            return inflect(text, how) if how else text

        return bind
    if "~" in code:
        key, verb = code.split("~")
        if verb.startswith("@"):
            phrases = lexicon()[verb[1:]]

            def act(scene: _Scene) -> str:
                text = _draw(scene, phrases).f["w"]
                return _value(scene, text if _lookup(scene, key).bare else inflect(text, "v"))

            return act
        third = inflect(verb, "v")
        return lambda scene: verb if _lookup(scene, key).bare else third
    key, _, name = code.partition(".")
    if len(key) == 1 and key.isupper() and name in ("", "o", "s"):
        part = _mention(key, name)
        return (lambda scene: inflect(part(scene), how)) if how else part
    name = name or "w"
    if len(key) == 1:
        if key.isupper() and name == "his":
            return lambda scene: _lookup(scene, key).f["his" if key in scene.last else "names"]
        if key.isupper() and name in ("name", "names"):

            def call(scene: _Scene) -> str:
                scene.last[key] = scene.now
                return _lookup(scene, key).f[name]

            return call
        if how:
            return lambda scene: inflect(_lookup(scene, key).f[name], how)
        return lambda scene: _value(scene, _lookup(scene, key).f[name])
    rows = lexicon()[key]
    if any(name not in r.f for r in rows):
        raise ValueError(f"class {key!r} has no field {name!r}")
    if how:
        return lambda scene: inflect(_draw(scene, rows).f[name], how)
    return lambda scene: _value(scene, _draw(scene, rows).f[name])


def _value(scene: _Scene, text: str) -> str:
    """A field's text; a field may itself hold slots."""
    return _fill(_nested(text), scene) if "{" in text or "[" in text else text


@cache
def _nested(text: str) -> tuple[_Part, ...]:
    return _parse(text)[0][0]


def _choice(options: list[tuple[_Part, ...]]) -> Callable[[_Scene], str]:
    n = len(options)
    return lambda scene: _fill(options[int(scene.rng.random() * n)], scene)


def _parse(source: str, at: int = 0, inside: bool = False) -> tuple[list[tuple[_Part, ...]], int]:
    """Compiles a wording from ``at`` on, up to its end or the closing bracket: its options and where it stopped."""
    options: list[tuple[_Part, ...]] = []
    parts: list[_Part] = []
    plain = re.compile(r"[^\[\]{}|]+")
    while at < len(source):
        c = source[at]
        if c == "{":
            end = source.index("}", at)
            parts.append(_slot(source[at + 1 : end]))
            at = end + 1
        elif c == "[":
            inner, at = _parse(source, at + 1, True)
            parts.append(_choice(inner))
        elif c in "|]":
            if not inside:
                raise ValueError(f"stray {c!r} in {source!r}")
            options.append(tuple(parts))
            parts = []
            at += 1
            if c == "]":
                return options, at
        else:
            run = plain.match(source, at)
            if run is None:
                raise ValueError(f"stray {c!r} in {source!r}")
            parts.append(run.group())
            at = run.end()
    if inside:
        raise ValueError(f"open bracket in {source!r}")
    return [tuple(parts)], at


def _fill(parts: tuple[_Part, ...], scene: _Scene) -> str:
    return "".join([p if type(p) is str else p(scene) for p in parts])  # type: ignore[operator]


_ARTICLE = re.compile(r"\b([Aa]) (?=[aeiouAEIO]|hour|honest)(?!one\b|uni|use|euro|Euro)")
# Ways to say a plain fact once more; {} stands for the fact, its first letter made small unless it follows a quote.
_SAID = (
    '"{}," said {P}.', '"{}," {P} told {Q.o}.', '"{}," {P} explained.', '"{}," says {P.names} {kin.w}.',
    '"{}," {P.names} {kin.w} [often|always] says.', '"{}," {P} answered.', '"{}," the teacher told {P.o}.',
)  # fmt: skip
_KNOWN = (
    "{P} knows that {}.",
    "{P} learned [at school|from {P.his} {kin.w}|in a book] that {}.", "{P} [says|thinks] that {}.",
    "[Everyone|Everybody|Every child] knows that {}.", "{P.names} {kin.w} says that {}.", "{P} and {Q} know that {}.",
    "The teacher told {P.o} that {}.", "Did you know that {}?", "[It is true|As we all know, it is true] that {}.",
    "{P} told {Q.o} that {}.",
    "{P} read [in the newspaper|in a book] that {}.", "Of course, {}.", "{P} was told that {}.",
)  # fmt: skip
_PAST = re.compile(
    r"\b(?:was|were|had|did|could|my|our|your|yesterday|[a-z]+ed|"
    + "|".join(set(PASTS.values()) - set(PASTS))
    + r")\b",
    re.I,
)

_ORDERS = frozenset(
    ["Be", "Do", "Let", "Please", "Wait", "How", "What", "Take", "Look", "See", "Wash", "They", "We", "You", "Never"]
)
_DEEDS = frozenset(PASTS.values()) - frozenset(
    ["was", "had", "did", "felt", "knew", "slept", "lay", "stood", "hung", "kept", "meant", "cost", "let"]
)
_STATES = frozenset(
    [
        "liked",
        "loved",
        "wanted",
        "hated",
        "lived",
        "needed",
        "hoped",
        "learned",
        "missed",
        "stayed",
        "showed",
        "played",
        "cried",
    ]
)


@lru_cache(maxsize=1)
def _proper() -> frozenset[str]:
    """Words that keep their capital inside a sentence."""
    words = {
        v.split()[0] for rows in lexicon().values() for r in rows for v in r.f.values() if v[:1].isupper() and v[1:]
    }
    return frozenset(words | {"I", "Christmas", "Easter"})


@lru_cache(maxsize=2)
def _ways(plain: str) -> list[tuple[tuple[_Part, ...], tuple[_Part, ...]]]:
    """What stands before and after a retold fact, for each way that suits it."""
    ways = _SAID[:2] if plain == "said" else _SAID + _KNOWN
    return [tuple(_parse(half)[0][0] for half in way.split("{}")) for way in ways]  # type: ignore[misc]


def _retell(fact: str, plain: str, scene: _Scene) -> str:
    """A plain fact as something that somebody says or knows."""
    ways = _ways(plain)
    before, after = ways[int(scene.rng.random() * len(ways))]
    head = _fill(before, scene)
    word = fact.split(" ", 1)[0].rstrip(",.").removesuffix("'s")
    inside = not head.endswith('"')
    first = fact[0] if inside and word in _proper() else fact[0].lower() if inside else fact[0].upper()
    return head + first + fact[1:-1] + _fill(after, scene)


_LINKS = ("then ", "then ", "after that ", "after that, ", "so ", "and then ")
# What a person did (and not what somebody was, had or felt) at the start of a later step.
_EVENT = re.compile(r"\{[ABJ]\} \[?(\w+)")

# The blank that an empty choice leaves behind.
_GAP = re.compile(r" +(?=[ .,?!])")


def _tell(frame: _Frame, scene: _Scene) -> Sentence:
    if not frame.goes_on:
        for key in _AUTO:
            scene.rows.pop(key, None)
            scene.last.pop(key, None)
    fact = _fill(frame.parts, scene)
    if frame.plain and scene.rng.random() < 0.5:
        fact = _retell(fact, frame.plain, scene)
    elif frame.links and scene.rng.random() < 0.3:
        fact = _LINKS[int(scene.rng.random() * len(_LINKS))] + fact
    text = _ARTICLE.sub(r"\1n ", _GAP.sub("", fact))
    i = 1 if text[0] == '"' else 0
    scene.now += 1
    return Sentence(text[:i] + text[i].upper() + text[i + 1 :], frame.id)


@dataclass(frozen=True)
class _Text:
    """One compiled text: its bindings, and its steps of wordings (``plot``) or its lines (``facts``)."""

    kind: str
    weight: int
    bindings: tuple[tuple[str, str], ...]
    steps: tuple[tuple[bool, tuple[_Wording, ...]], ...]


def _is_event(piece: str) -> bool:
    found = _EVENT.match(piece)
    verb = found.group(1) if found else ""
    return verb in _DEEDS or (verb.endswith("ed") and verb not in _STATES)


def _plainness(name: str, piece: str) -> str:
    """How the fact in a wording can be retold; see ``_Frame.plain``."""
    if piece[-1] != "." or re.search(r'["?!]|\{[PQGEJ]\b', piece):
        return ""
    told = name.startswith(("sense_", "prepositions", "history")) or piece.split()[0] in _ORDERS or _PAST.search(piece)
    return "said" if told else "known"


def _compile(head: str, body: list[str]) -> _Text:
    head, _, binds = head.partition(":")
    kind, name, *times = head.split()
    weight = int(times[0].lstrip("*")) if times else 1
    if kind not in ("plot", "facts"):
        raise ValueError(f"unknown kind {kind!r} of {name}")
    bindings = tuple((k, c) for k, c in (b.split("=") for b in binds.split()))
    for _, cls in bindings:
        if cls not in lexicon():
            raise ValueError(f"no class {cls!r} in {name}")
    steps: list[list[str]] = [[]]
    for line in body:
        if line.strip():
            steps[-1].append(line.strip())
        elif kind == "plot" and steps[-1]:
            steps.append([])
    compiled = []
    for i, step in enumerate(s for s in steps if s):
        marked = step[0][0] in "?!" and kind == "plot"
        wordings = []
        for j, line in enumerate(step):
            line = line.lstrip("? ") if kind == "plot" else line
            lane, _, line = line.rpartition("> ")
            pieces = line.lstrip("! ").split(" // ")
            frames = []
            for k, piece in enumerate(pieces):
                letter = f"{name}/{i}/{j}" + (f".{k}" if len(pieces) > 1 else "")
                try:
                    plain = _plainness(name, piece) if kind == "facts" and len(pieces) == 1 else ""
                    links = kind == "plot" and i > 0 and k == 0 and _is_event(piece)
                    frames.append(_Frame(letter, _parse(piece)[0][0], k > 0, plain, links))
                except (ValueError, KeyError) as error:
                    raise ValueError(f"{name}: {piece}: {error}") from error
            wordings.append((lane, tuple(frames)))
        compiled.append((marked, tuple(wordings)))
    if kind == "facts":
        opening = steps[0][0].startswith("!")
        compiled = [(opening, compiled[0][1])]
    return _Text(kind, weight, bindings, tuple(compiled))


@lru_cache(maxsize=1)
def _texts() -> dict[str, list[_Text]]:
    """Every text of the world by kind."""
    texts: dict[str, list[_Text]] = {"plot": [], "facts": []}
    for path in sorted(WORLD.glob("*.txt")):
        if path.name in ("acts.txt", "lexicon.txt"):
            continue
        head = ""
        body: list[str] = []
        for line in [*path.read_text(encoding="utf-8").splitlines(), "== end"]:
            if line.startswith("#"):
                continue
            if line.startswith("== "):
                if head:
                    text = _compile(head, body)
                    texts[text.kind].extend([text] * text.weight)
                head, body = line[3:], []
            else:
                body.append(line)
    return texts


def _told(text: _Text, rng: random.Random) -> list[_Frame]:
    """The frames to tell, in order."""
    if text.kind == "plot":
        chosen: list[_Frame] = []
        lane = ""
        for optional, wordings in text.steps:
            if optional and rng.random() < 0.4:
                continue
            open_ = [w for w in wordings if w[0] in ("", lane)] if lane else wordings
            if open_:
                way, frames = open_[int(rng.random() * len(open_))]
                lane = lane or way
                chosen.extend(frames)
        return chosen
    opening, lines = text.steps[0]
    rest = lines[1:] if opening else lines
    picked = rng.sample(rest, min(len(rest), 3 + int(rng.random() * 4)))
    told = [f for _, frames in ([lines[0]] if opening else []) for f in frames]
    for _, frames in picked:
        if len(told) + len(frames) <= 10:
            told.extend(frames)
    return told


def story(rng: random.Random) -> tuple[Sentence, ...]:
    """One coherent text of 3 to 10 sentences: a plot or talk, or a paragraph of facts."""
    texts = _texts()
    pool = texts["plot" if rng.random() < 0.58 else "facts"]
    text = pool[int(rng.random() * len(pool))]
    scene = _Scene(rng)
    for key, cls in text.bindings:
        _bind(scene, key, cls)
    return tuple([_tell(frame, scene) for frame in _told(text, rng)])


def stories(seed: int, count: int) -> Iterator[tuple[Sentence, ...]]:
    """``count`` texts, the same for the same seed."""
    rng = random.Random(seed)
    for _ in range(count):
        yield story(rng)


def text(sentences: tuple[Sentence, ...]) -> str:
    """The sentences joined to a paragraph."""
    return " ".join(s.text for s in sentences)
