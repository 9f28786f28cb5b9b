// Tabs about money: the offers, the cash flow, and with whose money it is built.

import { figure, waterfall, yearly } from "./charts.js";
import { curve } from "./curves.js";
import { el, table } from "./dom.js";
import { about, fixed, millions, money, percent, safe, useName, words } from "./format.js";
import { siteResult, state } from "./state.js";

/** @type {import("./tabs.js").View} */
export const offers = {
  id: "offers",
  name: "Offers",
  draw() {
    const shown = state.site === null ? state.result.sites : [siteResult()].filter(Boolean);
    return [
      el("h3", null, "Offers and what is done with them"),
      ...shown.flatMap((/** @type {any} */ s) => {
        const plan = state.plan.site.find((/** @type {any} */ p) => p.id === s.id);
        const rows = (plan?.offer ?? []).map((/** @type {any} */ o) => {
          const taken = s.uses.filter((/** @type {any} */ u) => u.offer === o.id);
          const mw = taken.reduce((/** @type {number} */ t, /** @type {any} */ u) => t + u.gross_mw, 0);
          const npv = taken.reduce((/** @type {number} */ t, /** @type {any} */ u) => t + u.npv_usd, 0);
          const branch = s.plan.find((/** @type {any} */ p) => p.offer === o.id);
          const price = o.kind === "gpu_cloud" ? `${about(o.contract_usd_per_gpu_h)} $/GPU-h` : `${about(o.rent_first_usd_per_kw_month)} $/kW-month`;
          return [
            safe(o.id),
            useName(o.kind),
            price,
            `${about(o.critical_mw?.min)}\u2013${about(o.critical_mw?.max)}`,
            fixed(o.term_months),
            o.signing ? percent(o.signing.probability_frac, 0) : "signed",
            taken.length ? fixed(mw, 1) : "not taken",
            taken.length ? millions(npv) : "\u2013",
            branch?.commit ? `${branch.commit.slice(0, 7)} to ${branch.in_service.slice(0, 7)}` : "\u2013",
          ];
        });
        return [
          el("h4", { dir: "auto" }, safe(s.name)),
          rows.length
            ? table(
                `Offers at ${safe(s.name)}`,
                [
                  { head: "Offer", text: true },
                  { head: "Kind", text: true },
                  { head: "Price" },
                  { head: "Sizes", unit: "critical MW" },
                  { head: "Term", unit: "months" },
                  { head: "Signed" },
                  { head: "Taken", unit: "MW gross" },
                  { head: "Worth", unit: "$M" },
                  { head: "Commit to service" },
                ],
                rows,
              )
            : el("p", null, "No offers: add one under Inputs."),
          ...(s.excluded?.length
            ? [
                table(
                  "Offers that cannot be taken",
                  [{ head: "Offer", text: true }, { head: "Constraint", text: true }, { head: "Needed" }, { head: "Available" }],
                  s.excluded.map((/** @type {any} */ x) => [safe(x.offer), safe(words(x.constraint)), about(x.needed), about(x.available)]),
                ),
              ]
            : []),
          branches(s),
        ];
      }),
    ];
  },
};

/** What is done in each case of signing. @param {any} s */
function branches(s) {
  return el(
    "details",
    { class: "figures-of" },
    el("summary", null, "What is done in each case"),
    table(
      "The plan by quarter of signature",
      [{ head: "Signed in", text: true }, { head: "Probability" }, { head: "Use", text: true }, { head: "Offer", text: true }, { head: "Power", unit: "MW gross" }, { head: "Commit", text: true }, { head: "In service", text: true }],
      s.plan.map((/** @type {any} */ p) => [p.signed_in ?? "\u2013", percent(p.probability), useName(p.use), safe(p.offer ?? "\u2013"), fixed(p.gross_mw, 1), p.commit?.slice(0, 7) ?? "\u2013", p.in_service?.slice(0, 7) ?? "\u2013"]),
    ),
  );
}

/** Flows of the selection by plan year. */
function flows() {
  const site = siteResult();
  if (site) return site.cash_flow_by_year;
  const total = structuredClone(state.result.sites[0]?.cash_flow_by_year ?? []);
  for (const s of state.result.sites.slice(1))
    s.cash_flow_by_year.forEach((/** @type {any} */ row, /** @type {number} */ i) => {
      if (!total[i]) total[i] = { ...row };
      else for (const key of Object.keys(row)) if (key.endsWith("_usd")) total[i][key] += row[key];
    });
  return total;
}

/** @type {import("./tabs.js").View} */
export const cash = {
  id: "cash",
  name: "Cash flow",
  draw(_, width) {
    const all = flows();
    const moves = (/** @type {any} */ r) => ["operating_usd", "other_usd", "capex_usd", "tax_usd"].some((k) => Math.abs(r[k] ?? 0) > 1);
    const last = all.findLastIndex(moves);
    const rows = all.slice(0, Math.max(1, last + 1));
    const add = (/** @type {string} */ key) => rows.reduce((/** @type {number} */ t, /** @type {any} */ r) => t + (r[key] ?? 0), 0);
    const f = state.result.formulas ?? {};
    return [
      el("h3", null, "Cash flow of the decision, expected, not discounted"),
      yearly(rows, width, "By plan year, $M"),
      waterfall(
        [
          { name: "Operations", usd: add("operating_usd"), fill: "operating" },
          { name: "Sales, other", usd: add("other_usd"), fill: "other" },
          { name: "Capital", usd: add("capex_usd"), fill: "capex" },
          { name: "Tax", usd: add("tax_usd"), fill: "tax" },
        ],
        "Net",
        width,
        "Over all years, $M",
      ),
      table(
        "Cash flow by plan year; year 1 begins on the valuation date",
        [
          { head: "Year" },
          { head: "Operations", unit: "$M", title: f.operating_usd },
          { head: "Sales, other", unit: "$M", title: f.other_usd },
          { head: "Capital", unit: "$M", title: f.capex_usd },
          { head: "Tax", unit: "$M", title: f.tax_usd },
          { head: "Net", unit: "$M", title: f.net_usd },
        ],
        [
          ...rows.map((/** @type {any} */ r) => [String(r.plan_year), millions(r.operating_usd), millions(r.other_usd), millions(r.capex_usd), millions(r.tax_usd), millions(r.net_usd)]),
          ["Sum", ...["operating_usd", "other_usd", "capex_usd", "tax_usd", "net_usd"].map((k) => ({ text: millions(add(k)), class: "sum" }))],
        ],
      ),
      rows.length < all.length ? el("p", { class: "note" }, `Nothing flows in years ${rows.length + 1} to ${all.length}.`) : null,
    ];
  },
};

/** @type {import("./tabs.js").View} */
export const financing = {
  id: "financing",
  name: "Financing",
  when: () => Boolean(state.result?.financing),
  draw(_, width) {
    const f = state.result.financing;
    const months = f.statement.map((/** @type {any} */ r) => Date.parse(`${r.date}T00:00:00Z`) / 1000);
    const years = f.statement.filter((/** @type {any} */ _r, /** @type {number} */ i) => i % 12 === 0);
    return [
      el("h3", null, "With whose money"),
      table(
        "Value and shares",
        [{ head: "Figure", text: true }, { head: "Value" }, { head: "Unit", text: true }],
        [
          ["Value of the project", millions(f.project_npv_usd), "$M"],
          ["Value of equity", millions(f.equity_npv_usd), "$M"],
          ["Value of the company", millions(f.company_value_usd), "$M"],
          ["Value a share", fixed(f.value_usd_per_share, 2), "USD/share"],
          ["Gain a share", fixed(f.gain_usd_per_share, 2), "USD/share"],
          ["Shares before", fixed(f.shares?.before_shares / 1e6, 1), "million"],
          ["Shares after", fixed(f.shares?.after_shares / 1e6, 1), "million"],
          ["Least coverage of debt service", fixed(f.min_dscr, 2), "times"],
          ["Least coverage, lender's case", fixed(f.min_lender_dscr, 2), "times"],
          ["Most debt", millions(f.peak_debt_usd), "$M"],
          ["Least cash", millions(f.min_cash_usd), "$M"],
          ["Objective", safe(words(f.objective)), ""],
        ],
      ),
      table(
        "Where the money comes from",
        [{ head: "Source", text: true }, { head: "Raised", unit: "$M" }],
        f.sources.map((/** @type {any} */ s) => [safe(words(s.source)), millions(s.raised_usd)]),
      ),
      figure(
        "Cash and debt over time, $M",
        curve(
          {
            key: "financing",
            title: "Cash and debt",
            x: months,
            xName: "Month",
            time: true,
            unit: "$M",
            lines: [
              { name: "Cash", values: f.statement.map((/** @type {any} */ r) => r.cash_usd / 1e6), tone: "accent" },
              { name: "Debt", values: f.statement.map((/** @type {any} */ r) => r.debt_usd / 1e6), tone: "capex", dash: [8, 4] },
            ],
          },
          width,
        ),
      ),
      table(
        "Balances at the start of each plan year",
        [{ head: "Date", text: true }, { head: "Cash", unit: "$M" }, { head: "Debt", unit: "$M" }, { head: "Reserve", unit: "$M" }, { head: "Shares", unit: "million" }],
        years.map((/** @type {any} */ r) => [r.date.slice(0, 7), millions(r.cash_usd), millions(r.debt_usd), millions(r.reserve_usd), fixed(r.diluted_shares / 1e6, 1)]),
      ),
      f.breaches?.length ? el("p", { class: "warning" }, `${f.breaches.length} breaches of covenants; the first: ${safe(JSON.stringify(f.breaches[0]))}`) : el("p", { class: "note" }, `No covenant is breached. ${money(f.equity_put_in_usd)} of equity is put in.`),
    ];
  },
};
