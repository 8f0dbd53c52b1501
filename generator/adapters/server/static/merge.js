/*
 * Brings a page that is on screen up to date without loading it: only what differs between the page
 * as it was sent and as it is now is changed. So what scripts and the reader did to the rest stays:
 * numbers that were filled in, open details, text in forms, the focus.
 *
 * Everything here takes three nodes that belong together: `live` on screen, `base` as it was sent,
 * `next` as it is now.
 */

const ELEMENT = 1;
const MOST_PAIRS = 1_000_000;

class Lost extends Error {} // scripts changed the page so much that it cannot be told what is what

const alike = (one, other) => one.nodeType === other.nodeType && one.nodeName === other.nodeName
  && (one.nodeType !== ELEMENT || one.id === other.id);

const text = (node) => (node.nodeType === ELEMENT ? node.outerHTML : `${node.nodeType}${node.nodeValue}`);

/* Pair up two lists in their order: as many that are equal by `keys` as can be (the longest common
   subsequence), and between these, one after the other, such as are alike. */
const pairs = (ones, others, key) => {
  const [a, b] = [ones.map(key), others.map(key)];
  const found = new Map();
  let start = 0;
  let [endA, endB] = [a.length, b.length];
  while (start < endA && start < endB && a[start] === b[start]) found.set(start, start++);
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) found.set(--endA, --endB);
  const [rows, columns] = [endA - start, endB - start];
  if (rows * columns <= MOST_PAIRS) {
    const best = Array.from({ length: rows + 1 }, () => new Uint16Array(columns + 1));
    for (let i = rows - 1; i >= 0; i--) {
      for (let j = columns - 1; j >= 0; j--) {
        best[i][j] = a[start + i] === b[start + j]
          ? best[i + 1][j + 1] + 1
          : Math.max(best[i + 1][j], best[i][j + 1]);
      }
    }
    for (let i = 0, j = 0; i < rows && j < columns;) {
      if (a[start + i] === b[start + j]) found.set(start + i++, start + j++);
      else if (best[i + 1][j] >= best[i][j + 1]) i++;
      else j++;
    }
  }
  for (let i = start, j = start; i < endA; i++) {
    if (found.has(i)) {
      j = found.get(i) + 1;
      continue;
    }
    let limit = endB;
    for (let k = i + 1; k < endA; k++) if (found.has(k)) { limit = found.get(k); break; }
    for (let k = j; k < limit; k++) {
      if (alike(ones[i], others[k])) {
        found.set(i, k);
        j = k + 1;
        break;
      }
    }
  }
  return found;
};

const mergeAttributes = (live, base, next) => {
  for (const { name } of [...base.attributes]) {
    if (!next.hasAttribute(name)) live.removeAttribute(name);
  }
  for (const { name, value } of [...next.attributes]) {
    if (base.getAttribute(name) !== value) live.setAttribute(name, value);
  }
};

const mergeChildren = (live, base, next) => {
  const [lives, bases, nexts] = [live, base, next].map((node) => [...node.childNodes]);
  const onScreen = pairs(bases, lives, text);
  const kept = pairs(bases, nexts, text);
  const baseOf = new Map([...kept].map(([from, to]) => [to, from]));
  for (const from of kept.keys()) {
    if (!onScreen.has(from) && !bases[from].isEqualNode(nexts[kept.get(from)])) throw new Lost();
  }
  bases.forEach((_, from) => {
    if (kept.has(from)) return;
    if (!onScreen.has(from)) throw new Lost();
    lives[onScreen.get(from)].remove();
  });
  let after = null; // the last node that is in its place
  nexts.forEach((node, to) => {
    const from = baseOf.get(to);
    if (from !== undefined) {
      const place = lives[onScreen.get(from)];
      if (place) {
        merge(place, bases[from], node);
        after = place;
      }
      return;
    }
    const fresh = document.importNode(node, true);
    if (after) {
      after.after(fresh);
    } else {
      // Before the first that stays, since a script may have put something of its own in front.
      const first = [...kept.keys()].map((each) => lives[onScreen.get(each)]).find(Boolean);
      live.insertBefore(fresh, first ?? null);
    }
    after = fresh;
  });
};

export const merge = (live, base, next) => {
  if (base.isEqualNode(next)) return;
  if (next.nodeType !== ELEMENT) {
    live.nodeValue = next.nodeValue;
    return;
  }
  mergeAttributes(live, base, next);
  try {
    mergeChildren(live, base, next);
  } catch (error) {
    if (!(error instanceof Lost)) throw error;
    live.replaceChildren(...[...next.childNodes].map((node) => document.importNode(node, true)));
  }
};
