/** What of `deno info --json` is read. */
import { z } from "zod";

const resolution = z.object({ specifier: z.string().optional() }).optional();

/** The graph as `deno info --json` prints it, in version 1 of its form. */
export const infoSchema = z.object({
  version: z.literal(1),
  modules: z.array(z.object({
    specifier: z.string(),
    local: z.string().optional(),
    mediaType: z.string().optional(),
    dependencies: z.array(z.object({
      specifier: z.string(),
      code: resolution,
      type: resolution,
    })).optional(),
  })),
});
