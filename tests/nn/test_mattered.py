from itertools import combinations, pairwise, permutations

import networkx
import numpy as np
import pytest
from scipy import stats

from playground.nn import mattered

RANDOM = np.random.default_rng(0)


def stochastic(*shape):
    weights = RANDOM.random(shape) ** 3
    return weights / weights.sum(-1, keepdims=True)


def test_rollout_is_the_product_written_by_hand():
    heads = stochastic(3, 4, 6, 6)
    eye = np.eye(6)
    a, b, c = (0.5 * layer.mean(0) + 0.5 * eye for layer in heads)
    by_hand = np.zeros((6, 6))
    for i in range(6):
        for j in range(6):
            by_hand[i, j] = sum(c[i, k] * b[k, m] * a[m, j] for k in range(6) for m in range(6))
    told = mattered.rollout(mattered.mixed(heads.mean(1)))
    np.testing.assert_allclose(told, by_hand, atol=1e-12)
    np.testing.assert_allclose(told.sum(-1), 1, atol=1e-12)


@pytest.mark.parametrize("residual", [0.0, 0.3, 1.0])
def test_rows_sum_to_one_whatever_came_in(residual):
    rows = mattered.rollout(mattered.mixed(RANDOM.random((4, 5, 5)) * 7, residual))
    np.testing.assert_allclose(rows.sum(-1), 1, atol=1e-12)
    assert (rows >= 0).all()


def test_flow_is_that_of_networkx():
    layers = mattered.mixed(stochastic(3, 7, 7))
    graph = networkx.DiGraph()
    for layer in range(3):
        for i in range(7):
            for j in range(7):
                graph.add_edge((layer + 1, i), (layer, j), capacity=layers[layer, i, j])
    for query in (0, 4):
        told = mattered.flow(layers, query, range(7))
        theirs = [networkx.maximum_flow_value(graph, (3, query), (0, key)) for key in range(7)]
        np.testing.assert_allclose(told, theirs, atol=1e-6)
    assert mattered.flow(layers, 4, [2])[0] == pytest.approx(told[2])


def test_what_is_moved_is_a_length():
    weights, vectors = stochastic(3, 5, 5), RANDOM.normal(size=(3, 5, 8))
    told = mattered.moved(weights, vectors)
    for query in range(5):
        for key in range(5):
            taken = sum(weights[h, query, key] * vectors[h, key] for h in range(3))
            assert told[query, key] == pytest.approx(np.linalg.norm(taken), abs=1e-12)


@pytest.mark.parametrize("ties", [False, True])
def test_correlations_are_those_of_scipy(ties):
    rows = RANDOM.normal(size=(4, 12))
    if ties:
        rows = np.round(rows)
    told = mattered.agreement(rows)
    for i in range(4):
        for j in range(4):
            one, other = np.abs(rows[i]), np.abs(rows[j])
            assert told.spearman[i, j] == pytest.approx(stats.spearmanr(one, other).statistic)
            assert told.kendall[i, j] == pytest.approx(stats.kendalltau(one, other).statistic)


def test_the_strongest_are_named_and_shared_ones_counted():
    told = mattered.agreement(np.array([[5.0, -9, 1, 0, 2], [0.1, 0.2, 0.9, 0.8, 0.0]]))
    assert told.tops == ((1, 0, 4), (2, 3, 1))
    assert told.common.tolist() == [[3, 1], [1, 3]]
    few = mattered.agreement(np.array([[1.0], [2.0]]))
    assert few.most == 1 and few.common.tolist() == [[1, 1], [1, 1]] and np.isnan(few.spearman).all()


def shared_whoever_counts(one, other, most):
    """By hand: how many the strongest `most` of both share, over every order in which equals may be told; None if it
    depends on that."""

    def sets(row):
        return {frozenset(order[:most]) for order in permutations(range(len(row))) if sorted_down(row, order)}

    ones, others = sets(np.abs(one)), sets(np.abs(other))
    return len(next(iter(ones)) & next(iter(others))) if len(ones) == len(others) == 1 else None


def sorted_down(row, order):
    return all(row[a] >= row[b] for a, b in pairwise(order))


def test_where_the_third_place_is_tied_nothing_is_said_of_the_shared_ones():
    rows = np.random.default_rng(3).integers(-2, 3, (12, 5)).astype(float)
    told = mattered.agreement(rows)
    silent = 0
    for i, j in combinations(range(len(rows)), 2):
        by_hand = shared_whoever_counts(rows[i], rows[j], 3)
        silent += by_hand is None
        assert np.isnan(told.common[i, j]) if by_hand is None else told.common[i, j] == by_hand
    assert 0 < silent < 66  # both happen among these
    ties = mattered.agreement(np.array([[5.0, 1, -1, 1, 0], [1, 1, 1, 1, 1], [-3, 2, 2, 1, 1]]))
    assert ties.tops == ((0,), (), (0, 1, 2)) and ties.tied == (3, 5, 0)
    assert np.isnan(ties.common[0]).all() and np.isnan(ties.common[1]).all() and ties.common[2, 2] == 3
    whole = mattered.agreement(np.ones((2, 3)))  # all are counted: there is no cut
    assert whole.common.tolist() == [[3, 3], [3, 3]] and whole.tied == (0, 0)
