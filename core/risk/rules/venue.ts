import { easternParts } from "../../domain/time.ts";
import type { Instant } from "../../domain/units.ts";
import { atMost, claim, type Rule, within } from "../judgement.ts";

/** The venue: whether it trades, whether it is heard of, and whether the shard's cash pays for the order. */
export const VENUE_RULES: readonly Rule[] = [
  {
    name: "venue_open",
    appliesTo: "entry",
    judge: ({ isTrading }) => claim(isTrading === true),
  },
  {
    name: "venue_pause",
    appliesTo: "entry",
    judge: ({ at }) => claim(Number.isFinite(at) && !isThursdayPause(at)),
  },
  {
    name: "connectivity",
    appliesTo: "entry",
    judge: ({ venueSilentMs }, limits) =>
      within(venueSilentMs ?? Number.NaN, limits.maxVenueSilenceMs),
  },
  {
    name: "shard_cash",
    appliesTo: "entry",
    judge: ({ subject, openOrders, account, shardCash }) => {
      const promised = openOrders
        .filter(({ exchangeIndex }) => exchangeIndex === subject.exchangeIndex)
        .reduce((sum, { reserved }) => sum + reserved, 0);
      const cash = Math.min(account.cash, shardCash ?? Number.NaN);
      return atMost(promised + subject.reservation, cash);
    },
  },
];

/** Kalshi pauses trading on Thursdays from 03:00 to 05:00 Eastern; no NBA game overlaps. */
function isThursdayPause(at: Instant): boolean {
  const { date, hour } = easternParts(at);
  return new Date(`${date}T00:00:00Z`).getUTCDay() === 4 && hour >= 3 && hour < 5;
}
