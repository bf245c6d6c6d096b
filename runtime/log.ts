import pino, { type Logger } from "pino";

export type { Logger };

/**
 * One JSON line per fact, to standard output or to a file. Messages are constant; every varying
 * thing is a field with its unit. Secrets hide themselves (`Secret`); redaction is the second net.
 */
export function createLogger(options: {
  readonly level: string;
  readonly service: string;
  readonly file?: string;
}): Logger {
  const settings: pino.LoggerOptions = {
    level: options.level,
    base: { service: options.service },
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { error: describeError },
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
