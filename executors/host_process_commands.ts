/** The commands of host process jobs, for the plan. */
import type { CatalogJob } from "../model/catalog.ts";
import { compiledCommand, quote } from "../model/command.ts";
import type { PlannedCommand } from "../model/plan.ts";

/** Describes the commands that a job on the host itself issues. */
export function hostProcessCommands(
  job: CatalogJob,
): readonly PlannedCommand[] {
  if (job.guestCommand === null) return [];
  const { command } = compiledCommand(job.guestCommand);
  return [{ phase: "run", command: `sh -euc ${quote(command)}` }];
}
