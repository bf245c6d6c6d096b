import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, it } from "vitest";
import { required } from "../../core/domain/assert.ts";
import { type ClientOrderId, STRATEGIES } from "../../core/domain/order.ts";
import type { RiskLimits } from "../../core/domain/risk.ts";
import { countCenti, type Instant, instant, priceMicros } from "../../core/domain/units.ts";
import { LOSS_BREAKERS } from "../../core/risk/loss-triggers.ts";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import {
  BASIS,
  FEES,
  fillOf,
  inputsOf,
  intentOf,
  NOW,
  proposalOf,
  saleOf,
} from "../../test/db/night.ts";
import { openPlayedGames, runOf } from "../../test/db/played-games.ts";
import { GAMES, TIGHT } from "../../test/support/risk-commands.ts";
import type { Db } from "../database.ts";
import { lockBreaker, openBreakers, releaseBreaker } from "./breakers.ts";
import { recordFills } from "./fills.ts";
import { type IntentOutcome, recordIntent, recordIntents } from "./intents.ts";
import type { NewIntent } from "./new-intent.ts";
import { applyOrderUpdate, findOrder } from "./orders.ts";
import { marksOfBids } from "../../test/support/marks.ts";

const SEED = 20_261_122;
const RUNS = 80;
const CENT = 10_000;

/** Codes of refusals by what is reserved or sent, which the earlier ones of a group change. */
const BY_OTHERS = new Set([
  ...["open_positions", "position_size", "market_loss", "game_loss", "slate_loss", "total_capital"],
  ...["strategy_capital", "exposure_cap", "bankroll_slice", "cycle_notional", "between_trades"],
  ...["trades_per_day", "trades_per_hour"],
]);
const TRIGGERS: ReadonlySet<string> = new Set(LOSS_BREAKERS);

/** So tight that a group of a few comes to them, and wide enough that it is not at once. */
const LIMITS: RiskLimits = {
  ...TIGHT,
  maxOpenPositions: 5,
  maxTradesPerDay: 9,
  maxTradesPerHour: 6,
  consecutiveLossesHalt: 2,
  minBetweenTradesMs: 2,
};

/** What one game of a group proposes. `which` is taken modulo what is there. */
const member = fc.record({
  kind: fc.constantFrom("enter", "enter", "enter", "sell", "sell", "replace", "again", "altered"),
  strategy: fc.constantFrom(...STRATEGIES),
  side: fc.constantFrom(0 as const, 1 as const),
  contracts: fc.oneof(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 8, max: 30 })),
  which: fc.nat(10),
  /** How much later than the one before it was proposed, run milliseconds. */
  laterMs: fc.constantFrom(0, 3, 3, 70_000),
  /** Bid of all that is held, as this one sees it. */
  markCents: fc.constantFrom(48, 48, 70, 49, 20),
});
type Member = typeof member extends fc.Arbitrary<infer T> ? T : never;

/** A group, what then becomes of its orders, and how long it takes to the next one. */
const round = fc.record({
  members: fc
    .shuffledSubarray([...GAMES.keys()], { minLength: 2 })
    .chain((games) => fc.tuple(...games.map((game) => fc.tuple(fc.constant(game), member)))),
  fates: fc.array(fc.constantFrom("fill", "fill", "part", "end"), {
    minLength: GAMES.length,
    maxLength: GAMES.length,
  }),
  releases: fc.boolean(),
  pauseMs: fc.constantFrom(1_000, 90_000, 4_000_000),
});

let alone: ClonedDatabase;
let together: ClonedDatabase;
beforeAll(async () => {
  [alone, together] = await Promise.all([cloneDatabase(2), cloneDatabase(2)]);
});
afterAll(() => Promise.all([alone.drop(), together.drop()]));

/** One sequence: what was proposed so far, and when the last was. */
interface Played {
  at: Instant;
  readonly proposed: NewIntent[];
}

it(`records a group as if each of it came alone, over ${RUNS} sequences`, async () => {
  const seen = { approved: 0, limit: 0, laterTrip: 0, exists: 0, reused: 0, replaced: 0, sold: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(round, { minLength: 1, maxLength: 4 }), async (rounds) => {
      await Promise.all([alone, together].map(({ db }) => openPlayedGames(db)));
      const night: Played = { at: NOW, proposed: [] };
      for (const { members, fates, releases, pauseMs } of rounds) {
        const group = await propose(night, members);
        const before = await openBreakers(together.db, "paper");
        const asOne = await recordIntents(together.db, group, limits);
        const oneByOne: IntentOutcome[] = [];
        for (const each of group) oneByOne.push(await recordIntent(alone.db, each, limits));
        expect(asOne.map(told)).toEqual(oneByOne.map(told));
        expect(await written(together.db)).toEqual(await written(alone.db));
        count(seen, group, asOne);
        const trips = (await openBreakers(together.db, "paper")).length - before.length;
        if (trips > 0 && !(asOne[0]?.kind === "refused" && TRIGGERS.has(asOne[0].code))) {
          seen.laterTrip += 1;
        }
        for (const { db } of [alone, together]) await play(db, night.at, asOne, fates, releases);
        night.at = instant(night.at + pauseMs);
      }
    }),
    { seed: SEED, numRuns: RUNS },
  );
  // All of it was really seen, or this proves nothing.
  expect(Object.entries(seen).filter(([, times]) => times < 8)).toEqual([]);
}, 600_000);

const limits = (): Promise<RiskLimits> => Promise.resolve(LIMITS);

async function propose(
  night: Played,
  members: readonly (readonly [number, Member])[],
): Promise<readonly NewIntent[]> {
  const group: NewIntent[] = [];
  for (const [game, one] of members) {
    night.at = instant(night.at + one.laterMs);
    group.push(await proposalBy(night, game, one));
  }
  night.proposed.push(...group);
  return group;
}

async function proposalBy(night: Played, game: number, one: Member): Promise<NewIntent> {
  const { occasionId, slate, tickers } = required(GAMES[game], "a game");
  const earlier = night.proposed.filter((proposal) => proposal.occasionId === occasionId);
  const before = earlier[one.which % Math.max(1, earlier.length)];
  if (before !== undefined && one.kind === "again") return before;
  const price = priceMicros(49 * CENT);
  const isFirst = one.strategy === "pregame-anchored" && !earlier.some(isPregame);
  const bought = intentOf(occasionId, {
    ...{ marketTicker: tickers[one.side], strategy: one.strategy, limitPrice: price },
    count: countCenti(one.contracts * 100 + one.which),
    phase: isFirst ? "pregame" : "live",
  });
  if (before !== undefined && one.kind === "altered") return { ...before, intent: bought };
  const held = before?.intent ?? bought;
  const sold = { ...saleOf(occasionId, held.strategy, 100), marketTicker: held.marketTicker };
  const parent = one.kind === "replace" && before ? await parentOf(before) : null;
  const { at } = night;
  const intent = one.kind === "sell" ? sold : bought;
  const inputs = inputsOf(intent);
  const quote = { ...required(inputs.quote, "a quote"), receivedAt: at };
  const marks = marksOfBids(
    GAMES.flatMap((each) => each.tickers.map((ticker) => [ticker, one.markCents * CENT] as const)),
  );
  const clientOrderId = randomUUID() as ClientOrderId; // Test boundary: any uuid will do.
  return proposalOf(occasionId, intent, {
    ...{ clientOrderId, intentKey: `${occasionId}/${clientOrderId}`, runId: runOf(slate) },
    ...{ at, proposedAt: at, parentId: parent },
    basis: parent ? null : { ...BASIS, decidedAt: at, forecastKnownAt: at, modelKnownAt: at },
    inputs: {
      ...{ ...inputs, quote: { ...quote, ask: price }, otherMid: null, marks },
      ...{ venueSilentMs: 0, injuriesAt: at },
    },
  });
}

const isPregame = ({ intent }: NewIntent): boolean => intent.phase === "pregame";

/** An order that can be replaced, which a refused intent has not. */
async function parentOf({ clientOrderId }: NewIntent): Promise<ClientOrderId | null> {
  return (await findOrder(together.db, clientOrderId))?.client_order_id ?? null;
}

/** What follows a group, the same in both databases. */
async function play(
  db: Db,
  at: Instant,
  outcomes: readonly IntentOutcome[],
  fates: readonly string[],
  releases: boolean,
): Promise<void> {
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome.kind !== "approved") continue;
    const { client_order_id: clientOrderId, count_centi: count } = outcome.order;
    const fate = fates[index];
    if (fate === "fill" || fate === "part") {
      const filled = fate === "fill" ? count : Math.ceil(count / 3);
      const fee = Math.ceil((filled * 175) / 100) * 100;
      const fills = [fillOf(outcome.order, `f-${clientOrderId}`, filled, fee)];
      await recordFills(db, { clientOrderId, fills, fees: FEES, at });
    }
    if (fate === "end" || fate === "part") {
      const update = { kind: "closed", reason: "canceled" } as const;
      await applyOrderUpdate(db, { clientOrderId, update, at });
    }
  }
  if (!releases) return;
  for (const { breaker_id: id } of await openBreakers(db, "paper")) {
    await db.transaction().execute(async (tx) => {
      const breaker = required(await lockBreaker(tx, id), "the breaker");
      await releaseBreaker(tx, breaker, { by: "test", reason: "goes on", at });
    });
  }
}

/** An outcome, without the wall clock's instants. */
function told(outcome: IntentOutcome): unknown {
  if (!("order" in outcome)) return outcome;
  return { ...outcome, order: { ...outcome.order, recorded_at: null, updated_at: null } };
}

/** All that the risk transaction writes, without the wall clock's instants and the ids of the audit log. */
async function written(db: Db): Promise<unknown> {
  const WALL = "{recorded_at,updated_at,thrown_at,released_at,audit_id,alarm_id,next_notice_at}";
  const tables = ["intents", "orders", "audit_log", "circuit_breakers", "kill_switch", "alarms"];
  const rows = await Promise.all(
    [...tables, "equity_high_water"].map(async (table) => {
      const { rows: found } = await sql<{ row: unknown }>`
        select to_jsonb(t) - ${WALL}::text[] as row from ${sql.table(table)} t
        order by (to_jsonb(t) - ${WALL}::text[])::text`.execute(db);
      return [table, found.map(({ row }) => row)] as const;
    }),
  );
  return Object.fromEntries(rows);
}

function count(
  seen: Record<"approved" | "limit" | "exists" | "reused" | "replaced" | "sold", number>,
  group: readonly NewIntent[],
  outcomes: readonly IntentOutcome[],
): void {
  let isApproved = false;
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome.kind === "exists" || outcome.kind === "reused") seen[outcome.kind] += 1;
    if (outcome.kind === "refused" && isApproved && BY_OTHERS.has(outcome.code)) seen.limit += 1;
    if (outcome.kind !== "approved") continue;
    isApproved = true;
    seen.approved += 1;
    if (group[index]?.parentId !== null) seen.replaced += 1;
    if (group[index]?.intent.purpose === "exit") seen.sold += 1;
  }
}
