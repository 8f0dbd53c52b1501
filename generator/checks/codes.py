"""The checks' codes: what each means, how bad it is, the way out; `docs/checks.md` lists them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from generator.core.problems import Problem, Severity


class Code(NamedTuple):
    """What a code means. `severity` is the level it has unless `site.yaml` gives another."""

    severity: Severity
    meaning: str
    hint: str


CODES: dict[str, Code] = {
    # One page: what it must say about itself
    "page-doctype": Code(
        "error",
        "A page does not begin with `<!doctype html>`, so browsers fall back to quirks mode.",
        "begin the template with `<!doctype html>`",
    ),
    "page-language": Code(
        "error",
        "`<html>` has no `lang`: screen readers do not know how to pronounce the page.",
        "write `<html lang=...>`; the language is `language:` in site.yaml",
    ),
    "page-charset": Code(
        "error",
        "The page does not declare UTF-8 within its first 1024 bytes.",
        'put `<meta charset="utf-8">` first in `<head>`',
    ),
    "page-viewport": Code(
        "error",
        "The viewport is missing or forbids zooming: unreadable on a phone.",
        'put `<meta name="viewport" content="width=device-width, initial-scale=1">` in `<head>`',
    ),
    "page-title": Code(
        "error",
        "The page has no title, an empty one, or more than one.",
        "give the document a `title:`",
    ),
    "page-description": Code(
        "warning",
        "The page has no description (pages that search engines must not list need none).",
        "write its first paragraph, or give it a `description:`",
    ),
    "page-canonical": Code(
        "error",
        "The canonical address is given twice, is not absolute, or leads to no page of the site.",
        "write one `<link rel=canonical>` with the page's whole address",
    ),
    "title-duplicate": Code(
        "warning",
        "Two pages of one language have the same title.",
        "give each document its own `title:`",
    ),
    "description-duplicate": Code(
        "warning",
        "Two pages of one language have the same description.",
        "give each document its own `description:`",
    ),
    # One page: how it is written
    "html-encoding": Code("error", "The page is not valid UTF-8.", "save the source file as UTF-8"),
    "html-syntax": Code(
        "error",
        "The page ends inside a tag or a comment, so a part of it is lost.",
        "look for a missing `>`, quotation mark or `-->`",
    ),
    "html-unclosed": Code(
        "error",
        "An element is not closed, or is closed after the element around it.",
        "close it before the element around it ends",
    ),
    "html-stray-end": Code(
        "error",
        "An end tag closes nothing.",
        "remove it, or open the element where it should begin",
    ),
    "html-self-closing": Code(
        "error",
        "`<div/>` does not close a `div`: browsers ignore the slash.",
        "write a start tag and an end tag",
    ),
    "html-duplicate-attribute": Code(
        "error",
        "A tag has the same attribute twice; browsers drop the second.",
        "keep one of them",
    ),
    "html-block-in-p": Code(
        "error",
        "A block stands inside a paragraph; browsers close the paragraph before it.",
        "close the paragraph first, or leave an empty line around the block in Markdown",
    ),
    "html-block-in-inline": Code(
        "error",
        "A block stands inside an element that may hold only text, such as `span` or a heading.",
        "use a `div` around it instead",
    ),
    "html-nested": Code(
        "error",
        "An element stands inside one that must not hold it: a link in a link, a form in a form.",
        "take the inner one out",
    ),
    "html-parent": Code(
        "error",
        "An element stands outside the elements that may hold it, such as `li` outside a list.",
        "put it into the element it belongs to",
    ),
    "id-duplicate": Code(
        "error",
        "An id is given twice on a page; links and labels reach only the first.",
        "change one of them; a heading takes its own id with `{#another-id}`",
    ),
    "id-syntax": Code("error", "An id is empty or has a space.", "write a word without spaces"),
    # One page: can everyone read it
    "heading-h1": Code(
        "warning",
        "The page has no `h1`, or more than one.",
        "the layout writes the title as `h1`; begin with `##` in the text",
    ),
    "heading-order": Code(
        "warning",
        "A heading skips a level, such as `h4` after `h2`.",
        "use one `#` more than the heading above it",
    ),
    "heading-empty": Code("error", "A heading has no text.", "write a text, or remove it"),
    "image-alt": Code(
        "error",
        "An image has no `alt`.",
        'say what it shows: `![a ferry at dusk](ferry.jpg)`; decoration takes `alt=""`',
    ),
    "landmark-main": Code(
        "error",
        "The page does not have exactly one `main`.",
        "put what the page is about into one `<main>`",
    ),
    "landmark-label": Code(
        "error",
        "Landmarks of one kind (`nav`; `header`, `footer` of the page) lack labels of their own.",
        "give each its own `aria-label`",
    ),
    "link-empty": Code(
        "error",
        "A link has no text, image with `alt`, or label: nobody can see where it leads.",
        "write a text between the tags, or an `aria-label`",
    ),
    "button-empty": Code(
        "error",
        "A button has no text or label.",
        "write a text between the tags, or an `aria-label`",
    ),
    "form-label": Code(
        "error",
        "A form control has no label.",
        "write `<label for=...>` with the control's id, or an `aria-label`",
    ),
    "aria-reference": Code(
        "error",
        "An attribute such as `aria-labelledby` or `for` names an id that the page does not have.",
        "correct the id",
    ),
    "json-ld": Code(
        "error",
        "A JSON-LD block is not JSON, or says neither context nor type.",
        "let the template write it with the `tojson` filter",
    ),
    # Links
    "link-broken": Code(
        "error",
        "A link leads to nothing on this site.",
        "correct the address; a link to a source file (`other-post.md`) cannot go stale",
    ),
    "link-fragment": Code(
        "error",
        "A link leads to a place (`#...`) that its page does not have.",
        "correct what follows the `#`; a heading's id is its text in lower case with hyphens",
    ),
    "link-syntax": Code(
        "error",
        "An address is empty or cannot be read.",
        "write the address in full",
    ),
    "link-local": Code(
        "error",
        "An address is on the writer's own computer (`localhost`), where no reader finds it. A "
        "link is a warning.",
        "write the address as readers have it, from / on: `/about/`",
    ),
    "link-script": Code(
        "error",
        "A link runs a script (`javascript:`), which the site's security policy blocks.",
        "use a button and a script file",
    ),
    "link-outside-base": Code(
        "warning",
        "A link leads to this host, but outside the path at which the site lives.",
        "begin it with the path in `url:`, or write the whole address if it is meant",
    ),
    "link-redirected": Code(
        "warning",
        "A link reaches its page only over a redirect.",
        "link to the page's own address",
    ),
    "image-missing": Code(
        "error",
        "An image, video or sound does not exist.",
        "put the file beside the document or into static/, or correct the name",
    ),
    "asset-missing": Code(
        "error",
        "A stylesheet, script, icon or feed that a page refers to does not exist.",
        "refer to it with the template helper for assets",
    ),
    "template-tag": Code(
        "warning",
        "A page shows a tag of a template language, such as Liquid's, which nothing fills in.",
        "write what it should say; to show it, put it into code",
    ),
    "mixed-content": Code(
        "error",
        "A page of an https site loads something over http; browsers block it. "
        "A picture, which they ask for over https, is a warning.",
        "write https, or host the file on the site",
    ),
    # What the security policy of the published site blocks
    "csp-source": Code(
        "error",
        "The site's security policy keeps from readers what a page loads or sends to. A warning "
        "where it is not certain that the host sends the policy.",
        "put the file on the site, or allow its host under `csp:` in site.yaml",
    ),
    "csp-script": Code(
        "error",
        "A script that stands in the page, or in an attribute, is blocked by the security policy. "
        "A warning where it is not certain that the host sends the policy.",
        "put it into a file in static/js/",
    ),
    "csp-style": Code(
        "warning",
        "A style that stands in the page, or in an attribute, is blocked by the security policy.",
        "write the class that the hint names, or put it into a file in static/css/",
    ),
    # The site as a whole
    "landing-missing": Code("error", "The site has no landing page.", "add content/pages/index.md"),
    "landing-text": Code(
        "error",
        "The landing page does not carry the text that its source file has.",
        "let the landing page's template write the document's content",
    ),
    "not-found-page": Code(
        "error",
        "The site has no `404.html` for addresses that lead nowhere.",
        "keep the template 404.html",
    ),
    "counter-missing": Code(
        "error",
        "A page does not carry the visitor counter although `counter: on:` in site.yaml says so.",
        "call the counter macro in the page's template, or change `counter:`",
    ),
    "contact-form-missing": Code(
        "error",
        "The contact page does not exist or has no contact form.",
        "write `{{ contact() }}` on the page that `contact: page:` names; "
        "for no form, `contact: enabled: false`",
    ),
    "contact-thanks-missing": Code(
        "error",
        "The page that readers see after sending a message does not exist.",
        "add it, or correct `contact: thanks:` in site.yaml; "
        "for no form, `contact: enabled: false`",
    ),
    "redirect-loop": Code("error", "Redirects lead in a circle.", "remove one of the aliases"),
    "redirect-collision": Code(
        "error",
        "An address is both a page and a redirect.",
        "remove the alias, or change the page's address",
    ),
    "redirect-chain": Code(
        "warning",
        "A redirect leads to another redirect.",
        "let it lead to the page itself",
    ),
    "redirect-target": Code(
        "error",
        "A redirect leads to nothing on this site.",
        "correct the alias's target",
    ),
    # Files for machines
    "feed-syntax": Code(
        "error",
        "A feed is not well-formed, or is none of Atom, RSS 2.0 and JSON Feed.",
        "let the template escape its values",
    ),
    "feed-member": Code(
        "error",
        "A feed or one of its entries lacks what its format requires, or has it in a wrong form.",
        "see the format's specification",
    ),
    "feed-url": Code(
        "error",
        "An address in a feed is not absolute, so readers elsewhere cannot follow it.",
        "write the whole address, beginning with https://",
    ),
    "feed-duplicate": Code(
        "error",
        "Two entries of a feed have the same id; readers show only one.",
        "give each entry its own id",
    ),
    "sitemap": Code(
        "error",
        "The sitemap is not well-formed, breaks a limit, or lists what is not a page of the site.",
        "list each page once, with its whole address",
    ),
    "robots": Code(
        "error",
        "robots.txt has a line that robots cannot read, or names a sitemap that does not exist.",
        "see RFC 9309: `User-agent:` first, then its rules",
    ),
    "web-manifest": Code(
        "error",
        "The web manifest is not JSON, lacks a name or icons, or names a missing icon.",
        "correct the template of the manifest",
    ),
    "json-syntax": Code("error", "A .json file is not JSON.", "correct it; JSON has no comments"),
}


def table() -> str:
    """Return the codes as the Markdown table of `docs/checks.md`."""
    rows = ["| code | level | what it means | what to do |", "|---|---|---|---|"]
    rows += [
        f"| `{code}` | {known.severity} | {known.meaning} | {known.hint} |"
        for code, known in CODES.items()
    ]
    return "\n".join(rows) + "\n"


def problem(
    code: str,
    path: str,
    line: int,
    message: str,
    *,
    needle: str = "",
    hint: str = "",
    severity: Severity | None = None,
    also: tuple[int, ...] = (),
) -> Problem:
    """Make a problem with the severity and the hint of its code, unless others are given."""
    known = CODES[code]
    return Problem(
        path=path,
        line=line,
        code=code,
        message=message,
        hint=hint or known.hint,
        severity=severity or known.severity,
        needle=needle,
        also=also,
    )


_OF_A_DOCUMENT = frozenset(
    {"description-duplicate", "page-description", "page-title", "title-duplicate"}
)
"""What is wrong with a page because of what its document lacks, on no line of it."""


def fold(problems: Iterable[Problem], keep: int = 3) -> list[Problem]:
    """Report an error that many pages share only on the first `keep` of them, with a count.

    A wrong link in the menu is one error in one template, not ten thousand. What stands in
    documents has to be mended in each of them, and is reported for each; many of the same in one
    document are counted, too.
    """
    groups: dict[tuple[str, str, str], list[Problem]] = defaultdict(list)
    for each in sorted(problems):
        own = each.path.startswith("content/") and (each.line or each.code in _OF_A_DOCUMENT)
        groups[each.code, each.message, each.path if own else ""].append(each)
    folded: list[Problem] = []
    for (_, _, document), group in groups.items():
        places = sorted(
            (each.path, line, number)
            for number, each in enumerate(group)
            for line in (each.line, *each.also)
        )
        rest = places[keep:]
        shown = [
            msgspec.structs.replace(group[number], line=line, also=())
            for _, line, number in places[:keep]
        ]
        if rest:
            more = f"and {len(rest)} more like this"
            if document:
                lines = ", ".join(str(line) for _, line, _ in rest[:10])
                more += f", on line{'s' if rest[1:] else ''} {lines}{', ...' if rest[10:] else ''}"
            elif shown[-1].needle:
                more += ", probably from a template"
            message = f"{shown[-1].message} ({more})"
            shown[-1] = msgspec.structs.replace(shown[-1], message=message)
        folded += shown
    return sorted(folded)
