from playground.core.words import Text, Wrong


def test_a_text_is_shown_in_both_languages():
    assert Text("gap", "空").payload() == {"en": "gap", "zh": "空"}


def test_wrong_carries_its_text_and_is_a_value_error():
    wrong = Wrong("no gap", "没有空")
    assert isinstance(wrong, ValueError) and str(wrong) == "no gap" and wrong.text == Text("no gap", "没有空")
