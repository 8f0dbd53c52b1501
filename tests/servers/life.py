"""The whole life of a site in one bucket. Each step raises AssertionError when it goes wrong."""

from __future__ import annotations

import random
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

import msgspec

from generator.adapters.aws import s3_store
from generator.app.diagnosis import try_store
from generator.core.problems import SiteError
from generator.publish import publisher
from generator.publish.executor import MovedOn
from generator.publish.lease import Busy, Lease
from generator.publish.manifest import LEASE, STATE
from generator.publish.publisher import Target
from generator.publish.store import StoreError
from tests.support import driver
from tests.support import published as sites
from tests.support.bucket import Bucket
from tests.support.driver import forks, publish, roll_back

KEYS = 1_300
"""More than one listing and one request of deletes take."""

PART = 5 << 20
ROUNDS = 6

Step = Callable[[], None]


def refused(bucket: Bucket, folder: Path) -> None:
    """The first publish is refused with a way out, and doctor says so, too.

    Nothing is left there but the lease, where the server (LocalBucket) cannot delete it: it ends.
    """
    local = sites.local_of(sites.old_site(), folder)
    error = stopped(lambda: publish(bucket.target(), local, folder))
    assert isinstance(error, StoreError), f"it was published to: {error}"
    assert "condition" in error.message, error.message
    assert "publish to a" in error.hint, error.hint
    left = [item.key for item in bucket.target().store.listing()]
    assert set(left) <= {LEASE}, f"left behind: {left}"
    wrong = [one.what for one in try_store(bucket.target().store, folder) if one.state == "wrong"]
    assert any("conditional writes" in what for what in wrong), wrong


def stopped(act: Callable[[], object]) -> Exception | None:
    """What stopped an act, or None where it came to its end."""
    try:
        act()
    except (StoreError, SiteError) as error:
        return error
    return None


class Life:
    """One site in one bucket; `steps` are to be gone through in their order."""

    def __init__(self, bucket: Bucket, folder: Path) -> None:
        self.bucket, self.folder = bucket, folder
        self.minutes = 0.0
        self.site: sites.Site = {
            f"posts/{n}/index.html": ("page", sites.page(f"{n}", "/", "/site.0001.css"))
            for n in range(KEYS)
        }
        links = [f"/posts/{n}/" for n in range(KEYS)]
        self.site["index.html"] = ("entry", sites.page("home", *links))
        self.site["site.0001.css"] = ("asset", b"css")
        self.film: sites.Site = {"film.mp4": ("entry", b"0123456789abcdef" * (11 << 16))}
        self.site |= self.film
        self.small = sites.old_site()

    def steps(self) -> Iterator[tuple[str, Step]]:
        """Name each step."""
        yield f"publish {KEYS:,} pages and a file in parts", self.first
        yield "nothing changed", self.nothing
        yield "edit, headers, and more than 1,000 deletes", self.edit
        yield "rollback and forward again", self.back
        yield "preview", self.preview
        yield "gc, and a rollback after it", self.collect
        yield "what others wrote is not overwritten", self.foreign
        yield "a lease keeps others out", self.busy
        yield f"two at the same moment, {ROUNDS} times", self.race
        yield "killed at every request, with a crawl after each", self.killed
        yield "doctor", self.doctor

    def local(self, site: sites.Site) -> tuple[publisher.Local, Path]:
        """Lay a site into a folder of its own."""
        root = Path(tempfile.mkdtemp(dir=self.folder))
        return sites.local_of(site, root), root

    def go(self, local: publisher.Local, root: Path, target: Target | None = None) -> None:
        """Publish, a minute after the last time."""
        self.minutes += 1
        publish(
            target or self.bucket.target(16), local, root, minutes=self.minutes, allow_deletes=True
        )

    def first(self) -> None:
        local, root = self.local(self.site)
        self.go(local, root)
        sites.check_is(self.bucket.live(), local)

    def nothing(self) -> None:
        local, root = self.local(self.site)
        self.bucket.proxy.start_over()
        plan, _ = publish(self.bucket.watched(), local, root, minutes=self.minutes)
        assert plan.empty
        assert len(self.bucket.proxy.seen) == 2, self.bucket.proxy.seen

    def edit(self) -> None:
        kept: sites.Site = {
            path: one for path, one in self.site.items() if not path.startswith("posts/")
        }
        kept |= {
            path: ("page", body + b"<p>edited") if number < 20 else (role, body)
            for number, (path, (role, body)) in enumerate(self.site.items())
            if path.startswith("posts/") and number < 200
        }
        kept["index.html"] = ("entry", sites.page("home", "/posts/1/", "/new/"))
        kept["new/index.html"] = ("page", sites.page("new", "/"))
        kept["film.mp4"] = ("entry", self.film["film.mp4"][1] + b"more")
        local, root = self.local(kept)
        local = sites.with_headers(local, "posts/100/index.html", cache_control="no-cache")
        self.go(local, root)
        sites.check_is(self.bucket.live(), local)
        self.edited = local

    def back(self) -> None:
        first, _ = self.local(self.site)
        for wanted, local in (("1", first), ("2", self.edited)):
            self.minutes += 1
            roll_back(self.bucket.target(16), wanted, minutes=self.minutes)
            sites.check_is(self.bucket.live(), local)

    def preview(self) -> None:
        before = self.bucket.live()
        target = self.bucket.target(8)
        inner = msgspec.structs.replace(
            target, store=target.store.within(publisher.preview_prefix("try"))
        )
        local, root = self.local(self.small)
        self.go(local, root, inner)
        live = self.bucket.live()
        assert {path for path in live if path.startswith("_preview/try/")} >= {
            f"_preview/try/{path}" for path in self.small
        }
        assert list(publisher.previews(target.store)) == ["try"]
        assert publisher.remove_preview(target, "try", "a test") == len(self.small)
        assert self.bucket.live() == before

    def collect(self) -> None:
        publisher.collect_garbage(self.bucket.target(), "a test")
        manifest = publisher.manifest_of(self.bucket.target().store)
        assert manifest
        left = publisher.garbage(self.bucket.target().store, manifest)
        assert all(ref.key.startswith(f"{STATE}lease") for ref in left), left
        first, _ = self.local(self.site)
        self.minutes += 1
        roll_back(self.bucket.target(16), "1", minutes=self.minutes)
        sites.check_is(self.bucket.live(), first)

    def foreign(self) -> None:
        """A page, a copy of headers, a file in parts, and what a rollback would restore."""
        self.start_over()
        base: sites.Site = {**self.small, **self.film}
        old, old_root = self.local(base)
        self.go(old, old_root)
        new, new_root = self.local(
            {**sites.new_site(), "film.mp4": ("entry", b"x" + self.film["film.mp4"][1])}
        )
        headers = sites.with_headers(old, "feed.xml", cache_control="no-cache")
        for path, local, root in (
            ("posts/a/index.html", new, new_root),
            ("film.mp4", new, new_root),
            ("feed.xml", headers, old_root),
        ):
            self.bucket.put(path, b"theirs")
            self.refuses(lambda local=local, root=root: self.go(local, root))  # type: ignore[misc]
            assert self.bucket.live()[path].content == b"theirs"
            self.minutes += 1
            publish(self.bucket.target(4), old, old_root, minutes=self.minutes, verify=True)
            sites.check_is(self.bucket.live(), old, but=["site.0002.css", "new.0002.png"])
        self.go(new, new_root)
        self.bucket.put("posts/a/index.html", b"theirs")
        self.refuses(lambda: roll_back(self.bucket.target(), minutes=self.minutes + 1))
        assert self.bucket.live()["posts/a/index.html"].content == b"theirs"

    def refuses(self, act: Callable[[], object]) -> None:
        error = stopped(act)
        assert isinstance(error, MovedOn | SiteError), f"what others wrote was replaced: {error}"

    def busy(self) -> None:
        self.start_over()
        local, root = self.local(self.small)
        other = Lease(self.bucket.target().store, "the other one")
        other.take()
        error = stopped(lambda: self.go(local, root))
        assert isinstance(error, Busy), f"a lease kept nobody out: {error}"
        assert "the other one" in error.message
        assert not self.bucket.live()
        other.keep()
        other.confirm()
        assert other.give_back()
        self.go(local, root)
        sites.check_is(self.bucket.live(), local)

    def race(self) -> None:
        chance = random.Random(7)
        for _ in range(ROUNDS):
            self.start_over()
            old, old_root = self.local(self.small)
            self.go(old, old_root)
            both = [self.local(sites.new_site()) for _ in range(2)]
            both[1] = self.local({**self.small, "feed.xml": ("entry", b"theirs")})
            results = ["", ""]

            def run(
                who: int,
                delay: float,
                both: list[tuple[publisher.Local, Path]] = both,
                results: list[str] = results,
            ) -> None:
                time.sleep(delay)
                local, root = both[who]
                try:
                    publish(self.bucket.target(4), local, root, minutes=self.minutes + 1 + who)
                    results[who] = "won"
                except (Busy, MovedOn) as error:
                    results[who] = type(error).__name__

            threads = [
                threading.Thread(target=run, args=(who, chance.random() * 0.03)) for who in (0, 1)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert "won" in results, results
            manifest = publisher.manifest_of(self.bucket.target().store)
            assert manifest
            entries = sites.entries_without_memory(manifest)
            [winner] = [local for local, _ in both if local.entries == entries]
            sites.check_is(self.bucket.live(), winner, but=manifest.lingering)

    def killed(self) -> None:
        """The child dies right after the server has answered its n-th request."""
        old, old_root = self.local(self.small)
        new, new_root = self.local(sites.new_site())
        new = sites.with_headers(new, "about/index.html", cache_control="max-age=5")
        lingers = ["site.0001.css", "gone.0001.png"]
        self.start_over()
        publish(self.bucket.watched(), old, old_root)
        self.bucket.proxy.start_over()
        publish(self.bucket.watched(), new, new_root, minutes=1)
        total = len(self.bucket.proxy.seen)
        assert total > 15
        for number in range(1, total + 1):
            self.start_over()
            publish(self.bucket.watched(), old, old_root)
            self.bucket.proxy.start_over()
            here, there = forks.Pipe()
            where = (self.bucket.proxy.endpoint, self.bucket.name, self.bucket.prefix)
            child = forks.Process(
                target=driver.child_s3, args=(here, *where, new, str(new_root), 1)
            )
            child.start()
            assert child.pid
            self.bucket.proxy.victim = child.pid
            self.bucket.proxy.rule = lambda now, _seen, at=number: (  # type: ignore[misc]
                "kill-after" if now == at else "pass"
            )
            there.send("go")
            child.join(60)
            assert child.exitcode == -9, f"not killed at request {number}: {child.exitcode}"
            self.bucket.proxy.start_over()
            committed = publisher.manifest_of(self.bucket.target().store)
            sites.check_whole(self.bucket.live(), committed, old, new)
            self.bucket.delete(f"{STATE}lease.json")  # what waiting comes to
            publish(self.bucket.watched(4), new, new_root, minutes=2)
            sites.check_is(self.bucket.live(), new, but=lingers)
            assert publish(self.bucket.watched(), new, new_root, minutes=3)[0].empty

    def doctor(self) -> None:
        found = list(try_store(self.bucket.target().store, self.folder))
        wrong = [one for one in found if one.state == "wrong"]
        assert not wrong, wrong

    def start_over(self) -> None:
        """Go to another place in the bucket."""
        self.bucket.move()
        self.bucket.proxy.start_over()
        self.minutes = 0.0


def live(bucket: Bucket, folder: Path, say: Callable[[str], None]) -> list[str]:
    """Go through the whole life; return what went wrong. A step that fails ends it."""
    life = Life(bucket, folder)
    with (
        mock.patch.object(s3_store, "MULTIPART_FROM", PART),
        mock.patch.object(s3_store, "PART", PART),
    ):
        for name, step in life.steps():
            began = time.monotonic()
            try:
                step()
            except Exception as error:  # noqa: BLE001 (whatever it is, it is what this is run for)
                say(f"    FAILED  {name}: {type(error).__name__}: {error}")
                return [f"{name}: {type(error).__name__}: {error}"]
            say(f"    ok      {name} ({time.monotonic() - began:.1f} s)")
    return []
