"""Policies are read as the specification has it; test_blocked_in_a_browser.py asks a browser."""

from __future__ import annotations

import pytest

from generator.core.csp import digests_of, read_policy, written

PAGE = "https://example.org/a/"


@pytest.mark.parametrize(
    ("sources", "url", "allowed"),
    [
        ("'self'", "https://example.org/x.png", True),
        ("'self'", "https://example.org:443/x.png", True),
        ("'self'", "http://example.org/x.png", False),
        ("'self'", "https://example.org:8443/x.png", False),
        ("'self'", "https://www.example.org/x.png", False),
        ("'none'", "https://example.org/x.png", False),
        ("", "https://example.org/x.png", False),
        ("*", "http://a.example/x.png", True),
        ("*", "data:image/png;base64,x", False),
        ("data:", "data:image/png;base64,x", True),
        ("https:", "https://a.example/x.png", True),
        ("https:", "http://a.example/x.png", False),
        ("http:", "https://a.example/x.png", True),
        ("a.example", "https://a.example/x.png", True),
        ("a.example", "http://a.example/x.png", False),
        ("A.example", "https://a.example/x.png", True),
        ("*.a.example", "https://b.a.example/x.png", True),
        ("*.a.example", "https://a.example/x.png", False),
        ("http://a.example", "https://a.example/x.png", True),
        ("https://a.example:8443", "https://a.example:8443/x.png", True),
        ("https://a.example:8443", "https://a.example/x.png", False),
        ("https://a.example:*", "https://a.example:8443/x.png", True),
        ("http://a.example:80", "https://a.example/x.png", True),
        ("https://a.example/b/", "https://a.example/b/x.png", True),
        ("https://a.example/b/", "https://a.example/b", False),
        ("https://a.example/b", "https://a.example/b", True),
        ("https://a.example/b", "https://a.example/b/c", False),
        ("https://a.example/b%20c", "https://a.example/b c", True),
        ("https://a.example", "https://a.example:port/x.png", False),
        ("wss://a.example", "https://a.example/", True),
        ("ws://a.example", "wss://a.example/", True),
        ("'nonce-x'", "https://a.example/", False),
    ],
)
def test_addresses(sources: str, url: str, allowed: bool) -> None:
    assert read_policy(f"img-src {sources}").allows("img-src", url, PAGE) is allowed


@pytest.mark.parametrize(
    ("policy", "directive", "allowed"),
    [
        ("", "img-src", True),
        ("default-src 'none'", "img-src", False),
        ("default-src 'none'; img-src *", "img-src", True),
        ("script-src *; default-src 'none'", "script-src-elem", True),
        ("script-src *; script-src-elem 'none'", "script-src-elem", False),
        ("child-src *; default-src 'none'", "frame-src", True),
        ("default-src 'none'", "form-action", True),
        ("default-src 'none'", "base-uri", True),
        ("DEFAULT-SRC 'none'; default-src *", "img-src", False),
        ("default-src 'none'; font-src *", "prefetch", True),
        ("default-src 'none'; form-action *", "prefetch", False),
        ("script-src 'strict-dynamic' *", "script-src-elem", False),
        ("script-src 'strict-dynamic' *", "script-preload", True),
    ],
)
def test_which_directive_speaks(policy: str, directive: str, allowed: bool) -> None:
    assert read_policy(policy).allows(directive, "https://a.example/x", PAGE) is allowed


def test_what_is_asked_for_over_https_instead() -> None:
    policy = read_policy("img-src https://a.example; upgrade-insecure-requests")
    assert policy.allows("img-src", "http://a.example/x.png", PAGE)


def test_a_script_by_its_integrity() -> None:
    policy = read_policy("script-src 'sha384-a' 'sha384-b'")
    url = "https://a.example/x.js"
    assert policy.allows("script-src-elem", url, PAGE, "sha384-a sha384-b")
    assert not policy.allows("script-src-elem", url, PAGE, "sha384-a sha384-c")
    assert not policy.allows("script-src-elem", url, PAGE)


HASH = digests_of("x")[0]


@pytest.mark.parametrize(
    ("policy", "directive", "allowed"),
    [
        ("", "style-src-attr", True),
        ("default-src 'self'", "style-src-attr", False),
        ("style-src 'unsafe-inline'", "style-src-attr", True),
        (f"style-src 'unsafe-inline' '{HASH}'", "style-src-attr", False),
        (f"style-src 'unsafe-hashes' '{HASH}'", "style-src-attr", True),
        (f"style-src '{HASH}'", "style-src-elem", True),
        ("style-src 'sha256-other'", "style-src-elem", False),
        ("script-src 'unsafe-inline' 'strict-dynamic'", "script-src-elem", False),
        ("script-src 'unsafe-inline' 'nonce-x'", "script-src-attr", False),
    ],
)
def test_what_stands_in_a_page(policy: str, directive: str, allowed: bool) -> None:
    assert read_policy(policy).allows_inline(directive, digests_of("x")) is allowed


def test_a_policy_is_written_as_it_was_read() -> None:
    text = "default-src 'none'; img-src 'self' data:; upgrade-insecure-requests"
    assert written(read_policy(f"{text};")) == text
