/** The executor of the runtime; pikaci imports it when a planned job needs it. */
import { sh } from "@pikaci/pikaci";
import {
  type Attempt,
  type Executor,
  hostProcessExecutor,
} from "@pikaci/pikaci/executor";

/** The version of the interface that this is written against. */
export const executorInterface = 1;

/** Makes the executor of a run from the settings in the config. */
export function createExecutor(settings: unknown): Executor {
  const { memoryMib, niceness = 0 } = Object(settings);
  const kib = typeof memoryMib === "number" ? memoryMib * 1024 : "unlimited";
  // All but the limits is a host process: its log, timeouts, artifacts and end.
  const processes = hostProcessExecutor();
  return {
    execute: (attempt) =>
      processes.execute(
        around(attempt, (command) =>
          sh`ulimit -v ${kib}; exec nice -n ${niceness} sh -euc ${command}`),
      ),
  };
}

/** The attempt with something around its command. */
function around(
  attempt: Attempt,
  wrap: (command: string) => ReturnType<typeof sh>,
): Attempt {
  const { guestCommand, id } = attempt.job;
  if (guestCommand?.kind !== "shell_command") {
    throw new TypeError(`The job "${id}" has no plain command`);
  }
  const job = { ...attempt.job, guestCommand: wrap(guestCommand.command) };
  return { ...attempt, job };
}
