// A job in a command.
import { job, sh } from "@pikaci/pikaci";

const unit = job({ id: "unit", guestCommand: sh`deno test` });

// expect TS2345 at unit: Argument of type 'JobSpec' is not assignable to parameter of type '"only strings, numbers, lists of them and sh commands can stand in a command"'.
export const x = sh`pikaci run ${unit}`;
