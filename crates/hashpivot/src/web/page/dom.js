// Elements from plain values. Text becomes text nodes, never HTML: names in a plan cannot add markup.

const SVG = "http://www.w3.org/2000/svg";

/**
 * @typedef {Node | string | number | null | undefined | false} Child
 * @typedef {Record<string, unknown>} Props  attributes; `on` holds listeners, `value` and `checked` are properties
 */

/** @param {Element} node @param {Props | null} props @param {(Child | Child[])[]} children */
function fill(node, props, children) {
  for (const [key, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "on") {
      for (const [name, listener] of Object.entries(/** @type {Record<string, EventListener>} */ (value)))
        node.addEventListener(name, listener);
    } else if (key === "value" || key === "checked") /** @type {any} */ (node)[key] = value;
    else node.setAttribute(key, value === true ? "" : String(value));
  }
  for (const child of children.flat()) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return node;
}

/** An HTML element. @param {string} tag @param {Props | null} [props] @param {...(Child | Child[])} children @returns {any} */
export function el(tag, props = null, ...children) {
  return fill(document.createElement(tag), props, children);
}

/** An SVG element. @param {string} tag @param {Props | null} [props] @param {...(Child | Child[])} children @returns {any} */
export function svg(tag, props = null, ...children) {
  return fill(document.createElementNS(SVG, tag), props, children);
}

/** The element with this id, which index.html holds. @param {string} id @returns {any} */
export function byId(id) {
  return document.getElementById(id);
}

/**
 * Makes `old` look like `fresh` and touches only what differs: focus, scroll, open details and
 * charts that keep themselves (`data-keep`) stay. Listeners of `fresh` are not taken over, so views
 * use `data-do` and one listener above.
 * @param {Element} old @param {Element} fresh
 */
export function morph(old, fresh) {
  const keep = old.getAttribute("data-keep");
  if (keep && keep === fresh.getAttribute("data-keep")) return;
  for (const { name } of [...old.attributes])
    if (!fresh.hasAttribute(name) && !(name === "open" && old.tagName === "DETAILS")) old.removeAttribute(name);
  for (const { name, value } of [...fresh.attributes])
    if (old.getAttribute(name) !== value && !(name === "open" && old.tagName === "DETAILS")) old.setAttribute(name, value);
  const before = [...old.childNodes];
  const after = [...fresh.childNodes];
  after.forEach((next, i) => {
    const now = before[i];
    if (!now) old.append(next);
    else if (now.nodeName !== next.nodeName || mark(now) !== mark(next)) old.replaceChild(next, now);
    else if (now instanceof Element) morph(now, /** @type {Element} */ (next));
    else if (now.nodeValue !== next.nodeValue) now.nodeValue = next.nodeValue;
  });
  for (const extra of before.slice(after.length)) extra.remove();
}

/** What must be equal for a node to be changed in place. @param {Node} node */
function mark(node) {
  return node instanceof Element ? (node.getAttribute("data-keep") ?? "") + (node.getAttribute("data-key") ?? "") : "";
}

/** Calls of a drawing that come within one frame become one, in the next. @param {() => void} draw */
export function eased(draw) {
  let waits = false;
  return () => {
    if (waits) return;
    waits = true;
    requestAnimationFrame(() =>
      setTimeout(() => {
        waits = false;
        draw();
      }),
    );
  };
}

/** Puts children into `box` in place. @param {Element} box @param {...(Child | Child[])} children */
export function show(box, ...children) {
  const fresh = /** @type {Element} */ (box.cloneNode(false));
  fill(fresh, null, children);
  morph(box, fresh);
}

/**
 * A table. Columns: heading, unit below it, and whether numbers stand in it.
 * @param {string} caption @param {{ head: string, unit?: string, text?: boolean, title?: string }[]} columns
 * @param {(Child | { text: Child, class?: string, title?: string })[][]} rows @param {Props} [props]
 */
export function table(caption, columns, rows, props = {}) {
  const cell = (/** @type {any} */ value, /** @type {number} */ i) => {
    const rich = value !== null && typeof value === "object" && !(value instanceof Node);
    const text = rich ? value.text : value;
    const column = columns[i] ?? { head: "" };
    const classes = [column.text ? "" : "n", rich ? (value.class ?? "") : ""].join(" ").trim() || null;
    return el(i === 0 ? "th" : "td", { scope: i === 0 ? "row" : null, class: classes, title: rich ? value.title : null }, text);
  };
  return el(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": caption },
    el(
      "table",
      props,
      el("caption", null, caption),
      el(
        "thead",
        null,
        el(
          "tr",
          null,
          columns.map((c) =>
            el("th", { scope: "col", class: c.text ? null : "n", title: c.title ?? null }, c.head, c.unit && el("span", { class: "unit" }, c.unit)),
          ),
        ),
      ),
      el("tbody", null, rows.map((row) => el("tr", null, row.map(cell)))),
    ),
  );
}
