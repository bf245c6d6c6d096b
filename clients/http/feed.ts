import type { z } from "zod";
import { TradingError } from "../../core/domain/errors.ts";
import type { FeedFault, Fetched, RawResponse } from "../../core/domain/feeds.ts";
import type { RunClock } from "../../core/domain/time.ts";
import { faultOf, feedInvalid, parsePayload } from "./payload.ts";
import { type HttpOutcome, request } from "./request.ts";

export interface FeedOptions {
  /** Named in faults and stored with raw responses. */
  readonly source: string;
  readonly baseUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly clock: RunClock;
  /** Wall milliseconds. */
  readonly timeoutMs: number;
}

/** Who asks: hosts want to know, and some refuse a caller who does not say. */
export const USER_AGENT = "tipoff/0.1";

/** Query parameters of a feed. */
export type FeedQuery = Readonly<Record<string, string | number>>;

/**
 * Asks a public feed. Nothing is repeated here: pollers come round again by themselves.
 *
 * @returns the payload as its schema reads it, with a null value when the feed has no such thing (404).
 * @throws TradingError FEED_UNAVAILABLE when no answer came, FEED_INVALID when it is not as it must be.
 */
export async function fetchFeed<T>(
  options: FeedOptions,
  path: string,
  query: FeedQuery,
  schema: z.ZodType<T>,
): Promise<Fetched<T | null>> {
  const { source, headers, clock, timeoutMs } = options;
  const url = new URL(options.baseUrl + path);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
  const outcome = await request({ method: "GET", url: url.href, headers, timeoutMs }, clock);
  const isMissing = outcome.kind === "http-error" && outcome.status === 404;
  if (outcome.kind !== "ok" && !isMissing) throw failureOf(source, path, outcome);
  const { status, body, fetchedAt, receivedAt } = outcome;
  const raw: RawResponse = { source, url: url.href, status, body, fetchedAt, receivedAt };
  return { value: isMissing ? null : parsePayload(source, schema, outcome.json), raw };
}

/** As `fetchFeed`, for what must be there. */
export async function fetchExisting<T>(
  options: FeedOptions,
  path: string,
  query: FeedQuery,
  schema: z.ZodType<T>,
): Promise<Fetched<T>> {
  const { value, raw } = await fetchFeed(options, path, query, schema);
  if (value !== null) return { value, raw };
  throw new TradingError("FEED_UNAVAILABLE", { source: options.source, path, reason: "http 404" });
}

function failureOf(
  source: string,
  path: string,
  outcome: Exclude<HttpOutcome, { kind: "ok" }>,
): TradingError {
  switch (outcome.kind) {
    case "timeout":
      return new TradingError("FEED_UNAVAILABLE", { source, path, reason: "timeout" });
    case "network":
      return new TradingError("FEED_UNAVAILABLE", { source, path, reason: outcome.reason });
    case "http-error":
      return new TradingError("FEED_UNAVAILABLE", {
        source,
        path,
        reason: `http ${outcome.status}`,
      });
    case "invalid":
      return feedInvalid({ source, field: "body", reason: outcome.reason, externalId: null });
  }
}

/** Where in a payload an item stands, and whose it is. */
export interface Place {
  readonly source: string;
  readonly path: string;
  readonly externalId: string | null;
}

/** An item read, or what is wrong with it. */
export type Reading<T> =
  | { readonly item: T; readonly fault: null }
  | { readonly item: null; readonly fault: FeedFault };

/** Reads one item of a list, so that a bad one does not hide the others. */
export function readItem<T>(place: Place, schema: z.ZodType<T>, value: unknown): Reading<T> {
  const parsed = schema.safeParse(value);
  return parsed.success
    ? { item: parsed.data, fault: null }
    : { item: null, fault: faultOf(place.source, parsed.error, place) };
}

/** The fault of a field that is there and cannot be true. */
export function faultAt(place: Place, field: string, reason: string): FeedFault {
  const { source, path, externalId } = place;
  return { source, field: `${path}.${field}`, reason, externalId };
}

/** A text field of something not yet read, to name it by. */
export function textField(value: unknown, name: string): string | null {
  const field = fieldOf(value, name);
  return typeof field === "string" ? field : null;
}

/** A field of something not yet read. */
export function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return null;
  return Object.entries(value).find(([key]) => key === name)?.[1];
}
