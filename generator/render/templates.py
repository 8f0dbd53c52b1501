"""PageView -> HTML.

The second of the two steps that are cached (see core.cache). Templates come as texts, so that a
page is a pure function of its view, of the texts it is made from, and of the helpers it mentions.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import traceback
from collections.abc import Iterable, Mapping
from functools import partial
from types import TracebackType
from typing import Any, Literal

import jinja2
import msgspec
from markupsafe import Markup

from generator.content.data import Data, FrozenDict, Given
from generator.content.sources import CAPTIONS
from generator.core.problems import Problem, did_you_mean
from generator.i18n.strings import Strings, UnknownString
from generator.markdown.shortcodes import ShortcodeError
from generator.render import extensions, views
from generator.render.compiled import (
    FOLDER,
    STEP,
    Compiled,
    Loader,
    below_static,
    compile_template,
    file_of,
    make_environment,
)
from generator.render.views import ItemView, Link, PageView, PostSummary, SiteView
from generator.site.galleries import FolderPicture, in_order

SHORTCODES = "shortcodes/"


class AssetLink(msgspec.Struct, frozen=True, kw_only=True):
    """What `asset("css/site.css")` gives: printing it prints the URL."""

    url: str
    integrity: str = ""
    width: int = 0
    height: int = 0

    def __str__(self) -> str:
        return self.url

    def __html__(self) -> str:
        return str(Markup.escape(self.url))


class Helpers(msgspec.Struct, frozen=True, kw_only=True):
    """What templates can ask for beside their view, in the language of their pages.

    `assets`: path below static/ -> AssetLink; `documents`: path below content/ -> Link, also under
    the file's name and the slug; `posts`: all posts, newest first, or None where they are not known
    yet (shortcodes, since lists of posts show what shortcodes made); `data`: what data/ holds;
    `collections`: name -> its documents in their order; `extensions`: the text of the site's
    extensions.py, or empty.
    """

    site: SiteView
    strings: Strings
    origin: str
    assets: Mapping[str, AssetLink]
    documents: Mapping[str, Link]
    posts: tuple[PostSummary, ...] | None
    data: Data = Data()
    collections: Mapping[str, tuple[ItemView, ...]] = FrozenDict()
    extensions: str = ""


class TemplateError(Exception):
    """A page that cannot be rendered; `problem` names the template's file and line."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class Templates:
    """The owner's templates with the helpers they may use.

    `compiled` has those that were compiled before; the others are compiled when they are needed.
    """

    def __init__(
        self,
        texts: Mapping[str, str],
        helpers: Helpers,
        compiled: Mapping[str, Compiled] | None = None,
    ) -> None:
        self.texts, self.helpers = texts, helpers
        self.compiled = dict(compiled or {})
        self.extensions = extensions.load(helpers.extensions)
        self.environment = make_environment(Loader(self._compiled))
        self.environment.globals.update(
            site=helpers.site,
            asset=self.asset,
            ref=self.ref,
            data=helpers.data.values,
            collections=helpers.collections,
            t=helpers.strings.say,
        )
        if helpers.posts is not None:
            self.environment.globals["posts"] = helpers.posts
        self.environment.filters.update(
            date=self.format_date,
            isodate=iso_date,
            absolute=self.absolute,
            number=helpers.strings.locale.number,
            t=helpers.strings.say,
            **self.extensions.filters,
        )
        self._dates: dict[str, dict[int, str] | None] = {}
        self._closures: dict[str, frozenset[str]] = {}
        self._digests: dict[str, bytes] = {}
        self._helper_digests: dict[str, bytes] = {}
        self.noted: list[Problem] = []

    # What templates call.

    def asset(self, name: str) -> AssetLink:
        """Return the file below static/ under its fingerprinted name."""
        found = self.helpers.assets.get(below_static(name))
        if found is None:
            hint = did_you_mean(name, self.helpers.assets) or f"expected it at static/{name}"
            raise HelperError("missing-asset", f"asset `{name}`: no such file", hint)
        return found

    def ref(self, name: str) -> Link:
        """Return title and URL of a document, by its file, its file's name or its slug."""
        found = self.helpers.documents.get(name.removeprefix("/").removeprefix("content/"))
        if found is None:
            hint = did_you_mean(name, self.helpers.documents) or "name its file below content/"
            raise HelperError("missing-reference", f"ref `{name}`: no such document", hint)
        return found

    def pictures(self, page: Any, folder: str, order: str = "name") -> tuple[FolderPicture, ...]:
        """Return the pictures of a folder that a call names; note those of which nothing says what
        they show."""
        found = page.folders.get(folder)
        if found is None or not found.pictures:
            where = found.path if found else "the folder that the call names as `folder`"
            message = f"`{folder}`: no pictures there"
            raise HelperError("missing-folder", message, f"expected them in {where}")
        for each in found.pictures:
            if each.alt is None:
                message = f"nothing says what `{each.name}` in `{folder}` shows"
                hint = f"write `{each.name}: ...` into {found.path}/{CAPTIONS}"
                hint += ', or `""` where it is mere decoration'
                self.noted.append(
                    Problem(
                        path="", code="image-alt", message=message, hint=hint, needle=found.needle
                    )
                )
        try:
            return in_order(found.pictures, order)
        except ValueError as error:
            raise HelperError(
                "bad-shortcode", str(error), "write name, date, -name or -date"
            ) from None

    def absolute(self, url: str) -> str:
        """Return a URL of this site as a full address."""
        own = url.startswith("/") and not url.startswith("//")
        return self.helpers.origin + url if own else url

    def format_date(self, moment: dt.datetime, form: str = "") -> str:
        """Return a date in the site's form, or in a given one: of strftime's, or by its name."""
        form = form or self.helpers.site.date_format
        locale = self.helpers.strings.locale
        if type(moment) is not dt.datetime or type(form) is not str:
            return locale.date(_a_date(moment, "date"), form)
        if form not in self._dates:
            self._dates[form] = {} if locale.tells_days(form) else None
        known = self._dates[form]
        if known is None:
            return locale.date(moment, form)
        day = moment.toordinal()
        if day not in known:
            known[day] = locale.date(moment, form)
        return known[day]

    # What the build calls.

    def render(self, view: PageView) -> str:
        """Return the page's HTML. Raises TemplateMistakeError."""
        try:
            return self.environment.get_template(view.template).render(page=view)
        except Exception as error:
            raise TemplateError(self._explain(error, view.template, view.source)) from error
        finally:
            self.environment.let_go()

    def render_shortcode(
        self, name: str, arguments: dict[str, Any], page: Any, body: str | None
    ) -> str:
        """Return the HTML of templates/shortcodes/NAME.html. Raises ShortcodeError."""
        if name in self.extensions.shortcodes:
            html = Markup(body) if body is not None else None  # noqa: S704 (a placeholder, as below)
            return extensions.call_shortcode(self.extensions, name, arguments, page, html)
        template = f"{SHORTCODES}{name}.html"
        if template not in self.texts:
            known = [*shortcode_names(self.texts), *self.extensions.shortcodes]
            hint = did_you_mean(name, known) or f"known: {', '.join(sorted(known))}"
            raise ShortcodeError("unknown-shortcode", "there is no such shortcode", hint)
        try:
            context = {"pictures": partial(self.pictures, page), **arguments, "page": page}
            if body is not None:
                context["body"] = Markup(body)  # noqa: S704 (a placeholder, made by shortcodes)
            return _whole(self.environment.get_template(template).render(context))
        except Exception as error:
            problem = self._explain(error, template, "")
            place = f"{problem.path}:{problem.line}" if problem.line else problem.path
            message, hint = f"{problem.message} ({place})", problem.hint
            if missing := _NO_ARGUMENT.fullmatch(problem.message):
                hint = _add_argument(missing[1], arguments)
            raise ShortcodeError(problem.code, message, hint) from error
        finally:
            self.environment.let_go()

    def digest(self, name: str) -> bytes:
        """Return a digest of all that pages made by template `name` have in common.

        These are the texts of the template and of all it includes, and the helpers that any of
        them mentions.
        """
        if name not in self._digests:
            hasher = hashlib.sha256(STEP.encode())
            mentioned: set[str] = set()
            data: set[str | None] = set()
            collections: set[str | None] = set()
            assets: set[str | None] = set()
            filters: set[str | None] = set()
            for part in sorted(self.closure(name)):
                text = self.texts.get(part, "")
                there = "" if part in self.texts else "\0missing"  # which is not the same as empty
                hasher.update(f"\0{part}\0{text}{there}".encode())
                if part in self.texts:
                    mentioned |= set(self._compiled(part).mentions)
                    data |= set(self._compiled(part).data)
                    collections |= set(self._compiled(part).collections)
                    assets |= set(self._compiled(part).assets)
                    filters |= set(self._compiled(part).filters)
            for helper in ("site", "ref", "posts", "t"):
                if helper in mentioned:
                    hasher.update(self._helper_digest(helper))
            if data:
                hasher.update(_digest_of_some(self.helpers.data.digests, data))
            if collections:
                hasher.update(_digest_of_some(self.helpers.collections, collections))
            if assets:
                hasher.update(self._digest_of_assets(assets))
            if None in filters or "t" in filters:  # which says what the helper of that name does
                hasher.update(self._helper_digest("t"))
            if None in filters or not filters.isdisjoint(self.extensions.filters):
                hasher.update(extensions.digest(self.helpers.extensions))
            hasher.update(self.helpers.origin.encode())
            hasher.update(self.helpers.site.date_format.encode())
            hasher.update(self._helper_digest("locale"))
            self._digests[name] = hasher.digest()
        return self._digests[name]

    def closure(self, name: str) -> frozenset[str]:
        """Return `name` and every template it extends, includes or imports.

        A template that is chosen while rendering (`include variable`) could be any, so then all of
        them belong to it.
        """
        if name not in self._closures:
            found: set[str] = set()
            pending = [name]
            while pending:
                part = pending.pop()
                if part in found:
                    continue
                found.add(part)
                for reference in self._compiled(part).refers if part in self.texts else ():
                    pending += [reference] if reference is not None else list(self.texts)
            self._closures[name] = frozenset(found)
        return self._closures[name]

    def mentions(self, name: str) -> frozenset[str]:
        """Return the names that template `name`, or one that it includes, takes from outside."""
        return frozenset().union(
            *(self._compiled(part).mentions for part in self.closure(name) if part in self.texts)
        )

    def _helper_digest(self, helper: str) -> bytes:
        if helper not in self._helper_digests:
            helpers = self.helpers
            value: Any = {
                "site": helpers.site,
                "asset": helpers.assets,
                "ref": helpers.documents,
                "posts": helpers.posts,
                "t": helpers.strings,
                "locale": helpers.strings.locale,
            }[helper]
            # In the order that a template sees; where it can only ask by name, in no order.
            order: Literal["sorted"] | None = None
            if helper == "ref":
                value = dict(value)  # which may only now be made
            if helper in ("asset", "ref"):
                order = "sorted"
            content = msgspec.msgpack.encode(value, order=order)
            self._helper_digests[helper] = hashlib.sha256(content).digest()
        return self._helper_digests[helper]

    def _digest_of_assets(self, mentioned: set[str | None]) -> bytes:
        """Return a digest of those assets; one that is missing is an error, which is in no page."""
        if None in mentioned:
            return self._helper_digest("asset")
        found = [(name, self.helpers.assets.get(name)) for name in sorted(map(str, mentioned))]
        return hashlib.sha256(msgspec.msgpack.encode(found)).digest()

    def _compiled(self, name: str) -> Compiled:
        if name not in self.compiled:
            if name not in self.texts:
                raise jinja2.TemplateNotFound(name)
            filters = self.extensions.filters
            self.compiled[name] = compile_template(name, self.texts[name], filters)
        return self.compiled[name]

    def _explain(self, error: Exception, template: str, source: str) -> Problem:
        """Turn whatever a template raised into a problem at the template's line."""
        path, line = _place(error.__traceback__, template)
        message, code, hint = str(error), "template-error", ""
        own = extensions.place(error.__traceback__)
        if own and not isinstance(error, HelperError | UnknownString | jinja2.TemplateError):
            message = f"{type(error).__name__}: {message} (from {path}:{line})"
            code, (path, line) = "extension-error", own
        elif isinstance(error, HelperError):
            code, hint = error.code, error.hint
        elif isinstance(error, UnknownString):
            code, hint = "unknown-string", error.hint
        elif isinstance(error, jinja2.TemplateSyntaxError):
            path, line = file_of(error, template), error.lineno
            code, message = "template-syntax", error.message or message
        elif isinstance(error, jinja2.UndefinedError):
            code = "template-undefined"
            hint = "docs/templates.md lists what this template sees; `|default('')` allows for less"
            if found := _NO_FIELD.fullmatch(message):
                message = f"there is no `{found[2]}` in {_SAID.get(found[1], f'a {found[1]}')}"
                fields = getattr(views, found[1]).__struct_fields__
                hint = did_you_mean(found[2], fields) or hint
            elif found := _NOT_GIVEN.fullmatch(message):
                message = f"'dict object' has no attribute '{found[1]}'"  # as of any other mapping
            elif found := _NO_DATA.fullmatch(message):
                message = (
                    f"there is no `{found[1]}` in `data` or `collections`, or in what they hold"
                )
                known = (*self.helpers.data.values, *self.helpers.collections)
                hint = did_you_mean(found[1], known) or "data/ has no such file or value"
        elif isinstance(error, jinja2.TemplateNotFound):
            code, message = "missing-template", f"no template `{error.name}`"
            hint = did_you_mean(str(error.name), self.texts) or f"expected at {FOLDER}{error.name}"
        elif isinstance(error, RecursionError):
            code, message = "template-loop", "templates that include each other without an end"
            path, line = _loop(error.__traceback__) or (path, line)
        else:
            message = f"{type(error).__name__}: {message}"
        if source:
            message += f" (while rendering {source})"
        return Problem(path=path, line=line, code=code, message=message, hint=hint)


_HALF = re.compile("[\ud800-\udfff]")
_HALF_A_CHARACTER = "half of a character, such as \\ud83d"
_WHOLE_ONE = "two halves make one character: write it as it is, or as \\U0001f600"
_NO_FIELD = re.compile(rf"'{re.escape(views.__name__)}\.(\w+) object' has no attribute '(\w+)'")
_NO_ARGUMENT = re.compile(r"'(\w+)' is undefined")
_NOT_GIVEN = re.compile(rf"'{re.escape(Given.__module__)}\.Given object' has no attribute '(.+)'")
_NO_DATA = re.compile(
    rf"'{re.escape(FrozenDict.__module__)}\.FrozenDict object' has no attribute '(.+)'"
)
_SAID = {"PageView": "`page`", "SiteView": "`site`", "PostSummary": "a post", "ItemView": "an item"}


class HelperError(Exception):
    """A helper that was asked for something that does not exist."""

    def __init__(self, code: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.code, self.hint = code, hint


def _whole(html: str) -> str:
    """Return what a template gave. Raises HelperError where no file can hold it."""
    if html.isascii() or not _HALF.search(html):
        return html
    raise HelperError("template-error", _HALF_A_CHARACTER, _WHOLE_ONE)


def half_a_character(view: PageView) -> Problem:
    """Return what is wrong with a page that no file can hold."""
    return Problem(
        path=FOLDER + view.template,
        code="template-error",
        message=_HALF_A_CHARACTER + (f" (while rendering {view.source})" if view.source else ""),
        hint=_WHOLE_ONE,
    )


def _digest_of_some(known: Mapping[str, Any], mentioned: set[str | None]) -> bytes:
    """Return a digest of those values that are mentioned by name, or of all where one is chosen
    while rendering (None); and of which there are, since an error may name them."""
    names = set(known) if None in mentioned else mentioned & set(known)
    content = (sorted(known), [(name, known[name]) for name in sorted(map(str, names))])
    return hashlib.sha256(msgspec.msgpack.encode(content)).digest()


def iso_date(moment: dt.datetime) -> str:
    """Return a moment as RFC 3339 writes it, in its own zone."""
    moment = _a_date(moment, "isodate")
    return moment.isoformat(timespec="seconds")


def _a_date(value: Any, name: str) -> Any:
    """Return what a filter is given, if it is a date or may become one: what is undefined says so
    itself. Raises HelperError."""
    if value is None or isinstance(value, str | int | float | list | dict | tuple):
        what = "nothing" if value is None else f"`{value}`"
        message = f"`{name}` is given {what}, which is no date"
        hint = "ask before, as in {% if page.post.updated %}"
        raise HelperError("template-error", message, hint)
    return value


def _add_argument(name: str, given: Iterable[str]) -> str:
    """Return what to do about a name that a shortcode's template misses: nearly always it is an
    argument that the call lacks, or spells differently."""
    if did_you_mean(name, given):
        return f"the call gives {', '.join(f'`{each}`' for each in given)}: did you mean `{name}`?"
    return f"add `{name}=\"...\"` to the call, or write `{name}|default('')` in the template"


def shortcode_names(names: Iterable[str]) -> list[str]:
    """Return the names of the shortcodes that are templates, of all templates' names."""
    return [
        name.removeprefix(SHORTCODES).removesuffix(".html")
        for name in names
        if name.startswith(SHORTCODES)
    ]


def _place(trace: TracebackType | None, template: str) -> tuple[str, int]:
    """Return file and line of the innermost template that a traceback passes through."""
    for frame in reversed(traceback.extract_tb(trace)):
        if frame.filename.startswith(FOLDER):
            return frame.filename, frame.lineno or 0
    return FOLDER + template, 0


def _loop(trace: TracebackType | None) -> tuple[str, int] | None:
    """Return the first place in templates that a traceback passes through twice: where Python gives
    up depends on how deep it was already."""
    seen: set[tuple[str, int]] = set()
    for frame in traceback.extract_tb(trace):
        place = (frame.filename, frame.lineno or 0)
        if place in seen:
            return place
        if frame.filename.startswith(FOLDER):
            seen.add(place)
    return None
