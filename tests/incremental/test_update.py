"""Going on from the last build where more than texts changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from generator.app import make as making
from generator.pipeline.multilingual import build_site
from tests.support.builds import changed, clean, outcome
from tests.support.sites import NOW, post, write


def without_link_to(number: int, edit: Callable[[Path], None]) -> Callable[[Path], None]:
    """Return an edit after which no link leads to a post any more, so that the site is in order."""

    def both(root: Path) -> None:
        edit(root)
        changed(f"](p{number}.md#place)", "](/about/)", f"content/posts/p{number - 3}.md")(root)

    return both


NEW = "content/posts/new.md"


@pytest.mark.parametrize(
    "edits",
    [
        [changed("2024-04-08", "2024-04-20"), changed("2024-04-20", "2023-04-20")],
        [changed("tags: [all, odd]", "tags: [all]")],
        [changed("tags: [all, odd]", "tags: [all, rare]"), changed("rare", "odd")],
        [changed("series: Parts", "series: Others")],
        [changed("title: Post 7", "title: Post 7\nslug: seven")],
        [changed("title: Post 7", "title: Post 7\naliases: [/old/]"), changed("/old/", "/new/")],
        [changed("title: Post 7", "title: Post 7\nweight: 3\nnoindex: true")],
        [without_link_to(7, changed("title: Post 7", "title: Post 7\ndraft: true"))],
        [
            lambda root: write(root, {NEW: post("date: 2024-05-20\ntags: [all]", "New.")}),
            changed("New.", "Newer.", NEW),
            changed("Text 7.", "[the new one](new.md)"),
            changed("2024-05-20", "2024-03-20", NEW),
            changed("](new.md)", "](p3.md)"),
            lambda root: (root / NEW).unlink(),
        ],
        [
            without_link_to(9, lambda root: (root / "content/posts/p9.md").unlink()),
            changed("Text 7.", "Another text."),
        ],
        [
            lambda root: write(root, {"content/pages/more.md": post("", "More.", title="More")}),
            changed("title: More", "title: Much more", "content/pages/more.md"),
        ],
        [
            changed("Text 7.", "{{ badge(text='x') }}"),
            changed("2024-04-08", "2024-04-20"),
            changed("Post 3", "Three", "content/posts/p3.md"),
        ],
    ],
)
def test_what_moves_other_things_gives_what_a_clean_build_gives(
    site: Path, edits: list[Callable[[Path], None]], no_whole_build: pytest.MonkeyPatch
) -> None:
    for edit in edits:
        edit(site)
        got = outcome(site, NOW, no_cache=False)
        assert got[1]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(making, "build_site", build_site)
            assert got == clean(site)
