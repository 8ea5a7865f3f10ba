/** Commands: what a job runs in its workspace. */
import { type Keys, make } from "./_make.ts";
import { quote } from "./_shell.ts";
import { template } from "./_template.ts";
import { ConfigError } from "./config_error.ts";
import type { Secret } from "./secret.ts";

export { quote } from "./_shell.ts";

/** A POSIX shell command, run by `sh -euc` as the job's user. */
export interface ShellCommand {
  /** Tag of the union. */
  readonly kind: "shell_command";
  /** The command, every value in it quoted. */
  readonly command: string;
}

/** A POSIX shell command, run by `sh -euc` as root of the guest. */
export interface ShellCommandAsRoot {
  /** Tag of the union. */
  readonly kind: "shell_command_as_root";
  /** The command, every value in it quoted. */
  readonly command: string;
}

/** Which cargo test. */
export interface ExactCargoTestOptions {
  /** The cargo package. */
  readonly package: string;
  /** Full path of the test. */
  readonly testName: string;
}

/** One cargo test by its exact name. */
export interface ExactCargoTest extends ExactCargoTestOptions {
  /** Tag of the union. */
  readonly kind: "exact_cargo_test";
}

/** Which cargo package. */
export interface CargoPackageOptions {
  /** The cargo package. */
  readonly package: string;
}

/** The unit tests of a cargo package's library. */
export interface PackageUnitTests extends CargoPackageOptions {
  /** Tag of the union. */
  readonly kind: "package_unit_tests";
}

/** All tests of a cargo package. */
export interface PackageTests extends CargoPackageOptions {
  /** Tag of the union. */
  readonly kind: "package_tests";
}

/** Which cargo tests. */
export interface FilteredCargoTestsOptions {
  /** The cargo package. */
  readonly package: string;
  /** Part of the names to run. */
  readonly filter: string;
}

/** The tests of a cargo package whose name contains the filter. */
export interface FilteredCargoTests extends FilteredCargoTestsOptions {
  /** Tag of the union. */
  readonly kind: "filtered_cargo_tests";
}

/** A command that runs as the job's user: legal on every runtime. */
export type UserCommand =
  | ShellCommand
  | ExactCargoTest
  | PackageUnitTests
  | PackageTests
  | FilteredCargoTests;

/** A command that runs in a guest, as its user or as its root. */
export type GuestCommand = UserCommand | ShellCommandAsRoot;

/** What can stand in an `sh` command. */
export type ShellValue =
  | string
  | number
  | readonly (string | number)[]
  | ShellCommand;

/** The type of a value in an `sh` command: its own, or advice that it cannot be. */
export type ShellArgument<V> = [V] extends [ShellValue] ? V
  : [V] extends [Secret]
    ? "a secret cannot stand in a command: pass it by env, then write $NAME"
  : undefined extends V ? "may be undefined: give a default with ??"
  : "only strings, numbers, lists of them and sh commands can stand in a command";

/** The values of an `sh` command. */
export type ShellArguments<V extends readonly unknown[]> = {
  [K in keyof V]: ShellArgument<V[K]>;
};

/** The tag `sh`. */
export interface ShTag {
  /** Makes a command from a template, every value in it quoted as one word. */
  <const V extends readonly unknown[]>(
    strings: TemplateStringsArray,
    ...values: ShellArguments<V>
  ): ShellCommand;
  /** Makes a command from text as it is, nothing quoted. */
  raw(command: string): ShellCommand;
}

/** The tag `shAsRoot`. */
export interface ShAsRootTag {
  /** Makes a command for the guest's root, every value in it quoted as one word. */
  <const V extends readonly unknown[]>(
    strings: TemplateStringsArray,
    ...values: ShellArguments<V>
  ): ShellCommandAsRoot;
  /** Makes a command for the guest's root from text as it is, nothing quoted. */
  raw(command: string): ShellCommandAsRoot;
}

/**
 * A POSIX shell command, run by `sh -euc` as the job's user.
 *
 * Each value is one quoted word, a list several of them, another `sh` command
 * its text as it is. A value may not stand inside quotes, a comment or a
 * here-document. A leading `-` of a value is not neutralised: write `--` before
 * it. Backslashes are the shell's own; `` \` `` and `\${` write a backtick and
 * the shell's `${`.
 *
 * ```ts
 * import { sh } from "@pikaci/pikaci";
 *
 * const files = ["a b.txt", "c.txt"];
 * sh`grep -c ${"it's"} -- ${files}`; // grep -c 'it'"'"'s' -- 'a b.txt' 'c.txt'
 * ```
 */
export const sh: ShTag = Object.freeze(Object.assign(
  (
    strings: TemplateStringsArray,
    ...values: readonly unknown[]
  ): ShellCommand => shellCommand("shell_command", template(strings, values)),
  { raw: (command: string) => shellCommand("shell_command", command) },
));

/**
 * A POSIX shell command, run by `sh -euc` as root of the guest; not for jobs
 * that run as a process of the host.
 *
 * ```ts
 * import { shAsRoot } from "@pikaci/pikaci";
 *
 * shAsRoot`dpkg -i dist/*.deb`;
 * ```
 */
export const shAsRoot: ShAsRootTag = Object.freeze(Object.assign(
  (
    strings: TemplateStringsArray,
    ...values: readonly unknown[]
  ): ShellCommandAsRoot =>
    shellCommand("shell_command_as_root", template(strings, values)),
  { raw: (command: string) => shellCommand("shell_command_as_root", command) },
));

function shellCommand<K extends string>(
  kind: K,
  command: string,
): { readonly kind: K; readonly command: string } {
  if (typeof command !== "string" || command.trim() === "") {
    throw new ConfigError("A shell command is empty");
  }
  if (command.includes("\0")) {
    throw new ConfigError("A shell command cannot hold a NUL byte");
  }
  return Object.freeze({ kind, command });
}

const exactKeys: Keys<ExactCargoTestOptions> = {
  package: true,
  testName: true,
};

/** One cargo test by its exact name: `cargo test -p PACKAGE NAME -- --exact --nocapture`. */
export function exactCargoTest(
  options: ExactCargoTestOptions,
): ExactCargoTest {
  return make("exact_cargo_test", exactKeys, options);
}

/** The unit tests of a package's library: `cargo test -p PACKAGE --lib -- --nocapture`. */
export function packageUnitTests(
  options: CargoPackageOptions,
): PackageUnitTests {
  return make("package_unit_tests", { package: true }, options);
}

/** All tests of a package: `cargo test -p PACKAGE -- --nocapture`. */
export function packageTests(
  options: CargoPackageOptions,
): PackageTests {
  return make("package_tests", { package: true }, options);
}

/** The tests whose name contains the filter: `cargo test -p PACKAGE -- FILTER --nocapture`. */
export function filteredCargoTests(
  options: FilteredCargoTestsOptions,
): FilteredCargoTests {
  return make("filtered_cargo_tests", { package: true, filter: true }, options);
}

/** A command as a shell gets it. */
export interface CompiledCommand {
  /** Text for `sh -euc`. */
  readonly command: string;
  /** Whether it runs as root of the guest. */
  readonly asRoot: boolean;
}

/** Returns a command as a shell gets it; the words of cargo's are quoted. */
export function compiledCommand(command: GuestCommand): CompiledCommand {
  switch (command.kind) {
    case "shell_command":
      return { command: command.command, asRoot: false };
    case "shell_command_as_root":
      return { command: command.command, asRoot: true };
    case "exact_cargo_test":
      return cargoTest(
        `${quote(command.package)} ${
          quote(command.testName)
        } -- --exact --nocapture`,
      );
    case "package_unit_tests":
      return cargoTest(`${quote(command.package)} --lib -- --nocapture`);
    case "package_tests":
      return cargoTest(`${quote(command.package)} -- --nocapture`);
    case "filtered_cargo_tests":
      return cargoTest(
        `${quote(command.package)} -- ${quote(command.filter)} --nocapture`,
      );
  }
}

function cargoTest(words: string): CompiledCommand {
  return { command: `cargo test -p ${words}`, asRoot: false };
}
