import { access, constants, mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { reasonOf, wrongUse } from "./output.ts";

/**
 * Makes the folder of a file that a command writes at its end, and checks that it can be written.
 *
 * @param option that names it, such as `--json`.
 * @throws CommandError as wrong use, before anything has been done.
 */
export async function checkWritable(option: string, file: string): Promise<void> {
  const folder = dirname(file);
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
    const found = await stat(file).catch(() => null);
    if (found?.isDirectory() === true) throw new Error("it is a folder");
    if (found !== null) await access(file, constants.W_OK);
  } catch (error) {
    throw wrongUse(
      `${option} ${file} cannot be written: ${reasonOf(error)}`,
      "name a file in a folder that you may write to",
    );
  }
}
