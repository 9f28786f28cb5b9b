// Scales, axes, hatches and text for drawings. Every mark has a hatch or a word beside its colour.

import { el, svg } from "./dom.js";
import { fixed } from "./format.js";

/** Hatches by use, so that a band is known without its colour. */
const HATCH = /** @type {Record<string, string>} */ ({
  colocation: "M-2 2 L2 -2 M0 8 L8 0 M6 10 L10 6",
  gpu_cloud: "M0 0 L8 8 M8 0 L0 8",
  sale: "M0 4 H8",
  unused: "M-2 6 L2 10 M0 0 L8 8 M6 -2 L10 2",
  other: "M4 0 V8",
  tax: "M0 2 H8 M0 6 H8",
  capex: "M-2 2 L2 -2 M0 8 L8 0 M6 10 L10 6",
});

let serial = 0;

/** A drawing with a name for screen readers (none: hidden from them) and the hatches it uses. @param {number} width @param {number} height @param {string} name @param {any[]} parts */
export function drawing(width, height, name, parts) {
  const prefix = `h${++serial}`;
  const body = parts.flat(3).filter(Boolean);
  const used = new Set(body.map((p) => p.getAttribute?.("data-hatch")).filter(Boolean));
  const over = body.map((p) => {
    const hatch = p.getAttribute?.("data-hatch");
    if (!hatch) return p;
    const shade = p.cloneNode(false);
    shade.setAttribute("class", "hatch");
    shade.setAttribute("fill", `url(#${prefix}-${hatch})`);
    shade.removeAttribute("data-hatch");
    shade.setAttribute("aria-hidden", "true");
    return [p, shade];
  });
  return svg(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, width, height, ...(name ? { role: "img", "aria-label": name } : { "aria-hidden": "true" }) },
    svg(
      "defs",
      null,
      [...used].map((h) =>
        svg("pattern", { id: `${prefix}-${h}`, width: 8, height: 8, patternUnits: "userSpaceOnUse" }, svg("path", { d: HATCH[/** @type {string} */ (h)], class: "hatch-line" })),
      ),
    ),
    over.flat(),
  );
}

/** A linear scale. @param {number} from @param {number} to @param {number} start @param {number} end */
export function scale(from, to, start, end) {
  const width = to - from || 1;
  return (/** @type {number} */ value) => Math.round((start + ((value - from) / width) * (end - start)) * 10) / 10;
}

/** Round values between two others. @param {number} low @param {number} high @param {number} count */
export function ticks(low, high, count) {
  const span = high - low || Math.abs(high) || 1;
  const raw = span / Math.max(1, count);
  const size = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((m) => m * size).find((s) => s >= raw * 0.999) ?? size * 10;
  const found = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) found.push(Number((i * step).toPrecision(12)));
  return { values: found, decimals: Math.max(0, -Math.floor(Math.log10(step) + 1e-9) + (Math.abs(step / 10 ** Math.floor(Math.log10(step)) - 2.5) < 1e-6 ? 1 : 0)) };
}

/** @param {number} x @param {number} y @param {string} content @param {string} [anchor] @param {string} [classes] */
export function text(x, y, content, anchor = "start", classes = "") {
  return svg("text", { x, y, "text-anchor": anchor, class: classes || null }, content);
}

/** @param {number} x1 @param {number} y1 @param {number} x2 @param {number} y2 @param {string} classes */
export function line(x1, y1, x2, y2, classes) {
  return svg("line", { x1, y1, x2, y2, class: classes });
}

/** A filled rectangle between two corners. @param {number} x1 @param {number} y1 @param {number} x2 @param {number} y2 @param {string} fill @param {string} title @param {Record<string, unknown>} [more] */
export function rect(x1, y1, x2, y2, fill, title, more = {}) {
  const box = { x: Math.min(x1, x2), y: Math.min(y1, y2), width: Math.abs(x2 - x1), height: Math.abs(y2 - y1) };
  return svg("rect", { ...box, class: `f-${fill}`, "data-hatch": HATCH[fill] ? fill : null, ...more }, title && svg("title", null, title));
}

/** A filled path. @param {string} d @param {string} fill @param {string} title */
export function area(d, fill, title) {
  return svg("path", { d, class: `f-${fill}`, "data-hatch": HATCH[fill] ? fill : null }, svg("title", null, title));
}

/** Horizontal lines with values at the left. @param {{ values: number[], decimals: number }} at @param {(v: number) => number} y @param {number} left @param {number} right */
export function grid(at, y, left, right) {
  return at.values.map((v) => [line(left, y(v), right, y(v), v === 0 ? "base" : "grid"), text(left - 8, y(v) + 4, fixed(v, at.decimals), "end", "tick")]);
}

/** Names of fills beside samples of them. @param {[string, string][]} entries  fill and name */
export function legend(entries) {
  return el(
    "ul",
    { class: "legend" },
    entries.map(([fill, name]) => el("li", null, drawing(22, 12, "", [rect(0.5, 0.5, 21.5, 11.5, fill, "")]), name)),
  );
}

/** About how wide a text is at 12 px. @param {string} content */
export function textWidth(content) {
  return content.length * 6.7;
}
