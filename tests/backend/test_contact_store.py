"""The contract of the form's store, held by SQLite, dynalite and moto alike."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from backend.contact.core import LEASE, Message
from backend.contact.store_dynamodb import _WRITTEN, DynamoStore
from bench.cost_sheet import Meter, longest
from tests.support import aws_servers

NOW = 1_795_500_000
DAY = 86_400


def forget(store: Any, now: int) -> None:
    """Let what has expired go, as a table does by itself some time later."""
    if not isinstance(store, DynamoStore):
        # SQLite forgets when the next message comes.
        store.put(message("sweep", received=now), 0)
        store.delete("sweep")
        return
    items = store._client.scan(TableName=store._table)["Items"]
    for item in items:
        if "expires" in item and int(item["expires"]["N"]) < now:
            key = {"pk": item["pk"], "sk": item["sk"]}
            store._client.delete_item(TableName=store._table, Key=key)


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


def test_a_crash_between_the_two_items_of_a_message_loses_nothing(
    make_contact_store: Callable[[], Any],
) -> None:
    store = make_contact_store()
    if not isinstance(store, DynamoStore):
        return
    store.put(message(message="what another runtime made of it"), 0)
    key = {"pk": {"S": "MSG"}, "sk": {"S": "m1"}}
    store._client.delete_item(TableName=store._table, Key=key)  # as if it had died before
    assert store.get("m1") is None
    assert store.listing("", 9) == []
    assert store.put(message(), 0) == message()
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
    assert store.requeue("a", NOW, 0).state == "pending"
    store.claim("a", "x", NOW, NOW + LEASE)
    assert store.requeue("a", NOW, 0) is None
    assert store.requeue("none", NOW, 0) is None
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


def test_a_listing_of_the_longest_messages_is_whole(store: Any) -> None:
    """DynamoDB ends an answer at 1 MB, which some thirty of them fill."""
    for i in range(40):
        store.put(message(f"m{i:02}", message=longest(i)), 0)
    found = store.listing("", 100)
    assert [one.id for one in found] == [f"m{i:02}" for i in range(40)]
    assert all(one.message == longest(i) for i, one in enumerate(found))
    assert [one.id for one in store.listing("m35", 3)] == ["m36", "m37", "m38"]


def test_spam_is_kept_for_a_while_and_a_message_as_long_as_the_owner_says(
    make_contact_store: Callable[[], Any],
) -> None:
    store = make_contact_store()
    for name in ("spam", "rescued", "shortened"):
        store.put(message(name, state="quarantined", due=0), 30 * DAY)
    store.put(message("kept"), 0)
    assert store.requeue("rescued", NOW, 0).state == "pending"
    assert store.requeue("shortened", NOW, 7 * DAY).state == "pending"
    forget(store, NOW + 8 * DAY)
    assert [one.id for one in store.listing("", 9)] == ["kept", "rescued", "spam"]
    forget(store, NOW + 31 * DAY)
    assert [one.id for one in store.listing("", 9)] == ["kept", "rescued"]
    assert store.get("spam") is None
    assert store.get("rescued").message == message().message


def test_a_message_of_before_is_read_mailed_and_deleted(
    make_contact_store: Callable[[], Any],
) -> None:
    """The first stacks stored a message as one item."""
    store = make_contact_store()
    if not isinstance(store, DynamoStore):
        return
    old = message("old")
    item = {"pk": {"S": "MSG"}, "sk": {"S": "old"}}
    for field, value in old._asdict().items():
        if field == "reasons":
            item[field] = {"L": [{"S": reason} for reason in value]}  # type: ignore[dict-item]
        else:
            kind = "N" if isinstance(value, int) else "S"
            item[field] = {kind: str(value)}
    store._client.put_item(TableName=store._table, Item=item)
    store.put(message("young"), 0)
    assert [one.message for one in store.listing("", 9)] == [old.message] * 2
    assert store.get("old") == old
    taken = store.claim("old", "a", NOW, NOW + LEASE)
    assert taken.message == old.message
    assert store.settle(taken, "failed", 0)
    assert store.requeue("old", NOW, 0).message == old.message
    assert store.delete("old")
    assert [one.id for one in store.listing("", 9)] == ["young"]
    assert store.get("old") is None


def test_the_longest_message_costs_little_and_is_whole(dynalite: str) -> None:
    """A write costs one unit for each kilobyte of the item, and mailing writes three times."""
    client = aws_servers.dynamodb(dynalite)
    table = aws_servers.make_table(client, "longest")
    taken = Meter(client)
    store = DynamoStore(table, client)
    long = message(
        name="longest", message=longest(7), email="z" * 242 + "@example.org", subject="🌊" * 150
    )._replace(name="𠜎" * 100, page="/" + "ž" * 511)

    def life() -> None:
        store.put(long, 0)
        claimed = store.claim("longest", "a", NOW, NOW + LEASE)
        assert claimed
        store.settle(claimed, "sent", 0, sent=NOW, mail_id="x")

    assert taken.by(life).writes <= 40
    kept = store.get("longest")
    assert all(getattr(kept, name) == getattr(long, name) for name in _WRITTEN)
    every_day = long._replace(id="day", name="Ada", message="High water at noon? " * 45)
    assert taken.by(lambda: store.put(every_day, 0)).writes <= 3


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


def test_what_waits_comes_in_the_order_of_turns(store: Any) -> None:
    for name, turn, received in (("c", 2, 1), ("a", 10, 0), ("d", 2, 2), ("b", 1, 9)):
        why = "daily-limit" if turn == 1 else "sender-limit"
        one = message(name, turn=turn, received=NOW + received, due=NOW + 100, reasons=("x", why))
        assert store.put(one, 0) == one
        assert store.get(name) == one
    store.put(message("e", due=NOW), 0)  # does not wait
    assert list(store.waiting(NOW + 99)) == []
    assert list(store.waiting(NOW + 100)) == ["b", "c", "d", "a"]
    assert dict(store.waits()) == {"daily-limit": 1, "sender-limit": 3}
    assert store.due(NOW + 99_999, 10) == ["e"]
    assert store.claim("b", "x", NOW + 99, NOW + 500) is None
    taken = store.claim("b", "x", NOW + 100, NOW + 500)
    assert (taken.state, taken.attempts) == ("sending", 1)
    assert store.settle(taken, "pending", NOW + 300, "Throttling")
    assert store.requeue("c", NOW + 100, 0).state == "pending"
    assert store.delete("d")
    assert list(store.waiting(NOW + 99_999)) == ["a"]
    assert dict(store.waits()) == {"sender-limit": 1}
    assert sorted(store.due(NOW + 300, 10)) == ["b", "c", "e"]


def test_a_salt_belongs_to_its_day_and_is_destroyed(store: Any) -> None:
    first = store.salt("20261124", b"a" * 32)
    assert first == store.salt("20261124", b"b" * 32) == b"a" * 32
    assert store.salt("20261125", b"c" * 32) == b"c" * 32
    assert store.salt("20261124", b"d" * 32) == b"d" * 32  # yesterday's is gone
    store.destroy_salts("20261125")
    assert store.salt("20261124", b"e" * 32) == b"e" * 32
    assert store.salt("20261125", b"f" * 32) == b"c" * 32


def test_one_salt_however_many_ask_first(make_contact_store: Callable[[], Any]) -> None:
    store = make_contact_store()
    with ThreadPoolExecutor(16) as pool:
        salts = set(pool.map(lambda i: store.salt("20261124", bytes([i]) * 32), range(16)))
    assert len(salts) == 1


@pytest.mark.parametrize("server", ["dynalite", "moto"])
def test_no_message_is_lost_where_a_process_dies_with_one_that_waited(
    server: str, request: pytest.FixtureRequest
) -> None:
    """However many of the writes of its claim were done."""
    client = aws_servers.dynamodb(request.getfixturevalue(server))
    table = aws_servers.make_table(client, "died-waiting")

    class Dying:
        """A client that dies at its nth write."""

        def __init__(self, left: int) -> None:
            self.left = left

        def __getattr__(self, name: str) -> Any:
            if name in ("put_item", "update_item", "delete_item"):
                if not self.left:
                    raise SystemError("killed")
                self.left -= 1
            return getattr(client, name)

    for done in range(4):
        name = f"m{done}"
        store = DynamoStore(table, client)
        store.put(message(name, turn=3, due=NOW, reasons=("sender-limit",)), 0)
        with contextlib.suppress(SystemError):
            DynamoStore(table, Dying(done)).claim(name, "x", NOW, NOW + LEASE)
        waiting, due = list(store.waiting(NOW)), list(store.due(NOW + LEASE, 10))
        state = store.get(name).state
        assert (name in waiting, name in due) == (state == "pending", state == "sending")
        assert list(store.waiting(NOW)) == waiting
        store.delete(name)


@pytest.mark.parametrize("server", ["dynalite", "moto"])
def test_counters_and_salts_are_not_in_the_table_that_has_backups(
    server: str, request: pytest.FixtureRequest
) -> None:
    client = aws_servers.dynamodb(request.getfixturevalue(server))
    messages = aws_servers.make_table(client, "with-backups")
    visitors = aws_servers.make_table(client, "without-backups")
    store = DynamoStore(messages, client, visitors)
    store.salt("20261124", b"a" * 32)
    store.hit("k", NOW)
    store.first("f", "v", NOW)
    store.put(message(), 0)
    kinds = {item["pk"]["S"] for item in client.scan(TableName=messages)["Items"]}
    assert kinds == {"MSG", "TEXT", "DUE"}
    kinds = {item["pk"]["S"] for item in client.scan(TableName=visitors)["Items"]}
    assert kinds == {"SENDERS", "N#k", "F#f"}


def test_a_file_of_an_older_version_is_understood(tmp_path: Path) -> None:
    from backend.contact.store_sqlite import SqliteStore

    columns = [name for name in Message._fields if name != "turn"]
    with contextlib.closing(sqlite3.connect(tmp_path / "old.sqlite")) as db:
        kinds = ", ".join(
            f"{name} {'TEXT PRIMARY KEY' if name == 'id' else ''}" for name in columns
        )
        db.execute(f"CREATE TABLE messages ({kinds}, look INT, expires INT)")
        values = [json.dumps(one) if isinstance(one, tuple) else one for one in message()[:-1]]
        marks = ", ".join("?" * (len(values) + 1))
        db.execute(
            f"INSERT INTO messages ({', '.join(columns)}, look) VALUES ({marks})", [*values, NOW]
        )
        db.commit()
    for _ in range(2):
        with contextlib.closing(SqliteStore(tmp_path / "old.sqlite")) as store:
            assert store.get("m1") == message()
            assert list(store.listing("", 9)) == [message()]
            assert store.due(NOW, 9) == ["m1"]
            assert list(store.waiting(NOW)) == []
