"""What a build is made of: bytes at an output path, with the part they play in a release."""

from __future__ import annotations

import hashlib
from typing import Literal

import msgspec

Role = Literal["asset", "page", "entry", "redirect"]
"""asset: fingerprinted, never changes; page: one document; entry: what leads readers and machines
to pages (landing page, lists, feeds, sitemap) or sits at a fixed address; redirect: an alias."""


class Artifact(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes at an output path, such as `posts/hello/index.html`.

    A file that is taken over unchanged has no `content` here but is a `copy_of` a file in the
    site's folder, so that large files are never held in memory. `source` is the file that a
    mistake in this artifact should be blamed on, or empty where there is none.
    """

    path: str
    role: Role
    content: bytes = b""
    copy_of: str = ""
    source: str = ""


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
