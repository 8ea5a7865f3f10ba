/** Images and profiles: what an instance is made from. */
import { HostError } from "../../hosts/host.ts";
import type { CatalogIncusRuntime } from "../../model/catalog.ts";
import { field, textField, textFields } from "./_json.ts";
import type { IncusClient } from "./client.ts";
import type { ProfileDevices } from "./instance.ts";

const step = "look up image";
const serverLook = ["look at daemon", "/1.0"] as const;

/** Finds the fingerprint of an image by its alias or by its fingerprint or the start of one. */
export async function imageFingerprint(
  client: IncusClient,
  image: string,
): Promise<string> {
  const alias = await client.get(step, aliasPath(image));
  return await fingerprintOf(client, image, alias);
}

/** Finds the fingerprint of an image, and looks at the daemon. */
export async function imageAndServer(
  client: IncusClient,
  image: string,
): Promise<
  { readonly fingerprint: string; readonly server: Server }
> {
  const [alias, server] = await client.getAll([
    [step, aliasPath(image)],
    serverLook,
  ]);
  const fingerprint = await fingerprintOf(client, image, alias);
  return { fingerprint, server: serverOf(server) };
}

function aliasPath(image: string): string {
  return `/1.0/images/aliases/${encodeURIComponent(image)}`;
}

/** The fingerprint of an image whose alias, if it is one, was looked up. */
async function fingerprintOf(
  client: IncusClient,
  image: string,
  alias: unknown,
): Promise<string> {
  const name = encodeURIComponent(image);
  const target = textField(alias, "target");
  if (target !== null) return target;
  if (/^[0-9a-f]{6,64}$/.test(image)) {
    const found = await client.get(step, `/1.0/images/${name}`);
    const fingerprint = textField(found, "fingerprint");
    if (fingerprint !== null) return fingerprint;
  }
  const { host, project } = client.access;
  const inProject = project === null ? "" : ` --project ${project}`;
  throw new HostError(
    host.id,
    step,
    `There is no image "${image}" in ${
      project === null ? "the client's project" : `the project "${project}"`
    } on the host "${host.id}". Import one there: incus image import${inProject} FILE --alias ${image}, or incus image copy${inProject} REMOTE:IMAGE local: --alias ${image}`,
  );
}

/** What a daemon is. */
export interface Server {
  /** What it runs: "lxc" containers, "qemu" virtual machines. */
  readonly drivers: readonly string[];
  /** Its name as a member of a cluster; null: it is none. */
  readonly member: string | null;
}

/** Looks at the daemon. */
export async function readServer(client: IncusClient): Promise<Server> {
  return serverOf(await client.get(...serverLook));
}

function serverOf(server: unknown): Server {
  const driver = textField(server, "environment", "driver") ?? "";
  return {
    drivers: driver.split("|").map((name) => name.trim()),
    member: field(server, "environment", "server_clustered") === true
      ? textField(server, "environment", "server_name")
      : null,
  };
}

/** Why the daemon cannot run such a job, before anything is made; null: it can. */
export function unsupported(
  { access: { host } }: IncusClient,
  { drivers }: Server,
  runtime: CatalogIncusRuntime,
): string | null {
  if (runtime.instance !== "vm" || drivers.includes("qemu")) return null;
  return `Incus on the host "${host.id}" runs no virtual machines (its drivers: ${
    drivers.join(", ")
  }). It needs qemu, /dev/kvm and the kernel module vhost_vsock; or use instance: "container"`;
}

/** The devices that the profiles bring. */
export async function profileDevices(
  client: IncusClient,
  runtime: CatalogIncusRuntime,
): Promise<ProfileDevices> {
  const devices: Record<string, Readonly<Record<string, string>>> = {};
  for (const name of runtime.profiles ?? ["default"]) {
    const profile = await client.get(
      "read profile",
      `/1.0/profiles/${encodeURIComponent(name)}`,
    );
    const found = field(profile, "devices");
    if (typeof found !== "object" || found === null) continue;
    for (const [device, options] of Object.entries(found)) {
      devices[device] = textFields(options);
    }
  }
  return devices;
}
