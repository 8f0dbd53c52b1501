"""Builds of a site in a folder: what is reported and what lies in the output."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from generator.adapters.console import Console
from generator.adapters.session import Session
from generator.app.build import build_and_check
from generator.app.workspace import Workspace
from generator.config.settings import parse
from generator.core.problems import SiteError
from tests.support.sites import NOW, post, told, tree, write, write_site

SETTINGS = [
    "title: Small harbour\nurl: https://example.org\ncounter: {enabled: false}\n",
    "title: Other name\nurl: https://example.org/base\ncounter: {enabled: false}\n",
    "title: Small harbour\nurl: https://example.org\ncounter: {enabled: false}\npage_size: 1\n",
    "title: Small harbour\nurl: https://example.org\ncounter: {enabled: false}\nrelated: 0\n"
    "timezone: America/New_York\nmarkdown: {smart: true}\n",
    "title: Small harbour\nurl: https://example.org\ncounter: {enabled: false}\n"
    "search: true\nmarkdown: {math: true}\n",
    "title: Small harbour\nurl: https://example.org\ncounter: {enabled: false}\nlanguage: de\n",
    "title: Small harbour\nurl: https://example.org\ncounter: {enabled: false}\n"
    "collections: {boats: {sort: -built, fields: {built: date, sails: {type: int}}}}\n",
    "title: Small harbour\nurl: https://example.org\ncounter: {enabled: false}\n"
    "collections: {meets: {dates: events}}\nphotos: galleries\nblogroll: true\n",
    "title: Small harbour\nurl: https://example.org\ncounter: {enabled: false}\n"
    "images: {widths: [240], formats: [webp], quality: 30}\nsocial_cards: true\n",
    "title: Small harbour\nurl: https://example.org/base\ncounter: {enabled: false}\n"
    "languages: {de: {title: Hafen}}\n",
    "title: Small harbour\nurl: https://example.org\ncounter: {enabled: false}\n"
    "untitled_posts: true\nfeeds: {lists: [tags, series], content: excerpt, items: 2}\n"
    "podcast: {category: Arts, image: /icons/icon.svg, media: 'https://media.example/'}\n"
    "collections: {boats: {feed: true, fields: {built: date}}}\n",
]


EDITED = "content/posts/p7.md"


POSTS = 14


def outcome(
    root: Path, now: dt.datetime, *, no_cache: bool, session: Session | None = None
) -> tuple[list[str], dict[str, bytes]]:
    """Build the site in `root`, going on with a session if one is given; return what is reported,
    and what lies in its output folder."""
    config = parse((root / "site.yaml").read_bytes())
    console = Console(quiet=True)
    workspace = Workspace(
        root=root, config=config, now=now.astimezone(config.zone), console=console
    )
    try:
        problems = list(build_and_check(workspace, no_cache=no_cache, session=session).problems)
    except SiteError as error:
        return told(error.problems), {}
    return told(problems), tree(root / "_site")


def changed(old: str, new: str, path: str = EDITED) -> Callable[[Path], None]:
    def edit(root: Path) -> None:
        text = (root / path).read_text(encoding="utf-8")
        assert old in text
        write(root, {path: text.replace(old, new)})

    return edit


@pytest.fixture
def site(tmp_path: Path) -> Path:
    settings = SETTINGS[0] + "page_size: 3\n"
    root = write_site(tmp_path / "site", {"site.yaml": settings, **files()})
    told, _ = outcome(root, NOW, no_cache=False)
    assert told == []
    return root


def clean(root: Path) -> tuple[list[str], dict[str, bytes]]:
    copy = root.with_name("clean")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(root, copy, ignore=shutil.ignore_patterns("_site", ".tidepost"))
    return outcome(copy, NOW, no_cache=True)


def files() -> dict[str, str]:
    """Return a site in which every list has several pages, and posts refer to each other."""
    found = {
        f"content/posts/p{number}.md": post(
            f"title: Post {number}\ndate: 2024-04-{number + 1:02}\n"
            f"tags: [all, {'odd' if number % 2 else 'even'}]\n"
            f"description: About post {number}.\n"
            + ("series: Parts\n" if number in (3, 7, 11) else ""),
            f"Text {number}.\n\n## Place\n\nSee [the other](p{(number + 3) % POSTS}.md#place).",
        )
        for number in range(POSTS)
    }
    found["content/pages/index.md"] = post("title: Home\ndescription: Home.", "Welcome.")
    found["content/pages/about.md"] = post("title: About\ndescription: Us.", "About us.")
    return found
