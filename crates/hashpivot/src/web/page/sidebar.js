// The sites at the left: choose, add, copy, take away.

import { inShort } from "./decision.js";
import { byId, el, show } from "./dom.js";
import { millions, safe } from "./format.js";
import { reveal } from "./form.js";
import { plan as planNode, resolve } from "./schema.js";
import { load, on, reshape, select, sites, state } from "./state.js";
import { added, freeId } from "./usual.js";

/** Keeps the list in step. */
export function start() {
  for (const event of /** @type {const} */ (["answer", "select", "shape", "faults"])) on(event, draw);
  draw();
}

function draw() {
  const of = (/** @type {string} */ id) => state.result?.sites.find((/** @type {any} */ s) => s.id === id);
  const row = (/** @type {string | null} */ id, /** @type {string} */ name, /** @type {string} */ what, /** @type {number | undefined} */ usd) =>
    el(
      "li",
      { "data-key": `s-${id ?? ""}` },
      el(
        "button",
        { type: "button", class: "row", "data-do": "select", "data-site": id, "aria-current": state.site === id ? "true" : null },
        el("span", { class: "row-name", dir: "auto" }, name),
        el("span", { class: "row-value", title: "Value, $M" }, usd === undefined ? "" : millions(usd)),
        el("span", { class: "row-what" }, what),
      ),
    );
  show(
    byId("site-list"),
    row(null, "All sites", `${sites().length} ${sites().length === 1 ? "site" : "sites"}, shared inputs`, state.result?.portfolio.npv_usd),
    sites().map((s) => row(s.id, safe(s.name || s.id), of(s.id) ? inShort(of(s.id)) : "no answer yet", of(s.id)?.npv_usd)),
  );
  byId("site-copy").disabled = byId("site-drop").disabled = state.site === null;
  if (sites().length === 1) byId("site-drop").disabled = true;
  byId("plan-name").textContent = safe(state.plan?.name ?? "");
}

/** A site with what must be given and usual machines. @param {any} plan @param {string} id */
function fresh(plan, id) {
  const made = added(plan, "site", resolve(planNode().properties.site.items));
  const name = id === "new-site" ? "New site" : `New site ${id.split("-").pop()}`;
  return { ...made, id, name, machine: [{ model: "Antminer S21 200T", units: 25_000 }], offer: [] };
}

/** @param {Event} event */
export function act(event) {
  const target = /** @type {HTMLElement} */ (event.target).closest("[data-do]");
  const what = target?.getAttribute("data-do");
  if (what === "select") select(target?.getAttribute("data-site") ?? null);
  if (what === "site-add") {
    const id = freeId("new-site", sites());
    reshape((plan) => plan.site.push(fresh(plan, id)));
    select(id);
    reveal(`site.${id}.name`);
  }
  if (what === "plan-new") {
    // The world stays as it is; what the sites shared goes with them.
    const { schema, valuation, bitcoin, machine_market } = state.plan;
    const plan = structuredClone({ schema, name: "New plan", valuation, bitcoin, ...(machine_market ? { machine_market } : {}) });
    load({ ...plan, site: [fresh(plan, "new-site")] }, { start: true });
    select("new-site");
    reveal("site.new-site.name");
  }
  if (what === "site-copy") {
    const from = sites().find((s) => s.id === state.site);
    if (!from) return;
    const id = freeId(from.id, sites());
    reshape((plan) => {
      const copy = structuredClone(from);
      copy.id = id;
      copy.name = `${from.name ?? from.id}, copy`;
      for (const offer of copy.offer ?? []) if (String(offer.id).startsWith(from.id)) offer.id = id + offer.id.slice(from.id.length);
      plan.site.push(copy);
    });
    select(id);
    reveal(`site.${id}.name`);
  }
  if (what === "site-drop") {
    const gone = state.site;
    reshape((plan) => {
      plan.site = plan.site.filter((/** @type {any} */ s) => s.id !== gone);
      for (const region of plan.region ?? []) region.sites = region.sites?.filter((/** @type {string} */ s) => s !== gone);
    });
  }
}
