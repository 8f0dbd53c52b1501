"""The site on this machine: answers as the distribution would, and keeps browsers up to date.

Addresses mean what `publish.edge` says, headers are those of a release. What differs: pages carry
a script that follows changes, nothing is kept in the browser's cache without asking (unless the
real headers are asked for), and the paths under `/_tidepost/` are the writer's own.
"""

from __future__ import annotations

import datetime as dt
import errno
import hashlib
import json
import re
import socket
import sys
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.utils import send_file
from werkzeug.wrappers import Request, Response

from generator.adapters.functions import LocalApi
from generator.adapters.server.desk_pages import OWN, OwnPages, read_body
from generator.adapters.server.editor import Editor
from generator.adapters.server.sharing import LOCAL_NAMES, Door, host_of
from generator.adapters.server.state import Live, ServedSite
from generator.publish import edge_rules
from generator.publish.csp import CSP, with_desk
from generator.publish.headers import content_type, headers_for

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

HERE = "127.0.0.1"
_NOT_FOUND = "404.html"
_PING_SECONDS = 15.0
_BODY_END = re.compile(rb"</body\s*>", re.IGNORECASE)
MOST_BODY_BYTES = 10_485_760
"""What API Gateway takes at most in a request (Amazon API Gateway, "Quotas for HTTP APIs")."""


class LocalSite:
    """The WSGI application. `api` answers below the API's path; without it, nobody does.

    `editor` opens files that pages ask for. With `cdn_headers` a browser keeps things for
    as long as on the published site. `door` says who may come in, where other machines can.
    """

    def __init__(
        self,
        live: Live,
        api: LocalApi | None,
        editor: Editor | None = None,
        *,
        cdn_headers: bool = False,
        door: Door | None = None,
    ) -> None:
        self._door = door
        self._live = live
        self._api = api
        self._own = OwnPages(live, api, editor)
        self._cdn_headers = cdn_headers

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        request = Request(environ)
        try:
            response = self._answer(request)
        except HTTPException as error:  # such as a range that cannot be had
            response = Response.force_type(error.get_response(environ), environ)
        return response(environ, start)

    def _answer(self, request: Request) -> Response:
        path, _, query = _raw_target(request).partition("?")
        if self._door:
            refused = self._door.refusal(request, path)
            if refused:
                return refused
        elif host_of(request) not in LOCAL_NAMES:
            # Another site's script can make its own name mean this machine (DNS rebinding), and
            # must not read the mails here.
            return _text(403, "The local server answers only to localhost.")
        if path == OWN or path.startswith(f"{OWN}/"):
            return self._answer_ourselves(request, path.removeprefix(OWN))
        site = self._live.site
        api = site.api if site else "/api"
        if self._api and api and path.startswith(f"{api}/"):
            return self._call_api(request, self._api, f"/api{path.removeprefix(api)}", query)
        if request.method not in ("GET", "HEAD"):
            return _text(403, "The distribution answers only GET and HEAD here.")
        if site is None:
            return self._not_built()
        return self._page(request, site, path, query)

    # The site

    def _page(self, request: Request, site: ServedSite, path: str, query: str) -> Response:
        if site.base and path == "/":
            # At the distribution something else may be here; locally this helps to begin.
            return _redirect(302, f"{site.base}/")
        found = edge_rules.resolve(path, site.redirects, query, site.files)
        if isinstance(found, edge_rules.Redirect):
            return _redirect(301, found.location)
        key = _below(site, found.path) if isinstance(found, edge_rules.Key) else ""
        told = self._live.told(key)
        file = _inside(site.folder, key) if told is None else None
        if file:
            return self._send(request, site, key, file)
        if told is None and site.later:
            told = site.later(key)
        if told is None:
            return self._missing(request, site)
        return self._send_told(request, site, key, told)

    def _missing(self, request: Request, site: ServedSite) -> Response:
        page = _inside(site.folder, _NOT_FOUND)
        if page is None:
            return _text(404, "Not found, and the site has no 404.html.")
        response = self._html(request, site, _NOT_FOUND, page.read_bytes())
        response.status_code = 404
        return response

    def _send(self, request: Request, site: ServedSite, key: str, file: Path) -> Response:
        if content_type(key).startswith("text/html"):
            response = self._html(request, site, key, file.read_bytes())
            response.last_modified = dt.datetime.fromtimestamp(file.stat().st_mtime, dt.UTC)
            length = len(response.get_data())
            return response.make_conditional(
                request.environ, accept_ranges=True, complete_length=length
            )
        response = send_file(file, request.environ, mimetype=content_type(key))
        response.headers.pop("Content-Disposition", None)
        self._set_headers(response, site, key)
        return response

    def _send_told(self, request: Request, site: ServedSite, key: str, content: bytes) -> Response:
        """Answer with what no build has written yet."""
        if content_type(key).startswith("text/html"):
            response = self._html(request, site, key, content)
        else:
            response = Response(content)
            response.add_etag()
            self._set_headers(response, site, key)
        return response.make_conditional(request.environ)

    def _html(self, request: Request, site: ServedSite, key: str, content: bytes) -> Response:
        etag = hashlib.sha256(content).hexdigest()[:32]
        response = Response(self._followed(content, etag))
        response.set_etag(etag)
        self._set_headers(response, site, key)
        if policy := response.headers.get(CSP):
            path = _raw_target(request)
            response.headers[CSP] = with_desk(
                policy, request.host_url.rstrip("/"), path, self._own.token, OWN
            )
        return response

    def _set_headers(self, response: Response, site: ServedSite, key: str) -> None:
        headers = headers_for(
            key, site.roles.get(key, "entry"), page_max_age=site.page_max_age, cdn=True
        )
        response.headers["Content-Type"] = headers.content_type
        response.headers["Cache-Control"] = (
            headers.cache_control if self._cdn_headers else "no-cache"
        )
        response.headers.update({"X-Content-Type-Options": "nosniff", **site.headers.pages})

    def _followed(self, content: bytes, etag: str) -> bytes:
        """Add the script that follows changes."""
        shown = self._live.shown
        tag = (
            f'<script type="module" src="{OWN}/live.js" data-tidepost data-run="{shown.run}"'
            f' nonce="{self._own.token}" data-build="{shown.build}" data-token="{self._own.token}"'
            f' data-etag="&quot;{etag}&quot;"></script>'
        ).encode()
        ends = list(_BODY_END.finditer(content))
        at = ends[-1].start() if ends else len(content)
        return content[:at] + tag + content[at:]

    def _not_built(self) -> Response:
        page = self._own.render("not_built.html")
        response = Response(self._followed(page.encode(), ""), 503, mimetype="text/html")
        response.headers["Cache-Control"] = "no-store"
        return response

    # The API

    def _call_api(self, request: Request, api: LocalApi, path: str, query: str) -> Response:
        if _from_elsewhere(request):
            # As in production, where TIDEPOST_ALLOWED_ORIGINS names the site's origin alone.
            return _text(403, "Only pages of the local server may use its API.")
        try:
            body = read_body(request, MOST_BODY_BYTES)
        except RequestEntityTooLarge:
            return _text(413, "An HTTP API takes at most 10 MB.")
        answer = api(
            request.method,
            path,
            query,
            dict(request.headers.items()),
            body,
            request.remote_addr or "127.0.0.1",
        )
        response = Response(answer.body, answer.status, headers=dict(answer.headers))
        sent = self._live.site.headers.api if self._live.site else {}
        for name, value in sent.items():
            response.headers.setdefault(name, value)  # as `Override: false` at the distribution
        return response

    # What is the server's own

    def _answer_ourselves(self, request: Request, path: str) -> Response:
        if path == "/events":
            return self._events(request)
        response = self._own.answer(request, path)
        if response.mimetype == "text/html":
            content = response.get_data()
            etag = hashlib.sha256(content).hexdigest()[:32]
            response.set_data(self._followed(content, etag))
            response.set_etag(etag)
            response.make_conditional(request.environ)
        return response

    def _events(self, request: Request) -> Response:
        """Answer with an event stream (HTML Standard, 9.2) of what is shown."""
        if request.method == "HEAD":
            return Response(mimetype="text/event-stream")
        page = self._key_of(request.args.get("page", ""))

        def stream() -> Iterator[bytes]:
            with self._live.opened(page):
                seen, shown = self._live.wait(-1, 0)
                yield _event(shown.message())
                while not self._live.closed:
                    moved, shown = self._live.wait(seen, _PING_SECONDS)
                    if moved == seen:
                        yield b": still here\n\n"  # tells a connection that is gone
                    else:
                        seen = moved
                        yield _event(shown.message())

        response = Response(stream(), mimetype="text/event-stream")
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Accel-Buffering"] = "no"
        return response

    def _key_of(self, path: str) -> str:
        """Return the output path of the page at a URL's path, or an empty text."""
        site = self._live.site
        if site is None or not path.startswith("/"):
            return ""
        found = edge_rules.resolve(path, site.redirects, "", site.files)
        return _below(site, found.path) if isinstance(found, edge_rules.Key) else ""


class _QuietHandler(WSGIRequestHandler):
    """Tells nothing of ordinary requests: the terminal is for what is wrong with the site."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


class PortTaken(Exception):
    """The port that was asked for is in use, or may not be used."""


class RunningServer:
    """A server in a thread of its own. `url` is its address with a slash at the end."""

    def __init__(self, server: BaseWSGIServer, live: Live, host: str, port: int) -> None:
        self.port = port
        self.url = f"http://{f'[{host}]' if ':' in host else host}:{port}/"
        self._server = server
        self._live = live
        self._thread = threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """End the server and every stream of events."""
        self._live.close()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def start(
    site: LocalSite, live: Live, port: int, *, tries: int = 1, host: str = HERE
) -> RunningServer:
    """Serve on this machine at `port`, or at the first free one of `tries` from there; 0 is any.

    `host` is the address to listen at; 0.0.0.0 is each that this machine has. Raises PortTaken.
    """
    bound = _bind(host, port, tries)
    with bound:  # the server works on a copy of the socket
        found = bound.getsockname()[1]
        server = make_server(
            host, found, site, threaded=True, request_handler=_QuietHandler, fd=bound.fileno()
        )
        here = {"0.0.0.0": HERE, "::": "::1"}.get(host, host)  # noqa: S104 (as the writer asked)
        return RunningServer(server, live, here, found)


def _bind(host: str, port: int, tries: int) -> socket.socket:
    for candidate in range(port, port + tries):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        bound = socket.socket(family, socket.SOCK_STREAM)
        if sys.platform != "win32":  # there it would share the port with another program
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((host, candidate))
            bound.listen(128)
        except (OSError, OverflowError) as error:
            bound.close()
            if getattr(error, "errno", None) in (errno.EADDRINUSE, errno.EACCES):
                continue
            raise PortTaken(f"{host}, port {candidate}: {error}") from None
        return bound
    last = f" to {port + tries - 1}" if tries > 1 else ""
    raise PortTaken(f"port {port}{last} is in use by another program")


def _from_elsewhere(request: Request) -> bool:
    """Return whether a page of another website asks.

    Browsers send Origin (RFC 6454, 7) with every POST, and Sec-Fetch-Site (Fetch Metadata Request
    Headers, 2.3) with a GET too. Programs send neither.
    """
    origin = request.headers.get("Origin")
    if origin is not None and origin.partition("://")[2] != request.host:
        return True
    return request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site")


def _raw_target(request: Request) -> str:
    """Return the request's path and query as they came, still percent-encoded."""
    target = str(request.environ.get("REQUEST_URI") or request.environ["PATH_INFO"])
    if target.startswith("/"):
        return target
    path = re.sub(r"^[A-Za-z][A-Za-z0-9+.-]*://[^/?]*", "", target)  # RFC 9112, 3.2.2
    return path if path.startswith("/") else f"/{path}"


def _below(site: ServedSite, key: str) -> str:
    """Return a key of the release as a path in the site's output folder, or an empty text."""
    path = unquote(key, errors="replace")
    base = f"{site.base[1:]}/" if site.base else ""
    return path.removeprefix(base) if path.startswith(base) else ""


def _inside(folder: Path, key: str) -> Path | None:
    """Return the file at `key` in `folder`, or None; whatever `key` says, never one outside."""
    if not key or "\0" in key or "\\" in key or ".." in PurePosixPath(key).parts:
        return None
    try:
        file = (folder / key.lstrip("/")).resolve(strict=True)
    except (OSError, ValueError, RuntimeError):
        return None
    return file if file.is_file() and file.is_relative_to(folder.resolve()) else None


def _event(data: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(data)}\n\n".encode()


def _redirect(status: int, location: str) -> Response:
    response = Response(status=status, mimetype="text/plain")
    response.headers["Location"] = location
    response.autocorrect_location_header = False
    return response


def _text(status: int, text: str) -> Response:
    response = Response(f"{text}\n", status, mimetype="text/plain")
    response.headers["Cache-Control"] = "no-store"
    return response
