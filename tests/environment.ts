/** The environment of what tests start. */
import { join } from "@std/path";

/** What finds npm's registry where its certificate is not one of Deno's own. */
const registryNames = [
  "NPM_CONFIG_REGISTRY",
  "HTTPS_PROXY",
  "HTTP_PROXY",
  "NO_PROXY",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "NODE_EXTRA_CA_CERTS",
  "DENO_CERT",
];

/** Nothing of the caller's but the program path, Deno's cache and the registry. */
export function hermetic(home: string): Record<string, string> {
  const outside = (name: string): string | undefined => Deno.env.get(name);
  const cache = outside("XDG_CACHE_HOME") ??
    join(
      outside("HOME") ?? "/",
      ...(Deno.build.os === "darwin" ? ["Library", "Caches"] : [".cache"]),
    );
  const kept = registryNames.flatMap((name) => {
    const value = outside(name);
    return value === undefined ? [] : [[name, value]];
  });
  return {
    ...Object.fromEntries(kept),
    PATH: outside("PATH") ?? "/usr/bin:/bin",
    DENO_DIR: outside("DENO_DIR") ?? join(cache, "deno"),
    DENO_NO_UPDATE_CHECK: "1",
    HOME: home,
    LANG: "C.UTF-8",
    TZ: "UTC",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_AUTHOR_NAME: "Test",
    GIT_AUTHOR_EMAIL: "test@example.com",
    GIT_COMMITTER_NAME: "Test",
    GIT_COMMITTER_EMAIL: "test@example.com",
  };
}
