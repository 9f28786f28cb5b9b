// The server's routes. Faults come back as an `Faulty` error; a stopped call as an AbortError.

/**
 * @typedef {{ code: string, file?: string, line?: number, column?: number, path: string, value?: string,
 *   unit?: string, allowed?: string, hint?: string }} Fault
 */

const KEY = "hashpivot-token";
let token = "";
/** @type {(() => void) | null} */
let onRefused = null;

/** An answer that is no answer: what is wrong, where. */
export class Faulty extends Error {
  /** @param {Fault[]} faults @param {number} status */
  constructor(faults, status) {
    super(faults.map((f) => `${f.path} ${f.hint || f.allowed || f.code}`).join("; "));
    this.faults = faults;
    this.status = status;
  }
}

/** Keeps the token of this start of the server for this tab. @param {string} value */
export function setToken(value) {
  token = value;
  try {
    sessionStorage.setItem(KEY, value);
  } catch {
    // Without storage the token lasts until the page is reloaded.
  }
}

/** @param {string | null} given  from the address, @param {() => void} refused  called when the server wants another */
export async function openWith(given, refused) {
  onRefused = refused;
  try {
    token = given ?? sessionStorage.getItem(KEY) ?? "";
  } catch {
    token = given ?? "";
  }
  const others = new BroadcastChannel("hashpivot");
  others.onmessage = ({ data }) => {
    if (data === "token?" && token) others.postMessage({ token });
  };
  if (!token) {
    // A copied link holds no token; another tab of the same server may lend its own.
    token = await new Promise((done) => {
      const ask = new BroadcastChannel("hashpivot");
      ask.onmessage = ({ data }) => data?.token && done(data.token);
      ask.postMessage("token?");
      setTimeout(() => done(""), 150);
    });
  }
  if (token) setToken(token);
}

/** @param {string} route */
export async function get(route) {
  const answer = await fetch(`/api/v1/${route}`, { headers: { "x-hashpivot-token": token } });
  if (!answer.ok) throw await faulty(answer);
  return answer.json();
}

/**
 * @param {string} route @param {object} body
 * @param {{ signal?: AbortSignal, onProgress?: (done: number, total: number) => void, as?: "json" | "blob" | "text" }} [how]
 * @returns {Promise<any>}
 */
export async function post(route, body, how = {}) {
  const answer = await fetch(`/api/v1/${route}`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-hashpivot-token": token,
      ...(how.onProgress ? { accept: "application/x-ndjson" } : {}),
    },
    body: JSON.stringify(body),
    signal: how.signal,
  });
  if (!answer.ok) throw await faulty(answer);
  if (how.as === "blob") return answer.blob();
  if (how.as === "text") return answer.text();
  if (how.onProgress && answer.headers.get("content-type")?.includes("ndjson")) return lines(answer, how.onProgress);
  return answer.json();
}

/** Reads a stream of lines up to its result. @param {Response} answer @param {(done: number, total: number) => void} onProgress */
async function lines(answer, onProgress) {
  const reader = /** @type {ReadableStream} */ (answer.body).pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    rest += value ?? "";
    const whole = rest.split("\n");
    rest = done ? "" : /** @type {string} */ (whole.pop());
    for (const line of whole) {
      if (!line.trim()) continue;
      const said = JSON.parse(line);
      if (said.progress) onProgress(said.progress.done, said.progress.total);
      else if (said.faults) throw new Faulty(said.faults, 422);
      else return said.result;
    }
    if (done) throw new Faulty([{ code: "broken", path: "", hint: "the server stopped in the middle of its answer" }], 500);
  }
}

/** @param {Response} answer */
async function faulty(answer) {
  if (answer.status === 403) onRefused?.();
  let faults = null;
  try {
    faults = (await answer.json()).faults;
  } catch {
    // A body that is no JSON says no more than its status.
  }
  return new Faulty(faults ?? [{ code: `status ${answer.status}`, path: "", hint: answer.statusText }], answer.status);
}
