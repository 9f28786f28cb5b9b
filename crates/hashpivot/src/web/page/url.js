// The state in the address after #: the plan where it differs from the one the server began with,
// deflated and in base64url, the site and the tab. The token is taken out as soon as it is read.

import { on, state } from "./state.js";

/** @param {Uint8Array} bytes */
function base64url(bytes) {
  let text = "";
  for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** @param {unknown} value */
async function pack(value) {
  const stream = new Blob([JSON.stringify(value)]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  return base64url(new Uint8Array(await new Response(stream).arrayBuffer()));
}

/** @param {string} text */
async function unpack(text) {
  const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"))).json();
}

/** Reads the address once and cleans it. @returns {Promise<{ token: string | null, kept: any, site: string | null, tab: string | null, broken: boolean }>} */
export async function arrive() {
  const hash = new URLSearchParams(location.hash.slice(1));
  const token = hash.get("token");
  if (token !== null) {
    hash.delete("token");
    history.replaceState(null, "", hash.size ? `#${hash}` : location.pathname);
  }
  let kept = null;
  let broken = false;
  try {
    const packed = hash.get("plan");
    if (packed) kept = await unpack(packed);
  } catch {
    broken = true;
  }
  return { token, kept, site: hash.get("site"), tab: hash.get("tab"), broken };
}

/** The address of the state as it is. */
export async function link() {
  const hash = new URLSearchParams();
  const differs = JSON.stringify(state.plan) !== JSON.stringify(state.shipped) || Object.keys(state.files).length > 0;
  if (differs) hash.set("plan", await pack({ plan: state.plan, files: state.files }));
  if (state.site !== null) hash.set("site", state.site);
  if (state.tab !== "cost") hash.set("tab", state.tab);
  return `${location.origin}${location.pathname}${hash.size ? `#${hash}` : ""}`;
}

/** Keeps the address in step. */
export function follow() {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(async () => history.replaceState(null, "", await link()), 300);
  };
  on("edit", later);
  on("select", later);
  on("tab", later);
}
