"""What stands between the network and the app: body cap, origin check, closed doors, headers."""

import asyncio
import json
import logging
import re
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from playground.core import limits
from playground.core.words import Text
from playground.ui.door import BROKEN, BUSY

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

log = logging.getLogger(__name__)

FOREIGN = Text("Another web page may not use the playground in your name.", "其他网页不能以你的名义使用本站。")
CLOSED = Text("This door is closed here.", "这里没有开放这个入口。")
SLOW = Text("This request took too long to arrive. Try again.", "这个请求传得太慢，请重试。")
NOT_HERE = Text(
    "This playground serves its own machine only, as localhost or 127.0.0.1. "
    "To open it to others, start it with GRADIO_SERVER_NAME=0.0.0.0.",
    "本程序只为本机服务，地址是 localhost 或 127.0.0.1。要让其他人访问，请用 GRADIO_SERVER_NAME=0.0.0.0 启动。",
)

SMALL = 2**17  # bytes: what a text needs always gets in, however many large bodies crowd the house
PATIENCE = 10  # times the cap, before the line is cut

# Routes of Gradio that this app does not use: files in and out, other hosts, deep links, histories, code editing.
SHUT = re.compile(
    r"^(/gradio_api)?/(upload|upload_progress|file[=/]|proxy=|deep_link|runs|run-history|stream|component_server"
    r"|process_recording|vibe|undo-vibe|monitoring|profiling|custom_component|dev/)"
)

# `unsafe-eval` is Gradio's: it builds the scripts of its HTML components with new Function.
POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "media-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' data: blob:",
        "worker-src 'self' blob:",
        "frame-src 'self' data: blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self' https://huggingface.co https://*.hf.space",
    )
)
HEADERS = [
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(self), microphone=(), geolocation=()"),
]


def _header(scope: Scope, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


def too_large(most: int) -> Text:
    return Text(
        f"This is larger than the {most // 2**20} MB that one request may carry.",
        f"内容超过了单次请求 {most // 2**20} MB 的上限。",
    )


def elsewhere(scope: Scope) -> bool:
    """Asked for under another name than this machine's own: a foreign page's name that was made to point here."""
    host = re.sub(r":\d*$", "", _header(scope, b"host"))
    return host.lower() not in {"", "localhost", "127.0.0.1", "[::1]"}


def foreign(scope: Scope) -> bool:
    """A browser sent this from a page of another host. Programs that are no browser send no Origin."""
    if scope["method"] in {"GET", "HEAD", "OPTIONS"}:
        return False
    if site := _header(scope, b"sec-fetch-site"):  # the browser's own word, which no page can forge
        return site not in {"same-origin", "none"}
    origin = _header(scope, b"origin")
    hosts = {_header(scope, b"host"), _header(scope, b"x-forwarded-host")}
    return bool(origin) and urlsplit(origin).netloc not in hosts - {""}  # "null" has no host


class Guard:
    """ASGI middleware: refuses with one JSON sentence, {"wrong": {en, zh}}, before the app sees the request.

    `local`: the app listens to its own machine alone, so nobody comes under another name.
    """

    def __init__(self, app: App, local: bool = False) -> None:
        self.app, self.local = app, local
        self.held = 0  # bytes of all bodies in the house

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif SHUT.match(scope["path"]):
            await _refuse(send, 404, CLOSED)
        elif self.local and elsewhere(scope):
            await _refuse(send, 403, NOT_HERE)
        elif foreign(scope):
            await _refuse(send, 403, FOREIGN)
        else:
            await _Capped(self, scope, receive, send).run()


class _Capped:
    """One request whose body is counted and timed as it streams in, and whose answer gets the house's headers."""

    def __init__(self, guard: Guard, scope: Scope, receive: Receive, send: Send) -> None:
        self._guard, self._scope, self._receive, self._send = guard, scope, receive, send
        self._most = limits.BODY_BYTES if scope["path"].startswith("/pg/") else limits.API_BYTES
        self._until = monotonic() + limits.BODY_SECONDS
        self._read, self._held = 0, 0
        self._whole, self._answered = False, False
        self._refusal: tuple[int, Text] | None = None

    async def run(self) -> None:
        length = _header(self._scope, b"content-length")
        if length and not (length.isdecimal() and int(length) <= self._most):
            self._refusal = (413, too_large(self._most))
        else:
            await self._serve()
        if self._refusal and not self._answered:
            await self._hear_out()
            await _refuse(self._send, *self._refusal)

    async def _serve(self) -> None:
        """The app's answer; once it has let go of the body, that body's place is free for others."""
        try:
            await self._guard.app(self._scope, self.receive, self.send)
        except Exception:
            if self._answered:
                raise
            if not self._refusal:
                log.exception("unexpected")
                self._refusal = (500, BROKEN)
        finally:
            self._guard.held -= self._held

    async def receive(self) -> Message:
        try:
            message = await self._next()
        except TimeoutError:
            return self._leave(408, SLOW)
        size = len(message.get("body", b""))
        if self._read > self._most:
            return self._leave(413, too_large(self._most))
        if self._held + size > SMALL and self._guard.held + size > limits.BODIES_BYTES:
            return self._leave(503, BUSY)
        self._guard.held += size
        self._held += size
        return message

    async def _next(self) -> Message:
        """The next piece of the body; once it is whole, word that the client has gone."""
        left = None if self._whole else max(0.0, self._until - monotonic())
        message = await asyncio.wait_for(self._receive(), left)
        self._read += len(message.get("body", b""))
        self._whole = not message.get("more_body", False)
        return message

    def _leave(self, status: int, text: Text) -> Message:
        """Make the app let go of what it has read so far; the client hears why afterwards."""
        self._refusal = (status, text)
        return {"type": "http.disconnect"}

    async def _hear_out(self) -> None:
        """Read on, keeping nothing, so that the client is listening when the refusal comes."""
        with suppress(TimeoutError):
            while not self._whole and self._read <= PATIENCE * self._most:
                await self._next()

    async def send(self, message: Message) -> None:
        """Raises TimeoutError for a reader who takes nothing in: nothing is kept for him for ever."""
        if self._refusal:
            return  # the refusal is already on its way; what the app still says is dropped
        if message["type"] == "http.response.start":
            self._answered = True
            message = {**message, "headers": [*message.get("headers", ()), *HEADERS]}
        await asyncio.wait_for(self._send(message), limits.SEND_SECONDS)


async def _refuse(send: Send, status: int, text: Text) -> None:
    body = json.dumps({"wrong": text.payload()}, ensure_ascii=False).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), *HEADERS]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
