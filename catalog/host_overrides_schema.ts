/** The schema of a `hosts.toml`. Loads zod: import it only where one is read. */
import * as z from "zod";
import type { HostOverrides } from "./host_overrides.ts";

/** The schema of a `hosts.toml`: unknown fields are refused. */
export const hostOverridesSchema: z.ZodType<HostOverrides> = z.strictObject({
  hosts: z.record(
    z.string(),
    z.strictObject({
      address: z.string().regex(
        /^[^\s-]\S*$/,
        "Expected [user@]host, without spaces or a leading -",
      ).exactOptional(),
      capacity: z.int("Expected a whole number from 1")
        .positive("Expected a whole number from 1").exactOptional(),
      state_root: z.string().regex(
        /^(?:\/|~\/)./,
        "Expected an absolute path, or one that starts with ~/",
      ).exactOptional(),
    }),
  ).exactOptional(),
});
