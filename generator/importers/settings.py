"""The old site's settings -> those of `site.yaml` that mean the same."""

from __future__ import annotations

import zoneinfo
from typing import Any

import msgspec

from generator.config import SiteConfig, parse
from generator.importers.documents import clean
from generator.importers.model import NewFile, Target
from generator.importers.tell import Teller
from generator.problems import SiteError
from generator.yamltext import write_mapping


def text_of(value: Any) -> str:
    """Return a setting as one line of text; empty for what is none."""
    return " ".join(clean(str(value)).split()) if isinstance(value, str | int | float) else ""


def author_of(value: Any) -> dict[str, str] | None:
    """Return the author as `site.yaml` has it, from a name or a group of settings."""
    if isinstance(value, dict):
        name = text_of(value.get("name"))
        found = {
            "name": name,
            "email": text_of(value.get("email")),
            "bio": text_of(value.get("bio")),
        }
        return {key: one for key, one in found.items() if one} if name else None
    name = text_of(value)
    return {"name": name} if name else None


def put_together(found: dict[str, Any], tell: Teller, path: str) -> tuple[str, SiteConfig | None]:
    """Return settings as YAML, without those that Tidepost does not accept, and as it reads them.

    The settings are None where they lack a title or an address.
    """
    found = {key: value for key, value in found.items() if value not in ("", None, [], {})}
    zone = found.get("timezone")
    if zone:
        try:
            zoneinfo.ZoneInfo(zone)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            tell.left(path, 0, f"the time zone `{zone}`: Tidepost does not know it")
            del found["timezone"]
    while found:
        text = write_mapping(found)
        try:
            return text, parse(text.encode())
        except SiteError as error:
            problem = error.problems[0]
            keys = [
                line.split(":")[0]
                for line in text.split("\n")[: problem.line or 1]
                if line[:1].isalpha()
            ]
            key = keys[-1] if keys else ""
            if key not in found or "missing" in problem.message or "needs" in problem.message:
                return text, None
            tell.left(path, 0, f"the setting `{key}`: {problem.message}", problem.hint)
            del found[key]
    return "", None


def settle(
    found: dict[str, Any], target: Target, tell: Teller, path: str
) -> tuple[str, Target, list[NewFile]]:
    """Return the settings as YAML for the report; where the site has none, they become its own."""
    for key, value in (("title", "A site"), ("url", "https://example.org")):
        if not found.get(key):
            tell.left(path, 0, f"the old settings have no {key}", "set it in site.yaml")
            found = {key: value, **found}
    text, config = put_together(found, tell, path)
    if config is None or target.config is not None:
        return text, target, []
    file = NewFile(path="site.yaml", origin=path, content=text.encode())
    return text, Target(config=config, now=target.now), [file]


def with_redirects(
    text: str, extra: list[NewFile], redirects: dict[str, str]
) -> tuple[str, list[NewFile]]:
    """Return settings, and the file that they are in, with old addresses that lead to lists."""
    if not redirects:
        return text, extra
    more = write_mapping({"redirects": dict(sorted(redirects.items()))})
    return text + more, [
        msgspec.structs.replace(file, content=file.content + more.encode()) for file in extra
    ]
