// Curves over a number or over months, drawn by uPlot: it redraws in place when new values come.

import { el } from "./dom.js";
import { about } from "./format.js";

/**
 * @typedef {{ key: string, title: string, x: number[], lines: { name: string, values: (number | null)[], tone: string, dash?: number[] }[],
 *   time?: boolean, unit: string, xName: string, marks?: { x: number, name: string }[], log?: boolean }} Curve
 */

/** @type {Map<string, { plot: any, node: HTMLElement, now: Curve, width: number, scheme: string, shape: string }>} */
const plots = new Map();

/** A colour of the page. @param {string} name */
function tone(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** The chart with this key, made once and kept. @param {Curve} curve @param {number} width @returns {HTMLElement} */
export function curve(curve, width) {
  const scheme = tone("ink") + tone("paper");
  const shape = JSON.stringify([curve.lines.map((l) => l.name), curve.unit, curve.time]);
  const known = plots.get(curve.key);
  const data = [curve.x, ...curve.lines.map((l) => l.values)];
  if (known && known.scheme === scheme && known.shape === shape) {
    const same = JSON.stringify(known.now) === JSON.stringify(curve);
    known.now = curve;
    if (known.width !== width) known.plot.setSize({ width, height: 240 });
    known.width = width;
    if (!same) known.plot.setData(data);
    return stand(curve.key);
  }
  known?.plot.destroy();
  const node = known?.node ?? el("div", { class: "plot", "data-keep": curve.key });
  node.replaceChildren();
  const entry = { plot: null, node, now: curve, width, scheme, shape };
  const axis = { stroke: tone("soft"), font: `12px ${getComputedStyle(document.body).fontFamily}`, grid: { stroke: tone("hair"), width: 1 }, ticks: { stroke: tone("hair"), width: 1, size: 4 } };
  // @ts-ignore uPlot is a script of its own
  entry.plot = new uPlot(
    {
      width,
      height: 240,
      legend: { live: true, markers: { width: 2, dash: (/** @type {any} */ _, /** @type {number} */ i) => (curve.lines[i - 1]?.dash ? ((curve.lines[i - 1].dash ?? [9])[0] > 3 ? "dashed" : "dotted") : "solid") } },
      cursor: { drag: { x: false, y: false } },
      scales: { x: { time: Boolean(curve.time) }, y: { range: (/** @type {any} */ _, /** @type {number} */ low, /** @type {number} */ high) => [Math.min(0, low), high + (high - Math.min(0, low)) * 0.06 || 1] } },
      axes: [
        { ...axis, values: curve.time ? (/** @type {any} */ _, /** @type {number[]} */ at) => at.map((s) => String(new Date(s * 1000).getUTCFullYear())) : (/** @type {any} */ _, /** @type {number[]} */ at) => at.map(about), space: curve.time ? 60 : 50, incrs: curve.time ? [365.25 * 86400, 2 * 365.25 * 86400, 4 * 365.25 * 86400] : undefined },
        { ...axis, size: 78, values: (/** @type {any} */ _, /** @type {number[]} */ at) => at.map(about) },
      ],
      series: [
        { label: curve.xName, value: (/** @type {any} */ _, /** @type {number | null} */ v) => (v === null || v === undefined ? "\u2013" : curve.time ? new Date(v * 1000).toISOString().slice(0, 7) : about(v)) },
        ...curve.lines.map((l) => ({
          label: l.name,
          stroke: tone(l.tone),
          width: 2,
          dash: l.dash,
          points: { show: false },
          value: (/** @type {any} */ _, /** @type {number | null} */ v) => about(v),
        })),
      ],
      hooks: {
        draw: [
          (/** @type {any} */ u) => {
            const { ctx } = u;
            ctx.save();
            ctx.strokeStyle = tone("soft");
            ctx.fillStyle = tone("soft");
            ctx.font = `${11 * devicePixelRatio}px ${getComputedStyle(document.body).fontFamily}`;
            ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
            entry.now.marks?.forEach((mark, i) => {
              const x = u.valToPos(mark.x, "x", true);
              if (x < u.bbox.left || x > u.bbox.left + u.bbox.width) return;
              ctx.beginPath();
              ctx.moveTo(x, u.bbox.top);
              ctx.lineTo(x, u.bbox.top + u.bbox.height);
              ctx.stroke();
              const room = ctx.measureText(mark.name).width + 8;
              ctx.textAlign = x + room > u.bbox.left + u.bbox.width ? "right" : "left";
              ctx.fillText(mark.name, x + (ctx.textAlign === "left" ? 5 : -5) * devicePixelRatio, u.bbox.top + 12 * devicePixelRatio);
            });
            ctx.restore();
          },
        ],
      },
    },
    data,
    node,
  );
  node.querySelector("canvas")?.setAttribute("role", "presentation");
  plots.set(curve.key, entry);
  return stand(curve.key);
}

/** The chart itself when it is not on the page yet, else an empty stand-in that `morph` leaves alone. @param {string} key */
function stand(key) {
  const { node } = /** @type {any} */ (plots.get(key));
  return node.isConnected ? el("div", { class: "plot", "data-keep": key }) : node;
}

/** All charts take the colours of the theme when they are next drawn. */
export function forget() {
  for (const { plot, node } of plots.values()) {
    plot.destroy();
    node.remove();
  }
  plots.clear();
}
