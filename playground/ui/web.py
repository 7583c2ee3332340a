"""The page's own script and style sheet: every file of views/web, joined."""

import hashlib
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

STYLE = Path(__file__).with_name("style.css")
WEB = Path(__file__).parents[1] / "views" / "web"
LAST = "PG.ready = true;\nwindow.dispatchEvent(new Event('pg-ready'));\n"
YEAR = "public, max-age=31536000, immutable"

# Reads the reader's choices before anything is drawn; `async` is off so that the order of scripts is kept.
HEAD = '<script src="pg/web.js?v={version}"></script>'


def _joined(first: Path, suffix: str) -> str:
    rest = sorted(file for file in WEB.glob(f"*{suffix}") if file != first)
    return "\n".join(file.read_text("utf-8") for file in [first, *rest])


@cache
def script() -> str:
    """All scripts of views/web: kit.js first, the others by name."""
    return f"{_joined(WEB / 'kit.js', '.js')}\n{LAST}"


def style() -> str:
    """style.css, then the style sheets that lie beside the scripts."""
    return _joined(STYLE, ".css")


def version(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def head() -> str:
    """What the page's <head> needs to load the script; the address changes with the contents."""
    return HEAD.format(version=version(script()))


async def _serve(request: Request) -> Response:
    fresh = request.query_params.get("v") == version(script())
    headers = {"Cache-Control": YEAR if fresh else "no-cache"}
    return Response(script(), media_type="text/javascript", headers=headers)


route = Route("/pg/web.js", _serve)
