import markdownItAnchor from "markdown-it-anchor";
import plugins from "./config/plugins.js";

export default function (eleventyConfig) {
  eleventyConfig.addPlugin(plugins);
  eleventyConfig.addPassthroughCopy({ "src/files": "files" });
  eleventyConfig.addPassthroughCopy(process.env.MORE);
  eleventyConfig.addFilter("readable", (date) => date.toDateString());
  eleventyConfig.addShortcode("callout", (text) => `<aside>${text.trim()}</aside>`);
  eleventyConfig.addTransform("small", (content) => content.trim());
  eleventyConfig.amendLibrary("md", (library) => library.use(markdownItAnchor));
}

export const config = {
  dir: { input: "src", output: "dist" },
  pathPrefix: "/garden/",
};
