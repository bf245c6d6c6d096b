import { z } from "zod";
import { invalidParameters } from "../errors.ts";

const Flag = z.enum(["true", "false"]).transform((text) => text === "true");
const Seconds = z.coerce.number().int().nonnegative();
/** Comma-separated, repeated, or both. */
const List = z.union([z.string(), z.array(z.string())]).transform((value) =>
  [value]
    .flat()
    .flatMap((text) => text.split(","))
    .filter(Boolean),
);

/**
 * The query parameters that the calls we serve share. Unknown ones are ignored, as at the venue; a call
 * that the venue filters by one of these, and ours does not, refuses it (`refuseFilter`).
 */
const Query = z.object({
  limit: z.coerce.number().int().min(1).max(1_000).optional(),
  cursor: z.string().optional(),
  series_ticker: z.string().optional(),
  show_historical: Flag.optional(),
  event_ticker: List.optional(),
  ticker: z.string().optional(),
  tickers: List.optional(),
  market_ticker: z.string().optional(),
  market_tickers: List.optional(),
  order_id: z.string().optional(),
  status: z.string().optional(),
  depth: z.coerce.number().int().min(0).max(100).optional(),
  min_ts: Seconds.optional(),
  max_ts: Seconds.optional(),
  min_created_ts: Seconds.optional(),
  max_created_ts: Seconds.optional(),
  min_updated_ts: Seconds.optional(),
  min_close_ts: Seconds.optional(),
  max_close_ts: Seconds.optional(),
  min_settled_ts: Seconds.optional(),
  max_settled_ts: Seconds.optional(),
  start_ts: Seconds.optional(),
  end_ts: Seconds.optional(),
  period_interval: z.enum(["1", "60", "1440"]).transform(Number).optional(),
  include_latest_before_start: Flag.optional(),
  with_nested_markets: Flag.optional(),
  mve_filter: z.enum(["only", "exclude"]).optional(),
  is_block_trade: Flag.optional(),
  category: z.string().optional(),
  tags: z.string().optional(),
  count_filter: z.string().optional(),
  exchange_index: z.coerce.number().int().optional(),
  /** There are no others. */
  subaccount: z.coerce.number().int().min(0).max(0).optional(),
});
export type Query = z.infer<typeof Query>;

/** @throws ApiError 400, naming the parameter. */
export function parseQuery(query: unknown): Query {
  const { success, data, error } = Query.safeParse(query);
  if (!success) throw invalidParameters(z.prettifyError(error));
  return data;
}

/** @throws ApiError 400 for a filter of the venue's that is not served here: ignored, it would give what was not asked for. */
export function refuseFilter(query: Query, names: readonly (keyof Query)[]): void {
  const name = names.find((one) => query[one] !== undefined && query[one] !== false);
  if (name !== undefined) throw invalidParameters(`${name} is not served by the paper exchange`);
}

/**
 * One page of what matches, newest first, and the opaque cursor of the next; empty at the end. The
 * cursor names a place in the whole list, so nothing is missed while items come or stop matching.
 */
export function page<T>(
  all: readonly T[],
  isMatch: (item: T) => boolean,
  query: Query,
  limit: { fallback: number; max: number },
): { items: readonly T[]; cursor: string } {
  const size = Math.min(query.limit ?? limit.fallback, limit.max);
  const items: T[] = [];
  let place = query.cursor ? decodeCursor(query.cursor) : all.length;
  for (; place > 0 && items.length < size; place -= 1) {
    const item = all[place - 1];
    if (item !== undefined && isMatch(item)) items.push(item);
  }
  return { items, cursor: place > 0 ? encodeCursor(place) : "" };
}

/** Whether an instant lies in `min_ts` to `max_ts`, which are seconds. */
export function isInRange(at: number, query: Query): boolean {
  const isAfter = query.min_ts === undefined || at >= query.min_ts * 1_000;
  return isAfter && (query.max_ts === undefined || at < (query.max_ts + 1) * 1_000);
}

const encodeCursor = (place: number): string =>
  Buffer.from(`before:${place}`).toString("base64url");

function decodeCursor(cursor: string): number {
  const match = /^before:(\d+)$/.exec(Buffer.from(cursor, "base64url").toString("utf8"));
  if (!match) throw invalidParameters("cursor");
  return Number(match[1]);
}
