#!/usr/bin/env bash
# pyromark 0.10.3 (pulldown-cmark 0.13) with ENABLE_GFM and ENABLE_TABLES is not yet GitHub's dialect:
# a bare address stays text, and a table without `|` at its left edge that stands right below a line
# of text is no table. cmark-gfm 2025.10.22 makes a link and a table of them. ENABLE_GFM alone stands
# for quotations such as `> [!NOTE]` and GitHub's footnotes.
#
# Seen on Linux, Python 3.11. Exits with 1 when either of the two does otherwise.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check pyromark==0.10.3 cmarkgfm==2025.10.22 2>/dev/null
"$folder/venv/bin/python" - <<'PYTHON'
import cmarkgfm
import pyromark
from pyromark import Options

ADDRESS = "See https://example.org/tides for more.\n"
TABLE = "Heights:\nplace | height\n--|--\nbar | 2.4\n"
options = Options.ENABLE_GFM | Options.ENABLE_TABLES
for name, text, tag in (("bare address", ADDRESS, "<a "), ("table below text", TABLE, "<table>")):
    rust = tag in pyromark.html(text, options=options)
    github = tag in cmarkgfm.github_flavored_markdown_to_html(text)
    print(f"{name}: pyromark {'yes' if rust else 'no'}, cmark-gfm {'yes' if github else 'no'}")
    assert (rust, github) == (False, True), name
edged = TABLE.replace("place", "| place").replace("--|--", "|--|--")
assert "<table>" in pyromark.html(edged, options=options)
print("the same table with | at its left edge: pyromark yes")
PYTHON
