"""Looking and downloading take time: a visitor gets a ticket at once and asks how far it is.

Visitors who want the same share one job; it stops when the last of them has cancelled.
"""

import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from secrets import token_urlsafe
from threading import Event, Lock, Thread
from typing import Literal

from playground.core import hub, limits
from playground.core import hub_words as words
from playground.core.hub import Cancelled, Edge, Offer
from playground.core.spec import Family
from playground.core.words import Wrong

State = Literal["checking", "offered", "downloading", "ready", "failed", "cancelled"]
TICKETS = 500  # remembered; the oldest are forgotten
CHECKS = 4  # at the same time
log = logging.getLogger(__name__)


@dataclass(eq=False)
class Job:
    id: str
    state: State = "checking"
    offer: Offer | None = None
    done: int = 0  # bytes
    wrong: Wrong | None = None
    watchers: set[str] = field(default_factory=set)
    stop: Event = field(default_factory=Event)


class Jobs:
    def __init__(self, edge: Edge = hub.EDGE) -> None:
        self._edge, self._lock = edge, Lock()
        self._running: dict[tuple[str, str, str], Job] = {}
        self._tickets: OrderedDict[str, Job] = OrderedDict()

    def check(self, id: str, family: Family) -> str:
        """A ticket for looking at a model; its id and the operator's rule are judged at once."""
        return self._start("check", id, family, CHECKS, self._check)

    def download(self, id: str, family: Family) -> str:
        """A ticket for having it on this machine; looks at it first unless that was done."""
        return self._start("download", id, family, limits.HUB_DOWNLOADS, self._download)

    def status(self, ticket: str) -> Job:
        """Raises Wrong for a ticket that is not known."""
        with self._lock:
            if ticket not in self._tickets:
                raise Wrong(*words.UNKNOWN_JOB)
            return self._tickets[ticket]

    def cancel(self, ticket: str) -> Job:
        """Leave; the job goes on while others wait for it. Returns what this visitor sees."""
        with self._lock:
            job = self._tickets.pop(ticket, None)
            if job is None:
                raise Wrong(*words.UNKNOWN_JOB)
            job.watchers.discard(ticket)
            if not job.watchers:
                job.stop.set()
        return Job(job.id, "cancelled", job.offer, job.done)

    def _start(self, kind: str, id: str, family: Family, most: int, run: Callable[[Job, Family], None]) -> str:
        hub.check_open(hub.check_id(id), family)
        ticket, key = token_urlsafe(12), (kind, id, family.key)
        with self._lock:
            job = self._running.get(key)
            if job is None or job.stop.is_set():
                if sum(other[0] == kind for other in self._running) >= most:
                    raise Wrong(*words.BUSY)
                job = self._running[key] = Job(id)
                Thread(target=self._run, args=(key, job, family, run), daemon=True, name=f"{kind} {id}").start()
            job.watchers.add(ticket)
            self._tickets[ticket] = job
            while len(self._tickets) > TICKETS:
                self._tickets.popitem(last=False)
        return ticket

    def _run(self, key: tuple[str, str, str], job: Job, family: Family, run: Callable[[Job, Family], None]) -> None:
        try:
            run(job, family)
        except Cancelled:
            job.state = "cancelled"
        except Wrong as wrong:
            job.wrong, job.state = wrong, "failed"
        except Exception:
            log.exception("unexpected")
            job.wrong, job.state = Wrong(*words.BROKEN), "failed"
        finally:
            with self._lock:
                if self._running.get(key) is job:
                    del self._running[key]

    def _check(self, job: Job, family: Family) -> None:
        job.offer = hub.check(job.id, family, self._edge)
        hub.remember(job.offer, family)
        job.state = "offered"

    def _download(self, job: Job, family: Family) -> None:
        job.offer = hub.remembered(job.id, family) or hub.check(job.id, family, self._edge)
        job.state = "downloading"

        def progress(done: int) -> None:
            job.done = done

        hub.fetch(job.offer, family, progress, job.stop, self._edge)
        job.state = "ready"


JOBS = Jobs()
