"""Small sites to publish, and a reader who follows every reference of what is live."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec

from generator.core.artifacts import OutputFile, Role
from generator.publish.headers import Headers
from generator.publish.manifest import STATE, Entry, Local, Manifest, local_release

Site = dict[str, tuple[Role, bytes]]


def page(title: str, *references: str) -> bytes:
    links = "".join(f'<a href="{reference}">x</a>' for reference in references)
    return f"<!doctype html><title>{title}</title>{links}".encode()


def old_site() -> Site:
    css = "/site.0001.css"
    return {
        "site.0001.css": ("asset", b"old css"),
        "gone.0001.png": ("asset", b"old picture"),
        "index.html": ("entry", page("old", css, "/posts/a/", "/posts/b/", "/feed.xml")),
        "404.html": ("entry", page("404", css, "/")),
        "feed.xml": ("entry", page("feed old", "/posts/a/", "/posts/b/")),
        "about/index.html": ("page", page("about", "/site.same.css", "/")),
        "site.same.css": ("asset", b"same css"),
        "posts/a/index.html": ("page", page("a", css, "/posts/b/", "/")),
        "posts/b/index.html": ("page", page("b", css, "/posts/a/", "/gone.0001.png")),
        "was/index.html": ("redirect", page("was", "/posts/b/")),
    }


def new_site() -> Site:
    """Changed, new and deleted pages and assets, and new pages that refer to each other."""
    css = "/site.0002.css"
    return {
        "site.0002.css": ("asset", b"new css"),
        "new.0002.png": ("asset", b"new picture"),
        "index.html": ("entry", page("new", css, "/posts/a/", "/posts/c/", "/feed.xml")),
        "404.html": ("entry", page("404", css, "/")),
        "feed.xml": ("entry", page("feed new", "/posts/a/", "/posts/c/")),
        "about/index.html": ("page", page("about", "/site.same.css", "/")),
        "site.same.css": ("asset", b"same css"),
        "posts/a/index.html": ("page", page("a", css, "/posts/c/", "/tags/x/", "/")),
        "posts/c/index.html": ("page", page("c", css, "/tags/x/", "/new.0002.png")),
        "tags/x/index.html": ("entry", page("x", css, "/posts/c/", "/posts/a/")),
        "was/index.html": ("redirect", page("was", "/posts/a/")),
    }


def lay(site: Site, folder: Path) -> list[OutputFile]:
    """Write a site to a folder, as a build does."""
    files = []
    for path, (role, content) in site.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        files.append(OutputFile(path=path, sha256=digest, size=len(content), role=role))
    return files


def local_of(site: Site, folder: Path, **options: Any) -> Local:
    settings = {"page_max_age": 60, "cdn": False, **options}
    return local_release(lay(site, folder), settings.pop("redirects", {}), **settings)


def with_headers(local: Local, path: str, **headers: str) -> Local:
    """The same release with other headers on one object."""
    entry = local.entries[path]
    changed = msgspec.structs.replace(
        entry, headers=msgspec.structs.replace(entry.headers, **headers)
    )
    return msgspec.structs.replace(local, entries={**local.entries, path: changed})


class Live(msgspec.Struct):
    """One object as a reader would get it; headers are None where the store keeps none."""

    content: bytes
    headers: Headers | None


def folder_live(root: Path) -> dict[str, Live]:
    return {
        path.relative_to(root).as_posix(): Live(path.read_bytes(), None)
        for path in root.rglob("*")
        if path.is_file() and STATE.rstrip("/") not in path.relative_to(root).parts
    }


def old_layout(folder: Path) -> None:
    """Lay a folder's bookkeeping into it, where it was up to version 0.1."""
    state = folder.with_name(f"{folder.name}.tidepost")
    for preview in (state / "_preview").glob("*"):
        preview.rename(folder / "_preview" / preview.name / ".tidepost")
    shutil.rmtree(state / "_preview", ignore_errors=True)
    state.rename(folder / ".tidepost")


def bucket_live(s3: Any, bucket: str, prefix: str = "") -> dict[str, Live]:
    def read(key: str) -> Live:
        answer = s3.get_object(Bucket=bucket, Key=prefix + key)
        return Live(
            answer["Body"].read(),
            Headers(
                content_type=answer["ContentType"],
                cache_control=answer.get("CacheControl", ""),
                content_encoding=answer.get("ContentEncoding", ""),
            ),
        )

    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    keys = [item["Key"].removeprefix(prefix) for page in pages for item in page.get("Contents", ())]
    keys = [key for key in keys if not key.startswith(STATE)]
    with ThreadPoolExecutor(8) as pool:
        return dict(zip(keys, pool.map(read, keys), strict=True))


def references(content: bytes) -> list[str]:
    found = []
    for reference in re.findall(rb'href="/([^"]*)"', content):
        path = reference.decode()
        found.append(f"{path}index.html" if path == "" or path.endswith("/") else path)
    return found


def broken_references(live: Mapping[str, bytes], starts: Iterable[str]) -> list[str]:
    """Follow all references from those `starts` that exist; name what leads nowhere."""
    broken = []
    seen = {start for start in starts if start in live}
    waiting = list(seen)
    while waiting:
        path = waiting.pop()
        if PurePosixPath(path).suffix not in (".html", ".xml"):
            continue
        for target in references(live[path]):
            if target not in live:
                broken.append(f"{path} -> {target}")
            elif target not in seen:
                seen.add(target)
                waiting.append(target)
    return sorted(broken)


def check_whole(
    live: Mapping[str, Live],
    committed: Manifest | None,
    old: Local | None,
    new: Local,
    *,
    but: Iterable[str] = (),
) -> None:
    """What must hold at every moment of a publish from `old` to `new`, killed or not.

    Every page of the release that is committed is there and refers only to what exists, and so
    does all that can be reached from it; every object is wholly the old one or wholly the new one,
    `but` for assets that linger from releases before.
    """
    release = committed.entries if committed else {}
    contents = {path: one.content for path, one in live.items()}
    missing = [path for path in release if path not in live]
    assert not missing, f"the committed release lacks {missing}"
    pages = [path for path, entry in release.items() if entry.role != "asset"]
    broken = broken_references(contents, [*pages, "index.html", "feed.xml"])
    assert not broken, f"references lead nowhere: {broken}"
    if committed:
        known = [{p: e.sha256 for p, e in one.entries.items()} for one in (old, new) if one]
        assert {p: e.sha256 for p, e in release.items()} in known, "the manifest is of no release"
    but = set(but)
    for path, one in live.items():
        digest = hashlib.sha256(one.content).hexdigest()
        wanted = [r.entries[path] for r in (old, new) if r and path in r.entries]
        if not wanted and path in but:
            continue
        assert wanted, f"{path} is of neither release"
        assert any(
            entry.sha256 == digest and one.headers in (None, entry.headers) for entry in wanted
        ), f"{path} is neither the old object nor the new one"


def check_is(live: Mapping[str, Live], release: Local, *, but: Iterable[str] = ()) -> None:
    """Live is exactly this release, bytes and headers, but for assets that linger."""
    extra = set(live) - set(release.entries) - set(but)
    assert not extra, f"not part of the release: {sorted(extra)}"
    for path, entry in release.entries.items():
        assert path in live, f"{path} is missing"
        assert hashlib.sha256(live[path].content).hexdigest() == entry.sha256, path
        assert live[path].headers in (None, entry.headers), path


def entries_without_memory(manifest: Manifest) -> dict[str, Entry]:
    return {
        path: msgspec.structs.replace(entry, etag="", version="")
        for path, entry in manifest.entries.items()
    }
