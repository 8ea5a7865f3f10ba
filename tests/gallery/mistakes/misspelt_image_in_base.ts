// A misspelt image in a base.
import { job, remoteIncusJobBase, sh } from "@pikaci/pikaci";

export const x = job({
  // expect TS2561 at imge: Object literal may only specify known properties, but 'imge' does not exist in type 'RemoteIncusJobBaseOptions<undefined>'. Did you mean to write 'image'?
  ...remoteIncusJobBase({ host: "build-1", imge: "ci" }),
  id: "x",
  guestCommand: sh`./test`,
});
