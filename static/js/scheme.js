/*
 * The reader's choice between the light scheme, the dark one and the system's. It comes before the
 * style sheet and blocks, so that no page is ever painted in another scheme first. The choice is
 * kept in this browser only; without this file the system decides and there is no button.
 */
{
  const root = document.documentElement.dataset;
  const choose = (scheme) => {
    root.scheme = /^(light|dark)$/.test(scheme) ? scheme : "auto";
  };

  // A browser that keeps nothing (cookies forbidden) throws here.
  try {
    choose(localStorage.getItem("scheme"));
  } catch {
    choose();
  }

  addEventListener("click", ({ target }) => {
    if (!target.closest(".scheme")) return;
    // From the system's scheme the first click leads to the other one, so that something happens.
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    const order = dark ? ["auto", "light", "dark"] : ["auto", "dark", "light"];
    choose(order[(order.indexOf(root.scheme) + 1) % 3]);
    try {
      localStorage.setItem("scheme", root.scheme);
    } catch {}
  });
  addEventListener("storage", ({ key, newValue }) => {
    if (key === "scheme") choose(newValue); // chosen in another tab
  });
}
