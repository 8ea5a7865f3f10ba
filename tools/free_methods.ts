/**
 * Makes functions of the methods of classes: V8 compiles a method when it is
 * first called, and nothing makes it do so earlier.
 *
 * ```js
 * class Lines {
 *   add(line) { this.#keep(line); }
 *   #keep(line) { ... }
 * }
 * // becomes
 * class Lines {
 *   static #$ = { keep: function (line) { ... } };
 *   #keep = Lines.#$.keep;
 *   static { $define(this.prototype, { add: function (line) { this.#keep(line); } }); }
 * }
 * ```
 *
 * Constructors, accessors, and methods that say `super` stay as they are.
 *
 * @module
 */
import {
  type NodeOf,
  parseModule,
  type SourceModule,
} from "../invariants/source_module.ts";
import { type Edit, edited } from "./edit.ts";

const define = `function $define(target, methods) {
	for (const key of Reflect.ownKeys(methods)) {
		Object.defineProperty(target, key, { value: methods[key], writable: true, configurable: true });
	}
}`;

/** The same module, whose methods are functions. */
export async function freeMethods(path: string, code: string): Promise<string> {
  const module = await parseModule(path, code);
  const edits = module.nodes("ClassBody").flatMap((body) =>
    editsOf(body, nameOf(module, body), code)
  );
  if (edits.length === 0) return code;
  const text = edited(code, edits);
  return text.includes("$define(") ? `${text}\n${define}\n` : text;
}

type Method = Extract<
  NodeOf<"ClassBody">["body"][number],
  { readonly kind: "constructor" | "method" | "get" | "set" }
>;

function editsOf(
  { start, body: members }: NodeOf<"ClassBody">,
  className: string | null,
  code: string,
): readonly Edit[] {
  const edits: Edit[] = [];
  /** Statics, methods of the prototype, and those that are private. */
  const statics: string[] = [];
  const shared: string[] = [];
  const hidden: { readonly name: string; readonly text: string }[] = [];
  let last = start + 1;
  for (const member of members) {
    const comments = code.slice(last, member.start).trim();
    const from = last;
    last = member.end;
    if (member.type !== "MethodDefinition" || !isFree(member, code)) continue;
    const { key } = member;
    const text = functionText(member, code);
    const label = code.slice(key.start, key.end);
    const name = member.computed ? `[${label}]` : label;
    if (member.static) statics.push(`${comments}\nstatic ${name} = ${text};`);
    else if (key.type !== "PrivateIdentifier") {
      shared.push(`${comments}\n${name}: ${text}`);
    } else if (className !== null) {
      hidden.push({
        name: key.name,
        text: `${comments}\n${key.name}: ${text}`,
      });
    } else continue;
    edits.push({ start: from, end: member.end, text: "" });
  }
  const parts = [...statics];
  if (hidden.length > 0) {
    parts.push(`static #$ = {${hidden.map(({ text }) => text).join(",\n")}};`);
    for (const { name } of hidden) {
      parts.push(`#${name} = ${className}.#$.${name};`);
    }
  }
  if (shared.length > 0) {
    parts.push(
      `static { $define(this.prototype, {${shared.join(",\n")}}); }`,
    );
  }
  if (parts.length > 0) {
    // First: what is initialised may call them.
    edits.unshift({
      start: start + 1,
      end: start + 1,
      text: `\n${parts.join("\n")}`,
    });
  }
  return edits;
}

/** Whether nothing but a method could do the same. */
function isFree({ kind, value }: Method, code: string): boolean {
  return kind === "method" &&
    !code.slice(value.start, value.end).includes("super");
}

function functionText({ start, key, value }: Method, code: string): string {
  const before = code.slice(start, key.start);
  return [
    ...before.includes("async") ? ["async "] : [],
    "function",
    ...before.includes("*") ? ["*"] : [],
    code.slice(value.start, value.end),
  ].join("");
}

/** By which name the body of a class can reach it; null: by none. */
function nameOf(
  module: SourceModule,
  body: NodeOf<"ClassBody">,
): string | null {
  const parent = module.parent(body);
  if (
    parent?.type !== "ClassExpression" && parent?.type !== "ClassDeclaration"
  ) return null;
  if (parent.id) return parent.id.name;
  const holder = module.parent(parent);
  return holder?.type === "VariableDeclarator" &&
      holder.id.type === "Identifier"
    ? holder.id.name
    : null;
}
