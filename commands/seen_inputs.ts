/**
 * The inputs of jobs in the tree of a plan, which are looked at only where the
 * last plan of that tree did not.
 *
 * @module
 */
import { type Compile, loadCompile } from "../globs/pattern.ts";
import type { Catalog } from "../model/catalog.ts";
import type { Plan } from "../model/plan.ts";
import type { SnapshotFile } from "../model/snapshot.ts";
import type { InputDigests } from "../planner/input_digest.ts";
import {
  globsOf,
  inputsOf,
  type PlanFacts,
  type PlanRequest,
  type PlanResult,
  remembersPasses,
} from "../planner/plan.ts";
import { listFiles } from "../snapshot/files.ts";
import { noteInputDigests, readInputDigests } from "./input_digests.ts";

/** Whose inputs they are, and in which tree. */
export interface InputsOptions {
  readonly catalog: Catalog;
  readonly request: PlanRequest;
  readonly stateRoot: string;
  readonly tree: string;
  /** Makes expressions of all globs of the plan but those of inputs. */
  readonly compile: Compile;
}

/** The inputs of jobs in one tree. */
export class SeenInputs {
  readonly #options: InputsOptions;
  readonly #globs: readonly string[];
  readonly #known: InputDigests;
  #compile: Compile;
  #files: readonly SnapshotFile[] | null = null;
  #missed = false;

  private constructor(options: InputsOptions) {
    const { catalog, stateRoot, tree, compile } = options;
    this.#options = options;
    this.#globs = remembersPasses(catalog) ? [...inputsOf(catalog)].flat() : [];
    this.#known = this.#globs.length === 0
      ? new Map()
      : readInputDigests(stateRoot, tree);
    this.#compile = compile;
  }

  /** Reads what is known of them, and looks at all where nothing is. */
  static async open(options: InputsOptions): Promise<SeenInputs> {
    const inputs = new SeenInputs(options);
    if (inputs.#globs.length > 0 && inputs.#known.size === 0) {
      await inputs.#look();
    }
    return inputs;
  }

  /** What a plan is told of them. */
  get facts(): Pick<PlanFacts, "files" | "compile" | "knownInputs"> {
    return {
      files: () => {
        this.#missed = this.#files === null;
        return this.#files ?? [];
      },
      compile: (tail) => this.#missed ? matchesNothing : this.#compile(tail),
      knownInputs: this.#known,
    };
  }

  /** Makes a plan; again, with all inputs looked at, if it asks for some that are not known. */
  async plan<T>(make: () => T): Promise<T> {
    const made = make();
    if (!this.#missed) return made;
    await this.#look();
    return make();
  }

  /** Notes what a plan has found, and looks at the inputs whose manifests will be asked for. */
  async settle(
    result: PlanResult,
    explained: string | undefined,
  ): Promise<void> {
    if (result.kind !== "plan") return;
    const { stateRoot, tree } = this.#options;
    if (result.inputs.size > this.#known.size) {
      noteInputDigests(stateRoot, tree, result.inputs);
    }
    if (needsManifest(result.plan, explained)) await this.#look();
  }

  async #look(): Promise<void> {
    if (this.#files !== null) return;
    const { catalog, request, stateRoot, tree } = this.#options;
    [this.#files, this.#compile] = await Promise.all([
      listFiles(stateRoot, tree),
      loadCompile([...globsOf(catalog, request), ...this.#globs]),
    ]);
    this.#missed = false;
  }
}

/** Stands for expressions of a plan that will be made again. */
const matchesNothing = { test: () => false };

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
