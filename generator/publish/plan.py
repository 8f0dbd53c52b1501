"""The values that planning takes and gives, and what a plan refuses."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Literal, get_args

import msgspec

from generator.core.problems import Problem
from generator.core.urls import folders_of
from generator.publish.headers import Headers
from generator.publish.manifest import (
    Entry,
    Journal,
    Local,
    Manifest,
    Record,
    Ref,
)
from generator.publish.store import Observed

Phase = Literal[
    "keep",
    "assets",
    "new",
    "leads",
    "files",
    "changed",
    "entries",
    "edge",
    "moved",
    "commit",
    "invalidate",
    "delete",
]
PHASES: tuple[Phase, ...] = get_args(Phase)
SEEN: tuple[Phase, ...] = ("new", "leads", "changed", "entries", "moved", "delete")
"""The phases that change what stands at an address which readers may have in a cache."""
Kind = Literal["keep", "upload", "copy", "edge", "commit", "invalidate", "delete"]

DAY = 86_400.0


UNKNOWN = Headers(content_type="", cache_control="")


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """The owner's rules, and what this one run was allowed.

    `base` is the path the site lives under; `edge` the digest of the edge function that this
    release needs (empty: there is none); `error_ttl` is how many seconds the distribution keeps a
    404. `site` is the address of the site that publishes. `older` says that the local commit comes
    before the live one, `foreign` that this repository does not have the live one or shares no
    history with it. `from_store` plans without local files, out of what the store keeps: a
    rollback.
    """

    retention: int = 10
    grace_releases: int = 3
    grace_days: float = 7.0
    guard_share: float = 0.25
    guard_count: int = 10
    allow_deletes: bool = False
    force: bool = False
    older: bool = False
    foreign: bool = False
    from_store: bool = False
    invalidate: bool = False
    site: str = ""
    base: str = ""
    edge: str = ""
    error_ttl: int = 10
    page_max_age: int = 60


class Remote(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the store. `etag` is the manifest's, `journal_etag` the journal's; both are
    empty where there is none. `observed` holds what was looked at one by one, None for nothing
    there. `foreign` are objects in the site's place that no manifest names; `lost` are sources of
    a rollback that are gone, or no longer the content (by its SHA-256) that they should be."""

    manifest: Manifest | None = None
    etag: str = ""
    journal: Journal | None = None
    journal_etag: str = ""
    observed: dict[str, Observed | None] = {}
    foreign: tuple[str, ...] = ()
    lost: frozenset[tuple[Ref, str]] = frozenset()


class Operation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing to do, and why. `expect` is the etag that must be there before: empty for nothing,
    None for whatever it is; `unmoved` the one that the source of a copy must have. `bytes` is what
    travels from this machine."""

    kind: Kind
    phase: Phase
    path: str
    reason: str
    bytes: int = 0
    entry: Entry | None = None
    source: Ref | None = None
    expect: str | None = None
    unmoved: str = ""


class Plan(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The operations in order, what they are based on, and the manifest they lead to.

    `base` and `base_journal` are the etags this plan was made against. `target` still lacks the
    etags of what has to be written. `release` is False where nothing that readers see changes: the
    plan then only completes or repairs. `redirects_before` are those that stay in force in the
    phase `files`, and `paths_before` what is still there then and not of this release. `notes` are
    sentences for the owner, `refused` the reasons for which it must not run.
    """

    base: str
    base_journal: str
    operations: tuple[Operation, ...]
    target: Manifest
    record: Record | None
    journal: Journal
    discards: tuple[Ref, ...] = ()
    release: bool
    unchanged: int = 0
    foreign: tuple[str, ...] = ()
    redirects_before: dict[str, str] = {}
    paths_before: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    refused: tuple[Problem, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do."""
        return not self.operations

    def same_work(self, other: Plan) -> bool:
        """Whether both do the same to the same store, whenever they were made."""
        return (
            self.base == other.base
            and self.base_journal == other.base_journal
            and [o for o in self.operations if o.phase not in ("commit", "invalidate")]
            == [o for o in other.operations if o.phase not in ("commit", "invalidate")]
        )


def refusals(
    local: Local,
    before: Manifest,
    writes: Iterable[Operation],
    remote: Remote,
    policy: Policy,
) -> list[Problem]:
    """Return why a plan is refused, and what an owner must allow first."""
    found = []

    def refuse(code: str, message: str, hint: str) -> None:
        found.append(Problem(path="publish", code=code, message=message, hint=hint))

    if "index.html" not in local.entries:
        what = "has no landing page" if local.entries else "is empty"
        refuse("empty-site", f"the built site {what}", "look at what the build said")
    pages = [path for path, entry in before.entries.items() if entry.role != "asset"]
    gone = [path for path in pages if path not in local.entries]
    if (
        len(gone) > policy.guard_count
        and len(gone) > policy.guard_share * len(pages)
        and not (policy.allow_deletes or policy.from_store)
    ):
        refuse(
            "many-deletes",
            f"this would delete {len(gone):,} of {len(pages):,} pages, such as `{gone[0]}`",
            "if that is meant, publish with --allow-deletes; the limit is publish.delete_guard",
        )
    if before.site and policy.site not in ("", before.site) and not policy.force:
        refuse(
            "another-site",
            f"the site {before.site} is published there, release {before.sequence} of "
            f"{before.created[:10]}; this one is {policy.site}",
            "give this site a place of its own in site.yaml (publish.folder, publish.bucket or "
            "publish.prefix); where it is that site at a new address, publish with --force once",
        )
    if policy.older and not policy.force and is_different(local, before):
        which = ", which is not in this repository and" if policy.foreign else ", which"
        refuse(
            "older-commit",
            f"what is live was made from {before.commit[:12]}{which} is newer than this checkout",
            "update your checkout, or publish with --force; to go back on purpose use `rollback`",
        )
    foreign = [o.path for o in writes if o.reason == "replaces a foreign object"]
    foreign = [] if all(is_ours(remote, path) for path in foreign) else foreign
    # A folder cannot hold a file and a folder of one name.
    folders = {folder for path in local.entries for folder in folders_of(path)}
    foreign += [
        path
        for path in remote.foreign
        if path in folders or not local.entries.keys().isdisjoint(folders_of(path))
    ]
    if foreign and not policy.force:
        refuse(
            "foreign-object",
            f"{len(foreign):,} objects were not put there by Tidepost, such as `{foreign[0]}`",
            "publish to an empty place, or replace them with --force",
        )
    lost = [o.path for o in writes if policy.from_store and o.kind == "upload"]
    if lost:
        refuse(
            "content-lost",
            f"the content of {len(lost):,} objects is no longer kept, such as `{lost[0]}`",
            "check out the commit of that release and publish it",
        )
    return found


def notes_on(before: Manifest, policy: Policy) -> tuple[str, ...]:
    """Return what is worth a note about the release before."""
    if not policy.foreign or policy.older:
        return ()
    return (
        f"what was live was made from the commit {before.commit[:12]}, which is not in the history "
        "of this checkout: its history was rewritten, or the site is published from another "
        "repository too",
    )


def is_ours(remote: Remote, path: str) -> bool:
    """Return whether an object was put there by a publisher of this site."""
    seen = remote.observed.get(path)
    return seen is not None and seen.ours


def is_different(local: Local, before: Manifest) -> bool:
    """Return whether a build differs from what the manifest says is live."""
    return (
        not before.release
        or local.redirects != before.redirects
        or local.entries.keys() != before.entries.keys()
        or not all(entry.same(before.entries[path]) for path, entry in local.entries.items())
    )


def month_of(now: datetime) -> str:
    """The month by which invalidation paths are counted, such as `2026-11` (UTC)."""
    return now.astimezone(UTC).strftime("%Y-%m")
