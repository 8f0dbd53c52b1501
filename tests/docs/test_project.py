"""What those meet who join: licence, changelog, contributing, and what editors are reported."""

from __future__ import annotations

import configparser
import re
import subprocess
import tomllib
from fnmatch import fnmatch

import pytest
import yaml

from generator import __version__
from tests.support.sites import PROJECT

PAGES = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")


def text_of(name: str) -> str:
    return (PROJECT / name).read_text(encoding="utf-8")


def test_the_changelog_begins_with_what_is_not_released_and_then_this_version() -> None:
    headings = re.findall(r"^## (.+)$", text_of("CHANGELOG.md"), re.M)
    assert headings[0] == "Unreleased"
    versions = [re.fullmatch(r"(\d+\.\d+\.\d+) \((\d{4}-\d\d-\d\d)\)", one) for one in headings[1:]]
    assert all(versions)
    assert next(found[1] for found in versions if found) == __version__
    numbers = [tuple(map(int, found[1].split("."))) for found in versions if found]
    assert numbers == sorted(set(numbers), reverse=True)
    dates = [found[2] for found in versions if found]
    assert dates == sorted(dates, reverse=True)


def test_the_licence_is_the_one_that_is_named() -> None:
    project = tomllib.loads(text_of("pyproject.toml"))["project"]
    assert text_of("LICENSE").startswith(f"{project['license']} License\n\nCopyright (c) 2026 ")


@pytest.mark.parametrize("name", PAGES)
def test_links_and_commands_lead_somewhere(name: str) -> None:
    text = text_of(name)
    for link in re.findall(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)", text):
        assert (PROJECT / link).exists(), link
    targets = set(re.findall(r"^([\w-]+(?: [\w-]+)*):", text_of("Makefile"), re.M))
    known = {each for one in targets for each in one.split()}
    for command in re.findall(r"`make ([\w -]+?)`|^\$ make ([\w-]+)", text, re.M):
        assert {*"".join(command).split()} <= known, command


def test_commands_are_said_for_windows_too() -> None:
    """A page with commands that Windows does not have says what stands for them there."""
    pages = [PROJECT / "README.md", PROJECT / "CONTRIBUTING.md", *(PROJECT / "docs").rglob("*.md")]
    texts = {page: page.read_text(encoding="utf-8") for page in pages}
    found = [
        page.name
        for page, text in texts.items()
        if re.search(r"^\$ (?:make |(?:\S+/)?bin/)", text, re.MULTILINE)
        and not re.search(r"Windows|Scripts\\|(?<![.\w])py publish", text)
    ]
    assert found == []
    assert any("$ make" in text for text in texts.values())


def test_every_target_of_make_is_phony_and_told() -> None:
    makefile = text_of("Makefile")
    [phony] = re.findall(r"^\.PHONY: (.+)$", makefile, re.M)
    told = re.findall(r"^([a-z][\w -]*):.* ## \S", makefile, re.M)
    assert sorted(phony.split()) == sorted(each for one in told for each in one.split())


def test_pre_commit_runs_what_make_lint_runs() -> None:
    [repository] = yaml.safe_load(text_of(".pre-commit-config.yaml"))["repos"]
    [hook] = repository["hooks"]
    assert (hook["entry"], hook["language"], hook["pass_filenames"]) == (
        "make lint",
        "system",
        False,
    )


def test_files_are_as_editors_are_told() -> None:
    """Every text file that git has, against .editorconfig: line ends, last lines and tabs."""
    rules = configparser.ConfigParser()
    rules.read_string("[top]\n" + text_of(".editorconfig"))
    assert rules["*"]["end_of_line"] == "lf"
    assert rules["*"]["insert_final_newline"] == "true"
    ran = ["git", "ls-files", "-z", "--eol"]
    listed = subprocess.run(ran, cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    wrong = []
    for line in listed.split("\0")[:-1]:
        facts, name = line.split("\t")
        file = PROJECT / name
        if "-text" in facts.split()[0] or not file.is_file():
            continue
        raw = file.read_bytes()
        if b"\r\n" in raw:
            wrong.append(f"{name}: CRLF")
        if re.match(r"tests/(bad_sites|importers)/", name):
            continue
        if raw and not raw.endswith(b"\n"):
            wrong.append(f"{name}: no newline at the end")
        if fnmatch(name, "*.py") and b"\n\t" in raw:
            wrong.append(f"{name}: a tab")
    assert wrong == []


def test_what_is_stable_is_written_down() -> None:
    text = text_of("docs/stability.md")
    pages = set(re.findall(r"\]\(([\w-]+\.md)\)", text))
    assert {"settings.md", "templates.md", "extending.md", "commands.md"} <= pages
    assert "`.tidepost/cache/`" in text_of("docs/operating.md")
