"""BERT: fill a gap by reading both sides of it (Devlin et al. 2018)."""

from typing import TYPE_CHECKING

from playground.core.lazy import offer
from playground.core.spec import Family, HubModel
from playground.core.words import Text

FAMILY = Family(
    key="bert",
    title="BERT",
    line=Text("Fill the gap", "填空"),
    embedded=("bert/mini",),
    hub=(
        HubModel("google-bert/bert-base-uncased", "BERT base, uncased", 440.4, 110_106_428),
        HubModel("distilbert/distilbert-base-uncased", "DistilBERT base, uncased", 267.9, 66_985_530),
        HubModel("google-bert/bert-base-multilingual-cased", "BERT base, multilingual", 714.3, 178_566_653),
    ),
    model_types=("bert", "distilbert", "roberta", "xlm-roberta", "albert", "electra"),  # each is held by a test
    auto="AutoModelForMaskedLM",
)

if TYPE_CHECKING:
    from playground.families.bert.trace import Request, Trace, trace  # noqa: F401
    from playground.families.bert.weight import Look, arithmetic, check_place  # noqa: F401

offer(
    __name__,
    **dict.fromkeys(("trace", "Request", "Trace"), "trace"),
    **dict.fromkeys(("arithmetic", "Look", "check_place"), "weight"),
)
