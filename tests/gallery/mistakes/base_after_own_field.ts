// A base that overwrites a field of the job.
import { job, remoteIncusJobBase, sh, ssh } from "@pikaci/pikaci";

const linux = remoteIncusJobBase({ host: "build-1", image: "ci-debian-13" });

export const x = job({
  // expect TS2783 at placement: 'placement' is specified more than once, so this usage will be overwritten.
  placement: ssh("mac-mini"),
  ...linux,
  id: "x",
  guestCommand: sh`./test`,
});
