"""Publishing to real S3 servers: what arrives, what it costs, and what is restored."""

from pathlib import Path
from uuid import uuid4

import msgspec
import pytest

from generator.config.publish import PublishSettings, Retention
from generator.publish import publisher
from generator.publish.executor import MovedOn
from generator.publish.manifest import LEASE, MANIFEST, STATE, Manifest, decode_manifest
from generator.publish.publisher import Target
from generator.publish.store import StoreError
from tests.support import published as sites
from tests.support import s3_servers
from tests.support.bucket import Bucket
from tests.support.driver import publish, roll_back, s3_target

SMALL_CONSTANT = 9
"""Requests of a publish beside those for the objects that changed."""


def site_of(pages: int, edition: int = 1, changed: int = 0) -> sites.Site:
    site: sites.Site = {
        f"posts/{n}/index.html": ("page", sites.page(f"{n} {edition if n < changed else 0}"))
        for n in range(pages)
    }
    links = [f"/posts/{n}/" for n in range(pages)]
    return {**site, "index.html": ("entry", sites.page("home", *links))}


def test_first_publish_arrives_with_headers(bucket: Bucket, built: Path) -> None:
    local = sites.local_of(sites.old_site(), built)
    plan, outcome = publish(bucket.target(8), local, built)
    live = bucket.live()
    sites.check_is(live, local)
    assert outcome.uploaded == len(local.entries) == len(plan.target.entries)
    headers = live["site.0001.css"].headers
    assert headers is not None
    assert headers.cache_control == "public, max-age=31536000, immutable"
    assert headers.content_type == "text/css; charset=utf-8"
    left = bucket.s3.list_objects_v2(Bucket=bucket.name, Prefix=bucket.prefix + STATE)["Contents"]
    names = sorted(
        item["Key"].removeprefix(bucket.prefix + STATE).partition("/")[0] for item in left
    )
    assert names == ["manifest.json", "releases"]


def test_nothing_changed_costs_at_most_three_requests(bucket: Bucket, built: Path) -> None:
    local = sites.local_of(site_of(30), built)
    publish(bucket.target(8), local, built)
    bucket.proxy.start_over()
    plan, outcome = publish(bucket.watched(), local, built)
    assert plan.empty
    assert outcome.uploaded == 0
    assert len(bucket.proxy.seen) <= 3, bucket.proxy.seen


@pytest.mark.parametrize("changed", [1, 20])
def test_changes_cost_their_number_and_a_small_constant(
    bucket: Bucket, built: Path, changed: int
) -> None:
    local = sites.local_of(site_of(30), built)
    publish(bucket.watched(8), local, built)
    local = sites.local_of(site_of(30, 2, changed), built)
    bucket.proxy.start_over()
    plan, outcome = publish(bucket.watched(), local, built, minutes=1)
    assert outcome.uploaded == changed
    # Without versions the bucket must copy aside what is overwritten: one more request each.
    keeps = sum(1 for operation in plan.operations if operation.kind == "keep")
    assert keeps == (0 if bucket.versioned else changed)
    assert len(bucket.proxy.seen) <= changed + keeps + SMALL_CONSTANT, bucket.proxy.seen


def test_new_objects_cost_their_number_and_a_small_constant(bucket: Bucket, built: Path) -> None:
    local = sites.local_of(site_of(5), built)
    publish(bucket.watched(8), local, built)
    site = site_of(5) | {f"new/{n}.html": ("page", b"x") for n in range(25)}
    local = sites.local_of(site, built)
    bucket.proxy.start_over()
    publish(bucket.watched(), local, built, minutes=1)
    assert len(bucket.proxy.seen) <= 25 + SMALL_CONSTANT, bucket.proxy.seen


def test_a_change_of_headers_alone_is_a_copy(bucket: Bucket, built: Path) -> None:
    target = bucket.target()
    local = sites.local_of(sites.old_site(), built)
    publish(target, local, built)
    other = sites.with_headers(local, "feed.xml", cache_control="public, max-age=5")
    plan, outcome = publish(target, other, built, minutes=1)
    work = [o for o in plan.operations if o.phase != "commit"]
    assert [(o.kind, o.path) for o in work] == [("copy", "feed.xml")]
    assert "max-age=5" in work[0].reason
    assert (outcome.uploaded, outcome.copied) == (0, 1)
    sites.check_is(bucket.live(), other)
    assert publish(target, other, built, minutes=2)[0].empty


def test_rollback_restores_bytes_and_headers_without_uploading(bucket: Bucket, built: Path) -> None:
    target = bucket.target(4)
    old = sites.local_of(sites.old_site(), built)
    publish(target, old, built)
    new = sites.with_headers(
        sites.local_of(sites.new_site(), built), "about/index.html", cache_control="no-cache"
    )
    publish(target, new, built, minutes=1)
    sites.check_is(bucket.live(), new, but=["site.0001.css", "gone.0001.png"])
    bucket.proxy.start_over()
    plan, outcome = roll_back(bucket.watched(4), minutes=2)
    assert outcome.uploaded == 0
    if "moto" not in bucket.server:  # else they are read, and written under a condition
        assert not [one for one in bucket.proxy.seen if one.method == "PUT" and _is_body(one)]
    touched = {o.path for o in plan.operations if o.kind == "copy"}
    differs = {
        path
        for path, entry in old.entries.items()
        if entry.role != "asset" and (path not in new.entries or not entry.same(new.entries[path]))
    }
    assert touched == differs
    live = bucket.live()
    sites.check_is(live, old, but=["site.0002.css", "new.0002.png"])
    # And forward again, by the number of the release.
    roll_back(target, "2", minutes=3)
    sites.check_is(bucket.live(), new, but=["site.0001.css", "gone.0001.png"])


@pytest.mark.parametrize("path", ["posts/a/index.html", "posts/b/index.html"])
def test_rollback_does_not_overwrite_what_others_wrote(
    bucket: Bucket, built: Path, path: str
) -> None:
    publish(bucket.target(), sites.local_of(sites.old_site(), built), built)
    publish(bucket.target(), sites.local_of(sites.new_site(), built), built, minutes=1)
    bucket.put(path, b"theirs")  # over a page that changed, or where one was deleted
    before = bucket.live()
    with pytest.raises(MovedOn, match="changed at the store by something else"):
        roll_back(bucket.target(), minutes=2)
    assert bucket.live() == before
    assert bucket.live()[path].content == b"theirs"


def _is_body(seen: object) -> bool:
    headers = {name.lower() for name in seen.headers}  # type: ignore[attr-defined]
    path = seen.path  # type: ignore[attr-defined]
    return "x-amz-copy-source" not in headers and STATE not in path


def test_collecting_garbage_keeps_what_releases_need(bucket: Bucket, built: Path) -> None:
    target = bucket.target()
    settings = PublishSettings(retention=Retention(releases=2))
    for edition in range(5):
        local = sites.local_of(site_of(3, edition, 2), built)
        publish(target, local, built, minutes=edition, settings=settings)
    manifest = publisher.manifest_of(target.store)
    assert manifest
    assert [info.sequence for info in manifest.releases] == [4, 5]
    publisher.collect_garbage(target, "a test")
    left = publisher.garbage(target.store, manifest)
    assert [ref.key for ref in left if ref.key != LEASE] == []
    if bucket.versioned:
        found = bucket.s3.list_object_versions(
            Bucket=bucket.name, Prefix=bucket.prefix + "posts/0/"
        )["Versions"]
        assert len(found) == 2
    roll_back(target, minutes=9)
    sites.check_is(bucket.live(), sites.local_of(site_of(3, 3, 2), built))


@pytest.mark.parametrize("bucket", ["moto-versioned", "seaweed-versioned"], indirect=True)
def test_collecting_garbage_leaves_the_versions_of_what_others_put_there(
    bucket: Bucket, built: Path
) -> None:
    publish(bucket.target(), sites.local_of(sites.old_site(), built), built)
    for edition in range(3):
        bucket.put("theirs.txt", f"theirs {edition}".encode())
    publisher.collect_garbage(bucket.target(), "a test")
    found = bucket.s3.list_object_versions(Bucket=bucket.name, Prefix=f"{bucket.prefix}theirs.txt")
    assert len(found["Versions"]) == 3


@pytest.mark.parametrize(
    ("server", "changes"),
    # SeaweedFS refuses a right If-Match on what it wrote before it ceased to keep versions.
    [("moto", ["Enabled", "Suspended"]), ("seaweed", ["Enabled"])],
)
def test_a_bucket_may_begin_to_keep_versions_and_cease_again(
    server: str, changes: list[str], request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    endpoint = request.getfixturevalue(f"{server}_server")
    s3, name = s3_servers.client("s3", endpoint), f"b{uuid4().hex}"
    s3.create_bucket(Bucket=name)
    target = s3_target(endpoint, name, "")
    site, other = sites.old_site(), sites.new_site()
    old, new = (sites.local_of(one, tmp_path / k) for k, one in (("old", site), ("new", other)))
    lingering = {"site.0001.css", "gone.0001.png", "site.0002.css", "new.0002.png"}
    publish(target, old, tmp_path / "old")
    for minutes, status in zip((1, 5), changes, strict=False):
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": status})
        publish(target, new, tmp_path / "new", minutes=minutes)
        publisher.collect_garbage(target, "a test")
        sites.check_is(sites.bucket_live(s3, name), new, but=lingering)
        roll_back(target, minutes=minutes + 1)
        publisher.collect_garbage(target, "a test")
        sites.check_is(sites.bucket_live(s3, name), old, but=lingering)
        left = {ref.key for ref in publisher.garbage(target.store, _manifest(target))}
        assert left <= {LEASE}
    publish(target, new, tmp_path / "new", minutes=9, verify=True)
    sites.check_is(sites.bucket_live(s3, name), new, but=lingering)


@pytest.mark.parametrize("server", ["moto", "seaweed"])
def test_what_object_lock_holds_does_not_keep_a_site_from_being_published(
    server: str, request: pytest.FixtureRequest, built: Path
) -> None:
    endpoint = request.getfixturevalue(f"{server}_server")
    s3, name = s3_servers.client("s3", endpoint), f"b{uuid4().hex}"
    s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    s3.put_object_lock_configuration(
        Bucket=name,
        ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 1}},
        },
    )
    target = s3_target(endpoint, name, "")
    settings = PublishSettings(retention=Retention(releases=1))
    warnings = []
    for edition in range(4):
        local = sites.local_of(site_of(4 - edition, edition, 2), built)
        _, outcome = publish(target, local, built, minutes=edition, settings=settings)
        assert outcome.deleted == (edition > 0)
        sites.check_is(sites.bucket_live(s3, name), local)
        warnings.append(outcome.warnings)
    assert not warnings[0]
    assert publish(target, local, built, minutes=9, settings=settings)[0].empty
    if server == "moto":  # it wants the checksum's algorithm to be named, but holds nothing
        return
    assert "AccessDenied" in warnings[-1][0]
    with pytest.raises(StoreError, match="cannot be deleted") as told:
        publisher.collect_garbage(target, "a test")
    assert "Object Lock" in told.value.hint


def _manifest(target: Target) -> Manifest:
    found = publisher.manifest_of(target.store)
    assert found
    return found


def test_a_large_file_goes_up_in_parts(
    bucket: Bucket, built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("generator.adapters.aws.s3_store.MULTIPART_FROM", 6 << 20)
    monkeypatch.setattr("generator.adapters.aws.s3_store.PART", 5 << 20)
    video = bytes(range(256)) * (12 << 12)
    site = {**sites.old_site(), "film.0001.mp4": ("asset", video)}
    local = sites.local_of(site, built)
    bucket.proxy.start_over()
    publish(bucket.watched(), local, built)
    sites.check_is(bucket.live(), local)
    assert sum("partNumber=" in one.path for one in bucket.proxy.seen) == 3
    assert publish(bucket.target(), local, built)[0].empty


def test_a_page_is_sent_without_asking_first(bucket: Bucket, built: Path) -> None:
    bucket.proxy.start_over()
    publish(bucket.watched(8), sites.local_of(site_of(3), built), built)
    puts = [seen for seen in bucket.proxy.seen if seen.method == "PUT"]
    assert sum("posts/" in seen.path for seen in puts) == 3
    asked = [seen for seen in puts if "expect" in {name.lower() for name in seen.headers}]
    assert not asked, "each costs a round trip more"


@pytest.mark.parametrize("content", [b"", b"longer than it was when it was built" * 20])
def test_a_page_of_another_size_is_not_sent(bucket: Bucket, built: Path, content: bytes) -> None:
    local = sites.local_of(site_of(1), built)
    (built / "posts/0/index.html").write_bytes(content)
    with pytest.raises(StoreError, match="changed while it was sent"):
        publish(bucket.target(), local, built)
    assert "posts/0/index.html" not in bucket.live()


def test_verify_shows_drift_and_foreign_objects_and_repairs(bucket: Bucket, built: Path) -> None:
    target = bucket.target()
    local = sites.local_of(sites.old_site(), built)
    publish(target, local, built)
    bucket.put("about/index.html", b"defaced")
    bucket.delete("feed.xml")
    bucket.put("theirs.txt", b"theirs")
    assert publish(target, local, built, minutes=1)[0].empty
    plan, _ = publish(target, local, built, minutes=2, verify=True)
    assert {(o.path, o.reason) for o in plan.operations if o.kind == "upload"} == {
        ("about/index.html", "changed at the store by something else"),
        ("feed.xml", "missing at the store"),
    }
    assert plan.foreign == ("theirs.txt",)
    assert not plan.release
    sites.check_is(bucket.live(), local, but=["theirs.txt"])


def test_a_lost_manifest_is_made_again_without_uploading(bucket: Bucket, built: Path) -> None:
    target = bucket.target()
    local = sites.local_of(sites.old_site(), built)
    publish(target, local, built)
    bucket.delete(MANIFEST)
    _, outcome = publish(target, local, built, minutes=1)
    assert outcome.uploaded == 0
    body = bucket.s3.get_object(Bucket=bucket.name, Key=bucket.prefix + MANIFEST)["Body"].read()
    assert sites.entries_without_memory(decode_manifest(body)) == local.entries


def test_what_someone_else_put_there_is_not_overwritten(bucket: Bucket, built: Path) -> None:
    from generator.core.problems import SiteError
    from generator.publish.executor import MovedOn

    target = bucket.target()
    local = sites.local_of(sites.old_site(), built)
    bucket.put("index.html", b"theirs")
    with pytest.raises(SiteError) as refused:
        publish(target, local, built)
    assert [problem.code for problem in refused.value.problems] == ["foreign-object"]
    publish(target, local, built, force=True)
    # Nor later, between two publishes, when only the bucket knows of it.
    bucket.put("index.html", b"theirs")
    changed = sites.local_of(sites.new_site(), built)
    with pytest.raises(MovedOn, match=r"index\.html"):
        publish(target, changed, built, minutes=1)
    live = bucket.live()
    assert live["index.html"].content == b"theirs"
    publish(target, changed, built, minutes=2, verify=True)
    sites.check_is(bucket.live(), changed, but=["site.0001.css", "gone.0001.png"])


def test_a_preview_is_a_site_of_its_own(bucket: Bucket, built: Path) -> None:
    target = bucket.target()
    main = sites.local_of(sites.old_site(), built)
    publish(target, main, built)
    inner = msgspec.structs.replace(
        target, store=target.store.within(publisher.preview_prefix("try-1"))
    )
    preview = sites.local_of(sites.new_site(), built)
    publish(inner, preview, built, minutes=1)
    assert list(publisher.previews(target.store)) == ["try-1"]
    plan, _ = publish(target, main, built, minutes=2, verify=True)
    assert plan.empty
    assert not plan.foreign
    assert publisher.remove_preview(target, "try-1", "a test") == len(preview.entries)
    assert not publisher.previews(target.store)
    sites.check_is(bucket.live(), main)


REFUSALS = {
    "ExpiredToken": (400, "does not accept the credentials", "sign in"),
    "SignatureDoesNotMatch": (403, "does not accept the credentials", "sign in"),
    "RequestTimeTooSkewed": (403, "clock", "NTP"),
    "AccessDenied": (403, "denies access", "policy"),
    "NoSuchBucket": (404, "does not exist", "publish.bucket"),
    "AuthorizationHeaderMalformed": (400, "another region", "publish.region"),
}


@pytest.mark.parametrize("bucket", ["moto"], indirect=True)
@pytest.mark.parametrize("code", REFUSALS)
def test_a_refusal_is_told_with_a_way_out(bucket: Bucket, code: str) -> None:
    status, message, hint = REFUSALS[code]
    body = f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode()
    bucket.proxy.start_over(lambda number, seen: (status, {"Content-Type": "text/xml"}, body))
    with pytest.raises(StoreError, match=message) as told:
        bucket.watched().store.read(MANIFEST)
    assert hint in told.value.hint


@pytest.mark.parametrize("bucket", ["moto"], indirect=True)
def test_credentials_that_ran_out_are_told_although_a_head_says_nothing(bucket: Bucket) -> None:
    bucket.proxy.start_over(lambda number, seen: (400, {}, b""))
    with pytest.raises(StoreError, match="credentials have run out") as told:
        bucket.watched().store.changed(MANIFEST, "")
    assert "sign in" in told.value.hint
