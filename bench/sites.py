"""The posts of all sites that are measured, and a site of Tidepost, with its theme, to have them.

The sites of other programs are in bench/peers.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.tool import Tool, write
from tests.support.posts import WORDS, posts

ROOT = Path(__file__).parents[1]


def write_posts(folder: Path, count: int, flavour: str, script: Path | None) -> None:
    """Write `count` posts of about 5.5 KB with the front matter of `flavour`.

    A script is called as `python SCRIPT FOLDER COUNT --flavour FLAVOUR`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if script:
        command = [sys.executable, str(script), str(folder), str(count), "--flavour", flavour]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return
    for name, front, body in _own_posts(count, flavour):
        (folder / name).write_text(front + body, encoding="utf-8")


def _own_posts(count: int, flavour: str) -> Iterator[tuple[str, str, str]]:
    chance = random.Random(1)
    bodies = posts(4 * count, seed=1)
    for number in range(count):
        title = f"{' '.join(chance.choices(WORDS, k=3)).title()} {number}"
        slug = title.lower().replace(" ", "-")
        date = dt.date(2016, 1, 1) + dt.timedelta(days=number * 3650 // count)
        tags = sorted(set(chance.choices(WORDS, range(len(WORDS), 0, -1), k=3)))
        category = chance.choice(("notes", "essays", "news"))
        body = "\n".join(next(bodies) for _ in range(4))
        if flavour == "pelican":
            front = (
                f"Title: {title}\nDate: {date}\nCategory: {category}\nTags: {', '.join(tags)}\n\n"
            )
        else:
            key = "category" if flavour == "eleventy" else "categories"
            value = category if flavour == "eleventy" else f"[{category}]"
            layout = "layout: post.njk\n" if flavour == "eleventy" else ""
            front = f'---\n{layout}title: "{title}"\ndate: {date}\n{key}: {value}\n'
            front += f"tags: {json.dumps(tags)}\n---\n\n"
        yield f"{slug}.md" if flavour != "jekyll" else f"{date}-{slug}.md", front, body


def write_pictures(posts: Path, folder: Path) -> None:
    """Write a small picture for each one below /images/ that the posts show."""
    from PIL import Image

    shown: set[str] = set()
    for file in posts.glob("*.md"):
        shown.update(re.findall(r"\]\(/images/([\w.-]+\.jpg)\b", file.read_text(encoding="utf-8")))
    folder.mkdir(parents=True, exist_ok=True)
    for name in sorted(shown):
        Image.new("RGB", (32, 18), (sum(name.encode()) % 256, 90, 120)).save(folder / name)


LENIENT = (
    "heading-h1",
    "heading-order",
    "html-block-in-inline",
    "html-block-in-p",
    "html-nested",
    "html-stray-end",
    "html-unclosed",
    "image-alt",
    "link-syntax",
    "missing-file",
)
"""What real posts have and no peer looks for: reported, but the site is built."""


def tidepost() -> Tool:
    """Return Tidepost."""

    def set_up(site: Path) -> None:
        write(
            site / "site.yaml",
            "title: Bench\nurl: https://bench.example\ndescription: A site to measure.\n"
            f"checks: {{{', '.join(f'{code}: warning' for code in LENIENT)}}}\n",
        )
        write(site / "content/pages/index.md", "---\ntitle: Home\n---\n\nHello.\n")
        for name in ("templates", "static"):
            shutil.copytree(ROOT / name, site / name)
        write_pictures(site / "content/posts", site / "static/images")

    python, program = sys.executable, str(ROOT / "publish.py")
    command = [python, program, "build", "--site", "."]
    version = [python, program, "--version"]
    memory = (".tidepost",)
    places = ("content/posts", "templates/post.html", "_site")
    return Tool("Tidepost", "jekyll", *places, memory, set_up, command, version)
