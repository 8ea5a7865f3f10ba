/**
 * Makes V8 compile functions together with the module that holds them.
 *
 * Deno keeps what V8 compiled when it read a module, and as a rule that is the
 * top level alone: a function would be compiled when it is first called, at
 * every start anew. One in parentheses looks as if it were called at once, so
 * that it is compiled at once (https://v8.dev/blog/preparser#pife), and kept.
 *
 * @module
 */
import { parseModule } from "../invariants/source_module.ts";
import { type Edit, edited } from "./edit.ts";
import { freeMethods } from "./free_methods.ts";

/** The same module, whose functions V8 compiles when it reads it. */
export async function eager(path: string, code: string): Promise<string> {
  const free = await freeMethods(path, code);
  return await hoisted(path, await parenthesised(path, free));
}

/** Puts function expressions into parentheses; methods of objects become such. */
async function parenthesised(path: string, code: string): Promise<string> {
  const module = await parseModule(path, code);
  const edits: Edit[] = [];
  const insert = (at: number, text: string): void => {
    edits.push({ start: at, end: at, text });
  };
  for (const node of module.nodes("ArrowFunctionExpression")) {
    insert(node.start, "(");
    insert(node.end, ")");
  }
  for (const node of module.nodes("FunctionExpression")) {
    const parent = module.parent(node);
    const { start, end } = node;
    if (parent?.type === "Property" && parent.value.start === start) {
      const { key, kind, method, computed } = parent;
      if (kind !== "init") continue;
      if (!method) {
        insert(start, "(");
        insert(end, ")");
        continue;
      }
      // Nothing but a method knows its object as super.
      if (code.slice(start, end).includes("super")) continue;
      const label = code.slice(key.start, key.end);
      const name = computed ? `[${label}]` : label;
      const before = code.slice(parent.start, key.start);
      const kept = [
        ...before.includes("async") ? ["async "] : [],
        "function",
        ...before.includes("*") ? ["*"] : [],
      ].join("");
      const text = `${name}: (${kept}`;
      edits.push({ start: parent.start, end: start, text });
      insert(end, ")");
    } else if (parent?.type !== "MethodDefinition") {
      insert(start, "(");
      insert(end, ")");
    }
  }
  return edited(code, edits);
}

/**
 * Makes the functions of the top level variables, in front of everything else:
 * as functions, they are there before anything runs.
 */
async function hoisted(path: string, code: string): Promise<string> {
  const module = await parseModule(path, code);
  const imports: string[] = [];
  const functions: string[] = [];
  const edits: Edit[] = [];
  let last = 0;
  for (const node of module.program.body) {
    const { start, end } = node;
    const comments = code.slice(last, start).trim();
    const text = code.slice(start, end);
    const from = last;
    last = end;
    if (node.type === "ImportDeclaration") imports.push(text);
    else if (node.type === "FunctionDeclaration" && node.id !== null) {
      functions.push(`${comments}\nvar ${node.id.name} = (${text});`);
    } else continue;
    edits.push({ start: from, end, text: "" });
  }
  return [...imports, ...functions, edited(code, edits)].join("\n");
}
