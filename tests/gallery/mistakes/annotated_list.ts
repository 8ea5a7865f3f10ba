// A wrong job in an annotated list.
import { job, type JobLike, shAsRoot } from "@pikaci/pikaci";

export const x: readonly JobLike[] = [
  job({
    id: "unit",
    // expect TS2322 at guestCommand: Type 'ShellCommandAsRoot' is not assignable to type 'UserCommand'.
    guestCommand: shAsRoot`deno test`,
  }),
];
