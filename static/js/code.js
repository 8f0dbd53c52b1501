/*
 * Gives each block of code a button that copies it. Its words are in data-copy and data-copied of
 * the <script>. Without this file, or where the browser lets nobody copy, there is no button.
 */
const { copy, copied } = document.querySelector("[data-copy]").dataset;
const status = document.createElement("p");
status.role = "status";
status.className = "unseen";

for (const code of navigator.clipboard ? document.querySelectorAll(".highlight code") : []) {
  const block = code.closest(".highlight");
  const button = document.createElement("button");
  button.className = "copy";
  button.textContent = copy;
  const title = block.querySelector(".filename");
  if (title) button.ariaLabel = `${copy} ${title.textContent}`;
  button.onclick = async () => {
    await navigator.clipboard.writeText(code.textContent.replace(/\n$/, ""));
    button.textContent = status.textContent = copied;
    setTimeout(() => {
      button.textContent = copy;
      status.textContent = "";
    }, 2e3);
  };
  block.append(button);
}
document.body.append(status);
