import type { JobRuntimeKind } from "../model/runtime.ts";
import { noIncus } from "../tests/incus.ts";
import { conformance, type Subject } from "./_conformance_testing.ts";

const windows = Deno.build.os === "windows" ? "it needs a POSIX shell" : null;

/** Every runtime, with a config to try it by. */
const subjects: Readonly<Record<JobRuntimeKind, Subject>> = {
  host_process: {
    runtimeConfig: { kind: "host_process" },
    absent: windows,
  },
  custom: {
    runtimeConfig: {
      kind: "custom",
      name: "fixture",
      executor: import.meta.resolve("../tests/fixtures/custom_executor.ts"),
      settings: {},
    },
    absent: windows,
  },
  incus: {
    runtimeConfig: {
      kind: "incus",
      image: "pikaci/tiny",
    },
    absent: noIncus(),
    oneStream: true,
  },
  tart: {
    runtimeConfig: {
      kind: "tart",
      image: "none",
    },
    absent: "tests/tart_conformance_test.ts tries it on the fake",
  },
};

for (const subject of Object.values(subjects)) conformance(subject);
