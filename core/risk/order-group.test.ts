import { expect, it } from "vitest";
import { usdMicros } from "../domain/units.ts";
import { orderGroupLimit } from "./order-group.ts";

it("sizes an order group as what the whole capital buys at 10 cents", () => {
  expect(orderGroupLimit({ maxTotalCapital: usdMicros(500_000_000) })).toBe(500_000);
  expect(orderGroupLimit({ maxTotalCapital: usdMicros(1) })).toBe(100);
});
