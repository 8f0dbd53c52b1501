"""Exactness when the connection to the table fails in every way it can, with tens of threads.

Through a proxy that throttles, resets, delays past the client's patience, and loses answers after
the write was done.
"""

from __future__ import annotations

import contextlib
import random
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from backend.contact.app import build as build_contact
from backend.contact.mailer import Mail, Outcome
from backend.contact.store_dynamodb import DynamoStore as Messages
from backend.contact.store_dynamodb import client as messages_client
from backend.counter.app import build as build_counter
from backend.counter.store_dynamodb import DynamoStore as Counts
from tests.support import aws_servers
from tests.support.events import Clock, answered, request

FAULTS = {"refuse": 0.06, "drop": 0.05, "lose": 0.09, "late": 0.004}
PAGES = ["/", "/posts/a/", "/posts/b/", "/posts/hot/"]


@pytest.fixture(params=["dynalite", "moto"])
def upstream(request: pytest.FixtureRequest) -> str:
    address: str = request.getfixturevalue(request.param)
    return address


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """botocore waits up to seconds between its tries; what is tested does not need them."""
    monkeypatch.setattr(
        "botocore.retries.standard.ExponentialBackoff.delay_amount",
        lambda self, context: random.random() / 50,
    )


@contextlib.contextmanager
def faulty(upstream: str) -> Iterator[aws_servers.FaultProxy]:
    with contextlib.closing(aws_servers.FaultProxy(upstream, **FAULTS)) as proxy:
        yield proxy
        for fault in FAULTS:  # or the test has shown nothing
            assert proxy.done[fault], f"{fault} never happened"


def table(upstream: str, name: str) -> str:
    return aws_servers.make_table(
        aws_servers.dynamodb(upstream), f"{name}-{random.getrandbits(40)}"
    )


def test_every_distinct_view_counts_exactly_once(upstream: str, dynalite: str) -> None:
    counts, visitors = table(upstream, "counts"), table(upstream, "visitors")
    handle_directly = build_counter(
        {}, Clock(), Counts(counts, visitors, aws_servers.dynamodb(upstream))
    )
    handle_directly({"action": "register", "paths": PAGES, "shards": {"/posts/hot/": 8}}, None)
    dice = random.Random(4)
    size = 80 if upstream == dynalite else 40  # moto takes three times as long for each
    views = [
        (f"view-{i:05}", dice.choice(PAGES), f"192.0.2.{dice.randrange(40)}") for i in range(size)
    ]
    load = views + dice.choices(views, k=size // 2)  # a third arrive more than once
    load += [views[0]] * 30
    dice.shuffle(load)
    with faulty(upstream) as proxy:
        store = Counts(counts, visitors, aws_servers.dynamodb(proxy.address, hasty=True))
        handle = build_counter({}, Clock(), store)

        def send(view: tuple[str, str, str]) -> None:
            body = {"path": view[1], "id": view[0], "site": True}
            for _ in range(20):  # the browser's patience, made endless
                status = handle(request("POST", "/api/count", body, ip=view[2]), None)
                if status["statusCode"] == 200:
                    return
            raise AssertionError("never answered")

        with ThreadPoolExecutor(32) as pool:
            list(pool.map(send, load))
    expected = Counter(path for _, path, _ in views)
    people = {path: len({ip for _, p, ip in views if p == path}) for path in PAGES}
    query = "&".join(f"path={path}" for path in PAGES)
    _, body = answered(handle_directly(request("GET", f"/api/count?{query}&site=1"), None))
    shown = {path: (one["views"], one["visitors"]) for path, one in body["counts"].items()}
    assert shown == {path: (expected[path], people[path]) for path in PAGES}
    assert body["site"] == {"views": size, "visitors": len({ip for _, _, ip in views})}
    days = handle_directly({"action": "stats"}, None)["pages"]
    assert {one["path"]: one["days"]["2026-11-24"][0] for one in days} == {"*": size} | expected


class ErraticPost:
    """A mailer that refuses, doubts or sends by chance, and knows what really went out."""

    def __init__(self) -> None:
        self.dice = random.Random(7)
        self.lock = threading.Lock()
        self.sent: Counter[str] = Counter()

    def send(self, mail: Mail) -> Outcome:
        with self.lock:
            kind = self.dice.choices(["sent", "refused", "lost", "unsent"], [6, 3, 1, 1])[0]
            if kind in ("sent", "lost"):
                self.sent[mail.name] += 1
        if kind == "refused":
            return Outcome("refused", "Throttling")
        return Outcome("sent", "id") if kind == "sent" else Outcome("unsure", "ReadTimeoutError")


def test_every_acknowledged_message_is_kept_and_none_is_mailed_twice(upstream: str) -> None:
    messages, clock, post = table(upstream, "messages"), Clock(), ErraticPost()
    with faulty(upstream) as proxy:
        store = Messages(messages, messages_client("eu-west-1", proxy.address))
        handle = build_contact({}, clock, store, post)
        accepted: set[str] = set()

        def send(i: int) -> None:
            fields = {"name": "Ada", "email": f"a{i}@example.org", "message": f"Message {i}"}
            headers = {"accept": "application/json", "content_type": "application/json"}
            for _ in range(20):
                event = request("POST", "/api/contact", fields, ip=f"10.0.{i}.1", **headers)
                status, body = answered(handle(event, None))
                if status == 200:
                    accepted.add(body["id"])
                    return
            raise AssertionError("never answered")

        load = [*range(45), *range(0, 45, 2), *[0] * 15]
        random.Random(3).shuffle(load)
        with ThreadPoolExecutor(16) as pool:
            list(pool.map(send, load))
        assert len(accepted) == 45
        for _ in range(8):  # two runs of the schedule at once, as when one takes too long
            clock.now += 7 * 3600
            with ThreadPoolExecutor(2) as pool:
                list(pool.map(lambda _: retry(handle), range(2)))
    quiet = build_contact({}, clock, Messages(messages, aws_servers.dynamodb(upstream)), post)
    stored: list[dict[str, Any]] = []
    for _ in range(8):  # and when the table is well again, all that is left
        clock.now += 7 * 3600
        retry(quiet)
    answer: dict[str, Any] = {"next": ""}
    while "next" in answer:
        answer = quiet({"action": "messages.list", "after": answer["next"]}, None)
        stored += answer["items"]
    assert {one["id"] for one in stored} == accepted
    states = Counter(one["state"] for one in stored)
    assert set(states) <= {"sent", "unsure"}
    assert states["sent"] > 25
    assert max(post.sent[one] for one in accepted) == 1
    assert all(post.sent[one["id"]] == 1 for one in stored if one["state"] == "sent")


def retry(handle: Any) -> None:
    with contextlib.suppress(Exception):  # a schedule that fails runs again
        handle({"schedule": "retry"}, None)
