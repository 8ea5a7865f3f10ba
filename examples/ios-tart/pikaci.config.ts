/**
 * An iOS app: built once on the Mac, tested in fresh macOS VMs of Tart.
 *
 * Apple lets a Mac run two macOS VMs at a time; the third job waits, and says
 * for whom. The same jobs run on another Mac by its name, or in a fleet behind
 * an Orchard controller.
 */
import {
  defineConfig,
  job,
  lane,
  matrix,
  nightly,
  onBranch,
  sh,
  ssh,
  target,
  tartJobBase,
} from "@pikaci/pikaci";

const mini = ssh("mac-mini");
const mac = {
  ...tartJobBase({
    image: "ghcr.io/cirruslabs/macos-sequoia-base:latest",
    cpus: 4,
    memoryMib: 8192,
    useHostXcode: true,
    hostSetupCommand: sh`xcodegen generate`,
  }),
  placement: mini,
};

const unit = job({
  ...mac,
  id: "unit",
  timeoutSecs: 30 * 60,
  silenceTimeoutSecs: 10 * 60,
  retry: { attempts: 2, on: ["infrastructure"] },
  artifacts: ["build/*.xcresult/**"],
  guestCommand:
    sh`xcodebuild test -scheme App -destination 'platform=iOS Simulator,name=iPhone 16' -resultBundlePath build/unit.xcresult`,
});

const ui = matrix(
  { id: "ui", axes: { device: ["iPhone 16", "iPad Air"] } },
  ({ id, device }) =>
    job({
      ...mac,
      id,
      needs: [unit],
      timeoutSecs: 2 * 3600,
      artifacts: ["build/*.xcresult/**"],
      guestCommand:
        sh`xcodebuild test -scheme AppUI -destination ${`platform=iOS Simulator,name=${device}`} -resultBundlePath build/ui.xcresult`,
    }),
);

const preMerge = target({
  id: "pre-merge",
  filters: ["App/**", "Package.*", "project.yml"],
  jobs: [unit],
});
const full = target({ id: "full", jobs: [ui] });

export default defineConfig({
  targets: [preMerge, full],
  defaultTarget: preMerge,
  lanes: [
    lane({ id: "check", target: preMerge, trigger: onBranch() }),
    lane({ id: "nightly", target: full, trigger: nightly("0 2 * * *") }),
  ],
});
