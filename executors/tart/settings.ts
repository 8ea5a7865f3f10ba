/** What a Tart job asks for, with what this machine's user overrides. */
import type { TartRuntimeConfig } from "../../model/runtime.ts";

/** A variable of pikaci's own environment. */
export type EnvReader = (name: string) => string | undefined;

/** How ssh gets into a guest. */
export interface SshSettings {
  /** Login name. */
  readonly user: string;
  readonly port: number;
  /** Path of a private key on the VM's host; undefined: the password counts. */
  readonly key: string | undefined;
  readonly password: string;
}

/** What a VM is made by. */
export interface TartSettings extends TartRuntimeConfig {
  /** Where the image's name came from, for messages. */
  readonly imageFrom: string;
  /** `DEVELOPER_DIR` in the guest; undefined: found there. */
  readonly developerDir: string | undefined;
  /** How ssh gets into the guest, for the channel "ssh". */
  readonly ssh: SshSettings;
  /** Limit from `tart run` to the guest's answer, in seconds. */
  readonly bootTimeoutSecs: number;
  /** Pauses before a VM that the system's limit refused is started again, in seconds. */
  readonly capacityBackoffSecs: readonly number[];
}

/** What a VM of a fleet is made by. */
export interface FleetSettings
  extends Pick<TartRuntimeConfig, "image" | "cpus" | "memoryMib" | "diskGib"> {
  /** Limit from the VM's start to its guest's answer, in seconds. */
  readonly bootTimeoutSecs: number;
  /** Limit from asking for the VM to its start, in seconds. */
  readonly pendingTimeoutSecs: number;
}

/** User of the usual images, who is also its own password. */
export const DEFAULT_USER = "admin";
const defaultBootTimeoutSecs = 180;
const defaultPendingTimeoutSecs = 3600;
const defaultBackoffSecs = [5, 15, 30];

/**
 * Applies the environment to a runtime. The names are the original pikaci's;
 * PIKACI_TART_BOOT_TIMEOUT_SECS, PIKACI_TART_CAPACITY_BACKOFF_SECS (a list with
 * commas) and PIKACI_TART_SSH_PASSWORD, _KEY and _PORT are ours.
 */
export function tartSettings(
  runtime: TartRuntimeConfig,
  env: EnvReader,
): TartSettings {
  const given = (name: string): string | undefined => {
    const value = env(`PIKACI_TART_${name}`)?.trim();
    return value === "" ? undefined : value;
  };
  const image = given("BASE_VM");
  const xcodeApp = given("XCODE_APP") ?? runtime.xcodeApp;
  const useHostXcode = given("USE_HOST_XCODE");
  return {
    ...runtime,
    image: image ?? runtime.image,
    imageFrom: image === undefined ? "the job's image" : "PIKACI_TART_BASE_VM",
    ...(xcodeApp === undefined ? {} : { xcodeApp }),
    useHostXcode: useHostXcode === undefined
      ? runtime.useHostXcode ?? false
      : isTrue(useHostXcode),
    developerDir: given("DEVELOPER_DIR"),
    ssh: {
      user: runtime.user ?? DEFAULT_USER,
      port: Number(given("SSH_PORT") ?? 22),
      key: given("SSH_KEY"),
      password: env("PIKACI_TART_SSH_PASSWORD") || DEFAULT_USER,
    },
    bootTimeoutSecs: seconds(given("BOOT_TIMEOUT_SECS")) ??
      defaultBootTimeoutSecs,
    capacityBackoffSecs:
      given("CAPACITY_BACKOFF_SECS")?.split(",").flatMap((text) =>
        seconds(text.trim()) ?? []
      ) ?? defaultBackoffSecs,
  };
}

/**
 * What a job on a fleet asks for. What the environment says of images and Xcode
 * is of this machine's Mac; only limits count here, and
 * PIKACI_ORCHARD_PENDING_TIMEOUT_SECS.
 */
export function fleetSettings(
  runtime: TartRuntimeConfig,
  env: EnvReader,
): FleetSettings {
  return {
    ...runtime,
    bootTimeoutSecs: tartSettings(runtime, env).bootTimeoutSecs,
    pendingTimeoutSecs: seconds(env("PIKACI_ORCHARD_PENDING_TIMEOUT_SECS")) ??
      defaultPendingTimeoutSecs,
  };
}

function isTrue(text: string): boolean {
  return !["0", "false", "no", "off"].includes(text.toLowerCase());
}

function seconds(text: string | undefined): number | undefined {
  const number = Number(text);
  return text === undefined || text === "" || !(number >= 0)
    ? undefined
    : number;
}
