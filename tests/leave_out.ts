/** Leaving out tests that this machine cannot run, and saying so. */

/**
 * Whether tests are to be left out, for `Deno.test({ ignore })`; prints why.
 *
 * With PIKACI_TEST_REQUIRE=all, as in the gate, nothing is left out: a test
 * whose need is missing fails.
 */
export function leaveOut(tests: string, reason: string | null): boolean {
  if (reason === null) return false;
  if (Deno.env.get("PIKACI_TEST_REQUIRE") === "all") return false;
  Deno.stderr.writeSync(
    new TextEncoder().encode(`Left out: ${tests}: ${reason}\n`),
  );
  return true;
}
