"""What is found in a site's folder, before anything is made of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

Kind = Literal["post", "page", "item"]
"""An item is a document of a collection, one of the owner's own kinds."""


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A Markdown file as it lies in content/; `draft` when its folder says so."""

    path: str
    sha256: str
    read: Callable[[], bytes]
    kind: Kind
    draft: bool = False


class DataFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file below data/, or one that says how such a file must be made."""

    path: str
    read: Callable[[], bytes]


CAPTIONS = "captions.yaml"
"""What the file is called that has the words for the pictures of its folder."""


class FileFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What assets need to know of a file without its bytes; `text` is given for CSS and JS.

    `path` is relative to the site's folder. `width` and `height` are pixels, 0 where unknown.
    `kind` is one of generator.core.image_kinds, empty where the file is no picture; `read` gives
    the bytes of a picture that is published without its metadata, or of what only claims to be one.
    `place`: the file is a film that says where it was taken. `captions` is what a file holds that
    says something about the pictures beside it (CAPTIONS). `size` in bytes and `seconds` are given
    for recordings, 0 where unknown.
    """

    path: str
    sha256: str
    width: int = 0
    height: int = 0
    kind: str = ""
    place: bool = False
    size: int = 0
    seconds: int = 0
    text: str | None = None
    captions: bytes | None = None
    read: Callable[[], bytes] | None = None
