"""A Pelican site's settings, as far as they are written down and not worked out.

Rules: docs.getpelican.com, "Settings"; tried with Pelican 4.12.
"""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from collections.abc import Mapping
from typing import Any

from generator.importers import settings
from generator.importers.frontmatter import FrontMatterError, decode
from generator.importers.model import OldSite, Target, Values
from generator.importers.pelican.python_values import UNKNOWN, read
from generator.importers.reporter import Reporter
from generator.importers.urls.slugs import pelican_slug

_CONFIGS = ("publishconf.py", "pelicanconf.py", "pelican.conf.py", "settings.py")
_IMPORTED = re.compile(r"^from\s+\.?(\w+)\s+import\s+\*", re.MULTILINE)
_SUBSTITUTIONS = [
    (r"[^\w\s-]", ""),
    (r"(?u)\A\s*", ""),
    (r"(?u)\s*\Z", ""),
    (r"[-\s]+", "-"),
]
_FIELD = re.compile(r"\{(?P<name>\w+)(?::(?P<format>(?:%[A-Za-z]|[^%{}])*))?\}")


class PelicanSettings:
    """What the settings say, and what follows from it. `content` is the folder of the texts, with a
    slash at its end, or empty."""

    def __init__(self, files: OldSite, origin: str, target: Target) -> None:
        self.files, self.origin, self.target = files, origin, target
        self.tell = Reporter()
        self.config_file = next((name for name in _CONFIGS if self.is_config(name)), "")
        self.config = self.read_config(self.config_file) if self.config_file else {}
        self.content = _folder(self.text("PATH", "."))
        if not self.content and any(path.startswith("content/") for path in files):
            self.content = "content/"
        found = re.match(r"(https?://[^/?#\s]+)([^?#\s]*)", self.text("SITEURL"))
        self.address, self.base = (found[1], found[2].rstrip("/")) if found else ("", "")
        self.language = self.text("DEFAULT_LANG", "en").lower()
        self.zone = self.time_zone()
        self.page_paths = [one.strip("/") for one in self.texts("PAGE_PATHS", ["pages"])]
        self.article_paths = [one.strip("/") for one in self.texts("ARTICLE_PATHS", [""])]
        self.static_paths = [one.strip("/") for one in self.texts("STATIC_PATHS", ["images"])]
        self.excluded_paths = [
            one.strip("/")
            for name in ("ARTICLE_EXCLUDES", "PAGE_EXCLUDES")
            for one in self.texts(name, [])
        ]
        self.substitutions = self.read_substitutions()
        self.read_markdown()

    def is_config(self, name: str) -> bool:
        """Return whether a file is one of settings."""
        return name in self.files and (
            name != "settings.py" or b"SITENAME" in self.files[name].read()
        )

    def read_config(self, path: str, depth: int = 0) -> Values:
        """Return what a file of settings and those that it imports say."""
        try:
            text = decode(self.files[path].read())
            known: Values = {}
            for name in _IMPORTED.findall(text):
                if f"{name}.py" in self.files and name != path[:-3] and depth < 5:
                    known |= self.read_config(f"{name}.py", depth + 1)
            return read(text, known)
        except FrontMatterError as mistake:
            self.tell.left(path, mistake.line, f"the settings: {mistake.message}", mistake.hint)
            return {}

    def given(self, name: str, usual: Any) -> Any:
        """Return a setting; one that is worked out is reported, and its usual value counts."""
        value = self.config.get(name, usual)
        if value is UNKNOWN:
            message = f"the setting `{name}` is worked out by the old site's own code"
            self.tell.left(self.config_file, 0, message, "look at what depends on it")
            return usual
        return value

    def text(self, name: str, usual: str = "") -> str:
        """Return a setting that is a text."""
        value = self.given(name, usual)
        return str(value).strip() if isinstance(value, str) else usual

    def texts(self, name: str, usual: list[str]) -> list[str]:
        """Return a setting that is a list of texts."""
        value = self.given(name, usual)
        value = [value] if isinstance(value, str) else value
        return [one for one in value if isinstance(one, str)] if isinstance(value, list) else usual

    def time_zone(self) -> dt.tzinfo:
        """Return the time zone of dates that name none."""
        try:
            return zoneinfo.ZoneInfo(self.text("TIMEZONE", "UTC") or "UTC")
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            return dt.UTC

    def read_substitutions(self) -> list[tuple[str, str]]:
        """Return what makes a slug of a title; patterns that are none are reported."""
        value = self.given("SLUG_REGEX_SUBSTITUTIONS", _SUBSTITUTIONS)
        pairs = []
        for one in value if isinstance(value, list) else []:
            parts = list(one) if isinstance(one, list | tuple) else []
            if len(parts) == 2 and all(isinstance(part, str) for part in parts):
                try:
                    re.compile(parts[0])
                except re.error:
                    message = f"`SLUG_REGEX_SUBSTITUTIONS`: `{parts[0]}` is no pattern"
                    self.tell.left(self.config_file, 0, message)
                    continue
                pairs.append((parts[0], parts[1]))
        return pairs

    def slug(self, text: str) -> str:
        """Return a text as Pelican puts it into an address."""
        try:
            return pelican_slug(
                text,
                self.substitutions,
                keep_case=self.given("SLUGIFY_PRESERVE_CASE", False) is True,
                use_unicode=self.given("SLUGIFY_USE_UNICODE", False) is True,
            )
        except (re.error, IndexError):
            return pelican_slug(text, _SUBSTITUTIONS)

    def read_markdown(self) -> None:
        """Find out how texts are read."""
        options = self.given("MARKDOWN", {})
        options = options if isinstance(options, dict) else {}
        configs = options.get("extension_configs")
        names = [*(configs if isinstance(configs, dict) else ()),
                 *self.texts("MD_EXTENSIONS", [])]  # fmt: skip
        listed = options.get("extensions")
        names += [one for one in listed if isinstance(one, str)] if isinstance(listed, list) else []
        used = {str(one).rpartition(".")[2].split("(")[0] for one in names}
        self.smart = self.given("TYPOGRIFY", False) is True or "smarty" in used
        self.breaks = "nl2br" in used
        self.makes_ids = "toc" in used or "headerid" in used
        plugins = self.texts("PLUGINS", [])
        self.liquid = any("liquid_tags" in one for one in plugins)

    # Addresses

    def address_of(
        self, kind: str, values: Mapping[str, Any], *, language: str = ""
    ) -> tuple[str, str]:
        """Return the address at which a thing was, from `/` on, and what its pattern names that is
        not known. `kind` is such as `ARTICLE`; both are empty for what has no page."""
        name = f"{kind}_LANG" if language else kind
        if self.config.get(f"{name}_SAVE_AS", "x") in (False, "", None):
            return "", ""
        return self.filled(self.text(f"{name}_SAVE_AS", _USUAL.get(name, "")), values)

    def filled(self, pattern: str, values: Mapping[str, Any]) -> tuple[str, str]:
        """Return the address of the file that a pattern names, and the first name in it that is
        not known."""
        unknown = ""

        def fill(found: re.Match[str]) -> str:
            nonlocal unknown
            value = values.get(found["name"])
            if isinstance(value, dt.datetime):
                return value.strftime(found["format"] or "%Y-%m-%d %H:%M:%S")
            if value is None:
                unknown = unknown or found[0]
                return ""
            return str(value)

        path = re.sub(r"/{2,}", "/", "/" + _FIELD.sub(fill, pattern).lstrip("/"))
        return re.sub(r"(?<=/)index\.html$", "", path), unknown

    # For site.yaml

    def suggest(self) -> dict[str, Any]:
        """Return the settings for `site.yaml`, but for what follows from the texts."""
        pages = self.given("DEFAULT_PAGINATION", False)
        return {
            "title": settings.text_of(self.text("SITENAME")),
            "url": self.address + self.base,
            "description": settings.text_of(self.text("SITEDESCRIPTION")),
            "tagline": settings.text_of(self.text("SITESUBTITLE") or self.text("TAGLINE")),
            "language": self.text("DEFAULT_LANG").replace("_", "-"),
            "timezone": self.text("TIMEZONE"),
            "author": settings.author_of(self.text("AUTHOR")),
            "page_size": pages if isinstance(pages, int) and pages > 0 else None,
            "markdown": {"smart": True} if self.smart else None,
        }


_USUAL = {
    "ARTICLE": "{slug}.html",
    "ARTICLE_LANG": "{slug}-{lang}.html",
    "PAGE": "pages/{slug}.html",
    "PAGE_LANG": "pages/{slug}-{lang}.html",
    "CATEGORY": "category/{slug}.html",
    "TAG": "tag/{slug}.html",
    "AUTHOR": "author/{slug}.html",
}


def _folder(path: str) -> str:
    path = path.strip().removeprefix("./").strip("/")
    return "" if path in (".", "") else f"{path}/"
