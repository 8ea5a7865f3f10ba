/** What can be turned on a fake of Orchard, at any time. */

/** A Mac of the fleet. */
export interface WorkerKnobs {
  readonly name: string;
  /** VMs at once. */
  readonly slots: number;
  readonly labels: Readonly<Record<string, string>>;
  /** Whether the controller hears of it. */
  readonly online: boolean;
}

/** The knobs. */
export interface Knobs {
  readonly version: string;
  /** Images that can be cloned or pulled. */
  readonly images: readonly string[];
  readonly workers: readonly WorkerKnobs[];
  /** Whether nothing is scheduled. */
  readonly pending: boolean;
  /** What a VM that is being pulled says of itself. */
  readonly pullMessage: string;
  /** From a VM's worker to its start, in milliseconds. */
  readonly pullMs: number;
  /** From a VM's start to its guest, in milliseconds. */
  readonly bootMs: number;
  /** Whether a guest never answers. */
  readonly guestNever: boolean;
  /** With what the next VMs fail before they run. */
  readonly failures: readonly string[];
  /** How many creations are told that the name is taken. */
  readonly conflicts: number;
  /** How many requests, of whatever kind, are told that the controller is away. */
  readonly unavailable: number;
  /** After how many frames of output each of the next connections is cut. */
  readonly cuts: readonly number[];
  /** How many of the next uploads are cut in the middle. */
  readonly uploadCuts: number;
  /** Whether output that came while nobody listened is lost. */
  readonly forgetful: boolean;
  /** Whether the controller knows exec sessions. */
  readonly sessions: boolean;
  /** Whether the controller gives commands a terminal. */
  readonly tty: boolean;
  /** Time that a frame of standard input takes, while nothing more is read, in milliseconds. */
  readonly stdinMs: number;
  /** How guests are kept apart. */
  readonly sandbox: "auto" | "namespaces" | "shims";
}

/** Name of the image that every fake has. */
export const IMAGE = "ghcr.io/pikaci/sequoia:latest";

/** The knobs as they are at first. */
export const defaultKnobs: Knobs = {
  version: "0.40.0",
  images: [IMAGE],
  workers: [{ name: "mini-1", slots: 2, labels: {}, online: true }],
  pending: false,
  pullMessage: "",
  pullMs: 0,
  bootMs: 0,
  guestNever: false,
  failures: [],
  conflicts: 0,
  unavailable: 0,
  cuts: [],
  uploadCuts: 0,
  forgetful: false,
  sessions: true,
  tty: true,
  stdinMs: 0,
  sandbox: "auto",
};
