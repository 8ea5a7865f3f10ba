/** Small texts that descriptions of plans share. */
import type { CatalogJob, CatalogRuntime } from "../model/catalog.ts";
import type { Decision, Plan, PlanNode, Reason } from "../model/plan.ts";

/** Colours for a terminal; every one returns the text it is given, painted. */
export interface Paint {
  /** For names. */
  readonly bold: (text: string) => string;
  /** For what is beside the point. */
  readonly dim: (text: string) => string;
  /** For what runs. */
  readonly green: (text: string) => string;
  /** For what does not. */
  readonly yellow: (text: string) => string;
}

/** No colours. */
export const PLAIN: Paint = {
  bold: (text) => text,
  dim: (text) => text,
  green: (text) => text,
  yellow: (text) => text,
};

/** A text on one line in which control characters are written as escapes. */
export function visible(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, (char) => {
    const code = char.charCodeAt(0);
    if (char === "\n") return "\\n";
    if (char === "\t") return "\\t";
    return `\\x${code.toString(16).padStart(2, "0")}`;
  });
}

/** A text of several lines, each but the first indented. */
export function indented(text: string, by: number): string {
  return text.trimEnd().split("\n").map(visible)
    .join(`\n${" ".repeat(by)}`);
}

/** "runs", "is skipped" or "is cached". */
export function decisionText(decision: Decision, paint: Paint): string {
  switch (decision) {
    case "run":
      return paint.green("runs");
    case "skip":
      return paint.yellow("is skipped");
    case "cached":
      return paint.green("is cached");
  }
}

/** The name a node goes by: the job's id or the prepare node's own. */
export function nodeName(node: PlanNode): string {
  return node.kind === "execute" ? node.job_id : node.id;
}

/** Node id to the name it goes by. */
export function nodeNames(plan: Plan): ReadonlyMap<string, string> {
  return new Map(plan.nodes.map((node) => [node.id, nodeName(node)]));
}

/** A reason for people. */
export function reasonText(reason: Reason): string {
  return visible(reason.message);
}

/** Seconds for people: "90 s", "10 min", "2 h". */
export function secondsText(secs: number): string {
  if (secs >= 3600 && secs % 3600 === 0) return `${secs / 3600} h`;
  if (secs >= 120 && secs % 60 === 0) return `${secs / 60} min`;
  return `${secs} s`;
}

/** Bytes for people: "1.2 MiB". */
export function bytesText(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const power = bytes < 1
    ? 0
    : Math.min(Math.floor(Math.log2(bytes) / 10), units.length - 1);
  const size = bytes / 1024 ** power;
  return `${power === 0 ? size : size.toFixed(1)} ${units[power]}`;
}

/** A count with its noun: "1 file", "3 files". */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** In what a job runs, on one line: the runtime with its plain fields. */
export function runtimeText(job: CatalogJob): string {
  const fields = Object.entries(job.runtimeConfig).filter(([name, value]) =>
    !UNTOLD.includes(name) && typeof value !== "object" && value !== undefined
  ).map(([name, value]) => visible(`${name} ${value}`));
  const name = runtimeName(job.runtimeConfig);
  return fields.length === 0 ? name : `${name} (${fields.join(", ")})`;
}

/** In what a job runs, every field on its own line. */
export function runtimeLines(job: CatalogJob): readonly string[] {
  return [
    `runtime ${runtimeName(job.runtimeConfig)}`,
    ...Object.entries(job.runtimeConfig).filter(([name, value]) =>
      !UNTOLD.includes(name) && value !== undefined
    ).map(([name, value]) => `  ${visible(`${name} ${fieldText(value)}`)}`),
  ];
}

const UNTOLD: readonly string[] = ["kind", "name"];

function runtimeName(runtime: CatalogRuntime): string {
  return runtime.kind === "custom" ? runtime.name : runtime.kind;
}

function fieldText(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  if (!("command" in value) || typeof value.command !== "string") {
    return JSON.stringify(value);
  }
  return "payloads" in value && Array.isArray(value.payloads)
    ? `${value.command}, with ${value.payloads.join(", ")}`
    : value.command;
}
