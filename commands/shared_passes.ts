/** The passes that machines share: taken from, and given to, the store that the config names. */
import { join } from "../model/path.ts";
import { localHost } from "../hosts/local.ts";
import type { RunEvent } from "../model/event.ts";
import type { Plan } from "../model/plan.ts";
import { resultDir, TMP_DIR } from "../model/state_paths.ts";
import type { RemoteResults } from "../results/remote.ts";
import type { Pass, Store } from "../store/store.ts";
import type { Io } from "./io.ts";

/** Passes of other machines. */
export interface SharedPasses {
  /** Takes the pass under a key into the own store; null: there is none. */
  take(key: string): Promise<Pass | null>;
  /** Gives a pass to the others; never rejects. */
  give(pass: Pass): Promise<void>;
}

/** What sharing passes needs of a run. */
export interface SharedPassesOptions {
  readonly plan: Plan;
  readonly store: Store;
  readonly io: Io;
  /** Absolute path of the folder with the config. */
  readonly root: string;
  /** Absolute path of the state folder. */
  readonly stateRoot: string;
  readonly emit: (event: RunEvent) => void;
}

/** Makes the shared passes of a run; null: the config names no store for them. */
export function sharedPasses(
  options: SharedPassesOptions,
): SharedPasses | null {
  const settings = options.plan.settings?.resultCache.remote ?? null;
  if (settings === null) return null;
  const { store, stateRoot } = options;
  let opened: Promise<RemoteResults> | null = null;
  const remote = () => opened ??= open(settings, options);
  return {
    async take(key) {
      const results = await remote();
      const bundle = await results.get(key);
      if (bundle === null) return null;
      const draft = join(stateRoot, TMP_DIR, crypto.randomUUID());
      try {
        const { open } = await bundles();
        const pass = await open(bundle, draft);
        if (pass === null || pass.key !== key) {
          results.giveUp(`what it gave for ${key} is no pass of this version`);
          return null;
        }
        const folder = resultDir(key);
        await Deno.remove(join(stateRoot, folder), { recursive: true })
          .catch(() => {});
        await Deno.mkdir(join(stateRoot, folder, ".."), { recursive: true });
        await Deno.rename(draft, join(stateRoot, folder));
        store.remember({ ...pass, host_log: "host.log" });
        store.movePass(key, folder);
        return store.remembered(key);
      } catch (error) {
        results.giveUp(error instanceof Error ? error.message : String(error));
        return null;
      } finally {
        await Deno.remove(draft, { recursive: true }).catch(() => {});
      }
    },
    async give(pass) {
      const results = await remote();
      if (!results.writable) return;
      const { pack } = await bundles();
      const { key, job_id, run_id, artifacts, bytes, manifest } = pass;
      const folder = join(stateRoot, pass.folder);
      await results.put(
        key,
        () =>
          pack({ key, job_id, run_id, artifacts, bytes, manifest }, {
            log: pass.host_log === null ? null : join(folder, pass.host_log),
            artifacts: join(folder, "artifacts"),
          }),
      );
    },
  };
}

async function open(
  { url, token, access }: NonNullable<
    NonNullable<Plan["settings"]>["resultCache"]["remote"]
  >,
  { io, root, stateRoot, emit }: SharedPassesOptions,
): Promise<RemoteResults> {
  const { RemoteResults }: typeof import("../results/remote.ts") = await import(
    import.meta.resolve("../results/remote.ts")
  );
  const notice = (message: string) =>
    emit({ event: "notice", level: "warning", job_id: null, message });
  let value: string | null = null;
  let problem: string | null = null;
  if (token !== null) {
    const { resolveSecret, secretText }:
      typeof import("../secrets/resolve.ts") = await import(
        import.meta.resolve("../secrets/resolve.ts")
      );
    try {
      value = secretText(
        token,
        await resolveSecret(token, {
          env: io.env,
          cwd: root,
          host: localHost({ stateRoot }),
        }),
      );
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error);
    }
  }
  const results = new RemoteResults({ url, token: value, access, notice });
  if (problem !== null) results.giveUp(problem);
  return results;
}

async function bundles(): Promise<typeof import("../results/bundle.ts")> {
  return await import(import.meta.resolve("../results/bundle.ts"));
}
