"""Documents, files and settings of an import, put together at its end."""

from __future__ import annotations

from collections.abc import Iterable

from generator.importers import settings
from generator.importers.documents import Made, possible
from generator.importers.documents import settle as settle_addresses
from generator.importers.model import Conversion, NewFile, Target
from generator.importers.report import Report
from generator.importers.reporter import Reporter


def assembled(
    made: Iterable[Made],
    files: Iterable[NewFile],
    extra: list[NewFile],
    told: str,
    *,
    origin: str,
    target: Target,
    tell: Reporter,
) -> Conversion:
    """Return the whole conversion: `files` are those that are copied, `extra` the new settings,
    which `told` says as YAML for the report."""
    documents = settle_addresses(made, target, tell)
    for one in documents:
        tell.converted(one.origin, one.path, "" if one.document.draft else one.address)
    redirects = possible(tell.redirects, documents, target)
    told, extra = settings.with_redirects(told, extra, redirects)
    report = Report(
        origin=origin,
        entries=tuple(sorted(tell.entries)),
        urls=tuple(sorted(one.address for one in documents if not one.document.draft)),
        moved=tuple(sorted(tell.moved)),
        settings=told,
    )
    return Conversion(files=(*files, *(one.file() for one in documents), *extra), report=report)
