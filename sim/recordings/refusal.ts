import { basename } from "node:path";
import type { z } from "zod";
import { TradingError } from "../../core/domain/errors.ts";

/** Input that is inconsistent: names the file, the line where there is one, and the reason. */
export function refuse(file: string, line: number | null, reason: string): TradingError {
  const where = line === null ? basename(file) : `${basename(file)} line ${line}`;
  return new TradingError("RECORDING_INVALID", { file, line, reason: `${where}: ${reason}` });
}

/** A zod error in one sentence: the first field that is wrong, and why. */
export function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  return issue ? `${issue.path.join(".") || "the row"}: ${issue.message}` : "not what was expected";
}
