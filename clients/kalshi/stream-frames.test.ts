import { expect, it } from "vitest";
import { DriftSentinel } from "./drift.ts";
import { FrameReader } from "./stream-frames.ts";

const TICKER = "KXNBAGAME-26NOV20BOSNYK-NYK";

function ownOrder(more: object): unknown {
  const msg = { ticker: TICKER, order_id: "v-1", client_order_id: "c", ...more };
  const text = JSON.stringify({ type: "user_order", sid: 9, msg });
  return new FrameReader(new DriftSentinel(() => undefined), true).read(text).body;
}

it("reads what is left of an order of ours, and from a frame that does not say so that it changed", () => {
  const body = {
    ...{ kind: "own-order", marketTicker: TICKER },
    ...{ venueOrderId: "v-1", clientOrderId: "c" },
  };
  const rests = { status: "resting", remaining_count_fp: "2.50" };
  expect(ownOrder(rests)).toEqual({ ...body, left: 250 });
  // What was canceled is sometimes told with what it had left.
  expect(ownOrder({ ...rests, status: "canceled" })).toEqual({ ...body, left: 0 });
  expect(ownOrder({ status: "executed" })).toEqual({ ...body, left: 0 });
  expect(ownOrder({})).toEqual({ ...body, left: null });
  expect(ownOrder({ remaining_count_fp: 7, status: 3 })).toEqual({ ...body, left: null });
});
