// One input with label, unit, range, source, and a slider where a number has a sensible band.

import { address, read, write } from "./address.js";
import { post } from "./api.js";
import { el } from "./dom.js";
import { exact, fromShown, isFraction, label, parse, percent, safe, toShown, unitShown, words } from "./format.js";
import { fallback, kind, resolve } from "./schema.js";
import { edit, reshape, state } from "./state.js";

let serial = 0;
/** @type {{ result: any, rows: Map<string, any> }} */
let known = { result: null, rows: new Map() };

/** The defaults of an answer by address. @param {any} result */
function defaultsOf(result) {
  if (result !== known.result) known = { result, rows: new Map((result?.defaults ?? []).map((/** @type {any} */ d) => [d.path, d])) };
  return known.rows;
}

/**
 * @typedef {{ path: string, node: HTMLElement, refresh: () => void, fault: (text: string | null) => void, focus: () => void, file: () => string | null }} Field
 */

/** The band that a slider covers: the decade or so in which people move such a number. @param {number} value @param {any} node */
function band(value, node) {
  const [min, max] = [node.minimum ?? -Infinity, node.maximum ?? Infinity];
  const unit = node["x-unit"] ?? "";
  const inside = (/** @type {number} */ low, /** @type {number} */ high, log = false) => {
    const [a, b] = [Math.max(min, Math.min(low, value)), Math.min(max, Math.max(high, value))];
    return b > a ? { low: a, high: b, log: log && a > 0 } : null;
  };
  if (isFraction(unit)) {
    if (min < 0) return inside(-0.3, 0.5);
    const top = [0.02, 0.1, 0.3, 1].find((t) => value > 0 && value <= t * 0.7) ?? 1;
    return inside(min > 0 && min < 0.01 ? 0 : min, top);
  }
  if (unit === "months") return inside(0, Math.max(24, Math.ceil(value / 6) * 12));
  if (unit === "h") return inside(0, Math.min(max, 24));
  if (max - min <= 10) return inside(min, Math.max(1.6, value * 1.25));
  if (unit === "blocks" || unit === "seed" || unit === "difficulty") return null;
  if (value === 0) {
    const top = /** @type {Record<string, number>} */ ({ "USD/MWh": 50, "USD per TH/s-day": 0.005, "USD/kW-month": 20, "USD/MW-month": 5000, "BTC/block": 0.1 })[unit];
    return top ? inside(0, top) : null;
  }
  if (value < 0) return inside(value * 3, 0);
  return inside(round(value / 3), round(value * 3), true);
}

/** Two figures. @param {number} value */
function round(value) {
  return Number(value.toPrecision(2));
}

/** A value near a slider's place, without figures that nobody chose. @param {number} share @param {{ low: number, high: number, log: boolean }} of @param {boolean} whole */
function atShare(share, of, whole) {
  const raw = of.log ? of.low * (of.high / of.low) ** share : of.low + (of.high - of.low) * share;
  if (whole) return Math.round(raw);
  if (share === 0) return of.low;
  if (share === 1) return of.high;
  if (of.log) return Number(raw.toPrecision(3));
  const step = 10 ** Math.floor(Math.log10((of.high - of.low) / 200));
  return Number((Math.round(raw / step) * step).toPrecision(12));
}

/** The allowed range as text. @param {any} node */
function range(node) {
  const unit = node["x-unit"];
  if (node.minimum === undefined || node.maximum === undefined) return "";
  if (isFraction(unit)) return `${percent(node.minimum, 0)} to ${percent(node.maximum, 0)}`;
  const short = (/** @type {number} */ v) => (Math.abs(v) >= 1e6 ? v.toExponential(0).replace("e+", "e") : exact(v));
  return `${short(node.minimum)} to ${short(node.maximum)}`;
}

/** Sources say "[assumption]" where a default is our own. @param {string} source */
function sourceText(source) {
  return source.replace(/^\[(.*)\]$/, "$1");
}

/**
 * @param {import("./address.js").Place} place @param {any} raw  its node in the schema @param {boolean} must
 * @returns {Field}
 */
export function field(place, raw, must) {
  const node = resolve(raw);
  const sort = kind(node);
  const key = String(place[place.length - 1]);
  const path = address(state.plan, place);
  const id = `f${++serial}`;
  const unit = node["x-unit"];
  const table = () => read(state.plan, place.slice(0, -1));
  const standing = () => read(state.plan, place);
  /** Value that holds: the plan's, else the default. */
  const holds = () => {
    const given = standing();
    if (given !== undefined) return { value: given, source: null };
    const used = defaultsOf(state.result).get(path);
    return used ?? fallback(raw.$ref ? { ...node, ...raw } : node, table()) ?? { value: undefined, source: "" };
  };
  const note = el("p", { class: "note", id: `${id}-n` });
  const fault = el("p", { class: "fault", id: `${id}-e`, hidden: true });
  const help = el("p", { class: "help", id: `${id}-h`, hidden: true }, `${node.description ?? ""} `, el("code", null, path));
  const info = el("button", { type: "button", class: "info", "aria-label": `About ${label(key)}`, "aria-expanded": "false", "aria-controls": help.id }, "?");
  info.addEventListener("click", () => {
    help.hidden = !help.hidden;
    info.setAttribute("aria-expanded", String(!help.hidden));
  });
  const described = `${note.id} ${fault.id}`;
  // A note is made again only when it says something else, so that a focused button in it stays.
  const common = { id, "aria-describedby": described, autocomplete: "off", spellcheck: "false" };
  /** @type {HTMLElement} */
  let control;
  /** @type {HTMLElement | null} */
  let below = null;
  /** @type {(value: any) => void} */
  let display;

  if (sort === "number" || sort === "integer") {
    const box = (control = el("input", { ...common, type: "text", inputmode: "decimal", class: "number" }));
    const slider = (below = el("input", { type: "range", "aria-label": `${label(key)}, slider`, "aria-describedby": described }));
    /** @type {any} */
    let span;
    const count = () => (sort === "integer" ? Math.max(1, Math.min(200, Math.round(span.high - span.low))) : 200);
    const slide = (/** @type {number | undefined} */ value) => {
      if (value === undefined || !Number.isFinite(value)) return void (slider.hidden = true);
      if (!span || value < span.low || value > span.high) span = band(value, node);
      slider.hidden = !span;
      if (!span) return;
      const share = span.log ? Math.log(value / span.low) / Math.log(span.high / span.low) : (value - span.low) / (span.high - span.low);
      slider.max = String(count());
      if (document.activeElement !== slider || Math.abs(Number(slider.value) - share * count()) > 1) slider.value = String(share * count());
      slider.style.setProperty("--share", String(share));
      slider.setAttribute("aria-valuetext", `${exact(toShown(value, unit))} ${unitShown(unit)}`.trim());
    };
    slider.addEventListener("input", () => {
      const value = atShare(Number(slider.value) / count(), span, sort === "integer");
      box.value = exact(toShown(value, unit));
      slider.style.setProperty("--share", String(Number(slider.value) / count()));
      slider.setAttribute("aria-valuetext", `${box.value} ${unitShown(unit)}`.trim());
      setFault(null);
      edit(place, value);
      refreshNote();
    });
    const typed = () => {
      if (box.value.trim() === "" && !must) return void (edit(place, undefined), setFault(null), refreshNote());
      const value = fromShown(parse(box.value), unit);
      if (!Number.isFinite(value)) return setFault("must be a number");
      setFault(null);
      edit(place, value);
      slide(value);
      refreshNote();
    };
    box.addEventListener("input", typed);
    box.addEventListener("change", () => Number.isFinite(parse(box.value)) && display(holds().value));
    box.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
      event.preventDefault();
      const now = parse(box.value) || 0;
      const step = sort === "integer" ? 1 : 10 ** Math.floor(Math.log10(Math.abs(now) || 1) - 1);
      box.value = exact(Number((now + (event.key === "ArrowUp" ? step : -step)).toPrecision(12)));
      typed();
    });
    display = (value) => {
      if (document.activeElement !== box) box.value = value === undefined ? "" : typeof value === "number" ? exact(toShown(value, unit)) : String(value);
      slide(value);
    };
  } else if (sort === "boolean") {
    const box = (control = el("input", { ...common, type: "checkbox" }));
    box.addEventListener("change", () => (edit(place, box.checked), refreshNote()));
    display = (value) => (box.checked = value === true);
  } else if (sort === "month") {
    const box = (control = el("input", { ...common, type: "month", pattern: "[0-9]{4}-[0-9]{2}", placeholder: "YYYY-MM" }));
    box.addEventListener("change", () => {
      if (box.value === "" && !must) edit(place, undefined);
      else if (/^\d{4}-\d\d$/.test(box.value)) edit(place, `${box.value}-01`);
      else return setFault("must be a month, as 2027-03");
      setFault(null);
      refreshNote();
    });
    display = (value) => {
      const text = String(value ?? "").slice(0, 7);
      if (document.activeElement !== box) box.value = /^\d{4}-\d\d$/.test(text) ? text : "";
    };
  } else if (sort === "word") {
    const box = (control = el(
      "select",
      common,
      holds().value === undefined && el("option", { value: "" }, "not given"),
      node.oneOf.map((/** @type {any} */ o) => el("option", { value: o.const, title: o.description }, words(o.const))),
    ));
    box.addEventListener("change", () => (edit(place, box.value || undefined), refreshNote()));
    display = (value) => (box.value = value ?? "");
  } else if (sort === "words") {
    const boxes = resolve(node.items).oneOf.map((/** @type {any} */ o) => ({ word: o.const, box: el("input", { type: "checkbox", "aria-describedby": described }) }));
    control = el("span", { class: "checks", role: "group", "aria-label": label(key) }, boxes.map((/** @type {any} */ b) => el("label", null, b.box, words(b.word))));
    control.addEventListener("change", () => {
      edit(place, boxes.filter((/** @type {any} */ b) => b.box.checked).map((/** @type {any} */ b) => b.word));
      refreshNote();
    });
    display = (value) => boxes.forEach((/** @type {any} */ b) => (b.box.checked = (value ?? []).includes(b.word)));
  } else {
    const list = sort === "numbers" || sort === "texts";
    const known = { model: "machines", ladder: "machines", tenant: "tenants" }[key];
    const box = (control = el("input", { ...common, type: "text", class: list || key.endsWith("file") ? "long" : "text", list: known, dir: "auto" }));
    box.addEventListener("change", () => {
      const text = box.value.trim();
      const parts = text.split(/[,;]\s*/).filter(Boolean);
      const value = sort === "numbers" ? parts.map(parse) : sort === "texts" ? parts : text;
      if (sort === "numbers" && parts.map(parse).some((/** @type {number} */ v) => !Number.isFinite(v))) return setFault("must be numbers with commas between");
      edit(place, text === "" && !must ? undefined : value);
      setFault(null);
      refreshNote();
    });
    display = (value) => {
      if (document.activeElement !== box) box.value = Array.isArray(value) ? value.join(", ") : (value ?? "");
    };
    if (key === "file" || key.endsWith("_file")) below = upload(place, box, setFault);
  }

  const reset = el("button", { type: "button", class: "link" }, "");
  reset.addEventListener("click", () => {
    const before = startValue();
    edit(place, before.changed ? before.value : undefined);
    setFault(null);
    refresh();
    control.focus();
  });
  const startValue = () => {
    const before = startOf(path);
    return { value: before, changed: before !== undefined && JSON.stringify(before) !== JSON.stringify(standing()) };
  };
  function refreshNote() {
    const { source } = holds();
    const before = startValue();
    const mine = standing() !== undefined;
    reset.hidden = !mine || (!before.changed && (must || fallback(node, table()) === null || startOf(path) !== undefined));
    note.hidden = mine && range(node) === "" && reset.hidden;
    reset.textContent = before.changed ? "undo" : "use default";
    const was = before.changed && (typeof before.value === "number" || typeof before.value === "string");
    const said = JSON.stringify([mine, source, before.changed, standing() === undefined]);
    if (note.dataset.said === said) return;
    note.dataset.said = said;
    note.replaceChildren(
      ...[
        mine ? null : source !== "" ? el("span", { class: "tag" }, "default") : el("span", { class: "tag" }, "not given"),
        el("span", null, [range(node), mine ? (was ? `was ${typeof before.value === "number" ? exact(toShown(before.value, unit)) : safe(before.value)}` : "") : sourceText(source ?? "")].filter(Boolean).join(" · ")),
        reset,
      ].filter((x) => x !== null),
    );
    wrap.classList.toggle("is-default", !mine);
    wrap.classList.toggle("is-changed", before.changed);
  }
  function setFault(/** @type {string | null} */ text) {
    fault.hidden = !text;
    if (fault.textContent !== (text ?? "")) fault.textContent = text ?? "";
    wrap.classList.toggle("has-fault", Boolean(text));
    if (text) control.setAttribute("aria-invalid", "true");
    else control.removeAttribute("aria-invalid");
  }
  function refresh() {
    display(holds().value);
    refreshNote();
  }
  const caption = control.tagName === "SPAN" ? el("span", { class: "name" }, label(key)) : el("label", { for: id, class: "name", title: node.description }, label(key));
  const wrap = el(
    "div",
    { class: `field f-${sort}`, "data-path": path },
    el("div", { class: "top" }, el("span", { class: "naming" }, caption, unitShown(unit) && el("span", { class: "unit beside-name" }, unitShown(unit))), el("span", { class: "entry" }, control, unitShown(unit) && el("span", { class: "unit" }, unitShown(unit)))),
    below,
    note,
    info,
    help,
    fault,
  );
  refresh();
  return { path, node: wrap, refresh, fault: setFault, focus: () => control.focus(), file: () => (key === "file" || key.endsWith("_file") ? (standing() ?? null) : null) };
}

/** The value at an address in the plan one began with. @param {string} path */
function startOf(path) {
  let at = state.start;
  for (const token of path.match(/[^.[\]]+|\[\d+\]/g) ?? []) {
    if (Array.isArray(at)) at = token.startsWith("[") ? at[Number(token.slice(1, -1))] : at.find((/** @type {any} */ i) => i?.id === token);
    else at = at?.[token];
  }
  return at;
}

/** A chooser beside a field that names a file: its text goes to the server, its name into the plan. */
function upload(/** @type {import("./address.js").Place} */ place, /** @type {any} */ box, /** @type {(text: string | null) => void} */ setFault) {
  const chooser = el("input", { type: "file", accept: ".csv,text/csv,text/plain", "aria-label": `Choose a CSV file: ${label(String(place[place.length - 1]))}` });
  chooser.addEventListener("change", async () => {
    const file = chooser.files?.[0];
    if (!file) return;
    try {
      const kept = await post("files", { name: file.name, text: await file.text() });
      state.files[file.name] = { id: kept.id };
      box.value = file.name;
      setFault(null);
      const holder = place.slice(0, -1);
      if (place[place.length - 1] === "file" && read(state.plan, holder)?.synthetic !== undefined) {
        // Prices of one's own take the place of made-up ones.
        return reshape((plan) => {
          write(plan, [...holder, "synthetic"], undefined);
          write(plan, place, file.name);
        });
      }
      // The same name may stand for new text, so the plan counts as changed either way.
      edit(place, undefined);
      edit(place, file.name);
    } catch (error) {
      setFault(String(/** @type {any} */ (error).message));
    }
    chooser.value = "";
  });
  return el("div", { class: "upload" }, chooser);
}
