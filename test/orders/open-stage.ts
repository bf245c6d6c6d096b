import { NBA_SHARD } from "../../sim/exchange/shards.ts";
import { inject } from "vitest";
import { syncOrder } from "../../activities/account.ts";
import { clientOrderIdOf } from "../../activities/client-order-id.ts";
import {
  createOrderActivities,
  type PlaceRequest,
  type PlaceResult,
} from "../../activities/place-order.ts";
import { createReconcileActivities, type ReconcileResult } from "../../activities/reconcile.ts";
import { createSettleActivities } from "../../activities/settle.ts";
import { required } from "../../core/domain/assert.ts";
import type { OrderIntent } from "../../core/domain/order.ts";
import { findOrder, type OrderRow } from "../../schema/queries/orders.ts";
import { type Desk, openDesk } from "../../scripts/crash-orders/desk.ts";
import { quoteNow } from "../../scripts/crash-orders/intents.ts";
import type { CrashMarket } from "../../scripts/crash-orders/plan.ts";
import { FINAL_AT, GAME, OPEN_AT } from "../../scripts/crash-orders/game.ts";
import { type Stage, StageMaker } from "../../scripts/crash-orders/stage.ts";
import type { ArchiveLags } from "../../sim/exchange/http/archive.ts";
import { Bot } from "../../sim/exchange/testing/bot.ts";
import type { FaultKind } from "../../sim/faults/faults.ts";
import { BASIS } from "../db/night.ts";
import { TEMPLATE } from "../db/template.ts";
import { ONE_NIGHT } from "../support/one-night.ts";
import { workflowsSaid } from "../support/order-workflows.ts";
import { occasionOfGame } from "../../core/domain/occasion.ts";

/** 58 is not bid and 54 is; 5 contracts of what rests at 55 fill at `FILLED_AT`; home wins. */
const MARKET: CrashMarket = {
  count: 20,
  filledBefore: 5,
  offers: [
    { cents: 60, size: 4 },
    { cents: 61, size: 3 },
    { cents: 62, size: 500 },
  ],
  result: "yes",
  scalarCents: 50,
};

/** An exchange over HTTP, a database, and what our activities do with them. */
export interface OrderStage {
  readonly stage: Stage;
  readonly desk: Desk;
  /** The account's owner, with a client of his own. */
  readonly owner: Bot;
  place(intent: OrderIntent, change?: Partial<PlaceRequest>): Promise<PlaceResult>;
  cancel(clientOrderId: string): Promise<void>;
  sync(clientOrderId: string): Promise<OrderRow>;
  row(clientOrderId: string): Promise<OrderRow>;
  /** Makes an order so old that its request can no longer arrive. */
  age(clientOrderId: string): Promise<void>;
  fault(kind: FaultKind, match: string): void;
  heal(): void;
  reconcile(): Promise<ReconcileResult>;
  /** Plays to the end and settles. */
  settle(): Promise<void>;
  /** Orders of this client id in the exchange's own journal. */
  placedAtExchange(clientOrderId: string): Promise<number>;
  close(): Promise<void>;
}

let maker: StageMaker | null = null;

/** What is over is in the exchange's archive at once: the border lies a moment ahead of now. */
export const ARCHIVED_AT_ONCE: ArchiveLags = { markets: -1, trades: -1, orders: -1, positions: -1 };

/** Opens a stage on the suite's server; markets are open. */
export async function openOrderStage(archive?: ArchiveLags): Promise<OrderStage> {
  maker ??= new StageMaker(inject("postgresUrl"), TEMPLATE);
  const stage = await maker.make(MARKET, archive);
  const desk = await openDesk(stage.address, null);
  await desk.advanceTo(OPEN_AT);
  // The faults to come are for orders: their group is there before.
  await desk.deps.brakes.orderGroup(GAME.runId, NBA_SHARD);
  const orders = createOrderActivities(desk.deps);
  // Every workflow that is asked for runs: nothing here is abandoned.
  const client = workflowsSaid(() => Promise.resolve({ status: { name: "RUNNING" } }));
  const reconciling = createReconcileActivities({ ...desk.deps, client, ...ONE_NIGHT });
  const row = async (clientOrderId: string): Promise<OrderRow> =>
    required(await findOrder(stage.db, clientOrderId as OrderRow["client_order_id"]), "the order");
  let intents = 0;
  return {
    stage,
    desk,
    owner: await Bot.of(stage.exchange),
    place: async (intent, change = {}) => {
      intents += 1;
      const request: PlaceRequest = {
        occasion: occasionOfGame(GAME),
        intent,
        intentKey: `${GAME.gameId}/${intents}`,
        parentId: null,
        decisionId: `${GAME.gameId}#${intents}`,
        basis: BASIS,
        quote: quoteNow(desk.deps.clock),
        ...change,
      };
      const placed = await orders.placeOrder(request);
      if (placed.kind === "refused") {
        throw new Error(`the stage's order was refused: ${placed.code}`);
      }
      return placed;
    },
    cancel: (clientOrderId) => orders.cancelOrder({ clientOrderId }),
    sync: (clientOrderId) => syncOrder(desk.deps, clientOrderId),
    row,
    age: async (clientOrderId) => {
      const { sent_wall_ms: sentWallMs } = await row(clientOrderId);
      await stage.db
        .updateTable("orders")
        .set({ sent_wall_ms: (sentWallMs ?? 0) - 10_000 })
        .where("client_order_id", "=", clientOrderId as OrderRow["client_order_id"])
        .execute();
    },
    fault: (kind, match) => {
      stage.exchange.faults.add({ target: "kalshi", kind, match, untilMs: null });
    },
    heal: () => {
      stage.exchange.faults.clear();
    },
    reconcile: () => reconciling.reconcile({ mode: "paper", runId: null }),
    settle: async () => {
      await desk.advanceTo(FINAL_AT + 2_000);
      await createSettleActivities(desk.deps).awaitSettlement({ game: GAME });
    },
    placedAtExchange: async (clientOrderId) =>
      (await stage.journal()).filter(
        (entry) =>
          (entry["terms"] as { clientOrderId?: string } | undefined)?.clientOrderId ===
          clientOrderId,
      ).length,
    close: async () => {
      await desk.close();
      await stage.close();
    },
  };
}

/** Forgets what the stages of a test file shared. */
export async function closeOrderStages(): Promise<void> {
  const closing = maker;
  maker = null;
  await closing?.close();
}

/** The client order id of the n-th intent of a stage. */
export function idOf(number: number): ReturnType<typeof clientOrderIdOf> {
  return clientOrderIdOf(`${GAME.gameId}/${number}`);
}
