"""How a starter is laid over the theme, and how a new site's folder comes to be."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from generator.adapters import program_files
from generator.adapters.program_files import read_parts
from generator.core.artifacts import digest
from generator.editing.starters import (
    FOLDER,
    NAMES,
    RECORD,
    SiteFile,
    compose,
    parts_of,
    replaced,
    restyled,
)
from tests.support.clone import clone, git
from tests.support.sites import PROJECT, command_here, tree

STYLE = """/* Look */

:root {
  --paper: light-dark(#fff, #000);
  --gap: 1rem;
}

@supports not (color: light-dark(red, red)) {
  :root {
    --paper: #fff; --other: #eee;
  }
}

p { margin: 0; }
"""
LOOK = ":root {\n  --paper: light-dark(#fdd, #200);\n}\n\n.card { margin: 0; }\n"


def test_a_look_changes_values_where_the_owner_finds_them() -> None:
    style = restyled(STYLE, LOOK)
    assert style.startswith(
        "/* Look */\n\n:root {\n  --paper: light-dark(#fdd, #200);\n  --gap: 1rem;\n}\n"
    )
    assert "    --paper: #fdd; --other: #eee;\n" in style  # for browsers without light-dark()
    assert style.endswith("p { margin: 0; }\n\n.card { margin: 0; }\n")
    assert "#fff" not in style


@pytest.mark.parametrize(
    ("look", "what"),
    [(":root {\n  --papre: red;\n}\n", "has no --papre"), ("p { color: red }\n", "begins with")],
)
def test_a_look_that_does_not_fit_is_refused(look: str, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        restyled(STYLE, look)


@pytest.mark.parametrize("starter", NAMES)
def test_a_starter_is_no_copy_of_the_theme(starter: str) -> None:
    program = read_parts(parts_of(starter, vendored=False))
    own = {
        path.partition("/")[2].partition("/")[2]: file.content
        for path, file in program.items()
        if path.startswith(f"{FOLDER}/")
    }
    same = [path for path, text in own.items() if path in program and program[path].content == text]
    assert same == []
    templates = sum(path.startswith("templates/") and "/i18n/" not in path for path in own)
    assert 0 < templates < 10


@pytest.mark.parametrize("vendored", [False, True])
def test_a_site_has_the_fixed_layout(vendored: bool) -> None:
    parts = read_parts(parts_of("blog", vendored=vendored))
    files = compose(parts, "blog", vendored=vendored, requirement="tidepost>=1")
    tops = {path.partition("/")[0] for path in files}
    assert {
        "content", "templates", "static", "tests", "schema", "site.yaml", "publish.py",
        "requirements.txt", "requirements-dev.txt", "README.md", ".gitignore",
    } <= tops  # fmt: skip
    assert ({"generator", "backend", "infra", "docs", "Makefile"} <= tops) is vendored
    assert not {"starters", "bench", "findings"} & tops
    assert (files["requirements.txt"].content == b"tidepost>=1\n") is not vendored
    assert (b"requirements.txt" in files["publish.py"].content) is not vendored
    assert not [path for path in files if "__pycache__" in path]
    if vendored:
        assert files["infra/scripts/build.sh"].executable
        assert not files["publish.py"].executable


def test_words_of_a_starter_are_added_to_the_theme_s() -> None:
    parts = read_parts(parts_of("resume", vendored=False))
    files = compose(parts, "resume", vendored=False, requirement="")
    words = files["templates/i18n/en.yaml"].content.decode()
    assert "\nskip: Skip to the text\n" in words
    assert "\nexperience: Experience\n" in words


@pytest.mark.parametrize("starter", NAMES)
@pytest.mark.parametrize("language", ["de", "ar"])
def test_every_word_of_a_starter_is_in_every_language(starter: str, language: str) -> None:
    folder = PROJECT / FOLDER / starter / "templates" / "i18n"
    keys = [
        set(re.findall(r"^(\w+):", (folder / f"{name}.yaml").read_text("utf-8"), re.MULTILINE))
        for name in ("en", language)
        if folder.exists()
    ]
    assert not folder.exists() or keys[0] == keys[1]


def test_what_a_starter_replaces_in_a_clone() -> None:
    present = {
        "content/posts/old.md": b"", "static/images/old.png": b"", "static/css/site.css": b"a",
        "generator/x.py": b"x", "site.yaml": b"old",
    }  # fmt: skip
    new = {
        "content/posts/new.md": SiteFile(b"new"), "static/css/site.css": SiteFile(b"b"),
        "generator/x.py": SiteFile(b"x"), "site.yaml": SiteFile(b"new"),
    }  # fmt: skip
    assert replaced(new, present) == {
        "content/posts/new.md": SiteFile(b"new"),
        "content/posts/old.md": None,
        "site.yaml": SiteFile(b"new"),
        "static/css/site.css": SiteFile(b"b"),
        "static/images/old.png": None,
    }


def test_a_new_site_says_what_comes_next(tmp_path: Path) -> None:
    done = command_here(Path(), "new", "site", str(tmp_path / "a" / "my-site"))
    assert done.returncode == 0, done.stderr
    assert "from the starter `blog`" in done.stdout
    assert "publish.py serve" in done.stdout
    assert (tmp_path / "a" / "my-site" / ".gitignore").is_file()
    assert [each.name for each in (tmp_path / "a").iterdir()] == ["my-site"]
    done = command_here(Path(), "new", "site", str(tmp_path / "b"), "--starter", "docs", "--json")
    assert json.loads(done.stdout)["starter"] == "docs"


def test_an_empty_repository_becomes_a_site(tmp_path: Path) -> None:
    (tmp_path / "site" / ".git").mkdir(parents=True)
    (tmp_path / "site" / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    done = command_here(Path(), "new", "site", str(tmp_path / "site"))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "site" / ".git" / "HEAD").is_file()
    assert (tmp_path / "site" / "site.yaml").is_file()


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    for name, what in (("full", "it has mine.txt"), ("file", "a file of that name")):
        before = tree(tmp_path)
        done = command_here(Path(), "new", "site", str(tmp_path / name))
        assert done.returncode == 1
        assert what in done.stderr
        assert tree(tmp_path) == before


def test_a_site_that_cannot_be_written_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Path.write_bytes

    def fails(self: Path, content: bytes) -> int:
        if self.name == "site.yaml":
            raise OSError(28, "No space left on device", str(self))
        return write(self, content)

    monkeypatch.setattr(Path, "write_bytes", fails)
    done = command_here(Path(), "new", "site", str(tmp_path / "site"))
    assert done.returncode == 1
    assert "No space left on device" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["site"], "say where"),
        (["site", "a", "b"], "say where"),
        (["site", "a", "--tag", "x"], "say where"),
        (["site", "a", "--starter", "blgo"], "blgo"),
        (["post", "A", "--starter", "blog"], "are for a site"),
        (["post", "A", "--vendored"], "are for a site"),
    ],
)
def test_what_cannot_be_meant_is_refused(words: list[str], what: str, tmp_path: Path) -> None:
    done = command_here(tmp_path, "new", *words)
    assert done.returncode == 2
    assert what in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_copy_without_starters_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from generator.cli import new_site

    monkeypatch.setattr(new_site, "program_folder", lambda: tmp_path)
    done = command_here(Path(), "new", "site", str(tmp_path / "x"))
    assert done.returncode == 1
    assert "has no starters" in done.stderr


def test_an_upgrade_of_a_site_without_the_program_says_how(tmp_path: Path) -> None:
    done = command_here(Path(), "new", "site", str(tmp_path / "x"))
    done = command_here(tmp_path / "x", "upgrade", "--from", "https://example.org/tidepost.git")
    assert done.returncode == 1
    assert "Tidepost is a package here" in done.stderr
    assert "pip install -U tidepost" in done.stderr
    (tmp_path / "x" / RECORD).write_text('{"starter": "blgo", "version": "1", "files": {}}')
    done = command_here(tmp_path / "x", "upgrade")
    assert done.returncode == 1
    assert "there is no starter `blgo`" in done.stderr
    (tmp_path / "x" / RECORD).unlink()
    assert "Tidepost is a package here" in command_here(tmp_path / "x", "upgrade").stderr


def test_the_theme_of_a_newer_package_comes_into_a_site(tmp_path: Path) -> None:
    site = tmp_path / "site"
    command_here(Path(), "new", "site", str(site), "--starter", "photos")
    record = json.loads((site / RECORD).read_text(encoding="utf-8"))
    assert not [path for path in record["files"] if path.startswith(("content/", "site.yaml"))]
    was = tree(site)

    def before(path: str, content: str, mine: str | None = None) -> None:
        """Let a file have been `content` in the version that the site was made from."""
        record["files"][path] = digest(content.encode())
        (site / path).write_text(content if mine is None else mine, encoding="utf-8")

    before("templates/base.html", "older")  # not changed by its owner
    before("templates/home.html", "older", mine="mine")  # changed by both
    before("extensions.py", "older")  # the starter's, which its templates ask for
    before("templates/gone.html", "older")  # no longer part of it
    (site / "templates/page.html").write_text("mine", encoding="utf-8")  # by its owner alone
    (site / "static/js/menu.js").unlink()  # deleted by its owner
    del record["files"]["static/css/code.css"]  # new since then
    (site / "static/css/code.css").unlink()
    (site / "site.yaml").write_text("title: T\nurl: https://example.org\n", encoding="utf-8")
    (site / RECORD).write_text(json.dumps({**record, "version": "0.0.1"}), encoding="utf-8")

    planned = tree(site)
    done = command_here(site, "upgrade", "--dry-run")
    assert (done.returncode, done.stderr) == (0, "")
    assert {path for path in tree(site) if not path.startswith(".tidepost/")} == set(planned)
    done = command_here(site, "upgrade")
    assert (done.returncode, done.stderr) == (0, "")
    assert "From 0.0.1 to " in done.stdout
    now = tree(site)
    for path in ("templates/base.html", "static/css/code.css", "extensions.py"):
        assert now[path] == was[path]
    assert now["templates/home.html"] == b"mine"
    assert now["templates/home.html.new"] == was["templates/home.html"]
    assert now["templates/page.html"] == b"mine"
    assert now["site.yaml"].startswith(b"title: T")
    assert not {"templates/gone.html", "static/js/menu.js"} & set(now)
    assert now[RECORD] == was[RECORD]
    done = command_here(site, "upgrade")
    assert "nothing to do" in done.stdout
    left = {path for path in tree(site) if not path.startswith(".tidepost/")}
    assert left == {path for path in now if not path.startswith(".tidepost/")}


@pytest.mark.parametrize(
    ("told", "line"),
    [
        (None, "tidepost~=0.1.0"),
        (
            {"url": "file:///w/tidepost.whl", "archive_info": {}},
            "tidepost @ file:///w/tidepost.whl",
        ),
        (
            {"url": "https://e.org/t.git", "vcs_info": {"vcs": "git", "commit_id": "abc"}},
            "tidepost @ git+https://e.org/t.git@abc",
        ),
    ],
)
def test_a_site_asks_for_the_program_that_made_it(
    told: object, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Installed:
        def read_text(self, name: str) -> str | None:
            assert name == "direct_url.json"
            return json.dumps(told) if told else None

    monkeypatch.setattr("importlib.metadata.distribution", lambda _: Installed())
    monkeypatch.setattr(program_files, "is_installed", lambda: True)
    monkeypatch.setattr("generator.__version__", "0.1.0")
    assert program_files.requirement() == line


@pytest.mark.slow
def test_a_starter_takes_the_sample_s_place_in_a_clone(tmp_path: Path) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "publish.py", *arguments]
        return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)

    root = clone(tmp_path / "clone")
    (root / "new.txt").write_text("mine")
    done = run("new", "site", ".", "--starter", "resume")
    assert "not everything here is committed" in done.stderr
    (root / "new.txt").unlink()
    done = run("new", "site", ".", "--starter", "resume")
    assert done.returncode == 0, done.stderr
    changed = {
        line[3:].partition("/")[0] for line in git(root, "status", "--porcelain").splitlines()
    }
    assert changed <= {"content", "data", "extensions.py", "site.yaml", "static", "templates"}
    assert (root / "data" / "resume.json").is_file()
    assert not (root / "static" / "images").exists()
    assert run("check", "--future").returncode == 0
    git(root, "add", "-A")
    git(root, "commit", "-qm", "Resume")
    done = run("new", "site", ".", "--starter", "blog")
    assert done.returncode == 1
    assert "a starter was laid over the sample here before" in done.stderr
    assert git(root, "status", "--porcelain") == ""
