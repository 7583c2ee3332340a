"""A Hub of one model on this machine, speaking as much of the protocol as the client asks for."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread


@contextmanager
def serve(id: str, sha: str, folder: Path) -> Iterator[str]:
    """Yields the endpoint."""

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.answer(False)

        def do_GET(self) -> None:
            self.answer(True)

        def answer(self, body: bool) -> None:
            path = self.path.split("?")[0]
            head = f"/{id}/resolve/{sha}/"
            if path == f"/api/models/{id}" or path == f"/api/models/{id}/revision/{sha}":
                self.send(200, json.dumps(described(id, sha, folder)).encode(), body)
            elif path.startswith(head) and (file := folder / path.removeprefix(head)).is_file():
                self.send(200, file.read_bytes(), body)
            elif path == "/":
                self.send(200, b"", body)
            else:
                self.send(404, b"{}", body, ("X-Error-Code", "RepoNotFound"))

        def send(self, status: int, raw: bytes, body: bool, *more: tuple[str, str]) -> None:
            self.send_response(status)
            etag = hashlib.sha256(raw).hexdigest()
            for name, value in (
                ("Content-Length", str(len(raw))),
                ("ETag", f'"{etag}"'),
                ("X-Repo-Commit", sha),
                *more,
            ):
                self.send_header(name, value)
            self.end_headers()
            if body:
                self.wfile.write(raw)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def described(id: str, sha: str, folder: Path) -> dict[str, object]:
    files = [{"rfilename": file.name, "size": file.stat().st_size} for file in folder.iterdir()]
    return {"id": id, "sha": sha, "private": False, "gated": False, "disabled": False, "siblings": files}
