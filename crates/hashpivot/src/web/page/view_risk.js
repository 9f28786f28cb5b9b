// Tabs about risk: what one input does, where the decision changes, and a map over two inputs.

import { Faulty } from "./api.js";
import { heat, tornado } from "./charts.js";
import { byId, el, table } from "./dom.js";
import { long, planNumber } from "./engine.js";
import { about, exact, fixed, isFraction, label, millions, percent, safe, toShown, unitShown, words } from "./format.js";
import { kind, plan as planNode, resolve, shape } from "./schema.js";
import { siteResult, state } from "./state.js";
import * as tabs from "./tabs.js";

/** @typedef {{ path: string, name: string, value: number, unit: string, whole: boolean }} Numeric */

/**
 * Work of a tab: for which plan it was done, what came of it.
 * @typedef {{ number: number, site: string | null, result: any, error: string, done: number, total: number, stop: AbortController | null }} Work
 * @returns {Work}
 */
const work = () => ({ number: -1, site: null, result: null, error: "", done: 0, total: 0, stop: null });
const one = work();
const two = work();
const axes = { x: "", y: "" };

/** Numeric inputs that the plan gives, with those of the selected site first. @returns {Numeric[]} */
export function numerics() {
  /** @type {Numeric[]} */ const found = [];
  const walk = (/** @type {any} */ raw, /** @type {any} */ value, /** @type {string} */ path, /** @type {string} */ owner) => {
    const node = resolve(raw);
    const sort = kind(node);
    if ((sort === "number" || sort === "integer") && typeof value === "number") {
      const key = path.split(".").pop() ?? "";
      if (["seed", "horizon_months", "height"].includes(key) || key.includes("[")) return;
      found.push({ path, name: `${label(key)}${owner ? `, ${owner}` : ""}`, value, unit: node["x-unit"] ?? "", whole: sort === "integer" });
    } else if (sort === "table" || sort === "tagged") {
      for (const [key, property] of Object.entries(shape(node, value)?.properties ?? {}))
        if (value?.[key] !== undefined) walk(property, value[key], path ? `${path}.${key}` : key, owner);
    } else if (sort === "rows") {
      value?.forEach((/** @type {any} */ item, /** @type {number} */ i) => {
        const named = item?.id !== undefined;
        if (!named && !path.endsWith("machine")) return;
        walk(node.items, item, named ? `${path}.${item.id}` : `${path}[${i}]`, safe(named ? item.id : (item.name ?? item.model ?? owner)));
      });
    }
  };
  walk(planNode(), state.plan, "", "");
  const mine = (/** @type {Numeric} */ n) => (state.site !== null && n.path.startsWith(`site.${state.site}.`) ? 0 : n.path.startsWith("site.") ? 2 : 1);
  return found.sort((a, b) => mine(a) - mine(b));
}

/** A value of an input with few figures. @param {number} value @param {string} unit */
function shown(value, unit) {
  return isFraction(unit) ? percent(value) : about(value);
}

/** The address of an input as words: what it is, and whose. @param {string} path */
function named(path) {
  const known = numerics().find((n) => n.path === path);
  return known ? known.name : safe(words(path));
}

/** @param {Work} job @param {string} route @param {object} body */
async function perform(job, route, body) {
  job.stop?.abort();
  const stop = (job.stop = new AbortController());
  const number = planNumber();
  const site = state.site;
  Object.assign(job, { done: 0, total: 0, error: "" });
  tabs.draw();
  try {
    const result = await long(
      route,
      body,
      (done, total) => {
        Object.assign(job, { done, total });
        tabs.draw();
      },
      stop.signal,
    );
    if (job.stop === stop) Object.assign(job, { result, number, site });
  } catch (error) {
    if (job.stop !== stop) return;
    const why = error instanceof Faulty ? error.faults.map((f) => `${f.path} ${f.hint || f.allowed || f.code}`).join("; ") : String(error);
    job.error = /** @type {any} */ (error).name === "AbortError" ? "Cancelled." : `Not done: ${why}`;
  } finally {
    if (job.stop === stop) job.stop = null;
    tabs.draw();
  }
}

/** How far the work is, and a button to stop it. @param {Work} job @param {string} name */
function progress(job, name) {
  if (!job.stop) return el("p", { class: "note", role: "status", "data-key": "said" }, job.error);
  return el(
    "p",
    { class: "busy", "data-key": "busy" },
    el("progress", { max: Math.max(1, job.total), "aria-label": `${name}, progress`, ...(job.total ? { value: job.done } : {}) }),
    el("span", null, job.total ? `${fixed(job.done)} of ${fixed(job.total)}` : "starting"),
    el("button", { type: "button", class: "small", "data-do": name === "Map" ? "map-stop" : "tornado-stop" }, "Cancel"),
  );
}

/** Value of a point for the selection: a site's, else the whole plan's. @param {any} point */
function valueOf(point) {
  if (!point) return null;
  return state.site === null ? point.npv_usd : (point.sites.find((/** @type {any} */ s) => s.site === state.site)?.npv_usd ?? null);
}

/** @param {any} point */
function decisionOf(point) {
  if (!point) return "refused";
  const of = (/** @type {any} */ s) => safe(words(s.decision));
  if (state.site !== null) {
    const found = point.sites.find((/** @type {any} */ s) => s.site === state.site);
    return found ? of(found) : "";
  }
  return point.sites.map((/** @type {any} */ s) => `${safe(s.site)}: ${of(s)}`).join("; ");
}

/** @type {import("./tabs.js").View} */
export const risk = {
  id: "risk",
  name: "Risk",
  opened() {
    if (one.number === planNumber() && one.result && one.site === state.site) return;
    if (state.whole) perform(one, "sensitivity", state.site === null ? {} : { site: state.site });
  },
  draw(_, width) {
    const site = siteResult();
    const r = one.result;
    const base = r ? (valueOf(r.base) ?? 0) : 0;
    const rows = (r?.rows ?? [])
      .map((/** @type {any} */ row) => ({ row, swing: Math.abs((valueOf(row.high) ?? base) - (valueOf(row.low) ?? base)) }))
      .sort((/** @type {any} */ a, /** @type {any} */ b) => b.swing - a.swing)
      .filter((/** @type {any} */ x) => x.swing > 0)
      .slice(0, 14)
      .map((/** @type {any} */ x) => x.row);
    const sites = site ? [site] : state.result.sites;
    return [
      el("h3", null, "What one input does to the value"),
      progress(one, "Tornado"),
      rows.length
        ? tornado(
            rows.map((/** @type {any} */ row) => ({ name: named(row.input), low: valueOf(row.low), high: valueOf(row.high), lowText: shown(row.low_value, row.unit), highText: shown(row.high_value, row.unit) })),
            base,
            width,
            `Value with one input at its ends, $M; today ${millions(base)}`,
          )
        : null,
      r && one.number !== planNumber() ? el("p", { class: "note" }, "Drawn for an earlier state of the plan; it follows when the plan rests.") : null,
      rows.length
        ? el(
            "details",
            { class: "figures-of" },
            el("summary", null, "Figures"),
            table(
              "Value at the ends of each input, decided anew",
              [{ head: "Input", text: true }, { head: "Unit", text: true }, { head: "Low" }, { head: "Today" }, { head: "High" }, { head: "Value, low", unit: "$M" }, { head: "Value, high", unit: "$M" }, { head: "Decision, low", text: true }, { head: "Decision, high", text: true }],
              rows.map((/** @type {any} */ row) => [
                { text: named(row.input), title: row.input },
                unitShown(row.unit),
                shown(row.low_value, row.unit),
                shown(row.base_value, row.unit),
                shown(row.high_value, row.unit),
                millions(valueOf(row.low)),
                millions(valueOf(row.high)),
                decisionOf(row.low),
                decisionOf(row.high),
              ]),
            ),
          )
        : null,
      r?.without_effect?.length
        ? el("details", { class: "figures-of" }, el("summary", null, `${r.without_effect.length} inputs that change nothing`), el("p", { class: "note" }, r.without_effect.map((/** @type {string} */ p) => safe(p)).join(", ")))
        : null,
      el("h3", null, "Where the decision changes"),
      ...sites.map((/** @type {any} */ s) =>
        el(
          "div",
          { class: state.whole ? "" : "older" },
          table(
            safe(s.name),
            [{ head: "Input", text: true }, { head: "Unit", text: true }, { head: "Changes below" }, { head: "to", text: true }, { head: "Today" }, { head: "Changes above" }, { head: "to", text: true }],
            s.switching.map((/** @type {any} */ w) => [
              words(w.input),
              w.unit,
              w.below ? about(w.below.value) : "no crossing",
              w.below ? safe(words(w.below.to)) : "",
              about(w.base),
              w.above ? about(w.above.value) : "no crossing",
              w.above ? safe(words(w.above.to)) : "",
            ]),
          ),
        ),
      ),
      el("h3", null, "If the network moves otherwise"),
      ...sites.map((/** @type {any} */ s) =>
        el(
          "div",
          { class: state.whole ? "" : "older" },
          table(
            safe(s.name),
            [{ head: "Line", text: true }, { head: "Best", text: true }, { head: "Value", unit: "$M" }, { head: "Mining on", unit: "$M" }, { head: "Gain", unit: "$M" }],
            s.by_line.map((/** @type {any} */ l) => [words(l.line), safe(words(l.best)), millions(l.npv_usd), millions(l.best_mining_npv_usd), millions(l.gain_usd)]),
          ),
        ),
      ),
    ];
  },
};

/** A field to choose an input by name. @param {"x" | "y"} axis @param {string} name @param {Numeric[]} list */
function chooser(axis, name, list) {
  const groups = new Map();
  for (const n of list) {
    const key = n.path.startsWith("site.") ? n.path.split(".")[1] : "plan";
    groups.set(key, [...(groups.get(key) ?? []), n]);
  }
  return el(
    "label",
    null,
    name,
    el(
      "select",
      { id: `map-${axis}` },
      [...groups].map(([key, items]) => el("optgroup", { label: key === "plan" ? "The plan" : safe(key) }, items.map((/** @type {Numeric} */ n) => el("option", { value: n.path, selected: n.path === axes[axis] }, `${n.name} (${exact(toShown(n.value, n.unit))} ${unitShown(n.unit)})`)))),
    ),
  );
}

/** Listens to what is clicked and chosen in these tabs. @param {Event} event */
export function act(event) {
  const target = /** @type {HTMLElement} */ (event.target);
  if (target.id === "map-x") axes.x = /** @type {HTMLSelectElement} */ (target).value;
  if (target.id === "map-y") axes.y = /** @type {HTMLSelectElement} */ (target).value;
  const what = event.type === "click" ? target.closest("[data-do]")?.getAttribute("data-do") : null;
  if (what === "map-start") {
    const cells = Number(byId("map-n").value);
    const list = numerics();
    const axis = (/** @type {string} */ path) => {
      const n = list.find((i) => i.path === path);
      if (!n || n.value === 0) return path;
      const ends = [n.value * 0.6, n.value * 1.4].map((v) => (n.whole ? Math.round(v) : Number(v.toPrecision(6))));
      ends.sort((a, b) => a - b);
      return `${path}=${ends[0]}..${ends[1]}:${n.whole ? Math.min(cells, ends[1] - ends[0] + 1) : cells}`;
    };
    perform(two, "map", { x: axis(axes.x), y: axis(axes.y) });
  }
  if (what === "map-stop") two.stop?.abort();
  if (what === "tornado-stop") one.stop?.abort();
}

/** @type {import("./tabs.js").View} */
export const map = {
  id: "map",
  name: "Map",
  draw(_, width) {
    const list = numerics();
    const usual = (/** @type {string[]} */ wanted) => wanted.map((w) => list.find((n) => n.path.endsWith(w))?.path).find(Boolean) ?? list[0]?.path ?? "";
    if (!list.some((n) => n.path === axes.x)) axes.x = usual(["bitcoin.price_usd_per_btc"]);
    if (!list.some((n) => n.path === axes.y)) axes.y = usual(["rent_first_usd_per_kw_month", "tariff.usd_per_mwh", "contract_usd_per_gpu_h"]);
    // A map drawn before this site came says nothing about it.
    const r = two.result?.cells.some((/** @type {any} */ c) => valueOf(c.point) !== null) ? two.result : null;
    return [
      el("h3", null, "The decision over two inputs"),
      el(
        "div",
        { class: "choosers" },
        chooser("x", "Across", list),
        chooser("y", "Up", list),
        el("label", null, "Steps each way", el("select", { id: "map-n" }, [7, 9, 13, 17].map((n) => el("option", { value: n, selected: n === 9 }, String(n))))),
        el("button", { type: "button", class: "primary", "data-do": "map-start" }, "Draw the map"),
      ),
      progress(two, "Map"),
      r
        ? heat(
            r,
            (cell) => ({ usd: valueOf(cell.point), what: decisionOf(cell.point) }),
            [`${named(r.x.input)}, ${unitShown(r.x.unit)}`, `${named(r.y.input)}, ${unitShown(r.y.unit)}`],
            (v, axis) => shown(v, r[axis].unit),
            width,
            `Value${state.site === null ? " of all sites" : ""}, $M, and decision`,
          )
        : el("p", { class: "note" }, "Every point of the map is a plan decided anew, from 60 % to 140 % of today's values."),
      r && two.number !== planNumber() ? el("p", { class: "note" }, "Drawn for an earlier state of the plan: draw it again to follow.") : null,
      r
        ? el(
            "details",
            { class: "figures-of" },
            el("summary", null, "Figures"),
            table(
              "Value at each point",
              [{ head: `${named(r.x.input)}`, unit: unitShown(r.x.unit) }, { head: `${named(r.y.input)}`, unit: unitShown(r.y.unit) }, { head: "Value", unit: "$M" }, { head: "Decision", text: true }],
              r.cells.map((/** @type {any} */ c) => [shown(c.x_value, r.x.unit), shown(c.y_value, r.y.unit), millions(valueOf(c.point)), decisionOf(c.point)]),
            ),
          )
        : null,
    ];
  },
};
