/** What is behind every helper: known fields only, and a frozen copy of them. */
import { ConfigError } from "./config_error.ts";
import { suggestion } from "./suggest.ts";

/** A table that must name every field of a type, and no other. */
export type Keys<F> = { readonly [K in keyof F]-?: true };

/** Kinds whose objects are referred to: copying one would make a second. */
const NOUNS: ReadonlySet<string> = new Set([
  "artifact",
  "cache",
  "job",
  "matrix",
  "nix_output",
  "shell_output",
  "target",
]);

/**
 * Returns a deep-frozen copy of the fields, tagged by kind.
 *
 * Types do not see what spreads, JavaScript and casts bring along, so unknown
 * fields are refused here. Fields that are undefined are dropped.
 */
export function make<K extends string, F extends object>(
  kind: K,
  keys: Keys<F>,
  fields: F,
): F & { readonly kind: K } {
  // A host or a runtime that is spread brings its tag along; a job that is
  // spread would be two jobs.
  expectOptions(kind, fields);
  const spread = !NOUNS.has(kind) && "kind" in fields && fields.kind === kind;
  refuseUnknown(kind, spread ? { ...keys, kind: true } : keys, fields);
  return frozenCopy({ kind, ...fields });
}

/** Throws when JavaScript hands over something else than options. */
export function expectOptions(what: string, options: unknown): void {
  if (
    typeof options === "object" && options !== null && !Array.isArray(options)
  ) return;
  throw new ConfigError(
    `Cannot make ${article(what)}: found ${shown(options)}, expected options`,
  );
}

/** Throws when an object has a field that the table does not name. */
export function refuseUnknown(
  what: string,
  keys: Readonly<Record<string, true>>,
  fields: object,
): void {
  expectOptions(what, fields);
  const known = Object.keys(keys);
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined || Object.hasOwn(keys, key)) continue;
    const meant = suggestion(key, known);
    throw new ConfigError(
      `Unknown field "${key}" in ${named(what, fields)}` +
        (meant === undefined ? "" : `: did you mean "${meant}"?`) +
        `\n  Known fields: ${known.toSorted().join(", ")}`,
    );
  }
}

/**
 * Copies plain data and freezes the copy, so that the caller's own objects stay
 * as they are. What is frozen, and what has an identity of its own (a job, an
 * artifact, ... made by hand), is kept; fields that are undefined are dropped.
 */
export function frozenCopy<T>(value: T): T;
export function frozenCopy(value: unknown): unknown {
  return copy(value, new Map());
}

/** Copies of objects met so far; undefined while one is being copied. */
type Copies = Map<object, object | undefined>;

function copy(value: unknown, copies: Copies): unknown {
  if (typeof value === "function" || typeof value === "symbol") {
    throw new ConfigError(
      `Found ${shown(value)} in a config, expected plain data`,
    );
  }
  if (typeof value !== "object" || value === null) return value;
  if (Object.isFrozen(value)) return value;
  if (copies.has(value)) {
    const known = copies.get(value);
    if (known !== undefined) return known;
    throw new ConfigError("Found data that contains itself in a config");
  }
  copies.set(value, undefined);
  const copied = copyObject(value, copies);
  copies.set(value, copied);
  return copied;
}

function copyObject(value: object, copies: Copies): object {
  if (Array.isArray(value)) {
    return Object.freeze(value.map((item) => copyField(item, copies)));
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (
    prototype !== null && Object.getPrototypeOf(prototype) !== null
  ) {
    throw new ConfigError(
      `Found ${shown(value)} in a config, expected plain data`,
    );
  }
  const fields: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(value)) {
    if (field === undefined) continue;
    const copied = copyField(field, copies);
    // Assigned, "__proto__" would become the prototype.
    if (key === "__proto__") {
      Object.defineProperty(fields, key, { value: copied, enumerable: true });
    } else fields[key] = copied;
  }
  return Object.freeze(fields);
}

function copyField(value: unknown, copies: Copies): unknown {
  const noun = typeof value === "object" && value !== null &&
    "kind" in value && typeof value.kind === "string" && NOUNS.has(value.kind);
  return noun ? value : copy(value, copies);
}

/** A short form of a value, for messages. */
export function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "function") return "a function";
  if (typeof value === "symbol") return "a symbol";
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) {
    return value.length === 0 ? "an empty list" : "a list";
  }
  if ("kind" in value && typeof value.kind === "string") {
    return article(named(value.kind, value));
  }
  const name: unknown = value.constructor?.name;
  return typeof name === "string" && name !== "Object"
    ? article(name)
    : "an object";
}

function named(what: string, fields: object): string {
  const words = what.replaceAll("_", " ");
  return "id" in fields && typeof fields.id === "string"
    ? `${words} ${JSON.stringify(fields.id)}`
    : words;
}

function article(words: string): string {
  return `${/^[aeiou]/i.test(words) ? "an" : "a"} ${words}`;
}
