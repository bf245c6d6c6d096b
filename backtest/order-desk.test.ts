import { expect, it } from "vitest";
import type { GameIntent } from "../core/domain/order.ts";
import { LINEAR_CENT } from "../core/domain/price-grid.ts";
import { countCenti, instant, priceMicros } from "../core/domain/units.ts";
import { CONFIG } from "../core/strategies/testing/inputs.ts";
import type { Fact } from "../sim/facts.ts";
import { BASIS, FEES, intentOf } from "../test/db/night.ts";
import { OrderDesk } from "./order-desk.ts";
import { PaperDesk } from "./paper-desk.ts";

const TICKER = "KXNBAGAME-26NOV20BOSNYK-NYK";
const AT = instant(1_000);
const cents = (value: number) => priceMicros(value * 10_000);

/** One market at 49 to 52 of a thousand each, and a desk whose every order risk approves. */
function stage() {
  const ended: string[] = [];
  const desk: PaperDesk = new PaperDesk(TICKER, FEES, 0, {
    onFill: (fill) => void orders.filled(fill),
    onClosed: (orderId, how) => {
      ended.push(`${orderId} ${how}`);
      orders.closed(orderId, how, AT);
    },
  });
  const orders: OrderDesk = new OrderDesk({
    desks: [desk],
    config: CONFIG,
    fees: FEES,
    gridOf: () => LINEAR_CENT,
    judge: () => ({ code: null, rules: [] }),
  });
  for (const [outcome, price] of [
    ["yes", 49],
    ["no", 48],
  ] as const) {
    const size = countCenti(100_000);
    const told = { kind: "level", marketTicker: TICKER, outcome, price: cents(price), size };
    desk.play({ ...told, sourceTime: AT, receivedAt: AT } as Fact);
  }
  const send = (clientOrderId: string, change: Partial<GameIntent>): void => {
    const intent = { ...intentOf("game/paper/E"), ...change, marketTicker: TICKER } as GameIntent;
    orders.start({ clientOrderId, intent, decisionId: clientOrderId, basis: BASIS }, AT);
    desk.arrive(AT);
  };
  return { ended, orders, send };
}

const plan = (price: number, timeInForce: "good_till_canceled" | "immediate_or_cancel") => ({
  ...{ price: cents(price), expectedPrice: cents(price), expectedFillProbability: 0.5 },
  ...{ timeInForce, isPostOnly: timeInForce === "good_till_canceled" },
});

it("sells past the bid that another strategy rests, and lets no entry do so", () => {
  const { ended, orders, send } = stage();
  send("bid", { strategy: "mean-reversion", plan: plan(50, "good_till_canceled") });
  const takes = { side: "ask", plan: plan(48, "immediate_or_cancel") } as const;
  send("short", { ...takes, purpose: "entry" });
  expect([ended.splice(0), orders.working]).toEqual([["short canceled"], 1]);
  send("sale", { ...takes, purpose: "exit", exitType: "stop-loss", isReduceOnly: true });
  expect([ended, orders.working]).toEqual([["bid canceled", "sale filled"], 0]);
});
