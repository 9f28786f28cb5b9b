// Begins: reads the address, asks for the plan and its schema, wires the parts together.

import { get, openWith, setToken } from "./api.js";
import { forget } from "./curves.js";
import * as decision from "./decision.js";
import { byId, el } from "./dom.js";
import * as engine from "./engine.js";
import * as faults from "./faults.js";
import * as files from "./files.js";
import * as form from "./form.js";
import * as scenarios from "./scenarios.js";
import { useSchema } from "./schema.js";
import * as sidebar from "./sidebar.js";
import { load, on, sites, state, tell } from "./state.js";
import * as tabs from "./tabs.js";
import * as url from "./url.js";
import { cost, power } from "./view_mining.js";
import { cash, financing, offers } from "./view_money.js";
import * as riskViews from "./view_risk.js";
import { audit, why } from "./view_trace.js";

/** Asks for the address that the server printed. */
function askForToken() {
  const box = byId("token-box");
  if (!box.open) box.showModal();
}

/** @param {Event} event */
function tokenGiven(event) {
  event.preventDefault();
  const text = byId("token-text").value.trim();
  setToken(text.includes("token=") ? text.split("token=")[1].split("&")[0] : text);
  byId("token-box").close();
  tell("edit", []);
}

function theme() {
  const next = { system: "light", light: "dark", dark: "system" };
  const now = document.documentElement.dataset.theme ?? "system";
  const wanted = next[/** @type {"system" | "light" | "dark"} */ (now)] ?? "system";
  if (wanted === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = wanted;
  try {
    localStorage.setItem("hashpivot-theme", wanted);
  } catch {
    // Refused storage: the choice lasts until the page is left.
  }
  redraw();
}

function redraw() {
  const wanted = document.documentElement.dataset.theme ?? "system";
  byId("theme").textContent = { light: "Theme: light", dark: "Theme: dark" }[wanted] ?? "Theme: system";
  forget();
  byId("panel").replaceChildren();
  decision.draw();
  if (state.result) tabs.draw();
}

/** One listener for what is drawn anew: buttons say in `data-do` what they do. @param {Event} event */
function act(event) {
  for (const part of [sidebar, scenarios, files, faults, riskViews]) part.act(event);
  const target = /** @type {HTMLElement} */ (event.target);
  const what = target.closest("[data-do]")?.getAttribute("data-do");
  if (what === "theme") theme();
  if (what === "reveal") form.reveal(target.closest("[data-path]")?.getAttribute("data-path") ?? "");
  if (what === "close") target.closest("dialog")?.close();
  if (what === "inputs" && document.body.classList.toggle("inputs-open")) {
    // On a phone the sheet covers the lower half: the decision goes to the upper one, the focus into the sheet.
    byId("decision").scrollIntoView({ block: "start" });
    byId("form").querySelector("input, select, summary")?.focus({ preventScroll: true });
  } else if (what === "inputs") byId("inputs-toggle").focus();
  if (what === "stop") stopBusy?.();
  byId("inputs-toggle").setAttribute("aria-expanded", String(document.body.classList.contains("inputs-open")));
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(target)) menu.removeAttribute("open");
}

/** @type {(() => void) | null} */
let stopBusy = null;

/** @param {{ done: number, total: number, what: string, stop: () => void } | null} work */
function busy(work) {
  byId("busy").hidden = !work;
  stopBusy = work?.stop ?? null;
  if (!work) return;
  byId("busy-bar").max = work.total;
  byId("busy-bar").value = work.done;
  byId("busy-text").textContent = `${work.what}: ${work.done} of ${work.total}`;
}

async function begin() {
  const arrived = await url.arrive();
  const opening = openWith(arrived.token, askForToken);
  const [plan, schema] = await Promise.all([get("plan"), get("schema/input"), opening]);
  useSchema(schema);
  state.shipped = plan.plan;
  state.shippedFiles = plan.files ?? {};
  state.shippedIsExample = plan.plan.name === "Three sites, one budget";
  state.tab = ["cost", "power", "offers", "cash", "financing", "risk", "map", "why", "audit", "compare"].includes(arrived.tab ?? "") ? /** @type {string} */ (arrived.tab) : "cost";
  state.site = arrived.site;
  engine.follow();
  decision.start();
  scenarios.start();
  tabs.start([cost, power, offers, cash, financing, riskViews.risk, riskViews.map, why, audit, scenarios.compare]);
  on("busy", busy);
  state.start = structuredClone(plan.plan);
  if (arrived.kept?.plan) load(arrived.kept.plan, { files: arrived.kept.files });
  else load(plan.plan, { files: state.shippedFiles });
  if (arrived.broken) files.notice("The link is damaged: this is the plan of the server.");
  if (arrived.site !== null && sites().some((s) => s.id === arrived.site)) state.site = arrived.site;
  faults.start();
  sidebar.start();
  form.start();
  url.follow();
  document.addEventListener("click", act);
  document.addEventListener("change", riskViews.act);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    document.body.classList.remove("inputs-open");
    for (const menu of document.querySelectorAll("details.menu[open]")) menu.removeAttribute("open");
  });
  byId("load-file").addEventListener("change", files.chosen);
  byId("token-form").addEventListener("submit", tokenGiven);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  let width = 0;
  new ResizeObserver(() => {
    const now = decision.roomFor();
    if (now === width || !state.result) return;
    width = now;
    decision.draw();
    tabs.draw();
  }).observe(byId("middle"));
  get("machines").then((answer) => {
    const list = answer.machines ?? answer.rows ?? answer;
    state.machines = list.map((/** @type {any} */ m) => m.model ?? m.name ?? m);
    byId("machines").append(...state.machines.map((m) => el("option", { value: m })));
  });
  if (matchMedia("(max-width: 860px)").matches) byId("scenarios").open = state.scenarios.length > 0;
  redraw();
}

begin().catch((error) => {
  byId("decision").textContent = `The page could not begin: ${error.message}`;
  console.error(error);
});
