// A macOS VM without its image.
import { tartRuntime } from "@pikaci/pikaci";

// expect TS2345 at {: Property 'image' is missing ... required in type 'TartRuntimeOptions'
export const x = tartRuntime({ cpus: 4 });
