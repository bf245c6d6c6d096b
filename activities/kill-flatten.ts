import type { OwnedIntent } from "../core/domain/order.ts";
import type { Occasion } from "../core/domain/occasion.ts";
import { countCenti, formatCount } from "../core/domain/units.ts";
import { type HeldPosition, planFlatten } from "../core/strategies/flatten.ts";
import type { KillSettings } from "../runtime/tipoff-config.ts";
import { findIntent } from "../schema/queries/intents.ts";
import { type NewKill, recordKillProgress } from "../schema/queries/kill.ts";
import { openOrders, type OrderRow } from "../schema/queries/orders.ts";
import { openPositions, type PositionRow } from "../schema/queries/positions.ts";
import { type AccountDeps, syncOrder } from "./account.ts";
import { clientOrderIdOf } from "./client-order-id.ts";
import { gameOf } from "./game-of.ts";
import { occasionOf } from "./occasion-of.ts";
import { flattenMarket, type KillMarketDeps } from "./kill-market.ts";
import type { MarketHub } from "./market-hub.ts";
import type { PlaceRequest, PlaceResult } from "./place-order.ts";

export interface FlattenDeps extends AccountDeps, KillMarketDeps {
  readonly hub: MarketHub;
  readonly settings: KillSettings;
  /** The one path of every order: journal, risk, wire. */
  readonly place: (request: PlaceRequest) => Promise<PlaceResult>;
}

/** What is left of a position, for people: `-3.00` is a NO. */
export interface LeftPosition {
  readonly marketTicker: string;
  readonly count: string;
  /** Why the last attempt sold none or not all of it. */
  readonly why: string;
}

/** How an attempt to flatten ended. */
export interface FlattenResult {
  readonly isFlat: boolean;
  /** Nothing more is tried: flat, or every attempt is used. */
  readonly isOver: boolean;
  readonly left: readonly LeftPosition[];
  /** Wall time until the next attempt. */
  readonly pauseMs: number;
}

/** A position of ours that the venue shows too. */
interface OpenHolding {
  readonly row: PositionRow;
  /** What of it may be closed: held, shown by the venue, and not spoken for by an exit under way. */
  readonly count: number;
}

/** Orders under way at once: as many as there are sender's connections. */
const AT_ONCE = 8;
const NOT_FLAT = { runId: null, gameId: null, code: "kill_not_flat" } as const;

/**
 * One attempt to close everything that is held, by the positions the venue shows now: of every game and
 * contract, watched or not, both legs of a pair included. The only thing that trades for a kill.
 *
 * @throws TradingError when the venue is away; no attempt is used then.
 */
export async function flattenOnce(
  deps: FlattenDeps,
  request: NewKill & { readonly attempt: number },
): Promise<FlattenResult> {
  const { settings } = deps;
  // An exit under way first: what it sold is not to be sold again.
  await learnOpenOrders(deps, request, ({ purpose }) => purpose === "exit");
  let { holdings, foreign } = await readHoldings(deps, request);
  if (holdings.length === 0 && foreign.length > 0) {
    // Perhaps a fill of an entry that the ledger does not know of yet.
    await learnOpenOrders(deps, request, () => true);
    ({ holdings, foreign } = await readHoldings(deps, request));
  }
  const field = request.killId;
  if (holdings.length === 0 && foreign.length === 0) {
    await recordKillProgress(deps.db, request.killId, { isFlat: true });
    deps.alarms.clear({ ...NOT_FLAT, field }, deps.clock.now());
    return { isFlat: true, isOver: true, left: [], pauseMs: 0 };
  }
  const isOver = holdings.length === 0 || request.attempt > settings.flattenAttempts;
  const whys = isOver ? [] : await closeAll(deps, request, holdings);
  const left = [
    ...holdings.map(({ row }, index) => ({
      marketTicker: row.market_ticker,
      count: formatCount(row.position_centi),
      why: whys[index] ?? "attempts used",
    })),
    ...foreign,
  ];
  if (isOver) {
    const what = left.map(({ marketTicker, count, why }) => `${count} ${marketTicker} (${why})`);
    deps.alarms.raise({
      ...NOT_FLAT,
      field,
      severity: "critical",
      message: `kill ${request.killId} could not flatten: ${what.join(", ")}`,
      details: { left },
      at: deps.clock.now(),
    });
  }
  return { isFlat: false, isOver, left, pauseMs: settings.flattenPauseWallMs };
}

/** Takes in what the account says of open orders. */
async function learnOpenOrders(
  deps: FlattenDeps,
  { mode }: NewKill,
  isMeant: (row: OrderRow) => boolean,
): Promise<void> {
  const rows = (await openOrders(deps.db, mode)).filter(isMeant);
  await eachAtOnce(rows, ({ client_order_id }) => syncOrder(deps, client_order_id));
}

/** Some at once, as there are sender's connections; each as soon as one before it has ended. */
async function eachAtOnce<T>(
  items: readonly T[],
  act: (item: T, index: number) => Promise<unknown>,
): Promise<void> {
  const waiting = [...items.entries()];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, item] = next;
      await act(item, index);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** What we hold by the ledger and the venue together, and what only the venue knows. */
async function readHoldings(
  deps: FlattenDeps,
  { mode }: NewKill,
): Promise<{
  readonly holdings: readonly OpenHolding[];
  readonly foreign: readonly LeftPosition[];
}> {
  const atVenue = await deps.venue.positions();
  const left = new Map(atVenue.map((one) => [one.marketTicker, Number(one.position)]));
  const open = await openOrders(deps.db, mode);
  const holdings: OpenHolding[] = [];
  for (const row of await openPositions(deps.db, mode)) {
    const shown = left.get(row.market_ticker) ?? 0;
    const held = Math.abs(row.position_centi);
    const sign = Math.sign(row.position_centi);
    const ours = Math.min(held, Math.max(0, sign * shown));
    left.set(row.market_ticker, shown - sign * ours);
    if (ours > 0) holdings.push({ row, count: Math.min(ours, held - spoken(open, row)) });
  }
  const foreign = [...left].flatMap(([marketTicker, count]): LeftPosition[] =>
    count === 0
      ? []
      : [{ marketTicker, count: formatCount(count), why: "not ours: no order of ours made it" }],
  );
  return { holdings, foreign };
}

/** What exits under way will close: sales of YES, purchases against a NO. */
function spoken(open: readonly OrderRow[], row: PositionRow): number {
  const side = row.position_centi > 0 ? "ask" : "bid";
  return open
    .filter(
      (order) =>
        order.purpose === "exit" &&
        order.side === side &&
        order.occasion_id === row.occasion_id &&
        order.strategy === row.strategy &&
        order.market_ticker === row.market_ticker,
    )
    .reduce((sum, order) => sum + order.count_centi - order.filled_centi, 0);
}

/** @returns why each was not closed, or how it went. */
async function closeAll(
  deps: FlattenDeps,
  request: NewKill & { readonly attempt: number },
  holdings: readonly OpenHolding[],
): Promise<readonly string[]> {
  const whys: string[] = [];
  await eachAtOnce(holdings, async (holding, index) => {
    whys[index] = await close(deps, request, holding);
  });
  return whys;
}

async function close(
  deps: FlattenDeps,
  { killId, attempt }: NewKill & { readonly attempt: number },
  { row, count }: OpenHolding,
): Promise<string> {
  if (count <= 0) return "an exit is under way";
  const occasion = await occasionOf(deps.db, row.occasion_id);
  const intentKey = `kill/${killId}/${row.occasion_id}/${row.strategy}/${row.market_ticker}/${attempt}`;
  // A repeat of this attempt after a crash is the same order, at the price it had then.
  const before = await findIntent(deps.db, clientOrderIdOf(intentKey));
  let intent: OwnedIntent;
  if (before !== null) {
    intent = JSON.parse(before.terms) as OwnedIntent; // Boundary: written by the journal.
  } else {
    const { eventTicker, markets } = occasion;
    const market = await flattenMarket(deps, eventTicker, row.market_ticker);
    const held: HeldPosition = {
      strategy: row.strategy,
      marketTicker: row.market_ticker,
      eventTicker,
      exchangeIndex: markets.find(({ ticker }) => ticker === row.market_ticker)?.exchangeIndex ?? 0,
      phase: await phaseOf(deps, occasion),
      outcome: row.position_centi > 0 ? "yes" : "no",
      count: countCenti(count),
    };
    const plan = planFlatten(held, market, deps.settings);
    if (plan.kind === "wait") return plan.why;
    intent = plan.intent;
  }
  const placed = await deps.place({
    occasion,
    intent,
    intentKey,
    parentId: null,
    decisionId: `kill/${killId}`,
    quote: null,
  });
  return placed.kind === "refused" ? `refused: ${placed.code}` : placed.status;
}

/** Only a game is traded before it begins. */
async function phaseOf(
  { db, clock }: FlattenDeps,
  { domain, occasionId, mode }: Occasion,
): Promise<"pregame" | "live"> {
  if (domain === "btc") return "live";
  return (await gameOf(db, occasionId, mode)).tipAt > clock.now() ? "pregame" : "live";
}
