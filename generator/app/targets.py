"""Puts together the adapters that `publish:` in site.yaml asks for.

boto3 is imported only when the target is S3.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from generator.adapters.files.folder_store import FileStore
from generator.config.settings import SiteConfig
from generator.publish.publisher import Target, preview_prefix
from generator.publish.throttle import Throttle

FOLDER_WORKERS = 4
"""More writers at a time do not make a disk faster."""


def folder_store(config: SiteConfig, root: Path) -> FileStore:
    """The folder that site.yaml names, with its bookkeeping."""
    settings = config.publish
    state = root / settings.state if settings.state else None
    return FileStore(root / settings.folder, settings.folder, state=state)


def open_target(config: SiteConfig, root: Path, *, preview: str = "") -> Target:
    """Return the place where the site, or one of its previews, is published.

    `root` is the site's folder. Raises StoreError with what to do where something is missing.
    """
    settings = config.publish
    if settings.target == "s3" or settings.stack:
        from generator.app.cloud import open_cloud_target

        target = open_cloud_target(config, root)
    else:
        target = Target(
            store=folder_store(config, root),
            throttle=Throttle(min(FOLDER_WORKERS, settings.concurrency)),
            base=config.base,
            site=config.url.rstrip("/"),
        )
    if not preview:
        return target
    prefix = preview_prefix(preview)
    return msgspec.structs.replace(
        target,
        store=target.store.within(prefix),
        base=f"{target.base}/{prefix.rstrip('/')}",
        site=f"{target.site}/{prefix.rstrip('/')}",
        edge_code=None,
    )
