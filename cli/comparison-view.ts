import type { ReconcileResult, SkipReason } from "../activities/reconcile.ts";
import { formatCount, formatUsd } from "../core/domain/units.ts";
import { print, table } from "./output.ts";

const OTHER_NIGHT =
  "the exchange has a night loaded that is the other mode's or that no day has begun";
const REASONS: Readonly<Record<SkipReason, string>> = {
  no_books: "there are no books yet, since no day was started",
  other_night: `${OTHER_NIGHT}, so that its account is not the ledger's; they are compared once a day of this mode runs`,
};
/** An older worker does not say which. */
const EITHER = `there are no books yet, or ${OTHER_NIGHT}`;

/** That nothing was compared, and why, as an answer without cash says it. */
export function notCompared(skipped: ReconcileResult["skipped"]): string {
  return `not compared: ${skipped ? REASONS[skipped] : EITHER}`;
}

/** Tells a person what a comparison found, or why there was none. */
export function tellComparison(result: ReconcileResult): void {
  const { ordersFollowed, differences, foreign, transfersBooked, cash, skipped } = result;
  if (cash === null) {
    print(notCompared(skipped));
    return;
  }
  const { venue, ledger, foreign: moved } = cash;
  print(
    `cash       venue ${formatUsd(venue)}, ledger ${formatUsd(ledger)}, moved by others ${formatUsd(moved)}`,
  );
  print(`orders     ${ordersFollowed} open ones followed`);
  if (transfersBooked > 0) print(`transfers  ${transfersBooked} booked`);
  if (differences.length === 0) {
    print("account and ledger agree on orders, fills, positions and cash");
  } else {
    const rows = differences.map(({ kind, what, venue: theirs, ledger: ours }) => [
      kind,
      what,
      String(theirs ?? "-"),
      String(ours ?? "-"),
    ]);
    print(table(["difference", "of", "venue", "ledger"], rows));
  }
  if (foreign.length === 0) return;
  const rows = foreign.map(({ marketTicker, position, restingOrders, atRisk }) => [
    marketTicker,
    formatCount(position),
    String(restingOrders),
    formatUsd(atRisk),
  ]);
  print(table(["not ours", "position", "orders", "at risk, USD"], rows));
  print("what is not ours is counted in the limits and left alone");
}
