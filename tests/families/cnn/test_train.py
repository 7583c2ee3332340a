"""The manners of training the residual net, on a handful of random pictures."""

import pytest
import torch
from torch import nn

from playground.families.cnn import train as training
from playground.families.cnn.train import Config, Lesson, Stretch, cutmix, mean_of, train

KINDS = (
    Stretch("cycle", 1, 0.05),
    Stretch("cycle", 1, 0.05, cutmix=1.0),
    Stretch("average", 2, 0.01, cutmix=0.5),
    Stretch("taught", 1, 0.01, rise=0.1),
    Stretch("mean"),
)
SMALL = Config("cifar10", KINDS, batch=16, decay=5e-4, smoothing=0.1)


@pytest.fixture(autouse=True)
def few_pictures(monkeypatch):
    rng = torch.Generator().manual_seed(0)
    x, y = torch.randn(48, 3, 32, 32, generator=rng), torch.randint(0, 10, (48,), generator=rng)
    monkeypatch.setattr(training, "parts", lambda config, data: (x, y, x[:8], y[:8]))


def test_every_stretch_is_walked(tmp_path):
    seen = list(train(SMALL, tmp_path))
    assert [progress.step for progress in seen] == [1, 2, 3, 4, 5, 5]
    assert {progress.steps for progress in seen} == {5}
    assert all(0 < progress.metrics["loss"] < 10 for progress in seen[:-1])


def test_an_interrupted_run_goes_on_where_a_whole_one_would(tmp_path):
    *_, whole = train(SMALL, tmp_path, keep=tmp_path / "kept")
    assert len(list((tmp_path / "kept").iterdir())) == 4
    (tmp_path / "kept" / "cifar10-4.safetensors").unlink()
    taught, last = train(SMALL, tmp_path, keep=tmp_path / "kept")
    assert (taught.step, taught.steps) == (last.step, last.steps) == (5, 5)
    for name, value in last.model.state_dict().items():
        torch.testing.assert_close(value, whole.model.state_dict()[name], rtol=0.05, atol=0.05)  # bfloat16 inside


def test_an_average_is_the_mean_of_its_epochs(tmp_path, monkeypatch):
    nets: list[dict[str, torch.Tensor]] = []
    real = Lesson.epoch

    def epoch(self, optimizer, schedule):
        loss = real(self, optimizer, schedule)
        nets.append({name: value.detach().clone() for name, value in self.net.named_parameters()})
        return loss

    monkeypatch.setattr(Lesson, "epoch", epoch)
    config = Config("cifar10", (Stretch("average", 3, 0.01),), batch=16, decay=5e-4, smoothing=0.1)
    *_, last = train(config, tmp_path)
    for name, value in last.model.named_parameters():
        torch.testing.assert_close(value, torch.stack([net[name] for net in nets]).mean(0), rtol=1e-4, atol=1e-6)


def test_cutmix_takes_one_rectangle_and_says_how_much_is_left():
    x = torch.arange(6.0).view(6, 1, 1, 1).expand(6, 3, 16, 16).contiguous()
    rng = torch.Generator().manual_seed(1)
    for _ in range(20):
        mixed, others, own = cutmix(x, torch.arange(6), rng)
        foreign = mixed != x
        for i in range(6):
            assert set(mixed[i].unique().tolist()) <= {float(i), float(others[i])}
            if others[i] != i:
                assert foreign[i, 0].float().mean().item() == pytest.approx(1 - own)
                rows, columns = foreign[i, 0].any(1).sum(), foreign[i, 0].any(0).sum()
                assert foreign[i, 0].sum() == rows * columns


def test_the_mean_of_nets():
    states = [{"w": torch.tensor([value]), "n": torch.tensor(count)} for value, count in ((1.0, 3), (2.0, 5))]
    assert mean_of(states) == {"w": torch.tensor([1.5]), "n": torch.tensor(3)}


class Says(nn.Module):
    """Logits from the left half of the picture's first row."""

    def forward(self, x):
        return x[:, 0, 0, :10]


def test_teachers_say_their_mean_every_second_one_of_the_mirror_image():
    x = torch.randn(4, 3, 32, 32)
    lesson = Lesson(Says(), x, torch.zeros(4).long(), SMALL, KINDS[3], [Says(), Says()], torch.Generator())
    expected = (x[:, 0, 0, :10].softmax(1) + x.flip(3)[:, 0, 0, :10].softmax(1)) / 2
    torch.testing.assert_close(lesson.said(x), expected)
