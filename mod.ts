/**
 * The public API: everything a `pikaci.config.ts` is written with.
 *
 * A config is plain, frozen data, made by helpers. It is type-checked before it
 * runs: what does not go together does not compile. Everything refers to
 * everything else by value, so nothing has a name twice; what a target names
 * brings along what it needs.
 *
 * ```ts
 * import {
 *   artifact,
 *   cache,
 *   changed,
 *   defineConfig,
 *   incusRuntime,
 *   job,
 *   lane,
 *   matrix,
 *   nightly,
 *   nixOutput,
 *   onBranch,
 *   remoteIncusJobBase,
 *   secret,
 *   sh,
 *   ssh,
 *   target,
 *   tartJobBase,
 * } from "@pikaci/pikaci";
 *
 * // A process of this machine. It says what it reads, so its pass is remembered.
 * const lint = job({
 *   id: "lint",
 *   inputs: ["src/**", "deno.json"],
 *   guestCommand: sh`deno fmt --check && deno lint`,
 * });
 * const unit = job({
 *   id: "unit",
 *   timeoutSecs: 10 * 60,
 *   reports: { junit: ["reports/*.xml"] },
 *   guestCommand: sh`deno test -A --junit-path=reports/unit.xml`,
 * });
 *
 * // Incus instances on a machine reached by ssh. A base is spread into jobs.
 * const build1 = ssh({ id: "build-1", address: "ci@build-1.lan", capacity: 4 });
 * const linux = remoteIncusJobBase({ host: build1, image: "ci-debian-13", cpus: 4 });
 * const cargoHome = cache({ id: "cargo-home", env: "CARGO_HOME", keyFiles: ["Cargo.lock"] });
 * const server = job({
 *   ...linux,
 *   id: "server",
 *   needs: [unit],
 *   caches: [cargoHome],
 *   guestCommand: sh`cargo test -p server`,
 * });
 *
 * // A command that Nix prepared: the job has none of its own.
 * const deps = nixOutput({ id: "deps", installable: ".#ci.deps" });
 * const build = nixOutput({ id: "build", installable: ".#ci.build", needs: [deps] });
 * const staged = job({
 *   ...linux,
 *   id: "staged",
 *   runtimeConfig: incusRuntime({
 *     ...linux.runtimeConfig,
 *     stagedLinuxCommand: { payloads: [deps, build], command: "/staged/bin/test" },
 *   }),
 * });
 *
 * // One job for every combination; values in a command are quoted by `sh`.
 * const node = matrix(
 *   { id: "node", axes: { version: [20, 22], os: ["alpine", "debian"] } },
 *   ({ id, version, os }) =>
 *     job({
 *       id,
 *       placement: build1,
 *       runtimeConfig: incusRuntime({ image: `node-${version}-${os}` }),
 *       guestCommand: sh`npm ci && npm test -- ${["--reporter", "junit"]}`,
 *     }),
 * );
 *
 * // A macOS VM on a Mac.
 * const ios = job({
 *   ...tartJobBase({ image: "sequoia-base" }),
 *   placement: ssh("mac-mini"),
 *   id: "ios",
 *   timeoutSecs: 2 * 3600,
 *   guestCommand: sh`./tools/ios-test`,
 * });
 *
 * // Files that go from job to job, a condition, and a secret.
 * const site = artifact({ id: "site", paths: ["dist/**"] });
 * const bundle = job({ id: "bundle", artifacts: [site], guestCommand: sh`deno task build` });
 * const deploy = job({
 *   id: "deploy",
 *   needs: [site, unit],
 *   when: changed("site/**"),
 *   env: { TOKEN: secret.env("DEPLOY_TOKEN") },
 *   guestCommand: sh`./tools/deploy dist/`,
 * });
 *
 * const preMerge = target({
 *   id: "pre-merge",
 *   filters: ["src/**", "deno.json"],
 *   jobs: [lint, unit, server, staged, node],
 * });
 * const apple = target({ id: "apple", filters: ["ios/**"], jobs: [ios] });
 * const release = target({ id: "release", jobs: [bundle, deploy] });
 *
 * export default defineConfig({
 *   targets: [preMerge, apple, release],
 *   defaultTarget: preMerge,
 *   lanes: [
 *     lane({ id: "check", target: preMerge, trigger: onBranch() }),
 *     lane({ id: "nightly", target: apple, trigger: nightly("0 3 * * *") }),
 *   ],
 * });
 * ```
 *
 * @module
 */
export * from "./model/artifact.ts";
export * from "./model/cache.ts";
export * from "./model/command.ts";
export * from "./model/condition.ts";
export * from "./model/config.ts";
export * from "./model/invariants_job.ts";
export * from "./model/job.ts";
export * from "./model/job_base.ts";
export * from "./model/lane.ts";
export * from "./model/matrix.ts";
export * from "./model/placement.ts";
export * from "./model/prepared_output.ts";
export * from "./model/runtime.ts";
export * from "./model/secret.ts";
export * from "./model/target.ts";
