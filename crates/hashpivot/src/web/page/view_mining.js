// Tabs about mining: what a bitcoin costs, and what power costs hour by hour.

import { Faulty } from "./api.js";
import { figure } from "./charts.js";
import { curve } from "./curves.js";
import { el, table } from "./dom.js";
import { long, planNumber } from "./engine.js";
import { about, fixed, millions, percent, safe, words } from "./format.js";
import { siteResult, state } from "./state.js";
import { drawing, rect, text } from "./svg.js";
import * as tabs from "./tabs.js";

/** Seconds since 1970 of a month. @param {string} month */
function seconds(month) {
  return Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5, 7)) - 1) / 1000;
}

/** @type {import("./tabs.js").View} */
export const cost = {
  id: "cost",
  name: "Cost to mine",
  draw(_, width) {
    const { result } = state;
    const site = siteResult();
    const sites = site ? [site] : result.sites;
    const f = result.formulas ?? {};
    const rows = sites
      .filter((/** @type {any} */ s) => s.fleet)
      .map((/** @type {any} */ s) => [
        safe(s.name),
        fixed(s.fleet.electricity_usd_per_btc),
        fixed(s.fleet.direct_usd_per_btc),
        fixed(s.fleet.all_in_usd_per_btc),
        fixed(s.fleet.hashprice_usd_per_ph_day, 2),
        fixed(s.fleet.all_in_before_credits_usd_per_ph_day, 2),
        fixed(s.fleet.usd_per_mwh, 1),
        fixed(s.fleet.breakeven_usd_per_mwh, 1),
        fixed(s.fleet.fleet_j_per_th, 1),
      ]);
    const points = site?.cost_curve ?? [];
    const price = result.network[0]?.price_usd_per_btc;
    // A month with blocks on both sides of a halving falls in two steps: the first one marks it.
    const falls = (/** @type {number} */ i) => i > 0 && result.network[i].subsidy_btc < result.network[i - 1].subsidy_btc;
    const halvings = result.network.filter((/** @type {any} */ _m, /** @type {number} */ i) => falls(i) && !falls(i - 1));
    const marks = halvings.map((/** @type {any} */ m) => ({ x: seconds(m.month), name: `halving ${m.month}` }));
    const months = result.network.map((/** @type {any} */ m) => seconds(m.month));
    return [
      el("h3", null, "Cost to mine a bitcoin today"),
      rows.length
        ? table(
            "Fleet as it runs at the valuation date",
            [
              { head: "Site", text: true },
              { head: "Electricity", unit: "USD/BTC", title: f.electricity_usd_per_btc },
              { head: "Direct", unit: "USD/BTC", title: f.direct_usd_per_btc },
              { head: "All-in", unit: "USD/BTC", title: f.all_in_usd_per_btc },
              { head: "Hashprice", unit: "USD/PH-day", title: f.hashprice_usd_per_ph_day },
              { head: "Hashcost", unit: "USD/PH-day", title: f.all_in_before_credits_usd_per_ph_day },
              { head: "Power", unit: "USD/MWh" },
              { head: "Breakeven", unit: "USD/MWh", title: f.breakeven_usd_per_mwh },
              { head: "Fleet", unit: "J/TH", title: f.fleet_j_per_th },
            ],
            rows,
          )
        : el("p", null, "No machines at this site."),
      site && points.length
        ? figure(
            "Cost to mine of this fleet against the price of power, USD/BTC",
            curve(
              {
                key: "cost-curve",
                title: "Cost to mine",
                x: points.map((/** @type {any} */ p) => p.usd_per_mwh),
                xName: "Power, USD/MWh",
                unit: "USD/BTC",
                lines: [
                  { name: "All-in", values: points.map((/** @type {any} */ p) => p.all_in_before_credits_usd_per_btc), tone: "accent" },
                  { name: "Direct", values: points.map((/** @type {any} */ p) => p.direct_before_credits_usd_per_btc), tone: "colocation", dash: [8, 4] },
                  { name: "Electricity", values: points.map((/** @type {any} */ p) => p.electricity_usd_per_btc), tone: "sale", dash: [2, 3] },
                  { name: "Price of bitcoin", values: points.map(() => price), tone: "price", dash: [10, 3, 2, 3] },
                ],
                marks: [{ x: site.fleet?.usd_per_mwh, name: "today" }],
              },
              width,
            ),
            el(
              "details",
              { class: "figures-of" },
              el("summary", null, "Figures"),
              table(
                "Cost to mine by price of power, before credits",
                [{ head: "Power", unit: "USD/MWh" }, ...["Electricity", "Direct", "All-in"].map((head) => ({ head, unit: "USD/BTC" }))],
                points.map((/** @type {any} */ p) => [fixed(p.usd_per_mwh), fixed(p.electricity_usd_per_btc), fixed(p.direct_before_credits_usd_per_btc), fixed(p.all_in_before_credits_usd_per_btc)]),
              ),
            ),
          )
        : site
          ? null
          : el("p", { class: "note" }, "Select a site to see its curve against the price of power."),
      figure(
        `Hashprice as this plan sees it (${words(result.projection ?? "")}), USD/PH-day`,
        curve(
          {
            key: "hashprice",
            title: "Hashprice",
            x: months,
            xName: "Month",
            time: true,
            unit: "USD/PH-day",
            lines: [{ name: "Hashprice", values: result.network.map((/** @type {any} */ m) => m.hashprice_usd_per_ph_day), tone: "accent" }],
            marks,
          },
          width,
        ),
      ),
      figure(
        "Average cost of the network through the halvings, USD/BTC",
        curve(
          {
            key: "network-cost",
            title: "Average cost",
            x: months,
            xName: "Month",
            time: true,
            unit: "USD/BTC",
            lines: [
              { name: "Bank's framework", values: result.network.map((/** @type {any} */ m) => m.bank_usd_per_btc), tone: "accent" },
              { name: "Network average", values: result.network.map((/** @type {any} */ m) => m.average_usd_per_btc), tone: "sale", dash: [8, 4] },
              { name: "Price of bitcoin", values: result.network.map((/** @type {any} */ m) => m.price_usd_per_btc), tone: "price", dash: [10, 3, 2, 3] },
            ],
            marks,
          },
          width,
        ),
      ),
      el(
        "details",
        { class: "figures-of" },
        el("summary", null, "Figures by year"),
        table(
          "The network in the plan's projection",
          [
            { head: "Month", text: true },
            { head: "Hash rate", unit: "EH/s" },
            { head: "Subsidy", unit: "BTC" },
            { head: "Price", unit: "USD/BTC" },
            { head: "Hashprice", unit: "USD/PH-day" },
            { head: "Average cost", unit: "USD/BTC" },
          ],
          result.network
            .filter((/** @type {any} */ _, /** @type {number} */ i) => i % 12 === 0)
            .map((/** @type {any} */ m) => [m.month, fixed(m.network_eh_per_s), about(m.subsidy_btc), fixed(m.price_usd_per_btc), fixed(m.hashprice_usd_per_ph_day, 2), fixed(m.average_usd_per_btc)]),
        ),
      ),
    ];
  },
};

/** The latest hourly run: for which plan and site. */
const hourly = { number: -1, site: "", result: /** @type {any} */ (null), error: "", stop: /** @type {AbortController | null} */ (null) };

async function fetchHours() {
  const site = state.site;
  if (site === null || (hourly.number === planNumber() && hourly.site === site)) return;
  hourly.stop?.abort();
  const stop = (hourly.stop = new AbortController());
  const number = planNumber();
  try {
    const result = await long("dispatch", { site }, () => {}, stop.signal);
    if (number === planNumber() && site === state.site) Object.assign(hourly, { number, site, result, error: "" });
  } catch (error) {
    if (/** @type {any} */ (error).name === "AbortError") return;
    const why = error instanceof Faulty ? error.faults.map((f) => f.hint || f.allowed || f.code).join("; ") : String(error);
    Object.assign(hourly, { number, site, result: null, error: why });
  }
  tabs.draw();
}

/** @type {import("./tabs.js").View} */
export const power = {
  id: "power",
  name: "Power",
  opened: fetchHours,
  draw(_, width) {
    if (state.site === null) {
      return [
        el("h3", null, "Price of power by site"),
        table(
          "What the machines pay at the valuation date, and what they could",
          [{ head: "Site", text: true }, { head: "Contract", text: true }, { head: "Power", unit: "USD/MWh" }, { head: "Breakeven", unit: "USD/MWh" }, { head: "Machines", unit: "MW gross" }, { head: "Installed", unit: "EH/s" }],
          state.result.sites.map((/** @type {any} */ s) => {
            const plan = state.plan.site.find((/** @type {any} */ p) => p.id === s.id);
            return [safe(s.name), words(plan?.tariff?.kind ?? ""), fixed(s.fleet?.usd_per_mwh, 1), fixed(s.fleet?.breakeven_usd_per_mwh, 1), fixed(s.fleet?.machines_gross_mw, 1), fixed(s.fleet?.installed_eh_per_s, 2)];
          }),
        ),
        el("p", { class: "note" }, "Select a site to run it hour by hour."),
      ];
    }
    if (hourly.site !== state.site || (!hourly.result && !hourly.error)) return [el("h3", null, "Hour by hour"), el("p", { class: "note" }, "Running the hours of the year\u2026")];
    if (!hourly.result) return [el("h3", null, "Hour by hour"), el("p", null, `No hourly run: ${hourly.error}.`)];
    const r = hourly.result;
    const t = r.total;
    const heatRows = r.heat_map ?? [];
    return [
      el("h3", null, "Hour by hour"),
      el(
        "p",
        { class: "sentence plain" },
        `Of ${fixed(t.average_usd_per_mwh, 1)} USD/MWh on average over all hours the machines pay ${fixed(t.effective_usd_per_mwh, 1)}, as they choose their hours. Choosing is worth $${millions(t.flexibility_usd?.total_usd)} M over the hours shown.`,
      ),
      el("p", { class: "note" }, `${safe(r.prices?.source ?? words(r.tariff))}${r.prices?.from ? `, ${r.prices.from.slice(0, 10)} to ${r.prices.to.slice(0, 10)}` : ""}${hourly.number === planNumber() ? "" : "; being run again"}`),
      table(
        "Machine classes over the hours",
        [{ head: "Machine", text: true }, { head: "Units" }, { head: "Profit", unit: "$M" }, { head: "Mined", unit: "BTC" }, { head: "Energy", unit: "GWh" }, { head: "Paid", unit: "USD/MWh" }, { head: "Running", unit: "h" }, { head: "Flexibility", unit: "$M" }],
        r.classes.map((/** @type {any} */ c) => [safe(c.machine), fixed(c.units), fixed(c.profit_usd / 1e6, 2), fixed(c.btc, 1), fixed(c.mwh / 1000, 1), fixed(c.effective_usd_per_mwh, 1), fixed(c.hours_run), fixed((c.flexibility_usd?.total_usd ?? 0) / 1e6, 2)]),
      ),
      heatRows.length ? clock(heatRows, width) : null,
      r.duration?.length
        ? figure(
            "Price of power in order of size, USD/MWh, cut at the 99th percentile",
            curve(
              {
                key: "duration",
                title: "Duration",
                x: r.duration.slice(1).map((/** @type {any} */ d) => d.share_frac * 100),
                xName: "Share of hours, %",
                unit: "USD/MWh",
                lines: [{ name: "Price of power", values: r.duration.slice(1).map((/** @type {any} */ d) => d.price_usd_per_mwh), tone: "accent" }],
              },
              width,
            ),
          )
        : null,
      r.strikes?.length
        ? el(
            "details",
            { class: "figures-of" },
            el("summary", null, "Up to which price each setting pays"),
            table(
              "Strike prices by setting",
              [{ head: "Machine", text: true }, { head: "Setting", text: true }, { head: "Efficiency", unit: "J/TH" }, { head: "Strike, average", unit: "USD/MWh" }, { head: "Strike, last step", unit: "USD/MWh" }],
              r.strikes.map((/** @type {any} */ s) => [safe(s.machine), safe(s.mode), fixed(s.j_per_th, 1), fixed(s.average_strike_usd_per_mwh, 1), fixed(s.step_strike_usd_per_mwh, 1)]),
            ),
          )
        : null,
    ];
  },
};

/** Average price by hour of the day and month. @param {any[]} cells @param {number} width */
function clock(cells, width) {
  const prices = cells.map((c) => c.average_usd_per_mwh).sort((a, b) => a - b);
  const shade = (/** @type {number} */ v) => Math.min(8, Math.floor((prices.filter((p) => p < v).length / prices.length) * 9));
  const [left, wide, high] = [36, (width - 40) / 24, 17];
  const months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
  return figure(
    "Average price by hour of the day and month, USD/MWh",
    drawing(width, 12 * high + 26, "Average price of power by hour and month; the stronger the blue, the dearer", [
      cells.map((c) =>
        rect(left + c.hour * wide, (c.month_of_year - 1) * high, left + (c.hour + 1) * wide - 0.5, c.month_of_year * high - 0.5, `heat heat-${shade(c.average_usd_per_mwh)}`, `${months[c.month_of_year - 1]}, ${c.hour}:00: ${fixed(c.average_usd_per_mwh, 1)} USD/MWh, machines draw ${percent(c.draw_frac, 0)}`),
      ),
      months.map((m, i) => text(0, i * high + 13, m, "start", "tick")),
      [0, 6, 12, 18].map((h) => text(left + (h + 0.5) * wide, 12 * high + 16, `${h}:00`, "middle", "tick")),
    ]),
    el("p", { class: "note" }, "The stronger the blue, the dearer, in ninths of all cells; point at a cell for its figures."),
  );
}
