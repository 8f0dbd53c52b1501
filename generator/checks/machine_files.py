"""Files for machines: feeds, sitemap, robots.txt, web manifest, JSON.

Sources of the rules: RFC 4287 (Atom), RSS 2.0 specification (rssboard.org), JSON Feed 1.1
(jsonfeed.org), the sitemap protocol (sitemaps.org), RFC 9309 (robots.txt), W3C Web Application
Manifest.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import re
from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote, urljoin, urlsplit

import msgspec

from generator.checks.codes import problem
from generator.config.settings import SiteConfig
from generator.core.html_tokens import tags
from generator.core.problems import Problem

if TYPE_CHECKING:
    from lxml import etree

_ATOM = "{http://www.w3.org/2005/Atom}"
_SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
_CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
MOST_SITEMAP_URLS = 50_000
MOST_SITEMAP_BYTES = 52_428_800
_RFC3339 = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_W3C_DATE = re.compile(
    r"\d{4}(?:-\d\d(?:-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?)?)?", re.ASCII
)
_DISPLAY = ("fullscreen", "standalone", "minimal-ui", "browser")
_LINKS_IN_CONTENT = {"a": "href", "img": "src", "video": "src", "audio": "src", "source": "src"}


class Fault(NamedTuple):
    """One thing that is wrong, before the file's path is known."""

    code: str
    line: int
    message: str
    needle: str = ""


Found = Iterator[Fault]


def check_document(
    path: str, content: bytes, paths: Collection[str], config: SiteConfig
) -> list[Problem]:
    """Check a feed, sitemap, robots.txt, manifest or JSON file; nothing for other files.

    `path` and `paths` are output paths. XML is a feed or a sitemap by its root element; other XML
    only has to be well-formed.
    """
    check = _check_for(path)
    if check is None:
        return []
    release = _Release(paths if isinstance(paths, (set, frozenset)) else frozenset(paths), config)
    found = {
        problem(fault.code, path, fault.line, fault.message, needle=fault.needle)
        for fault in check(content, release)
    }
    return sorted(found)


class DocumentJob(msgspec.Struct, frozen=True, kw_only=True):
    """A file to be checked: its output path, and what it holds."""

    path: str
    content: bytes


def document_step(release: tuple[frozenset[str], SiteConfig]) -> Callable[[DocumentJob], bytes]:
    """Return a function from a file to the encoded list of what is wrong with it. `release` is all
    output paths and the settings."""
    paths, config = release
    encode = msgspec.msgpack.Encoder().encode
    return lambda job: encode(check_document(job.path, job.content, paths, config))


class _Release:
    """What else there is."""

    def __init__(self, paths: Collection[str], config: SiteConfig) -> None:
        self._paths = paths
        self.config = config

    def holds(self, url: str) -> bool | None:
        """Say whether a full address is in the release; None when it is of another host."""
        parts = urlsplit(url)
        if parts.netloc.lower() != urlsplit(self.config.url).netloc.lower():
            return None
        path = unquote(parts.path) or "/"
        if path == self.config.base:
            path += "/"
        if not path.startswith(f"{self.config.base}/"):
            return None
        name = path[len(self.config.base) :].lstrip("/")
        return (f"{name}index.html" if not name or name.endswith("/") else name) in self._paths


_Check = Callable[[bytes, _Release], Found]


def _check_for(path: str) -> _Check | None:
    name = path.rpartition("/")[2]
    if path == "robots.txt":
        return _robots
    if name.endswith((".xml", ".atom", ".rss")):
        return _xml
    if name.endswith(".webmanifest") or name == "manifest.json":
        return _manifest
    if name.endswith(".json"):
        return _json
    return None


# XML


def _xml(content: bytes, release: _Release) -> Found:
    from lxml import etree  # seldom needed: where no feed changed, none is read

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        code = "sitemap" if b"sitemaps.org" in content[:1000] else "feed-syntax"
        yield Fault(code, error.lineno or 0, f"not well-formed XML: {_plain_message(error)}")
        return
    except ValueError as error:  # lxml refuses some names and characters this way
        yield Fault("feed-syntax", 0, f"not well-formed XML: {error}")
        return
    if root.tag == f"{_ATOM}feed":
        yield from _atom(root)
    elif root.tag == "rss":
        yield from _rss(root)
    elif root.tag == f"{_SITEMAP}urlset":
        yield from _urlset(root, content, release)
    elif root.tag == f"{_SITEMAP}sitemapindex":
        yield from _sitemap_index(root, release)


def _plain_message(error: etree.XMLSyntaxError) -> str:
    return re.sub(r", line \d+, column \d+.*$", "", str(error.msg or "no element"), flags=re.DOTALL)


def _text(element: etree._Element, name: str) -> str:
    return (element.findtext(name) or "").strip()


def _line(element: etree._Element) -> int:
    line = element.sourceline
    return line if isinstance(line, int) else 0


def _atom(feed: etree._Element) -> Found:
    yield from _atom_part(feed, "the feed")
    entries = feed.findall(f"{_ATOM}entry")
    authored = feed.find(f"{_ATOM}author") is not None
    ids: set[str] = set()
    for entry in entries:
        name = f"the entry `{_text(entry, f'{_ATOM}title')}`"
        yield from _atom_part(entry, name)
        if not authored and entry.find(f"{_ATOM}author") is None:
            yield Fault("feed-member", _line(entry), f"{name} has no author, nor has the feed")
        identity = _text(entry, f"{_ATOM}id")
        if identity and identity in ids:
            yield Fault(
                "feed-duplicate", _line(entry), f"{name} has the id of another: `{identity}`"
            )
        ids.add(identity)
        content = entry.find(f"{_ATOM}content")
        relations = {link.get("rel", "alternate") for link in entry.findall(f"{_ATOM}link")}
        if content is None and "alternate" not in relations:
            yield Fault("feed-member", _line(entry), f"{name} has neither content nor a link")
        if content is not None and content.get("type") == "html":
            yield from _content_urls(content.text or "", _line(content), name)


def _atom_part(part: etree._Element, name: str) -> Found:
    for member in ("id", "title", "updated"):
        if not _text(part, f"{_ATOM}{member}"):
            yield Fault("feed-member", _line(part), f"{name} has no `{member}`")
    for member in ("updated", "published"):
        element = part.find(f"{_ATOM}{member}")
        value = (element.text or "").strip() if element is not None else ""
        if element is not None and value and not _is_rfc3339(value):
            message = f"{name}: `{member}` is `{value}`, not a date as RFC 3339 writes it"
            yield Fault("feed-member", _line(element), message)
    identity = _text(part, f"{_ATOM}id")
    if identity and not urlsplit(identity).scheme:
        yield Fault("feed-url", _line(part), f"{name}: the id `{identity}` is not absolute")
    for link in part.findall(f"{_ATOM}link"):
        if not _absolute(link.get("href", "")):
            message = f"{name}: the link `{link.get('href', '')}` is not absolute"
            yield Fault("feed-url", _line(link), message)


def _rss(root: etree._Element) -> Found:
    channel = root.find("channel")
    if channel is None:
        yield Fault("feed-member", _line(root), "the feed has no `channel`")
        return
    if root.get("version") != "2.0":
        yield Fault(
            "feed-member", _line(root), f"the version is `{root.get('version', '')}`, not 2.0"
        )
    for member in ("title", "link", "description"):
        if not _text(channel, member):
            yield Fault("feed-member", _line(channel), f"the channel has no `{member}`")
    yield from _rss_urls(channel, "the channel")
    ids: set[str] = set()
    for item in channel.findall("item"):
        name = f"the item `{_text(item, 'title')}`"
        if not _text(item, "title") and not _text(item, "description"):
            yield Fault("feed-member", _line(item), "an item has neither title nor description")
        yield from _rss_urls(item, name)
        identity = _text(item, "guid")
        if not identity:
            yield Fault("feed-member", _line(item), f"{name} has no `guid`")
        elif identity in ids:
            yield Fault(
                "feed-duplicate", _line(item), f"{name} has the guid of another: `{identity}`"
            )
        ids.add(identity)
        guid = item.find("guid")
        permalink = guid is not None and guid.get("isPermaLink", "true") == "true"
        if permalink and identity and not _absolute(identity):
            yield Fault("feed-url", _line(item), f"{name}: the guid `{identity}` is not absolute")
        for content in (item.find(_CONTENT), item.find("description")):
            if content is not None:
                yield from _content_urls(content.text or "", _line(content), name)


def _rss_urls(part: etree._Element, name: str) -> Found:
    link = _text(part, "link")
    if link and not _absolute(link):
        yield Fault("feed-url", _line(part), f"{name}: the link `{link}` is not absolute")
    for member in ("pubDate", "lastBuildDate"):
        value = _text(part, member)
        if value and not _is_rfc822(value):
            message = f"{name}: `{member}` is `{value}`, not a date as RFC 822 writes it"
            yield Fault("feed-member", _line(part), message)
    enclosure = part.find("enclosure")
    if enclosure is not None and not _absolute(enclosure.get("url", "")):
        message = f"{name}: the enclosure `{enclosure.get('url', '')}` is not absolute"
        yield Fault("feed-url", _line(enclosure), message)


def _urlset(root: etree._Element, content: bytes, release: _Release) -> Found:
    entries = root.findall(f"{_SITEMAP}url")
    if len(entries) > MOST_SITEMAP_URLS:
        yield Fault("sitemap", 0, f"{len(entries)} addresses; a sitemap holds at most 50,000")
    if len(content) > MOST_SITEMAP_BYTES:
        yield Fault("sitemap", 0, f"{len(content)} bytes; a sitemap holds at most 52,428,800")
    if not entries:
        yield Fault("sitemap", 0, "the sitemap lists no page")
    seen: set[str] = set()
    for entry in entries:
        yield from _sitemap_entry(entry, release, seen)


def _sitemap_entry(entry: etree._Element, release: _Release, seen: set[str]) -> Found:
    url = _text(entry, f"{_SITEMAP}loc")
    line = _line(entry)
    if not url:
        yield Fault("sitemap", line, "an entry has no `loc`")
        return
    if url in seen:
        yield Fault("sitemap", line, f"`{url}` is listed twice")
    seen.add(url)
    if not _absolute(url):
        yield Fault("sitemap", line, f"`{url}` is not absolute")
    elif not release.holds(url):
        yield Fault("sitemap", line, f"`{url}` is not a page of this site")
    changed = _text(entry, f"{_SITEMAP}lastmod")
    if changed and not _is_w3c_date(changed):
        yield Fault(
            "sitemap", line, f"`{url}`: lastmod is `{changed}`, not a date such as 2024-05-01"
        )


def _sitemap_index(root: etree._Element, release: _Release) -> Found:
    entries = root.findall(f"{_SITEMAP}sitemap")
    if len(entries) > MOST_SITEMAP_URLS:
        yield Fault("sitemap", 0, f"{len(entries)} sitemaps; an index holds at most 50,000")
    seen: set[str] = set()
    for entry in entries:
        yield from _sitemap_entry(entry, release, seen)


# JSON


def _decode(content: bytes) -> tuple[Any, str, int]:
    """Return the value, or what is wrong with its line."""
    try:
        return msgspec.json.decode(content), "", 0
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        at = re.search(r"\(byte (\d+)\)", str(error))
        line = content.count(b"\n", 0, int(at[1])) + 1 if at else 0
        return None, f"not JSON: {error}", line
    except RecursionError:
        return None, "not JSON that can be read: nested too deeply", 0


def _json(content: bytes, _: _Release) -> Found:
    data, wrong, line = _decode(content)
    if wrong:
        feed = b"jsonfeed.org" in content[:1000]
        yield Fault("feed-syntax" if feed else "json-syntax", line, wrong)
    elif isinstance(data, dict) and str(data.get("version", "")).startswith("https://jsonfeed.org"):
        yield from _json_feed(data)


def _json_feed(feed: dict[str, Any]) -> Found:
    if not _filled(feed.get("title")):
        yield Fault("feed-member", 0, "the feed has no `title`")
    for member in ("home_page_url", "feed_url", "icon", "favicon", "next_url"):
        if member in feed and not _absolute(str(feed[member])):
            yield Fault("feed-url", 0, f"the feed: `{member}` `{feed[member]}` is not absolute")
    items = feed.get("items")
    if not isinstance(items, list):
        yield Fault("feed-member", 0, "the feed has no `items`")
        return
    ids: set[str] = set()
    for item in items:
        if not isinstance(item, dict):
            yield Fault("feed-member", 0, "an item is not an object")
            continue
        yield from _json_item(item, ids)


def _json_item(item: dict[str, Any], ids: set[str]) -> Found:
    identity = item.get("id")
    name = f"the item `{item.get('title') or identity or ''}`"
    if not _filled(identity):
        yield Fault("feed-member", 0, f"{name} has no `id`")
    elif str(identity) in ids:
        yield Fault("feed-duplicate", 0, f"{name} has the id of another: `{identity}`")
    ids.add(str(identity))
    if not isinstance(item.get("content_html"), str) and not isinstance(
        item.get("content_text"), str
    ):
        yield Fault("feed-member", 0, f"{name} has neither `content_html` nor `content_text`")
    for member in ("url", "external_url", "image", "banner_image"):
        if member in item and not _absolute(str(item[member])):
            yield Fault("feed-url", 0, f"{name}: `{member}` `{item[member]}` is not absolute")
    for member in ("date_published", "date_modified"):
        if member in item and not _is_rfc3339(str(item[member])):
            message = f"{name}: `{member}` is `{item[member]}`, not a date as RFC 3339 writes it"
            yield Fault("feed-member", 0, message)
    if isinstance(item.get("content_html"), str):
        yield from _content_urls(item["content_html"], 0, name)


def _manifest(content: bytes, release: _Release) -> Found:
    data, wrong, line = _decode(content)
    if wrong:
        yield Fault("web-manifest", line, wrong)
        return
    if not isinstance(data, dict):
        yield Fault("web-manifest", 0, "the manifest is not an object")
        return
    if not _filled(data.get("name")) and not _filled(data.get("short_name")):
        yield Fault("web-manifest", 0, "the manifest has no `name`")
    if "display" in data and data["display"] not in _DISPLAY:
        yield Fault("web-manifest", 0, f"`display` is none of {', '.join(_DISPLAY)}")
    home = f"{release.config.origin}{release.config.base}/"
    for member in ("start_url", "scope"):
        if member in data and not _within(home, str(data[member])):
            yield Fault("web-manifest", 0, f"`{member}` `{data[member]}` leads outside the site")
    icons = data.get("icons")
    if not isinstance(icons, list) or not icons:
        yield Fault("web-manifest", 0, "the manifest has no `icons`")
        return
    for icon in icons:
        source = icon.get("src") if isinstance(icon, dict) else None
        if not _filled(source):
            yield Fault("web-manifest", 0, "an icon has no `src`")
        elif not _within(home, str(source)) or not release.holds(urljoin(home, str(source))):
            yield Fault("web-manifest", 0, f"the icon `{source}` does not exist")


# Text


def _robots(content: bytes, release: _Release) -> Found:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        yield Fault("robots", content.count(b"\n", 0, error.start) + 1, "not UTF-8 text")
        return
    if len(content) > 512_000:
        yield Fault("robots", 0, "longer than 500 KiB; robots may stop reading there")
    group = False
    for number, written in enumerate(text.splitlines(), start=1):
        line = written.partition("#")[0].strip()
        if not line:
            continue
        field, colon, value = line.partition(":")
        field, value = field.strip().lower(), value.strip()
        if not colon or not field:
            yield Fault("robots", number, f"`{line}` is not `field: value`")
        elif field == "user-agent":
            group = True
            if not value:
                yield Fault("robots", number, "`User-agent` names no robot")
        elif field in ("allow", "disallow"):
            if not group:
                yield Fault("robots", number, f"`{line}` stands before the first `User-agent`")
            if value and not value.startswith(("/", "*")):
                yield Fault("robots", number, f"the path `{value}` does not begin with /")
        elif field == "sitemap":
            if not _absolute(value):
                yield Fault("robots", number, f"the sitemap `{value}` is not absolute")
            elif release.holds(value) is False:
                yield Fault("robots", number, f"the sitemap `{value}` does not exist")


# What all of them need


def _filled(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _within(home: str, url: str) -> bool:
    try:
        return urljoin(home, url).startswith(home)
    except ValueError:
        return False


def _absolute(url: str) -> bool:
    """Say whether `url` is a full web address (or one of another scheme that needs no host)."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return False
    if parts.scheme in ("http", "https"):
        return bool(parts.netloc)
    return parts.scheme in ("mailto", "tel", "data", "tag", "urn")


def _content_urls(content: str, line: int, name: str) -> Found:
    """Find addresses in an entry's HTML that lead nowhere in a feed reader."""
    for tag in tags(content):
        attribute = _LINKS_IN_CONTENT.get(tag.name)
        url = tag.attributes.get(attribute, "") if attribute else ""
        if url and not url.startswith("#") and not _absolute(url):
            yield Fault("feed-url", line, f"{name}: its content has the address `{url}`", url)


def _is_rfc3339(text: str) -> bool:
    if not _RFC3339.fullmatch(text):
        return False
    try:
        dt.datetime.fromisoformat(text.upper())
    except ValueError:
        return False
    return True


def _is_w3c_date(text: str) -> bool:
    if not _W3C_DATE.fullmatch(text):
        return False
    padded = text if len(text) > 7 else f"{text}-01-01"[:10]
    try:
        dt.datetime.fromisoformat(padded)
    except ValueError:
        return False
    return True


def _is_rfc822(text: str) -> bool:
    try:
        email.utils.parsedate_to_datetime(text)
    except ValueError:
        return False
    return True
