import { expect, it } from "vitest";
import { instant } from "../../core/domain/units.ts";
import { BOOK, EVENT, HOME, nightOf, START } from "./testing/hand-made.ts";
import { startWith, temporaryFolder } from "./testing/start.ts";
import { until } from "./testing/bot.ts";

it("states the series' fee changes and charges by the one in force, through a restart", async () => {
  const change = { at: instant(START + 60_000), kind: "quadratic", multiplierMilli: 500 } as const;
  const source = nightOf(BOOK, 3_600, { feeChanges: [change] });
  const options = { dataDir: await temporaryFolder(), openSource: () => Promise.resolve(source) };
  const first = await startWith(BOOK, options);
  const take = { count: "10.00", price: "0.6000" };
  // 7 % of 10 contracts at 0.60 times 0.40, in dollars.
  expect((await first.bot.place(take)).body["average_fee_paid"]).toBe("0.0168");
  const changes = "/series/fee_changes?series_ticker=KXNBAGAME";
  const later = {
    series_ticker: "KXNBAGAME",
    fee_type: "quadratic",
    fee_multiplier: 0.5,
    scheduled_ts: "2026-11-20T23:01:00.000Z",
  };
  expect((await first.bot.call("GET", changes)).body["series_fee_change_arr"]).toMatchObject([
    later,
  ]);
  const { body: before } = await first.bot.call("GET", "/series/KXNBAGAME");
  expect(before["series"]).toMatchObject({
    fee_type: "quadratic_with_maker_fees",
    fee_multiplier: 1,
  });
  await until(async () => ((await first.tick(50)) > START + 60_000 ? true : null), "the change");
  expect((await first.bot.place(take)).body["average_fee_paid"]).toBe("0.0084");
  await first.exchange.close();

  const { bot } = await startWith(BOOK, options);
  const { body: fills } = await bot.call("GET", `/portfolio/fills?ticker=${HOME}`);
  expect(fills["fills"]).toMatchObject([{ fee_cost: "0.084000" }, { fee_cost: "0.168000" }]);
  const { body: after } = await bot.call("GET", "/series/KXNBAGAME");
  expect(after["series"]).toMatchObject({ fee_type: "quadratic", fee_multiplier: 0.5 });
  expect((await bot.call("GET", changes)).body["series_fee_change_arr"]).toEqual([]);
  const { body: all } = await bot.call("GET", `${changes}&show_historical=true`);
  expect(all["series_fee_change_arr"]).toMatchObject([
    { fee_type: "quadratic_with_maker_fees", fee_multiplier: 1 },
    later,
  ]);
});

it("states what an event charges instead of its series, charges that, and returns to the series", async () => {
  const fees = { kind: "quadratic_with_maker_fees", multiplierMilli: 2_000 } as const;
  const changes = [
    { eventTicker: EVENT, at: instant(START + 60_000), override: fees },
    { eventTicker: EVENT, at: instant(START + 120_000), override: null },
  ];
  const source = nightOf(BOOK, 3_600, { eventFeeChanges: changes });
  const { bot, tick } = await startWith(BOOK, { openSource: () => Promise.resolve(source) });
  const stated = async (query: string): Promise<unknown> =>
    (await bot.call("GET", `/events/fee_changes${query}`)).body["event_fee_changes"];
  const comesTo = (ms: number): Promise<true> =>
    until(async () => ((await tick(50)) > START + ms ? true : null), `${ms} ms`);
  const take = { count: "10.00", price: "0.6000" };
  const [doubled, over] = [
    {
      event_ticker: EVENT,
      fee_type_override: "quadratic_with_maker_fees",
      fee_multiplier_override: 2,
      scheduled_ts: "2026-11-20T23:01:00.000Z",
    },
    { event_ticker: EVENT, fee_type_override: null, fee_multiplier_override: null },
  ];
  expect(await stated("")).toMatchObject([over, doubled]);
  expect(await stated(`?event_ticker=${EVENT}&limit=1`)).toMatchObject([over]);
  expect(await stated("?event_ticker=KXNBAGAME-26NOV20LALDEN")).toEqual([]);
  // 7 % of 10 contracts at 0.60 times 0.40, in dollars.
  expect((await bot.place(take)).body["average_fee_paid"]).toBe("0.0168");
  const event = async (): Promise<unknown> =>
    (await bot.call("GET", `/events/${EVENT}`)).body["event"];
  expect(await event()).not.toHaveProperty("fee_type_override");
  await comesTo(60_000);
  expect((await bot.place(take)).body["average_fee_paid"]).toBe("0.0336");
  expect(await event()).toMatchObject({ fee_multiplier_override: 2 });
  expect(await stated("")).toMatchObject([over]);
  await comesTo(120_000);
  expect((await bot.place(take)).body["average_fee_paid"]).toBe("0.0168");
  expect(await event()).not.toHaveProperty("fee_type_override");
  expect(await stated("")).toEqual([]);
});
