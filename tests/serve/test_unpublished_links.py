"""What works in `serve` only because drafts are shown is reported as a warning."""

from generator.core.problems import Problem
from generator.pipeline.results import BuildState
from generator.pipeline.unpublished_links import links_to_unpublished
from tests.support.sites import built, post, told

FILES = {
    "content/posts/2024-05-01-a.md": post(
        "title: A",
        "See [it](../drafts/later.md#part).\n\nAnd [it](/posts/later/), [b](2024-05-02-b.md),"
        " [not it](https://example.net/later.md).",
    ),
    "content/posts/2024-05-02-b.md": post("title: B", "Nothing about later.md."),
    "content/drafts/later.md": post("title: Later", "## Part\n\nSee [myself](later.md)."),
}


def test_links_from_what_is_published_to_what_is_not() -> None:
    kept: list[BuildState] = []
    build = built(FILES, drafts=True, keep=kept.append)
    state = kept[0]

    def found(states: dict[str, str]) -> list[Problem]:
        url_of = state.routes.of_source
        return links_to_unpublished(states, url_of, state.references, build.documents, "")

    draft = found({"content/drafts/later.md": "draft"})
    assert told(draft) == [
        "content/posts/2024-05-01-a.md:4: unpublished-link: link to `../drafts/later.md#part`,"
        " which is not published: draft",
        "content/posts/2024-05-01-a.md:6: unpublished-link: link to `/posts/later/`, which is not"
        " published: draft",
    ]
    assert {each.severity for each in draft} == {"warning"}
    assert found({}) == []
