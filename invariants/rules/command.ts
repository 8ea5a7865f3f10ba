/** The rule "command": a program decides by its exit code. */
import { z } from "zod";
import type { Evidence, Findings } from "../evidence.ts";
import { startProcess } from "../../hosts/process.ts";
import { common, type RuleContext } from "./_rule.ts";

/** Settings of the rule "command". */
export const commandCheck = z.strictObject({
  rule: z.literal("command"),
  ...common,
  /** A command for `sh -euc`, run in the root; exit code 0 passes. */
  command: z.string().min(1),
  /** Limit in seconds; default 60. */
  timeout_secs: z.number().positive().optional(),
});

/** A check by the rule "command". */
export type CommandCheck = z.infer<typeof commandCheck>;

/** Runs the command. Lines `path:line: text` of a failing command's output are the evidence. */
export async function checkCommand(
  check: CommandCheck,
  context: RuleContext,
): Promise<Findings> {
  const limit = check.timeout_secs ?? 60;
  const child = startProcess({
    argv: ["sh", "-euc", check.command],
    cwd: context.sources.root,
    env: { NO_COLOR: "1" },
  });
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, limit * 1000);
  const [stdout, stderr, { code }] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.status,
  ]).finally(() => clearTimeout(timer));
  if (code === 0) {
    const message = `"${check.command}" exited with 0`;
    return { broken: [], uses: [{ ...context.here, message }] };
  }
  const why = late ? `did not end within ${limit} s` : `exited with ${code}`;
  const lines = `${stdout}\n${stderr}`.split("\n").map((line) => line.trim())
    .filter((line) => line !== "");
  const places = lines.flatMap((line) => place(line, context)).slice(0, 10);
  if (places.length > 0 && !late) return { broken: places, uses: [] };
  const last = lines.slice(-3).join(" | ");
  const message = `"${check.command}" ${why}${last === "" ? "" : `: ${last}`}`;
  return { broken: [{ ...context.here, message }], uses: [] };
}

function place(line: string, context: RuleContext): readonly Evidence[] {
  const match = /^(?:\.\/)?([^\s:]+):(\d+)(?::\d+)?:?\s*(.*)$/.exec(line);
  const [, path = "", number = "", message = ""] = match ?? [];
  return context.sources.files.includes(path)
    ? [{ path, line: Number(number), message }]
    : [];
}
