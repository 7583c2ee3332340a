"""The mode "Write on" of the GPT room in a browser, with a tiny random model that takes its time."""

import json
import re
import urllib.parse
from collections.abc import Iterator

import pytest
from gradio_client import Client
from playwright.sync_api import Page, expect

from playground.core.checkpoint import Card, write_card
from tests.browser.conftest import WIDE, Open
from tests.families.gpt import tiny
from tests.serving import serving

SERVER = """
import sys, time
from pathlib import Path
from playground.core import engine, spec, store
from playground.core.words import Text
from playground.families import gpt
from playground.ui import picker
from playground.ui.shell import build_app, launch
engine.ready()
from playground.families.gpt import generate
write = generate.Pen.write
generate.Pen.write = lambda pen: (time.sleep(0.04), write(pen))[1]
spec.ASSETS = store.ASSETS = picker.ASSETS = Path(sys.argv[1])
groups = ((Text("Attention", "注意力"), (gpt.FAMILY,)),)
launch(build_app(groups), groups)
"""
TEXT = "the cat sat"
PATIENCE = 60_000  # ms


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> Iterator[str]:
    assets = tmp_path_factory.mktemp("assets")
    folder = tiny.build("gpt2", assets / "models" / "gpt" / "mini")
    write_card(folder, Card("gpt/mini", "GPT mini", {}, 0, "train", (), {}, 33_795, 140_000))
    log = tmp_path_factory.mktemp("log") / "server.log"
    with serving("-c", SERVER, str(assets), log=log, PLAYGROUND_HUB="off") as url:
        yield url


def query(**question) -> str:
    given = {"text": TEXT, "tokens": 12, **question}
    return "?room=gpt&lang=en&theme=light&gptwrite=" + urllib.parse.quote(json.dumps(given))


def written(visit: Open, viewport: dict = WIDE, options: dict | None = None, **question) -> Page:
    """A page with the room, its text written."""
    page = visit(query(**question), viewport=viewport, **(options or {}))
    page.set_default_timeout(PATIENCE)
    settled(page)
    return page


def settled(page: Page) -> None:
    """Nothing is being written, and what stands at the cursor is told."""
    page.locator(".write-bars .bar, .beam-found, .notice.wrong").first.wait_for(timeout=PATIENCE)
    page.wait_for_function("[...document.querySelectorAll('.write-status')].every((e) => !e.offsetParent)")


def new(page: Page) -> list[str]:
    """The tokens written, as they stand in the text."""
    return page.locator(".write-sheet:visible .write-token.new").all_inner_texts()


def pieces(page: Page) -> list[int]:
    return [row["id"] for row in record(page)["tokens"]]


def record(page: Page) -> dict:
    with page.expect_download() as got:
        page.locator(".file", has_text="tokens.json").click()
    return json.loads(got.value.path().read_text("utf-8"))


def write_on(page: Page) -> None:
    with page.expect_response(re.compile("pg/gpt/(write|beams)$")):
        page.locator(".go").click()
    settled(page)


def test_it_opens_with_a_text_and_the_numbers_of_the_model(visit, address) -> None:
    page = written(visit)
    assert page.locator(".write-token.new").count() == 12
    kept = record(page)
    assert len(kept["tokens"]) == 12 and kept["seed"] == 1 and kept["model"] == "gpt/mini"
    said = Client(address, verbose=False).predict(
        TEXT, "gpt/mini", 12, **{name: value for name, value in kept["settings"].items()}, api_name="/gpt_write"
    )
    for own, theirs in zip(kept["tokens"], said["tokens"], strict=True):
        assert (own["id"], own["rank"]) == (theirs["id"], theirs["rank"])
        assert own["chance"] == pytest.approx(theirs["chance"], rel=1e-5)
    assert kept["text"] == said["text"] and kept["code"] == said["code"]
    assert page.locator(".room-foot pre").inner_text().strip() == said["code"].strip()
    expect(page.locator(".write-sheet .panel-title").first).to_contain_text("of 12 tokens")


def test_it_streams_and_can_be_stopped(visit) -> None:
    page = written(visit)
    page.locator("textarea").fill("the cat")
    page.get_by_label("New tokens, at most").fill("6")  # the seventh step: 32
    page.locator(".go").click()
    page.wait_for_function("document.querySelectorAll('.write-token.new').length > 1")
    expect(page.locator(".write-status .hint").first).to_contain_text("Writing:")
    page.get_by_role("button", name="Stop", exact=True).first.click()
    settled(page)
    count = page.locator(".write-token.new").count()
    assert 1 < count < 32
    expect(page.locator(".write-why").first).to_have_text("You stopped it.")
    expect(page.locator(".room-foot pre")).to_contain_text(f"max_new_tokens={count}")
    stopped = pieces(page)
    write_on(page)  # goes on from there
    assert pieces(page)[:count] == stopped and len(pieces(page)) > count


def test_the_same_seed_writes_the_same_and_another_does_not(visit) -> None:
    page = written(visit)
    first = pieces(page)
    page.get_by_role("button", name="Again").click()
    page.wait_for_function("document.querySelectorAll('.write-branch').length === 2")
    settled(page)
    assert pieces(page) == first
    page.locator(".write-sheet:visible .tools").get_by_role("button", name="Another seed").click()
    page.wait_for_function("document.querySelectorAll('.write-branch').length === 3")
    settled(page)
    assert pieces(page) != first and record(page)["seed"] == 2
    assert '"seed":2' in urllib.parse.unquote(page.url)
    page.reload()
    settled(page)
    assert record(page)["seed"] == 2 and pieces(page) != first


def test_any_token_can_be_gone_back_to_and_left_by_another_way(visit) -> None:
    page = written(visit)
    first = pieces(page)
    page.locator(".write-token.new").nth(4).click()
    expect(page.locator(".write-below .panel-title")).to_contain_text("here")
    assert page.locator(".write-token.new.after").count() == 8
    with page.expect_response("**/pg/gpt/read"):
        page.locator(".write-bars button.bar-row[aria-pressed=false]").first.click()
    page.wait_for_function("document.querySelectorAll('.write-branch').length === 2")
    own = pieces(page)
    assert own[:4] == first[:4] and len(own) == 5 and own[4] != first[4]
    write_on(page)
    assert len(pieces(page)) == 17
    page.locator(".write-branch").first.click()
    assert pieces(page) == first
    page.locator(".write-token.given").nth(3).click()  # in the beginning itself
    expect(page.locator(".write-below .panel-title")).to_contain_text("here")
    write_on(page)
    assert page.locator(".write-branch").count() == 3 and len(pieces(page)) == 12


def test_arrow_keys_move_the_cursor(visit) -> None:
    page = written(visit)
    text = page.locator(".write-text").first
    text.focus()
    page.keyboard.press("ArrowLeft")
    assert page.locator(".write-token.after").count() == 1
    page.keyboard.press("Home")
    page.keyboard.press("ArrowLeft")  # there is nothing before the first token
    assert page.locator(".write-token.after").count() == page.locator(".write-token").count() - 1
    page.keyboard.press("End")
    assert page.locator(".write-token.after").count() == 0


def test_views_inside_are_about_the_text_up_to_the_cursor(visit) -> None:
    page = written(visit)
    page.get_by_role("tab", name="Tokens", exact=True).click()
    all_tokens = page.locator(".token-card").count()
    page.locator(".write-token.new").nth(2).click()
    page.wait_for_function(f"document.querySelectorAll('.token-card').length === {all_tokens - 10}")


def test_the_pieces_tell_of_one_text_and_its_words(visit) -> None:
    page = written(visit, text="the cat sat xylophones")
    page.get_by_role("tab", name="Tokens", exact=True).click()
    panel = page.locator(".panel:visible", has=page.locator(".token-cards"))
    pieces = panel.locator(".token-text").all_inner_texts()
    words = sum(piece.startswith("␣") for piece in pieces)
    assert len(pieces) > words > 1  # "xylophones" and what follows it are cut, and so said
    expect(panel.locator(".panel-title")).to_contain_text("is cut into")
    expect(panel).not_to_contain_text("##")
    expect(panel.locator(".token-side")).to_have_count(0)


def test_tokens_tell_their_numbers_and_wear_them(visit) -> None:
    page = written(visit)
    told = record(page)["tokens"]
    shades = page.evaluate("[...document.querySelectorAll('.write-token.new')].map((e) => e.style.background)")
    rarest = min(range(12), key=lambda i: told[i]["chance"])
    assert shades[rarest] and len(set(shades)) > 4
    page.locator(".write-token.new").nth(rarest).hover()
    tip = page.locator(".pg-tip")
    expect(tip).to_contain_text(f"choice {told[rarest]['rank']:,}")
    assert tip.locator(".write-tip").count() == 5
    page.get_by_label("the beginning too").check()
    page.wait_for_function("[...document.querySelectorAll('.write-token.given')].some((e) => e.style.background)")
    page.locator(".write-legend").get_by_text("none").click()
    assert not page.evaluate("[...document.querySelectorAll('.write-token')].some((e) => e.style.background)")


def test_two_settings_side_by_side(visit) -> None:
    page = written(visit, make="two", settings={"temperature": 1.5, "seed": 3}, other={"greedy": True})
    page.wait_for_function("document.querySelectorAll('.write-two .write-token.new').length === 24")
    settled(page)
    expect(page.locator(".write-pair > .panel-title")).to_contain_text("Temperature 1.5")
    expect(page.locator(".write-pair > .panel-title")).to_contain_text("the likeliest")
    expect(page.locator(".write-pair > .panel-title")).to_contain_text("part at token")
    code = page.locator(".room-foot pre").inner_text()
    assert code.count("model.generate(") == 2 and "do_sample=False" in code and "temperature=1.5" in code
    page.locator(".write-two .write-sheet").nth(1).locator(".write-token.new").nth(3).click()
    expect(page.locator(".write-below .panel-title")).to_contain_text("first choice here")
    page.locator(".write-branch").nth(1).click()  # B alone
    assert page.locator(".write-sheet:visible").count() == 1
    assert all(row["rank"] == 1 for row in record(page)["tokens"])


def test_a_beam_search_grows_and_can_be_taken_up(visit, address) -> None:
    page = written(visit, make="beams", width=3, steps=5)
    page.locator(".beam-found").first.wait_for()
    assert page.locator(".beam-found").count() == 3 and page.locator(".beam.kept").count() == 15
    said = Client(address, verbose=False).predict(TEXT, "gpt/mini", 3, 5, api_name="/gpt_beams")
    scores = [float(text.replace("\u2212", "-")) for text in page.locator(".beam-score").all_inner_texts()]
    assert scores == pytest.approx([one["score"] for one in said["found"]], abs=1e-3)
    assert page.locator(".beam.best").count() == 5 and page.locator(".beam.dropped").count() > 10
    expect(page.locator(".room-foot pre")).to_contain_text("num_beams=3")
    page.locator(".beam-found").nth(1).click()
    page.locator(".write-bars .bar").first.wait_for()
    assert pieces(page) == said["found"][1]["ids"]


def test_the_views_inside_a_beam_search_show_what_it_began_from(visit) -> None:
    page = written(visit)
    given = len(record(page)["prompt"]["ids"])
    with page.expect_response("**/pg/gpt/ask") as asked:
        page.locator(".room-in").get_by_text("beam search", exact=True).click()
    assert len(asked.value.json()["tokens"]["ids"]) == given  # not what was written before
    page.locator(".inside .btn", has_text="Write").click()
    page.locator(".write-bars .bar").first.wait_for()
    assert len(pieces(page)) == 1


def test_too_long_a_text_is_cut_where_it_can_be_seen(visit) -> None:
    page = written(visit, text="the cat sat on the mat " * 20, tokens=24)
    expect(page.locator(".write-sheet .notice.cut").first).to_contain_text("were left out")
    assert (
        page.locator(".write-lost").inner_text().startswith("the cat")
        or "…" in page.locator(".write-lost").inner_text()
    )
    kept = record(page)
    assert len(kept["tokens"]) == 24 or kept["why"] == "end"
    assert kept["prompt"]["cut"] > 0 and len(kept["prompt"]["ids"]) == 40
    assert page.locator("textarea").input_value() == "the cat sat on the mat " * 20
    expect(page.locator(".write-count")).to_contain_text("of 64 tokens")


@pytest.mark.parametrize(
    "text",
    [
        "<img src=x onerror=alert(1)><script>alert(2)</script>",
        "\u202etxet \x07\x1b[2J",
        "👩‍👩‍👧 עברית عربي 你好",
        "{{7*7}} ${1}",
    ],
)
def test_a_hostile_text_is_only_text(visit, text) -> None:
    page = written(visit, text=text, tokens=6)
    assert page.locator("textarea").input_value() == text
    assert page.locator(".write-text img, .write-text script").count() == 0
    kept = record(page)
    assert len(kept["tokens"]) == 6 or kept["why"] == "end"
    assert kept["text"].startswith(text[:3])


def test_what_is_wrong_is_said_and_nothing_is_lost(visit) -> None:
    page = written(visit)
    first = pieces(page)
    long = "a" * 20_001
    page.locator("textarea").fill(long)
    page.locator(".go").click()
    expect(page.locator(".notice.wrong")).to_contain_text("20,001 characters")
    assert page.locator("textarea").input_value() == long and pieces(page) == first
    page.locator(".example").first.click()
    page.wait_for_function("!document.querySelector('.card .notice.wrong')")


def test_both_views_of_the_settings_stay_in_step(visit) -> None:
    page = written(visit)
    input = page.locator(".room-in .write-settings").get_by_label("Temperature").first
    input.fill("0.5")
    page.wait_for_function("document.querySelector('.next-sliders input').value === '0.5'")
    page.locator(".next-sliders input").first.fill("1.4")
    expect(input).to_have_value("1.4")
    write_on(page)
    assert record(page)["settings"]["temperature"] == 1.4


@pytest.mark.parametrize("width, scheme", [(390, "light"), (820, "dark")])
def test_it_fits_small_screens_and_speaks_chinese(visit, width, scheme) -> None:
    page = written(visit, {"width": width, "height": 844}, {"color_scheme": scheme}, make="two", tokens=8)
    page.evaluate("PG.setLang('zh')")
    expect(page.locator(".go")).to_have_text("接着写")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert not page.evaluate("/[A-Za-z]{4,}/.test(document.querySelector('.write-legend').textContent)")
