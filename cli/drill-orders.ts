import { randomUUID } from "node:crypto";
import { userInfo } from "node:os";
import type pg from "pg";
import type { AuditKind } from "../core/domain/audit.ts";
import type { Mode } from "../core/domain/decision.ts";
import { NBA_SERIES } from "../core/domain/ids.ts";
import type { Market } from "../core/domain/market.ts";
import type { ClientOrderId } from "../core/domain/order.ts";
import { snap } from "../core/domain/price-grid.ts";
import { countCenti, ONE_CONTRACT_CENTI, ONE_USD_MICROS } from "../core/domain/units.ts";
import type { NewVenueOrder, Venue } from "../core/domain/venue.ts";
import { type Db, openPool } from "../schema/database.ts";
import { appendAudit } from "../schema/queries/audit.ts";
import { withSendLock } from "../schema/queries/kill.ts";
import { type RunningHome, withDatabase } from "./context.ts";

/** A drill without a resting order would measure nothing. */
const WANTED = 5;
type DrillHome = Pick<RunningHome, "databaseUrl" | "mode">;

/** Bids lie at the end of the grid, and only in markets whose best bid is far from there. Micros. */
const FAR_MICROS = 100_000;
/** Should the drill die, the exchange ends them after this. Run milliseconds. */
const EXPIRES_MS = 5 * 60_000;
const TIMEOUT_MS = 2_500;

/**
 * Counts the orders that rest, and where none do rests a few bids of one contract at the lowest
 * price, far from the market, for the drill to cancel.
 *
 * @returns how many rest now.
 */
export async function restForDrill(venue: Venue, running: DrillHome): Promise<number> {
  const resting = await venue.orders({ status: "resting" });
  if (resting.length > 0) return resting.length;
  const markets = await farMarkets(venue);
  return withDatabase(running.databaseUrl, async (db) => {
    const { databaseUrl: url, mode } = running;
    const onConnectionLost = (): void => undefined;
    const senders = openPool({ url, poolSize: 1, name: "tipoff-drill", onConnectionLost });
    try {
      let placed = 0;
      for (const market of markets) {
        const order = drillOrder(market);
        if (order !== null && (await place({ db, senders, venue, mode }, order))) placed += 1;
      }
      return placed;
    } finally {
      await senders.end();
    }
  });
}

type FarMarket = Market & { readonly now: number };

function drillOrder(market: FarMarket): NewVenueOrder | null {
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
    expiresAtSeconds: Math.ceil((market.now + EXPIRES_MS) / 1_000),
    orderGroupId: null,
  };
}

/**
 * Sends one as the worker's are sent: under the lock that a kill waits for, its request and its answer in
 * the audit log. @returns whether it rests now.
 */
async function place(
  desk: {
    readonly db: Db;
    readonly senders: pg.Pool;
    readonly venue: Venue;
    readonly mode: Mode;
  },
  order: NewVenueOrder,
): Promise<boolean> {
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
  const sending = { isPaid, maySend: () => isPaid };
  const sent = await withSendLock(senders, mode, entry, () =>
    venue.createOrder(order, TIMEOUT_MS, sending),
  );
  if (sent.kind === "killed") {
    await note("order-not-sent", { why: `kill ${sent.killId}` });
    return false;
  }
  await note("venue-response", { answer: sent.value });
  return sent.value.kind === "accepted";
}

/** Open markets with a bid far above the lowest price, and the venue's time as their books show it. */
async function farMarkets(venue: Venue): Promise<readonly FarMarket[]> {
  const events = await venue.events({ seriesTicker: NBA_SERIES, status: "open" });
  const open = events.flatMap(({ markets }) => markets).filter(({ status }) => status === "active");
  const far: FarMarket[] = [];
  for (const market of open) {
    const book = await venue.orderBook(market.ticker);
    const best = Math.max(0, ...book.yes.map(([price]) => price));
    if (best >= FAR_MICROS && best < ONE_USD_MICROS) far.push({ ...market, now: book.at ?? 0 });
    if (far.length >= WANTED) break;
  }
  return far;
}
