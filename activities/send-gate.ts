import type { Sending } from "../core/domain/venue.ts";
import { wallNow } from "../runtime/wall.ts";
import { forbidsOrder } from "../schema/queries/kill.ts";
import type { OrderRow } from "../schema/queries/orders.ts";
import type { VenueBrakes } from "./venue-brakes.ts";

/** What increases exposure leaves within this from its last look at the kill switch. Wall time. */
const SEND_WITHIN_MS = 1_000;

/** An order's last word, and what it was. */
interface SendGate extends Sending {
  /** The file KILL came between. */
  isKilled(): boolean;
  /** When the order was handed to HTTP; undefined while it was not. */
  sentWallMs(): number | undefined;
}

/**
 * The last word on an order, right before its bytes leave. A process that was held up since it looked at
 * the kill switch must not send what a kill has forbidden that answered meanwhile, which it does after 2 s
 * at most: what increases exposure leaves well before that or not at all. The file is looked at once more.
 */
export function sendGate(brakes: Pick<VenueBrakes, "killFile">, row: OrderRow): SendGate {
  const startedAt = performance.now();
  let isKilled = false;
  let sentWallMs: number | undefined;
  return {
    isPaid: true,
    maySend: () => {
      isKilled = isForbiddenByFile(brakes, row);
      const isInTime = row.is_reduce_only || performance.now() - startedAt <= SEND_WITHIN_MS;
      const maySend = !isKilled && isInTime;
      if (maySend) sentWallMs = wallNow();
      return maySend;
    },
    isKilled: () => isKilled,
    sentWallMs: () => sentWallMs,
  };
}

/**
 * Whether a file named KILL forbids this order. A kill's own sale was allowed by the row under the
 * lock, which counts more than a milder file.
 */
export function isForbiddenByFile(
  brakes: Pick<VenueBrakes, "killFile">,
  row: Pick<OrderRow, "exit_type" | "purpose" | "is_reduce_only">,
): boolean {
  if (row.exit_type === "kill") return false;
  return forbidsOrder(brakes.killFile()?.level ?? null, row);
}
