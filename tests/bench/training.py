"""How fast people train: updates received and drawn in a browser, and how many share two cores fairly."""

import http.client
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from struct import unpack
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page

from tests.bench.measures import Row, post

PLAYGROUND_UPDATES = 59 * 25  # a second, drawn: TensorFlow Playground at its measured best of 49 to 59 epochs
GAN_LAB_ITERATIONS = 60  # a second: its cap, with about one picture

# Counts the page's own frames, and the pictures: each one drawn writes the counter anew.
COUNT = """(room) => {
  const counter = document.querySelector(`.w-${room} .live-count`), seen = { frames: 0, pictures: 0 };
  const changed = { childList: true, characterData: true, subtree: true };
  new MutationObserver(() => { seen.pictures += 1; }).observe(counter, changed);
  const tick = () => { seen.frames += 1; requestAnimationFrame(tick); };
  requestAnimationFrame(tick);
  const done = () => Number(counter.textContent.split(' ')[0].replaceAll(',', ''));
  window.counted = () => ({ ...seen, now: performance.now() / 1000, done: done() });
}"""


@dataclass(frozen=True)
class Pace:
    """A second."""

    updates: float  # made, received and drawn
    pictures: float
    frames: float  # of the page


def drawn(page: Page, address: str, room: str, seconds: float = 6, warm: float = 3) -> Pace:
    """The room as it opens, played at full speed."""
    page.goto(f"{address}?room={room}")
    button = page.locator(f".w-{room} .live-play").first
    button.wait_for(timeout=60_000)
    page.wait_for_function(f"document.querySelector('.w-{room} .live-count').textContent.length > 2", timeout=60_000)
    page.locator(f".w-{room} .live-bar select").first.select_option("0")
    page.evaluate(COUNT, room)
    while "Pause" not in button.inner_text():  # a room that plays as it opens may begin just before the click
        button.click()
        page.wait_for_timeout(500)
    moved(page)
    page.wait_for_timeout(1000 * warm)
    before = moved(page)
    page.wait_for_timeout(1000 * seconds)
    after = moved(page)
    took = after["now"] - before["now"]
    return Pace(*((after[key] - before[key]) / took for key in ("done", "pictures", "frames")))


def moved(page: Page) -> dict[str, float]:
    """The counters as soon as the next picture has been drawn: on a busy machine that may take its time."""
    page.wait_for_function("(was) => counted().done > was", arg=page.evaluate("counted().done"), timeout=60_000)
    return page.evaluate("counted()")


def rooms(browser: Browser, address: str, seconds: float = 6) -> list[Row]:
    """Both rooms as they open, against what their models in the field reach."""
    rows = []
    for room, what, reference, name in (
        ("mlp", "MLP 2-4-2-1, batch 10, 250 points: updates/s drawn", PLAYGROUND_UPDATES, "TensorFlow Playground"),
        ("gan", "GAN in the plane, batch 150: iterations/s drawn", GAN_LAB_ITERATIONS, "GAN Lab's cap"),
    ):
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        pace = drawn(page, address, room, seconds)
        page.close()
        ours = f"{pace.updates:,.0f} ({pace.pictures:.0f} pictures/s, page at {pace.frames:.0f} frames/s)"
        rows.append(Row(what, ours, f"{reference:,}, {name}", pace.updates / reference))
    return rows


def pictures(address: str, path: str, question: dict) -> Iterator[dict]:
    """The heads of the pictures of a stream, as they arrive."""
    where = urlsplit(address)
    line = http.client.HTTPConnection(where.hostname or "", where.port, timeout=60)
    try:
        line.request("POST", f"/pg/{path}", json.dumps(question), {"Content-Type": "application/json"})
        answer = line.getresponse()
        while size := answer.read(4):
            data = answer.read(*unpack("<I", size))
            (long,) = unpack("<I", data[:4])
            yield json.loads(data[4 : 4 + long])
    finally:
        line.close()


def crowd(address: str, people: int, seconds: float = 6) -> tuple[list[float], list[float]]:
    """Pictures a second and updates a second of each of so many who train the room's first net at once."""
    names = [next(pictures(address, "mlp/start", {"seed": seed}))["run"] for seed in range(people)]

    def watch(name: str) -> tuple[float, float]:
        stream = pictures(address, "mlp/play", {"run": name})
        begun, seen, head = time.perf_counter(), 0, next(stream)
        first = head["at"]
        while time.perf_counter() < begun + seconds:
            head, seen = next(stream), seen + 1
        took = time.perf_counter() - begun
        stream.close()  # type: ignore[attr-defined]
        return seen / took, (head["at"] - first) / took

    with ThreadPoolExecutor(people) as pool:
        paces = list(pool.map(watch, names))
    post(address, "mlp/leave", {"runs": names})
    return [pace[0] for pace in paces], [pace[1] for pace in paces]


def sharing(address: str, people: int = 10, seconds: float = 6) -> list[Row]:
    """What is left for each of ten, against one alone."""
    (alone,), _ = crowd(address, 1, seconds / 2)
    shown, updates = crowd(address, people, seconds)
    fair = min(updates) / (sum(updates) / people)
    return [
        Row(
            f"{people} who train at once: pictures/s of the slowest",
            f"{min(shown):.1f}",
            f"{alone:.1f}, alone",
            min(shown) / alone,
        ),
        Row(
            "updates of the slowest of them",
            f"{min(updates):,.0f}/s",
            f"{sum(updates) / people:,.0f}/s, their mean",
            fair,
        ),
    ]
