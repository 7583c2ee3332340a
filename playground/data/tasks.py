"""Small tasks to be read from their examples (Brown et al. 2020, section 3.9.2, on a small scale).

Here the tasks have their names and descriptions, episodes to train on are drawn, prompts are put together, and the
held-out evaluation lists are made: words held out (``words.py``) never occur in an episode; a measured query asks one.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from playground.data import layouts
from playground.data.layouts import Layout
from playground.data.lexicon import NUMBERS, inflect
from playground.data.rules import (
    CATEGORIES,
    DAYS,
    FORMS,
    MONTHS,
    NAMELESS,
    SYMBOLS,
    THINGS,
    Example,
    Rule,
    affix,
    always,
    category,
    counted,
    dictionary,
    from_table,
    label,
    letters_to,
    list_to,
    neighbour,
    number_to,
    said_part,
    sentiment,
    spelled,
    two_to,
    with_article,
    word_to,
)  # fmt: skip
from playground.data.words import Pool, comparative
from playground.data.words import heldout as _heldout
from playground.data.words import pool as _pool


@dataclass(frozen=True)
class Task:
    key: str
    en: str
    zh: str
    rule: Rule
    descriptions: tuple[str, ...]
    names: tuple[tuple[str, str], ...] = ()  # telling names of input and output
    labels: tuple[str, ...] = ()  # the allowed answers, when they are few
    share: float = 1.0  # how often it is drawn
    measured: bool = False
    easy: bool = False  # of the measured half that asks what to do with the input's words, not what they mean


TASKS = {
    task.key: task
    for task in (
        Task("copy", "Copying", "照抄", word_to(str), ("Repeat the word.", "Copy the input.", "Write the same word."),
             (("Word", "Copy"),), share=4, measured=True, easy=True),
        Task("plural", "Plurals", "复数", word_to(lambda w: inflect(w, "s"), "noun"),
             ("Give the plural.", "Write the plural of the word.", "Turn one into many."),
             (("Singular", "Plural"), ("One", "Many")), share=5, measured=True, easy=True),
        Task("past", "Past tense", "过去式", word_to(lambda w: inflect(w, "ed"), "verb"),
             ("Give the past tense.", "Write the verb in the past."), (("Verb", "Past"), ("Present", "Past")),
             share=3.5, measured=True, easy=True),
        Task("symbol", "Symbol to word", "符号到词", dictionary("symbol"),
             ("Give the word for the symbol.", "Read the symbol."), (("Symbol", "Word"),), share=5, measured=True,
             easy=True),
        Task("first", "First of a list", "第一个词", list_to(lambda x: x[:1]),
             ("Give the first word.", "Which comes first?"), (("List", "First"),), share=1.5),
        Task("last", "Last of a list", "最后一个词", list_to(lambda x: x[-1:]),
             ("Give the last word.", "Which comes last?"), (("List", "Last"),), share=1.5),
        Task("reverse", "Reversing", "倒序", list_to(lambda x: x[::-1]),
             ("Reverse the list.", "Write the words in reverse order."), (("List", "Reversed"),), share=2,
             measured=True),
        Task("label", "Labels of any name", "任意标签", label,
             ("Give the label.", "Sort the words into two groups."), (("Word", "Group"),), share=4, measured=True),
        Task("category", "Category", "类别", category,
             ("Give the category.", "What kind of thing is it?"), (("Word", "Category"), ("Thing", "Kind")),
             CATEGORIES, share=3, measured=True),
        Task("opposite", "Opposites", "反义词", from_table("opposite", True),
             ("Give the opposite.", "Write the opposite of the word."), (("Word", "Opposite"),), share=2.5,
             measured=True),
        Task("sentiment", "Sentiment", "情感", sentiment(("positive", "negative")),
             ("Is it positive or negative?", "Give the sentiment."), (("Review", "Sentiment"), ("Text", "Mood")),
             ("positive", "negative"), share=2, measured=True),
        Task("first_letter", "First letter", "首字母", word_to(lambda w: w[0]),
             ("Give the first letter.", "Which letter does the word start with?"), (("Word", "Letter"),), share=2.5,
             measured=True),
        Task("last_letter", "Last letter", "尾字母", word_to(lambda w: w[-1]),
             ("Give the last letter.", "Which letter does the word end with?"), (("Word", "Letter"),), share=2),
        Task("sort", "Sorting", "排序", list_to(sorted, 3),
             ("Sort the list.", "Put the words in alphabetical order."), (("List", "Sorted"),), share=2,
             measured=True),
        Task("sum", "Small sums", "小加法", two_to(lambda a, b: a + b),
             ("Add the numbers.", "Give the sum."), (("Numbers", "Sum"), ("Sum", "Result")), share=3, measured=True),
        Task("capital_letter", "Capitalise", "首字母大写", word_to(str.capitalize),
             ("Write the word with a capital letter.",), share=1.5),
        Task("affix", "A word added", "加一个词", affix, ("Do as the examples do.",), share=4,
             measured=True, easy=True),
        Task("dictionary", "A small dictionary", "小词典", dictionary("word"), ("Look it up above.",), share=6),
        Task("article", "A or an", "加冠词", word_to(with_article, "noun"), ("Put a or an before the word.",), share=2,
             measured=True, easy=True),
        Task("the", "The", "加 the", word_to(lambda w: f"the {w}", "noun"), ("Put the before the word.",), share=1.5,
             measured=True, easy=True),
        Task("ing", "Going on", "进行时", word_to(lambda w: inflect(w, "ing"), "verb"), ("Give the form with ing.",)),
        Task("third", "He does", "第三人称", word_to(lambda w: inflect(w, "v"), "verb"),
             ("Write the verb after he.",), share=3.5, measured=True, easy=True),
        Task("irregular", "Irregular past", "不规则过去式", from_table("irregular"), ("Give the past tense.",)),
        Task("comparative", "Comparative", "比较级", word_to(lambda w: comparative(w, "er"), "adjective"),
             ("Give the comparative.",), share=0.8),
        Task("superlative", "Superlative", "最高级", word_to(lambda w: comparative(w, "est"), "adjective"),
             ("Give the superlative.",), share=0.6),
        Task("synonym", "Synonyms", "近义词", from_table("synonym"), ("Give a word that means the same.",), share=0.7),
        Task("double", "Twice", "重复两遍", word_to(lambda w: f"{w} {w}"), ("Write the word twice.",)),
        Task("spell", "Spelling", "拼写", word_to(" ".join), ("Spell the word.",), share=2.5),
        Task("unspell", "Reading letters", "拼读", always(spelled), ("Read the letters.",), share=1.5),
        Task("letters_first", "First of letters", "字母之首", letters_to(lambda x: x[:1]),
             ("Give the first letter.",)),
        Task("letters_last", "Last of letters", "字母之末", letters_to(lambda x: x[-1:]), ("Give the last letter.",)),
        Task("letters_reverse", "Letters reversed", "字母倒序", letters_to(lambda x: x[::-1]),
             ("Reverse the letters.",)),
        Task("second", "Second of a list", "第二个词", list_to(lambda x: x[1:2]), ("Give the second word.",),
             share=1.5),
        Task("count", "Counting", "计数", always(counted), ("How many words are there?",)),
        Task("join", "Joining", "连接", list_to(lambda x: [f"{x[0]} and {x[-1]}"]),
             ("Join the first and the last word.",)),
        Task("same", "Lists again", "照抄列表", list_to(list), ("Copy the list.",)),
        Task("mood", "Sentiment, any labels", "情感（任意标签）", sentiment(None), ("Give the label.",), share=2),
        Task("thing", "What is spoken of", "谈论的对象", said_part(1), ("What is the text about?",), share=1.5),
        Task("telling", "The telling word", "关键词", said_part(2), ("Which word gives the opinion?",), share=1.5),
        Task("repeat", "Sentences again", "照抄句子", said_part(0), ("Repeat the sentence.",), share=0.5),
        Task("next", "Next number", "下一个数", number_to(lambda n: n + 1), ("Give the next number.",)),
        Task("previous", "Previous number", "上一个数", number_to(lambda n: n - 1), ("Give the number before.",)),
        Task("in_words", "Numbers in words", "数字读法", number_to(lambda n: NUMBERS[n], 20),
             ("Write the number in words.",)),
        Task("larger", "The larger", "较大的数", two_to(max), ("Give the larger number.",), share=1.2),
        Task("smaller", "The smaller", "较小的数", two_to(min), ("Give the smaller number.",), share=0.8),
        Task("left", "The first number", "第一个数", two_to(lambda a, b: a), ("Give the first number.",), share=0.8),
        Task("right", "The second number", "第二个数", two_to(lambda a, b: b), ("Give the second number.",), share=0.8),
        Task("next_letter", "Next letter", "下一个字母", neighbour("abcdefghijklmnopqrstuvwxyz", 1),
             ("Give the next letter.",)),
        Task("letter_before", "Letter before", "上一个字母", neighbour("abcdefghijklmnopqrstuvwxyz", -1),
             ("Give the letter before.",), share=0.6),
        Task("tomorrow", "Next day", "第二天", neighbour(DAYS, 1), ("Which day comes next?",), share=0.5),
        Task("next_month", "Next month", "下个月", neighbour(MONTHS, 1), ("Which month comes next?",), share=0.5),
        Task("colour", "Colours", "颜色", from_table("colour"), ("Give the colour.",), share=0.8),
        Task("sound", "Animal sounds", "动物叫声", from_table("sound"), ("What sound does it make?",), share=0.5),
        Task("young", "Young animals", "动物幼崽", from_table("young"), ("Give the young animal.",), share=0.4),
        Task("capital", "Capitals", "首都", from_table("capital"), ("Give the capital.",), (("Country", "Capital"),)),
        Task("language", "Languages", "语言", from_table("language"), ("Which language is spoken there?",), share=0.6),
    )
}  # fmt: skip
MEASURED = tuple(key for key, task in TASKS.items() if task.measured)
EASY = tuple(key for key, task in TASKS.items() if task.easy)
SHOTS = (0, 1, 2, 4, 8)


@cache
def reserved() -> frozenset[str]:
    """Words that layouts, descriptions, labels and sentences are made of: never held out."""
    texts = [text for task in TASKS.values() for text in (*task.descriptions, *task.labels, *sum(task.names, ()))]
    texts += [*FORMS, *THINGS, *(name for pair in NAMELESS for name in pair), *NUMBERS, *DAYS, *MONTHS, "a an and or"]
    cleaned = "".join(c if c.isalpha() else " " for c in " ".join(texts)).lower()
    return frozenset(cleaned.split()) | layouts.words() | set(CATEGORIES)


def heldout() -> frozenset[str]:
    """Words (with all forms, in small letters) that occur in no episode."""
    return _heldout(reserved())


def trained() -> Pool:
    return _pool(False, reserved())


@cache
def richer() -> Pool:
    """What is trained on: four words in ten are made up where any word will do, so that no list of words is learned."""
    return replace(trained(), made=0.4, avoid=heldout())


def held() -> Pool:
    return _pool(True, reserved())


def prompt(layout: Layout, description: str, shots: Sequence[Example], given: str) -> str:
    """The text up to the answer; the answer follows as " " and itself, and ends at the newline."""
    top = f"{description}\n" if description else ""
    return top + "".join(layout.shot(s.given, s.answer) for s in shots) + layout.ask(given)


Episode = list[tuple[str, bool]]  # pieces of text; True where the answer, and the line end after it, is to be known


def episode(rng: random.Random) -> Episode:
    """One episode to train on: a description or none, and 1 to 11 examples in one layout; of a dictionary twice as
    many, so that one of eight entries is asked about as often as one of two."""
    task = rng.choices(list(TASKS.values()), _shares())[0]
    layout, draw = layouts.drawn(rng, task.names), task.rule(rng, richer())
    pieces: Episode = []
    if rng.random() < 0.25:
        mark = rng.choice(("", "", "Task: ", "Instruction: "))
        pieces.append((mark + rng.choice(task.descriptions) + rng.choice(("\n", "\n", "\n\n")), False))
    count = rng.choice((1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 5, 7, 9))
    for _ in range(2 * count if task.rule in _DICTIONARIES else count):
        example = draw(rng, richer())
        pieces += [(layout.ask(example.given), False), (f" {example.answer}{layout.after[0]}", example.known)]
        if layout.after[1:]:
            pieces.append((layout.after[1:], False))
    return pieces


@cache
def _shares() -> tuple[float, ...]:
    return tuple(task.share for task in TASKS.values())


def text(pieces: Episode) -> str:
    return "".join(piece for piece, _ in pieces)


def question(task: Task, k: int, seed: int) -> tuple[list[Example], Example]:
    """`k` examples of trained words, no two alike, and a query of a held-out word, the same for the same seed.

    What only examples can tell (a symbol's meaning, a label's name) is told by them: all words of a dictionary are
    held out and the query is one of its examples; both labels are shown as soon as two examples can.
    """
    rng = random.Random(f"{task.key} {seed}")
    draw = task.rule(rng, trained())
    if task.rule in _DICTIONARIES:
        return _entries(rng, k)
    query = draw(rng, held())
    shots: list[Example] = []
    for _ in range(400):
        if len(shots) == 8:
            break
        shot = draw(rng, trained())
        same = sum(s.answer == shot.answer for s in shots)
        fair = task.key not in ("label", "sentiment", "mood") or same < (len(shots) + 2) // 2
        if fair and shot.given not in [s.given for s in shots]:
            shots.append(shot)
    return shots[:k], query


_DICTIONARIES = [TASKS["symbol"].rule, TASKS["dictionary"].rule]


def _entries(rng: random.Random, k: int) -> tuple[list[Example], Example]:
    symbols = rng.sample(sorted(set(SYMBOLS)), max(1, k))
    words = rng.sample(sorted(set(held().words("noun", "verb", "adjective"))), max(1, k))
    shots = [Example(*pair) for pair in zip(symbols, words, strict=True)]
    return shots[:k], rng.choice(shots)


def questions(key: str, k: int, count: int = 50) -> Iterator[tuple[list[Example], Example]]:
    """The held-out evaluation list of a task: no two queries alike (of a dictionary: no two answers)."""
    asked: set[str] = set()
    for seed in range(20 * count):
        shots, query = question(TASKS[key], k, seed)
        name = query.answer if TASKS[key].rule in _DICTIONARIES else query.given
        if name not in asked:
            asked.add(name)
            yield shots, query
        if len(asked) == count:
            return


def ready(key: str, count: int = 4) -> list[Example]:
    """Examples to start a prompt from."""
    return question(TASKS[key], count, 10_000)[0]
