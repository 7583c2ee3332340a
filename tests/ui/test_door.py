"""The door between page and rooms: what goes through it, what is turned away, and with which words."""

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route
from starlette.testclient import TestClient

from playground.core import engine
from playground.core.words import Wrong
from playground.ui import door
from playground.ui import guard as guards
from playground.ui.guard import Guard


@pytest.fixture(autouse=True)
def no_engine(monkeypatch):
    """The verbs of these tests need no torch."""
    monkeypatch.setattr(engine, "ready", lambda: None)


def client(**verbs):
    return TestClient(Starlette(routes=door.routes({"room": verbs})))


def ask(verb, question):
    with client(verb=verb) as browser:
        return browser.post("/pg/room/verb", json=question).json()


def send(verb, body: bytes):
    with client(verb=verb) as browser:
        answer = browser.post("/pg/room/verb", content=body)
    assert answer.status_code == 200
    return answer.json()


def broken(_question):
    raise RuntimeError("secret detail")


def test_answers_with_what_the_verb_says():
    assert ask(lambda question: {"sum": sum(question["numbers"])}, {"numbers": [1, 2]}) == {"sum": 3}


def test_wrong_input_comes_back_as_its_sentence():
    def verb(_question):
        raise Wrong("Too long.", "太长了。")

    assert ask(verb, {}) == {"wrong": {"en": "Too long.", "zh": "太长了。"}}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[1]",
        b'"text"',
        b"{",
        b"\xff\xfe{}",
        b'{"a": "\x00"}',
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": 1e999}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
    ids=lambda body: repr(body[:12]),
)
def test_what_is_no_json_object_is_refused_by_one_sentence(body):
    assert send(lambda question: {"got": 1}, body) == {"wrong": door.MALFORMED.payload()}


def test_a_missing_field_is_named():
    assert "'text'" in ask(lambda question: {"text": question["text"]}, {})["wrong"]["en"]


def test_ten_megabytes_pass():
    assert ask(lambda question: {"length": len(question["text"])}, {"text": "a" * 10**7}) == {"length": 10**7}


def test_lone_surrogates_do_not_kill_the_answer():
    assert send(lambda question: {"text": question["text"]}, b'{"text": "a\\ud800b"}') == {"text": "a?b"}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), {1, 2}], ids=["nan", "inf", "object", "set"])
def test_an_answer_that_is_no_json_is_our_fault(value, caplog):
    assert ask(lambda question: {"value": value}, {}) == {"wrong": door.BROKEN.payload()}
    assert "unexpected" in caplog.text


@pytest.mark.parametrize("error", [RuntimeError, KeyError, TypeError, MemoryError, RecursionError])
def test_no_exception_shows_its_text(error, caplog):
    def verb(_question):
        raise error("secret detail")

    assert ask(verb, {}) == {"wrong": door.BROKEN.payload()}
    assert "secret detail" in caplog.text  # the operator can read it


def test_the_door_goes_on_after_a_failure():
    with client(bad=broken, good=lambda question: {"fine": True}) as browser:
        for _ in range(door.limits.ANSWERS_RUNNING + 1):
            browser.post("/pg/room/bad", json={})
        assert browser.post("/pg/room/good", json={}).json() == {"fine": True}


def test_an_unknown_verb_is_not_there():
    with client(verb=broken) as browser:
        assert browser.post("/pg/room/other", json={}).status_code == 404
        assert browser.get("/pg/room/verb").status_code == 405


# ---- streams


def test_a_stream_arrives_whole():
    with client(verb=lambda question: iter([b"one ", b"two ", b"three"])) as browser:
        answer = browser.post("/pg/room/verb", json={})
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.content == b"one two three"


def test_an_empty_stream_is_empty():
    with client(verb=lambda question: iter([])) as browser:
        assert browser.post("/pg/room/verb", json={}).content == b""


def test_what_is_wrong_before_the_first_step_is_a_sentence():
    def verb(_question) -> Iterator[bytes]:
        raise Wrong("No layer 99.", "没有第 99 层。")
        yield b""

    assert ask(verb, {})["wrong"]["en"] == "No layer 99."


def scope_of(path: str) -> dict:
    return {"type": "http", "method": "POST", "path": path, "headers": [], "query_string": b"", "http_version": "1.1"}


async def leave_after(app, chunks: int) -> int:
    """Post a question, go away after `chunks` pieces; the number of pieces that arrived."""
    import asyncio

    gone, arrived, sent = asyncio.Event(), 0, False

    async def receive():
        nonlocal sent
        if not sent:
            sent = True
            return {"type": "http.request", "body": b"{}", "more_body": False}
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message):
        nonlocal arrived
        arrived += bool(message.get("body"))
        if arrived >= chunks:
            gone.set()
        await asyncio.sleep(0)

    await asyncio.wait_for(app(scope_of("/pg/room/verb"), receive, send), 10)
    return arrived


def test_a_reader_who_leaves_closes_the_generator():
    import asyncio

    closed, steps = threading.Event(), 0

    def verb(_question) -> Iterator[bytes]:
        nonlocal steps
        try:
            while True:
                steps += 1
                time.sleep(0.01)
                yield b"x"
        finally:
            closed.set()

    app = Starlette(routes=door.routes({"room": {"verb": verb}}))
    asyncio.run(leave_after(app, 3))
    assert closed.wait(5)
    after = steps
    time.sleep(0.1)
    assert steps == after  # nobody computes for a reader who has gone


def test_a_question_in_line_is_dropped_when_its_asker_leaves(monkeypatch):
    import asyncio

    monkeypatch.setattr(door, "gate", door.Gate(running=1, waiting=5))
    hold, asked = threading.Event(), []
    busy = door.gate.submit(hold.wait)

    async def leave_at_once(app):
        sent = False

        async def receive():
            nonlocal sent
            kind = "http.disconnect" if sent else "http.request"
            sent = True
            return {"type": kind, "body": b"{}", "more_body": False}

        async def send(message):
            pass

        await asyncio.wait_for(app(scope_of("/pg/room/verb"), receive, send), 5)

    asyncio.run(leave_at_once(Starlette(routes=door.routes({"room": {"verb": asked.append}}))))
    hold.set()
    busy.result(5)
    door.gate.submit(lambda: None).result(5)
    assert asked == []


def test_a_stream_gives_its_place_back_between_steps(monkeypatch):
    """One place only: while a stream's reader is slow, another question is answered."""
    import asyncio

    monkeypatch.setattr(door, "gate", door.Gate(running=1, waiting=5))
    verbs = {"slow": lambda question: iter([b"a", b"b", b"c"]), "quick": lambda question: {"fine": True}}
    app = Starlette(routes=door.routes({"room": verbs}))

    async def receive():
        return {"type": "http.request", "body": b"{}", "more_body": False}

    async def talk() -> list[bytes]:
        first, read_on, heard = asyncio.Event(), asyncio.Event(), []

        async def slowly(message):
            if message.get("body"):
                heard.append(message["body"])
                first.set()
                await read_on.wait()

        async def quickly(message):
            heard.append(message.get("body", b""))

        async def forever():
            await asyncio.Event().wait()

        def once():
            asked = iter([receive])
            return lambda: next(asked, forever)()

        reading = asyncio.ensure_future(app(scope_of("/pg/room/slow"), once(), slowly))
        await asyncio.wait_for(first.wait(), 5)
        await asyncio.wait_for(app(scope_of("/pg/room/quick"), once(), quickly), 5)
        read_on.set()
        await asyncio.wait_for(reading, 5)
        return heard

    assert asyncio.run(talk()) == [b"a", b"", b'{"fine": true}', b"b", b"c"]


# ---- the gate


def test_the_gate_bounds_what_runs_and_what_waits():
    gate, hold, most, running, lock = door.Gate(running=2, waiting=3), threading.Event(), 0, 0, threading.Lock()

    def work():
        nonlocal most, running
        with lock:
            running += 1
            most = max(most, running)
        hold.wait(5)
        with lock:
            running -= 1

    futures = [gate.submit(work) for _ in range(5)]
    with pytest.raises(Wrong) as refused:
        gate.submit(work)
    assert refused.value.text == door.BUSY
    hold.set()
    for future in futures:
        future.result(5)
    assert most == 2
    gate.submit(lambda: None).result(5)  # places came back


def test_the_line_being_full_is_said_to_the_page(monkeypatch):
    monkeypatch.setattr(door, "gate", door.Gate(running=1, waiting=0))
    hold = threading.Event()
    busy = door.gate.submit(hold.wait)
    assert ask(lambda question: {"fine": True}, {}) == {"wrong": door.BUSY.payload()}
    hold.set()
    busy.result(5)


def test_an_aside_takes_no_answers_place(monkeypatch):
    monkeypatch.setattr(door, "gate", door.Gate(running=1, waiting=0))
    hold = threading.Event()
    busy = door.gate.submit(hold.wait)
    assert ask(door.aside(lambda question: {"fine": True}), {}) == {"fine": True}
    hold.set()
    busy.result(5)


def test_two_users_never_see_each_others_numbers():
    def verb(question):
        time.sleep(0.001)
        return {"mine": question["mine"], "twice": 2 * question["mine"]}

    def stream(question):
        for _ in range(3):
            time.sleep(0.001)
            yield json.dumps(question["mine"]).encode()

    with client(verb=verb, stream=stream) as browser, ThreadPoolExecutor(8) as users:

        def user(number: int) -> bool:
            said = browser.post("/pg/room/verb", json={"mine": number}).json()
            streamed = browser.post("/pg/room/stream", json={"mine": number}).content
            return said == {"mine": number, "twice": 2 * number} and streamed == 3 * str(number).encode()

        assert all(users.map(user, range(120)))


# ---- the guard in front of it


@pytest.fixture
def guarded(monkeypatch):
    monkeypatch.setattr(door.limits, "BODY_BYTES", 1000)
    app = Starlette(routes=door.routes({"room": {"length": lambda question: {"length": len(question["text"])}}}))
    with TestClient(Guard(app), base_url="http://house.example") as browser:
        yield browser


def test_a_declared_length_over_the_cap_is_refused(guarded):
    answer = guarded.post("/pg/room/length", json={"text": "a" * 2000})
    assert answer.status_code == 413
    assert set(answer.json()["wrong"]) == {"en", "zh"}


def test_streamed_bytes_are_counted_too(guarded):
    chunks = (b"a" * 100 for _ in range(100))  # an iterator is sent without a length
    assert guarded.post("/pg/room/length", content=chunks).status_code == 413
    assert guarded.post("/pg/room/length", json={"text": "abc"}).json() == {"length": 3}


def test_programs_of_the_endpoints_have_a_cap_of_their_own(monkeypatch):
    monkeypatch.setattr(door.limits, "API_BYTES", 100)
    verb = door.routes({"room": {"length": lambda question: {"length": len(question["text"])}}})[0].endpoint
    app = Starlette(routes=[Route(path, verb, methods=["POST"]) for path in ("/pg/room/length", "/gradio_api/length")])
    with TestClient(Guard(app)) as browser:
        assert browser.post("/pg/room/length", json={"text": "a" * 200}).json() == {"length": 200}
        assert browser.post("/gradio_api/length", json={"text": "a" * 200}).status_code == 413


def test_all_bodies_together_are_bounded(monkeypatch):
    """While one large body is in the house the next is told so, small ones pass; its place comes back."""
    monkeypatch.setattr(door.limits, "BODIES_BYTES", 1600)
    monkeypatch.setattr(guards, "SMALL", 100)
    hold, begun = threading.Event(), threading.Event()

    def slow(question):
        begun.set()
        return {"held": hold.wait(10)}

    verbs = {"slow": slow, "length": lambda question: {"length": len(question["text"])}}
    guard = Guard(Starlette(routes=door.routes({"room": verbs})))
    with TestClient(guard) as browser, ThreadPoolExecutor(1) as other:
        first = other.submit(browser.post, "/pg/room/slow", json={"text": "a" * 1500})
        assert begun.wait(5)
        refused = browser.post("/pg/room/length", json={"text": "a" * 1500})
        assert (refused.status_code, refused.json()) == (503, {"wrong": door.BUSY.payload()})
        assert browser.post("/pg/room/length", json={"text": "a" * 80}).json() == {"length": 80}
        hold.set()
        assert first.result(5).json() == {"held": True}
        assert browser.post("/pg/room/length", json={"text": "a" * 1500}).json() == {"length": 1500}
        assert guard.held == 0


def test_of_many_bodies_at_once_some_get_through(monkeypatch):
    """Pieces of many bodies arrive in turn: who is refused makes room for the others at once."""
    import asyncio

    monkeypatch.setattr(door.limits, "BODIES_BYTES", 1000)
    monkeypatch.setattr(guards, "SMALL", 0)
    guard = Guard(Starlette(routes=door.routes({"room": {"length": lambda question: {"fine": True}}})))

    async def talk() -> list[int]:
        statuses, body = [], json.dumps({"text": "a" * 380}).encode()
        pieces = [body[at : at + 50] for at in range(0, len(body), 50)]

        async def one():
            coming = iter(pieces)

            async def receive():
                await asyncio.sleep(0)
                for piece in coming:
                    return {"type": "http.request", "body": piece, "more_body": piece is not pieces[-1]}
                await asyncio.Event().wait()

            async def send(message):
                if "status" in message:
                    statuses.append(message["status"])

            await guard(scope_of("/pg/room/length"), receive, send)

        await asyncio.wait_for(asyncio.gather(*(one() for _ in range(8))), 10)
        return statuses

    statuses = asyncio.run(talk())
    assert set(statuses) == {200, 503} and len(statuses) == 8
    assert guard.held == 0


def test_what_waits_in_line_is_bytes_not_parsed_json(monkeypatch):
    monkeypatch.setattr(door, "gate", door.Gate(running=1, waiting=5))
    hold, read = threading.Event(), []
    monkeypatch.setattr(door, "read", lambda body: read.append(body) or {})
    busy = door.gate.submit(hold.wait)
    with client(verb=lambda question: {"fine": True}) as browser, ThreadPoolExecutor(1) as other:
        asked = other.submit(browser.post, "/pg/room/verb", json={})
        time.sleep(0.2)
        assert read == []
        hold.set()
        assert asked.result(5).json() == {"fine": True}
    assert read == [b"{}"]
    busy.result(5)


def converse(app, messages):
    """Statuses that `app` answers to `messages`; silence after the last one."""
    import asyncio

    answered, coming = [], iter(messages)

    async def receive():
        for message in coming:
            return message
        await asyncio.Event().wait()

    async def send(message):
        if "status" in message:
            answered.append(message["status"])

    asyncio.run(asyncio.wait_for(app(scope_of("/pg/room/length"), receive, send), 10))
    return answered


def test_a_body_that_never_ends_is_given_up(monkeypatch):
    monkeypatch.setattr(door.limits, "BODY_SECONDS", 0.1)
    guard = Guard(Starlette(routes=door.routes({"room": {"length": broken}})))
    assert converse(guard, [{"type": "http.request", "body": b"{", "more_body": True}]) == [408]
    assert guard.held == 0


def test_a_reader_who_takes_nothing_in_is_given_up(monkeypatch):
    import asyncio

    monkeypatch.setattr(door.limits, "SEND_SECONDS", 0.1)
    closed = threading.Event()

    def verb(_question) -> Iterator[bytes]:
        try:
            while True:
                yield b"x"
        finally:
            closed.set()

    async def receive():
        return {"type": "http.request", "body": b"{}", "more_body": False}

    async def stuck(message):
        if message.get("body"):
            await asyncio.Event().wait()

    async def talk():
        once = iter([receive])
        with pytest.raises(BaseException) as given_up:  # also as a group, after Starlette's task group
            await Guard(app)(scope_of("/pg/room/verb"), lambda: next(once, asyncio.Event().wait)(), stuck)
        assert "TimeoutError" in repr(given_up.value)
        await asyncio.sleep(0.1)

    app = Starlette(routes=door.routes({"room": {"verb": verb}}))
    asyncio.run(asyncio.wait_for(talk(), 10))
    assert closed.wait(5)


def test_a_failure_of_a_foreign_route_gets_a_sentence_too(caplog):
    async def fails(_request):
        raise RuntimeError("secret detail")

    app = Starlette(routes=[Route("/gradio_api/x", fails)], middleware=[Middleware(Guard)])
    with TestClient(app) as browser:
        answer = browser.get("/gradio_api/x")
    assert (answer.status_code, answer.json()) == (500, {"wrong": door.BROKEN.payload()})
    assert "secret detail" in caplog.text


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:7860", 200),
        ("127.0.0.1:7860", 200),
        ("[::1]:7860", 200),
        ("LOCALHOST", 200),
        ("evil.example:7860", 403),
        ("127.0.0.1.evil.example", 403),
        ("localhost@evil.example", 403),
    ],
)
def test_a_name_made_to_point_here_is_refused_when_serving_this_machine_alone(host, status):
    app = Starlette(routes=door.routes({"room": {"verb": lambda question: {"fine": True}}}))
    for local, expected in ((True, status), (False, 200)):
        with TestClient(Guard(app, local=local)) as browser:
            headers = {"host": host, "origin": f"http://{host}"}  # as after DNS rebinding: both agree
            if "@" in host:
                headers.pop("origin")
            assert browser.post("/pg/room/verb", json={}, headers=headers).status_code == expected


def test_a_nonsense_length_is_refused(guarded):
    assert guarded.post("/pg/room/length", content=b"{}", headers={"content-length": "-1"}).status_code == 413


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),  # a program, not a browser
        ({"origin": "http://house.example"}, 200),
        ({"origin": "http://other.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://other.example", "sec-fetch-site": "cross-site"}, 403),
        ({"origin": "https://public.example", "x-forwarded-host": "public.example"}, 200),  # behind a proxy
        ({"origin": "http://localhost:1", "x-forwarded-host": "localhost:1", "sec-fetch-site": "same-site"}, 403),
        ({"origin": "http://house.example", "sec-fetch-site": "same-origin"}, 200),
    ],
)
def test_pages_of_other_hosts_may_not_post(guarded, headers, status):
    assert guarded.post("/pg/room/length", json={"text": ""}, headers=headers).status_code == status


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/upload",
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/file/etc/passwd",
        "/file=http://other.example/x",
        "/gradio_api/proxy=http://other.example/",
        "/gradio_api/deep_link",
        "/gradio_api/run-history/records",
        "/gradio_api/vibe-edit/",
        "/monitoring",
    ],
)
def test_doors_that_are_not_used_are_closed(guarded, path):
    for method in ("GET", "POST"):
        answer = guarded.request(method, path)
        assert (answer.status_code, list(answer.json())) == (404, ["wrong"])


def test_every_answer_carries_the_headers(guarded):
    for answer in (guarded.post("/pg/room/length", json={"text": ""}), guarded.get("/monitoring")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert "huggingface.co" in answer.headers["content-security-policy"].split("frame-ancestors")[1]
