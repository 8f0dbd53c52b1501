#!/usr/bin/env bash
# Test the functions behind /api, and the stack that they live in.
set -euo pipefail
cd "$(dirname "$0")/../.."
make .venv/ready-dev >/dev/null
.venv/bin/python -m pytest -q -n auto tests/backend tests/infra/test_template.py \
  tests/infra/test_stack.py "$@"
