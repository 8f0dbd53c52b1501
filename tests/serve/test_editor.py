"""Files of the site are opened in the writer's editor, and nothing else is done."""

import os
from pathlib import Path

import pytest

from generator.adapters.server.editor import KNOWN, Editor, EditorError
from tests.support.editor import recorder, told


@pytest.fixture
def root(tmp_path: Path) -> Path:
    site = tmp_path / "site"
    (site / "content/posts").mkdir(parents=True)
    (site / "content/posts/a b;c.md").write_text("x", encoding="utf-8")
    (site / "site.yaml").write_text("title: T", encoding="utf-8")
    (site / "_site").mkdir()
    (site / "_site/index.html").write_text("x", encoding="utf-8")
    (tmp_path / "secret.md").write_text("x", encoding="utf-8")
    (site / "content/posts/link.md").symlink_to(tmp_path / "secret.md")
    return site


def test_given_command(root: Path, tmp_path: Path) -> None:
    program = recorder(tmp_path, "my editor")
    Editor(root, f'"{program}" -g {{file}}:{{line}} "a word" {{line}}').open(
        "content/posts/a b;c.md", 12
    )
    file = root / "content/posts/a b;c.md"
    assert told(tmp_path) == ["-g", f"{file}:12", "a word", "12"]


def test_editor_of_the_environment_without_its_own_arguments(root: Path, tmp_path: Path) -> None:
    program = recorder(tmp_path)
    Editor(root, environ={"VISUAL": f"{program} --wait", "EDITOR": "vi"}).open("site.yaml", 0)
    assert told(tmp_path) == ["--goto", f"{root / 'site.yaml'}:1"]


def test_editors_of_the_terminal_are_not_started(
    root: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    editor = Editor(root, environ={"VISUAL": "vim", "EDITOR": "nano -w"})
    with pytest.raises(EditorError, match="--editor"):
        editor.open("site.yaml", 1)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/etc/passwd",
        "../secret.md",
        "content/../../secret.md",
        "content/posts/link.md",
        "content/posts",
        "content/posts/gone.md",
        "_site/index.html",
        "content\\posts\\a.md",
        "content/posts/a\0.md",
        ".tidepost/local/read.json",
        "site.yaml/x",
    ],
)
def test_only_files_of_the_site(root: Path, tmp_path: Path, path: str) -> None:
    editor = Editor(root, f"{recorder(tmp_path)} {{file}}")
    with pytest.raises(EditorError):
        editor.open(path, 1)
    assert not (tmp_path / "told").exists()


def test_command_that_cannot_be_used(root: Path, tmp_path: Path) -> None:
    for command in ("code", "code --goto", "{file}", 'code "{file}'):
        with pytest.raises(ValueError):  # noqa: PT011 (shlex has its own words for it)
            Editor(root, command)
    with pytest.raises(EditorError, match="no program"):
        Editor(root, "no-such-editor-here {file}").open("site.yaml", 1)
    broken = tmp_path / "broken"
    broken.write_text("not a program", encoding="utf-8")
    broken.chmod(0o755)
    if os.name == "posix":
        with pytest.raises(EditorError, match="does not start"):
            Editor(root, f"{broken} {{file}}").open("site.yaml", 1)


def test_batch_files_are_not_given_names_that_their_shell_obeys(root: Path, tmp_path: Path) -> None:
    editor = Editor(root, f"{recorder(tmp_path, 'code.cmd')} {{file}}")
    with pytest.raises(EditorError, match="Windows"):
        editor.open("content/posts/a b;c.md", 1)


def test_every_known_editor_is_told_the_file() -> None:
    assert all(any("{file}" in part for part in pattern) for pattern in KNOWN.values())
