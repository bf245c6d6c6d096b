import { z } from "zod";
import {
  countCenti,
  instant,
  parseDecimal,
  priceMicros,
  ONE_USD_MICROS,
} from "../../../core/domain/units.ts";
import { invalidParameters } from "../errors.ts";

const Count = z.string().transform((text, issues) => {
  const centi = parseDecimal(text, 2);
  if (centi !== null && centi >= 0) return countCenti(centi);
  issues.addIssue({ code: "custom", message: "a decimal count with at most two places" });
  return z.NEVER;
});

const Price = z.string().transform((text, issues) => {
  const micros = parseDecimal(text, 6);
  if (micros !== null && micros > 0 && micros < ONE_USD_MICROS) return priceMicros(micros);
  issues.addIssue({ code: "custom", message: "a decimal price between 0 and 1 dollar" });
  return z.NEVER;
});

const ClientOrderId = z.string().regex(/^[A-Za-z0-9+=_:/-]{1,64}$/);
const Shard = z.number().int();

/** The body of a create, as the venue's V2. */
export const CreateOrder = z.object({
  ticker: z.string(),
  side: z.enum(["bid", "ask"]),
  count: Count,
  price: Price,
  time_in_force: z.enum(["good_till_canceled", "immediate_or_cancel", "fill_or_kill"]),
  self_trade_prevention_type: z.enum(["taker_at_cross", "maker"]),
  client_order_id: ClientOrderId.optional(),
  expiration_time: z
    .number()
    .int()
    .transform((seconds) => instant(seconds * 1_000))
    .nullish(),
  post_only: z.boolean().nullish(),
  reduce_only: z.boolean().nullish(),
  cancel_order_on_pause: z.boolean().nullish(),
  subaccount: z.number().int().min(0).max(0).nullish(),
  order_group_id: z.string().min(1).nullish(),
  exchange_index: Shard.nullish(),
});
export type CreateOrder = z.infer<typeof CreateOrder>;

export const CancelOrder = z.object({
  order_id: z.string(),
  market_ticker: z.string().nullish(),
  exchange_index: Shard.nullish(),
});
export type CancelOrder = z.infer<typeof CancelOrder>;

export const AmendOrder = z.object({
  ticker: z.string(),
  side: z.enum(["bid", "ask"]),
  price: Price,
  count: Count,
  client_order_id: ClientOrderId.nullish(),
  updated_client_order_id: ClientOrderId.nullish(),
  exchange_index: Shard.nullish(),
});

export const DecreaseOrder = z
  .object({
    reduce_by: Count.nullish(),
    reduce_to: Count.nullish(),
    market_ticker: z.string().nullish(),
    exchange_index: Shard.nullish(),
  })
  .refine(
    (body) =>
      [body.reduce_by, body.reduce_to].filter((one) => typeof one === "number").length === 1,
    {
      message: "exactly one of reduce_by and reduce_to",
    },
  );

/** The limit of an order group, in whole contracts or exactly. */
export const GroupLimit = z.object({
  contracts_limit: z.number().int().positive().nullish(),
  contracts_limit_fp: Count.nullish(),
  subaccount: z.number().int().min(0).max(0).nullish(),
  exchange_index: Shard.nullish(),
});
export type GroupLimit = z.infer<typeof GroupLimit>;

/** A batch; each item is read by itself, so that one bad item does not sink the others. */
export const Batch = z.object({ orders: z.array(z.unknown()).min(1).max(20) });

/** @throws ApiError 400, naming the field. */
export function parseBody<S extends z.ZodType>(schema: S, body: unknown): z.output<S> {
  const { success, data, error } = schema.safeParse(body);
  if (!success) throw invalidParameters(z.prettifyError(error));
  return data;
}
