/** References of a catalog that lead nowhere. */
import type { Catalog, CatalogNeed } from "../model/catalog.ts";
import { field, item, pathOf, type Place, ROOT } from "./place.ts";
import type { Problem } from "./check.ts";

/** Tells every id in a catalog that names nothing in it. */
export function danglingIds(catalog: Catalog): readonly Problem[] {
  const ids = (nouns: readonly { readonly id: string }[]) =>
    new Set(nouns.map((noun) => noun.id));
  const jobs = ids(catalog.jobs);
  const targets = ids(catalog.targets);
  const outputs = ids(catalog.preparedOutputs);
  const caches = ids(catalog.caches);
  const hosts = ids(catalog.hosts);
  const problems: Problem[] = [];
  const expect = (
    known: ReadonlySet<string>,
    id: string,
    what: string,
    place: Place,
  ) => {
    if (known.has(id)) return;
    problems.push({
      path: pathOf(place),
      value: JSON.stringify(id),
      message: `There is no ${what} with this id`,
    });
  };
  const expectNeed = (need: CatalogNeed, place: Place) => {
    switch (need.kind) {
      case "job":
        return expect(jobs, need.id, "job", field(place, "id"));
      case "artifact":
        return expect(jobs, need.job, "job", field(place, "job"));
      case "prepared_output":
        return expect(outputs, need.id, "prepared output", field(place, "id"));
    }
  };
  for (const [index, job] of catalog.jobs.entries()) {
    const place = item(field(ROOT, "jobs"), index, job);
    for (const [at, need] of job.needs.entries()) {
      expectNeed(need, item(field(place, "needs"), at, null));
    }
    for (const [at, id] of job.caches.entries()) {
      expect(caches, id, "cache", item(field(place, "caches"), at, null));
    }
    if (job.placement.kind === "ssh") {
      const where = field(field(place, "placement"), "host");
      expect(hosts, job.placement.host, "host", where);
    }
    if (job.runtimeConfig.kind === "incus") {
      const staged = field(place, "runtimeConfig");
      const payloads = job.runtimeConfig.stagedLinuxCommand?.payloads ?? [];
      for (const id of payloads) expect(outputs, id, "prepared output", staged);
    }
  }
  for (const [index, target] of catalog.targets.entries()) {
    const place = field(item(field(ROOT, "targets"), index, target), "jobs");
    for (const [at, id] of target.jobs.entries()) {
      expect(jobs, id, "job", item(place, at, null));
    }
  }
  for (const [index, lane] of catalog.lanes.entries()) {
    const place = item(field(ROOT, "lanes"), index, lane);
    expect(targets, lane.target, "target", field(place, "target"));
  }
  for (const [index, output] of catalog.preparedOutputs.entries()) {
    const place = item(field(ROOT, "preparedOutputs"), index, output);
    for (const [at, id] of output.needs.entries()) {
      const where = item(field(place, "needs"), at, null);
      expect(outputs, id, "prepared output", where);
    }
  }
  if (catalog.defaultTarget !== null) {
    const place = field(ROOT, "defaultTarget");
    expect(targets, catalog.defaultTarget, "target", place);
  }
  return problems;
}
