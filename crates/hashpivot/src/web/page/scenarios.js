// Plans kept under a name, side by side with the one on screen.

import { difference } from "./address.js";
import { inShort } from "./decision.js";
import { byId, el, show, table } from "./dom.js";
import { exact, fixed, millions, safe, useName } from "./format.js";
import { load, on, state, tell } from "./state.js";
import { open } from "./tabs.js";

const KEY = "hashpivot-scenarios";
/** Differences shown at most. */
const MOST = 60;

/** What the comparison shows of an answer. @param {any} result */
function digest(result) {
  return {
    npv_usd: result.portfolio.npv_usd,
    capex_usd: result.portfolio.capital_used_usd,
    sites: result.sites.map((/** @type {any} */ s) => ({
      id: s.id,
      name: s.name,
      what: inShort(s),
      npv_usd: s.npv_usd,
      gain_usd: s.gain_usd,
      capex_usd: s.capex_usd,
      uses: s.uses.map((/** @type {any} */ u) => ({ use: u.use, gross_mw: u.gross_mw })),
    })),
  };
}

/** Brings back what this tab kept. */
export function start() {
  try {
    state.scenarios = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
  } catch {
    state.scenarios = [];
  }
  on("scenarios", () => {
    try {
      sessionStorage.setItem(KEY, JSON.stringify(state.scenarios));
    } catch {
      // Full or refused storage: the scenarios live until the page is left.
    }
    draw();
  });
  byId("keep").addEventListener("submit", (/** @type {Event} */ event) => {
    event.preventDefault();
    const box = byId("keep-name");
    const name = box.value.trim() || `Scenario ${state.scenarios.length + 1}`;
    keep(name);
    box.value = "";
  });
  draw();
}

/** @param {string} name */
function keep(name) {
  if (!state.result || state.faults.length) return;
  const kept = { name, plan: structuredClone(state.plan), files: { ...state.files }, digest: digest(state.result) };
  const before = state.scenarios.findIndex((s) => s.name === name);
  if (before >= 0) state.scenarios[before] = kept;
  else state.scenarios.push(kept);
  tell("scenarios");
}

function draw() {
  show(
    byId("scenario-list"),
    state.scenarios.map((s, i) =>
      el(
        "li",
        { "data-key": s.name },
        el("button", { type: "button", class: "row", "data-do": "scenario-load", "data-index": i, title: "Put this plan on screen" }, el("span", { class: "row-name", dir: "auto" }, safe(s.name)), el("span", { class: "row-value" }, millions(s.digest.npv_usd))),
        el("button", { type: "button", class: "icon", "data-do": "scenario-drop", "data-index": i, "aria-label": `Forget ${safe(s.name)}` }, "\u00d7"),
      ),
    ),
  );
  byId("compare").hidden = state.scenarios.length === 0;
}

/** @param {Event} event */
export function act(event) {
  const target = /** @type {HTMLElement} */ (event.target).closest("[data-do]");
  const index = Number(target?.getAttribute("data-index"));
  const what = target?.getAttribute("data-do");
  if (what === "scenario-load") load(state.scenarios[index].plan, { files: state.scenarios[index].files });
  if (what === "scenario-drop") {
    state.scenarios.splice(index, 1);
    tell("scenarios");
  }
  if (what === "compare") {
    open("compare");
    byId("tab-compare").focus();
  }
}

/** @param {unknown} value */
function brief(value) {
  if (value === undefined) return "default";
  if (typeof value === "number") return exact(value);
  return safe(typeof value === "string" ? value : JSON.stringify(value));
}

/** @type {import("./tabs.js").View} */
export const compare = {
  id: "compare",
  name: "Compare",
  when: () => state.scenarios.length > 0,
  draw() {
    if (!state.result) return null;
    const columns = [{ name: "On screen", plan: state.plan, digest: digest(state.result) }, ...state.scenarios];
    const heads = [{ head: "", text: true }, ...columns.map((c) => ({ head: safe(c.name) }))];
    const ids = [...new Set(columns.flatMap((c) => c.digest.sites.map((/** @type {any} */ s) => s.id)))];
    const of = (/** @type {any} */ c, /** @type {string} */ id) => c.digest.sites.find((/** @type {any} */ s) => s.id === id);
    /** @type {any[][]} */
    const rows = [
      ["Value of all sites, $M", ...columns.map((c) => ({ text: millions(c.digest.npv_usd), class: "sum" }))],
      ["Capital used, $M", ...columns.map((c) => millions(c.digest.capex_usd))],
    ];
    for (const use of ["mining", "colocation", "gpu_cloud"]) {
      const mw = (/** @type {any} */ c) => c.digest.sites.flatMap((/** @type {any} */ s) => s.uses).reduce((/** @type {number} */ t, /** @type {any} */ u) => t + (u.use === use ? u.gross_mw : 0), 0);
      rows.push([`${useName(use)} once in service, MW gross`, ...columns.map((c) => fixed(mw(c), 1))]);
    }
    for (const id of ids) {
      const name = safe(columns.map((c) => of(c, id)?.name).find(Boolean) ?? id);
      rows.push([`${name}: decision`, ...columns.map((c) => ({ text: safe(of(c, id)?.what ?? "\u2013"), class: "wrap" }))]);
      rows.push([`${name}: value, $M`, ...columns.map((c) => millions(of(c, id)?.npv_usd))]);
      rows.push([`${name}: against mining on, $M`, ...columns.map((c) => millions(of(c, id)?.gain_usd))]);
      rows.push([`${name}: capital, $M`, ...columns.map((c) => millions(of(c, id)?.capex_usd))]);
    }
    const base = columns[0].plan;
    const paths = [...new Set(columns.slice(1).flatMap((c) => difference(base, c.plan).changes.map((d) => d.path)))];
    const changes = columns.slice(1).map((c) => new Map(difference(base, c.plan).changes.map((d) => [d.path, d])));
    return [
      el("h3", null, "Scenarios side by side"),
      table("Decisions and values", heads, rows),
      paths.length
        ? table(
            paths.length > MOST ? `Inputs that differ: the first ${MOST} of ${paths.length}` : "Inputs that differ",
            [{ head: "Input", text: true }, ...columns.map((c) => ({ head: safe(c.name) }))],
            paths.slice(0, MOST).map((path) => {
              const here = changes.map((m) => m.get(path)).find(Boolean);
              return [el("code", null, safe(path)), brief(here?.from), ...changes.map((m) => (m.has(path) ? { text: brief(m.get(path)?.to), class: "changed" } : brief(here?.from)))];
            }),
          )
        : el("p", { class: "note" }, "No input differs from the plan on screen."),
    ];
  },
};
