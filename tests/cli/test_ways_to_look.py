"""What is offered to look at after publishing: no address at which there is nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.adapters.console import Console
from generator.app.workspace import Workspace
from generator.cli.common import ways_to_look
from generator.config.settings import parse
from generator.core.urls import is_example
from generator.publish.publisher import Target
from generator.publish.throttle import Throttle
from tests.support.sites import NOW


def ways(settings: str, url: str, answers_at: str = "", preview: str = "") -> list[str]:
    config = parse(f"title: T\n{settings}".encode())
    workspace = Workspace(root=Path("/site"), config=config, now=NOW, console=Console())
    target = Target(store=None, throttle=Throttle(1), answers_at=answers_at)  # type: ignore[arg-type]
    return ways_to_look(workspace, target, url, preview)


S3 = "publish: {target: s3, bucket: b}\n"


def test_a_site_with_an_address_is_looked_at_there() -> None:
    settings = f"url: https://harbour.blog\n{S3}"
    assert ways(settings, "https://harbour.blog/") == ["Look at it: https://harbour.blog/"]
    same = ways(settings, "https://harbour.blog/", "https://harbour.blog")
    assert same == ["Look at it: https://harbour.blog/"]


def test_an_address_of_the_distribution_comes_before_one_that_leads_nowhere_yet() -> None:
    settings = f"url: https://harbour.blog/notes\n{S3}"
    assert ways(settings, "https://harbour.blog/notes/", "https://d1.cloudfront.net") == [
        "Look at it: https://d1.cloudfront.net/notes/ "
        "(`url:` in site.yaml says https://harbour.blog/notes)"
    ]


def test_the_address_of_an_example_is_not_offered() -> None:
    [said] = ways(f"url: https://example.org\n{S3}", "https://example.org/")
    assert (
        said == "Its address is not known: `url:` in site.yaml is the example https://example.org."
    )
    [said] = ways(f"url: https://example.org\n{S3}", "https://example.org/", "https://d1.c.net")
    assert said.startswith("Look at it: https://d1.c.net/")


@pytest.mark.parametrize("preview", ["", "idea"])
def test_a_folder_is_looked_at_where_its_links_work(preview: str) -> None:
    at_root = ways("url: https://harbour.blog\n", "", preview=preview)
    assert "-m http.server --directory _published" in at_root[0]
    below = ways("url: https://harbour.blog/notes\n", "", preview=preview)
    assert "http.server" not in " ".join(below)
    assert "at /notes/ of a web server that has _published/ there" in below[0]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("contact: {enabled: true}\n", "With counter and form, while you write: "),
        ("", "With counter, while you write: "),
        ("counter: {enabled: false}\n", "While you write: "),
        (
            "counter: {enabled: false}\n"
            "contact: {enabled: true, action: https://formspree.io/f/x}\n",
            "While you write: ",
        ),
    ],
)
def test_serve_is_offered_for_what_the_site_has(settings: str, said: str) -> None:
    _, serve = ways(f"url: https://harbour.blog\n{settings}", "")
    assert serve.startswith(said)


@pytest.mark.parametrize(
    ("url", "example"),
    [
        ("https://example.org/x", True),
        ("https://blog.example", True),
        ("http://localhost:8000", True),
        ("https://www.example.com.", True),
        ("https://myexample.com", False),
        ("https://example.blog", False),
    ],
)
def test_what_nobody_can_have_is_an_example(url: str, example: bool) -> None:
    assert is_example(url) is example
