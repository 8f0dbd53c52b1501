"""Puts together the adapters that `publish:` in site.yaml asks for.

boto3 is imported only when the target is S3.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from generator.adapters.files.folder_store import FileStore
from generator.config.settings import SiteConfig
from generator.publish.publisher import Target, preview_prefix
from generator.publish.store import Store
from generator.publish.throttle import Throttle

if TYPE_CHECKING:
    from generator.adapters.hosts.git_branch import Branch
    from generator.adapters.hosts.git_store import GitStore
    from generator.adapters.hosts.ssh_store import SshStore

FOLDER_WORKERS = 4
"""More writers at a time do not make a disk faster."""


def folder_store(config: SiteConfig, root: Path) -> FileStore:
    """The folder that site.yaml names, with its bookkeeping."""
    settings = config.publish
    state = root / settings.state if settings.state else None
    return FileStore(root / settings.folder, settings.folder, state=state)


def git_branch(config: SiteConfig, root: Path) -> Branch:
    """The branch that site.yaml names. Raises StoreError."""
    from generator.adapters.hosts.git_branch import Branch

    settings = config.publish
    return Branch(root, root / ".tidepost" / "pages.git", settings.remote, settings.branch)


def git_store(config: SiteConfig, root: Path) -> GitStore:
    """The branch, as a store. Raises StoreError."""
    from generator.adapters.hosts.git_store import GitStore

    return GitStore(git_branch(config, root))


def ssh_store(config: SiteConfig, root: Path) -> SshStore:
    """The folder on the server that site.yaml names, as a store. Raises StoreError."""
    from generator.adapters.hosts.ssh_server import Server
    from generator.adapters.hosts.ssh_store import SshStore

    settings = config.publish
    own = root / settings.ssh_config if settings.ssh_config else None
    server = Server(settings.server, settings.port, own, plain=settings.target == "sftp")
    # Both programs begin in the user's own folder, and only a shell knows what ~ is.
    path, state = (text.removeprefix("~/").rstrip("/") for text in (settings.path, settings.state))
    return SshStore(server, path, state)


def _target(config: SiteConfig, store: Store) -> Target:
    return Target(store=store, throttle=Throttle(1), base=config.base, site=config.url.rstrip("/"))


def open_target(config: SiteConfig, root: Path, *, preview: str = "") -> Target:
    """Return the place where the site, or one of its previews, is published.

    `root` is the site's folder. Raises StoreError with what to do where something is missing.
    """
    settings = config.publish
    if settings.target == "s3" or settings.stack:
        from generator.app.cloud import open_cloud_target

        target = open_cloud_target(config, root)
    elif settings.target == "git":
        target = _target(config, git_store(config, root))
    elif settings.target in ("rsync", "sftp"):
        target = _target(config, ssh_store(config, root))
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
