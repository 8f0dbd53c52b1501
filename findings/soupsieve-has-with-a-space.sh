#!/bin/sh
# soupsieve 4.1.3 (what Beautiful Soup 4.15 selects with) refuses `:has(picture img)`: a selector with a
# space inside `:has()`. CSS Selectors 4 (section 4.5) allows it, browsers take it, and soupsieve 2.10
# finds the element. `:has(> picture > img)` is refused, too; one compound, `:has(img)`, works.
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

cat > "$place/try.py" <<'PYTHON'
import bs4
import soupsieve

page = bs4.BeautifulSoup("<a><picture><img></picture></a><a>text</a>", "html.parser")
print("soupsieve", soupsieve.__version__)
for selector in ("a:has(img)", "a:has(picture img)", "a:has(> picture > img)"):
    try:
        print(selector, "->", len(page.select(selector)))
    except soupsieve.SelectorSyntaxError as error:
        print(selector, "->", type(error).__name__)
PYTHON

for version in 2.10 4.1.3; do
  python3 -m venv "$place/$version"
  "$place/$version/bin/pip" install -q --disable-pip-version-check "soupsieve==$version" "beautifulsoup4==4.15.0"
  "$place/$version/bin/python" "$place/try.py"
done > "$place/seen"
cat "$place/seen"

cat > "$place/expected" <<'TEXT'
soupsieve 2.10
a:has(img) -> 1
a:has(picture img) -> 1
a:has(> picture > img) -> 1
soupsieve 4.1.3
a:has(img) -> 1
a:has(picture img) -> SelectorSyntaxError
a:has(> picture > img) -> SelectorSyntaxError
TEXT
diff "$place/expected" "$place/seen"
