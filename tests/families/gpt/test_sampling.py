"""Every step of a choice is transformers' own, and so is the draw."""

import json
import random

import numpy as np
import pytest
import torch
from transformers import (
    AutoModelForCausalLM,
    GenerationConfig,
    MinPLogitsWarper,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
    TypicalLogitsWarper,
)

from playground.core.words import Wrong
from playground.families.gpt import tab_next
from playground.families.gpt.lookup import find_token, odds_table, texts
from playground.families.gpt.odds import Choice, draws, odds, odds_curve, share, shortlist, why_cut
from playground.families.gpt.sampling import Settings, choose, draw, luck, settings, steps, warped
from playground.families.gpt.trace import Request
from playground.ui import door
from tests.families.gpt import tiny

KINDS = list(tiny.CONFIGS)
TEXT = "the cat sat on the"


def some_settings(seed: int) -> Settings:
    dice = random.Random(seed)
    on = lambda value, off: value if dice.random() < 0.5 else off  # noqa: E731
    return Settings(
        temperature=on(dice.uniform(0.2, 3), 1.0),
        top_k=on(dice.randint(1, 120), 0),
        top_p=on(dice.uniform(0.05, 0.99), 1.0),
        min_p=on(dice.uniform(0.001, 0.4), 0.0),
        typical_p=on(dice.uniform(0.1, 0.99), 1.0),
        repetition_penalty=on(dice.uniform(0.5, 2), 1.0),
        greedy=dice.random() < 0.15,
        seed=seed,
    )


def asked(how: Settings, kind: str = "gpt2") -> Choice:
    return Choice(Request(TEXT, f"gpt/{kind}", top=1), how)


def by_hand(ids: torch.Tensor, logits: torch.Tensor, how: Settings) -> dict[str, torch.Tensor]:
    """Every step with its processor, written out in the order of `generate`."""
    scores, out = logits[None], {}
    for name, used, rule in (
        ("repetition_penalty", how.repetition_penalty != 1, RepetitionPenaltyLogitsProcessor(how.repetition_penalty)),
        ("temperature", how.temperature != 1 and not how.greedy, TemperatureLogitsWarper(how.temperature)),
        ("top_k", how.top_k and not how.greedy, TopKLogitsWarper(how.top_k or 1)),
        ("top_p", how.top_p < 1 and not how.greedy, TopPLogitsWarper(how.top_p)),
        ("min_p", how.min_p and not how.greedy, MinPLogitsWarper(how.min_p)),
        ("typical_p", how.typical_p < 1 and not how.greedy, TypicalLogitsWarper(min(how.typical_p, 0.999))),
    ):
        if used:
            scores = rule(ids[None], scores)
            out[name] = scores[0]
    return out


@pytest.mark.parametrize("seed", range(60))
def test_every_step_is_that_of_the_processor(seed) -> None:
    logits = 4 * torch.randn(500, generator=torch.Generator().manual_seed(seed)) - 3
    ids, how, before = torch.randint(500, (20,)), some_settings(seed), logits.clone()
    expected = by_hand(ids, logits, how)
    told = dict(steps(ids, logits, how))
    assert list(told) == list(expected)
    for name, scores in expected.items():
        torch.testing.assert_close(told[name], scores, atol=1e-6, rtol=0)
    last = list(expected.values())[-1] if expected else logits
    torch.testing.assert_close(warped(ids, logits, how), last, atol=1e-6, rtol=0)
    assert torch.equal(logits, before)


@pytest.fixture(params=KINDS)
def kind(request, models):
    return request.param


def generated(folder, how: Settings, ids, **more):
    net = AutoModelForCausalLM.from_pretrained(folder, attn_implementation="eager").eval()
    net.generation_config = GenerationConfig(pad_token_id=0)  # without an end: it writes as many as it is asked for
    torch.manual_seed(how.seed)
    given = torch.tensor([ids])
    return net.generate(given, attention_mask=torch.ones_like(given), **how.call(), **{"max_new_tokens": 1, **more})


def test_scores_and_draws_are_those_of_generate(kind, models) -> None:
    for seed in range(6):
        how = some_settings(100 + seed)
        told = odds(asked(how, kind))
        answer = generated(models / kind, how, told.ids, output_scores=True, return_dict_in_generate=True)
        np.testing.assert_allclose(told.final, answer.scores[0][0].softmax(-1), atol=1e-6)
        assert told.winner == int(answer.sequences[0, -1]), how


def test_a_generator_draws_on_as_generate_does(models) -> None:
    how = Settings(temperature=1.3, top_k=50, seed=5)
    net = AutoModelForCausalLM.from_pretrained(models / "gpt2").eval()
    ids, generator = torch.tensor([7, 9, 11]), torch.Generator().manual_seed(how.seed)
    expected = generated(models / "gpt2", how, ids.tolist(), max_new_tokens=12)
    with torch.no_grad():
        for _ in range(12):
            logits = net(ids[None]).logits[0, -1]
            ids = torch.cat([ids, torch.tensor([choose(warped(ids, logits, how), how, generator)])])
    assert ids.tolist() == expected[0].tolist()


@pytest.mark.parametrize("size", [20, 300, 5000, 50_257])
def test_the_luck_shown_is_the_luck_of_the_draw(size) -> None:
    for seed in range(10):
        chances = (3 * torch.randn(size, generator=torch.Generator().manual_seed(seed))).softmax(-1)
        torch.manual_seed(seed)
        expected = int(torch.multinomial(chances, 1))
        assert draw(chances, torch.Generator().manual_seed(seed)) == expected
        assert int((chances / luck(size, torch.Generator().manual_seed(seed))).argmax()) == expected


@pytest.mark.parametrize("seed", range(20))
def test_what_is_told_of_a_choice_adds_up(models, seed) -> None:
    how = some_settings(200 + seed)
    told = odds(asked(how))
    kept = told.cut == 0
    assert told.kept == kept.sum() == len(told.cut) - sum(cut.out for cut in told.cuts)
    assert told.mass == pytest.approx(1 - sum(cut.mass for cut in told.cuts), abs=1e-5)
    np.testing.assert_allclose(told.final[kept], told.before[kept] / told.mass, atol=1e-6)
    assert not told.final[~kept].any()
    for chances, bits in zip((told.raw, told.before, told.final), told.entropy, strict=True):
        own = chances[chances > 0].astype(float)
        assert bits == pytest.approx(-(own * np.log2(own)).sum(), abs=1e-6)
    for id in range(len(told.cut)):
        assert (why_cut(told, how, id) is None) == bool(kept[id])
    assert told.final[told.winner] > 0
    if told.luck is not None:
        assert told.winner == int((told.final / told.luck).argmax())


def test_all_tokens_have_all_of_the_probability() -> None:
    chances = torch.linspace(0, 1, 3_000).softmax(-1).numpy()
    assert chances.sum(dtype=np.float64) != 1  # single precision
    assert share(chances, np.ones(3_000, bool)) == 1


def test_the_curve_covers_the_whole_vocabulary(models) -> None:
    told = odds(asked(Settings(typical_p=0.3)))
    line, ordered = odds_curve(told), np.sort(told.before)[::-1]
    np.testing.assert_allclose(line.before, ordered[line.places - 1])
    assert line.places[0] == 1 and line.places[-1] == len(ordered)
    assert line.sums[-1] == pytest.approx(1, abs=1e-5)
    kept = np.flatnonzero(told.cut[np.argsort(-told.before, kind="stable")] == 0) + 1
    assert (line.first, line.last) == (kept[0], kept[-1])
    assert line.last - line.first + 1 == told.kept  # typical sampling keeps a band
    assert set(shortlist(told, 24)) >= {int(told.before.argmax())}


def test_a_hundred_draws_are_a_hundred_seeds(models) -> None:
    how = Settings(temperature=2.0, seed=40)
    counts = draws(asked(how))
    assert sum(counts.values()) == 100
    one_by_one = [odds(asked(Settings(temperature=2.0, seed=seed))).winner for seed in range(40, 50)]
    ten = draws(asked(how), 10)
    assert sorted(one_by_one) == sorted(ten.elements())
    assert draws(asked(Settings(greedy=True))).most_common(1)[0][1] == 100


def test_reasons_tell_the_numbers_that_decided(models) -> None:
    told = odds(asked(Settings(top_k=3)))
    order = np.argsort(-told.logits)
    assert why_cut(told, Settings(top_k=3), int(order[3])).en == "It stands at place 4; top-k keeps the first 3."
    how = Settings(min_p=0.5)
    told = odds(asked(how))
    least, best = int(told.logits.argmin()), told.raw.max()
    expected = f"is less than 0.5 × {100 * best:.3g} % (the best) = {50 * best:.3g} %."
    assert why_cut(told, how, least).en.endswith(expected)


# ---- the search and the table


def test_tokens_are_found_by_how_they_are_written(models) -> None:
    here, vocabulary = asked(Settings(top_k=2)), texts("gpt/gpt2")
    found = find_token(here, "cat")
    assert vocabulary[found.ids[0]] == " cat"
    assert found.count == sum("cat" in text.lower() for text in vocabulary)
    assert find_token(here, "␣the").ids[0] == vocabulary.index(" the")
    assert find_token(here, "#5").ids[0] == 5
    assert find_token(here, "nothing of the kind").ids == ()
    assert len(find_token(here, "a").ids) <= 8
    for wrong in ("", "a" * 61, 5, None, ["a"]):
        with pytest.raises(Wrong):
            find_token(here, wrong)


def test_the_table_holds_the_whole_vocabulary(models) -> None:
    told, rows = odds(asked(Settings(top_k=5))), odds_table(asked(Settings(top_k=5)))
    assert len(rows) == len(told.logits) + 1
    assert [row[6] for row in rows[1:7]] == ["kept"] * 5 + ["top_k"]
    assert sum(row[-1] for row in rows[1:]) == pytest.approx(1, abs=1e-5)
    assert [row[0] for row in rows[1:]] == list(range(1, len(rows)))


# ---- what a page may send


@pytest.mark.parametrize(
    "given",
    [
        {"temperature": 0}, {"temperature": -1}, {"temperature": "1"}, {"temperature": None}, {"temperature": 1e9},
        {"temperature": float("nan")}, {"top_k": 1.5}, {"top_k": -1}, {"top_k": True}, {"top_k": 10**9}, {"top_p": 1.1},
        {"top_p": -0.1}, {"min_p": 2}, {"typical_p": 0}, {"repetition_penalty": 0}, {"repetition_penalty": [1]},
        {"seed": -1}, {"seed": 2**32}, {"seed": 0.5}, {"greedy": 1}, {"heat": 2}, [], "hot", 5, None,
    ],
)  # fmt: skip
def test_settings_out_of_range_are_refused_in_both_languages(given) -> None:
    with pytest.raises(Wrong) as wrong:
        settings(given)
    assert wrong.value.text.en and wrong.value.text.zh


def test_settings_are_off_by_default() -> None:
    how = settings({})
    assert how == Settings() and warped(torch.tensor([1]), torch.arange(4.0), how).tolist() == [0, 1, 2, 3]
    assert hash(settings({"temperature": 1, "top_p": 1})) == hash(how)


@pytest.mark.parametrize(
    "how",
    [{"top_k": 10**6}, {"top_p": 0}, {"min_p": 1}, {"typical_p": 0.01}, {"temperature": 0.01}, {"temperature": 10}],
)
def test_the_ends_of_every_range_can_be_drawn_from(models, how) -> None:
    told = odds(asked(settings(how)))
    assert told.final.sum() == pytest.approx(1, abs=1e-5) and told.kept >= 1


def test_the_page_is_told_in_plain_json(kind, models) -> None:
    question = {"text": TEXT, "model": f"gpt/{kind}", "settings": {"top_p": 0.5, "repetition_penalty": 1.3, "seed": 2}}
    said = json.loads(door.answer(tab_next.odds, json.dumps(question).encode()))
    told = odds(asked(settings(question["settings"]), kind))
    assert said["winner"] == told.winner and said["kept"] == told.kept
    shown = {row["id"] for row in said["rows"]}
    assert said["winner"] in shown and len(shown) in (24, 25)
    assert said["others"]["count"] + len(shown) == said["vocabulary"]
    for name in ("raw", "before", "final"):
        assert sum(row[name] for row in said["rows"]) + said["others"][name] == pytest.approx(1, abs=1e-5)
    for row in said["rows"]:
        if not row["cut"]:
            assert np.exp(row["heated"] - said["peak"]) / said["total"] == pytest.approx(row["final"], abs=1e-6)
    found = json.loads(door.answer(tab_next.find, json.dumps({**question, "find": "cat"}).encode()))
    assert found["rows"][0]["label"] == "␣cat"
    assert sum(one["times"] for one in tab_next.draws(question)["drawn"]) == 100
    lines = b"".join(tab_next.table(question)).decode().splitlines()
    assert len(lines) >= said["vocabulary"] + 1


def test_what_is_wrong_comes_back_as_a_sentence(models) -> None:
    for question in ({"settings": {"top_p": 7}}, {"settings": 3}, {"settings": {"a": 1}}, {"more": [10**6]}):
        said = json.loads(
            door.answer(tab_next.odds, json.dumps({"text": TEXT, "model": "gpt/gpt2", **question}).encode())
        )
        assert set(said["wrong"]) == {"en", "zh"}
    said = json.loads(door.answer(tab_next.find, json.dumps({"text": TEXT, "model": "gpt/gpt2"}).encode()))
    assert "find" in said["wrong"]["en"]


def test_cells_cannot_become_formulas() -> None:
    assert [tab_next.harmless(value) for value in ("=1+1", " a", "", -1.5)] == ["'=1+1", " a", "", -1.5]


@pytest.mark.parametrize("how", [Settings(temperature=0.7, top_k=40, seed=3), Settings(greedy=True), Settings(seed=9)])
def test_the_program_shown_makes_the_same_choice(models, how, capsys, monkeypatch) -> None:
    asked_for = Choice(Request(TEXT, "gpt/gpt2", top=1), how)
    program = tab_next.code(asked_for, odds(asked_for)).replace("'assets/models/gpt/gpt2'", repr(str(models / "gpt2")))
    exec(compile(program, "program", "exec"), {})
    assert int(capsys.readouterr().out.split()[-1]) == odds(asked_for).winner


def test_a_program_is_told_the_same(models) -> None:
    told = tab_next.gpt_sample(TEXT, "gpt/gpt2", temperature=0.7, top_k=4, seed=3)
    assert told["drawn"]["id"] == odds(asked(Settings(temperature=0.7, top_k=4, seed=3))).winner
    assert told["kept"] == 4 and len(told["candidates"]) >= 24
