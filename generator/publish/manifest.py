"""What a release consists of, and what the store remembers beside it.

One manifest stands at the store and is the commit point of every release: it is replaced by a
conditional write, and whatever it names exists. All values here are immutable and all functions
pure; a release's own record (`releases/ID.json`) is a manifest's entries without the memory.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable, Mapping
from typing import Literal, TypeVar

import msgspec

from generator.core.artifacts import OutputFile, Role
from generator.publish.headers import Headers, headers_for

FORMAT = 1
"""Raised when a manifest changes so that an older Tidepost would misread it."""

GZIP_FROM = 64 * 1024
"""Documents of this many bytes and more are kept compressed."""

STATE = ".tidepost/"
"""Where the store's own bookkeeping lies, below the site's prefix."""

MANIFEST = f"{STATE}manifest.json"
JOURNAL = f"{STATE}journal.json"
LEASE = f"{STATE}lease.json"
RELEASES = f"{STATE}releases/"
CONTENT = f"{STATE}content/"
PREVIEWS = "_preview/"


class UnreadableDocument(Exception):
    """Bookkeeping at the store that is damaged, or made by a newer Tidepost."""


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One object of a release: its content, its headers, and what the store said of it.

    `sha256` is lower-case hex and `size` is in bytes. `etag` and `version` are the store's words
    for the object as it was written; both are empty in a manifest that was made locally.
    """

    sha256: str
    size: int
    role: Role
    headers: Headers
    etag: str = ""
    version: str = ""

    def same(self, other: Entry) -> bool:
        """Whether readers would see no difference: equal bytes and equal headers."""
        return self.sha256 == other.sha256 and self.headers == other.headers


class Lingering(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An asset that no page uses any more but cached pages may: still live at its path.

    `last` is the sequence number of the last release that used it; `since` is when it went out of
    use, in seconds since 1970.
    """

    entry: Entry
    last: int
    since: float


class Kept(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Content that is no longer live but that a release in the list still needs.

    It lies at `content/SHA256` when `version` is empty, and otherwise is that version of the
    object at `path`.
    """

    size: int
    last: int
    path: str = ""
    version: str = ""


class ReleaseInfo(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of `publish.py releases`; `created` is an ISO 8601 time in UTC."""

    id: str
    sequence: int
    created: str
    commit: str = ""
    objects: int = 0
    bytes: int = 0
    note: str = ""


class Pending(msgspec.Struct, frozen=True, kw_only=True):
    """An invalidation that the distribution has not accepted yet.

    `reference` makes asking again harmless: CloudFront answers a repeated CallerReference with the
    invalidation that it already made.
    """

    reference: str
    paths: tuple[str, ...]


class Manifest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The live release and the store's memory. `invalidated` counts paths by month (`2026-11`).

    `site` is the address of the site that publishes here. `edge` is the digest of the edge function
    that was last published, or empty. `conditions` is what was found out about how the store holds
    conditions, in the store's own words.
    """

    format: int = FORMAT
    sequence: int = 0
    release: str = ""
    created: str = ""
    commit: str = ""
    committed: int = 0
    entries: dict[str, Entry] = {}
    redirects: dict[str, str] = {}
    edge: str = ""
    site: str = ""
    conditions: str = ""
    lingering: dict[str, Lingering] = {}
    kept: dict[str, Kept] = {}
    releases: tuple[ReleaseInfo, ...] = ()
    pending: tuple[Pending, ...] = ()
    invalidated: dict[str, int] = {}


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What `rollback` needs of a past release: its entries, its redirects and its commit."""

    format: int = FORMAT
    release: str
    sequence: int
    commit: str = ""
    committed: int = 0
    entries: dict[str, Entry] = {}
    redirects: dict[str, str] = {}


class Ref(msgspec.Struct, frozen=True, order=True):
    """An object at the store, or one version of it."""

    key: str
    version: str = ""


class Journal(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a publish is about to touch; it stands at the store until that publish is complete.

    A journal that is found means that an earlier publish did not reach its end: each path in
    `touched` may hold the old object, the one named here, or (where None) nothing. Content named in
    `kept` was to be kept by hash before the path that held it was overwritten. `discards` were to
    be deleted after the commit.
    """

    format: int = FORMAT
    token: str
    touched: dict[str, Entry | None] = {}
    kept: tuple[str, ...] = ()
    discards: tuple[Ref, ...] = ()


class Local(msgspec.Struct, frozen=True, kw_only=True):
    """The release that should be live: what a build made, or what a rollback goes back to.

    `committed` is the commit's time in seconds since 1970, 0 where unknown.
    """

    entries: dict[str, Entry]
    redirects: dict[str, str] = {}
    commit: str = ""
    committed: int = 0
    note: str = ""


def local_release(
    files: Iterable[OutputFile],
    redirects: Mapping[str, str],
    *,
    page_max_age: int,
    cdn: bool,
    commit: str = "",
    committed: int = 0,
    encodings: Mapping[str, str] | None = None,
) -> Local:
    """Give each built file its headers. Raises ValueError for a path that no store should hold.

    `encodings` names the content encoding of pre-compressed variants, by path.
    """
    entries = {}
    for file in sorted(files):
        _check_path(file.path)
        entries[file.path] = Entry(
            sha256=file.sha256,
            size=file.size,
            role=file.role,
            headers=headers_for(
                file.path,
                file.role,
                page_max_age=page_max_age,
                cdn=cdn,
                encoding=(encodings or {}).get(file.path, ""),
            ),
        )
    return Local(entries=entries, redirects=dict(redirects), commit=commit, committed=committed)


def release_key(release: str) -> str:
    """Where the record of a release lies."""
    return f"{RELEASES}{release}.json"


def content_key(sha256: str) -> str:
    """Where content lies that is kept by its hash."""
    return f"{CONTENT}{sha256}"


def kept_ref(sha256: str, kept: Kept) -> Ref:
    """Where kept content can be copied from."""
    return Ref(kept.path, kept.version) if kept.version else Ref(content_key(sha256))


T = TypeVar("T", bound=msgspec.Struct)


def encode(document: msgspec.Struct) -> bytes:
    """Return the document as JSON with sorted keys, compressed when it is large."""
    raw = msgspec.json.encode(document, order="deterministic")
    return raw if len(raw) < GZIP_FROM else gzip.compress(raw, 6, mtime=0)


def decode_manifest(body: bytes) -> Manifest:
    """Read a manifest. Raises UnreadableDocument."""
    return _decode(body, Manifest, "manifest")


def decode_journal(body: bytes) -> Journal:
    """Read a journal. Raises UnreadableDocument."""
    return _decode(body, Journal, "journal")


def decode_record(body: bytes) -> Record:
    """Read the record of a release. Raises UnreadableDocument."""
    return _decode(body, Record, "record of a release")


DocumentKind = Literal["manifest", "journal", "record of a release"]


def _decode(body: bytes, kind: type[T], name: DocumentKind) -> T:
    try:
        raw = gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body
        found = msgspec.json.decode(raw, type=kind)
    except (
        msgspec.DecodeError,
        UnicodeDecodeError,
        OSError,
        EOFError,
        zlib.error,
        RecursionError,
    ) as error:
        raise UnreadableDocument(f"the {name} at the store is damaged: {error}") from None
    if getattr(found, "format", FORMAT) > FORMAT:
        raise UnreadableDocument(f"the {name} at the store was written by a newer Tidepost")
    return found


def _check_path(path: str) -> None:
    parts = path.split("/")
    if not path or any(part in ("", ".", "..") for part in parts) or "\\" in path:
        raise ValueError(f"`{path}` is not a path inside the site")
    if f"{parts[0]}/" in (STATE, PREVIEWS):
        raise ValueError(f"`{path}`: {parts[0]} belongs to publishing itself")
    if len(path.encode()) > 900:
        raise ValueError(f"`{path}` is too long: S3 takes keys of at most 1,024 bytes")
