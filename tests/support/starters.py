"""Sites as `new site` makes them from starters."""

from __future__ import annotations

from pathlib import Path

from tests.support.sites import command_here

PAGES = {
    "blog": ["", "posts/small-programs/"],
    "resume": ["", "projects/ward-order/"],
    "photos": ["", "posts/fog-mostly/"],
    "docs": ["", "docs/install/"],
}
"""What a starter gives a look of its own."""

SMALL = "images: {widths: [480], formats: [webp]}\n"
"""Fewer sizes of pictures than the starter asks for, which only take time here."""


def make(folder: Path, starter: str) -> Path:
    """Return the folder of a new site."""
    done = command_here(Path(), "new", "site", str(folder), "--starter", starter)
    assert (done.returncode, done.stderr) == (0, "")
    return folder


def build(site: Path) -> str:
    """Build a site, and return what was complained of."""
    settings = site / "site.yaml"
    text = settings.read_text(encoding="utf-8")
    if "images:" in text:
        before, _, rest = text.partition("images:\n")
        after = rest[rest.index("\n\n") + 2 :]
        settings.write_text(f"{before}{SMALL}\n{after}", encoding="utf-8")
    done = command_here(site, "build", "--future")
    assert done.returncode == 0, done.stderr
    return done.stderr
