"""Pages of the next build, rendered ahead of it from what the last build worked with.

Between two builds mostly one post's text, one template or one style sheet changes. Then single
pages can be reported in a moment, and they are the same bytes that the whole build gives
afterwards. Whatever could make them differ is left to the whole build: `foresee` answers None, or
leaves the page out.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Callable, Collection, Mapping
from functools import cached_property
from typing import TypeVar

import msgspec

from generator.assets.fingerprint import Asset, make_assets
from generator.checks.page import PageFacts
from generator.checks.run import Examined
from generator.checks.severity import relevel
from generator.content import frontmatter
from generator.content.frontmatter import Document
from generator.content.source_lines import in_front_matter
from generator.core.cache import NoCache
from generator.core.problems import Problem, errors
from generator.core.urls import output_path, written_url
from generator.incremental.snapshot import OWN_FIELDS as TEXT_FIELDS
from generator.markdown.convert import RenderedBody
from generator.markdown.shortcodes import used_in
from generator.pipeline.bodies import resolve_all
from generator.pipeline.pages import view_of
from generator.pipeline.results import BuildState
from generator.pipeline.slots import FOLDER as SLOTS
from generator.render.body_jobs import BodyJob, BodyShared, ShortcodePage, body_step
from generator.render.compiled import FOLDER, compiled_templates
from generator.render.extensions import load
from generator.render.page_jobs import PageJob, PageResult, PageShared, page_step
from generator.render.templates import SHORTCODES, AssetLink, Templates
from generator.render.view_builder import Viewer
from generator.render.views import Link
from generator.site.routes import Route

T = TypeVar("T")

OWN_FIELDS = TEXT_FIELDS | {"noindex", "updated"}
"""What may change of a document without moving it or anything else to another place."""

_encode = msgspec.msgpack.Encoder().encode

_LARGE_KINDS = frozenset({"archive", "year", "terms"})
"""Pages that may list the whole site, so that making one takes long."""


class Foreseen(msgspec.Struct, frozen=True, kw_only=True):
    """What the next build will come to, as far as it could be reported.

    `pages`: output path -> HTML in UTF-8. `files`: output path -> content of assets that have a new
    name. `assets` are the URLs below `/assets/` that the pages mention. `problems` are errors for
    which the build will fail; then there are no pages.
    """

    pages: Mapping[str, bytes] = {}
    files: Mapping[str, bytes] = {}
    assets: frozenset[str] = frozenset()
    problems: tuple[Problem, ...] = ()


class SpeculativeRenderer:
    """Goes on from one build; holds the steps that were made ready, since that takes longest."""

    def __init__(self, workings: BuildState) -> None:
        self.last = workings
        inputs = workings.context.inputs
        self.zone = zoneinfo.ZoneInfo(inputs.config.timezone)
        self.sources = {source.path: source for source in inputs.sources}
        self.routes = {route.output: route for route in workings.routes.all}
        helpers = msgspec.structs.replace(workings.pages.helpers, posts=None)
        compiled = workings.pages.compiled
        self.shortcodes = Templates(inputs.templates, helpers, compiled)
        self.body_shared = BodyShared(
            settings=inputs.config.markdown,
            templates=inputs.templates,
            compiled=compiled,
            helpers=helpers,
            timezone=inputs.config.timezone,
        )
        self._convert: Callable[[BodyJob], bytes] | None = None
        self._page_maker: tuple[PageShared, Templates, Callable[[PageJob], bytes]] | None = None

    def ready(self) -> None:
        """Make the steps ready before they are needed: templates are compiled at first use."""
        for document in (*self.last.site.posts[:1], *self.last.site.pages[:1]):
            path = output_path(self.last.routes.of_source[document.source])
            text = f"---\n{document.matter}---\n{document.heading}{document.body}"
            raw = text.encode()
            self.foresee({document.source: raw}, [path])
        self._referring({})

    def holds_at(self, moment: dt.datetime) -> bool:
        """Return whether a build at that moment publishes what the last one did, with the same
        dates: whether no document was to come or to go since, and a draft's today is still
        today."""
        return self.last.since <= moment.timestamp() < self.last.until

    def foresee(self, edits: Mapping[str, bytes], wanted: Collection[str]) -> Foreseen | None:
        """Return the pages at the output paths `wanted` as they are after `edits`.

        `edits`: path from the site's folder -> the whole content of a file that was there before.
        None where too much changed; a page is left out where that is so for it.
        """
        texts: dict[str, str] = {}
        documents: dict[str, bytes] = {}
        for path, raw in edits.items():
            if self._is_item(path):
                return None  # lists and other pages may show its fields
            if path in self.last.documents and path in self.last.routes.of_source:
                documents[path] = raw
            elif self._is_page_template(path) or self._is_style(path):
                try:
                    texts[path] = raw.decode("utf-8-sig").replace("\r\n", "\n")
                except UnicodeDecodeError:
                    return None
            else:
                return None
        changed, problems = self._parse(documents)
        if problems:
            return Foreseen(problems=tuple(problems))
        if changed is None:
            return None
        restyled = self._restyle(texts)
        if restyled is None:
            return None
        shared, replaced, files = restyled
        edited = {path.removeprefix(FOLDER): text for path, text in texts.items()}
        known = {name: text for name, text in edited.items() if name in shared.templates}
        filters = load(self.last.context.inputs.extensions).filters
        compiled, problems = compiled_templates(known, NoCache(), filters)
        if problems:
            return Foreseen(problems=tuple(problems))
        shared = msgspec.structs.replace(shared, compiled={**shared.compiled, **compiled})
        viewer, problems = self._view(changed)
        if problems:
            return Foreseen(problems=tuple(problems))
        return self._render(shared, viewer, changed, replaced, files, wanted)

    def page_of(self, source: str) -> Link | None:
        """Return title and URL of the page that a document was made into."""
        url = self.last.routes.of_source.get(source)
        if url is None:
            return None
        return Link(title=self.last.documents[source].title, url=self.last.viewer.url(url))

    def _is_item(self, path: str) -> bool:
        document = self.last.documents.get(path)
        return document is not None and document.kind == "item"

    def _is_page_template(self, path: str) -> bool:
        name = path.removeprefix(FOLDER)
        return (
            path.startswith(FOLDER)
            and name in self.last.context.inputs.templates
            and not name.startswith(SLOTS)
            and name not in self._in_shortcodes
        )

    def _is_style(self, path: str) -> bool:
        facts = self.last.context.inputs.files.get(path)
        return path.endswith(".css") and facts is not None and path in self.last.context.assets

    def _parse(
        self, documents: Mapping[str, bytes]
    ) -> tuple[dict[str, Document] | None, list[Problem]]:
        """Parse what changed; None where something other than its own page may change with it."""
        changed: dict[str, Document] | None = {}
        problems: list[Problem] = []
        for path, raw in documents.items():
            source = self.sources[path]
            document, found = frontmatter.parse(
                path,
                raw,
                source.kind,
                self.zone,
                draft=source.draft,
                untitled=self.last.context.inputs.config.untitled_posts,
            )
            problems += found
            before = self.last.documents[path]
            if document is None or changed is None:
                continue
            # Encoded, since of two times that a clock shows twice in autumn Python says that they
            # are the same.
            if any(
                _encode(getattr(document, name)) != _encode(getattr(before, name))
                for name in Document.__struct_fields__
                if name not in OWN_FIELDS
            ):
                changed = None
                continue
            # A draft without a date is shown as today's.
            changed[path] = msgspec.structs.replace(
                document, date=self.last.viewer.documents[path].date
            )
        return changed, self._errors(problems, {})

    def _errors(self, problems: list[Problem], documents: Mapping[str, Document]) -> list[Problem]:
        if not problems:
            return []
        placed = in_front_matter(problems, {**self.last.documents, **documents})
        return errors(relevel(placed, self.last.context.inputs.config.checks))

    def _restyle(
        self, texts: Mapping[str, str]
    ) -> tuple[PageShared, frozenset[str], dict[str, bytes]] | None:
        """Return what pages share after `texts`, the URLs and digests of assets that went out of
        use with them, and the assets that came instead."""
        shared = self.last.pages
        templates = {
            path.removeprefix(FOLDER): text
            for path, text in texts.items()
            if path.startswith(FOLDER)
        }
        if templates:
            helpers = shared.helpers
            if not helpers.posts and any("posts" in text for text in templates.values()):
                # No template asked for them, so that they were not worked out.
                posts = self.last.viewer.all_posts()
                helpers = msgspec.structs.replace(helpers, posts=posts)
            shared = msgspec.structs.replace(
                shared,
                templates={**self.last.context.inputs.templates, **templates},
                helpers=helpers,
            )
        styles = {path: text for path, text in texts.items() if not path.startswith(FOLDER)}
        if not styles:
            return shared, frozenset(), {}
        before = self.last.context.assets
        facts = dict(self.last.context.inputs.files)
        for path, text in styles.items():
            facts[path] = msgspec.structs.replace(facts[path], text=text)
        assets, problems = make_assets(facts, self.last.context.inputs.config.base)
        if problems:
            return None
        fresh = {path: asset for path, asset in assets.items() if asset != before[path]}
        files = {asset.path: asset.content for asset in fresh.values() if asset.content}
        links = {
            path.removeprefix("static/"): _link(asset)
            for path, asset in fresh.items()
            if path.startswith("static/")
        }
        helpers = msgspec.structs.replace(shared.helpers, assets={**shared.helpers.assets, **links})
        gone = (before[path] for path in fresh)
        replaced = frozenset(told for each in gone for told in (each.url, each.integrity) if told)
        return msgspec.structs.replace(shared, helpers=helpers), replaced, files

    def _view(self, changed: Mapping[str, Document]) -> tuple[Viewer, list[Problem]]:
        """Return a viewer of the site in which `changed` documents have their new text."""
        last = self.last
        if not changed:
            return last.viewer, []
        bodies = ((document, self._body(document)) for document in changed.values())
        targets, config = last.context.targets, last.context.inputs.config
        resolved = resolve_all(bodies, targets, config)
        problems = self._errors(resolved.problems, changed)
        if problems:
            return last.viewer, problems
        before = last.viewer.content
        content = msgspec.structs.replace(
            before,
            documents={**before.documents, **changed},
            rendered={**before.rendered, **resolved.rendered},
            images=_without(before.images, changed) | resolved.images,
            summaries=_without(before.summaries, changed),
            rows=_without(before.rows, changed),
        )
        return Viewer(content), []

    def _body(self, document: Document) -> RenderedBody:
        url = self.last.routes.of_source[document.source]
        page = ShortcodePage(
            url=self.last.context.inputs.config.base + written_url(url),
            title=document.title,
            kind="home" if url == "/" else document.kind,
            known=self.last.context.counts.of(url),
        )
        encoded = self._converter()(BodyJob(text=document.body, page=page))
        return msgspec.msgpack.decode(encoded, type=RenderedBody)

    def _render(
        self,
        shared: PageShared,
        viewer: Viewer,
        changed: Mapping[str, Document],
        replaced: frozenset[str],
        files: Mapping[str, bytes],
        wanted: Collection[str],
    ) -> Foreseen:
        retitled = any(
            document.title != self.last.documents[path].title for path, document in changed.items()
        )
        referring = self._referring(changed) if retitled else frozenset()
        templates, make = self._maker(shared)
        pages: dict[str, bytes] = {}
        mentioned: set[str] = set()
        problems: list[Problem] = []
        for path in wanted:
            route = self.routes.get(path)
            if route is None or not self._can_be_told(route):
                continue
            view = view_of(viewer, route)
            names = templates.mentions(view.template)
            if (changed and "posts" in names) or (retitled and "ref" in names):
                continue
            shown = {view.url, *(post.url for post in (*view.posts, *view.related))}
            if not referring.isdisjoint(shown):
                continue
            result = msgspec.msgpack.decode(make(PageJob(view=view, path=path)), type=PageResult)
            if result.problem:  # which is reported once, however many pages it is on
                problems = problems or [result.problem]
            elif result.record and self._is_in_order(result.record.examined):
                if any(url.encode() in result.html for url in replaced):
                    continue  # it stands in the text of a document
                pages[path] = result.html
                mentioned.update(result.record.assets)
        if problems := self._errors(problems, changed):
            return Foreseen(problems=tuple(problems))
        return Foreseen(pages=pages, files=files, assets=frozenset(mentioned))

    def _is_in_order(self, examined: Examined) -> bool:
        """Return whether nothing is wrong with a page alone that keeps it from being published."""
        if examined.card.clean:
            return True
        facts = msgspec.msgpack.decode(examined.facts, type=PageFacts)
        return not errors(relevel(facts.problems, self.last.context.inputs.config.checks))

    def _can_be_told(self, route: Route) -> bool:
        return route.kind not in _LARGE_KINDS

    @cached_property
    def _in_shortcodes(self) -> frozenset[str]:
        """The templates that documents' texts are made with: shortcodes and what these include."""
        return frozenset().union(*map(self.shortcodes.closure, self._shortcode_names))

    @cached_property
    def _shortcodes_refer(self) -> bool:
        return any("ref" in self.shortcodes.mentions(name) for name in self._shortcode_names)

    @property
    def _shortcode_names(self) -> list[str]:
        return [name for name in self.last.context.inputs.templates if name.startswith(SHORTCODES)]

    @cached_property
    def _calling(self) -> frozenset[str]:
        return frozenset(map(self._url, filter(_calls, self.last.viewer.documents.values())))

    def _referring(self, changed: Mapping[str, Document]) -> frozenset[str]:
        """Return the URLs of documents whose text may show another one's title, by a shortcode."""
        if not self._shortcodes_refer:
            return frozenset()
        return self._calling.union(map(self._url, filter(_calls, changed.values())))

    def _url(self, document: Document) -> str:
        return self.last.viewer.url(self.last.routes.of_source[document.source])

    def _converter(self) -> Callable[[BodyJob], bytes]:
        if self._convert is None:
            self._convert = body_step(self.body_shared)
        return self._convert

    def _maker(self, shared: PageShared) -> tuple[Templates, Callable[[PageJob], bytes]]:
        if self._page_maker is None or self._page_maker[0] != shared:
            templates = Templates(shared.templates, shared.helpers, shared.compiled)
            self._page_maker = (shared, templates, page_step(shared))
        return self._page_maker[1], self._page_maker[2]


def _without(known: Mapping[str, T], changed: Collection[str]) -> dict[str, T]:
    return {path: value for path, value in known.items() if path not in changed}


def _calls(document: Document) -> bool:
    return used_in(document.body)


def _link(asset: Asset) -> AssetLink:
    return AssetLink(
        url=asset.url, integrity=asset.integrity, width=asset.width, height=asset.height
    )
