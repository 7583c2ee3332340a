"""The rules of the house, kept by a machine."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HOUSE = ROOT / "playground"
FILES = sorted(HOUSE.rglob("*.py"))
ROOMS = sorted(path for path in (HOUSE / "families").iterdir() if (path / "__init__.py").exists())
SCRIPTS = sorted((HOUSE / "views" / "web").glob("*.js"))
FURNITURE = ("__init__.py", "model.py", "trace.py", "train.py", "tab.py", "lesson.en.md", "lesson.zh.md")

DRAWS, COMPUTES, TALKS = {"bertviz"}, {"torch", "transformers"}, {"gradio", "starlette", "fastapi"}
FLOORS = {"core": 0, "nn": 1, "data": 1, "views": 1, "families": 2, "tab": 3, "catalog": 3, "ui": 3, "train": 4}


def each(files: list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("file", files, ids=lambda file: str(file.relative_to(HOUSE)))


def module_of(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text("utf-8"))


@cache
def imports(file: Path, source: str | None = None) -> tuple[str, ...]:
    """Every module that `file` imports, wherever the import stands: at the top, in a function, by its name as text."""
    return tuple(named(ast.parse(source) if source else parsed(file), file))


def named(tree: ast.Module, file: Path) -> Iterator[str]:
    package = module_of(file) if file.name == "__init__.py" else module_of(file).rpartition(".")[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)  # `from a import b` may name a module
        elif isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in {
            "import_module",
            "__import__",
        }:
            yield from (arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str))


def floor(module: str) -> int:
    """Where a module of ours lives; higher may import lower, or its own floor. A large tab stands in several files."""
    parts = module.split(".")[1:]
    if parts[0] == "families" and len(parts) > 2 and re.fullmatch(r"tab(_\w+)?", parts[2]):
        return FLOORS["tab"]
    return FLOORS[parts[0]]


def ours(file: Path, source: str | None = None) -> set[str]:
    found = {name for name in imports(file, source) if name.startswith("playground.")}
    return {name for name in found if name.split(".")[1] in FLOORS}


def misplaced(file: Path, source: str | None = None) -> list[str]:
    """The imports of `file` that climb a floor or open a door between two rooms."""
    module, parts = module_of(file), module_of(file).split(".")
    if len(parts) < 2:
        return []
    climbing = [name for name in ours(file, source) if floor(name) > floor(module)]
    if parts[1] != "families" or len(parts) < 3:
        return climbing
    families = [name.split(".") for name in ours(file, source) if name.startswith("playground.families.")]
    return climbing + [".".join(name) for name in families if name[2] != parts[2]]


def allowed(file: Path) -> set[str]:
    """Which of the heavy libraries may be imported in `file`."""
    place = file.relative_to(HOUSE).parts
    libraries: set[str] = set()
    if place[0] == "views":
        libraries |= DRAWS
    if place[0] == "ui" or (place[0] == "families" and re.fullmatch(r"tab(_\w+)?", file.stem)):
        libraries |= TALKS
    elif place[0] in {"core", "nn", "data", "families", "train.py"}:
        libraries |= COMPUTES
    return libraries


@each(FILES)
def test_imports_only_go_down(file: Path) -> None:
    assert not misplaced(file)


@each(FILES)
def test_each_library_has_its_place(file: Path) -> None:
    used = {name.split(".")[0] for name in imports(file)} & (DRAWS | COMPUTES | TALKS)
    assert used <= allowed(file)


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("core/record.py", "from playground.views import tiles"),
        ("core/record.py", "def later():\n    import playground.families.bert.trace"),
        ("core/record.py", "from ..ui import door"),
        ("views/tiles.py", "from importlib import import_module\nimport_module('playground.ui.door')"),
        ("families/bert/trace.py", "from playground.families.bert.tab import build"),
        ("families/bert/trace.py", "from ..cnn import model"),
        ("families/bert/tab.py", "from playground.families import cnn"),
        ("ui/door.py", "def run():\n    from playground import train"),
    ],
)
def test_the_rule_sees_every_way_of_importing(file: str, source: str) -> None:
    assert misplaced(HOUSE / file, source)


def test_the_rule_lets_rooms_use_what_is_below_them() -> None:
    source = "from playground.core import limits\nfrom .model import MODELS\nfrom playground.families import bert"
    assert not misplaced(HOUSE / "families/bert/trace.py", source)


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
@pytest.mark.parametrize("piece", FURNITURE)
def test_every_room_has_its_furniture(room: Path, piece: str) -> None:
    assert (room / piece).is_file()


def test_catalog_names_every_room_once() -> None:
    from playground.catalog import FAMILIES, GROUPS

    assert sorted(family.key for family in FAMILIES) == [room.name for room in ROOMS]
    assert all(title.en and title.zh for title, _ in GROUPS)


TABS = """
import importlib, inspect, json, sys

def offered(room):
    for name in [name for name in sys.modules if name.partition(".")[0] == "playground"]:
        del sys.modules[name]  # each room is opened as if it were the first
    tab = importlib.import_module(f"playground.families.{room}.tab")
    hints = all(p.annotation is not p.empty for f in tab.API for p in inspect.signature(f).parameters.values())
    return [sorted(tab.VERBS), [f.__name__ for f in tab.API], callable(tab.build), hints]

"""


def test_every_tab_offers_what_the_shell_asks_for() -> None:
    names = [room.name for room in ROOMS]
    told = json.loads(run_python(f"{TABS}print(json.dumps({{room: offered(room) for room in {names}}}))"))
    assert list(told) == names
    for room, (verbs, api, builds, hinted) in told.items():
        assert verbs and api and builds and hinted, room
        assert all(name.startswith(f"{room}_") for name in api), room


def run_python(code: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.mark.parametrize(
    ("code", "unwanted"),
    [
        ("import playground.catalog", {"torch", "transformers", "gradio"}),
        ("import app", {"torch", "transformers", "bertviz"}),  # with it playground.ui.shell
    ],
)
def test_the_page_is_built_without_the_heavy_libraries(code: str, unwanted: set[str]) -> None:
    loaded = run_python(f"{code}\nimport sys; print(*sys.modules)").split()
    assert not unwanted & set(loaded)


# The browser's page knows no modules: what is compiled is a script.
COMPILE = """
const fs = require('fs'), vm = require('vm');
const fault = (filename) => {
  try { new vm.Script(fs.readFileSync(filename, 'utf8'), { filename }); } catch (error) { return error.stack; }
};
console.log(JSON.stringify(process.argv.slice(1).map(fault).filter(Boolean)));
"""


def malformed(scripts: list[Path]) -> list[str]:
    checked = subprocess.run(["node", "-e", COMPILE, "--", *scripts], capture_output=True, text=True, timeout=120)
    assert checked.returncode == 0, checked.stderr
    return json.loads(checked.stdout)


needs_node = pytest.mark.skipif(
    not shutil.which("node"), reason="node is not installed: scripts are then only run by the browser"
)


@needs_node
def test_scripts_are_well_formed() -> None:
    assert not malformed(SCRIPTS)


@needs_node
@pytest.mark.parametrize("source", ["const a = ;", "return 1;", "import a from './a.js';", "let a, a;"])
def test_the_compiler_sees_what_is_malformed(tmp_path: Path, source: str) -> None:
    (tmp_path / "bad.js").write_text(source)
    (fault,) = malformed([SCRIPTS[0], tmp_path / "bad.js"])
    assert "bad.js" in fault and "SyntaxError" in fault


def foreign_hosts(text: str) -> list[str]:
    return [url for url in re.findall(r"https?://[^\s'\"`)]*", text) if not url.startswith("http://www.w3.org/")]


@pytest.mark.parametrize("file", [*SCRIPTS, *sorted(HOUSE.rglob("*.css"))], ids=lambda file: file.name)
def test_scripts_and_styles_name_no_other_host(file: Path) -> None:
    assert not foreign_hosts(file.read_text("utf-8"))


def test_the_search_for_hosts_finds_one() -> None:
    assert foreign_hosts("fetch('https://example.org/a.js')") == ["https://example.org/a.js"]


def keyword_texts(tree: ast.AST, keyword: str) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == keyword:
            yield from (leaf.value for leaf in ast.walk(node.value) if isinstance(leaf, ast.Constant))


@each([file for file in FILES if TALKS & {name.split(".")[0] for name in imports(file)}])
def test_no_text_enters_a_template(file: Path) -> None:
    """Gradio evaluates what stands in `${...}` and `{{...}}` of an html_template."""
    tree = parsed(file)
    templates = [node for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg == "html_template"]
    assert all(isinstance(node.value, ast.Constant) for node in templates)
    assert not any("${" in text or "{{" in text for text in keyword_texts(tree, "html_template"))


def test_every_limit_can_be_set_from_outside() -> None:
    from playground.core import limits

    numbers = {name: value for name, value in vars(limits).items() if name.isupper() and isinstance(value, int)}
    assert len(numbers) >= 10
    changed = {f"PLAYGROUND_{name}": str(value + 1) for name, value in numbers.items()}
    code = f"from playground.core import limits; print([getattr(limits, n) for n in {list(numbers)}])"
    assert json.loads(run_python(code, **changed)) == [value + 1 for value in numbers.values()]


def test_a_limit_that_is_no_number_is_refused() -> None:
    with pytest.raises(AssertionError, match="PLAYGROUND_BODY_BYTES must be"):
        run_python("import playground.core.limits", PLAYGROUND_BODY_BYTES="much")
