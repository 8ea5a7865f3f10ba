/** What types cannot say of a config: ids, references, combinations. */
import type { Config } from "../model/config.ts";
import type { TargetSpec } from "../model/target.ts";
import { jobsIn, producersOf } from "./build_job.ts";
import { checkJob, checkVariables } from "./check_job.ts";
import { checkMatrix } from "./check_matrix.ts";
import type { Collected } from "./collect.ts";
import { cycles } from "./cycles.ts";
import { field, item, pathOf, type Place, ROOT } from "./place.ts";
import type { Check } from "./check.ts";

/** Checks a config whose values are of their types. */
export function checkConfig(
  config: Config,
  collected: Collected,
  check: Check,
): void {
  checkIds(config, collected, check);
  for (const [target, place] of collected.targets) {
    checkTarget(target, place, check);
  }
  for (const [matrix, place] of collected.matrices) {
    checkMatrix(matrix, place, check);
  }
  for (const [job, place] of collected.jobs) checkJob(job, place, check);
  for (const [output, place] of collected.outputs) {
    if (output.kind === "shell_output") checkVariables(output, place, check);
  }
  checkHosts(collected, check);
  checkArtifacts(collected, check);
  checkCycles(collected, check);
}

function checkTarget(target: TargetSpec, place: Place, check: Check): void {
  if (target.jobs.length === 0) {
    check.report(
      field(place, "jobs"),
      target.jobs,
      "This target has no jobs, expected at least one",
    );
  }
}

function checkIds(config: Config, collected: Collected, check: Check): void {
  checkUnique("target", collected.targets, check);
  checkUnique("job", collected.jobs, check);
  checkUnique("matrix", collected.matrices, check);
  checkUnique("prepared output", collected.outputs, check);
  checkUnique("artifact", collected.artifacts, check);
  checkUnique("cache", collected.caches, check);
  checkUnique(
    "lane",
    new Map(
      (config.lanes ?? []).map((lane, index) => [
        lane,
        item(field(ROOT, "lanes"), index, lane),
      ]),
    ),
    check,
  );
  const jobs = new Map(
    [...collected.jobs].map(([job, place]) => [job.id, place]),
  );
  for (const [matrix, place] of collected.matrices) {
    const job = jobs.get(matrix.id);
    if (job === undefined) continue;
    check.report(
      field(place, "id"),
      matrix.id,
      `A job has this id, too: ${pathOf(job)}. ` +
        "Jobs and matrices are asked for by the same names",
    );
  }
}

/** Tells nouns that have the id of another object. */
function checkUnique(
  what: string,
  nouns: ReadonlyMap<{ readonly id: string }, Place>,
  check: Check,
): void {
  const first = new Map<string, Place>();
  for (const [noun, place] of nouns) {
    const other = first.get(noun.id);
    if (other === undefined) {
      first.set(noun.id, place);
      continue;
    }
    check.report(
      field(place, "id"),
      noun.id,
      `Another ${what} has this id: ${pathOf(other)}. ` +
        `Give each its own, or use one object in both places`,
    );
  }
}

/** Tells hosts of one id whose other fields differ. */
function checkHosts(collected: Collected, check: Check): void {
  const first = new Map<string, { fields: string; place: Place }>();
  for (const [host, place] of collected.hosts) {
    const fields = JSON.stringify([
      host.address,
      host.capacity,
      host.stateRoot,
    ]);
    const other = first.get(host.id);
    if (other === undefined) first.set(host.id, { fields, place });
    else if (other.fields !== fields) {
      check.report(
        field(place, "id"),
        host.id,
        `Another host has this id and other fields: ${pathOf(other.place)}. ` +
          "Make it once with ssh() and use it in both places",
      );
    }
  }
}

/** Tells artifacts that are needed and come from no job, or from several. */
function checkArtifacts(collected: Collected, check: Check): void {
  const producers = producersOf(collected.jobs.keys());
  const told = new Set<unknown>();
  for (const [job, place] of collected.jobs) {
    for (const [index, need] of (job.needs ?? []).entries()) {
      if (need.kind !== "artifact" || told.has(need)) continue;
      const from = producers.get(need) ?? [];
      if (from.length === 1) continue;
      told.add(need);
      check.report(
        item(field(place, "needs"), index, need),
        need,
        from.length === 0
          ? "No job of this config leaves this artifact: put it into `artifacts` of one"
          : `Several jobs leave this artifact: ${
            from.map((job) => job.id).join(", ")
          }. Give each its own`,
      );
    }
  }
}

function checkCycles(collected: Collected, check: Check): void {
  const producers = producersOf(collected.jobs.keys());
  tellCycles(
    collected.jobs,
    (job) =>
      (job.needs ?? []).flatMap((need) => {
        switch (need.kind) {
          case "job":
          case "matrix":
            return jobsIn([need]);
          case "artifact":
            return producers.get(need) ?? [];
          case "nix_output":
          case "shell_output":
            return [];
        }
      }),
    check,
  );
  tellCycles(collected.outputs, (output) => output.needs ?? [], check);
}

function tellCycles<N extends { readonly id: string }>(
  nodes: ReadonlyMap<N, Place>,
  next: (node: N) => readonly N[],
  check: Check,
): void {
  for (const cycle of cycles(nodes.keys(), next)) {
    const start = cycle[0];
    const place = start && nodes.get(start);
    if (start === undefined || place === undefined) continue;
    check.report(
      field(place, "needs"),
      undefined,
      `These wait for each other: ${
        [...cycle, start].map(({ id }) => JSON.stringify(id)).join(" -> ")
      }`,
    );
  }
}
