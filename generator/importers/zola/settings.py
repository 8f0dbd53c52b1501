"""A Zola site's settings.

Rules: getzola.org, "Configuration", "Multilingual sites"; Zola 0.22.
"""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from generator.i18n.locales import LANGUAGE
from generator.importers import settings
from generator.importers.frontmatter import FrontMatterError, decode, toml_values
from generator.importers.heading_ids import HeadingId, plain_id
from generator.importers.model import OldSite, Target, Values
from generator.importers.reporter import Reporter
from generator.importers.urls.globs import glob
from generator.importers.urls.slugs import crate_slug

_CONFIGS = ("zola.toml", "config.toml")
_UNSAFE = re.compile(r"[<>:\"/\\|?*\n\t]")
_NAMES, _URLS = ("name", "title", "text", "label"), ("url", "path", "link", "href")


class ZolaSettings:
    """What the settings say, and what follows from it. `languages` are those besides `language`,
    the default one."""

    def __init__(self, files: OldSite, origin: str, target: Target) -> None:
        self.files, self.origin, self.target = files, origin, target
        self.tell = Reporter()
        self.config_file, self.config = self.read_config()
        found = re.match(r"(https?://[^/?#\s]+)([^?#\s]*)", str(self.config.get("base_url") or ""))
        self.address, self.base = (found[1], found[2].rstrip("/")) if found else ("", "")
        self.language = str(self.config.get("default_language") or "en")
        self.languages = {
            code: group(options)
            for code, options in group(self.config.get("languages")).items()
            if code != self.language and self.is_language(code)
        }
        slugs = group(self.config.get("slugify"))
        self.path_slugs = str(slugs.get("paths") or "on")
        self.term_slugs = str(slugs.get("taxonomies") or "on")
        self.keep_dates = slugs.get("paths_keep_dates") is True
        anchors = str(slugs.get("anchors") or "on")
        self.heading_id: HeadingId = plain_id(partial(_anchor, how=anchors))
        self.markdown = group(self.config.get("markdown"))
        self.extra = group(self.config.get("extra"))
        root = str(self.config.get("taxonomy_root") or "").strip("/")
        self.taxonomy_root = f"/{root}" if root else ""
        given = self.config.get("taxonomies")
        self.taxonomies = [
            str(group(one).get("name"))
            for one in (given if isinstance(given, list) else [])
            if group(one).get("name") and group(one).get("render") is not False
        ]
        self.ignored = [
            glob(str(one)) for key in ("ignored_content", "ignored_static")
            for one in _list(self.config.get(key))
        ]  # fmt: skip

    def read_config(self) -> tuple[str, Values]:
        """Return the settings' file and what it says; both are empty where there is none."""
        for name in _CONFIGS:
            if name not in self.files:
                continue
            try:
                return name, toml_values(decode(self.files[name].read()))
            except FrontMatterError as mistake:
                self.tell.left(name, mistake.line, f"the settings: {mistake.message}", mistake.hint)
                return name, {}
        return "", {}

    def is_language(self, code: str) -> bool:
        """Return whether Tidepost has a language's code; one that it has not is reported."""
        if LANGUAGE.fullmatch(code):
            return True
        message = f"the language `{code}`: Tidepost has no such code"
        self.tell.left(self.config_file, 0, message)
        return False

    def excluded(self, path: str) -> bool:
        """Return whether the settings leave a file out."""
        if any(part.startswith(".") and part != ".well-known" for part in path.split("/")):
            return True
        rest = path.partition("/")[2]
        return any(one.fullmatch(rest) or one.fullmatch(path) for one in self.ignored)

    def path_slug(self, text: str) -> str:
        """Return a file's name, or a `slug`, as it stands in a URL."""
        return slugged(text, self.path_slugs)

    def term_slug(self, text: str) -> str:
        """Return a term as it stands in a URL."""
        return slugged(text, self.term_slugs)

    # For site.yaml

    def suggest(self) -> dict[str, Any]:
        """Return the settings for `site.yaml`, but for what follows from the texts."""
        config = self.config
        return {
            "title": settings.text_of(config.get("title")),
            "url": self.address + self.base,
            "description": settings.text_of(config.get("description")),
            "tagline": settings.text_of(self.extra.get("tagline") or self.extra.get("subtitle")),
            "language": settings.text_of(config.get("default_language")),
            "author": settings.author_of(config.get("author") or self.extra.get("author")),
            "markdown": {"smart": True} if self.markdown.get("smart_punctuation") is True else None,
        }

    def language_settings(self, code: str) -> dict[str, Any]:
        """Return what `site.yaml` says of a language that is not the site's own."""
        options = self.languages[code]
        found = {
            "title": settings.text_of(options.get("title")),
            "description": settings.text_of(options.get("description")),
        }
        return {key: value for key, value in found.items() if value}

    def menu_entries(self) -> list[tuple[str, str]]:
        """Return the name and the address of each entry of a menu in `[extra]`, which themes read
        under many names."""
        for key, given in self.extra.items():
            if not re.search(r"menu|nav", key, re.IGNORECASE):
                continue
            found = []
            for one in _list(given):
                entry = group(one)
                name = next((settings.text_of(entry[key]) for key in _NAMES if key in entry), "")
                url = next((settings.text_of(entry[key]) for key in _URLS if key in entry), "")
                url = re.sub(r"^\$BASE_URL/?", "/", url)
                if name and url:
                    found.append((name, url))
            if found:
                return found
        return []


def slugged(text: str, how: str) -> str:
    """Return a text as it stands in a path where `slugify` is `on`, `safe` or `off`."""
    if how == "on":
        return crate_slug(text)
    return _UNSAFE.sub("", text.rstrip(" .")) if how == "safe" else text


def _anchor(text: str, *, how: str) -> str:
    return crate_slug(text) if how == "on" else re.sub(r"\s", "_", text)


def group(value: Any) -> dict[str, Any]:
    """Return a value that is a group of settings, or an empty one."""
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
