/*
 * Opens a picture in full above the page. Without this script, or where <dialog> is not known, the
 * picture's link leads to the picture itself. The arrow keys turn to the next one.
 */

const words = document.getElementById("lightbox").dataset;
const links = [...document.querySelectorAll("a.zoom")];
const dialog = document.createElement("dialog");
let at = 0;

function show(number) {
  at = (number + links.length) % links.length;
  const link = links[at];
  const shown = link.firstElementChild.cloneNode(true);
  for (const source of shown.querySelectorAll("source")) source.sizes = "100vw";
  const image = link.querySelector("img");
  const close = document.createElement("button");
  close.textContent = "×";
  close.ariaLabel = words.close;
  const caption = link.closest("figure")?.querySelector("figcaption");
  dialog.ariaLabel = image.alt;
  dialog.replaceChildren(close, shown, caption?.cloneNode(true) ?? "");
  if (!dialog.open) dialog.showModal();
  close.focus(); // what had the focus is gone when another picture takes its place
}

dialog.className = "lightbox";
dialog.onclick = () => dialog.close();
dialog.onkeydown = ({ key }) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
  if (step) show(at + step);
};

if (dialog.showModal) {
  document.body.append(dialog);
  for (const link of links) {
    link.onclick = (event) => {
      if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      show(links.indexOf(link));
    };
  }
}
