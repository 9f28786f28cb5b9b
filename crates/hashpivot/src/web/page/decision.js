// The answer: a sentence first, figures second, then megawatts over time and the value of each plan.

import { bars, megawatts } from "./charts.js";
import { byId, el, show, table } from "./dom.js";
import { about, capital, fixed, money, percent, safe, useName, words } from "./format.js";
import { on, siteResult, state } from "./state.js";

/** Keeps the middle in step. */
export function start() {
  for (const event of /** @type {const} */ (["answer", "select", "faults"])) on(event, draw);
}

/** Width for drawings in the middle column. */
export function roomFor() {
  return Math.max(280, Math.floor(byId("middle").clientWidth) - 2);
}

/** What a site does in the branch that is likeliest once signed: its uses by MW. @param {any} site */
export function uses(site) {
  return site.uses.filter((/** @type {any} */ u) => u.gross_mw > 1e-9).map((/** @type {any} */ u) => ({ ...u, name: useName(u.use) }));
}

/** A few words for lists. @param {any} site */
export function inShort(site) {
  const found = uses(site);
  if (!found.length) return site.uses.some((/** @type {any} */ u) => u.use === "sale") ? "Sale" : "Idle";
  return found.map((/** @type {any} */ u) => `${u.name} ${about(Number(u.gross_mw.toPrecision(3)))} MW`).join(", ");
}

/** @param {string} name @param {any} value @param {string} beside @param {string} [formula] */
function fact(name, value, beside, formula) {
  return el("div", null, el("dt", null, name), el("dd", { title: formula ? `formula ${formula}` : null }, el("span", { class: "big" }, value), beside && el("span", { class: "beside" }, beside)));
}

/** A sentence whose dates and amounts do not break over lines. @param {string} said */
export function sentence(said) {
  return capital(safe(said))
    .split(/(\d{4}-\d\d(?:-\d\d)?|\$[\d,.]+ M|[\d,.]+ MW)/)
    .map((part, i) => (i % 2 ? el("span", { class: "line" }, part) : part));
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let speaking;

/** Says the decision to screen readers, once it rests. @param {string} text */
function say(text) {
  clearTimeout(speaking);
  speaking = setTimeout(() => {
    const live = byId("spoken");
    if (live.textContent !== text) live.textContent = text;
  }, 700);
}

export function draw() {
  const { result } = state;
  const box = byId("decision");
  if (!result) return;
  const site = siteResult();
  const stale = state.faults.length > 0;
  box.classList.toggle("stale", stale);
  const f = result.formulas ?? {};
  if (state.site !== null && !site) {
    show(box, el("h2", null, safe(state.site)), el("p", { class: "sentence" }, "No answer for this site yet."));
    return;
  }
  const width = roomFor();
  if (site) {
    say(`${site.name}: ${site.sentences.join("; ")}`);
    show(
      box,
      el("h2", { id: "decision-title", dir: "auto" }, safe(site.name)),
      el("p", { class: "sentence" }, sentence(site.sentences[0])),
      site.sentences.slice(1).map((/** @type {string} */ s) => el("p", { class: "after" }, sentence(s))),
      el(
        "dl",
        { class: "figures" },
        fact("Value", money(site.npv_usd), site.npv_if_signed_usd !== null && Math.abs(site.npv_if_signed_usd - site.npv_usd) > 1 ? `${money(site.npv_if_signed_usd)} if signed` : "net present, after tax", f.npv_usd),
        fact("Against mining on", money(site.gain_usd), `mining on ${money(site.best_mining_npv_usd)}`, f.gain_usd),
        fact("Capital", money(site.capex_usd), "", f.capex_usd),
        fact("Return", site.irr?.kind === "one" ? percent(site.irr.irr_frac) : site.irr?.kind === "many" || site.irr?.kind === "several" ? "several" : "\u2013", site.mirr_frac ? `modified ${percent(site.mirr_frac)}` : "internal rate", f.irr_frac),
        fact("Payback", site.payback_months ? `${fixed(site.payback_months)} months` : "\u2013", "", f.payback_months),
      ),
      megawatts(site.mw_by_quarter, width, site.plan.some((/** @type {any} */ p) => p.probability < 1) ? "Megawatts by use, gross, expected over the cases of signing" : "Megawatts by use, gross"),
      quarters(site.mw_by_quarter),
      bars(
        [{ name: "Decision", usd: site.npv_usd, chosen: true }, ...site.alternatives.map((/** @type {any} */ a) => ({ name: capital(words(a.name)), usd: a.npv_usd }))],
        width,
        "Value of each plan, $M",
      ),
      el("p", { class: "note" }, "What stands alone is worth what it says; the decision also keeps to limits that the sites share."),
    );
    return;
  }
  const { portfolio } = result;
  const limit = portfolio.capital_available_usd;
  say(`All sites: worth ${money(portfolio.npv_usd)}. ${result.sites.map((/** @type {any} */ s) => `${s.name}: ${s.sentences[0]}`).join("; ")}`);
  const proof = { proven: "no plan is worth more", bounded: `within ${percent(portfolio.gap, 2)} of the best possible`, not_verified: "not verified as the best" }[/** @type {string} */ (portfolio.status)];
  const total = sum(result.sites.map((/** @type {any} */ s) => s.mw_by_quarter));
  const mining = result.sites.reduce((/** @type {number} */ t, /** @type {any} */ s) => t + s.best_mining_npv_usd, 0);
  show(
    box,
    el("h2", { id: "decision-title" }, "All sites"),
    el("p", { class: "sentence" }, `${result.sites.length === 1 ? "The site is" : "Together the sites are"} worth ${money(portfolio.npv_usd)}: ${proof}.`),
    el(
      "ul",
      { class: "answers" },
      result.sites.map((/** @type {any} */ s) =>
        el("li", null, el("button", { type: "button", class: "link", "data-do": "select", "data-site": s.id }, safe(s.name)), el("span", null, sentence(s.sentences[0]))),
      ),
    ),
    el(
      "dl",
      { class: "figures" },
      fact("Value", money(portfolio.npv_usd), "net present, after tax", f.npv_usd),
      fact("Against mining on", money(portfolio.npv_usd - mining), `mining on ${money(mining)}`, f.gain_usd),
      fact("Capital", money(portfolio.capital_used_usd), limit === null || limit === undefined ? "no limit" : `of ${money(limit)}`, f.capital_used_usd),
      result.financing ? fact("Per share", `$${fixed(result.financing.value_usd_per_share, 2)}`, `gain $${about(result.financing.gain_usd_per_share)}`) : fact("Hashprice", `$${fixed(result.sites[0]?.fleet?.hashprice_usd_per_ph_day, 2)}`, "per PH/s and day", f.hashprice_usd_per_ph_day),
    ),
    megawatts(total, width, "Megawatts by use, gross, all sites"),
    quarters(total),
    bars(
      result.sites.flatMap((/** @type {any} */ s) => [
        { name: safe(s.name), usd: s.npv_usd, chosen: true },
        { name: "mining on", usd: s.best_mining_npv_usd },
      ]),
      width,
      "Value of each site beside mining on, $M",
    ),
  );
}

/** The sites' quarters added up. @param {any[][]} lists */
export function sum(lists) {
  const total = structuredClone(lists[0] ?? []);
  for (const list of lists.slice(1)) list.forEach((row, i) => Object.keys(row).forEach((k) => typeof row[k] === "number" && total[i] && (total[i][k] += row[k])));
  return total;
}

/** The figures of the band; equal neighbours in one row. @param {any[]} rows */
function quarters(rows) {
  const keys = ["mining_gross_mw", "colocation_gross_mw", "gpu_cloud_gross_mw", "sale_gross_mw", "unused_gross_mw"];
  const said = rows.filter((r, i) => i === 0 || keys.some((k) => Math.abs(r[k] - rows[i - 1][k]) > 0.05));
  return el(
    "details",
    { class: "figures-of" },
    el("summary", null, "Figures"),
    table(
      "Megawatts by use; a row holds until the next",
      [{ head: "From", text: true }, ...["Mining", "Colocation", "GPU cloud", "Sold", "Building or idle"].map((head) => ({ head, unit: "MW gross" }))],
      said.map((r) => [r.quarter, ...keys.map((k) => fixed(r[k], 1))]),
    ),
  );
}

