"""The same posts as a site of Hugo, Eleventy, Pelican, Zensical and Astro, for bench/build.py.

All get the smallest layouts with which their sites have the same pages: posts, an index in pages
of ten, a page for each tag and category, a feed, and code in colours. Where a program does a part
in another way, the `remark` of its Tool says so.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bench.peers.astro import astro
from bench.peers.eleventy import eleventy
from bench.peers.hugo import hugo
from bench.peers.pelican import pelican
from bench.peers.zensical import zensical
from bench.tool import Tool

PEERS: dict[str, Callable[[Path], Tool]] = {
    "hugo": hugo,
    "eleventy": eleventy,
    "pelican": pelican,
    "zensical": zensical,
    "astro": astro,
}
"""What installs each peer below a folder where it is missing, and returns it."""

SLOW = ("zensical", "astro")
"""Peers that take ten milliseconds and more for a post, and Zensical a megabyte of memory and more,
so that they are not for many posts."""
