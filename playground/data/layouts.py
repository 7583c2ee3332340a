"""How the examples of a few-shot prompt are laid out.

A value always follows a space, so that a word is the same token wherever it stands (only a layout without names lets
the input open its line). What comes before the answer ends without a space: the answer brings its own.
"""

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Layout:
    """One example is ``before + input + middle + " " + output + after``."""

    before: str = "Input: "
    middle: str = "\nOutput:"
    after: str = "\n"

    def shot(self, given: str, answer: str) -> str:
        """
        >>> Layout().shot("cat", "cats")
        'Input: cat\\nOutput: cats\\n'
        """
        return f"{self.before}{given}{self.middle} {answer}{self.after}"

    def ask(self, given: str) -> str:
        return self.before + given + self.middle


def named(given: str, answer: str, between: str = "\n", after: str = "\n", mark: str = ":") -> Layout:
    """A layout with names: ``named("Q", "A")`` asks "Q: cat", newline, "A:"."""
    return Layout(f"{given}{mark} ", f"{between}{answer}{mark}", after)


NAMES = (
    ("Input", "Output"), ("Q", "A"), ("In", "Out"), ("Question", "Answer"), ("Text", "Label"), ("X", "Y"),
    ("Word", "Answer"), ("Given", "Result"), ("From", "To"), ("Text", "Answer"), ("Source", "Target"),
    ("input", "output"), ("x", "y"), ("Example", "Result"), ("Left", "Right"),
)  # fmt: skip
ARROWS = ("->", "=>", ":", "=", "|", ">", "~", "-", ">>", "is", "becomes", "gives")
BETWEEN = ("\n", "\n", "\n", " ", ", ", "; ", " | ", " / ", " -> ")
LAYOUTS = {
    "Input: ... / Output: ...": Layout(),
    "Q: ... / A: ...": named("Q", "A", after="\n\n"),
    "Text: ... Label: ...": named("Text", "Label", " "),
    "Input: ... -> ...": Layout("Input: ", " ->"),
    "... -> ...": Layout("", " ->"),
}


def drawn(rng: random.Random, telling: tuple[tuple[str, str], ...] = ()) -> Layout:
    """A random layout; seldom with names that tell the task."""
    if rng.random() < 0.25:
        return Layout()
    after = "\n\n" if rng.random() < 0.3 else "\n"
    if rng.random() < 0.25:
        before = "" if rng.random() < 0.5 else rng.choice(("- ", "* ", "Input: ", "Word: ", "> ", "Example: "))
        return Layout(before, " " + rng.choice(ARROWS), after)
    names = rng.choice(telling) if telling and rng.random() < 0.1 else rng.choice(NAMES)
    mark = ":" if rng.random() < 0.85 else rng.choice((" =", " -", " ->", " :"))
    return named(*names, rng.choice(BETWEEN), after, mark)


def words() -> set[str]:
    """Every word a layout may bring."""
    names = {name for pair in NAMES for name in pair}
    return {word.lower() for word in (*names, *ARROWS, "Word", "Example", "Task", "Instruction") if word.isalpha()}
