"""Each recipe of docs/recipes/ makes a site that is in order, with the lines for its policy."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.builds import outcome
from tests.support.sites import NOW, PROJECT, post, write, write_site
from tests.support.theme import STATIC, THEME

RECIPES = PROJECT / "docs" / "recipes"
_BLOCK = re.compile(r'^```\S* title="([^"]+)"\n(.*?)^```$', re.MULTILINE | re.DOTALL)
SETTINGS: dict[str, Any] = {
    "title": "Small harbour",
    "url": "https://example.org",
    "description": "Boats.",
    "author": {"name": "Ana"},
    "counter": {"enabled": False},
    "publish": {"target": "folder", "rules": "nginx"},  # the policy is sent for certain
}
BLOCKED = {
    "comments.md": {"https://giscus.app/client.js"},
    "newsletter.md": {"https://buttondown.com/api/emails/embed-subscribe/you"},
}
"""What the policy blocks without the recipe's lines; what a script asks for, nobody sees."""


def blocks(*names: str) -> tuple[dict[str, str], dict[str, Any]]:
    """Return the files of recipes, and their settings together."""
    files: dict[str, str] = {}
    settings = dict(SETTINGS)
    for name in names:
        for path, text in _BLOCK.findall((RECIPES / name).read_text(encoding="utf-8")):
            if path != "site.yaml":
                files[path] = text
                continue
            for key, value in yaml.safe_load(text).items():
                if isinstance(value, dict):
                    value = {**settings.get(key, {}), **value}
                settings[key] = value
    return files, settings


NAMES = sorted(file.name for file in RECIPES.glob("*.md") if file.name != "index.md")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with the theme, and every recipe in it."""
    files, settings = blocks(*NAMES)
    theme = {f"templates/{name}": text for name, text in THEME.items()}
    posts = {"content/posts/2024-05-01-a.md": post("description: A.", "Words.", title="A")}
    pages = {"content/pages/index.md": post("description: Boats.", title="Small harbour")}
    site = write_site(tmp_path_factory.mktemp("recipes") / "site", {**theme, **STATIC, **posts})
    write(site, {**pages, **files, "site.yaml": yaml.safe_dump(settings)})
    return site


def test_every_recipe_is_listed_and_has_files() -> None:
    index = (RECIPES / "index.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"\]\(([\w-]+\.md)\)", index)) == NAMES
    assert all(blocks(name)[0] for name in NAMES)


def test_a_site_with_every_recipe_has_nothing_wrong(root: Path) -> None:
    told, files = outcome(root, NOW, no_cache=False)
    assert told == []
    shown = files["posts/a/index.html"].decode()
    assert 'src="https://giscus.app/client.js"' in shown
    assert 'rel="webmention"' in shown
    assert re.search(r'src="/assets/js/webmentions\.[0-9a-f]{12}\.js"', shown)
    assert 'action="https://buttondown.com/api' in files["newsletter/index.html"].decode()
    assert "Larch and Copper" in files["blogroll/index.html"].decode()
    assert b"https://larch.example/atom.xml" in files["blogroll.opml"]
    assert "20 November 2026" in files["now/index.html"].decode()


def test_without_their_lines_the_policy_blocks_what_recipes_load(root: Path) -> None:
    settings = {**blocks(*NAMES)[1], "csp": {}}
    write(root, {"site.yaml": yaml.safe_dump(settings)})
    told, _ = outcome(root, NOW, no_cache=False)
    blocked = {found for line in told for found in re.findall(r"csp-source: `([^`]+)`", line)}
    assert blocked == set().union(*BLOCKED.values())
