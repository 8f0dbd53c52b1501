"""The contact form's function: events in, answers out.

Three kinds of event, by their shape. An event with a `requestContext` comes from the HTTP API
and is a stranger's. An event with `schedule` or an EventBridge `source` is the clock. What is left
is the owner, whom IAM let invoke the function directly.

A message is stored before mail is tried, and only what is stored is acknowledged.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from . import core, pages
from .answers import Event, asks_for_page, body_of, json_answer, preflight, route_path
from .core import Form, Message, Refused, State
from .delivery import Delivery
from .mailer import Mailer, open_mailer
from .store import Store
from .stores import open_store

Handler = Callable[[Event, Any], Event]

LIST_SIZE = 100
"""Messages in one answer to `messages.list`: of the longest kind, still below Lambda's 6 MB."""
DEFAULT_DAILY_MAIL = 200
DEFAULT_KEEP_QUARANTINE_DAYS = 30
_ASCII = "".join(map(chr, range(0x21, 0x7F)))


def build(
    environ: Mapping[str, str],
    clock: Callable[[], float] = time.time,
    store: Store | None = None,
    mailer: Mailer | None = None,
) -> Handler:
    """Return a handler with settings from `environ` (see backend/README.md).

    `store` and `mailer` replace the ones the settings name. Nothing is opened before it is needed.
    """
    return Contact(environ, clock, store, mailer).handle


class Contact:
    """The handler's state: its settings, its store and its mailer."""

    def __init__(
        self,
        environ: Mapping[str, str],
        clock: Callable[[], float],
        store: Store | None,
        mailer: Mailer | None,
    ) -> None:
        self._environ = environ
        self._clock = clock
        self._opened = store
        self._mailer = mailer
        self._secret = b""
        self._salt = ("", b"")
        self._full_until = 0
        self._stage = environ.get("TIDEPOST_STAGE", "local")
        self._site = environ.get("TIDEPOST_SITE_URL", "")
        self._thanks = environ.get("TIDEPOST_THANKS", "/contact/thanks/")
        self._edge_key = environ.get("TIDEPOST_EDGE_KEY", "")
        self._daily = int(environ.get("TIDEPOST_DAILY_MAIL") or DEFAULT_DAILY_MAIL)
        self._keep = int(environ.get("TIDEPOST_KEEP_MESSAGES_DAYS") or 0) * 86_400
        spam = environ.get("TIDEPOST_KEEP_QUARANTINE_DAYS") or DEFAULT_KEEP_QUARANTINE_DAYS
        # What is kept for less time as a message is not kept longer as spam.
        self._keep_spam = min(filter(None, (self._keep, int(spam) * 86_400)), default=0)
        origins = environ.get("TIDEPOST_ALLOWED_ORIGINS", "").split(",")
        self._origins = tuple(origin.strip() for origin in origins if origin.strip())
        self._delivery = Delivery(
            lambda: self.store, lambda: self.mailer, clock, site=self._site, daily=self._daily
        )

    @property
    def store(self) -> Store:
        """The store, opened at first use."""
        if self._opened is None:
            self._opened = open_store(self._environ)
        return self._opened

    @property
    def mailer(self) -> Mailer:
        """The mailer, made at first use."""
        if self._mailer is None:
            self._mailer = open_mailer(self._environ)
        return self._mailer

    @property
    def secret(self) -> bytes:
        """The key behind tokens and ids; made by the first function that needs it."""
        if not self._secret:
            self._secret = self.store.secret(os.urandom(32))
        return self._secret

    def _day_salt(self, now: int) -> bytes:
        """The key behind hashed senders; each day has its own, and destroys the one before."""
        day = core.day_of(now)
        if self._salt[0] != day:
            self._salt = (day, self.store.salt(day, os.urandom(32)))
        return self._salt[1]

    def handle(self, event: Event, context: Any = None) -> Event:
        """Answer one event of any of the three kinds."""
        if not isinstance(event, dict):
            return {"error": "event"}
        if "requestContext" in event:
            return self._http(event)
        if "schedule" in event or str(event.get("source", "")).startswith("aws."):
            return self._delivery.retry(_more_time(context))
        return self._owner(event)

    # The stranger

    def _http(self, event: Event) -> Event:
        headers = {str(k).lower(): str(v) for k, v in (event.get("headers") or {}).items()}
        form: list[Form] = []
        wants_page = asks_for_page(headers)
        try:
            answer = self._route(event, headers, form)
        except Refused as refused:
            answer = self._refusal(refused.status, refused.code, form, wants_page)
            if refused.wait:
                answer["headers"]["retry-after"] = str(refused.wait)
        except Exception as error:  # noqa: BLE001 - the edge of the program
            # The kind of the error only: its text could hold what somebody wrote.
            print(json.dumps({"level": "ERROR", "error": type(error).__name__}))
            answer = self._refusal(503, "unavailable", form, wants_page)
            answer["headers"]["retry-after"] = "5"
        if self._origins:
            answer["headers"]["vary"] = "Origin, Accept"
            if headers.get("origin") and self._allowed(headers):
                answer["headers"]["access-control-allow-origin"] = headers["origin"]
        return answer

    def _route(self, event: Event, headers: Mapping[str, str], form: list[Form]) -> Event:
        context = event["requestContext"]
        http = context["http"]
        method, path = str(http["method"]).upper(), route_path(event, context)
        if not self._allowed(headers):
            raise Refused(403, "origin")
        if path not in ("/api/contact", "/api/contact/token"):
            raise Refused(404, "not-found")
        if method == "OPTIONS":
            return preflight()
        if path == "/api/contact/token" and method in ("GET", "HEAD"):
            token = core.issue_token(self.secret, int(self._clock()), os.urandom(8))
            return json_answer(200, {"token": token})
        if path == "/api/contact" and method == "POST":
            form.append(core.parse(body_of(event), headers.get("content-type", "")))
            address = core.reader_address(str(http.get("sourceIp") or ""), headers, self._edge_key)
            return self._receive(form[0], address, asks_for_page(headers))
        raise Refused(405, "method")

    def _receive(self, form: Form, address: str, wants_page: bool) -> Event:
        if wrong := core.mistakes(form):
            if wants_page:
                page = pages.form_page(form, wrong, self._action(), self._back(form))
                return self._html(422, page)
            errors = {
                field: {"code": code, "message": core.error_text(field, code)}
                for field, code in wrong.items()
            }
            return json_answer(422, {"ok": False, "errors": errors})
        now = int(self._clock())
        message_id = core.submission_id(self.secret, form)
        message = self.store.get(message_id)
        if message is None:
            reasons, turn = self._judge(form, address, message_id, now)
            state: State = "quarantined" if core.is_spam(reasons) else "pending"
            due = core.next_day(now) if turn else now
            message = self.store.put(
                Message(
                    message_id,
                    now,
                    *form[:4],
                    core.local_path(form.page, ""),
                    state,
                    tuple(reasons),
                    due=due if state == "pending" else 0,
                    turn=turn,
                ),
                self._keep_spam if state == "quarantined" else self._keep,
            )
        if message.state == "pending" and message.due <= now:
            try:
                self._delivery.deliver(message_id, now)
            except Exception as error:  # noqa: BLE001 - it is stored: the reader need not know
                print(json.dumps({"level": "ERROR", "delivery": type(error).__name__}))
        # A quarantined message gets the same answer: spammers learn nothing from it.
        if not wants_page:
            return json_answer(200, {"ok": True, "id": message_id})
        location = core.local_path(form.thanks, self._thanks)
        return {
            "statusCode": 303,
            "headers": {"location": self._absolute(location), "cache-control": "no-store"},
            "body": "",
        }

    def _judge(self, form: Form, address: str, message_id: str, now: int) -> tuple[list[str], int]:
        """Return what is to be said about a message, and its turn: 0, or a place among the waiting.

        Raises Refused where its network has sent too much, or as much spam, or as many that wait,
        are kept as may be.
        """
        reasons = core.content_reasons(form)
        if reason := core.token_reason(self.secret, form.token, now):
            reasons.append(reason)
        narrow, *wider = core.networks(address)
        over = self._beyond(*narrow, now)
        if key := core.content_key(self.secret, form.message):
            mine = f"{message_id} {core.email_key(self.secret, form.email)}"
            first = self.store.first(key, mine, now + 7 * 86_400)
            # The same person may correct a subject and send again; others do not write the same.
            if first.partition(" ")[2] != mine.partition(" ")[2]:
                reasons.append("duplicate")
        if core.is_spam(reasons):  # nobody near its sender waits for it
            if (
                self.store.hit(f"spam#{core.day_of(now)}", now + 2 * 86_400)
                > core.MOST_SPAM * self._daily
            ):
                raise Refused(429, "too-many-today", core.next_day(now) - now)
            return reasons, 0
        over = max(over, *(self._beyond(*network, now) for network in wider), 0)
        if not over and self.store.hit(f"mail#{core.day_of(now)}", now + 2 * 86_400) <= self._daily:
            return reasons, 0
        if now >= self._full_until and self._is_full():
            self._full_until = now + core.FULL_SECONDS
        if now < self._full_until:
            raise Refused(429, "too-many-today", core.next_day(now) - now)
        return [*reasons, "sender-limit" if over else "daily-limit"], over or 1

    def _is_full(self) -> bool:
        """Return whether as many messages wait as may."""
        return sum(self.store.waits().values()) >= core.MOST_WAITING * self._daily

    def _beyond(self, network: str, width: core.Width, now: int) -> int:
        """Count a message of a network; return how many it has sent beyond what goes at once.

        Raises Refused where it has sent too much. 0 and less is nothing.
        """
        window = now // (width.hours * 3600)
        ends = (window + 1) * width.hours * 3600
        key = core.sender_key(self._day_salt(now), network, window)
        hits = self.store.hit(key, ends + 3600)
        if hits > width.most:
            code = "too-many" if width.hours == 1 else "too-many-today"
            raise Refused(429, code, ends - now)
        beyond = hits - min(width.at_once, max(1, self._daily // core.SHARE))
        return min(beyond, 1) if width.shared else beyond

    # The owner

    def _owner(self, event: Event) -> Event:
        try:
            match event.get("action"):
                case "messages.list":
                    return self._list(event)
                case "messages.show":
                    return core.as_record(self._known(event))
                case "messages.retry":
                    return self._retry_one(event)
                case "messages.delete":
                    return self._delete(event)
                case "health":
                    return {"ok": True, "stage": self._stage}
        except (KeyError, TypeError, ValueError) as error:
            return {"error": f"malformed: {error}"}
        except Refused as refused:
            return {"error": refused.code}
        return {"error": "unknown action"}

    def _list(self, event: Event) -> Event:
        """Tell messages, `{"after": "", "limit": 100}`; `next` is the `after` of the next call."""
        limit = min(int(event.get("limit") or LIST_SIZE), LIST_SIZE)
        found = self.store.listing(str(event.get("after") or ""), limit)
        answer: Event = {"items": [core.as_record(message) for message in found]}
        return answer | ({"next": found[-1].id} if len(found) == limit else {})

    def _delete(self, event: Event) -> Event:
        """Delete one message, `{"id": …}`, or many: `{"ids": […], "state": "quarantined"}`.

        Of many, those stay that are in another state by now.
        """
        if "ids" not in event:
            return {"deleted": self.store.delete(str(event["id"]))}
        gone = []
        for message_id in list(event["ids"])[:LIST_SIZE]:
            message = self.store.get(str(message_id))
            if message and message.state == event["state"] and self.store.delete(message.id):
                gone.append(message.id)
        return {"deleted": gone}

    def _retry_one(self, event: Event) -> Event:
        message = self._known(event)
        now = int(self._clock())
        if self.store.requeue(message.id, now, self._keep) is None:
            return {"error": "it is being mailed at this moment"}
        self._delivery.deliver(message.id, now)
        return core.as_record(self._known(event))

    def _known(self, event: Event) -> Message:
        message = self.store.get(str(event["id"]))
        if message is None:
            raise Refused(404, "there is no such message")
        return message

    # Answers

    def _refusal(self, status: int, code: str, form: list[Form], wants_page: bool) -> Event:
        if not wants_page:
            return json_answer(status, {"ok": False, "error": code})
        typed = form[0] if form else Form()
        page = pages.refusal_page(code, typed, self._action(), self._back(typed))
        return self._html(status, page)

    def _action(self) -> str:
        return self._environ.get("TIDEPOST_CONTACT_ACTION", "/api/contact")

    def _back(self, form: Form) -> str:
        return self._absolute(core.local_path(form.page, "/"))

    def _absolute(self, path: str) -> str:
        """Return a path of the site as an address, as the API may have an origin of its own."""
        scheme, separator, rest = self._site.partition("://")
        # A header is ASCII. What is escaped already stays as it is.
        return f"{scheme}{separator}{rest.partition('/')[0]}{quote(path, safe=_ASCII)}"

    def _html(self, status: int, page: str) -> Event:
        headers = {
            "content-type": "text/html; charset=utf-8",
            "cache-control": "no-store",
            "x-content-type-options": "nosniff",
            "x-robots-tag": "noindex",
            "content-security-policy": pages.policy(self._absolute("")),
        }
        return {"statusCode": status, "headers": headers, "body": page}

    def _allowed(self, headers: Mapping[str, str]) -> bool:
        origin = headers.get("origin", "")
        if not origin or not self._origins or {"*", origin} & set(self._origins):
            return True
        # The page of errors, where the API has an origin of its own: browsers write both headers.
        return origin.partition("://")[2] == headers.get("host")


def _more_time(context: Any) -> Callable[[], bool]:
    """Return whether enough is left to this invocation for one more mail (eight seconds)."""
    if not hasattr(context, "get_remaining_time_in_millis"):
        return lambda: True
    return lambda: context.get_remaining_time_in_millis() > 8_000


_contact = Contact(os.environ, time.time, None, None)
handler = _contact.handle
if os.environ.get("AWS_LAMBDA_RUNTIME_API") and "TIDEPOST_TABLE" in os.environ:
    # Lambda gives the start of a function a whole processor, whatever its memory size, and a
    # request only a share of one: the client is made where it costs the reader least.
    _ = _contact.store
