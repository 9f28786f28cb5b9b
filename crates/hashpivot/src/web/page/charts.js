// The drawings of rectangles: bands, bars, cash flow, waterfall, tornado, heat map.

import { el, svg } from "./dom.js";
import { about, fixed, millions, money, useName } from "./format.js";
import { area, drawing, grid, legend, line, rect, scale, text, textWidth, ticks } from "./svg.js";

/** A drawing with its heading and what stands below. @param {string} title @param {any} picture @param {...any} below */
export function figure(title, picture, ...below) {
  return el("figure", null, el("figcaption", null, title), picture, ...below);
}

const USES = ["mining", "colocation", "gpu_cloud", "sale", "unused"];

/** Megawatts by use over the quarters, stacked. @param {any[]} rows @param {number} width @param {string} title */
export function megawatts(rows, width, title) {
  const of = (/** @type {any} */ row, /** @type {string} */ use) => Math.max(0, row[`${use}_gross_mw`] ?? 0);
  const total = Math.max(1e-9, ...rows.map((r) => USES.reduce((sum, use) => sum + of(r, use), 0)));
  const [left, right, top, bottom] = [46, width - 6, 8, 196];
  const x = scale(0, rows.length, left, right);
  const at = ticks(0, total, 4);
  const y = scale(0, Math.max(total, at.values[at.values.length - 1] ?? 0), bottom, top);
  const used = USES.filter((use) => rows.some((r) => of(r, use) > total * 1e-6));
  const names = new Map(used.map((use) => [use, use === "unused" ? "Building or idle" : useName(use)]));
  const below = rows.map(() => 0);
  const bands = used.map((use) => {
    const from = [...below];
    rows.forEach((r, i) => (below[i] += of(r, use)));
    const upper = rows.map((_, i) => `${i ? "L" : "M"}${x(i)} ${y(below[i])}L${x(i + 1)} ${y(below[i])}`).join("");
    const lower = rows.map((_, i) => rows.length - 1 - i).map((i) => `L${x(i + 1)} ${y(from[i])}L${x(i)} ${y(from[i])}`).join("");
    return area(`${upper}${lower}Z`, use, `${names.get(use)}: up to ${about(Math.max(...rows.map((r) => of(r, use))))} MW gross`);
  });
  const years = rows.map((r, i) => ({ i, year: r.quarter.slice(0, 4), first: r.quarter.endsWith("Q1") })).filter((r) => r.first);
  const every = Math.ceil(years.length / ((right - left) / 52));
  const axis = years.filter((_, i) => i % every === 0).map((r) => [line(x(r.i), bottom, x(r.i), bottom + 4, "base"), text(x(r.i), bottom + 17, r.year, "middle", "tick")]);
  return figure(
    title,
    drawing(width, 220, `${title}: ${used.map((u) => names.get(u)).join(", ")}. The table below has the figures.`, [grid(at, y, left, right), bands, line(left, bottom, right, bottom, "base"), axis]),
    legend(used.map((use) => [use, /** @type {string} */ (names.get(use))])),
  );
}

/** Horizontal bars from zero, in $M. @param {{ name: string, usd: number, chosen?: boolean }[]} rows @param {number} width @param {string} title */
export function bars(rows, width, title) {
  const names = Math.min(width * 0.42, Math.max(60, ...rows.map((r) => textWidth(r.name) * (r.chosen ? 1.1 : 1))) + 14);
  const room = Math.max(...rows.map((r) => textWidth(millions(r.usd)))) * 1.15 + 10;
  const values = rows.map((r) => r.usd / 1e6).filter(Number.isFinite);
  const high = Math.max(0, ...values);
  // One plan that loses many times what the others make would flatten them: its bar is cut.
  const lowest = Math.min(0, ...values);
  const floor = high > 0 && lowest < -2 * high ? Math.min(-0.6 * high, ...values.filter((v) => v >= -2 * high)) : lowest;
  const low = floor;
  const x = scale(low, high, names + (low < 0 ? room : 0), width - room);
  const parts = rows.map((row, i) => {
    const top = i * 26 + 4;
    const end = x(Math.max(row.usd / 1e6, floor));
    const minus = row.usd < 0;
    const cut = row.usd / 1e6 < floor;
    return [
      text(0, top + 13, row.name, "start", row.chosen ? "strong" : ""),
      rect(x(0), top, end, top + 18, row.chosen ? "chosen" : "beside", `${row.name}: ${money(row.usd)}`),
      text(minus ? end - 6 : end + 6, top + 13, millions(row.usd), minus ? "end" : "start", row.chosen ? "value strong" : "value"),
      cut && svg("path", { d: `M${end + 8} ${top - 3}l6 6l-6 6l6 6l-6 6l6 6`, class: "cut" }),
    ];
  });
  return figure(title, drawing(width, rows.length * 26 + 6, `${title}: ${rows.map((r) => `${r.name} ${millions(r.usd)}`).join(", ")}`, [parts, line(x(0), 0, x(0), rows.length * 26 + 2, "base")]), low > lowest && el("p", { class: "note" }, "The bar with a break is cut; its figure is whole."));
}

const FLOWS = /** @type {[string, string, string][]} */ ([
  ["operating", "operating_usd", "Operations"],
  ["other", "other_usd", "Sales, deposits and other"],
  ["capex", "capex_usd", "Capital"],
  ["tax", "tax_usd", "Tax"],
]);

/** Flows of each plan year, stacked from zero, and their sum. @param {any[]} rows @param {number} width @param {string} title */
export function yearly(rows, width, title) {
  const parts = (/** @type {any} */ row) => FLOWS.map(([fill, key, name]) => ({ fill, name, usd: row[key] ?? 0 }));
  const side = (/** @type {any} */ row, /** @type {number} */ sign) => parts(row).reduce((sum, p) => sum + (p.usd * sign > 0 ? p.usd : 0), 0) / 1e6;
  const [left, right, top, bottom] = [62, width - 6, 8, 208];
  const at = ticks(Math.min(0, ...rows.map((r) => side(r, -1))), Math.max(1e-6, ...rows.map((r) => side(r, 1))), 5);
  const low = Math.min(at.values[0], ...rows.map((r) => side(r, -1)));
  const high = Math.max(at.values[at.values.length - 1], ...rows.map((r) => side(r, 1)));
  const y = scale(low, high, bottom, top);
  const x = scale(0, rows.length, left, right);
  const pitch = (right - left) / rows.length;
  const every = Math.ceil(22 / pitch);
  const columns = rows.map((row, i) => {
    let [up, down] = [0, 0];
    const boxes = parts(row)
      .filter((p) => Math.abs(p.usd) > 1)
      .map((p) => {
        const v = p.usd / 1e6;
        const from = v > 0 ? up : down;
        if (v > 0) up += v;
        else down += v;
        return rect(x(i) + pitch * 0.14, y(from), x(i + 1) - pitch * 0.14, y(from + v), p.fill, `Year ${row.plan_year}, ${p.name.toLowerCase()}: ${money(p.usd)}`);
      });
    const net = y(row.net_usd / 1e6);
    return [boxes, line(x(i) + pitch * 0.06, net, x(i + 1) - pitch * 0.06, net, "net-halo"), line(x(i) + pitch * 0.06, net, x(i + 1) - pitch * 0.06, net, "net"), i % every === 0 && text(x(i) + pitch / 2, bottom + 18, String(row.plan_year), "middle", "tick")];
  });
  return figure(
    title,
    drawing(width, 232, `${title}. The table below has the figures.`, [grid(at, y, left, right), columns]),
    el("div", { class: "legend-row" }, legend(FLOWS.map(([fill, , name]) => [fill, name])), el("span", { class: "net-key" }, "Net of the year")),
  );
}

/** What adds up to a sum, step by step. @param {{ name: string, usd: number, fill: string }[]} steps @param {string} sum @param {number} width @param {string} title */
export function waterfall(steps, sum, width, title) {
  let at = 0;
  const boxes = steps.map((s) => ({ ...s, from: at, to: (at += s.usd) }));
  boxes.push({ name: sum, usd: at, fill: "chosen", from: 0, to: at });
  const [left, right, top, bottom] = [62, width - 6, 20, 190];
  const ends = boxes.flatMap((b) => [b.from, b.to]).map((v) => v / 1e6);
  const marks = ticks(Math.min(0, ...ends), Math.max(1e-6, ...ends), 4);
  const y = scale(Math.min(marks.values[0], ...ends), Math.max(marks.values[marks.values.length - 1], ...ends), bottom, top);
  const pitch = (right - left) / boxes.length;
  const parts = boxes.map((b, i) => {
    const [x1, x2] = [left + pitch * (i + 0.15), left + pitch * (i + 0.85)];
    const words = b.name.split(" ");
    const lines = textWidth(b.name) > pitch && words.length > 1 ? [words.slice(0, Math.ceil(words.length / 2)).join(" "), words.slice(Math.ceil(words.length / 2)).join(" ")] : [b.name];
    return [
      rect(x1, y(b.from / 1e6), x2, y(b.to / 1e6), b.fill, `${b.name}: ${money(b.usd)}`),
      text((x1 + x2) / 2, Math.min(y(b.from / 1e6), y(b.to / 1e6)) - 5, millions(b.usd), "middle", i === boxes.length - 1 ? "value strong" : "value"),
      i < boxes.length - 1 && line(x2, y(b.to / 1e6), left + pitch * (i + 1.15), y(b.to / 1e6), "base"),
      lines.map((l, j) => text((x1 + x2) / 2, bottom + 18 + j * 14, l, "middle", "tick")),
    ];
  });
  return figure(title, drawing(width, 232, `${title}: ${boxes.map((b) => `${b.name} ${millions(b.usd)}`).join(", ")}`, [grid(marks, y, left, right), parts]));
}

/** Values at the low and the high end of each input. @param {{ name: string, low: number | null, high: number | null, lowText: string, highText: string }[]} rows @param {number} base @param {number} width @param {string} title */
export function tornado(rows, base, width, title) {
  const narrow = width < 520;
  const pitch = narrow ? 44 : 30;
  const names = narrow ? 0 : Math.min(width * 0.4, Math.max(80, ...rows.map((r) => textWidth(r.name))) + 14);
  const ends = [base, ...rows.flatMap((r) => [r.low ?? base, r.high ?? base])].map((v) => v / 1e6);
  const room = Math.max(...rows.flatMap((r) => [textWidth(r.lowText), textWidth(r.highText)]), 30) + 10;
  const x = scale(Math.min(...ends), Math.max(...ends), names + room, width - room);
  const at = ticks(Math.min(...ends), Math.max(...ends), narrow ? 3 : 5);
  const bottom = rows.length * pitch + 8;
  const parts = rows.map((row, i) => {
    const top = i * pitch + (narrow ? 20 : 6);
    const bar = (/** @type {number | null} */ usd, /** @type {string} */ fill, /** @type {string} */ label) => {
      if (usd === null || usd === base) return null;
      const end = x(usd / 1e6);
      return [rect(x(base / 1e6), top, end, top + 18, fill, `${row.name} at ${label}: ${money(usd)}`), text(usd < base ? end - 6 : end + 6, top + 13, label, usd < base ? "end" : "start", "tick")];
    };
    return [text(0, narrow ? top - 5 : top + 13, row.name), bar(row.low, "low", row.lowText), bar(row.high, "high", row.highText)];
  });
  return figure(
    title,
    drawing(width, bottom + 30, `${title}. The table below has the figures.`, [
      at.values.map((v) => [line(x(v), 2, x(v), bottom, "grid"), text(x(v), bottom + 16, fixed(v, at.decimals), "middle", "tick")]),
      parts,
      line(x(base / 1e6), 0, x(base / 1e6), bottom, "base"),
    ]),
    legend([
      ["low", "Input at its low end"],
      ["high", "Input at its high end"],
    ]),
  );
}

/**
 * A grid over two inputs: shade by value, letter and outline by decision.
 * @param {any} map  answer of the server @param {(cell: any) => { usd: number | null, what: string }} of  no number where the plan is refused @param {[string, string]} names
 * @param {(v: number, axis: "x" | "y") => string} show @param {number} width @param {string} title
 */
export function heat(map, of, names, show, width, title) {
  const [nx, ny] = [map.x.values.length, map.y.values.length];
  const cells = map.cells.map(of);
  const kinds = [...new Set(cells.map((/** @type {any} */ c) => c.what))];
  const letter = (/** @type {string} */ what) => String.fromCharCode(65 + kinds.indexOf(what));
  const [left, top] = [82, 8];
  const wide = (width - left - 6) / nx;
  const high = Math.max(22, Math.min(40, 320 / ny));
  const usd = cells.map((/** @type {any} */ c) => c.usd).filter((/** @type {any} */ v) => v !== null);
  const [low, most] = [Math.min(...usd), Math.max(...usd)];
  const boxes = cells.map((/** @type {any} */ cell, /** @type {number} */ i) => {
    const [cx, cy] = [i % nx, Math.floor(i / nx)];
    const [x1, y1] = [left + cx * wide, top + (ny - 1 - cy) * high];
    const shade = cell.usd === null ? 0 : most > low ? Math.min(8, Math.floor(((cell.usd - low) / (most - low)) * 9)) : 4;
    const number = millions(cell.usd);
    const label = textWidth(`${letter(cell.what)} ${number}`) < wide - 4 ? `${letter(cell.what)} ${number}` : letter(cell.what);
    const here = `${show(map.x.values[cx], "x")} by ${show(map.y.values[cy], "y")}: ${money(cell.usd)}, ${cell.what}`;
    const edge = (/** @type {number} */ j) => cells[j] && cells[j].what !== cell.what;
    return [
      rect(x1, y1, x1 + wide - 0.5, y1 + high - 0.5, `heat heat-${shade}`, here),
      text(x1 + wide / 2, y1 + high / 2 + 4, label, "middle", `cell cell-${shade}`),
      cx < nx - 1 && edge(i + 1) && line(x1 + wide, y1, x1 + wide, y1 + high, "border"),
      cy < ny - 1 && edge(i + nx) && line(x1, y1, x1 + wide, y1, "border"),
    ];
  });
  const bottom = top + ny * high;
  const every = Math.ceil(58 / wide);
  const axis = [
    map.x.values.map((/** @type {number} */ v, /** @type {number} */ i) => i % every === 0 && text(left + (i + 0.5) * wide, bottom + 16, show(v, "x"), "middle", "tick")),
    map.y.values.map((/** @type {number} */ v, /** @type {number} */ i) => text(left - 8, top + (ny - 0.5 - i) * high + 4, show(v, "y"), "end", "tick")),
    text(left + (width - left) / 2, bottom + 36, names[0], "middle", "tick"),
  ];
  return figure(
    title,
    drawing(width, bottom + 42, `${title}. The table below has the figures.`, [boxes, axis]),
    el("p", { class: "note" }, `Up: ${names[1]}. The stronger the blue, the more it is worth; a heavy line parts decisions.`),
    el("ul", { class: "legend" }, kinds.map((k) => el("li", null, el("b", null, letter(/** @type {string} */ (k))), ` ${k}`))),
  );
}
