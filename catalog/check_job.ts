/** What types cannot say of a job. */
import type { JobSpec } from "../model/job.ts";
import { field, item, type Place } from "./place.ts";
import type { WithVariables } from "./build_job.ts";
import type { Check } from "./check.ts";

/** Checks one job: what does not go together. */
export function checkJob(job: JobSpec, place: Place, check: Check): void {
  checkCommand(job, place, check);
  checkPlacement(job, place, check);
  checkVariables(job, place, check);
}

function checkCommand(job: JobSpec, place: Place, check: Check): void {
  const here = field(place, "guestCommand");
  const staged = job.runtimeConfig.kind === "incus" &&
    job.runtimeConfig.stagedLinuxCommand !== undefined;
  if (job.guestCommand === undefined) {
    if (!staged) check.report(here, undefined, "Is missing");
    return;
  }
  if (staged) {
    check.report(
      here,
      job.guestCommand,
      "The runtime brings a staged command: leave one of the two out",
    );
  }
  if (
    job.guestCommand.kind === "shell_command_as_root" &&
    job.runtimeConfig.kind === "host_process"
  ) {
    check.report(
      here,
      job.guestCommand,
      "A process of the host cannot run as root: use sh, or a guest",
    );
  }
}

function checkPlacement(job: JobSpec, place: Place, check: Check): void {
  const { placement, runtimeConfig } = job;
  if (placement.kind === "orchard" && runtimeConfig.kind !== "tart") {
    check.report(
      field(place, "placement"),
      placement,
      "Only Tart jobs run on an Orchard fleet: use tartRuntime, or another placement",
    );
  }
  if (job.workspace !== "source") return;
  const here = field(place, "workspace");
  if (runtimeConfig.kind !== "host_process") {
    check.report(
      here,
      job.workspace,
      'A guest cannot run in the working tree itself: expected "read-only" or "writable"',
    );
  } else if (placement.kind !== "local") {
    check.report(
      here,
      job.workspace,
      `The working tree is on this machine, the job on ${
        placement.kind === "ssh" ? JSON.stringify(placement.id) : placement.kind
      }: expected "read-only" or "writable", or placement: local()`,
    );
  }
}

/** Tells variables that get their value in two ways. */
export function checkVariables(
  job: WithVariables,
  place: Place,
  check: Check,
): void {
  const ways = new Map<string, string>();
  const take = (name: string, way: string, where: Place) => {
    const other = ways.get(name);
    if (other === undefined) ways.set(name, way);
    else {
      check.report(
        where,
        name,
        `The variable ${name} has a value by ${other} already: say it in one place`,
      );
    }
  };
  for (const name of Object.keys(job.env ?? {})) {
    take(name, "env", field(field(place, "env"), name));
  }
  for (const name of Object.keys(job.secretFiles ?? {})) {
    take(name, "secretFiles", field(field(place, "secretFiles"), name));
  }
  for (const [index, cache] of [...new Set(job.caches)].entries()) {
    const here = item(field(place, "caches"), index, cache);
    take(cache.env, `cache ${JSON.stringify(cache.id)}`, here);
  }
  for (const [index, name] of [...new Set(job.passEnv)].entries()) {
    take(name, "passEnv", item(field(place, "passEnv"), index, name));
  }
}
