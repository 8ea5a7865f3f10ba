/** The project that is soaked. */

const config =
  `import { artifact, cache, defineConfig, job, sh, shellOutput, target } from "@pikaci/pikaci";

// Fails two times in five, when it is not killed before.
const maybe = sh.raw("sleep 0.$(od -An -N1 -tu1 /dev/urandom | tr -d ' '); [ $(od -An -N1 -tu1 /dev/urandom) -lt 153 ]");

const plain = job({ id: "plain", guestCommand: sh\`cat src/a.txt\` });
const remembered = job({ id: "remembered", inputs: ["src/**"], workspace: "writable", artifacts: ["out.txt"],
  guestCommand: sh.raw("sleep 0.2; cat src/* > out.txt") });
const made = artifact({ id: "made", paths: ["dist/**"] });
const builds = job({ id: "builds", workspace: "writable", artifacts: [made],
  guestCommand: sh.raw("mkdir dist; seq 1 2000 > dist/a; cp dist/a dist/b; sleep 0.1") });
const uses = job({ id: "uses", needs: [made, remembered], guestCommand: sh\`cmp dist/a dist/b\` });
const prepared = shellOutput({ id: "prepared", command: sh.raw("sleep 0.1; date > prepared"), outputs: ["prepared"] });
const flaky = job({ id: "flaky", needs: [prepared], guestCommand: maybe, retry: { attempts: 3, on: ["failed"], backoffSecs: 0 } });
const alone = [1, 2, 3].map((at) => job({ id: \`alone-\${at}\`, concurrencyGroup: "soak",
  guestCommand: sh.raw("sleep 0.3") }));
const store = cache({ id: "store", env: "STORE", key: "1" });
const cached = job({ id: "cached", caches: [store], guestCommand: sh.raw('date >> "$STORE/log"; sleep 0.2') });
// Leaves processes in its group, out of its session, and deaf to TERM.
const leaves = job({ id: "leaves", needs: [plain],
  guestCommand: sh.raw("sleep 300 & setsid sleep 300 & (trap '' TERM; exec sleep 300) & sleep 0.2") });
const stuck = job({ id: "stuck", timeoutSecs: 1, guestCommand: sh.raw("trap '' TERM; while :; do sleep 0.1; done") });
const writes = job({ id: "writes", guestCommand: sh.raw("echo changed > src/a.txt; mkdir -p left; touch left/behind") });
const loud = job({ id: "loud", guestCommand: sh.raw("seq 1 20000") });
const fails = job({ id: "fails", needs: [flaky, prepared], guestCommand: maybe, allowFailure: true });

export default defineConfig({
  targets: [target({ id: "all", jobs: [uses, builds, flaky, ...alone, cached, leaves, stuck, writes, loud, fails] })],
  run: { graceSecs: 1, cleanupSecs: 5 },
});
`;

/** Its files. */
export const soakFiles: Readonly<Record<string, string>> = {
  "pikaci.config.ts": config,
  "src/a.txt": "a\n",
  "src/b.txt": "b\n",
  ".gitignore": ".pikaci/\n",
};
