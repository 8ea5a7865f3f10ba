/**
 * The reviewer: a program, as a rule a language model's, that grades the
 * invariants which no rule can check. It reads the prompt with the JSON schema
 * of the answer on standard input and writes the answer to standard output.
 */
import { z } from "zod";
import { runProcess } from "../hosts/process.ts";
import type { Evidence } from "./evidence.ts";
import type { Sources } from "./sources.ts";
import type { Invariant } from "./spec.ts";

/** What a reviewer says of an invariant. */
export interface Opinion {
  /** Id of the invariant. */
  readonly id: string;
  /** Its grade. */
  readonly grade: "pass" | "fail";
  /** Why. */
  readonly rationale: string;
  /** The places that show it. */
  readonly evidence: readonly Evidence[];
}

/** What a reviewer says of all of them, or why its answer cannot be used. */
export type Review =
  | {
    readonly ok: true;
    readonly summary: string;
    /** In the order of the invariants. */
    readonly opinions: readonly Opinion[];
  }
  | { readonly ok: false; readonly problems: readonly string[] };

const answer = z.strictObject({
  summary: z.string(),
  results: z.array(z.strictObject({
    id: z.string(),
    grade: z.enum(["pass", "fail"]),
    rationale: z.string().trim().min(1),
    evidence: z.array(z.string().trim().min(1)).min(1).max(3),
  })),
});

/** Asks a reviewer, by a command for `sh -euc` in the root. */
export async function review(
  command: string,
  invariants: readonly Invariant[],
  sources: Sources,
): Promise<Review> {
  const { code, stdout, stderr } = await runProcess({
    argv: ["sh", "-euc", command],
    cwd: sources.root,
    stdin: new TextEncoder().encode(writePrompt(invariants)),
  });
  if (code !== 0) {
    const said = new TextDecoder().decode(stderr).trim();
    const problem = `The reviewer exited with ${code}`;
    return {
      ok: false,
      problems: [said === "" ? problem : `${problem}: ${said}`],
    };
  }
  return await readAnswer(
    new TextDecoder().decode(stdout),
    invariants,
    sources,
  );
}

/** Writes what a reviewer is asked. */
export function writePrompt(invariants: readonly Invariant[]): string {
  const items = invariants.map((invariant) =>
    [
      `- ${invariant.id} (${invariant.kind})`,
      `  statement: ${invariant.statement}`,
      `  scope: ${invariant.scope.join(", ") || "the whole repository"}`,
      ...(invariant.hint === null ? [] : [`  hint: ${invariant.hint}`]),
    ].join("\n")
  );
  return `Grade the invariants below against the repository in the working directory.

Rules:
- Read the code that the scope names, and what it leads to. Do not edit, create or delete any file.
- "must": pass when the statement holds everywhere in its scope. Fail is the default when what you find is mixed or ambiguous.
- "allowed": pass when what the statement allows exists; fail when nothing does it.
- Leave tests out, unless the statement speaks of them.
- Give every invariant exactly one result, with a rationale of one or two sentences and one to three places as evidence, each "path:line" relative to the root.
- Answer with one JSON object that follows the schema, and with nothing else.

Invariants:
${items.join("\n")}

JSON schema of the answer:
${JSON.stringify(answerSchema(invariants), null, 2)}
`;
}

/** The JSON schema of an answer about these invariants. */
export function answerSchema(invariants: readonly Invariant[]): object {
  return {
    type: "object",
    additionalProperties: false,
    required: ["summary", "results"],
    properties: {
      summary: { type: "string" },
      results: {
        type: "array",
        minItems: invariants.length,
        maxItems: invariants.length,
        items: {
          type: "object",
          additionalProperties: false,
          required: ["id", "grade", "rationale", "evidence"],
          properties: {
            id: { type: "string", enum: invariants.map(({ id }) => id) },
            grade: { type: "string", enum: ["pass", "fail"] },
            rationale: { type: "string", minLength: 1 },
            evidence: {
              type: "array",
              minItems: 1,
              maxItems: 3,
              items: { type: "string", minLength: 1 },
            },
          },
        },
      },
    },
  };
}

/** Reads and validates an answer; a fence of Markdown around the JSON is passed over. */
export async function readAnswer(
  text: string,
  invariants: readonly Invariant[],
  sources: Sources,
): Promise<Review> {
  let value: unknown;
  try {
    value = JSON.parse(withoutFence(text));
  } catch {
    return { ok: false, problems: ["The reviewer's answer is not JSON"] };
  }
  const parsed = answer.safeParse(value);
  if (!parsed.success) {
    return {
      ok: false,
      problems: parsed.error.issues.map(({ path, message }) =>
        `The reviewer's answer is wrong at ${
          path.join(".") || "its top"
        }: ${message}`
      ),
    };
  }
  const problems: string[] = [];
  const opinions = new Map<string, Opinion>();
  const wanted = new Set(invariants.map(({ id }) => id));
  for (const { id, grade, rationale, evidence } of parsed.data.results) {
    if (!wanted.has(id)) {
      problems.push(
        `The reviewer grades "${id}", which it was not asked about`,
      );
    } else if (opinions.has(id)) {
      problems.push(`The reviewer grades "${id}" twice`);
    }
    const places: Evidence[] = [];
    for (const ref of evidence) {
      const place = await placeOfRef(ref, sources);
      if (place !== undefined) places.push(place);
      else {problems.push(
          `The reviewer's evidence "${ref}" for "${id}" is no place in the repository`,
        );}
    }
    opinions.set(id, { id, grade, rationale, evidence: places });
  }
  const ordered = invariants.flatMap(({ id }) => {
    const opinion = opinions.get(id);
    if (opinion === undefined) problems.push(`The reviewer leaves "${id}" out`);
    return opinion === undefined ? [] : [opinion];
  });
  return problems.length > 0
    ? { ok: false, problems }
    : { ok: true, summary: parsed.data.summary, opinions: ordered };
}

function withoutFence(text: string): string {
  const match = /^\s*```[a-z]*\n([\s\S]*?)\n```\s*$/.exec(text);
  return match?.[1] ?? text;
}

/** Reads `path` or `path:line`; undefined where there is no such place. */
async function placeOfRef(
  ref: string,
  sources: Sources,
): Promise<Evidence | undefined> {
  const match = /^(.*?)(?::(\d+)(?:[:-]\d+)?)?$/.exec(ref);
  const path = match?.[1] ?? ref;
  const text = sources.files.includes(path)
    ? await sources.read(path)
    : undefined;
  if (text === undefined) return undefined;
  const line = match?.[2] === undefined ? null : Number(match[2]);
  const lines = text.split("\n").length;
  if (line !== null && (line < 1 || line > lines)) return undefined;
  return { path, line, message: "" };
}
