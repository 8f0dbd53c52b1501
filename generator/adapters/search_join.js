/*
 * Stands before Pagefind's own scripts and joins what generator/render/search_shards.py cut apart.
 *
 * A range of words is called "0af3+19c2@312+7be0@640": files of one shard each, with the number that
 * the shard's first document has among all. Pagefind asks for the range as for one file, and gets
 * one. Formats are Pagefind's: CBOR (RFC 8949) behind a signature, compressed.
 */
const tidepostSearch = (() => {
  const SIGNATURE = "pagefind_dcd";
  const load = globalThis.fetch.bind(globalThis);

  async function opened(url) {
    const response = await load(url);
    if (!response.ok) throw new Error(`${response.status} for ${url}`);
    let bytes = new Uint8Array(await response.arrayBuffer());
    if (bytes[0] == 0x1f) {
      const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
      bytes = new Uint8Array(await new Response(stream).arrayBuffer());
    }
    return decoded(bytes.subarray(SIGNATURE.length));
  }

  function decoded(bytes) {
    const text = new TextDecoder();
    let at = 0;
    const item = () => {
      const head = bytes[at++];
      let value = head & 31;
      if (value > 23) {
        let size = 1 << (value - 24);
        for (value = 0; size--; ) value = value * 256 + bytes[at++];
      }
      if (head < 0x20) return value;
      if (head < 0x40) return -1 - value;
      if (head < 0x80) return text.decode(bytes.subarray(at, (at += value)));
      const items = [];
      while (value--) items.push(item());
      return items;
    };
    return item();
  }

  function encoded(value) {
    const text = new TextEncoder();
    const bytes = [];
    const head = (kind, number) => {
      if (number < 24) return bytes.push(kind | number);
      const power = number < 256 ? 0 : number < 65536 ? 1 : 2;
      bytes.push(kind | (24 + power));
      for (let shift = 8 << power; (shift -= 8) >= 0; ) bytes.push((number >>> shift) & 255);
    };
    const item = (one) => {
      if (typeof one == "number") return one < 0 ? head(0x20, -1 - one) : head(0, one);
      if (typeof one == "string") {
        const letters = text.encode(one);
        head(0x60, letters.length);
        for (const letter of letters) bytes.push(letter);
      } else {
        head(0x80, one.length);
        one.forEach(item);
      }
    };
    item(value);
    return new Uint8Array(bytes);
  }

  const named = (name) => name.split("+").map((part) => part.split("@"));

  // Documents are given by their distance from the one before, so each list goes on from the last.
  function join(list, pages, first) {
    let number = first;
    for (const [distance, ...places] of pages) {
      number += distance;
      list.pages.push([number - list.last, ...places]);
      list.last = number;
    }
  }

  async function joined(start, name, end) {
    const parts = await Promise.all(
      named(name).map(async ([file, first]) => [await opened(start + file + end), Number(first || 0)]),
    );
    const words = new Map();
    const list = (map, key, more) => {
      if (!map.has(key)) map.set(key, { pages: [], last: 0, ...more });
      return map.get(key);
    };
    for (const [[found], first] of parts) {
      for (const [word, pages, variants] of found) {
        const one = list(words, word, { forms: null });
        join(one, pages, first);
        for (const [form, others] of variants) join(list((one.forms ||= new Map()), form), others, first);
      }
    }
    return [
      [...words].map(([word, { pages, forms }]) => [
        word,
        pages,
        [...(forms || [])].map(([form, other]) => [form, other.pages]),
      ]),
    ];
  }

  async function fetch(input, ...rest) {
    const [, start, name, end] = /^(.*\/index\/)([^/]*[+@][^/]*)(\.pf_index)$/.exec(input) || [];
    if (!name) return load(input, ...rest);
    const content = encoded(await joined(start, name, end));
    return new Response(new Blob([SIGNATURE, content]));
  }

  let known;

  async function rangesOf(path, language) {
    const entry = await (await load(`${path}pagefind-entry.json?ts=${Date.now()}`)).json();
    const own = entry.languages[language] || entry.languages[language.split("-")[0]];
    return own ? (await opened(`${path}pagefind.${own.hash}.pf_meta`))[2] : [];
  }

  // All words of those ranges that words with one of these beginnings stand in, each with the number
  // of documents; `path` is the folder of the index.
  async function words(path, language, beginnings) {
    known ||= rangesOf(path, language);
    const ranges = await known;
    const wanted = ranges.filter(([from, to]) =>
      beginnings.some((one) => one.slice(0, from.length) >= from && one.slice(0, to.length) <= to),
    );
    const found = await Promise.all(wanted.map(([, , name]) => joined(`${path}index/`, name, ".pf_index")));
    return found.flatMap(([list]) =>
      list.map(([word, pages, forms]) => [word, pages.length + forms.flatMap((form) => form[1]).length]),
    );
  }

  return { fetch, words };
})();
const fetch = tidepostSearch.fetch;
