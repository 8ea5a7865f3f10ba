/** What carries commands into the guest of a VM on a Mac: its agent, or ssh. */
import type { HostProcess } from "../../hosts/host.ts";
import type { TartClient } from "./client.ts";

/** Carries commands into one guest. */
export interface GuestClient {
  /** What it is, for messages: "tart exec". */
  readonly name: string;
  /** Starts a command in the guest; its standard input is a file of the host, or nothing. */
  start(argv: readonly string[], stdinFile?: string): Promise<HostProcess>;
  /** How long one question to a guest that starts may take, in milliseconds. */
  readonly answerMs: number;
  /** What the image of a guest that never answered needs, given what the client said last. */
  needs(said: string): string;
}

/** Carries commands by the guest's agent. */
export function execClient(client: TartClient, vm: string): GuestClient {
  return {
    name: "tart exec",
    start: (argv, stdinFile) =>
      stdinFile === undefined
        ? client.start(["exec", vm, ...argv])
        : client.start(["exec", "-i", vm, ...argv], { stdinFile }),
    // Without a limit it hangs for half a minute.
    answerMs: 5_000,
    needs: () =>
      "Its image needs the Tart guest agent, which wants a user that is logged in",
  };
}
