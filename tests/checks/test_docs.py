"""docs/checks.md holds the codes as they are."""

from pathlib import Path

from generator.checks.codes import CODES, table
from generator.config.settings import parse

DOCS = Path(__file__).parents[2] / "docs" / "checks.md"


def test_the_table_of_codes_is_up_to_date() -> None:
    text = DOCS.read_text(encoding="utf-8")
    inside = text.partition("<!-- codes -->\n")[2].partition("<!-- end of codes -->")[0]
    assert inside == table()


def test_every_code_can_be_given_a_level() -> None:
    lines = "".join(f"  {code}: note\n" for code in CODES)
    config = parse(f"title: T\nurl: https://example.org\nchecks:\n{lines}".encode())
    assert config.checks == dict.fromkeys(CODES, "note")
