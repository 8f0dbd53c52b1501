"""Renaming documents: what moves, what changes, and that nothing is half done."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from generator.editing.relink import Moves, rewrite_document, rewrite_template
from tests.editing.conftest import Tidepost
from tests.editing.killing import each_kill
from tests.support.sites import post, tree, write

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)
LOW = "content/posts/2024-03-01-low-water.md"
OTHER = "content/posts/2024-03-02-other.md"
FILES: dict[str, str | bytes] = {
    LOW: post(
        "description: Low.",
        "See [second](2024-02-20-second.md).\n\n## F\n\n![A](boat.png)",
        title="Low",
    ),
    "content/posts/boat.png": PNG,
    OTHER: post(
        "description: Other.",
        "[a](2024-03-01-low-water.md) and [b][x] and [c](/posts/low-water/).\n\n"
        "`[code](2024-03-01-low-water.md)`\n\n```\n[code](2024-03-01-low-water.md)\n```\n\n"
        '<a href="2024-03-01-low-water.md?q#f">d</a>\n\n[x]: 2024-03-01-low-water.md\n',
        title="Other",
    ),
    "content/pages/boats/index.md": post(
        "description: Boats.", "[dinghy](dinghy.md) ![B](b.png)", title="Boats"
    ),
    "content/pages/boats/dinghy.md": post(
        "description: D.",
        "[up](index.md) [low](../../posts/2024-03-01-low-water.md)",
        title="Dinghy",
    ),
    "content/pages/boats/b.png": PNG,
}


@pytest.fixture
def harbour(site: Path) -> Path:
    """Return a site of documents that refer to each other, and to nothing that is missing."""
    write(site, FILES)
    settings = (site / "site.yaml").read_text()
    (site / "site.yaml").write_text(f"{settings}menu:\n  - {{title: Boats, url: /boats/}} # ours\n")
    return site


def test_the_site_is_whole_before(harbour: Path, tidepost: Tidepost) -> None:
    done = tidepost("check")
    assert (done.code, done.err) == (0, "")


def sources(root: Path) -> dict[str, bytes]:
    return {
        name: held
        for name, held in tree(root).items()
        if name.startswith(("content/", "templates/")) or name == "site.yaml"
    }


def changed(before: dict[str, bytes], after: dict[str, bytes]) -> set[str]:
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def test_a_post_gets_another_name(harbour: Path, tidepost: Tidepost) -> None:
    before = sources(harbour)
    done = tidepost("rename", "2024-03-01-low-water.md", "Spring tide")
    assert done.code == 0, done.err
    assert done.out == (
        "content/posts/2024-03-01-low-water.md -> content/posts/2024-03-01-spring-tide.md\n"
        "    address: /posts/low-water/ -> /posts/spring-tide/ (an alias keeps the old one)\n"
        "content/pages/boats/dinghy.md:5: ../../posts/2024-03-01-low-water.md -> "
        "../../posts/2024-03-01-spring-tide.md\n"
        f"{OTHER}:5: 2024-03-01-low-water.md -> 2024-03-01-spring-tide.md\n"
        f"{OTHER}:5: /posts/low-water/ -> /posts/spring-tide/\n"
        f"{OTHER}:13: 2024-03-01-low-water.md?q#f -> 2024-03-01-spring-tide.md?q#f\n"
        f"{OTHER}:15: 2024-03-01-low-water.md -> 2024-03-01-spring-tide.md\n"
    )
    after = sources(harbour)
    new = "content/posts/2024-03-01-spring-tide.md"
    assert changed(before, after) == {
        LOW, new, "content/pages/boats/dinghy.md", "content/posts/2024-03-02-other.md",
    }  # fmt: skip
    assert after[new] == before[LOW].replace(
        b"description: Low.\n", b"description: Low.\naliases: [/posts/low-water/]\n"
    )
    other = after["content/posts/2024-03-02-other.md"].decode()
    assert "`[code](2024-03-01-low-water.md)`" in other
    assert "```\n[code](2024-03-01-low-water.md)\n```" in other
    checked = tidepost("check")
    assert (checked.code, checked.err) == (0, "")
    tidepost("build")
    assert "/posts/spring-tide/" in (harbour / "_site/posts/low-water/index.html").read_text()


def test_back_again_is_as_it_was(harbour: Path, tidepost: Tidepost) -> None:
    before = sources(harbour)
    assert tidepost("rename", "2024-03-01-low-water.md", "spring-tide").code == 0
    assert tidepost("rename", "spring-tide", "low-water").code == 0
    after = sources(harbour)
    assert changed(before, after) == {LOW}
    assert after[LOW] == before[LOW].replace(
        b"description: Low.\n", b"description: Low.\naliases: [/posts/spring-tide/]\n"
    )
    assert tidepost("check").code == 0


def test_a_folder_moves_with_all_in_it(harbour: Path, tidepost: Tidepost) -> None:
    before = sources(harbour)
    done = tidepost("rename", "pages/boats", "pages/harbour/fleet")
    assert done.code == 0, done.err
    assert done.out.endswith("site.yaml:13: /boats/ -> /harbour/fleet/\n")
    assert "address: /boats/dinghy/ -> /harbour/fleet/dinghy/ (an alias" in done.out
    after = sources(harbour)
    gone = {name for name in before if name.startswith("content/pages/boats/")}
    assert not gone & after.keys()
    assert not (harbour / "content/pages/boats").exists()
    assert b"# ours" in after["site.yaml"]
    checked = tidepost("check")
    assert (checked.code, checked.err) == (0, "")


def test_a_document_takes_its_pictures_along(harbour: Path, tidepost: Tidepost) -> None:
    done = tidepost("rename", "low-water", "pages/low.md", "--json")
    assert done.code == 0, done.err
    answer = json.loads(done.out)
    assert answer["files"] == {
        LOW: "content/pages/low.md",
        "content/posts/boat.png": "content/pages/boat.png",
    }
    assert answer["urls"] == {"/posts/low-water/": "/low/"}
    text = (harbour / "content/pages/low.md").read_text()
    assert "[second](2024-02-20-second.md)" in text  # found by its name as before
    assert "![A](boat.png)" in text
    checked = tidepost("check")
    assert (checked.code, checked.err) == (0, "")


def test_a_picture_that_others_use_stays(harbour: Path, tidepost: Tidepost) -> None:
    third = post("description: x", "![A](boat.png)", title="Third")
    write(harbour, {"content/posts/2024-03-03-third.md": third})
    assert tidepost("rename", "low-water", "pages/low.md").code == 0
    assert (harbour / "content/posts/boat.png").exists()
    assert "![A](../posts/boat.png)" in (harbour / "content/pages/low.md").read_text()
    assert tidepost("check").code == 0


def test_what_was_never_out_leaves_no_alias(harbour: Path, tidepost: Tidepost) -> None:
    write(harbour, {
        "content/drafts/idea.md": post("description: x", title="Idea"),
        "content/posts/2024-08-01-later.md": post("description: y", title="Later"),
    })  # fmt: skip
    raw = (harbour / "content/drafts/idea.md").read_bytes()
    assert tidepost("rename", "drafts/idea.md", "posts/2024-05-30-idea.md").code == 0
    assert (harbour / "content/posts/2024-05-30-idea.md").read_bytes() == raw
    assert tidepost("rename", "later", "sooner").code == 0
    assert b"aliases" not in (harbour / "content/posts/2024-08-01-sooner.md").read_bytes()
    assert tidepost("rename", "low-water", "lower", "--no-alias").code == 0
    assert b"aliases" not in (harbour / "content/posts/2024-03-01-lower.md").read_bytes()


def test_an_address_of_its_own_stays(harbour: Path, tidepost: Tidepost) -> None:
    write(harbour, {LOW: post("description: x\npermalink: /low/", title="Low")})
    done = tidepost("rename", "low-water", "lower")
    assert "its address stays the same" in done.out
    assert b"aliases" not in (harbour / "content/posts/2024-03-01-lower.md").read_bytes()


def test_only_told(harbour: Path, tidepost: Tidepost) -> None:
    before = sources(harbour)
    done = tidepost("rename", "low-water", "lower", "--dry-run")
    assert done.out.endswith("Nothing was changed (--dry-run).\n")
    assert sources(harbour) == before


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("low-water", "posts/2024-03-02-other.md", "exists"),
        ("low-water", "posts/2024-03-02-OTHER.md", "exists"),
        ("low-water", "low-water", "exists"),
        ("low-water", "other", "same-url"),
        ("low-water", "old-name", "same-url"),
        ("low-water", "posts/2024-03-05-way.md", "exists"),
        ("low-water", "???", "bad-name"),
        ("low-water", "../../../etc/x.md", "bad-name"),
        ("low-water", "/etc/x.md", "bad-name"),
        ("low-water", "posts/.hidden.md", "bad-name"),
        ("low-water", "content/templates/x.md", "bad-name"),
        ("pages/about.md", "posts/", "missing-date"),
        ("pages/boats", "pages/boats/inner", "bad-name"),
        ("pages/index.md", "start", "bad-name"),
        ("lowwater", "x", "no-document"),
        ("index.md", "x", "no-document"),
        ("posts/bad.md", "x", "no-document"),
        ("braces", "x", "alias-by-hand"),
    ],
)
def test_refusals_change_nothing(
    old: str, new: str, code: str, harbour: Path, tidepost: Tidepost
) -> None:
    write(harbour, {
        "content/posts/bad.md": "no front matter",
        "content/posts/2024-03-04-z.md": post("aliases: [/posts/old-name]", title="Z"),
        "content/pages/braces.md": "---\n{title: Braces}\n---\n",
        "content/posts/2024-03-05-way.md/x.txt": "a folder",
    })  # fmt: skip
    before = sources(harbour)
    done = tidepost("rename", old, new)
    assert done.code == 1
    assert f": {code}: " in done.err
    assert "Traceback" not in done.err
    assert sources(harbour) == before


def test_a_kill_leaves_the_site_as_it_was_or_as_it_is_to_be(
    harbour: Path, tidepost: Tidepost, tmp_path: Path
) -> None:
    """Killed at every step; the next command, whatever it is, finds a whole site."""
    tidepost("list")
    copy = Path(shutil.copytree(harbour, tmp_path / "copy"))
    before = sources(harbour)
    outcomes = []
    for _ in each_kill(lambda: tidepost("rename", "low-water", "pages/low.md")):
        done = tidepost("list")
        assert done.code == 0, done.err
        outcomes.append(sources(harbour))
        shutil.rmtree(harbour)
        shutil.copytree(copy, harbour)
    after = sources(harbour)
    assert after != before
    assert all(each in (before, after) for each in outcomes)
    assert before in outcomes
    assert after in outcomes
    assert tidepost("check").code == 0


def moves(**files: str) -> Moves:
    pairs = {f"content/{old}": f"content/{new}" for old, new in
             (pair.split(" -> ") for pair in files.values())}  # fmt: skip
    everything = dict.fromkeys(
        [*pairs, "content/posts/a.md", "content/posts/b.md", "content/pages/p.md",
         "content/posts/x y.md", "content/posts/pic.png"], ""
    )  # fmt: skip
    return Moves(
        files=pairs,
        urls={"/posts/b/": "/posts/c/"},
        all_before=everything,
        all_after={pairs.get(path, path): "" for path in everything},
        url_of={"content/posts/a.md": "/posts/a/", "content/posts/b.md": "/posts/b/"},
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[t](b.md)", "[t](c.md)"),
        ("[t](b.md 'title') [u](<b.md>)", "[t](c.md 'title') [u](<c.md>)"),
        ("[t](/posts/b.md)", "[t](/posts/c.md)"),
        ("[t](/content/posts/b.md)", "[t](/content/posts/c.md)"),
        ("[t](posts/b.md)", "[t](posts/c.md)"),
        ("[t](./b.md)", "[t](c.md)"),
        ("[t](/posts/b) [u](/posts/b/#x) [v](../b/)",
         "[t](/posts/c/) [u](/posts/c/#x) [v](/posts/c/)"),
        ("[t](https://example.org/b.md) [u](#b.md) [v](bb.md) b.md",) * 2,
        ("[b.md](x.md) (b.md) \"b.md\"",) * 2,
        ("~~~\n[t](b.md)\n~~~\n``[t](b.md)``",) * 2,
        ("[^b]: b.md",) * 2,
        ('{{ x(src="pic.png", link="b.md") }}', '{{ x(src="pic.png", link="c.md") }}'),
        ("[![p](pic.png)](b.md)", "[![p](pic.png)](c.md)"),
    ],
)  # fmt: skip
def test_references_to_what_moved(before: str, after: str) -> None:
    moved = moves(one="posts/b.md -> posts/c.md")
    assert rewrite_document(before, "content/posts/a.md", moved)[0] == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[t](b.md) [u](x%20y.md)", "[t](b.md) [u](x%20y.md)"),  # still found in content/posts/
        ("![p](pic.png)", "![p](../posts/pic.png)"),
        ("---\nimage: pic.png\n---\n", "---\nimage: ../posts/pic.png\n---\n"),
        ("---\naudio: pic.png\n---\n", "---\naudio: ../posts/pic.png\n---\n"),
        (
            "---\naudio:\n  file: pic.png\n  transcript: 'pic.png'\n---\n",
            "---\naudio:\n  file: ../posts/pic.png\n  transcript: '../posts/pic.png'\n---\n",
        ),
        ('{{ figure(src="pic.png", alt="pic.png?") }}',
         '{{ figure(src="../posts/pic.png", alt="../posts/pic.png?") }}'),
        ("[p](../pages/p.md)", "[p](p.md)"),
    ],
)  # fmt: skip
def test_references_of_what_moved(before: str, after: str) -> None:
    moved = moves(one="posts/a.md -> pages/a.md")
    got = rewrite_document(before, "content/posts/a.md", moved)[0]
    assert got == after or (got == before and "../pages/p.md" in before)


def test_templates_that_name_a_document_by_its_slug_follow(
    harbour: Path, tidepost: Tidepost
) -> None:
    base = harbour / "templates/base.html"
    base.write_text(base.read_text().replace("</body>", "{{ ref('low-water').title }}</body>"))
    done = tidepost("rename", "low-water", "lower")
    assert "templates/base.html:" in done.out
    assert "{{ ref('lower').title }}" in base.read_text()
    assert tidepost("check").code == 0


def test_templates_name_documents_by_file() -> None:
    moved = moves(one="posts/b.md -> posts/c.md")
    text = "{{ ref('b.md').url }} {{ ref(\"posts/b.md\") }} {{ ref('bb.md') }} 'b.md'"
    assert rewrite_template(text, moved)[0] == (
        "{{ ref('c.md').url }} {{ ref(\"posts/c.md\") }} {{ ref('bb.md') }} 'b.md'"
    )
