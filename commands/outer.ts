/**
 * What a run has outside of itself: hosts, executors and secrets. What it will
 * surely need of them is opened while its plan is made.
 *
 * @module
 */
import { localHost } from "../hosts/local.ts";
import type { CatalogHost, CatalogJob } from "../model/catalog.ts";
import { type Cancellation, forcedEnd } from "../runner/cancellation.ts";
import { RunExecutors } from "../runner/executors.ts";
import type { RunHosts } from "../runner/hosts.ts";
import { RunSecrets } from "../secrets/run_secrets.ts";
import type { Io } from "./io.ts";

/** Jobs that will surely run, and the hosts that are known. */
export interface Ahead {
  readonly jobs: readonly CatalogJob[];
  readonly hosts: readonly CatalogHost[];
}

/** What a run has outside. */
export interface Outer extends AsyncDisposable {
  readonly hosts: RunHosts;
  readonly executors: RunExecutors;
  readonly secrets: RunSecrets;
}

/** Opens what the jobs need that will surely run; what fails is told by them. */
export function openOuter(
  { root, stateRoot, io, cancellation, hosts, ahead }: {
    readonly root: string;
    readonly stateRoot: string;
    readonly io: Io;
    readonly cancellation: Cancellation;
    readonly hosts: RunHosts;
    readonly ahead: Ahead;
  },
): Outer {
  hosts.add(ahead.hosts);
  const secrets = new RunSecrets({
    env: io.env,
    cwd: root,
    host: localHost({ stateRoot }),
    cancel: cancellation.asked,
  });
  const executors = new RunExecutors({
    env: io.env,
    secret: (secret) => secrets.text(secret),
  });
  const warming = ahead.jobs.map((job) =>
    warm(job, hosts, executors).catch(() => {})
  );
  return {
    hosts,
    executors,
    secrets,
    async [Symbol.asyncDispose]() {
      await Promise.race([Promise.all(warming), forcedEnd(cancellation)]);
      await executors.settle();
      await hosts.close(cancellation.forced);
    },
  };
}

/** Connects to a job's host, and looks up what its runtime has there. */
async function warm(
  job: CatalogJob,
  hosts: RunHosts,
  executors: RunExecutors,
): Promise<void> {
  const { placement, runtimeConfig } = job;
  const id = placement.kind === "ssh" ? placement.host : "local";
  const [host, executor] = await Promise.all([
    hosts.open(id),
    executors.open(runtimeConfig),
  ]);
  executor.warm?.(host, job);
}
