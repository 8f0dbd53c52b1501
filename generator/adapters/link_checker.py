"""Asking other sites whether the pages that this one links to are still there.

Politely: a few at a time from each host, with a pause between; only what robots.txt allows (RFC
9309); HEAD where that is enough; and only what was not asked lately.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import socket
import ssl
import threading
import time
import urllib.request
import urllib.robotparser
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit, urlunsplit

import msgspec
import urllib3
from urllib3.exceptions import HTTPError, NameResolutionError

from generator.adapters.deadline import Requests, ending
from generator.adapters.files.os_errors import read_file
from generator.checks.external_links import Answer, State, has_place
from generator.config.settings import ExternalSettings

AGENT = "Tidepost"
_MOST_AT_ONCE = 16
_MOST_REDIRECTS = 10
_WHOLE = 4
"""A whole request, its redirects apart, may take so many times what one step of it may."""

_MOST_BYTES = 2_000_000
"""So much of a page is read to look for a fragment."""

_PERMANENT = (301, 308)
_REDIRECTS = (301, 302, 303, 307, 308)
_GONE = (404, 410)
_REFUSING = (401, 402, 403, 405, 406, 407, 418, 429, 451, 999)
"""Answers that say more of who asks than of the page: the site turns programs away."""

_MOST_WAIT = 60.0
"""A host that asks for a longer pause (Retry-After, Crawl-delay) is asked another time."""

_TRIES = 3
_ROBOTS_SECONDS = 86_400.0
_SAVE_EACH = 5.0


class Book(msgspec.Struct, kw_only=True):
    """What was answered before: by address without fragment; robots.txt by origin."""

    answers: dict[str, Answer] = {}
    robots: dict[str, tuple[float, str]] = {}


def read_book(file: Path) -> Book:
    """Return what is remembered; a damaged file is an empty one."""
    try:
        return msgspec.json.decode(read_file(file), type=Book)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return Book()


def write_book(file: Path, book: Book) -> None:
    """Write the book, whole or not at all."""
    temporary = file.with_name(f"{file.name}.{os.getpid()}.tmp")
    temporary.write_bytes(msgspec.json.encode(book))
    temporary.replace(file)


class Asker:
    """Asks many addresses at once, and writes each answer into `book`."""

    def __init__(self, book: Book, settings: ExternalSettings, site: str, now: float) -> None:
        """Ask for the site at the address `site`, which the hosts are reported; `now` is the moment
        that answers are dated with."""
        from generator import __version__

        self.book, self.settings, self.now = book, settings, now
        self.stop = threading.Event()
        self.hosts: dict[str, _Host] = {}
        self.requests = Requests()
        self.lock = threading.Lock()
        headers = {"User-Agent": f"{AGENT}/{__version__} (checks the links of {site})",
                   "Accept": "*/*"}  # fmt: skip
        timeout = urllib3.Timeout(connect=settings.timeout, read=settings.timeout)
        options: dict[str, Any] = {
            "headers": headers,
            "timeout": timeout,
            "retries": False,
            "num_pools": 64,
        }
        self.direct = ending(urllib3.PoolManager(**options))
        self.proxies = {
            scheme: ending(urllib3.ProxyManager(url, **options))
            for scheme, url in urllib.request.getproxies().items()
            if scheme in ("http", "https") and url.startswith("http")
        }

    def ask(
        self,
        wanted: Mapping[str, set[str]],
        progress: Callable[[int], None],
        save: Callable[[], None],
    ) -> None:
        """Ask every address of `wanted`, looking for its fragments where it has any.

        `progress` is called with how many have answered; `save` now and then, and at the end, also
        when the program is interrupted: then what is asked just now is given up at once.
        """
        queues: dict[str, deque[tuple[str, set[str]]]] = {}
        for address, fragments in wanted.items():
            host = urlsplit(address).netloc.lower()
            queues.setdefault(host, deque()).append((address, fragments))
        waiting = deque(
            queue
            for queue in queues.values()
            for _ in range(min(self.settings.per_host, len(queue)))
        )
        done, failed = 0, list[BaseException]()

        def drain(queue: deque[tuple[str, set[str]]]) -> None:
            nonlocal done
            while not self.stop.is_set():
                try:
                    address, fragments = queue.popleft()
                except IndexError:
                    return
                answer = self.answer(address, fragments)
                with self.lock:
                    if self.stop.is_set():
                        return
                    self.book.answers[address] = answer
                    done += 1

        def work() -> None:
            try:
                while not self.stop.is_set():
                    try:
                        queue = waiting.popleft()
                    except IndexError:
                        return
                    drain(queue)
            except BaseException as error:  # noqa: BLE001 (raised by who waits for this thread)
                failed.append(error)

        # Those of a pool would be waited for at the end of the program.
        threads = [
            threading.Thread(target=work, daemon=True)
            for _ in range(min(_MOST_AT_ONCE, len(waiting)))
        ]
        for thread in threads:
            thread.start()
        try:
            saved = time.monotonic()
            while any(thread.is_alive() for thread in threads) and not failed:
                self.stop.wait(0.02)
                progress(done)
                if time.monotonic() - saved > _SAVE_EACH:
                    with self.lock:
                        save()
                    saved = time.monotonic()
            if failed:
                raise failed[0]
        finally:
            with self.lock:
                self.stop.set()
            self.requests.end()
            save()

    def answer(self, address: str, fragments: set[str]) -> Answer:
        """Follow one address to where it leads."""
        try:
            url = _plain(address)
        except ValueError:
            return self._answer("dead", "this cannot be an address")
        moved, permanent = "", True
        seen = {url}
        for _ in range(_MOST_REDIRECTS + 1):
            try:
                response = self._one(url, fragments)
            except _NotAsked as reason:
                return self._answer(reason.state, str(reason))
            except HTTPError as error:
                return self._answer(*_failure(error))
            except (OSError, ValueError) as error:
                return self._answer("failed", f"it cannot be asked: {error}")
            status, location = response.status, response.headers.get("Location", "")
            if status in _REDIRECTS and location:
                response.close()
                try:
                    target = urljoin(url, location)
                    url = _plain(urldefrag(target)[0])
                except ValueError:
                    return self._answer("dead", f"it leads to what is no address: {location[:60]}")
                permanent = permanent and status in _PERMANENT
                moved = target if permanent else moved
                if not url.startswith(("http://", "https://")):
                    return self._answer("refused", f"it leads to {url[:60]}")
                private = private_address(url)
                if private and not private_address(address):
                    return self._answer("dead", f"it leads into a private network ({private})")
                if url in seen:
                    return self._answer("dead", "its redirects lead in a circle")
                seen.add(url)
                continue
            state, detail = _meaning(status)
            places = {}
            if state == "ok" and fragments:
                places = self._places(response, fragments)
            response.close()
            moved = moved if state == "ok" and moved != address else ""
            return self._answer(state, detail, moved, places)
        return self._answer("dead", f"more than {_MOST_REDIRECTS} redirects")

    def _answer(
        self, state: State, detail: str = "", moved: str = "", places: dict[str, bool] | None = None
    ) -> Answer:
        return Answer(asked=self.now, state=state, detail=detail, moved=moved, places=places or {})

    def _one(self, url: str, fragments: set[str]) -> urllib3.BaseHTTPResponse:
        """Ask one address once, or again after the pause that its host asks for."""
        host = self._host(url)
        if not host.allows(url):
            raise _NotAsked("refused", "its robots.txt does not let programs ask for it")
        methods = ["GET"] if fragments else ["HEAD", "GET"]
        tries = 0
        while True:
            method = methods[0]
            host.wait_for_turn(self.stop)
            if self.stop.is_set():
                raise _NotAsked("failed", "interrupted")
            tries += 1
            try:
                response = self._send(method, url)
            except _Late:
                raise _NotAsked("failed", "it did not answer in time") from None
            except HTTPError as error:
                if tries < _TRIES - 1 and not isinstance(error, NameResolutionError):
                    continue
                raise
            if response.status in (429, 503) and (asked := response.headers.get("Retry-After")):
                response.close()
                pause = _pause(asked)
                if tries >= _TRIES or pause > _MOST_WAIT:
                    raise _NotAsked("failed", f"it asks to come back in {pause:.0f} s")
                host.pause(pause)
            elif response.status >= 400 and len(methods) > 1:
                # Many servers answer HEAD wrongly, or not at all (405, 501, 403, even 404).
                response.close()
                methods.pop(0)
            else:
                return response

    def _send(self, method: str, url: str) -> urllib3.BaseHTTPResponse:
        parts = urlsplit(url)
        manager: urllib3.PoolManager = self.direct
        if parts.scheme in self.proxies and not urllib.request.proxy_bypass(parts.netloc):
            manager = self.proxies[parts.scheme]
        with self.requests.ended_after(_WHOLE * self.settings.timeout) as request:
            try:
                answer = manager.request(method, url, redirect=False, preload_content=False)
            except HTTPError:
                if request.late:
                    raise _Late from None
                raise
            if request.late:  # headers that break off are taken for whole ones
                raise _Late
            return answer

    def _places(self, response: urllib3.BaseHTTPResponse, fragments: set[str]) -> dict[str, bool]:
        """Look for fragments in an HTML page; in anything else, and past what is read, they are
        taken to be there."""
        there = dict.fromkeys(sorted(fragments), True)
        if "html" not in response.headers.get("Content-Type", ""):
            return there
        try:
            html = self._read(response)
        except (HTTPError, OSError):
            return there
        if html is None:
            return there
        return {fragment: has_place(html, fragment) for fragment in there}

    def _host(self, url: str) -> _Host:
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc.lower()}"
        with self.lock:
            host = self.hosts.setdefault(origin, _Host(self.settings.delay))
        with host.lock:
            if host.rules is None:
                host.rules = self._robots(origin)
                pause = host.rules.crawl_delay(AGENT)
                if pause is not None:
                    host.delay = min(max(host.delay, float(pause)), _MOST_WAIT)
        return host

    def _robots(self, origin: str) -> urllib.robotparser.RobotFileParser:
        """Return the rules of a host: none where there is no robots.txt, everything forbidden
        where it cannot be had (RFC 9309, section 2.3.1)."""
        rules = urllib.robotparser.RobotFileParser()
        asked, text = self.book.robots.get(origin, (0.0, ""))
        if not 0 <= self.now - asked < _ROBOTS_SECONDS:
            text = self._robots_text(origin)
            with self.lock:
                self.book.robots[origin] = (self.now, text)
        rules.parse(text.splitlines())
        return rules

    def _robots_text(self, origin: str) -> str:
        url = f"{origin}/robots.txt"
        try:
            for _ in range(5):
                response = self._send("GET", url)
                location = response.headers.get("Location", "")
                if response.status not in _REDIRECTS or not location:
                    break
                response.close()
                url = _plain(urljoin(url, location))
                if not private_address(origin) and private_address(url):
                    return ""
            if response.status >= 500:
                return "User-agent: *\nDisallow: /"
            text = self._read(response) if response.status == 200 else ""
        except (HTTPError, OSError, ValueError, _Late):
            return ""  # then the page itself will tell what is wrong
        return text or ""

    def _read(self, response: urllib3.BaseHTTPResponse) -> str | None:
        with self.requests.ended_after(self.settings.timeout) as request:
            text = _read(response, self.settings.timeout)
            return None if request.late else text


class _Late(Exception):
    """A request took longer than a whole one may."""


class _NotAsked(Exception):
    """An address was not asked, or not to the end."""

    def __init__(self, state: State, detail: str) -> None:
        super().__init__(detail)
        self.state = state


class _Host:
    """How soon a host may be asked again, and for what."""

    def __init__(self, delay: float) -> None:
        self.delay, self.next = delay, 0.0
        self.rules: urllib.robotparser.RobotFileParser | None = None
        self.lock = threading.Lock()

    def allows(self, url: str) -> bool:
        return self.rules is None or self.rules.can_fetch(AGENT, url)

    def pause(self, seconds: float) -> None:
        with self.lock:
            self.next = max(self.next, time.monotonic() + seconds)

    def wait_for_turn(self, stop: threading.Event) -> None:
        with self.lock:
            turn = max(self.next, time.monotonic())
            self.next = turn + self.delay
        stop.wait(max(0.0, turn - time.monotonic()))


def private_address(url: str) -> str:
    """Return the address inside a private network, or of this machine, that a URL's host has;
    empty where it has none (the IANA registries of special-purpose addresses)."""
    host = urlsplit(url).hostname or ""
    for text in addresses_of(host):
        address = ipaddress.ip_address(text.partition("%")[0])
        mapped = getattr(address, "ipv4_mapped", None)
        if not (mapped or address).is_global:
            return text
    return ""


def addresses_of(host: str) -> list[str]:
    """Look a host's name up; nothing where that fails, which is reported when it is asked."""
    try:
        return [str(found[4][0]) for found in socket.getaddrinfo(host, None)]
    except (OSError, UnicodeError):
        return []


def _meaning(status: int) -> tuple[State, str]:
    if status < 400:
        return "ok", ""
    if status in _REFUSING:
        return "refused", f"it does not answer programs ({status})"
    if status >= 500:
        return "failed", f"its server has an error ({status})"
    return "dead", "it is gone (410)" if status == _GONE[1] else f"there is no such page ({status})"


def _failure(error: HTTPError) -> tuple[State, str]:
    """Say what a failed request means."""
    if isinstance(error, NameResolutionError):
        cause = error.__cause__
        if isinstance(cause, socket.gaierror) and cause.errno == socket.EAI_NONAME:
            return "dead", "there is no host of this name"
        return "failed", "its host's name cannot be looked up at the moment"
    if isinstance(error, urllib3.exceptions.NewConnectionError):
        return "failed", "its host does not take the connection"
    if isinstance(error, urllib3.exceptions.TimeoutError):
        return "failed", "it did not answer in time"
    if isinstance(error, urllib3.exceptions.SSLError):
        cause = error.args[0] if error.args else error
        why = cause.verify_message if isinstance(cause, ssl.SSLCertVerificationError) else cause
        return "failed", f"there is no secure connection: {why}"
    if isinstance(
        error, urllib3.exceptions.LocationParseError | urllib3.exceptions.URLSchemeUnknown
    ):
        return "dead", "this cannot be an address"
    return "failed", "the connection broke before it answered"


def _pause(retry_after: str) -> float:
    """Return the seconds that a Retry-After asks for (RFC 9110, section 10.2.3)."""
    try:
        return max(0.0, urllib3.Retry().parse_retry_after(retry_after))
    except HTTPError:
        return _MOST_WAIT + 1


def _read(response: urllib3.BaseHTTPResponse, seconds: float) -> str | None:
    """Return a body as text, or None where it is too long or comes too slowly."""
    end = time.monotonic() + seconds
    parts: list[bytes] = []
    size = 0
    with contextlib.closing(response):
        for part in response.stream(65_536):
            parts.append(part)
            size += len(part)
            if size > _MOST_BYTES or time.monotonic() > end:
                return None
    return b"".join(parts).decode("utf-8", errors="replace")


def _plain(url: str) -> str:
    """Return an address whose host is written in ASCII (RFC 3490)."""
    parts = urlsplit(url)
    if parts.netloc.isascii():
        return url
    return urlunsplit(parts._replace(netloc=parts.netloc.encode("idna").decode("ascii")))
