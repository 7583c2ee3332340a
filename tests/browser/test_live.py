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
    with serving("tests/browser/walking.py", log=log, PYTHONPATH=".") as address:
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


def plays(page) -> None:
    """It says so and does so."""
    before = at(page)
    page.wait_for_function("(before) => live.frame.head.at > before + 200", arg=before)
    assert page.inner_text(".live-play") == "Pause"


def rests(page) -> int:
    """It says so and does so."""
    page.wait_for_function("live.turn.then(() => true)")
    there = at(page)
    page.wait_for_timeout(500)
    assert page.inner_text(".live-play") == "Play"
    assert at(page) == there
    return there


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


def test_it_plays_no_more_pictures_than_one_sees_and_pauses(player):
    page = player()
    press(page, "play")
    page.wait_for_function("drawn.length > 3")
    before, began = page.evaluate("drawn.length"), time.monotonic()
    page.wait_for_function("(before) => drawn.length > before + 15", arg=before)
    assert (page.evaluate("drawn.length") - before) / (time.monotonic() - began) < 20
    assert "/s" in page.inner_text(".live-count")
    press(page, "play")
    assert rests(page) > 100
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
    before, began = at(page), time.monotonic()
    press(page, "play")
    page.wait_for_function("(before) => live.frame.head.at >= before + 3", arg=before)
    assert time.monotonic() - began > 2  # seconds lie between the first and the third
    assert all(b - a == 1 for a, b in pairwise(page.evaluate("drawn.map(({ at }) => at)")[-3:]))


def test_the_same_seed_repeats_and_a_new_one_does_not(player):
    page = player()
    places = []
    for name in ("step", "again", "step", "seed", "step"):
        press(page, name)
        page.wait_for_function("(at) => live.frame.head.at === at", arg=int(name == "step"))
        if name == "step":
            places.append(page.evaluate("live.frame.head.place"))
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


def test_a_page_gives_signs_of_life_even_while_its_own_clock_is_slowed_down(pages, walking):
    context = pages.browser.new_context(locale="en-US")
    page = context.new_page()
    page.add_init_script("window.setInterval = () => 0")  # as of a page that has been hidden for long
    page.goto(walking)
    page.wait_for_selector(".start h1")
    with page.expect_response("**/pg/walk/alive") as sign:
        assert page.evaluate(MOUNT, {})
    assert sign.value.json() == {"runs": [page.evaluate("live.run")]}
    context.close()


def test_a_training_that_was_let_go_begins_again_by_itself(player):
    page = player()
    page.evaluate("PG.ask('walk/leave', { runs: [live.run] })")
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
    other.wait_for_function(f"({alive})('{run}').then((n) => n === 0)")


def test_it_rests_when_its_room_is_left(player):
    page = player()
    press(page, "play")
    page.wait_for_function("drawn.length > 3")
    page.evaluate("PG.open('walk')")
    page.wait_for_function("!live.playing")


# ---- a slow server: whatever is on its way, a button does what it says


class Slow:
    """Requests of some verbs wait until they are let go; all are counted."""

    def __init__(self, page):
        self.page, self.holding, self.held, self.asked = page, set(), [], []
        page.on("request", lambda request: self.asked.append(request.url.rsplit("/", 1)[1]))

    def hold(self, verb: str) -> None:
        self.holding.add(verb)
        self.page.route(f"**/pg/walk/{verb}", self.take)

    def take(self, route) -> None:
        if route.request.url.rsplit("/", 1)[1] in self.holding:
            self.held.append(route)
        else:
            route.continue_()

    def count(self, verb: str) -> int:
        return self.asked.count(verb)

    def until(self, verb: str, count: int) -> None:
        """Waits until so many have been asked."""
        for _ in range(100):
            if self.count(verb) >= count:
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"{verb} was asked {self.count(verb)} times, not {count}")

    def let_go(self, verb: str) -> None:
        """What waits now, the last first, and from now on everything at once."""
        self.holding.discard(verb)
        while self.held:
            self.held.pop().continue_()


@pytest.fixture
def slow(player):
    def mount(**settings):
        page = player(**settings)
        return page, Slow(page)

    return mount


def alive(page) -> int:
    return page.evaluate(
        "PG.ask('walk/alive', { runs: live.branches.map(({ run }) => run) }).then(({ runs }) => runs.length)"
    )


def test_play_after_a_pause_that_is_still_on_its_way_plays(slow):
    page, server = slow()
    press(page, "play")
    plays(page)
    server.hold("look")
    press(page, "play")
    server.until("look", 1)
    press(page, "play")
    assert page.inner_text(".live-play") == "Pause"
    server.let_go("look")
    plays(page)


def test_play_while_a_step_is_on_its_way_plays_from_there(slow):
    page, server = slow()
    server.hold("step")
    press(page, "step")
    press(page, "play")
    server.until("step", 1)
    server.let_go("step")
    plays(page)
    assert page.evaluate("drawn.find((picture) => picture.at).at") == 1


def test_steps_pressed_while_it_begins_again_are_made_by_the_new_one(slow):
    page, server = slow()
    press(page, "step")
    page.wait_for_function("live.frame.head.at === 1")
    old = page.evaluate("live.run")
    server.hold("start")
    press(page, "seed")
    press(page, "step")
    press(page, "step")
    server.until("start", 1)
    server.let_go("start")
    page.wait_for_function("live.frame.head.at === 2 && live.frame.head.seed === 4")
    assert page.evaluate("live.run") != old and alive(page) == 1
    assert page.evaluate("live.branches.map(({ run }) => run)") == [page.evaluate("live.run")]


def test_what_is_pressed_many_times_while_it_begins_is_asked_once_and_leaves_nothing_behind(slow):
    page, server = slow()
    page.evaluate("""() => {
      const take = live.take.bind(live);
      window.names = [live.run];
      live.take = (frame) => { names.push(frame.head.run); take(frame); };
    }""")
    server.hold("start")
    for _ in range(5):
        press(page, "again")
    press(page, "seed")
    server.until("start", 1)
    server.let_go("start")
    page.wait_for_function("live.frame.head.seed === 4")
    rests(page)
    assert server.count("start") == 2 and page.evaluate("new Set(names).size") == 3
    page.wait_for_function(
        "PG.ask('walk/alive', { runs: names }).then(({ runs }) => runs.length === 1 && runs[0] === live.run)"
    )


def test_beginning_again_while_it_plays_goes_on_playing_unless_pause_is_pressed(slow):
    page, server = slow()
    press(page, "play")
    plays(page)
    server.hold("start")
    press(page, "again")
    assert page.inner_text(".live-play") == "Pause"
    server.until("start", 1)
    server.let_go("start")
    plays(page)
    server.hold("start")
    press(page, "again")
    press(page, "play")
    server.until("start", 2)
    server.let_go("start")
    assert rests(page) == 0


def test_a_change_that_is_overtaken_by_a_new_beginning_is_forgotten(slow):
    page, server = slow()
    press(page, "step")
    page.wait_for_function("live.frame.head.at === 1")
    server.hold("change")
    page.evaluate("void live.change({ rate: 0 })")
    press(page, "again")
    server.until("change", 1)
    server.let_go("change")
    press(page, "step")
    page.wait_for_function("live.frame.head.at === 1 && live.frame.head.place !== 0")
    assert alive(page) == 1
    assert page.inner_text(".live-note") == ""


def test_the_last_place_of_the_time_line_wins_and_play_goes_on_from_there(slow):
    page, server = slow()
    for _ in range(6):
        press(page, "step")
    page.wait_for_function("live.frame.head.at === 6")
    server.hold("back")
    for place in ("1", "5", "3"):
        page.locator(".live-line input").fill(place)
    page.select_option(".live select", "1")
    press(page, "play")
    server.until("back", 1)
    server.let_go("back")
    page.wait_for_function("live.frame.head.at > 8")
    assert page.inner_text(".live-play") == "Pause"
    steps = page.evaluate("drawn.map(({ at }) => at)")
    looked = steps[steps.index(6) :]  # from the last step on
    assert 3 in looked and 5 not in looked[: looked.index(3)]
    assert looked[-1] > 8 and looked[looked.index(3) :] == sorted(looked[looked.index(3) :])


def test_a_branch_while_it_plays_goes_on_and_visits_in_between_are_kept(slow):
    page, server = slow()
    press(page, "play")
    plays(page)
    server.hold("fork")
    page.evaluate("void live.fork({ rate: 0 }, 0)")
    assert page.inner_text(".live-play") == "Pause"
    server.until("fork", 1)
    server.let_go("fork")
    page.wait_for_selector(".live-branches:not([hidden])")
    plays(page)
    assert page.evaluate("live.frame.head.place") == 0
    server.hold("look")
    page.click(".live-branches button >> nth=0")
    press(page, "step")
    server.until("look", 1)
    server.let_go("look")
    rests(page)
    assert page.evaluate("live.branches[0].run === live.run && live.frame.head.place !== 0") and alive(page) == 2


def test_leaving_the_room_while_it_begins_leaves_nothing_playing(slow):
    page, server = slow()
    press(page, "play")
    plays(page)
    server.hold("start")
    press(page, "again")
    page.evaluate("PG.open('walk')")
    server.until("start", 1)
    server.let_go("start")
    assert rests(page) == 0


def test_a_stream_that_breaks_off_is_taken_up_again(slow):
    page, server = slow()
    press(page, "play")
    plays(page)
    other = "(run) => PG.stream('walk/look', { run, still: true }, () => {})"  # what stops a stream on the server
    page.evaluate(other, page.evaluate("live.run"))
    server.until("play", 2)
    plays(page)


def test_a_server_that_does_not_answer_is_said_and_then_forgotten(slow):
    page, _ = slow()
    page.route("**/pg/walk/*", lambda route: route.fulfill(content_type="application/json", body="<"))
    press(page, "play")
    page.wait_for_selector(".live-note .notice.wrong")
    assert "does not answer" in page.inner_text(".live-note")
    rests(page)
    page.unroute("**/pg/walk/*")
    press(page, "play")
    plays(page)
    assert page.inner_text(".live-note") == ""


def test_what_was_let_go_begins_again_and_plays_when_play_is_pressed(slow):
    page, _ = slow()
    page.evaluate("PG.ask('walk/leave', { runs: [live.run] })")
    press(page, "play")
    page.wait_for_selector(".live-note .notice")
    assert "begun again" in page.inner_text(".live-note")
    plays(page)
