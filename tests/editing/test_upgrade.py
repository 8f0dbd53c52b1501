"""A newer Tidepost is taken, and what is the owner's stays byte for byte."""

from __future__ import annotations

import compileall
import json
import random
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from generator import __version__
from generator.adapters.undo import carry_out
from generator.adapters.upgrade.source import GitFault, Repository, merge_file
from generator.cli import upgrade as upgrading
from generator.editing.upgrade import (
    Belongings,
    Blob,
    likeness,
    newest_version,
    plan_upgrade,
    read_belongings,
)
from tests.editing.killing import Killed, killed_at
from tests.support.sites import MINIMAL, PROJECT, write

LINES = "".join(f"<!-- {number} -->\n" for number in range(20))
SHIPPED: dict[str, str | bytes] = {
    "static/css/extra.css": LINES.replace("<!--", "/*").replace("-->", "*/"),
    "static/js/old.js": "old\n",
    "templates/parts/merged.html": LINES,
    "templates/parts/conflict.html": LINES,
    "templates/parts/plain.html": LINES,
    "templates/parts/mine.html": LINES,
    "templates/parts/dropped.html": LINES,
    "docs/guide.md": "# Guide\n",
    "docs/deleted.md": "# Deleted by the owner\n",
    "bench/old.py": "old = 1\n",
    "bench/moves.py": LINES,
    "README.md": "# Tidepost\n",
    ".gitignore": ".tidepost/\n_site/\n__pycache__/\nignored/\n",
}
NEW: dict[str, str | bytes | None] = {
    "templates/parts/merged.html": LINES.replace("<!-- 15 -->", "<!-- new 15 -->"),
    "templates/parts/conflict.html": LINES.replace("<!-- 3 -->", "<!-- new 3 -->"),
    "templates/parts/plain.html": "new\n" + LINES,
    "templates/parts/added.html": "added\n",
    "templates/parts/dropped.html": None,
    "static/js/old.js": None,
    "docs/guide.md": "# New guide\n",
    "docs/deleted.md": "# Deleted by the owner, and changed\n",
    "docs/new.md": "# New\n",
    "bench/old.py": None,
    "bench/new.py": "new = 1\n",
    "generator/added.py": '"""New."""\n',
    "site.yaml": "title: Other\nurl: https://other.example\n",
    "content/posts/2024-01-10-first.md": "changed sample\n",
    "content/posts/2024-09-09-new-sample.md": "new sample\n",
    "static/images/new.png": b"\x89PNG new",
    "requirements.txt": "# new packages\n",
}
MINE: dict[str, str | bytes | None] = {
    "templates/parts/merged.html": LINES.replace("<!-- 2 -->", "<!-- my 2 -->"),
    "templates/parts/conflict.html": LINES.replace("<!-- 3 -->", "<!-- my 3 -->"),
    "templates/parts/mine.html": "mine\n",
    "templates/parts/dropped.html": "I changed it\n",
    "templates/parts/own.html": "own\n",
    "content/posts/2024-05-05-mine.md": "---\ntitle: Mine\ndescription: M.\n---\nMine.\r\n",
    "data/own.yaml": "a: 1\n",
    "infra/live.tfvars": "secret\n",
    "README.md": "# My site\n",
    "docs/deleted.md": None,
    "mine/notes.txt": "mine\n",
}
OWNERS = ("content/", "data/", "site.yaml", "infra/live", "mine/", "static/images/")


def git(folder: Path, *arguments: str) -> str:
    names = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    return subprocess.run(
        ["git", *names, *arguments], cwd=folder, capture_output=True, text=True, check=True
    ).stdout


def commit(folder: Path, files: Mapping[str, str | bytes | None], message: str) -> None:
    for path, held in files.items():
        if held is None:
            (folder / path).unlink()
        else:
            write(folder, {path: held})
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--allow-empty", "-m", message)


def version(number: str) -> str:
    text = (PROJECT / "generator/__init__.py").read_text()
    return text.replace(__version__, number)


@pytest.fixture(scope="module")
def repositories(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with `tidepost` (versions 0.1.0 and 0.2.0) and two sites of its older one:
    `cloned`, and `template`, whose history has nothing of Tidepost's in it."""
    home = tmp_path_factory.mktemp("repositories")
    tidepost = home / "tidepost"
    shutil.copytree(MINIMAL, tidepost)
    shutil.copytree(PROJECT / "generator", tidepost / "generator",
                    ignore=shutil.ignore_patterns("__pycache__"))  # fmt: skip
    for name in ("publish.py", "requirements.txt"):
        shutil.copy2(PROJECT / name, tidepost / name)
    write(tidepost, {**SHIPPED, "generator/__init__.py": version("0.1.0")})
    git(tidepost, "init", "-q", "-b", "main")
    commit(tidepost, {"docs/guide.md": "# Older\n"}, "Before")
    commit(tidepost, {"docs/guide.md": SHIPPED["docs/guide.md"]}, "Old")
    git(tidepost, "tag", "v0.1.0")
    git(home, "clone", "-q", str(tidepost), "cloned")
    shutil.copytree(tidepost, home / "template", ignore=shutil.ignore_patterns(".git"))
    git(home / "template", "init", "-q", "-b", "main")
    commit(home / "template", {}, "Start from a template")
    commit(tidepost, {**NEW, "generator/__init__.py": version("0.2.0")}, "New")
    git(tidepost, "tag", "v0.2.0")
    for name in ("cloned", "template"):
        commit(home / name, MINE, "Mine")
        git(home / name, "mv", "templates/parts/mine.html", "templates/parts/still-mine.html")
        git(home / name, "reset", "-q", "--hard")
        # Compiled once, and copied so: to compile it for each test takes longer than the test.
        compileall.compile_dir(home / name / "generator", quiet=1)
    return home


@pytest.fixture
def home(repositories: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(repositories, tmp_path / "home"))


def upgrade(site: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the site's own program."""
    return subprocess.run(
        [sys.executable, "publish.py", "upgrade", *arguments],
        cwd=site, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def files_of(site: Path) -> dict[str, bytes]:
    """Return all that is in a site's folder, but for what git, Tidepost and Python keep there."""
    return {
        path.relative_to(site).as_posix(): path.read_bytes()
        for path in sorted(site.rglob("*"))
        if path.is_file() and not {".git", ".tidepost", "__pycache__"} & {*path.parts}
    }


@pytest.mark.parametrize("name", ["cloned", "template"])
def test_a_site_takes_a_newer_version(name: str, home: Path) -> None:
    site, new = home / name, home / "tidepost"
    before = files_of(site)
    done = upgrade(site, "--from", "../tidepost", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    after, theirs = files_of(site), files_of(new)
    assert {path: held for path, held in after.items() if path.startswith(OWNERS)} == {
        path: held for path, held in before.items() if path.startswith(OWNERS)
    }
    for path in ("templates/parts/mine.html", "templates/parts/own.html", "README.md",
                 "templates/parts/conflict.html", "templates/parts/dropped.html"):  # fmt: skip
        assert after[path] == before[path]
    for path in ("templates/parts/plain.html", "templates/parts/added.html", "docs/new.md",
                 "docs/guide.md", "bench/new.py", "requirements.txt"):  # fmt: skip
        assert after[path] == theirs[path]
    assert {path: held for path, held in after.items() if path.startswith("generator/")} == {
        path: held for path, held in theirs.items() if path.startswith("generator/")
    }
    assert after["templates/parts/conflict.html.new"] == theirs["templates/parts/conflict.html"]
    merged = LINES.replace("<!-- 2 -->", "<!-- my 2 -->").replace("<!-- 15 -->", "<!-- new 15 -->")
    assert after["templates/parts/merged.html"].decode() == merged
    assert not {"bench/old.py", "static/js/old.js", "docs/deleted.md"} & after.keys()
    answer = json.loads(done.stdout)
    assert answer["done"]
    assert answer["from"].startswith("v0.1.0 (")
    assert answer["to"].startswith("v0.2.0 (")
    deeds = {each["path"]: each["deed"] for each in answer["files"]}
    assert deeds == {
        "bench/new.py": "add", "bench/old.py": "remove", "docs/deleted.md": "keep",
        "docs/guide.md": "replace", "docs/new.md": "add", "generator/__init__.py": "replace",
        "generator/added.py": "add", "requirements.txt": "replace", "static/js/old.js": "remove",
        "templates/parts/added.html": "add", "templates/parts/conflict.html": "conflict",
        "templates/parts/dropped.html": "keep", "templates/parts/merged.html": "merge",
        "templates/parts/plain.html": "replace",
    }  # fmt: skip
    assert not (site / ".tidepost/upgrade/trial").exists()
    assert not (site / ".tidepost/undo").exists()
    # Once more there is nothing to do, and the next version starts from this one.
    commit(site, {}, "Upgrade")
    again = upgrade(site, "--from", str(new))
    assert "nothing to do" in again.stdout, again.stdout + again.stderr
    newer = LINES.replace("<!-- 15 -->", "<!-- newer 15 -->")
    later = {
        "docs/guide.md": "# Newest\n",
        "generator/__init__.py": version("0.3.0"),
        "templates/parts/merged.html": newer,
    }
    commit(new, later, "Newer")
    git(new, "tag", "v0.3.0")
    assert upgrade(site, "--from", str(new)).returncode == 0
    assert (site / "templates/parts/merged.html").read_text() == merged.replace(
        "new 15", "newer 15"
    )
    assert (site / "docs/guide.md").read_text() == "# Newest\n"


def test_what_is_said(home: Path) -> None:
    site = home / "cloned"
    git(site, "remote", "add", "tidepost", str(home / "tidepost"))
    before = files_of(site)
    done = upgrade(site, "--dry-run")
    assert done.returncode == 0, done.stderr
    assert files_of(site) == before
    lines = done.stdout.splitlines()
    assert lines[0] == f"Reading {home / 'tidepost'} ..."
    assert lines[1].startswith("From v0.1.0 (")
    assert "  add       generator: 1 file" in lines
    assert "  merge     templates/parts/merged.html" in lines
    assert "  keep      docs/deleted.md: you deleted it" in lines
    assert lines[-1] == "Nothing was changed (--dry-run)."
    done = upgrade(site)
    assert "The new version says of your site: Checked" in done.stdout
    assert (
        "take over what you want, and delete them: templates/parts/conflict.html.new" in done.stdout
    )
    assert "python -m pip install -r requirements.txt" in done.stdout
    git(site, "stash", "-q", "-u")
    assert files_of(site) == before


def test_a_changed_program_is_merged(home: Path) -> None:
    site, new = home / "template", home / "tidepost"
    names = (site / "generator/core/urls.py").read_text()
    commit(site, {"generator/core/urls.py": names + "\nMY_ADDITION = 1\n"}, "Change the program")
    changed = names.replace('"""Words', '"""New words', 1)
    assert changed != names
    init = "# mine\n" + version("0.1.0")
    mine = {"generator/__init__.py": init, "bench/moves.py": f"mine\n{LINES}"}
    commit(site, mine, "And its version")
    theirs = "# theirs\n" + version("0.2.0")
    moves = {"bench/moves.py": None, "bench/far/moved.py": f"{LINES}new\n"}
    names = {"generator/core/urls.py": changed, "generator/__init__.py": theirs}
    commit(new, {**moves, **names}, "New names")
    done = upgrade(site, "--from", str(new), "--to", "main")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (site / "generator/core/urls.py").read_text() == changed + "\nMY_ADDITION = 1\n"
    assert (site / "generator/__init__.py").read_text() == theirs
    assert (site / "generator/__init__.py.mine").read_text() == init
    assert (site / "bench/far/moved.py").read_text() == f"mine\n{LINES}new\n"
    assert not (site / "bench/moves.py").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([], 2, "say where the new version is"),
        (["--from", "../no-such"], 1, "does not exist"),
        (["--from", "../tidepost", "--to", "v9.9"], 1, "there is no version `v9.9` there"),
        (["--from", "../tidepost", "--base", "v9.9"], 1, "there is no version `v9.9` there"),
    ],
)
def test_what_is_not_there(arguments: list[str], code: int, said: str, home: Path) -> None:
    site = home / "cloned"
    before = files_of(site)
    done = upgrade(site, *arguments)
    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert files_of(site) == before


def test_nothing_that_is_not_committed_is_put_at_risk(home: Path) -> None:
    site = home / "cloned"
    write(site, {"templates/parts/own.html": "not committed", "new.txt": "new"})
    before = files_of(site)
    done = upgrade(site, "--from", "../tidepost")
    assert done.returncode == 1
    assert "not-committed: these files are not committed: " in done.stderr
    assert "templates/parts/own.html, new.txt" in done.stderr
    assert files_of(site) == before
    shutil.rmtree(site / ".git")
    done = upgrade(site, "--from", "../tidepost")
    assert done.returncode == 1
    assert "no-repository" in done.stderr
    assert files_of(site) == before


def test_a_file_that_git_ignores_is_not_written_over(home: Path) -> None:
    site = home / "cloned"
    commit(site, {".gitignore": ".tidepost/\n__pycache__/\ndocs/new.md\n"}, "Ignore")
    write(site, {"docs/new.md": "precious"})
    done = upgrade(site, "--from", "../tidepost")
    assert done.returncode == 1
    assert "docs/new.md: exists: " in done.stderr
    assert (site / "docs/new.md").read_text() == "precious"


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({"generator/pipeline/build.py": "raise RuntimeError('broken')\n"}, "not-upgraded"),
        ({"generator/cli/commands.py": "import no_such_package_here\n"}, "needs-packages"),
        ({"templates/base.html": "{% broken"}, "not-upgraded"),
    ],
)
def test_a_version_that_cannot_build_the_site_changes_nothing(
    broken: dict[str, str], said: str, home: Path
) -> None:
    site = home / "cloned"
    commit(home / "tidepost", broken, "Broken")
    before = files_of(site)
    done = upgrade(site, "--from", "../tidepost", "--to", "main")
    assert done.returncode == 1
    assert f"upgrade: {said}: " in done.stderr
    assert files_of(site) == before
    assert git(site, "status", "--porcelain") == ""
    if "base.html" in str(broken):
        assert (
            upgrade(site, "--from", "../tidepost", "--to", "main", "--despite-errors").returncode
            == 0
        )
        assert (site / "templates/base.html").read_text() == "{% broken"


def test_an_older_version_is_taken_only_when_it_is_named(home: Path) -> None:
    site, new = home / "cloned", home / "tidepost"
    assert upgrade(site, "--from", "../tidepost").returncode == 0
    commit(site, {}, "Upgrade")
    git(new, "tag", "-d", "v0.2.0")
    done = upgrade(site, "--from", "../tidepost")
    assert done.returncode == 1
    assert "your site is newer than" in done.stderr
    done = upgrade(site, "--from", "../tidepost", "--to", "0.1.0")
    assert done.returncode == 0, done.stderr
    assert not (site / "generator/added.py").exists()


def test_a_kill_leaves_the_old_program_or_the_new_one(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed while files are replaced; the program in the folder, whatever half of it is which
    version, puts everything back when it is next started."""
    site, new = home / "cloned", home / "tidepost"
    # Every module changes, so that there is much to be half done.
    modules = {
        path.relative_to(new).as_posix(): path.read_text() + "\n# newer\n"
        for path in sorted((new / "generator").rglob("*.py"))
    }
    commit(new, modules, "Newer")
    old = files_of(site)
    taken = []
    monkeypatch.setattr(
        upgrading, "carry_out", lambda root, what, changes: taken.append((what, changes))
    )
    from generator.cli.commands import run

    assert run(["upgrade", "--from", str(new), "--to", "main", "--site", str(site)]) == 0
    assert files_of(site) == old
    what, changes = taken[0]
    copy = Path(shutil.copytree(site, tmp_path / "copy"))
    with killed_at(0) as steps:
        carry_out(copy, what, changes)
    after = files_of(copy)
    assert after != old
    shutil.rmtree(copy)
    halves = 0
    begin = steps.count // 3  # before that, files are put aside
    for at in sorted(random.Random(1).sample(range(begin, steps.count + 1), 6)):
        half = Path(shutil.copytree(site, tmp_path / f"killed-{at}"))
        with killed_at(at), pytest.raises(Killed):
            carry_out(half, what, changes)
        halves += files_of(half) not in (old, after)
        done = subprocess.run([sys.executable, "publish.py", "--version"], cwd=half,
                              capture_output=True, text=True, check=False)  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert files_of(half) in (old, after)
        if files_of(half) == old and "interrupted" in done.stderr:
            assert done.stdout == "Tidepost, version 0.1.0\n"
        shutil.rmtree(half)
    assert halves >= 3


# What is decided, without any repository


BELONGINGS = read_belongings((PROJECT / "generator/belongings.toml").read_bytes())


@pytest.mark.parametrize(
    ("path", "whose"),
    [
        ("site.yaml", "owner"), ("content/posts/a.md", "owner"), ("data/a.json", "owner"),
        ("extensions.py", "owner"), ("static/images/a.png", "owner"), ("my/own.txt", "owner"),
        ("infra/terraform/live.tfvars", "owner"), ("preview.env", "owner"),
        ("templates/base.html", "shared"), ("static/css/site.css", "shared"),
        ("tests/site/test_site.py", "shared"), ("README.md", "shared"),
        (".github/workflows/site.yml", "shared"), ("generator/pipeline/build.py", "program"),
        ("publish.py", "program"), ("infra/site.yaml", "program"), ("tests/conftest.py", "program"),
        ("requirements.txt", "program"), ("docs/README.md", "program"),
    ],
)  # fmt: skip
def test_whose_a_file_is(path: str, whose: str) -> None:
    assert BELONGINGS.of(path) == whose


def test_every_file_of_the_repository_belongs_to_somebody() -> None:
    """A new folder of Tidepost's that the list forgets would never reach anybody.

    Only in Tidepost's own repository: an owner's may hold anything.
    """
    if "title: Tidepost\n" not in (PROJECT / "site.yaml").read_text(encoding="utf-8"):
        return
    paths = git(PROJECT, "ls-files").splitlines()
    owners = {path.partition("/")[0] for path in paths if BELONGINGS.of(path) == "owner"}
    assert owners <= {"site.yaml", "extensions.py", "content", "data", "static"}


def plan(base: str, mine: str, new: str, path: str = "templates/a.html") -> list[str]:
    """Plan one file; a text is its own id, "" no file."""

    def tree(text: str) -> dict[str, Blob]:
        others = {"templates/z": Blob("z"), "publish.py": Blob("p"), "bench/z": Blob("z")}
        return {**others, **({path: Blob(text)} if text else {})}

    steps = plan_upgrade(
        tree(base), tree(mine), tree(new), BELONGINGS, str.encode,
        lambda b, m, n: b"merged" if b"!" not in n else None,
    )  # fmt: skip
    return [
        f"{each.deed} {(each.content or b'').decode()} {each.beside}".rstrip() for each in steps
    ]


@pytest.mark.parametrize(
    ("base", "mine", "new", "expected"),
    [
        ("a", "a", "a", []), ("a", "b", "a", []), ("a", "b", "b", []), ("", "b", "b", []),
        ("", "b", "", []), ("a", "", "a", []), ("a", "", "", []),
        ("a", "a", "b", ["replace b"]), ("", "", "b", ["add b"]), ("a", "a", "", ["remove"]),
        ("a", "b", "", ["keep"]), ("a", "", "b", ["keep"]), ("a", "m", "n", ["merge merged"]),
        ("a", "m", "n!", ["conflict m templates/a.html.new"]),
        ("", "m", "n", ["conflict m templates/a.html.new"]),
    ],
)  # fmt: skip
def test_what_happens_to_a_shared_file(base: str, mine: str, new: str, expected: list[str]) -> None:
    assert plan(base, mine, new) == expected


def test_what_happens_to_other_files() -> None:
    assert plan("a", "m", "n!", "generator/a.py") == ["conflict n! generator/a.py.mine"]
    assert plan("a", "", "n", "generator/a.py") == ["add n"]
    for texts in (("a", "m", "n"), ("", "", "n"), ("a", "a", "")):
        assert plan(*texts, "content/a.md") == []
    steps = plan_upgrade({}, {"x": Blob("x")}, {"bench/new.py": Blob("n"), "publish.py": Blob("p")},
                         BELONGINGS, str.encode, lambda *_: None)  # fmt: skip
    assert [step.path for step in steps] == ["publish.py"]  # bench/ was deleted as a whole


@pytest.mark.parametrize(
    ("base", "mine", "new", "path", "expected"),
    [
        ("a", "a", "a", "generator/b/c.py", ["remove", "add a"]),
        ("a", "a", "b", "generator/b/c.py", ["remove", "add b"]),
        ("a", "m", "a", "generator/b/c.py", ["remove", "merge m"]),
        ("a", "m", "m", "generator/b/c.py", ["remove", "add m"]),
        ("a", "m", "n", "generator/b/c.py", ["remove", "merge merged"]),
        ("a", "m", "n!", "generator/b/c.py", ["remove", "conflict n! generator/b/c.py.mine"]),
        ("a", "m", "n!", "templates/c", ["remove", "conflict m templates/c.new"]),
        ("a", "", "n", "generator/b/c.py", ["add n"]),
        ("a", "", "n", "templates/c", ["keep"]),
        ("a", "m", "n", "content/c.md", ["keep"]),
    ],
)
def test_a_change_follows_a_file_that_moves(
    base: str, mine: str, new: str, path: str, expected: list[str]
) -> None:
    old = "generator/a.py" if path.startswith("generator/") else "templates/a"
    others = {"generator/z.py": Blob("z"), "templates/z": Blob("z")}
    steps = plan_upgrade(
        {**others, old: Blob(base)}, {**others, **({old: Blob(mine)} if mine else {})},
        {**others, path: Blob(new)}, BELONGINGS, str.encode,
        lambda b, m, n: b"merged" if b"!" not in n else None, {old: path},
    )  # fmt: skip
    assert [
        f"{each.deed} {(each.content or b'').decode()} {each.beside}".rstrip() for each in steps
    ] == expected


def test_a_file_at_the_new_path_stands_in_no_ones_way() -> None:
    """What the owner has there already is held against the new one, and the old path stays."""
    steps = plan_upgrade(
        {"generator/a.py": Blob("a")},
        {"generator/a.py": Blob("m"), "generator/b.py": Blob("o")},
        {"generator/b.py": Blob("n")},
        BELONGINGS, str.encode, lambda *_: None, {"generator/a.py": "generator/b.py"},
    )  # fmt: skip
    assert [(each.path, each.deed) for each in steps] == [
        ("generator/a.py", "keep"), ("generator/b.py", "conflict"),
    ]  # fmt: skip


def test_git_finds_what_moves(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    commit(tmp_path, {"a b.py": LINES, "c.py": "c\n" * 9, "stays": "s\n"}, "Old")
    commit(tmp_path, {"a b.py": None, "d/ä.py": LINES + "more\n", "c.py": None}, "New")
    assert Repository(tmp_path).moves("HEAD^", "HEAD") == {"a b.py": "d/ä.py"}
    assert Repository(tmp_path).moves("HEAD", "HEAD") == {}


def test_versions() -> None:
    assert newest_version(["v0.9.0", "v0.10.0", "0.2", "latest", "v1.0.0-rc1"]) == "v0.10.0"
    assert newest_version(["main"]) == ""
    tree = {"generator/a.py": Blob("1"), "content/a.md": Blob("2"), "docs/a.md": Blob("3")}
    assert likeness({**tree, "docs/a.md": Blob("4")}, tree, BELONGINGS) == 1
    with pytest.raises(ValueError, match="cannot be read"):
        read_belongings(b"owner = 3")
    assert isinstance(BELONGINGS, Belongings)


def test_merging() -> None:
    base = b"1\n2\n3\n4\n5\n"
    assert merge_file(base, b"0\n" + base, base + b"6\n") == b"0\n" + base + b"6\n"
    assert merge_file(base, base.replace(b"3", b"x"), base.replace(b"3", b"y")) is None
    assert merge_file(b"\0a", b"\0b", b"\0c") is None


def test_git_says_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(GitFault, match="not a git repository"):
        Repository(tmp_path).text("rev-parse", "--show-prefix")
