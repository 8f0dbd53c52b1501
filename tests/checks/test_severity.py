"""How bad each error is, and that all of them are known."""

import ast
import re

import pytest

from generator.checks.codes import CODES
from generator.checks.severity import ADJUSTABLE, ALWAYS_ERRORS, check_levels, relevel, table
from generator.core.problems import Problem
from tests.support.sites import PROJECT

BUILD = (
    "adapters/files/site_folder", "assets/fingerprint",
    "content/collections", "content/data", "content/data_schema", "render/extensions",
    "pipeline/phases", "site/catalogue", "config/settings", "pipeline/context",
    "content/frontmatter", "content/file_parts", "site/covers", "site/recordings",
    "pipeline/layouts", "checks/severity", "site/links",
    "site/galleries", "site/similar_terms", "assets/image_jobs", "pipeline/static_files",
    "checks/external_links", "markdown/extras", "markdown/commonmark",
    "markdown/inline_writer", "site/routes", "markdown/shortcodes", "i18n/strings",
    "render/compiled", "render/templates", "render/view_builder", "site/counts",
    "markdown/math/formulas", "markdown/code/mermaid", "markdown/leftovers",
    "config/missing_api", "adapters/files/stray_files", "adapters/pagefind",
)  # fmt: skip
SAYING = {
    "FileFault",
    "Problem",
    "problem",
    "_problem",
    "fault",
    "report",
    "_fault",
    "HelperError",
    "Leftover",
    "warning",
    "ShortcodeError",
    "convert",
    "tell",
}
CODE = re.compile(r"markdown|unreadable|[a-z0-9]+(?:-[a-z0-9]+)+")


def said_codes() -> set[str]:
    """Return every code that the build's modules give to a problem."""
    found = set()
    for name in BUILD:
        tree = ast.parse((PROJECT / f"generator/{name}.py").read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                called = getattr(node.func, "attr", getattr(node.func, "id", ""))
                values = [*node.args, *(each.value for each in node.keywords if each.arg == "code")]
                if called in SAYING:
                    found |= {each.value for each in values if isinstance(each, ast.Constant)}
            if isinstance(node, ast.Assign) and "code" in ast.unparse(node.targets[0]):
                found |= {
                    each.value for each in ast.walk(node.value) if isinstance(each, ast.Constant)
                }
    return {each for each in found if isinstance(each, str) and CODE.fullmatch(each)}


def test_every_code_of_the_build_is_known() -> None:
    known = {*ADJUSTABLE, *ALWAYS_ERRORS}
    assert not set(ADJUSTABLE) & set(ALWAYS_ERRORS)
    assert said_codes() <= {*known, *CODES}  # shortcodes may find what pages are checked for
    # `bad-alias` and `bad-permalink` are put together; `no-site` is said of a missing file.
    assert known - said_codes() <= {"bad-alias", "bad-permalink"}
    assert not known & set(CODES)


def test_the_table_in_the_guide_is_up_to_date() -> None:
    text = (PROJECT / "docs" / "checks.md").read_text(encoding="utf-8")
    inside = text.partition("<!-- build codes -->\n")[2].partition("<!-- end of build codes -->")[0]
    assert inside == table()


def problem(code: str, severity: str = "error") -> Problem:
    return Problem(path="x", code=code, message="m", severity=severity)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "levels", "severities"),
    [
        ("missing-file", {}, ["error"]),
        ("missing-file", {"missing-file": "warning"}, ["warning"]),
        ("missing-file", {"missing-file": "off"}, []),
        ("same-url", {"same-url": "off"}, ["error"]),
        ("bad-yaml", {"bad-yaml": "warning"}, ["error"]),
    ],
)
def test_levels(code: str, levels: dict[str, str], severities: list[str]) -> None:
    assert [each.severity for each in relevel([problem(code)], levels)] == severities


def test_problems_are_sorted_and_told_once() -> None:
    one = Problem(path="a", line=2, code="x", message="m")
    two = Problem(path="a", line=10, code="x", message="m")
    assert relevel([two, one, two], {}) == [one, two]


def test_codes_that_cannot_be_set_are_told() -> None:
    found = check_levels(
        {"missing-flie": "off", "same-url": "off", "zzz": "off", "image-alt": "off"}
    )
    assert [(each.severity, each.message, each.hint) for each in found] == [
        (
            "warning",
            "`missing-flie` is not the code of any check",
            "did you mean `missing-file`?",
        ),
        (
            "warning",
            "`same-url` is always an error: what it is about is left out of the site",
            "remove this line",
        ),
        ("warning", "`zzz` is not the code of any check", "docs/checks.md lists them"),
    ]
