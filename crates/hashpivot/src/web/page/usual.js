// Usual values for new rows, and the line by which a folded row is known.

import { about, capital, fixed, safe, words } from "./format.js";
import { kind, minimal, resolve, shape } from "./schema.js";

/** The first month of the plan. @param {any} plan */
function start(plan) {
  return plan?.valuation?.date ?? "2026-12-01";
}

/** Usual values of keys that must be given and have no default. @param {any} plan @returns {Record<string, any>} */
export function usual(plan) {
  return {
    approved_gross_mw: 100,
    energised_gross_mw: [{ from: start(plan), mw: 100 }],
    tariff: { kind: "flat", usd_per_mwh: 45 },
    usd_per_mwh: 45,
    default_usd_per_mwh: 40,
    from: start(plan),
    until: start(plan),
    month: start(plan),
    mw: 100,
    usd: 100e6,
    units: 10_000,
    model: "Antminer S21 200T",
    critical_mw: { min: 10, step: 10, max: 50 },
    capex_usd_per_critical_mw: 9e6,
    months_to_deliver: 14,
    lease: "modified_gross",
    rent_first_usd_per_kw_month: 130,
    term_months: 120,
    contract_usd_per_gpu_h: 3.5,
    contract_mix_frac: 0.9,
    contract_months: 60,
    spot_usd_per_gpu_h: 3,
    gpu: "GB300 NVL72 (as contracted, IREN-Microsoft)",
    probability_frac: 0.5,
    window_months: 9,
    usd_per_gross_mw: 250_000,
    usd_per_kw_month: 5,
    rule: "four_summer",
    usd_per_kw_year: 60,
    peaks: ["2027-06-24T22:00Z"],
    mwh_per_month: 10_000,
    months: [6, 7, 8, 9],
    days: "weekday",
    from_hour: 14,
    to_hour: 20,
    block_gross_mw: 50,
    block_usd_per_mwh: 40,
    index: { synthetic: { mean_usd_per_mwh: 35 } },
    synthetic: { mean_usd_per_mwh: 35 },
    mean_usd_per_mwh: 35,
    gross_mw_max: [{ from: start(plan), mw: 100 }],
    available_usd: [{ from: start(plan), usd: 1e9 }],
    usd_per_critical_mw: 5e6,
    credit_from_month: 12,
    credit_months: 36,
    ltc_frac: 0.6,
    coupon_frac: 0.09,
    tenor_months: 84,
    outstanding_shares: 100e6,
    price_usd_per_share: 10,
    max_usd: 500e6,
    share_frac: 0.5,
    held_btc: 1_000,
    cost_basis_usd_per_btc: 50_000,
    warrant_shares: 5e6,
    strike_usd_per_share: 12,
    below_j_per_th: 25,
    usd_per_th: 3,
    price_usd_per_btc: 85_000,
    gross_mw_per_year: 1_000,
    lost_frac: 0.1,
    installed_eh_per_s: 10,
    j_per_th: 25,
    hashrate_th_per_s: 200,
    power_w: 3_500,
    cap_gross_mw: 500,
    gpu_capex_usd_per_gpu: 40_000,
    hall_refit_usd_per_critical_mw: 1e6,
  };
}

/** A row as it is when it is added. @param {any} plan @param {string} key @param {any} node @param {Record<string, any>} [given] */
export function added(plan, key, node, given = {}) {
  const made = minimal(node, { ...usual(plan), ...given });
  if (key === "machine") made.model = given.model ?? usual(plan).model;
  if (made.kind === "index") made.synthetic = { mean_usd_per_mwh: 35 };
  if (made.kind === "gpu_cloud" && made.gpu === undefined) made.gpu = usual(plan).gpu;
  return made;
}

/** A free id like `site-2`. @param {string} stem @param {any[]} among */
export function freeId(stem, among) {
  const taken = new Set(among.map((item) => item?.id));
  if (!taken.has(stem)) return stem;
  for (let i = 2; ; i++) if (!taken.has(`${stem}-${i}`)) return `${stem}-${i}`;
}

/** One line about a row. @param {string} key @param {any} row */
export function preview(key, row) {
  if (row === null || typeof row !== "object") return "";
  if (key === "machine") return `${safe(row.name ?? row.model ?? "own machine")}, ${fixed(row.units)} units`;
  if (key === "offer") {
    const price = row.kind === "gpu_cloud" ? `$${about(row.contract_usd_per_gpu_h)} per GPU-hour` : `$${about(row.rent_first_usd_per_kw_month)} per kW-month`;
    return `${safe(row.id)}: ${row.kind === "gpu_cloud" ? "GPU cloud" : "colocation"}, ${price}`;
  }
  if (key === "tariff") return `${words(row.kind ?? "")}${row.usd_per_mwh !== undefined ? `, $${about(row.usd_per_mwh)} per MWh` : ""}`;
  if (row.id !== undefined) return safe(row.id);
  if (row.from !== undefined && row.mw !== undefined) return `${String(row.from).slice(0, 7)}: ${about(row.mw)} MW`;
  if (row.from !== undefined && row.usd !== undefined) return `${String(row.from).slice(0, 7)}: $${fixed(row.usd / 1e6, 0)} M`;
  if (row.below_j_per_th !== undefined) return `below ${about(row.below_j_per_th)} J/TH: $${about(row.usd_per_th)} per TH/s`;
  return "";
}

/** Whether a table is short enough to stand in one line. @param {any} node @param {any} value */
export function isShort(node, value) {
  const full = shape(resolve(node), value);
  const keys = Object.entries(full.properties ?? {});
  return keys.length <= 3 && keys.every(([, p]) => ["number", "integer", "month"].includes(kind(resolve(p))));
}

const TITLES = /** @type {Record<string, string>} */ ({
  valuation: "Valuation",
  bitcoin: "Bitcoin and its network",
  machine_market: "Market of machines",
  capital: "Capital",
  available_usd: "Capital by date",
  tenant: "Tenants",
  region: "Regions",
  construction: "Construction",
  gross_mw_max: "Most that can be built",
  energised_gross_mw: "Energised power",
  tariff: "Power contract",
  machine: "Machines",
  offer: "Offers",
  program: "Programmes",
  obligation: "Obligations",
  critical_mw: "Sizes, critical MW",
  discount_rate_frac_by_use: "Rates by use",
  response: "How the network answers",
  trend: "Trend, yearly",
  band: "What used machines fetch",
  shares: "Shares",
  loan: "Loans",
  sale: "Sale of the site",
  rate: "Rates by the clock",
  index: "Index part",
  synthetic: "Made-up prices",
  read: "How the file is read",
});

/** The heading of a table or list. @param {string} key */
export function title(key) {
  return TITLES[key] ?? capital(words(key));
}

/** What one adds to a list. @param {string} key */
export function one(key) {
  return (
    { machine: "a machine", offer: "an offer", energised_gross_mw: "a step", available_usd: "an amount", tenant: "a tenant", loan: "a loan", band: "a band", rate: "a rate", region: "a region" }[key] ?? "a row"
  );
}
