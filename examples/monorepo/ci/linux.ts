/** Jobs and targets on Linux. */
import { job, sh, target } from "@pikaci/pikaci";
import { linux, npmCache, rustPart, staged } from "./bases.ts";

const rust = ["Cargo.toml", "Cargo.lock", "rust-toolchain.toml", "flake.*"];

const core = rustPart("core", "workspace");
/** The app's own tests. */
export const app = target({
  id: "pre-merge-app",
  description: "The app's core",
  filters: ["crates/core/**", "crates/protocol/**", "cli/**", ...rust],
  jobs: [
    staged(core, "app-flows"),
    staged(core, "app-messaging"),
  ],
});

const follow = rustPart("follow-up", "followUp");
/** What is built from the core. */
export const followUp = target({
  id: "pre-merge-follow-up",
  description: "What is built from the core",
  filters: ["crates/**", "android/**", "docs/**", ".github/**", ...rust],
  jobs: [
    staged(follow, "android-compile", 3600),
    staged(follow, "chat-build"),
    staged(follow, "desktop-check"),
    job({
      ...linux,
      id: "workflows",
      timeoutSecs: 10 * 60,
      inputs: [".github/**"],
      guestCommand: sh`actionlint`,
    }),
    job({
      ...linux,
      id: "doc-contracts",
      timeoutSecs: 15 * 60,
      inputs: ["docs/**", "tools/check-docs"],
      guestCommand: sh`./tools/check-docs`,
    }),
    job({
      ...linux,
      id: "dependency-hygiene",
      timeoutSecs: 15 * 60,
      inputs: ["**/Cargo.toml", "Cargo.lock"],
      guestCommand: sh`cargo machete`,
    }),
  ],
});

const agents = rustPart("agents", "agentContracts");
/** What agents and servers promise each other. */
export const contracts = target({
  id: "pre-merge-contracts",
  description: "What agents and servers promise each other",
  filters: ["crates/agent*/**", "crates/server/**", ...rust],
  jobs: [
    staged(agents, "agent-control-plane"),
    staged(agents, "server-agent-api"),
    staged(agents, "agent-authentication"),
  ],
});

const notify = rustPart("notifications", "notifications");
/** The notification server. */
export const notifications = target({
  id: "pre-merge-notifications",
  description: "The notification server",
  filters: ["crates/server/**", "crates/push/**", ...rust],
  jobs: [staged(notify, "notification-server")],
});

const fixture = rustPart("fixture", "fixture");
/** The test bed that the others use. */
export const fixtures = target({
  id: "pre-merge-fixture",
  description: "The test bed",
  filters: ["crates/testbed/**", "crates/relay/**", ...rust],
  jobs: [
    staged(fixture, "testbed-clippy"),
    staged(fixture, "relay-smoke", 5 * 60),
  ],
});

const starter = rustPart("starter", "starter");
/** The template for new apps. */
export const template = target({
  id: "pre-merge-template",
  description: "The template for new apps",
  filters: ["crates/template/**", "templates/**", ...rust],
  jobs: [staged(starter, "template-smoke")],
});

const chat = rustPart("chat", "chat");
const chatBuild = staged(chat, "chat-package");
/** The chat program. */
export const chatRust = target({
  id: "pre-merge-chat",
  description: "The chat program",
  filters: ["crates/chat*/**", "crates/core/**", ...rust],
  jobs: [
    chatBuild,
    staged(chat, "chat-clippy"),
    staged(chat, "chat-unit"),
    staged(chat, "chat-groups"),
    staged(chat, "chat-media"),
    staged(chat, "chat-calls"),
    staged(chat, "chat-sync"),
    staged(chat, "chat-storage"),
    staged(chat, "chat-daemon"),
    staged(chat, "chat-e2e", 3600),
  ],
});

/** The chat program's library for TypeScript. */
export const chatTypescript = target({
  id: "pre-merge-chat-typescript",
  description: "The library for TypeScript",
  filters: ["packages/**", "crates/chat*/**", "package*.json"],
  jobs: [
    job({
      ...linux,
      id: "chat-typescript",
      needs: [chatBuild],
      workspace: "writable",
      caches: [npmCache],
      reports: { junit: ["reports/*.xml"] },
      guestCommand: sh`npm ci && npm test`,
    }),
  ],
});
