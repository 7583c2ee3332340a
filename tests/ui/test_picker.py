import subprocess
import sys
from dataclasses import replace
from time import monotonic, sleep

import pytest

from playground.core import hub, hub_jobs, limits
from playground.core.checkpoint import Card, write_card
from playground.core.hub_jobs import Jobs
from playground.core.words import Wrong
from playground.ui import picker
from playground.ui.picker import Reach, models, verbs
from tests.core.tiny import FAMILY as TINY
from tests.core.tiny import OVER, FakeEdge, bert, info

FAMILY = replace(TINY, embedded=("bert/mini", "bert/absent"))


@pytest.fixture(autouse=True)
def house(tmp_path, monkeypatch):
    """One embedded model, nothing fetched, a Hub that serves a tiny BERT."""
    card = Card("bert/mini", "BERT mini", {}, 0, "train", (), {"held-out top-1": 0.31}, 4_400_000, 8_912_345)
    write_card(tmp_path / "assets" / "models" / "bert" / "mini", card)
    monkeypatch.setattr(picker, "ASSETS", tmp_path / "assets")
    monkeypatch.setattr(limits, "HUB_DIR", tmp_path / "hub")
    monkeypatch.setattr(limits, "HUB", "any")
    monkeypatch.setattr(limits, "MODELS_DIR", None)
    folder = bert(tmp_path / "served")
    monkeypatch.setattr(hub_jobs, "JOBS", Jobs(FakeEdge({"owner/listed": info(folder), "o/m": info(folder)}, folder)))
    monkeypatch.setattr(hub, "_offers", hub._offers.__class__())
    return tmp_path


def over(ticket: str) -> dict:
    end = monotonic() + 10
    while True:
        said = verbs(FAMILY)["progress"]({"ticket": ticket})
        if said["state"] in OVER:
            return said
        assert monotonic() < end
        sleep(0.005)


def test_embedded_models_come_first_with_what_their_card_says():
    said = models(FAMILY)
    assert [(m["key"], m["ready"], m["kind"]) for m in said["models"]] == [
        ("bert/mini", True, "embedded"),
        ("owner/listed", False, "hub"),
    ]
    mini = said["models"][0]
    assert (mini["title"], mini["parameters"], mini["bytes"]) == ("BERT mini", 4_400_000, 8_912_345)
    assert mini["results"] == {"held-out top-1": 0.31}
    assert mini["meta"] == {"en": "4.4 M weights · 8.9 MB", "zh": "440 万个权重 · 8.9 MB"}
    assert said["hub"] == {"box": True, "download": True}


@pytest.mark.parametrize(
    ("rule", "keys", "hub_says"),
    [
        ("list", ["bert/mini", "owner/listed"], {"box": False, "download": True}),
        ("off", ["bert/mini"], {"box": False, "download": False}),
    ],
)
def test_the_operator_narrows_the_list(monkeypatch, rule, keys, hub_says):
    monkeypatch.setattr(limits, "HUB", rule)
    said = models(FAMILY)
    assert [m["key"] for m in said["models"]] == keys and said["hub"] == hub_says


def test_local_folders_are_listed_where_allowed(house, monkeypatch):
    bert(house / "mine" / "my-bert")
    monkeypatch.setattr(limits, "MODELS_DIR", house / "mine")
    last = models(FAMILY)["models"][-1]
    assert (last["key"], last["title"], last["ready"]) == ("local:my-bert", "my-bert", True) and last["bytes"] > 0


def test_check_then_download_then_ready():
    ask = verbs(FAMILY)
    offered = over(ask["check"]({"id": "  owner/listed "})["ticket"])
    assert offered["state"] == "offered" and offered["offer"]["title"] == "Listed"
    assert offered["total"] == offered["offer"]["bytes"] > 0 and not models(FAMILY)["models"][1]["ready"]
    done = over(ask["download"]({"id": "owner/listed"})["ticket"])
    assert done["state"] == "ready" and done["done"] == done["total"] == offered["total"]
    assert models(FAMILY)["models"][1]["ready"]


def test_a_model_off_the_list_is_listed_once_it_is_here():
    over(verbs(FAMILY)["download"]({"id": "o/m"})["ticket"])
    last = models(FAMILY)["models"][-1]
    assert (last["key"], last["ready"]) == ("o/m", True) and last["bytes"] > 0


def test_a_refusal_is_told_in_both_languages():
    hub_jobs.JOBS._edge.fake.said["o/gated"] = info(gated="auto")
    said = over(verbs(FAMILY)["check"]({"id": "o/gated"})["ticket"])
    assert said["state"] == "failed" and "gated" in said["why"]["en"] and "gated" in said["why"]["zh"]


@pytest.mark.parametrize("id", ["../../etc", "", None, 3, ["a/b"], {"x": 1}, "a" * 10_000, "\ud800/x"])
def test_what_is_no_id_is_refused_at_once(id):
    for verb in ("check", "download"):
        with pytest.raises(Wrong, match="model id"):
            verbs(FAMILY)[verb]({"id": id})


@pytest.mark.parametrize("ticket", ["", "nobody's", None, 3, ["x"]])
def test_a_ticket_nobody_gave_is_refused(ticket):
    for verb in ("progress", "cancel"):
        with pytest.raises(Wrong, match="no longer known"):
            verbs(FAMILY)[verb]({"ticket": ticket})


def test_cancel_ends_what_one_visitor_sees():
    ask = verbs(FAMILY)
    ticket = ask["check"]({"id": "o/m"})["ticket"]
    assert ask["cancel"]({"ticket": ticket})["state"] == "cancelled"
    with pytest.raises(Wrong):
        ask["progress"]({"ticket": ticket})


def test_the_hub_is_asked_beside_and_the_answer_kept(monkeypatch):
    asked = []

    def unreachable():
        asked.append(1)
        raise Wrong("The Hub cannot be reached.", "无法连接。")

    monkeypatch.setattr("playground.core.hub_edge.reach", unreachable)
    reach = Reach()
    end = monotonic() + 10
    while not (said := reach.ask())["known"]:
        assert monotonic() < end
        sleep(0.005)
    assert said["wrong"]["zh"] == "无法连接。" and reach.ask() == said and asked == [1]


def test_a_room_without_hub_models_has_no_box():
    plain = replace(FAMILY, hub=(), model_types=())
    assert [m["key"] for m in models(plain)["models"]] == ["bert/mini"] and not models(plain)["hub"]["box"]


def test_the_page_is_up_before_the_heavy_libraries():
    code = (
        "import sys; from playground.ui.picker import models, verbs; from playground.families import bert; "
        "models(bert.FAMILY); verbs(bert.FAMILY)['reach']({}); "
        "print([m for m in ('torch', 'transformers') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


PLAIN = "62 k weights · 124 KB", "6.2 万个权重 · 124 KB"


@pytest.mark.parametrize(
    ("results", "en", "zh"),
    [
        ({"held-out accuracy": 0.9904}, " · test accuracy 99.0 %", " · 测试准确率 99.0 %"),
        ({"everyday gaps, first five": 0.5}, " · everyday gaps, top-5 accuracy 50.0 %", " · 日常句子填空，top-5 准确率 50.0 %"),  # noqa: E501
        ({"loss": 2.0}, "", ""),
    ],
)  # fmt: skip
def test_the_main_result_of_a_card_is_said(results, en, zh):
    assert picker._meta(61_706, 124_180, picker._main(results)) == (PLAIN[0] + en, PLAIN[1] + zh)


COUNTS = {950: "950 ", 12_000: "1.2 万", 20_000: "2 万", 98_000: "9.8 万", 4_867_442: "487 万", 110_000_000: "1.1 亿"}


@pytest.mark.parametrize("count", COUNTS)
def test_large_numbers_are_counted_as_chinese_readers_do(count):
    assert picker._short_zh(count) == COUNTS[count]
