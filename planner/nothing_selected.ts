/** Why nothing is to run, in sentences for people. */
import type { Plan } from "../model/plan.ts";
import type { Selection } from "./selection.ts";

/** How many jobs are told one by one. */
const TOLD = 10;

/** Says why a plan runs nothing: what was compared with what, and what each job was skipped for. */
export function nothingSelected(plan: Plan, selection: Selection): string {
  if (plan.nodes.length === 0) {
    return selection.leftOut.size > 0
      ? `everything that was asked for is left out by ${
        [...new Set(selection.leftOut.values())].join(", ")
      }`
      : "what was asked for holds no jobs";
  }
  const reasons = new Map<string, string[]>();
  let filtered = false;
  for (const node of plan.nodes) {
    const [reason] = node.reasons;
    if (node.kind !== "execute" || reason === undefined) continue;
    filtered ||= reason.kind === "filter_miss";
    const jobs = reasons.get(reason.message) ?? [];
    reasons.set(reason.message, jobs);
    jobs.push(node.job_id);
  }
  const lines = [...reasons].map(([message, jobs]) => {
    const more = jobs.length - TOLD;
    return `${message}: ${jobs.slice(0, TOLD).join(", ")}` +
      (more > 0 ? ` and ${more} more` : "") +
      (jobs.length === 1 ? " is skipped" : " are skipped");
  });
  if (filtered) lines.push(plan.changes.base.reason);
  return lines.join("\n");
}
