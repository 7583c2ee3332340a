"""BERT: fill a gap by reading both sides of it (Devlin et al. 2018)."""

from typing import TYPE_CHECKING

from playground.core.lazy import offer
from playground.core.spec import Family, HubModel
from playground.core.words import Text

FAMILY = Family(
    key="bert",
    title="BERT",
    line=Text("Fill the gap", "填空"),
    embedded=("bert/mini", "bert/sst2", "bert/sick", "bert/answers", "bert/entities"),
    hub=(
        HubModel("google-bert/bert-base-uncased", "BERT base, uncased", 440.4, 110_106_428),
        HubModel("distilbert/distilbert-base-uncased", "DistilBERT base, uncased", 267.9, 66_985_530),
        HubModel("google-bert/bert-base-multilingual-cased", "BERT base, multilingual", 714.3, 178_566_653),
        HubModel(
            "distilbert/distilbert-base-uncased-finetuned-sst-2-english",
            "DistilBERT, opinions (SST-2)",
            267.8,
            66_955_010,
            "AutoModelForSequenceClassification",
        ),
        HubModel(
            "cross-encoder/nli-distilroberta-base",
            "DistilRoBERTa, entailment (NLI)",
            328.5,
            82_120_707,
            "AutoModelForSequenceClassification",
        ),
        HubModel(
            "distilbert/distilbert-base-cased-distilled-squad",
            "DistilBERT, answers (SQuAD)",
            260.8,
            65_192_450,
            "AutoModelForQuestionAnswering",
        ),
        HubModel(
            "dslim/bert-base-NER",
            "BERT base, names (CoNLL-2003)",
            433.3,
            107_726_601,
            "AutoModelForTokenClassification",
        ),
    ),
    model_types=(  # each is held by a test
        "bert",
        "distilbert",
        "roberta",
        "xlm-roberta",
        "albert",
        "electra",
        "deberta",
        "deberta-v2",
        "xlnet",
    ),
    auto="AutoModelForMaskedLM",
    autos={
        "ForSequenceClassification": "AutoModelForSequenceClassification",
        "ForTokenClassification": "AutoModelForTokenClassification",
        "ForQuestionAnswering": "AutoModelForQuestionAnswering",
        "ForQuestionAnsweringSimple": "AutoModelForQuestionAnswering",
    },
)

if TYPE_CHECKING:
    from playground.families.bert.answers import best  # noqa: F401
    from playground.families.bert.edit import Edited, Edits, Sweep, aimed, edit, named, sweeping  # noqa: F401
    from playground.families.bert.embedding import Piece, Stretch, embedding, positions, stretched  # noqa: F401
    from playground.families.bert.inside import Place, Readout, Term, inside, readout, term  # noqa: F401
    from playground.families.bert.lens import Atlas, Ground, Heard, Lens, Spot, atlas, hear, lens, unfolding  # noqa: F401
    from playground.families.bert.mattered import (  # noqa: F401
        Score,
        Step,
        Why,
        accord,
        ends,
        mattering,
        score,
        settled,
        subject,
    )
    from playground.families.bert.model import base_key  # noqa: F401
    from playground.families.bert.pretraining import (  # noqa: F401
        Pairing,
        Practice,
        Practised,
        check_seed,
        halves,
        next_seed,
        orders,
        practise,
        said,
    )  # fmt: skip
    from playground.families.bert.target import Target  # noqa: F401
    from playground.families.bert.teach import (  # noqa: F401
        Plan,
        Sentence,
        lesson,
        teach_archive,
        teach_begin,
        teach_change,
        teach_classify,
        teach_csv,
        teach_frame,
        teach_reading,
        teach_sent,
        teach_steps,
    )
    from playground.families.bert.trace import Request, Trace, forward, look, trace  # noqa: F401
    from playground.families.bert.use import (  # noqa: F401
        NO_PASSAGE,
        NO_SECOND,
        Answered,
        Tagged,
        Use,
        Verdict,
        needs_pair,
        read,
    )
    from playground.families.bert.weight import Look, arithmetic  # noqa: F401

MATTERED = ("Why", "settled", "subject", "mattering", "score", "ends", "accord", "Step", "Score")
LAYERS = ("lens", "Spot", "Lens", "hear", "Heard", "atlas", "Ground", "Atlas", "unfolding")
TEACH = (
    "Plan", "Sentence", "lesson", "teach_archive", "teach_begin", "teach_change", "teach_classify",
    "teach_frame", "teach_reading", "teach_sent", "teach_steps", "teach_csv",
)  # fmt: skip
PRETRAINING = (
    "practise", "Practice", "Practised", "next_seed", "check_seed", "orders", "Pairing", "halves", "said",
)  # fmt: skip
offer(
    __name__,
    **dict.fromkeys(("embedding", "Piece", "Stretch", "positions", "stretched"), "embedding"),
    **dict.fromkeys(("inside", "Place", "readout", "Readout", "term", "Term"), "inside"),
    **dict.fromkeys(LAYERS, "lens"),
    **dict.fromkeys(MATTERED, "mattered"),
    **dict.fromkeys(("edit", "Edited", "Edits", "Sweep", "aimed", "sweeping", "named"), "edit"),
    best="answers",
    Target="target",
    **dict.fromkeys(PRETRAINING, "pretraining"),
    base_key="model",
    **dict.fromkeys(TEACH, "teach"),
    **dict.fromkeys(("forward", "look", "trace", "Request", "Trace"), "trace"),
    **dict.fromkeys(("read", "Use", "Verdict", "Tagged", "Answered", "needs_pair"), "use"),
    **dict.fromkeys(("NO_SECOND", "NO_PASSAGE"), "use"),
    **dict.fromkeys(("arithmetic", "Look"), "weight"),
)
