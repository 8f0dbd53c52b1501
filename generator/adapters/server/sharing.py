"""Who may see the site while `serve` shows it to other devices, such as a phone.

This machine may, as ever; another needs the key, which is in the address that the command prints
and then in a cookie. Names are not answered to, but for this machine's own: another website can
make its own name mean an address in this network (DNS rebinding), and an address in numbers it
cannot take.
"""

from __future__ import annotations

import hmac
import ipaddress
import secrets
import socket
from urllib.parse import urlencode

from werkzeug.wrappers import Request, Response

KEY = "key"
"""The field of an address that has the key."""

LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_LENGTH, _GROUP = 16, 4


def new_key() -> str:
    """Return a random key that can be typed on a phone: 79 bits, in letters and digits that look
    like no others."""
    letters = [secrets.choice(_LETTERS) for _ in range(_LENGTH)]
    groups = ["".join(letters[at : at + _GROUP]) for at in range(0, _LENGTH, _GROUP)]
    return "-".join(groups)


class Door:
    """Lets in this machine and whoever has the `key`.

    `own` is where the writer's pages begin, which are for this machine alone, but for those
    `shared` that pages of the site load.
    """

    def __init__(self, key: str, own: str, shared: frozenset[str]) -> None:
        self.key, self._own, self._shared = key, own, shared

    def refusal(self, request: Request, path: str) -> Response | None:
        """Return the answer to who may not come in, or to who has just shown the key; else None."""
        host = host_of(request)
        if host in LOCAL_NAMES and _is_here(request.remote_addr or ""):
            return None
        if not _is_in_numbers(host):
            return _text("This server answers only to `localhost` and to addresses in numbers.")
        if self._fits(request.args.get(KEY, "")):
            return self._let_in(request, path)
        cookie = request.cookies.get(self._cookie(request), "")
        if not self._fits(cookie):
            return _text(
                "This site is being written, and is shown to those who have its key: open the "
                "whole address that `serve` printed, with `?key=` and what follows. The key is a "
                "new one each time `serve` is started."
            )
        below = path.removeprefix(self._own)
        if path.startswith(self._own) and (below not in self._shared or request.method == "POST"):
            return _text("These pages are for the machine on which the site is written.")
        return None

    def _fits(self, given: str) -> bool:
        return hmac.compare_digest(given.strip().lower().encode(), self.key.encode())

    def _cookie(self, request: Request) -> str:
        """Return the cookie's name: browsers give a host's cookies to all of its ports."""
        return f"tidepost-{request.environ.get('SERVER_PORT', '')}"

    def _let_in(self, request: Request, path: str) -> Response:
        """Keep the key in a cookie, and take it out of the address."""
        rest = [(name, value) for name, value in request.args.items(multi=True) if name != KEY]
        # Not `//host`, which would lead to another one.
        target = f"/{path.lstrip('/')}{f'?{urlencode(rest)}' if rest else ''}"
        response = Response("", 303, headers={"Location": target, "Cache-Control": "no-store"})
        response.headers["Referrer-Policy"] = "no-referrer"
        response.autocorrect_location_header = False
        response.set_cookie(self._cookie(request), self.key, httponly=True, samesite="Lax")
        return response


def host_of(request: Request) -> str:
    """Return the name or address that was asked, without a port and brackets, in lower case."""
    host = request.host.lower()
    if host.startswith("["):
        return host.partition("]")[0].lstrip("[")
    return host.partition(":")[0]


def is_open_to_others(host: str) -> bool:
    """Return whether others reach a server that listens at this address. Raises ValueError where
    it is no address in numbers."""
    return not ipaddress.ip_address(host).is_loopback


def own_address(host: str) -> str:
    """Return the address at which others reach this machine, or an empty text where it is in no
    network. `host` is what the server listens at."""
    given = ipaddress.ip_address(host)
    if not given.is_unspecified:
        return host
    family, outside = (
        (socket.AF_INET, "192.0.2.1") if given.version == 4 else (socket.AF_INET6, "2001:db8::1")
    )
    # Nothing is sent: the system only chooses by which of its addresses it would be (RFC 5737 and
    # 3849: these addresses are nobody's).
    with socket.socket(family, socket.SOCK_DGRAM) as asked:
        try:
            asked.connect((outside, 9))
            found = str(asked.getsockname()[0])
        except OSError:
            return ""
    return "" if ipaddress.ip_address(found).is_loopback else found


def qr_code(text: str) -> str:
    """Return text as a QR code for a terminal, or an empty text where the package `segno`, which
    draws it, is not installed."""
    import io

    try:
        import segno
    except ImportError:
        return ""
    drawn = io.StringIO()
    segno.make(text, error="l").terminal(drawn, compact=True, border=2)
    return drawn.getvalue()


def _is_here(address: str) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_loopback


def _is_in_numbers(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _text(text: str) -> Response:
    response = Response(f"{text}\n", 403, mimetype="text/plain")
    response.headers["Cache-Control"] = "no-store"
    return response
