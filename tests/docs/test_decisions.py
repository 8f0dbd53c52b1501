"""Each decision has a status, a date and the same headings, and its line in the index."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest

from tools.docs_site import DOCS

FILES = sorted(DOCS.glob("adr/[0-9]*.md"))
HEADINGS = ["Context", "Decision", "Rationale", "Consequences"]
"""In this order; a page needs only the second of them."""
STATUS = re.compile(
    r"Status: (accepted|superseded by \[(\d+)\]\((\d{4}-[\w-]+\.md)\))\. Date: (\S+)\."
)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_decision_has_its_form(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    title, blank, status, blank2, *_ = text.split("\n")
    number = int(file.name[:4])
    assert re.match(rf"# {number}\. \S", title)
    assert blank == blank2 == ""
    found = STATUS.fullmatch(status)
    assert found, status
    assert dt.date.fromisoformat(found[4]) >= dt.date(2026, 11, 24)
    if found[2]:
        assert (file.parent / found[3]).is_file()
        assert int(found[2]) == int(found[3][:4]) != number
    code_taken_out = re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)
    headings = re.findall(r"^#{2,} *(.*)$", code_taken_out, re.M)
    assert headings == [one for one in HEADINGS if one in headings]
    assert "Decision" in headings


def test_the_index_names_each_decision_once_by_its_title() -> None:
    text = (DOCS / "adr" / "index.md").read_text(encoding="utf-8")
    listed = re.findall(r"^- \[(.+)\]\((.+)\)$", text, re.M)
    titles = {file.name: file.read_text("utf-8").partition("\n")[0][2:] for file in FILES}
    assert sorted(listed) == sorted((title, name) for name, title in titles.items())
    numbers = [name[:4] for name in titles]
    assert len(numbers) == len(set(numbers))
    for part in re.split(r"^## ", text, flags=re.M)[1:]:
        names = re.findall(r"\((.+\.md)\)$", part, re.M)
        assert names
        assert names == sorted(names), part.partition("\n")[0]
