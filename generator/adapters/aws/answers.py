"""Holds an answer to what the service it claims to come from could say.

An address in `publish.endpoint_url` may be that of a console, and between here and AWS may be a
network's sign-in page. The SDK takes a web page that answers 200 for success with nothing in it
(`put_object`), for an empty list, or stops with an error of its parser; asked twice, it may follow
redirects without an end. So each answer is looked at before it is read (event `before-parse`).
"""

from __future__ import annotations

import html
import json
import re
from typing import Any
from xml.etree import ElementTree

from botocore.exceptions import BotoCoreError

_PAGE = re.compile(rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL)
_TITLE = re.compile(rb"<title[^>]*>(.*?)</title", re.IGNORECASE | re.DOTALL)
_XML = ("query", "ec2", "rest-xml")
_JSON = ("json", "rest-json")
_NAMED = {"CopyObject": b"<ETag", "CreateMultipartUpload": b"<UploadId"}
"""Of S3's operations: those whose answer has something in it that is read from there. What else
such a document is called differs: rclone's server says `InitiateMultipartUpload`."""

EVERY_ANSWER = "before-parse.*.*"
"""The event to look at answers in. Spelt so, it comes before the SDK's own look at S3's answers
(`before-parse.s3.*`), which takes a page for a failure that passes, and asks again."""

UNNAMED = "the server"
"""What a server is called where nobody has said its name: a client of the SDK's own."""

_TAGGED = ("GetObject", "HeadObject", "PutObject", "UploadPart")
"""Of S3's operations: those that answer with an ETag."""


class Stranger(BotoCoreError):
    """What answered is not the service that was asked."""

    fmt = "{server} does not answer as {service} does, but with {what}"


def check_answer(
    operation_model: Any, response_dict: dict[str, Any], server: str = UNNAMED, **_rest: Any
) -> None:
    """Raise Stranger for an answer that the service could not have given.

    What a gateway says of a server that is down (5xx) is no such answer: it is left to be asked
    again, without the body where the SDK could not read it.
    """
    status, headers = response_dict["status_code"], response_dict["headers"]
    body = response_dict["body"] if isinstance(response_dict["body"], bytes) else b""
    service = operation_model.service_model
    protocol = "" if _is_raw(operation_model) else service.resolved_protocol
    wrong = ""
    if status >= 500:
        if not _readable(body, protocol):
            response_dict["body"] = b""
    elif _PAGE.match(body):
        wrong = f"a web page ({_title(body)}status {status})"
    elif 300 <= status < 400 and status != 304 and "x-amz-bucket-region" not in headers:
        if not body and server not in (UNNAMED, "AWS"):
            wrong = f"a redirect to {headers.get('location', 'nowhere')}"
    elif not _readable(body, protocol):
        wrong = f"something that cannot be read (status {status})"
    elif status < 300:
        wrong = _lacking(operation_model, response_dict, body)
    if wrong:
        raise Stranger(server=server, service=str(service.service_id), what=wrong)


def _title(page: bytes) -> str:
    found = _TITLE.search(page)
    text = html.unescape(found[1].decode("utf-8", "replace")) if found else ""
    return f"“{' '.join(text.split())[:80]}”, " if text.strip() else ""


def _is_raw(operation: Any) -> bool:
    """Whether an answer's body is what was asked for, rather than a document about it."""
    shape = operation.output_shape
    payload = shape.serialization.get("payload") if shape is not None else None
    return payload is not None and shape.members[payload].type_name in ("blob", "string")


def _readable(body: bytes, protocol: str) -> bool:
    try:
        if body and protocol in _XML:
            ElementTree.fromstring(body)  # noqa: S314  # the SDK reads it next, by the same parser
        elif body and protocol in _JSON:
            json.loads(body)
    except (ElementTree.ParseError, ValueError):
        return False
    return True


def _lacking(operation: Any, response: dict[str, Any], body: bytes) -> str:
    """Say what a success lacks that the service always says."""
    service, status = operation.service_model, response["status_code"]
    if service.service_id == "S3" and operation.name in _TAGGED:
        if "etag" in response["headers"]:
            return ""
        kind = response["headers"].get("content-type", "").partition(";")[0]
        return "a web page" if kind == "text/html" else f"no ETag (status {status})"
    shape, protocol = operation.output_shape, service.resolved_protocol
    if status != 200 or shape is None or _is_raw(operation):
        return ""
    if not body:
        quiet = service.service_id == "S3" and operation.name.startswith(("Delete", "Put", "Abort"))
        told = any("location" not in member.serialization for member in shape.members.values())
        return "nothing" if told and not quiet and protocol in (*_XML, "json") else ""
    listed = service.service_id == "S3" and operation.name.startswith("List")
    if protocol not in _XML or (protocol != "query" and not listed):
        lacks = _NAMED.get(operation.name) if service.service_id == "S3" else None
        return f"no `{lacks[1:].decode()}`" if lacks and lacks not in body else ""
    # One of another kind would be read as an empty list.
    root = ElementTree.fromstring(body).tag.rpartition("}")[2]  # noqa: S314
    ends = "Result" if listed else "Response"
    return "" if root.endswith(ends) else f"`<{root}>`, which it never says"
