"""The posts as a site of Astro."""

from __future__ import annotations

from pathlib import Path

from bench.peers.install import from_npm
from bench.tool import Tool, write

_BY_NAME = """\
---
import List from "../../List.astro";
import { grouped } from "../../posts.js";
export const getStaticPaths = () => grouped("%s");
---
<List title={Astro.params.name} shown={Astro.props.shown} />
"""

_SOURCES = {
    "package.json": '{"private": true, "type": "module"}\n',
    # The caches would be in node_modules, which all sites share.
    "astro.config.mjs": """\
export default {
  site: "https://bench.example",
  cacheDir: "./.cache",
  vite: { cacheDir: "./.cache/vite" },
  markdown: { syntaxHighlight: "prism" },
};
""",
    "src/content.config.js": """\
import { defineCollection } from "astro:content";
import { glob } from "astro/loaders";
export const collections = {
  posts: defineCollection({ loader: glob({ pattern: "*.md", base: "./src/posts" }) }),
};
""",
    "src/posts.js": """\
import { getCollection } from "astro:content";
export const posts = await getCollection("posts");
posts.sort((one, two) => two.data.date - one.data.date);
export const grouped = (key) => {
  const found = {};
  for (const post of posts)
    for (const name of post.data[key]) (found[name] ??= []).push(post);
  return Object.entries(found).map(([name, shown]) => ({ params: { name }, props: { shown } }));
};
""",
    "src/List.astro": """\
---
const { title, shown } = Astro.props;
---
<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><body>
<ul>{shown.map((post) => <li><a href={`/posts/${post.id}/`}>{post.data.title}</a>
{post.data.date.toISOString().slice(0, 10)}</li>)}</ul><slot /></body></html>
""",
    "src/pages/[...page].astro": """\
---
import List from "../List.astro";
import { posts } from "../posts.js";
export const getStaticPaths = ({ paginate }) => paginate(posts, { pageSize: 10 });
const { page } = Astro.props;
---
<List title="Bench" shown={page.data}>{page.url.next && <a href={page.url.next}>next</a>}</List>
""",
    "src/pages/tags/[name].astro": _BY_NAME % "tags",
    "src/pages/categories/[name].astro": _BY_NAME % "categories",
    "src/pages/posts/[id].astro": """\
---
import { render } from "astro:content";
import { posts } from "../../posts.js";
export const getStaticPaths = () =>
  posts.map((post, at) => ({ params: { id: post.id }, props: { post, next: posts[at + 1] } }));
const { post, next } = Astro.props;
const { Content } = await render(post);
---
<!doctype html><html lang="en"><meta charset="utf-8"><title>{post.data.title}</title><body>
<h1>{post.data.title}</h1><Content />
{post.data.tags.map((tag) => <a href={`/tags/${tag}/`}>{tag}</a>)}
{next && <a href={`/posts/${next.id}/`}>{next.data.title}</a>}</body></html>
""",
    "src/pages/feed.xml.js": """\
import rss from "@astrojs/rss";
import { posts } from "../posts.js";
export const GET = ({ site }) =>
  rss({
    title: "Bench",
    description: "A site to measure.",
    site,
    items: posts.slice(0, 20).map((post) => ({
      title: post.data.title,
      pubDate: post.data.date,
      link: `/posts/${post.id}/`,
      content: post.rendered.html,
    })),
  });
""",
}


def astro(tools: Path) -> Tool:
    """Return Astro, from npm, with its cache of contents: the last major version for Node 20."""
    modules = from_npm(tools / "astro", "astro@5", "@astrojs/rss@4")
    program = ["node", str(modules / "astro/astro.js")]

    def set_up(site: Path) -> None:
        (site / "node_modules").symlink_to(modules)
        for name, text in _SOURCES.items():
            write(site / name, text)

    build, version = [*program, "build", "--silent"], [*program, "--version"]
    remark = (
        "lists all posts of a tag or category on one page, and colours code with Prism, as Eleventy"
        " does, rather than with Shiki, its default, which takes a little longer"
    )
    memory = (".cache", ".astro")
    places = ("src/posts", "src/pages/posts/[id].astro", "dist")
    return Tool("Astro", "hugo", *places, memory, set_up, build, version, remark)
