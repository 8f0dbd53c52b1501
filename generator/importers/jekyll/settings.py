"""A Jekyll site's settings."""

from __future__ import annotations

import fnmatch
import re
import zoneinfo

from generator.importers.frontmatter import FrontMatterError, decode, toml_values, yaml_values
from generator.importers.model import OldSite, Target, Values
from generator.importers.reporter import Reporter

_CONFIGS = ("_config.yml", "_config.yaml", "_config.toml")
_NEVER = ("node_modules", "vendor", "Gemfile", "Gemfile.lock", "Rakefile", "Makefile", "CNAME")


class JekyllSettings:
    """What the settings say, and what follows from it."""

    def __init__(self, files: OldSite, origin: str, target: Target) -> None:
        self.files, self.origin, self.target = files, origin, target
        self.tell = Reporter()
        self.config_file, self.config = self.read_config()
        self.base = str(self.config.get("baseurl") or "").rstrip("/")
        self.address = str(self.config.get("url") or "")
        posts = self.options_of("posts").get("permalink")
        self.style = str(self.config.get("permalink") or "date").strip()
        self.post_style = str(posts).strip() if posts else self.style
        self.zone = self.time_zone()
        self.collections = self.read_collections()

    def read_config(self) -> tuple[str, Values]:
        """Return the settings' file and what it says; both are empty where there is none."""
        for name in _CONFIGS:
            if name not in self.files:
                continue
            try:
                text = decode(self.files[name].read())
                return name, (toml_values if name.endswith(".toml") else yaml_values)(text)
            except FrontMatterError as mistake:
                self.tell.left(name, mistake.line, f"the settings: {mistake.message}", mistake.hint)
                return name, {}
        return "", {}

    def has_plugin(self, name: str) -> bool:
        """Return whether the settings name a plugin, or the Gemfile does in its group for
        Jekyll."""
        given = self.config.get("plugins") or self.config.get("gems")
        if isinstance(given, list) and name in given:
            return True
        file = self.files.get("Gemfile")
        text = file.read().decode(errors="replace") if file else ""
        return re.search(rf"^[ \t]*gem[ (]+[\"']{re.escape(name)}[\"']", text, re.M) is not None

    def time_zone(self) -> zoneinfo.ZoneInfo:
        """Return the time zone of dates that name none, UTC where the settings name no real one."""
        try:
            return zoneinfo.ZoneInfo(str(self.config.get("timezone") or "UTC"))
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            return zoneinfo.ZoneInfo("UTC")

    def read_collections(self) -> dict[str, Values]:
        """Return the options of each collection of the site's own, by its name."""
        given = self.config.get("collections")
        names = [str(one) for one in given] if isinstance(given, list | dict) else []
        return {name: self.options_of(name) for name in names if name not in ("posts", "drafts")}

    def options_of(self, collection: str) -> Values:
        """Return what the settings say of a collection."""
        given = self.config.get("collections")
        options = given.get(collection) if isinstance(given, dict) else None
        return options if isinstance(options, dict) else {}

    def excluded(self, path: str) -> bool:
        """Return whether Jekyll leaves a file alone."""
        parts = path.split("/")
        given = self.config.get("include")
        included = [str(one).strip("/") for one in given] if isinstance(given, list) else []
        if any(
            part.startswith((".", "#", "~")) and part not in included and part != ".well-known"
            for part in parts
        ):
            return True
        if parts[0] in _NEVER or path in _CONFIGS or parts[0] == "_site":
            return True
        listed = self.config.get("exclude")
        patterns = [str(one).strip("/") for one in listed] if isinstance(listed, list) else []
        return any(
            path == one or path.startswith(f"{one}/") or fnmatch.fnmatch(path, one)
            for one in patterns
            if one
        )

    def defaults(self, path: str, group: str) -> Values:
        """Return what `defaults:` says for a file, the most special last."""
        given = self.config.get("defaults")
        found: list[tuple[int, Values]] = []
        for one in given if isinstance(given, list) else []:
            if not isinstance(one, dict) or not isinstance(one.get("values"), dict):
                continue
            scope = one.get("scope") if isinstance(one.get("scope"), dict) else {}
            where = str(scope.get("path") or "").strip("/")  # type: ignore[union-attr]
            kind = str(scope.get("type") or "")  # type: ignore[union-attr]
            inside = not where or path == where or path.startswith(f"{where}/")
            if not inside and not ("*" in where and fnmatch.fnmatch(path, f"{where}*")):
                continue
            if kind in ("", group):
                found.append((len(where) * 2 + bool(kind), one["values"]))
        found.sort(key=lambda each: each[0])
        merged: Values = {}
        for _, values in found:
            merged |= values
        return merged
