/** The error of a config that a helper refuses while the config is imported. */

/**
 * A mistake in a config, found by a helper at run time.
 *
 * Recognise it by `name`, not by `instanceof`: the config may come from another
 * version of the package than the program that imports it.
 */
export class ConfigError extends TypeError {
  /** Always "ConfigError". */
  override readonly name = "ConfigError";
}
