// What the page knows: the plan, what is selected, the latest answer. One object, and events.

import { difference, read, write } from "./address.js";

/** @typedef {"edit" | "shape" | "select" | "tab" | "answer" | "faults" | "busy" | "scenarios" | "settled"} Event */

/**
 * edit: a value of the plan changed. shape: tables or rows came or went, or another plan was loaded.
 * answer: `state.result` is new. settled: it is a whole answer to the plan as it stands.
 * @type {{ plan: any, start: any, shipped: any, files: Record<string, { id: string }>, site: string | null, tab: string,
 *   result: any, whole: boolean, faults: import("./api.js").Fault[], machines: string[], version: any, scenarios: any[], startName: string | null, shippedFiles: any, shippedIsExample: boolean }}
 */
export const state = {
  plan: null,
  start: null,
  shipped: null,
  startName: null,
  shippedFiles: {},
  shippedIsExample: false,
  files: {},
  site: null,
  tab: "cost",
  result: null,
  whole: false,
  faults: [],
  machines: [],
  version: null,
  scenarios: [],
};

/** @type {Map<Event, ((detail?: any) => void)[]>} */
const listeners = new Map();

/** @param {Event} event @param {(detail?: any) => void} listener */
export function on(event, listener) {
  listeners.set(event, [...(listeners.get(event) ?? []), listener]);
}

/** @param {Event} event @param {any} [detail] */
export function tell(event, detail) {
  for (const listener of listeners.get(event) ?? []) listener(detail);
}

/** Sets one value; `undefined` takes the key away. @param {import("./address.js").Place} place @param {unknown} value */
export function edit(place, value) {
  if (JSON.stringify(read(state.plan, place)) === JSON.stringify(value)) return;
  write(state.plan, place, value);
  tell("edit", place);
}

/** Changes the plan's shape by a function. @param {(plan: any) => void} change */
export function reshape(change) {
  change(state.plan);
  keepSelection();
  tell("shape");
  tell("edit", []);
}

/** Another plan takes the place of this one. @param {any} plan @param {{ files?: any, start?: boolean, name?: string | null }} [how] */
export function load(plan, how = {}) {
  state.plan = structuredClone(plan);
  state.files = { ...(how.files ?? {}) };
  if (how.start) {
    state.start = structuredClone(plan);
    state.startName = how.name ?? null;
  }
  keepSelection();
  tell("shape");
  tell("edit", []);
}

/** A site that is gone cannot stay selected. */
function keepSelection() {
  if (state.site !== null && !sites().some((s) => s.id === state.site)) state.site = null;
}

/** @returns {any[]} */
export function sites() {
  return Array.isArray(state.plan?.site) ? state.plan.site : [];
}

/** @param {string | null} site */
export function select(site) {
  if (state.site === site) return;
  state.site = site;
  tell("select");
}

/** The answer's row of the selected site, or none when all are shown. */
export function siteResult() {
  return state.result?.sites.find((/** @type {any} */ s) => s.id === state.site) ?? null;
}

/** What goes with every request on the plan. */
export function request() {
  return { plan: state.plan, files: state.files };
}

/** Changes against the plan one began with. */
export function changes() {
  return difference(state.start, state.plan);
}
