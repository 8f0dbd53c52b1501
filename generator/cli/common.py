"""What commands share: the site's folder, its settings, the clock, and a build of it."""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

from generator.adapters.console import Console, ProgressLine, problems_as_data
from generator.artifacts import OutputFile
from generator.config import SiteConfig, parse
from generator.problems import Problem, SiteError, errors, relevel

OUTPUT = "_site"
PRIVATE = ".tidepost"
MEMO = f"{PRIVATE}/memo.sqlite"

F = TypeVar("F", bound=Callable[..., Any])


class Workspace(msgspec.Struct, frozen=True, kw_only=True):
    """One site's folder with its settings; `now` is the moment at which the command began."""

    root: Path
    config: SiteConfig
    now: dt.datetime
    console: Console

    @property
    def private(self) -> Path:
        """The folder for what Tidepost remembers; deleting it costs time and nothing else."""
        return self.root / PRIVATE


class Built(msgspec.Struct, frozen=True, kw_only=True):
    """A site that was built, checked and written to `folder`."""

    folder: Path
    files: Sequence[OutputFile]
    redirects: dict[str, str]
    problems: Sequence[Problem]
    posts: int
    pages: int
    paths: Sequence[str]
    held: dict[str, str]
    seconds: float


def site_option(command: F) -> F:
    """Add `--site DIR` to a command."""
    return click.option(
        "--site",
        "folder",
        type=click.Path(file_okay=False, path_type=Path),
        default=Path(),
        help="The site's folder (default: this one).",
    )(command)


def json_option(command: F) -> F:
    """Add `--json` to a command."""
    return click.option("--json", "as_json", is_flag=True, help="Answer as JSON, for programs.")(
        command
    )


def build_options(command: F) -> F:
    """Add what every command that builds can be told."""
    for option in (
        click.option("--no-memo", is_flag=True, help="Work everything out anew."),
        click.option("--future", is_flag=True, help="Include posts whose date is to come."),
        click.option("--drafts", is_flag=True, help="Include drafts."),
    ):
        command = option(command)
    return command


def open_workspace(folder: Path, *, as_json: bool = False, quiet: bool = False) -> Workspace:
    """Read the settings of the site in `folder`. Raises SiteError."""
    from generator.adapters.disk import read_config

    root = folder.resolve()
    config = parse(read_config(root))
    return Workspace(
        root=root,
        config=config,
        now=_now(config),
        console=Console(as_json=as_json, quiet=quiet),
    )


def build_and_check(
    workspace: Workspace,
    *,
    drafts: bool = False,
    future: bool = False,
    no_memo: bool = False,
    preview: str = "",
    write: bool = True,
) -> Built:
    """Build the site, check it, and write it to `_site/` when it has no errors.

    `preview` is a name: the site is then built for its own path, hidden from search engines, in a
    folder of its own. Raises SiteError with every problem when there are errors; what was written
    before is then left as it is.
    """
    with workspace.console.progress() as progress, building(workspace.root):
        return _build(
            workspace,
            progress,
            drafts=drafts,
            future=future,
            no_memo=no_memo,
            preview=preview,
            write=write,
        )


def _build(
    workspace: Workspace,
    progress: ProgressLine,
    *,
    drafts: bool,
    future: bool,
    no_memo: bool,
    preview: str,
    write: bool,
) -> Built:
    # Imported here, since commands such as `new` and `--help` need none of this.
    from generator.adapters.disk import read_files, read_sources, read_templates, write_site
    from generator.adapters.memo_disk import DiskMemo
    from generator.adapters.workers import run_in_processes
    from generator.build import Inputs, build
    from generator.checks.gate import check
    from generator.locate import locate
    from generator.memo import NoMemo

    start = time.perf_counter()
    root, config = workspace.root, workspace.config
    folder = root / OUTPUT
    if preview:
        config = msgspec.structs.replace(config, url=preview_url(config, preview))
        folder = workspace.private / "previews" / preview
    progress("Reading")
    sources, problems = read_sources(root)
    templates, found = read_templates(root)
    problems += found
    files, found = read_files(root)
    problems += found
    inputs = Inputs(
        config=config,
        sources=sources,
        templates=templates,
        files=files,
        now=workspace.now,
        drafts=drafts or config.drafts,
        future=future,
        noindex=bool(preview),
        counts=_read_if_there(root / config.counter.counts),
    )
    memo = NoMemo() if no_memo else DiskMemo(root / MEMO)
    try:
        built = build(inputs, memo, run_in_processes, progress)
        problems += built.problems
        progress("Checks")
        whole = len(built.documents) == len(sources)
        found = check(
            built.artifacts, built.facts, built.redirects, config, built.landing, whole=whole
        )
    except SiteError as error:
        raise SiteError(relevel([*problems, *error.problems], dict(config.checks))) from None
    finally:
        if isinstance(memo, DiskMemo):
            memo.close()
    problems += locate(found, built.artifacts, built.documents, problems, OUTPUT)
    problems = relevel(problems, dict(config.checks))
    if errors(problems):
        raise SiteError(problems)
    written: list[OutputFile] = []
    if write:
        progress("Writing")
        written = write_site(root, folder, built.artifacts)
    kinds = [
        document.kind for source, document in built.documents.items() if source not in built.held
    ]
    return Built(
        folder=folder,
        files=written,
        redirects=built.redirects,
        problems=problems,
        posts=kinds.count("post"),
        pages=kinds.count("page"),
        paths=countable_paths(built.artifacts),
        held=built.held,
        seconds=time.perf_counter() - start,
    )


def countable_paths(artifacts: Sequence[Any]) -> list[str]:
    """Return the internal URLs of the pages whose views may be counted."""
    return sorted(
        f"/{artifact.path.removesuffix('index.html')}"
        for artifact in artifacts
        if artifact.role in ("page", "entry") and artifact.path.endswith("index.html")
    )


def preview_url(config: SiteConfig, name: str) -> str:
    """Return the address of a preview: below `/_preview/` of the site."""
    return f"{config.origin}{config.base}/_preview/{name}"


def tell(workspace: Workspace, problems: Sequence[Problem]) -> None:
    """Print warnings and notes; there are no errors when a build came this far."""
    workspace.console.problems(problems)


def summary(built: Built) -> dict[str, Any]:
    """Return what was built, for `--json`."""
    return {
        "posts": built.posts,
        "pages": built.pages,
        "files": len(built.files),
        "bytes": sum(file.size for file in built.files),
        "held": built.held,
        "seconds": round(built.seconds, 3),
        "problems": problems_as_data(built.problems),
    }


@contextmanager
def building(root: Path) -> Iterator[None]:
    """Hold the site's folder, so that two builds at once do not write over each other."""
    from filelock import FileLock, Timeout

    folder = root / PRIVATE
    folder.mkdir(exist_ok=True)
    lock = FileLock(folder / "lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        click.echo("Another Tidepost is at work in this folder; waiting for it.", err=True)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _now(config: SiteConfig) -> dt.datetime:
    """Return the present moment in the site's zone, or the one that SOURCE_DATE_EPOCH gives
    (reproducible-builds.org, "SOURCE_DATE_EPOCH specification")."""
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    if given.isdigit():
        return dt.datetime.fromtimestamp(int(given), config.zone)
    return dt.datetime.now(config.zone)


def _read_if_there(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""
