/** One attempt in one instance, step by step. */
import type { CatalogIncusRuntime } from "../../model/catalog.ts";
import { HostError } from "../../hosts/host.ts";
import { keepFiles } from "../_keep.ts";
import { endedOutcome, stoppedOutcome } from "../_outcome.ts";
import type { Attempt, AttemptOutcome } from "../executor.ts";
import { ensureBase, SetupError, withTarget } from "./base.ts";
import { cacheVolumes, type GuestCaches, poolOf } from "./caches.ts";
import type { IncusClient } from "./client.ts";
import { instancePath } from "./deletion.ts";
import { guestHost } from "./guest_host.ts";
import { guestPaths, type GuestWorkspace } from "./guest_script.ts";
import type { Server } from "./image.ts";
import {
  instanceRequest,
  type InstanceSource,
  needsProfileDevices,
  type ProfileDevices,
} from "./instance.ts";
import { attemptLabels } from "./labels.ts";
import { memberIsGone, type MemberWatch, watchMember } from "./member_watch.ts";
import { mountDisks, payloadDisks } from "./mounts.ts";
import { waitForAgent } from "./readiness.ts";
import { type GuestEnd, lostEnd, runInGuest } from "./run.ts";
import {
  addWorkspace,
  isHere,
  locationOf,
  WORKSPACE_DEVICE,
  workspaceDisk,
} from "./workspace.ts";

/** What an attempt shares with others of its run. */
export interface OneAttemptOptions {
  readonly attempt: Attempt;
  readonly runtime: CatalogIncusRuntime;
  readonly client: IncusClient;
  /** Name of the instance. */
  readonly name: string;
  readonly server: Server;
  readonly source: InstanceSource;
  /** Label of this process. */
  readonly owner: string;
  readonly profileDevices: () => Promise<ProfileDevices>;
}

/** How an attempt ended, and whether its instance can still be reached. */
export interface OneAttemptEnd {
  readonly outcome: AttemptOutcome;
  /** Whether the machine of the instance went away. */
  readonly lost: boolean;
}

/** Makes the instance, runs the command in it and brings its files; the caller deletes it. */
export async function oneAttempt(
  options: OneAttemptOptions,
): Promise<OneAttemptEnd> {
  const { attempt, client, name, runtime } = options;
  const { cancel } = attempt;
  const stopped = (): OneAttemptEnd => ({
    outcome: stoppedOutcome({ kind: "cancelled" }, cancel),
    lost: false,
  });
  const here = isHere(options.server, runtime.target);
  const caches = await attempt.phase(
    "create",
    () => create(options, here),
  );
  if (cancel.aborted) return stopped();
  let workspace: GuestWorkspace = attempt.workspace.mode === "writable"
    ? "layered"
    : "mounted";
  let member: string | null = null;
  if (runtime.instance === "vm") {
    await attempt.phase("start", () => waitForAgent(client, name, { cancel }));
  }
  if (!here) {
    const location = await locationOf(client, name);
    attempt.fact("incus_location", location);
    const isOurs = location === options.server.member;
    member = isOurs ? null : location;
    workspace = await attempt.phase("send", () =>
      addWorkspace(client, name, {
        source: attempt.workspace.path,
        writable: attempt.workspace.mode === "writable",
        here: isOurs,
      }));
  }
  if (cancel.aborted) return stopped();
  await using watch = watchMember(client, member);
  const run = (): Promise<GuestEnd> =>
    runInGuest(attempt, {
      ...{ client, workspace, lost: watch.lost },
      instance: name,
      caches: caches.env,
    });
  const { outcome, collect, lost } = await attempt.phase(
    "run",
    () => orMemberLost(client, { member, attempt, watch }, run),
  );
  if (!lost) await bring(options, outcome, collect);
  return { outcome, lost };
}

/** Runs a command and, where it ended strangely on another member, looks whether that is gone. */
async function orMemberLost(
  client: IncusClient,
  { member, attempt: { cancel, limits }, watch }: {
    readonly member: string | null;
    readonly attempt: Attempt;
    readonly watch: MemberWatch;
  },
  run: () => Promise<GuestEnd>,
): Promise<GuestEnd & { readonly lost: boolean }> {
  if (member === null) return { ...await run(), lost: false };
  const isGone = () => memberIsGone(client, member, { cancel });
  const gone = () => ({ ...lostEnd(member, limits), lost: true });
  try {
    const end = await run();
    const strange = end.outcome.status === "infrastructure_failed";
    const lost = watch.lost.aborted || strange && await isGone();
    return lost ? gone() : { ...end, lost };
  } catch (error) {
    if (error instanceof HostError && await isGone()) return gone();
    throw error;
  }
}

async function create(
  options: OneAttemptOptions,
  here: boolean,
): Promise<GuestCaches> {
  const { attempt, client, runtime, name, source, owner } = options;
  const { host, workspace, payloads } = attempt;
  const hasCaches = Object.keys(attempt.caches).length > 0;
  const devices = hasCaches || needsProfileDevices(runtime)
    ? await options.profileDevices()
    : {};
  const caches = await cachesOf(options, here, devices);
  await client.change("create instance", {
    method: "POST",
    path: withTarget("/1.0/instances", runtime.target),
    body: instanceRequest({
      name,
      runtime,
      source,
      labels: attemptLabels(attempt, owner),
      disks: {
        ...(here
          ? {
            [WORKSPACE_DEVICE]: workspaceDisk(
              workspace.path,
              workspace.mode === "writable",
            ),
          }
          : {}),
        ...mountDisks(runtime, workspace.path),
        ...await payloadDisks(host, payloads),
        ...caches.disks,
      },
      profileDevices: devices,
      start: true,
    }),
  });
  return caches;
}

async function cachesOf(
  { attempt, client, runtime }: OneAttemptOptions,
  here: boolean,
  devices: ProfileDevices,
): Promise<GuestCaches> {
  if (Object.keys(attempt.caches).length === 0) return { disks: {}, env: {} };
  if (!here) {
    attempt.notice(
      "The caches stay on the cluster member that pikaci speaks to: name that member as the job's target to use them",
    );
    return { disks: {}, env: {} };
  }
  const root = Object.values(devices).find(({ path }) => path === "/");
  const pool = poolOf(client, runtime.storage ?? root?.pool);
  return await cacheVolumes(client, attempt.caches, pool);
}

/** Brings what the job leaves, whatever its outcome. */
async function bring(
  { attempt, client, name }: OneAttemptOptions,
  outcome: AttemptOutcome,
  collect: GuestEnd["collect"],
): Promise<void> {
  const { artifacts, reports } = attempt.job;
  const declared = artifacts.length > 0 || reports.junit.length > 0;
  if (collect === "no" || (collect === "if declared" && !declared)) return;
  await keepFiles(attempt, outcome, {
    host: guestHost(client, name),
    workspace: guestPaths.workspace,
    artifactsFolder: guestPaths.artifacts,
  });
}

/** What the jobs with one runtime share of a base. */
export interface SharedBase {
  readonly fingerprint: string;
  readonly profileDevices: () => Promise<ProfileDevices>;
  /** The base that was found or made for the run; null: none yet. */
  base: Promise<string> | null;
  /** What a look at the base, beside what else an attempt needs first, found; null: nobody looked. */
  ahead: Promise<unknown> | null;
}

/** Forgets a base that is gone, so that the next attempt makes it anew: somebody removed it under the run. */
export async function forgetLostBase(
  client: IncusClient,
  shared: SharedBase,
  source: InstanceSource,
): Promise<void> {
  if (source.kind !== "base") return;
  // Who cannot be asked may still have it.
  const found = await client.get("look at base", instancePath(source.instance))
    .catch(() => undefined);
  if (found === null) shared.base = shared.ahead = null;
}

/** What the job starts from: the image, or the base that its setup makes. */
export async function sourceOf(
  options:
    & Pick<OneAttemptOptions, "attempt" | "client" | "runtime" | "owner">
    & {
      readonly shared: SharedBase;
      readonly machine: string;
      readonly isAlive: Parameters<typeof ensureBase>[1]["isAlive"];
    },
): Promise<InstanceSource | AttemptOutcome> {
  const { attempt, client, runtime, shared } = options;
  const { fingerprint } = shared;
  if (runtime.setup === undefined) return { kind: "image", fingerprint };
  const { setup } = runtime;
  const find = async (): Promise<string> => {
    const using = {
      ...options,
      fingerprint,
      runtime: { ...runtime, setup },
      profileDevices: needsProfileDevices(runtime)
        ? await shared.profileDevices()
        : {},
      log: attempt.log,
      cancel: attempt.cancel,
    };
    return await ensureBase(client, using, await shared.ahead);
  };
  const found = shared.base ??= find();
  try {
    const instance = await found;
    attempt.fact("incus_base", instance);
    return { kind: "base", instance };
  } catch (error) {
    // The next attempt tries anew.
    if (shared.base === found) shared.base = null;
    if (!(error instanceof SetupError)) throw error;
    const ended = endedOutcome({ code: error.code, signal: null });
    return "message" in ended ? { ...ended, message: error.message } : ended;
  }
}
