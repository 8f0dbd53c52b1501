"""The rule of addresses, and the function that CloudFront runs it in."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.publish import edge
from tests.helpers.tools import debian

ROOT = Path(__file__).parents[2]
CONTRACT = json.loads((ROOT / "tests/contract/urls.json").read_text())
FILES = {path: bool(kind) for path, kind in CONTRACT["files"].items()}
TEMPLATE = (ROOT / "infra/edge/viewer-request.js").read_text()


def test_flatten_makes_the_table() -> None:
    assert edge.flatten(CONTRACT["redirects"]) == CONTRACT["table"]


def test_the_build_makes_the_table_of_files() -> None:
    assert edge.file_table(CONTRACT["outputs"]) == FILES


@pytest.mark.parametrize("case", CONTRACT["cases"], ids=lambda case: case["path"])
def test_python_answers_as_the_contract_says(case: dict[str, str]) -> None:
    found = edge.resolve(case["path"], CONTRACT["table"], case.get("query", ""), FILES)
    if "location" in case:
        assert found == edge.Redirect(case["location"])
    elif "key" in case:
        assert found == edge.Key(case["key"])
    else:
        assert found == edge.Hidden()


def test_javascript_answers_as_the_contract_says() -> None:
    node = debian("node", "nodejs")
    ran = subprocess.run(
        [node, "--test", "tests/contract/urls.test.mjs"], cwd=ROOT, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert f"# pass {len(CONTRACT['cases'])}" in ran.stdout


def test_base_path_is_put_before_inner_targets_only() -> None:
    flat = edge.flatten({"/a/": "/b/", "/c/": "https://example.org/b/", "/d": "/a/"}, "/blog")
    assert flat == {
        "/blog/a/": "/blog/b/",
        "/blog/c/": "https://example.org/b/",
        "/blog/d/": "/blog/b/",
    }


@given(st.integers(0, 600))
def test_the_function_never_outgrows_its_limit(count: int) -> None:
    table = {f"/old/post-{n}/": f"/posts/a-longer-name-{n}/" for n in range(count)}
    code, placed = edge.function_code(TEMPLATE, table)
    assert len(code.encode()) <= edge.MOST_BYTES
    inside = json.loads(re.search(r"var redirects = (\{.*\});", code)[1])  # type: ignore[index]
    assert len(inside) == placed
    assert inside.items() <= table.items()
    assert placed == count or len(code.encode()) > edge.MOST_BYTES - 100


@given(
    st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from("abcdefghij"), max_size=8),
    st.sampled_from("abcdefgh"),
)
def test_one_redirect_is_always_enough(arrows: dict[str, str], start: str) -> None:
    table = edge.flatten({f"/{old}/": f"/{new}/" for old, new in arrows.items()})
    first = edge.resolve(f"/{start}", table)
    assert isinstance(first, edge.Redirect)
    assert isinstance(edge.resolve(first.location, table), edge.Key)


def test_a_template_without_a_place_is_refused() -> None:
    with pytest.raises(ValueError, match="must have one"):
        edge.function_code("function handler() {}", {})
    with pytest.raises(ValueError, match="FILES"):
        edge.function_code("var redirects = /*REDIRECTS*/ {};", {})
    with pytest.raises(ValueError, match="larger"):
        edge.function_code(TEMPLATE + "/" * edge.MOST_BYTES, {})
