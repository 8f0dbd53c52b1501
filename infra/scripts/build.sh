#!/usr/bin/env bash
# Build and check the site into _site/, and make the container's context in _container/.
set -euo pipefail
cd "$(dirname "$0")/../.."
make build
.venv/bin/python infra/scripts/container_context.py _container
