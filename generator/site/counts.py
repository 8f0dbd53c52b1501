"""How often pages were viewed, as `publish.py stats --export` writes it."""

from __future__ import annotations

import msgspec

from generator.config.settings import SiteConfig
from generator.core.problems import Problem


class Visits(msgspec.Struct, frozen=True, kw_only=True):
    """How often something was viewed, and by how many visitors."""

    views: int
    visitors: int


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """Numbers known at the last publish, as `publish.py stats --export` writes them: those of the
    whole site, and those of each page by its internal URL."""

    site: Visits | None = None
    pages: dict[str, Visits] = {}

    def of(self, url: str) -> dict[str, int]:
        """Return what is known of a page, by the counter's modes."""
        known = {"site": self.site.views} if self.site else {}
        if page := self.pages.get(url):
            known |= {"views": page.views, "visitors": page.visitors}
        return known


def read_counts(raw: bytes, config: SiteConfig) -> tuple[Counts, list[Problem]]:
    """Read the numbers that pages show to readers without JavaScript."""
    if not (raw and config.counter.enabled and config.counter.baked):
        return Counts(), []
    try:
        return msgspec.json.decode(raw, type=Counts), []
    except msgspec.MsgspecError:
        problem = Problem(
            path=config.counter.counts,
            code="bad-counts",
            message="not an export of view counts",
            hint="make it again with `python publish.py stats`",
        )
        return Counts(), [problem]


def counts_below(raw: bytes, path: str) -> bytes:
    """Return an export of view counts with the pages below `path` as that language calls them."""
    try:
        counts = msgspec.json.decode(raw, type=Counts)
    except msgspec.MsgspecError:
        return b""  # what is wrong with it is reported by the site's own language
    pages = {
        f"/{url.removeprefix(path)}": visits
        for url, visits in counts.pages.items()
        if url.startswith(path)
    }
    return msgspec.json.encode(msgspec.structs.replace(counts, pages=pages))
