"""What is a message, what is wrong with it, and what smells of spam: rules without side effects.

NamedTuple instead of dataclass: `dataclasses` pulls in `inspect`, which a cold start would pay for.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import time
import unicodedata
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple
from urllib.parse import parse_qsl

State = Literal["pending", "sending", "sent", "unsure", "failed", "quarantined"]
"""pending: to be mailed, at `due`. sending: being mailed right now. sent: the mail server took it.
unsure: the mail server's answer was lost, so mailing it again could send it twice. failed: given up
after two weeks of trying. quarantined: looks like spam."""

MAX_BODY = 131_072
"""Longest request body in bytes. The longest message fits in any script: a form sends a character
as up to twelve bytes (`%F0%9F%8C%8A`)."""
LIMITS = {"name": 100, "email": 254, "subject": 150, "message": 10_000}
"""Longest value of each field in characters; 254 is an address's limit (RFC 5321, erratum 1690)."""
REQUIRED = ("name", "email", "message")

MIN_FILL_SECONDS = 3
MAX_TOKEN_SECONDS = 86_400


class Width(NamedTuple):
    """What the addresses that begin with the same `bits` may do in a window of `hours`.

    `at_once` messages are mailed at once, and those after them wait. After `most` requests, further
    ones are refused until the window's end. In a network that is `shared` by strangers, those who
    wait have the turn of the first: what others sent is not held against them.
    """

    bits: int
    hours: int
    at_once: int
    most: int
    shared: bool = False


IPV4 = (Width(32, 1, 10, 60), Width(24, 24, 40, 1500, shared=True))
"""One address may be that of hundreds of a carrier's customers (RFC 6598), so it may more than a
household, and is refused for an hour at most. It cannot bring a /24 to its 1,500 by itself."""
IPV6 = (Width(64, 1, 5, 30), Width(56, 24, 20, 200), Width(48, 24, 40, 400))
"""A household has a /64, mostly a /56, and at most a /48 (RFC 6177), and could send each message
from another of its 65,536 networks. Carriers put no strangers into one of these."""
SHARE = 5
"""No network has more than the fifth part of a day's mails at once."""
MOST_WAITING = 10
"""Days' mails of messages that may wait, which are kept until they are mailed; more are refused."""
MOST_SPAM = 10
"""Days' mails of messages that are put into quarantine in a day; more spam is refused. What one
network may send is bounded, but not how many networks there are, and each would be paid for."""
FULL_SECONDS = 60
"""For how long a process that counted as many waiting as may wait does not count them again."""
QUARANTINE = 3
"""Points from which a message is taken for spam."""
POINTS = {
    "honeypot": 3,
    "too-fast": 3,
    "duplicate": 3,
    "sender-limit": 0,
    "daily-limit": 0,
    "many-links": 3,
    "forged-token": 2,
    "links": 1,
    "no-token": 1,
    "old-token": 1,
}

LEASE = 60
"""Seconds that one attempt to mail may take: more than the function's own time limit."""
GIVE_UP = 14 * 86_400

_EMAIL = re.compile(r"[^\s@<>()\[\],;:\\\"]+@([^\s@<>()\[\],;:\\\"]+\.[^\s@<>()\[\],;:\\\".]{2,})")
_LINK = re.compile(r"https?://|www\.|\[url", re.IGNORECASE)
_PATH = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")

ERRORS = {
    "missing": "Please fill in this field.",
    "invalid": "Please check this field.",
    "too-long": "Please write at most {limit} characters.",
}


class Refused(Exception):
    """A request that is no message; `status` is the HTTP status and `code` a stable short name.

    `wait` is after how many seconds the same request may be taken; 0 where it never is.
    """

    def __init__(self, status: int, code: str, wait: int = 0) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.wait = wait


class Form(NamedTuple):
    """What was typed, cleaned but not yet judged.

    `website` and `extra` are left empty by people. Forms of before 2027 have the first one, which
    password managers know too well.
    """

    name: str = ""
    email: str = ""
    subject: str = ""
    message: str = ""
    website: str = ""
    token: str = ""
    page: str = ""
    thanks: str = ""
    extra: str = ""


class Message(NamedTuple):
    """A stored message. Times are epoch seconds; `due` is when something is next to be done.

    `claim` names the attempt that may change it; `error` is the short name of the last failure.
    `turn` is its place among those that wait for a day with room: how many messages its network had
    sent beyond what may be mailed at once, so that networks which send little come first. 0 is no
    waiting.
    """

    id: str
    received: int
    name: str
    email: str
    subject: str
    message: str
    page: str
    state: State
    reasons: tuple[str, ...] = ()
    due: int = 0
    attempts: int = 0
    claim: str = ""
    sent: int = 0
    mail_id: str = ""
    error: str = ""
    turn: int = 0


def parse(body: bytes, content_type: str) -> Form:
    """Read a request body, JSON or form-encoded. Raises Refused; knows no other fields."""
    if len(body) > MAX_BODY:
        raise Refused(413, "too-large")
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/json":
        try:
            data = json.loads(body)
        except (ValueError, RecursionError):
            raise Refused(400, "json") from None
        if not isinstance(data, dict):
            raise Refused(400, "json")
    elif kind in ("application/x-www-form-urlencoded", ""):
        try:
            pairs = parse_qsl(
                body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=50
            )
        except ValueError:
            raise Refused(400, "form") from None
        data = dict(pairs)
    else:
        raise Refused(415, "content-type")
    values = {}
    for field in Form._fields:
        value = data.get(field, "")
        if not isinstance(value, str):
            raise Refused(400, field)
        values[field] = _clean(value)
    return Form(**values)


def mistakes(form: Form) -> dict[str, str]:
    """Return the code of what is wrong (a key of ERRORS) for each field that is wrong."""
    found = {}
    for field, limit in LIMITS.items():
        value = getattr(form, field)
        if not value and field in REQUIRED:
            found[field] = "missing"
        elif len(value) > limit:
            found[field] = "too-long"
        elif field != "message" and not _single_line(value):
            found[field] = "invalid"  # a line break here would be a second mail header
    if form.email and "email" not in found and not ascii_address(form.email):
        found["email"] = "invalid"
    return found


def error_text(field: str, code: str) -> str:
    """Return the English sentence for a field's error."""
    return ERRORS[code].format(limit=LIMITS.get(field, 0))


def ascii_address(email: str) -> str:
    """Return the address with its domain in ASCII, or an empty string if it is no address.

    What stands before the @ may hold any letters (RFC 6531); a domain is converted (RFC 5891).
    """
    match = _EMAIL.fullmatch(email)
    if not match:
        return ""
    try:
        domain = match[1].encode("idna").decode()
    except UnicodeError:
        return ""
    return f"{email.rpartition('@')[0]}@{domain}"


def local_path(path: str, default: str) -> str:
    """Return `path` if it is a path of this site, else `default`: never another site's address."""
    return path if len(path) <= 512 and _PATH.fullmatch(path) else default


def submission_id(secret: bytes, form: Form) -> str:
    """Return the name of this submission: the same content sent again is the same submission.

    The token is part of it, so that one person may say the same thing again from a fresh page.
    """
    sealed = hmac.new(secret, "\0".join(form[:4] + form[5:7]).encode(), hashlib.sha256).digest()
    return base64.b32encode(sealed[:10]).decode().lower()


def content_key(secret: bytes, text: str) -> str:
    """Return the key under which equal texts meet, or nothing where a text is too short to tell."""
    words = " ".join(text.casefold().split())
    if len(words) < 40:
        return ""
    return _seal(secret, f"content\0{words}")


def networks(address: str) -> list[tuple[str, Width]]:
    """Return the networks an address lies in, narrow to wide, with what each of them may do.

    An IPv4 address that is written as an IPv6 one is that IPv4 address. What is no address at all
    is one sender.
    """
    import ipaddress  # here, as a function that only gives out tokens has no use for it

    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return [(address, IPV4[0])]
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    return [
        (str(ipaddress.ip_network((parsed, width.bits), strict=False)), width)
        for width in (IPV4 if parsed.version == 4 else IPV6)
    ]


def sender_key(salt: bytes, network: str, window: int) -> str:
    """Return the name a network has in one window of a day; nobody can tell it from the address
    once the day's salt is gone."""
    return _seal(salt, f"sender\0{window}\0{network}")


def email_key(secret: bytes, email: str) -> str:
    """Return a short name for an email address that only the holder of the secret can make."""
    return _seal(secret, f"email\0{email.lower()}")


def issue_token(secret: bytes, now: int, nonce: bytes) -> str:
    """Return a signed note of when the reader began to write; `nonce` is 8 random bytes."""
    body = now.to_bytes(5, "big") + nonce
    signature = hmac.new(secret, b"token\0" + body, hashlib.sha256).digest()[:15]
    return base64.urlsafe_b64encode(body + b"\0\0" + signature).decode()


def token_reason(secret: bytes, token: str, now: int) -> str:
    """Return what is suspicious about a fill-time token, or an empty string."""
    if not token:
        return "no-token"
    try:
        raw = base64.b64decode(token, altchars=b"-_", validate=True)
    except ValueError:
        return "forged-token"
    body, signature = raw[:13], raw[15:]
    expected = hmac.new(secret, b"token\0" + body, hashlib.sha256).digest()[:15]
    if len(raw) != 30 or not hmac.compare_digest(signature, expected):
        return "forged-token"
    age = now - int.from_bytes(body[:5], "big")
    if age < MIN_FILL_SECONDS:
        return "too-fast"
    return "old-token" if age > MAX_TOKEN_SECONDS else ""


def content_reasons(form: Form) -> list[str]:
    """Return what is suspicious about what was typed."""
    reasons = ["honeypot"] if form.website or form.extra else []
    links = len(_LINK.findall(f"{form.name} {form.subject} {form.message}"))
    if links > 5:
        reasons.append("many-links")
    elif links > 2:
        reasons.append("links")
    return reasons


def is_spam(reasons: list[str]) -> bool:
    """Return whether these reasons together put a message into quarantine."""
    return sum(POINTS[reason] for reason in reasons) >= QUARANTINE


def day_of(now: float) -> str:
    """Return the day of a moment, in UTC: `20261122`."""
    return time.strftime("%Y%m%d", time.gmtime(now))


def next_try(attempts: int, now: int) -> int:
    """Return when to mail again after this many attempts: one minute, doubling, at most 6 hours."""
    return int(now + min(60 * 2 ** min(attempts - 1, 20), 6 * 3600))


def next_day(now: int) -> int:
    """Return when the next UTC day begins."""
    return (now // 86_400 + 1) * 86_400


def as_record(message: Message) -> dict[str, Any]:
    """Return a message as plain data for the owner; what only the machinery needs is left out."""
    record = message._asdict()
    record["reasons"] = list(message.reasons)
    record["trouble"] = record.pop("error")  # an answer with `error` says that there is no answer
    del record["claim"], record["turn"]
    return record


def reader_address(source: str, headers: Mapping[str, str], edge_key: str) -> str:
    """Return the reader's address: what the CDN says if it proves to be ours, else the caller's.

    Behind CloudFront the API sees the CDN's address. The distribution adds the secret header
    `x-tidepost-edge`; without it, forwarded addresses could be forged and are not believed.
    `CloudFront-Viewer-Address` is never believed: where no policy has CloudFront write it, it is
    whatever the reader sent along.
    """
    given = headers.get("x-tidepost-edge", "").encode("utf-8", "replace")
    if not edge_key or not hmac.compare_digest(given, edge_key.encode()):
        return source
    hops = [hop.strip() for hop in headers.get("x-forwarded-for", "").split(",") if hop.strip()]
    # The API appends the CDN's address; the one before it was written by the CDN itself.
    return hops[-2] if len(hops) > 1 else source


def _seal(secret: bytes, text: str) -> str:
    sealed = hmac.new(secret, text.encode("utf-8", "replace"), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(sealed[:15]).decode()


def _clean(value: str) -> str:
    """Mend lone surrogates, use one kind of line end, drop control characters, trim."""
    value = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    kept = (c for c in value if c in "\n\t" or unicodedata.category(c) != "Cc")
    return "".join(kept).strip()


def _single_line(value: str) -> bool:
    return not any(unicodedata.category(c) in ("Cc", "Zl", "Zp") for c in value)
