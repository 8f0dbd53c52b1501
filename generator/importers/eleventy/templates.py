"""Liquid and Nunjucks in Eleventy's texts: values that are decided, pictures, boxes, films.

A site's own shortcodes are functions of its settings and are not run: those that all sites call
alike have an equal here, the rest stays as it is and is reported.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from html import unescape
from typing import Any

from generator.importers.conversion.sandbox import Sandbox
from generator.importers.eleventy.filters import formatter
from generator.importers.hugo.shortcodes import NOTES
from generator.importers.jekyll import liquid_values
from generator.importers.jekyll.liquid import FILM_PAGES, Context, LiquidText, Runs
from generator.importers.lines import BLOCK, Line, argument, picture
from generator.importers.reporter import Reporter
from generator.importers.urls.slugs import simple_slug, sindre_slug

_MOST_SHOWN = 100_000
_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
_WORD = re.compile(
    r"(?:(\w+)\s*[:=]\s*)?(?:\"((?:[^\"\\]|\\.)*)\"|'((?:[^'\\]|\\.)*)'|([^\s,\"']+))"
)
_GIVEN = re.compile(r"(\w+)\s*[:=]\s*(\"[^\"]*\"|'[^']*'|[^\s,]+)")
_PICTURES = re.compile(
    r"(?:responsive|lazy|post|async)?_?(?:image|img|picture|photo|figure)\w*", re.I
)
_PICTURE = re.compile(r"[^\s\"']+\.(?:png|jpe?g|gif|svg|webp|avif)", re.IGNORECASE)
_NUNJUCKS_IF = re.compile(r"\{%(-?)\s*elseif\b")


def _url(value: Any, *_: Any) -> str:
    return str(value)


@functools.cache
def _liquid(dates: tuple[tuple[str, str], ...]) -> Any:
    """Return what Liquid is run in, with filters that write dates by their formats."""
    return liquid_values.environment(
        {
            "url": _url,
            "slugify": lambda value, *_: sindre_slug(str(value)),
            "slug": lambda value, *_: simple_slug(str(value)),
            "safe": lambda value: value,
            **{name: formatter(pattern) for name, pattern in dates},
        }
    )


class _Guarded:
    """Runs what `running` runs, but for what uses a filter that the site has made again."""

    def __init__(self, running: Runs, own: Iterable[str]) -> None:
        self._running = running
        names = "|".join(map(re.escape, own))
        self._own = re.compile(rf"\|\s*(?:{names})\b" if names else r"(?!)")

    def said(self, source: str) -> str | None:
        return None if self._own.search(source) else self._running.said(source)

    def remember(self, assignment: str) -> bool:
        return not self._own.search(assignment) and self._running.remember(assignment)

    def forget(self, name: str) -> None:
        self._running.forget(name)


def runs(
    engine: str,
    values: Mapping[str, Any],
    own: Iterable[str] = (),
    dates: Mapping[str, str] | None = None,
) -> Runs | None:
    """Return what runs templates of an engine over values; None where there is no such engine.

    `own` are the filters that the site's settings make and that are not known, `dates` those that
    write a date, with their formats.
    """
    if engine == "liquid":
        page = values.get("page")
        page = page if isinstance(page, dict) else {}
        environment = _liquid(tuple(sorted((dates or {}).items())))
        values_of = liquid_values.Values({}, page, others=values, environment=environment)
        return _Guarded(values_of, own)
    if engine == "njk":
        filters = {
            "url": _url,
            "slugify": lambda value: sindre_slug(unescape(str(value))),
            "slug": lambda value: simple_slug(unescape(str(value))),
            **{name: formatter(pattern) for name, pattern in (dates or {}).items()},
        }
        return _Guarded(Sandbox(values, filters), own)
    return None


def convert(
    text: str,
    first: int,
    engine: str,
    context: Context,
    tell: Reporter,
    path: str,
    texts: Mapping[str, tuple[list[str], list[str]]] | None = None,
    around: Mapping[str, tuple[list[str], list[str]]] | None = None,
) -> list[Line]:
    """Return a text, which begins on line `first` of `path`, without tags that have an equal.

    `texts` are the site's shortcodes that only put their arguments into a text, `around` those
    that put texts around what is in them.
    """
    if engine == "njk":
        text = _COMMENT.sub(lambda found: "\n" * found[0].count("\n"), text)
        text = _NUNJUCKS_IF.sub(r"{%\1 elif", text)
    return EleventyText(text, first, context, tell, path, texts, around).lines()


def words_of(args: str) -> tuple[list[str], dict[str, str]]:
    """Return the arguments of a tag: those without a name, and those with one."""
    given: list[str] = []
    named: dict[str, str] = {}
    for name, double, single, bare in _WORD.findall(args):
        value = re.sub(r"\\(.)", r"\1", double or single) or bare
        if name:
            named[name] = value
        else:
            given.append(value)
    return given, named


class EleventyText(LiquidText):
    """Converts one text; `open` are the boxes that are not closed yet."""

    def __init__(
        self,
        text: str,
        first: int,
        context: Context,
        tell: Reporter,
        path: str,
        texts: Mapping[str, tuple[list[str], list[str]]] | None = None,
        around: Mapping[str, tuple[list[str], list[str]]] | None = None,
    ) -> None:
        self.texts, self.around = texts or {}, around or {}
        self.to_come: list[tuple[str, str]] = []
        super().__init__(text, first, context, tell, path)
        self.open: list[str] = []

    def tag(self, found: re.Match[str]) -> int:
        """Convert the tag at `found`; return the place at which its text goes on."""
        name, args = found["tag"], found["args"].strip()
        given, named = words_of(args)
        source = next((one for one in given if _PICTURE.fullmatch(one)), named.get("src", ""))
        if _PICTURES.fullmatch(name) and source and self.block_end(found) is None:
            return self.picture(found, source, given, named)
        if name == "include" and given and (said := self.included(given[0], args)) is not None:
            message = f"`{{% include {given[0]} %}}`: what it showed is written out"
            self.tell.changed(self.path, self.line(found.start()), message)
            return self.put(found, said)
        if name == "include" and source and _PICTURES.search(given[0] if given else ""):
            return self.picture(found, source, given, named)
        if name in self.texts and (said := self.said(name, args)) is not None:
            message = f"the shortcode `{name}`: what it showed is written out"
            self.tell.changed(self.path, self.line(found.start()), message)
            return self.put(found, said)
        if (
            name in self.around
            and self.block_end(found) is not None
            and (both := self.both_sides(name, args)) is not None
        ):
            self.to_come.append((name, both[1]))
            message = f"the shortcode `{name}`: what it showed is written out"
            self.tell.changed(self.path, self.line(found.start()), message)
            return self.put(found, both[0])
        if self.to_come and name == f"end{self.to_come[-1][0]}":
            return self.put(found, self.to_come.pop()[1])
        if name in FILM_PAGES and given:
            return self.film(found, name, given[0])
        if name.startswith("end") and name[3:] in self.open:
            self.open.remove(name[3:])
            return self.put(found, f"{self.pieces.apart()}{BLOCK} end %}}\n")
        if name in NOTES and self.block_end(found) is not None:
            self.open.append(name)
            title = f", title={argument(named['title'])}" if named.get("title") else ""
            kind = NOTES.get(given[0].lower(), NOTES[name]) if given else NOTES[name]
            return self.put(found, f'{self.pieces.apart()}{BLOCK} note(kind="{kind}"{title}) %}}\n')
        return super().tag(found)

    def said(self, name: str, args: str) -> str | None:
        """Return what a shortcode shows that only puts its arguments into a text; None where one of
        them is not certain."""
        return self.filled_in(self.texts[name], args)

    def both_sides(self, name: str, args: str) -> tuple[str, str] | None:
        """Return what a paired shortcode shows before and after what is in it."""
        names, pieces = self.around[name]
        place = 1 + 2 * pieces[1::2].index(names[0])
        before, after = (
            self.filled_in((names[1:], part), args)
            for part in (pieces[:place], pieces[place + 1 :])
        )
        return None if before is None or after is None else (before, after)

    def filled_in(self, shortcode: tuple[list[str], list[str]], args: str) -> str | None:
        """Return a text with arguments put in; None where one of them is not certain."""
        names, pieces = shortcode
        values = []
        for found in _WORD.finditer(args):
            if found[1]:
                return None
            value = re.sub(r"\\(.)", r"\1", found[2] or found[3] or "")
            bare = self.context.values.said(f"{{{{ {found[4]} }}}}") if found[4] else value
            if bare is None:
                return None
            values.append(bare)
        given = dict(zip(names, values, strict=False))
        if not set(pieces[1::2]) <= given.keys():
            return None  # JavaScript would write "undefined"
        text = "".join(given[one] if place % 2 else one for place, one in enumerate(pieces))
        return text if len(text) < _MOST_SHOWN else None

    def included(self, name: str, args: str) -> str | None:
        """Return what a file shows that is given values of its own, or None where that is not
        certain; without any, it is as in other Liquid."""
        given = _GIVEN.findall(args)
        text = self.context.include(name) if given else None
        if text is None:
            return None
        values = "".join(f"{{%- assign {key} = {value} -%}}" for key, value in given)
        return self.context.values.said(self.expanded(values + text))

    def picture(
        self, found: re.Match[str], source: str, given: list[str], named: dict[str, str]
    ) -> int:
        """Put the shortcode `figure` in the place of one that shows a picture."""
        others = given[given.index(source) + 1 :] if source in given else []
        alt = named.get("alt", "")
        if not alt:
            alt = next((one for one in others if " " in one or one[:1].isupper()), "")
            alt = alt or (others[0] if others and "," not in others[0] else "")
        if not alt and not named.get("caption"):
            message = "this picture has no `alt`: it is shown as decoration"
            self.tell.changed(self.path, self.line(found.start()), message)
        if "://" not in source and not source.startswith(("/", ".")):
            source = f"/{source}"  # shortcodes name files from the site's folder on
        return self.put(
            found,
            picture(self.source, *found.span(), source, alt, caption=named.get("caption", "")),
        )

    def highlight(self, args: str, inside: str, line: int) -> None:
        """Put a block of code in the place of one that the plugin for highlighting shows."""
        given, _ = words_of(args)
        super().highlight(given[0] if given else "text", inside, line)
