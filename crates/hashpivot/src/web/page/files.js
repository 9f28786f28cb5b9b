// Plans in and out, downloads, the link and the same question on the command line.

import { setText } from "./address.js";
import { Faulty, post } from "./api.js";
import { byId, el } from "./dom.js";
import { changes, load, request, state, tell } from "./state.js";
import { link } from "./url.js";

/** @param {Blob} blob @param {string} name */
function save(blob, name) {
  const url = URL.createObjectURL(blob);
  const anchor = el("a", { href: url, download: name });
  document.body.append(anchor);
  anchor.click();
  anchor.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** A file name of the plan's name. @param {string} ending */
function fileName(ending) {
  const stem = String(state.plan.name ?? "plan")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
  return `${stem || "plan"}.${ending}`;
}

/** A line at the foot of the page that goes away. @param {string} text */
export function notice(text) {
  const box = byId("notice");
  box.textContent = text;
  box.hidden = false;
  clearTimeout(notice.timer);
  notice.timer = setTimeout(() => (box.hidden = true), 5_000);
}
/** @type {ReturnType<typeof setTimeout> | undefined} */
notice.timer = undefined;

/** @param {string} route @param {string} ending @param {string} what */
async function download(route, ending, what) {
  notice(`Writing the ${what}\u2026`);
  try {
    save(await post(route, request(), { as: "blob" }), fileName(ending));
    notice(`The ${what} is in your downloads: ${fileName(ending)}`);
  } catch (error) {
    if (error instanceof Faulty && error.faults.some((f) => f.path)) {
      state.faults = error.faults;
      tell("faults");
    }
    notice(`No ${what}: ${/** @type {any} */ (error).message}`);
  }
}

/** The command that gives the answer on screen. */
function command() {
  const { changes: list, settable } = changes();
  const file = state.startName ?? (JSON.stringify(state.start) === JSON.stringify(state.shipped) && state.shippedIsExample ? "" : "plan.toml");
  const quote = (/** @type {string} */ s) => (/^[A-Za-z0-9_.=[\]:+-]+$/.test(s) && !/[[\]]/.test(s) ? s : `'${s.replaceAll("'", "'\\''")}'`);
  if (!settable || Object.keys(state.files).length)
    return { text: `hashpivot run ${fileName("toml")}`, note: "The plan has changed its shape or holds files: save it as TOML, put its CSV files beside it, and run it." };
  const sets = list.map((c) => `--set ${quote(`${c.path}=${setText(c.to)}`)}`);
  return {
    text: ["hashpivot run", file, ...sets].filter(Boolean).join(sets.length > 2 ? " \\\n  " : " ").replace("run \\\n  plan", "run plan"),
    note: sets.length ? `${sets.length} ${sets.length === 1 ? "input differs" : "inputs differ"} from the plan that you began with.` : "Nothing differs from the plan that you began with.",
  };
}

/** @param {string} text @param {string} said */
async function copy(text, said) {
  try {
    await navigator.clipboard.writeText(text);
    notice(said);
  } catch {
    notice("The clipboard is closed to this page: select the text and copy it.");
  }
}

/** @param {Event} event */
export async function act(event) {
  const what = /** @type {HTMLElement} */ (event.target).closest("[data-do]")?.getAttribute("data-do");
  if (what === "report") await download("report", "html", "report");
  if (what === "workbook") await download("workbook", "xlsx", "workbook");
  if (what === "csv") await download("csv", "csv", "table");
  if (what === "save-toml") await download("plan/toml", "toml", "plan");
  if (what === "save-json") save(new Blob([`${JSON.stringify(state.plan, null, 2)}\n`], { type: "application/json" }), fileName("json"));
  if (what === "load") byId("load-file").click();
  if (what === "start-again") load(state.shipped, { files: state.shippedFiles, start: true });
  if (what === "link") await copy(await link(), "The link is on the clipboard. It opens on this machine, while the server runs.");
  if (what === "command") {
    const { text, note } = command();
    byId("command-text").textContent = text;
    byId("command-note").textContent = note;
    byId("command-box").showModal();
  }
  if (what === "command-copy") await copy(byId("command-text").textContent, "The command is on the clipboard.");
  const menu = /** @type {HTMLElement} */ (event.target).closest("details.menu");
  if (what && menu) menu.removeAttribute("open");
}

/** Loads what was chosen: TOML, JSON, or a filled workbook. */
export async function chosen() {
  const chooser = byId("load-file");
  const file = chooser.files?.[0];
  if (!file) return;
  try {
    const isBook = file.name.endsWith(".xlsx");
    const body = isBook ? { name: file.name, base64: await base64(file) } : { name: file.name, text: await file.text() };
    const { plan } = await post(isBook ? "workbook/read" : "plan/read", body);
    load(plan, { start: true, name: file.name.endsWith(".toml") ? file.name : null });
    notice(`${file.name} is on screen.`);
  } catch (error) {
    state.faults = error instanceof Faulty ? error.faults : [{ code: "unreadable", path: "", hint: String(error) }];
    tell("faults");
  }
  chooser.value = "";
}

/** @param {File} file @returns {Promise<string>} */
function base64(file) {
  return new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(String(reader.result).split(",")[1]);
    reader.onerror = () => failed(reader.error);
    reader.readAsDataURL(file);
  });
}
