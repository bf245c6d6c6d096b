import pino, { type Logger } from "pino";
import { knownSecrets } from "./config.ts";
import { createScrubber, type Secret } from "./secret.ts";

export type { Logger };

/**
 * One JSON line per fact, to standard output or to a file. Messages are constant; every varying
 * thing is a field with its unit. Secrets hide themselves (`Secret`); redaction by name is the second net,
 * and the third takes every secret that is known out of the finished line.
 */
export function createLogger(options: {
  readonly level: string;
  readonly service: string;
  readonly file?: string;
  /** Secrets beyond those of the environment. */
  readonly secrets?: readonly Secret[];
}): Logger {
  const scrub = createScrubber([...knownSecrets(), ...(options.secrets ?? [])]);
  const settings: pino.LoggerOptions = {
    level: options.level,
    base: { service: options.service },
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { error: describeError },
    hooks: { streamWrite: scrub },
    redact: {
      paths: ["apiKey", "authorization", "privateKey", "privateKeyPem"].flatMap((name) => [
        name,
        `*.${name}`,
      ]),
      censor: "[secret]",
    },
  };
  // Written at once: a killed process leaves its last line behind, which is the one that matters.
  return options.file === undefined
    ? pino(settings, pino.destination({ dest: 1, sync: true }))
    : pino(settings, pino.destination({ dest: options.file, mkdir: true, sync: true }));
}

/** What an error says, and none of its other properties: an HTTP client hangs its headers on them. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message, stack } = error;
  return { name, message, stack };
}
