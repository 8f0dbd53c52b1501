"""Pictures every kind of page, and starters, at three widths in both schemes: `make screenshots`.

They go into a folder outside the repository, which is printed, or into the one that is named.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.support.sample import FLAGS, KINDS, build_sample, serve  # noqa: E402
from tests.support.starters import PAGES, build, make  # noqa: E402
from tests.support.tools import chromium  # noqa: E402

Scheme = Literal["light", "dark"]
WIDTHS = (360, 768, 1280)
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
ALL_PICTURES = """() => Promise.all([...document.images].map((image) => {
    image.loading = "eager";
    return image.decode().catch(() => null);
}))"""


def main() -> None:
    """Build the sample site and those of the starters, and picture them."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="tidepost-"))
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as built, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        sites = {"": (build_sample(Path(built) / "sample"), KINDS)}
        for starter, paths in PAGES.items():
            site = make(Path(built) / starter, starter)
            build(site)
            names = {path.strip("/").replace("/", "-") or "home": f"/{path}" for path in paths}
            sites[f"{starter}-"] = site / "_site", names
        for prefix, (site, pages) in sites.items():
            with serve(site) as url:
                for scheme in SCHEMES:
                    for width in WIDTHS:
                        named = {f"{prefix}{name}": url + path for name, path in pages.items()}
                        picture(browser, named, folder, scheme, width)
        browser.close()
    print(folder)


def picture(
    browser: Browser, pages: dict[str, str], folder: Path, scheme: Scheme, width: int
) -> None:
    """Save one picture of each page, its whole height."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    for name, address in pages.items():
        page.goto(address)
        page.evaluate(ALL_PICTURES)
        page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True)
    context.close()


if __name__ == "__main__":
    main()
