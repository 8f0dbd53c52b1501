"""Between S3's words for an object and ours."""

from __future__ import annotations

import base64
from datetime import datetime
from email.utils import parsedate_to_datetime
from io import BytesIO
from typing import Any

from generator.publish.headers import Headers
from generator.publish.manifest import Entry
from generator.publish.store import Observed


def attributes_of(entry: Entry) -> dict[str, Any]:
    """What a write reports an object beside its bytes."""
    headers = entry.headers
    found: dict[str, Any] = {
        "ContentType": headers.content_type,
        "CacheControl": headers.cache_control,
        "Metadata": {"sha256": entry.sha256},
    }
    if headers.content_encoding:
        found["ContentEncoding"] = headers.content_encoding
    return found


def observed_of(found: dict[str, Any]) -> Observed:
    """What the answer to a HEAD says of an object."""
    # Names of metadata have no case, and some servers send them in capitals.
    metadata = {name.lower(): value for name, value in found.get("Metadata", {}).items()}
    sha256 = metadata.get("sha256", "")
    return Observed(
        sha256=sha256,
        size=found["ContentLength"],
        headers=Headers(
            content_type=found.get("ContentType", ""),
            cache_control=found.get("CacheControl", ""),
            content_encoding=found.get("ContentEncoding", ""),
        ),
        etag=etag_of(found),
        version=version_of(found),
        ours=bool(sha256),
    )


def version_of(answer: dict[str, Any]) -> str:
    """The version's id; a bucket that keeps no versions says nothing, or `null`."""
    version = answer.get("VersionId") or ""
    return "" if version == "null" else str(version)


def etag_of(answer: dict[str, Any]) -> str:
    """The etag in quotes, as S3 writes it everywhere and some other servers do not."""
    return f'"{str(answer["ETag"]).strip(chr(34))}"'


def age_of(answer: dict[str, Any]) -> float:
    """Seconds since the object was written, by the server's clock for both ends; below 0 where that
    was set back since. A server that does not tell the time is judged by ours, which may differ."""
    written: datetime = answer["LastModified"]
    if date := answer["ResponseMetadata"]["HTTPHeaders"].get("date", ""):
        return (parsedate_to_datetime(date) - written).total_seconds()
    return max(0.0, (datetime.now(written.tzinfo) - written).total_seconds())


def checksum_of(sha256: bytes) -> dict[str, str]:
    """What a write reports its bytes. A bucket with Object Lock wants the algorithm named, too."""
    return {"ChecksumAlgorithm": "SHA256", "ChecksumSHA256": base64_of(sha256)}


def base64_of(raw: bytes) -> str:
    """Return a digest as headers have it."""
    return base64.b64encode(raw).decode()


def send_at_once(params: dict[str, Any], **_rest: Any) -> None:
    """Send headers and body together, where the body is in memory.

    The SDK makes a file of each body and asks the server first whether it wants it (`Expect:
    100-continue`, RFC 9110, section 10.1.1), which costs a round trip for each small file.
    """
    if isinstance(body := params["body"], BytesIO):
        params["body"] = body.getvalue()
        params["headers"].pop("Expect", None)
