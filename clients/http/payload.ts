import { z } from "zod";
import { TradingError } from "../../core/domain/errors.ts";
import type { FeedFault } from "../../core/domain/feeds.ts";
import {
  type CountCenti,
  countCenti,
  type Instant,
  instant,
  type PriceMicros,
  parseDecimal,
  type PositionCenti,
  positionCenti,
  priceMicros,
  type UsdMicros,
  usdMicros,
} from "../../core/domain/units.ts";

/** A decimal text that fits the scale exactly, as a scaled integer. */
function scaled(decimals: number): z.ZodType<number, string> {
  return z.string().transform((text, context) => {
    const value = parseDecimal(text, decimals);
    if (value !== null) return value;
    context.addIssue({ code: "custom", message: `not a decimal of ${decimals} places` });
    return z.NEVER;
  });
}

/** Dollars as text, `"0.5600"`, in micros. */
export const UsdText: z.ZodType<UsdMicros, string> = scaled(6).transform(usdMicros);

/** Dollars as a number, `80499.99`, or as text, in micros. */
export const UsdAmount: z.ZodType<UsdMicros, number | string> = z
  .union([z.number(), z.string()])
  .transform((value, context) => {
    const micros = typeof value === "string" ? parseDecimal(value, 6) : microsOf(value);
    if (micros !== null) return usdMicros(micros);
    context.addIssue({ code: "custom", message: "not dollars of at most 6 places" });
    return z.NEVER;
  });

/** A number of dollars is the double nearest to its decimal text: its error is far below a micro. */
function microsOf(dollars: number): number | null {
  const micros = Math.round(dollars * 1_000_000);
  const isExact = Math.abs(dollars * 1_000_000 - micros) < 0.01;
  return Number.isSafeInteger(micros) && isExact ? micros : null;
}

/** A price of a $1 contract as text, strictly between 0 and 1 dollar, in micros. */
export const PriceText: z.ZodType<PriceMicros, string> = scaled(6)
  .refine((micros) => micros > 0 && micros < 1_000_000, "a price lies between 0 and 1 dollar")
  .transform(priceMicros);

/** Contracts as text, `"10.00"`, never negative, in hundredths. */
export const CountText: z.ZodType<CountCenti, string> = scaled(2)
  .refine((centi) => centi >= 0, "a count is not negative")
  .transform(countCenti);

/** A signed position as text, in hundredths. */
export const PositionText: z.ZodType<PositionCenti, string> = scaled(2).transform(positionCenti);

/** RFC 3339 in UTC or with an offset; seconds may be missing and have any number of digits. */
export const TimeText: z.ZodType<Instant, string> = z.string().transform((text, context) => {
  const isShaped = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})$/.test(
    text,
  );
  const ms = isShaped ? Date.parse(text) : Number.NaN;
  if (Number.isFinite(ms)) return instant(Math.trunc(ms));
  context.addIssue({ code: "custom", message: "not a time with a zone" });
  return z.NEVER;
});

/** The first thing wrong with a payload, by its path. */
export function faultOf(
  source: string,
  error: z.ZodError,
  at: { readonly path?: string; readonly externalId?: string | null } = {},
): FeedFault {
  const issue = error.issues[0];
  const field = [...(at.path === undefined ? [] : [at.path]), ...(issue?.path ?? [])].join(".");
  const reason = issue?.message ?? "invalid";
  return { source, field, reason, externalId: at.externalId ?? null };
}

/** The failure that a payload's fault is. */
export function feedInvalid(fault: FeedFault): TradingError {
  return new TradingError("FEED_INVALID", fault);
}

/**
 * Reads a payload.
 *
 * @throws TradingError FEED_INVALID with the path of the first field that is not as it must be.
 */
export function parsePayload<T>(source: string, schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw feedInvalid(faultOf(source, parsed.error));
}
