// An operating system that there is not.
import { hostOs } from "@pikaci/pikaci";

// expect TS2345 at "macos": Argument of type '"macos"' is not assignable to parameter of type
export const x = hostOs("macos");
