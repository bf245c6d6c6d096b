import { expect, it } from "vitest";
import { AWAY, BOOK, HOME, level, nightOf } from "./testing/hand-made.ts";
import { startWith } from "./testing/start.ts";

/** Home trades in tenths of a cent in its tails, away in whole cents as every market by default. */
function start() {
  const facts = [...BOOK, level(0, "yes", 40, 100, AWAY)];
  const source = nightOf(facts, 3_600, { priceGrids: { [HOME]: "tapered_deci_cent" } });
  return startWith(facts, { openSource: () => Promise.resolve(source) });
}

it("states a market's price grid in the venue's words", async () => {
  const { bot } = await start();
  const { body } = await bot.call("GET", `/markets/${HOME}`);
  expect(body["market"]).toMatchObject({
    price_level_structure: "tapered_deci_cent",
    price_ranges: [
      { start: "0.0000", end: "0.1000", step: "0.0010" },
      { start: "0.1000", end: "0.9000", step: "0.0100" },
      { start: "0.9000", end: "1.0000", step: "0.0010" },
    ],
  });
  const { body: other } = await bot.call("GET", `/markets/${AWAY}`);
  expect(other["market"]).toMatchObject({
    price_level_structure: "linear_cent",
    price_ranges: [{ start: "0.0000", end: "1.0000", step: "0.0100" }],
  });
});

it("takes an order in tenths of a cent where the market has them, and nowhere else", async () => {
  const { bot } = await start();
  const placed = await bot.place({ price: "0.0950" });
  expect(placed.status).toBe(201);
  const path = `/portfolio/events/orders/${String(placed.body["order_id"])}/amend`;
  const terms = { ticker: HOME, side: "bid", count: "10.00", exchange_index: 3 };
  expect((await bot.call("POST", path, { ...terms, price: "0.0960" })).status).toBe(200);
  const { body } = await bot.call("GET", `/markets/${HOME}/orderbook`);
  expect(body["orderbook_fp"]).toMatchObject({
    yes_dollars: [
      ["0.0960", "10.00"],
      ["0.5800", "100.00"],
    ],
  });
  const refused = { status: 400, body: { error: { code: "invalid_order" } } };
  expect(await bot.call("POST", path, { ...terms, price: "0.1050" })).toMatchObject(refused);
  expect(await bot.place({ price: "0.5050" })).toMatchObject(refused);
  expect(await bot.place({ price: "0.0955" })).toMatchObject(refused);
  expect(await bot.place({ ticker: AWAY, price: "0.0950" })).toMatchObject(refused);
});
