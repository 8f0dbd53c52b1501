"""How bad each error is: the build's own codes, and the levels that `site.yaml` gives.

The codes of the checks on built pages are in checks/codes.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from generator.checks.codes import CODES
from generator.config.settings import CONFIG_FILE
from generator.core.problems import Problem, did_you_mean, errors

ALWAYS_ERRORS = {
    "bad-alias": "An alias cannot be a URL here.",
    "bad-audio": "A post's recording cannot be had, or lacks what feeds have to say of it.",
    "bad-data": "A file below data/ cannot be read, or two have the same name.",
    "bad-date": "A date is none, or a day that no calendar has.",
    "bad-file-name": "A file's name is not UTF-8 text.",
    "bad-language": "A document's `language:` is none, or not the one that its file's name says.",
    "bad-link": "A `link:` is not the full address of a page.",
    "bad-permalink": "A `permalink:` cannot be a URL here.",
    "bad-slug": "A `slug:`, or a file's name, cannot be part of a URL.",
    "bad-strings": "A table of strings, such as templates/i18n/de.yaml, has an error.",
    "bad-url": "The URL of a document, or of a file of static/root/, cannot be had or is kept.",
    "bad-yaml": "The front matter is not valid YAML.",
    "broken-picture": "A picture cannot be read, or not to its end.",
    "empty-file": "A Markdown file has nothing in it.",
    "extension-error": "extensions.py cannot be loaded, or one of its functions fails.",
    "extension-name": "A function of extensions.py has the name of something else.",
    "foreign-picture": "A picture is of a kind that cannot be published without what it reveals.",
    "long-line": "A line is too long to be a person's text.",
    "markdown": "The Markdown library gives up on a text.",
    "missing-asset": "A template asks for a file that is not in static/.",
    "missing-date": "A post has no date.",
    "missing-field": "A document of a collection lacks a field that it must have.",
    "missing-layout": "A document asks for a layout that is not in templates/.",
    "missing-reference": "A template refers to a document that does not exist.",
    "missing-template": "A template that is needed does not exist.",
    "missing-title": "A document has no title.",
    "no-front-matter": "A file does not begin with front matter, or never ends it.",
    "no-search": "Searching is wanted, and Pagefind is not there or does not work.",
    "no-site": "The folder has no site.yaml.",
    "not-text": "A Markdown file has a NUL character, as no text has.",
    "not-utf8": "A text file is not UTF-8.",
    "repeated-key": "The front matter says one thing twice, under two names.",
    "same-url": "Two pages, or a page and a file of static/root/, have the same URL.",
    "site-yaml": "site.yaml has an error.",
    "template-error": "A template fails while it is rendered.",
    "template-loop": "Templates include each other without an end.",
    "template-syntax": "A template cannot be read.",
    "template-undefined": "A template asks for something that it is not given.",
    "unknown-string": "A template asks for a string that there is not, or without its names.",
    "unreadable": "A file cannot be read.",
    "wrong-type": "A setting of the front matter has a value of the wrong type.",
}
"""Errors that leave a page or a file out of the site: publishing without it would be worse."""

ADJUSTABLE = {
    "api-missing": "Counter or form need the API, and where the release goes is none.",
    "alias-collision": "An alias is the URL of something else.",
    "bad-captions": "A captions.yaml cannot be read, or names a picture that is not beside it.",
    "bad-counts": "The file of view counts is not an export of them.",
    "bad-data-schema": "A schema of data cannot be read or used.",
    "bad-output": "An output of extensions.py has a path or a content that cannot be published.",
    "bad-diagram": "A diagram cannot be drawn.",
    "bad-math": "A formula cannot be read.",
    "bad-shortcode": "A shortcode is called in a way that cannot be read, or is never ended.",
    "code-plain": "Colouring a block of code would lose or repeat parts of it; it has no colours.",
    "css-loop": "Stylesheets import each other in a circle.",
    "data-schema": "Data are not as the schema beside them says.",
    "emphasis-unread": "A text has ** that make nothing strong, and readers would see them.",
    "extension-import": "extensions.py imports what its pages would not follow.",
    "extension-impure": "extensions.py uses what may give another result each time.",
    "file-large": "A file has 50 MB or more.",
    "film-place": "A film that is published says where it was taken.",
    "fence-unended": "The code behind a fence is never ended.",
    "footnote-missing": "A text refers to a footnote that there is not.",
    "footnote-unused": "Nothing refers to a footnote, so that it is not shown.",
    "foreign-tag": "A text has a tag of another program, which readers would see.",
    "heading-unspaced": "A line begins with ## and a word without a space between: no heading.",
    "heading-wordless": "A heading has no words, of which its id and a table of contents are made.",
    "link-unread": "What looks like a link or a picture is none, and shown as it is written.",
    "list-unspaced": "Lines begin with - and a word without a space between: no list.",
    "missing-data": "`blogroll:` in site.yaml wants sites of data/, where no file has them.",
    "missing-document": "A link names a Markdown file that does not exist.",
    "missing-folder": "A shortcode shows the pictures of a folder that has none.",
    "missing-file": "A picture, or another file that a text or stylesheet names, does not exist.",
    "missing-string": "A table lacks strings that English has; they are said in English.",
    "podcast-cover": "The cover of the podcast is one that directories refuse.",
    "reference-broken": "What looks like the definition of a link is none, and shown.",
    "search-language": "Searching does not find all words of a language written without spaces.",
    "shortcode-in-html": "A shortcode stands within HTML, where it is not called.",
    "stray-data": "A file below data/ is of no kind that Tidepost reads, or a schema of nothing.",
    "no-picture": "A file is shown as a picture and is none.",
    "obsolete-setting": "A setting of site.yaml has no effect any more.",
    "outside-dead": "A link leads to a page of another site that is not there any more.",
    "outside-failed": "A link's host gave no answer: it is slow, broken, or cannot be reached.",
    "outside-fragment": "A page of another site has no such place as follows the `#`.",
    "outside-moved": "A page of another site has moved for good.",
    "outside-refused": "A page of another site does not answer programs; a person has to look.",
    "stray-document": "A Markdown file lies where Tidepost does not look for any.",
    "stray-file": "A file in content/ looks like a text, is no document, and nothing names it.",
    "stray-string": "A table has a string that English has not.",
    "symlink-escape": "A link in the site's folder leads out of it.",
    "symlink-folder": "A link in the site's folder leads to a folder.",
    "table-cells": "A row of a table has more cells than its head; they are not shown.",
    "term-near": "A tag or category of one post is spelled nearly like one that many have.",
    "term-spelling": "Tags, or other terms, differ only in how they are spelled.",
    "text-garbled": "A text was read in the wrong encoding: two odd signs stand where an é was "
    "meant.",
    "unknown-check": "`checks:` in site.yaml names a code that does not exist, or stays an error.",
    "unknown-key": "The front matter has a key that looks like a misspelt one.",
    "unknown-shortcode": "A shortcode does not exist.",
    "unpublished-link": "A link leads to a draft, or to a post that is not out yet or has expired.",
    "words-lost": "YAML takes words of a value for a comment: `title: My #1 post`.",
    "words-split": "A text without commas gives tags or categories that hardly anybody means.",
    "url-local": "`url:` in site.yaml is an address on the writer's own computer.",
    "wiki-link": "A text has a link in double brackets, which readers would see.",
}
"""The other errors that a build finds."""


def table() -> str:
    """Return the codes as the Markdown table that docs/checks.md has."""
    rows = [
        *(f"| `{code}` | yes | {meaning} |" for code, meaning in ADJUSTABLE.items()),
        *(f"| `{code}` | no | {meaning} |" for code, meaning in ALWAYS_ERRORS.items()),
    ]
    return "\n".join(
        ["| code | can have another level | what it means |", "|---|---|---|", *rows, ""]
    )


def check_levels(levels: Mapping[str, str]) -> list[Problem]:
    """Return what is wrong with `checks:` in site.yaml: codes that do not exist or stay errors."""
    problems = []
    for code in levels:
        if code in ADJUSTABLE or code in CODES:
            continue
        if code in ALWAYS_ERRORS:
            message = f"`{code}` is always an error: what it is about is left out of the site"
            hint = "remove this line"
        else:
            message = f"`{code}` is not the code of any check"
            hint = did_you_mean(code, (*ADJUSTABLE, *CODES)) or "docs/checks.md lists them"
        problems.append(
            Problem(
                path=CONFIG_FILE,
                code="unknown-check",
                message=message,
                hint=hint,
                severity="warning",
                needle=code,
            )
        )
    return problems


NOT_YET = "Where links lead and what the policy blocks is checked when all documents can be read."


def in_documents(problems: Sequence[Problem]) -> bool:
    """Return whether documents cannot be read, for which a site is not looked at as a whole."""
    return any(
        problem.code in ALWAYS_ERRORS and problem.path.startswith("content/")
        for problem in errors(problems)
    )


def relevel(problems: Iterable[Problem], levels: Mapping[str, str]) -> list[Problem]:
    """Give each problem the level its code has in `levels`; "off" drops it. Sorted, no repeats."""
    kept = set()
    for problem in problems:
        level = levels.get(problem.code, problem.severity)
        if problem.code in ALWAYS_ERRORS:
            level = problem.severity
        if level != "off":
            kept.add(msgspec.structs.replace(problem, severity=level))
    return sorted(kept)
