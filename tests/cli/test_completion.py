"""Completion as shells ask for it, in real ones. PowerShell is not to be had on Debian: of it the
answers are held, and what its script says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import tools
from tests.support.sites import PROJECT, post, write_site
from tests.support.terminal import Terminal

SHELLS = ("bash", "zsh", "fish", "powershell")
PROGRAM = f"""\
#!{sys.executable}
import sys
sys.path.insert(0, {str(PROJECT)!r})
from generator.cli import main
main()
"""
ASKED = {
    "tidepost bui": ["build"],
    "tidepost infra p": ["plan"],
    "tidepost build --fut": ["--future"],
    "tidepost --wa": ["--wait"],
    "tidepost --drafts --wa": ["--wait"],
    "tidepost -q bui": ["build"],
    "tidepost help infra o": ["outputs"],
    "tidepost new site x --starter r": ["resume"],
    "tidepost rename content/posts/2024-01-01": ["content/posts/2024-01-01-low-water.md"],
    "tidepost rename 2024-01-01-low": ["2024-01-01-low-water.md"],
    "tidepost rename content/posts/2024-02-02": ["content/posts/2024-02-02-wind,rain.md"],
    "tidepost completion z": ["zsh"],
    "tidepost nosuch ": [],
    "tidepost publish --no-such ": [],
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site beside a folder `bin` with the program, and with a script for each shell."""
    root = write_site(
        tmp_path_factory.mktemp("completion") / "site",
        {
            "content/posts/2024-01-01-low-water.md": post("", "Text."),
            "content/posts/2024-02-02-wind,rain.md": post("", "More.", title="Wind"),
        },
    )
    program = root.parent / "bin" / "tidepost"
    program.parent.mkdir()
    program.write_text(PROGRAM)
    program.chmod(0o755)
    for shell in SHELLS:
        done = subprocess.run(
            [program, "completion", shell], capture_output=True, text=True, check=True, cwd=root
        )
        assert done.stderr == ""
        (root.parent / f"script.{shell}").write_text(done.stdout)
    return root


def environment(site: Path) -> dict[str, str]:
    return {**os.environ, "PATH": f"{site.parent / 'bin'}:{os.environ['PATH']}"}


def run(command: list[str], site: Path) -> str:
    done = subprocess.run(
        command, cwd=site, env=environment(site), capture_output=True, text=True, check=False
    )
    assert done.stderr == "", done.stderr
    return done.stdout


def test_bash_completes(site: Path) -> None:
    lines = ["source ../script.bash"]
    for line in ASKED:
        words = line.split(" ")
        quoted = " ".join(f"'{word}'" for word in words)
        lines += [f"COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; COMPREPLY=()"]
        lines += ['_tidepost_completion tidepost; echo "${COMPREPLY[*]}"']
    lines += ["complete -p tidepost"]
    *said, registered = run(["bash", "--norc", "-c", "\n".join(lines)], site).splitlines()
    assert dict(zip(ASKED, (each.split() for each in said), strict=True)) == ASKED
    assert "_tidepost_completion" in registered


@pytest.mark.network
def test_fish_completes(site: Path) -> None:
    fish = tools.debian("fish")
    asked = "\n".join(f"echo '>'; complete --do-complete '{line}'" for line in ASKED)
    said = run([fish, "--no-config", "-c", f"source ../script.fish\n{asked}"], site)
    parts = said.split(">\n")[1:]
    found = [[row.partition("\t")[0] for row in part.splitlines()] for part in parts]
    assert dict(zip(ASKED, found, strict=True)) == ASKED
    asked = "source ../script.fish\ncomplete --do-complete 'tidepost publis'"
    assert run([fish, "--no-config", "-c", asked], site).splitlines() == [
        "publish\tBuild, check and publish the site (the default)."
    ]


@pytest.mark.network
def test_zsh_completes_what_is_typed_at_a_terminal(site: Path) -> None:
    """Its completion works at its prompt alone."""
    zsh = tools.debian("zsh")
    path = {"PATH": environment(site)["PATH"], "PS1": "ready> "}
    with Terminal([zsh, "-f", "-i"], site, path) as terminal:
        terminal.type(
            "autoload -Uz compinit; compinit -D -u; source ../script.zsh; echo lo''aded\n"
        )
        terminal.until("loaded")
        for line, expected in ASKED.items():
            if not expected:
                continue
            terminal.until("ready> ")
            terminal.type(f"{line}\t")
            rest = line.rpartition(" ")[2]
            terminal.until(expected[0].removeprefix(rest))
            terminal.seen = ""
            terminal.type("\x15echo do''ne\n")  # what is on the line is not carried out
            terminal.until("done\n")
            terminal.seen = terminal.seen.partition("done\n")[2]


@pytest.mark.parametrize("line", ["tidepost bui", "tidepost infra p", "tidepost nosuch "])
def test_powershell_is_answered(site: Path, line: str) -> None:
    words = line.split(" ")
    asked = {
        "_TIDEPOST_COMPLETE": "powershell_complete",
        "COMP_WORDS": line.rstrip(),
        "COMP_CWORD": str(len(words) - 1),
    }
    done = subprocess.run(
        ["tidepost"],
        cwd=site,
        env={**environment(site), **asked},
        capture_output=True,
        text=True,
        check=False,
    )
    rows = done.stdout.rstrip().splitlines()
    assert done.stderr == ""
    assert rows[1::3] == ASKED[line]
    assert all(kind == "plain" for kind in rows[::3])


def test_the_script_of_powershell_evaluates_nothing_and_gives_its_variables_back(
    site: Path,
) -> None:
    script = (site.parent / "script.powershell").read_text()
    assert "Register-ArgumentCompleter -Native -CommandName tidepost" in script
    assert "Invoke-Expression" not in script
    assert "iex" not in script.split()
    for name in ("_TIDEPOST_COMPLETE", "COMP_WORDS", "COMP_CWORD"):
        assert f"= $env:{name}\n" in script
        assert re.search(rf"finally \{{[^}}]*\$env:{name} = \$prev_", script)


def test_a_key_that_completes_changes_nothing_and_asks_no_older_program(tmp_path: Path) -> None:
    """A site of an earlier version, whose program would publish, is not asked; an upgrade that was
    killed is not undone."""
    site = write_site(tmp_path / "site", {})
    (site / "generator" / "cli").mkdir(parents=True)
    for name in ("publish.py", "generator/cli/__init__.py", "generator/__init__.py"):
        (site / name).write_text("raise SystemExit('published')\n")
    code = (
        f"import sys; sys.path.insert(0, {str(PROJECT)!r}); sys.path.remove('') if '' in sys.path "
        "else None; sys.argv[:] = ['tidepost'];"
        "import os.path; real = os.path.isdir;"
        "os.path.isdir = lambda path: path.endswith('shipped') or real(path);"
        "from generator.cli import main; main()"
    )
    asked = {"_TIDEPOST_COMPLETE": "bash_complete", "COMP_WORDS": "tidepost b", "COMP_CWORD": "1"}
    answers = {}
    for name, more in {"completing": asked, "publishing": {}}.items():
        done = subprocess.run(
            [sys.executable, "-P", "-c", code],
            cwd=site,
            env={**os.environ, **more},
            capture_output=True,
            text=True,
            check=False,
        )
        answers[name] = done.stdout.strip() or done.stderr.strip()
    assert answers == {"completing": "plain,build", "publishing": "published"}


def test_completing_a_command_imports_no_command(site: Path) -> None:
    asked = {"_TIDEPOST_COMPLETE": "bash_complete", "COMP_WORDS": "tidepost ", "COMP_CWORD": "1"}
    code = (
        f"import sys, atexit; sys.path.insert(0, {str(PROJECT)!r});"
        "atexit.register(lambda: print([m for m in sys.modules if m.startswith('generator.cli.')],"
        " file=sys.stderr)); sys.argv[:] = ['tidepost']; from generator.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=site,
        env={**os.environ, **asked},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr.strip() == "['generator.cli.commands']"
    assert len(done.stdout.splitlines()) > 15


def test_releases_and_previews_of_a_folder_are_completed(site: Path) -> None:
    for more in ([], ["--preview", "next"]):
        run(["tidepost", "publish", *more], site)
    asked = {"rollback ": "1", "previews --remove ": "next"}
    for line, expected in asked.items():
        words = f"tidepost {line}"
        done = subprocess.run(
            ["tidepost"],
            cwd=site,
            env={
                **environment(site),
                "_TIDEPOST_COMPLETE": "bash_complete",
                "COMP_WORDS": words,
                "COMP_CWORD": str(words.count(" ")),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stdout.split() == [f"plain,{expected}"], done.stderr
