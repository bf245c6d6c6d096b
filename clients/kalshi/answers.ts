import { TradingError } from "../../core/domain/errors.ts";
import { refusesKey } from "../../core/domain/venue.ts";
import type { Worth } from "../http/backoff.ts";
import type { HttpOutcome } from "../http/request.ts";

/** What the venue says against a request. */
export interface VenueError {
  readonly code: string | null;
  readonly message: string;
}

/**
 * Reads an error body in any of the four shapes the venue uses: nested or flat code and message,
 * a bare text under `error`, a bare text under `msg`.
 *
 * @returns `null` when the body has none of them: then it may not be the venue that answered.
 */
export function readVenueError(json: unknown): VenueError | null {
  const body = fields(json);
  if (body === null) return null;
  const inner = fields(body["error"]) ?? body;
  const code = text(inner["code"]);
  const message = text(inner["message"]) ?? text(body["error"]) ?? text(body["msg"]);
  if (code === null && message === null) return null;
  const details = text(inner["details"]);
  return { code, message: [message ?? code, details].filter((part) => part !== null).join(": ") };
}

function fields(value: unknown): Record<string, unknown> | null {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : null;
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

/** The failure that a read without an answer is. `path` says what was asked. */
export function readFailure(path: string, outcome: HttpOutcome): TradingError {
  switch (outcome.kind) {
    case "timeout":
      return new TradingError("VENUE_UNAVAILABLE", { path, reason: "timeout" });
    case "network":
      return new TradingError("VENUE_UNAVAILABLE", { path, reason: outcome.reason });
    case "ok":
    case "invalid": {
      const reason = outcome.kind === "ok" ? "no answer expected" : outcome.reason;
      return new TradingError("FEED_INVALID", {
        source: "kalshi",
        field: path,
        reason,
        externalId: null,
      });
    }
    case "http-error": {
      const { status, json } = outcome;
      const error = readVenueError(json);
      const details = { path, status, code: error?.code ?? null, message: error?.message ?? null };
      if (refusesKey(status)) return new TradingError("VENUE_AUTH", details);
      if (status === 429) return new TradingError("VENUE_RATE_LIMITED", details);
      if (status >= 500) return new TradingError("VENUE_UNAVAILABLE", details);
      return new TradingError("VENUE_REFUSED", details);
    }
  }
}

/** Whether asking the same again may bring another answer, and when the venue wants to be asked. */
export function worthAsking(outcome: HttpOutcome): Worth {
  if (outcome.kind === "timeout" || outcome.kind === "network") return true;
  if (outcome.kind === "invalid") return true;
  if (outcome.kind === "ok") return false;
  const isPassing = outcome.status === 429 || outcome.status >= 500;
  return isPassing ? (outcome.retryAfterMs ?? true) : false;
}
