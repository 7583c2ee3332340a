"""What stands between the network and the app: body cap, origin check, closed doors, headers."""

import json
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from playground.core import limits
from playground.core.words import Wrong

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

TOO_LARGE = Wrong(
    f"This is larger than the {limits.BODY_BYTES // 2**20} MB that one request may carry.",
    f"内容超过了单次请求 {limits.BODY_BYTES // 2**20} MB 的上限。",
)
FOREIGN = Wrong("Another web page may not use the playground in your name.", "其他网页不能以你的名义使用本站。")
CLOSED = Wrong("This door is closed here.", "这里没有开放这个入口。")

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


def foreign(scope: Scope) -> bool:
    """A browser sent this from a page of another host. Programs that are no browser send no Origin."""
    if scope["method"] in {"GET", "HEAD", "OPTIONS"}:
        return False
    if _header(scope, b"sec-fetch-site") in {"same-origin", "none"}:
        return False
    origin = _header(scope, b"origin")
    hosts = {_header(scope, b"host"), _header(scope, b"x-forwarded-host")}
    return bool(origin) and urlsplit(origin).netloc not in hosts - {""}  # "null" has no host


class Guard:
    """ASGI middleware: refuses with one JSON sentence, {"wrong": {en, zh}}, before the app sees the request."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif SHUT.match(scope["path"]):
            await _refuse(send, 404, CLOSED)
        elif foreign(scope):
            await _refuse(send, 403, FOREIGN)
        else:
            await _Capped(receive, send).run(self.app, scope)


class _Capped:
    """One request whose body is counted as it streams in, and whose answer gets the house's headers."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        self._read, self._answered, self._over = 0, False, False

    async def run(self, app: App, scope: Scope) -> None:
        length = _header(scope, b"content-length")
        if length and not (length.isdecimal() and int(length) <= limits.BODY_BYTES):
            await self._refuse(more=True)
            return
        await app(scope, self.receive, self.send)

    async def receive(self) -> Message:
        message = await self._receive()
        self._read += len(message.get("body", b""))
        if self._read > limits.BODY_BYTES:
            await self._refuse(more=message.get("more_body", False))
            return {"type": "http.disconnect"}
        return message

    async def _refuse(self, more: bool) -> None:
        """Hear the client out, keeping nothing, so that it is listening when the refusal comes."""
        self._over = True
        while more and self._read <= PATIENCE * limits.BODY_BYTES:
            message = await self._receive()
            self._read += len(message.get("body", b""))
            more = message.get("more_body", False)
        if not self._answered:
            await _refuse(self._send, 413, TOO_LARGE)

    async def send(self, message: Message) -> None:
        if self._over:
            return  # the refusal is already on its way; what the app still says is dropped
        if message["type"] == "http.response.start":
            self._answered = True
            message = {**message, "headers": [*message.get("headers", ()), *HEADERS]}
        await self._send(message)


async def _refuse(send: Send, status: int, wrong: Wrong) -> None:
    body = json.dumps({"wrong": wrong.text.payload()}, ensure_ascii=False).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), *HEADERS]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
