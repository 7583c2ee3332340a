"""The real app in a process of its own, for tests that talk to it from outside."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
PATIENCE = 120  # seconds until the page must be up
ALONE = """
import sys
from importlib import import_module
from pathlib import Path
from playground.core import spec, store
from playground.core.words import Text
from playground.ui import picker
from playground.ui.shell import build_app, launch
family = import_module(f"playground.families.{sys.argv[1]}").FAMILY
spec.ASSETS = store.ASSETS = picker.ASSETS = Path(sys.argv[2])
groups = ((Text("Attention", "注意力"), (family,)),)
launch(build_app(groups), groups)
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def page(address: str) -> str:
    with urllib.request.urlopen(address, timeout=10) as answer:
        return answer.read().decode()


@contextmanager
def serving(*command: str, log: Path, **environment: str) -> Iterator[str]:
    """Run `python *command` with a free port; yields its address once the page answers, ends it afterwards."""
    port = free_port()
    address = f"http://127.0.0.1:{port}/"
    settings = {**os.environ, "GRADIO_SERVER_PORT": str(port), "GRADIO_SERVER_NAME": "127.0.0.1", **environment}
    with log.open("w") as output:
        process = subprocess.Popen([sys.executable, *command], cwd=ROOT, env=settings, stdout=output, stderr=output)
        try:
            _wait(process, address, log)
            yield address
        finally:
            process.terminate()
            process.wait(60)


def room_alone(family: str, assets: Path, log: Path, **environment: str) -> AbstractContextManager[str]:
    """The app with one room, whose models lie in this folder."""
    return serving("-c", ALONE, family, str(assets), log=log, PLAYGROUND_HUB="off", **environment)


def _wait(process: subprocess.Popen, address: str, log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            page(address)
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the app did not start:\n{log.read_text()[-3000:]}")
