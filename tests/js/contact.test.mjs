import assert from "node:assert/strict";
import { test } from "node:test";
import { contract, json, open, read, settle } from "./dom.mjs";

const SCRIPT = "static/js/contact.js";
const [, FORM] = read("docs/contact.md").match(/```html\n(<form[^]*?<\/form>)\n```/);
const ADA = { name: "Ada", email: "ada@example.org", message: "Hello" };

/** The form of docs/contact.md; `answer` is the API's, apart from the token. */
function form(answer, html = FORM, before = () => {}) {
  const site = open(`<!doctype html><html lang="en"><body>${html}</body></html>`, {
    answer: (url, options) =>
      url.endsWith("/token") ? json(200, { token: "a-token" }) : answer(url, options),
  });
  before(site);
  site.run(SCRIPT);
  const element = site.document.querySelector("form");
  return {
    ...site,
    element,
    posts: () => site.calls.filter(({ method }) => method === "POST"),
    status: () => site.document.querySelector("[role=status]").textContent,
    type: (typed) => {
      element.elements.name.dispatchEvent(new site.window.FocusEvent("focusin", { bubbles: true }));
      for (const [name, value] of Object.entries(typed)) element.elements[name].value = value;
    },
    submit: () =>
      element.dispatchEvent(new site.window.Event("submit", { bubbles: true, cancelable: true })),
    invalid: () =>
      Object.fromEntries(
        [...element.querySelectorAll("[aria-invalid]")].map((field) => {
          const note = site.document.getElementById(field.getAttribute("aria-describedby"));
          assert.equal(note.hidden, false);
          return [field.name, note.textContent];
        }),
      ),
  };
}

for (const example of contract("contact").examples) {
  test(`contract: ${example.name}`, async () => {
    const page = form(() => json(example.response.status, example.response.body));
    page.type(example.typed);
    await settle();
    page.submit();
    await settle();
    if (example.request) {
      const sent = Object.fromEntries(new URLSearchParams(page.posts()[0].body.toString()));
      // A form sends line breaks as CR LF; the API takes both.
      const plain = (text) => text.replaceAll("\r\n", "\n");
      assert.deepEqual(
        Object.fromEntries(Object.entries(sent).map(([name, value]) => [name, plain(value)])),
        { ...example.request, token: "a-token" },
      );
    } else {
      assert.equal(page.posts().length, 0);
    }
    assert.equal(page.status(), example.status);
    assert.deepEqual(page.invalid(), example.invalid);
  });
}

test("no request is made for a reader who does not touch the form", async () => {
  const page = form(() => json(200, {}));
  await settle();
  assert.equal(page.calls.length, 0);
});

test("all missing fields are marked and the first takes the focus", async () => {
  const page = form(() => json(200, {}));
  page.submit();
  assert.deepEqual(Object.keys(page.invalid()), ["name", "email", "message"]);
  assert.equal(page.document.activeElement.name, "name");
});

test("a mark goes away when the field is written in", async () => {
  const page = form(() => json(200, {}));
  page.submit();
  page.element.elements.name.value = "A";
  page.element.elements.name.dispatchEvent(new page.window.Event("input", { bubbles: true }));
  assert.deepEqual(Object.keys(page.invalid()), ["email", "message"]);
});

test("while it is being sent the form says so, and a second click does nothing", async () => {
  let release;
  const page = form(() => new Promise((done) => (release = done)));
  page.type(ADA);
  page.submit();
  page.submit();
  await settle();
  assert.equal(page.status(), "Sending…");
  assert.equal(page.element.getAttribute("aria-busy"), "true");
  assert.equal(page.element.querySelector("button").getAttribute("aria-disabled"), "true");
  assert.equal(page.posts().length, 1);
  release(json(200, { ok: true, id: "x" }));
  await settle();
  assert.equal(page.element.getAttribute("aria-busy"), null);
  assert.equal(page.element.hasAttribute("data-sent"), true);
  assert.equal(page.element.elements.message.value, "");
});

test("what was typed survives a failure, and the same content is sent again", async () => {
  let broken = true;
  const page = form(() => {
    if (broken) throw new TypeError("network");
    return json(200, { ok: true, id: "x" });
  });
  page.type(ADA);
  await settle();
  page.submit();
  await settle();
  assert.match(page.status(), /could not be sent/);
  assert.equal(page.element.hasAttribute("data-failed"), true);
  assert.equal(page.element.elements.message.value, "Hello");
  assert.equal(page.posts().length, 2);
  broken = false;
  page.submit();
  await settle();
  assert.match(page.status(), /has arrived/);
  assert.equal(page.element.hasAttribute("data-failed"), false);
  const bodies = new Set(page.posts().map(({ body }) => body.toString()));
  assert.equal(bodies.size, 1);
});

test("a refusal without field errors keeps what was typed", async () => {
  const page = form(() => json(429, { ok: false, error: "too-many" }));
  page.type(ADA);
  page.submit();
  await settle();
  assert.match(page.status(), /could not be sent/);
  assert.equal(page.element.elements.name.value, "Ada");
});

test("a form without a status line or extra fields does not break", async () => {
  const page = form(() => json(200, { ok: true, id: "x" }));
  page.element.elements.subject.remove();
  page.type(ADA);
  page.submit();
  await settle();
  assert.match(page.status(), /has arrived/);
});

test("what is written while a message is under way is not lost", async () => {
  let release;
  const page = form(() => new Promise((done) => (release = done)));
  page.type(ADA);
  await settle();
  page.submit();
  await settle();
  // The form is emptied in a moment: nobody may write into it until then.
  const locked = () => ["name", "email", "message"].map((n) => page.element.elements[n].readOnly);
  assert.deepEqual(locked(), [true, true, true]);
  release(json(422, { ok: false, errors: { name: { code: "missing", message: "?" } } }));
  await settle();
  assert.deepEqual(locked(), [false, false, false]);
});

test("a message that is under way outlives its page, if it is short enough for that", async () => {
  // Browsers refuse to keep alive more than 64 KiB (Fetch, 4.5), and that request would fail.
  for (const [length, keepalive] of [
    [5, true],
    [8000, false],
  ]) {
    const page = form(() => json(200, { ok: true, id: "x" }));
    page.type({ ...ADA, message: "海".repeat(length) });
    page.submit();
    await settle();
    assert.equal(page.posts()[0].options.keepalive, keepalive);
  }
});

test("a token that comes late does not make of a second try a second message", async () => {
  let bring;
  let broken = true;
  const site = form(() => {
    if (broken) throw new TypeError("network");
    return json(200, { ok: true, id: "x" });
  });
  const api = site.window.fetch;
  site.window.fetch = (url, options) =>
    String(url).endsWith("/token") ? new Promise((done) => (bring = done)) : api(url, options);
  site.type(ADA);
  site.submit();
  await settle();
  bring(json(200, { token: "late" }));
  await settle();
  broken = false;
  site.submit();
  await settle();
  assert.match(site.status(), /has arrived/);
  assert.equal(new Set(site.posts().map(({ body }) => body.toString())).size, 1);
  bring(json(200, { token: "next" })); // of the next message
  await settle();
  assert.equal(site.element.elements.token.value, "next");
});

test("a form without a token, a status line and a button still sends", async () => {
  const bare = ["name", "email", "message"].map((name) => `<input name="${name}">`).join("");
  const page = form(
    () => json(200, { ok: true, id: "x" }),
    `<form data-tidepost-contact action="/api/contact" method="post">${bare}</form>`,
  );
  page.type(ADA);
  page.submit();
  await settle();
  assert.equal(page.posts().length, 1);
  assert.equal(page.element.hasAttribute("data-sent"), true);
});

test("a server that has a bad moment is asked once more", async () => {
  const answers = [json(503, { ok: false, error: "unavailable" }), json(200, { ok: true, id: "x" })];
  const page = form(() => answers.shift());
  page.type(ADA);
  page.submit();
  await settle();
  assert.match(page.status(), /has arrived/);
  assert.equal(page.posts().length, 2);
});

test("a form asks for one token, and never sends two messages with it", async () => {
  const page = form(() => json(200, { ok: true, id: "x" }));
  page.type(ADA);
  page.type(ADA);
  await settle();
  assert.equal(page.calls.length, 1);
  page.window.fetch = async (url) => {
    if (String(url).endsWith("/token")) throw new TypeError("network");
    return json(200, { ok: true, id: "x" });
  };
  page.submit();
  await settle();
  assert.match(page.status(), /has arrived/);
  assert.equal(page.element.elements.token.value, "");
});

test("a browser without AbortSignal.timeout sends all the same", async () => {
  const page = form(() => json(200, { ok: true, id: "x" }));
  page.window.AbortSignal = {};
  page.type(ADA);
  page.submit();
  await settle();
  assert.equal(page.posts().length, 1);
  assert.equal(page.status(), "Thank you. Your message has arrived.");
});

const busy = (after) => ({
  ...json(429, { ok: false, error: "too-many" }),
  headers: new Headers(after ? { "retry-after": String(after) } : {}),
});
const gateway = () => ({
  ...json(429, { message: "Too Many Requests" }), // API Gateway's own answer
  headers: new Headers(),
});

test("a form that is throttled tries again after a pause, and keeps what was typed", async () => {
  const answers = [gateway(), busy(), json(503, {}), json(503, {}), json(200, { ok: true, id: "x" })];
  const page = form(() => answers.shift());
  page.type(ADA);
  await settle();
  page.submit();
  for (const posts of [1, 2, 4]) {
    await settle();
    assert.equal(page.posts().length, posts);
    assert.match(page.status(), /could not be sent yet/);
    assert.equal(page.element.elements.message.value, "Hello");
    assert.equal(page.element.elements.message.readOnly, false);
    assert.equal(page.element.hasAttribute("aria-busy"), false);
    page.waits.pop().done();
  }
  await settle();
  assert.match(page.status(), /has arrived/);
  assert.equal(page.element.elements.message.value, "");
  assert.equal(new Set(page.posts().map(({ body }) => body.toString())).size, 1);
  assert.equal(page.waits.length, 0);
});

test("pauses grow to a minute or so, and no two forms come back at the same moment", async () => {
  const firsts = new Set();
  for (let i = 0; i < 8; i++) {
    const page = form(() => busy());
    page.type(ADA);
    page.submit();
    const pauses = [];
    for (let tries = 0; tries < 9; tries++) {
      await settle();
      const [{ pause, done }] = page.waits.splice(0);
      pauses.push(pause);
      done();
    }
    pauses.forEach((pause, n) => {
      const middle = Math.min(4000 * 2 ** n, 60000);
      assert.ok(pause >= middle / 2 && pause <= middle * 1.5, `${n}: ${pause}`);
    });
    firsts.add(Math.round(pauses[0]));
  }
  assert.ok(firsts.size > 4);
});

test("a server that says when to come again is not asked before", async () => {
  const page = form(() => busy(3000));
  page.type(ADA);
  page.submit();
  await settle();
  assert.ok(page.waits[0].pause >= 3000e3 && page.waits[0].pause <= 3750e3);
  assert.match(page.status(), /could not be sent yet/);
});

test("where it would take longer than anybody stays, it is left to the reader", async () => {
  const page = form(() => busy(86400));
  page.type(ADA);
  page.submit();
  await settle();
  assert.equal(page.waits.length, 0);
  assert.match(page.status(), /could not be sent\./);
  assert.equal(page.element.elements.message.value, "Hello");
});

for (const status of [400, 403, 404, 413, 415]) {
  test(`what is refused for good (${status}) is not tried again`, async () => {
    const page = form(() => json(status, { ok: false, error: "for good" }));
    page.type(ADA);
    page.submit();
    await settle();
    assert.equal(page.posts().length + page.waits.length, 1);
    assert.match(page.status(), /could not be sent\./);
  });
}

test("an answer that is none of the API's does not lock the form", async () => {
  for (const body of [null, undefined]) {
    const page = form(() => ({ ok: true, status: 200, json: async () => body ?? JSON.parse("<") }));
    page.type(ADA);
    page.submit();
    await settle();
    assert.match(page.status(), /could not be sent/);
    assert.equal(page.element.elements.message.readOnly, false);
  }
});

test("in a pause the reader may write on, and send at once", async () => {
  const answers = [busy(600), json(200, { ok: true, id: "x" })];
  const page = form(() => answers.shift());
  page.type(ADA);
  page.submit();
  await settle();
  page.element.elements.message.value = "Hello, and more";
  page.submit();
  await settle();
  assert.match(page.status(), /has arrived/);
  const [, second] = page.posts();
  assert.equal(second.body.get("message"), "Hello, and more");
  page.waits[0].done(); // the pause that was not waited for
  await settle();
  assert.equal(page.posts().length, 2);
});

test("a reader who comes online again does not wait for the pause", async () => {
  let offline = true;
  const page = form(() => {
    if (offline) throw new TypeError("network");
    return json(200, { ok: true, id: "x" });
  });
  page.type(ADA);
  page.submit();
  await settle();
  assert.match(page.status(), /could not be sent yet/);
  offline = false;
  page.window.dispatchEvent(new page.window.Event("online"));
  await settle();
  assert.match(page.status(), /has arrived/);
});

test("whoever closes a page whose message waits is asked, and nobody else", async () => {
  const answers = [busy(), json(200, { ok: true, id: "x" })];
  const page = form(() => answers.shift());
  const leave = () => {
    const event = new page.window.Event("beforeunload", { cancelable: true });
    page.window.dispatchEvent(event);
    return event.defaultPrevented;
  };
  page.type(ADA);
  assert.equal(leave(), false);
  page.submit();
  await settle();
  assert.equal(leave(), true);
  page.waits.pop().done();
  await settle();
  assert.equal(leave(), false);
});

const stored = ({ window }) => ({ ...window.sessionStorage });
const loadedAgain = (kept, answer) =>
  form(answer, FORM, ({ window }) =>
    Object.entries(kept).forEach(([key, value]) => window.sessionStorage.setItem(key, value)),
  );

test("what could not be sent is there when the page is loaded again, and not afterwards", async () => {
  const first = form(() => busy());
  first.type(ADA);
  await settle();
  assert.deepEqual(stored(first), {}); // nothing is kept of who has sent nothing
  first.submit();
  await settle();
  first.element.elements.message.value = "Hello again";
  first.element.elements.message.dispatchEvent(new first.window.Event("input", { bubbles: true }));
  const kept = stored(first);
  assert.equal(Object.keys(kept).length, 1);

  const second = loadedAgain(kept, () => json(200, { ok: true, id: "x" }));
  assert.equal(second.element.elements.name.value, "Ada");
  assert.equal(second.element.elements.message.value, "Hello again");
  assert.match(second.status(), /could not be sent/);
  second.element.elements.name.dispatchEvent(
    new second.window.FocusEvent("focusin", { bubbles: true }),
  );
  await settle();
  second.submit();
  await settle();
  assert.match(second.status(), /has arrived/);
  // With the first token it is the same message, should the first try have arrived after all.
  assert.equal(second.posts()[0].body.get("token"), "a-token");
  assert.deepEqual(stored(second), {});
});

test("what the browser filled in itself is not written over", async () => {
  const first = form(() => busy());
  first.type(ADA);
  first.submit();
  await settle();
  const second = form(
    () => json(200, { ok: true, id: "x" }),
    FORM,
    ({ window, document }) => {
      window.sessionStorage.setItem(...Object.entries(stored(first))[0]);
      document.querySelector("[name=message]").value = "Newer";
    },
  );
  assert.equal(second.element.elements.message.value, "Newer");
});

test("a browser that forbids storage sends all the same", async () => {
  const answers = [busy(), json(200, { ok: true, id: "x" })];
  const page = form(
    () => answers.shift(),
    FORM,
    ({ window }) =>
      Object.defineProperty(window, "sessionStorage", {
        get: () => {
          throw new window.DOMException("no", "SecurityError");
        },
      }),
  );
  page.type(ADA);
  page.submit();
  await settle();
  page.waits.pop().done();
  await settle();
  assert.match(page.status(), /has arrived/);
});

test("a form of before there was a text for waiting says that it failed", async () => {
  const page = form(() => busy(), FORM.replace(/data-waiting="[^"]*"/, ""));
  page.type(ADA);
  page.submit();
  await settle();
  assert.match(page.status(), /What you wrote is still here/);
});

/** The form as the theme writes it where `contact: action:` names another service. */
const SERVICE = FORM.replace("/api/contact", "https://forms.example/f/abcd").replace(
  /<input type="hidden" name="token"[^]*?name="thanks"[^>]*>/,
  '<input type="hidden" name="access_key" value="k">',
);

function service(answer) {
  const page = form(answer, SERVICE);
  page.submitted = 0;
  page.element.submit = () => (page.submitted += 1);
  return page;
}

for (const [name, answer] of Object.entries({
  "as Formspree": json(200, { ok: true, next: "/thanks" }),
  "as Web3Forms": json(200, { success: true, message: "Email sent" }),
  "without JSON": { ok: true, status: 200, json: async () => JSON.parse("<p>") },
})) {
  test(`another service takes a message, and answers ${name}`, async () => {
    const page = service(() => answer);
    page.type(ADA);
    await settle();
    page.submit();
    await settle();
    assert.match(page.status(), /has arrived/);
    assert.equal(page.calls.length, 1); // no token is asked for
    assert.equal(page.calls[0].url, "https://forms.example/f/abcd");
    const sent = Object.fromEntries(new URLSearchParams(String(page.calls[0].body)));
    assert.deepEqual(sent, { ...ADA, subject: "", access_key: "k" });
  });
}

for (const [name, answer] of Object.entries({
  "a status": json(403, { error: "Form not found" }),
  "a word": json(200, { success: "false", message: "The form is not activated" }),
  "errors of no field": json(422, { errors: [{ code: "EMPTY", message: "empty form" }] }),
})) {
  test(`another service refuses with ${name}: it is said, and not tried again`, async () => {
    const page = service(() => answer);
    page.type(ADA);
    page.submit();
    await settle();
    assert.match(page.status(), /What you wrote is still here/);
    assert.equal(page.element.elements.message.value, "Hello");
    assert.equal(page.calls.length, 1);
    assert.equal(page.waits.length, 0);
  });
}

test("errors of another service stand at their fields", async () => {
  const errors = [{ field: "email", code: "TYPE_EMAIL", message: "should be an email" }];
  const page = service(() => json(422, { errors }));
  page.type(ADA);
  page.submit();
  await settle();
  assert.deepEqual(page.invalid(), { email: "should be an email" });
});

test("a service that is busy is asked again later", async () => {
  const answers = [busy(), json(200, {})];
  const page = service(() => answers.shift());
  page.type(ADA);
  page.submit();
  await settle();
  page.waits.pop().done();
  await settle();
  assert.match(page.status(), /has arrived/);
  assert.equal(page.calls.length, 2);
});

test("where no script may read a service's answer, the browser sends the form", async () => {
  const page = service(() => {
    throw new TypeError("CORS");
  });
  page.type(ADA);
  page.submit();
  await settle();
  assert.equal(page.calls.length, 1);
  assert.equal(page.submitted, 1);
});

test("what a program fills in is not sent to another service", async () => {
  const page = service(() => json(200, {}));
  page.type({ ...ADA, extra: "x" });
  page.submit();
  await settle();
  assert.equal(page.calls.length, 0);
  assert.match(page.status(), /has arrived/);
});
