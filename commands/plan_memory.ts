/**
 * What a plan need not find out, as the last one did in the same tree: which
 * files the inputs of jobs match, what these hold, and the keys of it all.
 *
 * @module
 */
import { runtimeRow } from "../executors/table.ts";
import { type Compile, loadCompile } from "../globs/pattern.ts";
import type { Catalog } from "../model/catalog.ts";
import type { Plan } from "../model/plan.ts";
import type { SnapshotFile } from "../model/snapshot.ts";
import {
  globsOf,
  inputsOf,
  passedEnvOf,
  type PlanFacts,
  type PlanRequest,
  type PlanResult,
  remembersPasses,
} from "../planner/plan.ts";
import { listFiles } from "../snapshot/files.ts";
import { type PlanNotes, readPlanNotes, writePlanNotes } from "./plan_notes.ts";

/** Of which plan, and in which tree. */
export interface PlanMemoryOptions
  extends Pick<PlanFacts, "hostOs" | "hostArch" | "envValue"> {
  readonly catalog: Catalog;
  readonly request: PlanRequest;
  readonly stateRoot: string;
  readonly tree: string;
  /** Makes expressions of all globs of the plan but those of inputs. */
  readonly compile: Compile;
}

/** What a plan need not find out. */
export class PlanMemory {
  readonly #options: PlanMemoryOptions;
  readonly #globs: readonly string[];
  readonly #known: PlanNotes;
  #compile: Compile;
  #files: readonly SnapshotFile[] | null = null;
  #hash: PlanFacts["hash"] | null = null;
  /** What a plan has asked for in vain. */
  readonly #missed = { files: false, hash: false };

  private constructor(options: PlanMemoryOptions, known: PlanNotes) {
    this.#options = options;
    this.#globs = [...inputsOf(options.catalog)].flat();
    this.#known = known;
    this.#compile = options.compile;
  }

  /** Reads what is known, and makes ready to find out what is not. */
  static async open(options: PlanMemoryOptions): Promise<PlanMemory> {
    const { catalog, stateRoot, tree } = options;
    const blank = { tree, inputs: new Map(), madeOf: "", keys: new Map() };
    if (!remembersPasses(catalog)) return new PlanMemory(options, blank);
    const notes = readPlanNotes(stateRoot);
    const madeOf = await fingerprint(options);
    const memory = new PlanMemory(options, {
      ...blank,
      ...notes?.tree === tree ? { inputs: notes.inputs } : {},
      madeOf,
      ...notes?.madeOf === madeOf ? { keys: notes.keys } : {},
    });
    const { inputs, keys } = memory.#known;
    await Promise.all([
      inputs.size === 0 ? memory.#look() : undefined,
      keys.size === 0 ? memory.#loadHash() : undefined,
    ]);
    return memory;
  }

  /** What a plan is told. */
  get facts(): Pick<
    PlanFacts,
    "files" | "compile" | "knownInputs" | "hash" | "knownKeys"
  > {
    const missed = this.#missed;
    return {
      files: () => {
        missed.files = this.#files === null;
        return this.#files ?? [];
      },
      compile: (tail) => missed.files ? matchesNothing : this.#compile(tail),
      knownInputs: this.#known.inputs,
      hash: (text) => {
        if (this.#hash !== null) return this.#hash(text);
        missed.hash = true;
        return "";
      },
      knownKeys: this.#known.keys,
    };
  }

  /** Makes a plan; again, once all is there, if it asks for what is not known. */
  async plan<T>(make: () => T): Promise<T> {
    const made = make();
    const { files, hash } = this.#missed;
    if (!files && !hash) return made;
    await Promise.all([this.#look(), this.#loadHash()]);
    return make();
  }

  /** Notes what a plan has found, and makes ready for the manifests that will be asked for. */
  async settle(
    result: PlanResult,
    explained: string | undefined,
  ): Promise<void> {
    if (result.kind !== "plan") return;
    const { inputs } = result;
    // What an image is, is asked for anew each time.
    const keys = result.keysOf(({ runtimeConfig }) =>
      runtimeRow(runtimeConfig.kind).preflight === undefined
    );
    const { tree, madeOf, inputs: knownInputs, keys: knownKeys } = this.#known;
    if (inputs.size > knownInputs.size || keys.size > knownKeys.size) {
      const { stateRoot } = this.#options;
      writePlanNotes(stateRoot, { tree, inputs, madeOf, keys });
    }
    if (needsManifest(result.plan, explained)) {
      await Promise.all([this.#look(), this.#loadHash()]);
    }
  }

  async #look(): Promise<void> {
    if (this.#files !== null || this.#globs.length === 0) return;
    const { catalog, request, stateRoot, tree } = this.#options;
    [this.#files, this.#compile] = await Promise.all([
      listFiles(stateRoot, tree),
      loadCompile([...globsOf(catalog, request), ...this.#globs]),
    ]);
    this.#missed.files = false;
  }

  async #loadHash(): Promise<void> {
    const { sha256 }: typeof import("../planner/sha256.ts") = await import(
      import.meta.resolve("../planner/sha256.ts")
    );
    this.#hash = sha256;
    this.#missed.hash = false;
  }
}

/** Stands for expressions of a plan that will be made again. */
const matchesNothing = { test: () => false };

/** A hash of all that keys are made of beside images; no value stands in it. */
async function fingerprint(
  { catalog, tree, hostOs, hostArch, envValue }: PlanMemoryOptions,
): Promise<string> {
  const { jobs, preparedOutputs } = catalog;
  const env = [...passedEnvOf(catalog)]
    .map((name) => [name, envValue(name) ?? null]);
  const text = JSON.stringify(
    { tree, hostOs, hostArch, jobs, preparedOutputs, env },
  );
  const bytes = new TextEncoder().encode(text);
  const hash = await crypto.subtle.digest("SHA-256", bytes);
  return new Uint8Array(hash).toHex();
}

/** Whether what went into a key will be asked for: to be kept with a pass, or to be told. */
function needsManifest(
  { nodes }: Plan,
  explained: string | undefined,
): boolean {
  return nodes.some((node) =>
    node.kind === "execute" && node.cache_key !== null &&
    (node.decision === "run" || node.job_id === explained)
  );
}
