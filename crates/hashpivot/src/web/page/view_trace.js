// Tabs that say why: what binds and what comes next; and where every number comes from.

import { Faulty } from "./api.js";
import { sentence } from "./decision.js";
import { el, table } from "./dom.js";
import { long, planNumber } from "./engine.js";
import { about, exact, fixed, millions, percent, safe, toShown, unitShown, words } from "./format.js";
import { state } from "./state.js";
import * as tabs from "./tabs.js";

const said = { number: -1, result: /** @type {any} */ (null), error: "", stop: /** @type {AbortController | null} */ (null) };

async function fetchWhy() {
  if (said.number === planNumber() || !state.whole) return;
  said.stop?.abort();
  const stop = (said.stop = new AbortController());
  const number = planNumber();
  try {
    const result = await long("explain", {}, () => {}, stop.signal);
    if (number === planNumber()) Object.assign(said, { number, result, error: "" });
  } catch (error) {
    if (/** @type {any} */ (error).name === "AbortError") return;
    Object.assign(said, { number, error: error instanceof Faulty ? error.message : String(error) });
  }
  tabs.draw();
}

/** An amount in its unit: dollars in millions. @param {number} value @param {string} unit */
function amount(value, unit) {
  return unit === "USD" ? `$${millions(value)} M` : about(value);
}

/** @type {import("./tabs.js").View} */
export const why = {
  id: "why",
  name: "Why",
  opened: fetchWhy,
  draw() {
    const r = said.result;
    if (said.error) return [el("h3", null, "Why"), el("p", null, said.error)];
    if (!r) return [el("h3", null, "Why"), el("p", { class: "note" }, "Asking what binds and what comes next\u2026")];
    const of = (/** @type {any} */ row) => state.site === null || row.site === state.site;
    const site = r.sites.find((/** @type {any} */ s) => s.id === state.site);
    const sentences = site ? site.sentences : r.sentences;
    const end = (/** @type {any} */ e) => (e ? `${percent(e.factor)}: ${safe(e.changes.map(words).join(", "))}` : "no crossing");
    const next = r.next_best.filter(of);
    const beaten = r.dominated.filter(of);
    return [
      el("h3", null, "Why"),
      said.number === planNumber() ? null : el("p", { class: "note" }, "Of an earlier state of the plan; it follows when the plan rests."),
      el("ul", { class: "sentences" }, sentences.map((/** @type {string} */ s) => el("li", null, sentence(s)))),
      next.length
        ? table(
            "What would be done instead, with what it costs",
            [{ head: "Site", text: true }, { head: "Instead", text: true }, { head: "With it", text: true }, { head: "Loss", unit: "$M" }],
            next.map((/** @type {any} */ n) => [safe(n.site), safe(words(n.instead)), safe(n.with_it.map(words).join(", ") || "\u2013"), millions(n.loss_usd)]),
          )
        : null,
      beaten.length
        ? table(
            "What is beaten, by what, by how much",
            [{ head: "Site", text: true }, { head: "Decision", text: true }, { head: "Beaten by", text: true }, { head: "Behind", unit: "$M" }],
            beaten.map((/** @type {any} */ d) => [safe(d.site), safe(words(d.decision)), safe(words(d.beaten_by)), millions(d.behind_usd)]),
          )
        : null,
      r.shadow.length
        ? table(
            "What the sites share, and what more or less of it is worth",
            [{ head: "Limit", text: true }, { head: "There is" }, { head: "Binds", text: true }, { head: "One less costs", unit: "$M" }, { head: "One more adds", unit: "$M" }, { head: "Prices hold from" }, { head: "to" }],
            r.shadow.map((/** @type {any} */ s) => [safe(s.limit), amount(s.limit_amount, s.unit), s.binds ? "yes" : "no", fixed(s.step_less_usd / 1e6, 3), fixed(s.step_more_usd / 1e6, 3), amount(s.left_until_amount, s.unit), amount(s.right_until_amount, s.unit)]),
          )
        : null,
      table(
        "The whole plan changes when an input of all sites is scaled",
        [{ head: "Input", text: true }, { head: "Below", text: true }, { head: "Above", text: true }],
        r.portfolio_switching.map((/** @type {any} */ s) => [words(s.input), end(s.below), end(s.above)]),
      ),
      r.regret
        ? table(
            `Regret where the network moves otherwise; least with the plan that is best in ${words(r.regret.least_regret)}`,
            [{ head: "Best in", text: true }, ...r.regret.futures.map((/** @type {string} */ f) => ({ head: `Value in ${words(f)}`, unit: "$M" })), { head: "Most regret", unit: "$M" }],
            r.regret.plans.map((/** @type {any} */ p) => [words(p.best_in), ...p.values_usd.map(millions), millions(p.most_regret_usd)]),
          )
        : null,
    ];
  },
};

/** @type {import("./tabs.js").View} */
export const audit = {
  id: "audit",
  name: "Audit",
  draw() {
    const r = state.result;
    const units = (/** @type {any} */ d) => (typeof d.value === "number" ? exact(toShown(d.value, d.unit)) : typeof d.value === "string" ? d.value : JSON.stringify(d.value));
    return [
      el("h3", null, "Audit trail"),
      table(
        "What was computed, by what",
        [{ head: "Item", text: true }, { head: "Value", text: true }],
        [
          ["Version", r.version],
          ["Instruction set", r.simd],
          ["Digest of the inputs", el("code", null, r.input_digest)],
          ["Valued on", r.valuation_date],
          ["Rate", `${percent(r.discount_rate_frac)}, ${words(r.npv_basis)}`],
          ["Timing of flows", words(r.timing)],
          ["Network", words(r.projection)],
          ["Months valued", fixed(r.horizon_months)],
          ["Plans compared", r.sites.map((/** @type {any} */ s) => `${safe(s.name)} ${fixed(s.plans)}`).join(", ")],
          ["Optimum", r.portfolio.status === "proven" ? "proven: no plan is worth more" : `${words(r.portfolio.status)}, gap ${percent(r.portfolio.gap, 3)}`],
        ],
      ),
      el("h4", null, "Warnings"),
      r.warnings.length ? el("ul", { class: "warnings" }, r.warnings.map((/** @type {string} */ w) => el("li", null, safe(w)))) : el("p", null, "None."),
      el("h4", null, `${fixed(r.defaults.length)} defaults used`),
      table(
        "Inputs that the plan leaves out; choose one to set it",
        [{ head: "Input", text: true }, { head: "Value" }, { head: "Unit", text: true }, { head: "Source", text: true }],
        r.defaults.map((/** @type {any} */ d) => [el("button", { type: "button", class: "link path", "data-do": "reveal", "data-path": d.path }, safe(d.path)), safe(units(d)), unitShown(d.unit), safe(d.source.replace(/^\[(.*)\]$/, "$1"))]),
      ),
      el(
        "details",
        { class: "figures-of" },
        el("summary", null, `Formulas behind ${Object.keys(r.formulas).length} figures`),
        table(
          "Figure of the answer and the formula it comes from",
          [{ head: "Figure", text: true }, { head: "Formula", text: true }],
          Object.entries(r.formulas).map(([k, v]) => [el("code", null, k), el("code", null, String(v))]),
        ),
      ),
    ];
  },
};
