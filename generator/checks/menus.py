"""Entries of the menus that lead to nothing: one error in `site.yaml`, not one on each page."""

from __future__ import annotations

from collections.abc import Iterable

from generator.checks.codes import problem
from generator.config.content import MenuItem, MenuLink
from generator.config.settings import CONFIG_FILE, SiteConfig
from generator.core.problems import Problem

LINK_BROKEN = "link-broken"


def blame(problems: Iterable[Problem], config: SiteConfig) -> list[Problem]:
    """Return `problems` with each dead address of a menu reported once, for `site.yaml`.

    Such a problem's needle is the address as it stands there.
    """
    written = dict(_entries(config))
    kept = []
    for each in problems:
        if each.code == LINK_BROKEN and each.needle in written:
            url = written[each.needle]
            message = f"menu: `{url}` leads to nothing"
            hint = f"make a page with that address, or take the entry out of {CONFIG_FILE}"
            each = problem(LINK_BROKEN, CONFIG_FILE, 0, message, needle=url, hint=hint)
        kept.append(each)
    return sorted(set(kept))


def _entries(config: SiteConfig) -> Iterable[tuple[str, str]]:
    """Yield each address of a menu as pages have it, and as `site.yaml` does."""
    menus = [(config.base, config.menu, config.footer_menu)]
    menus += [
        (f"{config.base}/{code}", own.menu, own.footer_menu)
        for code, own in config.languages.items()
    ]
    for base, menu, footer_menu in menus:
        for link in (*_flat(menu), *footer_menu):
            if link.url.startswith("/") and not link.url.startswith("//"):
                yield base + link.url, link.url


def _flat(menu: Iterable[MenuItem]) -> Iterable[MenuItem | MenuLink]:
    for item in menu:
        yield item
        yield from item.children
