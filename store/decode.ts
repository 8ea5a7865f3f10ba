/**
 * Reads run records of other writers: the original pikaci, and other versions
 * of this one.
 *
 * Lenient: what is missing gets its default, what is unknown is left out. It
 * brings zod, so load it where such a record is met, not before.
 *
 * @module
 */
import { z } from "zod";
import type { RunRecord } from "../model/record.ts";
import { fromOriginal, originalRunRecord } from "./_original_record.ts";
import { runRecord } from "./_record_schema.ts";

/** Decodes the text of a run record; a text as the result says what is wrong. */
export function decodeRunRecord(content: string): RunRecord | string {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const head = z.object({ schema_version: z.unknown().optional() }).safeParse(
    value,
  );
  if (!head.success) return wrong(head.error);
  switch (head.data.schema_version) {
    case undefined: {
      const parsed = originalRunRecord.safeParse(value);
      return parsed.success ? fromOriginal(parsed.data) : wrong(parsed.error);
    }
    case 2: {
      const parsed = runRecord.safeParse(value);
      return parsed.success ? parsed.data : wrong(parsed.error);
    }
    default:
      return `it has schema_version ${
        JSON.stringify(head.data.schema_version)
      }, and this pikaci reads 2 and the original's; update pikaci`;
  }
}

function wrong(error: z.ZodError): string {
  const [issue] = error.issues;
  if (issue === undefined) return error.message;
  const where = issue.path.join(".");
  return where === "" ? issue.message : `"${where}": ${issue.message}`;
}
