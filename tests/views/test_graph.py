"""The graph's payload."""

import json

from playground.core.parts import Graph, Node
from playground.views import graph


def test_every_node_names_where_it_takes_from():
    made = graph.payload(
        Graph(
            (Node("x", "input"), Node("a", "conv", "3×3", (4, 8, 8), 40), Node("b", "add", shape=(4, 8, 8))),
            (("x", "a"), ("a", "b"), ("x", "b")),
        )
    )
    assert [node["inputs"] for node in made] == [[], ["x"], ["a", "x"]]
    assert made[1] == {
        "key": "a", "kind": "conv", "detail": "3×3", "shape": (4, 8, 8), "parameters": 40, "inputs": ["x"],
    }  # fmt: skip
    assert json.dumps(made)
