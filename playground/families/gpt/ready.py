"""Ready tasks to start a prompt from: the small ones the embedded model was trained on, and some from everyday English.

The words of a small task's question were held out of the training.
"""

from dataclasses import asdict, dataclass
from typing import Any

from playground.core.words import Text
from playground.data import tasks
from playground.data.layouts import LAYOUTS, Layout, named
from playground.families.gpt.shots import USUAL

SEED = 10_000  # the one of tasks.ready
EXAMPLES = 4


@dataclass(frozen=True)
class Ready:
    key: str
    name: Text
    group: str  # "measured", "more" or "natural"
    description: str
    examples: tuple[tuple[str, str], ...]
    query: str
    answer: str  # what a reader would say
    labels: tuple[str, ...] = ()
    layout: Layout = USUAL

    def payload(self) -> dict[str, Any]:
        """As the builder opens it."""
        return {
            "key": self.key,
            "description": self.description,
            "rows": [[*pair, True] for pair in self.examples],
            "query": self.query,
            "truth": self.answer,
            "labels": self.labels,
            "list": "own" if self.labels else "free",
            "layout": asdict(self.layout),
        }


NATURAL = (
    Ready(
        "reviews", Text("Film reviews", "影评"), "natural", "Say whether a film review is positive or negative.",
        (
            ("A warm, funny film that earns its tears.", "positive"), ("Two hours I will never get back.", "negative"),
            ("The cast is superb and the ending is perfect.", "positive"),
            ("Flat jokes, flatter characters.", "negative"),
        ),
        "The plot wanders, but I could not stop smiling.", "positive", ("positive", "negative"),
        named("Review", "Feeling"),
    ),
    Ready(
        "french", Text("English to French (GPT-3’s own figure)", "英译法（GPT-3 论文插图）"), "natural",
        "Translate English to French:",  # Brown et al. 2020, figure 2.1
        (
            ("sea otter", "loutre de mer"), ("peppermint", "menthe poivrée"), ("plush girafe", "girafe peluche"),
        ),
        "cheese", "fromage", (), Layout("", " =>"),
    ),
    Ready(
        "opposites", Text("Opposites in English", "英语反义词"), "natural", "Write the opposite of each word.",
        (("hot", "cold"), ("early", "late"), ("empty", "full"), ("buy", "sell")), "open", "closed", (),
        named("Word", "Opposite"),
    ),
    Ready(
        "mood", Text("How do the customers feel?", "顾客的感受"), "natural", "Is the customer happy or angry?",
        (
            ("The parcel came a day early, thank you!", "happy"), ("Nobody answers the phone.", "angry"),
            ("It works just as you said it would.", "happy"), ("I paid twice and still have nothing.", "angry"),
        ),
        "The colour is wrong again.", "angry", ("happy", "angry"), named("Message", "Mood"),
    ),
    Ready(
        "news", Text("What is the news about?", "新闻的主题"), "natural", "Name the topic: sport, politics or science.",
        (
            ("The striker scored twice in the second half.", "sport"), ("Parliament votes on the budget.", "politics"),
            ("A telescope finds water on a far planet.", "science"), ("The runner broke her own record.", "sport"),
        ),
        "The president will meet the ministers on Monday.", "politics", ("sport", "politics", "science"),
        named("News", "Topic"),
    ),
)  # fmt: skip
FROM_EXAMPLES = ("label", "mood")  # their labels are told by their examples alone


def _small(task: tasks.Task) -> Ready:
    shots, query = tasks.question(task, EXAMPLES, SEED)
    labels = task.labels or (tuple(dict.fromkeys(s.answer for s in shots)) if task.key in FROM_EXAMPLES else ())
    return Ready(
        f"task-{task.key}", Text(task.en, task.zh), "measured" if task.measured else "more", task.descriptions[0],
        tuple((s.given, s.answer) for s in shots), query.given, query.answer, labels,
    )  # fmt: skip


def ready(key: str) -> Ready | None:
    """The ready task of that key; None if there is none."""
    if key.startswith("task-"):
        task = tasks.TASKS.get(key.removeprefix("task-"))
        return _small(task) if task else None
    return next((one for one in NATURAL if one.key == key), None)


def offered() -> list[dict[str, Any]]:
    """Name and group of each; those that the embedded model is measured on lead."""
    small = sorted(tasks.TASKS.values(), key=lambda task: (not task.measured, not task.easy))
    listed = [(f"task-{t.key}", Text(t.en, t.zh), "measured" if t.measured else "more") for t in small]
    listed += [(one.key, one.name, one.group) for one in NATURAL]
    return [{"key": key, "name": name.payload(), "group": group} for key, name, group in listed]


def presets() -> list[dict[str, Any]]:
    return [{"key": name, "layout": asdict(layout)} for name, layout in LAYOUTS.items()]
