"""The vocabulary every trace is written in: nine shapes of result, frozen, shape-checked, numpy only."""

from dataclasses import dataclass

import numpy as np

from playground.core.shapes import expect


@dataclass(frozen=True, eq=False)  # arrays have no single truth, so no ==
class Tokens:
    """A text as a model reads it."""

    text: str
    ids: tuple[int, ...]
    texts: tuple[str, ...]  # the pieces as the vocabulary spells them
    spans: tuple[tuple[int, int], ...]  # [start, end) in characters of `text`; (0, 0) for special tokens
    segments: tuple[int, ...]  # 0 for the first text, 1 for the second
    special: tuple[bool, ...]  # added by the model, not found in the text
    cut: int = 0  # tokens left out because the model reads no more: at the end, of a causal model at the beginning

    def __post_init__(self) -> None:
        sizes = {len(column) for column in (self.ids, self.texts, self.spans, self.segments, self.special)}
        if len(sizes) != 1:
            raise ValueError(f"columns of tokens differ in length: {sorted(sizes)}")

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, eq=False)
class Attention:
    """How much each query takes from each key."""

    weights: np.ndarray  # [layer head query key], float32, rows over key sum to one
    queries: tuple[str, ...]
    keys: tuple[str, ...]

    def __post_init__(self) -> None:
        expect(self.weights, "layer head query key", query=len(self.queries), key=len(self.keys))


@dataclass(frozen=True, eq=False)
class Strip:
    """Vectors as rows of signed numbers."""

    values: np.ndarray  # [row column]
    rows: tuple[str, ...]

    def __post_init__(self) -> None:
        expect(self.values, "row column", row=len(self.rows))


@dataclass(frozen=True, eq=False)
class Ranking:
    """Candidates and their probabilities, best first; `rest` is the share of all others."""

    labels: tuple[str, ...]
    scores: np.ndarray  # [label], in [0, 1]
    rest: float = 0.0
    others: int = 0  # how many candidates share `rest`

    def __post_init__(self) -> None:
        expect(self.scores, "label", label=len(self.labels))


@dataclass(frozen=True, eq=False)
class Series:
    """One number over steps."""

    name: str
    values: np.ndarray  # [step]
    unit: str = ""

    def __post_init__(self) -> None:
        expect(self.values, "step")


@dataclass(frozen=True, eq=False)
class Cloud:
    """Labelled points in the plane or in space."""

    points: np.ndarray  # [point axis], 2 or 3 axes
    labels: tuple[str, ...]
    groups: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        expect(self.points, "point axis", point=len(self.labels))


@dataclass(frozen=True, eq=False)
class Field:
    """A scalar over a rectangle of the plane or over a picture."""

    values: np.ndarray  # [row column], row 0 at the top
    extent: tuple[float, float, float, float]  # left, right, bottom, top

    def __post_init__(self) -> None:
        expect(self.values, "row column")


@dataclass(frozen=True, eq=False)
class Tiles:
    """Pictures of one size: feature maps, filters, samples."""

    values: np.ndarray  # [tile row column] or, in colour, [tile row column 3]
    titles: tuple[str, ...]

    def __post_init__(self) -> None:
        axes = "tile row column" if self.values.ndim == 3 else "tile row column colour"
        expect(self.values, axes, tile=len(self.titles), colour=3)


@dataclass(frozen=True)
class Node:
    key: str
    title: str
    detail: str = ""  # such as "5×5, 6 kernels"
    shape: tuple[int, ...] = ()  # of what it gives, without the batch
    parameters: int = 0


@dataclass(frozen=True)
class Graph:
    """What flows where inside a net; nodes in the order of computation."""

    nodes: tuple[Node, ...]
    edges: tuple[tuple[str, str], ...]

    def __post_init__(self) -> None:
        keys = {node.key for node in self.nodes}
        if len(keys) != len(self.nodes):
            raise ValueError("two nodes share a key")
        if stray := {end for edge in self.edges for end in edge} - keys:
            raise ValueError(f"edges end at unknown nodes: {sorted(stray)}")
