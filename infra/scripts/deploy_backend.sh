#!/usr/bin/env bash
# Deploy the stack: to the stage test, try it there, and only then to the stage prod.
set -euo pipefail
cd "$(dirname "$0")/../.."
make .venv/ready >/dev/null
.venv/bin/python publish.py infra apply --stage test --yes
.venv/bin/python publish.py smoke --stage test
.venv/bin/python publish.py infra apply --stage prod --yes
