/*
 * Marks in the table of contents where the reader is. Without this file browsers that can do so mark
 * it by themselves (`:target-current` in site.css); the links lead to their headings in any case.
 */
const links = new Map();
for (const link of document.querySelectorAll("nav.toc a")) {
  const heading = document.getElementById(decodeURIComponent(link.hash.slice(1)));
  if (heading) links.set(heading, link);
}

let marked;
const mark = () => {
  const headings = [...links.keys()];
  const from = (line) => headings.findLastIndex((each) => each.getBoundingClientRect().top < line);
  // What begins in the upper quarter of the window is being read.
  let place = from(innerHeight / 4);
  // At the end of the page, what follows cannot come so far up.
  if (scrollY && scrollY + innerHeight > document.documentElement.scrollHeight - 2) {
    const last = from(innerHeight);
    const aimed = headings.indexOf(document.querySelector(":target"));
    place = aimed > place && aimed <= last ? aimed : last;
  }
  const link = links.get(headings[place]);
  if (link === marked) return;
  marked?.removeAttribute("aria-current");
  marked = link;
  if (!link) return;
  link.ariaCurrent = "location";
  // Beside a long text the table scrolls by itself.
  const table = link.closest("nav");
  table.scrollTop = link.offsetTop - table.clientHeight / 2;
};

let waiting;
const soon = () => {
  waiting ||= requestAnimationFrame(() => {
    waiting = 0;
    mark();
  });
};
for (const event of ["scroll", "resize"]) addEventListener(event, soon, { passive: true });
mark();
