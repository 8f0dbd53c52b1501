"""The command line: the one place where adapters are put together.

This module imports nothing but the standard library and uses no new syntax, so that a Python that
is too old, or one without the dependencies, is answered in one line.
"""

import atexit
import gc
import os
import sys


def main() -> None:
    """Run the command that sys.argv names, and exit with its code (docs/publishing.md)."""
    if sys.version_info < (3, 11):  # noqa: UP036 (that is what it is here to find out)
        sys.exit(
            "Tidepost needs Python 3.11 or newer; this is %d.%d." % sys.version_info[:2]  # noqa: UP031
        )
    gc.disable()  # what is imported lasts: to look for cycles in it would find none
    # A shell that asks what may come next must change nothing; and an older program in the site's
    # folder would take the question for a command to publish.
    completes = "_TIDEPOST_COMPLETE" in os.environ
    if not completes:
        _leave_it_to_the_site()
    try:
        if not completes:
            _recover()
        from generator.cli.commands import run
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("generator"):
            raise
        if sys.argv[1:2] == ["setup"]:
            from generator.adapters.files.environment import main as set_up

            sys.exit(set_up(sys.argv[2:]))
        own = _own_python()
        if own:
            import subprocess

            sys.exit(subprocess.call([own, *sys.argv]))  # noqa: S603 (this very command)
        python = "py" if os.name == "nt" else "python3"
        sys.exit(
            f"Tidepost needs the package `{error.name}`, which is not installed here: run "
            f"`{python} publish.py setup` once. (In an environment of your own: `python -m pip "
            "install -r requirements.txt`.)"
        )
    _leave(run(sys.argv[1:]))


def _own_python() -> "str | None":
    """The Python of the environment that `setup` made, unless that is the one at work."""
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))  # noqa: PTH100, PTH120
    folder = os.path.join(root, ".venv")  # noqa: PTH118
    python = os.path.join(folder, "Scripts/python.exe" if os.name == "nt" else "bin/python")  # noqa: PTH118
    if os.path.realpath(sys.prefix) == os.path.realpath(folder):
        return None
    return python if os.path.exists(python) else None  # noqa: PTH110


def _leave_it_to_the_site() -> None:
    """Where this program was installed, and the folder has one of its own, let that one do it: a
    site is built by the version that lies in it."""
    shipped = os.path.join(os.path.dirname(os.path.dirname(__file__)), "shipped")  # noqa: PTH118, PTH120
    if not os.path.isdir(shipped) or sys.argv[1:3] == ["new", "site"]:  # noqa: PTH112
        return
    if os.path.isfile("publish.py") and os.path.isfile("generator/cli/__init__.py"):  # noqa: PTH113
        import subprocess

        sys.exit(subprocess.call([sys.executable, "publish.py", *sys.argv[1:]]))  # noqa: S603 (its own)


def _leave(code: int) -> None:
    """End with an exit code, and at once: to give back one by one what a build had in mind takes
    Python far longer than the system needs for all of it."""
    threading = sys.modules.get("threading")
    if threading is None or threading.active_count() == 1:
        atexit._run_exitfuncs()
        try:
            for stream in (sys.stdout, sys.stderr):
                if stream is not None:
                    stream.flush()
            os._exit(code)
        except (OSError, ValueError):
            pass  # which Python complains of in its own words
    sys.exit(code)


def _recover() -> None:
    """Undo an upgrade that was killed, and begin again with the program that this gives back: what
    was imported so far may be of the other version."""
    # Without pathlib, which takes longer to import than everything else here.
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120
    root = os.path.dirname(package)  # noqa: PTH120
    if os.path.exists(f"{root}/.tidepost/undo"):  # noqa: PTH110
        from pathlib import Path

        from generator.adapters.undo import recover

        if recover(Path(root)):
            import subprocess

            sys.exit(subprocess.call([sys.executable, *sys.argv]))  # noqa: S603 (this very command)
