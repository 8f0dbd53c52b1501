import assert from "node:assert/strict";
import { test } from "node:test";
import { contract, json, open, read, settle } from "./dom.mjs";

const SCRIPT = "static/js/counter.js";

const element = (data) => {
  const names = Object.entries(data).map(([name, value]) => ` data-${name}="${value}"`);
  return `<tidepost-counter${names.join("")}>…</tidepost-counter>`;
};
const page = (elements, language = "en") =>
  `<!doctype html><html lang="${language}"><body>${elements.map(element).join("")}</body></html>`;
const shown = ({ document }) =>
  [...document.querySelectorAll("tidepost-counter")].map(({ textContent }) => textContent);

for (const example of contract("counter").examples) {
  test(`contract: ${example.name}`, async () => {
    const site = open(page(example.elements), {
      ...example,
      answer: () => json(example.response.status, example.response.body),
    });
    site.run(SCRIPT);
    await settle();
    assert.equal(site.calls.length, 1);
    const [{ url, method, body }] = site.calls;
    const sent = { method, url };
    if (body) {
      sent.body = JSON.parse(body);
      assert.match(sent.body.id, /^[A-Za-z0-9_-]{8,64}$/);
      sent.body.id = "<id>";
    }
    assert.deepEqual(sent, example.request);
    assert.deepEqual(shown(site), example.shown);
  });
}

const HELLO = [{ path: "/posts/hello/" }];
const counts = (views) => json(200, { counts: { "/posts/hello/": { views, visitors: 1 } } });

test("numbers are written in the page's language", async () => {
  for (const [language, text] of [["en", "1,234,567"], ["de", "1.234.567"], ["hi", "12,34,567"]]) {
    const site = open(page(HELLO, language), { answer: () => counts(1234567) });
    site.run(SCRIPT);
    await settle();
    assert.deepEqual(shown(site), [text]);
  }
});

test("nothing is said where there is nothing to count yet", async () => {
  const site = open(page(HELLO), { answer: () => counts(0) });
  site.run(SCRIPT);
  await settle();
  assert.deepEqual(shown(site), ["…"]);
});

test("an unknown language breaks nothing", async () => {
  const site = open(page(HELLO, "not a language"), { answer: () => counts(7) });
  site.run(SCRIPT);
  await settle();
  assert.deepEqual(shown(site), ["…"]);
});

test("a hidden or prerendered page is counted when it is looked at, once", async () => {
  const site = open(page(HELLO), { hidden: true, answer: () => counts(1) });
  site.run(SCRIPT);
  await settle();
  assert.equal(site.calls.length, 0);
  site.show();
  site.show();
  await settle();
  assert.equal(site.calls.length, 1);
  assert.deepEqual(shown(site), ["1"]);
});

for (const [navigation, reload] of Object.entries({ navigate: 0, reload: 30, back_forward: 30 })) {
  test(`a page that came by ${navigation} counts ${reload ? "once in a while" : "always"}`, async () => {
    const site = open(page(HELLO), { answer: () => counts(3), navigation });
    site.run(SCRIPT);
    await settle();
    assert.equal(JSON.parse(site.calls[0].body).reload, reload);
  });
}

test("a second try has the same id", async () => {
  const answers = [() => json(503, {}), () => counts(5)];
  const site = open(page(HELLO), { answer: () => answers.shift()() });
  site.run(SCRIPT);
  await settle();
  assert.equal(site.waits.length, 1);
  assert.ok(site.waits[0].pause >= 1000);
  site.waits[0].done();
  await settle();
  const ids = site.calls.map(({ body }) => JSON.parse(body).id);
  assert.equal(ids.length, 2);
  assert.equal(ids[0], ids[1]);
  assert.deepEqual(shown(site), ["5"]);
});

test("a throttled view is sent again after a pause with chance in it", async () => {
  const pauses = new Set();
  for (let i = 0; i < 8; i++) {
    const answers = [() => json(429, { message: "Too Many Requests" }), () => counts(5)];
    const site = open(page(HELLO), { answer: () => answers.shift()() });
    site.run(SCRIPT);
    await settle();
    const [{ pause, done }] = site.waits;
    assert.ok(pause >= 2000 && pause <= 8000);
    pauses.add(Math.round(pause));
    done();
    await settle();
    assert.equal(site.calls.length, 2);
    assert.deepEqual(shown(site), ["5"]);
  }
  assert.ok(pauses.size > 4);
});

test("an answer that does not come is given up while the server still knows the view", async () => {
  const site = open(page(HELLO), { answer: () => json(503, {}) });
  site.window.AbortSignal = { timeout: (milliseconds) => ({ milliseconds }) };
  site.run(SCRIPT);
  await settle();
  const patience = site.calls[0].options.signal.milliseconds;
  const [, bucket] = read("backend/counter/core.py").match(/^BUCKET = (\d+)$/m);
  const [, limit] = read("infra/site.yaml").match(/counter\.app\.handler\n +Timeout: (\d+)/);
  const longest = 8000; // of the pauses, as the test before this one has it
  assert.ok(site.waits[0].pause <= longest);
  assert.ok(patience + longest + limit * 1000 < bucket * 1000);
});

test("a browser without AbortSignal.timeout counts all the same", async () => {
  const site = open(page(HELLO), { answer: () => counts(5) });
  site.window.AbortSignal = {};
  site.run(SCRIPT);
  await settle();
  assert.deepEqual(shown(site), ["5"]);
});

test("it gives up quietly after the second try", async () => {
  const site = open(page(HELLO), {
    answer: () => {
      throw new TypeError("network");
    },
  });
  site.run(SCRIPT);
  for (let i = 0; i < 5; i++) {
    await settle();
    site.waits.splice(0).forEach(({ done }) => done());
  }
  assert.equal(site.calls.length, 2);
  assert.deepEqual(shown(site), ["…"]);
});

test("a refusal is not tried again", async () => {
  const site = open(page(HELLO), { answer: () => json(404, { error: "unknown-page" }) });
  site.run(SCRIPT);
  await settle();
  assert.equal(site.calls.length + site.waits.length, 1);
});

test("an element that comes later reads and does not count again", async () => {
  const site = open(page(HELLO), { answer: () => counts(3) });
  site.run(SCRIPT);
  await settle();
  site.document.body.insertAdjacentHTML("beforeend", element(HELLO[0]));
  await settle();
  assert.deepEqual(site.calls.map(({ method }) => method), ["POST", "GET"]);
  assert.deepEqual(shown(site), ["3", "3"]);
});

test("it sends no cookie-like thing and stores nothing", async () => {
  const site = open(page(HELLO), { answer: () => counts(3) });
  site.run(SCRIPT);
  await settle();
  assert.equal(site.window.localStorage.length + site.window.sessionStorage.length, 0);
  assert.equal(site.document.cookie, "");
  assert.equal(site.calls[0].options.keepalive, true);
});
