import type { UsdMicros } from "../../core/domain/units.ts";
import type { Venue } from "../../core/domain/venue.ts";
import { toBalance, toOrder, toPosition, toSettlement, toTransfer } from "./mapper.ts";
import { type KalshiRest, toMinTs } from "./rest.ts";
import {
  BalanceWire,
  DepositsPage,
  OrderAnswer,
  PositionsPage,
  SettlementsPage,
  WithdrawalsPage,
} from "./wire.ts";

const PER_PAGE = 1_000;
const TRANSFERS_PER_PAGE = 500;
const ORDER_READ_COST = 2;

/** The account, read only. */
export type Portfolio = Pick<
  Venue,
  "balance" | "order" | "positions" | "settlements" | "transfers"
>;

/** `scalarValue` asks the market what it paid, for settlements that are neither yes nor no. */
export function createPortfolio(
  rest: KalshiRest,
  scalarValue: (ticker: string) => Promise<UsdMicros | null>,
): Portfolio {
  return {
    async balance() {
      return toBalance(await rest.read("/portfolio/balance", {}, BalanceWire));
    },

    async order(venueOrderId) {
      const path = `/portfolio/orders/${encodeURIComponent(venueOrderId)}`;
      const answer = await rest.find(path, {}, OrderAnswer, ORDER_READ_COST);
      return answer === null ? null : toOrder(answer.order);
    },

    async positions() {
      const query = { limit: PER_PAGE };
      const path = "/portfolio/positions";
      const wires = await rest.pages(path, query, PositionsPage, (page) => page.market_positions);
      return wires.map(toPosition);
    },

    async transfers() {
      const query = { limit: TRANSFERS_PER_PAGE };
      const deposits = await rest.pages("/portfolio/deposits", query, DepositsPage, (page) =>
        page.deposits.map((wire) => toTransfer(wire, 1)),
      );
      const withdrawals = await rest.pages(
        "/portfolio/withdrawals",
        query,
        WithdrawalsPage,
        (page) => page.withdrawals.map((wire) => toTransfer(wire, -1)),
      );
      return [...deposits, ...withdrawals].filter((transfer) => transfer !== null);
    },

    async settlements(since) {
      const query = { min_ts: toMinTs(since), limit: PER_PAGE };
      const path = "/portfolio/settlements";
      const wires = await rest.pages(path, query, SettlementsPage, (page) => page.settlements);
      return Promise.all(
        wires
          .filter((wire) => wire.settled_time >= since)
          .map(async (wire) => {
            const isScalar = wire.market_result === "scalar";
            return toSettlement(wire, isScalar ? await scalarValue(wire.ticker) : null);
          }),
      );
    },
  };
}
