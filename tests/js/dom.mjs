// A page in jsdom with one of our scripts in it. jsdom is found by the caller's TIDEPOST_JSDOM.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const { JSDOM } = createRequire(import.meta.url)(process.env.TIDEPOST_JSDOM);
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

export const read = (path) => readFileSync(here(`../../${path}`), "utf8");
export const contract = (name) => JSON.parse(read(`tests/contract/${name}.json`));

/** Opens a page; `answer(url, options)` stands for the API, and `calls` tells what it was asked. */
export function open(html, { answer, navigation = "navigate", webdriver = false, hidden = false }) {
  const dom = new JSDOM(html, { url: "https://me.example/", runScripts: "outside-only" });
  const { window } = dom;
  const calls = [];
  let isHidden = hidden;
  window.fetch = async (url, options = {}) => {
    calls.push({ url: String(url), method: options.method || "GET", body: options.body, options });
    return answer(String(url), options);
  };
  window.performance.getEntriesByType = () => [{ type: navigation }];
  window.AbortSignal = AbortSignal;
  Object.defineProperty(window.navigator, "webdriver", { get: () => webdriver });
  Object.defineProperty(window.document, "hidden", { get: () => isHidden });
  const waits = [];
  window.setTimeout = (done, pause) => waits.push({ done, pause });
  return {
    window,
    document: window.document,
    calls,
    waits,
    run: (path) => window.eval(`(() => { ${read(path)} })()`),
    show: () => {
      isHidden = false;
      window.document.dispatchEvent(new window.Event("visibilitychange"));
    },
  };
}

export const json = (status, body) => ({
  ok: status < 300,
  status,
  json: async () => structuredClone(body),
});

/** Lets everything that is ready happen. */
export const settle = () => new Promise((done) => setTimeout(done, 5));
