"""Opens a file of the site in the writer's editor, at a line."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath

from generator.adapters.server.watch import FILES, FOLDERS

_AT = ("{file}:{line}",)
_GOTO = ("--goto", "{file}:{line}")
_LINE = ("--line", "{line}", "{file}")
_PLUS = ("+{line}", "{file}")

KNOWN: Mapping[str, Sequence[str]] = {
    "code": _GOTO,
    "code-insiders": _GOTO,
    "codium": _GOTO,
    "cursor": _GOTO,
    "windsurf": _GOTO,
    "zed": _AT,
    "zeditor": _AT,
    "subl": _AT,
    "sublime_text": _AT,
    "idea": _LINE,
    "pycharm": _LINE,
    "webstorm": _LINE,
    "phpstorm": _LINE,
    "kate": _LINE,
    "gedit": _PLUS,
    "xed": _PLUS,
    "pluma": _PLUS,
    "gvim": _PLUS,
    "mvim": _PLUS,
    "bbedit": _PLUS,
    "emacsclient": ("--no-wait", *_PLUS),
    "mate": ("--line", "{line}", "{file}"),
    "notepad++": ("-n{line}", "{file}"),
}
"""Editors with a window of their own, and how each takes a file and a line. Editors that work in
a terminal are not here: the one that `serve` runs in is taken."""

_LOOKED_FOR = ("code", "codium", "cursor", "zed", "zeditor", "subl")
_UNSAFE_FOR_BATCH = re.compile(r"[^\w\s./\\:,+@=~()\[\]-]")
"""Windows runs a batch file by its shell, whatever way it is started."""


class EditorError(Exception):
    """A file that is not opened; the text is fit for the owner's eyes."""


class Editor:
    """Opens files below `root`; no shell is ever involved.

    `command` is a command line with {file} and {line} in it; without one, $VISUAL and $EDITOR are
    asked, and then it is looked for an editor that is installed. Raises ValueError for a command
    that cannot be read.
    """

    def __init__(
        self, root: Path, command: str = "", environ: Mapping[str, str] = os.environ
    ) -> None:
        self.root = root.resolve()
        self.arguments = _given(command) if command else _found(environ)

    def open(self, path: str, line: int) -> None:
        """Open a source file of the site, named by its path from there. Raises EditorError."""
        file = self._file(path)
        if not self.arguments:
            raise EditorError(
                'no editor is known: say `--editor "NAME {file}:{line}"`, or set VISUAL'
            )
        program = shutil.which(self.arguments[0])
        if program is None:
            raise EditorError(f"there is no program `{self.arguments[0]}`")
        if program.lower().endswith((".cmd", ".bat")) and _UNSAFE_FOR_BATCH.search(str(file)):
            raise EditorError("the file's name has signs in it that Windows would take for orders")
        values = {"{file}": str(file), "{line}": str(max(line, 1))}
        arguments = [
            re.sub(r"\{file\}|\{line\}", lambda found: values[found[0]], argument)
            for argument in self.arguments[1:]
        ]
        try:
            subprocess.Popen(  # noqa: S603 (the owner's own program, and a file that was looked at)
                [program, *arguments],
                cwd=self.root,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            raise EditorError(f"`{program}` does not start: {error.strerror or error}") from None

    def _file(self, path: str) -> Path:
        parts = PurePath(path).parts
        ours = bool(parts) and (parts[0] in FOLDERS or (len(parts) == 1 and parts[0] in FILES))
        if not ours or ".." in parts or "\0" in path or "\\" in path:
            raise EditorError("only files of the site are opened")
        try:
            file = (self.root / path).resolve(strict=True)
        except (OSError, RuntimeError):
            raise EditorError("there is no such file any more") from None
        if not file.is_file() or not file.is_relative_to(self.root):
            raise EditorError("only files of the site are opened")
        return file


def _given(command: str) -> tuple[str, ...]:
    arguments = tuple(shlex.split(command, posix=os.name != "nt"))
    if not any("{file}" in argument for argument in arguments[1:]):
        raise ValueError('it needs {file} in it, as in "code --goto {file}:{line}"')
    return arguments


def _found(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the command of the editor that the environment names, or of one that is there."""
    for name in ("VISUAL", "EDITOR"):
        try:
            program, *_ = shlex.split(environ.get(name, ""), posix=os.name != "nt")
        except ValueError:
            continue
        if pattern := KNOWN.get(PurePath(program).stem.lower().removesuffix("64")):
            return (program, *pattern)
    for program in _LOOKED_FOR:
        if shutil.which(program):
            return (program, *KNOWN[program])
    return ()
