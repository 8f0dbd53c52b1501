#!/usr/bin/env bash
# Look at what will be published: every check of Tidepost, and the container's configuration.
set -euo pipefail
cd "$(dirname "$0")/../.."
make check
for file in Caddyfile headers.caddy types.caddy redirects.caddy files.caddy site/index.html site/404.html; do
  test -f "_container/$file" || { echo "_container/$file is missing" >&2; exit 1; }
done
