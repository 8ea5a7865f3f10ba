/** Shell commands from templates with values. */
import { shown } from "./_make.ts";
import { quote, ShellScanner, templateText } from "./_shell.ts";
import { ConfigError } from "./config_error.ts";

/** Puts values into a template, each as quoted words, where words may stand. */
export function template(
  strings: TemplateStringsArray,
  values: readonly unknown[],
): string {
  if (!Array.isArray(strings?.raw)) {
    throw new ConfigError(
      "sh and shAsRoot are template tags: write sh`...`, or sh.raw(text)",
    );
  }
  const scanner = new ShellScanner();
  let command = "";
  for (const [index, raw] of strings.raw.entries()) {
    const text = templateText(raw);
    scanner.read(text);
    command += text;
    if (index === strings.raw.length - 1) break;
    const value = values[index];
    const where = `value ${index + 1} of sh\`${strings.raw.join("${...}")}\``;
    if (scanner.place !== "command") {
      throw new ConfigError(
        `Cannot put ${where} into ${scanner.place}: ` +
          (scanner.place.endsWith("quotes")
            ? "values are quoted already, leave the quotes out"
            : "pass it by env, or write the text with sh.raw()"),
      );
    }
    const words = shellWords(value, where);
    if (words !== "") scanner.word();
    command += words;
  }
  return command;
}

function shellWords(value: unknown, where: string): string {
  if (typeof value === "string") return quote(value);
  if (typeof value === "number") {
    if (Number.isFinite(value)) return quote(String(value));
    throw new ConfigError(
      `Cannot put ${value} into a command: ${where}, expected a number`,
    );
  }
  if (Array.isArray(value)) {
    return value.map((item: unknown) => {
      if (typeof item === "string" || typeof item === "number") {
        return shellWords(item, where);
      }
      throw new ConfigError(
        `Cannot put a list with ${shown(item)} into a command: ${where}, ` +
          "expected strings and numbers",
      );
    }).join(" ");
  }
  if (typeof value === "object" && value !== null && "kind" in value) {
    if (
      value.kind === "shell_command" && "command" in value &&
      typeof value.command === "string"
    ) return value.command;
    if (value.kind === "secret") {
      throw new ConfigError(
        `Cannot put a secret into a command: ${where}, ` +
          "pass it by env, then write $NAME",
      );
    }
  }
  throw new ConfigError(
    `Cannot put ${shown(value)} into a command: ${where}, ` +
      "expected strings, numbers, lists of them or sh commands",
  );
}
