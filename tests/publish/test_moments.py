"""What stands at the store at any moment, and what the next run makes of what a dead one left."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from generator.config.publish import PublishSettings, Retention
from generator.publish import edge_rules as edge
from generator.publish import publisher as release
from generator.publish.manifest import CONTENT, JOURNAL, MANIFEST, STATE, Local, Ref
from generator.publish.publisher import Target
from generator.publish.store import StoreError
from generator.publish.throttle import Throttle
from tests.support import published as sites
from tests.support.driver import publish, roll_back
from tests.support.memory import Cdn, Crash, MemoryStore


def watch(target: Target, old: sites.Site, new: sites.Site, folder: Path) -> list[str]:
    """Publish one site after the other; tell what a reader would meet at any moment between."""
    store, cdn = target.store, target.distribution
    assert isinstance(store, MemoryStore)
    assert isinstance(cdn, Cdn)
    redirects = [
        {
            f"/{path.removesuffix('index.html')}": f"/{sites.references(content)[0][:-10]}"
            for path, (role, content) in site.items()
            if role == "redirect"
        }
        for site in (old, new)
    ]
    first = sites.local_of(old, folder / "old", redirects=redirects[0])
    publish(target, first, folder / "old")
    found: list[str] = []

    def look() -> None:
        contents = {path: one.content for path, one in store.live().items()}
        found.extend(sites.broken_references(contents, first.entries))
        at_edge = json.loads(cdn.code) if cdn.code else {}
        for path in contents:
            seen: list[str] = []
            while path not in seen:
                seen.append(path)
                address = f"/{path.removesuffix('index.html')}"
                if address in at_edge:
                    path = f"{at_edge[address][1:]}index.html"
                elif b"<title>was" in contents[path]:
                    path = sites.references(contents[path])[0]
                else:
                    break
            else:
                found.append(" -> ".join([*seen, path]))

    store.after_change = look
    second = sites.local_of(new, folder / "new", redirects=redirects[1])
    publish(target, second, folder / "new", minutes=1)
    look()
    store.after_change = lambda: None
    sites.check_is(store.live(), second)
    return found


def target_with_edge(*, edge: bool = True) -> Target:
    store = MemoryStore()
    return Target(
        store=store,
        throttle=Throttle(1),
        distribution=Cdn(store),
        edge_code=(lambda redirects, _paths: json.dumps(redirects)) if edge else None,
    )


def test_what_a_changed_page_begins_to_link_to_is_there_before_it(tmp_path: Path) -> None:
    """A file as it stands, a feed, an alias: none is a page, and pages may name all of them."""
    home: sites.Site = {"index.html": ("entry", sites.page("home", "/about/"))}
    old = home | {"about/index.html": ("page", sites.page("about"))}
    new = home | {
        "about/index.html": ("page", sites.page("about", "/cv.pdf", "/news.xml", "/us/")),
        "cv.pdf": ("entry", b"cv"),
        "news.xml": ("entry", sites.page("feed", "/about/")),
        "us/index.html": ("redirect", sites.page("was", "/about/")),
    }
    assert watch(target_with_edge(), old, new, tmp_path) == []  # type: ignore[arg-type]


@pytest.mark.parametrize("edge", [False, True])
@pytest.mark.parametrize("names", ["ab", "ba"])
def test_a_page_and_its_redirect_change_places_without_leading_in_circles(
    tmp_path: Path, names: str, edge: bool
) -> None:
    home: sites.Site = {"index.html": ("entry", sites.page("home", "/a/", "/b/"))}
    old, new = (
        home
        | {
            f"{page}/index.html": ("page", sites.page("page")),
            f"{alias}/index.html": ("redirect", sites.page("was", f"/{page}/")),
        }
        for page, alias in (names, names[::-1])
    )
    assert watch(target_with_edge(edge=edge), old, new, tmp_path) == []  # type: ignore[arg-type]


def page_site(**pages: str) -> sites.Site:
    site: sites.Site = {
        f"{name}/index.html": ("page", sites.page(text)) for name, text in pages.items()
    }
    return site | {"index.html": ("entry", b"home")}


class Days:
    """A store that is published to day by day; a publish may die at a request."""

    def __init__(self, folder: Path, *, versioned: bool, retention: int = 3) -> None:
        self.store = MemoryStore(versioned=versioned)
        self.target = Target(store=self.store, throttle=Throttle(1))
        self.folder, self.minutes = folder, 0
        self.settings = PublishSettings(retention=Retention(releases=retention))

    def publish(self, site: sites.Site, **options: Any) -> Local:
        self.minutes += 1
        root = self.folder / str(self.minutes)
        local = sites.local_of(site, root, **options)
        publish(self.target, local, root, minutes=self.minutes, settings=self.settings)
        return local

    def go_back(self, wanted: str) -> None:
        self.minutes += 1
        roll_back(self.target, wanted, minutes=self.minutes)

    def dies(self, at: str, work: Callable[[], object]) -> None:
        """Carry out `work` until it has written an object whose key begins with `at`."""
        seen = self.store.written.get(at)

        def crash() -> None:
            if at in self.store.written and self.store.written[at] != seen:
                raise Crash

        self.store.clock += 1
        self.store.after_request = crash
        with pytest.raises(Crash):
            work()
        self.store.after_request = lambda: None
        self.store.clock += 1_000  # the dead publisher's lease runs out

    def check(self, wanted: Local) -> None:
        sites.check_is(self.store.live(), wanted)


@pytest.mark.parametrize("versioned", [False, True])
def test_going_back_where_another_object_had_the_same_bytes_for_a_while(
    tmp_path: Path, versioned: bool
) -> None:
    """The bytes come from where they stay, not from where they are about to be overwritten."""
    days = Days(tmp_path, versioned=versioned)
    first = days.publish(page_site(a="x", b="y", c="x"))
    days.publish(page_site(a="x", b="x", c="z"))
    days.go_back("1")
    days.check(first)


@pytest.mark.parametrize("versioned", [False, True])
@pytest.mark.parametrize("wanted", ["1", "2"])
def test_going_back_after_a_publish_died(tmp_path: Path, versioned: bool, wanted: str) -> None:
    """What it wrote over was live, and no release before needed it to be kept by then."""
    days = Days(tmp_path, versioned=versioned)
    releases = [
        days.publish(page_site(a="the same", b=text), page_max_age=age)
        for text, age in (("one", 60), ("two", 120))
    ]
    new = page_site(a="new", b="new")
    days.dies("b/index.html", lambda: days.publish(new))
    days.go_back(wanted)
    days.check(releases[int(wanted) - 1])


@pytest.mark.parametrize("versioned", [False, True])
def test_what_a_publish_that_died_would_have_dropped_stays_in_the_list(
    tmp_path: Path, versioned: bool
) -> None:
    days = Days(tmp_path, versioned=versioned)
    releases = [days.publish(page_site(a=text)) for text in ("one", "two", "three")]
    days.dies("a/index.html", lambda: days.publish(page_site(a="four")))
    days.publish(page_site(a="three"))  # the owner thought better of it
    for number, local in enumerate(releases, 1):
        days.go_back(str(number))
        days.check(local)


@pytest.mark.parametrize("versioned", [False, True])
def test_content_that_two_releases_need_outlives_the_first_of_them(
    tmp_path: Path, versioned: bool
) -> None:
    """A rollback dies when it wrote over the only object; the next publish drops release 1."""
    days = Days(tmp_path, versioned=versioned)
    days.publish(page_site(a="one"))
    days.publish(page_site(a="two"))
    third = days.publish(page_site(a="one"))
    days.dies("a/index.html", lambda: days.go_back("2"))
    days.publish(page_site(a="four"))
    days.go_back("3")
    days.check(third)


def test_what_two_publishes_that_died_wrote_over_can_all_be_restored(tmp_path: Path) -> None:
    days = Days(tmp_path, versioned=False)
    first = days.publish(page_site(a="a1", b="b1"))
    days.dies("a/index.html", lambda: days.publish(page_site(a="a2", b="b1")))
    days.dies("b/index.html", lambda: days.publish(page_site(a="a2", b="b2")))
    days.publish(page_site(a="a2", b="b2"))
    days.go_back("1")
    days.check(first)


def test_what_a_publish_that_died_was_about_to_discard_is_discarded(tmp_path: Path) -> None:
    days = Days(tmp_path, versioned=False, retention=1)
    days.publish(page_site(a="one"))
    days.dies(MANIFEST, lambda: days.publish(page_site(a="two")))
    days.publish(page_site(a="two"))
    manifest = release.manifest_of(days.store)
    assert manifest
    assert release.garbage(days.store, manifest) == []


def test_nothing_is_kept_for_a_release_that_cannot_be_gone_back_to(tmp_path: Path) -> None:
    days = Days(tmp_path, versioned=False, retention=1)
    days.publish(page_site(a="one"))
    days.publish(page_site(a="two"))
    assert not [key for key in days.store.objects if key.startswith(CONTENT)]


def test_a_version_that_had_other_headers_alone_goes_at_once(tmp_path: Path) -> None:
    days = Days(tmp_path, versioned=True)
    days.publish(page_site(a="one"), page_max_age=60)
    days.publish(page_site(a="one"), page_max_age=120)
    versions = [ref.key for ref in days.store.past if not ref.key.startswith(STATE)]
    assert sorted(versions) == ["a/index.html", "index.html"]


def test_a_journal_that_is_all_that_is_left_goes(tmp_path: Path) -> None:
    days = Days(tmp_path, versioned=False)
    days.publish(page_site(a="one"))
    genuine = days.store.delete

    def dies(refs: Sequence[Ref]) -> None:
        if Ref(JOURNAL) in refs:
            raise Crash
        genuine(refs)

    days.store.delete = dies  # type: ignore[method-assign]
    with pytest.raises(Crash):
        days.publish(page_site(a="two"))
    days.store.delete = genuine  # type: ignore[method-assign]
    days.store.clock += 1_000
    days.publish(page_site(a="two"))
    assert JOURNAL not in days.store.objects


def test_a_phase_is_safe_on_disk_before_the_next_begins(tmp_path: Path) -> None:
    days = Days(tmp_path, versioned=False)
    days.publish(sites.old_site())
    order: list[str] = []
    seen = dict(days.store.written)

    def note() -> None:
        order.extend(key for key, at in days.store.written.items() if seen.get(key) != at)
        seen.update(days.store.written)

    days.store.clock += 1
    days.store.after_change = note
    days.store.settle = lambda: order.append("settled")  # type: ignore[method-assign]
    days.publish(sites.new_site())
    steps = ["site.0002.css", "posts/c/index.html", "posts/a/index.html", "index.html", MANIFEST]
    for before, after in itertools.pairwise(steps):
        assert "settled" in order[order.index(before) : order.index(after)], order


def test_the_edge_is_given_back_its_redirects_after_a_publish_that_died(tmp_path: Path) -> None:
    target = target_with_edge()
    store, cdn = target.store, target.distribution
    assert isinstance(store, MemoryStore)
    assert isinstance(cdn, Cdn)
    old = sites.local_of(sites.old_site(), tmp_path, redirects={"/was/": "/posts/b/"})
    publish(target, old, tmp_path)
    before = cdn.code

    def crash() -> None:
        if cdn.code != before:
            raise Crash

    store.before_request = crash
    new = sites.local_of(sites.new_site(), tmp_path, redirects={"/was/": "/posts/a/"})
    with pytest.raises(Crash):
        publish(target, new, tmp_path, minutes=1)
    store.before_request = lambda: None
    store.clock += 1_000
    old = sites.local_of(sites.old_site(), tmp_path, redirects={"/was/": "/posts/b/"})
    publish(target, old, tmp_path, minutes=2)
    assert cdn.code == before


@pytest.mark.parametrize(("age", "named"), [(60, False), (5, True)])
def test_a_new_page_is_named_where_its_absence_is_kept_for_longer_than_pages(
    tmp_path: Path, age: int, named: bool
) -> None:
    target, settings = target_with_edge(), PublishSettings(page_max_age=age)
    cdn = target.distribution
    assert isinstance(cdn, Cdn)
    for site in (page_site(a="a"), page_site(a="a", b="b")):
        local = sites.local_of(site, tmp_path, page_max_age=age)
        publish(target, local, tmp_path, settings=settings)
    assert any("/b/" in paths for paths in cdn.accepted.values()) == named


def test_one_publish_takes_a_quarter_of_the_months_paths_at_most(tmp_path: Path) -> None:
    target = target_with_edge()
    cdn = target.distribution
    assert isinstance(cdn, Cdn)
    for text in ("one", "two"):
        local = sites.local_of(page_site(**{f"p{n}": text for n in range(130)}), tmp_path)
        publish(target, local, tmp_path)
    [paths] = cdn.accepted.values()
    assert len(paths) <= 250


def test_a_damaged_journal_makes_the_next_run_look_at_everything(tmp_path: Path) -> None:
    days = Days(tmp_path, versioned=False)
    days.publish(page_site(a="one"))
    days.dies("a/index.html", lambda: days.publish(page_site(a="two")))
    for damage in (b"{", b'{"token": "\xff"}'):
        days.store.objects[JOURNAL].content = damage
        days.check(days.publish(page_site(a="one")))
        days.dies("a/index.html", lambda: days.publish(page_site(a="two")))


def test_nothing_is_cleaned_up_while_a_publish_is_not_complete(tmp_path: Path) -> None:
    """What it copied aside is in no manifest yet."""
    days = Days(tmp_path, versioned=False)
    first = days.publish(page_site(a="one"))
    days.dies("a/index.html", lambda: days.publish(page_site(a="two")))
    with pytest.raises(StoreError, match="not complete"):
        release.collect_garbage(days.target, "a test")
    days.publish(page_site(a="two"))
    release.collect_garbage(days.target, "a test")
    days.go_back("1")
    days.check(first)


def test_the_edge_knows_a_file_without_an_ending_before_a_page_links_to_it(tmp_path: Path) -> None:
    """Until then it would send `/LICENSE` on to `/LICENSE/`, where nothing is."""
    store = MemoryStore()
    cdn = Cdn(store)

    def code(redirects: Mapping[str, str], paths: Collection[str]) -> str:
        return json.dumps([dict(redirects), edge.file_table(paths)])

    target = Target(store=store, throttle=Throttle(1), distribution=cdn, edge_code=code)
    home: sites.Site = {"index.html": ("entry", sites.page("home", "/about/"))}
    old = home | {"about/index.html": ("page", sites.page("about"))}
    new = home | {
        "about/index.html": ("page", sites.page("about", "/LICENSE", "/us/")),
        "LICENSE": ("entry", b"free"),
        "us/index.html": ("redirect", sites.page("was", "/about/")),
    }
    publish(target, sites.local_of(old, tmp_path / "old"), tmp_path / "old")
    seen = []

    def look() -> None:
        about = store.live()["about/index.html"].content
        redirects, files = json.loads(cdn.code)
        seen.append((b"/LICENSE" in about, files.get("/LICENSE", False), "/us/" in redirects))

    store.after_change = look
    second = sites.local_of(new, tmp_path / "new", redirects={"/us/": "/about/"})
    publish(target, second, tmp_path / "new", minutes=1)
    assert (True, False, False) not in seen
    assert seen[-1] == (True, True, True)
    assert (True, True, False) in seen  # the redirects come when their pages are there
    plan, _ = publish(target, second, tmp_path / "new", minutes=2)
    assert plan.empty


def test_the_edge_knows_a_file_that_leaves_while_pages_link_to_it(tmp_path: Path) -> None:
    """Where the table is changed before the pages are, it must be right about both releases."""
    store = MemoryStore()
    cdn = Cdn(store)

    def code(redirects: Mapping[str, str], paths: Collection[str]) -> str:
        return json.dumps(edge.file_table(paths))

    target = Target(store=store, throttle=Throttle(1), distribution=cdn, edge_code=code)
    home: sites.Site = {
        "index.html": ("entry", sites.page("home", "/about/")),
        "docs/one/index.html": ("page", sites.page("one")),
        "docs/two.js/index.html": ("page", sites.page("two")),
    }
    old = home | {
        "about/index.html": ("page", sites.page("about")),
        "more/index.html": ("page", sites.page("more", "/NOTICE", "/docs/data.json", "/CHANGES")),
        "NOTICE": ("entry", b"old"),
        "CHANGES": ("entry", b"old"),
        "docs/data.json": ("entry", b"{}"),
    }
    new = home | {
        "about/index.html": ("page", sites.page("about", "/LICENSE")),
        "more/index.html": ("page", sites.page("more", "/LICENSE", "/CHANGES/")),
        "LICENSE": ("entry", b"free"),
        "CHANGES/index.html": ("page", sites.page("changes")),
    }
    publish(target, sites.local_of(old, tmp_path / "old"), tmp_path / "old")
    wrong, tables = set(), set()

    def look() -> None:
        tables.add(cdn.code)
        for path in ("about/index.html", "more/index.html"):
            text = store.live()[path].content.decode()
            for link in re.findall(r'"(/[^"]*[^/"])"', text):
                if not edge.is_file(link, json.loads(cdn.code)):
                    wrong.add(link)

    store.after_change = look
    publish(target, sites.local_of(new, tmp_path / "new"), tmp_path / "new", minutes=1)
    assert wrong == set()
    assert len(tables) == 3
    assert json.loads(cdn.code) == edge.file_table(new)


def test_a_table_of_both_releases_that_does_not_fit_keeps_none_from_being_published(
    tmp_path: Path,
) -> None:
    store = MemoryStore()
    cdn = Cdn(store)

    def code(redirects: Mapping[str, str], paths: Collection[str]) -> str:
        if {"LICENSE", "NOTICE"} <= set(paths):
            raise StoreError("no room")
        return json.dumps(edge.file_table(paths))

    target = Target(store=store, throttle=Throttle(1), distribution=cdn, edge_code=code)
    for minutes, name in enumerate(("NOTICE", "LICENSE")):
        site: sites.Site = {
            "index.html": ("entry", sites.page("home", f"/{name}")),
            "about/index.html": ("page", sites.page("about")),
            name: ("entry", b"free"),
        }
        local = sites.local_of(site, tmp_path / name)
        publish(target, local, tmp_path / name, minutes=minutes)
    assert json.loads(cdn.code) == edge.file_table(site)
