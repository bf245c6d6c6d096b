import CliTable from "cli-table3";
import { InvalidArgumentError } from "commander";
import { z } from "zod";
import { TradingError } from "../core/domain/errors.ts";
import { ServiceError } from "../runtime/child.ts";
import { knownSecrets } from "../runtime/config.ts";
import { HomeHeldError } from "../runtime/home-lock.ts";
import { createScrubber } from "../runtime/secret.ts";
import { ApiError } from "../sim/exchange/errors.ts";

/** What every command answers to its caller. */
export const EXIT = {
  done: 0,
  failed: 1,
  wrongUse: 2,
  /** A safety rule said no. */
  refused: 3,
} as const;

/** A command that cannot go on: why, what to do next, and the exit code. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly next: string;
  readonly exitCode: number;
  constructor(exitCode: number, cause: string, next: string) {
    super(cause);
    this.exitCode = exitCode;
    this.next = next;
  }
}

/** The command ran and did not succeed. */
export const failed = (cause: string, next: string): CommandError =>
  new CommandError(EXIT.failed, cause, next);

/** The command was asked for something that makes no sense. */
export const wrongUse = (cause: string, next: string): CommandError =>
  new CommandError(EXIT.wrongUse, cause, next);

/** A safety rule forbids the command. */
export const refused = (cause: string, next: string): CommandError =>
  new CommandError(EXIT.refused, cause, next);

/** Writes one line to standard output. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Writes an alert, apart from a command's answer. */
export function printAlert(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Writes a command's answer as JSON. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** Lays rows out under a head. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const grid = new CliTable({ head: [...head], style: { head: [], border: [], compact: true } });
  grid.push(...rows.map((row) => [...row]));
  return grid.toString();
}

/** Runs a command's action: its answer or error becomes the exit code, an error also a message. */
export function action<Args extends unknown[]>(
  run: (...args: Args) => Promise<number>,
): (...args: Args) => Promise<void> {
  return async (...args) => {
    try {
      process.exitCode = await run(...args);
    } catch (error) {
      const { exitCode, cause, next } = explain(error);
      process.exitCode = exitCode;
      const scrub = createScrubber(knownSecrets());
      process.stderr.write(`tipoff: ${scrub(cause)}\n`);
      if (next) process.stderr.write(`  next: ${next}\n`);
    }
  };
}

/** Parser of an option that is a whole number in a range. */
export function integerOption(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== "" && Number.isInteger(value) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`);
  };
}

/** Parser of an option that is a number in a range. */
export function numberOption(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== "" && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Expected a number from ${min} to ${max}.`);
  };
}

/** Parser of an option that must be what a file or a message must be that it goes into. */
export function typedOption<T>(type: z.ZodType<T>): (text: string) => T {
  return (text) => {
    const parsed = type.safeParse(text);
    if (parsed.success) return parsed.data;
    const [first = "", ...rest] = parsed.error.issues.map(({ message }) => message).join("; ");
    throw new InvalidArgumentError(`${first.toUpperCase()}${rest.join("")}.`);
  };
}

/** What our own failures carry for a person. */
const Details = z.object({
  reason: z.string().optional().catch(undefined),
  nextStep: z.string().optional().catch(undefined),
  file: z.string().optional().catch(undefined),
  faults: z.array(z.string()).optional().catch(undefined),
  path: z.string().optional().catch(undefined),
  status: z.number().optional().catch(undefined),
  message: z.string().optional().catch(undefined),
});

/** What went wrong, for a sentence. */
export function reasonOf(error: unknown): string {
  return explain(error).cause;
}

/** An error as a person is told it. */
export function explain(error: unknown): { exitCode: number; cause: string; next: string | null } {
  if (error instanceof CommandError) {
    return { exitCode: error.exitCode, cause: error.message, next: error.next };
  }
  if (error instanceof HomeHeldError) {
    return { exitCode: EXIT.refused, cause: error.message, next: null };
  }
  if (error instanceof ServiceError) {
    return { exitCode: EXIT.failed, cause: error.message, next: error.nextStep };
  }
  if (error instanceof TradingError) return explainTrading(error);
  if (error instanceof ApiError) {
    const cause = [error.message, error.details].filter((part) => part !== "").join(": ");
    return { exitCode: EXIT.failed, cause, next: error.nextStep };
  }
  return { exitCode: EXIT.failed, ...explainOther(error) };
}

const NEXT_BY_ERRNO: Readonly<Record<string, string>> = {
  ENOENT: "check the path",
  EEXIST: "something of that name is there: name another place, or move it away",
  ENOTDIR: "check the path: a part of it is a file, not a folder",
  EACCES: "check who may read and write there",
  EROFS: "name a place that can be written",
  ENOSPC: "free some disk",
  EADDRINUSE: "another program has that port: stop it, or name another port",
  ECONNREFUSED: "a service is away: `npx tipoff doctor` looks, and running services come back",
};

/** Errors of files and of connections; some come in a bundle whose own message is empty. */
function explainOther(error: unknown): { cause: string; next: string | null } {
  if (!(error instanceof Error)) return { cause: String(error), next: null };
  const inner: unknown = error instanceof AggregateError ? error.errors[0] : null;
  const cause = error.message || (inner instanceof Error ? inner.message : "") || error.name;
  const code = "code" in error ? String(error.code) : "";
  return { cause, next: NEXT_BY_ERRNO[code] ?? null };
}

function explainTrading(error: TradingError): ReturnType<typeof explain> {
  const { reason, nextStep, file, faults, ...answer } = Details.parse(error.details);
  const codes: Partial<Record<TradingError["code"], number>> = {
    SAFETY_REFUSED: EXIT.refused,
    CONFIG_INVALID: EXIT.wrongUse,
  };
  const exitCode = codes[error.code] ?? EXIT.failed;
  if (file !== undefined && faults !== undefined) {
    const cause = [`${file} is not valid:`, ...faults.map((fault) => `  ${fault}`)].join("\n");
    return { exitCode, cause, next: nextStep ?? "correct the file and start again" };
  }
  const cause = reason ?? answered(answer) ?? error.message;
  return { exitCode, cause, next: nextStep ?? null };
}

/** What a server said to a call that failed. */
function answered({ path, status, message }: z.infer<typeof Details>): string | null {
  if (path === undefined || status === undefined) return null;
  return `${path} was answered ${status}${message === undefined ? "" : `, ${message}`}`;
}
