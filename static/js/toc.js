/*
 * Marks in the table of contents where the reader is. Without this file its links lead to their
 * headings all the same.
 */
const links = [...document.querySelectorAll("nav.toc a")];
const headings = links.map(({ hash }) => document.getElementById(decodeURIComponent(hash.slice(1))));
const above = (line) => headings.findLastIndex((each) => each?.getBoundingClientRect().top < line);
let marked;

const mark = () => {
  // What begins in the upper quarter of the window is being read.
  let place = above(innerHeight / 4);
  // At the end of the page, what follows cannot come so far up.
  if (scrollY && scrollY + innerHeight > document.body.scrollHeight - 2) {
    const aimed = headings.indexOf(document.querySelector(":target"));
    place = aimed > place ? aimed : above(innerHeight);
  }
  const link = links[place];
  if (link == marked) return;
  marked?.removeAttribute("aria-current");
  marked = link;
  if (!link) return;
  link.ariaCurrent = "location";
  // Beside a long text the table scrolls by itself.
  const table = link.closest("nav");
  table.scrollTop = link.offsetTop - table.clientHeight / 2;
};

addEventListener("scroll", mark); // once in a frame, as browsers send it
mark();
