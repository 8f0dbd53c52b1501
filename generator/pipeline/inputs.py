"""All that a build depends on, as one value."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import msgspec

from generator.assets.image_jobs import MemoryStore, Store
from generator.config.settings import SiteConfig
from generator.content.sources import DataFile, FileFacts, Source
from generator.pipeline.edition import Edition
from generator.render.page_jobs import PageSpool


class Inputs(msgspec.Struct, frozen=True, kw_only=True):
    """All that a build depends on. `counts` is the file that `counter.counts` names, or empty.

    `store` keeps pictures that were made, and `aside` pages until they are written. `edition` is
    there where the site has several languages, of which this is one. `preview` is the name of the
    preview that is built, which is hidden from search engines. With `glance`, pictures are
    what their first bytes say, and nothing is made of them.
    """

    config: SiteConfig
    sources: Sequence[Source]
    templates: Mapping[str, str]
    files: Mapping[str, FileFacts]
    data: Sequence[DataFile] = ()
    extensions: str = ""
    now: dt.datetime
    drafts: bool = False
    future: bool = False
    preview: str = ""
    glance: bool = False
    counts: bytes = b""
    store: Store = msgspec.field(default_factory=MemoryStore)
    aside: PageSpool | None = None
    edition: Edition | None = None

    @property
    def assets_base(self) -> str:
        """The path under which assets lie: languages share them."""
        return self.edition.base if self.edition else self.config.base

    @property
    def assets_config(self) -> SiteConfig:
        """The settings, with the address of the whole site, where pictures lie with the assets."""
        if not self.edition:
            return self.config
        return msgspec.structs.replace(self.config, url=self.config.origin + self.edition.base)

    @property
    def folder(self) -> str:
        """Where the output lies below the output folder."""
        return self.edition.folder if self.edition else ""
