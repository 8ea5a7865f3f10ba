/** What a test turns of the fake: `fake.json` in TART_HOME. */
import { join } from "@std/path";

/** The knobs. A number of times counts down with every use. */
export interface Knobs {
  /** What `--version` prints. */
  readonly version: string;
  /** Whether clone replaces an existing VM, as it does, or refuses. */
  readonly cloneExisting: "replace" | "error";
  /** Remote images that can be pulled. */
  readonly registry: readonly string[];
  /** Times that clone dies of a full disk. */
  readonly cloneDiskFull: number;
  /** Times that clone waits until the file `clone-gate` is gone. */
  readonly cloneHangs: number;
  /** Times that set waits. */
  readonly setHangs: number;
  /** Times that list fails as a whole. */
  readonly listFails: number;
  /** Times that run is told of the system's limit; -1: always. */
  readonly limitExceeded: number;
  /** Times that run fails to start the VM; -1: always. */
  readonly bootFail: number;
  /** Times that the VM crashes before the agent is up; -1: always. */
  readonly bootCrash: number;
  /** Whether the VM comes up but the agent never does. */
  readonly agentNever: boolean;
  /** From the start of run to the agent, in milliseconds. */
  readonly bootMs: number;
  /** How long exec waits for the agent before it fails, in milliseconds. */
  readonly agentTimeoutMs: number;
  /** Whether SIGINT does nothing. */
  readonly ignoreSigint: boolean;
  /** From SIGINT to the end, in milliseconds. */
  readonly stopMs: number;
  /** Times that delete says the VM runs. */
  readonly deleteRunning: number;
  /** Whether a lost stream ends exec with 0, as it can in theory. */
  readonly lostStreamIsZero: boolean;
  /** How many VMs may run at once. */
  readonly slots: number;
  /** What `ip` prints; null: no address. */
  readonly ip: string | null;
  /** By what ssh gets into guests, in place of the agent; null: there is an agent. */
  readonly ssh: {
    readonly port: number;
    /** The public key that lets its user in. */
    readonly key: string;
    /** The password that lets its user in. */
    readonly password: string;
  } | null;
  /** How guests are kept apart. */
  readonly sandbox: "auto" | "namespaces" | "shims";
}

/** The knobs as they are without a file. */
export const defaultKnobs: Knobs = {
  version: "2.32.1",
  cloneExisting: "replace",
  registry: [],
  cloneDiskFull: 0,
  cloneHangs: 0,
  setHangs: 0,
  listFails: 0,
  limitExceeded: 0,
  bootFail: 0,
  bootCrash: 0,
  agentNever: false,
  bootMs: 0,
  agentTimeoutMs: 10_000,
  ignoreSigint: false,
  stopMs: 0,
  deleteRunning: 0,
  lostStreamIsZero: false,
  slots: 2,
  ip: "127.0.0.1",
  ssh: null,
  sandbox: "auto",
};

/** The knobs that count down. */
export type CountedKnob =
  | "cloneDiskFull"
  | "cloneHangs"
  | "setHangs"
  | "listFails"
  | "limitExceeded"
  | "bootFail"
  | "bootCrash"
  | "deleteRunning";

/** Reads the knobs of a TART_HOME. */
export function readKnobs(home: string): Knobs {
  try {
    const given: Partial<Knobs> = JSON.parse(
      Deno.readTextFileSync(join(home, "fake.json")),
    );
    return { ...defaultKnobs, ...given };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return defaultKnobs;
    throw error;
  }
}

/** Whether a fault happens this time; counts it. */
export function happens(home: string, knob: CountedKnob): boolean {
  if (readKnobs(home)[knob] === 0) return false;
  using lock = Deno.openSync(join(home, "fake.lock"), {
    create: true,
    write: true,
  });
  lock.lockSync(true);
  const knobs = readKnobs(home);
  const left = knobs[knob];
  if (left === 0) return false;
  if (left > 0) {
    const path = join(home, "fake.json");
    Deno.writeTextFileSync(
      `${path}.new`,
      JSON.stringify({ ...knobs, [knob]: left - 1 }),
    );
    Deno.renameSync(`${path}.new`, path);
  }
  return true;
}
