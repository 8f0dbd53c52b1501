/*
 * Makes every <form data-tidepost-contact> answer in place: errors at their fields, a status line,
 * and nothing typed is ever lost. Markup: docs/contact.md. Without this file the form still works.
 */
const FIELDS = ["name", "email", "subject", "message"];
const TIMEOUT = 15e3;
const tried = new WeakSet(); // forms with a message of which nobody knows whether it arrived

for (const form of document.querySelectorAll("form[data-tidepost-contact]")) enhance(form);

function enhance(form) {
  const status = form.querySelector('[role="status"]');
  const button = form.querySelector('[type="submit"]');
  const say = (name) => {
    toggle(form, "data-failed", name == "failed");
    if (status) status.textContent = status.dataset[name];
  };
  // Fields are locked meanwhile: success empties them, and nobody may have written on by then.
  const lock = (on) => {
    toggle(form, "aria-busy", on);
    toggle(button, "aria-disabled", on);
    for (const name of FIELDS) if (form.elements[name]) form.elements[name].readOnly = on;
  };
  form.noValidate = true; // the browser's bubbles vanish and are not read out reliably

  // The time of writing begins when the form is first touched: readers who only look ask nothing.
  form.addEventListener("focusin", () => fetchToken(form), { once: true });
  form.addEventListener("input", ({ target }) => {
    if (target.hasAttribute("aria-invalid")) mark(form, target.name, "");
  });

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (form.hasAttribute("aria-busy")) return; // a second click while the first is under way
    form.removeAttribute("data-sent");
    if (showErrors(form, ownErrors(form))) return say("check");
    lock(true);
    say("sending");
    // The server knows a second try by its content and token: a token that comes late waits.
    tried.add(form);
    try {
      const answer = await post(form);
      if (answer.ok || answer.errors) tried.delete(form);
      if (answer.ok) {
        form.reset();
        setToken(form, "");
        fetchToken(form);
        form.setAttribute("data-sent", "");
        say("sent");
      } else if (answer.errors) {
        showErrors(form, answer.errors);
        say("check");
      } else {
        throw new Error(answer.error);
      }
    } catch {
      say("failed");
    } finally {
      lock(false);
    }
  });
}

async function fetchToken(form) {
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

// Sends the form, twice if the connection fails: the server knows the same content again.
async function post(form) {
  const body = new URLSearchParams(new FormData(form));
  for (const last of [false, true]) {
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        body,
        headers: { accept: "application/json" },
        keepalive: String(body).length < 6e4, // whoever leaves now has sent it all the same
        signal: AbortSignal.timeout?.(TIMEOUT), // not in Safari before 16: it waits as long as it may
      });
      if (answer.status < 500 || last) return await answer.json();
    } catch (error) {
      if (last) throw error;
    }
  }
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
