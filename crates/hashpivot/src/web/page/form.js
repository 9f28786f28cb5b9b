// The form of what is selected, from the schema: tables fold, lists grow and shrink, and what takes a
// default stands apart. It is built again only when the plan changes its shape, never while typing.

import { address, place as placeOf, read } from "./address.js";
import { byId, eased, el } from "./dom.js";
import { label } from "./format.js";
import { field } from "./field.js";
import { kind, plan as planNode, resolve, shape } from "./schema.js";
import { on, reshape, select, sites, state } from "./state.js";
import { added, freeId, isShort, one, preview, title } from "./usual.js";

/** @typedef {import("./address.js").Place} Place */

/** @type {Map<string, import("./field.js").Field>} */
const fields = new Map();
/** @type {Map<string, { node: any, build: () => void, name: () => void, fault: HTMLElement }>} */
const folds = new Map();
/** Folds that the user opened or closed, by address. @type {Map<string, boolean>} */
const chosen = new Map();
const SCALAR = new Set(["number", "integer", "boolean", "month", "word", "words", "text", "numbers", "texts"]);

/** Draws the form and keeps it in step. */
export function start() {
  on("shape", draw);
  on("select", draw);
  on("answer", eased(refresh));
  on("faults", markFaults);
  draw();
}

function draw() {
  const box = byId("form");
  const scroll = byId("inputs").scrollTop;
  const held = document.activeElement?.closest("[data-path]")?.getAttribute("data-path");
  fields.clear();
  folds.clear();
  const index = sites().findIndex((s) => s.id === state.site);
  byId("inputs-title").textContent = index < 0 ? "Inputs of the plan" : "Inputs of the site";
  const node = planNode();
  const parts =
    index < 0 ? table([], node, new Set(["schema", "site"])) : table(["site", index], resolve(node.properties.site.items), new Set());
  box.replaceChildren(...parts);
  byId("tenants").replaceChildren(...(state.plan.tenant ?? []).map((/** @type {any} */ t) => el("option", { value: t.id })));
  byId("inputs").scrollTop = scroll;
  if (held) fields.get(held)?.focus();
  markFaults();
}

/** What a table holds: its values, then its parts, then what takes a default. @param {Place} place @param {any} node @param {Set<string>} skip @returns {HTMLElement[]} */
function table(place, node, skip) {
  const value = read(state.plan, place) ?? {};
  const full = shape(node, value);
  const must = new Set(full.required ?? []);
  /** @type {HTMLElement[]} */ const given = [];
  /** @type {HTMLElement[]} */ const parts = [];
  /** @type {[string, any][]} */ const defaults = [];
  /** @type {[string, any][]} */ const absent = [];
  for (const [key, raw] of Object.entries(/** @type {Record<string, any>} */ (full.properties ?? {}))) {
    if (skip.has(key) || (key === "kind" && "const" in raw)) continue;
    const property = resolve(raw);
    const sort = kind(property);
    const has = value[key] !== undefined;
    const at = [...place, key];
    if (SCALAR.has(sort)) {
      if (has || must.has(key)) given.push(register(field(at, raw, must.has(key))));
      else if (raw["x-defaults"] || property["x-defaults"]) defaults.push([key, raw]);
      else absent.push([key, raw]);
    } else if (has || must.has(key)) parts.push(sort === "rows" ? rows(at, property, must.has(key)) : part(at, property, must.has(key)));
    else if (raw["x-defaults"]) parts.push(part(at, property, true));
    else absent.push([key, raw]);
  }
  const out = [...given, ...parts];
  if (defaults.length)
    out.push(
      fold(`${address(state.plan, place)}#defaults`, () => `${defaults.length} more with defaults`, () => "", false, () =>
        defaults.map(([key, raw]) => register(field([...place, key], raw, false))),
      ),
    );
  if (absent.length) out.push(adder(place, absent));
  return out;
}

/** @param {import("./field.js").Field} made */
function register(made) {
  fields.set(made.path, made);
  return made.node;
}

/** A table inside a table; a tagged one begins with the choice of its kind. @param {Place} place @param {any} node @param {boolean} must */
function part(place, node, must) {
  const key = String(place[place.length - 1]);
  const path = address(state.plan, place);
  const value = () => read(state.plan, place);
  return fold(path, () => title(key), () => preview(key, value()), key === "tariff" || place.length === 1 && (key === "valuation" || key === "bitcoin"), () => [
    kind(node) === "tagged" && kindChoice(place, node),
    ...(kind(node) === "tagged" || value() !== undefined || node.properties ? table(place, node, new Set()) : []),
    must ? null : remove(place, `Remove ${title(key).toLowerCase()}`),
  ]);
}

/** @param {Place} place @param {any} node */
function kindChoice(place, node) {
  const id = `k-${address(state.plan, place)}`;
  const now = read(state.plan, place);
  const kinds = node.oneOf.map((/** @type {any} */ o) => resolve(o));
  const choice = el(
    "select",
    { id },
    kinds.map((/** @type {any} */ o) => el("option", { value: o.properties.kind.const, title: o.description }, label(o.properties.kind.const))),
  );
  choice.value = now?.kind;
  choice.addEventListener("change", () =>
    reshape((plan) => {
      const before = read(plan, place);
      const fresh = added(plan, String(place[place.length - 1]), node, { kind: choice.value });
      const next = kinds.find((/** @type {any} */ o) => o.properties.kind.const === choice.value);
      for (const key of Object.keys(next.properties)) if (key !== "kind" && before?.[key] !== undefined) fresh[key] = before[key];
      fresh.kind = choice.value;
      read(plan, place.slice(0, -1))[/** @type {string} */ (place[place.length - 1])] = fresh;
    }),
  );
  return el("div", { class: "field f-word" }, el("div", { class: "top" }, el("label", { for: id, class: "name" }, "Kind"), el("span", { class: "entry" }, choice)));
}

/** A list of tables. @param {Place} place @param {any} node @param {boolean} must */
function rows(place, node, must) {
  const key = String(place[place.length - 1]);
  const list = read(state.plan, place) ?? [];
  const item = resolve(node.items);
  const short = list.length > 0 && list.every((/** @type {any} */ v) => isShort(item, v));
  return fold(address(state.plan, place), () => title(key), () => `${list.length}`, ["machine", "offer", "energised_gross_mw", "available_usd"].includes(key), () => [
    ...list.map((/** @type {any} */ row, /** @type {number} */ i) => {
      const at = [...place, i];
      const inside = () => [
        kind(item) === "tagged" && kindChoice(at, item),
        ...table(at, item, new Set()),
        must && list.length === 1 ? null : remove(at, `Remove ${preview(key, row) || `row ${i + 1}`}`, short),
      ];
      if (short) return el("div", { class: "short", role: "group", "aria-label": `${title(key)}, ${i + 1}` }, inside());
      const first = i === 0 && list.length <= 2;
      return fold(address(state.plan, at), () => preview(key, read(state.plan, at)) || `${i + 1}`, () => "", first, inside);
    }),
    el("div", { class: "adds" }, addRow(place, key, item)),
  ]);
}

/** Buttons that add a row; a tagged one has a button a kind. @param {Place} place @param {string} key @param {any} item */
function addRow(place, key, item) {
  const stem = (/** @type {string | undefined} */ sort) =>
    key === "offer" ? `${sites()[Number(place[1])]?.id ?? "site"}-${sort === "gpu_cloud" ? "cloud" : "colo"}` : key;
  const button = (/** @type {string} */ text, /** @type {any} */ given) =>
    el(
      "button",
      {
        type: "button",
        class: "small",
        on: {
          click: () => {
            let made = "";
            reshape((plan) => {
              const holder = read(plan, place.slice(0, -1));
              const list = (holder[/** @type {string} */ (place[place.length - 1])] ??= []);
              const previous = list[list.length - 1];
              const row = added(plan, key, item, given);
              if ("id" in row) row.id = freeId(stem(given.kind), list);
              if (isShort(item, row) && previous) Object.assign(row, structuredClone(previous), previous.from ? { from: laterThan(previous.from) } : {});
              list.push(row);
              made = address(plan, [...place, list.length - 1]);
            });
            chosen.set(made, true);
            folds.get(made)?.build();
            reveal(made);
          },
        },
      },
      text,
    );
  if (kind(item) !== "tagged") return [button(`Add ${one(key)}`, {})];
  return item.oneOf.map((/** @type {any} */ o) => {
    const sort = resolve(o).properties.kind.const;
    return button(`Add ${label(sort).toLowerCase().replace("gpu", "GPU")} ${one(key).replace(/^an? /, "")}`, { kind: sort });
  });
}

/** Half a year later. @param {string} month */
function laterThan(month) {
  const [y, m] = month.split("-").map(Number);
  const total = y * 12 + (m - 1) + 6;
  return `${Math.floor(total / 12)}-${String((total % 12) + 1).padStart(2, "0")}-01`;
}

/** What may be added to a table. @param {Place} place @param {[string, any][]} absent */
function adder(place, absent) {
  const path = address(state.plan, place);
  const choice = el(
    "select",
    { "aria-label": `Add to ${path || "the plan"}` },
    el("option", { value: "" }, "Add another input…"),
    absent.map(([key, raw]) => el("option", { value: key, title: raw.description }, SCALAR.has(kind(resolve(raw))) ? label(key) : title(key))),
  );
  choice.addEventListener("change", () => {
    const key = choice.value;
    const raw = absent.find(([name]) => name === key)?.[1];
    if (!raw) return;
    const node = resolve(raw);
    const sort = kind(node);
    if (SCALAR.has(sort)) {
      // Nothing is set until a value is typed: the field takes the place of its name in the list.
      const made = field([...place, key], raw, false);
      choice.closest(".adder")?.before(register(made));
      choice.querySelector(`option[value="${key}"]`)?.remove();
      choice.value = "";
      return made.focus();
    }
    reshape((plan) => {
      const holder = read(plan, place);
      holder[key] = sort === "rows" ? [added(plan, key, resolve(node.items))] : added(plan, key, node);
      if (sort === "rows" && "id" in holder[key][0]) holder[key][0].id = freeId(key, []);
    });
    chosen.set(path ? `${path}.${key}` : key, true);
    draw();
    reveal(path ? `${path}.${key}` : key);
  });
  return el("div", { class: "adder" }, choice);
}

/** @param {Place} place @param {string} text @param {boolean} [icon] */
function remove(place, text, icon = false) {
  return el("button", { type: "button", class: icon ? "icon" : "link remove", "aria-label": icon ? text : null, on: { click: () => reshape((plan) => {
    const holder = read(plan, place.slice(0, -1));
    const last = place[place.length - 1];
    if (Array.isArray(holder)) holder.splice(Number(last), 1);
    else delete holder[last];
    if (Array.isArray(holder) && holder.length === 0 && place[place.length - 2] !== "machine" && place[place.length - 2] !== "offer")
      delete read(plan, place.slice(0, -2))[/** @type {string} */ (place[place.length - 2])];
  }) } }, icon ? "\u00d7" : text);
}

/** A part that opens and shuts; what is inside is made when it first opens. @param {string} path @param {() => string} heading @param {() => string} beside @param {boolean} open @param {() => any[]} inside */
function fold(path, heading, beside, open, inside) {
  const [first, second] = [el("span", { class: "heading", dir: "auto" }), el("span", { class: "beside", dir: "auto" })];
  const fault = el("p", { class: "fault", hidden: true });
  const name = () => {
    for (const [node, text] of /** @type {[HTMLElement, string][]} */ ([[first, heading()], [second, beside()]])) if (node.textContent !== text) node.textContent = text;
  };
  name();
  const body = el("div", { class: "body" });
  let built = false;
  const build = () => {
    if (built) return;
    built = true;
    body.append(...inside().flat().filter(Boolean));
  };
  const node = el(
    "details",
    { class: "part", "data-path": path },
    el("summary", null, first, second),
    fault,
    body,
  );
  if (chosen.get(path) ?? open) {
    build();
    node.open = true;
  }
  node.addEventListener("toggle", () => {
    chosen.set(path, node.open);
    if (node.open) build();
  });
  folds.set(path, { node, build, name, fault });
  return node;
}

/** Values, defaults and their sources as the latest answer has them. */
function refresh() {
  for (const made of fields.values()) made.refresh();
  for (const made of folds.values()) made.name();
}

/** @param {import("./api.js").Fault} fault */
function faultText(fault) {
  const where = fault.line && fault.file?.endsWith(".csv") ? `${fault.file}, line ${fault.line}: ` : "";
  const column = where ? `${fault.path.split(".").pop()} ` : "";
  const value = fault.value ? `${column}${fault.value}` : column.trim();
  return `${where}${[value, fault.allowed || (fault.hint ? "" : fault.code.replaceAll("_", " ")), fault.hint].filter(Boolean).join("; ")}`;
}

/** The field or fold that a fault belongs to: that of its file, else of the longest address it begins with. @param {import("./api.js").Fault} fault */
export function target(fault) {
  if (fault.file?.endsWith(".csv")) for (const made of fields.values()) if (made.file() === fault.file) return made.path;
  for (let path = fault.path; path; path = path.replace(/(\.[^.[\]]+|\[\d+\]|^[^.[\]]+)$/, "")) if (fields.has(path) || folds.has(path)) return path;
  return null;
}

function markFaults() {
  /** @type {Map<string, string[]>} */
  const at = new Map();
  for (const fault of state.faults) {
    for (let path = fault.path; path; path = path.replace(/(\.[^.[\]]+|\[\d+\]|^[^.[\]]+)$/, "")) folds.get(path)?.build();
    const path = target(fault);
    if (path) at.set(path, [...(at.get(path) ?? []), faultText(fault)]);
  }
  for (const [path, made] of fields) made.fault(at.get(path)?.slice(0, 3).join("\n") ?? null);
  for (const [path, { node, fault }] of folds) {
    fault.textContent = at.get(path)?.slice(0, 3).join("\n") ?? "";
    fault.hidden = !at.has(path);
    node.classList.toggle("has-fault", at.has(path) || [...at.keys()].some((p) => p.startsWith(`${path}.`) || p.startsWith(`${path}[`)));
  }
}

/** Opens all folds above an address and puts the focus there. @param {string} path */
export function reveal(path) {
  const found = placeOf(state.plan, path);
  const site = found[0] === "site" && typeof found[1] === "number" ? sites()[found[1]]?.id : null;
  select(site ?? null);
  document.body.classList.add("inputs-open");
  for (let i = 1; i <= found.length; i++) {
    const fold = folds.get(address(state.plan, found.slice(0, i)));
    if (fold) {
      fold.build();
      fold.node.open = true;
    }
    const defaults = folds.get(`${address(state.plan, found.slice(0, i))}#defaults`);
    const key = address(state.plan, found.slice(0, i));
    if (defaults && !fields.has(path) && path.startsWith(key)) {
      defaults.build();
      if (fields.has(path)) defaults.node.open = true;
    }
  }
  const root = folds.get(`#defaults`);
  if (root && !fields.has(path)) root.build();
  const made = fields.get(path);
  const node = made?.node ?? folds.get(path)?.node;
  node?.scrollIntoView({ block: "center" });
  if (made) made.focus();
  else node?.querySelector("summary")?.focus();
  return Boolean(node);
}

/** The fold or field of a fault, revealed. @param {import("./api.js").Fault} fault */
export function goTo(fault) {
  const found = placeOf(state.plan, fault.path);
  select(found[0] === "site" && typeof found[1] === "number" ? (sites()[found[1]]?.id ?? null) : null);
  reveal(target(fault) ?? fault.path);
}
