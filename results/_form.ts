/** The form of `pass.json` in a bundle. */
import { z } from "zod";
import type { SharedPass } from "./shared_pass.ts";

/** Version of the form of bundles. */
export const FORMAT = 1;

const form = z.object({
  format: z.literal(FORMAT),
  key: z.string(),
  job_id: z.string(),
  run_id: z.string(),
  artifacts: z.array(z.string()),
  bytes: z.number(),
  manifest: z.unknown().optional(),
});

/** Reads the text of `pass.json`; null: it is not of this form. */
export function readForm(text: string): SharedPass | null {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return null;
  }
  const read = form.safeParse(data);
  if (!read.success) return null;
  const { manifest = null, ...rest } = read.data;
  return { ...rest, manifest };
}
