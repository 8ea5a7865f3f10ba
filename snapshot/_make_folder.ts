/** Makes a folder with octal permissions, whatever the umask; false: something is there. */
export async function makeFolder(path: string, mode: string): Promise<boolean> {
  try {
    await Deno.mkdir(path);
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    throw error;
  }
  await Deno.chmod(path, parseInt(mode, 8));
  return true;
}
