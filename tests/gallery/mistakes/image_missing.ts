// A runtime without its image.
import { incusRuntime } from "@pikaci/pikaci";

// expect TS2345 at {: Property 'image' is missing ... required in type 'IncusRuntimeOptions<undefined>'
export const x = incusRuntime({ cpus: 4 });
