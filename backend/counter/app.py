"""The counter's function: events in, answers out.

Three kinds of event, by their shape. An event with a `requestContext` comes from the HTTP API
and is a stranger's. An event with `schedule` or an EventBridge `source` is the clock. What is left
is the owner, whom IAM let invoke the function directly. A stranger controls neither which of these
an event is nor anything outside its path, query, headers and body.
"""

from __future__ import annotations

import base64
import json
import os
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from . import core
from .core import Count, Refused, Request
from .store import Page, Store, dashed, day_of
from .stores import open_store

Event = dict[str, Any]
Handler = Callable[[Event, Any], Event]

STATS_PAGES = 200
"""Pages in one answer to `stats`: with ten years of days each, still below Lambda's 6 MB."""


def build(
    environ: Mapping[str, str],
    clock: Callable[[], float] = time.time,
    store: Store | None = None,
) -> Handler:
    """Return a handler with settings from `environ` (see backend/README.md).

    `store` replaces the one the settings name. Nothing is opened before the first event.
    """
    return Counter(environ, clock, store).handle


class Counter:
    """The handler's state: its settings, its store, and the salt of the day."""

    def __init__(
        self, environ: Mapping[str, str], clock: Callable[[], float], store: Store | None
    ) -> None:
        self._environ = environ
        self._clock = clock
        self._opened = store
        # A file has no patience to choose, and one connection to it is enough.
        self._one_store = store is not None or (
            environ.get("TIDEPOST_STORE", "dynamodb") != "dynamodb"
        )
        self._opened_patient: Store | None = None
        self._salt = ("", b"")
        self._stage = environ.get("TIDEPOST_STAGE", "local")
        self._edge_key = environ.get("TIDEPOST_EDGE_KEY", "")
        self._shards = int(environ.get("TIDEPOST_SHARDS") or 1)
        self._keep_days = int(environ.get("TIDEPOST_KEEP_DAYS") or 0)
        self._most_views = int(environ.get("TIDEPOST_MOST_VIEWS") or core.MOST_VIEWS)
        origins = environ.get("TIDEPOST_ALLOWED_ORIGINS", "").split(",")
        self._origins = tuple(origin.strip() for origin in origins if origin.strip())

    @property
    def store(self) -> Store:
        """The store, opened at first use."""
        if self._opened is None:
            self._opened = open_store(self._environ)
        return self._opened

    @property
    def _patient_store(self) -> Store:
        """The store for the owner and the schedule, who would rather wait than fail."""
        if self._one_store:
            return self.store
        if self._opened_patient is None:
            self._opened_patient = open_store(self._environ, patient=True)
        return self._opened_patient

    def handle(self, event: Event, context: Any = None) -> Event:
        """Answer one event of any of the three kinds."""
        if not isinstance(event, dict):
            return {"error": "event"}
        if "requestContext" in event:
            return self._http(event)
        if "schedule" in event or str(event.get("source", "")).startswith("aws."):
            care = self._patient_store.maintain
            return dict(care(int(self._clock()), self._keep_days, _more_time(context)))
        return self._owner(event, context)

    # The stranger

    def _http(self, event: Event) -> Event:
        headers = {str(k).lower(): str(v) for k, v in (event.get("headers") or {}).items()}
        origin = headers.get("origin", "")
        try:
            answer = self._route(event, headers)
        except Refused as refused:
            later = {"retry-after": "2"} if refused.status == 503 else {}
            answer = _json(refused.status, {"error": refused.code}, **later)
        except Exception as error:  # noqa: BLE001 - the edge of the program
            # The kind of the error only: its text could hold an address or a path.
            print(json.dumps({"level": "ERROR", "error": type(error).__name__}))
            answer = _json(503, {"error": "unavailable"}, **{"retry-after": "2"})
        if self._origins:
            answer["headers"]["vary"] = "Origin"
            if origin and core.allowed_origin(origin, self._origins):
                answer["headers"]["access-control-allow-origin"] = origin
        return answer

    def _route(self, event: Event, headers: Mapping[str, str]) -> Event:
        context = event["requestContext"]
        http = context["http"]
        method, path = str(http["method"]).upper(), _route_path(event, context)
        if not core.allowed_origin(headers.get("origin", ""), self._origins):
            raise Refused(403, "origin")
        if path == "/api/health" and method in ("GET", "HEAD"):
            return _json(200, {"ok": True, "stage": self._stage})
        if path != "/api/count":
            raise Refused(404, "not-found")
        if method == "OPTIONS":
            return _preflight("GET, POST")
        if method in ("GET", "HEAD"):
            query = str(event.get("rawQueryString") or "")
            try:
                pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=core.MAX_READ + 9)
            except ValueError:
                raise Refused(400, "too-many-paths") from None
            body = self._numbers(core.parse_read(pairs), {})
            return _json(200, body, **{"cache-control": "public, max-age=30"})
        if method == "POST":
            request = core.parse_count(_body(event))
            return self._count(request, headers, str(http.get("sourceIp") or ""))
        raise Refused(405, "method")

    def _count(self, request: Request, headers: Mapping[str, str], source: str) -> Event:
        began = self._clock()
        now = int(began)
        day = day_of(now)
        path = core.normalise(request.path)
        page = self.store.pages([path]).get(path)
        if page is None:
            raise Refused(404, "unknown-page")
        site = self.store.pages([core.SITE]).get(core.SITE)
        view = core.view_key(request.view)
        amounts, site_amounts = {"v": 1}, {"v": 1}
        refused, counts = "", True
        if reason := core.bot_reason(headers, request.automated):
            refused = "bot"
            amounts = site_amounts = {"b": 1, f"b_{reason}": 1}
        else:
            address = core.reader_address(source, headers, self._edge_key)
            self._in_time(began)
            visitor = core.visitor_key(self._day_salt(day), address, headers["user-agent"])
            noted = (view, now, request.reload, self._most_views)
            visit = self.store.visit(day, visitor, page.path, *noted)
            if visit == "first":
                amounts = {"v": 1, "u": 1}
                # Who has seen this page today was counted for the site then.
                if self.store.visit(day, visitor, core.SITE, view, now, 0, 0) == "first":
                    site_amounts = {"v": 1, "u": 1}
            elif visit != "known":
                refused, counts = _NOT_COUNTED[visit], False
        counted = {page.path: page} | ({core.SITE: site} if site else {})
        if counts:
            self._in_time(began)
            added = self.store.add(page, view, day, amounts, now)
            if added is None:
                raise Refused(404, "unknown-page")
            counted[page.path] = added
            self._in_time(began)
            if site and (site := self.store.add(site, view, day, site_amounts, now)):
                counted[core.SITE] = site
        answer = {"counted": not refused} | ({"reason": refused} if refused else {})
        read = {request.path: path, **request.read}
        numbers = self._numbers(request._replace(read=read), counted)
        return _json(200, answer | numbers, **{"cache-control": "no-store"})

    def _in_time(self, began: float) -> None:
        """Raise Refused when the table is so slow that this request had better be made again."""
        if self._clock() - began > core.PATIENCE:
            raise Refused(503, "busy")

    def _numbers(self, request: Request, known: dict[str, Page]) -> dict[str, Any]:
        """Return the counts asked for; a path that is no page of the release has none."""
        asked = [*request.read.values(), *([core.SITE] if request.site else [])]
        missing = list(dict.fromkeys(path for path in asked if path not in known))
        pages = known | (self.store.pages(missing) if missing else {})
        counts = {
            spelled: _shown(pages[path].numbers)
            for spelled, path in request.read.items()
            if path in pages
        }
        if not request.site:
            return {"counts": counts}
        site = pages.get(core.SITE)
        return {"counts": counts, "site": _shown(site.numbers if site else Count())}

    def _day_salt(self, day: str) -> bytes:
        if self._salt[0] != day:
            self._salt = (day, self.store.salt(day, os.urandom(32)))
        return self._salt[1]

    # The owner

    def _owner(self, event: Event, context: Any) -> Event:
        try:
            match event.get("action"):
                case "register":
                    return self._register(event, context)
                case "stats":
                    return self._stats(event)
                case "health":
                    return {"ok": True, "stage": self._stage}
        except Refused as refused:
            return {"error": refused.code}
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            return {"error": f"malformed: {error}"}
        return {"error": "unknown action"}

    def _register(self, event: Event, context: Any) -> Event:
        """Take the release's pages: `{"paths": […], "shards": {path: n}, "keep": false}`."""
        paths = dict.fromkeys(core.normalise(path) for path in event["paths"])
        keep = event.get("keep") is True
        if not paths and not keep:
            return {"error": "an empty release would make every page uncountable"}
        shards = dict.fromkeys(paths, self._shards)
        for path, n in (event.get("shards") or {}).items():
            shards[core.normalise(path)] = int(n)
        if any(not 1 <= n <= 64 for n in shards.values()):
            return {"error": "shards: from 1 to 64"}
        now = int(self._clock())
        done = self._patient_store.register(list(paths), shards, keep, now, _more_time(context))
        return done._asdict()

    def _stats(self, event: Event) -> Event:
        """Tell all counts, a page of the listing at a time: `{"since": "2026-01-01", "after": ""}`.

        The answer's `next` is the `after` of the next call, or absent at the end.
        """
        since, after = str(event.get("since") or ""), str(event.get("after") or "")
        limit = min(int(event.get("limit") or STATS_PAGES), STATS_PAGES)
        listed = self._patient_store.listing(after, limit)
        histories = [self._patient_store.history(path, since) for path in listed]
        answer: Event = {
            "stage": self._stage,
            "today": dashed(day_of(self._clock())),
            "pages": [
                {
                    "path": history.path,
                    "listed": history.listed,
                    **history.numbers._asdict(),
                    "reasons": history.reasons,
                    "days": {day: list(count) for day, count in history.days.items()},
                }
                for history in histories
            ],
        }
        return answer | ({"next": listed[-1]} if len(listed) == limit else {})


_NOT_COUNTED = {"recent": "reload", "repeat": "repeat", "often": "often"}


def _shown(count: Count) -> dict[str, int]:
    return {"views": count.views, "visitors": count.visitors}


def _json(status: int, body: Mapping[str, Any], **headers: str) -> Event:
    return {
        "statusCode": status,
        "headers": {
            "content-type": "application/json; charset=utf-8",
            "cache-control": "no-store",
            "x-content-type-options": "nosniff",
            **headers,
        },
        "body": json.dumps(body, separators=(",", ":")),
    }


def _preflight(methods: str) -> Event:
    """Answer the question a browser asks before a request to another origin."""
    headers = {
        "access-control-allow-methods": methods,
        "access-control-allow-headers": "content-type",
        "access-control-max-age": "7200",
        "cache-control": "no-store",
    }
    return {"statusCode": 204, "headers": headers, "body": ""}


def _route_path(event: Event, context: Mapping[str, Any]) -> str:
    """Return the path without the stage, which the HTTP API puts in front unless it is $default."""
    path = str(event.get("rawPath") or "")
    stage = context.get("stage") or "$default"
    return path.removeprefix(f"/{stage}") if stage != "$default" else path


def _body(event: Event) -> bytes:
    raw = event.get("body") or ""
    if not isinstance(raw, str) or len(raw) > core.MAX_BODY * 2:
        raise Refused(413, "too-large")
    if not event.get("isBase64Encoded"):
        return raw.encode("utf-8", "replace")
    try:
        return base64.b64decode(raw, validate=True)
    except ValueError:
        raise Refused(400, "base64") from None


def _more_time(context: Any) -> Callable[[], bool]:
    """Return whether more than two seconds are left to this invocation."""
    if not hasattr(context, "get_remaining_time_in_millis"):
        return lambda: True
    return lambda: context.get_remaining_time_in_millis() > 2_000


_counter = Counter(os.environ, time.time, None)
handler = _counter.handle
if os.environ.get("AWS_LAMBDA_RUNTIME_API") and "TIDEPOST_TABLE" in os.environ:
    # Lambda gives the start of a function a whole processor, whatever its memory size, and a
    # request only a share of one: the client is made where it costs the reader least.
    _ = _counter.store
