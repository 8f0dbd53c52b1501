"""The old site's settings -> those of `site.yaml` that mean the same."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from generator.config.settings import SiteConfig, parse
from generator.core.problems import SiteError
from generator.core.yaml_reader import write_mapping
from generator.importers.documents import clean
from generator.importers.model import NewFile, Target
from generator.importers.reporter import Reporter


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


def put_together(found: dict[str, Any], tell: Reporter, path: str) -> tuple[str, SiteConfig]:
    """Return settings as YAML, without those that Tidepost does not accept, and as it reads them.

    `found` has a title and an address; one of them that cannot be used gives way to a stand-in.
    """
    found = {key: value for key, value in found.items() if value not in ("", None, [], {})}
    while True:
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
            key = next((one for one in reversed(keys) if one in found), "")
            tell.left(path, 0, f"the setting `{key}`: {problem.message}", problem.hint)
            if key in STAND_INS and found[key] != STAND_INS[key]:
                found[key] = STAND_INS[key]
            elif key:
                del found[key]
            else:
                found = dict(STAND_INS)


STAND_INS = {"title": "A site", "url": "https://example.org"}
"""For what a site must have and its old settings lack."""


def settle(
    found: dict[str, Any], target: Target, tell: Reporter, path: str
) -> tuple[str, Target, list[NewFile]]:
    """Return the settings as YAML for the report; where the site has none, they become its own."""
    host = re.sub(r"^https?://(?:www\.)?|[/:].*$", "", str(found.get("url") or ""))
    given = {"title": host or STAND_INS["title"], "url": STAND_INS["url"]}
    for key, value in given.items():
        if not found.get(key):
            message = f"the old settings have no {key}: it is `{value}` for now"
            tell.left(path, 0, message, "set it in site.yaml")
            found = {key: value, **{name: one for name, one in found.items() if name != key}}
    text, config = put_together(found, tell, path)
    if target.config is not None:
        return text, target, []
    file = NewFile(path="site.yaml", origin=path, content=text.encode())
    return text, msgspec.structs.replace(target, config=config), [file]


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
