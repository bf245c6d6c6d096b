import { describe, expect, it } from "vitest";
import { HOME, level, print } from "./testing/hand-made.ts";
import { startWith, temporaryFolder } from "./testing/start.ts";
import { type Bot, until } from "./testing/bot.ts";

const GROUPS = "/portfolio/order_groups";
/** Offered at 60 for 500: whoever bids 60 takes. */
const BOOK = [level(0, "yes", 50, 1_000), level(0, "no", 40, 500)];

async function groupOf(bot: Bot, limit: string): Promise<string> {
  const body = { contracts_limit_fp: limit, exchange_index: 3 };
  const created = await bot.call("POST", `${GROUPS}/create`, body);
  expect(created.status).toBe(201);
  return String(created.body["order_group_id"]);
}

async function restingOf(bot: Bot): Promise<number> {
  const { body } = await bot.call("GET", "/portfolio/orders?status=resting");
  return (body["orders"] as readonly unknown[]).length;
}

const far = (group: string) => ({ order_group_id: group, price: "0.0100", count: "1.00" });

describe("order groups", () => {
  it("shows what was made, and what rests of it", async () => {
    const { bot } = await startWith(BOOK);
    const id = await groupOf(bot, "25.50");
    const { body: placed } = await bot.place(far(id));
    const { body: list } = await bot.call("GET", GROUPS);
    expect(list).toMatchObject({
      order_groups: [{ id, contracts_limit: 25, contracts_limit_fp: "25.50" }],
    });
    const { body: one } = await bot.call("GET", `${GROUPS}/${id}`);
    expect(one).toMatchObject({ orders: [placed["order_id"]], is_auto_cancel_enabled: true });
  });

  it("cancels the whole group when its limit is matched within 15 s, and takes nothing until reset", async () => {
    const { bot } = await startWith(BOOK);
    const id = await groupOf(bot, "30.00");
    for (let count = 0; count < 5; count += 1) await bot.place(far(id));
    await bot.place({ price: "0.0100", count: "1.00" });
    await bot.place({ order_group_id: id, price: "0.6000", count: "29.99" });
    expect(await restingOf(bot)).toBe(6);
    await bot.place({ order_group_id: id, price: "0.6000", count: "0.01" });
    // The one that stands in no group is left.
    expect(await restingOf(bot)).toBe(1);
    expect(await bot.place(far(id))).toMatchObject({ status: 400 });
    expect((await bot.call("PUT", `${GROUPS}/${id}/reset`)).status).toBe(200);
    expect(await bot.place(far(id))).toMatchObject({ status: 201 });
  });

  it("cancels what is left of the very order that hit the limit", async () => {
    const { bot } = await startWith([level(0, "yes", 50, 1_000), level(0, "no", 40, 50)]);
    const id = await groupOf(bot, "20.00");
    const { body } = await bot.place({ order_group_id: id, price: "0.6000", count: "60.00" });
    expect(body).toMatchObject({ fill_count: "50.00", remaining_count: "0.00" });
    expect(await restingOf(bot)).toBe(0);
  });

  it("forgets what was matched more than 15 s ago", async () => {
    // A bid of ours at 55 is sold into at second 60 and at second 80, 20 contracts each.
    const { bot, tick } = await startWith(
      [level(0, "no", 40, 500), print(60, 55, 20, "ask"), print(80, 55, 20, "ask")],
      { load: { speed: 60 } },
    );
    const id = await groupOf(bot, "30.00");
    await bot.place({ order_group_id: id, price: "0.5500", count: "100.00" });
    await until(
      async () => ((await tick(500)) > 0 && (await soldTo(bot)) === 40 ? true : null),
      "both prints",
    );
    expect(await restingOf(bot)).toBe(1);
  });

  it("is triggered by hand, deleted, and unknown afterwards", async () => {
    const { bot } = await startWith(BOOK);
    const id = await groupOf(bot, "30.00");
    await bot.place(far(id));
    await bot.call("PUT", `${GROUPS}/${id}/trigger`);
    expect(await restingOf(bot)).toBe(0);
    expect(await bot.place(far(id))).toMatchObject({ status: 400 });
    await bot.call("PUT", `${GROUPS}/${id}/reset`);
    await bot.place(far(id));
    await bot.call("DELETE", `${GROUPS}/${id}`);
    expect(await restingOf(bot)).toBe(0);
    expect(await bot.place(far(id))).toMatchObject({ status: 404 });
    expect(await bot.call("PUT", `${GROUPS}/${id}/reset`)).toMatchObject({ status: 404 });
  });

  it("refuses a limit that is none, and a shard on which nothing of ours is", async () => {
    const { bot } = await startWith(BOOK);
    const create = (body: object) => bot.call("POST", `${GROUPS}/create`, body);
    expect(await create({ exchange_index: 3 })).toMatchObject({ status: 400 });
    expect(await create({ exchange_index: 3, contracts_limit: 0 })).toMatchObject({ status: 400 });
    expect(await create({ exchange_index: 0, contracts_limit: 5 })).toMatchObject({ status: 404 });
  });

  it("is the same after a restart: what is counted, what is triggered, what rests", async () => {
    const dataDir = await temporaryFolder();
    const before = await startWith(BOOK, { dataDir });
    const hit = await groupOf(before.bot, "10.00");
    const near = await groupOf(before.bot, "30.00");
    await before.bot.place({ order_group_id: hit, price: "0.6000", count: "10.00" });
    await before.bot.place({ order_group_id: near, price: "0.6000", count: "29.00" });
    await before.bot.place(far(near));
    await before.exchange.close();
    const { bot } = await startWith(BOOK, { dataDir });
    expect(await bot.place(far(hit))).toMatchObject({ status: 400 });
    expect(await restingOf(bot)).toBe(1);
    await bot.place({ order_group_id: near, price: "0.6000", count: "1.00" });
    expect(await restingOf(bot)).toBe(0);
  });
});

async function soldTo(bot: Bot): Promise<number> {
  const { body } = await bot.call("GET", `/portfolio/positions?ticker=${HOME}`);
  const [held] = body["market_positions"] as readonly { readonly position_fp: string }[];
  return Number(held?.position_fp ?? 0);
}
