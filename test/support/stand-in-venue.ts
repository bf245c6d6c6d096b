import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import pino from "pino";
import { BTC_SERIES } from "../../core/domain/btc-contract.ts";
import { easternDate } from "../../core/domain/time.ts";
import { instant } from "../../core/domain/units.ts";
import { type ExchangeHandle, startExchange } from "../../sim/exchange/main.ts";
import type { FactSource } from "../../sim/facts.ts";
import { createBitcoin } from "../../sim/world/btc-world.ts";
import { mergeFacts } from "../../sim/world/merge.ts";
import { createWorld } from "../../sim/world/world.ts";

const HOUR_MS = 3_600_000;
const SEED = 5;
const GAMES = 3;
const HOURS = 3;

/** What stands for the world outside, and how a command finds it. */
export interface StandIn {
  readonly exchange: ExchangeHandle;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * A seeded world that plays at the wall's own time, behind real HTTP and WebSockets: what the live source takes for
 * the venue, Coinbase, ESPN and the NBA. Tonight's games, and Bitcoin since the last full hour.
 */
export async function startStandIn(dir: string): Promise<StandIn> {
  const exchange = await startExchange({
    dataDir: join(dir, "outside"),
    port: 0,
    isFreeRunning: true,
    tier: "prestige",
    log: pino({ level: "silent" }),
    openSource: () => Promise.resolve(worldOfNow()),
  });
  await exchange.nights.load({ source: `world:${SEED}`, speed: 1, startingCashUsd: 100 });
  const { url, restUrl, wsUrl, coinbaseUrl, coinbaseWsUrl, key } = exchange;
  const file = join(dir, "live_source.yaml");
  await writeFile(
    file,
    [
      `kalshi: { rest: "${restUrl}", stream: "${wsUrl}" }`,
      `coinbase: { rest: "${coinbaseUrl}", stream: "${coinbaseWsUrl}" }`,
      `espn: { site: "${url}/espn", core: "${url}/espn" }`,
      `nba: { cdn: "${url}/nba" }`,
      "bitcoin: { listedAheadMinutes: 120 }",
      "",
    ].join("\n"),
  );
  const environment = {
    KALSHI_API_KEY_ID: (await readFile(key.keyIdPath, "utf8")).trim(),
    KALSHI_PRIVATE_KEY_PATH: key.privateKeyPath,
    TIPOFF_LIVE_SOURCE: file,
  };
  return { exchange, environment };
}

/** Everything before now is shown at once. */
function worldOfNow(): FactSource {
  const now = Date.now();
  const hour = instant(Math.floor(now / HOUR_MS) * HOUR_MS);
  const world = createWorld({ seed: SEED, games: GAMES, date: easternDate(instant(now)) });
  const wish = { seed: SEED, edge: "default", startAt: hour } as const;
  const bitcoin = createBitcoin({ hours: HOURS }, wish);
  const endAt = instant(Math.max(bitcoin.endAt, world.manifest.endAt));
  return {
    manifest: { ...world.manifest, startAt: instant(now), endAt, bitcoin: { series: BTC_SERIES } },
    pastGames: world.pastGames,
    facts: () => mergeFacts([world.facts(), bitcoin.facts()]),
  };
}
