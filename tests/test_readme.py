"""What the README promises: its program runs as shown, its commands are the ones in use, a Space can start from it."""

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
TRACKED = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True).stdout.splitlines()


def blocks(language: str) -> list[str]:
    fences = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.M | re.S)
    return [text for name, text in fences if name == language]


def front_matter() -> dict[str, str]:
    head = re.match(r"---\n(.*?)\n---\n", README, re.S)
    assert head
    return dict(line.split(": ", 1) for line in head[1].splitlines())


def printed(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_notebook_program_prints_what_is_shown() -> None:
    (program, _), (shown,) = blocks("python"), blocks("text")
    ours, theirs = printed(program).split(), shown.split()
    assert len(ours) == len(theirs)
    for one, other in zip(ours, theirs, strict=True):
        if re.fullmatch(r"\d\.\d+", one):
            assert float(one) == pytest.approx(float(other), abs=2e-3)
        else:
            assert one == other


def test_the_program_with_gpt_writes_on() -> None:
    _, program = blocks("python")
    words, text = printed(program).split("\n", 1)
    assert len(ast.literal_eval(words)) == 10 and len(text.split()) > 10


def test_every_endpoint_is_named() -> None:
    code = (
        "from playground.catalog import FAMILIES\n"
        "from importlib import import_module\n"
        "tabs = [import_module(f'playground.families.{family.key}.tab') for family in FAMILIES]\n"
        "print(*(f.__name__ for tab in tabs for f in tab.API))"
    )
    assert set(re.findall(r"`/(\w+)`", README)) == set(printed(code).split())


def test_every_training_command_is_shown() -> None:
    code = (
        "from playground.catalog import FAMILIES\n"
        "from importlib import import_module\n"
        "for family in FAMILIES:\n"
        "    configs = import_module(f'playground.families.{family.key}.train').CONFIGS\n"
        "    print(*(f'{family.key}/{name}' for name in configs))"
    )
    first = {f"{name}/mini" for name in ("bert", "gpt")}
    shown = {"/".join(words.split()) for words in re.findall(r"^python -m playground.train (\w+ \w+)$", README, re.M)}
    alone = {f"{name}/mini" for name in re.findall(r"^python -m playground.train (\w+)$", README, re.M)}
    assert alone == first and shown | alone == set(printed(code).split())


def test_the_first_command_and_the_test_command_are_there() -> None:
    commands = blocks("")
    assert any(c.strip() == "pip install -r requirements.txt && python app.py" for c in commands)
    (tests,) = [c.strip() for c in commands if "pytest" in c]
    assert tests in (ROOT / ".ci" / "run").read_text()


@pytest.mark.parametrize("broken", ["nothing", "requirements.txt", "requirements-alone.txt", "pytest", "ruff", "mypy"])
def test_the_checks_fail_when_one_of_their_steps_does(tmp_path: Path, broken: str) -> None:
    for name in ("chromium", "python3", "python", "pip", "ruff", "mypy"):
        command = tmp_path / name
        command.write_text(f'#!/bin/bash\n[[ "$(basename "$0") $*" != *{broken}* ]]\n')
        command.chmod(0o755)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "activate").touch()
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", tmp_path / ".ci")
    path = f"{tmp_path}:{os.environ['PATH']}"
    done = subprocess.run(["bash", tmp_path / ".ci" / "run"], env={"PATH": path}, timeout=60)
    assert (done.returncode == 0) == (broken == "nothing")


def test_a_space_can_start_from_this_repository() -> None:
    head = front_matter()
    assert head["sdk"] == "gradio" and (ROOT / head["app_file"]).is_file()
    assert f"gradio=={head['sdk_version']}" in (ROOT / "requirements.txt").read_text()
    assert len(head["short_description"]) <= 60


def test_every_family_of_the_catalog_is_described() -> None:
    from playground.catalog import FAMILIES

    for family in FAMILIES:
        assert re.search(rf"^\| {family.title} \|", README, re.M)
        for key in family.embedded:
            assert (ROOT / "assets" / "models" / key / "card.json").is_file()


@pytest.mark.skipif(not TRACKED, reason="not a git checkout")
def test_nothing_in_the_repository_is_large_or_a_pickle() -> None:
    files = [ROOT / name for name in TRACKED if (ROOT / name).is_file()]
    assert not [f.name for f in files if f.stat().st_size > 10_000_000]
    assert sum(f.stat().st_size for f in files if "assets" in f.parts) < 80_000_000
    assert not [f.name for f in files if f.suffix in {".pkl", ".pickle", ".pt", ".pth", ".bin", ".ckpt"}]
    top = {Path(name).parts[0] for name in TRACKED if not name.startswith(".")}
    assert top <= {
        "playground",
        "assets",
        "app.py",
        "requirements.txt",
        "tests",
        "README.md",
        "LICENSE",
        "pyproject.toml",
    }
