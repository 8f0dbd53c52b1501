"""What can be said of a page only when all of it was read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import unescape
from urllib.parse import unquote

from generator.checks.codes import problem
from generator.checks.page.notes import Notes

_BACK_FROM_NOTE = "#fnref:"

_SHOWN_AS_IT_IS = re.compile(
    r"<(pre|code|script|style|textarea|kbd|samp|math)\b.*?</\1\s*>|<!--.*?-->",
    re.DOTALL | re.IGNORECASE,
)

TEMPLATE_MARK = re.compile(r"\{[{%]")  # three times as fast as looking for both texts
_TEMPLATE_TAG = re.compile(
    r"\{%-?\s*(?:end)?[a-z]\w*\b[^{}<]*?-?%\}|\{\{-?\s*[A-Za-z_\"'.&][^{}<]*?-?\}\}"
)
"""Tags of Liquid, Jinja and their like; those of Hugo's shortcodes are found in the text."""


def say_of_the_whole(page: Notes) -> None:
    """Add what is wrong with a page that was read to its end."""
    if not page.doctype:
        page.say("page-doctype", -1, "the page does not begin with `<!doctype html>`")
    if not page.language:
        page.say("page-language", -1, "`<html>` has no `lang`")
    if not page.declares_utf8():
        page.say("page-charset", -1, "UTF-8 is not declared in the first 1024 bytes")
    _title(page)
    for attribute, target, at in page.references:
        if target not in page.ids:
            message = f"`{attribute}` names the id `{target}`, which the page does not have"
            page.say("aria-reference", at, message, target)
    for control, its_id, at in page.unlabelled:
        if its_id not in page.label_targets:
            message = f"`<{control}>` has no label"
            page.say("form-label", at, message, its_id)
    _fragments(page)
    _template_tags(page)
    if page.redirects:
        return  # a page that nobody reads: it may lack what helps a reader
    _description(page)
    _canonical(page)
    _viewport(page)
    _headings_and_landmarks(page)


def _title(page: Notes) -> None:
    if not page.titles:
        page.say("page-title", -1, "the page has no title")
    elif not page.titles[0][0]:
        page.say_on_line("page-title", page.titles[0][1], "the title is empty")
    for _, line in page.titles[1:]:
        page.say_on_line("page-title", line, "the page has a second title")


def _description(page: Notes) -> None:
    if not page.descriptions:
        if not page.noindex:
            page.say("page-description", -1, "the page has no description")
    elif not page.descriptions[0][0]:
        line = page.descriptions[0][1]
        page.say_on_line("page-description", line, "the description is empty")
    for _, line in page.descriptions[1:]:
        page.say_on_line("page-description", line, "the page has a second description")


def _canonical(page: Notes) -> None:
    for _, line in page.canonicals[1:]:
        page.say_on_line("page-canonical", line, "the page has a second canonical address")
    if page.canonicals and not re.match(r"https?://[^/]", page.canonicals[0][0]):
        url, line = page.canonicals[0]
        message = f"the canonical address `{url}` is not absolute"
        page.say_on_line("page-canonical", line, message, url)


def _viewport(page: Notes) -> None:
    if page.viewport is None:
        page.say("page-viewport", -1, "the page has no viewport")
        return
    content, at = page.viewport
    if "width=device-width" not in content.replace(" ", ""):
        page.say("page-viewport", at, "the viewport does not have `width=device-width`")
    if re.search(r"user-scalable\s*=\s*(?:no|0)|maximum-scale\s*=\s*1(?:\.0*)?\s*(?:,|$)", content):
        page.say("page-viewport", at, "the viewport forbids zooming")


def _headings_and_landmarks(page: Notes) -> None:
    tops = [heading for heading in page.headings if heading.level == 1]
    if not tops:
        page.say("heading-h1", -1, "the page has no `h1`")
    for heading in tops[1:]:
        message = f"the page has a second `h1`: {heading.text}"
        page.say_on_line("heading-h1", heading.line, message, heading.text)
    if not page.main:
        page.say("landmark-main", -1, "the page has no `main`")
    for at in page.main[1:]:
        page.say("landmark-main", at, "the page has a second `main`")
    for name, found in page.landmarks.items():
        if len(found) > 1:
            _labels(page, name, found)


def _labels(page: Notes, name: str, found: list[tuple[str, int]]) -> None:
    seen: set[str] = set()
    for label, at in found:
        if not label:
            message = f"`{name}` is on the page {len(found)} times; this one has no label"
            page.say("landmark-label", at, message)
        elif label in seen:
            message = f"two `{name}` have the label `{label}`"
            page.say("landmark-label", at, message, label)
        seen.add(label)


def _fragments(page: Notes) -> None:
    places = page.ids.keys() | page.names
    for link in page.links.values():
        if link.url[0] != "#" or has_fragment(places, link.url[1:]):
            continue
        if link.url.startswith(_BACK_FROM_NOTE):
            _note_of_nothing(page, link.url.removeprefix(_BACK_FROM_NOTE))
        else:
            message = f"`{link.url}` leads to no place on this page"
            page.say_on_line("link-fragment", link.line, message, link.url)


def _note_of_nothing(page: Notes, name: str) -> None:
    """Report a footnote by its name in the text, where its arrow back leads nowhere."""
    message = f"nothing refers to the footnote `{name}`"
    hint = f"write `[^{name}]` where it belongs, or take the note out"
    page.problems.append(
        problem("link-fragment", page.path, 0, message, needle=f"[^{name}]:", hint=hint)
    )


def _template_tags(page: Notes) -> None:
    """Report what another program's templates would have filled in."""
    if not TEMPLATE_MARK.search(page.text):
        return
    page.marks = {}  # what is shown as it is can begin in one part and end in another
    told: set[str] = set()
    body = page.text.find("<body")
    text = _SHOWN_AS_IT_IS.sub(lambda code: " " * len(code[0]), page.text)
    for found in _TEMPLATE_TAG.finditer(text, max(body, 0)):
        shown = " ".join(unescape(found[0]).split())
        if shown not in told:
            told.add(shown)
            message = f"`{shown[:80]}` is shown as it is written"
            page.say("template-tag", found.start(), message, found[0])


def has_fragment(ids: Iterable[str], fragment: str) -> bool:
    """Say whether a page with `ids` has the place `#fragment` (HTML Standard, 7.4.6.3).

    `#` and `#top` are the top of any page; `#:~:text=` is looked for by the browser itself.
    """
    fragment = fragment.partition(":~:")[0]
    return fragment in ids or fragment.lower() in ("", "top") or unquote(fragment) in ids
