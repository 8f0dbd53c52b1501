export default {
  tags: ["seasons"],
  eleventyComputed: { when: (data) => data.page.date },
};
