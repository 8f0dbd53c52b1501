"""The laws of planning and executing, on random sites over a store in memory."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generator.config.publish import Grace, PublishSettings, Retention
from generator.core.problems import SiteError
from generator.publish import publisher as release
from generator.publish.manifest import (
    MANIFEST,
    Local,
    Manifest,
    kept_ref,
)
from generator.publish.plan import Plan
from generator.publish.publisher import Target
from generator.publish.throttle import Throttle
from tests.support import published as sites
from tests.support.driver import START, publish, roll_back
from tests.support.memory import Cdn, Crash, MemoryStore

QUICK = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
SHORT = PublishSettings(retention=Retention(releases=3), grace=Grace(releases=1, days=0.0005))


class Draft(msgspec.Struct, frozen=True):
    """A random site: variants of pages and assets, and which pages refer to which."""

    pages: dict[str, int]
    assets: dict[str, int]
    links: tuple[tuple[str, str], ...]
    age: int
    aliases: frozenset[str]

    def site(self) -> sites.Site:
        found: sites.Site = {}
        for name, variant in self.assets.items():
            found[f"{name}.{variant}.css"] = ("asset", f"{name} {variant}".encode())
        assets = [f"/{path}" for path in found]
        for name, variant in self.pages.items():
            links = [f"/{b}/" for a, b in self.links if a == name and b in self.pages]
            role = "entry" if name.startswith("tag") else "page"
            content = sites.page(f"{name} {variant}", *links, *assets)
            found[f"{name}/index.html"] = (role, content)  # type: ignore[assignment]
        links = [f"/{name}/" for name in self.pages]
        found["index.html"] = ("entry", sites.page("home", *links, *assets))
        found["feed.xml"] = ("entry", sites.page("feed", *links))
        for name in self.aliases & self.pages.keys():
            found[f"old-{name}/index.html"] = ("redirect", sites.page("moved", f"/{name}/"))
        return found

    def local(self, folder: Path) -> Local:
        return sites.local_of(self.site(), folder, page_max_age=self.age)


NAMES = st.sampled_from(["a", "b", "c", "tag-x", "tag-y"])
DRAFTS = st.builds(
    Draft,
    pages=st.dictionaries(NAMES, st.integers(0, 2), max_size=5),
    assets=st.dictionaries(st.sampled_from(["s", "t"]), st.integers(0, 1), max_size=2),
    links=st.lists(st.tuples(NAMES, NAMES), max_size=8).map(tuple),
    age=st.sampled_from([60, 60, 120]),
    aliases=st.frozensets(NAMES, max_size=2),
)


class World:
    """A store, a CDN before it, and folders for what was built."""

    def __init__(self, *, versioned: bool) -> None:
        self.store = MemoryStore(versioned=versioned)
        self.cdn = Cdn(self.store)
        self.target = Target(store=self.store, throttle=Throttle(1), distribution=self.cdn, base="")
        self.folder = tempfile.TemporaryDirectory()
        self.minutes = 0

    def local(self, draft: Draft) -> tuple[Local, Path]:
        root = Path(self.folder.name, str(self.minutes))
        root.mkdir(exist_ok=True)
        return draft.local(root), root

    def publish(self, draft: Draft, **options: object) -> Plan:
        self.minutes += 1
        local, root = self.local(draft)
        options.setdefault("allow_deletes", True)
        options.setdefault("settings", SHORT)
        plan, _ = publish(self.target, local, root, minutes=self.minutes, **options)  # type: ignore[arg-type]
        return plan

    def manifest(self) -> Manifest:
        found = release.manifest_of(self.store)
        assert found
        return found

    def close(self) -> None:
        self.folder.cleanup()


@QUICK
@given(st.lists(DRAFTS, min_size=1, max_size=6), st.booleans())
def test_an_applied_plan_yields_the_release_and_nothing_is_left_to_do(
    drafts: list[Draft], versioned: bool
) -> None:
    world = World(versioned=versioned)
    for draft in drafts:
        world.publish(draft)
        local, _ = world.local(draft)
        manifest = world.manifest()
        assert sites.entries_without_memory(manifest) == local.entries
        sites.check_is(world.store.live(), local, but=manifest.lingering)
        requests = world.store.requests
        assert world.publish(draft).empty
        assert world.store.requests - requests == 2
    world.close()


@QUICK
@given(st.lists(DRAFTS, min_size=2, max_size=4), st.booleans())
def test_after_every_operation_live_pages_refer_only_to_what_exists(
    drafts: list[Draft], versioned: bool
) -> None:
    world = World(versioned=versioned)
    store = world.store
    past: Local | None = None
    for draft in drafts:
        new, _ = world.local(draft)

        before = release.manifest_of(store) or Manifest()

        def whole(old: Local | None = past, new: Local = new, before: Manifest = before) -> None:
            document = store.objects.get(MANIFEST)
            committed = release.decode_manifest(document.content) if document else None
            lingering = {*before.lingering, *(committed.lingering if committed else ())}
            sites.check_whole(store.live(), committed, old, new, but=lingering)

        store.after_change = whole
        world.publish(draft)
        store.after_change = lambda: None
        past = new
    world.close()


@QUICK
@given(DRAFTS, DRAFTS, DRAFTS, st.integers(3, 24), st.booleans(), st.booleans())
def test_after_a_crash_at_any_request_the_next_publish_converges(
    first: Draft, second: Draft, third: Draft, at: int, after: bool, versioned: bool
) -> None:
    world = World(versioned=versioned)
    world.publish(first)
    world.cdn.warm()
    store = world.store
    start = store.requests

    def crash() -> None:
        if store.requests - start >= at:
            raise Crash

    if after:
        store.after_request = crash
    else:
        store.before_request = crash
    with contextlib.suppress(Crash):
        world.publish(second)
    store.before_request = store.after_request = lambda: None
    world.cdn.warm()
    store.clock += 1_000  # the dead publisher's lease runs out
    world.publish(third)
    local, _ = world.local(third)
    manifest = world.manifest()
    assert sites.entries_without_memory(manifest) == local.entries
    sites.check_is(store.live(), local, but=manifest.lingering)
    check_cache(world)
    assert world.publish(third).empty
    # And the release before, whichever was committed, can still be restored.
    if len(manifest.releases) > 1:
        earlier = release.past_release(store, manifest.releases[-2])
        roll_back(world.target, minutes=world.minutes + 1)
        sites.check_is(store.live(), earlier, but=world.manifest().lingering)
    world.close()


OTHER_SITE = sites.old_site() | {
    "posts/a/index.html": ("page", sites.page("another a", "/site.same.css")),
    "posts/z/index.html": ("page", sites.page("z", "/posts/a/")),
}


@pytest.mark.parametrize("versioned", [False, True])
@pytest.mark.parametrize("moment", ["before_request", "after_request"])
@pytest.mark.parametrize("third", [sites.old_site(), sites.new_site(), OTHER_SITE])
def test_after_a_crash_at_every_request_any_site_can_follow(
    tmp_path: Path, third: sites.Site, moment: str, versioned: bool
) -> None:
    """The site before, the same again, or another one: it is whole, and so is the CDN's view."""
    crashed, at = True, 0
    while crashed:
        at += 1
        world = World(versioned=versioned)
        publish(world.target, sites.local_of(sites.old_site(), tmp_path / "1"), tmp_path / "1")
        world.cdn.warm()
        last = world.store.requests + at

        def crash(store: MemoryStore = world.store, last: int = last) -> None:
            if store.requests >= last:
                raise Crash

        setattr(world.store, moment, crash)
        new = sites.local_of(sites.new_site(), tmp_path / "2")
        try:
            publish(world.target, new, tmp_path / "2", minutes=1)
            crashed = False
        except Crash:
            pass
        setattr(world.store, moment, lambda: None)
        world.cdn.warm()
        world.store.clock += 1_000
        local = sites.local_of(third, tmp_path / "3")
        publish(world.target, local, tmp_path / "3", minutes=2)
        sites.check_is(world.store.live(), local, but=world.manifest().lingering)
        check_cache(world)
        assert publish(world.target, local, tmp_path / "3", minutes=3)[0].empty
        for info in world.manifest().releases:
            wanted = release.past_release(world.store, info)
            roll_back(world.target, info.id, minutes=4 + info.sequence)
            sites.check_is(world.store.live(), wanted, but=world.manifest().lingering)
        world.close()
    assert at > 15


@QUICK
@given(st.lists(DRAFTS, min_size=2, max_size=7), st.booleans(), st.data())
def test_every_release_in_the_list_can_be_restored(
    drafts: list[Draft], versioned: bool, data: st.DataObject
) -> None:
    world = World(versioned=versioned)
    for draft in drafts:
        world.publish(draft)
        manifest = world.manifest()
        assert len(manifest.releases) <= 3
        for sha, kept in manifest.kept.items():
            ref = kept_ref(sha, kept)
            store = world.store
            held = store.past[ref] if ref.version else store.objects[ref.key]
            assert held.sha256 == sha
    release.collect_garbage(world.target, "a test")
    manifest = world.manifest()
    info = data.draw(st.sampled_from(manifest.releases))
    wanted = release.past_release(world.store, info)
    requests = world.store.requests
    plan, outcome = roll_back(world.target, info.id, minutes=world.minutes + 1)
    assert outcome.uploaded == 0
    assert world.store.requests >= requests
    sites.check_is(world.store.live(), wanted, but=world.manifest().lingering)
    changed = {o.path for o in plan.operations if o.kind in ("copy", "delete")}
    for path in changed & wanted.entries.keys() & manifest.entries.keys():
        assert not wanted.entries[path].same(manifest.entries[path])
    world.close()


@QUICK
@given(st.lists(DRAFTS, min_size=2, max_size=4), st.lists(st.booleans(), min_size=4, max_size=4))
def test_no_reader_sees_an_old_page_once_the_cdn_forgot(
    drafts: list[Draft], busy: list[bool]
) -> None:
    world = World(versioned=True)
    for draft, now_busy in zip(drafts, busy, strict=False):
        world.cdn.busy = now_busy
        world.publish(draft)
        world.cdn.warm()
    world.cdn.busy = False
    world.publish(drafts[-1] if len(drafts) <= 4 else drafts[3])  # what was refused is asked again
    check_cache(world)
    for paths in world.cdn.accepted.values():
        assert not [path for path in paths if path.endswith(".css")]
    assert not world.manifest().pending
    assert sum(map(len, world.cdn.accepted.values())) == sum(world.manifest().invalidated.values())
    world.close()


def test_what_the_cdn_was_not_told_waits_while_there_is_none(tmp_path: Path) -> None:
    world = World(versioned=False)
    publish(world.target, sites.local_of(sites.old_site(), tmp_path), tmp_path)
    world.cdn.warm()
    world.cdn.busy = True
    new = sites.local_of(sites.new_site(), tmp_path)
    publish(world.target, new, tmp_path, minutes=1)
    alone = msgspec.structs.replace(world.target, distribution=None)
    assert publish(alone, new, tmp_path, minutes=2)[0].empty
    world.cdn.busy = False
    publish(world.target, new, tmp_path, minutes=3)
    check_cache(world)
    assert publish(world.target, new, tmp_path, minutes=4)[0].empty


def check_cache(world: World) -> None:
    live = world.store.live()
    for url, content in world.cdn.cache.items():
        key = f"{url[1:]}index.html" if url.endswith("/") else url[1:]
        if key in live or not key.endswith(".css"):
            assert key in live, f"{url} is cached but gone"
            assert live[key].content == content, f"{url} is cached as it was before"


def test_assets_outlive_their_release_by_count_and_by_age(tmp_path: Path) -> None:
    world = World(versioned=False)
    base = Draft({"a": 0}, {"s": 0}, (), 60, frozenset())
    rules = PublishSettings(retention=Retention(releases=1), grace=Grace(releases=2, days=1))

    def step(variant: int, minutes: int) -> None:
        world.minutes = minutes
        world.publish(
            msgspec.structs.replace(base, pages={"a": variant}, assets={"s": 1}), settings=rules
        )

    world.publish(base, settings=rules)
    step(1, 10)
    step(2, 20)
    step(3, 30)
    assert "s.0.css" in world.store.live()  # three releases ago, but not a day
    step(4, 31 + 24 * 60)
    assert "s.0.css" not in world.store.live()
    world = World(versioned=False)
    world.publish(base, settings=rules)
    step(1, 10)
    step(2, 10_000)
    assert "s.0.css" in world.store.live()  # a week old, but only two releases ago
    step(3, 20_000)
    assert "s.0.css" not in world.store.live()


def test_an_empty_site_is_refused(tmp_path: Path) -> None:
    world = World(versioned=False)
    for site, message in (({}, "is empty"), ({"a.html": ("page", b"x")}, "no landing page")):
        local = sites.local_of(site, tmp_path)  # type: ignore[arg-type]
        with pytest.raises(SiteError, match="empty-site") as refused:
            publish(world.target, local, tmp_path, force=True, allow_deletes=True)
        assert message in refused.value.problems[0].message
    assert not world.store.live()


@pytest.mark.parametrize(
    ("gone", "refused"), [(10, False), (11, True), (11, "allowed"), (30, True)]
)
def test_many_deletes_need_to_be_allowed(tmp_path: Path, gone: int, refused: bool | str) -> None:
    store = MemoryStore()
    target = Target(store=store, throttle=Throttle(1))
    pages: sites.Site = {f"{n}/index.html": ("page", b"x") for n in range(39)}
    home: sites.Site = {"index.html": ("entry", b"home")}
    publish(target, sites.local_of(pages | home, tmp_path), tmp_path)
    fewer = dict(list(pages.items())[gone:]) | home
    local = sites.local_of(fewer, tmp_path)
    if refused is True:
        with pytest.raises(SiteError, match="many-deletes"):
            publish(target, local, tmp_path, minutes=1)
        assert len(store.live()) == 40
    else:
        publish(target, local, tmp_path, minutes=1, allow_deletes=refused == "allowed")
        assert len(store.live()) == 40 - gone


def test_few_deletes_of_a_small_site_are_no_danger(tmp_path: Path) -> None:
    """More than the share alone is not enough: both limits must be passed."""
    target = Target(store=MemoryStore(), throttle=Throttle(1))
    site = sites.old_site()
    publish(target, sites.local_of(site, tmp_path), tmp_path)
    home = {"index.html": ("entry", b"home")}
    publish(target, sites.local_of(home, tmp_path), tmp_path, minutes=1)  # type: ignore[arg-type]


def test_an_older_commit_needs_force(tmp_path: Path) -> None:
    target = Target(store=MemoryStore(), throttle=Throttle(1))
    first = sites.local_of(sites.old_site(), tmp_path, commit="new", committed=20)
    publish(target, first, tmp_path)
    second = sites.local_of(sites.new_site(), tmp_path, commit="old", committed=10)
    policy = release.policy_of(PublishSettings(), target, second)

    def go(**changes: object) -> None:
        release.publish(
            target,
            second,
            tmp_path.joinpath,
            msgspec.structs.replace(policy, **changes),
            START,
            holder="a test",
            history=lambda commit, at: release.History(older=(commit, at) == ("new", 20)),
        )

    with pytest.raises(SiteError, match="older-commit"):
        go()
    go(force=True)


def test_a_plan_survives_json_and_says_the_same_work(tmp_path: Path) -> None:
    target = Target(store=MemoryStore(), throttle=Throttle(1))
    local = sites.local_of(sites.old_site(), tmp_path)
    policy = release.policy_of(PublishSettings(), target, local)
    made = release.make_plan(target, local, policy, START)
    again = msgspec.json.decode(msgspec.json.encode(made), type=Plan)
    assert again == made
    assert made.same_work(release.make_plan(target, local, policy, START.replace(year=2027)))
    publish(target, local, tmp_path, agreed=again)
    other = sites.local_of(sites.new_site(), tmp_path)
    agreed = release.make_plan(target, other, policy, START)
    publish(
        target,
        sites.local_of(sites.old_site() | {"x.txt": ("entry", b"x")}, tmp_path),
        tmp_path,
        minutes=1,
    )
    with pytest.raises(release.MovedOn, match="something was published"):
        publish(target, sites.local_of(sites.new_site(), tmp_path), tmp_path, agreed=agreed)
    agreed = release.make_plan(target, other, policy, START)
    built_anew = sites.local_of(sites.new_site() | {"y.txt": ("entry", b"y")}, tmp_path)
    with pytest.raises(release.MovedOn, match="built again"):
        publish(target, built_anew, tmp_path, agreed=agreed)


def test_paths_that_no_store_should_hold_are_refused() -> None:
    from generator.core.artifacts import OutputFile
    from generator.publish.manifest import local_release

    for path in ("../x", "/x", "a//b", "a/./b", "a\\b", ".tidepost/x", "_preview/x", "x" * 1_000):
        with pytest.raises(ValueError, match=r"path|belongs|long"):
            local_release(
                [OutputFile(path=path, sha256="0" * 64, size=1, role="page")],
                {},
                page_max_age=60,
                cdn=False,
            )
