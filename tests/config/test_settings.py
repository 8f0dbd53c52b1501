"""site.yaml, and all that can be wrong with it."""

import pytest

from generator.config.settings import SiteConfig, parse
from generator.core.problems import SiteError
from tests.support.sites import refusal

BASIS = "title: T\nurl: https://x.org\n"


def told(text: str | bytes) -> list[str]:
    raw = text.encode() if isinstance(text, str) else text
    return [line.removeprefix("site.yaml:") for line in refusal(lambda: parse(raw))]


def read(text: str = "") -> SiteConfig:
    return parse(f"title: T\nurl: https://example.org\n{text}".encode())


def test_two_settings_are_enough() -> None:
    config = read()
    assert (config.origin, config.base) == ("https://example.org", "")
    assert config.permalinks.post == "/posts/{slug}/"
    assert config.zone.key == "UTC"


@pytest.mark.parametrize(
    ("url", "origin", "base"),
    [
        ("https://example.org/", "https://example.org", ""),
        ("https://example.org/blog", "https://example.org", "/blog"),
        ("https://example.org/a/b/", "https://example.org", "/a/b"),
        ("http://localhost:8000/x", "http://localhost:8000", "/x"),
    ],
)
def test_where_the_site_lives(url: str, origin: str, base: str) -> None:
    config = parse(f"title: T\nurl: {url}\n".encode())
    assert (config.origin, config.base) == (origin, base)


@pytest.mark.parametrize(
    "url",
    ["example.org", "ftp://x.org", "https://", "https:// x", "https://[x", "https://x.org:port"],
)
def test_addresses_that_are_none(url: str) -> None:
    assert told(f"title: T\nurl: '{url}'\n") == [
        "2: site-yaml: `url`: write the whole address, such as https://example.org"
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["1: site-yaml: `title` is missing", "1: site-yaml: `url` is missing"]),
        ("- a", ["1: site-yaml: expected `key: value` lines"]),
        (b"title: \xff", ["1: site-yaml: not UTF-8 text"]),
        (
            "title:\nurl: https://x.org/?a",
            ["1: site-yaml: `title` is missing", "2: site-yaml: `url`: write it without ? and #"],
        ),
        (
            BASIS + "author: {nam: x}",
            [
                "3: site-yaml: `author.nam` is not a known setting",
                "3: site-yaml: `author.name` is missing",
            ],
        ),
        (
            BASIS + "menu:\n- {title: a, url: b}\n- {title: a}",
            ["3: site-yaml: `menu`: `url` is missing (item 2)"],
        ),
        (
            f"{BASIS}publish:\n  concurrency: 0\n  prefix: a/../b",
            [
                "4: site-yaml: `publish.concurrency`: from 1 to 256",
                "5: site-yaml: `publish.prefix`: write it without a leading / and without ..",
            ],
        ),
        (
            f"{BASIS}timezone: ../../etc/passwd",
            [
                "3: site-yaml: `timezone`: `../../etc/passwd` is not a time zone such "
                "as Europe/Lisbon"
            ],
        ),
        (
            f"{BASIS}csp: {{script-src: [\"'unsafe-inline'\", 'x.org;'], scripts: []}}",
            [
                "3: site-yaml: `csp`: `'unsafe-inline'` (script-src): write an address such as "
                "https://example.org, or a hash",
                "3: site-yaml: `csp`: `scripts` is not one of child-src, connect-src, font-src, "
                "form-action, frame-src, img-src, media-src, object-src, script-src, style-src, "
                "worker-src",
                "3: site-yaml: `csp`: `x.org;` (script-src): write an address such as "
                "https://example.org, or a hash",
            ],
        ),
        (
            f"{BASIS}contact: {{action: formspree.io/f/a, fields: {{email: a, submit: b}}}}",
            [
                "3: site-yaml: `contact.action`: a whole address, such as "
                "https://formspree.io/f/abcd, or a path",
                "3: site-yaml: `contact.fields`: `email` is a field that readers fill in; take "
                "another name",
                "3: site-yaml: `contact.fields`: `submit` has a meaning for the form's script; "
                "take another name",
            ],
        ),
        (
            f"{BASIS}contact: {{fields: {{key: a}}}}",
            ["3: site-yaml: `contact.fields`: they are for the service that `action:` names"],
        ),
        (
            f"{BASIS}page_size: true",
            ["3: site-yaml: `page_size`: expected a whole number, got true or false"],
        ),
    ],
)
def test_mistakes(text: str | bytes, expected: list[str]) -> None:
    assert told(text) == expected


@pytest.mark.parametrize(
    ("group", "name", "value", "expected"),
    [
        ("feeds", "items", "-1", "0 or more"),
        ("counter", "reload_minutes", "-1", "from 0 to 1440 (a day)"),
        ("counter", "reload_minutes", "1441", "from 0 to 1440 (a day)"),
        ("publish", "page_max_age", "-1", "0 or more"),
        ("publish.retention", "releases", "0", "1 or more"),
        ("publish.grace", "releases", "-1", "0 or more"),
        ("publish.grace", "days", "-0.5", "0 or more"),
        ("publish.delete_guard", "share", "-1", "0 or more"),
        ("publish.delete_guard", "count", "-1", "0 or more"),
        ("api", "url", "''", "a path such as /api, or a whole address"),
        ("api", "url", "api", "a path such as /api, or a whole address"),
        ("api", "url", "//example.org", "a path such as /api, or a whole address"),
        ("api", "url", "ftp://example.org", "a path such as /api, or a whole address"),
    ],
)
def test_values_that_make_no_sense(group: str, name: str, value: str, expected: str) -> None:
    lines = [*group.split("."), f"{name}: {value}"]
    text = ":\n".join("  " * depth + line for depth, line in enumerate(lines))
    assert told(BASIS + text) == [f"{2 + len(lines)}: site-yaml: `{group}.{name}`: {expected}"]


@pytest.mark.parametrize(
    "folder",
    [
        "''",
        ".",
        "./",
        "..",
        "../..",
        "/",
        "content",
        "content/posts",
        "./Static/",
        "x/../templates",
        "_site",
        "./_site/sub",
        ".tidepost/served",
        ".git",
    ],
)
def test_no_release_goes_among_what_it_is_made_from(folder: str) -> None:
    expected = "a folder of its own for the release, such as _published"
    assert told(f"{BASIS}publish:\n  folder: {folder}") == [
        f"4: site-yaml: `publish.folder`: {expected}"
    ]


@pytest.mark.parametrize("folder", ["../www", "/srv/www", "out/site", "../../_published/docs"])
def test_a_release_may_go_elsewhere(folder: str) -> None:
    assert read(f"publish:\n  folder: {folder}").publish.folder == folder


def test_a_key_without_a_value_means_the_default() -> None:
    config = read("description:\npublish:\n  folder:\n")
    assert (config.description, config.publish.folder) == ("", "_published")


def test_params_are_the_owners_own() -> None:
    assert read("params:\n  anything: {goes: [1, two]}").params == {
        "anything": {"goes": [1, "two"]}
    }


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("title: 5", 'put it in quotes, so that it is text: title: "..."'),
        ("title: T\ntagline: true", 'put it in quotes, so that it is text: tagline: "..."'),
        ("title: T\nsearch: no", "write true or false"),
        ("title: T\ncounter: {enabled: yes}", "write true or false"),
    ],
)
def test_what_can_be_written_instead_is_told(text: str, hint: str) -> None:
    with pytest.raises(SiteError) as caught:
        parse(f"{text}\nurl: https://x.org\n".encode())
    (problem,) = caught.value.problems
    assert problem.hint == hint


def test_of_a_group_the_line_that_is_wrong_is_told() -> None:
    text = "checks:\n  link-broken: note\n  link-script: of\ncsp:\n  img-src: a\n  font-src: [b]\n"
    assert told(BASIS + text) == [
        "5: site-yaml: `checks.link-script`: `of` is not one of error, warning, note, off",
        "7: site-yaml: `csp.img-src`: expected a list, got text",
    ]
