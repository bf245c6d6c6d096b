import { readFile } from "node:fs/promises";
import { expect, it, onTestFinished } from "vitest";
import { createIndexFeed } from "../../clients/kalshi/index-feed.ts";
import { createKalshiStream } from "../../clients/kalshi/stream.ts";
import { required } from "../../core/domain/assert.ts";
import type { IndexAverage, IndexFeed, SpotPrice } from "../../core/domain/spot.ts";
import { Secret } from "../../runtime/secret.ts";
import type { ExchangeHandle } from "../../sim/exchange/main.ts";
import { START } from "../../sim/exchange/testing/hand-made.ts";
import { startWith } from "../../sim/exchange/testing/start.ts";
import type { SourceManifest } from "../../sim/facts.ts";
import { SILENT, until } from "../support/kalshi.ts";
import { indexValue, spotNight } from "../support/spot-night.ts";

/**
 * One value a second for twenty minutes: 80,000 and the second. The first quarter-hour ends at
 * 900.
 */
const VALUES = Array.from({ length: 1_200 }, (_, second) => indexValue(second, 80_000 + second));

async function open(
  changes: Partial<SourceManifest> = {},
  speed = 240,
): Promise<{ feed: IndexFeed; prices: SpotPrice[]; exchange: ExchangeHandle }> {
  const source = spotNight(VALUES, changes);
  const { exchange } = await startWith([], {
    isFreeRunning: true,
    openSource: () => Promise.resolve(source),
    load: { speed },
  });
  const { clock } = required(exchange.nights.night, "a night");
  const pem = await readFile(exchange.key.privateKeyPath, "utf8");
  const stream = createKalshiStream({
    mode: "paper",
    wsUrl: exchange.wsUrl,
    keyId: exchange.key.keyId,
    privateKeyPem: new Secret(pem),
    clock,
    log: SILENT,
  });
  const feed = createIndexFeed({ stream, clock });
  onTestFinished(() => {
    stream.close();
  });
  const prices: SpotPrice[] = [];
  feed.onPrice((price) => prices.push(price));
  return { feed, prices, exchange };
}

it("of the exchange tells each value once, and the average that settles as it fills", async () => {
  const { feed, prices } = await open();
  const settling: IndexAverage[] = [];
  feed.onPrice(() => {
    const average = feed.settlementAverage();
    if (average !== null) settling.push(average);
  });
  await until(() => (prices.at(-1)?.sourceAt ?? 0) > START + 910_000);
  expect(feed.staleBecause()).toBeNull();
  const first = required(prices[0], "a price");
  const begin = (first.sourceAt - START) / 1_000;
  expect(prices.map(({ price }) => price)).toEqual(
    prices.map((_, index) => (80_000 + begin + index) * 1_000_000),
  );
  // (close - 60 s, close]: seconds 841 to 900, the mean of which is 870.5.
  expect(settling[0]).toEqual({
    value: 80_841_000_000,
    ticks: 1,
    from: START + 841_000,
    to: START + 901_000,
  });
  expect(settling).toHaveLength(60);
  expect(settling.at(-1)).toMatchObject({ value: 80_870_500_000, ticks: 60 });
});

it("is absent where the source has none, as for a key without the right to it", async () => {
  const { feed, prices } = await open({ lacks: ["index"] });
  await until(() => feed.absentBecause() !== null);
  expect(feed.absentBecause()).toContain("code 9");
  expect([feed.staleBecause(), prices.length]).toEqual(["silent", 0]);
});

it("falls silent with a fault of its channel, and comes back", async () => {
  const { feed, prices, exchange } = await open({}, 60);
  await until(() => prices.length > 0);
  exchange.faults.add({ target: "kalshi", kind: "stream-stall", match: "BRTI", untilMs: null });
  await until(() => feed.staleBecause() === "stalled");
  exchange.faults.clear();
  await until(() => feed.staleBecause() === null);
});
