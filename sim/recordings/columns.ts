import { z } from "zod";
import { isTradingDate } from "../../core/domain/time.ts";
import { teamByCode } from "../../core/domain/teams.ts";
import { ONE_USD_MICROS, parseDecimal, usdMicros } from "../../core/domain/units.ts";

/** Columns of the recorded files, as text to values. Each refuses what it cannot read exactly. */
export const text = z.string().min(1, "is empty");

/** A plain decimal, read exactly into an integer scaled by `10 ** decimals`. */
export function decimal(decimals: number): z.ZodType<number> {
  return z.string().transform((value, context) => {
    const scaled = parseDecimal(value, decimals);
    if (scaled !== null) return scaled;
    context.addIssue({ code: "custom", message: `"${value}" is not a plain decimal` });
    return z.NEVER;
  });
}

/** A decimal of any length, read as a number: for what is compared and not kept. */
export const roughNumber = z
  .string()
  .regex(/^-?\d+(\.\d+)?$/, "is not a plain decimal")
  .transform(Number);

/** A whole number that is not negative; `7.0` is 7. */
export const wholeNumber = decimal(0).refine((value) => value >= 0, "is negative");

/** A tricode of one of the 30 teams. */
export const teamCode = z.string().refine((code) => teamByCode(code) !== null, {
  error: ({ input }) => `unknown team ${String(input)}`,
});

/** A calendar day, `YYYY-MM-DD`. */
export const tradingDate = z.string().refine(isTradingDate, "a date is YYYY-MM-DD");

/** An instant with its zone, such as `2025-12-02T00:00:00Z`, in milliseconds. */
export const timestamp = z.string().transform((value, context) => {
  const hasZone = /(Z|[+-]\d\d:?\d\d)$/.test(value);
  // A day that is not in the calendar, such as 30 February, would be read as one of the next month.
  const isDay = isTradingDate(value.slice(0, 10));
  const ms = hasZone && isDay ? Date.parse(value.replace(" ", "T")) : NaN;
  if (Number.isFinite(ms)) return Math.round(ms);
  context.addIssue({ code: "custom", message: `"${value}" is not an instant with a zone` });
  return z.NEVER;
});

/** Zero or one. */
export const flag = z.enum(["0", "1"]).transform((value) => value === "1");

/** A column that is empty: what the source does not know. */
export const blank = z.literal("").transform(() => null);

/** A price from 0 to 1 USD, in micros: its ends are an empty side of a book. */
export const priceDollars = decimal(6).refine(
  (value) => value >= 0 && value <= ONE_USD_MICROS,
  "not 0 to 1 USD",
);

/** An amount above zero, in micro-dollars. */
export const usdAmount = decimal(6)
  .refine((value) => value > 0, "is not above zero")
  .transform(usdMicros);
