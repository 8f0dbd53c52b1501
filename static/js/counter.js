/*
 * <tidepost-counter>: shows how often a page was viewed, and counts this view.
 * Attributes and markup: docs/counter.md. Stores nothing in the browser.
 *
 * All elements of a page share one request. What is inside an element stays when anything fails, and
 * when there is nothing to count yet: a page says nothing rather than "Views 0".
 */
const queue = [];
let counted;

const ask = async () => {
  const elements = queue.splice(0);
  const own = !counted && elements.find(({ dataset }) => !("read" in dataset));
  const { api = "/api", path, window: minutes = 30 } = (own || elements[0]).dataset;
  const read = [...new Set(elements.flatMap(({ dataset }) => dataset.path || []))];
  const site = elements.some(({ dataset }) => dataset.mode == "site");
  counted ||= own;
  const body = JSON.stringify({
    path,
    read,
    site,
    // The same id on a second try: the server counts it once.
    id: Date.now().toString(36) + Math.random().toString(36).slice(2),
    // A reload, or a way back that had to be loaded again, counts once in this many minutes.
    reload: /^[rb]/.test(performance.getEntriesByType("navigation")[0]?.type) ? +minutes : 0,
    auto: navigator.webdriver,
  });
  const query = new URLSearchParams(read.map((one) => ["path", one]));
  if (site) query.set("site", 1);
  // Chance keeps those who were refused at one moment from coming back at one moment.
  for (const pause of [2e3 + 6e3 * Math.random(), 0]) {
    try {
      // As plain text, a request to another origin needs no question beforehand.
      const answer = await fetch(
        api + "/count" + (own ? "" : "?" + query),
        // A second try must come while the server still knows the first one.
        { ...(own && { method: "POST", body, keepalive: true }), signal: AbortSignal.timeout?.(1e4) },
      );
      if (answer.ok) return show(elements, await answer.json());
      if (!/^5|429/.test(answer.status)) return;
    } catch {}
    await new Promise((done) => setTimeout(done, pause));
  }
};

const show = (elements, { counts, site }) => {
  for (const element of elements) {
    const { path, mode = "views" } = element.dataset;
    const number = mode == "site" ? site.views : counts[path]?.[mode];
    const language = element.closest("[lang]")?.lang || [];
    if (number > 0) element.textContent = number.toLocaleString(language);
  }
};

// A page that is prerendered or in a background tab is hidden until somebody looks at it.
const look = () => {
  if (document.hidden) document.addEventListener("visibilitychange", look, { once: true });
  else queueMicrotask(ask);
};

customElements.define(
  "tidepost-counter",
  class extends HTMLElement {
    connectedCallback() {
      if (queue.push(this) < 2) look();
    }
  },
);
