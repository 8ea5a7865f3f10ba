/** The command line that gives a person a terminal on an ssh host. */
import { quote } from "../model/command.ts";

/** How the terminal is opened. */
export interface SshTerminalOptions {
  /** Whether there is a terminal at this end. */
  readonly terminal: boolean;
  /** An ssh configuration to use in place of the user's (`ssh -F`). */
  readonly config?: string;
}

/** Makes the command line that runs a program at an address, in this terminal. */
export function sshTerminal(
  address: string,
  argv: readonly [string, ...string[]],
  { terminal, config }: SshTerminalOptions,
): readonly [string, ...string[]] {
  return [
    "ssh",
    ...(config === undefined || config === "" ? [] : ["-F", config]),
    terminal ? "-t" : "-T",
    "--",
    address,
    // Any login shell understands a program and one quoted word.
    `exec /bin/sh -c ${quote(`exec ${argv.map(quote).join(" ")}`)}`,
  ];
}
