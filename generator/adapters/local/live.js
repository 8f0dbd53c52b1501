/*
 * Keeps a page of the local server up to date: follows the server's events, swaps style sheets,
 * reloads what changed and comes back to where the reader was, shows what is wrong with a build.
 * The local server adds it to the pages it sends; it is in no file that is published.
 */
const script = document.currentScript;
const own = {
  run: script.dataset.run,
  build: Number(script.dataset.build),
  etag: script.dataset.etag,
};
const PLACE = `tidepost-place:${location.pathname}`;

/* Where the reader was */

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

const fetchPage = (method) => fetch(location.href, { method, cache: "no-store" });

const swapStyles = async () => {
  const answer = await fetchPage("GET");
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const wanted = [...page.querySelectorAll('link[rel="stylesheet"]')];
  const present = [...document.querySelectorAll('link[rel="stylesheet"]')];
  const hrefs = (links) => links.map((link) => link.getAttribute("href"));
  const gone = present.filter((link) => !hrefs(wanted).includes(link.getAttribute("href")));
  const fresh = wanted.filter((link) => !hrefs(present).includes(link.getAttribute("href")));
  await Promise.all(
    fresh.map((link) => {
      const copy = document.importNode(link, true);
      const loaded = new Promise((done) => { copy.onload = copy.onerror = done; });
      (present.at(-1) ?? document.head.lastChild).after(copy);
      return loaded;
    }),
  );
  for (const link of gone) link.remove();
  own.etag = answer.headers.get("etag");
};

const update = async (state) => {
  const sameRun = state.run === own.run;
  if (sameRun && state.build === own.build) return;
  if (sameRun && state.reload > own.build) return reload();
  if (sameRun && state.page <= own.build) {
    await swapStyles();
  } else {
    const answer = await fetchPage("HEAD");
    if (answer.headers.get("etag") !== own.etag) return reload();
  }
  own.run = state.run;
  own.build = state.build;
};

/* What is wrong */

const STYLE = `
  :host { all: initial; position: fixed; inset: 0; z-index: 2147483647; overflow: auto;
    background: rgb(8 16 24 / 95%); color: #f3f6f8; font: 16px/1.5 system-ui, sans-serif; }
  div { max-width: 60rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
  h2 { font-size: 1.25rem; margin: 0 0 .25rem; }
  p { margin: 0; }
  header p { color: #b9c7d1; }
  ol { list-style: none; margin: 1.5rem 0 0; padding: 0; }
  li { background: #14222e; border-left: .25rem solid #ff7a6b; border-radius: .25rem;
    margin: 0 0 .75rem; padding: .75rem 1rem; overflow-wrap: anywhere; }
  code { font: .875em/1.5 ui-monospace, monospace; }
  .place { color: #8fd0ff; }
  .code { color: #ff9d92; }
  .hint { color: #b9c7d1; }
  button { all: revert; float: right; font: inherit; padding: .25rem .75rem; cursor: pointer; }
`;

const element = (name, text, className) => {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  if (className) made.className = className;
  return made;
};

const overlay = (problems) => {
  document.querySelector("tidepost-problems")?.remove();
  if (!problems.length) return;
  const host = document.createElement("tidepost-problems");
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];
  const box = element("div");
  box.setAttribute("role", "alert");
  const close = element("button", "Close (Esc)");
  close.addEventListener("click", () => host.remove());
  const header = element("header");
  const count = problems.length === 1 ? "one problem" : `${problems.length} problems`;
  header.append(
    close,
    element("h2", `The site was not built: ${count}`),
    element("p", "Behind this is the last version that was good. It goes away once it is mended."),
  );
  const list = element("ol");
  for (const { path, line, code, message, hint } of problems) {
    const item = element("li");
    const where = element("p");
    where.append(
      element("code", line ? `${path}:${line}` : path, "place"), " ", element("code", code, "code"),
    );
    item.append(where, element("p", message, "message"));
    if (hint) item.append(element("p", hint, "hint"));
    list.append(item);
  }
  box.append(header, list);
  root.append(box);
  document.documentElement.append(host);
};

addEventListener("keydown", (event) => {
  if (event.key === "Escape") document.querySelector("tidepost-problems")?.remove();
});

/* Following the server. A browser keeps few connections to a host: hidden pages give theirs up. */

let events;
let queue = Promise.resolve();

const take = ({ data }) => {
  const state = JSON.parse(data);
  queue = queue.then(async () => {
    overlay(state.problems);
    if (!state.problems.length) await update(state);
  }).catch(() => {}); // the server went away in between; the next event tells
};

const follow = () => {
  if (document.hidden) {
    events?.close();
    events = undefined;
  } else if (!events) {
    events = new EventSource("/_tidepost/events");
    events.onmessage = take;
  }
};

document.addEventListener("visibilitychange", follow);
addEventListener("pagehide", () => { events?.close(); events = undefined; });
addEventListener("pageshow", follow);
follow();
