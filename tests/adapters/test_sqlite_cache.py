"""The cache forgets rather than errs, whatever happens to its file."""

import importlib.metadata
import os
import sqlite3
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generator.adapters.files import sqlite_cache
from generator.adapters.files.digest_index import DigestIndex
from generator.adapters.files.sqlite_cache import DiskCache, code_digest
from generator.core.cache import NoCache, key_of

ONE, TWO = key_of("one"), key_of("two")


def opened(path: Path, code: bytes = b"x", **more: int) -> DiskCache:
    return DiskCache(path, code, **more)


def filled(path: Path) -> None:
    cache = opened(path)
    cache.put_many({ONE: b"first", TWO: b"second" * 1000})
    cache.close()


def still_works(path: Path) -> None:
    """A cache at `path` gives what was put into it or nothing, and remembers again."""
    cache = opened(path)
    assert (
        dict(cache.get_many([ONE, TWO])).items() <= {ONE: b"first", TWO: b"second" * 1000}.items()
    )
    cache.put_many({ONE: b"first"})
    cache.close()
    again = opened(path)
    again.put_many({ONE: b"first"})
    assert again.get_many([ONE]) in ({ONE: b"first"}, {})
    again.close()
    last = opened(path)
    last.put_many({ONE: b"first"})
    assert last.get_many([ONE]) == {ONE: b"first"}
    last.close()


def test_keys_depend_on_where_parts_end() -> None:
    assert key_of("ab", "c") != key_of("a", "bc")
    assert key_of("a", b"b") == key_of(b"a", "b")
    assert key_of("a") != key_of("a", "")


def test_results_are_remembered_between_runs(tmp_path: Path) -> None:
    filled(tmp_path / "memo")
    cache = opened(tmp_path / "memo")
    assert cache.get_many([TWO, ONE, key_of("three")]) == {ONE: b"first", TWO: b"second" * 1000}
    cache.close()


def test_results_of_another_version_are_not_seen(tmp_path: Path) -> None:
    filled(tmp_path / "memo")
    cache = opened(tmp_path / "memo", b"another")
    assert cache.get_many([ONE, TWO]) == {}
    cache.close()


def test_the_version_is_that_of_the_code() -> None:
    assert code_digest() == code_digest()
    assert len(code_digest()) == 32


@pytest.mark.parametrize("name", ["pillow", "pillow-heif", "pyromark", "mermaidx", "math-core"])
def test_a_library_that_is_another_or_gone_is_another_digest(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = importlib.metadata.version
    digests = {code_digest()}
    for changed in ("0.1", "0.2", None):

        def version(asked: str, changed: str | None = changed) -> str:
            if asked == name and changed is None:
                raise importlib.metadata.PackageNotFoundError(asked)
            return changed if asked == name and changed else known(asked)

        monkeypatch.setattr(importlib.metadata, "version", version)
        digests.add(code_digest())
    assert len(digests) == 4


def test_no_memo_remembers_nothing() -> None:
    cache = NoCache()
    cache.put_many({ONE: b"x"})
    assert cache.get_many([ONE]) == {}


def test_a_memo_that_is_closed_forgets(tmp_path: Path) -> None:
    cache = opened(tmp_path / "memo")
    cache.close()
    cache.close()
    cache.put_many({ONE: b"x"})
    assert cache.get_many([ONE]) == {}


@pytest.mark.parametrize(
    "content", [b"", b"no database at all", b"SQLite format 3\0" + b"\xff" * 4000, bytes(10_000)]
)
def test_a_file_that_is_no_memo(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "memo").write_bytes(content)
    still_works(tmp_path / "memo")


def test_a_database_of_someone_else(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "memo") as connection:
        connection.execute("create table memo (a, b)")
        connection.execute("create table runs (c)")
    connection.close()
    still_works(tmp_path / "memo")


def test_another_layout_is_started_anew(tmp_path: Path) -> None:
    filled(tmp_path / "memo")
    with sqlite3.connect(tmp_path / "memo") as connection:
        connection.execute("pragma user_version = 999")
    connection.close()
    cache = opened(tmp_path / "memo")
    assert cache.get_many([ONE]) == {}
    cache.close()
    still_works(tmp_path / "memo")


def test_a_folder_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "memo").mkdir()
    cache = opened(tmp_path / "memo")
    cache.put_many({ONE: b"x"})
    assert cache.get_many([ONE]) == {}
    cache.close()


def test_a_value_under_another_key_is_a_miss(tmp_path: Path) -> None:
    filled(tmp_path / "memo")
    with sqlite3.connect(tmp_path / "memo") as connection:
        (first, second) = [row[0] for row in connection.execute("select key from memo")]
        connection.execute("update memo set key = x'00' where key = ?", (first,))
        connection.execute("update memo set key = ? where key = ?", (first, second))
        connection.execute("update memo set key = ? where key = x'00'", (second,))
    connection.close()
    cache = opened(tmp_path / "memo")
    assert cache.get_many([ONE, TWO]) == {}
    cache.close()


def test_an_index_that_answers_with_another_row_is_a_miss(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(tmp_path / "memo")
    cache = opened(tmp_path / "memo")
    assert cache.connection is not None

    class Damaged:
        """Answers every question with every row."""

        def __init__(self, connection: sqlite3.Connection) -> None:
            self.connection = connection

        def execute(self, _question: str, _keys: object = ()) -> sqlite3.Cursor:
            return self.connection.execute("select key, sum, value from memo")

    whole = cache.connection
    monkeypatch.setattr(cache, "connection", Damaged(whole))
    assert cache.get_many([ONE]) == {ONE: b"first"}
    whole.close()


def test_a_value_that_was_changed_is_a_miss(tmp_path: Path) -> None:
    filled(tmp_path / "memo")
    with sqlite3.connect(tmp_path / "memo") as connection:
        connection.execute("update memo set value = replace(value, 'f', 'F')")
    connection.close()
    cache = opened(tmp_path / "memo")
    assert cache.get_many([ONE]) == {}
    cache.close()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=30),
    st.floats(0, 1),
)
def test_any_damage_is_a_miss(tmp_path: Path, changes: list[tuple[int, int]], kept: float) -> None:
    path = tmp_path / "memo"
    path.unlink(missing_ok=True)
    filled(path)
    raw = bytearray(path.read_bytes())
    for place, value in changes:
        raw[place % len(raw)] = value
    path.write_bytes(raw[: int(len(raw) * kept)] if kept < 0.9 else raw)
    still_works(path)


def test_two_at_once(tmp_path: Path) -> None:
    failures: list[Exception] = []

    def work(name: str) -> None:
        try:
            cache = opened(tmp_path / "memo")
            for number in range(40):
                key = key_of(name, str(number))
                cache.put_many({key: name.encode(), ONE: b"first"})
                assert cache.get_many([key, ONE]) == {key: name.encode(), ONE: b"first"}
            cache.close()
        except (AssertionError, OSError, sqlite3.Error) as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in ("a", "b", "c")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    cache = opened(tmp_path / "memo")
    assert len(cache.get_many([key_of(name, "39") for name in "abc"])) == 3
    cache.close()


def test_a_file_that_somebody_holds_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_cache, "_TRIES", 2)
    filled(tmp_path / "memo")
    holder = sqlite3.connect(tmp_path / "memo")
    holder.execute("pragma locking_mode = exclusive")
    holder.execute("begin exclusive")
    cache = opened(tmp_path / "memo")
    assert cache.get_many([ONE]) == {}
    cache.put_many({ONE: b"x"})
    cache.close()
    holder.rollback()
    holder.close()
    cache = opened(tmp_path / "memo")
    assert cache.get_many([ONE]) == {ONE: b"first"}
    cache.close()


def test_what_was_not_used_for_longest_goes_first(tmp_path: Path) -> None:
    path = tmp_path / "memo"
    most = 400_000
    for run in range(12):
        cache = opened(path, most_bytes=most)
        cache.get_many([ONE])
        cache.put_many({ONE: b"kept"})
        cache.put_many({key_of(str(run), str(n)): bytes(5000) for n in range(12)})
        cache.close()
        assert path.stat().st_size < 2 * most
    cache = opened(path, most_bytes=most)
    assert cache.get_many([ONE]) == {ONE: b"kept"}
    newest = [key_of("11", str(n)) for n in range(12)]
    assert len(cache.get_many(newest)) == 12
    assert cache.get_many([key_of("0", str(n)) for n in range(12)]) == {}
    cache.close()


def test_what_is_only_asked_for_counts_as_used(tmp_path: Path) -> None:
    path = tmp_path / "memo"
    cache = opened(path, most_bytes=400_000)
    cache.put_many({ONE: bytes(3000), TWO: bytes(3000)})
    cache.close()
    for run in range(140):
        cache = opened(path, most_bytes=400_000)
        assert cache.get_many([ONE]) == {ONE: bytes(3000)}, run
        cache.put_many({key_of(str(run), str(n)): bytes(1000) for n in range(4)})
        cache.close()
    cache = opened(path)
    assert cache.get_many([ONE, TWO]) == {ONE: bytes(3000)}
    cache.close()


def test_what_one_run_needs_is_kept_however_large_it_is(tmp_path: Path) -> None:
    path = tmp_path / "memo"
    needed = {key_of(str(n)): bytes(5000) for n in range(200)}
    for _ in range(9):
        cache = opened(path, most_bytes=400_000)
        known = cache.get_many(needed)
        cache.put_many({key: value for key, value in needed.items() if key not in known})
        cache.put_many({TWO: b"more"})
        cache.close()
    cache = opened(path)
    assert cache.get_many(needed) == needed
    cache.close()


def test_a_ledger_trusts_only_what_has_settled(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"one")
    long_ago = 1_000_000_000_000_000_000
    os.utime(file, ns=(long_ago, long_ago))
    digest_index = DigestIndex(tmp_path / "ledger")
    digest_index.note("file", file.stat(), "abc")
    assert digest_index.known("file", file.stat()) == ""  # its change time is of this moment
    digest_index.now += 10_000_000_000
    digest_index.note("file", file.stat(), "abc")
    assert digest_index.known("file", file.stat()) == "abc"
    digest_index.save()
    assert DigestIndex(tmp_path / "ledger").known("file", file.stat()) == "abc"
    before = file.stat().st_ctime_ns
    while file.stat().st_ctime_ns == before:  # within one tick of the system's clock
        file.write_bytes(b"two")
        os.utime(file, ns=(long_ago, long_ago))
    assert digest_index.known("file", file.stat()) == ""  # size and times alike, but changed since


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10**6), st.integers(1, 255), st.floats(0, 1))
def test_a_damaged_ledger_knows_nothing(
    tmp_path: Path, place: int, change: int, kept: float
) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"one")
    digest_index = DigestIndex(tmp_path / "ledger")
    digest_index.now += 10_000_000_000
    digest_index.note("file", file.stat(), "a" * 64)
    digest_index.save()
    raw = bytearray((tmp_path / "ledger").read_bytes())
    raw[place % len(raw)] ^= change
    (tmp_path / "ledger").write_bytes(raw[: int(len(raw) * kept)] if kept < 0.5 else raw)
    assert DigestIndex(tmp_path / "ledger").known("file", file.stat()) == ""


def test_a_ledger_grows_by_what_is_new_and_a_torn_end_costs_only_that(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"text")
    stat = file.stat()
    digest_index = DigestIndex(tmp_path / "ledger")
    for number in range(100):
        digest_index.note(f"file {number}", stat, "a" * 64, own=True)
    digest_index.save()
    whole = (tmp_path / "ledger").read_bytes()
    digest_index = DigestIndex(tmp_path / "ledger")
    digest_index.save()
    assert (tmp_path / "ledger").read_bytes() == whole
    digest_index.note("file 7", stat, "b" * 64, own=True)
    digest_index.save()
    digest_index.note("new", stat, "c" * 64, own=True)
    digest_index.save()
    grown = (tmp_path / "ledger").read_bytes()
    assert grown.startswith(whole)
    assert len(grown) < len(whole) + 1_000
    names = ["file 6", "file 7", "new", "none"]
    known = DigestIndex(tmp_path / "ledger").known_of(names, [stat] * 4)
    assert known == ["a" * 64, "b" * 64, "c" * 64, ""]

    (tmp_path / "ledger").write_bytes(grown[:-1])
    torn = DigestIndex(tmp_path / "ledger")
    assert torn.known_of(names, [stat] * 4) == ["a" * 64, "b" * 64, "", ""]
    torn.note("new", stat, "d" * 64, own=True)
    torn.save()
    known = DigestIndex(tmp_path / "ledger").known_of(names, [stat] * 4)
    assert known == ["a" * 64, "b" * 64, "d" * 64, ""]


def test_a_ledger_that_grew_to_twice_its_size_is_written_anew(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"text")
    digest_index = DigestIndex(tmp_path / "ledger")
    digest_index.note("file", file.stat(), "a" * 64, own=True)
    digest_index.save()
    size = (tmp_path / "ledger").stat().st_size
    for number in range(20):
        digest_index = DigestIndex(tmp_path / "ledger")
        digest_index.note("file", file.stat(), f"{number:064}", own=True)
        digest_index.save()
        assert (tmp_path / "ledger").stat().st_size <= 2 * size
        assert DigestIndex(tmp_path / "ledger").known("file", file.stat()) == f"{number:064}"


def test_names_that_are_no_text_keep_a_ledger_from_being_written_not_the_build(
    tmp_path: Path,
) -> None:
    digest_index = DigestIndex(tmp_path / "ledger")
    digest_index.note("\udcff", tmp_path.stat(), "a" * 64, own=True)
    digest_index.save()
    assert not (tmp_path / "ledger").exists()


def test_the_digest_of_the_code_is_worked_out_anew_where_code_or_libraries_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, libraries = tmp_path / "code", tmp_path / "libraries"
    (code / "part").mkdir(parents=True)
    libraries.mkdir()
    for name in ("one.py", "part/two.py"):
        (code / name).write_text("pass")
    kept = tmp_path / "kept"
    monkeypatch.setattr(sqlite_cache, "_PACKAGE", code)
    monkeypatch.setattr(sys, "path", [*sys.path, str(libraries)])
    worked_out = 0

    def working_out() -> bytes:
        nonlocal worked_out
        worked_out += 1
        return _code_digest()

    _code_digest = sqlite_cache._code_digest
    monkeypatch.setattr(sqlite_cache, "_code_digest", working_out)

    first = code_digest(kept)
    assert not kept.exists()  # nothing has settled yet
    later = time.time_ns() + 10_000_000_000
    monkeypatch.setattr(time, "time_ns", lambda: later)
    assert code_digest(kept) == first
    assert (worked_out, code_digest(kept), worked_out) == (2, first, 2)

    before = (code / "part/two.py").stat()
    while (code / "part/two.py").stat().st_ctime_ns == before.st_ctime_ns:  # within one tick
        (code / "part/two.py").write_text("None")
        os.utime(code / "part/two.py", ns=(before.st_atime_ns, before.st_mtime_ns))
    second = code_digest(kept)
    assert second != first
    (code / "part/three.py").write_text("pass")
    assert code_digest(kept) not in (first, second)
    assert (code_digest(kept), worked_out) == (code_digest(kept), 4)
    (libraries / "jinja2-99.dist-info").mkdir()
    code_digest(kept)
    assert worked_out == 5
    kept.write_bytes(kept.read_bytes()[:-1])
    assert code_digest(kept) == code_digest()
