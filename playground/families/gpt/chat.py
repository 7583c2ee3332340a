"""A model's chat template filled in, in a process of its own with bounds on time, memory and output.

A template is a program that somebody wrote into a model's folder. Jinja's sandbox keeps it away from Python, but not
from counting for ever or from making a gigabyte of text; only a process that can be ended does. One is kept waiting,
so that a question costs about a millisecond. This file is that process's program as well: it needs nothing of ours.
"""

import atexit
import json
import os
import select
import subprocess
import sys
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from threading import Lock
from typing import Any

SECONDS = 3.0  # for one template, and for the process to start
MEMORY = 512 * 2**20  # bytes of address space of the process
CHARS = 200_000  # of the filled-in template


class Unusable(ValueError):
    """The template raised, took too long or too much memory, or made too much text."""


class Filler:
    """The process; started when first asked, ended and started again when a template holds it up."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = Lock()
        self._hopeless: deque[str] = deque(maxlen=32)  # templates that held it up once are not tried again

    def fill(self, template: str, messages: Sequence[Mapping[str, str]], names: Mapping[str, Any]) -> str:
        """The prompt, ready for the model to answer; `names`: what else the template may use. Raises Unusable."""
        question = json.dumps([template, list(messages), dict(names)]).encode() + b"\n"
        with self._lock:
            if template in self._hopeless:
                raise Unusable("it took too long or too much memory")
            try:
                said = json.loads(self._answer(question))
            except (OSError, EOFError, ValueError) as error:
                self._hopeless.append(template)
                self.end()
                raise Unusable("it took too long or too much memory") from error
        if "text" not in said:
            raise Unusable(said["wrong"])
        return str(said["text"])

    def _answer(self, question: bytes) -> bytes:
        process = self._started()
        assert process.stdin and process.stdout
        process.stdin.write(question)
        process.stdin.flush()
        line = b""
        while not line.endswith(b"\n"):
            if not select.select([process.stdout], [], [], SECONDS)[0]:
                raise TimeoutError
            if not (part := os.read(process.stdout.fileno(), 2**20)):
                raise EOFError
            line += part
        return line

    def _started(self) -> "subprocess.Popen[bytes]":
        if self._process is None or self._process.poll() is not None:
            self.end()
            pipe = subprocess.PIPE
            self._process = subprocess.Popen(
                [sys.executable, "-I", __file__], stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, env={}
            )
        return self._process

    def end(self) -> None:
        if self._process is None:
            return
        self._process.kill()
        self._process.communicate()
        self._process = None


FILLER = Filler()
atexit.register(FILLER.end)


# ---- what runs in the process; transformers' own environment (utils/chat_template_utils.py), without transformers


@lru_cache(8)
def _compiled(template: str) -> Any:
    from jinja2 import ext, nodes
    from jinja2.exceptions import TemplateError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Generation(ext.Extension):
        """{% generation %} marks what the assistant says, for training; here it changes nothing."""

        tags = {"generation"}  # noqa: RUF012

        def parse(self, parser: Any) -> Any:
            line = next(parser.stream).lineno
            body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
            return nodes.Scope(body, lineno=line)

    def refuse(message: str) -> None:
        raise TemplateError(message)

    def tojson(value: Any, ensure_ascii: bool = False, **how: Any) -> str:
        return json.dumps(value, ensure_ascii=ensure_ascii, **how)

    known = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, ext.loopcontrols]
    )
    known.filters["tojson"] = tojson
    known.globals["raise_exception"] = refuse
    known.globals["strftime_now"] = lambda form: datetime.now().strftime(form)
    return known.from_string(template)


def _filled(line: bytes) -> dict[str, str]:
    try:
        template, messages, names = json.loads(line)
        given = {"tools": None, "documents": None, "add_generation_prompt": True, **names}
        text = _compiled(template).render(messages=messages, **given)
    except Exception as error:  # whatever a template does, it is told in one sentence
        return {"wrong": f"{type(error).__name__}: {error}"[:200]}
    return {"text": text} if len(text) <= CHARS else {"wrong": f"it makes {len(text):,} characters"}


def _serve() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(json.dumps(_filled(line)).encode() + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    _serve()
