// A command for root inside one for the user.
import { sh, shAsRoot } from "@pikaci/pikaci";

const install = shAsRoot`apt-get install -y clang`;

// expect TS2345 at install: Argument of type 'ShellCommandAsRoot' is not assignable to parameter of type '"only strings, numbers, lists of them and sh commands can stand in a command"'.
export const x = sh`${install} && make`;
