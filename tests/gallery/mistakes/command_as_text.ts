// A command as plain text.
import { job } from "@pikaci/pikaci";

export const x = job({
  id: "x",
  // expect TS2322 at guestCommand: Type 'string' is not assignable to type 'UserCommand'.
  guestCommand: "deno test",
});
