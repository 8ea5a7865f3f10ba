/**
 * A monorepo of about thirty jobs: Rust, TypeScript, iOS and macOS.
 *
 * Nine targets look at the parts that they are about before a merge, each with
 * its filters; two lanes run every night, whatever changed.
 */
import {
  defineConfig,
  lane,
  nightly,
  onBranch,
  target,
  type TargetSpec,
} from "@pikaci/pikaci";
import { appleCheck, appleFull } from "./ci/apple.ts";
import * as linux from "./ci/linux.ts";

const preMerge: readonly TargetSpec[] = [...Object.values(linux), appleCheck];

/** All jobs on Linux, whatever changed. */
const linuxFull = target({
  id: "nightly-linux",
  description: "Everything on Linux",
  jobs: Object.values(linux).flatMap(({ jobs }) => jobs),
});

export default defineConfig({
  targets: [...preMerge, linuxFull, appleFull],
  defaultTarget: linuxFull,
  defaults: {
    timeoutSecs: 30 * 60,
    retry: { attempts: 2, on: ["infrastructure"], backoffSecs: 10 },
    env: { CARGO_TERM_COLOR: "never" },
  },
  lanes: [
    ...preMerge.map((each) =>
      lane({
        id: each.id,
        target: each,
        trigger: onBranch(),
        concurrencyGroup: each === appleCheck ? "apple" : each.id,
      })
    ),
    lane({
      id: "nightly-linux",
      target: linuxFull,
      trigger: nightly("0 8 * * *"),
    }),
    lane({
      id: "nightly-apple",
      target: appleFull,
      trigger: nightly("0 8 * * *"),
      concurrencyGroup: "apple",
    }),
  ],
});
