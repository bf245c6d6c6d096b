import { z } from "zod";
import { TradingError } from "../../core/domain/errors.ts";
import {
  countCenti,
  instant,
  priceMicros,
  usdMicros,
  positionCenti,
} from "../../core/domain/units.ts";
import { NBA_SHARD } from "./shards.ts";

const Count = z.number().transform(countCenti);
const Price = z.number().transform(priceMicros);
const At = z.number().transform(instant);

const Terms = z.strictObject({
  orderId: z.string(),
  clientOrderId: z.string().nullable(),
  marketTicker: z.string(),
  side: z.enum(["bid", "ask"]),
  price: Price,
  count: Count,
  timeInForce: z.enum(["good_till_canceled", "immediate_or_cancel", "fill_or_kill"]),
  isPostOnly: z.boolean(),
  isReduceOnly: z.boolean(),
  selfTradePrevention: z.enum(["taker_at_cross", "maker"]),
  expiresAt: At.nullable(),
  isCanceledOnPause: z.boolean(),
  // Journals of before there were groups have none.
  orderGroupId: z.string().nullable().default(null),
});

/**
 * A command stands at its place among the facts: `position` facts were played before it. Played
 * again there, it has the same effect, to the last queue position.
 */
const place = { position: z.number().int().nonnegative(), at: At };

const GroupCommand = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("group-create"),
    ...place,
    groupId: z.string(),
    // Journals of before there was Bitcoin know basketball's only.
    exchangeIndex: z.number().int().default(NBA_SHARD),
    limit: Count,
  }),
  z.strictObject({ kind: z.literal("group-limit"), ...place, groupId: z.string(), limit: Count }),
  z.strictObject({ kind: z.literal("group-reset"), ...place, groupId: z.string() }),
  z.strictObject({ kind: z.literal("group-trigger"), ...place, groupId: z.string() }),
  z.strictObject({ kind: z.literal("group-delete"), ...place, groupId: z.string() }),
]);
/** What the account's owner did with an order group. */
export type GroupCommand = z.infer<typeof GroupCommand>;

const OrderCommand = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("place"), ...place, terms: Terms }),
  z.strictObject({ kind: z.literal("cancel"), ...place, orderId: z.string() }),
  z.strictObject({
    kind: z.literal("decrease"),
    ...place,
    orderId: z.string(),
    // One of the two: what is to remain, or what is taken off what rests then.
    remaining: Count.optional(),
    reduceBy: Count.optional(),
  }),
  z.strictObject({
    kind: z.literal("amend"),
    ...place,
    orderId: z.string(),
    price: Price,
    count: Count,
    clientOrderId: z.string().nullable(),
  }),
]);
/** What the account's owner did with an order. */
export type OrderCommand = z.infer<typeof OrderCommand>;

const TransferCommand = z.strictObject({
  kind: z.literal("transfer"),
  ...place,
  transferId: z.string(),
  amount: z.number().transform(usdMicros),
});
const ShardCommand = z.strictObject({
  kind: z.literal("shard"),
  ...place,
  exchangeIndex: z.number().int(),
  isExchangeActive: z.boolean(),
  isTradingActive: z.boolean(),
});
/** The exchange opened a shard for business or closed it. */
export type ShardCommand = z.infer<typeof ShardCommand>;

/** What the account's owner did, or the exchange. */
export type Command = OrderCommand | GroupCommand | z.infer<typeof TransferCommand> | ShardCommand;

const Outcome = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("fill"),
    fillId: z.string(),
    orderId: z.string(),
    clientOrderId: z.string().nullable(),
    marketTicker: z.string(),
    side: z.enum(["bid", "ask"]),
    price: Price,
    count: Count,
    fee: z.number().transform(usdMicros),
    liquidity: z.enum(["maker", "taker"]),
    positionAfter: z.number().transform(positionCenti),
    at: At,
  }),
  z.strictObject({
    kind: z.literal("settlement"),
    marketTicker: z.string(),
    revenue: z.number().transform(usdMicros),
    at: At,
  }),
]);
/** What came of it: kept to prove that a replay comes to the same. */
export type Outcome = z.infer<typeof Outcome>;

const Entry = z.union([OrderCommand, GroupCommand, TransferCommand, ShardCommand, Outcome]);

/** Reads the journal's entries. @throws TradingError JOURNAL_DAMAGED, naming the line and the field. */
export function parseEntries(lines: readonly object[]): readonly (Command | Outcome)[] {
  return lines.map((line, index) => {
    const entry = Object.fromEntries(Object.entries(line).filter(([name]) => name !== "sequence"));
    const { success, data, error } = Entry.safeParse(entry);
    if (success) return data;
    throw new TradingError("JOURNAL_DAMAGED", {
      line: index + 1,
      reason: z.prettifyError(error),
    });
  });
}

export function isCommand(entry: Command | Outcome): entry is Command {
  return entry.kind !== "fill" && entry.kind !== "settlement";
}

export function isGroupCommand(command: Command): command is GroupCommand {
  return command.kind.startsWith("group-");
}
