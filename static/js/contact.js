/*
 * Makes every <form data-tidepost-contact> answer in place: errors at their fields, a status line,
 * and nothing typed is ever lost. Markup: docs/contact.md. Without this file the form still works.
 *
 * What could not be sent is tried again while the page is open, and kept for this tab until it is.
 *
 * A form without a field `token` sends to another service, which answers in its own way.
 */
const FIELDS = ["name", "email", "subject", "message"];
const TIMEOUT = 15e3;
const PATIENCE = 2 * 3600e3; // how long a message is tried again by itself
const LONGEST_PAUSE = 6e4; // unless the server asks for a longer one
const tried = new WeakSet(); // forms with a message of which nobody knows whether it arrived

for (const form of document.querySelectorAll("form[data-tidepost-contact]")) enhance(form);

function enhance(form) {
  const status = form.querySelector('[role="status"]');
  const button = form.querySelector('[type="submit"]');
  let wake; // ends the pause before the next try
  const say = (name) => {
    toggle(form, "data-failed", name == "failed" || name == "waiting");
    // A form of before there was a text for waiting has one for what failed.
    if (status) status.textContent = status.dataset[name] ?? status.dataset.failed;
  };
  // Fields are locked meanwhile: success empties them, and nobody may have written on by then.
  const lock = (on) => {
    toggle(form, "aria-busy", on);
    toggle(button, "aria-disabled", on);
    for (const name of FIELDS) if (form.elements[name]) form.elements[name].readOnly = on;
  };
  form.noValidate = true; // the browser's bubbles vanish and are not read out reliably
  if (restore(form)) say("failed");

  // The time of writing begins when the form is first touched: readers who only look ask nothing.
  form.addEventListener("focusin", () => fetchToken(form), { once: true });
  form.addEventListener("input", ({ target }) => {
    if (target.hasAttribute("aria-invalid")) mark(form, target.name, "");
    if (form.hasAttribute("data-failed")) keep(form);
  });

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (wake) wake(true);
    // A second click while the first is under way does nothing.
    else if (!form.hasAttribute("aria-busy")) send();
  });

  const send = async () => {
    form.removeAttribute("data-sent");
    const began = Date.now();
    let asked = true; // by the reader, who wants to be told, and not by the clock
    for (let pause = 4e3; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
      if (showErrors(form, ownErrors(form))) return say("check");
      lock(true);
      if (asked) say("sending");
      // The server knows a second try by its content and token: a token that comes late waits.
      tried.add(form);
      const answer = await post(form);
      lock(false);
      if (answer.unread) return form.submit();
      if (answer.ok || answer.errors) tried.delete(form);
      if (answer.ok) {
        forget(form);
        form.reset();
        setToken(form, "");
        fetchToken(form);
        form.setAttribute("data-sent", "");
        return say("sent");
      }
      if (answer.errors) {
        showErrors(form, answer.errors);
        return say("check");
      }
      keep(form);
      // Chance keeps those who were refused at one moment from coming back at one moment.
      const wait = Math.max(answer.after * (1 + Math.random() / 4), pause * (0.5 + Math.random()));
      if (!(Date.now() - began + wait < PATIENCE)) return say("failed"); // also where it is no number
      say("waiting");
      addEventListener("beforeunload", warn);
      asked = await new Promise((done) => {
        wake = done;
        setTimeout(done, wait);
        addEventListener("online", () => done(), { once: true });
      });
      wake = undefined;
      removeEventListener("beforeunload", warn);
    }
  };
}

// A tab that is closed takes its message along.
function warn(event) {
  event.preventDefault();
}

async function fetchToken(form) {
  if (!form.elements.token) return;
  try {
    const answer = await fetch(`${form.action}/token`, { headers: { accept: "application/json" } });
    if (answer.ok) setToken(form, (await answer.json()).token);
  } catch {
    // A message without a token is taken all the same.
  }
}

function toggle(element, name, on) {
  if (on) element?.setAttribute(name, "true");
  else element?.removeAttribute(name);
}

function setToken(form, token) {
  if (form.elements.token && !tried.has(form)) form.elements.token.value = token;
}

// Sends the form, twice if the connection fails: the server knows the same content again. What may
// go well later has `after`: how many milliseconds the server wants to be left alone.
async function post(form) {
  const body = new URLSearchParams(new FormData(form));
  const own = form.elements.token;
  if (!own && body.get("extra")) return { ok: true }; // a program filled in what nobody sees
  if (!own) body.delete("extra");
  for (const last of own ? [false, true] : [true]) {
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        body,
        headers: { accept: "application/json" },
        keepalive: String(body).length < 6e4, // whoever leaves now has sent it all the same
        signal: AbortSignal.timeout?.(TIMEOUT), // not in Safari before 16: it waits as long as it may
      });
      if (answer.status == 429 || (answer.status > 499 && last)) {
        return { after: 1e3 * (answer.headers?.get("retry-after") || 0) || 0 };
      }
      if (!own) return await read(answer);
      if (answer.status < 500) return (await answer.json()) || {};
    } catch {
      // Nobody knows what became of it, perhaps since the service lets no script read its answer:
      // then the browser sends the form, as it does without this file.
      if (!own && navigator.onLine !== false) return { unread: true };
      // An answer that is no JSON is none of the API's: a firewall's, or a hotel's sign-in page.
      if (last) return { after: 0 };
    }
  }
}

// What another service says: 2xx, where `success` may be false all the same, and a list of errors.
async function read(answer) {
  const { success, errors } = (await answer.json().catch(() => 0)) || {};
  if (answer.ok && String(success) != "false") return { ok: true };
  const found = {};
  for (const { field, code = "", message } of Array.isArray(errors) ? errors : []) {
    if (FIELDS.includes(field)) found[field] = { code: code.toLowerCase(), message };
  }
  return Object.keys(found).length ? { errors: found } : {};
}

// For this tab only, and only once sending has failed: it is what the reader asked to have sent.
function place(form) {
  return `tidepost ${form.action} ${location.pathname}`;
}

function keep(form) {
  const values = [...FIELDS, "token"].map((name) => form.elements[name]?.value ?? "");
  try {
    sessionStorage.setItem(place(form), JSON.stringify(values));
  } catch {
    // Storage is full or forbidden: the text is still in the form.
  }
}

function forget(form) {
  try {
    sessionStorage.removeItem(place(form));
  } catch {
    // Storage is forbidden, so there is nothing in it.
  }
}

// Fills in what could not be sent before the page was loaded again; true if there is any.
function restore(form) {
  let kept;
  try {
    kept = JSON.parse(sessionStorage.getItem(place(form)));
  } catch {
    return false;
  }
  if (!kept) return false;
  const fields = FIELDS.map((name) => form.elements[name]);
  // The browser may have filled the form in itself, and then knows better.
  if (fields.every((field) => !field || field.value == field.defaultValue)) {
    fields.forEach((field, i) => field && (field.value = kept[i]));
  }
  setToken(form, kept.at(-1));
  tried.add(form); // with this token it is the same message, should it have arrived
  return true;
}

function ownErrors(form) {
  const errors = {};
  for (const name of FIELDS) {
    const field = form.elements[name];
    if (!field) continue;
    if (field.required && !field.value.trim()) errors[name] = { code: "missing" };
    // Browsers differ on addresses with other letters; the API has the last word.
    else if (field.type === "email" && !/.@./.test(field.value)) errors[name] = { code: "invalid" };
  }
  return errors;
}

// Marks the fields with errors and no others; true if there are any. The first takes the focus.
function showErrors(form, errors) {
  for (const name of FIELDS) mark(form, name, errors[name]);
  const first = FIELDS.find((name) => errors[name] && form.elements[name]);
  if (first) form.elements[first].focus();
  return Boolean(first);
}

function mark(form, name, error) {
  const field = form.elements[name];
  const note = field && document.getElementById(`${field.id}-error`);
  if (!note) return;
  if (error) {
    const key = error.code.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
    note.textContent = note.dataset[key] || error.message || field.validationMessage;
    field.setAttribute("aria-invalid", "true");
  } else {
    note.textContent = "";
    field.removeAttribute("aria-invalid");
  }
  note.hidden = !error;
}
