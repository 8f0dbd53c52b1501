"""Lines of errors are those that `locate` finds, and are looked for once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from generator.checks.codes import problem
from generator.checks.source_lines import locate
from generator.content.frontmatter import Document
from generator.core.artifacts import Artifact
from generator.core.problems import Problem
from generator.incremental.known_lines import located
from tests.support.caches import Kept

A, B = "content/posts/a.md", "content/posts/b.md"
TEXTS = {"templates/base.html": '<a href="/nowhere/">x</a>'}


class Texts(Mapping[str, Document]):
    """Documents, and which of them were asked for."""

    def __init__(self, **bodies: str) -> None:
        self.bodies = {f"content/posts/{name}.md": body for name, body in bodies.items()}
        self.read: list[str] = []

    def __getitem__(self, source: str) -> Document:
        self.read.append(source)
        return Document(
            source=source,
            kind="post",
            slug="x",
            title="T",
            markdown=self.bodies[source].encode(),
            body_line=4,
        )

    def __iter__(self) -> Iterator[str]:
        return iter(self.bodies)

    def __len__(self) -> int:
        return len(self.bodies)


PAGES = [
    Artifact(path="a/index.html", role="page", source=A, content=b""),
    Artifact(path="b/index.html", role="page", source=B, content=b""),
    Artifact(path="index.html", role="page", content=b""),
]


def wrong(page: str, needle: str) -> Problem:
    return problem("image-alt", page, 0, f"`{needle}` has no `alt`", needle=needle)


FOUND = [
    wrong("a/index.html", "one.jpg"),
    wrong("a/index.html", "two.jpg"),
    wrong("a/index.html", "two.jpg"),
    wrong("b/index.html", "/nowhere/"),
    wrong("b/index.html", "two.jpg"),
    wrong("index.html", "/nowhere/"),
    Problem(path="site.yaml", code="c", message="m"),
    problem("csp-style", "b/index.html", 3, "two", needle="two.jpg", also=(8, 9)),
]


def test_a_text_is_read_again_only_where_it_or_what_is_wrong_with_it_changed() -> None:
    cache = Kept()
    sources = {A: "1", B: "2"}
    one = {"a": "![](two.jpg)\n\n![](one.jpg)\n![](two.jpg)", "b": "![](two.jpg)"}
    for bodies, digests, found, read in (
        (one, sources, FOUND, {A, B}),
        (one, sources, FOUND, set()),
        (one, sources, FOUND[1:], {A}),
        (one | {"b": "More.\n\n![](two.jpg)"}, {A: "1", B: "3"}, FOUND[1:], {B}),
    ):
        documents = Texts(**bodies)
        got = located(found, PAGES, documents, "_site", TEXTS, digests, cache)
        assert {*documents.read} - {""} == read
        assert sorted(got) == sorted(locate(found, PAGES, Texts(**bodies), "_site", TEXTS))
    assert {(each.path, each.line) for each in got} == {
        (A, 4),
        (A, 7),
        (B, 6),
        ("templates/base.html", 1),
        ("site.yaml", 0),
    }
