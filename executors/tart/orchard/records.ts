/** Records of VMs on fleets, in the state folder of this machine. */
import type { Host } from "../../../hosts/host.ts";
import { VmRecords } from "../records.ts";

/** Folder of the records, below the state folder. */
export const FLEET_RECORDS = "tart/fleet-vms";

/** The records of VMs on fleets. */
export function fleetRecords(host: Host): VmRecords {
  return new VmRecords(host, FLEET_RECORDS);
}
