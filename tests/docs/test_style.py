"""What people read keeps to the words of docs/style.md."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.sites import PROJECT

AVOIDED = re.compile(
    r"\b(mistakes?|memo|anew|reproves?|in vain|tells? of|(?:is|are) told|, told)\b", re.IGNORECASE
)
OLD_NAMES = re.compile(r"--\w+-mistakes|--no-memo|`mistake[s]?`")
SQL = re.compile(r"^\s*(select|insert|update|delete|create) ")
PAGES = sorted(
    str(page.relative_to(PROJECT))
    for page in (*PROJECT.glob("docs/**/*.md"), *PROJECT.glob("*.md"))
    if "adr" not in page.parts and page.name not in {"style.md", "CHANGELOG.md"}
)


def strings(module: Path) -> Iterator[tuple[int, str]]:
    """Yield each string of several words, docstrings among them, with its line."""
    text = module.read_text(encoding="utf-8")
    if not AVOIDED.search(text):
        return  # reading the syntax of all modules takes seconds
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        if " " in node.value.strip():
            yield node.lineno, node.value


@pytest.mark.parametrize("page", PAGES)
def test_a_page_keeps_to_the_words(page: str) -> None:
    """docs/commands.md is made of what `--help` says, docs/checks.md of the codes of problems."""
    text = OLD_NAMES.sub("", (PROJECT / page).read_text(encoding="utf-8"))
    assert AVOIDED.findall(text) == []


@pytest.mark.parametrize("program", ["generator", "backend", "tools"])
def test_messages_and_docstrings_keep_to_the_words(program: str) -> None:
    found = [
        f"{module.relative_to(PROJECT)}:{line}: {text}"
        for module in sorted((PROJECT / program).rglob("*.py"))
        for line, text in strings(module)
        if AVOIDED.search(OLD_NAMES.sub("", text)) and not SQL.search(text)
    ]
    assert found == []


def test_the_words_of_a_message_are_found(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text('"""It is told."""\n\nHINT = f"{1} errors are told twice"\n', "utf-8")
    assert [line for line, text in strings(module) if AVOIDED.search(text)] == [1, 3]


def test_the_page_about_style_names_the_words() -> None:
    table = (PROJECT / "docs/style.md").read_text(encoding="utf-8").partition("## Words")[2]
    rows = re.findall(r"^\| (.+?) \| (.+?) \|$", table.partition("## Before")[0], re.M)
    avoided = " ".join(row[1] for row in rows)
    assert {"mistake", "memo", "anew", "tell of"} <= {
        word for word in ("mistake", "memo", "anew", "tell of") if word in avoided
    }
