"""The contract of the counter's store, held by SQLite, dynalite and moto alike."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from backend.counter.core import BUCKET, SITE, Count, view_key
from tests.support import aws_servers

NOW = 1_795_500_000
DAY, NEXT_DAY = "20261124", "20261125"


def always() -> bool:
    return True


@pytest.fixture
def store(make_counter_store: Callable[[], Any]) -> Any:
    opened = make_counter_store()
    opened.register(["/a/", "/b/", "/hot/"], {"/hot/": 4}, False, NOW, always)
    return opened


def add(store: Any, path: str, view: str, now: int = NOW, **amounts: int) -> Any:
    [page] = store.pages([path]).values()
    return store.add(page, view_key(view), DAY, amounts or {"v": 1}, now)


def numbers(store: Any, path: str) -> Count:
    found: Count = store.pages([path])[path].numbers
    return found


def test_only_registered_pages_exist(store: Any) -> None:
    assert set(store.pages(["/a/", "/nope/", "/hot/"])) == {"/a/", "/hot/"}
    assert store.pages(["/nope/"]) == {}


def test_a_view_counts_once(store: Any) -> None:
    assert add(store, "/a/", "one").numbers == (1, 0, 0)
    assert add(store, "/a/", "one").numbers == (1, 0, 0)
    assert add(store, "/a/", "two", v=1, u=1).numbers == (2, 1, 0)
    assert numbers(store, "/a/") == (2, 1, 0)
    assert numbers(store, "/b/") == (0, 0, 0)


def test_the_same_view_counts_for_page_and_site(store: Any) -> None:
    add(store, "/a/", "one")
    add(store, SITE, "one")
    assert numbers(store, SITE) == (1, 0, 0)


@pytest.mark.parametrize("later", [0, 1, BUCKET - 1, BUCKET, BUCKET + 1])
def test_a_repeat_is_known_for_a_whole_bucket(store: Any, later: int) -> None:
    at = NOW // BUCKET * BUCKET
    add(store, "/a/", "one", at)
    add(store, "/a/", "one", at + later)
    assert numbers(store, "/a/").views == 1


def test_a_flood_is_paid_for_by_the_second_and_not_by_the_minute(dynalite: str) -> None:
    """DynamoDB charges a write for each kilobyte of its item, the ids of late views included."""
    from backend.counter.store_dynamodb import DynamoStore

    client = aws_servers.dynamodb(dynalite)
    table = aws_servers.make_table(client, "flooded")
    store = DynamoStore(table, table, client)
    store.register(["/a/"], {}, False, NOW, always)
    [page] = store.pages(["/a/"]).values()
    for i in range(1_500):  # ten a second
        page = store.add(page, view_key(f"view-{i}"), DAY, {"v": 1}, NOW + i // 10)
    assert page.numbers.views == 1_500
    key = {"pk": {"S": "P#/a/"}, "sk": {"S": "S#0"}}
    used = client.update_item(
        TableName=table,
        Key=key,
        UpdateExpression="SET made = made",
        ReturnConsumedCapacity="TOTAL",
    )["ConsumedCapacity"]["CapacityUnits"]
    assert used <= 6


def test_a_clock_that_is_behind_does_not_count_twice(store: Any) -> None:
    at = NOW // BUCKET * BUCKET
    add(store, "/a/", "one", at)
    add(store, "/a/", "one", at - 2)
    assert numbers(store, "/a/").views == 1


def test_a_page_that_left_is_not_counted_and_comes_back_with_its_numbers(store: Any) -> None:
    add(store, "/a/", "one")
    [page] = store.pages(["/a/"]).values()
    assert store.register(["/b/"], {}, False, NOW, always)[:3] == (1, 0, 2)
    assert store.pages(["/a/"]) == {}
    assert store.add(page, view_key("two"), DAY, {"v": 1}, NOW) is None
    assert store.register(["/a/"], {}, True, NOW, always)[:3] == (1, 1, 0)
    assert numbers(store, "/a/") == (1, 0, 0)
    assert "/b/" in store.pages(["/b/"])  # keep=True leaves the others in place


def test_more_shards_keep_the_count(store: Any) -> None:
    add(store, "/a/", "one")
    store.register(["/a/"], {"/a/": 8}, True, NOW, always)
    for i in range(20):
        add(store, "/a/", f"more-{i}")
    assert numbers(store, "/a/").views == 21
    store.register(["/a/"], {"/a/": 1}, True, NOW, always)
    assert numbers(store, "/a/").views == 21


def test_many_pages_in_one_read(store: Any) -> None:
    paths = [f"/p{i}/" for i in range(150)]
    store.register(paths, {"/p7/": 3}, False, NOW, always)
    for i in range(5):
        add(store, "/p7/", f"v{i}")
    found = store.pages(paths[:100])
    assert len(found) == 100
    assert found["/p7/"].numbers.views == 5


def note(
    store: Any, view: str, now: int = NOW, reload: int = 0, who: str = "ann", most: int = 50
) -> str:
    kind: str = store.visit(DAY, who, "/a/", view, now, reload, most)
    return kind


def test_visits(store: Any) -> None:
    assert note(store, "one") == "first"
    assert note(store, "one") == "first"  # a repeat, such as after a lost answer, is answered alike
    assert note(store, "two") == "known"
    assert note(store, "three", NOW + 100, reload=1800) == "recent"
    assert note(store, "four", NOW + 1900, reload=1800) == "known"
    assert note(store, "four", NOW + 1910, reload=1800) == "known"
    assert note(store, "five", who="bob", reload=1800) == "first"
    assert store.visit(NEXT_DAY, "ann", "/a/", "six", NOW + 86_400, 0, 50) == "first"


def test_a_view_is_known_for_the_whole_day(store: Any) -> None:
    """`add` forgets ids after a minute; what comes again later is a repeat all the same."""
    for view, answer in (("one", "first"), ("two", "known"), ("three", "known")):
        assert note(store, view) == answer
    for view, answer in (("one", "first"), ("two", "known")):
        assert note(store, view, NOW + BUCKET) == answer
        for later in (BUCKET + 1, 120, 20_000):
            assert note(store, view, NOW + later) == "repeat"
            assert note(store, view, NOW + later, reload=60) == "repeat"


def test_a_visitor_has_so_many_views_of_a_page_in_a_day(store: Any) -> None:
    answers = [note(store, f"view-{i}", most=5) for i in range(7)]
    assert answers == ["first", *["known"] * 4, "often", "often"]
    assert note(store, "view-4", most=5) == "known"  # the last one that was noted, once more
    assert note(store, "view-9", who="bob", most=5) == "first"
    assert [note(store, f"more-{i}", who="eve", most=0) for i in range(52)][-1] == "known"
    assert store.visit(NEXT_DAY, "ann", "/a/", "view-8", NOW + 86_400, 0, 5) == "first"


def test_repeats_of_one_view_at_once_take_one_place(store: Any) -> None:
    gate = threading.Barrier(10)

    def repeat(_: int) -> str:
        gate.wait()
        return note(store, "the-same", most=2)

    with ThreadPoolExecutor(10) as pool:
        assert set(pool.map(repeat, range(10))) == {"first"}
    assert [note(store, view, most=2) for view in ("b", "c")] == ["known", "often"]


@pytest.mark.parametrize("server", ["dynalite", "moto"])
def test_a_note_of_an_older_version_is_understood(
    server: str, request: pytest.FixtureRequest
) -> None:
    from backend.counter.store_dynamodb import DynamoStore

    client = aws_servers.dynamodb(request.getfixturevalue(server))
    table = aws_servers.make_table(client, "old-notes")
    store = DynamoStore(table, table, client)
    item = {"f": {"S": "one"}, "l": {"S": "two"}, "t": {"N": str(NOW)}, "expires": {"N": "9"}}
    key = {"pk": {"S": f"U#{DAY}#ann"}, "sk": {"S": "/a/"}}
    client.put_item(TableName=table, Item=key | item)
    assert note(store, "two", NOW + 5) == "known"
    assert note(store, "one", NOW + 5) == "first"
    assert note(store, "two", NOW + 120) == "repeat"
    assert note(store, "three", NOW + 100, reload=1800) == "recent"
    assert note(store, "three", NOW + 120) == "known"
    assert note(store, "three", NOW + 240) == "repeat"
    assert note(store, "one", NOW + 240) == "repeat"


def test_a_file_of_an_older_version_is_understood(tmp_path: Path) -> None:
    from backend.counter.store_sqlite import SqliteStore

    with contextlib.closing(sqlite3.connect(tmp_path / "old.sqlite")) as db:
        db.execute(
            "CREATE TABLE visits (day TEXT, visitor TEXT, path TEXT, first TEXT, last TEXT,"
            " at INT, PRIMARY KEY (day, visitor, path)) WITHOUT ROWID"
        )
        db.execute("INSERT INTO visits VALUES (?, 'ann', '/a/', 'one', 'two', ?)", (DAY, NOW))
        db.commit()
    with contextlib.closing(SqliteStore(tmp_path / "old.sqlite")) as store:
        assert note(store, "one", NOW + 5) == "first"
        assert note(store, "two", NOW + 120) == "repeat"
        assert note(store, "three", NOW + 120) == "known"


def test_a_table_that_refuses_is_given_up_within_half_a_second(
    dynalite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Views that a hot item refuses must not take up the executions that the form needs."""
    from backend.counter.store_dynamodb import client

    waits: list[float] = []
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=waits.append))
    with contextlib.closing(aws_servers.FaultProxy(dynalite, refuse=1.0)) as proxy:
        for patient, tries in ((False, 2), (True, 4)):
            asked = client("eu-west-1", proxy.address, patient=patient)
            before = proxy.done["refuse"]
            waits.clear()
            with pytest.raises(Exception, match="slow down"):
                asked.get_item(TableName="x", Key={"pk": {"S": "a"}, "sk": {"S": "b"}})
            assert proxy.done["refuse"] - before == tries
            assert len(waits) == tries - 1
            assert patient or sum(waits) < 0.5


def test_a_salt_belongs_to_its_day_and_is_destroyed(store: Any) -> None:
    first = store.salt(DAY, b"a" * 32)
    assert first == store.salt(DAY, b"b" * 32) == b"a" * 32
    assert store.salt(NEXT_DAY, b"c" * 32) == b"c" * 32
    assert store.salt(DAY, b"d" * 32) == b"d" * 32  # yesterday's is gone
    store.maintain(NOW + 86_400, 0, always)
    assert store.salt(DAY, b"e" * 32) == b"e" * 32


def test_one_salt_however_many_ask_first(make_counter_store: Callable[[], Any]) -> None:
    store = make_counter_store()
    with ThreadPoolExecutor(16) as pool:
        salts = set(pool.map(lambda i: store.salt(DAY, bytes([i]) * 32), range(16)))
    assert len(salts) == 1


def test_history_by_day_and_reason(store: Any) -> None:
    add(store, "/hot/", "one", v=1, u=1)
    for i in range(9):
        [page] = store.pages(["/hot/"]).values()
        store.add(page, view_key(f"next-{i}"), NEXT_DAY, {"v": 1}, NOW)
    add(store, "/hot/", "bot", b=1, b_crawler=1)
    add(store, "/hot/", "bot2", b=1, b_headless=1)
    history = store.history("/hot/", "")
    assert history.numbers == (10, 1, 2)
    assert history.days == {"2026-11-24": (1, 1, 2), "2026-11-25": (9, 0, 0)}
    assert history.reasons == {"crawler": 1, "headless": 1}
    assert list(store.history("/hot/", "2026-11-25").days) == ["2026-11-25"]


def test_filing_closed_days_changes_no_number(store: Any) -> None:
    for day in ("20261120", "20261121", "20261124"):
        for i in range(6):
            [page] = store.pages(["/hot/"]).values()
            store.add(page, view_key(f"{day}{i}"), day, {"v": 1, "u": 1}, NOW)
    before = store.history("/hot/", "")
    assert len(before.days) == 3
    for _ in range(2):
        store.maintain(NOW, 0, always)
        assert store.history("/hot/", "") == before
    assert add(store, "/hot/", "one more").numbers.views == 19


@pytest.mark.parametrize("dies_at", range(1, 5))
def test_filing_that_is_interrupted_changes_no_number(
    store: Any, dies_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for i in range(6):
        [page] = store.pages(["/hot/"]).values()
        store.add(page, view_key(f"view-{i}"), "20261120", {"v": 1, "u": 1}, NOW)
    before = store.history("/hot/", "")
    if client := getattr(store, "_client", None):
        calls = iter(range(1, 99))
        remove = client.update_item

        def dying(**request: Any) -> Any:
            if next(calls) == dies_at:
                raise ConnectionError("killed")
            return remove(**request)

        with monkeypatch.context() as patch:
            patch.setattr(client, "update_item", dying)
            with contextlib.suppress(ConnectionError):
                store.maintain(NOW, 0, always)
    assert store.history("/hot/", "") == before
    store.maintain(NOW, 0, always)
    assert store.history("/hot/", "") == before


def test_a_page_comes_back_with_all_its_shards(store: Any) -> None:
    for i in range(12):
        add(store, "/hot/", f"first-{i}")
    store.register(["/a/"], {}, False, NOW, always)
    store.register(["/a/", "/hot/"], {"/hot/": 1}, False, NOW, always)
    for i in range(12):
        assert add(store, "/hot/", f"second-{i}") is not None
    assert numbers(store, "/hot/").views == 24


def test_registering_stops_when_time_is_up_and_can_be_repeated(
    make_counter_store: Callable[[], Any],
) -> None:
    store = make_counter_store()
    paths = [f"/p{i}/" for i in range(200)]
    answers = iter([True] + [False] * 9)
    left = store.register(paths, {}, False, NOW, lambda: next(answers)).left
    while left:
        left = store.register(paths, {}, False, NOW, always).left
    assert len(store.pages(paths[:100])) == 100
    listed = store.listing("", 150)
    assert sorted([*listed, *store.listing(listed[-1], 150)]) == sorted([*paths, SITE])


def test_forty_repeats_at_once_count_once(store: Any) -> None:
    gate = threading.Barrier(40)

    def repeat(_: int) -> None:
        gate.wait()
        add(store, "/a/", "the-same")

    with ThreadPoolExecutor(40) as pool:
        list(pool.map(repeat, range(40)))
    assert numbers(store, "/a/").views == 1
