import { basename } from "node:path";
import type { z } from "zod";
import { TradingError } from "../../core/domain/errors.ts";

/**
 * Input that is inconsistent: names the file, the line where there is one, the reason, and what to
 * do next, by default about a file to be imported.
 */
export function refuse(
  file: string,
  line: number | null,
  reason: string,
  nextStep = correct(file, line),
): TradingError {
  const where = line === null ? basename(file) : `${basename(file)} line ${line}`;
  const details = { file, line, reason: `${where}: ${reason}`, nextStep };
  return new TradingError("RECORDING_INVALID", details);
}

function correct(file: string, line: number | null): string {
  if (line === null) return `check that ${file} is the right file and whole, and import again`;
  return `look at line ${line} of ${file}: correct the column named, or take the row out; then import again`;
}

/** A zod error in one sentence: the first field that is wrong, and why. */
export function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  return issue ? `${issue.path.join(".") || "the row"}: ${issue.message}` : "not what was expected";
}
