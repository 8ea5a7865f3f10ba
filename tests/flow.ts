/** A project whose jobs use all that flows between jobs and runs, and its runs' records. */
import assert from "node:assert/strict";
import type { JobRecord, RunRecord } from "../model/record.ts";
import type { CallOptions, CallResult } from "./pikaci.ts";
import { makeProject, type Project } from "./project.ts";

const config = `
import { artifact, cache, customRuntime, defineConfig, job, secret, sh, shellOutput, target } from "@pikaci/pikaci";

const site = artifact({ id: "site", paths: ["dist/**"] });
const bundle = job({
  id: "bundle",
  workspace: "writable",
  artifacts: [site, "coverage/**"],
  guestCommand: sh\`mkdir -p dist/sub coverage; echo one >dist/a; echo two >"dist/sub/b c"; echo 3 >coverage/c; echo free >"$ARTIFACTS/free"\`,
});
const deploy = job({ id: "deploy", needs: [site], guestCommand: sh\`cat dist/a "dist/sub/b c"; test ! -e coverage\` });
const failing = job({
  id: "failing",
  workspace: "writable",
  artifacts: ["left/**"],
  reports: { junit: ["reports/*.xml"] },
  guestCommand: sh\`mkdir -p left reports; echo x >left/x; cp report.xml reports/; echo broken >reports/broken.xml; exit 5\`,
});
const slow = job({
  id: "slow",
  workspace: "writable",
  timeoutSecs: 1,
  artifacts: ["left/**"],
  guestCommand: sh\`mkdir left; echo x >left/x; sleep 60\`,
});

const fixtures = shellOutput({ id: "fixtures", command: sh\`echo making; mkdir -p out; date +%s%N >out/stamp\`, outputs: ["out/**"] });
const more = shellOutput({ id: "more", needs: [fixtures], command: sh\`cat out/stamp >out/copy\`, outputs: ["out/copy"] });
const narrowOutput = shellOutput({
  id: "narrow-output",
  inputs: ["src/**"],
  env: { TOKEN: secret.env("DEPLOY_TOKEN"), N: 4 },
  passEnv: ["PASSED"],
  command: sh\`ls; echo "$TOKEN $N $PASSED"; date +%s%N >stamp\`,
  outputs: ["stamp"],
});
const useNarrow = job({ id: "use-narrow", needs: [narrowOutput], guestCommand: sh\`cat stamp\` });
const useOne = job({ id: "use-one", needs: [fixtures], guestCommand: sh\`cat out/stamp\` });
const useTwo = job({ id: "use-two", needs: [fixtures, more], guestCommand: sh\`cat out/copy; cmp out/stamp out/copy\` });
const noOutput = shellOutput({ id: "no-output", command: sh\`true\`, outputs: ["nothing/**"] });
const useNone = job({ id: "use-none", needs: [noOutput], guestCommand: sh\`true\` });

const store = cache({ id: "store", env: "STORE", keyFiles: ["key.txt"], key: "v2", fallbackKeys: ["v2", "v1"] });
const cached = job({
  id: "with-cache",
  caches: [store],
  guestCommand: sh\`cat "$STORE/seen" 2>/dev/null || echo empty; cat key.txt >>"$STORE/seen"\`,
});

const holder = job({
  id: "holder",
  caches: [store],
  passEnv: ["GATE"],
  guestCommand: sh\`echo held >>"$STORE/seen"; until test -e "$GATE/go"; do sleep 0.05; done\`,
});
const own = cache({ id: "own", env: "OWN", key: "1" });
const customCached = job({
  id: "custom-cache",
  runtimeConfig: customRuntime({ name: "fixture", executor: ${
  JSON.stringify(new URL("fixtures/custom_executor.ts", import.meta.url).href)
}, settings: {}, supportsCaches: true }),
  caches: [own],
  guestCommand: sh\`cat "$OWN/seen" 2>/dev/null || echo empty; echo kept >"$OWN/seen"\`,
});

const large = (id: string) => cache({ id, env: "LARGE", key: "1" });
const older = job({ id: "older", caches: [large("older")], guestCommand: sh\`head -c 700000 /dev/zero >"$LARGE/x"\` });
const newer = job({ id: "newer", caches: [large("newer")], needs: [older], guestCommand: sh\`head -c 700000 /dev/zero >"$LARGE/x"\` });

const secrets = job({
  id: "secrets",
  env: { TOKEN: secret.env("DEPLOY_TOKEN") },
  secretFiles: { KEY: secret.file("secret.pem") },
  guestCommand: sh\`echo "token $TOKEN"; cat "$KEY"; printf %s "$TOKEN" | base64; stat -c %a "$KEY"\`,
});

const narrow = job({
  id: "narrow",
  inputs: ["src/**"],
  artifacts: ["made"],
  workspace: "writable",
  guestCommand: sh\`ls; test ! -e key.txt; cat src/* | tee made\`,
});
const twice = job({
  id: "twice",
  inputs: ["src/**"],
  retry: { attempts: 2, on: ["failed"] },
  guestCommand: sh\`if test "$PIKACI_ATTEMPT" = 1; then echo bad >"$ARTIFACTS/bad"; exit 1; fi\`,
});
const behindNarrow = job({ id: "behind-narrow", needs: [narrow], inputs: ["src/**"], guestCommand: sh\`true\` });
const unlucky = job({ id: "unlucky", inputs: ["src/**"], guestCommand: sh\`exit 1\` });

const dirty = job({ id: "dirty", guestCommand: sh\`echo x >>key.txt; touch new\` });
const clean = job({ id: "clean", needs: [dirty], guestCommand: sh\`test ! -e new; test "$(wc -l <key.txt)" = 1\` });
const inPlace = job({ id: "in-place", workspace: "source", guestCommand: sh\`pwd; touch touched\` });
const inPlaceQuiet = job({ id: "in-place-quiet", workspace: "source", guestCommand: sh\`test -f key.txt\` });

export default defineConfig({
  targets: [
    target({ id: "artifacts", jobs: [bundle, deploy] }),
    target({ id: "left", jobs: [failing, slow] }),
    target({ id: "outputs", jobs: [useOne, useTwo] }),
    target({ id: "narrow-output", jobs: [useNarrow] }),
    target({ id: "empty-output", jobs: [useNone] }),
    target({ id: "caches", jobs: [cached] }),
    target({ id: "holder", jobs: [holder] }),
    target({ id: "large-caches", jobs: [newer] }),
    target({ id: "all-caches", jobs: [cached, customCached] }),
    target({ id: "secrets", jobs: [secrets] }),
    target({ id: "passes", jobs: [narrow, behindNarrow] }),
    target({ id: "twice", jobs: [twice] }),
    target({ id: "unlucky", jobs: [unlucky] }),
    target({ id: "workspaces", jobs: [clean] }),
    target({ id: "sources", jobs: [inPlace, inPlaceQuiet] }),
  ],
  run: { graceSecs: 1, failFast: "continue" },
  cacheMaxMib: 1,
});
`;

const report = `<testsuite><testcase classname="c" name="good" time="0.5"/>
<testcase classname="c" name="bad" file="src/bad.ts"><failure message="1 is not 2"/></testcase></testsuite>`;

/** A run's end and record. */
export interface Recorded extends CallResult {
  readonly run: RunRecord;
  readonly state: string;
  /** The log of a job's last attempt. */
  log(id: string): Promise<string>;
  /** A job of the run. */
  job(id: string): JobRecord;
}

/** How a run is made. */
export interface RecordOptions extends CallOptions {
  /** Its state folder; default: a new one. */
  readonly state?: string;
  /** Default: run. */
  readonly verb?: string;
}

/** The project. */
export interface Flow extends AsyncDisposable {
  readonly project: Project;
  /** A state folder that nobody has used. */
  newState(): string;
  /** Runs pikaci and reads the record. */
  record(args: readonly string[], options?: RecordOptions): Promise<Recorded>;
}

/** Makes the project. */
export async function makeFlow(): Promise<Flow> {
  const project = await makeProject({
    "pikaci.config.ts": config,
    "report.xml": report,
    "key.txt": "one\n",
    "src/a.txt": "a\n",
  });
  let states = 0;
  const newState = (): string => project.path("..", `state-${++states}`);
  return {
    project,
    newState,
    record: (args, options = {}) =>
      record(project, args, { state: newState(), ...options }),
    [Symbol.asyncDispose]: () => project[Symbol.asyncDispose](),
  };
}

async function record(
  project: Project,
  args: readonly string[],
  options: RecordOptions & { readonly state: string },
): Promise<Recorded> {
  const { state, verb = "run" } = options;
  const result = await project.pikaci(
    [verb, "--state-root", state, "--output", "json", ...args],
    options,
  );
  assert.notEqual(result.stdout, "", result.stderr);
  const run: RunRecord = JSON.parse(result.stdout);
  const job = (id: string): JobRecord => {
    const found = run.jobs.find((job) => job.id === id);
    assert.ok(found !== undefined, `no job ${id}`);
    return found;
  };
  return {
    ...result,
    run,
    state,
    job,
    log: (id) => Deno.readTextFile(`${state}/${job(id).host_log_path}`),
  };
}
