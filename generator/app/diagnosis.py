"""`publish.py doctor`: what publishing still lacks, found out by trying it."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from generator.adapters.aws.s3_conditions import described
from generator.app.targets import folder_store, git_branch, ssh_store
from generator.config.settings import SiteConfig
from generator.publish.headers import Headers
from generator.publish.lease import Lease, read_lease
from generator.publish.manifest import LEASE, STATE, Entry, Ref
from generator.publish.store import Conflict, Store, StoreError

State = Literal["ok", "note", "wrong"]


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at; `hint` says what to do where it is wrong."""

    what: str
    state: State
    message: str
    hint: str = ""


def diagnose(config: SiteConfig, root: Path) -> Iterator[Finding]:
    """Try everything that a publish needs; only a probe in the bookkeeping is written."""
    if config.publish.stack or config.publish.target == "s3":
        yield from _cloud(config, root)
    elif config.publish.target == "folder":
        yield from try_store(folder_store(config, root), root)
    elif config.publish.target == "git":
        yield from _git(config, root)
    else:
        yield from _server(config, root)


def _git(config: SiteConfig, root: Path) -> Iterator[Finding]:
    """Whether the branch can be read and pushed to; nothing is pushed."""
    name = f"branch {config.publish.branch}"

    def read() -> str:
        tip = git_branch(config, root).fetch()
        if git_branch(config, root).is_source(tip):
            raise StoreError(
                "it holds what the site is made from",
                "name another one with publish.branch, such as gh-pages",
            )
        return f"is there, at {tip[:10]}" if tip else "is not there yet; publishing makes it"

    def push() -> str:
        git_branch(config, root).try_push()
        return "works"

    reading = _try(f"{name}, read", read)
    yield reading
    if reading.state == "ok":
        yield _try(f"{name}, push", push)
        yield Finding(
            f"{name}, history",
            "note",
            "holds all earlier releases, deleted posts too, for whoever may read the repository",
            "`gc` drops those that are older than publish.retention",
        )


def _server(config: SiteConfig, root: Path) -> Iterator[Finding]:
    """Whether the server can be reached and written to, and how releases go live there."""

    def write() -> str:
        lease = Lease(ssh_store(config, root), "doctor")
        lease.take()
        lease.give_back()
        return "works"

    def place() -> str:
        found = ssh_store(config, root).place()
        sent = "by rsync" if found.has_rsync else "by sftp, for there is no rsync"
        if found.swaps:
            return f"a release is sent {sent}, and goes live as a whole by one rename of a link"
        why = (
            f"`{found.path}` is a folder: move it away, and it becomes a link"
            if found.has_shell
            else "the server gives no shell"
        )
        return f"files are sent {sent}, and go live one by one, in order: {why}"

    writing = _try(f"{config.publish.server}, write", write)
    yield writing
    if writing.state == "ok":
        yield _try(f"{config.publish.server}, release", place)


def try_store(store: Store, scratch: Path) -> Iterator[Finding]:
    """Write, read, copy, list and delete one small object; `scratch` is a folder to write in."""
    probe, copied = f"{STATE}doctor.json", f"{STATE}doctor-copy.json"
    etag = ""

    def clear() -> str:
        store.delete([Ref(probe), Ref(copied)])
        return "works"

    def write() -> str:
        nonlocal etag
        etag = store.write(probe, b'{"probe": 1}', expect="")
        return "works"

    def lease() -> str:
        found = store.read(LEASE)
        if found is None:
            return "no publish is at work"
        held = read_lease(found)
        if held.ahead:
            raise StoreError(
                f"{held.holder} holds it, dated {held.ahead:,.0f} s in the future: a clock was set "
                "back",
                "when no publish is at work, `publish --force` takes it over",
            )
        if held.left > 0:
            return f"{held.holder} is at work; if it crashed, its lease ends in {held.left:.0f} s"
        return f"{held.holder} broke off; the next publish completes that"

    def conditions() -> str:
        nonlocal etag
        found = described(store.try_conditions(probe, b'{"probe": 1}'))
        document = store.read(probe)
        etag = document.etag if document else ""
        return found

    def read() -> str:
        document = store.read(probe)
        if document is None or document.etag != etag:
            raise StoreError("what was written cannot be read back")
        if not -60 < document.age < 600:
            raise StoreError(f"the store's clock is off by {document.age:.0f} s")
        return "works"

    def upload() -> str:
        entry = _entry(b'{"probe": 3}')
        file = scratch / ".tidepost" / "doctor-probe"
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(b'{"probe": 3}')
        try:
            told = store.upload(copied, file, entry, expect="")
        finally:
            file.unlink()
        seen = store.head(copied)
        if seen is None or seen.sha256 != entry.sha256 or seen.headers not in (None, entry.headers):
            raise StoreError(
                "what was stored does not come back with the headers that were sent",
                "readers would get pages as files to download; use another server",
            )
        if told.version:
            return "works; the store keeps versions, so a changed page costs one request"
        return "works; the store keeps no versions, so what is overwritten is copied aside first"

    def copy() -> str:
        store.copy(Ref(copied), probe, _entry(b'{"probe": 3}'), expect=None)
        return "works"

    def listing() -> str:
        if probe not in {item.key for item in store.listing(STATE)}:
            raise StoreError("what was written is not listed")
        return "works"

    steps: tuple[tuple[str, Callable[[], str]], ...] = (
        ("delete", clear),
        ("lease", lease),
        ("write", write),
        ("conditional writes", conditions),
        ("read", read),
        ("upload", upload),
        ("copy", copy),
        ("list", listing),
        ("clean up", clear),
    )
    for what, step in steps:
        finding = _try(f"{store.name}, {what}", step)
        yield finding
        if finding.state == "wrong" and what == "write":
            return


def _entry(content: bytes) -> Entry:
    from generator.core.artifacts import digest

    return Entry(
        sha256=digest(content),
        size=len(content),
        role="entry",
        headers=Headers(content_type="application/json", cache_control="no-store"),
    )


def _try(what: str, step: Callable[[], str]) -> Finding:
    try:
        return Finding(what, "ok", step())
    except StoreError as error:
        return Finding(what, "wrong", error.message, error.hint)
    except Conflict:
        return Finding(
            what, "wrong", "a probe of another run is there", "run `doctor` again in a minute"
        )


def _cloud(config: SiteConfig, root: Path) -> Iterator[Finding]:
    from generator.adapters.aws.account_checks import CloudChecks
    from generator.app.cloud import account_of, outputs_of, store_of

    settings = config.publish
    try:
        account = account_of(config)
        checks = CloudChecks(account)
    except StoreError as error:
        yield Finding("credentials", "wrong", error.message, error.hint)
        return
    who = _try("credentials", checks.identity)
    if who.state == "wrong" and settings.endpoint_url:
        who = Finding("credentials", "note", "this server does not say who we are")
    yield who
    if who.state == "wrong":
        return
    try:
        where = outputs_of(config, account)
    except StoreError as error:
        yield Finding("stack", "wrong", error.message, error.hint)
        return
    if settings.stack:
        yield Finding("stack", "ok", f"{settings.stack} holds bucket {where.bucket}")
    store = store_of(config, account, where.bucket)
    yield from try_store(store, root)
    if not where.distribution:
        yield Finding("distribution", "note", "none is set; readers get the bucket as it is served")
        return
    prefix = settings.prefix.strip("/")
    host = urlsplit(config.url).hostname or ""
    for what, state, message, hint in checks.distribution(
        where.distribution, where.bucket, prefix, config.base, host
    ):
        yield Finding(what, state, message, hint)
    yield _try("invalidation", lambda: checks.invalidation(where.distribution))
    if where.edge_function:
        yield _try("edge function", lambda: checks.function(where.edge_function))
    else:
        yield Finding(
            "edge function",
            "note",
            "none is set: aliases are answered by redirect pages",
            "set publish.edge_function to the name of the distribution's viewer-request function",
        )
    yield _resolves(host, checks.domain)
    yield _certificate(host)


def _resolves(host: str, domain: str) -> Finding:
    """Whether the site's name leads to the distribution."""
    try:
        mine = {found[4][0] for found in socket.getaddrinfo(host, 443)}
    except OSError:
        return Finding(
            "DNS",
            "wrong",
            f"{host} does not resolve",
            f"make it an alias of (or a CNAME to) {domain}" if domain else "",
        )
    try:
        theirs = {found[4][0] for found in socket.getaddrinfo(domain, 443)} if domain else set()
    except OSError:
        theirs = set()
    if theirs and not mine & theirs:
        return Finding(
            "DNS",
            "note",
            f"{host} and {domain} have no address in common now",
            "right after a change that can be so; else point the name to the distribution",
        )
    return Finding("DNS", "ok", f"{host} resolves")


def _certificate(host: str) -> Finding:
    """Whether readers get a certificate that browsers take, and until when."""
    context = ssl.create_default_context()
    try:
        with (
            socket.create_connection((host, 443), timeout=5) as plain,
            context.wrap_socket(plain, server_hostname=host) as secure,
        ):
            certificate = secure.getpeercert() or {}
    except ssl.SSLCertVerificationError as error:
        return Finding(
            "certificate",
            "wrong",
            f"browsers will refuse it: {error.verify_message}",
            f"the distribution needs a certificate for {host}, made in us-east-1",
        )
    except OSError as error:
        return Finding("certificate", "note", f"cannot be looked at: {error}")
    ends = ssl.cert_time_to_seconds(str(certificate.get("notAfter", "")))
    return Finding("certificate", "ok", f"valid until {datetime.fromtimestamp(ends, UTC):%Y-%m-%d}")
