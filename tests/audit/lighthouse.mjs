// Runs Lighthouse on many pages with one browser and prints a line of JSON for each.
// Usage: node lighthouse.mjs PACKAGE-FOLDER CHROMIUM, with the order of lighthouse.py as input.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [folder, chromePath] = process.argv.slice(2);
const require = createRequire(`${folder}/package.json`);
const load = (name) => import(pathToFileURL(require.resolve(name)));
const { default: lighthouse } = await load("lighthouse");
const { launch } = await load("chrome-launcher");

const order = JSON.parse(readFileSync(0, "utf-8"));
const { pages, attempts, categories, performance, chromeFlags, settings } = order;
const chrome = await launch({ chromePath, chromeFlags, logLevel: "silent" });
try {
  for (const page of pages) {
    let best;
    for (let attempt = 0; attempt < attempts; attempt++) {
      const found = await measure(page);
      if (!best || found.scores.performance > best.scores.performance) best = found;
      if (best.scores.performance >= performance) break;
    }
    console.log(JSON.stringify(best));
  }
} finally {
  await chrome.kill();
}

async function measure({ url, skipAudits }) {
  const result = await lighthouse(
    url,
    { port: chrome.port, output: "json", logLevel: "error" },
    {
      extends: "lighthouse:default",
      settings: {
        ...settings,
        onlyCategories: categories,
        pauseAfterFcpMs: 250,
        pauseAfterLoadMs: 250,
        networkQuietThresholdMs: 250,
        cpuQuietThresholdMs: 250,
        skipAudits: ["full-page-screenshot", ...skipAudits],
      },
    },
  );
  const { audits, runtimeError } = result.lhr;
  const scores = {};
  const faults = [];
  for (const [name, { score, auditRefs }] of Object.entries(result.lhr.categories)) {
    scores[name] = Math.round((score ?? 0) * 100);
    for (const { id, weight } of auditRefs) {
      const audit = audits[id];
      if (!weight || audit.score === null || audit.score >= 0.9) continue;
      const items = audit.details?.items?.slice(0, 3) ?? [];
      const where = items.map((item) => item.node?.snippet ?? item.description ?? item.url ?? "");
      faults.push({ category: name, id, title: audit.title, value: audit.displayValue ?? "", where });
    }
  }
  return { url, scores, faults, error: runtimeError?.message ?? "", ms: result.lhr.timing.total };
}
