"""A bucket in memory, reached through the SDK without a server, a proxy or a socket.

The SDK asks `answer` where it would send a request (its event `before-send`): what signs, retries
and reads answers is what is used with a server, at a third of its cost. Laws that hold for each of
many moments are held here for all of them, and on real servers for one of each kind.
"""

from __future__ import annotations

import base64
import hashlib
import io
import itertools
import threading
from collections.abc import Callable, Iterator
from email.utils import formatdate
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree import ElementTree

import msgspec
import urllib3.exceptions
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectionClosedError, HTTPClientError, ReadTimeoutError

from generator.adapters.aws.answers import EVERY_ANSWER, check_answer
from generator.adapters.aws.s3_store import S3Store
from generator.publish import publisher
from generator.publish.headers import Headers
from generator.publish.manifest import STATE, Manifest
from generator.publish.publisher import Target
from generator.publish.throttle import Throttle
from tests.support.published import Live
from tests.support.s3_servers import Action, Reply, Seen, client

XMLNS = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
KEPT = ("content-type", "cache-control", "content-encoding")


class Killed(BaseException):
    """The publisher dies here: no code of it may take this for an error."""


class Object(msgspec.Struct, frozen=True):
    body: bytes
    headers: dict[str, str]
    version: str

    @property
    def etag(self) -> str:
        return f'"{hashlib.md5(self.body).hexdigest()}"'


class MemoryBucket:
    """Has what `tests.support.bucket.Bucket` has, and is its own proxy."""

    name, prefix, server, endpoint = "memory", "site/", "memory", "http://memory.invalid"

    def __init__(self, *, versioned: bool) -> None:
        self.versioned = versioned
        self.objects: dict[str, Object] = {}
        self.past: dict[tuple[str, str], Object] = {}
        self.lock = threading.RLock()
        self.seen: list[Seen] = []
        self.rule: Callable[[int, Seen], Action] = lambda number, seen: "pass"
        self._numbers = itertools.count(1)
        self._kept: tuple[dict[str, Object], dict[tuple[str, str], Object]] = {}, {}

    @property
    def proxy(self) -> MemoryBucket:
        return self

    def keep(self) -> None:
        """Remember all that is there."""
        self._kept = dict(self.objects), dict(self.past)

    def go_back(self) -> None:
        """Have again what was there when `keep` was called."""
        self.objects, self.past = map(dict, self._kept)  # type: ignore[assignment]
        self.start_over()

    def start_over(self) -> None:
        self.seen, self.rule = [], lambda number, seen: "pass"

    def target(self, workers: int = 1) -> Target:
        """The bucket, reached past all rules."""
        return self._target(workers, lambda seen: "pass")

    def watched(self, workers: int = 1) -> Target:
        """The bucket, as `rule` lets it be reached."""
        dead: list[bool] = []

        def action(seen: Seen) -> Action:
            with self.lock:
                self.seen.append(seen)
                number = len(self.seen)
            if dead:
                raise Killed
            found = self.rule(number, seen)
            if found in ("kill-before", "kill-after"):
                dead.append(True)
            return found

        return self._target(workers, action)

    @cached_property
    def _reading(self) -> Target:
        return self.target()

    def manifest(self) -> Manifest | None:
        """The manifest that is there, read by one client: each takes longer to make than to use."""
        return publisher.manifest_of(self._reading.store)

    def live(self) -> dict[str, Live]:
        """All that readers could get."""
        return {
            key.removeprefix(self.prefix): Live(
                found.body, Headers(**{n.replace("-", "_"): found.headers.get(n, "") for n in KEPT})
            )
            for key, found in self.objects.items()
            if not key.startswith(self.prefix + STATE)
        }

    def all_keys(self) -> list[str]:
        return sorted(self.objects)

    def delete(self, path: str) -> None:
        """Delete an object as somebody else would."""
        self.objects.pop(self.prefix + path, None)

    def close(self) -> None:
        """Nothing is open."""

    def _target(self, workers: int, action: Callable[[Seen], Action]) -> Target:
        throttle, s3 = Throttle(workers), client("s3", self.endpoint)
        s3.meta.events.register_first(EVERY_ANSWER, check_answer)
        s3.meta.events.register(
            "before-send.s3", lambda request, **_: self._through(request, action)
        )
        return Target(store=S3Store(s3, self.name, self.prefix, throttle), throttle=throttle)

    def _through(self, request: Any, action: Callable[[Seen], Action]) -> AWSResponse:
        """Answer as a server does behind `tests.support.s3_servers.Proxy`."""
        body = request.body or b""
        body = body if isinstance(body, bytes | bytearray) else body.read()
        url = urlsplit(request.url)
        headers = {
            name.lower(): value.decode() if isinstance(value, bytes) else str(value)
            for name, value in request.headers.items()
        }
        path = f"{url.path}?{url.query}" if url.query else url.path
        seen = Seen(request.method, path, headers, bytes(body))
        now = action(seen)
        if isinstance(now, tuple):
            seen.status = now[0]
            return _response(request, now)
        if now in ("500", "503"):
            code = "InternalError" if now == "500" else "SlowDown"
            return _response(request, _refusal(int(now), code))
        if now == "kill-before":
            raise Killed
        if now == "reset":
            raise _closed(request)
        if now == "silence":
            raise ReadTimeoutError(endpoint_url=request.url)
        with self.lock:
            reply = self.answer(seen)
        seen.status = reply[0]
        if now == "kill-after":
            raise Killed
        if now == "lost":
            raise _closed(request)
        return _response(request, reply, broken_off=now == "truncate")

    def answer(self, seen: Seen) -> Reply:
        """Carry out one request."""
        path, _, query = seen.path.partition("?")
        _, _, key = unquote(path).lstrip("/").partition("/")
        asked = {name: values[0] for name, values in parse_qs(query, True).items()}
        match seen.method:
            case "GET" if not key:
                return self._listing(asked)
            case "GET" | "HEAD":
                return self._get(seen.method, key, asked)
            case "PUT":
                return self._put(key, seen)
            case "POST" if "delete" in asked:
                return self._delete(seen.body)
        raise AssertionError(f"not known: {seen.method} {seen.path}")

    def _get(self, method: str, key: str, asked: dict[str, str]) -> Reply:
        version = asked.get("versionId", "")
        found = self.past.get((key, version)) if version else self.objects.get(key)
        if found is None:
            return _refusal(404, "NoSuchKey") if method == "GET" else (404, {}, b"")
        size = {"Content-Length": str(len(found.body))}
        return 200, found.headers | self._marks(found) | size, found.body * (method == "GET")

    def _marks(self, found: Object) -> dict[str, str]:
        now = formatdate(usegmt=True)
        marks = {"ETag": found.etag, "Last-Modified": now, "Date": now}
        return marks | ({"x-amz-version-id": found.version} if self.versioned else {})

    def _put(self, key: str, seen: Seen) -> Reply:
        headers = seen.headers
        there = self.objects.get(key)
        if "if-none-match" in headers and there:
            return _refusal(412, "PreconditionFailed")
        if expected := headers.get("if-match"):
            if not there:
                return _refusal(404, "NoSuchKey")
            if there.etag != expected:
                return _refusal(412, "PreconditionFailed")
        if source := headers.get("x-amz-copy-source"):
            return self._copy(key, unquote(source), headers)
        checksum = base64.b64encode(hashlib.sha256(seen.body).digest()).decode()
        if headers.get("x-amz-checksum-sha256", checksum) != checksum:
            return _refusal(400, "BadDigest")
        made = self._set(key, seen.body, _attributes(headers))
        return 200, self._marks(made), b""

    def _copy(self, key: str, source: str, headers: dict[str, str]) -> Reply:
        path, _, version = source.partition("?versionId=")
        _, _, origin = path.lstrip("/").partition("/")
        found = self.past.get((origin, version)) if version else self.objects.get(origin)
        if found is None:
            return _refusal(404, "NoSuchVersion" if version else "NoSuchKey")
        if headers.get("x-amz-copy-source-if-match", found.etag) != found.etag:
            return _refusal(412, "PreconditionFailed")
        replaced = headers.get("x-amz-metadata-directive") == "REPLACE"
        made = self._set(key, found.body, _attributes(headers) if replaced else found.headers)
        text = f"<CopyObjectResult {XMLNS}><ETag>{made.etag}</ETag></CopyObjectResult>"
        return 200, self._marks(made), text.encode()

    def _set(self, key: str, body: bytes, headers: dict[str, str]) -> Object:
        made = Object(body, headers, f"v{next(self._numbers)}" if self.versioned else "")
        self.objects[key] = made
        if self.versioned:
            self.past[key, made.version] = made
        return made

    def _listing(self, asked: dict[str, str]) -> Reply:
        assert asked["list-type"] == "2"
        items = "".join(
            f"<Contents><Key>{key}</Key><Size>{len(self.objects[key].body)}</Size>"
            f"<ETag>{self.objects[key].etag}</ETag></Contents>"
            for key in self.all_keys()
            if key.startswith(asked["prefix"]) and "delimiter" not in asked
        )
        prefixes = sorted(
            {
                asked["prefix"] + key.removeprefix(asked["prefix"]).partition("/")[0] + "/"
                for key in self.objects
                if key.startswith(asked["prefix"]) and "delimiter" in asked
            }
        )
        items += "".join(
            f"<CommonPrefixes><Prefix>{prefix}</Prefix></CommonPrefixes>" for prefix in prefixes
        )
        answer = f"<IsTruncated>false</IsTruncated>{items}"
        text = f"<ListBucketResult {XMLNS}>{answer}</ListBucketResult>"
        return 200, {"Content-Type": "application/xml"}, text.encode()

    def _delete(self, body: bytes) -> Reply:
        for item in ElementTree.fromstring(body).iterfind(".//{*}Object"):
            key, version = item.findtext("{*}Key") or "", item.findtext("{*}VersionId")
            if version:
                self.past.pop((key, version), None)
            elif key in self.objects:
                del self.objects[key]
        return 200, {}, f"<DeleteResult {XMLNS}></DeleteResult>".encode()


def _attributes(headers: dict[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in headers.items()
        if name in KEPT or name.startswith("x-amz-meta-")
    }


def _refusal(status: int, code: str) -> Reply:
    text = f"<Error><Code>{code}</Code><Message>refused</Message></Error>"
    return status, {"Content-Type": "application/xml"}, text.encode()


def _closed(request: Any) -> ConnectionClosedError:
    return ConnectionClosedError(request=request, endpoint_url=request.url)


class _Raw(io.BytesIO):
    """A body as the SDK reads it, which may break off."""

    broken_off = False

    def stream(self, **_: object) -> Iterator[bytes]:
        while piece := self.read():
            yield piece

    def read(self, *arguments: Any) -> bytes:
        piece = super().read(*arguments)
        if self.broken_off and not piece:
            raise urllib3.exceptions.ProtocolError("broken off")
        return piece


def _response(request: Any, reply: Reply, *, broken_off: bool = False) -> AWSResponse:
    status, headers, body = reply
    if broken_off and request.method != "HEAD" and not request.stream_output:
        raise HTTPClientError(error=urllib3.exceptions.ProtocolError("broken off"))
    raw = _Raw(body[: len(body) // 2] if broken_off else body)
    raw.broken_off = broken_off and request.method != "HEAD"
    sized = headers if request.method == "HEAD" else headers | {"Content-Length": str(len(body))}
    return AWSResponse(request.url, status, urllib3.HTTPHeaderDict(sized), raw)
