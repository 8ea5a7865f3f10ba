/**
 * Whether a config comes to the same each time it is imported.
 *
 * That is told from the names in its modules, and when in doubt it does not: a
 * name that could stand for a clock, the environment, a file or a place is
 * enough, whatever it stands for there.
 *
 * @module
 */
import jsTokens from "js-tokens";
import type { ModuleGraph } from "./module_graph.ts";

/**
 * Whether nothing but the modules of the graph decides what they export; `own`
 * is the folder of the pikaci that they import.
 */
export async function isPure(
  graph: ModuleGraph,
  own: URL = new URL("../", import.meta.url),
): Promise<boolean> {
  if (graph.foreign) return false;
  for (const path of graph.local) {
    if (/\.jsonc?$/.test(path) || isOwnApi(path, own)) continue;
    // In text between tags, a quotation mark begins no string.
    if (!/\.[cm]?[jt]s$/.test(path)) return false;
    if (!isPureText(await Deno.readTextFile(path))) return false;
  }
  return true;
}

/** Whether it is what pikaci itself gives to configs: that is pure, whatever it names. */
function isOwnApi(path: string, own: URL): boolean {
  const root = decodeURIComponent(own.pathname);
  return own.protocol === "file:" && path.startsWith(root) &&
    /^(?:mod\.ts$|api\.ts$|model\/|dist\/)/.test(path.slice(root.length));
}

/** Whether a module names nothing that could differ from time to time or from place to place. */
export function isPureText(text: string): boolean {
  let before = "";
  for (const token of jsTokens(text)) {
    const { type, value } = token;
    // It is no text that could be read at all.
    if ("closed" in token && !token.closed) return false;
    switch (type) {
      case "WhiteSpace":
      case "LineTerminatorSequence":
      case "SingleLineComment":
      case "MultiLineComment":
      case "HashbangComment":
        continue;
      case "Invalid":
        return false;
      case "StringLiteral":
      case "NoSubstitutionTemplate":
        // As in `Math["random"]`.
        if (/\\/.test(value) ? before === "[" : isTelling(value.slice(1, -1))) {
          return false;
        }
        break;
      case "RegularExpressionLiteral":
        // After a TypeScript `!`, a division looks like one.
        if (value.match(/[\w$]+/g)?.some(isImpureName)) return false;
        break;
      case "IdentifierName":
        if (/\\/.test(value)) return false;
        if (
          before === "." || before === "?."
            ? isTelling(value)
            : isImpureName(value)
        ) return false;
        break;
      case "Punctuator":
        // An import in the midst of things.
        if (value === "(" && before === "import") return false;
        break;
    }
    before = value;
  }
  return true;
}

function isImpureName(name: string): boolean {
  return MEMBERS.has(name) || impureGlobals.has(name);
}

function isTelling(name: string): boolean {
  return MEMBERS.has(name) || name === "constructor";
}

/** Members of what is pure else: chance, and the language of the system. */
const MEMBERS: ReadonlySet<string> = new Set([
  "localeCompare",
  "random",
  "toLocaleDateString",
  "toLocaleLowerCase",
  "toLocaleString",
  "toLocaleTimeString",
  "toLocaleUpperCase",
]);

/** Globals whose values and functions are the same each time. */
const PURE: ReadonlySet<string> = new Set([
  ...["Object", "Array", "Number", "Boolean", "String", "Symbol", "BigInt"],
  ...["parseFloat", "parseInt", "isFinite", "isNaN", "JSON", "Math"],
  ...["Infinity", "NaN", "undefined", "Promise", "RegExp", "Reflect", "Proxy"],
  ...["Error", "AggregateError", "EvalError", "RangeError", "ReferenceError"],
  ...["SyntaxError", "TypeError", "URIError", "SuppressedError"],
  ...["Map", "Set", "WeakMap", "WeakSet", "Iterator"],
  ...["ArrayBuffer", "DataView", "Uint8Array", "Int8Array", "Uint16Array"],
  ...["Int16Array", "Uint32Array", "Int32Array", "BigUint64Array"],
  ...["BigInt64Array", "Uint8ClampedArray", "Float16Array", "Float32Array"],
  ...["Float64Array", "TextEncoder", "TextDecoder", "atob", "btoa"],
  ...["decodeURI", "decodeURIComponent", "encodeURI", "encodeURIComponent"],
  ...["escape", "unescape", "URL", "URLSearchParams", "URLPattern"],
  ...["structuredClone", "hasOwnProperty", "isPrototypeOf", "toString"],
  ...["propertyIsEnumerable", "valueOf", "constructor", "__proto__"],
  // What a browser's window has of these is of no use to anybody, and as names
  // of fields and variables they are common.
  ...["name", "Cache", "caches", "close", "closed"],
]);

/** Every other global that there is. */
const impureGlobals: ReadonlySet<string> = (() => {
  const names = new Set<string>();
  let holder: object | null = globalThis;
  while (holder !== null) {
    for (const name of Object.getOwnPropertyNames(holder)) {
      if (!PURE.has(name)) names.add(name);
    }
    holder = Object.getPrototypeOf(holder);
  }
  return names;
})();
