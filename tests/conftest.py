"""Fixtures for all tests."""

from __future__ import annotations

import atexit
import functools
import gc
import importlib.metadata
import os
import shutil
import sys
import tempfile
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from generator.adapters import console
from generator.adapters.files import sqlite_cache
from generator.render import compiled
from tests.support import tools
from tests.support.sites import write_site

# How long an example takes depends on who else uses the machine; nothing here is timed.
settings.register_profile("tidepost", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tidepost")

# Where no bytecode is kept, each program that a test starts compiles all of Tidepost again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

MEMORY, ROOM = Path("/dev/shm"), 4 << 30


def _write_to_memory() -> None:
    """Make temporary files in memory where it has room for them.

    The tests write some hundred thousand small files, and on a disk they wait for each. What
    programs leave there goes at the end; pytest keeps what a failed test made.
    """
    if "TMPDIR" in os.environ or not MEMORY.is_dir() or not os.access(MEMORY, os.W_OK):
        return
    there = os.statvfs(MEMORY)
    if there.f_bavail * there.f_frsize >= ROOM and not there.f_flag & os.ST_NOEXEC:
        os.environ["PYTEST_DEBUG_TEMPROOT"] = str(MEMORY)
        os.environ["TMPDIR"] = tempfile.tempdir = tempfile.mkdtemp(prefix="tide-", dir=MEMORY)
        Path(tempfile.tempdir).chmod(0o755)  # a web server's processes have no rights of ours
        atexit.register(_let_go, os.environ["TMPDIR"], os.getpid())


def _let_go(folder: str, owner: int) -> None:
    if os.getpid() == owner:  # and no process that was forked from it
        shutil.rmtree(folder, ignore_errors=True)


_write_to_memory()

TESTS = Path(__file__).parent

PLACES = {
    "audit": ("browser", "network"),
    "backend/test_browser.py": ("browser", "network"),
    "backend/test_faults.py": ("server", "network"),
    "backend/test_fuzz.py": ("slow",),
    "backend/test_js.py": ("network",),
    "backend/test_killed.py": ("slow",),
    "backend/test_lambda.py": ("server", "network"),
    "backend/test_serve.py": ("browser", "network"),
    "bad_sites": ("slow",),
    "bench": ("slow",),
    "editing/test_upgrade.py": ("slow",),
    "markdown/test_law.py": ("slow",),
    "markdown/test_suites.py": ("network", "slow"),
    "incremental": ("slow",),
    "hosts/test_cli.py": ("slow", "server", "network"),
    "hosts/test_git.py": ("slow",),
    "hosts/test_rules.py": ("server", "network"),
    "hosts/test_ssh.py": ("server", "network"),
    "hosts/test_static_hosts.py": ("server", "network"),
    "importers/test_comparison.py": ("network", "slow"),
    "importers/test_texts.py": ("network", "slow"),
    "importers/test_whole_sites.py": ("network", "slow"),
    "importers/test_hundred_texts.py": ("network", "slow"),
    "assets/test_published.py": ("network", "slow"),
    "cli/test_setup.py": ("slow",),
    "docs/test_docs_site.py": ("slow",),
    "assets/test_films.py": ("network",),
    "assets/test_site.py": ("slow",),
    "importers/test_sites.py": ("slow",),
    "infra/test_checkov.py": ("network",),
    "infra/test_container.py": ("server", "network"),
    "infra/test_csp.py": ("browser", "network", "server"),
    "infra/test_failover.py": ("server", "network"),
    "infra/test_kubernetes.py": ("network", "server"),
    "infra/test_roles.py": ("server",),
    "infra/test_scripts.py": ("slow",),
    "infra/test_terraform.py": ("network",),
    "publish/test_addresses.py": ("server", "network"),
    "publish/test_cli.py": ("slow",),
    "publish/test_cloud.py": ("server",),
    "publish/test_crash.py": ("slow",),
    "publish/test_edge_rules.py": ("network",),
    "publish/test_headers.py": ("network",),
    "publish/test_places.py": ("slow",),
    "serve/test_browser.py": ("browser", "network"),
    "serve/test_live_build.py": ("slow",),
    "sites": ("slow",),
    "speed": ("slow",),
    "starters/test_package.py": ("slow",),
    "starters/test_starters.py": ("slow",),
    "test_groups.py": ("slow",),
    "theme": ("browser", "network"),
}
"""What all tests of a file or a folder need; others say it by themselves or by their fixtures."""

FIXTURES = {
    "browser": ("browser",),
    "chromium_path": ("browser",),
    "dynalite": ("server", "network"),
    "moto": ("server",),
    "moto_server": ("server",),
    "seaweed": ("server",),
    "seaweed_server": ("server",),
}
"""What a test needs that asks for a fixture, or has a parameter that begins with its name."""


TOGETHER = frozenset(
    {
        "assets/test_published.py",
        "backend/test_browser.py",
        "backend/test_serve.py",
        "checks/test_blocked_in_a_browser.py",
        "docs/test_docs_site.py",
        "editing/test_upgrade.py",
        "infra/test_csp.py",
        "infra/test_roles.py",
        "infra/test_terraform.py",
        "markdown/test_mermaid.py",
        "publish/test_cloud.py",
        "serve/test_browser.py",
        "serve/test_live_search.py",
        "site/test_site.py",
        "sites/test_languages.py",
        "test_architecture.py",
    }
)
"""Files whose tests share what is dear to make: one process runs all tests of each."""

SAME_SERVERS = frozenset(
    {
        "backend/test_contact_store.py",
        "backend/test_cost.py",
        "backend/test_counter_api.py",
        "backend/test_counter_store.py",
        "backend/test_faults.py",
        "backend/test_rights.py",
    }
)
"""Files whose tests ask the same two servers of DynamoDB: one process runs all of them."""

MARKERS = frozenset({"network", "browser", "server", "slow"})
"""What `--quick` leaves out."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--quick`."""
    parser.addoption(
        "--quick",
        action="store_true",
        help=f"Leave out what is marked {', '.join(sorted(MARKERS))}.",
    )


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Do not even import what `--quick` leaves out as a whole."""
    if not config.getoption("--quick") or not collection_path.is_relative_to(TESTS):
        return None
    return collection_path.relative_to(TESTS).as_posix() in PLACES or None


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Search for no cycles in what is imported and found: all of it lasts."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark each test with what it needs (pyproject.toml lists the markers)."""
    for item in items:
        place = item.path.relative_to(TESTS) if item.path.is_relative_to(TESTS) else Path()
        for path in (place, *place.parents):
            _mark(item, PLACES.get(path.as_posix(), ()))
        if place.as_posix() in TOGETHER:
            item.add_marker(pytest.mark.xdist_group(place.as_posix()))
        if place.as_posix() in SAME_SERVERS:
            item.add_marker(pytest.mark.xdist_group("DynamoDB"))
        for name in getattr(item, "fixturenames", ()):
            _mark(item, FIXTURES.get(name, ()))
        parameters = item.callspec.params.values() if hasattr(item, "callspec") else ()
        for value in parameters:
            if isinstance(value, str):
                _mark(item, FIXTURES.get(value.partition("-")[0], ()))
    if config.getoption("--quick"):
        left_out = [item for item in items if not MARKERS.isdisjoint(_names(item))]
        items[:] = [item for item in items if MARKERS.isdisjoint(_names(item))]
        config.hook.pytest_deselected(items=left_out)


def _names(item: pytest.Item) -> frozenset[str]:
    return frozenset(mark.name for mark in item.iter_markers())


def _mark(item: pytest.Item, markers: tuple[str, ...]) -> None:
    for marker in markers:
        item.add_marker(marker)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Run one process more than there are processors: many tests wait, for a server or a clock."""
    if config.getoption("--quick"):
        return None
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let what a test uses be held against how it is marked."""
    tools.needed[:] = [_names(item)]


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Return the path of a Chromium; on Debian it is installed where it is missing."""
    return tools.chromium()


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Return a folder with the smallest site that passes all checks."""
    return write_site(tmp_path / "site", {})


@pytest.fixture(scope="session", autouse=True)
def silent_about_progress() -> Iterator[None]:
    """However long a busy machine builds, no lines come between warnings that say how far it is."""
    with pytest.MonkeyPatch.context() as patch:
        never = functools.partial(console.ProgressLine, every=float("inf"))
        patch.setattr(console, "ProgressLine", never)
        yield


@pytest.fixture(scope="session", autouse=True)
def program_read_once() -> Iterator[None]:
    """Read Tidepost's own code once in a process: each site's first build asks for its digest."""
    package, work_out = sqlite_cache._PACKAGE, sqlite_cache._code_digest

    @functools.lru_cache(maxsize=64)
    def known(*_changed: object) -> bytes:
        return work_out()

    def once() -> bytes:
        if package != sqlite_cache._PACKAGE:
            return work_out()
        return known(importlib.metadata.version, sys.version_info)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite_cache, "_code_digest", once)
        yield


@pytest.fixture(scope="session", autouse=True)
def templates_compiled_once() -> Iterator[None]:
    """Compile a template with the same text once in a process: thousands of builds share a few.

    What a test puts in the place of what compiles is asked anew.
    """
    compile_template = compiled.compile_template

    @functools.lru_cache(maxsize=4096)
    def known(
        name: str, text: str, filters: tuple[str, ...], *_changed: object
    ) -> compiled.Compiled:
        return compile_template(name, text, filters)

    def once(name: str, text: str, filters: Iterable[str] = ()) -> compiled.Compiled:
        by = compiled.make_environment, compiled.compile_tree, sys.implementation.cache_tag
        return known(name, text, tuple(sorted(filters)), *by)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "compile_template", once)
        yield
