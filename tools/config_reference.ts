/**
 * Writes docs/config.md, the reference of the config, from the types and their
 * doc comments: `deno task reference`.
 *
 * @module
 */
import $ from "@david/dax";
import { dirname, join } from "@std/path";

const root = dirname(import.meta.dirname ?? ".");

/** The pages' sections: the files of model/ in the order in which a reader wants them. */
const sections: Readonly<Record<string, string>> = {
  config: "The config",
  job: "Jobs",
  command: "Commands",
  target: "Targets",
  lane: "Lanes",
  condition: "Conditions",
  matrix: "Matrices",
  placement: "Placements: where a job runs",
  runtime: "Runtimes: in what a job runs",
  job_base: "Bases: a placement with a runtime",
  prepared_output: "Prepared outputs",
  artifact: "Artifacts",
  cache: "Caches",
  secret: "Secrets",
  invariants_job: "Invariants",
};

const head = `# Config reference

What \`@pikaci/pikaci\` exports, for \`pikaci.config.ts\`. Made from the types by
\`deno task reference\`; an editor shows the same on hover. To learn it, start
with [the guide](guide.md); for what a job gets and what is kept, see
[jobs](jobs.md).

A field with \`?\` may be left out. Times are in seconds, sizes in MiB or GiB, as
the name of the field says. Globs are [one dialect](selection.md#globs).
`;

/** What of \`deno doc --json\` is used. */
interface Doc {
  readonly nodes: Readonly<
    Record<string, { readonly symbols: readonly Symbol[] }>
  >;
}
interface Symbol {
  readonly name: string;
  readonly declarations: readonly Declaration[];
}
interface Declaration {
  readonly kind: string;
  readonly location: Location;
  readonly jsDoc?: { readonly doc?: string };
  readonly def?: {
    readonly extends?: readonly { readonly repr?: string }[];
    readonly properties?: readonly Property[];
    readonly indexSignatures?: readonly unknown[];
  };
}
interface Property {
  readonly name: string;
  readonly optional?: boolean;
  readonly location: Location;
  readonly jsDoc?: { readonly doc?: string };
}
interface Location {
  readonly filename: string;
  readonly byteIndex: number;
}

/** The text of docs/config.md, formatted. */
export async function configReference(): Promise<string> {
  const doc: Doc = JSON.parse(
    await run(["doc", "--json", "mod.ts"]),
  );
  const symbols = Object.values(doc.nodes).flatMap((node) => node.symbols);
  const parts = [head];
  const left = new Set(symbols);
  for (const [file, title] of Object.entries(sections)) {
    const url = new URL(`file://${join(root, "model", `${file}.ts`)}`).href;
    const own = symbols.filter(({ declarations: [first] }) =>
      first?.location.filename === url
    );
    for (const symbol of own) left.delete(symbol);
    const source = await Deno.readFile(join(root, "model", `${file}.ts`));
    parts.push(`\n## ${title}\n`, ...section(own, source));
  }
  for (const { name, declarations: [first] } of left) {
    // Parts of others: a private file's function under its public name.
    parts.push(`\n- \`${name}\`: ${oneLine(first?.jsDoc?.doc)}`);
  }
  return await run(["fmt", "--ext", "md", "-"], parts.join("\n"));
}

function section(
  symbols: readonly Symbol[],
  source: Uint8Array,
): readonly string[] {
  const parts: string[] = [];
  const values = symbols.filter((symbol) =>
    ["function", "variable"].includes(declarationOf(symbol).kind)
  );
  for (const symbol of values) {
    const { jsDoc } = declarationOf(symbol);
    parts.push(`\n### \`${symbol.name}\`\n`, jsDoc?.doc ?? "");
  }
  const made: string[] = [];
  for (const symbol of symbols.filter((symbol) => !values.includes(symbol))) {
    const { kind, def, jsDoc } = declarationOf(symbol);
    const properties = (def?.properties ?? []).filter(({ name }) =>
      name !== "kind"
    );
    const tagged = def?.properties?.some(({ name }) => name === "kind");
    if (kind !== "interface" || tagged || properties.length === 0) {
      made.push(`- \`${symbol.name}\`: ${oneLine(jsDoc?.doc)}`);
      continue;
    }
    const bases = (def?.extends ?? []).flatMap(({ repr }) => repr ?? []);
    const also = bases.length === 0
      ? ""
      : ` And the fields of ${bases.map((name) => `\`${name}\``).join(", ")}.`;
    parts.push(
      `\n### \`${symbol.name}\`\n`,
      `${jsDoc?.doc ?? ""}${also}\n`,
      "| field | type | meaning |",
      "| --- | --- | --- |",
      ...properties.map((property) => row(property, source)),
    );
  }
  if (made.length > 0) parts.push("\n### Other types\n", ...made);
  return parts;
}

function row(property: Property, source: Uint8Array): string {
  const { name, optional, location, jsDoc } = property;
  const type = typeAt(source, location.byteIndex).replaceAll("|", "\\|");
  return `| \`${name}${optional ? "?" : ""}\` | \`${type}\` | ${
    oneLine(jsDoc?.doc).replaceAll("|", "\\|")
  } |`;
}

/** The type of the property that starts at this byte, on one line. */
function typeAt(source: Uint8Array, start: number): string {
  const text = new TextDecoder().decode(source.subarray(start));
  let depth = 0;
  let end = 0;
  for (; end < text.length; end++) {
    const letter = text[end] ?? "";
    if ("{[(<".includes(letter)) depth++;
    if ("}])>".includes(letter) && text[end - 1] !== "=") depth--;
    if (letter === ";" && depth === 0) break;
  }
  const declared = text.slice(0, end).replace(/^readonly /, "");
  return declared.slice(declared.indexOf(":") + 1)
    .replaceAll(/\s+/g, " ").replace(/^ \| /, "").trim()
    .replaceAll(/\breadonly /g, "");
}

function declarationOf({ name, declarations: [first] }: Symbol): Declaration {
  if (first === undefined) throw new RangeError(`"${name}" has no declaration`);
  return first;
}

function oneLine(doc: string | undefined): string {
  return (doc ?? "").split("\n\n")[0]?.replaceAll("\n", " ") ?? "";
}

/** Runs Deno itself; a failure throws with the exit code. */
async function run(args: readonly string[], stdin = ""): Promise<string> {
  const { stdout } = await $`${Deno.execPath()} ${args}`
    .cwd(root)
    .env({ NO_COLOR: "1" })
    .stdinText(stdin)
    .stdout("piped");
  return stdout;
}

if (import.meta.main) {
  await Deno.writeTextFile(
    join(root, "docs", "config.md"),
    await configReference(),
  );
}
