"""The rule of addresses, and the function that CloudFront runs it in."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.app.cloud import edge_code
from generator.publish import edge_rules
from generator.publish.store import StoreError
from tests.support.tools import debian

ROOT = Path(__file__).parents[2]
CONTRACT = json.loads((ROOT / "tests/contract/urls.json").read_text())
FILES = {path: bool(kind) for path, kind in CONTRACT["files"].items()}
TEMPLATE = (ROOT / "infra/edge/viewer-request.js").read_text()


def test_flatten_makes_the_table() -> None:
    assert edge_rules.flatten(CONTRACT["redirects"]) == CONTRACT["table"]


def test_the_build_makes_the_table_of_files() -> None:
    assert edge_rules.file_table(CONTRACT["outputs"]) == FILES


@pytest.mark.parametrize("case", CONTRACT["cases"], ids=lambda case: case["path"])
def test_python_answers_as_the_contract_says(case: dict[str, str]) -> None:
    found = edge_rules.resolve(case["path"], CONTRACT["table"], case.get("query", ""), FILES)
    if "location" in case:
        assert found == edge_rules.Redirect(case["location"])
    elif "key" in case:
        assert found == edge_rules.Key(case["key"])
    else:
        assert found == edge_rules.Hidden()


def test_javascript_answers_as_the_contract_says() -> None:
    node = debian("node", "nodejs")
    ran = subprocess.run(
        [node, "--test", "tests/contract/urls.test.mjs"], cwd=ROOT, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert f"# pass {len(CONTRACT['cases'])}" in ran.stdout


def test_base_path_is_put_before_inner_targets_only() -> None:
    flat = edge_rules.flatten({"/a/": "/b/", "/c/": "https://example.org/b/", "/d": "/a/"}, "/blog")
    assert flat == {
        "/blog/a/": "/blog/b/",
        "/blog/c/": "https://example.org/b/",
        "/blog/d/": "/blog/b/",
    }


@pytest.mark.parametrize(
    ("paths", "entries"),
    [
        (["posts/{0}-python-3.13-is-out/index.html"], {}),
        (["posts/intro-to-{0}.js/index.html", "assets/a.{0}.js"], {"*.js": False}),
        (["posts/host-{0}.t{0}/index.html", "robots.t1"], {"/posts/": False}),
        (["20{0}/js-{0}.js/index.html", "demo/{0}.js"], None),
        (["repo.git/objects/{0}/{0}", "about/index.html"], {"/repo.git/": True}),
        (["docs/lib-{0}.js/index.html", "docs/main.js", "docs/x/{0}.js"], None),
    ],
)
def test_thousands_of_names_that_mislead_take_few_entries(
    paths: list[str], entries: dict[str, bool] | None
) -> None:
    """What has no rule stands by itself, the few among the many: only there the size grows."""
    built = {path.format(n) for path in paths for n in range(10, 3_000)} | {"index.html"}
    table = edge_rules.file_table(built)
    own = {key: kind for key, kind in table.items() if key not in ("/assets/", "/pagefind/")}
    if entries is not None:
        assert own == entries
    wrong = [
        path
        for path in built - {"index.html"}
        if edge_rules.is_file(f"/{path.removesuffix('/index.html')}", table)
        is path.endswith("/index.html")
    ]
    assert wrong == []


def test_a_site_whose_files_the_function_cannot_tell_is_refused() -> None:
    """No other rule would answer them."""
    mixed = [f"data/set-{n}" for n in range(900)] + [f"data/page-{n}/index.html" for n in range(2)]
    with pytest.raises(
        edge_rules.NoRoom, match=r"900 are not known .* such as `/data/set-0`"
    ) as caught:
        edge_rules.function_code(TEMPLATE, {}, edge_rules.file_table(mixed))
    assert "folder without pages" in caught.value.hint


def test_what_the_function_cannot_hold_is_told_before_anything_is_published(
    tmp_path: Path,
) -> None:
    mixed = [f"data/set-{n}" for n in range(900)] + ["data/page/index.html"]
    with pytest.raises(StoreError, match="no room to list its files") as caught:
        edge_code({}, mixed, "", tmp_path)
    assert "without pages" in caught.value.hint
    (tmp_path / "infra/edge").mkdir(parents=True)
    (tmp_path / "infra/edge/viewer-request.js").write_text("function handler() {}")
    with pytest.raises(StoreError, match="must have one `/\\*FILES") as caught:
        edge_code({}, [], "", tmp_path)
    assert "again from Tidepost" in caught.value.hint


@given(st.integers(0, 600))
def test_the_function_never_outgrows_its_limit(count: int) -> None:
    table = {f"/old/post-{n}/": f"/posts/a-longer-name-{n}/" for n in range(count)}
    code, placed = edge_rules.function_code(TEMPLATE, table)
    assert len(code.encode()) <= edge_rules.MOST_BYTES
    inside = json.loads(re.search(r"var redirects = (\{.*\});", code)[1])  # type: ignore[index]
    assert len(inside) == placed
    assert inside.items() <= table.items()
    assert placed == count or len(code.encode()) > edge_rules.MOST_BYTES - 100


@given(
    st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from("abcdefghij"), max_size=8),
    st.sampled_from("abcdefgh"),
)
def test_one_redirect_is_always_enough(arrows: dict[str, str], start: str) -> None:
    table = edge_rules.flatten({f"/{old}/": f"/{new}/" for old, new in arrows.items()})
    first = edge_rules.resolve(f"/{start}", table)
    assert isinstance(first, edge_rules.Redirect)
    assert isinstance(edge_rules.resolve(first.location, table), edge_rules.Key)


def test_a_template_without_a_place_is_refused() -> None:
    with pytest.raises(ValueError, match="must have one"):
        edge_rules.function_code("function handler() {}", {})
    with pytest.raises(ValueError, match="FILES"):
        edge_rules.function_code("var redirects = /*REDIRECTS*/ {};", {})
    with pytest.raises(ValueError, match="larger"):
        edge_rules.function_code(TEMPLATE + "/" * edge_rules.MOST_BYTES, {})
