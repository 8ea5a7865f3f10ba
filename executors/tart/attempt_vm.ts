/** The VM of one attempt, wherever it is: on a Mac of ours, or on a fleet. */
import type { GuestChannel } from "./guest_channel.ts";
import type { VmRecord, VmRecords } from "./records.ts";

/** A VM that is to be made for an attempt, and goes with it. */
export interface AttemptVm {
  /** Name that no other VM ever had. */
  readonly name: string;
  /** Where it is recorded before it is made. */
  readonly records: VmRecords;
  /** Where the VM is, for its record; null: on the host of the records. */
  readonly fleet: VmRecord["fleet"];
  /** Phase of `make`. */
  readonly making: string;
  /** Makes it; it does not run yet. */
  make(): Promise<void>;
  /** Starts it and waits for its guest. */
  boot(): Promise<RunningVm>;
  /** Deletes it, whatever its state; one that is gone is fine. */
  delete(): Promise<void>;
  /** What a person is told of a VM that is kept: where it is, and how to get in. */
  readonly kept: string;
}

/** A VM that runs. */
export interface RunningVm {
  /** Aborted, with a `HostError`, when the VM is gone before we asked. */
  readonly lost: AbortSignal;
  /** Looks whether it is still there, when a connection to it broke. */
  look(): Promise<void>;
  /** The way into its guest. */
  readonly guest: GuestChannel;
  /** Variables of the job that hold a path below the guest's home. */
  readonly paths: Readonly<Record<string, string>>;
  /** Lines before the job's command. */
  readonly setup: readonly string[];
  /** Brings the workspace onto the guest's own disk. */
  unpack(signal: AbortSignal): Promise<void>;
  /** Keeps the caches of an attempt that passed; absent: it has none. */
  saveCaches?(): Promise<void>;
  /** Stops it, unless deleting does that; after so many seconds by force. */
  stop(timeoutSecs: number): Promise<void>;
}
