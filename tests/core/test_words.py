from playground.core.words import Text, Wrong, shown


def test_a_text_is_shown_in_both_languages():
    assert Text("gap", "空").payload() == {"en": "gap", "zh": "空"}


def test_wrong_carries_its_text_and_is_a_value_error():
    wrong = Wrong("no gap", "没有空")
    assert isinstance(wrong, ValueError) and str(wrong) == "no gap" and wrong.text == Text("no gap", "没有空")


def test_what_was_sent_is_shown_short():
    assert shown([1]) == "[1]"
    assert shown("x" * 60) == "x" * 60
    assert shown("x" * 10**6) == "x" * 59 + "…"


def test_what_is_too_deep_to_show_is_not_shown():
    deep: list = []
    for _ in range(10_000):
        deep = [deep]
    assert shown(deep) == "…"
