#!/bin/sh
# A msgspec.Struct in a module that mypyc compiles loses what makes it one, and nothing says so.
#
# Compiled by mypyc 2.4.1, an annotation `tuple[Point, ...]` is kept as `tuple`, so that msgspec 0.22.0
# decodes plain dicts in it and checks none of their fields; and `frozen` is gone: the value can be
# changed and has no hash. Neither compiling nor importing warns.
# Needs a C compiler and Python's headers. Exits with 1 when that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet mypy==2.4.1 msgspec==0.22.0 setuptools==80.9.0
cat > shapes.py <<'PYTHON'
import msgspec


class Point(msgspec.Struct, frozen=True):
    x: int


class Line(msgspec.Struct, frozen=True):
    points: tuple[Point, ...]
PYTHON
cat > try.py <<'PYTHON'
import msgspec
import shapes

line = msgspec.json.decode(b'{"points": [{"x": 1}]}', type=shapes.Line)
try:
    hash(line)
    hashed = "hashed"
except TypeError:
    hashed = "no hash"
print(shapes.__file__.rpartition(".")[2], type(line.points[0]).__name__, hashed)
PYTHON
plain=$(venv/bin/python try.py)
venv/bin/mypyc shapes.py > log 2>&1 || { cat log; exit 1; }
compiled=$(venv/bin/python try.py)
echo "msgspec 0.22.0 plain: $plain; compiled by mypyc 2.4.1: $compiled"
test "$plain" = "py Point hashed"
test "$compiled" = "so dict no hash"
