/** Processes with numbers of their own, as in a container. */

/** What stands before a command line, so that it does not see other processes, nor they it. */
export const apart = [
  ...["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"] as const,
] as const;

/** Why that cannot be had here; null: it can. */
export async function noApart(): Promise<string | null> {
  const [program, ...args] = apart;
  const works = await new Deno.Command(program, { args: [...args, "true"] })
    .output().then(({ success }) => success, () => false);
  return works
    ? null
    : "it takes root and unshare(1) to give processes numbers of their own";
}
