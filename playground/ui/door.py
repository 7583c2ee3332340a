"""The one door between page and rooms: POST pg/<room>/<verb> with JSON, back comes JSON or a stream of bytes.

A plain route costs a third of a queued event, streams bytes without base64, and can be left by the browser at any
time. Because it bypasses Gradio's queue, the gate in front of the models stands here: a bounded number of answers is
computed at a time, a bounded number waits, everyone else is told so. What goes wrong comes back as one sentence in
both languages, {"wrong": {"en": ..., "zh": ...}}, never as a traceback.
"""

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from threading import BoundedSemaphore
from typing import Any

from starlette.concurrency import iterate_in_threadpool, run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from playground.core import limits
from playground.core.words import Wrong

Verb = Callable[[dict[str, Any]], Mapping[str, Any] | Iterator[bytes]]
log = logging.getLogger(__name__)

BUSY = Wrong(
    "Many people are asking at once. Wait a few seconds and try again.", "现在提问的人很多，请等几秒钟再试。"
)
BROKEN = Wrong(
    "Something went wrong on our side. Your input is kept; try again or choose another model.",
    "程序出了问题。你的输入还在；请重试，或换一个模型。",
)
MALFORMED = Wrong("This request is not valid JSON with the expected fields.", "这个请求不是有效的 JSON，或缺少字段。")


class Gate:
    """At most `running` answers at a time and `waiting` more in line; the rest is refused at once."""

    def __init__(self, running: int, waiting: int) -> None:
        self._places = BoundedSemaphore(running + waiting)
        self._running = BoundedSemaphore(running)

    def __enter__(self) -> None:
        if not self._places.acquire(blocking=False):
            raise BUSY
        self._running.acquire()

    def __exit__(self, *_: object) -> None:
        self._running.release()
        self._places.release()


gate = Gate(limits.ANSWERS_RUNNING, limits.ANSWERS_WAITING)


def answer(verb: Verb, question: dict[str, Any]) -> Mapping[str, Any] | Iterator[bytes]:
    """What `verb` says, or {"wrong": text}."""
    try:
        with gate:
            return verb(question)
    except Wrong as wrong:
        return {"wrong": wrong.text.payload()}
    except (KeyError, TypeError):
        log.exception("malformed request")
        return {"wrong": MALFORMED.text.payload()}
    except Exception:
        log.exception("unexpected")
        return {"wrong": BROKEN.text.payload()}


def _respond(verb: Verb) -> Callable[[Request], Any]:
    async def respond(request: Request) -> Response:
        try:
            question = json.loads(await request.body())
        except (ValueError, RecursionError):
            question = None
        if not isinstance(question, dict):
            return JSONResponse({"wrong": MALFORMED.text.payload()})
        said = await run_in_threadpool(answer, verb, question)
        if isinstance(said, Mapping):
            return Response(dumps(said), media_type="application/json")
        return StreamingResponse(iterate_in_threadpool(said), media_type="application/octet-stream")

    return respond


def dumps(value: Any) -> bytes:
    """JSON without NaN; lone surrogates become replacement characters, because UTF-8 has no bytes for them."""
    return json.dumps(value, allow_nan=False, ensure_ascii=False).encode("utf-8", "replace")


def routes(rooms: Mapping[str, Mapping[str, Verb]]) -> list[Route]:
    return [
        Route(f"/pg/{room}/{name}", _respond(verb), methods=["POST"])
        for room, verbs in rooms.items()
        for name, verb in verbs.items()
    ]
