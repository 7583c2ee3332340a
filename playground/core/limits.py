"""Every limit of the house, each settable by an environment variable PLAYGROUND_<NAME>."""

import os
from pathlib import Path


def _number(name: str, default: int) -> int:
    raw = os.environ.get(f"PLAYGROUND_{name}", "")
    if not raw:
        return default
    try:
        return int(raw)
    except ValueError:
        raise SystemExit(f"PLAYGROUND_{name} must be a whole number, not {raw!r}") from None


def _choice(name: str, choices: tuple[str, ...], default: str) -> str:
    raw = os.environ.get(f"PLAYGROUND_{name}", "") or default
    if raw not in choices:
        raise SystemExit(f"PLAYGROUND_{name} must be one of {', '.join(choices)}, not {raw!r}")
    return raw


def _folder(name: str) -> Path | None:
    raw = os.environ.get(f"PLAYGROUND_{name}", "")
    return Path(raw).expanduser() if raw else None


ANSWERS_RUNNING = _number("ANSWERS_RUNNING", 2)  # answers computed at the same time
ANSWERS_WAITING = _number("ANSWERS_WAITING", 200)  # questions in line before the next is refused
BODY_BYTES = _number("BODY_BYTES", 12 * 2**20)  # of one request
TEXT_CHARS = _number("TEXT_CHARS", 20_000)  # of one text field; longer is refused, not cut in silence
TOKENS = _number("TOKENS", 512)  # of a text for a model that has no limit of its own
GPT_TOKENS = _number("GPT_TOKENS", 1024)  # a language model reads at most, prompt and answer together
SHOTS = _number("SHOTS", 64)  # solved examples in a prompt
SHOTS_LABELS = _number("SHOTS_LABELS", 32)  # answers allowed to a prompt
SHOTS_LABEL = _number("SHOTS_LABEL", 200)  # characters of one of them
SHOTS_ANSWER = _number("SHOTS_ANSWER", 24)  # tokens of an answer written freely
SHOTS_LAYOUT = _number("SHOTS_LAYOUT", 200)  # characters of each part of a prompt's layout
CURVE_QUESTIONS = _number("CURVE_QUESTIONS", 200)  # of one evaluation list
GPT_API_TOKENS = _number("GPT_API_TOKENS", 256)  # written for a program in one go: it keeps its place all the while
API_BYTES = _number("API_BYTES", 4 * 2**20)  # of one request of a program to the endpoints
BODIES_BYTES = _number("BODIES_BYTES", 240 * 2**20)  # of all requests together, arriving or in line
BODY_SECONDS = _number("BODY_SECONDS", 60)  # for a request to arrive
SEND_SECONDS = _number("SEND_SECONDS", 120)  # for the reader to take in one piece of an answer
FLOW_TOKENS = _number("FLOW_TOKENS", 128)  # of a text through which attention flow is computed: 6 s with 12 layers
IMAGE_BYTES = _number("IMAGE_BYTES", 8 * 2**20)  # of one picture file
IMAGE_PIXELS = _number("IMAGE_PIXELS", 16_000_000)  # of one picture, known from its header
MEMORY_MB = _number("MEMORY_MB", 4_000)  # all opened models together
TRACES_MB = _number("TRACES_MB", 1_000)  # all remembered answers together
RUNS = _number("RUNS", 200)  # trainings kept at the same time
RUN_MB = _number("RUN_MB", 12)  # snapshots of one training
RUNS_MB = _number("RUNS_MB", 3_000)  # all trainings together, as large as their snapshots may make them
RUN_SECONDS = _number("RUN_SECONDS", 40)  # that a training is kept after its page was last heard of
HUB_MB = _number("HUB_MB", 1_500)  # of one download
HUB_PARAMETERS = _number("HUB_PARAMETERS", 400_000_000)
HUB_SECONDS = _number("HUB_SECONDS", 5)  # patience with the Hub before anything is downloaded
CONFIG_BYTES = _number("CONFIG_BYTES", 2**20)  # of a Hub model's config.json
HUB_DOWNLOADS = _number("HUB_DOWNLOADS", 2)  # at the same time
MLP_POINTS = _number("MLP_POINTS", 2_000)  # points of one training in the plane
MLP_UPDATES = _number("MLP_UPDATES", 50_000)  # of one training asked for as a whole
TABLE_CHARS = _number("TABLE_CHARS", 200_000)  # of one table a reader brings
TABLE_COLUMNS = _number("TABLE_COLUMNS", 64)
TEACH_SENTENCES = _number("TEACH_SENTENCES", 400)  # of one fine-tuning in the page
TEACH_LABELS = _number("TEACH_LABELS", 8)
TEACH_CHARS = _number("TEACH_CHARS", 1_000)  # of one sentence to learn from
TEACH_TOKENS = _number("TEACH_TOKENS", 48)  # of one sentence, or pair; what is longer is cut, and said
TEACH_MB = _number("TEACH_MB", 240)  # snapshots of one fine-tuning
CONFIG_LAYERS = _number("CONFIG_LAYERS", 100)  # deeper is refused before anything is built
LABELS_TOLD = _number("LABELS_TOLD", 100)  # names of a model's classes that travel with an answer
LABEL_CHARS = _number("LABEL_CHARS", 60)  # of a label that somebody else's model brings
TAGS_TOLD = _number("TAGS_TOLD", 5)  # tags told for every word
BERTVIZ_WEIGHTS = _number("BERTVIZ_WEIGHTS", 150_000)  # layers x heads x tokens x tokens that BertViz may draw

# Which Hub models a visitor may open: "any" id, only the "list" of well-known ones, or none ("off").
HUB = _choice("HUB", ("any", "list", "off"), "list" if os.environ.get("SPACE_ID") else "any")
HUB_DIR = _folder("HUB_DIR") or Path(os.environ.get("HF_HOME") or "~/.cache/huggingface").expanduser() / "playground"
MODELS_DIR = _folder("MODELS_DIR")  # its folders in Hub layout open as "local:<name>"; none unless the operator says
