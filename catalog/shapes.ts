/** The shape of a config. */
import type {
  Config,
  Notification,
  RemoteResultCache,
  ResultCacheOptions,
  RunLimits,
  SnapshotOptions,
} from "../model/config.ts";
import type { JobDefaults } from "../model/job.ts";
import type { LaneSpec, LaneTrigger } from "../model/lane.ts";
import type { TargetSpec } from "../model/target.ts";
import {
  either,
  list,
  object,
  oneOf,
  optional,
  reference,
  type Shape,
  table,
  tagged,
} from "./shape.ts";
import {
  argument,
  count,
  cron,
  globs,
  httpUrl,
  id,
  line,
  pause,
  seconds,
  some,
} from "./words.ts";

import { defaults, jobLike, secret } from "./shapes_job.ts";
const target: Shape<TargetSpec> = tagged<TargetSpec>({
  target: reference(() =>
    object<TargetSpec>({
      kind: oneOf("target"),
      id,
      description: optional(line),
      filters: optional(globs),
      jobs: list(jobLike),
    })
  ),
}, "a target");

const lane: Shape<LaneSpec> = tagged<LaneSpec>({
  lane: object<LaneSpec>({
    kind: oneOf("lane"),
    id,
    title: optional(line),
    target,
    trigger: tagged<LaneTrigger>({
      branch: object({ kind: oneOf("branch"), branches: globs }),
      nightly: object({ kind: oneOf("nightly"), cron }),
    }, "a trigger: onBranch() or nightly(cron)"),
    concurrencyGroup: optional(argument),
  }),
}, "a lane");

/** The form that this version reads; another one is another version's. */
const format: Shape<1> = {
  holds(value, place, check): value is 1 {
    if (value === 1) return true;
    check.foundUnknown = true;
    return check.report(place, value, "Expected form 1");
  },
};

/** The shape of a config. */
export const config: Shape<Config> = tagged<Config>({
  config: object<Config>({
    kind: oneOf("config"),
    format,
    version: some,
    targets: optional(list(target)),
    defaultTarget: optional(target),
    lanes: optional(list(lane)),
    jobs: optional(list(jobLike)),
    defaults: optional(object<JobDefaults>(defaults)),
    run: optional(object<RunLimits>({
      timeoutSecs: optional(seconds),
      failFast: optional(oneOf("no-new", "kill", "continue")),
      slots: optional(count),
      runtimeSlots: optional(table(some, count)),
      graceSecs: optional(pause),
      cleanupSecs: optional(seconds),
      hostSetupTimeoutSecs: optional(seconds),
    })),
    snapshot: optional(object<SnapshotOptions>({
      include: optional(globs),
      exclude: optional(globs),
    })),
    notify: optional(list(object<Notification>({
      on: list(oneOf("passed", "failed", "fixed")),
      webhook: either((value) => typeof value === "string", httpUrl, secret),
    }))),
    resultCache: optional(object<ResultCacheOptions>({
      maxMib: optional(count),
      remote: optional(object<RemoteResultCache>({
        url: httpUrl,
        token: optional(secret),
        access: optional(oneOf("read-only", "read-write")),
      })),
    })),
    cacheMaxMib: optional(count),
  }),
}, "what defineConfig() returns");
