"""The cover of the site's podcast."""

from __future__ import annotations

from generator.config.settings import CONFIG_FILE
from generator.core.problems import Problem
from generator.site.links import Targets, resolve_file

COVER = ":podcast"
"""Its name among the pictures of documents; no source is called so."""

LEAST, MOST = 1400, 3000
"""Pixels: what Apple Podcasts takes (podcasters.apple.com, "Artwork requirements")."""


def resolve_cover(image: str, targets: Targets) -> tuple[str, list[Problem]]:
    """Return the cover's URL as pages write it, and what directories would refuse it for."""
    url, file, problems = resolve_file(image, CONFIG_FILE, targets, lambda _: 0, shown=True)
    if problems or file is None:
        return url, problems
    width, height = file.width, file.height
    if width == height and LEAST <= width <= MOST:
        return file.url, []
    message = f"podcast.image: `{image}` has {width} x {height} pixels; directories refuse it"
    problem = Problem(
        path=CONFIG_FILE,
        code="podcast-cover",
        message=message,
        hint=f"take a square JPEG or PNG of {LEAST} to {MOST} pixels",
        severity="warning",
        needle=image,
    )
    return file.url, [problem]
