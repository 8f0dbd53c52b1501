"""What is found in a site's folder, before anything is made of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

Kind = Literal["post", "page", "item"]
"""An item is a document of a collection, one of the owner's own kinds."""


RASTERS = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif", ".tif", ".tiff")
"""Pictures that may hold metadata, by the ends of their names."""


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


class FileFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What assets need to know of a file without its bytes; `text` is given for CSS and JS.

    `path` is relative to the site's folder. `width` and `height` are pixels, 0 where unknown.
    `read` gives the bytes of a picture that is published without its metadata.
    """

    path: str
    sha256: str
    width: int = 0
    height: int = 0
    text: str | None = None
    read: Callable[[], bytes] | None = None
