"""Tags that were meant to be others."""

from __future__ import annotations

import pytest

from generator.core.urls import term_slug
from generator.site.similar_terms import near_terms
from tests.support.sites import built, post, told


def notes(*once: str, often: str = "harbour") -> list[str]:
    names = {term_slug(name): name for name in (*once, often)}
    posts = {term_slug(name): ["content/posts/x.md"] for name in once}
    return [
        f"{each.needle} -> {each.hint}"
        for each in near_terms("tags", names, {**posts, term_slug(often): ["a", "b", "c"]})
    ]


@pytest.mark.parametrize(
    ("once", "often"),
    [
        ("harbuor", "harbour"),
        ("harbor", "harbour"),
        ("harbouur", "harbour"),
        ("harbowr", "harbour"),
        ("harbours", "harbour"),
        ("boat", "boats"),
        ("story", "stories"),
        ("boxes", "box"),
        ("cafe", "Café"),
        ("springtide", "spring tide"),
        ("Type script", "TypeScript"),
    ],
)
def test_a_tag_nearly_like_another(once: str, often: str) -> None:
    assert notes(once, often=often) == [f"{once} -> did you mean `{often}`?"]


@pytest.mark.parametrize(
    ("once", "often"),
    [("port", "post"), ("2023", "2024"), ("python2", "python3"), ("sea", "tea"), ("x", "y"),
     ("lighthouse", "harbour"), ("as", "a")],
)  # fmt: skip
def test_another_word_is_left_alone(once: str, often: str) -> None:
    assert notes(once, often=often) == []


def test_only_what_is_rare_beside_what_is_frequent() -> None:
    names = {"harbour": "harbour", "harbor": "harbor"}
    assert near_terms("tags", names, {"harbour": ["a", "b"], "harbor": ["c"]}) == []
    assert near_terms("tags", names, {"harbour": ["a", "b", "c"], "harbor": ["d", "e"]}) == []


def test_a_build_tells_it_with_file_and_line() -> None:
    files: dict[str, str | bytes] = {
        f"content/posts/2024-01-0{day}-p{day}.md": post("tags: [harbour]", title=f"P{day}")
        for day in (1, 2, 3)
    }
    files["content/posts/2024-02-01-q.md"] = post("tags:\n  - sea\n  - habour", title="Q")
    site = built(files)
    assert [each for each in told(site.problems) if "term-near" in each] == [
        "content/posts/2024-02-01-q.md:5: term-near: `habour` is on no other post; `harbour`, of "
        "the tags too, is on 3"
    ]
    assert {each.severity for each in site.problems if each.code == "term-near"} == {"note"}
