"""Documents, files and settings of an import, put together at its end."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Protocol

from generator.importers import settings
from generator.importers.documents import Made, possible
from generator.importers.documents import settle as settle_addresses
from generator.importers.model import Conversion, NewFile, Target
from generator.importers.report import Report
from generator.importers.reporter import Reporter


class Placed(Protocol):
    """A text on its way; `place` is the file that it becomes."""

    place: str


def give_own_places(sources: Iterable[Placed]) -> None:
    """Give a number to each of two texts that would become one file, the first left as it is."""
    taken: set[str] = set()
    for source in sources:
        place, number = source.place, 1
        stem, end = _END.split(place)[0], place[len(_END.split(place)[0]) :]
        while place.lower() in taken:
            number += 1
            place = f"{stem}-{number}{end}"
        taken.add(place.lower())
        source.place = place


_END = re.compile(r"(?=(?:/index)?(?:\.[a-z]{2,3}(?:-[A-Za-z]+)?)?\.md$)")


def assembled(
    made: Iterable[Made],
    files: Iterable[NewFile],
    extra: list[NewFile],
    written: str,
    *,
    origin: str,
    target: Target,
    tell: Reporter,
) -> Conversion:
    """Return the whole conversion: `files` are those that are copied, `extra` the new settings,
    which `written` has as YAML for the report."""
    documents = settle_addresses(made, target, tell)
    for one in documents:
        tell.converted(one.origin, one.path, "" if one.document.draft else one.address)
    redirects = possible(tell, documents, target)
    written, extra = settings.with_redirects(written, extra, redirects)
    report = Report(
        origin=origin,
        entries=tuple(sorted(tell.entries)),
        urls=tuple(sorted(one.address for one in documents if not one.document.draft)),
        moved=tuple(sorted(tell.moved)),
        settings=written,
    )
    return Conversion(files=(*files, *(one.file() for one in documents), *extra), report=report)
