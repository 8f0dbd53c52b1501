"""What a search may find: the text of every post and page, as Pagefind reads it.

The texts are indexed and not the pages around them, so that an index need not be made again where
only a template or a list has changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape

import msgspec

from generator.core.artifacts import Artifact, digest
from generator.core.cache import Key, key_of
from generator.i18n.locales import Locale
from generator.render.search_shards import STEP
from generator.render.view_builder import Rendered
from generator.render.views import PageView, SiteView

BUNDLE = "pagefind/"
"""Where the index lies below the site's root."""

LASTING = (".pf_fragment", ".pf_index", ".pf_meta")
"""How the names end that have a digest of the content in them: these files never change."""

LISTED = "pagefind-entry.json"
"""The list of languages, which leads to all else."""

_TAKEN = ("pagefind.js", "pagefind-worker.js", LISTED)


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One document that can be found. `url` begins with the site's base path; `date` is that of a
    post, `2024-05-01`, and `written` the same as the site writes it. Where the digest of the HTML
    is given, the HTML itself may be left out."""

    url: str
    title: str
    language: str
    date: str
    written: str = ""
    tags: tuple[str, ...]
    html: str
    sha256: str = ""

    @property
    def is_outline(self) -> bool:
        """Whether the HTML was left out."""
        return not self.html and self.sha256 not in ("", _OF_NOTHING)

    def page(self) -> str:
        """Return the document as a small page that has nothing but what is to be indexed.

        Tags are metadata and words. The date as readers see it is neither, or the name of a month
        would find all its posts: it is a filter, of which no index is published, but whose value
        comes with what was found. Metadata are read inside what is ignored as text
        (https://pagefind.app/docs/indexing/).
        """
        date = f'<time data-pagefind-meta="date">{self.date}</time>' if self.date else ""
        date += f'<i data-pagefind-filter="written">{escape(self.written)}</i>' if date else ""
        tags = f'<p data-pagefind-meta="tags">{escape(", ".join(self.tags))}</p>'
        return (
            f'<!doctype html><html lang="{escape(self.language)}"><body data-pagefind-body>'
            f'<h1 data-pagefind-meta="title">{escape(self.title)}</h1>'
            f"<div data-pagefind-ignore>{date}</div>{self.html}{tags if self.tags else ''}"
            "</body></html>"
        )


_OF_NOTHING = digest(b"")


def entries(
    views: Iterable[PageView], rendered: Mapping[str, Rendered], site: SiteView, locale: Locale
) -> tuple[Entry, ...]:
    """Return what can be found, in the order of the URLs.

    What search engines are asked not to list is left out.
    """
    found = [
        Entry(
            url=view.url,
            title=view.heading,
            language=view.language or site.language,
            date=view.post.date.date().isoformat() if view.post else "",
            written=locale.date(view.post.date, site.date_format) if view.post else "",
            tags=tuple(tag.title for tag in view.post.tags) if view.post else (),
            html=rendered[view.source].body,
            sha256=rendered[view.source].sha256,
        )
        for view in views
        if _can_be_found(view)
    ]
    return tuple(sorted(found, key=lambda entry: entry.url))


def places(views: Iterable[PageView], site: SiteView) -> tuple[tuple[str, str], ...]:
    """Return language and URL of all that can be found."""
    return tuple(
        (view.language or site.language, view.url) for view in views if _can_be_found(view)
    )


def _can_be_found(view: PageView) -> bool:
    is_document = bool(view.source) and view.kind in ("home", "post", "page", "item")
    return is_document and not view.noindex


def key(entry: Entry, engine: str) -> Key:
    """Return what is made of an entry is remembered under; `engine` is the program and its
    version."""
    html = entry.sha256 or digest(entry.html.encode("utf-8", "surrogatepass"))
    rest = msgspec.structs.replace(entry, html="", sha256="")
    return key_of("search document", STEP, engine, msgspec.msgpack.encode(rest), html)


def is_published(path: str) -> bool:
    """Return whether one of Pagefind's own files is published.

    Its ready-made interfaces are not: static/js/search.js does their work.
    """
    return path in _TAKEN or path.startswith("wasm.")


def taken() -> list[Artifact]:
    """Return what stands for the index where files are kept out of its way."""
    return [Artifact(path=f"{BUNDLE}{path}", role="entry") for path in _TAKEN]
