"""What only follows from another error is left out; all else is reported."""

from __future__ import annotations

import msgspec
import pytest

from generator.checks.cascades import without_cascades
from generator.core.problems import Problem

POST = "content/posts/2024-05-01-tide.md"
UNREADABLE = Problem(path=POST, code="unreadable", message="Permission denied")


def missing(code: str, message: str, hint: str = "") -> Problem:
    return Problem(path="content/pages/about.md", line=5, code=code, message=message, hint=hint)


@pytest.mark.parametrize(
    ("hidden", "code", "message"),
    [
        (POST, "missing-document", "link to `../posts/2024-05-01-tide.md#a?b`: no such file"),
        (POST, "missing-reference", "ref `2024-05-01-tide.md`: no such document"),
        (POST, "missing-reference", "ref `tide`: no such document (while rendering x)"),
        ("content/posts", "missing-document", "link to `a.md`: no such file"),
        ("content/posts/sea", "missing-file", "`sea/pier.png`: no such file"),
        ("content/posts/a b.png", "missing-file", "`a%20b.png`: no such file"),
        ("static/pier.png", "missing-file", "`/pier.png`: no such file"),
        ("static/css/site.css", "missing-asset", "asset `css/site.css`: no such file"),
        ("static/css", "missing-asset", "asset `css/site.css`: no such file"),
        ("templates/post.html", "missing-template", "no template `post.html`"),
        ("templates/wide.html", "missing-layout", "layout `wide`: there is no such template"),
        ("data/boats.yaml", "template-undefined", "there is no `boats` in `data`"),
        ("extensions.py", "template-syntax", "No filter named 'shout'."),
        ("extensions.py", "unknown-shortcode", "shortcode `stars`: there is no such shortcode"),
        (
            "templates/shortcodes/badge.html",
            "unknown-shortcode",
            "shortcode `badge`: there is no such shortcode",
        ),
    ],
)
def test_what_cannot_be_read_is_not_told_as_missing(hidden: str, code: str, message: str) -> None:
    cause = msgspec.structs.replace(UNREADABLE, path=hidden)
    follows = missing(code, message)
    assert without_cascades([cause, follows]) == [cause]
    assert without_cascades([follows]) == [follows]
    warned = msgspec.structs.replace(cause, code="symlink-escape", severity="warning")
    assert without_cascades([warned, follows]) == [warned, follows]


@pytest.mark.parametrize(
    ("hidden", "code", "message"),
    [
        (POST, "missing-document", "link to `2024-05-02-ebb.md`: no such file"),
        (POST, "missing-document", "link to `old-2024-05-01-tide.md`: no such file"),
        (POST, "missing-asset", "asset `2024-05-01-tide.md`: no such file"),
        (POST, "bad-math", "in 2024-05-01-tide.md"),
        ("static/css", "missing-document", "link to `a.md`: no such file"),
        ("extensions.py", "template-syntax", "unexpected end of template"),
        ("templates/post.html", "unknown-shortcode", "shortcode `stars`: no such shortcode"),
    ],
)
def test_what_is_missing_for_another_reason_is_told(hidden: str, code: str, message: str) -> None:
    problems = [msgspec.structs.replace(UNREADABLE, path=hidden), missing(code, message)]
    assert without_cascades(problems) == problems


def test_a_text_that_could_not_be_read_lacks_no_description() -> None:
    cause = Problem(path=POST, code="markdown", message="Python-Markdown gives up")
    follows = Problem(path=POST, code="page-description", message="the description is empty")
    other = msgspec.structs.replace(follows, path="content/posts/x.md")
    assert without_cascades([cause, follows, other]) == [cause, other]


def test_templates_may_refer_to_a_document_that_is_refused() -> None:
    cause = Problem(path=POST, line=1, code="bad-yaml", message="not valid YAML")
    assert without_cascades([cause, missing("missing-reference", "ref `tide`: no")]) == [cause]
    other = missing("missing-reference", "ref `ebb`: no such document")
    assert without_cascades([cause, other]) == [cause, other]
