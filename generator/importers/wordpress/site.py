"""A WordPress export, and the files of wp-content/uploads -> Tidepost's content."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import Counter
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec

from generator.core.urls import slugify, term_slug
from generator.importers import markdown, settings
from generator.importers.addresses import Addresses
from generator.importers.documents import Made, config_of, make, possible, settle
from generator.importers.lines import Line, code_mask, without_controls
from generator.importers.model import Conversion, OldSite, Target, Values
from generator.importers.old_dates import moment_of, on_its_day, zone_of
from generator.importers.report import Report
from generator.importers.reporter import Reporter
from generator.importers.static_files import StaticFiles
from generator.importers.wordpress import html as wordpress_html
from generator.importers.wordpress.export import Channel, Item, Opener, items, refuse_others

UPLOADS = "wp-content/uploads/"
_SHORT = re.compile(r"^[^?#]*\?(?:p|page_id)=(\d+)(?=$|[#&])")
_SIZED = re.compile(r"-(?:\d+x\d+|scaled|rotated|e\d{10,})(?=\.\w+$)")
_DRAFTS = {
    "draft": "",
    "auto-draft": "",
    "pending": "it waits for a review",
    "private": "it is private",
}
_OWN_TYPES = {"post", "page", "attachment"}
_SILENT_TYPES = {
    "revision",
    "custom_css",
    "customize_changeset",
    "oembed_cache",
    "user_request",
    "wp_block",
}
_INTERNAL = ("wp_", "nav_menu", "acf-", "elementor_", "jp_", "oembed", "wpcf7", "mc4wp", "ngg_")
"""Beginnings of types that hold the site's look or a plugin's settings, not texts."""
_PICTURE = re.compile(r"\.(?:png|jpe?g|gif|webp|avif|svg|bmp)$", re.IGNORECASE)
_LISTS = {"category": ("category", "categories"), "post_tag": ("tag", "tags")}
"""By a taxonomy's name in the export: the folder of its lists there, and here."""
_DESCRIPTIONS = ("_yoast_wpseo_metadesc", "rank_math_description", "_aioseo_description")


class _Known(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered of an item from the first reading."""

    title: str
    path: str
    attachment: str
    alt: str
    caption: str


def convert(opener: Opener, name: str, media: OldSite, target: Target) -> Conversion:
    """Convert an export. `media` are the files of wp-content/uploads by their path from there.

    Raises CannotImportError where it is no export.
    """
    return _WordPress(opener, name, media, target).convert()


class _WordPress:
    def __init__(self, opener: Opener, name: str, media: OldSite, target: Target) -> None:
        self.opener, self.name, self.target = opener, name, target
        self.tell = Reporter()
        self.channel = Channel(authors={}, faults=[])
        self.media = {f"{UPLOADS}{path}": file for path, file in media.items()}
        self.known: dict[str, _Known] = {}
        self.types: Counter[str] = Counter()
        self.comments = self.commented = 0
        self.names: Counter[str] = Counter()
        self.domains: set[str] = set()
        self.base = ""
        self.line_of_place: dict[str, int] = {}
        self.patterns: dict[str, Item] = {}
        self.attached: dict[str, list[str]] = {}
        self.moments: list[dt.datetime] = []
        self.open: set[str] = set()
        self.lists: dict[str, str] = {}

    def convert(self) -> Conversion:
        found = self.first_reading()
        refuse_others(self.channel, found, self.name)
        parts = urlsplit(self.channel.link)
        origin = f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
        self.base = parts.path.rstrip("/")
        self.addresses = Addresses(origin, self.base)
        static = StaticFiles(self.media, self.addresses, self.tell)
        for path in sorted(self.media):
            if not any(part.startswith(".") for part in path.split("/")):
                static.add(path, path)
        for known in self.known.values():
            if known.path and not known.attachment:
                self.addresses.add_page(known.path, self.kept(known.path))
        told, self.target, extra = settings.settle(
            self.suggest(origin), self.target, self.tell, self.name
        )
        made = [
            one
            for item in items(self.opener, Channel(authors={}, faults=[]))
            if (one := self.document(item))
        ]
        made = settle(made, self.target, self.tell)
        for one in made:
            url = "" if one.document.draft else one.url
            self.tell.converted(one.origin, one.path, url, self.line_of_place[one.path])
        self.told_once(made)
        redirects = possible(self.tell, made, self.target)
        told, extra = settings.with_redirects(told, extra, redirects)
        report = Report(
            origin=self.name,
            entries=tuple(sorted(self.tell.entries)),
            urls=tuple(sorted(one.url for one in made if not one.document.draft)),
            moved=tuple(sorted(self.tell.moved)),
            settings=told,
        )
        files = [*static.done(), *(one.file() for one in made), *extra]
        return Conversion(files=tuple(files), report=report)

    # The first reading: what there is, and where

    def first_reading(self) -> bool:
        """Learn of every item what others may refer to; say whether there is any at all."""
        found = False
        for item in items(self.opener, self.channel):
            found = found or bool(item.id)
            self.types[item.type] += 1
            if item.comments and item.type in ("post", "page"):
                self.comments += item.comments
                self.commented += 1
            self.domains |= {term.domain for term in item.terms}
            for term in item.terms if item.type == "post" else ():
                if term.domain in _LISTS and term.slug and term.slug != "uncategorized":
                    old, new = _LISTS[term.domain]
                    name = wordpress_html.plain_text(term.name)
                    self.lists[f"/{old}/{unquote(term.slug)}/"] = f"/{new}/{term_slug(name)}/"
            if item.type == "wp_block":
                self.patterns[item.id] = item
            if item.type == "attachment" and _PICTURE.search(item.attachment):
                self.attached.setdefault(item.parent, []).append(item.id)
            if item.type in ("post", "page") and (moment := moment_of(_date(item.date, item.gmt))):
                self.moments.append(moment)
            path = self.path_of(item) if item.status in ("publish", "future") else ""
            attachment = item.attachment if item.type == "attachment" else ""
            if self.is_text(item) or attachment:
                self.known[item.id] = _Known(
                    title=item.title,
                    path=path,
                    attachment=attachment,
                    alt=item.meta.get("_wp_attachment_image_alt", ""),
                    caption=wordpress_html.plain_text(item.excerpt) if attachment else "",
                )
        return found

    def is_text(self, item: Item) -> bool:
        """Return whether an item has a page: a post, a page, or a text of a type of its own."""
        if item.type in ("post", "page"):
            return True
        own = item.type not in _OWN_TYPES | _SILENT_TYPES and not item.type.startswith(_INTERNAL)
        return own and bool(item.content.strip()) and self.path_of(item) not in ("", "/")

    def path_of(self, item: Item) -> str:
        """Return the path of an item's address, or nothing where it has none of its own."""
        try:
            parts = urlsplit(item.link)
        except ValueError:
            return ""
        if parts.query or not parts.path:
            return "/" if not parts.query and parts.netloc else ""
        path = unquote(parts.path)
        base = urlsplit(self.channel.link).path.rstrip("/")
        if base and path.startswith(f"{base}/"):
            path = path[len(base) :]
        return path

    def kept(self, path: str) -> str:
        return path if path.endswith(("/", ".html", ".htm")) else f"{path}/"

    def suggest(self, origin: str) -> dict[str, Any]:
        channel = self.channel
        found: dict[str, Any] = {
            "title": wordpress_html.plain_text(channel.title),
            "url": origin + self.base if origin else "",
            "tagline": wordpress_html.plain_text(channel.description),
            "language": channel.language.replace("_", "-"),
            "timezone": zone_of(self.moments),
        }
        people = {login: {"name": name} for login, name in channel.authors.items()}
        if len(people) == 1:
            found["author"] = next(iter(people.values()))
        elif people:
            found["authors"] = people
        return found

    # Documents

    def document(self, item: Item) -> Made | None:
        if not self.is_text(item):
            return None
        if item.type not in _OWN_TYPES:
            self.types[item.type] -= 1
        if item.status not in ("publish", "future", *_DRAFTS):
            if item.status not in ("trash", "inherit"):
                message = f"not imported: its status is `{item.status}`"
                self.tell.left(self.name, item.line, f"{self.called(item)}: {message}")
            return None
        draft = item.status in _DRAFTS or bool(item.password)
        why = _DRAFTS.get(item.status, "") or ("it has a password" if item.password else "")
        if why:
            message = f"{self.called(item)}: {why}, and is a draft here"
            self.tell.changed(self.name, item.line, message)
        if item.sticky:
            message = (
                f"{self.called(item)}: it is sticky in WordPress, and in its order of date here"
            )
            self.tell.changed(self.name, item.line, message)
        url = "" if draft else self.path_of(item)
        if not url and not draft:
            self.tell.move(
                item.link or f"?p={item.id}", "", "an address without a name; see its post"
            )
        if url == "/" and item.type == "post":
            url = ""
        target = self.place(item, url, draft=draft)
        self.line_of_place[target] = item.line
        lines = self.lines(item, item.content_line)
        return make(
            target,
            self.name,
            "post" if item.type == "post" or draft else "page",
            self.front_matter(item, draft=draft),
            lines,
            url,
            self.target,
            self.tell,
            lambda _key: item.line,
        )

    def called(self, item: Item) -> str:
        title = " ".join(wordpress_html.plain_text(item.title).split())
        return f"{item.type} {item.id} ({title[:60]})" if title else f"{item.type} {item.id}"

    def place(self, item: Item, url: str, *, draft: bool) -> str:
        """Return where a document goes; two of one name get their numbers."""
        name = slugify(unquote(item.name)) or slugify(wordpress_html.plain_text(item.title))
        name = term_slug(name or f"{item.type}-{item.id or 'x'}")
        if draft:
            path = f"content/drafts/{name}"
        elif item.type == "post":
            day = item.date[:10] if re.match(r"\d{4}-\d\d-\d\d", item.date) else ""
            path = f"content/posts/{day}-{name}" if day else f"content/posts/{name}"
        else:
            parts = [term_slug(slugify(part) or name) for part in url.strip("/").split("/") if part]
            last = (
                re.sub(r"-html?$|\.html?$", "", parts[-1])
                if parts
                else "index"
                if url == "/"
                else name
            )
            path = "/".join(["content/pages", *parts[:-1], last])
        self.names[path.casefold()] += 1
        if self.names[path.casefold()] > 1:
            path = f"{path}-{item.id or self.names[path.casefold()]}"
        return f"{path}.md"

    def lines(self, item: Item, first: int) -> list[Line]:
        def notes(kind: str, line: int, message: str, hint: str) -> None:
            say = self.tell.left if kind == "left" else self.tell.changed
            say(self.name, first + line - 1, message, hint)

        text = wordpress_html.to_markdown(
            without_controls(item.content).replace("\r\n", "\n").replace("\r", "\n"),
            notes=notes,
            resolve=lambda address, line: self.resolved(address, first + line - 1, item),
            picture=self.picture,
            pattern=self.pattern,
            attached=self.attached.get(item.id, ()),
            footnotes=_footnotes(item.meta.get("footnotes", "")),
        )
        lines = _with_single_gaps([Line(each, first) for each in text.split("\n")])
        return markdown.set_headings(lines, self.tell, self.name, None)

    def pattern(self, number: str) -> str | None:
        """Return the text of a synced pattern, which may hold others, but not itself."""
        item = self.patterns.get(number)
        if item is None or number in self.open:
            return None
        self.open.add(number)
        lines = self.lines(item, item.content_line)
        self.open.remove(number)
        return "\n".join(line.text for line in lines)

    def resolved(self, address: str, line: int, item: Item) -> str:
        """Return an address in a text as it is now; what stays at the old site is reported."""
        if (short := _SHORT.search(address)) and (known := self.known.get(short[1])):
            address = f"{self.base}{known.path}" if known.path else address
        address = self.media_address(address)
        page = self.path_of(item) or "/"
        new, fault = self.addresses.resolve(address, page, "")
        stays = new == address and self.is_own(address)
        if fault or stays:
            what = "it stays at the old site" if stays else fault
            hint = (
                "copy the file to static/, or give its folder with --media"
                if UPLOADS in address
                else ""
            )
            hint = hint or "correct the link, or remove it"
            self.tell.left(self.name, line, f"address `{address}`: {what}", hint)
        return new

    def is_own(self, address: str) -> bool:
        try:
            host = urlsplit(address).netloc.lower().removeprefix("www.")
        except ValueError:
            return False
        return bool(host) and host == self.addresses.host

    def media_address(self, address: str) -> str:
        """Return the address of the whole picture for one of its smaller sizes, if it is here."""
        if UPLOADS not in address:
            return address
        path = UPLOADS + unquote(re.split(r"[?#]", address, maxsplit=1)[0].partition(UPLOADS)[2])
        whole = _SIZED.sub("", path)
        for candidate in (whole, path):
            if candidate in self.media:
                return f"{self.base}/{candidate}"
        return address

    def picture(self, number: str) -> tuple[str, str, str] | None:
        one = self.known.get(number)
        if one is None or not one.attachment:
            return None
        new, _ = self.addresses.resolve(self.media_address(one.attachment), "/", "")
        return new, one.alt, one.caption

    def front_matter(self, item: Item, *, draft: bool) -> Values:
        own: Values = {"title": wordpress_html.plain_text(item.title)}
        if not own["title"]:
            own["title"] = f"{item.type} {item.id}".strip().capitalize()
            message = f"{self.called(item)} has no title: it is called {own['title']}"
            self.tell.changed(self.name, item.line, message)
        zone = config_of(self.target).zone
        own["date"] = on_its_day(_date(item.date, item.gmt), zone)
        if item.modified[:10] > item.date[:10] and own["date"]:
            own["updated"] = _date(item.modified, "")
        slug = unquote(item.name)
        if slug and not draft and slug != slugify(slug):
            own["slug"] = term_slug(slug)
        for key, domain in (("categories", "category"), ("tags", "post_tag")):
            names = [
                wordpress_html.plain_text(term.name)
                for term in item.terms
                if term.domain == domain and term.slug != "uncategorized"
            ]
            own[key] = list(dict.fromkeys(name for name in names if name))
        if len(self.channel.authors) > 1 and item.creator and item.type == "post":
            known = self.target.config is not None and item.creator in self.target.config.authors
            own["authors"] = [
                item.creator if known else self.channel.authors.get(item.creator, item.creator)
            ]
        own["excerpt"] = wordpress_html.plain_text(item.excerpt)
        own["description"] = next(
            (text for key in _DESCRIPTIONS if (text := " ".join(item.meta.get(key, "").split()))),
            "",
        )
        if (thumbnail := item.meta.get("_thumbnail_id", "")) and not draft:
            if found := self.picture(thumbnail):
                own["image"], own["image_alt"], _ = found
                if self.is_own(found[0]):
                    message = (
                        f"the picture `{found[0]}` of {self.called(item)} stays at the old site"
                    )
                    self.tell.left(self.name, item.line, message, "give its folder with --media")
            else:
                message = f"the picture {thumbnail} of {self.called(item)} is not in the export"
                self.tell.left(self.name, item.line, message)
        return own

    # What concerns the export as a whole

    def told_once(self, made: list[Made]) -> None:
        for line, message in self.channel.faults:
            hint = "what follows may be missing; export again, or mend the file there"
            self.tell.left(self.name, line, f"the XML is damaged: {message}", hint)
        for kind, count in sorted(self.types.items()):
            if count and kind not in _OWN_TYPES | _SILENT_TYPES:
                self.tell.left(self.name, 0, f"{count} of the type `{kind}` are not imported")
        if count := self.types["attachment"]:
            message = f"{count} attachments in the export; {len(self.media)} files in --media"
            self.tell.changed(self.name, 0, message)
        if self.comments:
            message = f"{self.comments} comments on {self.commented} texts are not imported"
            self.tell.left(self.name, 0, message, "Tidepost has no comments of its own")
        for domain in sorted(self.domains - {"category", "post_tag", "nav_menu", "post_format"}):
            self.tell.left(self.name, 0, f"the taxonomy `{domain}` is not imported")
        if made:
            self.tell.move("/?p=ID", "", "WordPress's short addresses; nothing answers for them")
            self.tell.redirect("/feed/", "/feed.xml", "the feed")
            self.tell.move("/category/NAME/", "/categories/NAME/", "the lists of categories")
            self.tell.move("/tag/NAME/", "/tags/NAME/", "the lists of tags")
            for old, new in sorted(self.lists.items()):
                self.tell.redirects.setdefault(old, new)


def _with_single_gaps(lines: list[Line]) -> list[Line]:
    """Return lines with at most one empty line in a row, but for code."""
    out: list[Line] = []
    for line, code in zip(lines, code_mask(lines), strict=True):
        if code or line.text.strip() or (out and out[-1].text.strip()):
            out.append(line)
    return out


def _footnotes(given: str) -> dict[str, str]:
    """Return a post's footnotes, which WordPress keeps beside its text, by their ids."""
    try:
        found = json.loads(given or "[]")
    except ValueError:
        return {}
    return {
        str(one["id"]): str(one.get("content") or "")
        for one in (found if isinstance(found, list) else [])
        if isinstance(one, dict) and one.get("id")
    }


def _date(local: str, gmt: str) -> str:
    """Return a date with the offset that follows from its two readings, if there are two."""
    if not re.match(r"(?!0000)\d{4}-\d\d-\d\d", local):
        return ""
    try:
        here = dt.datetime.fromisoformat(local)
        there = dt.datetime.fromisoformat(gmt) if gmt and not gmt.startswith("0000") else None
    except ValueError:
        return ""
    text = f"{here:%Y-%m-%d %H:%M:%S}"
    if there is None:
        return text
    minutes = round((here - there).total_seconds() / 60)
    if abs(minutes) >= 24 * 60:
        return text
    sign = "-" if minutes < 0 else "+"
    return f"{text} {sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
