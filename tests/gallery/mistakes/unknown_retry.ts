// A retry after something that there is not.
import { job, sh } from "@pikaci/pikaci";

export const x = job({
  id: "x",
  // expect TS2322 at "test": Type '"test"' is not assignable to type 'FailureKind'.
  retry: { attempts: 2, on: ["test"] },
  guestCommand: sh`./test`,
});
