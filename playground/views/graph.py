"""What flows where inside a net, as a payload."""

from typing import Any

from playground.core.parts import Graph


def payload(graph: Graph) -> list[dict[str, Any]]:
    """One entry per node in the order of computation, with the nodes it takes from."""
    into: dict[str, list[str]] = {node.key: [] for node in graph.nodes}
    for source, end in graph.edges:
        into[end].append(source)
    return [
        {
            "key": node.key,
            "kind": node.title,
            "detail": node.detail,
            "shape": node.shape,
            "parameters": node.parameters,
            "inputs": into[node.key],
        }
        for node in graph.nodes
    ]
