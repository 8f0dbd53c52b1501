"""Slots of the theme: nothing where they are empty, and what the owner puts there where not."""

from generator.pipeline.slots import without_empty_slots
from tests.support.sites import PROJECT, built, content_of, minimal_templates, post

SHIPPED = {
    f"slots/{file.name}": file.read_text(encoding="utf-8")
    for file in (PROJECT / "templates/slots").glob("*.html")
}
NAMES = {
    f"slots/{name}.html" for name in ("analytics", "body_end", "comments", "head", "webmentions")
}


def test_the_theme_includes_every_slot_and_each_is_empty() -> None:
    assert SHIPPED.keys() == NAMES
    folder = PROJECT / "templates"
    texts = {path: (folder / path).read_text("utf-8") for path in ("base.html", "post.html")}
    whole = "".join(texts.values())
    assert {name for name in NAMES if f'{{% include "{name}" %}}' in whole} == NAMES
    left = without_empty_slots(texts | SHIPPED)
    assert not any("slots/" in left[name] for name in texts)
    for name in texts:
        assert left[name].count("\n") == texts[name].count("\n")


def test_an_empty_slot_costs_no_byte_and_a_full_one_is_shown() -> None:
    templates = minimal_templates()
    files = {"content/posts/2024-05-01-a.md": post()}
    plain = content_of(built(files, templates=templates))
    templates["post.html"] += "\n{% block x %}{% endblock %}"
    with_slot = templates["post.html"].replace(
        "{% block main %}", '{% block main %}\n{% include "slots/x.html" %}\n', 1
    )
    templates["post.html"] = templates["post.html"].replace(
        "{% block main %}", "{% block main %}\n", 1
    )
    plain = content_of(built(files, templates=templates))
    empty = {**templates, "post.html": with_slot, "slots/x.html": "{#- nothing -#}\n"}
    assert content_of(built(files, templates=empty)) == plain
    full = {**empty, "slots/x.html": "<p>Mine: {{ page.title }}</p>"}
    page = content_of(built(files, templates=full))["posts/a/index.html"]
    assert "<p>Mine: A post</p>" in page.decode()
