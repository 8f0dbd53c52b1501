"""A web server on this machine that stands for other people's sites."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Request:
    """What was asked, and how to answer it."""

    def __init__(self, handler: BaseHTTPRequestHandler) -> None:
        self.method, self.path = handler.command, handler.path
        self.agent = handler.headers.get("User-Agent", "")
        self.at = time.monotonic()
        self.before_the_end: Callable[[], None] = lambda: None
        self._handler = handler

    def answer(self, status: int = 200, body: str = "", **headers: str) -> None:
        raw = body.encode()
        self.before_the_end()
        self._handler.send_response(status)
        self._handler.send_header("Content-Length", str(len(raw)))
        for name, value in {"Content_Type": "text/html", **headers}.items():
            self._handler.send_header(name.replace("_", "-"), value)
        self._handler.end_headers()
        if self.method != "HEAD":
            self._handler.wfile.write(raw)

    def hang_up(self) -> None:
        """End the connection without an answer."""
        self.before_the_end()
        self._handler.close_connection = True


class OtherSite:
    """A server; `pages` are by path; `asked` is what came in, but for robots.txt."""

    def __init__(self) -> None:
        self.pages: dict[str, Callable[[Request], None]] = {}
        self.asked: list[Request] = []
        self.robots: list[Request] = []
        self.unanswered: set[Request] = set()
        """Without those whose answer is on its way: who has it may ask again at once."""
        self.most_at_once = 0
        self.lock = threading.Lock()
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one(self) -> None:
                request = Request(self)
                request.before_the_end = lambda: site.unanswered.discard(request)
                with site.lock:
                    (site.robots if self.path == "/robots.txt" else site.asked).append(request)
                    site.unanswered.add(request)
                    site.most_at_once = max(site.most_at_once, len(site.unanswered))
                try:
                    site.pages.get(self.path, lambda r: r.answer(404))(request)
                except (BrokenPipeError, ConnectionResetError):
                    pass  # who asked has given up
                finally:
                    request.before_the_end()

            do_GET = do_HEAD = handle_one  # noqa: N815

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # type: ignore[method-assign,assignment]
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def said(self) -> list[str]:
        """Return what was asked, sorted."""
        return sorted(f"{request.method} {request.path}" for request in self.asked)

    def forget(self) -> None:
        """Begin a new record of what is asked."""
        self.asked.clear()
        self.robots.clear()


@contextmanager
def other_site() -> Iterator[OtherSite]:
    """Run a server."""
    site = OtherSite()
    thread = threading.Thread(target=site.server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield site
    finally:
        site.server.shutdown()
        site.server.server_close()
