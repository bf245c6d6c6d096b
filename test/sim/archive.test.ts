import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { createRateBudget } from "../../clients/http/token-bucket.ts";
import { createKalshiVenue } from "../../clients/kalshi/venue.ts";
import { instant } from "../../core/domain/units.ts";
import { Secret } from "../../runtime/secret.ts";
import { until } from "../../sim/exchange/testing/bot.ts";
import { AWAY, BOOK, HOME, level, START, status } from "../../sim/exchange/testing/hand-made.ts";
import { startWith } from "../../sim/exchange/testing/start.ts";
import { AMPLE, SILENT } from "../support/kalshi.ts";

const MINUTE = 60_000;
const LAGS = { markets: MINUTE, trades: MINUTE, orders: MINUTE, positions: MINUTE };
const FACTS = [
  ...BOOK,
  level(0, "no", 40, 50, AWAY),
  status(10, "closed", null, null, AWAY),
  status(12, "determined", "no", null, AWAY),
  status(14, "finalized", "no", null, AWAY),
];

it("our client knows of orders, fills and markets on both sides of the archive's border, each once", async () => {
  const { exchange, bot, tick } = await startWith(FACTS, { archive: LAGS });
  await bot.place({ ticker: AWAY, count: "5.00", price: "0.6000" });
  await until(async () => ((await tick(50)) > START + 85_000 ? true : null), "85 seconds");
  await bot.place({ count: "10.00", price: "0.6000" });
  const clock = { now: () => exchange.nights.night?.playedTo ?? instant(START), speed: 240 };
  const venue = createKalshiVenue({
    mode: "paper",
    restUrl: exchange.restUrl,
    keyId: exchange.key.keyId,
    privateKeyPem: new Secret(await readFile(exchange.key.privateKeyPath, "utf8")),
    clock,
    log: SILENT,
    bucket: createRateBudget(clock, AMPLE),
  });
  const tickersOf = (rows: readonly { readonly marketTicker: string }[]): readonly string[] =>
    rows.map(({ marketTicker }) => marketTicker).sort();
  expect(tickersOf(await venue.orders({}))).toEqual([AWAY, HOME]);
  expect(tickersOf(await venue.orders({ isProof: true }))).toEqual([AWAY, HOME]);
  expect(tickersOf(await venue.fills({}))).toEqual([AWAY, HOME]);
  expect(tickersOf(await venue.settlements(instant(START)))).toEqual([AWAY]);
  expect(await venue.market(AWAY)).toMatchObject({ ticker: AWAY, status: "finalized" });
  expect(await venue.market(HOME)).toMatchObject({ ticker: HOME, status: "active" });
});
