"""The policy of the published site: widened by settings, and as the local server sends it."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.adapters.aws.sent_headers import headers_of
from generator.config.missing_api import missing_api
from generator.core.cache import NoCache
from generator.core.csp import read_policy
from generator.publish.csp import (
    CSP,
    SentHeaders,
    further_sources,
    on_this_machine,
    widened,
    with_desk,
)
from tests.support.sample import ROOT
from tests.support.sites import config, told

HOST = "http://127.0.0.1:8000"


def policy(settings: str) -> str:
    return headers_of(ROOT, config(settings), NoCache()).pages[CSP]


@pytest.mark.parametrize(
    ("settings", "added"),
    [
        ("", None),
        ("csp: {}", {}),
        ("csp: {img-src: [https://a.example]}", {"img-src": ["https://a.example"]}),
        (
            "contact: {enabled: true, action: https://formspree.io/f/abcd}",
            {"connect-src": ["https://formspree.io"], "form-action": ["https://formspree.io"]},
        ),
        ("contact: {action: https://formspree.io/f/abcd}", None),
        ("contact: {enabled: true, action: /form.php}", None),
        ("podcast: {category: Arts, image: a.png}", None),
        (
            "podcast: {category: Arts, image: a.png, media: 'https://media.example/show/'}",
            {"media-src": ["https://media.example"]},
        ),
        (
            "{csp: {connect-src: [https://a.example]}, api: {url: https://api.example/v1}}",
            {
                "connect-src": ["https://a.example", "https://api.example"],
                "form-action": ["https://api.example"],
            },
        ),
    ],
)
def test_what_settings_add(settings: str, added: dict[str, list[str]] | None) -> None:
    if settings.startswith("{"):
        settings = settings[1:-1].replace("}, ", "}\n")
    found = further_sources(config(settings))
    assert (found if found is None else dict(found)) == added


def test_the_host_of_a_service_is_in_the_policy() -> None:
    found = read_policy(policy("contact: {enabled: true, action: https://formspree.io/f/abcd}"))
    assert found.directives["form-action"] == ("'self'", "https://formspree.io")
    assert found.directives["connect-src"] == ("'self'", "https://formspree.io")


def test_a_directive_that_allowed_nothing_allows_what_is_added() -> None:
    assert widened("a-src 'none'; b-src x", {"a-src": ["y"], "c-src": ["z"]}) == (
        "a-src y; b-src x; c-src z"
    )


@pytest.mark.parametrize(
    ("publish", "sent"),
    [
        ("{headers: false}", False),
        ("{target: folder}", True),
        ("{target: git}", False),
        ("{target: git, rules: nginx}", False),
        ("{target: git, rules: netlify}", True),
        ("{target: git, rules: cloudflare, headers: false}", False),
        ("{target: s3, bucket: b}", True),
    ],
)
def test_hosts_with_headers_and_without(publish: str, sent: bool) -> None:
    found = headers_of(ROOT, config(f"publish: {publish}"), NoCache())
    assert (found != SentHeaders()) is sent


def test_the_owners_own_template_counts(tmp_path: Path) -> None:
    (tmp_path / "infra").mkdir()
    text = (ROOT / "infra/site.yaml").read_text()
    (tmp_path / "infra/site.yaml").write_text(text.replace("default-src 'none'", "default-src x"))
    assert headers_of(tmp_path, config(), NoCache()).pages[CSP].startswith("default-src x;")


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("img-src 'self' data:", "img-src 'self' https://example.org data:"),
        (
            "img-src 'self' https://a.example; upgrade-insecure-requests",
            "img-src 'self' http://example.org http://a.example",
        ),
        ("default-src 'none'", "default-src 'none'"),
    ],
)
def test_on_this_machine(given: str, wanted: str) -> None:
    headers = {CSP: given, "strict-transport-security": "x", "x-frame-options": "DENY"}
    found = on_this_machine(headers, "https://example.org")
    assert found == {CSP: wanted, "x-frame-options": "DENY"}


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("", ""),
        ("script-src 'self'; connect-src 'self'", "script-src 'self'; connect-src 'self'"),
        ("img-src 'none'", "img-src 'none'"),
        (
            "default-src 'none'",
            f"default-src 'none'; script-src-elem {HOST}/_tidepost/; "
            f"connect-src {HOST}/_tidepost/ {HOST}/a%3Bb/",
        ),
        (
            "script-src 'strict-dynamic' 'nonce-a'",
            "script-src 'strict-dynamic' 'nonce-a'; "
            "script-src-elem 'strict-dynamic' 'nonce-a' 'nonce-n'",
        ),
        (
            "script-src https://a.example 'unsafe-inline'; connect-src https://a.example",
            f"script-src https://a.example 'unsafe-inline'; connect-src https://a.example "
            f"{HOST}/_tidepost/ {HOST}/a%3Bb/; "
            f"script-src-elem https://a.example 'unsafe-inline' {HOST}/_tidepost/",
        ),
    ],
)
def test_the_desk_is_let_in_and_nothing_else(given: str, wanted: str) -> None:
    assert with_desk(given, HOST, "/a;b/?x=1", "n", "/_tidepost") == wanted


SETTINGS = "title: T\nurl: https://example.org\ncounter:\n  on: [home]\ncontact: {enabled: true}"


@pytest.mark.parametrize(
    ("settings", "lines"),
    [
        (SETTINGS, [3, 5]),
        ("", [0]),
        ("counter: {enabled: false}", []),
        ("counter: {on: []}", []),
        (f"{SETTINGS}\napi: {{url: https://api.example}}", []),
        (f"{SETTINGS}\npublish: {{target: s3, bucket: b}}", []),
        (f"{SETTINGS}\npublish: {{stack: s}}", []),
        (f"{SETTINGS}\npublish: {{target: git}}", [3, 5]),
        (SETTINGS.replace("true}", "true, action: https://formspree.io/f/a}"), [3]),
    ],
)
def test_what_a_folder_does_not_answer(settings: str, lines: list[int]) -> None:
    found = missing_api(config(settings), settings)
    assert [each.line for each in found] == lines
    assert {each.code for each in found} <= {"api-missing"}
    assert all(text.startswith("site.yaml:") for text in told(found))
