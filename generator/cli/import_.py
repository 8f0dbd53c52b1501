"""The commands below `import`."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import BinaryIO

import click
import msgspec

from generator.adapters.console import Console
from generator.adapters.files.os_errors import only_files, read_file
from generator.app.build import build_and_check
from generator.app.workspace import PRIVATE, moment_of, open_workspace
from generator.checks.codes import CODES
from generator.checks.severity import ADJUSTABLE
from generator.cli.commands import CommandGroup
from generator.cli.common import json_option, next_command
from generator.config.settings import CONFIG_FILE, SiteConfig, parse
from generator.core.jobs import counted
from generator.core.problems import Problem, SiteError, errors
from generator.importers.comparison.pages import Pages, url_of
from generator.importers.model import CannotImportError, Conversion, NewFile, OldFile, Target
from generator.importers.report import WHOLE, Entry, Report, as_data, as_markdown, summary, unseen
from generator.importers.verdict import checks_block, groups
from generator.importers.verdict import told as told_by_code

REPORT, COMPARISON = "import-report", "import-comparison"
_MOST_PRINTED = 20
_POINTER_SIZE = 300

Files = dict[str, OldFile]


@click.group("import", cls=CommandGroup)
def import_() -> None:
    """Bring a site here from another program.

    Nothing that exists is overwritten. What was changed, and what could not be converted, is
    reported with file and line, and written to import-report.md.
    """


def _options(command: Callable[..., int]) -> Callable[..., int]:
    command = json_option(command)
    command = click.option("--dry-run", "dry", is_flag=True, help="Only report; write nothing.")(
        command
    )
    command = click.option(
        "--strict",
        is_flag=True,
        help="Write no `checks:` that let the errors of old texts wait.",
    )(command)
    command = click.option(
        "--compare",
        "compared",
        metavar="DIR",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        help="The old site as its own program built it: reports page by page what differs.",
    )(command)
    return click.option(
        "--into",
        type=click.Path(file_okay=False, path_type=Path),
        default=Path(),
        help="The site's folder (default: this one).",
    )(command)


def _built_option(command: Callable[..., int]) -> Callable[..., int]:
    return click.option(
        "--built",
        metavar="DIR",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        help="The old site as its own program built it: for texts that cannot be converted.",
    )(command)


Convert = Callable[[Files, str, Target], Conversion]


def _of_folder(loaded: Callable[[], Convert]) -> click.Command:
    """Make the command that imports the site of a folder or a repository; `loaded` has its name
    and its help, and gives what converts one."""

    @import_.command(name=loaded.__name__, help=loaded.__doc__)
    @click.argument("source", metavar="DIR|REPO")
    @_built_option
    @_options
    def command(
        source: str,
        into: Path,
        built: Path | None,
        compared: Path | None,
        strict: bool,
        dry: bool,
        as_json: bool,
    ) -> int:
        target, convert = _target(into, built), loaded()
        return _folder(
            source, into, convert, target, compared, strict=strict, dry=dry, as_json=as_json
        )

    return command


@_of_folder
def jekyll() -> Convert:
    """Import a Jekyll site: its folder, or the address of its git repository."""
    from generator.importers.jekyll.site import convert

    return convert


@_of_folder
def hugo() -> Convert:
    """Import a Hugo site: its folder, or the address of its git repository."""
    from generator.importers.hugo.site import convert

    return convert


@_of_folder
def eleventy() -> Convert:
    """Import an Eleventy site: its folder, or the address of its git repository."""
    from generator.importers.eleventy import convert

    return convert


@_of_folder
def zola() -> Convert:
    """Import a Zola site: its folder, or the address of its git repository."""
    from generator.importers.zola import convert

    return convert


@_of_folder
def pelican() -> Convert:
    """Import a Pelican site: its folder, or the address of its git repository."""
    from generator.importers.pelican import convert

    return convert


@import_.command()
@click.argument("export", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--media",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The old site's folder wp-content/uploads.",
)
@_options
def wordpress(
    export: Path,
    media: Path | None,
    into: Path,
    compared: Path | None,
    strict: bool,
    dry: bool,
    as_json: bool,
) -> int:
    """Import what WordPress exports (Tools, Export, All content)."""
    from generator.adapters.files.import_folder import read_tree
    from generator.importers.wordpress.site import UPLOADS, convert

    try:
        with Console(as_json=as_json).progress() as line:
            line("Reading the old site")
            files = read_tree(media) if media else {}
            target = _target(into)
            line("Converting")
            conversion = convert(partial(_opened, export), export.name, files, target)
    except CannotImportError as error:
        raise _as_problem(error) from None
    files = {f"{UPLOADS}{path}": file for path, file in files.items()}
    return _finish(conversion, files, into, compared, strict=strict, dry=dry, as_json=as_json)


def _opened(export: Path) -> BinaryIO:
    """Open an export, which is read twice. Raises NoFileError for a pipe, which ends but once."""
    return open(export, "rb", opener=only_files)


def _folder(
    source: str,
    into: Path,
    convert: Convert,
    target: Target,
    compared: Path | None,
    *,
    strict: bool,
    dry: bool,
    as_json: bool,
) -> int:
    """Import a site that lies in a folder or a repository."""
    from generator.adapters.files.import_folder import opened, read_tree

    try:
        with opened(source) as folder:
            name = source.rstrip("/").rpartition("/")[2] or source
            _not_itself(folder, into, name)
            with Console(as_json=as_json).progress() as line:
                line("Reading the old site")
                files, absent = _without_pointers(read_tree(folder))
                line("Converting")
                conversion = convert(files, name, target)
                entries = (*conversion.report.entries, *absent)
                report = msgspec.structs.replace(conversion.report, entries=entries)
                conversion = msgspec.structs.replace(conversion, report=report)
            return _finish(
                conversion, files, into, compared, strict=strict, dry=dry, as_json=as_json
            )
    except CannotImportError as error:
        raise _as_problem(error) from None


def _without_pointers(files: Files) -> tuple[Files, list[Entry]]:
    """Return the files without those that git-lfs has not fetched, and what is said of these."""
    absent = [
        path
        for path, file in files.items()
        if file.size < _POINTER_SIZE and file.read().startswith(b"version https://git-lfs")
    ]
    message = "not copied: only git-lfs's pointer to it is here"
    hint = "run `git lfs pull` in the old site, and import again"
    told = [Entry(path=path, kind="left", message=message, hint=hint) for path in absent]
    return {path: file for path, file in files.items() if path not in absent}, told


def _not_itself(folder: Path, into: Path, name: str) -> None:
    """Raise CannotImportError where the old site's folder holds the new one, or is it.

    The new site's own files, its tests and documentation would become pages of it.
    """
    old, new = folder.resolve(), into.resolve()
    if not (new / CONFIG_FILE).exists():
        return
    if old == new:
        message = "this is the folder of the new site"
        raise CannotImportError(name, message, "name the folder of the old one")
    if old in new.parents:
        message = f"the new site lies in this folder, in {new.relative_to(old).as_posix()}/"
        raise CannotImportError(name, message, "move the new one out of the old one")


def _target(into: Path, built: Path | None = None) -> Target:
    """Return the site that is imported into. Raises SiteError where its settings are mistaken."""
    from generator.adapters.files.import_folder import read_tree
    from generator.importers.comparison.pages import url_of

    config: SiteConfig | None = None
    if (into / CONFIG_FILE).exists():
        config = parse(read_file(into / CONFIG_FILE))
    pages = {
        url_of(path): file
        for path, file in (read_tree(built) if built else {}).items()
        if path.endswith((".html", ".htm"))
    }
    return Target(config=config, now=moment_of(config.zone if config else dt.UTC), built=pages)


def _finish(
    conversion: Conversion,
    files: Files,
    into: Path,
    compared: Path | None,
    *,
    strict: bool,
    dry: bool,
    as_json: bool,
) -> int:
    """Write what is new and the report, and say what there is to say."""
    from generator.adapters.files.import_folder import add_to, compare, write_new
    from generator.cli.new_site import THEME, without_content

    console = Console(as_json=as_json)
    kept: list[Entry] = []
    by_target = {entry.target: entry for entry in conversion.report.entries if entry.target}
    act = compare if dry else write_new
    new_settings, made = False, set[str]()
    with console.progress() as progress:
        for file in counted(conversion.files, len(conversion.files), progress, "Writing"):
            outcome = act(into, file, files)
            new_settings |= outcome == "written" and file.path == CONFIG_FILE
            if outcome == "kept":
                message = f"{file.path} is there already and stays as it is"
                hint = "compare the two; to take the imported one, move yours away and import again"
                kept.append(Entry(path=file.origin, kind="kept", message=message, hint=hint))
                by_target.pop(file.path, None)
            else:
                made.add(file.path)
    around = without_content(into)
    for path, (content, _) in around.items():
        act(into, NewFile(path=path, origin="", content=content), {})
    others = [entry for entry in conversion.report.entries if not entry.target]
    entries = tuple(sorted([*others, *by_target.values(), *kept]))
    mend = () if dry else _what_is_left(into, as_json=as_json)
    before = {one.path for one in mend if one.path not in made and (into / one.path).is_file()}
    found = groups(mend, before)
    block = "" if strict or dry or not new_settings else checks_block(found)
    if block:
        add_to(into / CONFIG_FILE, block)
    waits = bool(block) and all(one.can_wait for one in found)
    report = msgspec.structs.replace(
        conversion.report,
        entries=entries,
        mend=mend,
        before=tuple(sorted(before)),
        lets=bool(block),
        waits=waits,
    )
    for entry in _worth_printing(report):
        place = f"{entry.path}:{entry.line}" if entry.line else entry.path
        console.say(f"{place}: {entry.message}" if place else entry.message)
        if entry.hint:
            console.say(f"    {entry.hint}")
    left = [entry for entry in report.entries if entry.kind == "left"]
    if len(left) > _MOST_PRINTED:
        console.say(f"... and {len(left) - _MOST_PRINTED} more that were not converted.")
    for line in summary(report, dry=dry):
        console.say(line)
    if around:
        had, got = ("has", "would get") if dry else ("had", "got")
        console.say(f"The folder {had} no templates, and {got} those of the starter `{THEME}`.")
    if dry:
        console.say("Nothing was written.")
        if compared:
            console.say("--compare needs what an import writes: leave out --dry-run.")
    else:
        text = as_markdown(report)
        console.say(f"All of it is in {_write_free(into, REPORT, text)}.")
        if WHOLE in text:
            _write_free(into, REPORT, json.dumps(as_data(report), indent=1) + "\n", ".json")
        for line in told_by_code(found):
            console.say(line)
        if told := unseen(mend):
            console.say(told)
        serve = next_command("serve", into.resolve())
        if waits:
            console.say(f"The site can be published as it is. Look at it with: {serve}")
        elif mend:
            console.say(f"Mend these, and look with: {next_command('check', into.resolve())}")
        else:
            console.say(f"The site has no errors. Look at it with: {serve}")
        if compared:
            for line in _compared(conversion, into, compared):
                console.say(line)
    console.data(as_data(report))
    return 0


def _compared(conversion: Conversion, into: Path, built: Path) -> list[str]:
    """Hold the new site against the old one as it was built; return what there is to say."""
    from generator.adapters.files.import_folder import read_tree
    from generator.importers.comparison.pages import Pages, as_markdown, compare, summary

    pages = {
        path: file.read()
        for path, file in read_tree(built).items()
        if path.endswith((".html", ".htm"))
    }
    try:
        new = built_anew(into, conversion)
    except SiteError as error:
        return [f"not compared: {len(errors(error.problems))} errors keep the site from a build"]
    comparison = compare(Pages(files=pages, address=new.address), new)
    name = _write_free(into, COMPARISON, as_markdown(comparison, built.name))
    return [*summary(comparison, built.name), f"Page by page it is in {name}."]


def _what_is_left(into: Path, *, as_json: bool) -> tuple[Problem, ...]:
    """Check the new site as publishing would, and return the errors. Pictures are what their first
    bytes say: to read thousands to their end can wait for the first build."""
    from generator.app.build import build_and_check
    from generator.app.workspace import open_workspace

    try:
        workspace = open_workspace(into, quiet=True)
        config = msgspec.structs.replace(workspace.config, social_cards=False)
        console = Console(quiet=True, as_json=as_json, shows_progress=True)
        workspace = msgspec.structs.replace(workspace, config=config, console=console)
        build_and_check(workspace, future=True, write=False, glance=True)
    except SiteError as error:
        return tuple(errors(error.problems))
    return ()


def _worth_printing(report: Report) -> list[Entry]:
    left = [entry for entry in report.entries if entry.kind == "left"][:_MOST_PRINTED]
    return [*left, *(entry for entry in report.entries if entry.kind == "kept")][
        : 2 * _MOST_PRINTED
    ]


def _write_free(into: Path, stem: str, text: str, suffix: str = ".md") -> str:
    """Write a report under the first name that is free, or already has this very report."""
    from generator.adapters.files.import_folder import write_new

    number = 1
    while True:
        name = f"{stem}{suffix}" if number == 1 else f"{stem}-{number}{suffix}"
        file = NewFile(path=name, origin="", content=text.encode())
        if write_new(into, file, {}) != "kept":
            return name
        number += 1


def _as_problem(error: CannotImportError) -> SiteError:
    return SiteError(
        [
            Problem(
                path=error.path,
                line=error.line,
                code="import",
                message=error.message,
                hint=error.hint,
            )
        ]
    )


FOLDER = f"{PRIVATE}/compared"


def built_anew(root: Path, conversion: Conversion) -> Pages:
    """Build the site as it is now, and return its pages.

    Raises SiteError where documents cannot be read; what other checks find does not matter here.
    """
    workspace = open_workspace(root, quiet=True)
    config = msgspec.structs.replace(
        workspace.config,
        checks=dict.fromkeys((*CODES, *ADJUSTABLE), "off"),
        search=False,
        social_cards=False,
        images=msgspec.structs.replace(workspace.config.images, responsive=False),
    )
    workspace = msgspec.structs.replace(workspace, config=config)
    built = build_and_check(workspace, into=FOLDER)
    files = {
        file.path: (built.folder / file.path).read_bytes()
        for file in built.files
        if file.path.endswith((".html", ".htm")) and file.role in ("page", "entry")
    }
    return Pages(
        files=files,
        redirects=built.redirects,
        address=config.origin + config.base,
        texts=frozenset(conversion.report.urls) & {url_of(path) for path in files},
    )
