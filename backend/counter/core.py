"""What counts as a view: the rules, with no clock, no table and no network.

NamedTuple instead of dataclass: `dataclasses` pulls in `inspect`, which a cold start would pay for.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

SITE = "*"
"""Stands for the whole site where a path is expected; no real path can be equal to it."""
SITE_SHARDS = 8
"""Every view touches the site's own count, so that is spread over this many items."""
MAX_PATH = 512
"""Longest path in bytes of UTF-8."""
MAX_READ = 100
"""Most paths that one request may ask for: one BatchGetItem."""
MAX_BODY = 16_384
"""Longest request body in bytes: MAX_READ paths of ordinary length fit."""
MAX_RELOAD_MINUTES = 1440
BUCKET = 30
"""Seconds in which view ids are remembered together; an id is known for one to two of them.

Longer than a view can be repeated: counter.js gives an attempt up after ten seconds, waits three,
and the function has ten for the second. Not much longer: a write pays for all ids in its item.
"""
MOST_VIEWS = 50
"""Views of one page that are counted of one visitor in a day. Readers have fewer; where a whole
school has one address and one kind of browser, its views beyond these are left out."""
PATIENCE = 2.0
"""Seconds after which a request begins no other step. Counter and form share the executions that an
account may have at a time (AWS, "Lambda quotas"): who waits here makes the form wait."""

_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_CRAWLER = re.compile(
    # What calls itself "compatible" is no browser of this century, and no browser names a website
    # or a mail address. (Ecosia's do name their version so: `Ecosia android@150.0.0.0`.)
    r"compatible;(?! msie)|https?:|www\.|mailto|@(?!\d)|[a-z\d]\.(?:com?|io|fr|net|org)\b"
    r"|[-/ ]agent\b"
    r"|(?<!cu)bot\b|bots?[/_;-]|crawl|spider|slurp|scrap|archiver|preview|facebookexternalhit|embedly"
    r"|lighthouse|pagespeed|gtmetrix|ptst/|google[- ](?:favicon|web|ads|read|physical|agent|site)"
    r"|synthetic|inspect|monitor|uptime|pingdom|thousandeyes|validator|scan|check|survey|sitemap"
    r"|feedfetcher|mediapartners|apis-google|whatsapp|-user/|nikto|nessus|openvas|insights|verif"
    # A program that borrows a browser's name puts its own into the middle of it.
    r"|like gecko(?:[,;](?! safari)|\) [a-z]+ (?:version|chrome)/)"
    # These say nothing but what they are called.
    r"|collapsify|dareboost|datanyze|hardenize|httpagent|linktiger|newsnow|outbrain|playstore-"
    r"|securityheaders|silktide|testlocally|zgrab",
    re.IGNORECASE,
)
_HEADLESS = re.compile(r"headless|phantomjs|electron|puppeteer|playwright|selenium", re.IGNORECASE)
_LIBRARY = re.compile(
    r"^(?!mozilla/)|curl|wget|python|java/|libwww|httpclient|okhttp|go-http|axios|node|ruby|perl",
    re.IGNORECASE,
)


class Refused(Exception):
    """A request that is not counted; `status` is the HTTP status and `code` a stable short name."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


class Count(NamedTuple):
    """What is known of a page. `visitors` adds up the unique visitors of each day."""

    views: int = 0
    visitors: int = 0
    bots: int = 0


class Request(NamedTuple):
    """A parsed request. `path` is empty where nothing is to be counted.

    `read` maps the paths whose counts are asked for, as the caller spelled them, to their one
    spelling; so the answer has the caller's. `reload` is the window in seconds in which this page
    view, a reload, does not count again; 0 is a page that was really opened. `automated` is the
    browser's own admission.
    """

    path: str = ""
    view: str = ""
    reload: int = 0
    automated: bool = False
    read: Mapping[str, str] = {}
    site: bool = False


def normalise(raw: str) -> str:
    """Return the one spelling of a path: decoded, no query, no `index.html`, slash at the end.

    Publishing and counting both call it, so `/a`, `/a/?x=1` and `/a/index.html` are one page.
    Raises Refused for what cannot be a path of a site.
    """
    if not raw.startswith("/") or len(raw) > MAX_PATH * 3:
        raise Refused(400, "path")
    try:
        path = unquote(urlsplit("//h" + raw).path, errors="strict")
    except ValueError:
        raise Refused(400, "path") from None
    parts = [part for part in path.split("/") if part]
    if any(part in (".", "..") or "\\" in part or not part.isprintable() for part in parts):
        raise Refused(400, "path")
    if parts and parts[-1] == "index.html":
        parts.pop()
    path = "/" + "/".join(parts)
    if parts and "." not in parts[-1]:
        path += "/"
    try:
        size = len(path.encode())
    except UnicodeEncodeError:
        raise Refused(400, "path") from None
    if size > MAX_PATH:
        raise Refused(400, "path")
    return path


def parse_count(body: bytes) -> Request:
    """Read the body of `POST /api/count`. Raises Refused."""
    if len(body) > MAX_BODY:
        raise Refused(413, "too-large")
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        raise Refused(400, "json") from None
    if not isinstance(data, dict):
        raise Refused(400, "json")
    view, path, read = data.get("id"), data.get("path"), data.get("read", [])
    if not isinstance(view, str) or not _ID.fullmatch(view):
        raise Refused(400, "id")
    if not isinstance(path, str):
        raise Refused(400, "path")
    if not isinstance(read, list) or not all(isinstance(item, str) for item in read):
        raise Refused(400, "read")
    normalise(path)
    return Request(
        path=path,
        view=view,
        reload=60 * _whole(data.get("reload", 0), MAX_RELOAD_MINUTES),
        automated=data.get("auto") is True,
        read=_paths(read),
        site=data.get("site") is True,
    )


def parse_read(pairs: Iterable[tuple[str, str]]) -> Request:
    """Read the query of `GET /api/count?path=/a/&path=/b/&site=1`. Raises Refused."""
    paths, site = [], False
    for name, value in pairs:
        if name == "path":
            paths.append(value)
        elif name == "site":
            site = value == "1"
    if not paths and not site:
        raise Refused(400, "path")
    return Request(read=_paths(paths), site=site)


def bot_reason(headers: Mapping[str, str], automated: bool) -> str:
    """Return why this request is not a reader's, or an empty string. Names are lower-case."""
    agent = headers.get("user-agent", "").strip(' "')  # some proxies put it in quotes
    if not agent:
        return "no-agent"
    if "prefetch" in headers.get("sec-purpose", "") or headers.get("purpose") == "prefetch":
        return "prefetch"
    if _HEADLESS.search(agent):
        return "headless"
    if _CRAWLER.search(agent):
        return "crawler"
    if _LIBRARY.search(agent):
        return "library"
    return "automation" if automated else ""


def visitor_key(salt: bytes, address: str, agent: str) -> str:
    """Return the name a visitor has for one day: useless once the day's salt is gone.

    Only the first half of an IPv6 address is used, since the second half changes by itself
    (RFC 8981) while the first one belongs to the household (RFC 6177).
    """
    if ":" in address:
        address = _network(address)
    sealed = hmac.new(salt, f"{address}\n{agent}".encode("utf-8", "replace"), hashlib.sha256)
    return base64.urlsafe_b64encode(sealed.digest()[:15]).decode()


def view_key(view: str) -> str:
    """Return the short name under which a view's id is remembered.

    48 bits: an item holds some thousands of them at most, so that one view in 10^10 is lost.
    """
    return base64.urlsafe_b64encode(hashlib.sha256(view.encode()).digest()).decode()[:8]


def reader_address(source: str, headers: Mapping[str, str], edge_key: str) -> str:
    """Return the reader's address: what the CDN says if it proves to be ours, else the caller's.

    Behind CloudFront the API sees the CDN's address. The distribution adds the secret header
    `x-tidepost-edge`; without it, forwarded addresses could be forged and are not believed.
    `CloudFront-Viewer-Address` is never believed: where no policy has CloudFront write it, it is
    whatever the reader sent along.
    """
    given = headers.get("x-tidepost-edge", "").encode("utf-8", "replace")
    if not edge_key or not hmac.compare_digest(given, edge_key.encode()):
        return source
    hops = [hop.strip() for hop in headers.get("x-forwarded-for", "").split(",") if hop.strip()]
    # The API appends the CDN's address; the one before it was written by the CDN itself.
    return hops[-2] if len(hops) > 1 else source


def allowed_origin(origin: str, allowed: tuple[str, ...]) -> bool:
    """Return whether a page of `origin` may use the API; a request that names no origin may."""
    return not origin or not allowed or "*" in allowed or origin in allowed


def _paths(raw: list[str]) -> dict[str, str]:
    if len(raw) > MAX_READ:
        raise Refused(400, "too-many-paths")
    return {path: normalise(path) for path in raw}


def _whole(value: Any, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise Refused(400, "reload")
    return min(value, most)


def _network(address: str) -> str:
    """Return the /64 an IPv6 address lies in, or the embedded IPv4 address."""
    import ipaddress  # only IPv6 readers pay for it

    try:
        parsed = ipaddress.IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.IPv6Address(int(parsed) >> 64 << 64))
