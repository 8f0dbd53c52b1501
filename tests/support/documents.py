"""Documents as values, without files."""

from __future__ import annotations

import datetime as dt

from generator.content.frontmatter import Document
from generator.site.catalogue import Site, catalogue
from tests.support.sites import config

NOW = dt.datetime(2024, 6, 1, 12, tzinfo=dt.UTC)


def document(name: str, day: str = "2024-01-01", kind: str = "post", **more: object) -> Document:
    moment = dt.datetime.fromisoformat(day).replace(tzinfo=dt.UTC) if day else None
    return Document(
        source=f"content/{kind}s/{name}.md",
        kind=kind,  # type: ignore[arg-type]
        slug=name,
        title=str(more.pop("title", name.upper())),
        markdown=b"",
        body_line=4,
        date=moment,
        **more,  # type: ignore[arg-type]
    )


def sorted_out(*documents: Document, settings: str = "", **more: bool) -> Site:
    return catalogue(documents, config(settings), NOW, **more)[0]
