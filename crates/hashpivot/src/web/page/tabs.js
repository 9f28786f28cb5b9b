// Tabs below the decision: arrow keys move, only the open panel is drawn.

import { byId, eased, el, show } from "./dom.js";
import { on, state, tell } from "./state.js";

/** @typedef {{ id: string, name: string, draw: (box: HTMLElement, width: number) => any[] | null, when?: () => boolean, opened?: () => void }} View */

/** @type {View[]} */
let views = [];

/** @param {View[]} list */
export function start(list) {
  views = list;
  const bar = byId("tablist");
  bar.append(
    ...views.map((v) =>
      el("button", { type: "button", role: "tab", id: `tab-${v.id}`, "aria-controls": "panel", tabindex: -1, on: { click: () => open(v.id) } }, v.name),
    ),
  );
  bar.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    const shown = views.filter((v) => !v.when || v.when());
    const now = shown.findIndex((v) => v.id === state.tab);
    const to = { ArrowRight: now + 1, ArrowLeft: now - 1, Home: 0, End: shown.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = shown[(to + shown.length) % shown.length];
    open(next.id);
    byId(`tab-${next.id}`).focus();
  });
  // The decision comes first; what is below it follows in the next frame.
  on("answer", eased(draw));
  for (const event of /** @type {const} */ (["select", "faults", "scenarios"])) on(event, draw);
  on("settled", () => current()?.opened?.());
  on("select", () => current()?.opened?.());
}

function current() {
  return views.find((v) => v.id === state.tab && (!v.when || v.when())) ?? views[0];
}

/** @param {string} id */
export function open(id) {
  state.tab = id;
  byId("panel").replaceChildren();
  draw();
  tell("tab");
  current().opened?.();
}

/** Draws the open panel in place. */
export function draw() {
  const view = current();
  for (const v of views) {
    const tab = byId(`tab-${v.id}`);
    tab.hidden = Boolean(v.when && !v.when());
    tab.setAttribute("aria-selected", String(v === view));
    tab.tabIndex = v === view ? 0 : -1;
  }
  const panel = byId("panel");
  panel.setAttribute("aria-labelledby", `tab-${view.id}`);
  panel.classList.toggle("stale", state.faults.length > 0);
  if (!state.result && view.id !== "compare") return;
  const parts = view.draw(panel, Math.max(260, panel.clientWidth - 2));
  if (parts) show(panel, ...parts);
}
