/** Errors that are the user's to mend: printed as a message, without a stack. */

/**
 * An expected failure that ends a verb with exit code 2.
 *
 * The message says the action, the quoted value, what was found and wanted, and
 * what to do. It may have several lines.
 */
export class UserError extends Error {
  /** Creates the error with the text that is printed. */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "UserError";
  }
}
