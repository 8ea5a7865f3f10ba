// A base without its host.
import { remoteIncusJobBase } from "@pikaci/pikaci";

// expect TS2345 at {: Property 'host' is missing ... required in type 'RemoteIncusJobBaseOptions<undefined>'
export const x = remoteIncusJobBase({ image: "ci" });
