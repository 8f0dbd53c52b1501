#!/bin/sh
# Pagefind 1.5.2: what a merged index finds for a word that one of the indexes does not have.
#
# Two sites of three pages: "harbour" and "zebra" stand in pages of the first alone, "har" and "lantern"
# in pages of both. A merged index looks at each site by itself:
# - "harbour" finds the second site's page with "har", for want of a longer word there;
# - "zebra lantern" finds the second site's page with "lantern", for want of any zebra there.
# One index of the same six pages finds neither.
# Seen: "harbour: one index: a b; merged: a b e", "zebra lantern: one index: a; merged: a d".
set -eu
folder=$(mktemp -d)
trap 'kill $server 2>/dev/null || true; rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pagefind_bin==1.5.2
cd "$folder"
page() { # folder, name, text
  mkdir -p "$1"
  printf '<!doctype html><html lang="en"><title>%s</title><body><p>%s</p></body></html>' "$2" "$3" > "$1/$2.html"
}
page one a "The harbour, its lantern and a zebra."
page one b "The harbour again."
page one c "Har and hare."
page two d "A lantern in the hills."
page two e "Har, a word."
page two f "Something else."
mkdir both && cp one/*.html two/*.html both/
for site in one two both; do "$folder/venv/bin/python" -m pagefind_bin --site "$site" > /dev/null; done
"$folder/venv/bin/python" -u -m http.server 0 --bind 127.0.0.1 > server.log 2>&1 &
server=$!
while ! grep -q 'port [0-9]' server.log; do sleep 0.1; done
port=$(sed -n 's/.*port \([0-9]*\).*/\1/p' server.log | head -1)
cat > find.mjs <<'JS'
const at = `http://127.0.0.1:${process.argv[2]}/`;
const { writeFileSync } = await import("node:fs");
async function find(site, others, query) {
  writeFileSync(`${site}.mjs`, await (await fetch(`${at}${site}/pagefind/pagefind.js`)).text());
  const { createInstance } = await import(`./${site}.mjs`);
  const engine = createInstance({ basePath: `${at}${site}/pagefind/`, baseUrl: "/", language: "en" });
  for (const other of others) await engine.mergeIndex(`${at}${other}/pagefind/`, { baseUrl: "/" });
  const { results } = await engine.search(query);
  const pages = await Promise.all(results.map(async (one) => (await one.data()).url));
  return pages.map((url) => url.replace(/\W|html/g, "")).sort().join(" ");
}
for (const query of ["harbour", "zebra lantern"]) {
  console.log(`${query}: one index: ${await find("both", [], query)}; merged: ${await find("one", ["two"], query)}`);
}
JS
node find.mjs "$port" | tee found.txt
cat > wanted.txt <<'WANTED'
harbour: one index: a b; merged: a b e
zebra lantern: one index: a; merged: a d
WANTED
diff wanted.txt found.txt
