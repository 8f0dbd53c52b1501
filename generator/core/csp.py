"""A Content-Security-Policy as browsers read it: what it lets a page load, run and send to.

Source: W3C, "Content Security Policy Level 3"; its sections are named where they are followed.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from urllib.parse import unquote, urlsplit

import msgspec

POLICY = "ContentSecurityPolicy"
"""The parameter of the stack, below `infra:` of site.yaml, that is a whole policy."""

_SCRIPTS = ("script-src", "default-src")
_FALLBACKS: dict[str, tuple[str, ...]] = {
    "script-src-elem": _SCRIPTS,
    "script-src-attr": _SCRIPTS,
    "script-preload": ("script-src-elem", *_SCRIPTS),
    "style-src-elem": ("style-src", "default-src"),
    "style-src-attr": ("style-src", "default-src"),
    "worker-src": ("child-src", *_SCRIPTS),
    "frame-src": ("child-src", "default-src"),
    "form-action": (),
    "base-uri": (),
    "frame-ancestors": (),
}
"""Which directives speak where one is not there (6.8.3); of all others it is default-src.
`script-preload` is none: a script that a `<link>` fetches, which no parser inserts."""

_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
_HASHES = ("sha256", "sha384", "sha512")
_ALSO = {
    "http": ("http", "https"),
    "ws": ("ws", "wss", "http", "https"),
    "wss": ("wss", "https"),
}
"""Which schemes a source's scheme allows beside itself: the safer ones (6.7.2.9)."""


class Policy(msgspec.Struct, frozen=True):
    """The directives of a policy, each with its sources. Without any, nothing is forbidden."""

    directives: Mapping[str, tuple[str, ...]] = {}

    def sources(self, directive: str) -> tuple[str, ...] | None:
        """Return the sources that hold for `directive`, or None where it allows everything."""
        found = (self.directives[name] for name in self.chain(directive) if name in self.directives)
        return next(found, None)

    @staticmethod
    def chain(directive: str) -> tuple[str, ...]:
        """Return the directives that may speak for one, the first that is there before others."""
        return (directive, *_FALLBACKS.get(directive, ("default-src",)))

    def allows(self, directive: str, url: str, page: str, integrity: str = "") -> bool:
        """Say whether the page at the full address `page` may load, or send to, a full `url`.

        `integrity` is that of a script (6.7.1.1). `prefetch` is the least of all (6.1.3).
        """
        if directive == "prefetch":
            names = ("default-src", *(name for name in self.directives if name.endswith("-src")))
            return any(self.allows(name, url, page) for name in names)
        sources = self.sources(directive)
        if sources is None:
            return True
        if "upgrade-insecure-requests" in self.directives and url.startswith("http:"):
            url = f"https:{url.removeprefix('http:')}"
        if directive == "script-src-elem":
            if integrity and _all_listed(integrity, sources):
                return True
            if "'strict-dynamic'" in sources:
                return False
        if directive == "script-preload" and "'strict-dynamic'" in sources:
            return True
        return any(_matches(source, url, page) for source in sources)

    def allows_inline(self, directive: str, digests: Iterable[str]) -> bool:
        """Say whether a script, a style or an attribute may stand in a page (6.7.3.3).

        `digests` are those of its text, as `digests_of` gives them.
        """
        sources = self.sources(directive)
        if sources is None:
            return True
        listed = [source[1:-1] for source in sources if source.startswith(("'sha", "'nonce-"))]
        strict = "'strict-dynamic'" in sources and directive.startswith("script")
        if "'unsafe-inline'" in sources and not listed and not strict:
            return True
        by_hash = directive.endswith("-elem") or "'unsafe-hashes'" in sources
        return by_hash and not set(digests).isdisjoint(listed)

    @property
    def forbids_frames(self) -> bool:
        """Whether a page of the site refuses to be shown in a frame of the site's own."""
        return self.directives.get("frame-ancestors") == ("'none'",)


@lru_cache(16)
def read_policy(text: str) -> Policy:
    """Read a policy as a header has it (2.2.1): of two with one name the first one counts."""
    directives: dict[str, tuple[str, ...]] = {}
    for part in text.split(";"):
        words = part.split()
        if words:
            directives.setdefault(words[0].lower(), tuple(words[1:]))
    return Policy(directives)


def written(policy: Policy) -> str:
    """Return a policy as a header has it."""
    return "; ".join(" ".join((name, *sources)) for name, sources in policy.directives.items())


@lru_cache(1024)
def digests_of(text: str) -> tuple[str, ...]:
    """Return the digests under which a policy may name the text of a script or a style (8.4)."""
    raw = text.encode(errors="surrogatepass")
    return tuple(
        f"{name}-{base64.b64encode(hashlib.new(name, raw).digest()).decode()}" for name in _HASHES
    )


def _all_listed(integrity: str, sources: Iterable[str]) -> bool:
    wanted = [f"'{each.partition('?')[0]}'" for each in integrity.split()]
    return bool(wanted) and set(wanted) <= set(sources)


def _matches(source: str, url: str, page: str) -> bool:
    """Say whether a full address matches a source (6.7.2.7)."""
    try:
        target, own = urlsplit(url), urlsplit(page)
        port, own_port = _port(url), _port(page)
    except ValueError:
        return False
    if source == "*":
        return target.scheme in ("http", "https", own.scheme)
    if source.lower() == "'self'":
        if not target.hostname or target.hostname != own.hostname:
            return False
        usual = port == _PORTS.get(target.scheme) and own_port == _PORTS.get(own.scheme)
        safe = target.scheme in ("https", "wss") or (own.scheme, target.scheme) == ("http", "ws")
        same = (target.scheme, port) == (own.scheme, own_port)
        return same or ((port == own_port or usual) and safe)
    if source.startswith("'"):
        return False
    scheme, slashes, rest = source.partition("://")
    if not slashes:
        if source.endswith(":"):
            return _fits(source[:-1].lower(), target.scheme)
        scheme, rest = own.scheme, source
    return _fits(scheme.lower(), target.scheme) and _at_host(rest, target.hostname, port, url)


def _at_host(source: str, host: str | None, port: int | None, url: str) -> bool:
    """Say whether host, port and path of an address match a source without its scheme."""
    place, slash, path = source.partition("/")
    name, colon, number = place.partition(":")
    name = name.lower()
    if not host:
        return False
    if name.startswith("*."):
        if not host.endswith(name[1:]):
            return False
    elif name not in ("*", host):
        return False
    usual = _PORTS.get(urlsplit(url).scheme)
    if not colon and port != usual:
        return False
    if colon and number not in ("*", str(port)) and not (number == "80" and port == 443):
        return False
    wanted, given = unquote(path), unquote(urlsplit(url).path.removeprefix("/"))
    if not slash or not path:
        return True
    return given.startswith(wanted) if path.endswith("/") else given == wanted


def _fits(scheme: str, given: str) -> bool:
    return given in _ALSO.get(scheme, (scheme,))


def _port(url: str) -> int | None:
    parts = urlsplit(url)
    return parts.port or _PORTS.get(parts.scheme)
