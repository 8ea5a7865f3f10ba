// A wrong option of a runtime of another package.
import { job, sh } from "@pikaci/pikaci";
import { dockerRuntime } from "./_docker.ts";

export const x = job({
  id: "x",
  // expect TS2561 at imge: Object literal may only specify known properties, but 'imge' does not exist in type 'DockerOptions'. Did you mean to write 'image'?
  runtimeConfig: dockerRuntime({ imge: "alpine" }),
  guestCommand: sh`./test`,
});
