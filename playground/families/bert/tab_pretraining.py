"""What the page asks for the view "Pre-training": one exercise with a seed, and pairs of sentences."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from playground.families import bert
from playground.families.bert.tab_asked import request
from playground.views import ranking, tokens

Question = dict[str, Any]


def practise(question: Question) -> Mapping[str, Any]:
    """`seed`: null takes the first one after `after` that chooses any token."""
    asked, share = request(question, top=1), question.get("share", 0.15)
    seed = question.get("seed")
    after = question.get("after", -1)
    practice = bert.Practice(asked, 0 if seed is None else seed, share)
    if seed is None:
        bert.check_seed(max(after, 0) if isinstance(after, int) else after)
        practice = bert.Practice(asked, bert.next_seed(asked, share, after), share)
    told = bert.practise(practice)
    hiding = told.hiding
    return {
        "seed": practice.seed,
        "share": practice.share,
        "tokens": tokens.payload(told.tokens, len(told.tokens)),
        "seen": told.seen,
        "open": told.open.tolist(),
        "chosen": hiding.chosen.tolist(),
        "masked": hiding.masked.tolist(),
        "swapped": hiding.swapped.tolist(),
        "draws": hiding.draws.tolist(),
        "fates": hiding.fates.tolist(),
        "guesses": [guess(one) for one in told.guesses],
        "loss": told.loss,
        "vocabulary": told.vocabulary,
    }


def guess(one: Any) -> dict[str, Any]:
    return {
        **ranking.payload(one.ranking, one.ids),
        **{name: getattr(one, name) for name in ("position", "truth", "loss", "probability", "rank")},
    }


def pair(question: Question) -> Mapping[str, Any]:
    """The two texts to compare: those asked, or the first cut at a full stop; `second` is empty if there is none."""
    first, second = bert.said(request(question, top=1))
    halves = None if second.strip() else bert.halves(first)
    return {"first": first, "second": second, "halves": halves}


def orders(question: Question) -> Iterator[bytes]:
    """A line of JSON for each pair: as given, swapped, with sentences from elsewhere."""
    given = {name: question[name] for name in ("model", "seed") if name in question}
    pairing = bert.Pairing(str(question["first"]), str(question["second"]), **given)
    for order in bert.orders(pairing):
        yield json.dumps(vars(order)).encode() + b"\n"


VERBS: dict[str, Callable[[Question], Any]] = {"practise": practise, "pair": pair, "orders": orders}
