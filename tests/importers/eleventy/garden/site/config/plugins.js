export default function (config) {
  config.addPassthroughCopy("src/robots.txt");
}
