import { readAccount } from "../../activities/account-view.ts";
import { compareAccount } from "../../core/domain/account-comparison.ts";
import { isTerminal } from "../../core/domain/order.ts";
import type { Venue } from "../../core/domain/venue.ts";
import { openingOf, readLedgerView } from "../../schema/queries/account.ts";
import { cash, cashIdentity } from "../../schema/queries/ledger.ts";
import { ordersOfOccasion } from "../../schema/queries/orders.ts";
import { positionsOfOccasion } from "../../schema/queries/positions.ts";
import { settlementsOfOccasion } from "../../schema/queries/settlements.ts";
import { GAME } from "./game.ts";
import type { Stage } from "./stage.ts";

type Entry = Readonly<Record<string, unknown>>;

/** Everything that does not hold on a stage whose play came to its end. Empty: all holds. */
export async function violations(stage: Stage, venue: Venue): Promise<readonly string[]> {
  const journal = await stage.journal();
  return [
    ...(await orderViolations(stage, journal)),
    ...(await fillViolations(stage, journal)),
    ...(await settlementViolations(stage)),
    ...(await cashViolations(stage)),
    ...(await accountViolations(stage, venue)),
  ];
}

/** One intent, at most one order at the exchange; a replacement only after the old one's end; all over. */
async function orderViolations(
  stage: Stage,
  journal: readonly Entry[],
): Promise<readonly string[]> {
  const rows = await ordersOfOccasion(stage.db, GAME.gameId);
  const places = journal.filter(({ kind }) => kind === "place").map(termsOf);
  const known = new Set<unknown>(rows.map((row) => row.client_order_id));
  const strangers = places.filter(({ clientOrderId }) => !known.has(clientOrderId));
  return [
    ...strangers.map(({ clientOrderId }) => `order ${clientOrderId} is not in the ledger`),
    ...rows.flatMap((row): string[] => {
      const { client_order_id: id, parent_id: parent } = row;
      const placed = places.filter(({ clientOrderId }) => clientOrderId === id);
      const wanted = row.reject_code === "absent" ? 0 : 1;
      const isEarly =
        parent !== null && wanted === 1 && placedAt(journal, id) < endedAt(journal, parent);
      return [
        ...(placed.length === wanted
          ? []
          : [`order ${id} is ${placed.length} times at the exchange`]),
        ...(isTerminal(row.status) ? [] : [`order ${id} is left ${row.status}`]),
        ...(row.reserved_micros === 0 ? [] : [`order ${id} still reserves`]),
        ...(isEarly ? [`order ${id} was placed before ${parent} had ended`] : []),
      ];
    }),
  ];
}

function termsOf(entry: Entry): { readonly orderId: string; readonly clientOrderId: string } {
  return entry["terms"] as { orderId: string; clientOrderId: string }; // The journal's own shape.
}

function placedAt(journal: readonly Entry[], clientOrderId: string): number {
  return journal.findIndex(
    (entry) => entry["kind"] === "place" && termsOf(entry).clientOrderId === clientOrderId,
  );
}

/** Where the journal cancels an order; one that it never cancels ended by its fills, of which the last counts. */
function endedAt(journal: readonly Entry[], clientOrderId: string): number {
  const place = journal[placedAt(journal, clientOrderId)];
  // Never there: it cannot have been alive.
  if (place === undefined) return -1;
  const { orderId } = termsOf(place);
  return journal.findLastIndex(
    (entry) =>
      entry["orderId"] === orderId && (entry["kind"] === "cancel" || entry["kind"] === "fill"),
  );
}

/** Every fill of the exchange's journal is booked once, with its terms, and no other. */
async function fillViolations(stage: Stage, journal: readonly Entry[]): Promise<readonly string[]> {
  const booked = await stage.db.selectFrom("fills").selectAll().execute();
  const names = (rows: readonly (readonly unknown[])[]): string[] =>
    rows.map((row) => row.join(" ")).sort();
  const atExchange = names(
    journal
      .filter(({ kind }) => kind === "fill")
      .map((fill) => [fill["fillId"], fill["price"], fill["count"], fill["fee"]]),
  );
  const ours = names(
    booked.map((row) => [row.fill_id, row.price_micros, row.count_centi, row.fee_micros]),
  );
  return [
    ...(atExchange.length > 0 ? [] : ["the exchange filled nothing: the case proves nothing"]),
    ...atExchange.filter((name) => !ours.includes(name)).map((name) => `fill lost: ${name}`),
    ...ours.filter((name) => !atExchange.includes(name)).map((name) => `fill invented: ${name}`),
  ];
}

async function settlementViolations(stage: Stage): Promise<readonly string[]> {
  const positions = await positionsOfOccasion(stage.db, GAME.gameId);
  const settled = await settlementsOfOccasion(stage.db, GAME.gameId);
  return [
    ...positions
      .filter((row) => row.position_centi !== 0)
      .map((row) => `${row.strategy} still holds ${row.position_centi}`),
    ...(settled.length === positions.length
      ? []
      : [`${settled.length} settlements of ${positions.length} positions`]),
  ];
}

async function cashViolations(stage: Stage): Promise<readonly string[]> {
  const identity = await cashIdentity(stage.db, "paper");
  const ledger = await cash(stage.db, "paper");
  const venue = stage.exchange.nights.night?.engine.account.cash ?? 0;
  return [
    ...(identity.difference === 0 ? [] : [`cash identity is off by ${identity.difference}`]),
    ...(identity.imbalance === 0 ? [] : [`the ledger is off balance by ${identity.imbalance}`]),
    ...(ledger === venue ? [] : [`cash: venue ${venue}, ledger ${ledger}`]),
  ];
}

/** And reconciliation agrees. */
async function accountViolations(stage: Stage, venue: Venue): Promise<readonly string[]> {
  const { mode, runId } = GAME;
  const opening = await openingOf(stage.db, { mode, runId });
  if (opening === null) return ["the books were never opened"];
  const account = await readAccount(venue, { openedAt: opening.at, recent: opening.at });
  const ledger = await readLedgerView(stage.db, { mode, runId }, account.orders);
  const { differences, foreign } = compareAccount(account, ledger);
  return [
    ...differences.map((one) => `reconciliation: ${JSON.stringify(one)}`),
    ...foreign.map((one) => `reconciliation takes for foreign: ${JSON.stringify(one)}`),
  ];
}
