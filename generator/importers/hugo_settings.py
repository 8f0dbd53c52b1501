"""A Hugo site's settings."""

from __future__ import annotations

import posixpath
import re
from typing import Any

from generator.importers import hugo_urls
from generator.importers.matter import (
    MatterMistake,
    decode,
    json_values,
    toml_values,
    yaml_values,
)
from generator.importers.model import OldSite, Target, Values
from generator.importers.tell import Teller

_CONFIG = re.compile(r"(?:hugo|config)\.(?:toml|ya?ml|json)")


class HugoSettings:
    """What the settings say, in lower case, and what follows from it."""

    def __init__(self, files: OldSite, origin: str, target: Target) -> None:
        self.files, self.origin, self.target = files, origin, target
        self.tell = Teller()
        self.config_file = ""
        self.config = self.read_config()
        self.params = group(self.config.get("params"))
        self.languages = group(self.config.get("languages"))
        self.language = str(self.config.get("defaultcontentlanguage") or "en").lower()
        own = group(self.languages.get(self.language))
        content = own.get("contentdir") or self.config.get("contentdir") or "content"
        self.content = str(content).strip("/")
        self.base, self.address = _base(str(self.config.get("baseurl") or own.get("baseurl") or ""))
        self.lower = self.config.get("disablepathtolower") is not True
        subfolder = self.config.get("defaultcontentlanguageinsubdir") is True
        self.prefix = f"/{self.language}" if subfolder else ""

    def read_config(self) -> Values:
        """Return the settings of all files there are, put together."""
        merged: Values = {}
        for path in sorted(self.files):
            folder, name = posixpath.split(path)
            if folder == "" and _CONFIG.fullmatch(name):
                key = ""
            elif folder == "config/_default" and re.search(r"\.(?:toml|ya?ml|json)$", name):
                key = "" if _CONFIG.fullmatch(name) else name.partition(".")[0].lower()
            else:
                continue
            values = self.values_of(path)
            if not self.config_file or not key:
                self.config_file = path
            key = "menus" if key == "menu" else key
            merged |= lowered({key: values} if key else values)
        return merged

    def values_of(self, path: str) -> Values:
        """Read a file of settings or data; a mistake in it is told."""
        try:
            text = decode(self.files[path].read())
            if path.endswith(".toml"):
                return toml_values(text)
            return json_values(text) if path.endswith(".json") else yaml_values(text)
        except MatterMistake as mistake:
            self.tell.left(path, mistake.line, f"the settings: {mistake.message}", mistake.hint)
            return {}

    def pattern(self, section: str) -> str:
        """Return the pattern of a section as Tidepost's, or nothing where it has none."""
        pattern = (
            hugo_urls.pattern_of(self.config.get("permalinks"), section) or f"/{section}/:slug/"
        )
        pattern = self.prefix + pattern.replace(":section/", f"{section}/")
        for name, own in (
            *(("year", "year"), ("month", "month"), ("day", "day"), ("slugorfilename", "slug")),
            *(("slugorcontentbasename", "slug"), ("contentbasename", "slug"), ("filename", "slug")),
            *(("slug", "slug"), ("title", "slug")),
        ):
            pattern = re.sub(rf":{name}\b", f"{{{own}}}", pattern)
        pattern = hugo_urls.with_slash(f"/{pattern.lstrip('/')}")
        return "" if ":" in pattern or "{slug}" not in pattern else pattern


def group(value: Any) -> dict[str, Any]:
    """Return a value that is a group of settings, or an empty one."""
    return value if isinstance(value, dict) else {}


def lowered(value: Any) -> Any:
    """Return settings with their keys in lower case, as Hugo reads them."""
    if isinstance(value, dict):
        return {str(key).lower(): lowered(one) for key, one in value.items()}
    if isinstance(value, list):
        return [lowered(one) for one in value]
    return value


def number(value: Any) -> float:
    """Return a value that is a number, or 0."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0


def _base(url: str) -> tuple[str, str]:
    """Return the path and the origin of the site's address."""
    found = re.match(r"(https?://[^/?#\s]+)([^?#\s]*)", url)
    return (found[2].rstrip("/"), found[1]) if found else ("", "")
