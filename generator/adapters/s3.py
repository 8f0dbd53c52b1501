"""An S3 bucket, or a part of one, as a store.

Every write is conditional where S3 can make it so (User Guide, "How to prevent object overwrites
with conditional writes"): an object replaces only the one that the manifest names, so a publisher
that was held up cannot write over a later one. Uploads name their SHA-256, which S3 compares with
what arrived; it also stands in the object's metadata, by which a later run knows what is there.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, BinaryIO

import botocore.exceptions
import urllib3.exceptions

from generator.adapters.aws import code_of, status_of, told, watch_throttles
from generator.publish.governor import Governor
from generator.publish.headers import Headers
from generator.publish.manifest import Entry, Ref
from generator.publish.store import (
    Conflict,
    Document,
    Listed,
    Observed,
    Store,
    Stored,
    StoreError,
    Version,
)

MULTIPART_FROM = 32 << 20
"""Bytes from which a file goes up in parts."""

PART = 16 << 20
"""Bytes of a part. S3 takes 10,000 parts of at least 5 MiB; larger files get larger parts."""

MOST_PARTS = 10_000
DELETE_BATCH = 1_000
_READS = 4

_UNDELETED = (
    "docs/publishing.md has the policy that is needed; what Object Lock holds goes only when its "
    "time is over"
)
_BROKEN_BODY = (
    botocore.exceptions.IncompleteReadError,
    botocore.exceptions.ResponseStreamingError,
    botocore.exceptions.ReadTimeoutError,
    urllib3.exceptions.HTTPError,
    http.client.HTTPException,
    ConnectionError,
)


class S3Store:
    """A store in a bucket below `prefix`, which is empty or ends in `/`."""

    def __init__(self, client: Any, bucket: str, prefix: str, governor: Governor) -> None:
        self._client, self._bucket, self._prefix = client, bucket, prefix
        self.governor = governor
        self.name = f"s3://{bucket}/{prefix}"
        watch_throttles(client, "s3", governor.throttled)

    def read(self, key: str) -> Document | None:
        """Return a small object, or None where there is none."""
        for last in (False,) * (_READS - 1) + (True,):
            try:
                answer = self._client.get_object(Bucket=self._bucket, Key=self._prefix + key)
                body = answer["Body"].read()
            except _BROKEN_BODY as error:
                if last:
                    raise told(error, f"reading {key}") from None
                continue
            except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
                if code_of(error) in ("NoSuchKey", "404"):
                    return None
                raise told(error, f"reading {key}") from None
            return Document(body, _etag(answer), _age(answer))
        raise AssertionError("unreachable")

    def changed(self, key: str, etag: str) -> bool:
        """Whether the object no longer has this etag; empty means that there should be none."""
        found = self._head(key)
        return (_etag(found) if found else "") != etag

    def write(self, key: str, body: bytes, *, expect: str) -> str:
        """Replace a small object under a condition. Raises Conflict."""
        encoding = {"ContentEncoding": "gzip"} if body[:2] == b"\x1f\x8b" else {}
        answer = self._conditional(
            key,
            expect,
            lambda condition: self._client.put_object(
                Bucket=self._bucket,
                Key=self._prefix + key,
                Body=body,
                ContentType="application/json",
                CacheControl="no-store",
                **_checksum(hashlib.sha256(body).digest()),
                **encoding,
                **condition,
            ),
        )
        return _etag(answer)

    def upload(self, key: str, file: Path, entry: Entry, *, expect: str | None) -> Stored:
        """Send a file. Raises Conflict when something other than its own bytes lies there."""
        try:
            with file.open("rb") as body:
                if entry.size >= MULTIPART_FROM:
                    return self._send_parts(key, body, entry, expect)
                answer = self._conditional(
                    key, expect, lambda condition: self._send(key, body, entry, condition)
                )
        except Conflict:
            return self._own_or_conflict(key, entry)
        except OSError as error:
            raise StoreError(f"`{file}` cannot be read: {error.strerror}", "build again") from None
        return Stored(_etag(answer), _version(answer))

    def copy(self, source: Ref, key: str, entry: Entry, *, expect: str | None) -> Stored:
        """Copy inside the bucket (at most 5 GB, the limit of one CopyObject)."""
        origin = {"Bucket": self._bucket, "Key": self._prefix + source.key}
        if source.version:
            origin["VersionId"] = source.version
        # A copy onto itself is held to what it copies; other servers hold it to nothing else.
        itself = source == Ref(key)
        unmoved = {"CopySourceIfMatch": expect} if itself and expect else {}
        try:
            answer = self._conditional(
                key,
                None if itself else expect,
                lambda condition: self._client.copy_object(
                    Bucket=self._bucket,
                    Key=self._prefix + key,
                    CopySource=origin,
                    MetadataDirective="REPLACE",
                    **_attributes(entry),
                    **unmoved,
                    **condition,
                ),
            )
        except Conflict:
            return self._own_or_conflict(key, entry)
        return Stored(_etag(answer["CopyObjectResult"]), _version(answer))

    def head(self, key: str) -> Observed | None:
        """Tell what lies at a key."""
        found = self._head(key)
        if found is None:
            return None
        sha256 = found.get("Metadata", {}).get("sha256", "")
        return Observed(
            sha256=sha256,
            size=found["ContentLength"],
            headers=Headers(
                content_type=found.get("ContentType", ""),
                cache_control=found.get("CacheControl", ""),
                content_encoding=found.get("ContentEncoding", ""),
            ),
            etag=_etag(found),
            version=_version(found),
            ours=bool(sha256),
        )

    def listing(self, prefix: str = "") -> Iterator[Listed]:
        """Go through all objects in the order of their keys, a thousand a request."""
        for page in self._pages("list_objects_v2", prefix):
            for item in page.get("Contents", ()):
                key = item["Key"].removeprefix(self._prefix)
                if key:
                    yield Listed(key, item["Size"], _etag(item))

    def folders(self, prefix: str) -> list[str]:
        """Name what lies directly below `prefix`."""
        full = self._prefix + prefix
        return [
            found["Prefix"].removeprefix(full).rstrip("/")
            for page in self._pages("list_objects_v2", prefix, Delimiter="/")
            for found in page.get("CommonPrefixes", ())
        ]

    def versions(self) -> Iterator[Version]:
        """Go through all versions. What was written while the bucket kept none is named `null`:
        that name must stay, for without one a delete is of what is live."""
        for page in self._pages("list_object_versions", ""):
            for kind in ("Versions", "DeleteMarkers"):
                for item in page.get(kind, ()):
                    key = item["Key"].removeprefix(self._prefix)
                    ref = Ref(key, str(item.get("VersionId") or "null"))
                    yield Version(ref, bool(item["IsLatest"]), kind == "DeleteMarkers")

    def delete(self, refs: Sequence[Ref]) -> None:
        """Delete objects or versions, a thousand a request; what is gone already is no error."""
        for start in range(0, len(refs), DELETE_BATCH):
            left = [self._named(ref) for ref in refs[start : start + DELETE_BATCH]]
            for _ in range(3):
                try:
                    answer = self._client.delete_objects(
                        Bucket=self._bucket, Delete={"Objects": left, "Quiet": True}
                    )
                except (
                    botocore.exceptions.ClientError,
                    botocore.exceptions.BotoCoreError,
                ) as error:
                    raise told(error, "deleting") from None
                failed = [e for e in answer.get("Errors", ()) if e.get("Code") != "NoSuchVersion"]
                if not failed:
                    break
                keys = {(e["Key"], e.get("VersionId", "")) for e in failed}
                left = [one for one in left if (one["Key"], one.get("VersionId", "")) in keys]
                left = left or [{"Key": e["Key"]} for e in failed]
            else:
                raise StoreError(
                    f"`{failed[0]['Key']}` cannot be deleted: {failed[0].get('Code')}", _UNDELETED
                )

    def settle(self) -> None:
        """S3 answers only when an object is durable."""

    def within(self, prefix: str) -> Store:
        """The same bucket, with keys below `prefix`."""
        return S3Store(self._client, self._bucket, self._prefix + prefix, self.governor)

    def _send(self, key: str, body: BinaryIO, entry: Entry, condition: dict[str, str]) -> Any:
        body.seek(0)
        return self._client.put_object(
            Bucket=self._bucket,
            Key=self._prefix + key,
            Body=body,
            ContentLength=entry.size,
            **_checksum(bytes.fromhex(entry.sha256)),
            **_attributes(entry),
            **condition,
        )

    def _send_parts(self, key: str, body: BinaryIO, entry: Entry, expect: str | None) -> Stored:
        """Send a large file in parts, one in memory at a time."""
        where = {"Bucket": self._bucket, "Key": self._prefix + key}
        size = max(PART, -(-entry.size // MOST_PARTS))
        upload = {}
        try:
            made = self._client.create_multipart_upload(
                **where, ChecksumAlgorithm="SHA256", **_attributes(entry)
            )
            upload = {"UploadId": made["UploadId"]}
            whole, parts = hashlib.sha256(), list[dict[str, Any]]()
            while chunk := body.read(size):
                whole.update(chunk)
                checksum = _base64(hashlib.sha256(chunk).digest())
                number = len(parts) + 1
                answer = self._client.upload_part(
                    **where, **upload, PartNumber=number, Body=chunk, ChecksumSHA256=checksum
                )
                parts.append(
                    {"PartNumber": number, "ETag": answer["ETag"], "ChecksumSHA256": checksum}
                )
            if whole.hexdigest() != entry.sha256:
                raise StoreError(f"`{key}` changed while it was sent", "build and publish again")
            answer = self._conditional(
                key,
                expect,
                lambda condition: self._client.complete_multipart_upload(
                    **where, **upload, MultipartUpload={"Parts": parts}, **condition
                ),
            )
        except BaseException as error:
            if upload:
                self._abort(where, upload)
            if isinstance(error, Conflict | StoreError):
                raise
            if isinstance(
                error, botocore.exceptions.ClientError | botocore.exceptions.BotoCoreError
            ):
                raise told(error, f"sending {key}") from None
            raise
        return Stored(_etag(answer), _version(answer))

    def _abort(self, where: dict[str, str], upload: dict[str, str]) -> None:
        try:
            self._client.abort_multipart_upload(**where, **upload)
        except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError):
            return  # the bucket's own rule for incomplete uploads ends it

    def _conditional(
        self, key: str, expect: str | None, send: Callable[[dict[str, str]], Any]
    ) -> Any:
        """Send a write under a condition. Raises Conflict when S3 says that it does not hold."""
        condition = {}
        if expect is not None:
            condition = {"IfMatch": expect} if expect else {"IfNoneMatch": "*"}
        for last in (False, False, True):
            try:
                return send(condition)
            except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
                code = code_of(error)
                if code == "ConditionalRequestConflict" and not last:
                    continue  # another write was under way: S3 asks to try again
                gone = code in ("NoSuchKey", "404", "NoSuchUpload") and expect
                if status_of(error) in (409, 412) or code == "PreconditionFailed" or gone:
                    raise Conflict(key) from None
                raise told(error, f"writing {key}") from None
        raise AssertionError("unreachable")

    def _own_or_conflict(self, key: str, entry: Entry) -> Stored:
        """Our own earlier write may have been carried out although its answer was lost."""
        found = self.head(key)
        if found is None or (found.sha256, found.headers) != (entry.sha256, entry.headers):
            raise Conflict(key)
        return Stored(found.etag, found.version)

    def _head(self, key: str) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = self._client.head_object(
                Bucket=self._bucket, Key=self._prefix + key
            )
        except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
            if status_of(error) == 404:
                return None
            raise told(error, f"looking at {key}") from None
        return found

    def _pages(self, operation: str, prefix: str, **options: str) -> Iterator[dict[str, Any]]:
        try:
            yield from self._client.get_paginator(operation).paginate(
                Bucket=self._bucket, Prefix=self._prefix + prefix, **options
            )
        except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
            raise told(error, "listing the bucket") from None

    def _named(self, ref: Ref) -> dict[str, str]:
        named = {"Key": self._prefix + ref.key}
        return named | {"VersionId": ref.version} if ref.version else named


def _attributes(entry: Entry) -> dict[str, Any]:
    headers = entry.headers
    found: dict[str, Any] = {
        "ContentType": headers.content_type,
        "CacheControl": headers.cache_control,
        "Metadata": {"sha256": entry.sha256},
    }
    if headers.content_encoding:
        found["ContentEncoding"] = headers.content_encoding
    return found


def _version(answer: dict[str, Any]) -> str:
    """The version's id; a bucket that keeps no versions says nothing, or `null`."""
    version = answer.get("VersionId") or ""
    return "" if version == "null" else str(version)


def _etag(answer: dict[str, Any]) -> str:
    """The etag in quotes, as S3 writes it everywhere and some other servers do not."""
    return f'"{str(answer["ETag"]).strip(chr(34))}"'


def _age(answer: dict[str, Any]) -> float:
    """Seconds since the object was written, by the server's clock for both ends."""
    written: datetime = answer["LastModified"]
    date = answer["ResponseMetadata"]["HTTPHeaders"].get("date", "")
    now = parsedate_to_datetime(date) if date else datetime.now(written.tzinfo)
    return max(0.0, (now - written).total_seconds())


def _checksum(sha256: bytes) -> dict[str, str]:
    """What a write tells of its bytes. A bucket with Object Lock wants the algorithm named, too."""
    return {"ChecksumAlgorithm": "SHA256", "ChecksumSHA256": _base64(sha256)}


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
