"""An Eleventy site -> Tidepost's content, data and static files."""

from __future__ import annotations

import datetime as dt
import json
import posixpath
import re
from collections import Counter
from typing import Any

from generator.core.urls import term_slug
from generator.core.yaml_reader import write_mapping
from generator.importers import settings
from generator.importers.addresses import as_link
from generator.importers.conversion.assembly import assembled, give_own_places
from generator.importers.conversion.body import (
    finished,
    picture,
    with_breaks,
    with_plain_tildes,
    without_indented_code,
)
from generator.importers.documents import Made, make
from generator.importers.eleventy.content import TITLE_KEYS, EleventyContent, Source
from generator.importers.eleventy.javascript import UNKNOWN, has_unknown
from generator.importers.eleventy.templates import convert as without_tags
from generator.importers.frontmatter import FrontMatterError, decode
from generator.importers.hugo.shortcodes import hide_rest
from generator.importers.jekyll.liquid import Context
from generator.importers.lines import Line, to_lines, without_controls
from generator.importers.model import (
    CannotImportError,
    Conversion,
    NewFile,
    OldSite,
    Target,
    Values,
)
from generator.importers.old_dates import as_date
from generator.importers.urls.lists import is_feed, list_of
from generator.importers.urls.patterns import common_pattern
from generator.importers.urls.slugs import simple_slug, sindre_slug

_OWN_KEYS = {
    *("title", "date", "layout", "permalink", "categories", "category", "tags", "override:tags"),
    *("draft", "eleventyComputed", "eleventyExcludeFromCollections", "eleventyNavigation", "image"),
    *("pagination", "templateEngineOverride", "dynamicPermalink", "redirect_from", "redirect_to"),
    *(
        "alias",
        "aliases",
        "redirectFrom",
        "author",
        "authors",
        "updated",
        "lastmod",
        "modified",
        "dateModified",
    ),
    *("excerpt", "summary", "slug", "image_alt", "imageAlt", "cover", "thumbnail", "eleventy"),
    *("eleventyDataSchema", "eleventyImport", "templateClass", "page", "templateEngine"),
}
_LISTS = ("/posts/", "/archive/", "/tags/", "/categories/")
_IMAGES = ("image", "cover", "thumbnail", "hero", "socialImage", "ogImage", "featuredImage")


def convert(files: OldSite, origin: str, target: Target) -> Conversion:
    """Convert an Eleventy site. Raises CannotImportError where it is none."""
    return _Eleventy(files, origin, target).convert()


class _Eleventy(EleventyContent):
    def convert(self) -> Conversion:
        names = sorted(self.files)
        package = self.files.get("package.json")
        uses = package is not None and b"@11ty/eleventy" in package.read()
        if not self.config_file and not uses:
            message = (
                "this is no Eleventy site: no eleventy.config.js, .eleventy.js, or package.json"
            )
            raise CannotImportError(self.origin, message, "name its folder")
        for path in names:
            self.sort_out(path)
        self.settle_kinds()
        give_own_places(self.sources)
        self.place_pictures()
        told, self.target, extra = settings.settle(
            self.suggest(), self.target, self.tell, self.config_file or "package.json"
        )
        for source in self.sources:
            self.register(source)
        for source in self.sources:
            self.terms(source)
        made = [one for source in self.sources if (one := self.document(source))]
        copied = [
            NewFile(path=place, origin=path, copy_of=path) for path, place in self.resources.items()
        ]
        for each in copied:
            self.tell.converted(each.origin, each.path)
        data = self.data_files(names)
        self.told_once(names)
        files = [*self.static.done(), *copied, *data]
        return assembled(
            made, files, extra, told, origin=self.origin, target=self.target, tell=self.tell
        )

    # What the settings say

    def suggest(self) -> dict[str, Any]:
        """Return the settings for `site.yaml`."""
        about = self.about

        def said(*keys: str) -> str:
            return next((text for key in keys if (text := settings.text_of(about.get(key)))), "")

        author = about.get("author")
        url = self.site_url()
        return {
            "title": said(*TITLE_KEYS),
            "url": f"{url}{self.base}" if url else "",
            "description": said("description", "siteDescription", "subtitle"),
            "tagline": said("tagline"),
            "language": said("language", "lang", "locale").replace("_", "-"),
            "timezone": said("timezone", "timeZone"),
            "author": settings.author_of(author),
            "menu": self.menu(),
            "markdown": {"smart": True} if self.smart else None,
            "permalinks": common_pattern(
                (one.url, one.name, one.date) for one in self.sources if one.is_post
            ),
        }

    def menu(self) -> list[dict[str, str]]:
        """Return the menu that the plugin for navigation makes of front matter."""
        items = []
        there = {source.url for source in self.sources} | {"/", "/feed.xml"}
        for page, entry in self.navigation:
            name = settings.text_of(entry.get("title") or entry.get("key"))
            url = settings.text_of(entry.get("url"))
            url = url or self.tell.redirects.get(page) or list_of(page) or page
            known = "://" in url or url in there or url in _LISTS
            if not name or entry.get("parent") or not known:
                continue
            order = entry.get("order")
            weight = float(order) if isinstance(order, int | float) else float("inf")
            kept = url if url.endswith(("/", ".html", ".xml")) or "://" in url else f"{url}/"
            items.append((weight, name, kept))
        return [{"title": name, "url": url} for _, name, url in sorted(items)]

    # Making documents

    def register(self, source: Source) -> None:
        """Make a text known to the links of all others."""
        place = source.place.removeprefix("content")
        self.addresses.add_source(source.path, place, draft=source.draft)
        if self.input:
            self.addresses.add_source(
                source.path.removeprefix(self.input), place, draft=source.draft
            )
        if not source.draft:
            kept = source.url if source.url.endswith(("/", ".html", ".htm")) else f"{source.url}/"
            self.addresses.add_page(source.url, kept)

    def terms(self, source: Source) -> None:
        """Know the lists of a post's tags, and lead their old addresses on."""
        if not source.is_post or source.draft:
            return
        tags = self.terms_of(source)
        self.addresses.add_terms("tags", tags)
        for before, how, others in self.term_pages:
            for name in others:
                if name == "all" or name in self.tags_of(source):
                    self.tell.redirect(f"{before}{name}/", "/posts/", "a list of posts")
            for tag in tags:
                slug = sindre_slug(tag) if how == "slugify" else simple_slug(tag)
                old, new = f"{before}{slug}/", f"/tags/{term_slug(tag)}/"
                if old != new:
                    self.addresses.add_page(old, new)
                    self.tell.redirect(old, new, f"the list of `{tag}`")

    def lines_of(self, source: Source) -> list[Line]:
        """Return the text without the old site's tags."""
        body = without_controls(source.matter.body)
        running = self.running(source)
        if running is None:
            lines = to_lines(body, source.matter.body_line)
        else:
            context = Context(
                values=running, post=self.file_named, file=self.file_named, include=self.included
            )
            lines = without_tags(
                body,
                source.matter.body_line,
                source.engine,
                context,
                self.tell,
                source.path,
                self.texts_of_shortcodes,
                self.texts_around,
            )
        if source.is_html:
            return lines
        if not self.indented_code:
            lines = without_indented_code(lines)
        lines = with_plain_tildes(lines)
        return with_breaks(lines) if self.breaks else lines

    def document(self, source: Source) -> Made | None:
        title = self.title_of(source)
        home = posixpath.dirname(source.place).removeprefix("content") + "/"
        title, lines = finished(
            self.lines_of(source),
            title,
            path=source.path,
            url=source.url,
            addresses=self.addresses,
            target=self.target,
            tell=self.tell,
            heading_id=self.heading_id,
            repeated=self.repeated,
            home=home,
            is_html=source.is_html,
        )
        return make(
            source.place,
            source.path,
            "post" if source.is_post else "page",
            self.front_matter(source, title or self.name_as_title(source)),
            hide_rest(lines),
            "" if source.draft else source.url,
            self.target,
            self.tell,
            source.matter.line_of,
        )

    def file_named(self, path: str) -> str | None:
        """Return the address of a file of the old site."""
        found = self.addresses.sources.get(path.lstrip("./")) or self.addresses.files.get(
            f"/{path.lstrip('./')}"
        )
        return as_link(found) if found else None

    def included(self, name: str) -> str | None:
        """Return the text of a file in the folder of includes, or None where there is none."""
        name = name.strip("\"', ")
        for end in ("", ".liquid", ".njk", ".html"):
            file = self.files.get(posixpath.normpath(f"{self.includes}{name}{end}"))
            if file is None:
                continue
            try:
                matter = self.taken_apart(decode(file.read()))
                return matter.body if matter else decode(file.read())
            except FrontMatterError:
                return None
        return None

    def front_matter(self, source: Source, title: str) -> Values:
        """Return a text's front matter."""
        values, own = source.values, {"title": title}  # type: Values, Values
        named = re.match(r"\d{4}-\d{2}-\d{2}-", posixpath.basename(source.place))
        day = source.written_date[:10]
        if source.written_date and not (
            named and source.is_post and source.written_date == named[0][:-1]
        ):
            own["date"] = source.written_date if source.is_post or day else None
        for key in ("updated", "lastmod", "modified", "dateModified", "last_modified_at"):
            if text := as_date(values.get(key) or "", dt.UTC):
                own.setdefault("updated", text)
        own["categories"] = [
            text for key in ("categories", "category") for text in _texts(values.get(key))
        ]
        own["tags"] = self.terms_of(source)
        own["aliases"] = self.aliases(source)
        people = values.get("authors") or values.get("author")
        own["authors"] = [
            text
            for one in (people if isinstance(people, list) else [people])
            if (text := settings.text_of(one.get("name") if isinstance(one, dict) else one))
        ]
        self.image(source, own)
        own["excerpt"] = settings.text_of(values.get("excerpt") or values.get("summary"))
        own["draft"] = True if source.draft else None
        for key, value in {**_of_text(source), **source.matter.values}.items():
            if (
                key not in _OWN_KEYS
                and key not in own
                and value not in (None, "")
                and not (isinstance(value, str) and "{{" in value)
            ):
                own[key] = value
        return own

    def aliases(self, source: Source) -> list[str]:
        """Return the old addresses that lead to a text."""
        found = []
        for key in ("redirect_from", "aliases", "alias", "redirectFrom"):
            value = source.values.get(key)
            for one in value if isinstance(value, list) else [value]:
                text = settings.text_of(one)
                if text and "://" not in text:
                    address = text if text.startswith("/") else f"/{text}"
                    found.append(address.removesuffix("index.html"))
        return list(dict.fromkeys(found))

    def image(self, source: Source, own: Values) -> None:
        """Find the picture that stands for a text, and what it shows."""
        values = source.values
        given: Any = next((values[key] for key in _IMAGES if values.get(key)), "")
        alt = values.get("image_alt") or values.get("imageAlt")
        if isinstance(given, dict):
            alt = given.get("alt") or alt
            given = given.get("src") or given.get("url") or given.get("path")
        text = settings.text_of(given)
        if not text or "{{" in text:
            return
        line = source.matter.line_of(*_IMAGES)
        address = picture(text, source.path, source.url, line, self.addresses, self.tell)
        if not address:
            return
        own["image"] = address
        if alt:
            own["image_alt"] = settings.text_of(alt)

    # What is neither document nor static file

    def data_files(self, names: list[str]) -> list[NewFile]:
        """Return the data files that Tidepost can read, and those that are literals of a script."""
        found = []
        for path in names:
            rest = path.removeprefix(self.data_folder)
            if not self.data_folder or rest == path or path.endswith((".md", ".txt")):
                continue
            stem, end = posixpath.splitext(rest)
            if end in (".yml", ".yaml", ".json", ".csv"):
                place = re.sub(r"\.yml$", ".yaml", f"data/{rest}")
                found.append(NewFile(path=place, origin=path, copy_of=path))
                self.tell.converted(path, place)
                continue
            value = self.data_of(path) if end in (".js", ".cjs", ".mjs", ".toml") else UNKNOWN
            if isinstance(value, dict | list) and value and not has_unknown(value):
                place, text = f"data/{stem}.json", json.dumps(value, ensure_ascii=False, indent=2)
                if isinstance(value, dict):
                    place, text = f"data/{stem}.yaml", write_mapping(value).rstrip()
                content = f"{text}\n".encode()
                found.append(NewFile(path=place, origin=path, content=content))
                self.tell.converted(path, place)
            else:
                hint = "write what it gives into a file in data/, as YAML, JSON or CSV"
                self.tell.left(path, 0, "not imported: data that a script works out", hint)
        return found

    def told_once(self, names: list[str]) -> None:
        """Tell what concerns the site as a whole."""
        folders = {self.includes, self.layouts} - {""}
        count = Counter(folder for path in names for folder in folders if path.startswith(folder))
        for folder, number in sorted(count.items()):
            files = "file" if number == 1 else "files"
            hint = "Tidepost has its own templates; docs/templates.md says how to change them"
            self.tell.left(folder.rstrip("/"), 0, f"{number} {files} of the old look", hint)
        code = [
            f"`{call.arguments[0]}`"
            for _, call in self.calls("addShortcode", "addPairedShortcode", "addAsyncShortcode")
            if call.arguments
            and isinstance(call.arguments[0], str)
            and call.arguments[0] not in {**self.texts_of_shortcodes, **self.texts_around}
        ]
        if code:
            hint = "make shortcodes of those that texts use; see docs/shortcodes.md"
            listed = ", ".join(dict.fromkeys(code))
            self.tell.left(self.config_file, 0, f"the site's own shortcodes: {listed}", hint)
        transforms = [call for _, call in self.calls("addTransform", "addPreprocessor")]
        if transforms:
            message = "its own code that changes texts or pages when they are built is not run"
            self.tell.left(self.config_file, transforms[0].line, message, "look at the result")
        for _, call in self.calls("addPlugin"):
            for one in call.arguments:
                feed = one.get("outputPath") if isinstance(one, dict) else None
                if isinstance(feed, str) and is_feed(f"/{feed.lstrip('/')}"):
                    self.tell.redirect(f"/{feed.lstrip('/')}", "/feed.xml", "the feed")
        if self.resources:
            self.tell.move(
                "files beside texts",
                "/assets/...",
                "named by their content; links in texts are right",
            )


def _texts(value: Any) -> list[str]:
    given = value if isinstance(value, list) else [value]
    return [text for one in given if (text := settings.text_of(one))]


def _of_text(source: Source) -> Values:
    """Return what data files say of a text that is about the text, not about its template."""
    return {key: source.values[key] for key in ("description", "series") if key in source.values}
