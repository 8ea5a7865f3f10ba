/** The package's version, in one place; a test holds it equal to deno.json. */

/** Version of this package. */
export const VERSION = "0.1.0";

/** Name of this package, as messages print it. */
export const PACKAGE = "@pikaci/pikaci";
