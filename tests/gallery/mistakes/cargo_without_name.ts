// An exact cargo test without its name.
import { exactCargoTest } from "@pikaci/pikaci";

// expect TS2345 at {: Property 'testName' is missing ... required in type 'ExactCargoTestOptions'
export const x = exactCargoTest({ package: "server" });
