/*
 * Finds what is typed into <form data-tidepost-search>, as templates/search.html has it, with
 * Pagefind, whose files lie in data-index. They are loaded when the reader begins to search.
 */
const STEP = 10;
const IDLE = 500; // milliseconds without a letter, after which a word is looked at more closely
const form = document.querySelector("form[data-tidepost-search]");
const [field, status] = [form.elements.q, form.querySelector("[role=status]")];
const list = document.getElementById("search-results");
const more = document.getElementById("search-more");
const meant = document.getElementById("search-meant");
const { lang } = document.documentElement;
let engine;
let latest = 0;
let waiting = [];

// Pagefind takes the words of this page's language alone, and answers with addresses of this site.
const load = () =>
  (engine ||= import(new URL(form.dataset.index + "pagefind.js", location)).then(async (pagefind) => {
    await pagefind.options({ baseUrl: "/", excerptLength: 28 });
    await pagefind.init();
    return pagefind;
  }));

async function search() {
  const words = field.value.trim();
  const turn = ++latest;
  const address = new URL(location);
  if (words) address.searchParams.set("q", words);
  else address.searchParams.delete("q");
  history.replaceState(null, "", address);
  if (meant) meant.hidden = true;
  if (!words) return show([], "");
  try {
    const found = await (await load()).debouncedSearch(words, {}, 150);
    if (!found || turn != latest) return; // something else was typed meanwhile
    const { dataset } = status;
    const count = new Intl.NumberFormat(lang).format(found.results.length);
    await show(found.results, found.results.length ? dataset.found.replace("%n", count) : dataset.none);
    if (meant) setTimeout(() => turn == latest && suggest(words, turn).catch(console.error), IDLE);
  } catch (error) {
    console.error(error);
    engine = null;
    show([], status.dataset.failed);
  }
}

// Words that stand in no text are mistyped, and another may be meant that does.
async function suggest(words, turn) {
  const engine = await load();
  if (/^(bo|dz|ja|km|lo|my|th|zh)\b/.test(lang) || !engine.searchWords) return;
  let better = words;
  for (const typed of words.match(/[\p{L}\p{M}]{4,}/gu) || []) {
    const word = await nearest(engine, plain(typed));
    // Whether a text begins with it or not: it keeps the case in which it was typed.
    const first = /^\p{Lu}/u.test(typed) ? word.slice(0, 1) : word.slice(0, 1).toLocaleLowerCase(lang);
    if (word) better = better.replace(typed, first + word.slice(1));
  }
  if (turn != latest || better == words) return;
  const anchor = link(`?q=${encodeURIComponent(better)}`, better);
  anchor.addEventListener("click", (event) => {
    event.preventDefault();
    field.value = better;
    field.focus();
    search();
  });
  meant.lastElementChild.replaceWith(anchor);
  meant.hidden = false;
}

// The index has the stems of words. What is written in texts is marked in what a stem finds.
async function nearest(engine, word) {
  if ((await engine.search(`"${word}"`)).results.length) return "";
  const [a, b, c] = word;
  const beginnings = [a + b + c, b + a + c, a + c + b, a + word.slice(2, 4), word.slice(1, 4)];
  const index = new URL(form.dataset.index, location).pathname;
  const known = await engine.searchWords(index, lang.toLowerCase(), beginnings);
  if (known.some(([stem]) => stem.startsWith(word))) return ""; // it is only half typed
  const most = word.length > 5 ? 2.5 : 1.5;
  const costs = known
    .filter(([stem]) => stem.length > 2)
    .map(([stem, documents]) => [cost(word, stem), -documents, stem])
    .filter(([steps]) => steps <= most)
    .sort(([one, rare], [other, rarer]) => one - other || rare - rarer);
  for (const [, , stem] of costs.slice(0, 1)) {
    const [result] = (await engine.search(stem)).results;
    const { body } = new DOMParser().parseFromString(result ? (await result.data()).excerpt : "", "text/html");
    const marks = [...body.querySelectorAll("mark")].map((mark) => mark.textContent.match(/[\p{L}\p{M}\p{N}]+/u)?.[0]);
    const distance = (mark) => steps(word, plain(mark));
    return marks.filter(Boolean).sort((one, other) => distance(one) - distance(other))[0] || stem;
  }
  return "";
}

const plain = (word) => word.normalize("NFD").replace(/\p{M}/gu, "").toLocaleLowerCase(lang);

// A stem lacks the end of its word.
const cost = (word, stem) => Math.min(...[0, 1, 2, 3].map((end) => steps(word.slice(0, word.length - end), stem) + end / 2));

// Letters to change, add, leave out or swap with the next until one is the other.
function steps(one, other) {
  if (Math.abs(one.length - other.length) > 3) return 9;
  const rows = [[...Array(other.length + 1).keys()]];
  for (let i = 1; i <= one.length; i++) {
    rows[i] = [i];
    for (let j = 1; j <= other.length; j++) {
      const same = one[i - 1] == other[j - 1];
      let least = Math.min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + !same);
      if (one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1]) least = Math.min(least, rows[i - 2][j - 2] + 1);
      rows[i][j] = least;
    }
  }
  return rows[one.length][other.length];
}

async function show(results, said) {
  const turn = latest;
  const entries = await Promise.all(results.slice(0, STEP).map((result) => result.data()));
  if (turn != latest) return;
  list.replaceChildren(...entries.map(entry));
  status.textContent = said;
  rest(results.slice(STEP));
}

function rest(results) {
  waiting = results;
  more.hidden = !results.length;
}

more.addEventListener("click", async () => {
  const turn = latest;
  const [next, others] = [waiting.slice(0, STEP), waiting.slice(STEP)];
  const entries = await Promise.all(next.map((result) => result.data()));
  if (turn != latest) return;
  const first = entry(entries[0]);
  list.append(first, ...entries.slice(1).map(entry));
  first.querySelector("a").focus();
  rest(others);
});

function entry({ url, meta, filters, excerpt, sub_results: parts = [] }) {
  const item = make("li", "entry");
  if (meta.date) {
    const time = make("time");
    time.dateTime = meta.date;
    time.textContent = filters?.written?.[0] || meta.date;
    item.append(make("p", "meta", time));
  }
  item.append(make("h2", "", link(url, meta.title)), make("p", "", ...marked(excerpt)));
  const within = parts.filter((part) => part.url.includes("#")).slice(0, 3);
  if (within.length) {
    item.append(make("ul", "", ...within.map((part) => make("li", "", link(part.url, part.title)))));
  }
  return item;
}

function make(name, className = "", ...children) {
  const element = document.createElement(name);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

function link(url, title) {
  const anchor = make("a", "", title);
  anchor.href = url;
  return anchor;
}

// An excerpt is HTML, of which nothing is taken but its words and where they are marked.
function marked(html) {
  const { body } = new DOMParser().parseFromString(html, "text/html");
  return [...body.childNodes].map((node) =>
    node.nodeName == "MARK" ? make("mark", "", node.textContent) : node.textContent,
  );
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  search();
});
field.addEventListener("focus", () => load().catch(() => (engine = null)), { once: true });
field.addEventListener("input", search);
field.value = new URL(location).searchParams.get("q") || "";
if (field.value) search();
field.focus();
