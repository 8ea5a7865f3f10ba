/** The rule "calls": a call or a member is allowed in these files alone. */
import { z } from "zod";
import type { Evidence, Findings } from "../evidence.ts";
import { matcher } from "../globs.ts";
import { memberTails, type Reference, windows } from "../references.ts";
import type { SourceModule } from "../source_module.ts";
import { common, modulesOf, type RuleContext, strings } from "./_rule.ts";

/** Settings of the rule "calls". */
export const callsCheck = z.strictObject({
  rule: z.literal("calls"),
  ...common,
  /**
   * Globs over names: globals with their members, such as `Deno.Command`,
   * `console.*` or `fetch`; imports by what they lead to, such as
   * `node:child_process.spawn`, `npm:chalk.default` or `model/job.ts.job`; and
   * members of anything, such as `.jobs.find`.
   */
  names: strings,
  /** Globs of the files where they are allowed; default: none. */
  allow: strings.optional(),
});

/** A check by the rule "calls". */
export type CallsCheck = z.infer<typeof callsCheck>;

/** Checks where names are used. Types do not count, nor do a file's own variables of the same name. */
export async function checkCalls(
  check: CallsCheck,
  context: RuleContext,
): Promise<Findings> {
  const names = readNames(check.names);
  const allowed = matcher(check.allow ?? []);
  const where = check.allow === undefined
    ? "nowhere in the scope"
    : `in ${check.allow.join(", ")}`;
  const { edges } = await context.sources.graph();
  const { modules, broken: unparsed } = await modulesOf(
    context,
    context.files,
    (text, path) =>
      mentions(text, names) ||
      (edges.get(path) ?? []).some(({ to, types }) =>
        !types && names.owners(to)
      ),
  );
  const broken: Evidence[] = [...unparsed];
  const uses: Evidence[] = [];
  for (const module of modules) {
    const targets = new Map(
      edges.get(module.path)?.map(({ specifier, to }) => [specifier, to]),
    );
    const target = (specifier: string) => targets.get(specifier) ?? specifier;
    const here = allowed(module.path);
    const seen = new Set<string>();
    for (const reference of await referencesOf(module, names, target)) {
      const full = fullNames(reference, target);
      const name = full.find(names.wanted);
      const last = full.at(-1) ?? "";
      const place = { path: module.path, line: module.line(reference.at) };
      // `.a.b` and its own part `.a` are one use.
      const use = `${place.line} ${name?.split(".")[1] ?? ""}`;
      if (name?.startsWith(".") && seen.has(use)) continue;
      seen.add(use);
      if (name !== undefined && here) {
        uses.push({ ...place, message: `Uses "${name}"` });
      } else if (name !== undefined) {
        const message = `Uses "${name}", which is allowed ${where}`;
        broken.push({ ...place, message });
      } else if (reference.escapes && !here && names.owners(last)) {
        const message =
          `Hands on "${last}", so that its members cannot be seen`;
        broken.push({ ...place, message });
      }
    }
  }
  return { broken, uses };
}

interface Names {
  /** Whether a name is one of them. */
  readonly wanted: (name: string) => boolean;
  /** Whether one of them is a member of a name. */
  readonly owners: (name: string) => boolean;
  /** Whether there are members of anything among them. */
  readonly tails: boolean;
  /** Lists of words: every file that uses a global or a member has all words of one of them. */
  readonly words: readonly (readonly string[])[];
  /** What the names of globals begin with, as far as it is written out; null: it can be anything. */
  readonly roots: ReadonlySet<string> | null;
}

function readNames(names: readonly string[]): Names {
  const positive = names.filter((name) => !name.startsWith("!"));
  const globals = positive.filter((name) =>
    !isImport(name) && !name.startsWith(".")
  );
  const roots = globals.map((name) => name.split(".", 1)[0] ?? "");
  return {
    wanted: matcher(names),
    owners: matcher(positive.flatMap(ownersOf)),
    tails: positive.some((name) => name.startsWith(".")),
    words: positive.filter((name) => !isImport(name)).flatMap(wordsOf),
    roots: roots.every((root) => /^[\w$]+$/.test(root))
      ? new Set([...roots, ...(roots.length > 0 ? windows : [])])
      : null,
  };
}

function mentions(text: string, { words }: Names): boolean {
  return words.some((all) => all.every((word) => text.includes(word)));
}

/** The references of a file; its scopes are looked at only if they can matter. */
async function referencesOf(
  module: SourceModule,
  names: Names,
  target: (specifier: string) => string,
): Promise<readonly Reference[]> {
  const { roots } = names;
  const globals = roots === null ||
    (mentions(module.text, names) &&
      module.nodes("Identifier").some(({ name }) => roots.has(name)));
  return [
    ...globals || imports(module, names, target)
      ? await module.references()
      : [],
    ...names.tails ? memberTails(module) : [],
  ];
}

/** Whether a file imports one of the names, or what one of them is a member of. */
function imports(
  module: SourceModule,
  names: Names,
  target: (specifier: string) => string,
): boolean {
  return module.module.staticImports.some(({ entries, moduleRequest }) =>
    entries.some(({ importName: { kind, name }, isType }) => {
      if (isType) return false;
      const from = target(moduleRequest.value);
      const full = kind === "Default" ? `${from}.default` : `${from}.${name}`;
      return kind === "NamespaceObject"
        ? names.owners(from)
        : names.wanted(full) || names.owners(full);
    })
  );
}

function fullNames(
  { from, names }: Reference,
  target: (specifier: string) => string,
): readonly string[] {
  if (from === null) return names;
  const root = target(from);
  return names.map((name) => name === "" ? root : `${root}.${name}`);
}

/** Whether a pattern is about an import: it begins with a path or a scheme. */
function isImport(name: string): boolean {
  return /[:/]/.test(name);
}

/** What a name is a member of: `a.b.c` of `a` and `a.b`. */
function ownersOf(name: string): readonly string[] {
  if (name.startsWith(".")) return [];
  const dots = [...name.matchAll(/\{[^}]*\}|\./g)]
    .filter(([found]) => found === ".").map(({ index }) => index);
  return dots.map((index) => name.slice(0, index));
}

function wordsOf(name: string): readonly (readonly string[])[] {
  const certain = name.replaceAll(/\{[^}]*\}|\[[^\]]*\]/g, "*").split(/[.*?]+/)
    .filter((word) => word !== "");
  const choices = /\{([^}*?]+)\}/.exec(name)?.[1]?.split(",");
  return choices === undefined
    ? [certain]
    : choices.map((choice) => [...certain, choice]);
}
