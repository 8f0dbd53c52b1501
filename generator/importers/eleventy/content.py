"""An Eleventy site's content: its texts, what each becomes, and its address.

Rules: 11ty.dev, "Permalinks", "Content dates", "Eleventy supplied data"; tried with 3.1.8.
"""

from __future__ import annotations

import datetime as dt
import functools
import posixpath
import re
from collections import Counter
from typing import Any

import msgspec

from generator.importers import settings
from generator.importers.addresses import PICTURES_AND_FILMS, Addresses
from generator.importers.documents import title_of, words
from generator.importers.eleventy.data import EleventyData, path_stem
from generator.importers.eleventy.settings import TEMPLATES
from generator.importers.eleventy.templates import runs
from generator.importers.frontmatter import FrontMatterError, Matter, decode
from generator.importers.jekyll.liquid import Runs, first_control
from generator.importers.model import OldSite, Target, Values
from generator.importers.old_dates import as_date, moment_of
from generator.importers.static_files import StaticFiles
from generator.importers.urls.lists import USUAL_SECTIONS, is_feed, list_of

_PATH_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_NAME_DATE = re.compile(r"\d{4}-\d{2}-\d{2}-(.*)")
_OF_FILE = ("last modified", "created", "git last modified", "git created")
_POST_TAGS = {"post", "posts", "blog", "blogs", "article", "articles", "blogpost", "blogposts"}
_NO_TERMS = _POST_TAGS | {"all", "nav", "page", "pages"}
_LANGUAGE_END = re.compile(r"\.(?=[a-z]{2,3}(?:-\w+)?$)")
TITLE_KEYS = ("title", "name", "siteName", "siteTitle", "site_name", "site_title")
_URL_KEYS = (
    *("url", "base", "baseUrl", "baseURL", "siteUrl", "siteURL", "host", "domain", "origin"),
)
_TERM_PAGE = re.compile(
    r"(?P<before>/?[\w/-]*/)\{\{-?\s*[\w.]+\s*\|\s*(?P<how>slug|slugify)\s*-?\}\}/?"
)


class Source(msgspec.Struct, kw_only=True):
    """A text of the old site on its way; `folders` are those below the input folder, `engine` is
    what its tags are run by. `values` is all that is said of it."""

    path: str
    matter: Matter
    values: Values
    folders: list[str]
    stem: str
    engine: str
    is_html: bool
    place: str = ""
    url: str = ""
    date: dt.datetime | None = None
    written_date: str = ""
    of_commit: bool = False
    draft: bool = False
    is_post: bool = False

    @property
    def name(self) -> str:
        """Its name without its date, `fileSlug` in Eleventy's words."""
        name = _without_date(self.stem)
        return _without_date(self.folders[-1]) if name == "index" and self.folders else name


class EleventyContent(EleventyData):
    """The texts, with their places and old addresses, and the files that are copied."""

    def __init__(self, files: OldSite, origin: str, target: Target) -> None:
        super().__init__(files, origin, target)
        self.addresses = Addresses(self.site_url(), self.base)
        self.static = StaticFiles(files, self.addresses, self.tell)
        self.sources: list[Source] = []
        self.pictures: list[str] = []
        self.navigation: list[tuple[str, Values]] = []
        self.term_pages: list[tuple[str, str, list[str]]] = []
        self.beside: dict[str, str] = {}
        self.resources: dict[str, str] = {}

    # What the site says of itself

    @functools.cached_property
    def about(self) -> Values:
        """What the site's data says of it: the group that has a title or an address."""
        groups: list[Values] = []
        for name in ("metadata", "meta", "site", "siteConfig", "config", "settings", "blog"):
            value = self.global_data.get(name)
            groups += [value] if isinstance(value, dict) else []
        groups += [one for one in self.global_data.values() if isinstance(one, dict)]
        for _, call in self.calls("addPlugin"):
            for one in call.arguments:
                if isinstance(one, dict) and isinstance(one.get("metadata"), dict):
                    groups.append(one["metadata"])
        groups.append(self.global_data)
        named = [one for one in groups if _first(one, *TITLE_KEYS)]
        for one in named:
            if _first(one, *_URL_KEYS):
                return one
        return named[0] if named and named[0] is not self.global_data else {}

    def site_url(self) -> str:
        """Return the site's address, empty where nothing says it."""
        url = _first(self.about, *_URL_KEYS).rstrip("/")
        cname = self.files.get("CNAME")
        if not url and cname is not None and cname.size < 300:
            url = cname.read().decode(errors="replace").strip()
        return url if "://" in url or not url else f"https://{url}"

    # Sorting out

    def sort_out(self, path: str) -> None:
        """Find out what a file is, and remember it."""
        parts = path.removeprefix(self.input).split("/")
        if any(part.startswith(".") and part != ".well-known" for part in parts):
            return
        if (served := self.served_at(path)) is not None:
            if path.endswith(".md") and not self.excluded(path):
                self.text(path)  # copied or not, it is a text all the same
            else:
                self.static.add(path, served)
            return
        if self.excluded(path):
            return
        suffix = posixpath.splitext(path)[1].lower()
        if suffix in (".md", ".html") or path.endswith(tuple(f".{one}" for one in TEMPLATES)):
            self.text(path)
        elif suffix in PICTURES_AND_FILMS:
            self.pictures.append(path)

    def text(self, path: str) -> None:
        """Read a text; one that is none is reported."""
        kind = path.rpartition(".")[2]
        if path.endswith(".11ty.js"):
            self.script_page(path)
            return
        try:
            text = decode(self.files[path].read())
            matter = self.taken_apart(text) or Matter(values={}, body=text, body_line=1)
        except FrontMatterError as mistake:
            self.tell.left(path, mistake.line, f"not imported: {mistake.message}", mistake.hint)
            return
        values = self.cascade(path, matter.values)
        engine = {"md": self.markdown_engine, "html": self.html_engine}.get(kind, kind)
        given = values.get("templateEngineOverride")
        is_html = kind != "md"
        if isinstance(given, str) or given is False:
            wanted = [one.strip() for one in str(given or "").split(",")]
            engine = next((one for one in wanted if one not in ("md", "html")), "")
            is_html = "md" not in wanted
        relative = path.removeprefix(self.input)
        source = Source(
            path=path,
            matter=matter,
            values=values,
            folders=relative.split("/")[:-1],
            stem=posixpath.basename(path_stem(path)),
            engine=engine,
            is_html=is_html,
            draft=values.get("draft") in (True, "true"),
        )
        self.give_date(source)
        if not self.give_url(source):
            return
        given = values.get("eleventyNavigation")
        if isinstance(given, dict) and not self.is_paged(source) and not source.draft:
            self.navigation.append((source.url, given))
        if self.is_text(source):
            self.sources.append(source)

    def script_page(self, path: str) -> None:
        """Report a page that a script makes."""
        hint = "write it as Markdown, if it is needed"
        self.tell.left(path, 0, "not imported: a page that a script makes", hint)

    def give_date(self, source: Source) -> None:
        """Find the date that Eleventy takes for a text: the one that is written down, that of its
        path, that of its file."""
        given = source.values.get("date")
        line = source.matter.line_of("date")
        text = str(given).strip() if given not in (None, "", False) else ""
        if text and text.lower() not in _OF_FILE:
            source.written_date = as_date(text, dt.UTC)
            if not source.written_date:
                message = f"`date: {text}` is no date that Tidepost reads"
                self.tell.left(source.path, line, message, "write it as 2021-05-01")
        elif not text and (found := _PATH_DATE.search(source.path)):
            source.written_date = as_date(found[0], dt.UTC)
        elif modified := self.time_of_file(source, text.lower()):
            moment = dt.datetime.fromtimestamp(modified, dt.UTC)
            source.date = moment
            return  # the file's own date, which counts only for a post
        source.date = moment_of(source.written_date) if source.written_date else None

    def time_of_file(self, source: Source, which: str) -> float:
        """Return the time that a post without a date of its own has, in seconds since 1970; `which`
        is empty, or what the front matter asks for."""
        file = self.files[source.path]
        commits = file.commits() if which.startswith("git") else None
        source.of_commit = commits is not None
        if commits is None:
            return file.modified
        return commits[0] if which == "git created" else commits[1]

    def page_of(self, source: Source) -> Values:
        """Return what a text knows of its page."""
        stem = "/".join([*source.folders, _without_date(source.stem)])
        stem = re.sub(r"^./", "", stem)  # as Eleventy 3.1 takes a folder of one letter away
        found = {
            "fileSlug": source.name,
            "filePathStem": f"/{stem}",
            "inputPath": f"./{source.path}",
            "outputFileExtension": "html",
        }
        if source.url:
            found["url"] = source.url
        if source.date:
            found["date"] = f"{source.date.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S}"
        return found

    def values_of(self, source: Source) -> Values:
        """Return all that a text may refer to."""
        return {**self.global_data, **source.values, "page": self.page_of(source)}

    def running(self, source: Source) -> Runs | None:
        """Return what runs a text's tags; None where it has none."""
        values, dates = self.values_of(source), self.date_filters
        return runs(source.engine, values, self.own_filters, dates)

    # Addresses

    def give_url(self, source: Source) -> bool:
        """Set a text's old address; say whether it is a page that has one."""
        values = source.values
        computed = values.get("eleventyComputed")
        given = values.get("permalink")
        if given in (None, "") and isinstance(computed, dict):
            given = computed.get("permalink")
        if isinstance(given, dict):
            given = given.get("build", False) if given else None
        if given is False:
            self.no_page(source)
            return False
        if given in (None, "", True):
            source.url = self.usual_url(source)
            return True
        url = self.filled(source, str(given))
        if url is None:
            return False
        url = re.sub(r"/{2,}", "/", f"/{url.strip()}")
        url = re.sub(r"(?:/index\.html|/index/?)$", "/", url)
        suffix = posixpath.splitext(url)[1].lower()
        if suffix not in ("", ".html", ".htm") and re.fullmatch(r"\.[a-z]{2,12}", suffix):
            self.machine_file(source, url)
            return False
        source.url = url
        return True

    def usual_url(self, source: Source) -> str:
        """Return the address of a text that says none."""
        parts = list(source.folders)
        if source.stem != "index" and source.folders[-1:] != [source.stem]:
            parts.append(source.stem)
        return "/" + "".join(f"{part}/" for part in parts)

    def filled(self, source: Source, pattern: str) -> str | None:
        """Return a permalink with its values filled in; None where it is that of a list."""
        if source.values.get("dynamicPermalink") is False or not re.search(r"\{\{|\{%", pattern):
            return pattern
        if self.is_paged(source):
            self.paged(source, pattern)
            return None
        engine = source.engine or "liquid"
        running = runs(engine, self.values_of(source), self.own_filters, self.date_filters)
        said = running.said(pattern) if running else None
        if said is not None and said.strip():
            return said
        line = source.matter.line_of("permalink") if "permalink" in source.matter.values else 0
        if found := self.built_url(source):
            message = f"its permalink `{pattern}`: taken from the page that was built"
            self.tell.changed(source.path, line, message)
            return found
        message = f"its permalink `{pattern}` is worked out by the old site's own code"
        hint = "import with --built DIR, which knows it, or set `permalink:`"
        self.tell.left(source.path, line, message, hint)
        return self.usual_url(source)

    def built_url(self, source: Source) -> str:
        """Return the address of the one built page whose last part is a text's name."""
        return self.built_names.get(source.name, "")

    @functools.cached_property
    def built_names(self) -> dict[str, str]:
        """The built pages by the last part of their addresses, where only one has it."""
        names = [(url.rstrip("/").rpartition("/")[2], url) for url in self.target.built]
        count = Counter(name for name, _ in names)
        return {name.removesuffix(".html"): url for name, url in names if count[name] == 1}

    # What is no text

    def no_page(self, source: Source) -> None:
        """Report a text that has no page of its own."""
        is_text = not source.is_html or source.path.endswith(".md")
        if is_text and source.matter.body.strip():
            hint = "put it where the page that showed it can have it, or make a page of it"
            self.tell.left(source.path, 1, "not imported: it has no page of its own", hint)

    def machine_file(self, source: Source, url: str) -> None:
        """Report a template that makes another file than a page."""
        if is_feed(url):
            self.addresses.add_page(url, "/feed.xml")
            self.tell.redirect(url, "/feed.xml", "the feed")
        elif posixpath.basename(url) not in ("sitemap.xml", "robots.txt", "feed.json", "404.html"):
            hint = "put the file into static/root/ if it is needed"
            self.tell.left(source.path, 1, f"not imported: a template that makes `{url}`", hint)

    def is_paged(self, source: Source) -> bool:
        """Return whether a template makes several pages, of a list of things."""
        return isinstance(source.values.get("pagination"), dict)

    def paged(self, source: Source, pattern: str) -> None:
        """Remember a template that makes a page of each term; report others."""
        found = _TERM_PAGE.fullmatch(pattern.strip().removesuffix("index.html"))
        if found and re.search(r"tags?|topics?|categor", found["before"]):
            before = re.sub(r"^/?", "/", found["before"])
            self.term_pages.append((before, found["how"], self.shown_names(source)))
            return
        start = re.match(r"/?([\w/-]*/)(?=\{|$)", pattern.strip())
        url = f"/{start[1]}" if start else ""
        if to := list_of(url) if url else "":
            message = f"it is a list in pages: its address leads to {to}"
            self.tell.changed(source.path, source.matter.line_of("pagination"), message)
            self.addresses.add_page(url, to)
            if url != to:
                self.tell.redirect(url, to, "a list that Tidepost makes")
        else:
            message = f"not imported: a template that makes a page for each of a list (`{pattern}`)"
            self.tell.left(source.path, 1, message, "see docs/templates.md, or docs/collections.md")

    def shown_names(self, source: Source) -> list[str]:
        """Return the collections that are no tags, and of which a template makes a page all the
        same."""
        left_out = words(source.values["pagination"].get("filter"), split=False)
        return [name for name in ("all", "post", "posts") if name not in left_out]

    def is_text(self, source: Source) -> bool:
        """Tell a text from a template, whose address leads to the list that takes its place."""
        body = source.matter.body
        to = list_of(source.url)
        control = first_control(body, source.matter.body_line) if source.engine else None
        if source.url in ("/404/", "/404.html"):
            self.tell.changed(
                source.path, 0, "Tidepost has a page of its own for what is not there"
            )
            return False
        if self.is_paged(source) and source.values["pagination"].get("data") == "collections":
            self.term_pages.append(("/tags/", "slugify", self.shown_names(source)))
            message = "it makes a page for each tag, as Tidepost does by itself"
            self.tell.changed(source.path, source.matter.line_of("pagination"), message)
            return False
        if self.is_paged(source):
            why, line = "it is a list of pages", source.matter.line_of("pagination")
        elif source.is_html and source.engine not in ("", "liquid", "njk"):
            why, line = f"a template in `{source.engine}`", 1
        elif control and (source.is_html or to):
            why, line = f"a template, not a text (`{control[0]}`)", control[1]
        elif not body.strip():
            leads = source.values.get("redirect_to") or source.values.get("redirectTo")
            if isinstance(leads, str) and leads.strip():
                self.tell.redirect(source.url, leads.strip(), "a page that only led elsewhere")
                return False
            why, line = "it has no text, only a layout", 1
        else:
            return True
        if to and to.rstrip("/") == source.url.rstrip("/"):
            self.tell.changed(source.path, line, f"{why}: Tidepost has a page of its own there")
        elif to:
            self.tell.changed(source.path, line, f"{why}: its address leads to {to}")
            self.addresses.add_page(source.url, to)
            self.tell.redirect(source.url, to, "a list that Tidepost makes")
        else:
            hint = f"nothing answers at `{source.url}`; write a page if you need one"
            self.tell.left(source.path, line, f"not imported: {why}", hint)
            self.tell.move(source.url, "", "a page that was a template")
        return False

    # What each becomes

    def settle_kinds(self) -> None:
        """Find out which texts are posts, and where everything goes."""
        tagged = {source.path for source in self.sources if self.tags_of(source) & _POST_TAGS}
        folders = Counter(
            folder
            for source in self.sources
            for folder in source.folders
            if folder.lower() in USUAL_SECTIONS
        )
        known = bool(tagged or folders)
        for source in self.sources:
            inside = any(folder.lower() in USUAL_SECTIONS for folder in source.folders)
            listed = source.values.get("eleventyExcludeFromCollections") is not True
            is_index = (
                source.stem == "index"
                and source.folders[-1:]
                and (source.folders[-1].lower() in USUAL_SECTIONS)
            )
            meant = source.path in tagged or inside or (not known and source.written_date != "")
            source.is_post = meant and listed and not is_index and source.date is not None
            if source.is_post and not source.written_date and source.date:
                source.written_date = f"{source.date:%Y-%m-%d %H:%M} +00:00"
                what = "file's commit" if source.of_commit else "file"
                message = f"its date is that of the {what}: {source.date:%Y-%m-%d}"
                self.tell.changed(source.path, 1, message, "correct `date:` if that is another day")
            elif not source.is_post and not source.written_date:
                source.date = None
            if meant and listed and not is_index and not source.is_post:
                hint = "give it a `date:`, and move it to content/posts/"
                self.tell.changed(source.path, 1, "it has no date, and is a page", hint)
            if meant and not listed:
                message = "it was left out of all lists: it is a page, not a post"
                line = source.matter.line_of("eleventyExcludeFromCollections")
                self.tell.changed(source.path, line, message)
            self.settle_place(source)

    def settle_place(self, source: Source) -> None:
        """Find out where a text goes."""
        folders = list(source.folders)
        usual = [place for place, one in enumerate(folders) if one.lower() in USUAL_SECTIONS]
        if source.is_post and usual:
            folders = folders[usual[0] + 1 :]
        if not source.is_post and folders[:1] in (["content"], ["src"]):
            folders = folders[1:]  # that all texts are below it says nothing of one
        if not source.is_post and folders[:1] == ["pages"]:
            folders = folders[1:]
        stem = _LANGUAGE_END.sub("-", source.stem)
        kind = "posts" if source.is_post else "pages"
        source.place = "/".join(["content", kind, *folders, f"{stem}.md"])
        self.beside.setdefault(posixpath.dirname(source.path), posixpath.dirname(source.place))

    def place_pictures(self) -> None:
        """Find out where pictures go that lie among the texts, or that texts show by themselves."""
        folders = {folder for folder in self.beside if folder not in ("", self.input.rstrip("/"))}
        for path in self.pictures:
            folder = posixpath.dirname(path)
            if folder in folders and self.beside[folder] not in ("content/posts", "content/pages"):
                place = f"{self.beside[folder]}/{posixpath.basename(path)}"
                self.resources[path] = place
                served = f"/{path.removeprefix(self.input)}"
                self.addresses.add_beside(place.removeprefix("content"), f"/{path}", served)
            else:
                self.static.add(path, path.removeprefix(self.input))
                where = self.addresses.files.get(f"/{path.removeprefix(self.input)}")
                if where:
                    self.addresses.files.setdefault(f"/{path}", where)

    def tags_of(self, source: Source) -> set[str]:
        """Return the tags of a text in lower case."""
        return {one.lower() for one in words(source.values.get("tags"), split=False)}

    def terms_of(self, source: Source) -> list[str]:
        """Return the tags of a text that are no names of Eleventy's collections."""
        tags = words(source.values.get("tags"), split=False)
        return [one for one in tags if one.lower() not in _NO_TERMS]

    def title_of(self, source: Source) -> str:
        """Return the title that front matter gives, with its values filled in."""
        computed = source.values.get("eleventyComputed")
        given = source.values.get("title")
        if not given and isinstance(computed, dict):
            given = computed.get("title")
        title = settings.text_of(given)
        if "{{" in title and (running := self.running(source)):
            title = running.said(title) or ""
        return title

    def name_as_title(self, source: Source) -> str:
        """Return a title for a text that has none."""
        return title_of(source.name) if source.name else "Home"


def _without_date(name: str) -> str:
    found = _NAME_DATE.search(name)
    return found[1] if found else name


def _first(values: Values, *keys: str) -> str:
    found: Any = next((values[key] for key in keys if isinstance(values.get(key), str)), "")
    return str(found)
