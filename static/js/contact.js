/*
 * Makes every <form data-tidepost-contact> answer in place: errors at their fields, a status line,
 * and nothing typed is ever lost. Markup: docs/contact.md. Without this file the form still works.
 */
const FIELDS = ["name", "email", "subject", "message"];
const TIMEOUT = 15e3;

for (const form of document.querySelectorAll("form[data-tidepost-contact]")) enhance(form);

function enhance(form) {
  const status = form.querySelector('[role="status"]');
  const button = form.querySelector('[type="submit"]');
  const say = (name) => {
    status.textContent = status.dataset[name];
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
    form.setAttribute("aria-busy", "true");
    button.setAttribute("aria-disabled", "true");
    say("sending");
    try {
      const answer = await post(form);
      if (answer.ok) {
        form.reset();
        form.elements.token.value = "";
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
      form.removeAttribute("aria-busy");
      button.removeAttribute("aria-disabled");
    }
  });
}

async function fetchToken(form) {
  try {
    const answer = await fetch(`${form.action}/token`, { headers: { accept: "application/json" } });
    if (answer.ok) form.elements.token.value = (await answer.json()).token;
  } catch {
    // A message without a token is taken all the same.
  }
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
        signal: AbortSignal.timeout(TIMEOUT),
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
