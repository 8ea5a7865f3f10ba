/**
 * What the last plan found out in its tree, for the next one.
 *
 * @module
 */
import { join } from "../model/path.ts";
import { PLAN_NOTES } from "../model/state_paths.ts";
import { VERSION } from "../model/version.ts";
import type { InputDigest, InputDigests } from "../planner/input_digest.ts";
import { writeJson } from "../store/files.ts";

/** What a plan found out. */
export interface PlanNotes {
  /** The snapshot's tree. */
  readonly tree: string;
  /** What the inputs of jobs came to in it. */
  readonly inputs: InputDigests;
  /** Stands for all that the keys were made of. */
  readonly madeOf: string;
  /** Cache keys, by the ids of jobs. */
  readonly keys: ReadonlyMap<string, string>;
}

/** The version of the dialect of globs, and of what is hashed, is that of pikaci. */
interface Noted {
  readonly version: string;
  readonly tree: string;
  readonly inputs: readonly (readonly [name: string, InputDigest])[];
  readonly made_of: string;
  readonly keys: readonly (readonly [job: string, key: string])[];
}

/** The notes of the last plan; null: there are none. */
export function readPlanNotes(stateRoot: string): PlanNotes | null {
  try {
    const noted: unknown = JSON.parse(
      Deno.readTextFileSync(join(stateRoot, PLAN_NOTES)),
    );
    if (!isNoted(noted) || noted.version !== VERSION) return null;
    const { tree, inputs, made_of: madeOf, keys } = noted;
    return { tree, inputs: new Map(inputs), madeOf, keys: new Map(keys) };
  } catch {
    // There are none, or they are damaged: all is found out again.
    return null;
  }
}

/** Replaces the notes; what cannot be noted costs the next plan a moment. */
export function writePlanNotes(stateRoot: string, notes: PlanNotes): void {
  const { tree, inputs, madeOf, keys } = notes;
  const noted: Noted = {
    ...{ version: VERSION, tree, inputs: [...inputs] },
    ...{ made_of: madeOf, keys: [...keys] },
  };
  try {
    writeJson(join(stateRoot, PLAN_NOTES), noted);
  } catch (error) {
    if (!(error instanceof Error && error.name === "StoreError")) throw error;
  }
}

/** By hand: the validator takes longer to load than all this to find out. */
function isNoted(value: unknown): value is Noted {
  return typeof value === "object" && value !== null && "version" in value &&
    "tree" in value && "made_of" in value &&
    "inputs" in value && areEntries(value.inputs, isDigest) &&
    "keys" in value &&
    areEntries(value.keys, (key) => typeof key === "string");
}

function areEntries(
  list: unknown,
  isValue: (value: unknown) => boolean,
): boolean {
  return Array.isArray(list) && list.every((entry: unknown) => {
    if (!Array.isArray(entry) || entry.length !== 2) return false;
    const [name, value]: readonly unknown[] = entry;
    return typeof name === "string" && isValue(value);
  });
}

function isDigest(value: unknown): boolean {
  return typeof value === "object" && value !== null && "files" in value &&
    typeof value.files === "number" && "digest" in value &&
    typeof value.digest === "string";
}
