// A condition as a function.
import { job, sh } from "@pikaci/pikaci";

export const x = job({
  id: "x",
  // expect TS2322 at when: Type '() => boolean' is not assignable to type 'Condition | undefined'.
  when: () => true,
  guestCommand: sh`./test`,
});
