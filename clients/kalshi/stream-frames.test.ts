import { expect, it } from "vitest";
import { DriftSentinel } from "./drift.ts";
import { FrameReader } from "./stream-frames.ts";

const TICKER = "KXNBAGAME-26NOV20BOSNYK-NYK";

function ownOrder(more: object): unknown {
  const msg = { ticker: TICKER, order_id: "v-1", client_order_id: "c", ...more };
  const text = JSON.stringify({ type: "user_order", sid: 9, msg });
  return new FrameReader(new DriftSentinel(() => undefined), true).read(text).body;
}

it("reads where an order of ours is and what is left of it, and from a frame that does not say so that it changed", () => {
  const body = {
    ...{ kind: "own-order", marketTicker: TICKER },
    ...{ venueOrderId: "v-1", clientOrderId: "c" },
  };
  const told = { status: "resting", remaining_count_fp: "2.50", yes_price_dollars: "0.4100" };
  expect(ownOrder(told)).toEqual({ ...body, price: 410_000, left: 250 });
  // What was canceled is sometimes told with what it had left.
  const canceled = { ...told, status: "canceled" };
  expect(ownOrder(canceled)).toEqual({ ...body, price: 410_000, left: 0 });
  const unsaid = { ...body, price: null, left: null };
  expect(ownOrder({ status: "executed" })).toEqual({ ...unsaid, left: 0 });
  expect(ownOrder({})).toEqual(unsaid);
  const odd = { remaining_count_fp: 7, yes_price_dollars: 0.41, status: 3 };
  expect(ownOrder(odd)).toEqual(unsaid);
});
