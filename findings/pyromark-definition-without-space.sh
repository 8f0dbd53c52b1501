#!/usr/bin/env bash
# pyromark 0.10.3 (pulldown-cmark 0.13) with ENABLE_DEFINITION_LIST takes every line that begins with
# a colon below a line of text for a definition, also without a space behind the colon, which it
# leaves out: `:tada:` at the start of a wrapped line becomes a list, and reads `tada:`.
# PHP Markdown Extra, where this notation comes from, and Python-Markdown 3.11.3 want a space.
#
# Seen on Linux, Python 3.11. Exits with 1 when either of the two does otherwise.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check pyromark==0.10.3 Markdown==3.11.3 2>/dev/null
"$folder/venv/bin/python" - <<'PYTHON'
import markdown
import pyromark

TEXT = "The boat is launched\n:tada: after two winters.\n"
rust = pyromark.html(TEXT, options=pyromark.Options.ENABLE_DEFINITION_LIST)
python = markdown.markdown(TEXT, extensions=["def_list"])
print(f"pyromark: {rust!r}\nPython-Markdown: {python!r}")
assert "<dd>tada: after two winters.</dd>" in rust
assert python == "<p>The boat is launched\n:tada: after two winters.</p>"
PYTHON
