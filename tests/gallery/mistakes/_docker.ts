// A runtime as another package brings it.
import { customRuntime, type CustomRuntimeConfig } from "@pikaci/pikaci";

/** What a container is made of. */
export interface DockerOptions {
  /** The image. */
  readonly image: string;
}

/** A Docker container. */
export function dockerRuntime(options: DockerOptions): CustomRuntimeConfig {
  return customRuntime({
    name: "docker",
    executor: import.meta.resolve("./executor.ts"),
    settings: options,
  });
}
