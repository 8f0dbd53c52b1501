"""Holds the directions in which modules may import each other, and where side effects may be."""

from __future__ import annotations

import ast
import functools
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools import package_picture

ROOT = Path(__file__).parents[1]

PACKAGES = (
    "core",
    "i18n",
    "config",
    "markdown",
    "content",
    "assets",
    "site",
    "checks",
    "render",
    "extend",
    "pipeline",
    "incremental",
    "editing",
    "importers",
    "publish",
    "adapters",
    "app",
    "cli",
)
"""What generator/ holds, in the order data flows. A package may import what stands above it; the
modules of one package may import each other, but not in a circle."""

MOST_MODULES = 15
MOST_LINES = 500
LONGER: set[str] = set()
"""Modules that wait to be split."""

EFFECTS = {"generator.adapters", "generator.app", "generator.cli"}
"""Where files, processes, the network and the clock may be touched."""

EFFECTFUL_MODULES = {
    "asyncio",
    "ftplib",
    "glob",
    "http",
    "multiprocessing",
    "os",
    "pathlib",
    "random",
    "secrets",
    "shutil",
    "signal",
    "socket",
    "sqlite3",
    "subprocess",
    "tempfile",
    "threading",
    "time",
    "urllib.request",
    "uuid",
}
EXCEPTIONS = {
    "generator.core.installed": {"os"},  # lists libraries, as importlib.metadata does elsewhere
    "generator.markdown.math.formulas": {
        "threading"
    },  # a stack that is deep enough for any formula
    "generator.render.syndication.podcast": {"uuid"},  # a digest of an address, nothing random
    "generator.publish.executor": {"pathlib"},  # reads the built files that it uploads
    "generator.publish.publisher": {"pathlib"},  # passes their folder on
    "generator.publish.store": {"pathlib"},  # names a file to be stored
    "generator.publish.throttle": {"threading", "time"},  # how many requests at a time, how soon
    "generator.publish.clock": {"time"},  # how long a lease holds, sleep included
    "generator.publish.lease": {"secrets"},  # tells publishers apart
}
FILE_METHODS = {
    "read_text",
    "read_bytes",
    "write_text",
    "write_bytes",
    "mkdir",
    "unlink",
    "iterdir",
}
CLOCKS = {"now", "utcnow", "today", "time_ns", "perf_counter", "monotonic"}
SPEAKS_TO_AWS = {
    "generator.adapters.aws.account",
    "generator.adapters.aws.answers",
    "generator.adapters.aws.account_checks",
    "generator.adapters.aws.cloudformation",
    "generator.adapters.aws.cloudfront",
    "generator.adapters.functions",
    "generator.adapters.aws.s3_small",
    "generator.adapters.aws.s3_store",
    "generator.adapters.aws.stack_outputs",
    "backend.contact.mailer",
    "backend.contact.store_dynamodb",
    "backend.counter.store_dynamodb",
}


def modules(package: str) -> dict[str, Path]:
    """Return every module of a package by its name."""
    return {
        ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file
        for file in sorted((ROOT / package).rglob("*.py"))
    }


@functools.cache
def tree_of(name: str) -> ast.Module:
    """Return one of our modules, parsed: by tests, not by each process that lists them."""
    return ast.parse(ALL[name].read_text(encoding="utf-8"), str(ALL[name]))


ALL = modules("generator") | modules("backend")
GENERATOR = [name for name in ALL if name.startswith("generator")]


def imports(file: Path, package: str = "") -> Iterator[tuple[str, int]]:
    """Yield the full name of everything that a file imports, wherever it does, and the line.

    `package` is the one that `from . import x` starts from.
    """
    for node in package_picture.import_statements(file):
        parts = []
        if isinstance(node, ast.ImportFrom):
            start = package.split(".")[: len(package.split(".")) - node.level + 1]
            parts = [*(start if node.level else []), *filter(None, [node.module])]
        for alias in node.names:
            yield ".".join([*parts, alias.name]), node.lineno


def imports_of(name: str) -> Iterator[tuple[str, int]]:
    """Yield what one of our modules imports."""
    return imports(ALL[name], package_of(name))


def package_of(name: str) -> str:
    is_package = any(other.startswith(f"{name}.") for other in ALL)
    return name if is_package else name.rpartition(".")[0]


def own(name: str) -> str:
    """Return the module of ours that an imported name is or belongs to, or an empty text."""
    while name and name not in ALL:
        name = name.rpartition(".")[0]
    return name


def belongs_to(name: str, packages: set[str] | tuple[str, ...]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def place(name: str) -> int:
    return PACKAGES.index(name.split(".")[1])


def test_the_generator_holds_packages_and_the_door_for_extensions() -> None:
    found = {entry.name for entry in (ROOT / "generator").iterdir() if entry.name != "__pycache__"}
    files = {"__init__.py", "extend.py", "belongings.toml"}
    assert found == files | (set(PACKAGES) - {"extend"})


@pytest.mark.parametrize("name", [name for name in GENERATOR if name != "generator"])
def test_a_package_imports_only_packages_above_it(name: str) -> None:
    wrong = [
        f"{name}:{line} imports {target}"
        for imported, line in imports_of(name)
        if (target := own(imported)).startswith("generator.") and place(target) > place(name)
    ]
    assert not wrong


def test_packages_and_modules_are_of_a_size_that_can_be_read() -> None:
    sizes: dict[str, int] = {}
    for name in ALL:
        parent = name.rpartition(".")[0]
        if name != package_of(name):
            sizes[parent] = sizes.get(parent, 0) + 1
    assert {name: size for name, size in sizes.items() if size > MOST_MODULES} == {}
    files = {
        name: ROOT / f"{name.replace('.', '/')}.py" for name in ALL if name != package_of(name)
    }
    long = {
        name
        for name, file in files.items()
        if len(file.read_text("utf-8").splitlines()) > MOST_LINES
    }
    assert long == LONGER


def test_no_imports_lead_in_a_circle() -> None:
    """Nor those inside functions: what a module needs only now and then it needs all the same."""
    graph = {name: {own(imported) for imported, _ in imports_of(name)} - {"", name} for name in ALL}
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " -> ".join((*path[path.index(name) :], name))
        if name not in done:
            for target in sorted(graph[name]):
                visit(target, (*path, name))
            done.add(name)

    for name in graph:
        visit(name, ())


def test_generator_and_backend_know_nothing_of_each_other() -> None:
    """Nor do the counter and the contact form: each is uploaded on its own."""
    apart = (("generator", "backend"), ("backend.counter", "backend.contact"))
    wrong = [
        f"{name}:{line} imports {imported}"
        for one, other in (*apart, *((b, a) for a, b in apart))
        for name in ALL
        if belongs_to(name, (one,))
        for imported, line in imports_of(name)
        if belongs_to(imported, (other,))
    ]
    assert not wrong


@pytest.mark.parametrize(
    "name", [name for name in GENERATOR if name != "generator" and not belongs_to(name, EFFECTS)]
)
def test_side_effects_are_in_adapters_and_commands(name: str) -> None:
    allowed = EXCEPTIONS.get(name, set())
    wrong = [
        f"{name}:{line} imports {imported}"
        for imported, line in imports_of(name)
        if belongs_to(imported, EFFECTFUL_MODULES - allowed)
    ]
    for node in ast.walk(tree_of(name)):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        if isinstance(called, ast.Name) and called.id in ("open", "input", "print", "breakpoint"):
            wrong.append(f"{name}:{node.lineno} calls {called.id}()")
        if isinstance(called, ast.Attribute):
            if called.attr in FILE_METHODS and "pathlib" not in allowed:
                wrong.append(f"{name}:{node.lineno} calls .{called.attr}()")
            if called.attr in CLOCKS and "time" not in allowed:
                wrong.append(f"{name}:{node.lineno} reads a clock")
    assert not wrong


def test_exceptions_are_needed() -> None:
    for name, allowed in EXCEPTIONS.items():
        imported = {each for each, _ in imports_of(name)}
        assert all(any(belongs_to(each, (one,)) for each in imported) for one in allowed), name


def test_the_calendar_is_looked_at_once() -> None:
    """The present moment is read in one place of the commands, and handed on from there."""
    readers = [
        name
        for name in ALL
        if belongs_to(name, ("generator.app", "generator.cli"))
        for node in ast.walk(tree_of(name))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("now", "utcnow", "today", "time")
        and isinstance(node.func.value, ast.Name | ast.Attribute)
        and ast.unparse(node.func.value) in ("dt.datetime", "datetime", "dt.date", "time")
    ]
    assert readers == ["generator.app.workspace"]


def test_extensions_of_a_site_meet_the_program_in_one_place() -> None:
    """What they import is made for them, and nothing else hangs on it; in it nothing is hidden."""
    public = "generator.extend"
    users = {
        name for name in GENERATOR for imported, _ in imports_of(name) if own(imported) == public
    }
    assert users == set()
    imported = {name.rpartition(".")[2] for name, _ in imports_of(public)}
    from generator import extend

    assert set(extend.__all__) <= imported
    api = tree_of("generator.render.extension_api")
    functions = {node.name for node in api.body if isinstance(node, ast.FunctionDef)}
    assert functions == {"filter", "shortcode", "output"}


def test_only_named_modules_speak_to_aws() -> None:
    speaking = {
        name
        for name in ALL
        for imported, _ in imports_of(name)
        if belongs_to(imported, ("boto3", "botocore"))
    }
    assert speaking == SPEAKS_TO_AWS


@pytest.mark.parametrize(
    "command",
    ["cli.build", "cli.publish", "cli.serve", "cli.new", "app.build", "app.targets"],
)
def test_everyday_commands_do_not_load_the_aws_library(command: str) -> None:
    """It takes longer to import than a small site takes to build."""
    code = f"import sys, generator.{command}; print([m for m in sys.modules if 'boto' in m])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_looking_for_help_loads_next_to_nothing() -> None:
    code = (
        "import sys; from generator.cli.commands import run; run(['--help']);"
        "print([m for m in sys.modules if m.split('.')[0] in ('markdown', 'jinja2', 'lxml', 'rich',"
        " 'boto3')], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stderr.strip() == "[]"
    assert "publish" in done.stdout


def test_no_module_is_called_utils() -> None:
    folders = ("generator", "backend", "infra", "bench", "tests")
    assert not [file for folder in folders for file in (ROOT / folder).rglob("util*.py")]


def test_the_program_does_not_import_its_tests() -> None:
    files = [ROOT / "publish.py"]
    for folder in ("generator", "backend", "infra"):
        files += (ROOT / folder).rglob("*.py")
    wrong = [
        f"{file.name}:{line}"
        for file in files
        for imported, line in imports(file)
        if belongs_to(imported, ("tests", "pytest"))
    ]
    assert not wrong


def test_publish_py_is_nothing_but_the_way_in() -> None:
    assert [imported for imported, _ in imports(ROOT / "publish.py")] == ["generator.cli.main"]


def test_the_way_in_speaks_to_every_python() -> None:
    """A Python that is too old must be able to read what tells it so."""
    names = ("generator/__init__.py", "generator/cli/__init__.py", "publish.py")
    for name in names:
        ast.parse((ROOT / name).read_text(encoding="utf-8"), feature_version=(3, 7))


def test_tests_share_what_lies_in_support_and_never_import_other_tests() -> None:
    """Within one folder they may share more, such as its server; never a module of tests. The audit
    is a program of its own."""
    wrong = []
    for file in [*(ROOT / "tests").rglob("*.py"), *(ROOT / "bench").rglob("*.py")]:
        folder = ".".join(file.relative_to(ROOT).parent.parts)
        for imported, line in imports(file, folder):
            allowed = (
                "tests.support",
                "tests.audit",
                *([folder] if folder.startswith("tests.") else []),
            )
            is_test = any(part.startswith("test_") for part in imported.split("."))
            if folder == "tests" and imported.startswith("tests.conftest."):
                continue
            if imported.startswith("tests.") and (is_test or not belongs_to(imported, allowed)):
                wrong.append(f"{file.relative_to(ROOT)}:{line} imports {imported}")
    assert wrong == []


def test_the_page_about_the_architecture_shows_the_packages_and_their_imports() -> None:
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    assert package_picture.picture() in page, "run `make picture`"
    assert package_picture.imports().keys() == set(PACKAGES)
    rows = re.findall(r"^\| `(\w+)(?:\.py)?` \| ", page.partition("## The packages")[2], re.M)
    assert tuple(rows) == PACKAGES
    named = re.findall(r"`(\w+/[\w/]+\.\w+)`", page)
    missing = [
        one
        for one in named
        if not (ROOT / one).exists() and not (ROOT / "generator" / one).exists()
    ]
    assert missing == []
    assert len(package_picture.reduced(package_picture.imports())) <= 25
