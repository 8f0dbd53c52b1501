"""publish: in site.yaml."""

from __future__ import annotations

import posixpath
import re
from typing import Literal

from generator.config.base import Group, refuse, too_small

_SOURCES = {"content", "templates", "static", "generator", "backend", "infra", "data", "tests"}


_WORKSHOP = {"_site", ".tidepost", ".git"}
"""What builds make and clear away again: a release there would lose the record of those before."""


_BRANCH = re.compile(r"(?!.*(?:\.\.|//|@\{|\.lock(?:/|$)))[^\s~^:?*\[\\/.][^\s~^:?*\[\\]*(?<![/.])")
"""git-check-ref-format(1)."""


def _is_taken(folder: str) -> bool:
    """Return whether a release in this folder would lie among what the site is made from, or made
    in."""
    parts = posixpath.normpath(folder).split("/")
    named = [part for part in parts if part not in ("", ".", "..")]
    return not named or (parts[0] == named[0] and named[0].lower() in _SOURCES | _WORKSHOP)


def _is_inside(path: str, folder: str) -> bool:
    """Whether a path is a folder or lies in it."""
    path, folder = posixpath.normpath(path), posixpath.normpath(folder)
    return path == folder or path.startswith(f"{folder}/")


class Grace(Group, frozen=True):
    """How long fingerprinted assets that no page uses any more are kept: both must be past."""

    releases: int = 3
    days: float = 7.0

    def __post_init__(self) -> None:
        refuse(too_small(self, releases=0, days=0))


class DeleteGuard(Group, frozen=True):
    """A plan that deletes more than both of these needs `--allow-deletes`."""

    share: float = 0.25
    count: int = 10

    def __post_init__(self) -> None:
        refuse(too_small(self, share=0, count=0))


class Retention(Group, frozen=True):
    """How many releases can be rolled back to."""

    releases: int = 10

    def __post_init__(self) -> None:
        refuse(too_small(self, releases=1))


class PublishSettings(Group, frozen=True):
    """Where a release goes: a local folder, or an S3 bucket with a CloudFront distribution.

    `remote` (a remote's name, or its address) and `branch` are for git; `server` (`user@host`, or a
    name of ssh's settings), `port`, `path` and `ssh_config` are for rsync and sftp. `rules` are the
    rules of addresses and headers as a file for the web server. `stack` names a CloudFormation
    stack whose outputs tell bucket, distribution and API address.
    `state` is where the bookkeeping of a folder lies; beside the folder where that is empty.
    `edge_function` is the name of the distribution's viewer-request function, which publishing
    keeps supplied with redirects. `endpoint_url` speaks to another S3-compatible server. `headers`
    says whether readers get this repository's security headers: some hosts send none.
    """

    target: Literal["folder", "s3", "git", "rsync", "sftp"] = "folder"
    folder: str = "_published"
    state: str = ""
    remote: str = "origin"
    branch: str = "gh-pages"
    cname: bool = True
    server: str = ""
    port: int = 22
    path: str = ""
    ssh_config: str = ""
    rules: Literal["none", "netlify", "cloudflare", "apache", "nginx"] = "none"
    stack: str = ""
    bucket: str = ""
    prefix: str = ""
    region: str = ""
    distribution: str = ""
    edge_function: str = ""
    endpoint_url: str = ""
    profile: str = ""
    page_max_age: int = 60
    headers: bool = True
    precompress: bool = False
    concurrency: int = 16
    wait: bool = False
    grace: Grace = Grace()
    delete_guard: DeleteGuard = DeleteGuard()
    retention: Retention = Retention()

    def __post_init__(self) -> None:
        wrong = []
        if self.target == "s3" and not (self.bucket or self.stack):
            wrong.append("target: `s3` needs `bucket:` or `stack:` beside it")
        if self.target in ("rsync", "sftp") and not (self.server and self.path.strip("/")):
            wrong.append(f"target: `{self.target}` needs `server:` and `path:` beside it")
        for name in ("remote", "branch", "server", "path"):
            value = getattr(self, name)
            if value.startswith("-") or any(ord(sign) < 32 for sign in value):
                wrong.append(f"{name}: it may not begin with - nor hold control characters")
        if not _BRANCH.fullmatch(self.branch):
            wrong.append("branch: a name such as gh-pages")
        if not 1 <= self.port <= 65_535:
            wrong.append("port: from 1 to 65535")
        if self.prefix.startswith("/") or ".." in self.prefix.split("/"):
            wrong.append("prefix: write it without a leading / and without ..")
        if not 1 <= self.concurrency <= 256:
            wrong.append("concurrency: from 1 to 256")
        if self.state and _is_inside(self.state, self.path or self.folder):
            wrong.append("state: outside of the folder that is served, which readers get whole")
        if _is_taken(self.folder):
            wrong.append("folder: a folder of its own for the release, such as _published")
        refuse(wrong + too_small(self, page_max_age=0))
