"""What has to be done so that a release becomes the live one: pure, and the same for every store.

The order law. Operations run phase by phase, and after every single one of them each page of the
release that is live refers only to objects that exist:

    keep        content that a kept release needs and this plan overwrites is copied aside
    assets      fingerprinted files, to which nothing live refers yet
    new         pages that do not exist yet, to which nothing live refers yet either
    leads       feeds, downloads and redirects that do not exist yet: what they lead to is there
    files       the edge learns which of these are files, where their names do not show it
    changed     pages that exist; what they refer to, old or new, is there
    entries     the landing page, lists, feeds and sitemap: from here on readers find what is new
    edge        redirects, whose targets exist by now
    moved       pages that give way to a redirect: where it leads, nothing leads back any more
    commit      the manifest, by compare-and-swap
    invalidate  the distribution forgets what changed
    delete      what the release no longer has; assets only after their grace period
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import msgspec

from generator.core.artifacts import digest
from generator.publish import edge_rules as edge
from generator.publish.headers import Headers
from generator.publish.invalidation import stale_addresses
from generator.publish.manifest import (
    Entry,
    Journal,
    Kept,
    Lingering,
    Local,
    Manifest,
    Pending,
    Record,
    Ref,
    ReleaseInfo,
    content_key,
    encode,
    kept_ref,
    release_key,
)
from generator.publish.plan import (
    DAY,
    PHASES,
    UNKNOWN,
    Operation,
    Phase,
    Plan,
    Policy,
    Remote,
    is_different,
    notes_on,
    refusals,
)
from generator.publish.store import Stored


def plan(local: Local, remote: Remote, policy: Policy, now: datetime) -> Plan:
    """Return what leads from `remote` to `local`. `now` must have a time zone."""
    before = remote.manifest or Manifest()
    live = _live(before, remote, local)
    differs = is_different(local, before)
    sequence = before.sequence + 1 if differs else before.sequence
    release = _release_id(local, now) if differs else before.release
    info = _info(local, release, sequence, now)
    releases = (*before.releases, info) if differs else before.releases
    retained = releases[-max(1, policy.retention) :]
    oldest = retained[0].sequence if retained else sequence

    writes = _writes(local, live, before, remote, policy)
    written = {write.path for write in writes}
    staying = {
        entry.sha256: path
        for path, entry in live.items()
        if path in local.entries and local.entries[path].sha256 == entry.sha256
    }
    keeps, kept, orphaned = _keeping(before, local, live, remote, staying, oldest)
    if policy.from_store:
        writes = _with_sources(writes, live, before, remote, keeps, staying)
    lingering, lapsed = _lingering(before, local, live, sequence, oldest, policy, now)
    deletes = _deletes(local, live, before, lapsed, lingering)

    discards = {*(remote.journal.discards if remote.journal else ()), *orphaned}
    discards |= {Ref(path, old.entry.version) for path, old in lapsed.items() if old.entry.version}
    if differs:
        discards |= {Ref(release_key(old.id)) for old in releases[: -len(retained)]}
    needed = {kept_ref(sha, value) for sha, value in kept.items()}
    needed |= {
        Ref(path, entry.version)
        for path, entry in live.items()
        if path not in written and (path in local.entries or path in lingering)
    }
    # A publish that did not come to its end meant to drop it, this one may not.
    needed |= {Ref(release_key(info.id)) for info in retained}
    discards -= needed

    work = [*keeps, *writes]
    unread = bool(policy.edge and before.release) and _unread(local, before)
    if unread:
        work.append(
            Operation(
                kind="edge",
                phase="files",
                path="edge function",
                reason=f"`/{unread}` is a file, which its name does not show",
            )
        )
        work.sort(key=lambda operation: PHASES.index(operation.phase))
    if policy.edge and (policy.edge != before.edge or remote.journal):
        work.append(
            Operation(
                kind="edge",
                phase="edge",
                path="edge function",
                reason="redirects or the rule of addresses changed",
            )
        )
    stale = stale_addresses(local, before, remote, live, [*work, *deletes], policy, now)
    pending = before.pending
    if stale:
        reference = digest("\n".join((remote.etag, release, *stale)).encode())[:24]
        pending = (*pending, Pending(reference=reference, paths=stale))
    if work or deletes or differs or remote.journal:
        reason = "a new release" if differs else "completes what an earlier publish left"
        work.append(Operation(kind="commit", phase="commit", path="manifest", reason=reason))
    work.extend(
        Operation(kind="invalidate", phase="invalidate", path=path, reason=_why(wait, before))
        for wait in pending
        for path in wait.paths
        if policy.invalidate  # else it waits until there is a distribution again
    )
    target = msgspec.structs.replace(
        before,
        sequence=sequence,
        release=release,
        created=info.created if differs else before.created,
        commit=local.commit if differs else before.commit,
        committed=local.committed if differs else before.committed,
        entries={
            path: msgspec.structs.replace(
                want,
                etag="" if path in written or path not in live else live[path].etag,
                version="" if path in written or path not in live else live[path].version,
            )
            for path, want in local.entries.items()
        },
        redirects=local.redirects,
        edge=policy.edge or before.edge,
        site=policy.site or before.site,
        lingering=lingering,
        kept=kept,
        releases=retained,
        pending=pending,
    )
    return Plan(
        base=remote.etag,
        base_journal=remote.journal_etag,
        operations=(*work, *deletes),
        target=target,
        record=Record(
            release=release,
            sequence=sequence,
            commit=local.commit,
            committed=local.committed,
            entries=local.entries,
            redirects=local.redirects,
        )
        if differs
        else None,
        journal=_journal(remote.journal, writes, deletes, keeps, discards),
        discards=tuple(sorted(discards)) if work or deletes else (),
        release=differs,
        unchanged=len(local.entries) - len(writes),
        foreign=remote.foreign,
        redirects_before=before.redirects if unread else {},
        paths_before=tuple(sorted(live.keys() - local.entries.keys())) if unread else (),
        notes=notes_on(before, policy) if differs else (),
        refused=tuple(refusals(local, before, writes, remote, policy)),
    )


def finish(plan_: Plan, stored: Mapping[str, Stored]) -> Manifest:
    """Return the manifest to commit, with what the store said of each object that was written."""
    entries = {
        path: msgspec.structs.replace(entry, etag=told.etag, version=told.version)
        if (told := stored.get(path))
        else entry
        for path, entry in plan_.target.entries.items()
    }
    return msgspec.structs.replace(plan_.target, entries=entries)


def _live(before: Manifest, remote: Remote, local: Local) -> dict[str, Entry]:
    """What lies at the store: what the manifest says, corrected by what was looked at."""
    live = {path: old.entry for path, old in before.lingering.items()} | before.entries
    touched = remote.journal.touched if remote.journal else {}
    for path, seen in remote.observed.items():
        known = [e for e in (live.pop(path, None), touched.get(path), local.entries.get(path)) if e]
        if seen is None:
            continue
        alike = next((e for e in known if e.sha256 == seen.sha256), None)
        headers = seen.headers or (alike.headers if alike else UNKNOWN)
        live[path] = Entry(
            sha256=seen.sha256,
            size=seen.size,
            role=known[0].role if known else "page",
            headers=headers,
            etag=seen.etag,
            version=seen.version,
        )
    return live


def _unread(local: Local, before: Manifest) -> str:
    """Return a new file that the edge would take for a folder, by what it knows; or an empty text.

    Pages may refer to it before the redirects of this release can be in force.
    """
    table = edge.file_table(before.entries)
    return next(
        (
            path
            for path in sorted(local.entries.keys() - before.entries.keys())
            if path != "index.html"
            and not path.endswith("/index.html")
            and not edge.is_file(f"/{path}", table)
        ),
        "",
    )


def _writes(
    local: Local, live: Mapping[str, Entry], before: Manifest, remote: Remote, policy: Policy
) -> list[Operation]:
    found = []
    for path, want in sorted(local.entries.items()):
        have = live.get(path)
        if have and have.same(want):
            continue
        expect = have.etag or None if have else ""
        if have and have.sha256 == want.sha256:
            operation = Operation(
                kind="copy",
                phase=_phase(path, want, have),
                path=path,
                reason=f"headers changed: {_header_change(have.headers, want.headers)}",
                entry=want,
                source=Ref(path),
                expect=expect,
                unmoved=have.etag,
            )
        else:
            operation = Operation(
                kind="upload",
                phase=_phase(path, want, have),
                path=path,
                reason=_reason(path, have, before, remote),
                bytes=want.size,
                entry=want,
                expect=None if policy.force else expect,
            )
        found.append(operation)
    return sorted(found, key=lambda o: (PHASES.index(o.phase), o.path))


def _phase(path: str, want: Entry, have: Entry | None) -> Phase:
    if want.role == "asset":
        return "changed" if have and have.sha256 != want.sha256 else "assets"
    if want.role == "redirect":
        if have is None:
            return "leads"
        return "changed" if have.role == "redirect" else "moved"
    if want.role == "entry":
        # The landing page is where readers come without a link; all else may be linked by pages.
        if have or path in ("index.html", "404.html"):
            return "entries"
        return "new" if path.endswith(".html") else "leads"
    return "changed" if have else "new"


def _reason(path: str, have: Entry | None, before: Manifest, remote: Remote) -> str:
    old = before.entries.get(path)
    if have is None:
        return "missing at the store" if old else "new"
    if old is None and path not in before.lingering:
        touched = remote.journal is not None and path in remote.journal.touched
        return "left unfinished by an earlier publish" if touched else "replaces a foreign object"
    if old is not None and have.sha256 != old.sha256:
        touched = remote.journal is not None and path in remote.journal.touched
        return "content changed" if touched else "changed at the store by something else"
    return "content changed"


def _header_change(have: Headers, want: Headers) -> str:
    return ", ".join(
        f"{name.replace('_', '-')} `{old}` to `{new}`"
        for name, old, new in (
            (name, getattr(have, name), getattr(want, name)) for name in Headers.__struct_fields__
        )
        if old != new
    )


def _keeping(
    before: Manifest,
    local: Local,
    live: Mapping[str, Entry],
    remote: Remote,
    staying: Mapping[str, str],
    oldest: int,
) -> tuple[list[Operation], dict[str, Kept], set[Ref]]:
    """Return what must be copied aside, what is kept from now on, and what no release needs."""
    kept = {sha: old for sha, old in before.kept.items() if old.last >= oldest}
    orphaned = {kept_ref(sha, old) for sha, old in before.kept.items() if sha not in kept}
    copied_before = set(remote.journal.kept) if remote.journal else set()
    operations: dict[str, Operation] = {}
    for path, old in sorted(before.entries.items()):
        want = local.entries.get(path)
        if want is None and old.role == "asset":
            continue  # it lingers at its own path
        if want is not None and want.sha256 == old.sha256:
            if old.version and not want.same(old):
                orphaned.add(Ref(path, old.version))
            continue
        if before.sequence < oldest:
            if old.version:
                orphaned.add(Ref(path, old.version))
            continue
        sha = old.sha256
        # Where there are no versions, what is kept for a release that leaves the list may be all
        # there is: a publish that did not come to its end wrote over the object itself.
        already = kept.get(sha) or (None if old.version else before.kept.get(sha))
        if already:
            kept[sha] = msgspec.structs.replace(already, last=before.sequence)
        elif sha in staying:
            continue  # the same bytes stay live at another path
        elif old.version:
            kept[sha] = Kept(size=old.size, last=before.sequence, path=path, version=old.version)
        else:
            there = path in live and live[path].sha256 == sha
            if there:  # the journal tells what was to be copied, not what was
                operations[sha] = Operation(
                    kind="keep",
                    phase="keep",
                    path=content_key(sha),
                    reason=f"release {before.sequence} can then be restored",
                    entry=msgspec.structs.replace(old, etag="", version=""),
                    source=Ref(path),
                    unmoved=live[path].etag,
                )
            if there or sha in copied_before:
                kept[sha] = Kept(size=old.size, last=before.sequence)
    return list(operations.values()), kept, orphaned


def _with_sources(
    writes: Iterable[Operation],
    live: Mapping[str, Entry],
    before: Manifest,
    remote: Remote,
    keeps: Iterable[Operation],
    staying: Mapping[str, str],
) -> list[Operation]:
    """Turn uploads into copies from what the store keeps; what it lost stays an upload."""
    # What a publish that did not come to its end copied aside before it wrote over it.
    copied = remote.journal.kept if remote.journal else ()
    found = [(sha, Ref(content_key(sha))) for sha in copied]
    found += [(sha, Ref(path)) for sha, path in staying.items()]
    for entries in (before.entries, live):
        found += [(e.sha256, Ref(path, e.version)) for path, e in entries.items() if e.version]
    found += [(sha, kept_ref(sha, value)) for sha, value in before.kept.items()]
    sources = {sha: ref for sha, ref in found if (ref, sha) not in remote.lost}
    sources |= {o.entry.sha256: Ref(o.path) for o in keeps if o.entry}
    writes = [
        msgspec.structs.replace(
            write,
            kind="copy",
            bytes=0,
            source=source,
            unmoved=live[source.key].etag if not source.version and source.key in live else "",
        )
        if write.kind == "upload" and write.entry and (source := sources.get(write.entry.sha256))
        else write
        for write in writes
    ]
    # A change of headers alone copies an object onto itself, which has no second source.
    return [
        msgspec.structs.replace(write, kind="upload")
        if write.source and write.entry and (write.source, write.entry.sha256) in remote.lost
        else write
        for write in writes
    ]


def _lingering(
    before: Manifest,
    local: Local,
    live: Mapping[str, Entry],
    sequence: int,
    oldest: int,
    policy: Policy,
    now: datetime,
) -> tuple[dict[str, Lingering], dict[str, Lingering]]:
    """Return the assets that stay although unused, and those whose grace period is over."""
    stay, lapsed = dict[str, Lingering](), dict[str, Lingering]()
    unused = dict(before.lingering)
    for path, entry in live.items():
        if entry.role == "asset" and path not in unused:
            unused[path] = Lingering(entry=entry, last=before.sequence, since=now.timestamp())
    for path, old in unused.items():
        if path in local.entries or path not in live:
            continue
        over = (
            sequence - old.last > policy.grace_releases
            and now.timestamp() - old.since > policy.grace_days * DAY
            and old.last < oldest  # a release that can be restored may need it
        )
        (lapsed if over else stay)[path] = old
    return stay, lapsed


def _deletes(
    local: Local,
    live: Mapping[str, Entry],
    before: Manifest,
    lapsed: Mapping[str, Lingering],
    lingering: Mapping[str, Lingering],
) -> list[Operation]:
    found = []
    for path in sorted(live):
        if path in local.entries or path in lingering:
            continue
        if path in lapsed:
            reason = "unused since its grace period began, which is over"
        elif path in before.entries:
            reason = "no longer part of the site"
        else:
            reason = "left by an unfinished publish"
        found.append(Operation(kind="delete", phase="delete", path=path, reason=reason))
    # Pages go before the assets that they refer to.
    return sorted(found, key=lambda o: (o.path in lapsed, o.path))


def _why(wait: Pending, before: Manifest) -> str:
    return "not yet done by an earlier publish" if wait in before.pending else "changed"


def _journal(
    earlier: Journal | None,
    writes: Iterable[Operation],
    deletes: Iterable[Operation],
    keeps: Iterable[Operation],
    discards: Iterable[Ref],
) -> Journal:
    touched = dict(earlier.touched) if earlier else {}
    touched |= {o.path: o.entry for o in writes}
    touched |= {o.path: None for o in deletes}
    kept = {*(earlier.kept if earlier else ()), *(o.entry.sha256 for o in keeps if o.entry)}
    return Journal(
        token="", touched=touched, kept=tuple(sorted(kept)), discards=tuple(sorted(discards))
    )


def _release_id(local: Local, now: datetime) -> str:
    content = digest(encode(Record(release="", sequence=0, entries=local.entries)))
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{content[:8]}"


def _info(local: Local, release: str, sequence: int, now: datetime) -> ReleaseInfo:
    return ReleaseInfo(
        id=release,
        sequence=sequence,
        created=f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        commit=local.commit,
        objects=len(local.entries),
        bytes=sum(entry.size for entry in local.entries.values()),
        note=local.note,
    )
