#!/bin/sh
# math-core 0.9.0 (PyPI) converts a formula in a time that doubles with each opening bracket that is
# never closed, as half-open intervals and lists of signs have them; 0.8.2 takes linear time.
# Exits with another status than 0 when either of the two is otherwise.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cat > "$folder/measure.py" <<'PYTHON'
import sys
import time

from math_core import LatexToMathML

converter = LatexToMathML()


def seconds(brackets):
    """Return the least CPU time of three conversions of `(a, (a, (a, ...`."""
    times = []
    for _ in range(3):
        begun = time.process_time()
        converter.convert_with_local_state("(a, " * brackets, displaystyle=False)
        times.append(time.process_time() - begun)
    return min(times)


few, more = seconds(14), seconds(20)
ratio = more / max(few, 1e-6)
print(f"math-core {sys.argv[1]}: 14 open brackets {few:.6f} s, 20 open brackets {more:.6f} s")
doubles = more > 0.001 and ratio > 8
sys.exit(0 if doubles == (sys.argv[2] == "doubles") else 1)
PYTHON

for case in "0.9.0 doubles" "0.8.2 linear"; do
    set -- $case
    python3 -m venv "$folder/$1"
    "$folder/$1/bin/pip" install --quiet --disable-pip-version-check "math-core==$1"
    "$folder/$1/bin/python" "$folder/measure.py" "$1" "$2"
done
