import { setTimeout as sleep } from "node:timers/promises";
import {
  type AccountComparison,
  type AccountView,
  compareAccount,
  type Difference,
} from "../core/domain/account-comparison.ts";
import type { Mode } from "../core/domain/decision.ts";
import type { ForeignExposure } from "../core/domain/foreign.ts";
import { isTerminal } from "../core/domain/order.ts";
import { type Instant, instant } from "../core/domain/units.ts";
import {
  bookTransfer,
  foreignExposureOf,
  openingOf,
  readLedgerView,
  recordObservations,
  storeForeignExposure,
} from "../schema/queries/account.ts";
import { feeMismatches } from "../schema/queries/fills.ts";
import { findOrder, openOrders, orderByVenueId, type OrderRow } from "../schema/queries/orders.ts";
import { openPositions } from "../schema/queries/positions.ts";
import { recordReconciliation } from "../schema/queries/reconciliations.ts";
import { accountRun } from "../schema/queries/runs.ts";
import { takeInFills } from "./account.ts";
import { readAccount } from "./account-view.ts";
import { STORED_FACTS } from "./breaker-causes.ts";
import { bookCorrections, type Corrections } from "./correct-settlements.ts";
import { cancelAtVenue, followOpen, type OrderTrouble, type RescueDeps } from "./order-rescue.ts";
import { occasionOf } from "./occasion-of.ts";
import { type Finding, tellFindings } from "./reconcile-alarms.ts";
import { driveKills, type KillStarter } from "./kill-driver.ts";
import { type SettleDeps, settleFinished } from "./settle.ts";

/** What following orders, and settling what nobody else does, needs. */
export interface ReconcileDeps extends RescueDeps, SettleDeps {
  readonly client: RescueDeps["client"] & KillStarter;
  /**
   * Whether the account is that of a night which no run has begun yet: a paper exchange has the next night
   * loaded a moment before its day begins. No run can be compared with it.
   */
  readonly isBetweenNights: (mode: Mode) => Promise<boolean>;
}

/** What a comparison found. */
export interface ReconcileResult {
  readonly ordersFollowed: number;
  readonly differences: readonly Difference[];
  /** What is at stake in the account that is not ours: counted in the limits, and left alone. */
  readonly foreign: readonly ForeignExposure[];
  /** Money that its owner moved, booked by this comparison. */
  readonly transfersBooked: number;
  /** What the venue corrected after it was paid, booked by this comparison or refused. */
  readonly corrections: Corrections;
  /** Micros; null when there are no books yet. */
  readonly cash: {
    readonly venue: number;
    readonly ledger: number;
    readonly foreign: number;
  } | null;
  /** Why nothing was compared; null when it was, and absent in answers of older versions, which did not say. */
  readonly skipped?: SkipReason | null;
}

/** Why there is nothing to compare: no day was started, or the account is of a night that no run of ours is of. */
export type SkipReason = "no_books" | "other_night";

interface Scope {
  readonly mode: Mode;
  readonly runId: string;
  readonly openedAt: Instant;
}

/** Once is a moment, twice is a difference: what is found is looked for again after this. Wall time. */
const SECOND_LOOK_MS = 1_500;
/** Orders that changed so long ago are compared only while they are open. Run time. */
const RECENT_MS = 24 * 3_600_000;

const notComparedFor = (skipped: SkipReason): ReconcileResult => ({
  ordersFollowed: 0,
  differences: [],
  foreign: [],
  transfersBooked: 0,
  corrections: { booked: [], refused: [] },
  cash: null,
  skipped,
});

/** Compares the venue's account with our ledger. */
export const createReconcileActivities = (deps: ReconcileDeps) => ({
  /**
   * Follows every open order to what the account says of it, takes in what the venue tells late, books
   * what it has settled or corrected, and compares orders, fills, positions and cash. What is not ours is
   * counted and told, never fought; money that the owner moved is booked on the venue's evidence.
   */
  async reconcile(request: {
    readonly mode: Mode;
    readonly runId: string | null;
  }): Promise<ReconcileResult> {
    const { mode } = request;
    await driveKills({ ...deps, mode });
    const runId = request.runId ?? (await accountRun(deps.db, mode))?.run_id ?? null;
    const opening = runId === null ? null : await openingOf(deps.db, { mode, runId });
    if (runId === null || opening === null) return notComparedFor("no_books");
    if (await deps.isBetweenNights(mode)) return notComparedFor("other_night");
    const scope: Scope = { mode, runId, openedAt: opening.at };
    const open = await openOrders(deps.db, mode);
    const troubles: OrderTrouble[] = [];
    for (const row of open) troubles.push(...(await followOpen(deps, row)));
    const look = await lookTwice(deps, scope);
    const { found, account, ledger, transfersBooked, corrections } = look;
    // It may have been loaded while we looked.
    if (found.differences.length > 0 && (await deps.isBetweenNights(mode))) {
      return notComparedFor("other_night");
    }
    await keep(deps, scope, { found, account, ledger });
    await tellFindings(deps, { mode, runId }, [
      ...troubles.map(troubleFinding),
      ...found.differences.map(differenceFinding),
      ...found.foreign.map(foreignFinding),
      ...(transfersBooked > 0 ? [transferFinding(transfersBooked)] : []),
      ...corrections.booked.map(correctedFinding),
      ...corrections.refused.map(refusedFinding),
      ...(await feeMismatches(deps.db, mode)).map(feeFinding),
    ]);
    // Everything that tables tell: what a process that died had not judged is judged here.
    await deps.breakers.changed(...STORED_FACTS);
    const { differences, foreign, foreignCash } = found;
    const cash = { venue: account.cash, ledger, foreign: foreignCash };
    return {
      ...{ ordersFollowed: open.length, differences, foreign, transfersBooked, corrections },
      ...{ cash, skipped: null },
    };
  },
});
export type ReconcileActivities = ReturnType<typeof createReconcileActivities>;

interface Look {
  readonly found: AccountComparison;
  readonly account: AccountView;
  /** Cash by the ledger, micros. */
  readonly ledger: number;
  readonly transfersBooked: number;
  readonly corrections: Corrections;
}

/** Fills and settlements reach the venue's books a moment before ours: only what stays is a difference. */
async function lookTwice(deps: ReconcileDeps, scope: Scope): Promise<Look> {
  const first = await lookOnce(deps, scope);
  if (first.found.differences.length + first.corrections.refused.length === 0) return first;
  await sleep(SECOND_LOOK_MS);
  const second = await lookOnce(deps, scope);
  const before = new Set(first.found.differences.map((one) => JSON.stringify(one)));
  const differences = second.found.differences.filter((one) => before.has(JSON.stringify(one)));
  return {
    found: { ...second.found, differences },
    account: second.account,
    ledger: second.ledger,
    transfersBooked: first.transfersBooked + second.transfersBooked,
    corrections: {
      booked: [...first.corrections.booked, ...second.corrections.booked],
      refused: second.corrections.refused,
    },
  };
}

async function lookOnce(deps: ReconcileDeps, { mode, runId, openedAt }: Scope): Promise<Look> {
  const recent = instant(Math.max(openedAt, deps.clock.now() - RECENT_MS));
  const account = await readAccount(deps.venue, { openedAt, recent });
  let transfersBooked = 0;
  for (const transfer of account.transfers) {
    // What came before this run is in the cash that it began with.
    const owner = transfer.at >= openedAt ? runId : null;
    if (await bookTransfer(deps.db, mode, transfer, owner)) transfersBooked += 1;
  }
  await takeInLate(deps, account);
  await settleLeft(deps, mode, account);
  const corrections = await bookCorrections(deps, mode, account);
  const ledger = await readLedgerView(deps.db, { mode, runId }, account.orders);
  const found = compareAccount(account, ledger);
  return { found, account, ledger: ledger.cash, transfersBooked, corrections };
}

/**
 * Books what our books still hold and the account no longer does, where the venue has settled it. An
 * occasion whose workflow was canceled or terminated has nobody else to do it; one that runs finds it booked.
 */
async function settleLeft(deps: ReconcileDeps, mode: Mode, account: AccountView): Promise<void> {
  const isSettled = (ticker: string): boolean =>
    account.settlements.some(({ marketTicker }) => marketTicker === ticker) ||
    !account.positions.some(
      ({ marketTicker, position }) => marketTicker === ticker && position !== 0,
    );
  const left = (await openPositions(deps.db, mode)).filter((row) => isSettled(row.market_ticker));
  for (const occasionId of new Set(left.map((row) => row.occasion_id))) {
    await settleFinished(deps, await occasionOf(deps.db, occasionId));
  }
}

/** Fills that the venue tells after an order's end, and orders that it rests though we called them over. */
async function takeInLate(deps: RescueDeps, account: AccountView): Promise<void> {
  for (const order of account.orders) {
    const row = await ownOrder(deps, order);
    if (row === null || !isTerminal(row.status)) continue;
    const isAlive = order.status === "resting";
    if (isAlive) await cancelAtVenue(deps, row, order.venueOrderId);
    if (!isAlive && order.filled === row.filled_centi) continue;
    const fills = account.fills.filter((fill) => fill.venueOrderId === order.venueOrderId);
    deps.log.error(
      { clientOrderId: row.client_order_id, status: row.status, isAlive, filled: order.filled },
      "the venue tells more of an order than we had when it ended",
    );
    if (fills.length > 0) await takeInFills(deps, row, fills);
  }
}

async function ownOrder(
  deps: RescueDeps,
  { venueOrderId, clientOrderId }: AccountView["orders"][number],
): Promise<OrderRow | null> {
  const known = await orderByVenueId(deps.db, venueOrderId);
  if (known !== null || clientOrderId === null || !UUID.test(clientOrderId)) return known;
  return await findOrder(deps.db, clientOrderId);
}

/** Client ids of others may be any text. */
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

async function keep(
  deps: RescueDeps,
  { mode, runId }: Scope,
  { found, account, ledger }: { found: AccountComparison; account: AccountView; ledger: number },
): Promise<void> {
  const at = deps.clock.now();
  const before = await foreignExposureOf(deps.db, mode);
  if (before.length > 0 || found.foreign.length > 0) {
    await storeForeignExposure(deps.db, mode, found.foreign, at);
  }
  const seen = [
    ...found.foreignOrders.map((order) => {
      const { venueOrderId: venueId, marketTicker, createdAt: happenedAt } = order;
      return { kind: "order", venueId, marketTicker, details: order, happenedAt } as const;
    }),
    ...found.foreignFills.map((fill) => {
      const { fillId: venueId, marketTicker, at: happenedAt } = fill;
      return { kind: "fill", venueId, marketTicker, details: fill, happenedAt } as const;
    }),
    ...account.transfers.map((transfer) => {
      const { transferId: venueId, at: happenedAt } = transfer;
      return {
        kind: "transfer",
        venueId,
        marketTicker: null,
        details: transfer,
        happenedAt,
      } as const;
    }),
  ];
  for (const one of await recordObservations(deps.db, mode, seen, at)) {
    deps.log.warn({ kind: one.kind, venueId: one.venue_id }, "seen in the account, and not ours");
  }
  await recordReconciliation(deps.db, {
    runId,
    at,
    differences: found.differences,
    venueCash: account.cash,
    ledgerCash: ledger as typeof account.cash, // Both are micros of cash.
    foreignCash: found.foreignCash,
  });
}

function troubleFinding({ code, row, message }: OrderTrouble): Finding {
  const { run_id: runId, occasion_id: gameId, client_order_id: field } = row;
  return { code, severity: "critical", runId, gameId, field, message, details: {} };
}

function differenceFinding(difference: Difference): Finding {
  const { kind, what, venue, ledger } = difference;
  return {
    code: "reconciliation_difference",
    severity: "critical",
    gameId: null,
    field: what,
    message: `${kind} ${what}: venue ${venue ?? "-"}, ledger ${ledger ?? "-"}`,
    details: { ...difference },
  };
}

function foreignFinding(foreign: ForeignExposure): Finding {
  const { marketTicker, position, restingOrders, atRisk } = foreign;
  return {
    code: "foreign_exposure",
    severity: "warning",
    gameId: null,
    field: marketTicker,
    message: `not ours in ${marketTicker}: position ${position}, resting orders ${restingOrders}, at risk ${atRisk} micros`,
    details: { ...foreign },
  };
}

function transferFinding(count: number): Finding {
  const message = `the owner of the account moved money: ${count} transfers booked`;
  const code = "account_transfer";
  return { code, severity: "warning", gameId: null, field: null, message, details: { count } };
}

function correctedFinding(one: Corrections["booked"][number]): Finding {
  const { occasionId: gameId, marketTicker, strategy, number, change } = one;
  return {
    code: "settlement_corrected",
    severity: "warning",
    gameId,
    field: `${marketTicker}/${strategy}`,
    message: `the venue corrected what it paid ${strategy} in ${marketTicker}: ${change} micros booked, correction ${number}`,
    details: { ...one },
  };
}

function refusedFinding(one: Corrections["refused"][number]): Finding {
  const { occasionId: gameId, marketTicker, field, reason } = one;
  return {
    code: "settlement_correction_refused",
    severity: "critical",
    gameId,
    field,
    message: `a correction of ${marketTicker} is not booked: ${field}: ${reason}`,
    details: { ...one },
  };
}

function feeFinding(mismatch: Awaited<ReturnType<typeof feeMismatches>>[number]): Finding {
  const { runId, occasionId: gameId, fillId, charged, expected } = mismatch;
  return {
    code: "fee_mismatch",
    severity: "critical",
    runId,
    gameId,
    field: "fee_cost",
    message: `fill ${fillId} cost ${charged} micros, expected ${expected}`,
    details: { fillId, charged, expected },
  };
}
