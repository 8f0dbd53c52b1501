"""An S3 bucket, or a part of one, as a store.

Every write is conditional where S3 can make it so (User Guide, "How to prevent object overwrites
with conditional writes"): an object replaces only the one that the manifest names, so a publisher
that was held up cannot write over a later one. Uploads name their SHA-256, which S3 compares with
what arrived; it also stands in the object's metadata, by which a later run knows what is there.
"""

from __future__ import annotations

import hashlib
import http.client
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import botocore.exceptions
import urllib3.exceptions

from generator.adapters.aws.account import code_of, status_of, told, watch_throttles
from generator.adapters.aws.s3_answers import (
    age_of,
    attributes_of,
    base64_of,
    checksum_of,
    etag_of,
    observed_of,
    send_at_once,
    version_of,
)
from generator.adapters.aws.s3_conditions import REFUSED, Bucket
from generator.publish.manifest import CONTENT, LEASE, Entry, Ref
from generator.publish.store import (
    AtOnce,
    Conflict,
    Document,
    Listed,
    Observed,
    Store,
    Stored,
    StoreError,
    Version,
)
from generator.publish.throttle import Throttle

AT_ONCE = 1 << 20
"""Bytes below which a file is sent without asking first (see s3_answers.send_at_once)."""

MULTIPART_FROM = 32 << 20
"""Bytes from which a file goes up in parts."""

PART = 16 << 20
"""Bytes of a part. S3 takes 10,000 parts of at least 5 MiB; larger files get larger parts."""

MOST_PARTS, DELETE_BATCH = 10_000, 1_000

_CHANGES = frozenset({"PutObject", "CopyObject", "CompleteMultipartUpload", "DeleteObjects"})
_SDK = (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError)
_GONE = ("NoSuchKey", "NoSuchVersion", "404", "NoSuchUpload")
_READS = 4
_CHANGED = "build and publish again"

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


class S3Store(AtOnce):
    """A store in a bucket below `prefix`, which is empty or ends in `/`."""

    def __init__(
        self,
        client: Any,
        bucket: str,
        prefix: str,
        throttle: Throttle,
        shared: Bucket | None = None,
    ) -> None:
        self._client, self._bucket, self._prefix = client, bucket, prefix
        self.throttle = throttle
        self.name = f"s3://{bucket}/{prefix}"
        self._shared = shared or Bucket(client, bucket, throttle.throttled)
        if shared is None:
            watch_throttles(client, "s3", throttle.throttled)
            client.meta.events.register("request-created.s3", self._look_before)
            client.meta.events.register_last("before-call.s3.PutObject", send_at_once)

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
            except _SDK as error:
                if code_of(error) in ("NoSuchKey", "404"):
                    return None
                raise told(error, f"reading {key}") from None
            return Document(body, etag_of(answer), age_of(answer))
        raise AssertionError("unreachable")

    def changed(self, key: str, etag: str) -> bool:
        """Whether the object no longer has this etag; empty means that there should be none."""
        found = self._head(key)
        return (etag_of(found) if found else "") != etag

    def write(self, key: str, body: bytes, *, expect: str) -> str:
        """Replace a small object under a condition. Raises Conflict."""
        encoding = {"ContentEncoding": "gzip"} if body[:2] == b"\x1f\x8b" else {}
        try:
            answer = self._conditional(
                key,
                self._shared.condition(expect),
                lambda condition: self._client.put_object(
                    Bucket=self._bucket,
                    Key=self._prefix + key,
                    Body=body,
                    ContentType="application/json",
                    CacheControl="no-store",
                    **checksum_of(hashlib.sha256(body).digest()),
                    **encoding,
                    **condition,
                ),
            )
        except Conflict:
            self._refuse_false_conflict(key, expect, self._head(key))
            raise
        self._shared.wrote(version_of(answer))
        return etag_of(answer)

    def upload(self, key: str, file: Path, entry: Entry, *, expect: str | None) -> Stored:
        """Send a file. Raises Conflict when something other than its own bytes lies there."""
        try:
            with file.open("rb") as body:
                return self._upload(key, body, entry, expect)
        except OSError as error:
            raise StoreError(f"`{file}` cannot be read: {error.strerror}", "build again") from None

    def _upload(self, key: str, body: BinaryIO, entry: Entry, expect: str | None) -> Stored:
        body.seek(0)
        try:
            if entry.size >= MULTIPART_FROM:
                return self._send_parts(key, body, entry, expect)
            answer = self._conditional(
                key,
                self._shared.condition(expect),
                lambda condition: self._send(key, body, entry, condition),
            )
        except Conflict as conflict:
            return self._own_or_conflict(key, entry, expect, conflict)
        return Stored(etag_of(answer), version_of(answer))

    def copy(
        self, source: Ref, key: str, entry: Entry, *, expect: str | None, unmoved: str = ""
    ) -> Stored:
        """Copy inside the bucket (at most 5 GB, the limit of one CopyObject).

        Where copies are not held to conditions, the bytes are read, compared with their SHA-256 and
        written under the condition, except those that are kept aside: their label says what they
        are, and nothing lies at their place.
        """
        if not self._shared.habits.copies and not key.startswith(CONTENT):
            return self._carry(source, key, entry, expect)
        origin = {"Bucket": self._bucket, "Key": self._prefix + source.key}
        if source.version:
            origin["VersionId"] = source.version
        # A copy onto itself is held to what it copies, which says it all.
        condition = {} if source == Ref(key) else self._shared.condition(expect)
        if self._shared.habits.copies and unmoved:
            condition["CopySourceIfMatch"] = self._shared.spelled(unmoved)
        kept = key.startswith(CONTENT)
        attributes = {} if kept else attributes_of(entry)
        try:
            answer = self._conditional(
                source.key if kept else key,
                condition,
                lambda condition: self._client.copy_object(
                    Bucket=self._bucket,
                    Key=self._prefix + key,
                    CopySource=origin,
                    MetadataDirective="COPY" if kept else "REPLACE",
                    **attributes,
                    **condition,
                ),
                needs_source=True,
            )
        except Conflict as conflict:
            if kept:
                raise
            return self._own_or_conflict(key, entry, expect, conflict)
        return Stored(etag_of(answer["CopyObjectResult"]), version_of(answer))

    def head(self, key: str, version: str = "") -> Observed | None:
        """Tell what lies at a key, or what one version of it is."""
        found = self._head(key, version)
        if found is None:
            return None
        return observed_of(found)

    def listing(self, prefix: str = "") -> Iterator[Listed]:
        """Go through all objects in the order of their keys, a thousand a request."""
        for page in self._pages("list_objects_v2", prefix):
            for item in page.get("Contents", ()):
                key = item["Key"].removeprefix(self._prefix)
                if key:
                    yield Listed(key, item["Size"], etag_of(item))

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
                except _SDK as error:
                    raise told(error, "deleting") from None
                failed = [e for e in answer.get("Errors", ()) if e.get("Code") != "NoSuchVersion"]
                if not failed:
                    break
                keys = {(e["Key"], e.get("VersionId", "")) for e in failed}
                left = [one for one in left if (one["Key"], one.get("VersionId", "")) in keys]
                left = left or [{"Key": e["Key"]} for e in failed]
            else:
                raise StoreError(
                    f"`{failed[0]['Key']}` cannot be deleted: {failed[0].get('Code')}"
                    f" {failed[0].get('Message', '')}".rstrip(),
                    _UNDELETED,
                )

    def knows(self, conditions: str) -> bool:
        """Go by what an earlier run found out, if that was about this bucket as it is now."""
        return self._shared.knows(conditions)

    def try_conditions(self, key: str, body: bytes) -> str:
        """Find out how the bucket holds conditions; ten requests at most."""

        def put(condition: dict[str, str]) -> str:
            answer = self._conditional(
                key,
                condition,
                lambda condition: self._client.put_object(
                    Bucket=self._bucket,
                    Key=self._prefix + key,
                    Body=body,
                    **checksum_of(hashlib.sha256(body).digest()),
                    **condition,
                ),
            )
            self._shared.wrote(version_of(answer))
            return etag_of(answer)

        def copy(condition: dict[str, str]) -> None:
            self._conditional(
                key,
                condition,
                lambda condition: self._client.copy_object(
                    Bucket=self._bucket,
                    Key=self._prefix + key,
                    CopySource={"Bucket": self._bucket, "Key": self._prefix + key},
                    MetadataDirective="REPLACE",
                    ContentType="application/json",
                    **condition,
                ),
            )

        found = self._head(key)
        return self._shared.learn(etag_of(found) if found else "", put, copy)

    def guard(self, still: Callable[[], None] | None) -> None:
        """Have `still` called before each attempt, those that the SDK makes by itself included."""
        self._shared.still = still

    def tidy(self) -> None:
        """Objects are written whole; the bucket's own rule ends uploads that were broken off."""

    def settle(self) -> None:
        """S3 answers only when an object is durable."""

    def within(self, prefix: str) -> Store:
        """The same bucket, with keys below `prefix`."""
        where = self._prefix + prefix
        return S3Store(self._client, self._bucket, where, self.throttle, self._shared)

    def _look_before(self, request: Any, operation_name: str, **_rest: Any) -> None:
        """The SDK makes each request again when it tries again, which may be after a long sleep."""
        if operation_name not in _CHANGES:
            return
        if operation_name == "PutObject" and request.url.endswith(LEASE):
            return  # to renew it is what the lease itself decides on
        self._shared.look_before()

    def _send(self, key: str, body: BinaryIO, entry: Entry, condition: dict[str, str]) -> Any:
        body.seek(0)
        options = {
            "Bucket": self._bucket,
            "Key": self._prefix + key,
            "ContentLength": entry.size,
            **checksum_of(bytes.fromhex(entry.sha256)),
            **attributes_of(entry),
            **condition,
        }
        if entry.size >= AT_ONCE:
            return self._client.put_object(Body=body, **options)
        content = body.read(AT_ONCE)
        if len(content) != entry.size:
            raise StoreError(f"`{key}` changed while it was sent", _CHANGED)
        return self._shared.small.put(Body=content, sha256=entry.sha256, **options)

    def _send_parts(self, key: str, body: BinaryIO, entry: Entry, expect: str | None) -> Stored:
        """Send a large file in parts, one in memory at a time."""
        where = {"Bucket": self._bucket, "Key": self._prefix + key}
        size = max(PART, -(-entry.size // MOST_PARTS))
        upload = {}
        try:
            made = self._client.create_multipart_upload(
                **where, ChecksumAlgorithm="SHA256", **attributes_of(entry)
            )
            upload = {"UploadId": made["UploadId"]}
            whole, parts = hashlib.sha256(), list[dict[str, Any]]()
            while chunk := body.read(size):
                whole.update(chunk)
                checksum = base64_of(hashlib.sha256(chunk).digest())
                number = len(parts) + 1
                answer = self._client.upload_part(
                    **where, **upload, PartNumber=number, Body=chunk, ChecksumSHA256=checksum
                )
                parts.append(
                    {"PartNumber": number, "ETag": answer["ETag"], "ChecksumSHA256": checksum}
                )
            if whole.hexdigest() != entry.sha256:
                raise StoreError(f"`{key}` changed while it was sent", _CHANGED)
            # Not every server holds the last request of an upload to its condition.
            if expect is not None and self.changed(key, expect):
                raise Conflict(key)
            answer = self._conditional(
                key,
                self._shared.condition(expect),
                lambda condition: self._client.complete_multipart_upload(
                    **where, **upload, MultipartUpload={"Parts": parts}, **condition
                ),
            )
        except BaseException as error:
            if upload:
                self._abort(where, upload)
            if isinstance(error, Conflict | StoreError):
                raise
            if isinstance(error, _SDK):
                raise told(error, f"sending {key}") from None
            raise
        if not answer.get("ETag", "").strip('"'):  # so Ceph's gateway answers
            return self._own_or_conflict(key, entry, None, Conflict(key))
        return Stored(etag_of(answer), version_of(answer))

    def _abort(self, where: dict[str, str], upload: dict[str, str]) -> None:
        try:
            self._client.abort_multipart_upload(**where, **upload)
        except _SDK:
            return  # the bucket's own rule for incomplete uploads ends it

    def _carry(self, source: Ref, key: str, entry: Entry, expect: str | None) -> Stored:
        """Copy by reading and writing, so that it is surely these bytes and surely over those."""
        where = {"Bucket": self._bucket, "Key": self._prefix + source.key}
        version = {"VersionId": source.version} if source.version else {}
        found = hashlib.sha256()
        with tempfile.TemporaryFile() as body:
            for last in (False,) * (_READS - 1) + (True,):
                body.seek(0)
                body.truncate()
                found = hashlib.sha256()
                try:
                    for chunk in self._client.get_object(**where, **version)["Body"].iter_chunks():
                        body.write(chunk)
                        found.update(chunk)
                except _BROKEN_BODY as error:
                    if last:
                        raise told(error, f"reading {source.key}") from None
                    continue
                except _SDK as error:
                    if code_of(error) in _GONE:
                        raise Conflict(source.key) from None
                    raise told(error, f"reading {source.key}") from None
                break
            if found.hexdigest() != entry.sha256:
                raise Conflict(source.key)
            return self._upload(key, body, entry, expect)

    def _conditional(
        self,
        key: str,
        condition: dict[str, str],
        send: Callable[[dict[str, str]], Any],
        *,
        needs_source: bool = False,
    ) -> Any:
        """Send a write under a condition. Raises Conflict when S3 says that it does not hold, or
        that what it speaks of is gone."""
        expects = needs_source or "IfMatch" in condition
        for last in (False, False, True):
            try:
                return send(condition)
            except _SDK as error:
                code = code_of(error)
                if code == "ConditionalRequestConflict" and not last:
                    continue  # another write was under way: S3 asks to try again
                gone = code in _GONE and expects
                if status_of(error) in (409, 412) or code == "PreconditionFailed" or gone:
                    raise Conflict(key) from None
                if code == "NotImplemented" and condition:
                    raise StoreError(
                        "this server does not know conditional writes: it cannot keep two "
                        "publishers apart",
                        REFUSED,
                    ) from None
                raise told(error, f"writing {key}") from None
        raise AssertionError("unreachable")

    def _own_or_conflict(
        self, key: str, entry: Entry, expect: str | None, conflict: Conflict
    ) -> Stored:
        """Our own earlier write may have been carried out although its answer was lost."""
        there = self._head(key)
        found = observed_of(there) if there else None
        if found and (found.sha256, found.headers) == (entry.sha256, entry.headers):
            return Stored(found.etag, found.version)
        if conflict.key == key:
            self._refuse_false_conflict(key, expect, there)
        raise conflict

    def _refuse_false_conflict(
        self, key: str, expect: str | None, there: dict[str, Any] | None
    ) -> None:
        """Report a server that does not take the condition that it took before."""
        if expect and there and etag_of(there) == expect:
            raise StoreError(
                f"the server refuses to write `{key}` although its condition holds",
                "`doctor` shows which conditions it holds; `publish --verify` tries them again",
            )

    def _head(self, key: str, version: str = "") -> dict[str, Any] | None:
        which = {"VersionId": version} if version else {}
        try:
            found: dict[str, Any] = self._client.head_object(
                Bucket=self._bucket, Key=self._prefix + key, **which
            )
        except _SDK as error:
            if status_of(error) == 404:
                return None
            raise told(error, f"looking at {key}") from None
        return found

    def _pages(self, operation: str, prefix: str, **options: str) -> Iterator[dict[str, Any]]:
        try:
            yield from self._client.get_paginator(operation).paginate(
                Bucket=self._bucket, Prefix=self._prefix + prefix, **options
            )
        except _SDK as error:
            raise told(error, "listing the bucket") from None

    def _named(self, ref: Ref) -> dict[str, str]:
        named = {"Key": self._prefix + ref.key}
        return named | {"VersionId": ref.version} if ref.version else named
