// A value in a command that may be missing.
import { sh } from "@pikaci/pikaci";

// expect TS2345 at Deno: Argument of type 'string | undefined' is not assignable to parameter of type '"may be undefined: give a default with ??"'.
export const x = sh`echo ${Deno.env.get("USER")}`;
