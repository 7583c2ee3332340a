"""The player in a browser: play, pause, step, speed, seed, time line, branches, and what happens to a closed page."""

import time
from itertools import pairwise

import pytest

from tests.browser.conftest import visiting
from tests.serving import serving

MOUNT = """(settings) => {
  window.drawn = [];
  let seed = 3;
  window.live = PG.live({
    verb: 'walk/', unit: { en: 'steps', zh: '步' },
    question: (fresh) => ({ seed: fresh ? ++seed : seed, ...settings }),
    draw: ({ head: { at, place }, arrays }) => {
      drawn.push({ at, place, half: arrays.place[0], shape: arrays.place.shape });
    },
  });
  const host = document.createElement('div');
  host.className = 'pg';
  host.append(live.root, live.line);
  document.querySelector('.start').prepend(host);
  return live.start();
}"""


@pytest.fixture(scope="module")
def walking(tmp_path_factory):
    log = tmp_path_factory.mktemp("walk") / "log"
    with serving("tests/browser/walking.py", log=log, PYTHONPATH=".", PLAYGROUND_RUN_SECONDS="8") as address:
        yield address


@pytest.fixture
def player(pages, walking):
    """player(**settings): a page with a fresh training."""
    opened = visiting(pages, walking)
    visit = next(opened)

    def mount(**settings):
        page = visit()
        page.wait_for_selector(".start h1")
        assert page.evaluate(MOUNT, settings)
        page.wait_for_function("drawn.length")
        return page

    yield mount
    for _ in opened:
        pass


def at(page) -> int:
    return page.evaluate("live.frame.head.at")


def press(page, name: str) -> None:
    page.click(f".live [data-name={name}]")


def test_it_begins_drawn_and_at_rest(player):
    page = player()
    assert page.inner_text(".live-count") == "0 steps"
    assert page.inner_text(".live-play") == "Play"
    assert page.is_disabled(".live-line input")


def test_half_precision_arrives_as_numbers(player):
    page = player()
    press(page, "step")
    page.wait_for_function("drawn.length > 1")
    last = page.evaluate("drawn.at(-1)")
    assert last["shape"] == [1]
    assert last["half"] == pytest.approx(last["place"], rel=1e-3)
    assert last["place"] != 0


def test_it_plays_ten_pictures_a_second_and_pauses(player):
    page = player()
    press(page, "play")
    page.wait_for_function("drawn.length > 3")
    before, began = page.evaluate("drawn.length"), time.monotonic()
    page.wait_for_timeout(1500)
    rate = (page.evaluate("drawn.length") - before) / (time.monotonic() - began)
    assert 5 < rate < 20
    assert "/s" in page.inner_text(".live-count")
    press(page, "play")
    assert page.inner_text(".live-play") == "Play"
    page.wait_for_timeout(300)
    there = at(page)
    page.wait_for_timeout(400)
    assert at(page) == there > 100
    steps = page.evaluate("drawn.map((picture) => picture.at)")
    assert steps == sorted(steps)


def test_speed_is_kept(player):
    page = player()
    page.select_option(".live select", "1")
    press(page, "play")
    page.wait_for_function("drawn.length > 5")
    press(page, "play")
    steps = page.evaluate("drawn.map((picture) => picture.at)")
    assert all(b - a <= 3 for a, b in pairwise(steps))  # a picture may be skipped, a step not
    page.select_option(".live select", "-1")
    before = at(page)
    press(page, "play")
    page.wait_for_timeout(2500)
    assert before + 2 <= at(page) <= before + 4


def test_the_same_seed_repeats_and_a_new_one_does_not(player):
    page = player()
    places = []
    for name in ("step", "again", "step", "seed", "step"):
        press(page, name)
        page.wait_for_timeout(200)
        if name == "step":
            places.append(page.evaluate("live.frame.head.place"))
        else:
            assert at(page) == 0
    assert places[0] == places[1] != places[2]


def test_looking_back_going_on_and_branching(player):
    page = player()
    for _ in range(6):
        press(page, "step")
    page.wait_for_function("live.frame.head.at === 6")
    newest = page.evaluate("live.frame.head.place")
    page.locator(".live-line input").fill("2")
    page.wait_for_function("live.frame.head.at === 2")
    page.wait_for_selector(".live-past")
    page.click(".live-past button")
    page.wait_for_selector(".live-branches:not([hidden])")
    assert page.evaluate("live.other.head.at") == 2
    page.evaluate("live.change({ rate: 0 })")
    press(page, "step")
    page.wait_for_function("live.frame.head.at === 3")
    assert page.locator(".live-branches button[aria-pressed=true]").inner_text().startswith("B")
    page.click(".live-branches button >> nth=0")
    page.wait_for_function("live.frame.head.at === 2")
    page.locator(".live-line input").fill("6")
    page.wait_for_function("live.frame.head.at === 6")
    assert page.evaluate("live.frame.head.place") == newest


def test_its_own_end_is_said(player):
    page = player(until=5)
    press(page, "play")
    page.wait_for_selector(".live-note .notice.cut")
    assert page.inner_text(".live-note") == "Enough."
    assert page.inner_text(".live-play") == "Play"


def test_what_goes_wrong_is_said_and_can_be_looked_back_from(player):
    page = player(edge=5)
    page.select_option(".live select", "1")
    press(page, "play")
    page.wait_for_selector(".live-note .notice.wrong")
    assert page.inner_text(".live-note") == "Over the edge."
    page.locator(".live-line input").fill("1")
    page.wait_for_function("live.frame.head.at === 1")
    assert page.inner_text(".live-note") == ""


def test_a_training_that_was_let_go_begins_again_by_itself(player):
    page = player()
    page.evaluate("live.branches = []")  # the page gives no sign of life
    page.wait_for_timeout(13_000)
    press(page, "step")
    page.wait_for_selector(".live-note .notice")
    assert "begun again" in page.inner_text(".live-note")
    assert at(page) == 0
    press(page, "step")
    page.wait_for_function("live.frame.head.at === 1")


def test_a_closed_page_lets_its_training_go_at_once(player):
    page, other = player(), player()
    run = page.evaluate("live.run")
    alive = "(run) => PG.ask('walk/alive', { runs: [run] }).then(({ runs }) => runs.length)"
    assert other.evaluate(alive, run) == 1
    page.goto("about:blank")
    other.wait_for_timeout(500)
    assert other.evaluate(alive, run) == 0


def test_it_rests_when_its_room_is_left(player):
    page = player()
    press(page, "play")
    page.wait_for_function("drawn.length > 3")
    page.evaluate("PG.open('walk')")
    page.wait_for_function("!live.playing")
