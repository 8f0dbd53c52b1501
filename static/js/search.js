/*
 * Finds what is typed into <form data-tidepost-search>, as templates/search.html has it, with
 * Pagefind, whose files lie in data-index. They are loaded when the reader begins to search.
 */
const STEP = 10;
const form = document.querySelector("form[data-tidepost-search]");
const [field, status] = [form.elements.q, form.querySelector("[role=status]")];
const list = document.getElementById("search-results");
const more = document.getElementById("search-more");
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
  if (!words) return show([], "");
  try {
    const found = await (await load()).debouncedSearch(words, {}, 150);
    if (!found || turn != latest) return; // something else was typed meanwhile
    const { dataset } = status;
    const count = new Intl.NumberFormat(lang).format(found.results.length);
    await show(found.results, found.results.length ? `${dataset.found}: ${count}` : dataset.none);
  } catch (error) {
    console.error(error);
    engine = null;
    show([], status.dataset.failed);
  }
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
