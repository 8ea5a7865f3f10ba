/**
 * Records of VMs, in pikaci's state folder on the host: written before a VM is
 * cloned, removed after it is deleted, so that a crash leaves no VM unknown.
 */
import { type Host, HostError } from "../../hosts/host.ts";
import type { Secret } from "../../model/secret.ts";

/** A fleet, as it is found again by a later start. */
export interface RecordedFleet {
  /** Base address of the controller. */
  readonly url: string;
  /** Where its token is found; never the token itself. */
  readonly token: Secret;
}

/** A VM and the process it was made for. */
export interface VmRecord {
  readonly name: string;
  readonly run_id: string;
  /** Name of the machine on which the process runs. */
  readonly machine: string;
  readonly pid: number;
  /** When the process started; null where unknown. */
  readonly pid_started: string | null;
  /** Until when it is kept for a person, whatever became of the process: RFC 3339; null: it is not. */
  readonly kept_until: string | null;
  /** The fleet that has it; null: the host of the record. */
  readonly fleet: RecordedFleet | null;
}

/** Folder of the records of VMs on a host itself, below its state folder. */
export const MAC_RECORDS = "tart/vms";

/** Folder of Tart's things in pikaci's state folder on a host. */
export function tartFolder(host: Pick<Host, "stateRoot">): string {
  return `${host.stateRoot}/tart`;
}

/** The records of a host. */
export class VmRecords {
  readonly #host: Host;
  readonly #folder: string;

  /** The records in a folder of the host's state folder; default: of its own VMs. */
  constructor(host: Host, folder: string = MAC_RECORDS) {
    this.#host = host;
    this.#folder = `${host.stateRoot}/${folder}`;
  }

  /** Eight hexadecimal digits that this state folder is known by, made once. */
  async instance(): Promise<string> {
    const fresh = crypto.getRandomValues(new Uint8Array(4)).toHex();
    const script = `umask 077; mkdir -p "$1" || exit 1
[ -s "$1/instance" ] || { echo "$2" > "$1/instance.$2" && { ln "$1/instance.$2" "$1/instance" 2>/dev/null; rm -f "$1/instance.$2"; }; }
cat "$1/instance"`;
    const { code, stdout, stderr } = await this.#host.run({
      argv: ["/bin/sh", "-c", script, "sh", tartFolder(this.#host), fresh],
    });
    const text = new TextDecoder().decode(stdout).trim();
    if (code === 0 && /^[0-9a-f]{8}$/.test(text)) return text;
    throw new HostError(
      this.#host.id,
      "prepare",
      `Cannot use "${tartFolder(this.#host)}" on ${this.#host.id}: ${
        new TextDecoder().decode(stderr).trim()
      }`,
    );
  }

  /** Writes a record. */
  async add(record: VmRecord): Promise<void> {
    const bytes = new TextEncoder().encode(`${JSON.stringify(record)}\n`);
    await this.#host.files.writeFile(this.#path(record.name), bytes, 0o600);
  }

  /** Removes a record. */
  async remove(name: string): Promise<void> {
    await this.#host.files.remove(this.#path(name));
  }

  /** Every record; what cannot be read is none. */
  async list(): Promise<readonly VmRecord[]> {
    const { stdout } = await this.#host.run({
      argv: [
        "/bin/sh",
        "-c",
        'cat "$1"/*.json 2>/dev/null; true',
        "sh",
        this.#folder,
      ],
    });
    return new TextDecoder().decode(stdout).split("\n").flatMap((line) => {
      const record = parseRecord(line);
      return record === null ? [] : [record];
    });
  }

  #path(name: string): string {
    return `${this.#folder}/${name}.json`;
  }
}

function parseRecord(line: string): VmRecord | null {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== "object" || value === null) return null;
    const fields = new Map<string, unknown>(Object.entries(value));
    const text = (name: string): string => String(fields.get(name) ?? "");
    const started = fields.get("pid_started");
    const kept = fields.get("kept_until");
    const name = text("name");
    return /^pikaci-[a-z0-9-]+$/.test(name)
      ? {
        name,
        run_id: text("run_id"),
        machine: text("machine"),
        pid: Number(fields.get("pid")),
        pid_started: typeof started === "string" ? started : null,
        kept_until: typeof kept === "string" ? kept : null,
        fleet: parseFleet(fields.get("fleet")),
      }
      : null;
  } catch {
    return null;
  }
}

function parseFleet(value: unknown): RecordedFleet | null {
  if (typeof value !== "object" || value === null) return null;
  const { url, token } = Object(value);
  const { source, name } = Object(token);
  return typeof url === "string" && typeof name === "string" &&
      (source === "env" || source === "file" || source === "command")
    ? { url, token: { kind: "secret", source, name } }
    : null;
}
