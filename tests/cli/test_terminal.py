"""What a person sees at a terminal: colours, quiet commands, suggestions, progress, columns."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from generator.adapters import console
from generator.adapters.console import Console, ProgressLine, duration, wants_colour
from generator.cli.commands import COMMANDS, cli, run
from generator.core.problems import Problem
from tests.support.sites import PROJECT, post, write_site
from tests.support.terminal import Terminal

PUBLISH = [sys.executable, str(PROJECT / "publish.py")]
BROKEN = {"content/posts/2024-02-02-b.md": post("", "[x](nowhere.md)", title="B")}


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({}, None),
        ({"NO_COLOR": "1"}, False),
        ({"NO_COLOR": ""}, None),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        ({"FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": "0"}, None),
        ({"CLICOLOR_FORCE": "1"}, True),
        ({"CLICOLOR": "0"}, False),
        ({"CLICOLOR": "0", "CLICOLOR_FORCE": "1"}, True),
        ({"TERM": "dumb"}, False),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, True),
    ],
)
def test_the_environment_says_whether_there_are_colours(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], wanted: bool | None
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert wants_colour() is wanted


@pytest.mark.parametrize(
    ("environment", "coloured"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)],
)
def test_a_terminal_gets_colours_unless_it_wants_none(
    tmp_path: Path, environment: dict[str, str], coloured: bool
) -> None:
    """Of problems, of lists and of tables: of each library that prints."""
    site = write_site(tmp_path / "site", BROKEN)
    for command in (["check"], ["list"], ["stats", "--stage", "local"]):
        with Terminal([*PUBLISH, *command], site, environment) as terminal:
            shown = terminal.end()
        colours = re.findall(r"\x1b\[[0-9;]+m", shown)
        assert bool(colours) == coloured or command == ["stats", "--stage", "local"], shown


def test_without_a_terminal_there_are_colours_where_they_are_forced(tmp_path: Path) -> None:
    site = write_site(tmp_path / "site", BROKEN)
    for forced in (True, False):
        environment = {**os.environ, "FORCE_COLOR": "1" if forced else ""}
        done = subprocess.run(
            [*PUBLISH, "check"],
            cwd=site,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ("\x1b[31m" in done.stderr) == forced


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["biuld"], "There is no command `biuld`. Did you mean `build`?"),
        (["Publish"], "There is no command `Publish`. Did you mean `publish`?"),
        (["infra", "pln"], "There is no command `pln`. Did you mean `plan`?"),
        (["import", "jekyl"], "There is no command `jekyl`. Did you mean `jekyll`?"),
        (["messages", "xyzzy"], "There is no command `xyzzy`. There are: delete,"),
        (["build", "--draft"], "Did you mean '--drafts'?"),
        (["help", "pubish"], "There is no command `pubish`. Did you mean `publish`?"),
    ],
)
def test_what_is_mistyped_gets_a_suggestion(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_h_and_q_and_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    said = []
    for arguments in ([name, "--help"], [name, "-h"], ["help", name]):
        assert run(arguments) == 0
        said.append(capsys.readouterr().out)
    assert said[0] == said[1] == said[2]
    assert "-q, --quiet" in said[0]


def test_help_knows_commands_below_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["help"]) == run(["-h"]) == 0
    both = capsys.readouterr().out
    assert both[: len(both) // 2] == both[len(both) // 2 :]
    assert run(["help", "infra", "plan"]) == 0
    assert "Show what `apply` would change" in capsys.readouterr().out
    assert run(["help", "build", "more"]) == 2


@pytest.mark.parametrize("arguments", [["-q", "build"], ["build", "-q"], ["-q"], ["publish", "-q"]])
def test_quiet_commands_say_nothing_when_all_is_well(
    site: Path, arguments: list[str], capsys: pytest.CaptureFixture[str], monkeypatch
) -> None:
    monkeypatch.chdir(site)
    assert run(arguments) == 0
    assert capsys.readouterr() == ("", "")


def test_quiet_commands_say_what_was_asked_for_and_what_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(write_site(tmp_path / "site", {}))
    assert run(["plan", "-q"]) == 0
    assert "Plan for" in capsys.readouterr().out
    monkeypatch.chdir(write_site(tmp_path / "broken", BROKEN))
    assert run(["build", "-q"]) == 1
    assert "nowhere.md" in capsys.readouterr().err


# Progress


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "_SECONDS_BEFORE_PROGRESS", 0.1)


CODE = """
import time
from generator.adapters import console
console._SECONDS_BEFORE_PROGRESS = 0.1
with console.Console({options}).progress() as line:
    line("Reading")
    time.sleep(0.4)
    for done in range(1, 13):
        line("Pages", done * 100, 1200)
        time.sleep(0.15)
print("end")
"""


def shown(folder: Path, options: str = "", **environment: str) -> str:
    command = [sys.executable, "-c", CODE.format(options=options)]
    with Terminal(command, folder, {"PYTHONPATH": str(PROJECT), **environment}) as terminal:
        return terminal.end()


def test_a_terminal_shows_how_much_is_done_and_how_long_it_takes(tmp_path: Path) -> None:
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown(tmp_path))
    assert re.search(r"Pages\s.*\d00 of 1,200.*about \d+ s left", text), text
    assert text.endswith("end\n")


def test_a_terminal_that_wants_no_colours_has_progress_without(tmp_path: Path) -> None:
    text = shown(tmp_path, NO_COLOR="1")
    assert "of 1,200" in text
    assert not re.search(r"\x1b\[[0-9;]+m", text)


@pytest.mark.parametrize("options", ["quiet=True", "as_json=True"])
def test_quiet_commands_show_no_progress(tmp_path: Path, options: str) -> None:
    assert shown(tmp_path, options) == "end\n"


def test_a_dumb_terminal_and_a_file_get_lines_now_and_then(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert shown(tmp_path, TERM="dumb") == "end\n"  # it is over before the first of them
    assert Console().progress().shown == "lines"
    with ProgressLine(shown="lines", every=0.05) as line:
        line("Reading")
        for done in (1, 2, 3):
            time.sleep(0.06)
            line("Pages", done * 100, 300)
    said = capsys.readouterr().err.splitlines()
    assert said[0].startswith("Pages: 100 of 300")
    assert re.fullmatch(r"Pages: 200 of 300, about \d+ s left", said[1])
    assert said[2] == "Pages: 300 of 300"


def test_a_build_counts_its_pages(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = []
    monkeypatch.setattr(ProgressLine, "__call__", lambda self, *said: told.append(said))
    monkeypatch.chdir(site)
    assert run(["publish", "-q", "--no-cache"]) == 0
    counted = {said[0]: said[1:] for said in told if len(said) == 3}
    assert counted["Markdown"][0] == counted["Markdown"][1] > 0
    assert counted["Pages"][0] == counted["Pages"][1] > 4
    [sent] = [said for said in counted if said.startswith("Publishing, delete") or "commit" in said]
    assert counted[sent][1] > 10


def test_an_import_says_what_it_does_and_counts_what_it_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "old"
    for number in range(3):
        file = old / "_posts" / f"2024-01-0{number + 1}-p.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"---\ntitle: P {number}\n---\nText.\n")
    (old / "_config.yml").write_text("title: Old\nurl: https://old.blog\n")
    told = []
    monkeypatch.setattr(ProgressLine, "__call__", lambda self, *said: told.append(said))
    assert run(["import", "jekyll", str(old), "--into", str(tmp_path / "new"), "-q"]) == 0
    names = [said[0] for said in told]
    assert names[:2] == ["Reading the old site", "Converting"]
    [written] = [said[1:] for said in told if said[0] == "Writing"]
    assert written[0] == written[1] >= 4
    after = names[names.index("Writing") + 1 :]
    assert after[0] == "Reading"  # of the new site, which is checked
    assert "Pages" in after


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.2, "1 s"),
        (8.4, "8 s"),
        (99, "99 s"),
        (125, "2 min"),
        (3600, "60 min"),
        (12_000, "3 h 20 min"),
    ],
)
def test_a_time_is_said_as_people_say_it(seconds: float, said: str) -> None:
    assert duration(seconds) == said


# Columns


LONG = {
    f"content/posts/2024-03-0{n}-{slug}.md": post(
        f"tags: [{tags}]\ndate: 2024-03-0{n}", "Text.", title=title
    )
    for n, slug, title, tags in (
        (1, "a-harbour-map-nobody-asked-for", "A harbour map that nobody asked for", "maps"),
        (2, "short", "Short", "one, two, three, four, five, six, seven, eight, nine, ten"),
        (3, "wide", "北京的旧港口与新灯塔以及它们之间的一切", "maps"),
    )
}


@pytest.mark.parametrize("columns", [40, 60, 80, 120, 200])
def test_a_list_keeps_file_names_at_every_width(tmp_path: Path, columns: int) -> None:
    site = write_site(tmp_path / "site", LONG)
    with Terminal([*PUBLISH, "list"], site, {"NO_COLOR": "1"}, columns=columns) as terminal:
        text = terminal.end()
    from rich.cells import cell_len

    for path in LONG:
        assert path in text, text
    lines = text.splitlines()[:-1]
    if columns >= 60:
        assert all(cell_len(line) <= columns for line in lines), text
    if columns >= 120:
        assert "Short" in text
        assert "2024-03-02" in text


def test_options_are_shown_as_they_are_called() -> None:
    """The root's own -q is not shown twice, and works before any command."""
    result = CliRunner().invoke(cli, ["--help"])
    assert isinstance(cli, click.Group)
    assert "with -q a command says only" in " ".join(result.output.split())


def test_warnings_of_the_build_before_are_only_counted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    old, new = (
        Problem(path="content/a.md", line=line, code="image-alt", message="m", severity="warning")
        for line in (1, 2)
    )
    error = Problem(path="content/b.md", code="bad-date", message="m")
    Console().problems([old, new, error], known=frozenset({old, error}))
    assert capsys.readouterr().err.splitlines() == [
        "content/a.md:2: warning: image-alt: m",
        "content/b.md: bad-date: m",
        "1 error, 2 warnings, 1 as before.",
    ]
    Console().problems([old], known=frozenset({old}))
    assert capsys.readouterr().err == "1 warning, 1 as before.\n"
    Console().problems([], known=frozenset({old}))
    assert capsys.readouterr().err == ""
