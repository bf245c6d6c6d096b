import { randomUUID } from "node:crypto";
import { userInfo } from "node:os";
import type pg from "pg";
import type { AuditKind } from "../core/domain/audit.ts";
import type { Mode } from "../core/domain/decision.ts";
import { type KillLevel, sweepsAll } from "../core/domain/kill.ts";
import { NBA_SERIES } from "../core/domain/ids.ts";
import type { Market } from "../core/domain/market.ts";
import type { ClientOrderId } from "../core/domain/order.ts";
import { snap } from "../core/domain/price-grid.ts";
import { countCenti, ONE_CONTRACT_CENTI, ONE_USD_MICROS } from "../core/domain/units.ts";
import type { NewVenueOrder, Venue } from "../core/domain/venue.ts";
import { forbiddenByLedger } from "../activities/venue-sweep.ts";
import { SEND_WITHIN_MS } from "../activities/send-gate.ts";
import { createExchangeControl } from "../runtime/exchange-control.ts";
import { readKillFile } from "../runtime/kill-file.ts";
import { findOrderGroup } from "../schema/queries/order-groups.ts";
import { playedRun } from "../schema/queries/runs.ts";
import { type Db, openPool } from "../schema/database.ts";
import { appendAudit } from "../schema/queries/audit.ts";
import { withSendLock } from "../schema/queries/kill.ts";
import { type RunningHome, withDatabase } from "./context.ts";

/** A drill without a resting order would measure nothing. */
const WANTED = 5;
/** Bids lie at the end of the grid, and only in markets whose best bid is far from there. Micros. */
const FAR_MICROS = 100_000;
/** Should the drill die, the exchange ends them after this. Run milliseconds. */
const EXPIRES_MS = 5 * 60_000;
const TIMEOUT_MS = 2_500;

/** The running home that is drilled. */
type DrillHome = Pick<RunningHome, "databaseUrl" | "exchangeUrl" | "home" | "mode">;

/**
 * Counts the orders that rest and that a kill of this level takes off the book. Where there are none, and
 * the level takes everything off, it rests a few bids of one contract at the lowest price, far from the
 * market: the milder levels go by the ledger, which does not know a drill's bids.
 *
 * @returns how many rest now, by the exchange's own word.
 */
export async function restForDrill(
  venue: Venue,
  running: DrillHome,
  level: KillLevel,
): Promise<number> {
  const { databaseUrl, mode } = running;
  return withDatabase(databaseUrl, async (db) => {
    const resting = (): Promise<number> => restingUnder(db, venue, { level, mode });
    const before = await resting();
    if (before > 0 || !sweepsAll(level)) return before;
    await restBids(db, venue, running);
    return resting();
  });
}

async function restingUnder(
  db: Db,
  venue: Venue,
  kill: { readonly level: KillLevel; readonly mode: Mode },
): Promise<number> {
  const resting = await venue.orders({ status: "resting" });
  if (sweepsAll(kill.level)) return resting.length;
  return resting.filter(await forbiddenByLedger(db, kill)).length;
}

async function restBids(db: Db, venue: Venue, running: DrillHome): Promise<void> {
  const { databaseUrl: url, exchangeUrl, home, mode } = running;
  const run = await playedRun(db, mode);
  if (run === null) return;
  const { nowMs } = await createExchangeControl(exchangeUrl).clock();
  const onConnectionLost = (): void => undefined;
  const senders = openPool({ url, poolSize: 1, name: "tipoff-drill", onConnectionLost });
  try {
    const desk = { db, senders, venue, mode, killFile: home.killFile };
    for (const market of await farMarkets(venue)) {
      const { exchangeIndex } = market;
      const limit = countCenti(WANTED * ONE_CONTRACT_CENTI);
      // The night's own group where there is one; one made here is not kept as the night's.
      const orderGroupId =
        (await findOrderGroup(db, run.run_id, exchangeIndex)) ??
        (await venue.createOrderGroup({ limit, exchangeIndex }));
      const order = drillOrder(market, nowMs, orderGroupId);
      if (order !== null) await place(desk, order);
    }
  } finally {
    await senders.end();
  }
}

function drillOrder(market: Market, nowMs: number, orderGroupId: string): NewVenueOrder | null {
  const price = snap(0, market.grid, "up");
  if (price === null) return null;
  return {
    clientOrderId: randomUUID() as ClientOrderId, // A drill's own: no intent stands behind it.
    marketTicker: market.ticker,
    exchangeIndex: market.exchangeIndex,
    side: "bid",
    price,
    count: countCenti(ONE_CONTRACT_CENTI),
    timeInForce: "good_till_canceled",
    isPostOnly: true,
    isReduceOnly: false,
    expiresAtSeconds: Math.ceil((nowMs + EXPIRES_MS) / 1_000),
    orderGroupId,
  };
}

/**
 * Sends one as the worker's are sent: under the lock that a kill waits for, its request and its answer in
 * the audit log.
 */
async function place(
  desk: {
    readonly db: Db;
    readonly senders: pg.Pool;
    readonly venue: Venue;
    readonly mode: Mode;
    readonly killFile: string;
  },
  order: NewVenueOrder,
): Promise<void> {
  const { db, senders, venue, mode } = desk;
  const note = (kind: AuditKind, details: object): Promise<void> =>
    appendAudit(db, {
      mode,
      kind,
      actor: userInfo().username,
      subject: order.clientOrderId,
      details: { drill: true, ...details },
      at: new Date(),
    });
  await note("order-request", order);
  const entry = { purpose: "entry", is_reduce_only: false, exit_type: null } as const;
  const isPaid = await venue.payForOrder(TIMEOUT_MS);
  const startedAt = performance.now();
  const maySend = (): boolean =>
    isPaid &&
    performance.now() - startedAt <= SEND_WITHIN_MS &&
    readKillFile(desk.killFile) === null;
  const sent = await withSendLock(senders, mode, entry, () =>
    venue.createOrder(order, TIMEOUT_MS, { isPaid, maySend }),
  );
  if (sent.kind === "killed") await note("order-not-sent", { why: `kill ${sent.killId}` });
  else await note("venue-response", { answer: sent.value });
}

/** Open markets with a bid far above the lowest price. */
async function farMarkets(venue: Venue): Promise<readonly Market[]> {
  const events = await venue.events({ seriesTicker: NBA_SERIES, status: "open" });
  const open = events.flatMap(({ markets }) => markets).filter(({ status }) => status === "active");
  const far: Market[] = [];
  for (const market of open) {
    const book = await venue.orderBook(market.ticker);
    const best = Math.max(0, ...book.yes.map(([price]) => price));
    if (best >= FAR_MICROS && best < ONE_USD_MICROS) far.push(market);
    if (far.length >= WANTED) break;
  }
  return far;
}
