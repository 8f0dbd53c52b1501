"""The contract of the form's store, held by SQLite, dynalite and moto alike."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from backend.contact.core import LEASE, Message

NOW = 1_795_500_000


def message(name: str = "m1", **changes: Any) -> Message:
    base = Message(
        id=name,
        received=NOW,
        name="Žofie",
        email="z@example.org",
        subject="",
        message="Line one\nline two 🌊",
        page="/contact/",
        state="pending",
        reasons=("links", "no-token"),
        due=NOW,
    )
    return base._replace(**changes)


@pytest.fixture
def store(make_contact_store: Callable[[], Any]) -> Any:
    return make_contact_store()


def test_what_is_stored_comes_back(store: Any) -> None:
    assert store.put(message(), 0) == message()
    assert store.get("m1") == message()
    assert store.get("m2") is None


def test_the_first_of_an_id_stays(store: Any) -> None:
    store.put(message(), 0)
    assert store.put(message(name="m1", subject="other"), 0) == message()
    assert store.get("m1") == message()


def test_one_claim_at_a_time(store: Any) -> None:
    store.put(message(), 0)
    gate = threading.Barrier(20)

    def claim(i: int) -> Message | None:
        gate.wait()
        taken: Message | None = store.claim("m1", f"claim-{i}", NOW, NOW + LEASE)
        return taken

    with ThreadPoolExecutor(20) as pool:
        taken = [one for one in pool.map(claim, range(20)) if one]
    assert len(taken) == 1
    assert (taken[0].state, taken[0].attempts, taken[0].due) == ("sending", 1, NOW + LEASE)
    assert store.get("m1") == taken[0]


def test_a_message_that_is_not_due_cannot_be_claimed(store: Any) -> None:
    store.put(message(due=NOW + 100), 0)
    assert store.claim("m1", "a", NOW + 99, NOW + 200) is None
    assert store.claim("m1", "a", NOW + 100, NOW + 200).state == "sending"
    assert store.claim("none", "a", NOW, NOW) is None


def test_settling_needs_the_claim(store: Any) -> None:
    store.put(message(), 0)
    taken = store.claim("m1", "a", NOW, NOW + LEASE)
    assert not store.settle(taken._replace(claim="b"), "sent", 0)
    assert store.get("m1").state == "sending"
    assert store.settle(taken, "pending", NOW + 60, "throttled")
    again = store.claim("m1", "b", NOW + 60, NOW + 120)
    assert (again.attempts, again.error) == (2, "throttled")
    assert store.settle(again, "sent", 0, sent=NOW + 61, mail_id="x")
    done = store.get("m1")
    assert (done.state, done.sent, done.mail_id, done.error) == ("sent", NOW + 61, "x", "")
    assert store.claim("m1", "c", NOW + 999, NOW + 999) is None


def test_what_is_due(store: Any) -> None:
    store.put(message("a"), 0)
    store.put(message("b", state="quarantined", due=0), 0)
    assert store.due(NOW + LEASE - 1, 10) == []  # whoever stored it is mailing it
    assert store.due(NOW + LEASE, 10) == ["a"]
    taken = store.claim("a", "x", NOW + LEASE, NOW + 500)
    assert store.due(NOW + 499, 10) == []
    assert store.due(NOW + 500, 10) == ["a"]  # its claimer died
    store.settle(taken, "pending", NOW + 700)
    assert store.due(NOW + 699, 10) == []
    again = store.claim("a", "y", NOW + 700, NOW + 800)
    store.settle(again, "sent", 0)
    assert store.due(NOW + 99_999, 10) == []


def test_the_owner_can_send_again_what_nobody_is_sending(store: Any) -> None:
    store.put(message("a", state="quarantined", due=0), 0)
    assert store.requeue("a", NOW).state == "pending"
    store.claim("a", "x", NOW, NOW + LEASE)
    assert store.requeue("a", NOW) is None
    assert store.requeue("none", NOW) is None
    assert store.get("none") is None
    assert store.due(NOW + 999, 10) == ["a"]


def test_listing_and_deleting(store: Any) -> None:
    for i in range(7):
        store.put(message(f"m{i}"), 0)
    first = store.listing("", 4)
    rest = store.listing(first[-1].id, 4)
    assert [one.id for one in [*first, *rest]] == [f"m{i}" for i in range(7)]
    assert store.delete("m3")
    assert not store.delete("m3")
    assert store.get("m3") is None
    assert "m3" not in store.due(NOW + 999, 10)


def test_numbers_and_first_values(store: Any) -> None:
    with ThreadPoolExecutor(10) as pool:
        hits = sorted(pool.map(lambda _: store.hit("k", NOW + 100), range(10)))
    assert hits == list(range(1, 11))
    assert store.hit("other", NOW + 100) == 1
    assert [store.first("f", value, NOW + 100) for value in ("a", "b")] == ["a", "a"]


def test_one_secret(make_contact_store: Callable[[], Any]) -> None:
    stores = [make_contact_store() for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        secrets = set(
            pool.map(lambda pair: pair[1].secret(bytes([pair[0]]) * 32), enumerate(stores))
        )
    assert len(secrets) == 1
    assert len(secrets.pop()) == 32
