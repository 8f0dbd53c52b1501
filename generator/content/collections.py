"""Documents of the owner's own kinds: their fields, typed, and their order.

A collection is a folder below content/ that `collections:` in site.yaml names. Its documents are
pages with fields of their own and a list.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec

from generator.config.content import CollectionSettings, FieldSettings, FieldType
from generator.config.settings import SiteConfig
from generator.content.events import Times, times_in_zone, times_of, what_is_wrong
from generator.content.frontmatter import Document
from generator.content.source_lines import line_in_matter
from generator.core.dates import parse_date
from generator.core.decode import convert_field, way_to_write
from generator.core.problems import Problem, did_you_mean

_TYPES: dict[FieldType, Any] = {
    "text": str | int | float,
    "int": int,
    "number": float,
    "bool": bool,
    "date": str,
    "url": str,
    "list": str | list[str | int | float],
}


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """What lists show of a document of a collection: its front matter, and no part of its text."""

    source: str
    title: str
    description: str
    date: dt.datetime | None
    updated: dt.datetime | None
    weight: int
    draft: bool
    fields: dict[str, Any]
    event: Times | None = None


def collection_of(document: Document) -> str:
    """Return the name of a document's collection, or an empty text."""
    return document.source.split("/")[1] if document.kind == "item" else ""


def with_fields(
    documents: Mapping[str, Document], config: SiteConfig
) -> tuple[dict[str, Document], list[Problem]]:
    """Check the fields of the documents that belong to a collection.

    Those with errors are left out.
    """
    made: dict[str, Document] = {}
    problems: list[Problem] = []
    for source, document in documents.items():
        if document.kind != "item":
            made[source] = document
            continue
        settings = config.collections[collection_of(document)]
        fields, extra, found = _read(document, settings, config)
        problems += found
        if not any(problem.severity == "error" for problem in found):
            made[source] = msgspec.structs.replace(
                document, fields=fields, extra=extra, event=settings.events
            )
    return made, problems


def in_order(
    documents: Iterable[Document], settings: CollectionSettings, now: dt.datetime
) -> tuple[Item, ...]:
    """Return the items of one collection as its `sort:` says; those without such a value last.

    `now` decides which events are over.
    """
    items = [
        Item(
            source=each.source,
            title=each.title,
            description=each.description or each.excerpt,
            date=each.date,
            updated=each.updated,
            weight=each.weight,
            draft=each.draft,
            fields=each.fields,
            event=times_of(each, now) if each.event else None,
        )
        for each in documents
    ]
    items.sort(key=lambda item: (item.weight, item.title.casefold(), item.source))
    name = settings.order.removeprefix("-")
    present = [item for item in items if _value(item, name) is not None]
    absent = [item for item in items if _value(item, name) is None]
    present.sort(key=lambda item: _value(item, name), reverse=settings.order.startswith("-"))
    return (*present, *absent)


def title_of(name: str, settings: CollectionSettings) -> str:
    """Return what a collection is called."""
    return settings.title or name.replace("-", " ").replace("_", " ").capitalize()


def _value(item: Item, name: str) -> Any:
    """Return what an item is sorted by; moments as seconds, since two of them compare by the clock
    on the wall otherwise."""
    value = getattr(item, name) if name in ("title", "date", "weight") else item.fields.get(name)
    if isinstance(value, dt.datetime):
        return value.timestamp()
    return value.casefold() if isinstance(value, str) else value


def _read(
    document: Document, settings: CollectionSettings, config: SiteConfig
) -> tuple[dict[str, Any], dict[str, Any], list[Problem]]:
    """Return a document's fields, what it says beside them, and what is wrong."""
    problems: list[Problem] = []

    def tell(
        key: str,
        code: str,
        message: str,
        hint: str = "",
        severity: Literal["error", "warning"] = "error",
    ) -> None:
        is_there = re.search(rf"^{re.escape(key)}[ \t]*:", document.matter, re.MULTILINE)
        line = line_in_matter(key, document.matter) if is_there else 1
        problems.append(
            Problem(
                path=document.source,
                line=line,
                code=code,
                message=message,
                hint=hint,
                severity=severity,
            )
        )

    fields: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    kinds = settings.all_fields
    for key, given in document.extra.items():
        if key not in kinds:
            extra[key] = given
            hint = did_you_mean(key, kinds) or f"its fields: {', '.join(kinds) or 'none'}"
            hint += " (templates see it as page.extra)"
            message = f"`{key}` is no field of `{collection_of(document)}`"
            tell(key, "unknown-key", message, hint, "warning")
            continue
        value, wrong = _typed(given, kinds[key], config)
        if wrong:
            hint = way_to_write(key, wrong)
            if kinds[key].type == "date" and not isinstance(given, list | dict):
                hint = f"write it as {key}: 2021-05-01"
            tell(key, "wrong-type", f"`{key}`: {wrong}", hint)
        else:
            fields[key] = value
    for key, kind in kinds.items():
        if kind.required and key not in document.extra:
            tell(key, "missing-field", f"`{key}` is missing", f"add `{key}: ...`")
    if settings.events and not any(problem.severity == "error" for problem in problems):
        for key, code, message, hint in what_is_wrong(document, fields.get("end"), config.zone):
            tell(key, code, message, hint)
    return {name: fields.get(name) for name in kinds}, extra, problems


def _typed(given: Any, kind: FieldSettings, config: SiteConfig) -> tuple[Any, str]:
    """Return a field's value, or what is wrong with it."""
    value, wrong = convert_field(given, _TYPES[kind.type])
    if wrong:
        return None, wrong
    if kind.type == "text":
        value = str(given)
    elif kind.type == "list":
        items = given if isinstance(given, list) else str(given).split(",")
        value = [text for each in items if (text := str(each).strip())]
    elif kind.type == "date":
        try:
            value, _ = parse_date(value, config.zone)
        except ValueError as error:
            return None, str(error)
    elif kind.type == "url" and (fault := _url_fault(value)):
        return None, fault
    if kind.enum:
        for each in value if isinstance(value, list) else [value]:
            if each not in kind.enum:
                known = [str(one) for one in kind.enum]
                hint = did_you_mean(str(each), known)
                return None, f"`{each}` is not one of {', '.join(known)}" + (
                    f"; {hint}" if hint else ""
                )
    return value, ""


def _url_fault(text: str) -> str:
    try:
        parts = urlsplit(text)
    except ValueError:
        return f"`{text}` is no address"
    if text.startswith("/") and not text.startswith("//"):
        return ""
    if parts.scheme in ("http", "https") and parts.netloc and not any(map(str.isspace, text)):
        return ""
    if parts.scheme == "mailto" and parts.path:
        return ""
    return f"`{text}` is no address: write https://..., or a path of this site from /"


def in_zone(items: Sequence[Item], config: SiteConfig) -> list[Item]:
    """Return items with their moments in the site's zone, which encoding does not keep."""
    zone = config.zone

    def moved(value: Any) -> Any:
        return value.astimezone(zone) if isinstance(value, dt.datetime) else value

    return [
        msgspec.structs.replace(
            item,
            date=moved(item.date),
            updated=moved(item.updated),
            fields={name: moved(value) for name, value in item.fields.items()},
            event=times_in_zone(item.event, zone) if item.event else None,
        )
        for item in items
    ]
