// Keeps the answer in step with the plan: a quick run at once, a whole one when the hand rests.
// Every request has a number; an answer with a lower number than the one on screen is dropped.

import { Faulty, post } from "./api.js";
import { on, request, state, tell } from "./state.js";

/** Idle time before the whole run, ms. */
const REST_MS = 400;
/** A quick run that takes longer than this, and thrice the last one, gives way to a newer one, ms. */
const PATIENCE_MS = 250;
let lastMs = 0;

let version = 0;
let shown = 0;
/** @type {{ number: number, started: number, stop: AbortController } | null} */
let running = null;
let waiting = false;
/** @type {AbortController | null} */
let whole = null;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let rest;

/** The plan's number: it grows with every change. */
export function planNumber() {
  return version;
}

/** Says on the page how the answer stands, for styles and for tests. @param {"working" | "settled" | "refused"} how */
function stand(how) {
  document.body.dataset.answer = how;
}

/** Starts to follow the plan. */
export function follow() {
  on("edit", changed);
}

function changed() {
  version += 1;
  state.whole = false;
  stand("working");
  whole?.abort();
  clearTimeout(rest);
  rest = setTimeout(runWhole, REST_MS);
  quick();
}

function quick() {
  if (running) {
    waiting = true;
    const now = running;
    setTimeout(() => running === now && waiting && now.stop.abort(), Math.max(0, now.started + Math.max(PATIENCE_MS, 3 * lastMs) - performance.now()));
    return;
  }
  waiting = false;
  const now = { number: version, started: performance.now(), stop: new AbortController() };
  running = now;
  post("run", { ...request(), quick: true }, { signal: now.stop.signal })
    .then((result) => {
      lastMs = performance.now() - now.started;
      take(result, now.number, false);
    })
    .catch((error) => refuse(error, now.number))
    .finally(() => {
      running = null;
      if (waiting) quick();
    });
}

async function runWhole() {
  const number = version;
  const stop = (whole = new AbortController());
  try {
    const begun = performance.now();
    const onProgress = (/** @type {number} */ done, /** @type {number} */ total) => {
      if (performance.now() - begun > 700) tell("busy", { done, total, what: "The whole plan", stop: () => stop.abort() });
    };
    const result = await post("run", request(), { signal: stop.signal, onProgress });
    take(result, number, true);
  } catch (error) {
    refuse(error, number);
  } finally {
    if (whole === stop) tell("busy", null);
  }
}

/** @param {any} result @param {number} number @param {boolean} isWhole */
function take(result, number, isWhole) {
  if (number < shown || (number === shown && !isWhole && state.whole)) return;
  shown = number;
  // A quick answer leaves out what only a whole one has: the older figures stay, marked as such.
  if (!isWhole && state.result) {
    for (const site of result.sites) {
      const before = state.result.sites.find((/** @type {any} */ s) => s.id === site.id);
      if (!before) continue;
      for (const key of ["switching", "by_line", "shadow"]) if (!site[key] || !Object.keys(site[key]).length) site[key] = before[key];
    }
  }
  state.result = result;
  state.whole = isWhole && number === version;
  if (state.faults.length) {
    state.faults = [];
    tell("faults");
  }
  tell("answer");
  if (!state.whole) return;
  stand("settled");
  tell("settled");
}

/** @param {any} error @param {number} number */
function refuse(error, number) {
  if (error?.name === "AbortError") return;
  if (number < shown) return;
  if (number !== version) return;
  shown = number;
  state.faults =
    error instanceof Faulty ? error.faults : [{ code: "unreachable", path: "", hint: "the server does not answer: is `hashpivot serve` still running?" }];
  clearTimeout(rest);
  stand("refused");
  tell("faults");
}

/**
 * Work that the user starts or a tab asks for: one at a time by name, newest wins, progress shown.
 * @param {string} route @param {object} body @param {(done: number, total: number) => void} onProgress @param {AbortSignal} signal
 */
export function long(route, body, onProgress, signal) {
  return post(route, { ...request(), ...body }, { onProgress, signal });
}
