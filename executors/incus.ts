/**
 * Jobs in Incus instances: containers and virtual machines, one for each attempt.
 *
 * ```text
 * prepare   image, base; once for all jobs that share them
 * create    one request: copy, devices, limits, labels, start
 * start     a virtual machine's agent
 * send      the workspace, to another cluster member
 * run       the guest script by `incus exec`, its verdict from a file
 * collect   artifacts and reports by tar
 * delete    in the background, awaited at the end of the run
 * ```
 *
 * @module
 */
import { type Host, HostError } from "../hosts/host.ts";
import { machineName } from "../hosts/machine.ts";
import { processStartTime } from "../hosts/process_table.ts";
import type { CatalogIncusRuntime } from "../model/catalog.ts";
import { stoppedOutcome } from "./_outcome.ts";
import type { Attempt, AttemptOutcome, Executor } from "./executor.ts";
import { Lane } from "./incus/_lane.ts";
import { lookAtBase } from "./incus/base.ts";
import { clusterSlots } from "./incus/capacity.ts";
import { type IncusClient, incusClient } from "./incus/client.ts";
import { untilAnswers } from "./incus/readiness.ts";
import { deleteInstance } from "./incus/deletion.ts";
import {
  imageAndServer,
  profileDevices,
  type Server,
  unsupported,
} from "./incus/image.ts";
import {
  instanceName,
  ownerLabel,
  type ProfileDevices,
} from "./incus/instance.ts";
import { keep } from "./incus/keep.ts";
import { ownerLives, recordUse } from "./incus/leftovers.ts";
import { membersSettle } from "./incus/member_watch.ts";
import { forgetLostBase, oneAttempt, sourceOf } from "./incus/one_attempt.ts";
import { sweep } from "./incus/sweep.ts";

/** Makes the executor of the Incus jobs of one run. */
export function incusExecutor(): Executor {
  const run = new IncusRun();
  return {
    execute: (attempt) => run.execute(attempt),
    warm: (host, { runtimeConfig }) => {
      if (runtimeConfig.kind === "incus") run.warm(host, runtimeConfig);
    },
    slots: (host, jobs) =>
      run.slots(
        host,
        jobs.flatMap(({ runtimeConfig }) =>
          runtimeConfig.kind === "incus" ? [runtimeConfig] : []
        ),
      ),
    settle: () => run.settle(),
  };
}

/** What jobs of one run share. */
class IncusRun {
  /** By host and runtime: looked up once. */
  readonly #shared = new Map<string, Promise<Shared>>();
  readonly #background = new Lane();
  readonly #swept = new Set<string>();
  readonly #notes = new Map<string, { forget: Promise<() => Promise<void>> }>();
  /** Deletions that did not succeed. */
  #failures = 0;
  #self: Promise<Self> | null = null;

  async execute(attempt: Attempt): Promise<AttemptOutcome> {
    const { cancel, host, job: { runtimeConfig: runtime } } = attempt;
    if (runtime.kind !== "incus") {
      throw new TypeError(`The job "${attempt.job.id}" is none of Incus`);
    }
    if (cancel.aborted) return stoppedOutcome({ kind: "cancelled" }, cancel);
    const client = clientOf(host, runtime);
    const self = await (this.#self ??= whoAmI());
    const name = await instanceName({
      runId: attempt.runId,
      jobId: attempt.job.id,
      attempt: attempt.attempt,
    });
    const { shared, source } = await attempt.phase("prepare", async () => {
      if (attempt.attempt > 1) await untilAnswers(client, cancel);
      const shared = await this.#share(client, runtime);
      if (attempt.attempt > 1 && shared.server.member !== null) {
        await membersSettle(client, { cancel });
      }
      attempt.fact("incus_image_fingerprint", shared.fingerprint);
      const common = { attempt, client, runtime, ...self };
      return {
        shared,
        source: await sourceOf({ ...common, shared, isAlive: ownerLives }),
      };
    });
    if ("status" in source) return source;
    attempt.fact("incus_instance", name);
    let lost = false;
    let kept = false;
    try {
      const common = { attempt, client, runtime, ...shared, ...self };
      const end = await oneAttempt({ ...common, name, source });
      ({ lost } = end);
      kept = await keep(attempt, client, name, end.outcome);
      return end.outcome;
    } catch (error) {
      await forgetLostBase(client, shared, source);
      throw error;
    } finally {
      if (!kept) this.#delete(attempt, client, name, lost);
      this.#sweep(attempt, client, self);
    }
  }

  /** Looks up the image and the daemon, beside what else an attempt needs first. */
  warm(host: Host, runtime: CatalogIncusRuntime): void {
    this.#share(clientOf(host, runtime), runtime).catch(() => {});
  }

  /** The slots of the cluster that the daemon is a member of; null: it is none. */
  async slots(
    host: Host,
    runtimes: readonly CatalogIncusRuntime[],
  ): Promise<number | null> {
    const [runtime] = runtimes;
    if (runtime === undefined) return null;
    const client = clientOf(host, runtime);
    const { server } = await this.#share(client, runtime);
    return server.member === null ? null : await clusterSlots(client, runtimes);
  }

  /** Waits for all deletions. */
  async settle(): Promise<void> {
    await this.#background.settle();
    // What could not be deleted stays noted, and is removed by a next start.
    if (this.#failures > 0) return;
    for (const { forget } of this.#notes.values()) {
      try {
        await (await forget)();
      } catch (error) {
        // A note that stays costs the next start one look.
        if (!(error instanceof HostError)) throw error;
      }
    }
    this.#notes.clear();
  }

  /** Removes what former runs left with the daemon; beside the jobs, once. */
  #sweep(attempt: Attempt, client: IncusClient, { machine }: Self): void {
    const { host, project, sudo } = client.access;
    const key = JSON.stringify([host.id, project, sudo]);
    if (this.#swept.has(key)) return;
    this.#swept.add(key);
    this.#inBackground(attempt, async () => {
      const { failed } = await sweep(client, {
        machine,
        isAlive: ownerLives,
        now: Date.now(),
      });
      for (const message of failed) attempt.notice(message);
    });
  }

  #share(client: IncusClient, runtime: CatalogIncusRuntime): Promise<Shared> {
    const key = JSON.stringify([client.access.host.id, runtime]);
    const known = this.#shared.get(key);
    if (known !== undefined) return known;
    const made = Promise.all([share(client, runtime), this.#note(client)])
      .then(([shared]) => shared);
    this.#shared.set(key, made);
    // What failed is tried anew by the next attempt.
    made.catch(() => this.#shared.delete(key));
    return made;
  }

  /** Notes on the host, once for each project, that instances may be left there. */
  async #note(client: IncusClient): Promise<void> {
    const { host, project, sudo } = client.access;
    const key = JSON.stringify([host.id, project, sudo]);
    let note = this.#notes.get(key);
    if (note === undefined) {
      const self = this.#self ??= whoAmI();
      note = { forget: self.then(({ owner }) => recordUse(client, owner)) };
      this.#notes.set(key, note);
    }
    try {
      await note.forget;
    } catch (error) {
      if (this.#notes.get(key) === note) this.#notes.delete(key);
      throw error;
    }
  }

  #delete(
    attempt: Attempt,
    client: IncusClient,
    name: string,
    lost: boolean,
  ): void {
    this.#inBackground(
      attempt,
      () =>
        attempt.phase("delete", () =>
          // With its machine gone it cannot be deleted now.
          deleteInstance(client, name, lost ? { limitMs: 0 } : {})),
    );
  }

  #inBackground(attempt: Attempt, work: () => Promise<void>): void {
    this.#background.add(() =>
      work().catch((error) => {
        this.#failures++;
        attempt.notice(error instanceof Error ? error.message : String(error));
      })
    );
  }
}

function clientOf(host: Host, runtime: CatalogIncusRuntime): IncusClient {
  return incusClient({
    host,
    project: runtime.project ?? null,
    sudo: runtime.sudo ?? false,
  });
}

/** This process, as labels name it. */
interface Self {
  readonly machine: string;
  readonly owner: string;
}

async function whoAmI(): Promise<Self> {
  const [machine, pidStarted] = await Promise.all([
    machineName(),
    processStartTime(Deno.pid),
  ]);
  return { machine, owner: ownerLabel({ machine, pid: Deno.pid, pidStarted }) };
}

/** What all jobs with the same runtime on a host share. */
interface Shared {
  readonly fingerprint: string;
  readonly server: Server;
  readonly profileDevices: () => Promise<ProfileDevices>;
  /** The base that was found or made for the run; null: none yet. */
  base: Promise<string> | null;
  /** What a look at the base found; null: the jobs have none. */
  ahead: Promise<unknown> | null;
}

async function share(
  client: IncusClient,
  runtime: CatalogIncusRuntime,
): Promise<Shared> {
  const { fingerprint, server } = await imageAndServer(client, runtime.image);
  const why = unsupported(client, server, runtime);
  if (why !== null) {
    throw new HostError(client.access.host.id, "look at daemon", why);
  }
  let devices: Promise<ProfileDevices> | null = null;
  return {
    fingerprint,
    server,
    base: null,
    ahead: runtime.setup === undefined
      ? null
      : lookAtBase(client, runtime, fingerprint),
    profileDevices: () => devices ??= profileDevices(client, runtime),
  };
}
