// A token as plain text.
import { orchard } from "@pikaci/pikaci";

export const x = orchard({
  url: "https://orchard.lan",
  // expect TS2322 at token: Type 'string' is not assignable to type 'Secret'.
  token: "abc",
});
