"""A bucket of a server on loopback."""

from __future__ import annotations

from functools import cached_property
from uuid import uuid4

from generator.publish import publisher
from generator.publish.manifest import Manifest
from generator.publish.publisher import Target
from generator.publish.store import Store
from tests.support import published as sites
from tests.support import s3_servers
from tests.support.driver import s3_target


class Bucket:
    """A fresh place in a bucket, behind a fresh proxy.

    One bucket serves many tests: SeaweedFS reserves volumes for each.
    """

    def __init__(self, upstream: str, *, versioned: bool) -> None:
        self.name = "versioned" if versioned else "plain"
        self.prefix = f"{uuid4().hex[:12]}/"
        self.versioned = versioned
        self.server = ""
        """What the server is called, with `-versioned` where the bucket keeps versions."""
        self.upstream = upstream
        self.s3 = s3_servers.client("s3", upstream)
        self.proxy = s3_servers.Proxy(upstream)

    def move(self) -> None:
        """Go to another place where nothing is yet."""
        self.prefix = f"{uuid4().hex[:12]}/"

    def target(self, workers: int = 1) -> Target:
        """The place, reached past the proxy."""
        return s3_target(self.upstream, self.name, self.prefix, workers)

    def watched(self, workers: int = 1) -> Target:
        """The place, reached through the proxy."""
        return s3_target(self.proxy.endpoint, self.name, self.prefix, workers)

    @cached_property
    def _whole(self) -> Store:
        return s3_target(self.upstream, self.name, "").store

    def manifest(self) -> Manifest | None:
        """The manifest that is there, read by one client: each takes longer to make than to use."""
        return publisher.manifest_of(self._whole.within(self.prefix))

    def live(self) -> dict[str, sites.Live]:
        """All that readers could get."""
        return sites.bucket_live(self.s3, self.name, self.prefix)

    def all_keys(self) -> list[str]:
        """The whole keys of all objects there."""
        pages = self.s3.get_paginator("list_objects_v2")
        found = pages.paginate(Bucket=self.name, Prefix=self.prefix)
        return [item["Key"] for page in found for item in page.get("Contents", ())]

    def put(self, path: str, content: bytes) -> None:
        """Put an object there as somebody else would."""
        self.s3.put_object(Bucket=self.name, Key=self.prefix + path, Body=content)

    def delete(self, path: str) -> None:
        """Delete an object as somebody else would."""
        self.s3.delete_object(Bucket=self.name, Key=self.prefix + path)

    def close(self) -> None:
        """Stop the proxy."""
        self.proxy.shutdown()
        self.proxy.server_close()
