"""How long a browser waits for pictures of attention: ours, and bertviz's head view of the same weights."""

import json
import struct
import time
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser

from tests.bench.measures import Row, bertviz_page, post

# The room asks its own first question; this puts ours in its place, and notes when the first picture is there.
ASK_INSTEAD = """(() => {
  const real = window.fetch, question = %s;
  window.fetch = (url, options) => {
    if (!/pg\\/bert\\/(ask|attention)$/.test(String(url))) return real(url, options);
    if (/ask$/.test(String(url))) window.asked = performance.now();
    const body = JSON.stringify({ ...JSON.parse(options.body), masks: [], ...question });
    return real(url, { ...options, body });
  };
  const look = () => {
    const canvas = document.querySelector('.attn:not([hidden]) canvas.attn-canvas');
    if (canvas && canvas.width > 1) window.drawn = performance.now(); else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})()"""


def layer_bytes(heads: int, tokens: int) -> int:
    return 4 + heads * tokens * 4 + heads * tokens * tokens * 2


def ours(browser: Browser, address: str, question: dict) -> tuple[float, float]:
    """Seconds from the question, whose forward pass is already done, to the first picture; MB per layer."""
    told = json.loads(post(address, "bert/ask", question))
    sent = len(post(address, "bert/attention", question))
    layers, heads, tokens = told["model"]["layers"], told["model"]["heads"], len(told["tokens"]["texts"])
    assert sent == layers * layer_bytes(heads, tokens)
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.add_init_script(ASK_INSTEAD % json.dumps(question))
    page.goto(f"{address}?room=bert")
    page.wait_for_function("window.drawn", timeout=120_000)
    seconds = page.evaluate("(window.drawn - window.asked) / 1000")
    page.close()
    return seconds, sent / layers / 2**20


def bertviz(browser: Browser, weights: np.ndarray, names: list[str], folder: Path) -> tuple[float, float]:
    """Seconds until bertviz's head view is drawn; MB of its page."""
    html = folder / "bertviz.html"
    html.write_text(bertviz_page(weights, names), "utf-8")
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    start = time.perf_counter()
    page.goto(html.as_uri(), timeout=300_000, wait_until="commit")
    page.wait_for_function("document.querySelectorAll('#vis svg line').length > 0", timeout=300_000)
    seconds = time.perf_counter() - start
    page.close()
    return seconds, html.stat().st_size / 2**20


def weights_of(address: str, question: dict) -> tuple[np.ndarray, list[str]]:
    """[layer head query key] and the tokens, as the page receives them."""
    told = json.loads(post(address, "bert/ask", question))
    heads, tokens = told["model"]["heads"], len(told["tokens"]["texts"])
    raw, size = post(address, "bert/attention", question), layer_bytes(heads, tokens)
    layers = {}
    for at in range(0, len(raw), size):
        (number,) = struct.unpack_from("<I", raw, at)
        largest = np.frombuffer(raw, "<f4", heads * tokens, at + 4).reshape(heads, tokens, 1)
        shares = np.frombuffer(raw, "<u2", heads * tokens**2, at + 4 + heads * tokens * 4)
        layers[number] = largest * shares.reshape(heads, tokens, tokens) / np.float32(65_535)
    return np.stack([layers[i] for i in sorted(layers)]), told["tokens"]["texts"]


def attention(browser: Browser, address: str, question: dict, folder: Path) -> list[Row]:
    weights, names = weights_of(address, question)
    size = "{} x {} heads, {} tokens".format(*weights.shape[:3])
    seconds, layer = ours(browser, address, question)
    theirs, page = bertviz(browser, weights, names, folder)
    return [
        Row(f"attention, {size}: first picture, s", f"{seconds:.2f}", f"{theirs:.1f}, bertviz", seconds / theirs),
        Row(
            f"attention, {size}: MB to the browser",
            f"{layer * len(weights):.2f} ({layer:.2f} a layer)",
            f"{page:.1f}, bertviz",
            layer * len(weights) / page,
        ),
    ]
