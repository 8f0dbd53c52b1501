"""The local server's own pages, below `/_tidepost/`: documents, problems, counts and mails.

What changes anything, or opens an editor, is asked for by POST with a token that only pages from
here know, and with an Origin that is this server's: no other website can do it.
"""

from __future__ import annotations

import email
import email.policy
import hmac
import secrets
from collections import Counter
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import jinja2
import msgspec
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.utils import send_file
from werkzeug.wrappers import Request, Response

from generator.adapters.functions import FunctionError, LocalApi, Mail, every
from generator.adapters.server.editor import Editor, EditorError
from generator.adapters.server.outbox import Outbox
from generator.adapters.server.state import Document, Live
from generator.publish.headers import content_type

OWN = "/_tidepost"
"""Everything below this path is the local server's own, and in no release."""

_FILES = Path(__file__).parent / "static"
_SENT = frozenset({"/live.js", "/merge.js", "/pages.css"})
SHARED = _SENT | {"/events"}
"""What pages of the site load from here, on other machines, too."""
_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_MOST_BODY_BYTES = 65_536
MOST_LISTED = 200
"""Documents in one list; a search finds the others."""


class _Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What a page asks the editor to open."""

    path: str
    line: int = 0


class OwnPages:
    """Answers requests below OWN. `token` is what POST requests must carry."""

    def __init__(self, live: Live, api: LocalApi | None, editor: Editor | None) -> None:
        self._live, self._api, self._editor = live, api, editor
        self._outbox = Outbox(api.outbox_folder) if api else None
        self.token = secrets.token_urlsafe(24)
        self._pages = jinja2.Environment(
            loader=jinja2.FileSystemLoader(_FILES),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def answer(self, request: Request, path: str) -> Response:
        """Answer a request for `path`, which comes after OWN."""
        if request.method == "POST":
            response = self._change(request, path)
        elif request.method not in ("GET", "HEAD"):
            response = _text(405, "Only GET, HEAD and POST.")
        elif path in _SENT:
            response = send_file(_FILES / path[1:], request.environ)
            response.headers["Content-Type"] = content_type(path)
        else:
            response = self._page(request, path)
        response.headers["Cache-Control"] = "no-store"
        return response

    def render(self, template: str, **values: Any) -> str:
        """Return one of the pages."""
        site = self._live.site
        return self._pages.get_template(template).render(
            home=f"{site.base}/" if site else "/",
            own=OWN,
            token=self.token,
            shown=self._live.shown,
            unread=len(self._mails()) - len(self._read()),
            here="",
            **values,
        )

    def _page(self, request: Request, path: str) -> Response:
        arguments = request.args
        if path in ("", "/"):
            return self._documents(arguments.get("q", ""), arguments.get("state", ""))
        if path == "/problems":
            return self._html("problems.html")
        if path == "/counts":
            return self._counts(arguments.get("page", ""))
        if path == "/outbox":
            return self._html("outbox.html", mails=self._mails(), read=self._read())
        if path.startswith("/outbox/"):
            return self._mail(unquote(path.removeprefix("/outbox/")), raw="raw" in arguments)
        return _text(404, "The local server has no such page.")

    def _html(self, template: str, **values: Any) -> Response:
        response = Response(self.render(template, **values), mimetype="text/html")
        response.headers["Content-Security-Policy"] = _POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    def _documents(self, wanted: str, state: str) -> Response:
        documents = self._live.documents()
        words = wanted.casefold().split()
        found = [
            each
            for each in documents
            if state in ("", each.state) and all(word in _searched(each) for word in words)
        ]
        return self._html(
            "documents.html",
            documents=found[:MOST_LISTED],
            found=len(found),
            states=sorted(Counter(each.state for each in documents).items()),
            wanted=wanted,
            state=state,
            total=len(documents),
        )

    def _counts(self, wanted: str) -> Response:
        problem, pages = "", []
        if self._api is None:
            problem = "it is switched off"
        else:
            try:
                pages = list(every(self._api.counter, {"action": "stats"}, "pages"))
            except FunctionError as error:
                problem = str(error)
        counted = sorted(
            (page for page in pages if page["views"]),
            key=lambda page: (-page["views"], page["path"]),
        )
        if wanted:
            page = next((page for page in counted if page["path"] == wanted), None)
            if page is None:
                return _text(404, "Nothing was counted of this page.")
            most = max((views for views, *_ in page["days"].values()), default=0)
            days = sorted(page["days"].items(), reverse=True)
            return self._html("count.html", page=page, days=days, most=most)
        return self._html("counts.html", pages=counted, problem=problem)

    def _mails(self) -> list[Mail]:
        return self._api.outbox() if self._api else []

    def _read(self) -> frozenset[str]:
        present = {mail.name for mail in self._mails()}
        return self._outbox.read() & present if self._outbox else frozenset()

    def _mail(self, name: str, *, raw: bool) -> Response:
        mails = self._mails()
        place = next((place for place, each in enumerate(mails) if each.name == name), None)
        if place is None or self._outbox is None:
            return _text(404, "There is no such mail.")
        mail = mails[place]
        if raw:
            return Response(mail.raw, mimetype="text/plain")
        self._outbox.mark(name, read=True)
        message = email.message_from_bytes(mail.raw, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        body = message.get_body(("plain", "html"))
        return self._html(
            "mail.html",
            mail=mail,
            newer=mails[place - 1].name if place else "",
            older=mails[place + 1].name if place + 1 < len(mails) else "",
            headers=[(key, str(value)) for key, value in message.items()],
            text=body.get_content() if body else "",
        )

    # What changes something

    def _change(self, request: Request, path: str) -> Response:
        if request.headers.get("Origin") != f"http://{request.host}":
            return _text(403, "Only pages of the local server may ask for this.")
        try:
            read_body(request, _MOST_BODY_BYTES)  # before anything looks into it
        except RequestEntityTooLarge:
            return _text(413, "That is too much.")
        as_json = request.mimetype == "application/json"
        given = request.headers.get("X-Tidepost-Token") or request.form.get("token", "")
        if not hmac.compare_digest(given.encode(), self.token.encode()):
            return _text(403, "This page is of an earlier run of the server; load it again.")
        if path == "/open":
            return self._open(request, as_json=as_json)
        name = unquote(path.removeprefix("/outbox/"))
        if self._outbox and path == "/outbox":
            self._outbox.clear()
        elif self._outbox and path.startswith("/outbox/") and "delete" in request.form:
            self._outbox.delete(name)
        elif self._outbox and path.startswith("/outbox/") and "unread" in request.form:
            self._outbox.mark(name, read=False)
        else:
            return _text(404, "The local server has no such page.")
        return _see(f"{OWN}/outbox")

    def _open(self, request: Request, *, as_json: bool) -> Response:
        try:
            if as_json:
                wish = msgspec.json.decode(request.get_data(), type=_Wish)
            else:
                line = request.form.get("line", "0")
                wish = _Wish(
                    path=request.form.get("path", ""), line=int(line) if line.isdigit() else 0
                )
            if self._editor is None:
                raise EditorError("no editor is known")
            self._editor.open(wish.path, wish.line)
        except msgspec.MsgspecError:
            return _text(400, "That cannot be understood.")
        except EditorError as error:
            return _text(409, f"Not opened: {error}.")
        if as_json:
            return _text(200, "Opened.")
        return _see(OWN + ("/problems" if request.form.get("from") == "problems" else "/"))


def read_body(request: Request, most: int) -> bytes:
    """Return a request's body, of at most that many bytes, also where it has no Content-Length.

    Forms are read from what this has read. Raises RequestEntityTooLarge.
    """
    request.max_content_length = most
    body = request.get_data()
    # Werkzeug ends reading a body without a length at the limit, and refuses the byte after it.
    request.stream.read(1)
    return body


def _searched(document: Document) -> str:
    return " ".join((document.title, document.source, *document.tags)).casefold()


def _see(path: str) -> Response:
    response = Response(status=303, mimetype="text/plain")
    response.headers["Location"] = quote(path)
    response.autocorrect_location_header = False
    return response


def _text(status: int, text: str) -> Response:
    return Response(f"{text}\n", status, mimetype="text/plain")
