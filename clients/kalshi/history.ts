import type { RunClock } from "../../core/domain/time.ts";
import type { Instant } from "../../core/domain/units.ts";
import type { Venue } from "../../core/domain/venue.ts";
import { toFill, toOrder } from "./mapper.ts";
import { type KalshiRest, toMinTs } from "./rest.ts";
import { CutoffWire, FillsPage, OrdersPage } from "./wire.ts";

const PER_PAGE = 1_000;
/** The venue moves its archive's border about once a day. */
const CUTOFF_KEPT_MS = 3_600_000;
/** The venue filters orders by their creation; ours rest a night at most, so a day back has them. */
const LOOK_BACK_MS = 24 * 3_600_000;

/** What the account did: orders and fills, from the live set and, where it is needed, the archive. */
export type History = Pick<Venue, "orders" | "fills">;

export function createHistory(rest: KalshiRest, clock: RunClock): History {
  const cutoff = createCutoff(rest, clock);
  return {
    async orders({ status, marketTicker, since, isProof = false }) {
      const query = {
        ticker: marketTicker,
        min_ts: since === undefined ? undefined : toMinTs(since - LOOK_BACK_MS),
        limit: PER_PAGE,
      };
      const live = await rest.pages(
        "/portfolio/orders",
        { ...query, status },
        OrdersPage,
        (page) => page.orders,
      );
      // Resting orders never move to the archive.
      const isArchiveNeeded =
        status !== "resting" && (isProof || (await cutoff()).orders > (since ?? 0));
      const archived = isArchiveNeeded
        ? await rest.pages("/historical/orders", query, OrdersPage, (page) => page.orders)
        : [];
      const byId = new Map([...archived, ...live].map((wire) => [wire.order_id, toOrder(wire)]));
      return [...byId.values()].filter(
        (order) => since === undefined || (order.updatedAt ?? order.createdAt) >= since,
      );
    },

    async fills({ venueOrderId, marketTicker, since, isProof = false }) {
      const query = {
        order_id: venueOrderId,
        ticker: marketTicker,
        min_ts: since === undefined ? undefined : toMinTs(since),
        limit: PER_PAGE,
      };
      const live = await rest.pages("/portfolio/fills", query, FillsPage, (page) => page.fills);
      const isArchiveNeeded = isProof || (await cutoff()).fills > (since ?? 0);
      const archived = isArchiveNeeded
        ? await rest.pages(
            "/historical/fills",
            { ...query, order_id: undefined },
            FillsPage,
            (page) => page.fills,
          )
        : [];
      const byId = new Map([...archived, ...live].map((wire) => [wire.fill_id, toFill(wire)]));
      return [...byId.values()].filter(
        (fill) =>
          (venueOrderId === undefined || fill.venueOrderId === venueOrderId) &&
          (since === undefined || fill.at >= since),
      );
    },
  };
}

/** Where the venue's live set ends and its archive begins. */
function createCutoff(
  rest: KalshiRest,
  clock: RunClock,
): () => Promise<{ orders: Instant; fills: Instant }> {
  let kept: { orders: Instant; fills: Instant; readAt: Instant } | null = null;
  return async () => {
    if (kept !== null && clock.now() - kept.readAt < CUTOFF_KEPT_MS) return kept;
    const wire = await rest.read("/historical/cutoff", {}, CutoffWire);
    kept = { orders: wire.orders_updated_ts, fills: wire.trades_created_ts, readAt: clock.now() };
    return kept;
  };
}
