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
.venv/bin/python publish.py publish --drafts --future --preview "$preview"
url=$(.venv/bin/python -c '
import sys
from pathlib import Path
from generator.adapters.disk import read_config
from generator.cli.pipeline import preview_url
from generator.config import parse
print(preview_url(parse(read_config(Path())), sys.argv[1]) + "/")
' "$preview")
echo "PREVIEW_URL=$url" >preview.env
echo "Preview: $url"
