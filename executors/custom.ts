/** Executors that other packages bring. */
import type { CustomRuntimeConfig } from "../model/runtime.ts";
import type { Executor } from "./executor.ts";

/** Version of the `Attempt` and `Executor` interfaces that modules are written against. */
export const executorInterface = 1;

/**
 * What the module of a custom runtime exports: `executorInterface`, the number
 * it was written against, and `createExecutor`.
 */
export interface ExecutorModule {
  /** The interface's version: 1. */
  readonly executorInterface: number;
  /** Makes the executor from the settings in the config. */
  createExecutor(settings: unknown): Executor | Promise<Executor>;
}

/** A custom runtime's module cannot be used; the message is for the user. */
export class CustomExecutorError extends Error {
  /** Creates the error. */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "CustomExecutorError";
  }
}

/** Imports the executor of a custom runtime. */
export async function loadCustomExecutor(
  config: CustomRuntimeConfig,
): Promise<Executor> {
  const { name, executor: url, settings } = config;
  const problem = (text: string, cause?: unknown) =>
    new CustomExecutorError(
      `The executor of the runtime "${name}" cannot be used: ${url} ${text}`,
      { cause },
    );
  let module: unknown;
  try {
    module = await import(url);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw problem(`cannot be imported: ${why}`, error);
  }
  const version = property(module, "executorInterface");
  if (version !== executorInterface) {
    throw problem(
      `exports executorInterface = ${String(version)}, ` +
        `this pikaci has ${executorInterface}: use versions that agree`,
    );
  }
  const create = property(module, "createExecutor");
  if (typeof create !== "function") {
    throw problem("does not export a function createExecutor");
  }
  const made: unknown = await create(settings);
  if (!isExecutor(made)) {
    throw problem("makes no executor: createExecutor gave no execute method");
  }
  return made;
}

function property(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null
    ? Reflect.get(value, name)
    : undefined;
}

function isExecutor(value: unknown): value is Executor {
  return typeof property(value, "execute") === "function";
}
