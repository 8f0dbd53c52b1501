"""An Eleventy site's settings, as far as they are written down and not worked out.

Rules: 11ty.dev, "Configuration", "Passthrough copy", "Ignore templates"; tried with Eleventy 3.1.8.
"""

from __future__ import annotations

import functools
import posixpath
import re
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import quote

from generator.importers.eleventy.filters import date_filters
from generator.importers.eleventy.javascript import UNKNOWN, Call, Script, plain
from generator.importers.frontmatter import FrontMatterError, decode, json_values
from generator.importers.heading_ids import HeadingId, plain_id
from generator.importers.model import OldSite, Target, Values
from generator.importers.reporter import Reporter
from generator.importers.urls.globs import glob, is_glob
from generator.importers.urls.slugs import sindre_slug

_CONFIGS = (".eleventy.js", *(f"eleventy.config.{kind}" for kind in ("js", "mjs", "cjs")))
_NAMES = ("markdownTemplateEngine", "htmlTemplateEngine", "pathPrefix", "templateFormats", "dir")
_NEWEST, _WITHOUT_CODE = 3, 2
"""Eleventy's versions: that which is taken where none is named, and the first in which four spaces
make no code."""
_FILTERS = ("addFilter", "addLiquidFilter", "addNunjucksFilter", "addAsyncFilter")
_NEVER = ("node_modules/", ".git/", ".cache/")
_MOST_SCRIPTS = 60
TEMPLATES = ("liquid", "njk", "hbs", "mustache", "ejs", "haml", "pug", "vto", "webc", "11ty.js")


class Copied(NamedTuple):
    """What `addPassthroughCopy` copies: a file, folder or pattern, and the folder or file that it
    becomes; None where that follows from its own place."""

    source: str
    to: str | None


class EleventySettings:
    """What the settings say, and what follows from it.

    `input` is the folder of the texts, with a slash at its end, or empty; `includes`, `layouts` and
    `data` likewise, from the site's folder on.
    """

    def __init__(self, files: OldSite, origin: str, target: Target) -> None:
        self.files, self.origin, self.target = files, origin, target
        self.tell = Reporter()
        self.config_file = next((name for name in _CONFIGS if name in files), "")
        self.scripts = self.read_scripts()
        self.options = self.read_options()
        given = self.options.get("dir")
        folders = {**(given if isinstance(given, dict) else {}), **self.set_directories()}
        self.input = _folder(str(folders.get("input") or "."))
        self.output = _folder(str(folders.get("output") or "_site"))
        self.includes = self.below_input(folders.get("includes"), "_includes")
        self.layouts = self.below_input(folders.get("layouts"), "") if "layouts" in folders else ""
        self.data_folder = self.below_input(folders.get("data"), "_data")
        engine = self.options.get("markdownTemplateEngine", "liquid")
        self.markdown_engine = str(engine or "")
        engine = self.options.get("htmlTemplateEngine", "liquid")
        self.html_engine = str(engine or "")
        self.base = "/" + str(self.options.get("pathPrefix") or "").strip("/")
        self.base = "" if self.base == "/" else self.base
        self.read_filters()
        self.copied = list(self.read_copied())
        self.ignored = list(self.read_ignored())
        self.read_markdown()

    def read_scripts(self) -> dict[str, Script]:
        """Return the settings' file and the site's own files that it imports, by their paths."""
        found: dict[str, Script] = {}
        waiting = [self.config_file] if self.config_file else []
        while waiting and len(found) < _MOST_SCRIPTS:
            path = waiting.pop(0)
            if path in found:
                continue
            try:
                found[path] = Script(decode(self.files[path].read()))
            except FrontMatterError as mistake:
                self.tell.left(path, mistake.line, f"the settings: {mistake.message}", mistake.hint)
                continue
            for name in found[path].imports():
                if name.startswith("."):
                    stem = posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
                    ends = ("", ".js", ".mjs", ".cjs", "/index.js")
                    waiting += [f"{stem}{end}" for end in ends if f"{stem}{end}" in self.files][:1]
        return {path: script for path, script in found.items() if not path.endswith(".json")}

    def read_options(self) -> Values:
        """Return the options that the settings' own file returns or exports."""
        script = self.scripts.get(self.config_file)
        if script is None:
            return {}
        found = script.members(*_NAMES)
        exported = plain(script.exported())
        if isinstance(exported, dict):
            found |= {key: exported[key] for key in _NAMES if key in exported}
        named = plain(script.named_exports().get("config", {}))
        return {**found, **(named if isinstance(named, dict) else {})}

    def calls(self, *names: str) -> list[tuple[str, Call]]:
        """Return the calls of these methods in all of the settings, each with its file."""
        return [
            (path, call)
            for path, script in self.scripts.items()
            for call in script.calls()
            if call.name in names
        ]

    def set_directories(self) -> Values:
        """Return the folders that methods set."""
        found: Values = {}
        for name in ("Input", "Includes", "Layouts", "Data", "Output"):
            for _, call in self.calls(f"set{name}Directory"):
                if call.arguments and isinstance(call.arguments[0], str):
                    found[name.lower()] = call.arguments[0]
        return found

    def below_input(self, given: Any, usual: str) -> str:
        """Return a folder that the settings name from that of the texts on."""
        return _folder(posixpath.join(self.input, str(given if given is not None else usual)))

    def read_filters(self) -> None:
        """Find out which filters the site makes: those that write a date so that this can be read,
        slugs of its own, which are taken to be like Eleventy's, and all others."""
        calls = self.calls(*_FILTERS)
        self.date_filters = date_filters([call for _, call in calls], self.scripts)
        self.own_filters: list[str] = []
        for path, call in calls:
            name = call.arguments[0] if call.arguments else None
            if not isinstance(name, str):
                continue
            if name in self.date_filters:
                message = (
                    f"the filter `{name}` is taken to write dates as `{self.date_filters[name]}`"
                )
                self.tell.changed(path, call.line, message, "look at the addresses that it makes")
            elif name in ("slug", "slugify"):
                message = f"the site's own filter `{name}` is taken to be like Eleventy's"
                self.tell.changed(path, call.line, message, "look at the addresses that it makes")
            else:
                self.own_filters.append(name)

    @functools.cached_property
    def texts_of_shortcodes(self) -> dict[str, tuple[list[str], list[str]]]:
        """The site's shortcodes that only put their arguments into a text."""
        found: dict[str, tuple[list[str], list[str]]] = {}
        for script in self.scripts.values():
            found |= script.texts("addShortcode", "addLiquidShortcode", "addNunjucksShortcode")
        return found

    @functools.cached_property
    def texts_around(self) -> dict[str, tuple[list[str], list[str]]]:
        """The site's paired shortcodes that only put texts around what is in them."""
        found: dict[str, tuple[list[str], list[str]]] = {}
        methods = ("addPairedShortcode", "addPairedLiquidShortcode", "addPairedNunjucksShortcode")
        for script in self.scripts.values():
            for name, (names, pieces) in script.texts(*methods).items():
                if names and pieces[1::2].count(names[0]) == 1:
                    found[name] = (names, pieces)
        return found

    def version(self) -> int:
        """Return the first number of Eleventy's version, as package.json asks for it."""
        try:
            values = json_values(decode(self.files["package.json"].read()))
        except (KeyError, FrontMatterError):
            return _NEWEST
        for key in ("dependencies", "devDependencies"):
            given = values.get(key)
            wanted = given.get("@11ty/eleventy") if isinstance(given, dict) else None
            if isinstance(wanted, str) and (found := re.search(r"\d+", wanted)):
                return int(found[0])
        return _NEWEST

    # Files

    def read_copied(self) -> list[Copied]:
        """Return what is copied as it is; what cannot be read is reported."""
        found = []
        for path, call in self.calls("addPassthroughCopy"):
            given = call.arguments[0] if call.arguments else UNKNOWN
            pairs = given.items() if isinstance(given, dict) else [(given, None)]
            for source, to in pairs:
                if not isinstance(source, str) or not (to is None or isinstance(to, str)):
                    text = call.source if len(call.source) <= 60 else f"{call.source[:57]}..."
                    message = f"`addPassthroughCopy({text})`: what it copies is not written there"
                    self.tell.left(path, call.line, message, "copy the files to static/root/")
                    continue
                if not source.startswith(("./node_modules", "node_modules")):
                    found.append(Copied(_path(source), None if to is None else _path(to)))
        return found

    def served_at(self, path: str) -> str | None:
        """Return the path from `/` on at which a file is served as it is, or None."""
        for source, to in reversed(self.copied):
            own = path.removeprefix(self.input)
            if is_glob(source):
                if glob(source).fullmatch(path):
                    return own if to is None else _joined(to, posixpath.basename(path))
            elif path == source:
                if to is None:
                    return own
                name = posixpath.basename(to)
                return to if "." in name else _joined(to, posixpath.basename(path))
            elif not source or path.startswith(f"{source}/"):
                rest = path[len(source) + 1 :] if source else path
                return own if to is None else _joined(to, rest)
        return None

    def read_ignored(self) -> list[re.Pattern[str]]:
        """Return the patterns of files that are no templates."""
        lines: list[str] = []
        for name in (".gitignore", ".eleventyignore", f"{self.input}.eleventyignore"):
            if name in self.files and (name != ".gitignore" or self.uses_gitignore()):
                text = self.files[name].read().decode(errors="replace")
                folder = posixpath.dirname(name)
                lines += [posixpath.join(folder, one.strip()) for one in text.split("\n")
                          if one.strip() and not one.startswith(("#", "!"))]  # fmt: skip
        for _, call in self.calls("add"):
            given = call.arguments[0] if call.arguments else None
            if call.on.endswith(".ignores") and isinstance(given, str):
                lines.append(given)
        return [_ignoring(_path(one)) for one in dict.fromkeys(lines) if _path(one)]

    def uses_gitignore(self) -> bool:
        """Return whether what git leaves out is left out here, too."""
        return not any(False in call.arguments for _, call in self.calls("setUseGitIgnore"))

    def excluded(self, path: str) -> bool:
        """Return whether Eleventy makes no page of a file, whatever is in it."""
        own = {self.includes, self.layouts, self.data_folder, self.output} - {""}
        if path in _CONFIGS or path.startswith((*_NEVER, *own)):
            return True
        if not path.startswith(self.input):
            return True
        return any(one.match(path) for one in self.ignored)

    # Markdown

    def read_markdown(self) -> None:
        """Find out how texts are read: `heading_id` is None where headings have no ids."""
        options: Values = {}
        used: set[str] = set()
        texts = ""
        for script in self.scripts.values():
            options |= script.members("typographer", "breaks", "linkify")
            used |= set(script.imports())
        for _, call in self.calls("enable", "use", "addPlugin", "amendLibrary", "setLibrary"):
            texts += f"\n{call.name}({call.source})"
        self.smart = options.get("typographer") is True
        self.breaks = options.get("breaks") is True
        enabled = re.search(r"enable\(\s*[\[\"']+code", texts) is not None
        self.indented_code = enabled or self.version() < _WITHOUT_CODE
        self.heading_id: HeadingId | None = None
        self.repeated = "-1"
        if "IdAttributePlugin" in texts:
            self.heading_id, self.repeated = plain_id(sindre_slug), "-2"
        elif "markdown-it-anchor" in used:
            own = re.search(r"slugify", texts)
            self.heading_id = plain_id(sindre_slug if own else partial(anchor_id, smart=self.smart))


def anchor_id(text: str, *, smart: bool = False) -> str:
    """Return the id that markdown-it-anchor gives to a heading where nothing else is set; with
    `smart` it is that of a text with typographic marks."""
    if smart:
        text = re.sub(r"(?<!\w)'(?=\w)", "‘", text).replace("'", "’")
        text = re.sub(r'(?<![\w.])"(?=\w)', "“", text).replace('"', "”")
        text = text.replace("---", "—").replace("--", "–").replace("...", "…")
    return quote(re.sub(r"\s+", "-", text.strip().lower()), safe="-_.!~*'()")


def _folder(path: str) -> str:
    path = posixpath.normpath(path).lstrip("/")
    return "" if path in (".", "") else f"{path}/"


def _path(path: str) -> str:
    path = posixpath.normpath(path.strip()).lstrip("/")
    return "" if path == "." else path


def _joined(folder: str, rest: str) -> str:
    return posixpath.join(folder, rest) if folder else rest


def _ignoring(pattern: str) -> re.Pattern[str]:
    """Return a line of a list of what to leave out: a file, a folder with all in it, a pattern."""
    anywhere = "" if "/" in pattern else "(?:.*/)?"
    return re.compile(rf"{anywhere}(?:{glob(pattern).pattern})(?:/.*)?\Z")
