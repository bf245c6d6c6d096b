import { formatCount } from "../../core/domain/units.ts";
import type { Venue } from "../../core/domain/venue.ts";
import { readFailure } from "./answers.ts";
import { TradingError } from "../../core/domain/errors.ts";
import type { KalshiRest, Write } from "./rest.ts";
import { CreatedGroupWire, GroupsAnswer } from "./wire.ts";

const PATH = "/portfolio/order_groups";
const WRITE_COST = 10;
const TIMEOUT_MS = 2_500;

/** The account's order groups. */
export type OrderGroups = Pick<
  Venue,
  | "createOrderGroup"
  | "orderGroups"
  | "resetOrderGroup"
  | "triggerOrderGroup"
  | "limitOrderGroup"
  | "deleteOrderGroup"
>;

export function createOrderGroups(rest: KalshiRest): OrderGroups {
  const write = async (wish: Pick<Write, "method" | "path" | "body">): Promise<unknown> => {
    // All of them reduce what may be lost, or undo it by a person's wish.
    const outcome = await rest.write({
      ...wish,
      cost: WRITE_COST,
      timeoutMs: TIMEOUT_MS,
      isUrgent: true,
    });
    if (outcome?.kind === "ok") return outcome.json;
    if (outcome === null) throw new TradingError("VENUE_UNAVAILABLE", { path: wish.path });
    throw readFailure(wish.path, outcome);
  };
  const one = (id: string): string => `${PATH}/${encodeURIComponent(id)}`;
  const done = async (wish: Parameters<typeof write>[0]): Promise<void> => {
    await write(wish);
  };
  return {
    async createOrderGroup({ limit, exchangeIndex }) {
      const body = { contracts_limit_fp: formatCount(limit), exchange_index: exchangeIndex };
      const answer = await write({ method: "POST", path: `${PATH}/create`, body });
      const parsed = CreatedGroupWire.safeParse(answer);
      if (parsed.success) return parsed.data.order_group_id;
      throw new TradingError("FEED_INVALID", {
        source: "kalshi",
        field: "order_group_id",
        reason: "missing",
        externalId: null,
      });
    },
    async orderGroups() {
      const { order_groups: wires } = await rest.read(PATH, {}, GroupsAnswer);
      return wires.map(({ id, contracts_limit_fp }) => ({
        orderGroupId: id,
        limit: contracts_limit_fp ?? null,
      }));
    },
    resetOrderGroup: (id) => done({ method: "PUT", path: `${one(id)}/reset` }),
    triggerOrderGroup: (id) => done({ method: "PUT", path: `${one(id)}/trigger` }),
    limitOrderGroup: (id, limit) =>
      done({
        method: "PUT",
        path: `${one(id)}/limit`,
        body: { contracts_limit_fp: formatCount(limit) },
      }),
    deleteOrderGroup: (id) => done({ method: "DELETE", path: one(id) }),
  };
}

/** Order groups in shadow mode: there are none. */
export const NO_ORDER_GROUPS: OrderGroups = {
  createOrderGroup: refuse,
  orderGroups: () => Promise.resolve([]),
  resetOrderGroup: refuse,
  triggerOrderGroup: refuse,
  limitOrderGroup: refuse,
  deleteOrderGroup: refuse,
};

function refuse(): Promise<never> {
  return Promise.reject(new TradingError("SAFETY_REFUSED", { rule: "shadow-sends-no-orders" }));
}
