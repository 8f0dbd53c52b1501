"""What a build is made of: bytes at an output path, with the part they play in a release."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Literal

import msgspec

Role = Literal["asset", "page", "entry", "redirect"]
"""asset: fingerprinted, never changes; page: one document; entry: what leads readers and machines
to pages (landing page, lists, feeds, sitemap) or sits at a fixed address; redirect: an alias."""


class Artifact(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes at an output path, such as `posts/hello/index.html`.

    Where the bytes are large or remembered they are not held here: a `copy_of` is a file of the
    site's folder that is taken over unchanged, and `load` fetches a page that may be needed or not.
    `sha256` (lower-case hex) is given with `load`. `aside` is a file that holds the same bytes and
    may be moved to where they belong. `source` is the file that an error in this
    artifact should be blamed on, or empty where there is none.
    """

    path: str
    role: Role
    content: bytes = b""
    copy_of: str = ""
    load: Callable[[], bytes] | None = None
    aside: str = ""
    sha256: str = ""
    source: str = ""

    def read(self) -> bytes:
        """Return the bytes of an artifact that is not a copy."""
        return self.load() if self.load else self.content


class OutputFile(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """An artifact that lies on disk: all that publishing needs to know of it.

    `sha256` is lower-case hex of the content; `size` is in bytes.
    """

    path: str
    sha256: str
    size: int
    role: Role


def digest(content: bytes) -> str:
    """Return the SHA-256 of `content` in lower-case hex."""
    return hashlib.sha256(content).hexdigest()
