"""Small files to S3, at a third of the CPU time that the SDK takes for each.

An upload that succeeded shows what the SDK makes of one: the address, the region, who signs. The
next ones are written and signed here in the same way and go over the SDK's own connections. What
comes of anything but plain success is the SDK's to judge: it sends the file itself, with its
retries and its words, and shows again how.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec
from botocore.awsrequest import AWSPreparedRequest
from botocore.exceptions import BotoCoreError

STRIKES = 3
"""Failures without a success between them, after which the SDK sends what is left."""

_SIGNED_BY = ("s3v4", "s3")
_HEADERS = {
    "CacheControl": "Cache-Control",
    "ChecksumAlgorithm": "x-amz-sdk-checksum-algorithm",
    "ChecksumSHA256": "x-amz-checksum-sha256",
    "ContentEncoding": "Content-Encoding",
    "ContentType": "Content-Type",
    "IfMatch": "If-Match",
    "IfNoneMatch": "If-None-Match",
}
_NO_HEADERS = ("Bucket", "ContentLength", "Metadata")
_DEFAULT_PORTS = {"http": 80, "https": 443}


class _Way(msgspec.Struct, frozen=True):
    """What an upload of the SDK's shows: all of the address but the key, and the path of that, the
    `Host` header, the region that is signed for, whose credentials, and the program's name."""

    base: str
    path: str
    host: str
    region: str
    signer: Any
    agent: str


class SmallFiles:
    """Sends what is in memory. `before` is called before each attempt; `throttled` for an answer
    that asks for fewer requests. Safe to use from many threads."""

    def __init__(
        self, client: Any, before: Callable[[], None], throttled: Callable[[], None]
    ) -> None:
        self._client, self._before, self._throttled = client, before, throttled
        # Its pool, certificates and proxies. No public name leads there; without it, the SDK sends.
        self._session: Any = getattr(getattr(client, "_endpoint", None), "http_session", None)
        self._way: _Way | None = None
        self._failed = 0
        self._seen = threading.local()
        client.meta.events.register("before-sign.s3.PutObject", self._look)

    def put(self, *, Key: str, Body: bytes, sha256: str, **options: Any) -> dict[str, Any]:  # noqa: N803
        """Do what the client's `put_object` does, and return at least ETag and VersionId."""
        if self._way is not None and self._failed < STRIKES:
            answer = self._directly(self._way, Key, Body, sha256, options)
            if answer is not None:
                self._failed = 0
                return answer
            self._failed += 1
            self._way = None
        self._seen.way = None
        made: dict[str, Any] = self._client.put_object(Key=Key, Body=Body, **options)
        self._way = self._learned(Key)
        return made

    def _directly(
        self, way: _Way, key: str, body: bytes, sha256: str, options: dict[str, Any]
    ) -> dict[str, Any] | None:
        quoted = _quoted(key)
        headers = {
            "User-Agent": way.agent,
            "Host": way.host,
            "Content-Length": str(len(body)),
            **{f"x-amz-meta-{name}": value for name, value in options["Metadata"].items()},
            **{_HEADERS[name]: value for name, value in options.items() if name not in _NO_HEADERS},
        }
        auth = way.signer.get_auth_instance("s3", way.region, "s3v4")
        path = way.path + quoted
        sign(headers, path, sha256, auth.credentials, way.region, datetime.now(UTC))
        raw: Any = {name: value.encode() for name, value in headers.items()}
        request = AWSPreparedRequest("PUT", way.base + quoted, raw, body, False)
        self._before()
        try:
            # Whoever looks at what the SDK sends sees this as well.
            events = self._client.meta.events
            _, answer = events.emit_until_response("before-send.s3.PutObject", request=request)
            answer = answer or self._session.send(request)
            content = answer.content
        except BotoCoreError:
            return None
        if answer.status_code in (429, 503):
            self._throttled()
        if answer.status_code != 200 or content or "etag" not in answer.headers:
            return None
        return {
            "ETag": answer.headers["etag"],
            "VersionId": answer.headers.get("x-amz-version-id"),
        }

    def _look(self, request: Any, request_signer: Any, **signing: Any) -> None:
        """Note how the SDK is about to sign and send, before one more attempt."""
        special = request.context.get("signing", {})
        region = special.get("region") or signing["region_name"]
        name = special.get("signing_name") or signing["signing_name"]
        self._seen.way = None
        if (
            (signing["signature_version"], name) == _SIGNED_BY
            and "request_credentials" not in special
            and not request.params
        ):
            url, agent = request.url, str(request.headers["User-Agent"])
            path = urlsplit(url).path
            self._seen.way = _Way(url, path, _host(url), region, request_signer, agent)

    def _learned(self, key: str) -> _Way | None:
        quoted, way = _quoted(key), self._seen.way
        assert way is None or isinstance(way, _Way)
        if way is None or self._session is None or not way.base.endswith(f"/{quoted}"):
            return None
        base, path = way.base.removesuffix(quoted), way.path.removesuffix(quoted)
        return msgspec.structs.replace(way, base=base, path=path)


def sign(
    headers: dict[str, str],
    path: str,
    sha256: str,
    credentials: Any,
    region: str,
    now: datetime,
) -> None:
    """Put a signature into the headers of a PUT to this path, of a body with this digest.

    Signature Version 4, all of it in headers (Amazon S3 API Reference, "Authenticating Requests:
    Using the Authorization Header").
    """
    at = now.strftime("%Y%m%dT%H%M%SZ")
    headers["X-Amz-Date"] = at
    headers["X-Amz-Content-SHA256"] = sha256
    if credentials.token:
        headers["X-Amz-Security-Token"] = credentials.token
    signed = {name.lower(): " ".join(value.split()) for name, value in headers.items()}
    signed.pop("user-agent", None)
    names = sorted(signed)
    asked = "\n".join(
        (
            "PUT",
            path,
            "",
            *(f"{name}:{signed[name]}" for name in names),
            "",
            ";".join(names),
            sha256,
        )
    )
    scope = f"{at[:8]}/{region}/s3/aws4_request"
    key = _key(credentials.secret_key, scope)
    said = f"AWS4-HMAC-SHA256\n{at}\n{scope}\n{hashlib.sha256(asked.encode()).hexdigest()}"
    headers["Authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={credentials.access_key}/{scope}, "
        f"SignedHeaders={';'.join(names)}, "
        f"Signature={hmac.digest(key, said.encode(), 'sha256').hex()}"
    )


@functools.lru_cache(maxsize=2)
def _key(secret: str, scope: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for word in scope.split("/"):
        key = hmac.digest(key, word.encode(), "sha256")
    return key


def _quoted(key: str) -> str:
    return quote(key, safe="/~")


def _host(url: str) -> str:
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else str(parts.hostname)
    default = _DEFAULT_PORTS.get(parts.scheme)
    return f"{host}:{parts.port}" if parts.port not in (None, default) else host
