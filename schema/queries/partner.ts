import type { Selectable } from "kysely";
import type { Instant } from "../../core/domain/units.ts";
import { type Db, toDate } from "../database.ts";
import type { Database } from "../tables.ts";

export type PartnerRow = Selectable<Database["partner_probabilities"]>;

/** Keeps a partner's probability that home wins, above 0 and below 1; the same instant twice is one. */
export async function setPartner(
  db: Db,
  partner: {
    readonly eventTicker: string;
    readonly homeProbability: number;
    readonly by: string;
    readonly at: Instant;
  },
): Promise<void> {
  await db
    .insertInto("partner_probabilities")
    .values({
      event_ticker: partner.eventTicker,
      home_probability: partner.homeProbability,
      set_by: partner.by,
      set_at: toDate(partner.at),
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** The last probability known at an instant. @returns `null` when none was set: absent, not 0. */
export async function partnerAt(
  db: Db,
  eventTicker: string,
  at: Instant,
): Promise<PartnerRow | null> {
  const found = await db
    .selectFrom("partner_probabilities")
    .selectAll()
    .where("event_ticker", "=", eventTicker)
    .where("set_at", "<=", toDate(at))
    .orderBy("set_at", "desc")
    .limit(1)
    .executeTakeFirst();
  return found ?? null;
}
