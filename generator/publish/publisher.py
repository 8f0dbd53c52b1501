"""Publishing from end to end, for whatever store: look, plan, carry out, and look back.

How the command line uses it: `cli/targets.py` makes a Target out of `site.yaml`; `make_plan` tells
what would make a build the live release there, and `publish` does it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import msgspec

from generator.config.publish import PublishSettings
from generator.publish import invalidation, planner
from generator.publish.executor import (
    Distribution,
    MovedOn,
    Outcome,
    Progress,
    changed_by_others,
    execute,
    quiet,
    seal,
)
from generator.publish.lease import Lease
from generator.publish.manifest import (
    JOURNAL,
    LEASE,
    MANIFEST,
    PREVIEWS,
    STATE,
    Journal,
    Local,
    Manifest,
    Pending,
    Record,
    Ref,
    ReleaseInfo,
    UnreadableDocument,
    content_key,
    decode_journal,
    decode_manifest,
    decode_record,
    kept_ref,
    release_key,
)
from generator.publish.plan import Phase, Plan, Policy, Remote
from generator.publish.store import Listed, Observed, Store, StoreError
from generator.publish.throttle import Throttle

TRIES = 3
"""How often a plan is made again when the store moves on between planning and executing."""


class History(msgspec.Struct, frozen=True):
    """How the live commit stands to this checkout: whether the checkout is `older`, and whether the
    live one is `foreign`, not of this history."""

    older: bool = False
    foreign: bool = False


HistoryOf = Callable[[str, int], History]
"""Looks at a commit that has this id and time (seconds since 1970)."""


EdgeCode = Callable[[Mapping[str, str], Collection[str]], str]
"""Makes the edge function for these redirects and output paths. Raises StoreError where it cannot
hold what it must."""


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """A place to publish to. `edge_code` makes the edge function for a release's redirects and its
    output paths, or is None where there is no edge, and `edge_name` is what the function is called
    there; `base` is the path under which readers see the store, `site` the whole address of what is
    published, and `answers_at` where the place itself says that it answers, if it does."""

    store: Store
    throttle: Throttle
    distribution: Distribution | None = None
    edge_code: EdgeCode | None = None
    edge_name: str = ""
    base: str = ""
    site: str = ""
    answers_at: str = ""


def policy_of(settings: PublishSettings, target: Target, local: Local) -> Policy:
    """Return the owner's rules for this target; what this run is allowed is put in later."""
    edge = ""
    if target.edge_code is not None:
        from generator.publish.edge_rules import code_digest

        code = target.edge_code(local.redirects, local.entries)
        edge = code_digest(code, target.edge_name)
    return Policy(
        retention=settings.retention.releases,
        grace_releases=settings.grace.releases,
        grace_days=settings.grace.days,
        guard_share=settings.delete_guard.share,
        guard_count=settings.delete_guard.count,
        page_max_age=settings.page_max_age,
        invalidate=target.distribution is not None,
        site=target.site,
        base=target.base,
        edge=edge,
    )


def look(target: Target, local: Local, *, verify: bool = False, rebuild: bool = False) -> Remote:
    """Return what is known of the store: two reads where the last publish came to its end.

    `verify` compares every object with a listing. `rebuild` treats a manifest that cannot be read
    as if there were none. Raises StoreError.
    """
    store = target.store
    found, etag = None, ""
    if document := store.read(MANIFEST):
        etag = document.etag
        try:
            found = decode_manifest(document.body)
        except UnreadableDocument as error:
            if not rebuild:
                raise StoreError(
                    str(error), "publish with --verify --force to replace it"
                ) from None
    journal, journal_etag = None, ""
    if document := store.read(JOURNAL):
        journal_etag = document.etag
        try:
            journal = decode_journal(document.body)
        except UnreadableDocument:
            verify, journal = True, Journal(token="")
    keys, gone, foreign = set(journal.touched if journal else ()), set[str](), list[str]()
    if verify or found is None:
        known = _known_etags(found)
        listed = {item.key: item for item in _site_objects(store)}
        keys = (keys & listed.keys()) | {
            key for key in listed if key in known and listed[key].etag != known[key]
        }
        keys |= {key for key in listed if key not in known and key in local.entries}
        gone = {key for key in known if key not in listed}
        if journal:
            gone |= journal.touched.keys() - listed.keys()
        foreign = sorted(listed.keys() - known.keys() - keys)
        if found is not None:  # how the store holds conditions is tried again, too
            found = msgspec.structs.replace(found, conditions="")
    observed: dict[str, Observed | None] = dict.fromkeys(sorted(gone))
    observed |= _heads(target, sorted(keys))
    return Remote(
        manifest=found,
        etag=etag,
        journal=journal,
        journal_etag=journal_etag,
        observed=observed,
        foreign=tuple(foreign),
    )


def make_plan(
    target: Target,
    local: Local,
    policy: Policy,
    now: datetime,
    *,
    verify: bool = False,
    history: HistoryOf | None = None,
) -> Plan:
    """Look at the store and plan what makes `local` live there. Raises StoreError.

    A plan that restores a release copies only from what was seen to be there, and over what was:
    what cannot be restored as a whole is refused before anything is changed. Raises MovedOn where
    somebody else wrote since.
    """
    remote = look(target, local, verify=verify, rebuild=verify and policy.force)
    live = remote.manifest
    if live and history and local.commit and live.commit not in ("", local.commit):
        found = history(live.commit, live.committed)
        policy = msgspec.structs.replace(policy, older=found.older, foreign=found.foreign)
    while True:
        plan = planner.plan(local, remote, policy, now)
        lost = _lost_sources(target, plan) if policy.from_store else frozenset()
        if lost <= remote.lost:
            break
        remote = msgspec.structs.replace(remote, lost=remote.lost | lost)

    if policy.from_store and not plan.refused:
        _refuse_moved(target, plan)
    return plan


def _refuse_moved(target: Target, plan: Plan) -> None:
    """Raise MovedOn where what a plan would replace is no longer what it was made for."""
    writes = [o for o in plan.operations if o.kind == "copy" and o.expect is not None]
    if not writes:
        return
    there = {item.key: item.etag for item in _site_objects(target.store)}
    moved = [o.path for o in writes if there.get(o.path, "") != o.expect]
    if moved:
        raise changed_by_others(moved[0])


def _lost_sources(target: Target, plan: Plan) -> frozenset[tuple[Ref, str]]:
    """Return the sources of a plan's copies that are gone, or are not what they should be."""
    made = {operation.path for operation in plan.operations if operation.kind == "keep"}
    sources = sorted(
        {
            (operation.source, operation.entry.sha256)
            for operation in plan.operations
            if operation.kind == "copy" and operation.source and operation.entry
            if operation.source.key not in made
        }
    )
    if not sources:
        return frozenset()
    with ThreadPoolExecutor(target.throttle.most) as pool:
        seen = pool.map(lambda one: target.store.head(one[0].key, one[0].version), sources)
        return frozenset(
            source
            for source, found in zip(sources, seen, strict=True)
            if found is None or found.sha256 != source[1]
        )


def publish(
    target: Target,
    local: Local,
    find: Callable[[str], Path],
    policy: Policy,
    now: datetime,
    *,
    holder: str,
    verify: bool = False,
    history: HistoryOf | None = None,
    agreed: Plan | None = None,
    before: Callable[[Plan], None] | None = None,
    progress: Progress = quiet,
) -> tuple[Plan, Outcome]:
    """Make `local` the live release. `find` tells where the file of an output path lies.

    `agreed` is a plan that was looked at before: nothing else is done than what it says, or
    MovedOn is raised. `before` is called with a plan that is about to be carried out. Raises
    SiteError when the plan is refused, StoreError otherwise.
    """
    for attempt in range(TRIES):
        plan = make_plan(target, local, policy, now, verify=verify, history=history)
        if agreed is not None and not agreed.same_work(plan):
            same_base = (agreed.base, agreed.base_journal) == (plan.base, plan.base_journal)
            what = "the site was built again" if same_base else "something was published"
            raise MovedOn(f"{what} since this plan was made", "make a new plan and look at it")
        if before is not None and not plan.refused:
            before(plan)
        lease = Lease(target.store, holder, force=policy.force)
        codes: dict[Phase, str] = {}
        if target.edge_code:
            codes["files"] = _code_between(target.edge_code, plan, local)
            codes["edge"] = target.edge_code(local.redirects, local.entries)
        try:
            return plan, execute(
                plan,
                target.store,
                find,
                lease,
                now,
                throttle=target.throttle,
                distribution=target.distribution,
                edge_code=codes,
                progress=progress,
            )
        except MovedOn:
            manifest_moved = target.store.changed(MANIFEST, plan.base)
            if agreed is not None or attempt + 1 == TRIES or not manifest_moved:
                raise
    raise AssertionError("unreachable")


def _code_between(edge_code: EdgeCode, plan: Plan, local: Local) -> str:
    """The edge function while pages of both releases are live: right about the files of both.

    Where it cannot hold both, those that are to stay come first.
    """
    try:
        return edge_code(plan.redirects_before, [*local.entries, *plan.paths_before])
    except StoreError:
        return edge_code(plan.redirects_before, local.entries)


def manifest_of(store: Store) -> Manifest | None:
    """Return the live manifest, or None where nothing was published. Raises StoreError."""
    document = store.read(MANIFEST)
    if document is None:
        return None
    try:
        return decode_manifest(document.body)
    except UnreadableDocument as error:
        raise StoreError(str(error), "publish with --verify --force to replace it") from None


def find_release(manifest: Manifest, wanted: str) -> ReleaseInfo:
    """Return the release that `wanted` means: a number, the start of an id, or (empty) the one
    before the live one. Raises StoreError."""
    past = [info for info in manifest.releases if info.id != manifest.release]
    if not wanted:
        if not past:
            raise StoreError("there is no earlier release to go back to")
        return past[-1]
    hits = [info for info in manifest.releases if str(info.sequence) == wanted.removeprefix("#")]
    hits = hits or [info for info in manifest.releases if info.id.startswith(wanted)]
    if len(hits) != 1:
        what = "names no release" if not hits else "names more than one release"
        raise StoreError(f"`{wanted}` {what}", "`releases` lists them")
    return hits[0]


def past_release(store: Store, info: ReleaseInfo) -> Local:
    """Return a past release as one to publish. Raises StoreError."""
    document = store.read(release_key(info.id))
    if document is None:
        raise StoreError(f"the record of release {info.sequence} is gone")
    try:
        record: Record = decode_record(document.body)
    except UnreadableDocument as error:
        raise StoreError(str(error)) from None
    return Local(
        entries=record.entries,
        redirects=record.redirects,
        commit=record.commit,
        committed=record.committed,
        note=f"back to {info.sequence}",
    )


def garbage(store: Store, manifest: Manifest) -> list[Ref]:
    """Return what lies in the bookkeeping, or among old versions, that nothing needs.

    Live objects and foreign ones are never among it, nor are their versions.
    """
    wanted = {release_key(info.id) for info in manifest.releases}
    wanted |= {content_key(sha) for sha, kept in manifest.kept.items() if not kept.version}
    found = [
        Ref(item.key)
        for place in (f"{STATE}releases/", f"{STATE}content/")
        for item in store.listing(place)
        if item.key not in wanted
    ]
    needed = {kept_ref(sha, kept) for sha, kept in manifest.kept.items()}
    versions = [one for one in store.versions() if not one.ref.key.startswith(PREVIEWS)]
    foreign = {one.ref.key for one in versions if one.latest and not one.marker}
    foreign -= {*manifest.entries, *manifest.lingering}
    found += [
        one.ref
        for one in versions
        if not one.latest
        and one.ref not in needed
        and (one.ref.key.startswith(STATE) or one.ref.key not in foreign)
    ]
    return sorted(set(found))


def collect_garbage(target: Target, holder: str) -> list[Ref]:
    """Delete what nothing needs and return it. Raises Busy while a publish is at work."""
    manifest = manifest_of(target.store) or Manifest()
    lease = Lease(target.store, holder)
    lease.take(manifest.conditions)
    try:
        manifest = manifest_of(target.store) or Manifest()
        if target.store.read(JOURNAL) is not None:
            raise StoreError("an earlier publish is not complete", "publish first, then clean up")
        found = garbage(target.store, manifest)
        for start in range(0, len(found), 1_000):
            lease.keep()
            lease.confirm()
            target.store.delete(found[start : start + 1_000])
        if target.store.staged:
            seal(target.store, lease)
    finally:
        lease.give_back()
    return found


def previews(store: Store) -> dict[str, Manifest]:
    """Return the previews that lie at the store, by name; a folder without a manifest is none."""
    found = {}
    for name in store.folders(PREVIEWS):
        manifest = manifest_of(store.within(f"{PREVIEWS}{name}/"))
        if manifest is not None:
            found[name] = manifest
    return found


def preview_prefix(name: str) -> str:
    """Where a preview lies below the site's own place. Raises StoreError for a name that does not
    make a good path."""
    plain = name.replace("-", "").replace("_", "").replace(".", "")
    if not plain.isascii() or not plain.isalnum() or name.startswith(".") or len(name) > 60:
        raise StoreError(
            f"`{name}` does not make a good address", "use letters, digits and hyphens"
        )
    return f"{PREVIEWS}{name}/"


def remove_preview(target: Target, name: str, holder: str) -> int:
    """Delete a preview and return how many objects it had; its manifest goes last.

    One that was never complete goes too. The distribution forgets all of it: what is published
    under this name again is new to the manifest, and of what is new it knows nothing. Raises
    StoreError where there is no such preview; whatever happens, removing it again completes that.
    """
    prefix = preview_prefix(name)
    inner = target.store.within(prefix)
    if next(iter(inner.listing()), None) is None:
        raise StoreError(f"there is no preview `{name}`", "`previews` lists them")
    manifest = _readable_manifest(inner) or Manifest()
    lease = Lease(inner, holder, force=True)  # of one dated in the future it is rid of, too
    lease.take(manifest.conditions)
    try:
        keys = [item.key for item in inner.listing()]
        refs = [Ref(key) for key in keys if not key.startswith(STATE)]
        for start in range(0, len(refs), 1_000):
            lease.keep()
            lease.confirm()
            inner.delete(refs[start : start + 1_000])
        if target.distribution is not None:
            section = f"{invalidation.addresses([prefix], target.base)[0]}*"
            target.distribution.invalidate(Pending(reference=lease.token, paths=(section,)))
    except BaseException:
        with contextlib.suppress(StoreError):
            lease.give_back()
        raise
    state = [Ref(key) for key in keys if key.startswith(STATE)]
    state.sort(key=lambda ref: ref.key == MANIFEST)
    if inner.staged:
        inner.delete([ref for ref in state if ref.key != LEASE])
        seal(inner, lease)
    if not lease.give_back(*state):
        raise StoreError("this was held up for too long and stopped", "remove the preview again")
    return len(refs)


def _readable_manifest(store: Store) -> Manifest | None:
    """A preview is removed also where its manifest is damaged."""
    with contextlib.suppress(UnreadableDocument):
        document = store.read(MANIFEST)
        return decode_manifest(document.body) if document else None
    return None


def _known_etags(manifest: Manifest | None) -> dict[str, str]:
    if manifest is None:
        return {}
    known = {path: old.entry.etag for path, old in manifest.lingering.items()}
    return known | {path: entry.etag for path, entry in manifest.entries.items()}


def _site_objects(store: Store) -> Iterator[Listed]:
    return (item for item in store.listing() if not item.key.startswith((STATE, PREVIEWS)))


def _heads(target: Target, keys: list[str]) -> dict[str, Observed | None]:
    if not keys:
        return {}
    with ThreadPoolExecutor(target.throttle.most) as pool:
        return dict(zip(keys, pool.map(target.store.head, keys), strict=True))
