/* Ctrl+K, or Cmd+K on a Mac, leads to the page for searching, or into its field. */
addEventListener("keydown", (event) => {
  if (event.key != "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
  event.preventDefault();
  const field = document.getElementById("search-words");
  if (field) field.select();
  else location = document.querySelector("a[aria-keyshortcuts]").href;
});
