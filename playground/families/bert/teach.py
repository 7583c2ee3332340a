"""Fine-tune the embedded encoder on a few sentences of one's own.

from playground.families.bert import Plan, lesson, teach_begin, teach_steps
state = teach_begin(lesson([["It rains.", "", "weather"], ["I eat bread.", "", "food"]]), Plan(held=0))
for state in teach_steps(state):
    if state.ended():
        break
"""

from playground.families.bert.teach_data import Sentence, reading
from playground.families.bert.teach_export import archive, sent, table
from playground.families.bert.teach_look import change, classify, frame
from playground.families.bert.teach_plan import Plan, lesson
from playground.families.bert.teach_state import State, begin, steps

teach_begin, teach_steps, teach_frame, teach_change = begin, steps, frame, change
teach_archive, teach_csv, teach_sent = archive, table, sent
teach_classify, teach_reading = classify, reading

__all__ = [
    "Plan", "Sentence", "State", "lesson", "teach_archive", "teach_begin", "teach_change", "teach_classify",
    "teach_csv", "teach_frame", "teach_reading", "teach_sent", "teach_steps",
]  # fmt: skip
