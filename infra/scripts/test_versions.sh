#!/usr/bin/env bash
# Run the quick tests with other versions than those that are locked: test_versions.sh lowest|newest [PYTHON]
#
# `lowest` takes the lowest version that pyproject.toml allows of each package that it names, `newest`
# the newest of all. The environment lies in .tidepost/versions/, apart from the one in .venv.
set -euo pipefail
cd "$(dirname "$0")/../.."
which=${1:-}
python=${2:-python3}
case $which in
  lowest) resolution=lowest-direct ;;
  newest) resolution=highest ;;
  *)
    echo "usage: test_versions.sh lowest|newest [PYTHON]" >&2
    exit 2
    ;;
esac

make .venv/ready-dev >/dev/null
uv=.venv/bin/uv
place=.tidepost/versions/$which
"$uv" venv -q --clear --python "$python" "$place"
"$uv" pip compile -q --no-header --no-annotate --resolution "$resolution" --all-extras --group dev \
  --python "$place/bin/python" -o "$place/versions.txt" pyproject.toml
"$uv" pip install -q --python "$place/bin/python" -r "$place/versions.txt"
"$place/bin/python" --version
"$place/bin/python" -m pytest -q -n auto --dist loadgroup -p no:cacheprovider --quick
