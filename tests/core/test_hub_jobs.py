from collections.abc import Callable
from threading import Event
from time import monotonic, sleep

import pytest

from playground.core import hub, hub_jobs, limits
from playground.core.hub_jobs import TICKETS, Jobs
from playground.core.words import Wrong
from tests.core.tiny import FAMILY, OVER, FakeEdge, bert, info


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "HUB_DIR", tmp_path / "hub")
    monkeypatch.setattr(limits, "HUB", "any")
    monkeypatch.setattr(hub, "_offers", hub._offers.__class__())
    return tmp_path / "hub"


class SlowEdge(FakeEdge):
    """Stops in the middle of the weights until told to go on."""

    def __init__(self, said, folder):
        super().__init__(said, folder, piece=1000)
        self.middle, self.go = Event(), Event()

    def download(self, id, sha, name, folder, on_bytes):
        def slowly(more: int) -> None:
            on_bytes(more)
            if name == "model.safetensors":
                self.middle.set()
                assert self.go.wait(10)

        super().download(id, sha, name, folder, slowly)


@pytest.fixture
def edge(tmp_path):
    folder = bert(tmp_path / "served")
    return SlowEdge({f"owner/model{i}": info(folder) for i in ("", 1, 2, 3)}, folder)


@pytest.fixture
def jobs(edge):
    yield Jobs(edge)
    edge.go.set()


def until(true: Callable[[], bool]) -> None:
    end = monotonic() + 10
    while not true():
        assert monotonic() < end, "it never came"
        sleep(0.005)


def over(jobs: Jobs, ticket: str) -> hub_jobs.Job:
    until(lambda: jobs.status(ticket).state in OVER)
    return jobs.status(ticket)


def test_a_check_ends_with_an_offer(jobs):
    job = over(jobs, jobs.check("owner/model", FAMILY))
    assert job.state == "offered" and job.offer.bytes > 0 and job.done == 0


def test_what_is_wrong_with_an_id_is_said_at_once_and_with_a_model_in_time(jobs, edge):
    with pytest.raises(Wrong, match="model id"):
        jobs.check("../../etc", FAMILY)
    edge.fake.said["owner/gated"] = info(gated="auto")
    job = over(jobs, jobs.check("owner/gated", FAMILY))
    assert job.state == "failed" and "gated" in job.wrong.text.en


def test_two_visitors_download_once_and_see_the_same(jobs, edge):
    one, two = (jobs.download("owner/model", FAMILY) for _ in range(2))
    assert one != two and jobs.status(one) is jobs.status(two)
    assert edge.middle.wait(10)
    assert 0 < jobs.status(two).done < jobs.status(two).offer.bytes
    edge.go.set()
    job = over(jobs, one)
    assert job.state == "ready" and job.done == job.offer.bytes and hub.is_fetched("owner/model")
    assert edge.served.count("model.safetensors") == 1


def test_two_rooms_of_one_model_download_once(jobs, edge):
    other = FAMILY.__class__("gpt", "GPT", FAMILY.line, model_types=("bert",), auto=FAMILY.auto)
    tickets = jobs.download("owner/model", FAMILY), jobs.download("owner/model", other)
    assert edge.middle.wait(10)
    edge.go.set()
    assert [over(jobs, ticket).state for ticket in tickets] == ["ready", "ready"]
    assert edge.served.count("model.safetensors") == 1


def test_a_download_goes_on_while_another_waits_for_it(jobs, edge):
    one, two = (jobs.download("owner/model", FAMILY) for _ in range(2))
    assert edge.middle.wait(10)
    assert jobs.cancel(one).state == "cancelled"
    edge.go.set()
    assert over(jobs, two).state == "ready"


def test_when_the_last_cancels_it_stops_and_leaves_nothing(jobs, edge, place):
    tickets = [jobs.download("owner/model", FAMILY) for _ in range(2)]
    assert edge.middle.wait(10)
    job = jobs.status(tickets[0])
    for ticket in tickets:
        assert jobs.cancel(ticket).state == "cancelled"
    edge.go.set()
    until(lambda: job.state == "cancelled")
    assert list(place.rglob("*")) == []
    with pytest.raises(Wrong, match="no longer known"):
        jobs.status(tickets[0])
    assert over(jobs, jobs.download("owner/model", FAMILY)).state == "ready"  # and it can be started again


def test_what_was_checked_is_what_is_fetched(jobs, edge):
    edge.go.set()
    over(jobs, jobs.check("owner/model", FAMILY))
    over(jobs, jobs.download("owner/model", FAMILY))
    assert edge.fake.asked == ["owner/model"]  # asked once, the commit is pinned


def test_downloads_side_by_side_are_bounded(jobs, edge, monkeypatch):
    monkeypatch.setattr(limits, "HUB_DOWNLOADS", 2)
    for i in (1, 2):
        jobs.download(f"owner/model{i}", FAMILY)
    with pytest.raises(Wrong, match="Other models"):
        jobs.download("owner/model3", FAMILY)
    jobs.download("owner/model1", FAMILY)  # one more who waits for the same is no more work


def test_an_unexpected_error_is_a_sentence_without_details(jobs, edge, caplog):
    edge.fake.said["owner/model"] = object()  # not what a Hub answers
    job = over(jobs, jobs.check("owner/model", FAMILY))
    assert job.state == "failed" and job.wrong.text.en.startswith("Something went wrong")
    assert "AttributeError" in caplog.text


def test_old_tickets_are_forgotten(jobs, edge):
    edge.go.set()
    first = jobs.check("owner/model", FAMILY)
    over(jobs, first)
    job = jobs.status(first)
    jobs._tickets.update({str(i): job for i in range(TICKETS)})
    over(jobs, jobs.check("owner/model", FAMILY))
    assert len(jobs._tickets) == TICKETS
    with pytest.raises(Wrong):
        jobs.status(first)
