import fc from "fast-check";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, it } from "vitest";
import { required } from "../../core/domain/assert.ts";
import { chargeFee, type FeeAccumulator, NO_FEES_CHARGED } from "../../core/domain/fees.ts";
import type { OwnedIntent } from "../../core/domain/order.ts";
import type { RiskSnapshot, RuleVerdict } from "../../core/domain/risk.ts";
import {
  countCenti,
  type Instant,
  instant,
  priceMicros,
  usdMicros,
} from "../../core/domain/units.ts";
import { lossTriggers } from "../../core/risk/loss-triggers.ts";
import { measureLosses } from "../../core/risk/losses.ts";
import {
  brokenCaps,
  type Command,
  commands,
  GAMES,
  TIGHT,
} from "../../test/support/risk-commands.ts";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import {
  BASIS,
  FEES,
  inputsOf,
  intentOf,
  NOW,
  proposalOf,
  saleOf,
  snapshotOf,
} from "../../test/db/night.ts";
import { openPlayedGames, runOf } from "../../test/db/played-games.ts";
import { recordFills } from "./fills.ts";
import { recordIntent } from "./intents.ts";
import { throwKill } from "./kill.ts";
import { liftKills } from "../../test/db/lift-kills.ts";
import { cashIdentity } from "./ledger.ts";
import { applyOrderUpdate, openOrders, type OrderRow } from "./orders.ts";
import { openPositions, type PositionRow } from "./positions.ts";
import { settleMarket } from "./settlements.ts";
import { marksOfBids } from "../../test/support/marks.ts";

const SEED = 20_261_121;
const RUNS = 300;
const CENT = 10_000;
const STEP_MS = 400;
/**
 * What only the ledger knows: the other inputs are the pure property's, and so are the losses and the
 * day's count, which 300 sequences of twelve steps do not come to and its 10,000 do.
 */
const OF_THE_LEDGER = [
  "trades_per_hour",
  "cycle_notional",
  "position_size",
  "market_loss",
  "game_loss",
  "slate_loss",
  "strategy_capital",
  "total_capital",
  "bankroll_slice",
];

let cloned: ClonedDatabase;
beforeAll(async () => {
  cloned = await cloneDatabase(4);
});
afterAll(() => cloned.drop());

/** The night of one sequence: its clock, its quotes, and the fees of its orders so far. */
interface Played {
  at: Instant;
  fills: number;
  readonly quotes: Map<string, number>;
  readonly charged: Map<string, FeeAccumulator>;
  /** What a person has thrown; a trigger throws `no-entries` beside it. */
  kill: Extract<Command, { kind: "kill" }>["level"];
  /** Locks tried by a strategy in a game, but for those that a kill refused. */
  readonly lockAttempts: Map<string, number>;
}

it(`holds every cap over ${RUNS} sequences on PostgreSQL, enters nothing after a trigger, and refuses no exit and no lock`, async () => {
  const reached = new Set<string>();
  const counts = { enter: 0, exit: 0, lock: 0 };
  await fc.assert(
    fc.asyncProperty(commands(12), async (sequence) => {
      const night = await begin();
      for (const command of sequence) {
        night.at = instant(night.at + STEP_MS);
        const rules = await play(night, command);
        for (const rule of refused(rules ?? [])) reached.add(rule);
        const isJudged = rules !== null && command.kind in counts;
        if (isJudged && refused(rules).length === 0) {
          counts[command.kind as keyof typeof counts] += 1;
        }
        expect(brokenCaps(await look(night), TIGHT)).toEqual([]);
      }
      expect(await cashIdentity(cloned.db, "paper")).toMatchObject({ difference: 0, imbalance: 0 });
      expect(await daysAgree()).toBe(true);
    }),
    { seed: SEED, numRuns: RUNS },
  );
  expect(OF_THE_LEDGER.filter((name) => !reached.has(name))).toEqual([]);
  expect(counts.enter).toBeGreaterThan(RUNS / 2);
  expect(counts.exit).toBeGreaterThan(10);
  expect(counts.lock).toBeGreaterThan(10);
}, 600_000);

const refused = (rules: readonly RuleVerdict[]): readonly string[] =>
  rules.filter(({ isHeld }) => !isHeld).map(({ rule }) => rule);

async function begin(): Promise<Played> {
  await openPlayedGames(cloned.db);
  const quotes = new Map(GAMES.flatMap(({ tickers }) => tickers.map((one) => [one, 48 * CENT])));
  return { at: NOW, fills: 0, quotes, charged: new Map(), kill: null, lockAttempts: new Map() };
}

/** What the next order would be judged by. */
async function look(night: Played): Promise<RiskSnapshot> {
  const { occasionId } = required(GAMES[0], "a game");
  const intent = intentOf(occasionId, { marketTicker: "nothing" });
  return snapshotOf(cloned.db, proposal(night, 0, intent));
}

function proposal(night: Played, game: number, intent: OwnedIntent) {
  const { at } = night;
  const { occasionId, slate } = required(GAMES[game], "a game");
  const bid = priceMicros(night.quotes.get(intent.marketTicker) ?? 48 * CENT);
  const inputs = inputsOf(intent);
  const quote = { ...required(inputs.quote, "a quote"), bid, receivedAt: at };
  return proposalOf(occasionId, intent, {
    ...{ runId: runOf(slate), at, proposedAt: at },
    basis: {
      ...BASIS,
      ...{ decidedAt: at, forecastKnownAt: at, modelKnownAt: at, mid: (bid + bid + CENT) / 2 },
    },
    inputs: {
      ...inputs,
      quote: { ...quote, ask: priceMicros(bid + CENT) },
      ...{ otherMid: null, venueSilentMs: 0, injuriesAt: at },
      marks: marksOfBids(night.quotes),
    },
  });
}

async function judge(
  night: Played,
  game: number,
  intent: OwnedIntent,
): Promise<readonly RuleVerdict[]> {
  const outcome = await recordIntent(cloned.db, proposal(night, game, intent), () =>
    Promise.resolve(TIGHT),
  );
  if (outcome.kind === "approved" || outcome.kind === "refused") return outcome.rules;
  throw new Error(`no intent comes twice here: ${outcome.kind}`);
}

async function play(night: Played, command: Command): Promise<readonly RuleVerdict[] | null> {
  switch (command.kind) {
    case "quote":
      night.quotes.set(tickerOf(command), command.cents * CENT);
      return null;
    case "wait":
      night.at = instant(night.at + command.ms);
      return null;
    case "enter":
      return enter(night, command);
    case "exit":
      return exit(night, command.which, command.share);
    case "fill":
      await fill(night, command.which, command.share);
      return null;
    case "cancel":
      await end(night, command.which, "cancel");
      return null;
    case "lose":
      await end(night, command.which, "lose");
      return null;
    case "settle":
      await settle(night, command.game, command.winner);
      return null;
    case "lock":
      return lock(night, command.which, command.share);
    case "kill":
      await kill(night, command.level);
      return null;
  }
}

function tickerOf({ game, side }: { readonly game: number; readonly side: 0 | 1 }): string {
  return required(GAMES[game], "a game").tickers[side];
}

async function enter(
  night: Played,
  command: Extract<Command, { kind: "enter" }>,
): Promise<readonly RuleVerdict[]> {
  const before = await look(night);
  const marketTicker = tickerOf(command);
  const price = priceMicros((night.quotes.get(marketTicker) ?? 0) + CENT);
  const { occasionId } = required(GAMES[command.game], "a game");
  const rules = await judge(
    night,
    command.game,
    intentOf(occasionId, {
      ...{ marketTicker, strategy: command.strategy, limitPrice: price },
      count: countCenti(command.contracts * 100),
    }),
  );
  const hasTrigger =
    before.killLevel !== null || lossTriggers(measureLosses(before), TIGHT).length > 0;
  if (hasTrigger) expect(refused(rules)).not.toEqual([]);
  return rules;
}

/** Something that is held, and how much of it is neither paired nor spoken for by an exit. */
async function free(which: number): Promise<{ held: PositionRow; count: number } | null> {
  const positions = await openPositions(cloned.db, "paper");
  const held = positions[which % Math.max(1, positions.length)];
  if (!held) return null;
  const isOwn = (one: { occasion_id: string; strategy: string }): boolean =>
    one.occasion_id === held.occasion_id && one.strategy === held.strategy;
  const pair = positions.find((one) => isOwn(one) && one.market_ticker !== held.market_ticker);
  const exits = (await openOrders(cloned.db, "paper")).filter(
    (one) => isOwn(one) && one.purpose === "exit",
  );
  const spoken = exits.reduce((sum, one) => sum + one.count_centi - one.filled_centi, 0);
  const count = held.position_centi - (pair?.position_centi ?? 0) - spoken;
  return count > 0 ? { held, count } : null;
}

/** Sells what is held and not spoken for: whatever stands, it must go through. */
async function exit(
  night: Played,
  which: number,
  share: number,
): Promise<readonly RuleVerdict[] | null> {
  const found = await free(which);
  if (!found) return null;
  const { held, count } = found;
  const price = priceMicros(night.quotes.get(held.market_ticker) ?? CENT);
  const sale = saleOf(held.occasion_id, held.strategy, Math.max(1, Math.floor(count * share)));
  const rules = await judge(night, gameOf(held), {
    ...sale,
    ...{ marketTicker: held.market_ticker, limitPrice: price, plan: { ...sale.plan, price } },
  });
  expect(refused(rules)).toEqual([]);
  return rules;
}

/** Buys the other side where the pair then costs no more than it pays: only who wants sales alone refuses. */
async function lock(
  night: Played,
  which: number,
  share: number,
): Promise<readonly RuleVerdict[] | null> {
  const found = await free(which);
  if (!found) return null;
  const { occasion_id, strategy, market_ticker, cost_micros, fees_micros, position_centi } =
    found.held;
  const left = 1_000_000 - ((cost_micros + fees_micros) / position_centi) * 100;
  const price = Math.floor(left / CENT - 3) * CENT;
  if (price < CENT) return null;
  const game = gameOf(found.held);
  const other = GAMES[game]?.tickers.find((ticker) => ticker !== market_ticker);
  const rules = await judge(
    night,
    game,
    intentOf(occasion_id, {
      ...{ purpose: "exit", exitType: "lock", strategy, limitPrice: priceMicros(price) },
      marketTicker: required(other, "the other market"),
      count: countCenti(Math.max(1, Math.floor(found.count * share))),
    }),
  );
  const isKilled = night.kill === "reduce-only";
  const tried = night.lockAttempts.get(`${occasion_id} ${strategy}`) ?? 0;
  if (!isKilled) night.lockAttempts.set(`${occasion_id} ${strategy}`, tried + 1);
  expect(refused(rules)).toEqual([
    ...(isKilled ? ["kill_level"] : []),
    ...(tried >= TIGHT.maxLockAttempts ? ["lock_cap"] : []),
  ]);
  return rules;
}

function gameOf({ occasion_id }: PositionRow): number {
  return GAMES.findIndex(({ occasionId }) => occasionId === occasion_id);
}

/** What was thrown before gives way; what a trigger has thrown stays. */
async function kill(night: Played, level: Played["kill"]): Promise<void> {
  night.kill = level;
  const by = { mode: "paper", by: "test", reason: "test" } as const;
  await liftKills(cloned.db, by);
  if (level !== null) await throwKill(cloned.db, { ...by, level, killId: `kill-${night.at}` });
}

async function openOrder(which: number): Promise<OrderRow | undefined> {
  const open = await openOrders(cloned.db, "paper");
  return open[which % Math.max(1, open.length)];
}

async function fill(night: Played, which: number, share: number): Promise<void> {
  const order = await openOrder(which);
  if (!order) return;
  const { client_order_id: clientOrderId, price_micros: price, side } = order;
  const left = order.count_centi - order.filled_centi;
  const count = countCenti(Math.max(1, Math.floor(left * share)));
  const before = night.charged.get(clientOrderId) ?? NO_FEES_CHARGED;
  const { fee, accumulator } = chargeFee(before, FEES, { liquidity: "taker", price, count });
  night.charged.set(clientOrderId, accumulator);
  night.fills += 1;
  await recordFills(cloned.db, {
    clientOrderId,
    fills: [
      {
        ...{ fillId: `f${night.fills}`, venueOrderId: `v-${clientOrderId}`, clientOrderId, side },
        ...{ marketTicker: order.market_ticker, price, count, fee, at: night.at },
        liquidity: "taker",
      },
    ],
    fees: FEES,
    at: night.at,
  });
}

/** The order is canceled, or nobody hears of it again: then it counts in full. */
async function end(night: Played, which: number, how: "cancel" | "lose"): Promise<void> {
  const order = await openOrder(which);
  if (!order) return;
  const change = { clientOrderId: order.client_order_id, at: night.at };
  await applyOrderUpdate(cloned.db, { ...change, update: { kind: "submitted" } });
  const update =
    how === "lose"
      ? ({ kind: "lost" } as const)
      : ({ kind: "closed", reason: "canceled" } as const);
  await applyOrderUpdate(cloned.db, { ...change, update });
}

async function settle(night: Played, index: number, winner: 0 | 1): Promise<void> {
  const { occasionId, tickers } = required(GAMES[index], "a game");
  const { at } = night;
  for (const order of await openOrders(cloned.db, "paper")) {
    if (order.occasion_id !== occasionId) continue;
    const clientOrderId = order.client_order_id;
    const update = { kind: "closed", reason: "canceled" } as const;
    await applyOrderUpdate(cloned.db, { clientOrderId, update, at });
  }
  for (const held of await openPositions(cloned.db, "paper")) {
    if (held.occasion_id !== occasionId) continue;
    const isWon = held.market_ticker === tickers[winner];
    await settleMarket(cloned.db, {
      ...{ occasionId, marketTicker: held.market_ticker, strategy: held.strategy, at },
      ...{ result: isWon ? "yes" : "no", value: usdMicros(isWon ? 1_000_000 : 0) },
    });
  }
}

/** The sums that the risk transaction reads are those of the ledger. */
async function daysAgree(): Promise<boolean> {
  const { rows } = await sql<{ agree: boolean }>`select
    (select coalesce(sum(cash_micros), 0) from ledger_days) =
      (select coalesce(sum(amount_micros), 0) from ledger_entries where account = 'cash')
    and (select coalesce(sum(result_micros), 0) from ledger_days) =
      (select -coalesce(sum(amount_micros), 0) from ledger_entries
        where account = 'fees' or account like 'pnl:%') as agree`.execute(cloned.db);
  return rows[0]?.agree ?? false;
}
