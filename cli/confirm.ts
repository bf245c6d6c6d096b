import { createInterface } from "node:readline/promises";
import { refused } from "./output.ts";

/** A word that must be typed, and what it stands for. */
export interface Confirmation {
  readonly word: string;
  readonly what: string;
}

/**
 * Has each word typed: from `--confirm`, in their sequence, or at the terminal.
 *
 * @throws CommandError, exit code 3, when one is missing or is not the word.
 */
export async function confirm(
  wanted: readonly Confirmation[],
  given: readonly string[],
): Promise<void> {
  const typed = given.length > 0 || !process.stdin.isTTY ? given : await askAll(wanted);
  const next = wanted.map(({ word }) => `--confirm ${word}`).join(" ");
  if (typed.length !== wanted.length) {
    throw refused(
      `${wanted.length} typed confirmations are needed, ${typed.length} were given`,
      next,
    );
  }
  const wrong = wanted.find(({ word }, index) => typed[index]?.trim() !== word);
  if (wrong) throw refused(`the confirmation is not ${wrong.what}`, next);
}

async function askAll(wanted: readonly Confirmation[]): Promise<readonly string[]> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const typed: string[] = [];
    for (const { what } of wanted) typed.push(await lines.question(`type ${what}: `));
    return typed;
  } finally {
    lines.close();
  }
}
