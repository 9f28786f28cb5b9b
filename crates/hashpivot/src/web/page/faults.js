// What is wrong with the plan, as a list above the answer; each line leads to its field.

import { byId, el, show } from "./dom.js";
import { safe } from "./format.js";
import { goTo } from "./form.js";
import { on, state } from "./state.js";

/** Lines shown at most, as in the command's tables. */
const MOST = 20;

/** Keeps the list in step. */
export function start() {
  on("faults", draw);
}

/** @param {import("./api.js").Fault} fault */
function line(fault) {
  // The page's own request is one line of JSON: a line number says something of files only.
  const where = fault.line && fault.file && !["--set", "request.json"].includes(fault.file) ? `${fault.file}, line ${fault.line}` : "";
  const what = [fault.value, fault.allowed, fault.hint].filter(Boolean).join("; ") || fault.code.replaceAll("_", " ");
  return [safe(where), safe(what)].filter(Boolean).join(": ");
}

function draw() {
  const box = byId("faults");
  box.hidden = state.faults.length === 0;
  if (box.hidden) return box.replaceChildren();
  const rest = state.faults.length - MOST;
  show(
    box,
    el("h2", null, state.faults.length === 1 ? "One thing is wrong with the plan" : `${state.faults.length} things are wrong with the plan`),
    el("p", null, "The answer below is that of the last plan that could be computed."),
    el(
      "ul",
      null,
      state.faults.slice(0, MOST).map((f, i) => el("li", null, f.path ? el("button", { type: "button", class: "link path", "data-do": "fault", "data-index": i }, safe(f.path)) : el("b", null, safe(f.code.replaceAll("_", " "))), ` ${line(f)}`)),
    ),
    rest > 0 && el("p", null, `${rest} more.`),
  );
}

/** @param {Event} event */
export function act(event) {
  const target = /** @type {HTMLElement} */ (event.target).closest("[data-do='fault']");
  if (target) goTo(state.faults[Number(target.getAttribute("data-index"))]);
}
