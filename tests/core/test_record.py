from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch import nn

from playground.core.record import record


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.both = nn.Linear(2, 2), nn.LSTM(2, 3, batch_first=True)

    def forward(self, x, scale=1.0):
        return self.both(self.first(x) * scale)[0]


@pytest.fixture
def net():
    torch.manual_seed(0)
    return Net().eval()


def test_sites_hold_what_their_modules_returned(net):
    x = torch.rand(1, 4, 2)
    seen = record(net, ("first", "both"), x, scale=2.0)
    assert torch.equal(seen.at["first"], net.first(x))
    assert torch.equal(seen.at["both"], seen.output)  # the first of a tuple
    assert not seen.output.requires_grad


def test_an_unknown_site_leaves_no_hook_behind(net):
    with pytest.raises(AttributeError):
        record(net, ("first", "third"), torch.rand(1, 1, 2))
    assert not net.first._forward_hooks


def test_a_failed_pass_leaves_no_hook_behind(net):
    with pytest.raises(RuntimeError):
        record(net, ("first",), torch.rand(1, 1, 5))
    assert not net.first._forward_hooks


def test_recordings_of_one_net_never_mix(net):
    inputs = [torch.full((1, 3, 2), float(i)) for i in range(200)]
    alone = [net.first(x) for x in inputs]
    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(lambda x: record(net, ("first",), x).at["first"], inputs))
    assert all(torch.equal(a, b) for a, b in zip(alone, seen, strict=True))
