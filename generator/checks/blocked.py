"""What the site's security policy keeps from readers, and the line of site.yaml that allows it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import urljoin, urlsplit

from generator.checks.addresses import page_url
from generator.checks.codes import problem
from generator.checks.page.facts import Inline, Link
from generator.config.settings import SiteConfig
from generator.core.csp import POLICY, read_policy
from generator.core.problems import Problem, Severity
from generator.core.styles import styled

_WHAT = {
    "img-src": "picture",
    "media-src": "film or sound",
    "style-src-elem": "style sheet",
    "script-src-elem": "script",
    "script-preload": "script",
    "font-src": "font",
    "frame-src": "frame",
    "object-src": "object",
    "form-action": "form",
    "connect-src": "request",
    "manifest-src": "manifest",
    "prefetch": "page ahead of time",
}
_SETTING = {
    "style-src-elem": "style-src",
    "script-src-elem": "script-src",
    "script-preload": "script-src",
    "prefetch": "img-src",
}
"""What `csp:` calls a directive, where it is not by its own name."""

_MARKED = re.compile(r"(@import\s*)?url\(\s*(?:\"([^\"]*)\"|'([^']*)'|([^\"')\s]+))\s*\)")
_NOT_LOADED = re.compile(r"@namespace\b[^;]*;")
_RULE = re.compile(r"@font-face\s*\{[^}]*\}")


class Judge:
    """Tells what the policy of a site blocks on its pages. Without a policy, nothing."""

    def __init__(self, policy: str, config: SiteConfig) -> None:
        self._policy = read_policy(policy)
        self._config = config
        self._site = config.origin + config.base
        publish = config.publish
        # Other places may be served by anyone, with the policy or without.
        certain = publish.target == "s3" or bool(publish.stack) or publish.rules != "none"
        self._severity: Severity = "error" if certain else "warning"
        self._own: dict[str, bool] = {}
        # Whether a source may allow one address of the site and not another one.
        self._has_paths = any(
            "/" in source.partition("://")[2]
            for each in self._policy.directives.values()
            for source in each
        )

    def lets(self, directive: str, url: str, integrity: str, path: str) -> bool:
        """Say whether the page at an output path may load, or send to, an address as written."""
        if not directive:
            return True
        if url[:1] == "/" and url[:2] != "//" and not self._has_paths:
            allowed = self._own.get(directive)
            if allowed is None:
                allowed = self._own[directive] = self._lets(directive, url, integrity, path)
            return allowed
        return self._lets(directive, url, integrity, path)

    def _lets(self, directive: str, url: str, integrity: str, path: str) -> bool:
        page = self._site + page_url(path)
        try:
            full = urljoin(page, url)
            own = urlsplit(full).netloc == urlsplit(page).netloc
        except ValueError:
            return True  # told as what it is: no address
        if full.startswith(("about:", "javascript:", "blob:")):
            return True
        if directive == "frame-src" and own and self._policy.forbids_frames:
            return False
        return self._policy.allows(directive, full, page, integrity)

    def of_page(
        self, path: str, links: Iterable[Link], inline: Iterable[Inline]
    ) -> Iterable[Problem]:
        """Yield what is blocked on the page at an output path."""
        for link in links:
            if is_within(link) or self.lets(link.directive, link.url, link.integrity, path):
                continue
            yield self._outside(link, path)
        same: dict[tuple[str, str, tuple[str, ...]], list[Inline]] = defaultdict(list)
        for each in inline:
            same[each.directive, each.text, each.digests].append(each)
        for first, *others in same.values():
            if not self._policy.allows_inline(first.directive, first.digests):
                also = sorted({each.line for each in others} - {first.line})
                yield self._inline(first, path, tuple(also))

    def of_styles(self, path: str, css: str) -> Iterable[Problem]:
        """Yield what is blocked of what a style sheet asks for."""
        css = _NOT_LOADED.sub("", css)
        fonts = [rule.span() for rule in _RULE.finditer(css)]
        for found in _MARKED.finditer(css):
            url = next(group for group in found.groups()[1:] if group is not None)
            directive = "img-src"
            if found[1]:
                directive = "style-src-elem"
            elif any(start < found.start() < end for start, end in fonts):
                directive = "font-src"
            if url[:1] not in ("#", "") and not self.lets(directive, url, "", path):
                yield self._outside(Link(url, 0, "asset", directive), path)

    def _outside(self, link: Link, path: str) -> Problem:
        page = self._site + page_url(path)
        address = urlsplit(urljoin(page, link.url))
        shown = link.url if len(link.url) <= 100 else f"{link.url[:97]}..."
        what = _WHAT.get(link.directive, "address")
        message = f"`{shown}`: the site's security policy keeps this {what} from readers"
        if link.directive == "base-uri":
            hint = "take the `<base>` out: write addresses from / on"
        elif link.directive == "frame-src" and address.netloc == urlsplit(page).netloc:
            message = f"`{shown}`: no page of this site can be shown in a frame (frame-ancestors)"
            hint = "link to it instead"
        elif address.scheme in ("mailto", "tel"):
            hint = "make it a link instead of a form"
        else:
            hint = self._way_out(link.directive, _source_of(address.scheme, address.netloc, page))
        return problem(
            "csp-source",
            path,
            link.line,
            message,
            needle=link.url,
            hint=hint,
            severity=self._severity,
        )

    def _way_out(self, directive: str, source: str) -> str:
        setting = _SETTING.get(directive, directive)
        better = "put the file into static/, or " if directive in _FILES else ""
        if POLICY in self._config.infra:
            return f"{better}add {source} to {setting} in `infra: {POLICY}:` of site.yaml"
        if setting in (self._config.csp or {}):
            return f"{better}add `{_quoted(source)}` to `csp: {setting}:` in site.yaml"
        return f"{better}allow it in site.yaml: `csp: {{{setting}: [{_quoted(source)}]}}`"

    def _inline(self, each: Inline, path: str, also: tuple[int, ...]) -> Problem:
        shown = " ".join(each.text.split())
        shown = shown if len(shown) <= 60 else f"{shown[:57]}..."
        needle = f'"{each.text}"' if each.directive.endswith("-attr") else each.text
        if each.directive == "style-src-attr":
            code, what = "csp-style", f'`style="{shown}"`'
            hint = as_classes(each.text)
        elif each.directive == "script-src-attr":
            code, what = "csp-script", f"`{shown}`, which an attribute runs,"
            hint = "let a script in static/js/ listen to the element (addEventListener)"
        else:
            style = each.directive == "style-src-elem"
            code = "csp-style" if style else "csp-script"
            what = f"`<{'style' if style else 'script'}>` with `{shown}`"
            place = "css" if style else "js"
            hint = f"put it into a file in static/{place}/, or " + self._way_out(
                each.directive, f"'{each.digests[0]}'"
            )
        message = f"{what} has no effect: the site's security policy blocks what stands in a page"
        severity = None if code == "csp-style" else self._severity
        return problem(
            code, path, each.line, message, needle=needle, hint=hint, severity=severity, also=also
        )


@lru_cache(maxsize=4096)  # a site writes the same few styles again and again
def as_classes(style: str) -> str:
    """Return what to write in the place of a style attribute."""
    made = styled(style, "")
    rest = "; ".join(made.lost)
    if not made.classes:
        return "give the element a class, and the style to a file in static/css/"
    instead = f'write `class="{" ".join(made.classes)}"` instead'
    return f"{instead}; `{rest}` goes into a file in static/css/" if rest else instead


def is_within(link: Link) -> bool:
    """Say whether a link leads to a place on its own page, for which nothing is asked."""
    return link.url[0] == "#" and link.directive in ("", "img-src")


_FILES = ("img-src", "media-src", "font-src")


def _source_of(scheme: str, host: str, page: str) -> str:
    """Return the source that allows an address."""
    if host and host == urlsplit(page).netloc:
        return "'self'"
    return f"https://{host}" if host else f"{scheme}:"


def _quoted(source: str) -> str:
    """Return a source as YAML wants it within brackets."""
    return f'"{source}"' if source[0] == "'" or source[-1] == ":" else source
