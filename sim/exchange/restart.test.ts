import { type ChildProcess, spawn } from "node:child_process";
import { appendFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { expect, it, onTestFinished } from "vitest";
import { nodeArguments } from "../../runtime/package-root.ts";
import { type Answer, Bot, until } from "./testing/bot.ts";
import { BOOK, HOME, level, print } from "./testing/hand-made.ts";
import { startWith, temporaryFolder } from "./testing/start.ts";

/** The real program, as a process that can be killed. */
async function spawnExchange(dataDir: string): Promise<{ child: ChildProcess; url: string }> {
  const args = "exchange --port 0 --free-running --speed 60 --tier prestige".split(" ");
  const night = ["--source", "world:3", "--games", "1", "--data", dataDir];
  const child = spawn(process.execPath, nodeArguments("cli/main.ts", ...args, ...night), {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString("utf8");
  });
  const url = await until(
    () => /"rest":"(\S+?)\/trade-api/.exec(output)?.[1] ?? null,
    "the exchange to serve",
    40_000,
  );
  return { child, url };
}

async function botAt(url: string, dataDir: string): Promise<Bot> {
  const keyId = (await readFile(join(dataDir, "paper-key.id"), "utf8")).trim();
  return new Bot(url, keyId, await readFile(join(dataDir, "paper-key.pem"), "utf8"));
}

async function nowAt(url: string): Promise<number> {
  const clock: unknown = await (await fetch(`${url}/sim/v1/clock`)).json();
  return (clock as { nowMs: number }).nowMs;
}

async function ordersOf(bot: Bot): Promise<Map<string, Record<string, unknown>>> {
  const { body } = await bot.call("GET", "/portfolio/orders?limit=1000");
  const orders = body["orders"] as Record<string, unknown>[];
  return new Map(orders.map((order) => [String(order["order_id"]), order]));
}

it("loses nothing it answered and never runs back, over kills with orders resting", async () => {
  const dataDir = await temporaryFolder();
  const answered: Answer[] = [];
  const fills = new Map<string, unknown>();
  let shown = 0;
  for (let life = 0; life < 4; life += 1) {
    const { child, url } = await spawnExchange(dataDir);
    const bot = await botAt(url, dataDir);
    expect(await nowAt(url)).toBeGreaterThanOrEqual(shown);
    const orders = await ordersOf(bot);
    for (const { body } of answered) {
      expect(orders.get(String(body["order_id"]))).toMatchObject({
        client_order_id: body["client_order_id"],
      });
    }
    const { body: page } = await bot.call("GET", "/portfolio/fills?limit=1000");
    const known = new Map(
      (page["fills"] as { fill_id: string }[]).map((one) => [one.fill_id, one]),
    );
    for (const [id, fill] of fills) expect(known.get(id)).toEqual(fill);
    const { body: listed } = await bot.call("GET", "/markets");
    const market = (listed["markets"] as { ticker: string; yes_bid_dollars: string }[])[0];
    // Ten orders at the best bid and below, then the kill while more are on their way.
    const place = (n: number): Promise<Answer> =>
      bot.place({
        ticker: market?.ticker,
        client_order_id: `life-${life}-${n}`,
        count: "3.00",
        price: ((Number(market?.yes_bid_dollars) * 100 - (n % 3)) / 100).toFixed(4),
      });
    for (let n = 0; n < 10; n += 1) answered.push(await place(n));
    const taker = { count: "1.00", price: "0.9900", time_in_force: "immediate_or_cancel" };
    const client_order_id = `life-${life}-taker`;
    answered.push(await bot.place({ ticker: market?.ticker, client_order_id, ...taker }));
    expect(answered.every(({ status }) => status === 201)).toBe(true);
    const late = [10, 11, 12].map((n) => place(n).catch(() => null));
    await bot.call("GET", "/portfolio/fills?limit=1000").then(({ body }) => {
      for (const fill of body["fills"] as { fill_id: string }[]) fills.set(fill.fill_id, fill);
    });
    shown = await nowAt(url);
    child.kill("SIGKILL");
    answered.push(
      ...((await Promise.all(late)).filter(
        (one) => one !== null && one.status === 201,
      ) as Answer[]),
    );
  }
  expect(answered.length).toBeGreaterThanOrEqual(44);
  expect(fills.size).toBeGreaterThanOrEqual(4);
}, 120_000);

it("rebuilds account, queue positions and fills exactly", async () => {
  const dataDir = await temporaryFolder();
  const facts = [
    ...BOOK,
    print(5, 58, 30, "ask"),
    level(6, "no", 40, 20),
    print(4_000, 58, 99, "ask"),
  ];
  const first = await startWith(facts, { dataDir });
  const { body: maker } = await first.bot.place({ price: "0.5800", client_order_id: "maker" });
  await first.tick(100);
  await first.bot.place({ count: "5.00", client_order_id: "taker" });
  await first.bot.place({ price: "0.5800", count: "7.00", client_order_id: "second" });
  const look = async (bot: Bot): Promise<readonly Answer[]> =>
    Promise.all(
      [
        "/portfolio/balance",
        "/portfolio/orders",
        "/portfolio/fills",
        "/portfolio/positions",
        "/portfolio/orders/queue_positions",
        `/markets/${HOME}/orderbook`,
      ].map((path) => bot.call("GET", path)),
    );
  const before = await look(first.bot);
  const place = `/portfolio/orders/${String(maker["order_id"])}/queue_position`;
  // 100 ahead at arrival, of which a print took 30.
  expect((await first.bot.call("GET", place)).body["queue_position_fp"]).toBe("70.00");
  await first.exchange.close();
  const second = await startWith(facts, { dataDir });
  // The clock stands where it was, up to the durable horizon; nothing happens in between.
  const after = await look(second.bot);
  expect(withoutTime(after)).toEqual(withoutTime(before));
});

it("refuses to go on over another source, and over a changed journal", async () => {
  const dataDir = await temporaryFolder();
  const first = await startWith(BOOK, { dataDir });
  await first.bot.place();
  await first.exchange.close();
  const cheaper = BOOK.map((fact) =>
    fact.kind === "level" && fact.outcome === "no" ? { ...fact, price: 410_000 } : fact,
  ) as typeof BOOK;
  await expect(startWith(cheaper, { dataDir })).rejects.toThrow(/JOURNAL_DAMAGED/);
  const journal = join(dataDir, "nights", "0001", "journal.jsonl");
  await writeFile(journal, (await readFile(journal, "utf8")).replace('"bid"', '"ask"'));
  await appendFile(journal, "{}\n");
  await expect(startWith(BOOK, { dataDir })).rejects.toThrow(/JOURNAL_DAMAGED/);
});

it("repeats a decrease of a journal that knew only what is to remain", async () => {
  const dataDir = await temporaryFolder();
  const first = await startWith(BOOK, { dataDir });
  const { body } = await first.bot.place({ price: "0.5800" });
  const path = `/portfolio/events/orders/${String(body["order_id"])}/decrease`;
  await first.bot.call("POST", path, { reduce_by: "4.00", exchange_index: 3 });
  await first.exchange.close();
  const journal = join(dataDir, "nights", "0001", "journal.jsonl");
  const written = await readFile(journal, "utf8");
  // As it was written before: 10.00 less 4.00.
  const [entry = "", reduced = ""] =
    /(\{[^\n]*"reduceBy":400[^\n]*),"crc":\d+\}/.exec(written) ?? [];
  const old = `${reduced.replace('"reduceBy":400', '"remaining":600')}}`;
  const sealed = `${old.slice(0, -1)},"crc":${String(crc32(old))}}`;
  await writeFile(journal, written.replace(entry, sealed));
  const second = await startWith(BOOK, { dataDir });
  const orders = await ordersOf(second.bot);
  expect([...orders.values()]).toMatchObject([{ remaining_count_fp: "6.00", status: "resting" }]);
});

function withoutTime(answers: readonly Answer[]): unknown {
  return JSON.parse(
    JSON.stringify(answers, (key, value: unknown) => (key === "updated_ts" ? 0 : value)),
  );
}
