"""The command `serve`: the site on this machine, built again whenever something changes."""

from __future__ import annotations

import signal
import sys
import threading
import time
import webbrowser
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator.adapters.aws.sent_headers import headers_of
from generator.adapters.console import Console
from generator.adapters.files.os_errors import way_out
from generator.adapters.functions import FunctionError, LocalApi, local_api, register_paths
from generator.adapters.server.desk import WritersDesk
from generator.adapters.server.desk_pages import OWN, SHARED
from generator.adapters.server.editor import Editor
from generator.adapters.server.search import LiveSearch
from generator.adapters.server.sharing import (
    KEY,
    Door,
    is_open_to_others,
    new_key,
    own_address,
    qr_code,
)
from generator.adapters.server.state import Live, Outcome, ServedSite
from generator.adapters.server.watch import follow
from generator.adapters.server.wsgi import HERE, LocalSite, PortTaken, start
from generator.adapters.session import Session
from generator.app.build import build_and_check
from generator.app.live_build import Follower, Made
from generator.app.outcome import Built
from generator.app.workspace import OUTPUT, PRIVATE, SERVED, open_workspace
from generator.checks.addresses import api_path
from generator.cli.common import site_option
from generator.config.settings import SiteConfig
from generator.core.cache import NoCache
from generator.core.problems import Problem, SiteError
from generator.publish import edge_rules
from generator.publish.csp import SentHeaders, on_this_machine

if TYPE_CHECKING:
    from generator.incremental.ahead import Ahead

PORT = 8000
_PORTS_TRIED = 100
_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 (what the writer may ask for)
_TICK_SECONDS = 60.0
_SWITCH_SECONDS = 0.001
"""How long the thread that builds may keep others waiting that answer browsers (Python's default is
five times that)."""


@click.command()
@site_option
@click.option("--published", is_flag=True, help="Leave out drafts and posts that are not out yet.")
@click.option("--no-cache", is_flag=True, help="Ignore the cache.")
@click.option("--port", type=click.IntRange(0, 65535), help=f"Port (default: from {PORT} on).")
@click.option(
    "--host", default=HERE, metavar="ADDRESS", help="0.0.0.0 shows it to your phone, too."
)
@click.option("--open", "open_browser", is_flag=True, help="Open the site in a browser.")
@click.option("--editor", default="", help='Opens files: "code --goto {file}:{line}".')
@click.option("--cdn-headers", is_flag=True, help="Send the cache headers of production.")
@click.option("--drafts", "_drafts", is_flag=True, hidden=True)
@click.option("--future", "_future", is_flag=True, hidden=True)
def serve(
    folder: Path,
    published: bool,
    no_cache: bool,
    port: int | None,
    host: str,
    open_browser: bool,
    editor: str,
    cdn_headers: bool,
    _drafts: bool,
    _future: bool,
) -> int:
    """Show the site on this machine, and follow every change until Ctrl-C.

    Drafts and posts that are not out yet are shown and marked. Addresses, redirects, headers and
    the 404 page are those of the published site. Counter and contact form work and keep what they
    get in .tidepost/local/; /_tidepost/ in the browser shows that, and all documents.

    With --host 0.0.0.0 other devices of your network see the site, if they have the key in the
    address that is printed then.
    """
    root = folder.resolve()
    console = Console()
    try:
        opener = Editor(root, editor)
    except ValueError as error:
        raise click.UsageError(f"--editor: {error}") from None
    host = _address(host)
    door = Door(new_key(), OWN, SHARED) if is_open_to_others(host) else None
    live = Live()
    api = local_api(root / PRIVATE / "local")
    builder = _Builder(root, live, api, console, published=published, no_cache=no_cache)
    first = builder.build()
    shown = first.outcome
    live.show(
        shown if shown.site else _last_good(root, shown),
        documents=first.documents,
        marks=first.marks,
    )
    if shown.site is None:
        live.show(shown)
    site = LocalSite(live, api, opener, cdn_headers=cdn_headers, door=door)
    try:
        server = start(
            site,
            live,
            PORT if port is None else port,
            tries=_PORTS_TRIED if port is None else 1,
            host=host,
        )
    except PortTaken as taken:
        raise click.UsageError(f"{taken}; choose another with --port") from None
    changes, stop = _Changes(), threading.Event()
    follower = Follower(root, live, builder.build, builder.desk.titled, console)
    builder.again = follower.again
    base = live.site.base if live.site else ""
    url = f"{server.url.rstrip('/')}{base}/"
    sys.setswitchinterval(_SWITCH_SECONDS)
    try:
        with _interruptible():
            follow(root, changes.add, stop)
            follower.begin()
            if door is None or host in _EVERYWHERE:
                console.answer(
                    f"Serving at {url} (documents, counts and mails at {server.url}_tidepost/)"
                )
            if door:
                shared = _share(console, host, server.port, base, door.key)
                url = url if host in _EVERYWHERE else shared
            console.say("Ctrl-C ends.")
            if open_browser:
                webbrowser.open(url)
            _keep_up(api, changes, follower)
    except KeyboardInterrupt:
        console.say("Stopped.")
    finally:
        stop.set()
        follower.end()
        server.stop()
    return 0


def _address(host: str) -> str:
    """Return the address to listen at. Raises UsageError."""
    if host == "localhost":
        return HERE
    try:
        is_open_to_others(host)
    except ValueError:
        raise click.UsageError(
            f"--host: `{host}` is no address in numbers; 0.0.0.0 is each that this machine has"
        ) from None
    return host


def _share(console: Console, host: str, port: int, base: str, key: str) -> str:
    """Say how other devices come here; return that address, or an empty text where none can."""
    found = own_address(host)
    if not found:
        console.answer("This machine is in no network, so that no other device reaches it.")
        return ""
    named = f"[{found}]" if ":" in found else found
    url = f"http://{named}:{port}{base}/?{KEY}={key}"
    console.answer(f"On a phone in your network: {url}")
    if sys.stdout.isatty() and (drawn := qr_code(url)):
        console.answer(drawn)
    console.answer(
        "Look out: whoever has this address sees the site with its drafts, and what goes over the "
        "network is not encrypted. The key is a new one each time."
    )
    return url


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let SIGTERM end the command as Ctrl-C does, also where a shell has it ignored."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _nothing(*_: object) -> None:
    pass


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


def _keep_up(api: LocalApi, changes: _Changes, follower: Follower) -> None:
    """Have the site follow each change, until interrupted."""
    ticked = time.monotonic()
    while True:
        changed = changes.take(1.0)
        if changed:
            follower.take(changed)
        if time.monotonic() - ticked > _TICK_SECONDS:
            ticked = time.monotonic()
            api.tick()


class _Builder:
    """Builds the site again and again."""

    def __init__(
        self,
        root: Path,
        live: Live,
        api: LocalApi,
        console: Console,
        *,
        published: bool,
        no_cache: bool,
    ) -> None:
        self.root, self.api, self.console = root, api, console
        self.published, self.no_cache = published, no_cache
        self.countable: list[str] = []
        self.reported: frozenset[Problem] = frozenset()
        """What the last build that went well warned of."""
        self.again: Callable[[], None] = _nothing
        """Has the site built."""
        self.search = LiveSearch(
            lambda: self.again(), lambda error: self.console.problems(error.problems)
        )
        self.tell: Callable[[Ahead], None] = _nothing
        self.session = Session()
        self.desk = WritersDesk(root, live, lambda made: self.tell(made))

    def build(
        self, changed: Collection[str] = (), tell: Callable[[Ahead], None] = _nothing
    ) -> Made:
        """Build the site after files have `changed`; what is wrong is reported, and what was good
        before stays on disk.

        `tell` is given pages of it before the rest is made.
        """
        searchable = self.search.wanted
        self.tell = tell
        try:
            workspace = open_workspace(self.root)
            self.desk.config, self.desk.now = workspace.config, workspace.now
            built = build_and_check(
                workspace,
                drafts=not self.published,
                future=not self.published,
                no_cache=self.no_cache,
                into=SERVED,
                desk=self.desk,
                searchable=searchable,
                session=self.session,
                changed=changed,
            )
        except SiteError as error:
            self.console.problems(error.problems, known=self.reported)
            return Made(outcome=Outcome(site=None, problems=error.problems))
        except OSError as error:  # a file that went away while it was read, a full disk
            message = error.strerror or str(error)
            if error.filename:
                message += f": {error.filename}"
            problem = Problem(path=OUTPUT, code="not-built", message=message, hint=way_out(error))
            self.console.problems([problem])
            return Made(outcome=Outcome(site=None, problems=[problem]))
        finally:
            if searchable:
                self.search.built()
        self.console.problems(built.problems, known=self.reported)
        self.reported = frozenset(built.problems)
        self.console.say(f"Built {len(built.files)} files in {built.seconds:.2f} s.")
        self._make_countable(built, workspace.config)
        return Made(
            outcome=Outcome(site=self._served(built, workspace.config), problems=built.problems),
            documents=self.desk.documents,
            marks=self.desk.marks(),
        )

    def _served(self, built: Built, config: SiteConfig) -> ServedSite:
        return ServedSite(
            folder=built.folder,
            redirects=edge_rules.flatten(built.redirects, config.base),
            files=edge_rules.file_table((file.path for file in built.files), config.base),
            roles={file.path: file.role for file in built.files},
            base=config.base,
            api=api_path(config),
            page_max_age=config.publish.page_max_age,
            later=partial(self.search.file, built.folder) if config.search else None,
            headers=_sent_here(built.headers, config),
        )

    def _make_countable(self, built: Built, config: SiteConfig) -> None:
        """Register the pages with the local counter, as publishing does with the real one."""
        paths = [f"{config.base}{path}" for path in built.paths]
        if not config.counter.enabled or not paths or paths == self.countable:
            return
        try:
            register_paths(self.api, paths)
            self.countable = paths
        except FunctionError as error:
            click.echo(f"The local counter: {error}", err=True)


def _sent_here(headers: SentHeaders, config: SiteConfig) -> SentHeaders:
    return SentHeaders(
        pages=on_this_machine(headers.pages, config.origin),
        api=on_this_machine(headers.api, config.origin),
    )


def _last_good(root: Path, failed: Outcome) -> Outcome:
    """Return what an earlier build left, to be shown behind the problems of this one."""
    folder = root / SERVED
    if not (folder / "index.html").is_file():
        return failed
    try:
        config = open_workspace(root).config
        headers = _sent_here(headers_of(root, config, NoCache()), config)
    except SiteError:
        return Outcome(site=ServedSite(folder=folder))
    return Outcome(
        site=ServedSite(folder=folder, base=config.base, api=api_path(config), headers=headers)
    )
