"""A store in memory that can fail at its n-th request, and a CDN that caches what it is asked."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from generator.publish import invalidation
from generator.publish.headers import Headers
from generator.publish.manifest import STATE, Entry, Pending, Ref
from generator.publish.store import (
    AtOnce,
    Conflict,
    Document,
    Listed,
    Observed,
    Stored,
    StoreError,
    Version,
)
from tests.support.published import Live


class Crash(Exception):
    """The publisher dies here."""


class Held(msgspec.Struct):
    content: bytes
    headers: Headers | None
    sha256: str
    version: str


class MemoryStore(AtOnce):
    """Behaves like a bucket. `before_request` runs before each request and may raise Crash or
    interleave another publisher; `after_change` runs after each object that changed."""

    name = "memory"

    def __init__(self, *, versioned: bool = False) -> None:
        self.objects: dict[str, Held] = {}
        self.past: dict[Ref, Held] = {}
        self.versioned = versioned
        self.requests = 0
        self.clock = 0.0
        self.written: dict[str, float] = {}
        self.before_request: Callable[[], None] = lambda: None
        self.after_request: Callable[[], None] = lambda: None
        self.after_change: Callable[[], None] = lambda: None
        self._count = 0
        self._lock = threading.RLock()

    def live(self) -> dict[str, Live]:
        return {
            key: Live(held.content, held.headers)
            for key, held in self.objects.items()
            if not key.startswith(STATE)
        }

    def _request(self) -> None:
        self.requests += 1
        self.before_request()

    def _etag(self, key: str) -> str:
        held = self.objects.get(key)
        return hashlib.md5(held.content).hexdigest() if held else ""

    def _set(self, key: str, content: bytes, headers: Headers | None, sha256: str) -> Stored:
        self._count += 1
        version = f"v{self._count}" if self.versioned else ""
        held = Held(content, headers, sha256, version)
        self.objects[key] = held
        if version:
            self.past[Ref(key, version)] = held
        self.written[key] = self.clock
        self.after_change()
        return Stored(self._etag(key), version)

    def read(self, key: str) -> Document | None:
        self._request()
        held = self.objects.get(key)
        found = None
        if held is not None:
            age = self.clock - self.written[key]
            found = Document(held.content, self._etag(key), age)
        self.after_request()
        return found

    def changed(self, key: str, etag: str) -> bool:
        self._request()
        found = self._etag(key) != etag
        self.after_request()
        return found

    def write(self, key: str, body: bytes, *, expect: str) -> str:
        self._request()
        with self._lock:
            if self._etag(key) != expect:
                raise Conflict(key)
            stored = self._set(key, body, None, "")
        self.after_request()  # outside the lock, for it may run another publisher
        return stored.etag

    def upload(self, key: str, file: Path, entry: Entry, *, expect: str | None) -> Stored:
        self._request()
        with self._lock:
            content = file.read_bytes()
            if expect is not None and self._etag(key) not in (expect,):
                held = self.objects.get(key)
                if held and (held.sha256, held.headers) == (entry.sha256, entry.headers):
                    return Stored(self._etag(key), held.version)
                raise Conflict(key)
            assert hashlib.sha256(content).hexdigest() == entry.sha256
            stored = self._set(key, content, entry.headers, entry.sha256)
        self.after_request()
        return stored

    def copy(
        self, source: Ref, key: str, entry: Entry, *, expect: str | None, unmoved: str = ""
    ) -> Stored:
        self._request()
        with self._lock:
            held = self.past.get(source) if source.version else self.objects.get(source.key)
            if held is None:
                raise Conflict(source.key)
            if source == Ref(key) and expect and self._etag(key) != expect:
                raise Conflict(key)
            if not source.version and unmoved and self._etag(source.key) != unmoved:
                raise Conflict(source.key)
            assert held.sha256 == entry.sha256
            stored = self._set(key, held.content, entry.headers, entry.sha256)
        self.after_request()
        return stored

    def head(self, key: str, version: str = "") -> Observed | None:
        self._request()
        held = self.past.get(Ref(key, version)) if version else self.objects.get(key)
        if held is None:
            return None
        return Observed(
            held.sha256,
            len(held.content),
            held.headers,
            hashlib.md5(held.content).hexdigest(),
            held.version,
            bool(held.sha256),
        )

    def listing(self, prefix: str = "") -> Iterator[Listed]:
        self._request()
        for key, held in sorted(self.objects.items()):
            if key.startswith(prefix):
                yield Listed(key, len(held.content), self._etag(key))

    def folders(self, prefix: str) -> list[str]:
        self._request()
        found = {key.removeprefix(prefix) for key in self.objects if key.startswith(prefix)}
        return sorted({key.partition("/")[0] for key in found if "/" in key})

    def versions(self) -> Iterator[Version]:
        self._request()
        for ref in sorted(self.past):
            held = self.objects.get(ref.key)
            yield Version(ref, bool(held and held.version == ref.version), marker=False)

    def delete(self, refs: Sequence[Ref]) -> None:
        self._request()
        for ref in refs:
            if ref.version:
                self.past.pop(ref, None)
                held = self.objects.get(ref.key)
                assert not held or held.version != ref.version, "a live version was deleted"
            else:
                self.objects.pop(ref.key, None)
            self.after_change()
        self.after_request()

    def knows(self, conditions: str) -> bool:
        return True

    def try_conditions(self, key: str, body: bytes) -> str:
        raise NotImplementedError

    def guard(self, still: Callable[[], None] | None) -> None:
        self.still = still

    def tidy(self) -> None:
        pass

    def settle(self) -> None:
        pass

    def within(self, prefix: str) -> MemoryStore:
        raise NotImplementedError


class Cdn:
    """Caches every address it is asked for, for ever, and forgets only what it is told to."""

    def __init__(self, store: MemoryStore) -> None:
        self.store = store
        self.cache: dict[str, bytes] = {}
        self.accepted: dict[str, tuple[str, ...]] = {}
        self.busy = False
        self.code = ""

    def warm(self) -> None:
        for key, live in self.store.live().items():
            for url in invalidation.addresses([key]):
                self.cache.setdefault(url, live.content)

    def invalidate(self, pending: Pending) -> str:
        if self.busy:
            raise StoreError("CloudFront is still busy with earlier invalidations")
        known = self.accepted.setdefault(pending.reference, pending.paths)
        assert known == pending.paths, "a reference was used for other paths"
        self.cache = {
            url: content for url, content in self.cache.items() if not covers(pending.paths, url)
        }
        return pending.reference

    def finished(self, invalidation: str) -> bool:
        return True

    def publish_function(self, code: str) -> None:
        self.code = code


def covers(paths: Iterable[str], url: str) -> bool:
    """Whether an invalidation of `paths` makes a distribution forget `url`."""
    return any(url.startswith(path[:-1]) if path.endswith("*") else url == path for path in paths)
