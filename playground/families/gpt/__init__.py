"""GPT: write on, one token at a time, from whatever stands before (Radford et al. 2018 and 2019, Brown et al. 2020)."""

from typing import TYPE_CHECKING

from playground.core.lazy import offer
from playground.core.spec import Family, HubModel
from playground.core.words import Text

FAMILY = Family(
    key="gpt",
    title="GPT",
    line=Text("Write on", "接着写"),
    embedded=("gpt/mini",),
    hub=(
        HubModel("openai-community/gpt2", "GPT-2 small", 548.1, 124_439_808),
        HubModel("distilbert/distilgpt2", "DistilGPT-2", 352.8, 81_912_576),
        HubModel("HuggingFaceTB/SmolLM2-135M", "SmolLM2, 135 M", 269.1, 134_515_008),
        HubModel("HuggingFaceTB/SmolLM2-135M-Instruct", "SmolLM2, 135 M, for talks", 269.1, 134_515_008),
        HubModel("EleutherAI/pythia-70m", "Pythia, 70 M", 166.0, 70_426_624),
    ),
    model_types=(  # each is held by a test
        "gpt2",
        "gpt_neo",
        "gpt_neox",
        "opt",
        "bloom",
        "llama",
        "mistral",
        "qwen2",
        "qwen3",
        "smollm3",
        "stablelm",
        "starcoder2",
    ),
    auto="AutoModelForCausalLM",
)

if TYPE_CHECKING:
    from playground.families.gpt.beams import Searching, found, search  # noqa: F401
    from playground.families.gpt.cache import Caching, cache, held, timings  # noqa: F401
    from playground.families.gpt.curve import Plan, curve_lines, curve_questions, measured, points  # noqa: F401
    from playground.families.gpt.edit import Edited, Edits, Sweep, aimed, edit, sweeping  # noqa: F401
    from playground.families.gpt.effects import Share, logit_shares, neurons  # noqa: F401
    from playground.families.gpt.generate import (  # noqa: F401
        Writing,
        begun,
        check_count,
        ends_of,
        reads_alike,
        sizes,
        whole_text,
        write,
        written,
    )
    from playground.families.gpt.influence import (  # noqa: F401
        Subject,
        as_it_is,
        left_out,
        made_wrong,
        orders,
        probed,
        settled,
        shots_seen,
    )
    from playground.families.gpt.inputs import Shape, opinion_head, shaped  # noqa: F401
    from playground.families.gpt.inside import Place, Readout, Term, inside, readout, term  # noqa: F401
    from playground.families.gpt.labels import (  # noqa: F401
        CONTENT_FREE,
        Posed,
        answer,
        bias,
        calibrated,
        fitted,
        prefixes,
        ranges,
        tokens_of,
    )
    from playground.families.gpt.lens import Ground, Spot, Window, atlas, grid, lens, unfolding  # noqa: F401
    from playground.families.gpt.lookup import find_token, odds_table, spelled  # noqa: F401
    from playground.families.gpt.mattered import (  # noqa: F401
        WHY_WAYS,
        Why,
        best_next,
        candidates,
        first_of,
        mattering,
        settle_why,
        spoken,
        why_accord,
        why_ends,
        why_score,
    )
    from playground.families.gpt.odds import Choice, draws, odds, odds_curve, shortlist, why_cut  # noqa: F401
    from playground.families.gpt.sampling import Settings, settings  # noqa: F401
    from playground.families.gpt.shots import Example, Prompt  # noqa: F401
    from playground.families.gpt.shots_code import shots_program  # noqa: F401
    from playground.families.gpt.told import read_back  # noqa: F401
    from playground.families.gpt.trace import Request, Trace, forward, look, trace  # noqa: F401
    from playground.families.gpt.weight import Look, arithmetic  # noqa: F401
    from playground.families.gpt.zero import at_hand, last_word, losses  # noqa: F401

MATTERED = (
    "WHY_WAYS",
    "Why",
    "best_next",
    "candidates",
    "first_of",
    "mattering",
    "settle_why",
    "spoken",
    "why_accord",
    "why_ends",
    "why_score",
)

offer(
    __name__,
    **dict.fromkeys(("Shape", "opinion_head", "shaped"), "inputs"),
    **dict.fromkeys(("at_hand", "last_word", "losses"), "zero"),
    **dict.fromkeys(MATTERED, "mattered"),
    **dict.fromkeys(("Edited", "Edits", "Sweep", "aimed", "edit", "sweeping"), "edit"),
    **dict.fromkeys(("Share", "logit_shares", "neurons"), "effects"),
    **dict.fromkeys(("Caching", "cache", "held", "timings"), "cache"),
    **dict.fromkeys(("Place", "Readout", "Term", "inside", "readout", "term"), "inside"),
    **dict.fromkeys(("arithmetic", "Look"), "weight"),
    **dict.fromkeys(("Searching", "found", "search"), "beams"),
    **dict.fromkeys(("Writing", "ends_of", "reads_alike", "whole_text"), "generate"),
    read_back="told",
    **dict.fromkeys(("begun", "check_count", "sizes", "write", "written"), "generate"),
    **dict.fromkeys(("Plan", "curve_lines", "curve_questions", "measured", "points"), "curve"),
    **dict.fromkeys(
        ("Subject", "as_it_is", "left_out", "made_wrong", "orders", "probed", "settled", "shots_seen"), "influence"
    ),
    **dict.fromkeys(("Window", "grid", "Spot", "lens", "Ground", "atlas", "unfolding"), "lens"),
    **dict.fromkeys(("find_token", "odds_table", "spelled"), "lookup"),
    **dict.fromkeys(("Choice", "draws", "odds", "odds_curve", "shortlist", "why_cut"), "odds"),
    **dict.fromkeys(("Settings", "settings"), "sampling"),
    **dict.fromkeys(
        (
            "CONTENT_FREE",
            "Posed",
            "answer",
            "bias",
            "calibrated",
            "fitted",
            "prefixes",
            "ranges",
            "tokens_of",
        ),
        "labels",
    ),
    **dict.fromkeys(("Example", "Prompt"), "shots"),
    shots_program="shots_code",
    **dict.fromkeys(("forward", "look", "trace", "Request", "Trace"), "trace"),
)
