#!/usr/bin/env bash
# Publish the site: to where site.yaml says, or as a preview: publish.sh [PREVIEW]
#
# The preview's address is printed, and written to preview.env as PREVIEW_URL.
set -euo pipefail
cd "$(dirname "$0")/../.."
preview=${1:-}

if [ -z "$preview" ]; then
  make publish
  exit 0
fi

# A branch may be called anything; an address may not.
preview=$(printf '%s' "$preview" | tr '[:upper:]' '[:lower:]' | tr -cs 'a-z0-9' '-' | cut -c1-40)
preview=${preview#-}
preview=${preview%-}
make .venv/ready >/dev/null
answer=$(.venv/bin/python publish.py publish --drafts --future --preview "$preview" --json) || {
  code=$?
  printf '%s\n' "$answer"
  exit "$code"
}
printf '%s\n' "$answer"
url=$(printf '%s' "$answer" | .venv/bin/python -c 'import json, sys; print(json.load(sys.stdin)["url"])')
echo "PREVIEW_URL=$url" >preview.env
echo "Preview: $url"
