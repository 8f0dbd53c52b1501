/*
 * Closes what is open in a menu when Escape is pressed, and when the reader goes elsewhere. Without
 * this file it is closed where it was opened.
 */
const close = (outside) => {
  const open = document.querySelector(".menu [open]");
  if (!open || open.contains(outside)) return;
  if (!outside && open.contains(document.activeElement)) open.firstElementChild.focus();
  open.open = false;
};

addEventListener("keydown", ({ key }) => key == "Escape" && close());
for (const event of ["pointerdown", "focusin"]) addEventListener(event, ({ target }) => close(target));
