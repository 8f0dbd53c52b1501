"""Writes the files that a host or a web server reads, to be part of the release."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from generator.adapters.aws.sent_headers import headers_of
from generator.adapters.files.compress import Variants
from generator.config.settings import SiteConfig
from generator.core.artifacts import OutputFile
from generator.core.cache import Cache
from generator.publish.hosts.apache import apache
from generator.publish.hosts.nginx import nginx
from generator.publish.hosts.rules import Writer, pages_files, rules_of
from generator.publish.hosts.static_hosts import cloudflare, netlify

WRITERS: Mapping[str, Writer] = {
    "apache": apache,
    "cloudflare": cloudflare,
    "netlify": netlify,
    "nginx": nginx,
}
"""By what `publish.rules` says."""


def make_host_files(
    root: Path,
    config: SiteConfig,
    cache: Cache,
    files: Iterable[OutputFile],
    redirects: Mapping[str, str],
    built: Path,
    memory: Path,
) -> Variants:
    """Write the files that `publish.rules` and `publish.target` ask for, into `memory`. Readers get
    the headers that the site in `root` is sent with everywhere (`headers_of`).

    Where the owner has one of that name (in `static/root/`), rules are written below the owner's
    own lines; any other file of theirs stays as it is. Raises SiteError for a template of the stack
    that cannot be read.
    """
    settings, files = config.publish, list(files)
    own = {file.path: built / file.path for file in files}
    made: dict[str, bytes] = {}
    if settings.target == "git":
        found = pages_files(config.url, cname=settings.cname)
        made = {path: content for path, content in found.items() if path not in own}
    if settings.rules != "none":
        rules = rules_of(
            [file for file in files if file.path not in _NAMES],
            redirects,
            headers_of(root, config, cache).pages,
            page_max_age=settings.page_max_age,
            base=config.base,
        )
        for path, text in WRITERS[settings.rules](rules).items():
            before = own[path].read_bytes().rstrip(b"\n") + b"\n" if path in own else b""
            made[path] = before + text.encode("utf-8", "surrogateescape")
    memory.mkdir(parents=True, exist_ok=True)
    places = {}
    found_files = []
    for path, content in sorted(made.items()):
        place = memory / path
        if not (place.is_file() and place.read_bytes() == content):
            place.write_bytes(content)
        places[path] = place
        digest = hashlib.sha256(content).hexdigest()
        found_files.append(OutputFile(path=path, sha256=digest, size=len(content), role="entry"))
    return Variants(tuple(found_files), places)


_NAMES = frozenset({".htaccess", "_headers", "_redirects", "nginx.conf"})
