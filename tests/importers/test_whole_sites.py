"""Whole sites of a hundred texts of our own: imported, built, and held against the old pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.adapters.files.import_folder import read_tree, write_new
from generator.importers import zola
from generator.importers.model import Target
from tests.importers import whole_sites
from tests.importers.old_generators import compared, told
from tests.importers.sites import build, empty_site
from tests.support.sites import NOW, write

BUILT = {"eleventy": whole_sites.eleventy, "pelican": whole_sites.pelican}


@pytest.mark.parametrize("kind", BUILT)
def test_a_whole_site_is_what_it_was(kind: str, tmp_path: Path) -> None:
    comparison, conversion = compared(kind, BUILT[kind](), tmp_path)
    assert told(comparison) == {}
    assert (comparison.pages, comparison.same) == (100, 100)
    outcome = build(tmp_path / "new")
    assert [one for one in outcome.problems if one.severity == "error"] == []
    addresses = (tmp_path / "new" / "content").rglob("*.md")
    own = [file for file in addresses if "permalink:" in file.read_text(encoding="utf-8")]
    assert len(own) == (0 if kind == "eleventy" else 10)  # the pages' own, which end in .html
    assert all(one.kind != "left" or not one.line for one in conversion.report.entries)


def test_a_whole_zola_site_keeps_its_addresses(tmp_path: Path) -> None:
    files = whole_sites.zola()
    write(tmp_path / "old", files)
    sources = read_tree(tmp_path / "old")
    into = empty_site(tmp_path / "new")
    conversion = zola.convert(sources, "old", Target(config=None, now=NOW))
    for file in conversion.files:
        write_new(into, file, sources)
    outcome = build(into)
    assert [one for one in outcome.problems if one.severity == "error"] == []
    texts = whole_sites.texts()
    posts = {f"/blog/{text.name}/" for text in texts}
    pages = {f"/guide/page-{number}/" for number in range(10)} | {"/guide/"}
    assert posts | pages <= outcome.pages
    assert set(conversion.report.urls) == posts | pages
    assert outcome.redirects["/blog/"] == "/posts/"
    assert "  /atom.xml: /feed.xml\n" in conversion.report.settings
    assert outcome.redirects["/tags/r-d/"] == "/tags/r-and-d/"
    assert [one for one in conversion.report.entries if one.kind == "left"] == []
    assert "permalinks:\n  post: /blog/{slug}/\n" in conversion.report.settings
