/** `pikaci invariants`: checks the design rules of a repository. */
import { resolve } from "../model/path.ts";
import { UserError } from "../model/user_error.ts";
import { command } from "./command.ts";
import type { ExitCode } from "./exit_codes.ts";
import { booleanFlag, stringFlag, stringsFlag } from "./flags.ts";
import type { Io } from "./io.ts";

export default command({
  details: [
    "Every invariant passes, fails, or is unchecked: nothing but a reviewer can look at it.",
    "Ends with 1 when one that must hold is broken, with 2 when the file itself is wrong. docs/invariants.md describes the file and its rules.",
  ],
  flags: {
    spec: stringFlag(
      "The file of invariants; default: invariants/invariants.toml, here or above",
      { value: "FILE" },
    ),
    json: booleanFlag("Print the verdicts as JSON"),
    only: stringsFlag("Look at this invariant alone; can be repeated", {
      value: "ID",
    }),
    reviewer: stringFlag(
      "Command that grades what has no check: the prompt with its JSON schema on stdin, the answer on stdout",
      { value: "COMMAND" },
    ),
  },
  examples: [
    ["pikaci invariants", "Check them all"],
    [
      "pikaci invariants --only PIKACI-004 --json",
      "One of them, for a program",
    ],
    [
      "pikaci invariants --reviewer ./tools/review",
      "Let a language model grade what no rule can check",
    ],
  ],
  async run({ flags }, io): Promise<ExitCode> {
    const [{ openSpec }, { runInvariants }, { holds, writeReport }] =
      await Promise.all([
        import("../invariants/open.ts"),
        import("../invariants/run.ts"),
        import("../invariants/report.ts"),
      ]);
    const opening = await openSpec(await specPath(flags.spec, io));
    if (!opening.ok) throw new UserError(opening.problems.join("\n"));
    const { opened } = opening;
    refuseUnknown(flags.only, opened.spec.invariants.map(({ id }) => id));
    const { report, problems } = await runInvariants(opened, {
      only: flags.only,
      reviewer: flags.reviewer,
      now: () => performance.now(),
    });
    if (flags.json) {
      const { reportJson } = await import("../invariants/report_json.ts");
      await io.out(`${JSON.stringify(reportJson(report), null, 2)}\n`);
    } else {
      await io.out(writeReport(report, io.colours));
    }
    if (problems.length > 0) await io.err(`${problems.join("\n")}\n`);
    if (!holds(report)) return 1;
    return problems.length > 0 ? 4 : 0;
  },
});

async function specPath(given: string | undefined, io: Io): Promise<string> {
  if (given !== undefined) return resolve(io.cwd, given);
  const { defaultSpec, findSpec } = await import("../invariants/open.ts");
  const found = await findSpec(io.cwd);
  if (found !== undefined) return found;
  throw new UserError(
    `Cannot find ${defaultSpec} in "${io.cwd}" or above it: write one, or name it with --spec FILE`,
  );
}

function refuseUnknown(only: readonly string[], ids: readonly string[]): void {
  const unknown = only.filter((id) => !ids.includes(id));
  if (unknown.length === 0) return;
  const named = unknown.map((id) => `"${id}"`).join(", ");
  throw new UserError(
    `Unknown invariant ${named}\n  There are ${ids.join(", ")}`,
  );
}
