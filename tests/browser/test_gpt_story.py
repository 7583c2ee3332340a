"""The story of the three papers in a browser, with a tiny random GPT in the embedded one's place and a local Llama."""

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open


@pytest.fixture(scope="module")
def address(tiny_gpt) -> str:
    return tiny_gpt


@pytest.fixture
def story(visit: Open) -> Iterator[Open]:
    """story("&lang=zh", width=390): the room, its first answer there."""
    expect.set_options(timeout=60_000)

    def open_(query: str = "&lang=en", width: int = 1280) -> Page:
        page = visit(f"?room=gpt&gptway=story&theme=light{query}", viewport={"width": width, "height": 900})
        page.set_default_timeout(120_000)
        page.locator(".story-way[aria-pressed=true]").wait_for()
        page.locator(".ways-in .room-out .panel-title").first.wait_for()
        return page

    yield open_
    expect.set_options(timeout=5_000)


def turn(page: Page, key: str) -> None:
    page.locator(f".story-way[data-key={key}]").click()
    page.locator(".ways-in .room-out > .card .panel-title").first.wait_for()


def choose(page: Page, value: str) -> None:
    page.locator(f".ways-in .choice:has(input[value={value}])").click()


def test_each_task_becomes_its_rows(story) -> None:
    page = story()
    rows = page.locator(".story-row:has(.story-line)")
    expect(rows).to_have_count(1)
    expect(page.locator(".story-token.as-extract")).to_have_count(1)
    for task, count, delimiters in (("entail", 1, 1), ("similar", 2, 2), ("choose", 3, 3)):
        choose(page, task)
        expect(rows).to_have_count(count)
        expect(page.locator(".story-token.as-delimiter")).to_have_count(delimiters)
    choose(page, "similar")
    expect(page.locator(".story-strip")).to_have_count(3)  # both orders and their sum
    expect(page.locator(".story-token.as-start .story-id")).to_have_text(["0", "0"])


def test_ones_own_text_with_html_is_text(story) -> None:
    page = story()
    page.get_by_label("Text", exact=True).fill("the <b>cat</b> <img src=x onerror=alert(1)>")
    with page.expect_response(re.compile("pg/gpt/story_inputs")):
        page.get_by_role("button", name="Build the input").click()
    expect(page.locator(".story-prompt")).to_contain_text("<b>cat</b>")
    assert page.locator(".story-prompt img, .story-token img").count() == 0
    page.get_by_label("Text", exact=True).fill("  ")
    page.get_by_role("button", name="Build the input").click()
    expect(page.locator(".notice.wrong")).to_contain_text("empty")


def test_a_head_is_fitted_when_asked(story) -> None:
    page = story()
    page.locator(".story-fit").click()
    title = page.locator(".panel-title", has_text="A head fitted here")
    expect(title).to_contain_text("of 64 unseen sentences right")
    right = int(re.search(r": (\d+) of 64", title.inner_text())[1])
    assert page.locator(".story-judged li").count() == 64
    assert page.locator(".story-judged li.miss").count() == 64 - right


def test_zero_shot_prompts_are_written_on_beside_the_papers_figures(story) -> None:
    page = story()
    with page.expect_response(re.compile("pg/gpt/write")):
        turn(page, "zero")
    expect(page.locator(".story-said")).to_contain_text("ROUGE")
    expect(page.get_by_text("The stronger the colour, the surer it was.")).to_be_visible()  # true in the dark, too
    expect(page.locator(".panel-title", has_text="Perplexity")).to_be_visible()
    tokens = page.locator(".story-loss").count()
    assert tokens > 20
    expect(page.locator(".room-foot code")).to_contain_text("do_sample=False")
    choose(page, "last")
    expect(page.locator(".panel-title", has_text=re.compile("last word is|It says"))).to_be_visible()
    expect(page.locator(".story-said")).to_contain_text("LAMBADA")


def test_sizes_are_counted_and_a_model_lends_its_shape(story) -> None:
    page = story()
    turn(page, "sizes")
    expect(page.locator(".story-size")).to_have_count(14)
    page.locator(".story-size", has=page.locator("text=GPT-2 small")).click()
    expect(page.locator(".panel-title", has_text="124,439,808 weights")).to_be_visible()
    page.get_by_label("Layers L").fill("24")
    page.get_by_label("Layers L").press("Enter")
    expect(page.locator(".panel-title", has_text="209,494,272 weights")).to_be_visible()
    with page.expect_download() as file:
        page.locator(".room-foot .file", has_text="sizes.csv").click()
    lines = file.value.path().read_text().splitlines()
    assert len(lines) == 15 and lines[1].startswith("GPT-1,12,768")


def test_a_local_llama_opens_in_the_story_and_in_the_address(story) -> None:
    page = story()
    page.locator(".ways-in .room-in .model-card").click()
    page.locator(".model-item[data-key='local:talker']").click()
    page.wait_for_function("JSON.parse(new URL(location).searchParams.get('gptstory')).model === 'local:talker'")
    expect(page.locator(".story-token.as-extract")).to_have_count(1)
    turn(page, "sizes")
    expect(page.locator(".source", has_text="another kind (llama)")).to_be_visible()
    kept = json.dumps(
        {"view": "inputs", "model": "local:talker", "inputs": {"task": "choose", "texts": ["a", "b", "c"]}}
    )
    again = story(f"&lang=zh&gptstory={kept}")
    expect(again.locator(".story-row:has(.story-line)")).to_have_count(2)
    expect(again.locator(".panel-title").first).to_contain_text("选择题")


def test_a_local_llama_talks_by_its_template(story, address) -> None:
    page = story()
    said = page.request.post(
        f"{address}pg/gpt/ask", data={"text": "the cat", "model": "local:talker", "chat": True}
    ).json()
    assert said["model"]["talks"] and said["model"]["kind"] == "llama" and said["model"]["key_heads"] == 2
    assert said["tokens"]["texts"][0] == "<|user|>" and said["tokens"]["texts"][-1] == "<|bot|>"
    said = page.request.post(f"{address}pg/gpt/ask", data={"text": "the cat", "model": "gpt/mini", "chat": True}).json()
    assert "no chat template" in said["wrong"]["en"]


@pytest.mark.parametrize("key", ["inputs", "zero", "sizes"])
def test_it_fits_a_phone(story, key) -> None:
    page = story("&lang=zh", width=390)
    turn(page, key)
    page.wait_for_timeout(1500)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
