"""Servers that hold conditions in other ways than S3 does, or not at all.

Each is moto behind a proxy that does to conditional requests what such a server does: Ceph's
gateway refuses etags in quotes, and in a bucket that keeps versions every etag; rclone ignores all
conditions, localbucket those with an etag. `make test-servers` tries the real ones.
"""

from __future__ import annotations

import http.client
import re
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from generator.adapters.aws.s3_conditions import Habits
from generator.app.diagnosis import Finding, try_store
from generator.core.problems import SiteError
from generator.publish import publisher
from generator.publish.executor import MovedOn
from generator.publish.manifest import MANIFEST, STATE, decode_manifest
from generator.publish.store import StoreError
from tests.support import installed, s3_servers
from tests.support import published as sites
from tests.support.bucket import Bucket
from tests.support.driver import folder_target, publish, roll_back

LINGERS = ["site.0001.css", "gone.0001.png", "site.0002.css", "new.0002.png"]


def refused(code: str = "PreconditionFailed", status: int = 412) -> s3_servers.Reply:
    body = f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode()
    return (status, {"Content-Type": "application/xml"}, body)


def if_match(seen: s3_servers.Seen) -> str:
    return next((v for name, v in seen.headers.items() if name.lower() == "if-match"), "")


def bare_etags_only(_number: int, seen: s3_servers.Seen) -> s3_servers.Action:
    return refused() if if_match(seen).startswith('"') else "pass"


def no_etag_at_all(_number: int, seen: s3_servers.Seen) -> s3_servers.Action:
    return refused() if if_match(seen) else "pass"


def not_implemented(_number: int, seen: s3_servers.Seen) -> s3_servers.Action:
    names = {name.lower() for name in seen.headers}
    conditional = bool(names & {"if-match", "if-none-match"}) and seen.method == "PUT"
    return refused("NotImplemented", 501) if conditional else "pass"


@pytest.mark.parametrize("bucket", ["moto", "moto-versioned"], indirect=True)
def test_a_server_that_wants_etags_without_quotes_is_published_to(
    bucket: Bucket, tmp_path: Path
) -> None:
    roots = [tmp_path / "old", tmp_path / "new"]
    old, new = (
        sites.local_of(sites.old_site(), roots[0]),
        sites.local_of(sites.new_site(), roots[1]),
    )
    bucket.proxy.start_over(bare_etags_only)
    publish(bucket.watched(4), old, roots[0])
    publish(bucket.watched(4), new, roots[1], minutes=1)
    sites.check_is(bucket.live(), new, but=LINGERS)
    other = sites.with_headers(new, "feed.xml", cache_control="public, max-age=5")
    publish(bucket.watched(4), other, roots[1], minutes=2)
    sites.check_is(bucket.live(), other, but=LINGERS)
    roll_back(bucket.watched(4), "1", minutes=3)
    sites.check_is(bucket.live(), old, but=LINGERS)
    publisher.collect_garbage(bucket.watched(), "a test")
    publish(bucket.watched(4), new, roots[1], minutes=4)
    sites.check_is(bucket.live(), new, but=LINGERS)
    found = findings(bucket, tmp_path)
    assert [one.state for one in found] == ["ok"] * len(found)
    assert "without quotes" in told(found, "conditional writes").message


def findings(bucket: Bucket, scratch: Path) -> list[Finding]:
    return list(try_store(bucket.watched().store, scratch))


def told(found: list[Finding], what: str) -> Finding:
    return next(one for one in found if one.what.endswith(what))


SERVERS: dict[str, tuple[Callable[[int, s3_servers.Seen], s3_servers.Action], set[str], str]] = {
    "ignores-all": (lambda _n, _seen: "pass", {"if-match", "if-none-match"}, "does not hold"),
    "ignores-etags": (lambda _n, _seen: "pass", {"if-match"}, "does not hold"),
    "ignores-none": (lambda _n, _seen: "pass", {"if-none-match"}, "does not hold"),
    "refuses-etags": (no_etag_at_all, set(), "refuses a write whose condition holds"),
    "not-implemented": (not_implemented, set(), "does not know conditional writes"),
}


@pytest.mark.parametrize("kind", SERVERS)
@pytest.mark.parametrize("bucket", ["moto", "moto-versioned"], indirect=True)
def test_a_server_that_does_not_hold_conditions_is_refused(
    bucket: Bucket, tmp_path: Path, kind: str
) -> None:
    rule, drops, message = SERVERS[kind]
    local = sites.local_of(sites.old_site(), tmp_path / "old")
    bucket.proxy.start_over(rule)
    bucket.proxy.drops = frozenset(drops)
    with pytest.raises(StoreError, match=message) as error:
        publish(bucket.watched(), local, tmp_path / "old")
    assert "publishing.md" in error.value.hint
    if bucket.versioned and kind != "not-implemented":
        assert "keeps no versions" in error.value.hint
    listed = bucket.s3.list_objects_v2(Bucket=bucket.name, Prefix=bucket.prefix)
    assert "Contents" not in listed, "a publish that is refused leaves nothing behind"
    found = findings(bucket, tmp_path)
    wrong = told(found, "write" if kind == "not-implemented" else "conditional writes")
    assert wrong.state == "wrong"
    assert message in wrong.message


@pytest.mark.parametrize("bucket", ["moto"], indirect=True)
def test_what_was_found_out_is_not_tried_again(bucket: Bucket, tmp_path: Path) -> None:
    """Until the place is another: its server, its bucket, or that it keeps versions."""
    root = tmp_path / "site"

    def lease_writes(minutes: float) -> int:
        bucket.proxy.start_over()
        site = sites.old_site() | {"feed.xml": ("entry", f"{minutes}".encode())}
        publish(bucket.watched(), sites.local_of(site, root), root, minutes=minutes)
        written = [one for one in bucket.proxy.seen if one.path.endswith("lease.json")]
        return sum(one.method == "PUT" for one in written)

    assert lease_writes(0) > 3
    assert lease_writes(1) == 1
    found = publisher.manifest_of(bucket.target().store)
    assert found
    habits = msgspec.json.decode(found.conditions, type=Habits)
    assert (habits.versions, habits.quoted, habits.copies) == (False, True, False)
    assert bucket.proxy.endpoint not in found.conditions  # whoever reads a manifest
    for minutes, conditions in enumerate(
        (
            msgspec.json.encode(msgspec.structs.replace(habits, where="https://elsewhere/b")),
            msgspec.json.encode(msgspec.structs.replace(habits, versions=True)),
            b"{",
        ),
        2,
    ):
        found = publisher.manifest_of(bucket.target().store)
        assert found
        changed = msgspec.structs.replace(found, conditions=conditions.decode())
        bucket.put(MANIFEST, msgspec.json.encode(changed))
        assert lease_writes(minutes) > 3
    assert lease_writes(9) == 1


@pytest.mark.parametrize("bucket", ["moto", "seaweed"], indirect=True)
def test_a_server_that_ceases_to_take_a_condition_is_told_as_such(
    bucket: Bucket, tmp_path: Path
) -> None:
    root = tmp_path / "site"
    publish(bucket.watched(), sites.local_of(sites.old_site(), root), root)
    bucket.proxy.start_over(no_etag_at_all)
    new = sites.local_of(sites.new_site(), root)
    with pytest.raises(StoreError, match="although its condition holds") as error:
        publish(bucket.watched(), new, root, minutes=1)
    assert not isinstance(error.value, MovedOn)
    assert "--verify" in error.value.hint


def test_a_copy_of_headers_does_not_give_their_bytes_our_name(bucket: Bucket, built: Path) -> None:
    """Somebody wrote there since; where the server holds a copy to no condition, it must not make
    what they wrote ours, for no later run would see it."""
    local = sites.local_of(sites.old_site(), built)
    publish(bucket.target(), local, built)
    bucket.put("feed.xml", b"theirs")
    other = sites.with_headers(local, "feed.xml", cache_control="public, max-age=5")
    with pytest.raises(MovedOn, match=r"feed\.xml"):
        publish(bucket.target(), other, built, minutes=1)
    assert bucket.live()["feed.xml"].content == b"theirs"
    publish(bucket.target(), other, built, minutes=2, verify=True)
    sites.check_is(bucket.live(), other)


def test_what_others_wrote_over_a_page_is_not_kept_as_ours(bucket: Bucket, built: Path) -> None:
    """What is copied aside, so that a release can be restored, is what that release had."""
    publish(bucket.target(), sites.local_of(sites.old_site(), built), built)
    bucket.put("posts/a/index.html", b"theirs")
    new = sites.local_of(sites.new_site(), built)
    with pytest.raises(MovedOn, match="posts/a"):
        publish(bucket.target(), new, built, minutes=1)
    publish(bucket.target(), new, built, minutes=2, verify=True)
    before = bucket.live()
    if bucket.versioned:  # the version that was ours is still there
        roll_back(bucket.target(), minutes=3)
        assert bucket.live()["posts/a/index.html"].content != b"theirs"
        return
    with pytest.raises(SiteError) as lost:
        roll_back(bucket.target(), minutes=3)
    assert [problem.code for problem in lost.value.problems] == ["content-lost"]
    assert bucket.live() == before


def test_a_large_file_does_not_replace_what_others_wrote(
    bucket: Bucket, built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not every server holds the end of an upload in parts to its condition."""
    monkeypatch.setattr("generator.adapters.aws.s3_store.MULTIPART_FROM", 6 << 20)
    film: sites.Site = {"film.mp4": ("entry", b"0" * (6 << 20))}
    publish(bucket.watched(), sites.local_of(sites.old_site() | film, built), built)
    bucket.put("film.mp4", b"theirs")
    changed: sites.Site = {"film.mp4": ("entry", b"1" * (6 << 20))}
    with pytest.raises(MovedOn, match="film"):
        publish(
            bucket.watched(), sites.local_of(sites.old_site() | changed, built), built, minutes=1
        )
    assert bucket.live()["film.mp4"].content == b"theirs"


@pytest.mark.parametrize("bucket", ["moto", "moto-versioned"], indirect=True)
def test_a_server_that_does_not_tell_the_etag_of_what_came_in_parts(
    bucket: Bucket, built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ceph's gateway leaves it empty; the next change must be held to the right one."""
    monkeypatch.setattr("generator.adapters.aws.s3_store.MULTIPART_FROM", 6 << 20)

    def blank(_number: int, seen: s3_servers.Seen) -> s3_servers.Action:
        if seen.method != "POST" or "uploadId" not in seen.path:
            return "pass"
        connection = http.client.HTTPConnection(bucket.proxy.upstream)
        connection.request("POST", seen.path, seen.body, seen.headers)
        answer = connection.getresponse()
        body = re.sub(rb"<ETag>.*?</ETag>", b"<ETag></ETag>", answer.read())
        headers = {"Content-Type": "application/xml"}
        if version := answer.getheader("x-amz-version-id"):
            headers["x-amz-version-id"] = version
        return (answer.status, headers, body)

    for minutes, letter in enumerate((b"0", b"1", b"2")):
        film: sites.Site = {"film.mp4": ("entry", letter * (6 << 20))}
        local = sites.local_of(sites.old_site() | film, built)
        bucket.proxy.start_over(blank)
        publish(bucket.watched(), local, built, minutes=minutes)
        sites.check_is(bucket.live(), local)


@pytest.mark.parametrize("place", ["moto-versioned", "seaweed-versioned", "moto", "folder"])
def test_a_rollback_that_cannot_succeed_changes_nothing(
    place: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """One old version is gone, as by a rule of the bucket's."""
    pages: sites.Site = {f"p{n}/index.html": ("page", sites.page(f"{n}", "/")) for n in range(12)}
    later = {path: (role, body + b"<p>later") for path, (role, body) in pages.items()}
    home: sites.Site = {"index.html": ("entry", b"home")}
    old, new = (
        sites.local_of(home | site, tmp_path / name)  # type: ignore[arg-type]
        for site, name in ((pages, "old"), (later, "new"))
    )
    gone = "p7/index.html"
    sha = old.entries[gone].sha256
    if place == "folder":
        target = folder_target(tmp_path / "out")
    else:
        server, _, versioned = place.partition("-")
        bucket = Bucket(request.getfixturevalue(f"{server}_server"), versioned=bool(versioned))
        request.addfinalizer(bucket.close)
        target = bucket.watched(4)
    publish(target, old, tmp_path / "old")
    publish(target, new, tmp_path / "new", minutes=1)
    manifest = publisher.manifest_of(target.store)
    assert manifest
    kept = manifest.kept[sha]
    if place == "folder":
        (tmp_path / "out.tidepost/content" / sha).unlink()
    elif kept.version:
        key = bucket.prefix + kept.path
        bucket.s3.delete_object(Bucket=bucket.name, Key=key, VersionId=kept.version)
    else:
        bucket.delete(f"{STATE}content/{sha}")

    def live() -> dict[str, sites.Live]:
        return sites.folder_live(tmp_path / "out") if place == "folder" else bucket.live()

    before = live()
    with pytest.raises(SiteError) as lost:
        roll_back(target, minutes=2)
    [problem] = lost.value.problems
    assert problem.code == "content-lost"
    assert gone in problem.message
    assert live() == before
    found = publisher.manifest_of(target.store)
    assert found == manifest
    if place != "folder":
        body = bucket.s3.get_object(Bucket=bucket.name, Key=bucket.prefix + MANIFEST)["Body"]
        assert decode_manifest(body.read()).sequence == 2


def test_the_documented_servers_are_those_that_are_tried() -> None:
    """`make test-servers` tries them; docs/publishing.md says what comes of each."""
    text = (Path(__file__).parents[2] / "docs/publishing.md").read_text()
    table = text.partition("## Servers other than AWS")[2].partition("\n\n* ")[0]
    rows = [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("| ")]
    told = {
        name.partition(" (")[0].replace("`", ""): (plain.split(":")[0], versioned.split(":")[0])
        for name, _version, plain, versioned in rows[1:]
    }
    words = {"works": "works", "refused": "refused", "none": "has none"}
    assert told == {
        server.name: (words[server.plain], words[server.versioned]) for server in installed.SERVERS
    }
    pinned = dict(one.split("==") for one in installed.SMALL)
    assert {row[0].lower(): row[1] for row in rows} | pinned == {
        row[0].lower(): row[1] for row in rows
    }
