"""The new site as a build makes it, whatever its checks say, to be held against the old one."""

from __future__ import annotations

from pathlib import Path

import msgspec

from generator.app.build import build_and_check
from generator.app.workspace import PRIVATE, open_workspace
from generator.checks.codes import CODES
from generator.checks.severity import ADJUSTABLE
from generator.importers.comparison.pages import Pages, url_of
from generator.importers.model import Conversion

FOLDER = f"{PRIVATE}/compared"


def built_anew(root: Path, conversion: Conversion) -> Pages:
    """Build the site as it is now, and return its pages.

    Raises SiteError where documents cannot be read; what other checks find does not matter here.
    """
    workspace = open_workspace(root, quiet=True)
    config = msgspec.structs.replace(
        workspace.config,
        checks=dict.fromkeys((*CODES, *ADJUSTABLE), "off"),
        search=False,
        social_cards=False,
        images=msgspec.structs.replace(workspace.config.images, responsive=False),
    )
    workspace = msgspec.structs.replace(workspace, config=config)
    built = build_and_check(workspace, into=FOLDER)
    files = {
        file.path: (built.folder / file.path).read_bytes()
        for file in built.files
        if file.path.endswith((".html", ".htm")) and file.role in ("page", "entry")
    }
    return Pages(
        files=files,
        redirects=built.redirects,
        address=config.origin + config.base,
        texts=frozenset(conversion.report.urls) & {url_of(path) for path in files},
    )
