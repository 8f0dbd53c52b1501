/*
 * Keeps a page of the local server up to date: follows the server's events, brings what changed
 * onto the screen, shows what is wrong, and marks what is not published. The local server adds it to
 * the pages it sends; it is in no file that is published.
 */
import { merge } from "/_tidepost/merge.js";

const script = document.querySelector("script[data-tidepost]");
const own = {
  run: script.dataset.run,
  build: Number(script.dataset.build),
  etag: script.dataset.etag,
};
const PLACE = `tidepost-place:${location.pathname}`;

/* The page as it was sent: what is on screen differs from it by what scripts and the reader did. */

const fetchPage = (options) => fetch(location.href, { cache: "no-store", ...options });

let source = fetch(location.href, { cache: "force-cache" })
  .then(async (answer) => (answer.headers.get("etag") === own.etag ? await answer.text() : null))
  .catch(() => null);

const parse = (html) => {
  const page = new DOMParser().parseFromString(html, "text/html");
  for (const added of page.querySelectorAll("script[data-tidepost]")) added.remove();
  return page;
};

/* Where the reader was, when the page has to be loaded after all */

const place = sessionStorage.getItem(PLACE);
if (place) {
  sessionStorage.removeItem(PLACE);
  const [x, y] = JSON.parse(place);
  history.scrollRestoration = "manual";
  const back = () => scrollTo({ left: x, top: y, behavior: "instant" });
  back();
  addEventListener("load", () => requestAnimationFrame(back), { once: true });
}

const reload = () => {
  sessionStorage.setItem(PLACE, JSON.stringify([scrollX, scrollY]));
  location.reload();
};

/* What changed */

const SHEETS = 'link[rel="stylesheet"]';

/* Swap style sheets, the new ones first, so that the page is never without. */
const swapStyles = async (base, next) => {
  const [present, before, wanted] = [document, base, next].map((page) => [...page.querySelectorAll(SHEETS)]);
  const hrefs = (links) => links.map((link) => link.getAttribute("href"));
  const gone = hrefs(before).filter((href) => !hrefs(wanted).includes(href));
  const fresh = wanted.filter((link) => !hrefs(present).includes(link.getAttribute("href")));
  await Promise.all(
    fresh.map((link) => {
      const copy = document.importNode(link, true);
      const loaded = new Promise((done) => { copy.onload = copy.onerror = done; });
      (present.at(-1) ?? document.head.lastChild).after(copy);
      return loaded;
    }),
  );
  for (const link of present) if (gone.includes(link.getAttribute("href"))) link.remove();
  for (const link of [...before, ...wanted]) link.remove();
};

const scripts = (page) => [...page.querySelectorAll("script")]
  .filter((each) => !/json/.test(each.type)).map((each) => each.outerHTML).join();

const update = async (state) => {
  const before = await source;
  const answer = await fetchPage({ headers: { "If-None-Match": own.etag } });
  let changed = false;
  if (answer.status !== 304) {
    const [etag, after] = [answer.headers.get("etag"), await answer.text()];
    if (!answer.ok && answer.status !== 404) return reload();
    if (etag !== own.etag) {
      if (before === null) return reload();
      const [base, next] = [parse(before), parse(after)];
      if (scripts(base) !== scripts(next)) return reload();
      await swapStyles(base, next);
      merge(document.documentElement, base.documentElement, next.documentElement);
      source = Promise.resolve(after);
      own.etag = etag;
      changed = true;
    }
  }
  const isNews = state.run !== own.run || state.newsBuild > own.build;
  own.run = state.run;
  own.build = state.build;
  if (!changed && isNews) hint(state.news.filter(({ url }) => url !== location.pathname));
};

/* What the writer sees beside the page */

const STYLE = `
  :host { all: initial; font: 16px/1.5 system-ui, sans-serif; color: #f3f6f8; }
  :host([hidden]) { display: none; }
  p { margin: 0; }
  button, a { font: inherit; color: inherit; }
  button { cursor: pointer; background: #24394a; border: 1px solid #6a8296; border-radius: .25rem;
    padding: .25rem .75rem; }
  button.place { all: unset; cursor: pointer; font: .875em/1.5 ui-monospace, monospace;
    color: #8fd0ff; text-decoration: underline; text-underline-offset: .2em; }
  button:focus-visible, a:focus-visible { outline: 2px solid #8fd0ff; outline-offset: 2px; }
  .cover { position: fixed; inset: 0; z-index: 2147483647; overflow: auto;
    background: rgb(8 16 24 / 95%); }
  .cover > div { max-width: 60rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
  h2 { font-size: 1.25rem; margin: 0 0 .25rem; }
  .top p { color: #b9c7d1; }
  .top button { float: inline-end; margin-inline-start: 1rem; }
  ol { list-style: none; margin: 1.5rem 0 0; padding: 0; }
  li { background: #14222e; border-inline-start: .25rem solid #ff7a6b; border-radius: .25rem;
    margin: 0 0 .75rem; padding: .75rem 1rem; overflow-wrap: anywhere; }
  .warnings li { border-color: #f2c14e; }
  code { font: .875em/1.5 ui-monospace, monospace; }
  .place { color: #8fd0ff; }
  .code { color: #ff9d92; }
  .warnings .code { color: #f2c14e; }
  .hint { color: #b9c7d1; }
  .corner { position: fixed; inset-block-end: .75rem; inset-inline-end: .75rem; z-index: 2147483646;
    display: flex; flex-wrap: wrap; gap: .5rem; justify-content: end; max-width: calc(100vw - 1.5rem); }
  .corner > * { background: #14222e; color: #f3f6f8; border: 1px solid #6a8296; border-radius: 1rem;
    padding: .125rem .75rem; font-size: .875rem; box-shadow: 0 1px 4px rgb(0 0 0 / 40%); }
  .state { background: #5c3b00; border-color: #f2c14e; }
  @media print { .corner { display: none; } }
`;

const sheet = new CSSStyleSheet();
sheet.replaceSync(STYLE);

const host = (name) => {
  const made = document.createElement(name);
  made.attachShadow({ mode: "open" }).adoptedStyleSheets = [sheet];
  document.documentElement.append(made);
  return made;
};

const element = (name, content, className) => {
  const made = document.createElement(name);
  if (content) made.textContent = content;
  if (className) made.className = className;
  return made;
};

const button = (label, className, act) => {
  const made = element("button", label, className);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
};

/* The server opens the file in the writer's editor; it obeys only pages that know its token. */
const openInEditor = async (path, line, place) => {
  const answer = await fetch("/_tidepost/open", {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Tidepost-Token": script.dataset.token },
    body: JSON.stringify({ path, line }),
  });
  if (!answer.ok) place.after(" ", element("span", await answer.text(), "hint refusal"));
};

const listed = (problems) => {
  const list = element("ol");
  for (const { path, line, code, message, hint: way } of problems) {
    const item = element("li");
    const where = element("p");
    const label = line ? `${path}:${line}` : path;
    const spot = button(label, "place", () => {
      item.querySelector(".refusal")?.remove();
      openInEditor(path, line, spot);
    });
    spot.title = "Open in the editor";
    where.append(spot, " ", element("code", code, "code"));
    item.append(where, element("p", message, "message"));
    if (way) item.append(element("p", way, "hint"));
    list.append(item);
  }
  return list;
};

const cover = (name, title, about, problems) => {
  const present = document.querySelector(name);
  if (present && present.told === JSON.stringify(problems)) return;
  present?.remove();
  if (!problems.length) return;
  const shown = host(name);
  shown.told = JSON.stringify(problems);
  const box = element("div", "", name === "tidepost-warnings" ? "cover warnings" : "cover");
  box.setAttribute("role", name === "tidepost-warnings" ? "dialog" : "alert");
  box.setAttribute("aria-label", title);
  const inner = element("div");
  const header = element("div", "", "top");
  header.append(
    button("Close (Esc)", "close", () => shown.remove()), element("h2", title), element("p", about),
  );
  inner.append(header, listed(problems));
  box.append(inner);
  shown.shadowRoot.append(box);
};

const overlay = (problems) => cover(
  "tidepost-problems",
  `The site was not built: ${problems.length === 1 ? "one problem" : `${problems.length} problems`}`,
  "Behind this is the last version that was good. It goes away once it is mended.",
  problems,
);

addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  (document.querySelector("tidepost-warnings") ?? document.querySelector("tidepost-problems"))?.remove();
});

let corner;
const inCorner = (className, made) => {
  corner ??= host("tidepost-corner");
  if (!corner.shadowRoot.firstChild) corner.shadowRoot.append(element("div", "", "corner"));
  const box = corner.shadowRoot.firstChild;
  box.querySelector(`.${className}`)?.remove();
  if (!made) return;
  made.classList.add(className);
  box.append(made);
};

const showWarnings = ({ warnings, warned }) => {
  const title = warned === 1 ? "1 warning" : `${warned} warnings`;
  inCorner("warned", warned && button(title, "", () => {
    cover("tidepost-warnings", title, "They do not keep the site from being published.", warnings);
    document.querySelector("tidepost-warnings").shadowRoot.querySelector(".close").focus();
  }));
  if (!warned) document.querySelector("tidepost-warnings")?.remove();
};

let hinted;
const hint = (news) => {
  if (!news.length) return;
  const made = element("a", `Changed: ${news[0].title}`);
  made.href = news[0].url;
  inCorner("news", made);
  clearTimeout(hinted);
  hinted = setTimeout(() => inCorner("news"), 8000);
};

/* What is not published. Attributes and sheets of the page on screen only. */

const MARKS = new CSSStyleSheet();
MARKS.replaceSync(`
  [data-tidepost-mark]::after { content: attr(data-tidepost-mark); margin-inline-start: .4em;
    padding: .05em .5em; border: 1px solid #f2c14e; border-radius: 1em; background: #5c3b00;
    color: #fff; font: 600 .75rem/1.4 system-ui, sans-serif; white-space: nowrap;
    display: inline-block; vertical-align: middle; }
`);
document.adoptedStyleSheets = [...document.adoptedStyleSheets, MARKS];

const mark = ({ marks }) => {
  if (location.pathname.startsWith("/_tidepost/")) return; // which tell it in their own way
  const here = marks[location.pathname];
  inCorner("state", here && element("span", here[0].toUpperCase() + here.slice(1)));
  for (const link of document.querySelectorAll("a[href^='/']")) {
    const state = marks[link.getAttribute("href").replace(/[?#].*/, "")];
    if (state && link.textContent.trim()) link.dataset.tidepostMark = state;
    else if (link.dataset.tidepostMark) delete link.dataset.tidepostMark;
  }
};

/* Following the server. A browser keeps few connections to a host: hidden pages give theirs up. */

let events;
let queue = Promise.resolve();

const take = ({ data }) => {
  const state = JSON.parse(data);
  queue = queue.then(async () => {
    const sameRun = state.run === own.run;
    if (state.reload > own.build && sameRun) return reload();
    if (!sameRun || state.build !== own.build) await update(state);
    overlay(state.problems);
    showWarnings(state);
    mark(state);
  }).catch(() => {}); // the server went away in between; the next event tells
};

const follow = () => {
  if (document.hidden) {
    events?.close();
    events = undefined;
  } else if (!events) {
    events = new EventSource(`/_tidepost/events?page=${encodeURIComponent(location.pathname)}`);
    events.onmessage = take;
  }
};

document.addEventListener("visibilitychange", follow);
addEventListener("pagehide", () => { events?.close(); events = undefined; });
addEventListener("pageshow", follow);
follow();
