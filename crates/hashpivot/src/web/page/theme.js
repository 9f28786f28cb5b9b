// Sets the theme before the first paint, so that a dark page does not flash white. Not a module: modules wait.
"use strict";
{
  let wanted = null;
  try {
    wanted = localStorage.getItem("hashpivot-theme");
  } catch {
    // Storage may be refused; the system's theme holds then.
  }
  if (wanted === "light" || wanted === "dark") document.documentElement.dataset.theme = wanted;
}
