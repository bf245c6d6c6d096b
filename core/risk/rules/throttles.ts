import { notional, ownPrice } from "../../domain/notional.ts";
import { atLeast, atMost, type Rule } from "../judgement.ts";

/** How much and how often is entered. A replacement goes on with the entry that it replaces. */
export const THROTTLE_RULES: readonly Rule[] = [
  {
    name: "trades_per_day",
    appliesTo: "entry",
    judge: ({ activity }, limits) => atMost(activity.entriesToday + 1, limits.maxTradesPerDay),
  },
  {
    name: "trades_per_hour",
    appliesTo: "entry",
    judge: ({ activity }, limits) => atMost(activity.entriesThisHour + 1, limits.maxTradesPerHour),
  },
  {
    name: "between_trades",
    appliesTo: "entry",
    judge: ({ at, subject, activity: { lastEntryAt } }, limits) => {
      const isFirst = lastEntryAt === null || subject.replaces !== null;
      // The largest number that JSON keeps says "never before".
      return atLeast(
        isFirst ? Number.MAX_SAFE_INTEGER : at - lastEntryAt,
        limits.minBetweenTradesMs,
      );
    },
  },
  {
    name: "cycle_notional",
    appliesTo: "entry",
    judge: ({ subject, activity }, limits) => {
      const own = Number.isInteger(subject.price) && Number.isInteger(subject.count);
      const { side, price, count } = subject;
      const asked = own ? notional(ownPrice(side, price), count) : Number.NaN;
      return atMost(activity.cycleNotional + asked, limits.maxNotionalPerCycle);
    },
  },
];
