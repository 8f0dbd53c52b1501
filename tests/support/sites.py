"""Small sites for tests: made in memory or on disk, built in this process or as a command."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import pytest

from generator.cli import commands
from generator.config.settings import SiteConfig, parse
from generator.content.recordings import type_of
from generator.content.sources import DataFile, FileFacts, Kind, Source
from generator.core.artifacts import digest
from generator.core.cache import Cache, NoCache
from generator.core.image_kinds import kind_by_name
from generator.core.jobs import Runner, run_here
from generator.core.problems import Problem, SiteError
from generator.pipeline.inputs import Inputs
from generator.pipeline.multilingual import build_site
from generator.pipeline.results import Build, BuildState

PROJECT = Path(__file__).parents[2]
MINIMAL = PROJECT / "tests" / "fixtures" / "minimal"
NOW = dt.datetime(2024, 6, 1, 12, tzinfo=dt.UTC)
ENVIRONMENT = {"SOURCE_DATE_EPOCH": str(int(NOW.timestamp())), "COLUMNS": "80"}
"""For subprocesses: the clock stands at NOW."""

KINDS: dict[str, Kind] = {"posts": "post", "drafts": "post", "pages": "page"}


def config(text: str = "", **ignored: object) -> SiteConfig:
    """Return settings from YAML, with a title and an address where it has none."""
    lines = [text]
    if "title:" not in text:
        lines.append("title: T")
    if "\nurl:" not in f"\n{text}":
        lines.append("url: https://example.org")
    return parse("\n".join(lines).encode())


def post(matter: str = "", body: str = "Text.", *, title: str = "A post") -> str:
    """Return a Markdown file; `matter` are further lines of front matter."""
    lines = [f"title: {title}"] if "title:" not in matter else []
    return "\n".join(["---", *lines, *matter.strip("\n").splitlines(), "---", body, ""])


def minimal_templates() -> dict[str, str]:
    """Return the templates of the smallest site that passes all checks."""
    folder = MINIMAL / "templates"
    return {
        file.relative_to(folder).as_posix(): file.read_text(encoding="utf-8")
        for file in sorted(folder.rglob("*.html"))
    }


def facts(path: str, content: bytes | str = b"x", *, width: int = 0, height: int = 0) -> FileFacts:
    """Return what is known of a file; CSS and JS are given as text. A recording lasts as many
    seconds as it has bytes."""
    raw = content.encode() if isinstance(content, str) else content
    text = raw.decode() if path.endswith((".css", ".js")) else None
    return FileFacts(
        path=path,
        sha256=digest(raw),
        width=width,
        height=height,
        kind=kind_by_name(path),
        text=text,
        size=len(raw) if type_of(path) else 0,
        seconds=len(raw) if type_of(path) else 0,
    )


def built(
    files: Mapping[str, str | bytes],
    settings: str = "counter: {enabled: false}",
    *,
    templates: Mapping[str, str] | None = None,
    cache: Cache | None = None,
    now: dt.datetime = NOW,
    drafts: bool = False,
    future: bool = False,
    keep: Callable[[BuildState], None] | None = None,
    extensions: str = "",
    run: Runner = run_here,
) -> Build:
    """Build a site that lies in memory: `files` are those below content/, data/ and static/."""
    data: list[DataFile] = []
    sources, others = [], {"static/css/site.css": facts("static/css/site.css", "p{color:red}")}
    for path, content in files.items():
        if path.endswith((".md", ".markdown")):
            raw = content.encode() if isinstance(content, str) else content
            folder = path.split("/")[1]
            kind = KINDS.get(folder, "item")
            sources.append(
                Source(
                    path=path,
                    sha256=digest(raw),
                    read=partial(bytes, raw),
                    kind=kind,
                    draft=folder == "drafts",
                )
            )
        elif path.startswith("data/"):
            raw = content.encode() if isinstance(content, str) else content
            data.append(DataFile(path=path, read=partial(bytes, raw)))
        else:
            size = {"width": 40, "height": 20} if path.endswith((".png", ".svg")) else {}
            others[path] = facts(path, content, **size)
    inputs = Inputs(
        config=config(settings),
        sources=sources,
        templates=minimal_templates() if templates is None else templates,
        files=others,
        data=data,
        extensions=extensions,
        now=now,
        drafts=drafts,
        future=future,
    )
    kept = (lambda _, state: keep(state)) if keep else None
    return build_site(inputs, cache or NoCache(), run, lambda *_: None, kept)


def page(result: Build, path: str) -> str:
    """Return what was built at an output path, as text."""
    return content_of(result)[path].decode()


def content_of(result: Build) -> dict[str, bytes]:
    """Return output path -> bytes; a file that is copied has the name of its source."""
    return {
        artifact.path: artifact.copy_of.encode() if artifact.copy_of else artifact.read()
        for artifact in result.artifacts
    }


def told(problems: list[Problem] | tuple[Problem, ...]) -> list[str]:
    """Return problems as the console prints them, without hints."""
    return [f"{p.path}:{p.line}: {p.code}: {p.message}" for p in sorted(problems)]


def refusal(make: Callable[[], object]) -> list[str]:
    """Return the problems with which `make` gives up."""
    try:
        make()
    except SiteError as error:
        return told(error.problems)
    raise AssertionError("nothing was refused")


def write_site(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write a copy of the minimal site, with `files` over it, below `root`."""
    shutil.copytree(MINIMAL, root, dirs_exist_ok=True)
    write(root, files)
    return root


def write(root: Path, files: Mapping[str, str | bytes]) -> None:
    """Write files below `root`."""
    for path, content in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())


def tree(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder."""
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


_PROGRESS = re.compile(
    r"^[A-Z][^\n:]*(?: \.\.\.|: [\d,]+ of [\d,]+(?:, about [^\n]+ left)?)\n", re.MULTILINE
)


def without_progress(text: str) -> str:
    """Return what a command printed, without how far it was: a busy machine takes the ten seconds
    after which that is said."""
    return _PROGRESS.sub("", text)


def command(
    root: Path, *arguments: str, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `publish.py ARGUMENTS --site ROOT` as a person would."""
    done = subprocess.run(
        [sys.executable, str(PROJECT / "publish.py"), *arguments, "--site", str(root)],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
        env={**os.environ, **ENVIRONMENT, **(env or {})},
    )
    done.stderr = without_progress(done.stderr)
    return done


def command_here(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command in this process, as `run_in_process` does, on the site in `root`."""
    return run_in_process(*arguments, "--site", str(root), env=ENVIRONMENT)


def run_in_process(
    *arguments: str, env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `publish.py ARGUMENTS` here, which spares starting Python and importing everything.

    What the program cannot handle is raised here, so that it is seen with its traceback.
    """
    said, complained = io.StringIO(), io.StringIO()
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.chdir(cwd or Path.cwd()),
        contextlib.redirect_stdout(said),
        contextlib.redirect_stderr(complained),
    ):
        for name, value in (env or {}).items():
            patch.setenv(name, value)
        code = commands.run(arguments)
    return subprocess.CompletedProcess(arguments, code, said.getvalue(), complained.getvalue())
