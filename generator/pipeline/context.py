"""Everything a build needs besides the documents: settings, templates, data, assets."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping

import msgspec

from generator import __version__
from generator.assets.fingerprint import Asset, make_assets
from generator.assets.image_jobs import ImageSet
from generator.checks.severity import check_levels
from generator.config.settings import CONFIG_FILE, SiteConfig
from generator.content.data import SCHEMA, Data, FrozenDict, read_data
from generator.content.opml import BLOGROLL_SCHEMA, BlogrollGroup, groups_of
from generator.core.cache import Cache
from generator.core.problems import Problem, errors
from generator.core.urls import written_url
from generator.i18n.strings import FOLDER as TABLES
from generator.i18n.strings import Strings, remembered_strings
from generator.pipeline.inputs import Inputs
from generator.pipeline.slots import without_empty_slots
from generator.render import extensions
from generator.render.compiled import Compiled, compiled_templates, known_filters
from generator.render.site_view import view_items, view_site
from generator.render.templates import SHORTCODES, AssetLink, Helpers, Templates, shortcode_names
from generator.render.views import ItemView, Link, SiteView
from generator.site.catalogue import Order
from generator.site.counts import Counts, read_counts
from generator.site.galleries import Galleries
from generator.site.links import Targets

BLOGROLL = "blogroll"
"""What the file below data/ is called that lists other sites."""


class BuildContext(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a build needs besides the documents."""

    inputs: Inputs
    site: SiteView
    assets: Mapping[str, Asset]
    pictures: ImageSet
    targets: Targets
    counts: Counts
    helpers: Helpers
    compiled: Mapping[str, Compiled]
    galleries: Galleries
    blogroll: tuple[BlogrollGroup, ...]


def make_context(
    inputs: Inputs,
    order: Order,
    url_of: Mapping[str, str],
    held: Mapping[str, str],
    documents: Mapping[str, Link],
    cache: Cache,
) -> tuple[BuildContext, list[Problem]]:
    """Make a build's context; `documents` are the links that templates can ask for."""
    config = inputs.config
    tables = {name: text for name, text in inputs.templates.items() if name.startswith(TABLES)}
    templates = {name: text for name, text in inputs.templates.items() if name not in tables}
    inputs = msgspec.structs.replace(inputs, templates=without_empty_slots(templates))
    assets, problems = make_assets(inputs.files, inputs.assets_base)
    counts, found = read_counts(inputs.counts, config)
    problems += found
    strings, found = remembered_strings(config.language, tables, cache)
    problems += found
    site_view = view_site(config, order, strings, preview=inputs.preview, version=__version__)
    edition = inputs.edition
    if edition:
        site_view = msgspec.structs.replace(
            site_view, root=f"{edition.base}/", languages=edition.languages
        )
        elsewhere = {source: edition.elsewhere[source] for source in sorted(edition.elsewhere)}
        documents = {**linked_names(elsewhere), **documents}
        held = {**edition.held, **held}
    built_in = {BLOGROLL: BLOGROLL_SCHEMA} if config.blogroll else {}
    data, found = read_data(inputs.data, cache, built_in)
    problems += found
    if config.blogroll and not any(_is_blogroll(file.path) for file in inputs.data):
        problems.append(_no_blogroll())
    problems += check_levels(config.checks)
    compiled: Mapping[str, Compiled] = {}
    own, found = load_extensions(inputs)
    problems += found
    if not errors(found):  # templates may use what could not be loaded
        compiled, found = compiled_templates(inputs.templates, cache, own.filters)
        problems += found
    pictures = ImageSet(
        assets,
        inputs.files,
        inputs.assets_config,
        cache,
        inputs.store,
        glance=inputs.glance,
        verbatim=edition.verbatim if edition else None,
    )
    galleries = Galleries(inputs.files, cache)
    problems += galleries.problems
    targets = Targets(
        documents=url_of,
        held=held,
        files=pictures.link,
        names=inputs.files.keys(),
        base=config.base,
        elsewhere={source: link.url for source, link in edition.elsewhere.items()}
        if edition
        else {},
    )
    context = BuildContext(
        inputs=inputs,
        site=site_view,
        assets=assets,
        pictures=pictures,
        targets=targets,
        counts=counts,
        helpers=make_helpers(
            inputs,
            assets,
            site_view,
            data,
            strings,
            documents,
            view_collections(order, url_of, config),
        ),
        compiled=compiled,
        galleries=galleries,
        blogroll=groups_of(data.values.get(BLOGROLL)) if config.blogroll else (),
    )
    return context, problems


def _is_blogroll(path: str) -> bool:
    return path.startswith(f"data/{BLOGROLL}.") and not path.endswith(SCHEMA)


def _no_blogroll() -> Problem:
    return Problem(
        path=CONFIG_FILE,
        code="missing-data",
        message="`blogroll`: there is no data/blogroll.yaml",
        hint="list sites there, or lay an OPML file of a program for feeds at data/blogroll.opml",
        needle="blogroll",
    )


def document_links(
    documents: Iterable[tuple[str, str, str]], url_of: Mapping[str, str], base: str
) -> dict[str, Link]:
    """Return what `ref` finds: each document under its file, its file's name and its slug.

    `documents` are source path, title and slug of each.
    """
    found: dict[str, Link] = {}
    for source, title, slug in documents:
        if source not in url_of:
            continue  # it cannot have a URL, which is told elsewhere
        link = Link(title=title, url=base + written_url(url_of[source]))
        for name in (*names_of(source), slug):
            found.setdefault(name, link)
    return found


def names_of(source: str) -> tuple[str, str]:
    """Return the names by which `ref` knows a file."""
    below_content = source.removeprefix("content/")
    return below_content, posixpath.basename(below_content)


def linked_names(documents: Mapping[str, Link]) -> dict[str, Link]:
    """Return what `ref` finds of other languages: by the file, since slugs are each language's."""
    found: dict[str, Link] = {}
    for source, link in documents.items():
        for name in names_of(source):
            found.setdefault(name, link)
    return found


def view_collections(
    order: Order, url_of: Mapping[str, str], config: SiteConfig
) -> Mapping[str, tuple[ItemView, ...]]:
    """Return the documents of every collection as templates see them."""
    return FrozenDict(
        {name: view_items(items, url_of, config) for name, items in order.collections.items()}
    )


def load_extensions(inputs: Inputs) -> tuple[extensions.Extensions, list[Problem]]:
    """Return the site's own functions, and what is wrong with them before anything calls them."""
    if not inputs.extensions:
        return extensions.NONE, []
    problems = extensions.examine(inputs.extensions)
    if errors(problems):
        return extensions.NONE, problems
    own = extensions.load(inputs.extensions)
    made = shortcode_names(inputs.templates)
    return own, problems + extensions.check_names(own, known_filters(), made)


def make_helpers(
    inputs: Inputs,
    assets: Mapping[str, Asset],
    site_view: SiteView,
    data: Data,
    strings: Strings,
    documents: Mapping[str, Link],
    collections: Mapping[str, tuple[ItemView, ...]],
) -> Helpers:
    """Return what templates can ask for; posts are added when they are rendered."""
    return Helpers(
        site=site_view,
        strings=strings,
        origin=inputs.config.origin,
        assets={
            source.removeprefix("static/"): AssetLink(
                url=asset.url, integrity=asset.integrity, width=asset.width, height=asset.height
            )
            for source, asset in assets.items()
            if source.startswith("static/")
        },
        documents=documents,
        posts=None,
        data=data,
        collections=collections,
        extensions=inputs.extensions,
    )


_COUNT = re.compile(r"""\.\s*count\b|["']count["']""")
_LISTS_OF_TERMS = {"terms.html", "search.html"}


def shows_counts(inputs: Inputs) -> bool:
    """Return whether anything may show how many posts a post's own tag has: lists of terms are
    given their own. A page that does not is the same when another post has the tag."""
    texts = (text for name, text in inputs.templates.items() if name not in _LISTS_OF_TERMS)
    return any("count" in text and _COUNT.search(text) for text in (*texts, inputs.extensions))


def names_from_outside(context: BuildContext) -> dict[str, frozenset[str]]:
    """Return the names that templates of `pages`, and those of `shortcodes`, take from outside."""
    templates = Templates(context.inputs.templates, context.helpers, context.compiled)
    names: dict[str, frozenset[str]] = {"pages": frozenset(), "shortcodes": frozenset()}
    for name in context.inputs.templates:
        names["shortcodes" if name.startswith(SHORTCODES) else "pages"] |= templates.mentions(name)
    return names
