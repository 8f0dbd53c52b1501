/*
 * What opens in the header, entries of the menu and the languages: an entry that would reach over the
 * window's edge opens to the other side, and Escape or going elsewhere closes it. Without this file it
 * is closed where it was opened.
 */
const close = (outside) => {
  const open = document.querySelector(".top [open]");
  if (!open || open.contains(outside)) return;
  if (!outside && open.contains(document.activeElement)) open.firstElementChild.focus();
  open.open = false;
};

const place = ({ classList, lastElementChild: list }) => {
  classList.remove("end");
  const { left, right } = list.getBoundingClientRect();
  classList.toggle("end", left < 0 || right > document.documentElement.clientWidth);
};

addEventListener("click", ({ target }) => {
  const entry = target.closest(".menu details");
  if (entry) requestAnimationFrame(() => place(entry)); // open by then, and not yet painted
});
addEventListener("keydown", ({ key }) => key == "Escape" && close());
for (const event of ["pointerdown", "focusin"]) addEventListener(event, ({ target }) => close(target));
