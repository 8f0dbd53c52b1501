"""Builds API events as a browser's requests become them."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from generator.adapters.functions import Event, http_event

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
NOW = 1_795_500_000  # 2026-11-24 06:00 UTC


class Clock:
    """A clock that is set by hand."""

    def __init__(self, now: float = NOW) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def request(
    method: str,
    url: str,
    body: Any = None,
    *,
    ip: str = "192.0.2.7",
    **headers: str,
) -> Event:
    """Return the event of a request; a body that is no text is sent as JSON."""
    parts = urlsplit(url)
    given = {"user-agent": FIREFOX} | {k.replace("_", "-"): v for k, v in headers.items()}
    raw = b"" if body is None else (body if isinstance(body, bytes) else json.dumps(body).encode())
    return http_event(method, parts.path, parts.query, given, raw, ip)


def answered(answer: Event) -> tuple[int, Any]:
    """Return an answer's status and its JSON."""
    return answer["statusCode"], json.loads(answer["body"])
