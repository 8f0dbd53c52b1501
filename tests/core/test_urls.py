import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from generator.core.urls import (
    MOST_PATH_BYTES,
    folders_of,
    output_path,
    path_fault,
    slugify,
    term_slug,
    written_url,
)


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Hello, World!", "hello-world"),
        ("What's new?", "whats-new"),
        ("What’s new?", "whats-new"),
        ("C++", "cpp"),
        ("C#", "c-sharp"),
        ("Q & A", "q-and-a"),
        ("snake_case_name", "snake-case-name"),
        ("v1.2 released", "v1.2-released"),
        ("...dots...", "dots"),
        ("Grüße aus Köln", "grüße-aus-köln"),
        ("Привет, мир", "привет-мир"),
        ("日本語 タイトル", "日本語-タイトル"),
        ("नमस्ते", "नमस्ते"),
        ("Éte", "éte"),
        ("a/b\\c", "a-b-c"),
        ("../../etc", "etc"),
        ("🎉", ""),
        ("", ""),
    ],
)
def test_slugs_in_any_script(text: str, slug: str) -> None:
    assert slugify(text) == unicodedata.normalize("NFKC", slug)


@given(st.text(max_size=60))
@example("İ")
@example("ǰ'")
def test_a_slug_is_a_slug_of_itself_and_fits_into_a_path(text: str) -> None:
    slug = slugify(text)
    assert slugify(slug) == slug
    assert not re.search(r"[\s/\\?#%\"<>|:*]", slug)
    assert slug not in (".", "..")
    assert slug == slug.strip("-.")


@given(st.text(min_size=1, max_size=300))
@example("con")
@example("x" * 250)
@example("🎉" * 100)
@example("...")
def test_every_term_has_a_segment_that_a_url_can_have(name: str) -> None:
    slug = term_slug(name)
    assert path_fault(f"/{slug}/") == ""
    assert "/" not in slug


@pytest.mark.parametrize(
    ("name", "slug"),
    [("Sea life", "sea-life"), ("C++", "cpp"), ("C#", "c-sharp"), ("!", "21"), ("🎉", "1f389")],
)
def test_terms(name: str, slug: str) -> None:
    assert term_slug(name) == slug


def test_terms_that_no_url_can_have_get_a_part_of_their_digest() -> None:
    assert re.fullmatch("con-[0-9a-f]{8}", term_slug("CON"))
    assert re.fullmatch("x{40}-[0-9a-f]{8}", term_slug("x" * 300))


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("/", ""),
        ("/a/b/", ""),
        ("/a/b.html", ""),
        ("/é/日本/", ""),
        ("a/", "it does not start with /"),
        ("https://x.org/", "it does not start with /"),
        ("/a//b/", "it contains //"),
        ("//a/", "it contains //"),
        ("/a//", "it contains //"),
        ("//", "it contains //"),
        ("/a/../b/", "it contains `..`"),
        ("/../../etc/passwd", "it contains `..`"),
        ("/./", "it contains `.`"),
        ("/a b/", ""),
        ("/a /b/", "`a ` begins or ends with a space"),
        ("/ a/", "` a` begins or ends with a space"),
        ("/a\\b/", "it contains '\\\\'"),
        ("/c:/x/", "it contains ':'"),
        ("/a?b", "it contains '?'"),
        ("/a%20b/", "it contains '%'"),
        ("/{slug}/", "it contains '{'"),
        ("/\ud800/", "it contains '\\ud800'"),
        ("/a\n/", "it contains '\\n'"),
        ("/nul/", "`nul` is a name that Windows reserves"),
        ("/Aux.html", "`Aux.html` is a name that Windows reserves"),
        ("/com1/x/", "`com1` is a name that Windows reserves"),
        ("/common/", ""),
        ("/end./", "`end.` ends with a dot"),
        ("/" + "x" * 201 + "/", "one of its segments is longer than 200 bytes"),
        ("/" + "x/" * 460, f"it is longer than {MOST_PATH_BYTES} bytes"),
    ],
)
def test_which_paths_a_url_can_have(path: str, fault: str) -> None:
    assert path_fault(path) == fault


def test_output_paths() -> None:
    assert output_path("/") == "index.html"
    assert output_path("/posts/a/") == "posts/a/index.html"
    assert output_path("/404.html") == "404.html"


def test_folders_of_a_path() -> None:
    assert folders_of("a/b/index.html") == ["a", "a/b"]
    assert folders_of("index.html") == []


def test_urls_as_they_are_written() -> None:
    assert written_url("/grüße/a,b(c)/") == "/gr%C3%BC%C3%9Fe/a,b(c)/"
