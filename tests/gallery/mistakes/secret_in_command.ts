// A secret in a command.
import { secret, sh } from "@pikaci/pikaci";

const token = secret.env("TOKEN");

// expect TS2345 at token: Argument of type 'Secret' is not assignable to parameter of type '"a secret cannot stand in a command: pass it by env, then write $NAME"'.
export const x = sh`deploy --token ${token}`;
