/** Placements: where a job runs. A placement is a value; its id names the host. */
import { type Keys, make } from "./_make.ts";
import type { Secret } from "./secret.ts";

/** This machine. */
export interface LocalPlacement {
  /** Tag of the union. */
  readonly kind: "local";
}

/** What is known of a machine reached by OpenSSH. */
export interface SshOptions {
  /** Name that plans and records show; overridden per machine by this id. */
  readonly id: string;
  /** `[user@]host` as ssh takes it; default: the id. */
  readonly address?: string;
  /** Slots that jobs of all runs may take on the host at once; default: its processors. */
  readonly capacity?: number;
  /** Folder for pikaci's state on the host; default: `~/.local/state/pikaci`. */
  readonly stateRoot?: string;
}

/** A machine reached by OpenSSH. */
export interface SshPlacement extends SshOptions {
  /** Tag of the union. */
  readonly kind: "ssh";
}

/** How a fleet of Macs is reached. */
export interface OrchardOptions {
  /** Base address of the controller, `https://...`. */
  readonly url: string;
  /** `NAME:TOKEN` of a service account; without a colon a bearer token, for a proxy before it. */
  readonly token: Secret;
  /** Labels a worker must carry; default: none. */
  readonly labels?: { readonly [label: string]: string };
  /** Resources the VM takes on its worker; default: one `org.cirruslabs.tart-vms`. */
  readonly resources?: { readonly [resource: string]: number };
}

/** A fleet of Macs behind an Orchard controller; for Tart jobs alone. */
export interface OrchardPlacement extends OrchardOptions {
  /** Tag of the union. */
  readonly kind: "orchard";
}

/** A placement on which every runtime can run. */
export type HostPlacement = LocalPlacement | SshPlacement;

/** Where a job runs. */
export type Placement = HostPlacement | OrchardPlacement;

const LOCAL: LocalPlacement = Object.freeze({ kind: "local" });

/** This machine: the default of every job. */
export function local(): LocalPlacement {
  return LOCAL;
}

const sshKeys: Keys<SshOptions> = {
  id: true,
  address: true,
  capacity: true,
  stateRoot: true,
};

/**
 * A machine reached by OpenSSH; `ssh("mac-mini")` is short for
 * `ssh({ id: "mac-mini" })`.
 *
 * The id is what plans and records show. `~/.config/pikaci/hosts.toml` may
 * override the rest per machine: `[hosts.mac-mini]` with `address`, `capacity`
 * and `state_root`.
 *
 * ```ts
 * import { job, sh, ssh } from "@pikaci/pikaci";
 *
 * const build1 = ssh({ id: "build-1", address: "ci@build-1.lan", capacity: 4 });
 * const unit = job({ id: "unit", placement: build1, guestCommand: sh`make test` });
 * ```
 */
export function ssh(host: string | SshOptions): SshPlacement {
  return make("ssh", sshKeys, typeof host === "string" ? { id: host } : host);
}

const orchardKeys: Keys<OrchardOptions> = {
  url: true,
  token: true,
  labels: true,
  resources: true,
};

/**
 * A fleet of Macs behind an Orchard controller; for Tart jobs alone.
 *
 * ```ts
 * import { job, orchard, secret, sh, tartJobBase } from "@pikaci/pikaci";
 *
 * const fleet = orchard({
 *   url: "https://orchard.lan:6120",
 *   token: secret.env("ORCHARD_TOKEN"),
 * });
 * const ios = job({
 *   ...tartJobBase({ image: "ghcr.io/cirruslabs/macos-sequoia-xcode:latest" }),
 *   placement: fleet,
 *   id: "ios",
 *   guestCommand: sh`./tools/ios-test`,
 * });
 * ```
 */
export function orchard(options: OrchardOptions): OrchardPlacement {
  return make("orchard", orchardKeys, options);
}
