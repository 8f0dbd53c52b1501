"""Events of the HTTP API and answers to them, as Lambda has them (payload format 2.0)."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from . import core
from .core import Refused

Event = dict[str, Any]


def asks_for_page(headers: Mapping[str, str]) -> bool:
    """Return whether a page is to be the answer: a browser that submits a form by itself asks for
    HTML, and contact.js for JSON."""
    return "text/html" in headers.get("accept", "")


def json_answer(status: int, body: Mapping[str, Any]) -> Event:
    """Return an answer whose body is JSON."""
    headers = {
        "content-type": "application/json; charset=utf-8",
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
    }
    return {
        "statusCode": status,
        "headers": headers,
        "body": json.dumps(body, separators=(",", ":")),
    }


def preflight() -> Event:
    """Answer the question a browser asks before a request to another origin."""
    headers = {
        "access-control-allow-methods": "GET, POST",
        "access-control-allow-headers": "content-type",
        "access-control-max-age": "7200",
        "cache-control": "no-store",
    }
    return {"statusCode": 204, "headers": headers, "body": ""}


def route_path(event: Event, context: Mapping[str, Any]) -> str:
    """Return the path without the stage, which the HTTP API puts in front unless it is $default."""
    path = str(event.get("rawPath") or "")
    stage = context.get("stage") or "$default"
    return path.removeprefix(f"/{stage}") if stage != "$default" else path


def body_of(event: Event) -> bytes:
    """Return the body of a request. Raises Refused for one that is too large or not base64."""
    raw = event.get("body") or ""
    if not isinstance(raw, str) or len(raw) > core.MAX_BODY * 2:
        raise Refused(413, "too-large")
    if not event.get("isBase64Encoded"):
        return raw.encode("utf-8", "replace")
    try:
        return base64.b64decode(raw, validate=True)
    except ValueError:
        raise Refused(400, "base64") from None
