/** Target filters, held against the files that changed. */
import type { CatalogTarget } from "../model/catalog.ts";
import type { Reason } from "../model/plan.ts";
import type { Changes } from "../model/snapshot.ts";
import type { PathIndex } from "./path_index.ts";

/** Whether a target's jobs are selected, and why. */
export interface FilterResult {
  /** Whether they are. */
  readonly selected: boolean;
  /** Why. */
  readonly reason: Reason;
}

/** Decides for a target; `changed` is null where filters are ignored. */
export function filterTarget(
  target: CatalogTarget,
  changes: Changes,
  changed: PathIndex | null,
): FilterResult {
  if (target.filters.length === 0 || changed === null) {
    const { reason } = changes.base;
    const why = target.filters.length === 0
      ? `target "${target.id}" has no filters`
      : changes.files === null
      ? `target "${target.id}": ${inSentence(reason)}`
      : `target "${target.id}": all was asked for, so its filters are ignored`;
    return {
      selected: true,
      reason: { kind: "target", message: why, path: null, pattern: null },
    };
  }
  const match = changed.first(target.filters);
  if (match !== null) {
    const { path, pattern } = match;
    return {
      selected: true,
      reason: {
        kind: "filter_match",
        message: `${path} matches "${pattern}" of target "${target.id}"`,
        path,
        pattern,
      },
    };
  }
  return {
    selected: false,
    reason: {
      kind: "filter_miss",
      message: `${whatChanged(changed.size)} of target "${target.id}"`,
      path: null,
      pattern: null,
      filters: target.filters,
    },
  };
}

function whatChanged(files: number): string {
  if (files === 0) return "no file changed, so none matches the filters";
  return files === 1
    ? "the one changed file matches no filter"
    : `none of the ${files} changed files matches a filter`;
}

/** A sentence as the end of another one. */
export function inSentence(sentence: string): string {
  return sentence.slice(0, 1).toLowerCase() + sentence.slice(1);
}
