/** The spec: a file of invariants, read and validated. */
import { parse } from "@std/toml";
import { z } from "zod";
import { type Check, check } from "./rules/table.ts";
import { tablePlaces } from "./_places.ts";

/** A rule of a design, stated for people and checked by machines. */
export interface Invariant {
  /** Name, unique in the spec, such as "PIKACI-001". */
  readonly id: string;
  /** The part of the design it belongs to; null: none is named. */
  readonly area: string | null;
  /** Whether it must hold, or documents what is allowed. */
  readonly kind: "must" | "allowed";
  /** What holds, in a sentence. */
  readonly statement: string;
  /** Globs of the files it is about; empty: the whole repository. */
  readonly scope: readonly string[];
  /** What to do when it is broken; null: none is given. */
  readonly hint: string | null;
  /** The checks, all of which must pass; empty: it cannot be checked by a rule. */
  readonly checks: readonly Check[];
  /** Line of the invariant in the spec, from 1. */
  readonly line: number | null;
}

/** A file of invariants. */
export interface Spec {
  /** Version of the form. */
  readonly version: 1;
  /** Name of what the invariants are about. */
  readonly name: string;
  /** The root, relative to the spec's folder; null: decided by where the spec stands. */
  readonly root: string | null;
  /** Globs of files that no invariant looks at. */
  readonly exclude: readonly string[];
  /** How imports are resolved; null: "deno" where the root has a deno.json, else "node". */
  readonly resolver: "deno" | "node" | null;
  /** The invariants, in the order of the file. */
  readonly invariants: readonly Invariant[];
}

/** A mistake in a spec. */
export interface SpecMistake {
  /** Line, from 1; null where it is not known. */
  readonly line: number | null;
  /** Column, from 1; null where it is not known. */
  readonly column: number | null;
  /** Path in the file, such as `invariant[2] "PIKACI-003".check.rule`; empty: the file as a whole. */
  readonly at: string;
  /** What was found and what was wanted. */
  readonly message: string;
}

/** A spec, or all that is wrong with it. */
export type SpecResult =
  | { readonly ok: true; readonly spec: Spec }
  | { readonly ok: false; readonly mistakes: readonly SpecMistake[] };

const globs = z.array(z.string().min(1));

const invariant = z.strictObject({
  id: z.string().regex(/^\S+$/, "Must be a name without spaces"),
  area: z.string().optional(),
  kind: z.enum(["must", "allowed"]),
  statement: z.string().trim().min(1, "Must state what holds"),
  scope: globs.optional(),
  hint: z.string().optional(),
  check: z.preprocess(
    (value) => value === undefined || Array.isArray(value) ? value : [value],
    z.array(check).min(1).optional(),
  ),
});

const form = z.strictObject({
  version: z.literal(1),
  name: z.string().min(1),
  root: z.string().min(1).optional(),
  exclude: globs.optional(),
  resolver: z.enum(["deno", "node"]).optional(),
  invariant: z.array(invariant).min(1),
}).superRefine(({ invariant }, context) => {
  const first = new Map<string, number>();
  for (const [index, { id }] of invariant.entries()) {
    const known = first.get(id);
    if (known === undefined) first.set(id, index);
    else {
      const message =
        `Duplicate id "${id}", already that of invariant[${known}]`;
      context.addIssue({
        code: "custom",
        path: ["invariant", index, "id"],
        message,
      });
    }
  }
});

/** Reads a spec out of its text. Every mistake is told with its place. */
export async function readSpec(text: string): Promise<SpecResult> {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    return { ok: false, mistakes: [syntaxMistake(error)] };
  }
  const places = await tablePlaces(text);
  const result = form.safeParse(value, {
    error: ({ input }) => input === undefined ? "Is missing" : undefined,
  });
  if (!result.success) {
    const mistakes = result.error.issues.flatMap((issue) =>
      mistakesOf(issue).map(({ path, message }) => {
        const place = places.find(path);
        return {
          line: place?.line ?? null,
          column: place?.column ?? null,
          at: writePath(path, value),
          message,
        };
      })
    );
    mistakes.sort((one, other) => (one.line ?? 0) - (other.line ?? 0));
    return { ok: false, mistakes };
  }
  const { version, name, root, exclude, resolver, invariant } = result.data;
  return {
    ok: true,
    spec: {
      version,
      name,
      root: root ?? null,
      exclude: exclude ?? [],
      resolver: resolver ?? null,
      invariants: invariant.map((item, index) => ({
        id: item.id,
        area: item.area ?? null,
        kind: item.kind,
        statement: item.statement,
        scope: item.scope ?? [],
        hint: item.hint ?? null,
        checks: item.check ?? [],
        line: places.find(["invariant", index])?.line ?? null,
      })),
    },
  };
}

/** Writes a mistake as `path:line:column: where: what`. */
export function writeMistake(path: string, mistake: SpecMistake): string {
  const { line, column, at, message } = mistake;
  const place = line === null ? path : `${path}:${line}:${column ?? 1}`;
  return at === "" ? `${place}: ${message}` : `${place}: ${at}: ${message}`;
}

interface Problem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** One mistake a key: zod puts all unknown keys of a table into one issue. */
function mistakesOf(issue: z.core.$ZodIssue): readonly Problem[] {
  if (issue.code !== "unrecognized_keys") {
    return [{ path: issue.path, message: issue.message }];
  }
  return issue.keys.map((key) => ({
    path: [...issue.path, key],
    message: "Unknown key",
  }));
}

function syntaxMistake(error: unknown): SpecMistake {
  if (!(error instanceof Error)) throw error;
  const [first = "Invalid TOML"] = error.message.split("\n", 1);
  return {
    line: numberAt(error, "line"),
    column: numberAt(error, "column"),
    at: "",
    message: first,
  };
}

function numberAt(value: object, key: string): number | null {
  const found: unknown = Reflect.get(value, key);
  return typeof found === "number" ? found : null;
}

/** Writes a path as it reads in the file: `invariant[2] "PIKACI-003".check.rule`. */
function writePath(path: readonly PropertyKey[], value: unknown): string {
  let written = "";
  let here = value;
  for (const key of path) {
    const next: unknown = typeof here === "object" && here !== null
      ? Reflect.get(here, key)
      : undefined;
    if (typeof key === "number") {
      // A single check is no list in the file.
      if (!Array.isArray(here)) continue;
      const id: unknown = typeof next === "object" && next !== null
        ? Reflect.get(next, "id")
        : undefined;
      written += `[${key}]${typeof id === "string" ? ` "${id}"` : ""}`;
    } else written += `${written === "" ? "" : "."}${String(key)}`;
    here = next;
  }
  return written;
}
