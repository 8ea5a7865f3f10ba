/** Runs shell on a slot: git's environment names its folder and its index. */
import { runProcess } from "../hosts/process.ts";
import { privateEnv } from "./_git.ts";
import type { Modes } from "./_record.ts";
import { CHECK } from "./_checkout_script.ts";
import type { Slot, SlotState } from "./_slot.ts";

/** How a script ended, and what it said. */
export interface ScriptResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a script on the workspace with git's environment. */
export async function runScript(
  slot: Slot,
  script: string,
  args: readonly string[],
  stdin?: Uint8Array,
): Promise<ScriptResult> {
  const result = await runProcess({
    argv: ["sh", "-c", script, "sh", ...args],
    cwd: slot.dir,
    clearEnv: true,
    env: {
      ...privateEnv(),
      GIT_DIR: slot.store.dir,
      GIT_WORK_TREE: slot.workspace,
      GIT_INDEX_FILE: slot.index,
    },
    ...(stdin === undefined ? {} : { stdin }),
  });
  const text = new TextDecoder();
  return {
    code: result.code,
    stdout: text.decode(result.stdout),
    stderr: text.decode(result.stderr),
  };
}

/** Looks at a workspace; 0: it is as the state says, as far as git sees. */
export async function check(
  slot: Slot,
  { entries, modes }: SlotState,
): Promise<number> {
  const args = [`${entries}`, folderMode(modes)];
  return (await runScript(slot, CHECK, args)).code;
}

/** Permissions of a checkout's folders, as octal digits. */
export function folderMode({ umask }: Modes): string {
  return (0o777 & ~umask).toString(8);
}
