"""On a version that it was not tested with, a speed-up steps aside, and `build` says so."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from generator.core import speedups
from generator.render import plain_jinja
from tests.support.environments import environment
from tests.support.sites import PROJECT, tree

BUILD = """
import sys
from generator.core import installed
real, faked = installed.installed_version, sys.argv[1].split()
installed.installed_version = lambda name: "9.9.9" if name in faked else real(name)
from generator.cli.commands import run
code = run(["build", "--no-cache", "--site", sys.argv[2]])
print(*sorted(name for name in sys.modules if "jinja_compiler" in name))
sys.exit(code)
"""


def build(site: Path, *faked: str) -> tuple[str, str]:
    """Build a site where these libraries have another version; return the note, and which modules
    with speed-ups were imported."""
    command = [sys.executable, "-c", BUILD, " ".join(faked), str(site)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    *said, modules = done.stdout.splitlines()
    notes = [line for line in said if line.startswith("Note: ")]
    assert len(notes) <= 1
    return "".join(notes), modules


def test_a_site_is_the_same_on_versions_that_were_not_tested(site: Path) -> None:
    (site / "content/posts/2024-03-01-code.md").write_text(
        "---\ntitle: Code\n---\n\nText.\n\n```python\nx = 1\n```\n"
    )
    made: dict[str, bytes] = {}
    for faked in ([], ["jinja2"], ["pygments"]):
        note, modules = build(site, *faked)
        # What is installed may itself be another version (`make test-lowest`).
        aside = [name for name in speedups.TESTED if name in faked or not speedups.tested(name)]
        what = {"jinja2": "templates"}
        start = f"Note: no speed-up for {' and '.join(what[name] for name in aside)}: tested with "
        assert note.startswith(start) if aside else note == ""
        assert note.count("9.9.9") == len(set(faked) & speedups.TESTED.keys())
        assert ("generator.render.jinja_compiler" in modules) is ("jinja2" not in aside)
        made = made or tree(site / "_site")
        assert tree(site / "_site") == made


@pytest.mark.parametrize("name", speedups.TESTED)
def test_every_version_that_is_locked_was_tested(name: str) -> None:
    """An older Python gets older versions than the one that these tests run on."""
    locked = (PROJECT / "requirements.txt").read_text(encoding="utf-8")
    versions = re.findall(rf"^{re.escape(name)}==([\w.]+)", locked, re.MULTILINE)
    assert versions
    assert set(versions) <= set(speedups.TESTED[name])


def test_jinja_as_it_is_gives_what_jinja_gives() -> None:
    for text in ("{{ text }}{{ number + 1 }}", "{% for x in range(3) %}{{ x }}{% endfor %}"):
        made = environment(plain_jinja.Environment, {})
        code, outside = plain_jinja.compile_tree(made.parse(text), made, "t", "t")
        assert outside <= {"text", "number", "range"}
        assert code.co_filename == "t"


GUARDED = {
    "generator/render/jinja_compiler.py": "imported by render.compiled where tested says so",
}
"""Where private names of a library are used, and what asks for its version before that."""


def private_names(file: Path) -> Iterator[str]:
    """Yield the private names of other packages that a module imports or looks up on them."""
    tree_ = ast.parse(file.read_text(encoding="utf-8"))
    others: set[str] = set()
    for node in ast.walk(tree_):
        if isinstance(node, ast.Import):
            others |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            package = node.module.partition(".")[0]
            if package in sys.stdlib_module_names | {"generator", "backend", "_typeshed"}:
                continue
            others |= {alias.asname or alias.name for alias in node.names}
            for name in [*node.module.split("."), *(alias.name for alias in node.names)]:
                if name.startswith("_") and not name.startswith("__"):
                    yield name
    others -= sys.stdlib_module_names
    for node in ast.walk(tree_):
        owner, name = None, ""
        if isinstance(node, ast.Attribute):
            owner, name = node.value, node.attr
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "getattr":
            owner, second = node.args[0], node.args[1]
            name = second.value if isinstance(second, ast.Constant) else ""
        if name.startswith("_") and not name.startswith("__"):
            top = ast.unparse(owner).partition(".")[0] if owner else ""
            # lxml names the type of its elements so in its own documentation of types.
            if top in others and name != "_Element":
                yield name


def test_private_names_are_looked_up_behind_a_check_of_the_version_alone() -> None:
    files = [*(PROJECT / "generator").rglob("*.py"), *(PROJECT / "backend").rglob("*.py")]
    found = {
        file.relative_to(PROJECT).as_posix(): names
        for file in sorted(files)
        if (names := sorted(set(private_names(file))))
    }
    assert found.keys() <= GUARDED.keys(), found
    assert "generator/render/jinja_compiler.py" in found


def test_jinja_compiler_is_imported_behind_the_check_alone() -> None:
    importing = [
        file.relative_to(PROJECT).as_posix()
        for file in sorted((PROJECT / "generator").rglob("*.py"))
        if re.search(r"^\s*(from|import) .*\bjinja_compiler\b", file.read_text("utf-8"), re.M)
    ]
    assert importing == ["generator/render/compiled.py"]
    text = (PROJECT / "generator/render/compiled.py").read_text("utf-8")
    assert (
        'if TYPE_CHECKING or speedups.tested("jinja2"):\n    from generator.render.jinja_compiler'
        in text
    )
