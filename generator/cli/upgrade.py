"""The commands `upgrade` and `setup`."""

from __future__ import annotations

import os
import re
import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import click
import msgspec

from generator.adapters.console import Console
from generator.adapters.files.environment import ROOT
from generator.adapters.files.environment import make as make_environment
from generator.adapters.lock import alone_in
from generator.adapters.program_files import PACKAGE, is_installed, read_parts
from generator.adapters.undo import Change, carry_out, recover
from generator.adapters.upgrade import source as upgrade_source
from generator.adapters.upgrade import trial as upgrade_trial
from generator.adapters.upgrade.source import GitFault, Repository
from generator.app.workspace import PRIVATE
from generator.cli.common import json_option, site_option
from generator.config.settings import CONFIG_FILE
from generator.core.artifacts import digest
from generator.core.problems import Problem, SiteError, did_you_mean
from generator.editing.starters import (
    RECORD,
    compose,
    parts_of,
    read_record,
    record_json,
    record_of,
)
from generator.editing.upgrade import (
    BELONGINGS,
    Belongings,
    Blob,
    Step,
    likeness,
    newest_version,
    plan_upgrade,
    read_belongings,
    top,
)

_MOST_COMPARED = 40
_REMOTES = ("tidepost", "upstream")
_VERSION = re.compile(rb"""__version__\s*=\s*["']([^"']+)""")


class _Versions(msgspec.Struct, frozen=True, kw_only=True):
    """The three versions: commit ids, their files, and how a person calls them."""

    base: str
    new: str
    old_name: str
    new_name: str
    trees: tuple[dict[str, Blob], dict[str, Blob], dict[str, Blob]]
    belongings: Belongings


@click.command()
@click.option("--from", "source", metavar="URL", help="The repository of the new version: an "
              "address or a path (default: your git remote `tidepost` or `upstream`).")  # fmt: skip
@click.option("--to", "wanted", metavar="VERSION", help="A tag, branch or commit (default: the "
              "newest version).")  # fmt: skip
@click.option("--base", metavar="VERSION", help="What your site was started from (default: found "
              "out).")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Only report what would change.")
@click.option(
    "--despite-errors",
    "despite_mistakes",
    is_flag=True,
    help="Upgrade although the new version finds errors.",
)
@json_option
@site_option
def upgrade(
    source: str | None,
    wanted: str | None,
    base: str | None,
    dry_run: bool,
    despite_mistakes: bool,
    folder: Path,
    as_json: bool,
) -> int:
    """Take a newer Tidepost; your content, settings and own files stay as they are.

    \b
    See what would change:  upgrade --from https://example.org/tidepost.git --dry-run
    Do it:                  upgrade --from https://example.org/tidepost.git
    A certain version:      upgrade --to v1.4.0

    Templates, styles and other files that you changed are merged. The new version is tried on a
    copy of your site first. Nothing is committed: look at `git diff`, then commit.
    """
    root = folder.resolve()
    recover(root)
    console = Console(as_json=as_json)
    if (root / CONFIG_FILE).is_file() and not (root / "generator").is_dir():
        if source or wanted or base or not (root / RECORD).is_file():
            _refuse("installed", "Tidepost is a package here, and no part of this site's folder",
                    "python -m pip install -U tidepost, or what requirements.txt names in its "
                    "place; then `upgrade` without options brings its theme")  # fmt: skip
        with alone_in(root / PRIVATE):
            return _upgrade_theme(root, console, dry_run=dry_run)
    work = root / PRIVATE / "upgrade"
    try:
        with alone_in(root / PRIVATE):
            site = _clean_repository(root)
            source = source or _remote(site)
            shutil.rmtree(work, ignore_errors=True)
            console.say(f"Reading {source} ...")
            here = Path(source)
            address = str(here.resolve()) if here.exists() else source
            upgrade_source.clone(address, work / "from.git")
            theirs = Repository(work / "from.git", also=site.objects())
            found = _find_versions(site, theirs, wanted, base)
            steps = plan_upgrade(
                *found.trees, found.belongings, theirs.content, upgrade_source.merge_file,
                theirs.moves(found.base, found.new),
            )  # fmt: skip
            _refuse_what_is_in_the_way(root, steps, found.trees[1])
            changes = changes_of(steps)
            _tell(console, found, steps)
            said = None
            if changes and not dry_run:
                said = _try(root, work, site, changes, console, despite_mistakes=despite_mistakes)
                carry_out(root, f"upgrade to {found.new_name}", changes)
    except GitFault as fault:
        _refuse("upgrade", str(fault), "see `publish.py upgrade --help`")
    finally:
        shutil.rmtree(work / "trial", ignore_errors=True)
        shutil.rmtree(work / "from.git", ignore_errors=True)
    _end(console, steps, said, found, dry_run=dry_run)
    return 0


def _upgrade_theme(root: Path, console: Console, *, dry_run: bool) -> int:
    """Bring the theme of the installed version into a site that the program is no part of. What its
    owner changed stays; there is nothing to merge with, since no older version is kept."""
    try:
        record = read_record((root / RECORD).read_bytes())
    except ValueError as error:
        _refuse("bad-record", f"{RECORD} cannot be read: {error}", "take it from an older commit")
    parts = read_parts(parts_of(record.starter, vendored=False))
    files = compose(parts, record.starter, vendored=False, requirement="")
    new = record_of(files, record.starter)
    contents: dict[str, bytes] = {}

    def kept(content: bytes) -> Blob:
        contents[digest(content)] = content
        return Blob(digest(content))

    theirs = {path: kept(files[path].content) for path in new.files}
    mine = {
        path: kept((root / path).read_bytes())
        for path in record.files.keys() | new.files.keys()
        if (root / path).is_file()
    }
    old = {path: Blob(sha256) for path, sha256 in record.files.items()}
    belongings = read_belongings((PACKAGE / "belongings.toml").read_bytes())
    # Here it may be a starter's, and its templates ask for what is in it.
    owner = tuple(path for path in belongings.owner if path != "extensions.py")
    shared = (*belongings.shared, "extensions.py")
    belongings = msgspec.structs.replace(belongings, owner=owner, shared=shared)
    found = _Versions(
        base="",
        new="",
        old_name=record.version,
        new_name=new.version,
        trees=(old, mine, theirs),
        belongings=belongings,
    )
    steps = plan_upgrade(
        *found.trees, belongings, lambda blob: contents.get(blob, b""), lambda *_: None
    )
    _tell(console, found, steps)
    if not dry_run and (steps or new != record):
        record_now = Change(RECORD, record_json(new))
        carry_out(root, f"upgrade to {new.version}", [*changes_of(steps), record_now])
    said = "the program itself is the package; look at the site with `serve`" if steps else None
    _end(console, steps, None if dry_run else said, found, dry_run=dry_run)
    return 0


def changes_of(steps: Sequence[Step]) -> list[Change]:
    """Return what is to be done to files."""
    changes = []
    for step in steps:
        if step.deed == "keep":
            continue
        if step.beside:
            changes.append(Change(step.beside, step.beside_content))
        changes.append(Change(step.path, step.content, executable=step.executable))
    return changes


def _clean_repository(root: Path) -> Repository:
    """Return the site's repository, of which everything is committed."""
    if not (root / "generator").is_dir() or not (root / "publish.py").is_file():
        _refuse("no-program", "there is no Tidepost in this folder", "run it where publish.py lies")
    site = Repository(root)
    hint = "git init && git add . && git commit -m 'My site', so that nothing can be lost"
    try:
        prefix = site.text("rev-parse", "--show-prefix")
    except GitFault:
        _refuse("no-repository", "the site is not in a git repository", hint)
    if prefix:
        _refuse("no-repository", "publish.py is not at the top of its git repository",
                "upgrade needs a repository of the site's own")  # fmt: skip
    if not site.commit("HEAD"):
        _refuse("no-repository", "nothing is committed yet", hint)
    if changed := _uncommitted(site):
        names = ", ".join(line[3:] for line in changed[:3])
        more = f" and {len(changed) - 3} more" if len(changed) > 3 else ""
        _refuse("not-committed", f"these files are not committed: {names}{more}",
                "commit them first, so that nothing can be lost")  # fmt: skip
    return site


def _uncommitted(site: Repository) -> list[str]:
    everything_but_ours = (".", f":(exclude){PRIVATE}")
    return site.text("status", "--porcelain", "--", *everything_but_ours).splitlines()


def _remote(site: Repository) -> str:
    remotes = site.text("remote").splitlines()
    for name in _REMOTES:
        if name in remotes:
            return site.text("remote", "get-url", name)
    raise click.UsageError(
        "say where the new version is: upgrade --from URL (or `git remote add tidepost URL`; "
        "where the site is a clone of Tidepost: `git remote rename origin tidepost`)"
    )


def _find_versions(
    site: Repository, theirs: Repository, wanted: str | None, base: str | None
) -> _Versions:
    """Find out which version is wanted, and which the site was started from."""
    tags = theirs.text("tag").splitlines()
    name = wanted or newest_version(tags) or "HEAD"
    new = theirs.commit(name) or theirs.commit(f"v{name}")
    if not new:
        _refuse("no-version", f"there is no version `{name}` there", did_you_mean(name, tags))
    new_tree = theirs.tree(new)
    if BELONGINGS not in new_tree:
        _refuse("no-version", f"`{name}` has no {BELONGINGS}, so nothing can be upgraded to it",
                "look at the address, or give another version with --to")  # fmt: skip
    try:
        belongings = read_belongings(theirs.content(new_tree[BELONGINGS].id))
    except ValueError as error:
        _refuse("no-version", str(error), "give another version with --to")
    mine = site.tree("HEAD")
    if base is not None:
        started = theirs.commit(base) or theirs.commit(f"v{base}")
        if not started:
            _refuse("no-version", f"there is no version `{base}` there", did_you_mean(base, tags))
    else:
        started = _started_from(site, theirs, mine, new, belongings)
    if not wanted and started != new and _is_older(theirs, new, started):
        _refuse("no-version", f"your site is newer than {_called(theirs, new)}",
                "name an older version with --to, if you want one")  # fmt: skip
    return _Versions(
        base=started,
        new=new,
        old_name=_called(theirs, started),
        new_name=_called(theirs, new),
        trees=(theirs.tree(started), mine, new_tree),
        belongings=belongings,
    )


def _started_from(
    site: Repository,
    theirs: Repository,
    mine: dict[str, Blob],
    new: str,
    belongings: Belongings,
) -> str:
    """Return the commit of the new version's history that the site is most like.

    The program is seldom changed by an owner, so its folder tells: of all commits that have it just
    as the site does, the one that also has most other files like the site's. Where the owner did
    change it, the last commit that both histories have, or else the likest of all.
    """
    everything = theirs.text("rev-list", "--all", "--date-order").splitlines()
    candidates = theirs.same_program(everything, site.text("rev-parse", "HEAD:generator"))
    if not candidates:
        head = site.commit("HEAD")
        common = theirs.run("merge-base", head, new, codes=(0, 1, 128)).decode().strip()
        step = max(1, len(everything) // _MOST_COMPARED)
        candidates = [common] if common else everything[::step]
    scores = {
        commit: likeness(mine, theirs.tree(commit), belongings)
        for commit in candidates[:_MOST_COMPARED]
    }
    best = max(scores, key=lambda commit: scores[commit], default="")
    if not best or not scores[best]:
        _refuse("no-version", "no version there is like the one that this site was started from",
                "look at the address, or name the version with --base")  # fmt: skip
    return best


def _is_older(theirs: Repository, one: str, other: str) -> bool:
    """Say whether `one` is part of the history of `other`."""
    try:
        theirs.run("merge-base", "--is-ancestor", one, other)
    except GitFault:
        return False
    return True


def _called(theirs: Repository, commit: str) -> str:
    tag = theirs.text("tag", "--points-at", commit).splitlines()
    said = _VERSION.search(theirs.run("show", f"{commit}:generator/__init__.py", codes=(0, 128)))
    version = newest_version(tag) or (said[1].decode(errors="replace") if said else "")
    return f"{version} ({commit[:9]})".lstrip()


def _refuse_what_is_in_the_way(root: Path, steps: Sequence[Step], mine: dict[str, Blob]) -> None:
    """Refuse to write over a file that git ignores."""
    message = "the new version has a file of this name, and yours is not in git"
    problems = [
        Problem(path=step.path, code="exists", message=message, hint="move it away")
        for step in steps
        if step.changes
        and step.content is not None
        and step.path not in mine
        and os.path.lexists(root / step.path)
    ]
    if problems:
        raise SiteError(problems)


def _try(
    root: Path,
    work: Path,
    site: Repository,
    changes: list[Change],
    console: Console,
    *,
    despite_mistakes: bool,
) -> str:
    """Let the new version check a copy of the site; return what it says. Raises SiteError where it
    cannot build it."""
    console.say("Trying it on a copy of your site ...")
    tracked = [path for path in site.tree("HEAD") if (root / path).exists()]
    copy = work / "trial"
    upgrade_trial.copy_site(root, copy, [*tracked, *upgrade_trial.own_files(root)], changes)
    code, said = upgrade_trial.check(copy)
    if code == 0:
        return said
    console.say(said)
    if "needs the package" in said:
        kept = work / "requirements.txt"
        shutil.copyfile(copy / "requirements.txt", kept)
        hint = f"python -m pip install -r {kept.relative_to(root)}, then upgrade again"
        _refuse("needs-packages", "the new version needs packages that are not installed", hint)
    if code == 1 and despite_mistakes and "Traceback" not in said:
        return "it has the errors that are listed above"
    return _refuse("not-upgraded", "the new version cannot build this site, so nothing was changed",
            "mend what `publish.py check` reports, if it reports the same now; or give "
            "--despite-errors and mend it afterwards")  # fmt: skip


def _tell(console: Console, found: _Versions, steps: Sequence[Step]) -> None:
    console.say(f"From {found.old_name} to {found.new_name}:")
    many = Counter(
        (step.deed, top(step.path))
        for step in steps
        if step.deed in ("add", "replace", "remove") and found.belongings.of(step.path) == "program"
    )
    for (deed, folder), count in sorted(many.items()):
        console.say(f"  {deed:9} {folder}: {count} file{'' if count == 1 else 's'}")
    for step in steps:
        plain = step.deed in ("add", "replace", "remove")
        if not plain or found.belongings.of(step.path) != "program":
            console.say(f"  {step.deed:9} {step.path}{f': {step.why}' if step.why else ''}")
    if not steps:
        console.say("  nothing to do")


def _end(
    console: Console, steps: Sequence[Step], said: str | None, found: _Versions, *, dry_run: bool
) -> None:
    done = said is not None
    if dry_run:
        console.say("Nothing was changed (--dry-run).")
    elif said is not None:
        console.say(f"The new version says of your site: {said}")
        conflicts = [step.beside for step in steps if step.beside]
        if conflicts:
            console.say(f"Look at these, take over what you want, and delete them: "
                        f"{', '.join(conflicts)}")  # fmt: skip
        if any(step.path == "requirements.txt" for step in steps):
            console.say("Install its packages: python -m pip install -r requirements.txt")
        console.say("Look at `git diff`; `git add -A && git commit` keeps it, `git stash -u` takes "
                    "it back.")  # fmt: skip
    console.data(
        {
            "from": found.old_name,
            "to": found.new_name,
            "done": done,
            "files": [_as_data(step) for step in steps],
        }
    )


def _as_data(step: Step) -> dict[str, Any]:
    return {"path": step.path, "deed": step.deed, "why": step.why, "beside": step.beside}


def _refuse(code: str, message: str, hint: str) -> NoReturn:
    raise SiteError([Problem(path="upgrade", code=code, message=message, hint=hint)])


@click.command()
@click.option("--dev", is_flag=True, help="With what the tests need.")
def setup(dev: bool) -> int:
    """Make the environment .venv, or bring it up to date, as make does.

    It needs Python alone, and works before anything is installed: `py publish.py setup` on Windows,
    `python3 publish.py setup` elsewhere.
    """
    # An installed program makes the environment of the site that it is called in.
    return make_environment(Path.cwd() if is_installed() else ROOT, dev=dev)
