// What the JSON Schema of plans says about a place: kind of field, unit, range, default and its source.

/** @type {any} */
let root = null;

/** @param {any} schema */
export function useSchema(schema) {
  root = schema;
}

/** The node with its reference followed; what stands beside the reference wins. @param {any} node @returns {any} */
export function resolve(node) {
  if (!node?.$ref) return node ?? {};
  const target = root.$defs[node.$ref.slice("#/$defs/".length)];
  const { $ref: _, ...beside } = node;
  return { ...target, ...beside };
}

/** The whole plan's node. */
export function plan() {
  return root;
}

/**
 * @param {any} node resolved
 * @returns {"number" | "integer" | "boolean" | "month" | "word" | "tagged" | "table" | "rows" | "numbers" | "texts" | "words" | "text"}
 */
export function kind(node) {
  if (node.oneOf?.every((/** @type {any} */ o) => "const" in o)) return "word";
  if (node.oneOf) return "tagged";
  if (node.type === "array") {
    const item = kind(resolve(node.items));
    if (item === "table" || item === "tagged") return "rows";
    if (item === "word") return "words";
    return item === "number" || item === "integer" ? "numbers" : "texts";
  }
  if (node.type === "object") return "table";
  if (node.type === "number" || node.type === "integer" || node.type === "boolean") return node.type;
  return node.format === "date" ? "month" : "text";
}

/** The variant of a tagged table that its value names. @param {any} node @param {any} value */
export function variant(node, value) {
  return resolve(node.oneOf.find((/** @type {any} */ o) => resolve(o).properties?.kind?.const === value?.kind) ?? node.oneOf[0]);
}

/** Properties of a table or of the chosen variant. @param {any} node @param {any} value */
export function shape(node, value) {
  return kind(node) === "tagged" ? variant(node, value) : node;
}

/** The default that holds in this table, where one does. @param {any} node unresolved property @param {any} table */
export function fallback(node, table) {
  const rows = node["x-defaults"] ?? [];
  const row = rows.find((/** @type {any} */ r) => {
    if (r.unless && table?.[r.unless] !== undefined) return false;
    return !r.when || Object.entries(r.when).every(([k, v]) => table?.[k] === v);
  });
  if (!row) return null;
  return { value: node.default ?? tomlScalar(row.value), source: row.source };
}

/** @param {string} text */
function tomlScalar(text) {
  try {
    return JSON.parse(text.replaceAll("_", ""));
  } catch {
    return text;
  }
}

/**
 * A table with what must be given, for new rows; numbers that have no default take a usual value.
 * @param {any} node @param {Record<string, unknown>} usual  usual values by key
 * @returns {any}
 */
export function minimal(node, usual) {
  const full = shape(resolve(node), usual);
  /** @type {any} */
  const made = {};
  for (const key of full.required ?? []) {
    const property = resolve(full.properties[key]);
    const sort = kind(property);
    if (usual[key] !== undefined) made[key] = structuredClone(usual[key]);
    else if ("const" in property) made[key] = property.const;
    else if (sort === "word") made[key] = property.oneOf[0].const;
    else if (sort === "table" || sort === "tagged") made[key] = minimal(property, usual);
    else if (sort === "rows") made[key] = [minimal(property.items, usual)];
    else if (sort === "boolean") made[key] = false;
    else if (sort === "number" || sort === "integer") made[key] = Math.max(property.minimum ?? 0, 0);
    else if (sort === "numbers" || sort === "texts" || sort === "words") made[key] = [];
    else made[key] = "";
  }
  return made;
}
