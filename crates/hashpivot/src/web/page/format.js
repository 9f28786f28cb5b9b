// Numbers, money, months and units as people read them.

const MINUS = "\u2212";
/** Stands where there is no number. */
export const NONE = "\u2013";

/** Formatters by decimals: making one takes longer than using it a hundred times. @type {Map<string, Intl.NumberFormat>} */
const formatters = new Map();

/** @param {number} least @param {number} most */
function formatter(least, most) {
  const key = `${least} ${most}`;
  const made = formatters.get(key) ?? new Intl.NumberFormat("en-US", { minimumFractionDigits: least, maximumFractionDigits: most });
  formatters.set(key, made);
  return made;
}

/** Thousands separated, fixed decimals, a real minus sign. @param {number | null | undefined} value @param {number} [decimals] */
export function fixed(value, decimals = 0) {
  if (value === null || value === undefined || !Number.isFinite(value)) return NONE;
  const text = formatter(decimals, decimals).format(Math.abs(value));
  return value < 0 && /[1-9]/.test(text) ? MINUS + text : text;
}

/** Millions of dollars with one decimal. @param {number | null | undefined} usd */
export function millions(usd) {
  return fixed(usd === null || usd === undefined ? usd : usd / 1e6, 1);
}

/** Money in a sentence: "$28.8 M". @param {number | null | undefined} usd */
export function money(usd) {
  if (usd === null || usd === undefined || !Number.isFinite(usd)) return NONE;
  const text = millions(Math.abs(usd));
  return `${usd < 0 && /[1-9]/.test(text) ? MINUS : ""}$${text} M`;
}

/** As many decimals as the size asks for: about four figures. @param {number | null | undefined} value */
export function about(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return NONE;
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size >= 1e12) return value.toExponential(2).replace("e+", "e").replaceAll("-", MINUS);
  if (size >= 1000) return fixed(value, 0);
  const decimals = Math.min(8, Math.max(0, 3 - Math.floor(Math.log10(size))));
  return fixed(value, decimals).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
}

/** A fraction as percent. @param {number | null | undefined} frac @param {number} [decimals] */
export function percent(frac, decimals = 1) {
  return frac === null || frac === undefined ? NONE : `${fixed(frac * 100, decimals)} %`;
}

/** The value as one would type it: all its figures, thousands separated. @param {number} value */
export function exact(value) {
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e12 || size < 1e-6)) return value.toExponential().replace("e+", "e").replaceAll("-", MINUS);
  return formatter(0, 12).format(value).replace("-", MINUS);
}

/** Reads what `exact` writes and what people type: 1,400,000  1.4e9  −0.1. @param {string} text */
export function parse(text) {
  const plain = text.trim().replaceAll(MINUS, "-").replace(/[,_\s]/g, "");
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain) ? Number(plain) : NaN;
}

/** @param {string | undefined} unit */
export function isFraction(unit) {
  return unit === "fraction" || unit === "fraction a year";
}

/** The unit beside a number on the page. @param {string | undefined} unit */
export function unitShown(unit) {
  if (unit === "fraction") return "%";
  if (unit === "fraction a year") return "% a year";
  if (unit === "first of a month") return "";
  if (unit === "site W per machine W") return "W per W";
  if (unit === "gross MW per critical MW") return "MW per MW";
  if (unit === "USD per TH/s-day") return "USD/TH-day";
  if (unit === "USD per TH/s") return "USD/TH";
  return unit ?? "";
}

/** A stored value in the unit shown, and back; twelve figures stay. @param {number} value @param {string | undefined} unit */
export function toShown(value, unit) {
  return isFraction(unit) ? Number((value * 100).toPrecision(12)) : value;
}

/** @param {number} value @param {string | undefined} unit */
export function fromShown(value, unit) {
  return isFraction(unit) ? Number((value / 100).toPrecision(12)) : value;
}

/** "lease_rate" as words. @param {string} key */
export function words(key) {
  return key.replaceAll("_", " ").replace(/\b(btc|gpu|mw|npv)\b/gi, (w) => w.toUpperCase());
}

/** The first letter as a capital. @param {string} text */
export function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const LABELS = /** @type {Record<string, string>} */ ({
  rent_first_usd_per_kw_month: "Rent, year 1",
  capex_usd_per_critical_mw: "Capital per critical MW",
  gross_per_critical: "Gross per critical MW",
  pue: "PUE, bills energy",
  approved_gross_mw: "Approved",
  energised_gross_mw: "Energised",
  usd_per_mwh: "Price of power",
  price_usd_per_btc: "Price of bitcoin",
  network_eh_per_s: "Network hash rate",
  opex_usd_per_critical_mw_year: "Running cost of the hall",
  id: "Id",
  mw: "Power",
  usd: "Amount",
  from: "From",
  allin_w_per_gpu: "Power per GPU, all in",
  default_hazard_per_year: "Hazard of default",
  usd_per_gross_mw: "Price per gross MW",
  available_usd: "Available",
  contract_usd_per_gpu_h: "Contract price of a GPU-hour",
  spot_usd_per_gpu_h: "Spot price of a GPU-hour",
  mean_usd_per_mwh: "Mean price of power",
  j_per_th: "Efficiency",
  machine_file: "Fleet from a CSV file",
  path_file: "Path from a CSV file",
  cohort_file: "Cohorts from a CSV file",
  point_file: "Settings from a CSV file",
  day_ahead_file: "Day-ahead prices from a CSV file",
  file: "Prices from a CSV file",
  hashrate_th_per_s: "Hash rate",
  power_w: "Power",
  escalator_frac: "Escalator",
});
const SUFFIX =
  /_(usd_per_\w+|usd|frac|frac_by_use|months?|gross_mw|critical_mw|th_per_s|eh_per_s|btc_per_block|per_year|h|w|mw|days|periods|max)$/;

/** The label of a key: its unit stands elsewhere. @param {string} key */
export function label(key) {
  if (LABELS[key]) return LABELS[key];
  let plain = key;
  while (SUFFIX.test(plain)) plain = plain.replace(SUFFIX, "");
  return capital(words(plain || key));
}

/** Text with control and direction characters made visible, for names that others wrote. @param {unknown} text */
export function safe(text) {
  return String(text ?? "").replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, (c) => {
    return `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** A use as people say it. @param {string} use */
export function useName(use) {
  return { mining: "Mining", colocation: "Colocation", gpu_cloud: "GPU cloud", sale: "Sale", idle: "Idle", unused: "Unused" }[use] ?? capital(words(use));
}
