"""The typed words of the story world, read from ``world/lexicon.txt`` and ``acts.txt``, with inflection and agreement.

A class opens with ``@name`` and lists words between commas, or opens with ``@name field field ...`` and gives one row a
line with ``|`` between the word (field ``w``) and those fields. The word may end in ``+`` (a plural: gloves) or ``~``
(no plural: milk). ``@name*`` is a class of people; a word may then end in ``/m`` or ``/f``, otherwise both genders
occur. ``@name< big small`` is a chain in rising order, from which every pair at least two steps apart becomes a row.
"""

import random
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

WORLD = Path(__file__).parent / "world"

_NOUNS = dict(
    man="men", woman="women", child="children", foot="feet", tooth="teeth", mouse="mice", goose="geese", sheep="sheep",
    fish="fish", leaf="leaves", knife="knives", wife="wives", wolf="wolves", shelf="shelves", loaf="loaves",
    half="halves", life="lives", thief="thieves", potato="potatoes", tomato="tomatoes", hero="heroes", deer="deer",
    fisherman="fishermen", policeman="policemen", postman="postmen", grandchild="grandchildren", scarf="scarves",
)  # fmt: skip
_VERBS = dict(have="has", be="is", go="goes", do="does")
PASTS = dict(
    line.split()
    for line in """be was|begin began|bite bit|blow blew|break broke|bring brought|build built|burn burned|buy bought
catch caught|come came|cost cost|cut cut|dig dug|do did|draw drew|drink drank|drive drove|eat ate|fall fell|feed fed
feel felt|fight fought|find found|fly flew|forget forgot|freeze froze|get got|give gave|go went|grow grew|hang hung
have had|hear heard|hide hid|hit hit|hold held|hurt hurt|keep kept|know knew|lay laid|lead led|leave left|lend lent
let let|lie lay|light lit|lose lost|make made|mean meant|meet met|pay paid|put put|read read|ride rode|ring rang
rise rose|run ran|say said|see saw|sell sold|send sent|set set|shake shook|shine shone|shut shut|sing sang|sink sank
sit sat|sleep slept|speak spoke|spend spent|stand stood|steal stole|sweep swept|swim swam|take took|teach taught
tell told|think thought|throw threw|wake woke|wear wore|win won|write wrote""".replace("\n", "|").split("|")
)
_DOUBLED = frozenset(
    [
        "stop",
        "plan",
        "beg",
        "grab",
        "drop",
        "rub",
        "run",
        "swim",
        "sit",
        "get",
        "cut",
        "put",
        "dig",
        "hit",
        "shut",
        "win",
        "chop",
        "clap",
        "pat",
        "wag",
        "bat",
        "begin",
        "hop",
        "step",
        "travel",
    ]
)
_VOWELS = "aeiou"


def _s(word: str) -> str:
    if word == "stomach":  # its ch is a k
        return "stomachs"
    if word.endswith(("s", "x", "z", "ch", "sh")) or word in ("potato", "tomato"):
        return word + "es"
    if word.endswith("y") and word[-2] not in _VOWELS:
        return word[:-1] + "ies"
    return word + "s"


def _past(verb: str) -> str:
    if verb in PASTS:
        return PASTS[verb]
    if verb.endswith("e"):
        return verb + "d"
    if verb.endswith("y") and verb[-2] not in _VOWELS:
        return verb[:-1] + "ied"
    return verb + (verb[-1] if verb in _DOUBLED else "") + "ed"


def _ing(verb: str) -> str:
    if verb.endswith("ie"):
        return verb[:-2] + "ying"
    if verb.endswith("e") and not verb.endswith("ee") and verb != "be":
        return verb[:-1] + "ing"
    return verb + (verb[-1] if verb in _DOUBLED else "") + "ing"


@cache
def inflect(phrase: str, how: str) -> str:
    """A phrase's form: ``s`` noun plural (last word); ``v`` he-form, ``ed``, ``ing`` (first word); ``c`` capital."""
    if how == "c":
        return phrase[:1].upper() + phrase[1:]
    if how == "s":
        head, _, last = phrase.rpartition(" ")
        plural = _NOUNS.get(last) or _s(last)
        return f"{head} {plural}" if head else plural
    verb, space, rest = phrase.partition(" ")
    if how == "v":
        return (_VERBS.get(verb) or _s(verb)) + space + rest
    if how == "ed":
        return _past(verb) + space + rest
    if how == "ing":
        return _ing(verb) + space + rest
    raise ValueError(f"unknown form {how!r} of {phrase!r}")


@dataclass(frozen=True, eq=False)
class Row:
    """One entry of a class: its fields, and whether verbs after it take the bare form (they, I: ``go``)."""

    f: dict[str, str]
    bare: bool
    person: bool = False


_ONE = {"it": "it", "them": "it", "its": "its", "is": "is", "was": "was", "has": "has", "does": "does",
        "this": "this", "that": "that", "one": "one"}  # fmt: skip
_MANY = {"it": "they", "them": "them", "its": "their", "is": "are", "was": "were", "has": "have", "does": "do",
         "this": "these", "that": "those", "one": "some"}  # fmt: skip
_PRONOUNS = {
    "m": ("he", "him", "his", "his", "himself"),
    "f": ("she", "her", "her", "hers", "herself"),
    "they": ("they", "them", "their", "theirs", "themselves"),
    "I": ("I", "me", "my", "mine", "myself"),
    "we": ("we", "us", "our", "ours", "ourselves"),
}


def thing(fields: dict[str, str]) -> Row:
    """A row for a thing: agreement and article come from the mark after its first field."""
    key, word = next(iter(fields.items()))
    mark = word[-1] if word[-1] in "+~" else ""
    word = word.rstrip("+~")
    extra = _MANY if mark == "+" else _ONE
    article = {"+": "some", "~": "some"}.get(mark, "a")
    return Row({**extra, "a": f"{article} {word}", **fields, key: word, "w": word}, bare=mark == "+")


def person(name: str, gender: str, fields: dict[str, str] | None = None) -> Row:
    """A row for a person or a group; ``gender`` is one of m, f, they, I, we."""
    forms = dict(zip(("he", "him", "his", "hers", "himself"), _PRONOUNS[gender], strict=True))
    many = gender in ("they", "we")
    verbs = _MANY if many else _ONE
    forms.update({k: verbs[k] for k in ("is", "was", "has", "does")})
    if gender == "I":
        forms.update({"is": "am", "has": "have", "does": "do"})
    forms["names"] = forms["his"] if gender in ("I", "we") else name + ("'" if name.endswith("s") and many else "'s")
    bare = name.removeprefix("the ").removeprefix("my ")
    return Row({**forms, **(fields or {}), "name": name, "w": bare, "gender": gender}, many or gender == "I", True)


def _read_rows(name: str, fields: list[str], lines: list[str]) -> list[Row]:
    people, chain = name.endswith("*"), name.endswith("<")
    if not fields or chain:
        cells = [[word.strip()] for line in lines for word in line.split(",") if word.strip()]
    else:
        cells = [[cell.strip() for cell in line.split("|")] for line in lines]
    if chain:
        order = [c[0] for c in cells]
        cells = [[order[j], order[i]] for j in range(len(order)) for i in range(j - 1)]
    fields = fields if chain else ["w", *fields]
    rows: list[Row] = []
    for row in cells:
        if len(row) != len(fields):
            raise ValueError(f"class {name}: {row} does not have the fields {fields}")
        if not people:
            rows.append(thing(dict(zip(fields, row, strict=True))))
            continue
        word, _, gender = row[0].partition("/")
        for g in gender or "mf":
            rows.append(person(f"the {word}", g, {**dict(zip(fields[1:], row[1:], strict=True))}))
    return rows


def _people(classes: dict[str, list[Row]]) -> None:
    """Adds the mixed classes of people that stories draw their parts from."""
    men = [person(r.f["w"], "m") for r in classes["name_m"]]
    women = [person(r.f["w"], "f") for r in classes["name_f"]]
    named = men + women
    pick = random.Random(7)
    pairs = [person(f"{a.f['name']} and {b.f['name']}", "they") for a, b in (pick.sample(named, 2) for _ in range(150))]
    kids = [person(n, g) for n, g in (
        ("the boy", "m"), ("the girl", "f"), ("the little boy", "m"), ("the little girl", "f"),
            ("my little brother", "m"), ("my little sister", "f"), ("my cousin", "m"), ("my cousin", "f"))]  # fmt: skip
    titles = [person(f"{t} {r.f['w']}", g) for r in classes["surname"] for t, g in (("Mr", "m"), ("Mrs", "f"))]
    grown = [person(n, g) for n, g in (
        ("the old man", "m"), ("the old woman", "f"), ("the young man", "m"), ("the young woman", "f"),
        ("my uncle", "m"), ("my aunt", "f"), ("my father", "m"), ("my mother", "f"), ("my grandfather", "m"),
        ("my grandmother", "f"), ("my neighbour", "m"), ("my neighbor", "f"),
        ("my friend", "m"), ("my friend", "f"))]  # fmt: skip
    many = [person(n, "they") for n in ("the children", "the boys", "the girls", "the two brothers", "the two sisters",
            "the two friends", "my parents", "our neighbours", "the twins")]  # fmt: skip
    first, we = [person("I", "I")], [person("we", "we")]
    classes["named"] = named
    family = [person(n, "they") for n in ("the family", "my parents", "the Browns", "the Millers", "our neighbours")]
    classes["family"] = family + pairs[:6] + we * 3
    classes["other_child"], classes["other_person"] = named, named
    classes["other_any"] = named * 3 + [person(f"{own} {kin}", g) for own in ("my",) for kin, g in (
        ("mother", "f"), ("father", "m"), ("sister", "f"), ("brother", "m"))] * 3  # fmt: skip
    classes["man"], classes["woman"] = men + [g for g in grown if g.f["he"] == "he"] * 1, women + [
        g for g in grown if g.f["he"] == "she"]  # fmt: skip
    classes["boy"], classes["girl"] = men, women
    classes["child"] = named * 2 + kids * 3
    classes["adult"] = named * 2 + titles + grown * 3
    classes["person"] = named * 3 + kids + grown * 2 + titles
    classes["group"] = pairs + many * 12 + we * 25
    classes["they"] = pairs + many * 12
    classes["any"] = classes["person"] + first * 40
    classes["all"] = classes["any"] + classes["group"][::4] + we * 10


@lru_cache(maxsize=1)
def lexicon() -> dict[str, list[Row]]:
    """All classes by name."""
    classes: dict[str, list[Row]] = {}
    name = ""
    fields: list[str] = []
    lines: list[str] = []

    def close() -> None:
        if name:
            classes[name.rstrip("*<")] = _read_rows(name, fields, lines)

    source = "\n".join((WORLD / name).read_text(encoding="utf-8") for name in ("lexicon.txt", "acts.txt"))
    for line in source.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("@"):
            close()
            name, *fields = line[1:].split()
            lines = []
        else:
            lines.append(line)
    close()
    _people(classes)
    _numbers(classes)
    return classes


NUMBERS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
]


def _numbers(classes: dict[str, list[Row]]) -> None:
    """Adds sums, differences, doubles and neighbours of the number words from zero to twenty."""
    n = NUMBERS
    rows = [dict(a=n[a], b=n[b], c=n[a + b]) for a in range(1, 11) for b in range(1, 11)]
    # Small sums come up far more often in everyday text, so they are listed again.
    rows += [r for r in rows if r["a"] in n[1:6] and r["b"] in n[1:6]] * 3
    classes["sum"] = [thing(r) for r in rows]
    classes["times"] = [
        thing(dict(a=n[a], b=n[b], c=n[a * b])) for a in range(2, 11) for b in range(2, 11) if a * b <= 20
    ]
    classes["next"] = [thing(dict(a=n[i], b=n[i + 1], c=n[i + 2], d=n[i + 3])) for i in (*range(1, 8), *range(1, 18))]
    classes["few"] = [thing(dict(w=w)) for w in n[2:11] + n[2:6]]
    classes["teen"] = [thing(dict(w=w)) for w in n[11:21]]
