// Places in a plan. A place is a list of keys and indices; its address is what the command takes
// after --set: `site.cedar-fork.offer.cedar-fork-colo.term_months`, `site.mesquite.machine[0].units`.

/** @typedef {(string | number)[]} Place */

/** @param {any} plan @param {Place} place @returns {any} */
export function read(plan, place) {
  let at = plan;
  for (const key of place) {
    if (at === null || at === undefined) return undefined;
    at = at[key];
  }
  return at;
}

/** Writes a value; tables on the way are made. @param {any} plan @param {Place} place @param {unknown} value */
export function write(plan, place, value) {
  let at = plan;
  place.slice(0, -1).forEach((key, i) => {
    if (at[key] === undefined) at[key] = typeof place[i + 1] === "number" ? [] : {};
    at = at[key];
  });
  const last = place[place.length - 1];
  if (value !== undefined) at[last] = value;
  else if (Array.isArray(at)) at.splice(Number(last), 1);
  else delete at[last];
}

/** @param {any} plan @param {Place} place */
export function address(plan, place) {
  let at = plan;
  let text = "";
  for (const key of place) {
    if (typeof key === "number") {
      const id = at?.[key]?.id;
      const once = typeof id === "string" && at.filter((/** @type {any} */ item) => item?.id === id).length === 1;
      text += once ? `.${id}` : `[${key}]`;
    } else text += text ? `.${key}` : key;
    at = at?.[key];
  }
  return text;
}

/** The place of an address, as far as the plan has it. @param {any} plan @param {string} text @returns {Place} */
export function place(plan, text) {
  /** @type {Place} */
  const found = [];
  let at = plan;
  for (const token of text.match(/[^.[\]]+|\[\d+\]/g) ?? []) {
    /** @type {string | number} */
    let key = token.startsWith("[") ? Number(token.slice(1, -1)) : token;
    if (Array.isArray(at) && typeof key === "string") {
      const index = at.findIndex((item) => item?.id === key);
      if (index < 0) return found;
      key = index;
    }
    found.push(key);
    at = at?.[key];
  }
  return found;
}

/**
 * What differs between two plans: leaves by address, and whether `--set` can say all of it.
 * @param {any} before @param {any} after
 * @returns {{ changes: { path: string, from: any, to: any }[], settable: boolean }}
 */
export function difference(before, after) {
  /** @type {{ path: string, from: any, to: any }[]} */
  const changes = [];
  let settable = true;
  const walk = (/** @type {any} */ a, /** @type {any} */ b, /** @type {Place} */ where, /** @type {any} */ root) => {
    if (JSON.stringify(a) === JSON.stringify(b)) return;
    const pair = (/** @type {any} */ v) => v !== null && typeof v === "object";
    if (Array.isArray(a) && Array.isArray(b)) {
      const ids = (/** @type {any[]} */ list) => list.map((item, i) => item?.id ?? `#${i}`);
      const [x, y] = [ids(a), ids(b)];
      if (!pair(a[0] ?? b[0]) || JSON.stringify(x) !== JSON.stringify(y)) {
        settable = false;
        if (!pair(a[0] ?? b[0])) return void changes.push({ path: address(root, where), from: a, to: b });
        for (const id of x) if (!y.includes(id)) changes.push({ path: `${address(before, where)}.${id}`, from: "present", to: undefined });
        b.forEach((item, i) => {
          const j = x.indexOf(y[i]);
          if (j < 0) changes.push({ path: `${address(after, where)}.${y[i]}`, from: undefined, to: "added" });
          else walk(a[j], item, [...where, i], after);
        });
        return;
      }
      return b.forEach((item, i) => walk(a[i], item, [...where, i], after));
    }
    if (pair(a) && pair(b) && !Array.isArray(a) && !Array.isArray(b)) {
      for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) walk(a[key], b[key], [...where, key], root);
      return;
    }
    if (b === undefined || pair(a) || pair(b)) settable = false;
    changes.push({ path: address(root, where), from: a, to: b });
  };
  walk(before, after, [], after);
  return { changes, settable };
}

/** A value as it stands after `--set path=`. @param {unknown} value */
export function setText(value) {
  if (typeof value !== "string") return JSON.stringify(value);
  return /^[A-Za-z][A-Za-z0-9_-]*$|^\d{4}-\d\d-\d\d$/.test(value) ? value : JSON.stringify(value);
}
