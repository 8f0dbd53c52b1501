"""The command `serve`: the site on this machine, built anew whenever something changes."""

from __future__ import annotations

import signal
import threading
import time
import webbrowser
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from generator.adapters.console import Console
from generator.adapters.devserver import LocalSite, PortTaken, start
from generator.adapters.functions import FunctionError, LocalApi, local_api, register_paths
from generator.adapters.live import Live, Outcome, ServedSite
from generator.adapters.watch import follow
from generator.checks.addresses import api_path
from generator.cli.common import (
    OUTPUT,
    PRIVATE,
    build_options,
    open_workspace,
    site_option,
)
from generator.cli.pipeline import SERVED, Built, build_and_check
from generator.config import SiteConfig
from generator.problems import Problem, SiteError
from generator.publish import edge

PORT = 8000
_PORTS_TRIED = 100
_TICK_SECONDS = 60.0

Rebuild = Callable[[], Outcome]


@click.command()
@site_option
@build_options
@click.option("--port", type=click.IntRange(0, 65535), help=f"Port (default: from {PORT} on).")
@click.option("--open", "open_browser", is_flag=True, help="Open the site in a browser.")
@click.option("--cdn-headers", is_flag=True, help="Let browsers keep things as long as later on.")
def serve(
    folder: Path,
    drafts: bool,
    future: bool,
    no_memo: bool,
    port: int | None,
    open_browser: bool,
    cdn_headers: bool,
) -> int:
    """Show the site on this machine, and follow every change until Ctrl-C.

    Addresses, redirects, headers and the 404 page are those of the published site. Counter and
    contact form work and keep what they get in .tidepost/local/; see /_tidepost/ in the browser.
    """
    root = folder.resolve()
    console = Console()
    live = Live()
    api = local_api(root / PRIVATE / "local")

    def rebuild() -> Outcome:
        return _rebuild(root, api, console, drafts=drafts, future=future, no_memo=no_memo)

    first = rebuild()
    live.show(first if first.site else _last_good(root, first))
    if first.site is None:
        live.show(first)
    site = LocalSite(live, api, cdn_headers=cdn_headers)
    try:
        server = start(
            site, live, PORT if port is None else port, tries=_PORTS_TRIED if port is None else 1
        )
    except PortTaken as taken:
        raise click.UsageError(f"{taken}; choose another with --port") from None
    changes, stop = _Changes(), threading.Event()
    base = live.site.base if live.site else ""
    url = f"{server.url.rstrip('/')}{base}/"
    try:
        with _interruptible():
            follow(root, changes.add, stop)
            console.say(f"Serving at {url} (counts and mails at {server.url}_tidepost/)")
            console.say("Ctrl-C ends.")
            if open_browser:
                webbrowser.open(url)
            _keep_up(live, api, changes, rebuild, console)
    except KeyboardInterrupt:
        console.say("Stopped.")
    finally:
        stop.set()
        server.stop()
    return 0


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let SIGTERM end the command as Ctrl-C does, also where a shell told us to ignore that."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Changes:
    """Collects what changed until somebody takes it."""

    def __init__(self) -> None:
        self._paths: set[str] = set()
        self._lock = threading.Lock()
        self._some = threading.Event()

    def add(self, paths: set[str]) -> None:
        """Remember changes."""
        with self._lock:
            self._paths |= paths
            self._some.set()

    def take(self, seconds: float) -> set[str]:
        """Return all changes since the last call; wait for one at most so long."""
        self._some.wait(seconds)
        with self._lock:
            self._some.clear()
            taken, self._paths = self._paths, set()
            return taken


def _keep_up(
    live: Live, api: LocalApi, changes: _Changes, rebuild: Rebuild, console: Console
) -> None:
    """Build anew after each change, until interrupted."""
    ticked = time.monotonic()
    while True:
        changed = changes.take(1.0)
        if changed:
            console.say(f"Changed: {_few(changed)}")
            live.show(rebuild(), changed)
        if time.monotonic() - ticked > _TICK_SECONDS:
            ticked = time.monotonic()
            api.tick()


def _rebuild(
    root: Path, api: LocalApi, console: Console, *, drafts: bool, future: bool, no_memo: bool
) -> Outcome:
    try:
        workspace = open_workspace(root)
        built = build_and_check(
            workspace, drafts=drafts, future=future, no_memo=no_memo, into=SERVED
        )
    except SiteError as error:
        console.problems(error.problems)
        return Outcome(site=None, problems=error.problems)
    except OSError as error:  # a file that went away while it was read, a full disk
        problem = Problem(path=OUTPUT, code="not-built", message=error.strerror or str(error))
        console.problems([problem])
        return Outcome(site=None, problems=[problem])
    console.problems(built.problems)
    console.say(f"Built {len(built.files)} files in {built.seconds:.2f} s.")
    _make_countable(api, built, workspace.config)
    return Outcome(site=_served(built, workspace.config), problems=built.problems)


def _served(built: Built, config: SiteConfig) -> ServedSite:
    return ServedSite(
        folder=built.folder,
        redirects=edge.flatten(built.redirects, config.base),
        roles={file.path: file.role for file in built.files},
        base=config.base,
        api=api_path(config),
        page_max_age=config.publish.page_max_age,
    )


def _last_good(root: Path, failed: Outcome) -> Outcome:
    """Return what an earlier build left, to be shown behind the problems of this one."""
    folder = root / SERVED
    if not (folder / "index.html").is_file():
        return failed
    try:
        config = open_workspace(root).config
    except SiteError:
        return Outcome(site=ServedSite(folder=folder))
    return Outcome(site=ServedSite(folder=folder, base=config.base, api=api_path(config)))


def _make_countable(api: LocalApi, built: Built, config: SiteConfig) -> None:
    """Tell the local counter which pages there are, as publishing tells the real one."""
    if config.counter.enabled and built.paths:
        try:
            register_paths(api, [f"{config.base}{path}" for path in built.paths])
        except FunctionError as error:
            click.echo(f"The local counter: {error}", err=True)


def _few(paths: Collection[str]) -> str:
    shown = sorted(paths)
    return ", ".join(shown[:3]) + (f" and {len(shown) - 3} more" if shown[3:] else "")
