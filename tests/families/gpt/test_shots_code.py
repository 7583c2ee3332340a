"""The program on the page runs with transformers alone and prints what the page says."""

import ast
import subprocess
import sys

import pytest

from playground.core.chances import softmax
from playground.families.gpt import shots_code
from playground.families.gpt.labels import Posed, answer, calibrated, fitted
from playground.families.gpt.shots import Layout, Prompt
from tests.families.gpt import tiny

LAYOUT = Layout("", " ->")
NAMES = ("sat", "the cat", "é")
PAIRS = (("the 'cat'", "sat"), ('a "mat"\\n', "the"))
CASES = {
    "plain": (Prompt("say", PAIRS, "a hat", LAYOUT, labels=NAMES, model="gpt/gpt2"), False),
    "ends": (Prompt("", PAIRS, "a\nhat", LAYOUT, labels=NAMES, model="gpt/qwen3"), True),
    "free": (Prompt("say", (), "{query}", Layout("", ": ", " ; "), model="gpt/llama"), False),
    "long": (Prompt("say", PAIRS * 6, "a hat", LAYOUT, labels=NAMES, model="gpt/gpt_neox"), False),
    "special": (Prompt("", PAIRS, f"a {tiny.END}", LAYOUT, labels=NAMES, model="gpt/gpt2"), False),
    "empty": (Prompt("", (), "", Layout("", "", "\n"), labels=NAMES, model="gpt/gpt2"), False),
}


@pytest.mark.parametrize("case", CASES)
def test_the_program_prints_what_the_page_says(models, case) -> None:
    prompt, ends = CASES[case]
    posed = Posed(prompt, ends)
    assert bool(fitted(prompt).start) == (case == "long")
    code = shots_code.shots_program(posed, str(models / prompt.model.removeprefix("gpt/")), "")
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stderr
    first, *rows = ran.stdout.splitlines()
    told = answer(posed)
    assert ast.literal_eval(first) == told.written.text
    if not told.scored:
        assert not rows
        return
    wanted = zip(softmax(told.scored.sums), softmax(told.scored.means), calibrated(posed), strict=True)
    for row, label, three in zip(rows, prompt.labels, wanted, strict=True):
        assert row.startswith(repr(label))
        found = [float(number) for number in row.removeprefix(repr(label)).split()]
        assert found == pytest.approx(list(three), abs=1e-5)
