import { type Selectable, sql } from "kysely";
import type { Mode } from "../../core/domain/decision.ts";
import type { Instant } from "../../core/domain/units.ts";
import { type Db, toDate } from "../database.ts";
import type { Database } from "../tables.ts";

export type PartnerRow = Selectable<Database["partner_probabilities"]>;

/**
 * Keeps a partner's probability that home wins, above 0 and below 1, and its audit, in one statement;
 * the same instant twice is one.
 */
export async function setPartner(
  db: Db,
  partner: {
    readonly mode: Mode;
    readonly eventTicker: string;
    readonly homeProbability: number;
    readonly by: string;
    readonly at: Instant;
  },
): Promise<void> {
  await sql`
    with kept as (
      insert into partner_probabilities (event_ticker, home_probability, set_by, set_at)
      values (${partner.eventTicker}, ${partner.homeProbability}, ${partner.by}, ${toDate(partner.at)})
      on conflict do nothing
      returning event_ticker, home_probability, set_by, set_at)
    insert into audit_log (mode, kind, actor, subject, details, at)
    select ${partner.mode}, 'partner', set_by, event_ticker,
      json_build_object('homeProbability', home_probability)::text, set_at
    from kept`.execute(db);
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
