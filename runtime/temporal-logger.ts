import { DefaultLogger, type Logger as TemporalLogger } from "@temporalio/worker";
import type { Logger } from "./log.ts";

const LEVELS = {
  TRACE: "trace",
  DEBUG: "debug",
  INFO: "info",
  WARN: "warn",
  ERROR: "error",
} as const;

/** Temporal's log lines in ours: one JSON line a fact, the SDK's fields beside it. */
export function createTemporalLogger(log: Logger): TemporalLogger {
  return new DefaultLogger("INFO", ({ level, message, meta }) => {
    log[LEVELS[level]]({ ...meta }, message);
  });
}
