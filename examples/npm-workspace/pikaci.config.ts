/**
 * A workspace of npm: one job for each package, remembered by what it reads.
 *
 * An edit of app leaves core's pass where it is; an edit of core runs both.
 */
import { defineConfig, job, matrix, sh, target } from "@pikaci/pikaci";

/** What each package reads of the others. */
const reads: Readonly<Record<string, readonly string[]>> = {
  core: [],
  app: ["packages/core/**"],
};
const manifests = [
  "package.json",
  "package-lock.json",
  "packages/*/package.json",
];

const test = matrix(
  { id: "test", axes: { package: ["core", "app"] } },
  ({ id, package: name }) =>
    job({
      id,
      inputs: [...manifests, `packages/${name}/**`, ...reads[name] ?? []],
      workspace: "writable",
      passEnv: ["NPM_CONFIG_REGISTRY"],
      guestCommand: sh`npm ci --no-audit --no-fund
npm test --workspace ${`@acme/${name}`}`,
    }),
);

export default defineConfig({
  targets: [target({ id: "pre-merge", jobs: [test] })],
});
