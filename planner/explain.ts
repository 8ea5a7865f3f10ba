/** The whole story of one node of a plan, as text for people. */
import type { CatalogJob } from "../model/catalog.ts";
import type { CacheManifest } from "../model/manifest.ts";
import type {
  ConditionResult,
  ExecuteNode,
  Plan,
  PlanNode,
} from "../model/plan.ts";
import { diffManifest, type ManifestChange } from "./manifest.ts";
import {
  count,
  decisionText,
  indented,
  nodeName,
  type Paint,
  PLAIN,
  reasonText,
  runtimeLines,
  secondsText,
  visible,
} from "./text.ts";

/** What is known beside the plan. */
export interface ExplainOptions {
  /** What goes into the job's key now; null: it has no key. */
  readonly manifest?: CacheManifest | null;
  /** The last pass that was remembered; null: none. */
  readonly lastPass?: {
    readonly run_id: string;
    readonly manifest: CacheManifest;
  } | null;
  /** Colours; default: none. */
  readonly paint?: Paint;
}

/** How many changes of one kind are told one by one. */
const TOLD = 20;

type Section = readonly [title: string, lines: readonly string[]];

/**
 * Tells what a job, or a node by its id, does in a plan and why: selection,
 * condition, needs, place, limits, environment, cache and commands.
 */
export function explain(
  plan: Plan,
  jobId: string,
  options: ExplainOptions = {},
): string {
  const { paint = PLAIN } = options;
  const node = plan.nodes.find((it) =>
    it.id === jobId || nodeName(it) === jobId
  );
  if (node === undefined) {
    return `${paint.bold(visible(jobId))} is not in the plan of ${
      plan.requested.map(visible).join(" ")
    }: it was not asked for, and nothing that runs needs it\n`;
  }
  const sections: readonly Section[] = [
    ["Why", node.reasons.map(reasonText)],
    ["Condition", conditionLines(node)],
    ["Compared", compared(plan)],
    ["Needs", needs(plan, node)],
    ["Needed by", neededBy(plan, node)],
    ["Where", where(plan, node)],
    ...node.kind === "execute" ? jobSections(node, options) : [],
    [
      "Commands",
      node.commands.map(({ phase, command }) =>
        `${phase}: ${indented(command, 6 + phase.length)}`
      ),
    ],
  ];
  const lines = [
    `${paint.bold(nodeName(node))} ${decisionText(node.decision, paint)}`,
    ...node.description === "" ? [] : [visible(node.description)],
  ];
  for (const [title, body] of sections) {
    if (body.length === 0) continue;
    lines.push("", paint.bold(title), ...body.map((line) => `  ${line}`));
  }
  return `${lines.join("\n")}\n`;
}

function conditionLines(node: PlanNode): readonly string[] {
  const condition = node.reasons.find((it) => it.condition)?.condition;
  return condition === undefined ? [] : conditionTree(condition, "");
}

function conditionTree(
  { text, met, because, parts }: ConditionResult,
  indent: string,
): readonly string[] {
  const verdict = met ? "holds" : "fails";
  const fact = parts.length === 0 ? `: ${because}` : "";
  return [
    `${indent}${verdict}  ${visible(text + fact)}`,
    ...parts.flatMap((part) => conditionTree(part, `${indent}  `)),
  ];
}

function compared({ changes, filters }: Plan): readonly string[] {
  return [
    visible(changes.base.reason),
    ...changes.files === null
      ? []
      : [`${count(changes.files.length, "file")} changed`],
    ...filters.length === 0 ? [] : [`filters: ${visible(filters.join(", "))}`],
  ];
}

function needs(plan: Plan, node: PlanNode): readonly string[] {
  const nodes = new Map(plan.nodes.map((it) => [it.id, it]));
  return node.depends_on.map((id) => {
    const need = nodes.get(id);
    return need === undefined
      ? id
      : `${nodeName(need)} ${decisionText(need.decision, PLAIN)}`;
  });
}

function neededBy(plan: Plan, node: PlanNode): readonly string[] {
  return plan.nodes.filter((it) => it.depends_on.includes(node.id))
    .map(nodeName);
}

function where(plan: Plan, node: PlanNode): readonly string[] {
  const lines = [`executor ${node.executor}: ${node.placement}`];
  const host = plan.hosts.find((it) => it.id === node.host);
  if (host !== undefined) {
    const { from } = host;
    lines.push(
      `host ${host.id}`,
      `  address ${host.address} (${from.address})`,
      `  capacity ${host.capacity ?? "its processors"} (${from.capacity})`,
      `  state folder ${
        host.stateRoot ?? "~/.local/state/pikaci"
      } (${from.stateRoot})`,
    );
  } else if (node.host !== node.placement) {
    lines.push(`host ${node.host}`);
  }
  if (node.kind === "execute" && node.job.placement.kind === "orchard") {
    const { url, labels = {} } = node.job.placement;
    lines.push(
      `fleet ${url}`,
      ...Object.entries(labels).map(([name, value]) =>
        `  label ${name}=${value}`
      ),
    );
  }
  const runtime = node.kind === "execute"
    ? runtimeLines(node.job)
    : [`runtime ${node.runtime}`];
  return [...lines.map(visible), ...runtime];
}

function jobSections(
  node: ExecuteNode,
  options: ExplainOptions,
): readonly Section[] {
  const { job } = node;
  return [
    ["Workspace", [
      job.workspace === "source" ? "the working tree itself" : job.workspace,
    ]],
    ["Limits", limits(job)],
    ["Environment", environment(job)],
    ["Cache", cache(node, options)],
  ];
}

function limits(job: CatalogJob): readonly string[] {
  const { attempts, on, backoffSecs = 0 } = job.retry;
  const optional = (name: string, secs: number | null): readonly string[] =>
    secs === null ? [] : [`${name} ${secondsText(secs)}`];
  return [
    `timeout ${secondsText(job.timeoutSecs)}`,
    ...optional("without output", job.silenceTimeoutSecs),
    ...optional("waiting", job.waitTimeoutSecs),
    attempts === 1
      ? "one attempt"
      : `${attempts} attempts, again after ${on.join(", ")}` +
        (backoffSecs > 0 ? ` and ${secondsText(backoffSecs)}` : ""),
    ...job.slots === 1 ? [] : [count(job.slots, "slot")],
    ...job.concurrencyGroup === null
      ? []
      : [`one at a time in group ${job.concurrencyGroup}`],
    ...job.allowFailure === false ? [] : [
      job.allowFailure === true
        ? "its failure does not fail the run"
        : `exit codes ${job.allowFailure.join(", ")} do not fail the run`,
    ],
  ];
}

function environment(job: CatalogJob): readonly string[] {
  return [
    ...Object.entries(job.env).map(([name, value]) =>
      typeof value === "string"
        ? `${name}=${visible(value)}`
        : `${name} is a secret: ${value.source} ${visible(value.name)}`
    ),
    ...job.passEnv.map((name) => `${name} is passed through`),
    ...Object.entries(job.secretFiles).map(([name, { source, name: of }]) =>
      `${name} is the path of a secret file: ${source} ${visible(of)}`
    ),
    ...job.caches.map((id) => `cache ${id}`),
  ];
}

function cache(
  node: ExecuteNode,
  { manifest = null, lastPass = null }: ExplainOptions,
): readonly string[] {
  const { job, cache_key: key } = node;
  if (job.inputs === null) {
    return ["not remembered: the job declares no inputs"];
  }
  const lines = [`inputs ${visible(job.inputs.join(", "))}`];
  if (key === null) {
    return node.decision === "skip" ? lines : [...lines, "not remembered"];
  }
  lines.push(`key ${key}`);
  if (manifest !== null) {
    lines.push(`made of ${count(manifest.files.length, "file")}`);
  }
  if (node.cached_from !== null) {
    return [...lines, `taken from ${node.cached_from}`];
  }
  if (manifest === null) return lines;
  if (lastPass === null) return [...lines, "the job has no remembered pass"];
  const changes = diffManifest(lastPass.manifest, manifest);
  return changes.length === 0
    ? [...lines, `nothing changed since its pass in ${lastPass.run_id}`]
    : [
      ...lines,
      `changed since its pass in ${lastPass.run_id}:`,
      ...changeLines(changes).map((line) => `  ${line}`),
    ];
}

/** Writes the changes between two manifests, one a line, long lists cut. */
export function changeLines(
  changes: readonly ManifestChange[],
): readonly string[] {
  const groups = Map.groupBy(
    changes,
    ({ part, change }) => `${part} ${change}`,
  );
  return [...groups].flatMap(([group, list]) => {
    const more = list.length - TOLD;
    return [
      ...list.slice(0, TOLD).map(changeLine),
      ...more > 0 ? [`${group}: ${more} more`] : [],
    ];
  });
}

function changeLine({ part, change, name }: ManifestChange): string {
  return name === null
    ? `${NOUNS[part]} ${change}`
    : `${NOUNS[part]} ${change}: ${visible(name)}`;
}

const NOUNS = {
  pikaci: "pikaci's cache version",
  inputs: "input globs",
  files: "file",
  command: "command",
  runtime: "runtime field",
  image: "image",
  platform: "platform",
  workspace: "workspace",
  env: "variable",
  outputs: "output",
  needs: "need",
} as const satisfies Record<ManifestChange["part"], string>;
