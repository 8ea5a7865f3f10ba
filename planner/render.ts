/** A plan as text for people. */
import type { Plan, PlanNode } from "../model/plan.ts";
import { inSentence } from "./filter.ts";
import {
  bytesText,
  count,
  decisionText,
  indented,
  nodeName,
  nodeNames,
  type Paint,
  PLAIN,
  reasonText,
  runtimeText,
  visible,
} from "./text.ts";

/** Writes a plan: what it was compared with, then every node with its reason, needs, place and commands. */
export function renderPlan(plan: Plan, paint: Paint = PLAIN): string {
  const names = nodeNames(plan);
  const lines = [
    ...header(plan, paint),
    ...plan.nodes.flatMap((node) => ["", ...nodeLines(node, names, paint)]),
  ];
  return `${lines.join("\n")}\n`;
}

function header(plan: Plan, paint: Paint): readonly string[] {
  const { snapshot, changes, nodes } = plan;
  const counts = (["run", "cached", "skip"] as const)
    .map((
      decision,
    ) => [decision, nodes.filter((node) => node.decision === decision).length])
    .filter(([, number]) => number !== 0)
    .map(([decision, number]) => `${number} ${decision}`);
  const changed = changes.files === null
    ? changes.base.reason
    : `${count(changes.files.length, "file")}: ${
      inSentence(changes.base.reason)
    }`;
  const branch = snapshot.git_branch === null
    ? ""
    : `, branch ${snapshot.git_branch}`;
  return [
    `${paint.bold(`Plan of ${plan.requested.map(visible).join(" ")}`)}: ${
      counts.join(", ") || "nothing"
    }`,
    `  snapshot  ${snapshot.tree.slice(0, 12)} (${
      count(snapshot.files, "file")
    }, ${bytesText(snapshot.bytes)}${visible(branch)})`,
    `  changes   ${visible(changed)}`,
    ...[...snapshot.notices, ...plan.notices].map((notice) =>
      `  ${paint.yellow("notice")}    ${visible(notice)}`
    ),
  ];
}

function nodeLines(
  node: PlanNode,
  names: ReadonlyMap<string, string>,
  paint: Paint,
): readonly string[] {
  const needs = node.depends_on.map((id) => names.get(id) ?? id);
  const row = (name: string, text: string): string =>
    `  ${paint.dim(name.padEnd(9))} ${text}`;
  const [reason, ...more] = node.reasons;
  const lines = [
    `${paint.bold(nodeName(node))} ${decisionText(node.decision, paint)}` +
    (node.description === ""
      ? ""
      : paint.dim(`  ${visible(node.description)}`)),
  ];
  if (reason !== undefined) lines.push(row("why", reasonText(reason)));
  for (const other of more) lines.push(row("", reasonText(other)));
  if (node.decision === "skip") return lines;
  if (needs.length > 0) lines.push(row("needs", needs.join(", ")));
  lines.push(row("where", where(node)));
  for (const [index, { phase, command }] of node.commands.entries()) {
    const name = index === 0 ? "commands" : "";
    const head = `${phase}: `;
    lines.push(row(name, head + indented(command, 12 + head.length)));
  }
  return lines;
}

function where(node: PlanNode): string {
  const runtime = node.kind === "execute"
    ? runtimeText(node.job)
    : node.runtime;
  const host = node.host === node.placement
    ? node.placement
    : `${node.placement} ${node.host}`;
  return `${host}, ${runtime}`;
}
