"""The one door between page and rooms: POST pg/<room>/<verb> with JSON, back comes JSON or a stream of bytes.

A plain route costs a third of a queued event, streams bytes without base64, and can be left by the browser at any
time. Because it bypasses Gradio's queue, the gate in front of the models stands here: a bounded number of answers is
computed at a time, a bounded number waits, everyone else is told so. What goes wrong comes back as one sentence in
both languages, {"wrong": {"en": ..., "zh": ...}}, never as a traceback.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from math import isfinite
from threading import BoundedSemaphore
from typing import Any, TypeVar

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from playground.core import engine, limits
from playground.core.words import Text, Wrong

T = TypeVar("T")
Verb = Callable[[dict[str, Any]], Mapping[str, Any] | Iterator[bytes]]
log = logging.getLogger(__name__)

# Texts, not exceptions: an exception kept and raised again would collect the frames of everyone who met it.
BUSY = Text("Many people are asking at once. Wait a few seconds and try again.", "现在提问的人很多，请等几秒钟再试。")
BROKEN = Text(
    "Something went wrong on our side. Your input is kept; try again or choose another model.",
    "程序出了问题。你的输入还在；请重试，或换一个模型。",
)
MALFORMED = Text("This request is not valid JSON with the expected fields.", "这个请求不是有效的 JSON，或缺少字段。")


class Question(dict[str, Any]):
    """What the page asked. A field that is missing is the asker's mistake, not ours."""

    def __missing__(self, field: str) -> Any:
        raise Wrong(f"The field {field!r} is missing from this request.", f"这个请求缺少字段 {field!r}。")


class Gate:
    """At most `running` pieces of work at a time, `waiting` more in line; the rest is refused at once.

    Work in line waits in a queue, not in a thread, and leaves it when its future is cancelled.
    """

    def __init__(self, running: int, waiting: int) -> None:
        self._pool = ThreadPoolExecutor(running, thread_name_prefix="answer")
        self._places = BoundedSemaphore(running + waiting)

    def submit(self, work: Callable[[], T]) -> "Future[T]":
        """Raises Wrong(BUSY) when the line is full."""
        if not self._places.acquire(blocking=False):
            raise Wrong(*BUSY)
        future = self._pool.submit(work)
        future.add_done_callback(lambda _: self._places.release())
        return future

    def follow(self, work: Callable[[], T]) -> "Future[T]":
        """The next step of an answer that has begun: it waits its turn and is never refused."""
        return self._pool.submit(work)


gate = Gate(limits.ANSWERS_RUNNING, limits.ANSWERS_WAITING)
asides = Gate(4 * limits.ANSWERS_RUNNING, limits.ANSWERS_WAITING)


def aside(verb: Verb) -> Verb:
    """Mark a verb that mostly waits, such as a download: it takes no answer's place and needs no torch."""
    verb.aside = True  # type: ignore[attr-defined]
    return verb


def paced(verb: Verb, pieces: int) -> Verb:
    """Mark a streaming verb: at most so many pieces of its answer go out in a second, however fast they are made."""
    verb.pause = 1 / pieces  # type: ignore[attr-defined]
    return verb


def _gate_of(verb: Callable[..., Any]) -> Gate:
    return asides if hasattr(verb, "aside") else gate


def as_wrong(error: Exception) -> Wrong:
    """The sentence for an exception: its own if it is meant for the page, else ours, with the traceback in the log."""
    if isinstance(error, Wrong):
        return error
    log.error("unexpected", exc_info=error)
    return Wrong(*BROKEN)


def guarded(work: Callable[[], T]) -> tuple[T | None, Wrong | None]:
    """What `work` says once it has come through the gate, or what was wrong; waits for it."""
    try:
        return gate.submit(lambda: _with_engine(work)).result(), None
    except Exception as error:
        return None, as_wrong(error)


def _with_engine(work: Callable[[], T]) -> T:
    engine.ready()
    return work()


def answer(verb: Verb, body: bytes) -> "bytes | _Begun":
    """JSON of what `verb` says, of {"wrong": text}, or a stream whose first bytes are already computed.

    The body is read here, when its turn has come: parsed JSON may take twenty times its bytes, and time.
    """
    try:
        question = read(body)
        if not hasattr(verb, "aside"):
            engine.ready()
        said = verb(Question(question))
        return dumps(said) if isinstance(said, Mapping) else _Begun(said)
    except Exception as error:
        return sentence(as_wrong(error))


class _Begun:
    """A stream whose first step is made: what is wrong with a question shows there, while we can still say so.

    No generator itself: closing it must close the room's generator even if nobody has read from it.
    """

    def __init__(self, stream: Iterator[bytes]) -> None:
        self._first: bytes | None = next(stream, b"")
        self._stream = stream

    def __iter__(self) -> "_Begun":
        return self

    def __next__(self) -> bytes:
        if self._first is not None:
            first, self._first = self._first, None
            return first
        return next(self._stream)

    def close(self) -> None:
        if hasattr(self._stream, "close"):
            self._stream.close()


def dumps(value: Any) -> bytes:
    """JSON without NaN; lone surrogates become question marks, because UTF-8 has no bytes for them."""
    return json.dumps(value, allow_nan=False, ensure_ascii=False).encode("utf-8", "replace")


def sentence(wrong: Wrong) -> bytes:
    return dumps({"wrong": wrong.text.payload()})


def _finite(digits: str) -> float:
    value = float(digits)
    if not isfinite(value):
        raise ValueError(f"not a finite number: {digits}")
    return value


def read(body: bytes) -> dict[str, Any]:
    """The question in a request's body. Raises Wrong(MALFORMED) for anything but an object of proper JSON."""
    try:
        question = json.loads(body, parse_float=_finite, parse_constant=_finite)
    except (ValueError, RecursionError):
        raise Wrong(*MALFORMED) from None
    if not isinstance(question, dict):
        raise Wrong(*MALFORMED)
    return question


async def _left(request: Request) -> None:
    """Returns when the client has gone."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _unless_left(request: Request, future: "Future[T]") -> T | None:
    """The result of `future`; None if the client leaves first: work still in line is then dropped."""
    result = asyncio.wrap_future(future)
    gone = asyncio.ensure_future(_left(request))
    try:
        both: list[asyncio.Future[Any]] = [result, gone]
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        return await result if result.done() else None
    finally:
        result.cancel()
        gone.cancel()
        with suppress(asyncio.CancelledError):
            await gone


async def _steps(verb: Verb, stream: "_Begun") -> AsyncIterator[bytes]:
    """Each step goes through the gate by itself: a reader on a slow line keeps nobody waiting."""
    step: Future[bytes | None] | None = None
    pause, clock = getattr(verb, "pause", 0.0), asyncio.get_running_loop().time
    try:
        while True:
            begun = clock()
            step = _gate_of(verb).follow(lambda: next(stream, None))
            chunk = await asyncio.wrap_future(step)
            if chunk is None:
                return
            yield chunk
            if pause:
                await asyncio.sleep(begun + pause - clock())  # returns at once when the time is over
    finally:  # the reader may leave while a step is running: a generator can only be closed between steps
        if step:
            step.add_done_callback(lambda _: stream.close())


def _respond(verb: Verb) -> Callable[[Request], Any]:
    async def respond(request: Request) -> Response:
        try:
            body = await request.body()
            said = await _unless_left(request, _gate_of(verb).submit(lambda: answer(verb, body)))
        except ClientDisconnect:
            said = None
        except Wrong as wrong:
            said = sentence(wrong)
        if said is None:
            return Response(status_code=499)  # nobody reads it
        if isinstance(said, bytes):
            return Response(said, media_type="application/json")
        return StreamingResponse(_steps(verb, said), media_type="application/octet-stream")

    return respond


def routes(rooms: Mapping[str, Mapping[str, Verb]]) -> list[Route]:
    return [
        Route(f"/pg/{room}/{name}", _respond(verb), methods=["POST"])
        for room, verbs in rooms.items()
        for name, verb in verbs.items()
    ]
