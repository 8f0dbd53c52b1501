"""What an import makes is what readers had: held against pages that the old generator built."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.importers.old_generators import compared, told
from tests.importers.old_sites_cases import SITE_DIFFERENCES, SITES

HUGO_LISTS = re.compile(r"(?:/[a-z]{2})?/(?:tags|categories)/")
"""Lists of a site's terms, which Hugo makes also where there are none."""


@pytest.mark.parametrize("name", SITES)
def test_a_site_is_what_it_was(name: str, tmp_path: Path) -> None:
    kind, files = SITES[name]
    comparison, _ = compared(kind, files, tmp_path)
    assert comparison.pages
    found = {url: what for url, what in told(comparison).items() if not HUGO_LISTS.fullmatch(url)}
    assert found == SITE_DIFFERENCES.get(name, {})
