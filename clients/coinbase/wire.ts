import { z } from "zod";
import { type UsdMicros, usdMicros } from "../../core/domain/units.ts";
import { TimeText, UsdText } from "../http/payload.ts";

const TradeId = z.int().positive();

/** Dollars for one bitcoin as text. */
const PriceText = UsdText.refine((micros) => micros > 0, "a price of bitcoin is positive");

/** Dollars for one bitcoin as a number, to the nearest micro. */
const PriceNumber: z.ZodType<UsdMicros, number> = z
  .number()
  .positive()
  .max(1e9)
  .transform((usd) => usdMicros(Math.round(usd * 1_000_000)));

/** One trade, as `match`, `last_match`, `ticker`, and the answers of REST tell it. */
export const TradeWire = z.object({ trade_id: TradeId, price: PriceText, time: TimeText });
export type TradeWire = z.infer<typeof TradeWire>;

/** Newest first. */
export const TradesWire = z.array(TradeWire);

export const HeartbeatWire = z.object({ last_trade_id: z.int().nonnegative(), time: TimeText });

/** What every message of a product carries; `sequence` is the product's, over all channels. */
export const EnvelopeWire = z.looseObject({
  type: z.string(),
  product_id: z.string().optional(),
  sequence: z.int().optional(),
});

export const ErrorWire = z.object({ message: z.string(), reason: z.string().optional() });

/** Rows of `[time, low, high, open, close, volume]`, newest first, time in seconds. */
export const CandlesWire = z.array(
  z.tuple([
    z.int().positive(),
    PriceNumber,
    PriceNumber,
    PriceNumber,
    PriceNumber,
    z.number().nonnegative(),
  ]),
);

export const TimeWire = z.object({ iso: TimeText });
