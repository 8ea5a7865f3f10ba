// A boolean in a command.
import { sh } from "@pikaci/pikaci";

const verbose = Math.random() > 2;

// expect TS2345 at verbose: Argument of type 'boolean' is not assignable to parameter of type '"only strings, numbers, lists of them and sh commands can stand in a command"'.
export const x = sh`deno test ${verbose}`;
