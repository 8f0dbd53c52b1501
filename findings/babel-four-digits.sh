#!/bin/sh
# babel 2.18.0 sets numbers of four digits apart in languages in which CLDR does not: it leaves
# minimumGroupingDigits out of its data (UTS #35, part 3, "Number Symbols": 2 in es, it, pl, pt-PT).
# ICU, and so Intl.NumberFormat in browsers and node, writes 1234 and 12.345 in Spanish.
# Seen: "es: 1.234 and 12.345", "pl: 1 234 and 12 345" (no-break spaces).
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet babel==2.18.0
"$folder/venv/bin/python" - <<'PYTHON'
import sys

import babel
from babel.numbers import format_decimal

print("babel", babel.__version__)
wrong = []
for locale in ("es", "it", "pl", "pt_PT"):
    four, five = (format_decimal(number, locale=locale) for number in (1234, 12_345))
    print(f"{locale}: {four} and {five}")
    wrong.append(four != "1234" and five != "12345")
sys.exit(wrong != [True] * 4)
PYTHON
