// A set-up command of the host on an Incus instance.
import { incusRuntime, remoteIncusJobBase, sh } from "@pikaci/pikaci";

const linux = remoteIncusJobBase({ host: "build-1", image: "ci-debian-13" });

export const x = incusRuntime({
  image: "ci",
  // expect TS2353 at hostSetupCommand: Object literal may only specify known properties, and 'hostSetupCommand' does not exist in type 'IncusRuntimeOptions<undefined>'.
  hostSetupCommand: sh`./setup`,
});
