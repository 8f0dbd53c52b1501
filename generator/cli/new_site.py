"""A new site: a folder with everything that a site is made of."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from generator.adapters.console import Console
from generator.adapters.lock import alone_in
from generator.adapters.program_files import (
    is_installed,
    program_folder,
    read_parts,
    requirement,
)
from generator.adapters.undo import PRIVATE, Change, carry_out
from generator.adapters.upgrade.source import GitFault, Repository
from generator.config.settings import CONFIG_FILE
from generator.core.problems import Problem, SiteError
from generator.editing.starters import (
    COMMON,
    EDGE,
    FOLDER,
    OF_THE_SITE,
    SiteFile,
    compose,
    parts_of,
    replaced,
)

THEME = "blog"
"""The starter whose theme is that of a site without a starter: the one that changes least."""


def new_site(name: str, starter: str, *, vendored: bool, as_json: bool) -> int:
    """Make a site's folder called `name` from a starter. Raises SiteError where it cannot be."""
    if not (program_folder() / FOLDER).is_dir():
        _refuse(name, "no-starters", "this copy of Tidepost is a site's own and has no starters",
                "use one that was installed, or the repository")  # fmt: skip
    target = Path(name)
    if not is_installed() and target.resolve() == program_folder():
        return _lay_over_the_sample(target.resolve(), starter, Console(as_json=as_json))
    _refuse_what_is_there(target)
    files = compose(
        read_parts(parts_of(starter, vendored=vendored)),
        starter,
        vendored=vendored,
        requirement="" if vendored else requirement(),
    )
    _write(target, files)
    console = Console(as_json=as_json)
    console.say(f"Made {name} from the starter `{starter}`: {len(files)} files. Next:")
    console.say(f"  cd {name}")
    python, place = ("py", ".venv\\Scripts\\") if os.name == "nt" else ("python3", ".venv/bin/")
    if vendored:
        console.say(f"  {python} publish.py setup")
    else:
        console.say(f"  {python} -m venv .venv")
        console.say(f"  {place}python -m pip install -r requirements.txt")
    console.say(f"  {place}python publish.py serve")
    console.say("Then say in site.yaml whose site it is; README.md has the rest.")
    console.data({"path": name, "starter": starter, "vendored": vendored, "files": sorted(files)})
    return 0


def without_content(target: Path) -> dict[str, SiteFile]:
    """Return what makes a site of a folder with content and settings of its own: the theme and the
    icons of the starter `blog`, and what is around them. Empty where the folder has templates, or
    where this copy of Tidepost has no starters."""
    if (target / "templates").exists():
        return {}
    if not (program_folder() / FOLDER).is_dir():
        return {}
    program = read_parts(parts_of(THEME, vendored=False))
    files = compose(program, THEME, vendored=False, requirement=requirement())
    return {
        path: file
        for path, file in files.items()
        if path != CONFIG_FILE and not path.startswith(("content/", "data/"))
    }


def _lay_over_the_sample(root: Path, starter: str, console: Console) -> int:
    """Make the site of a starter of the sample's in a clone of Tidepost, of which everything is
    committed, so that nothing can be lost."""
    try:
        repository = Repository(root)
        if not repository.commit("HEAD") or repository.text("status", "--porcelain"):
            _refuse(".", "not-committed", "not everything here is committed",
                    "commit it first, so that nothing can be lost")  # fmt: skip
    except GitFault as fault:
        _refuse(".", "no-repository", str(fault), "this needs a clone of Tidepost")
    parts = read_parts([*parts_of(starter, vendored=True), *OF_THE_SITE, CONFIG_FILE])
    if parts[f"{FOLDER}/{COMMON}/{EDGE}"].content == parts[EDGE].content:
        _refuse(".", "exists", "a starter was laid over the sample here before",
                "take the theme back first: git checkout COMMIT -- templates static")  # fmt: skip
    program = {path: file for path, file in parts.items() if not path.startswith(OF_THE_SITE)}
    files = compose(program, starter, vendored=True, requirement="")
    for kept in ("README.md", ".gitignore"):
        del files[kept]
    changes = replaced(files, {path: file.content for path, file in parts.items()})
    with alone_in(root / PRIVATE):
        carry_out(
            root,
            f"new site . --starter {starter}",
            [
                Change(path, file.content if file else None, executable=bool(file and file[1]))
                for path, file in changes.items()
            ],
        )
    console.say(f"This site is that of the starter `{starter}` now: {len(changes)} files changed.")
    console.say("Look at it with `python publish.py serve`; `git add -A && git commit` keeps it, "
                "`git stash -u` takes it back.")  # fmt: skip
    console.data({"path": ".", "starter": starter, "vendored": True, "files": sorted(changes)})
    return 0


def _refuse_what_is_there(target: Path) -> None:
    """A new repository that is empty but for `.git` may become a site; nothing is overwritten."""
    if target.is_dir():
        others = [each.name for each in target.iterdir() if each.name != ".git"]
        if not others:
            return
        what = f"the folder is not empty: it has {sorted(others)[0]}"
    elif target.exists() or target.is_symlink():
        what = "there is a file of that name"
    else:
        return
    _refuse(target.as_posix(), "exists", what, "give another name, or an empty folder's")


def _write(target: Path, files: Mapping[str, SiteFile]) -> None:
    """Write the files beside where they belong, and move them there when all are written."""
    target.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        made.chmod(0o755)
        for path, (content, executable) in files.items():
            file = made / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
            if executable:
                file.chmod(file.stat().st_mode | 0o111)
        if target.exists():
            for entry in sorted(made.iterdir()):
                os.replace(entry, target / entry.name)  # noqa: PTH105 (a folder, onto no name)
        else:
            made.rename(target)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _refuse(path: str, code: str, message: str, hint: str) -> NoReturn:
    raise SiteError([Problem(path=path, code=code, message=message, hint=hint)])
