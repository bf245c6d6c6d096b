import { mkdtemp, writeFile } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "@temporalio/client";
import { parse, stringify } from "yaml";
import { beginBtc } from "../cli/btc-run.ts";
import { beginNight } from "../cli/night.ts";
import { openSource } from "../cli/source.ts";
import { BTC_SERIES } from "../core/domain/btc-contract.ts";
import { type Environment, readEnvironment } from "../runtime/config.ts";
import { createExchangeControl } from "../runtime/exchange-control.ts";
import { type Home, holdHome, homeAt } from "../runtime/home.ts";
import { bringUp } from "../runtime/stack.ts";
import { connectTemporal } from "../runtime/temporal-client.ts";
import { loadRiskLimits } from "../runtime/risk-limits.ts";
import type { RiskLimitsFile, WorldOverrides } from "../runtime/risk-limits-file.ts";
import { loadTipoffConfig } from "../runtime/tipoff-config.ts";
import { TipoffConfigFile } from "../runtime/tipoff-config-file.ts";
import { type Db, openDatabase } from "../schema/database.ts";
import { migrate } from "../schema/migrate.ts";
import { createWorld } from "../sim/world/world.ts";

/** A night to be measured. */
export interface BenchNight {
  readonly seed: number;
  readonly games: number;
  /** Hours of Bitcoin beside the games, all series of it, once it is begun; absent for games alone. */
  readonly bitcoinHours?: number;
  /** Run time per wall time at which it begins. */
  readonly speed: number;
  /** Runs instead of `workers/main.ts`. */
  readonly workerScript?: string;
  /** Further files of its home, by name. */
  readonly files?: Readonly<Record<string, string>>;
  /** What differs from `config/tipoff.yaml`. */
  readonly settings: (usual: TipoffConfigFile) => TipoffConfigFile;
  /** What differs from `config/risk_limits.yaml` while the world is played. */
  readonly limits?: WorldOverrides;
}

/** A begun night with everything that a measurement looks at. */
export interface BenchStage {
  readonly home: Home;
  readonly db: Db;
  readonly temporal: Client;
  readonly runId: string;
  /** Plays at a speed, the fastest by default, to an instant of run time, and on at speed 1. */
  readonly playTo: (at: number, speed?: number) => Promise<void>;
  /** Starts what there is of Bitcoin. */
  readonly beginBitcoin: () => Promise<void>;
}

/** Brings the services up in a new home, begins the night, measures, and ends everything. */
export async function onStage<T>(
  night: BenchNight,
  measure: (stage: BenchStage) => Promise<T>,
): Promise<T> {
  const home = homeAt(await mkdtemp(join(tmpdir(), "tipoff-bench-")));
  return withOwnServices({ ...night, home, mode: "paper" }, async (services) => {
    const { exchangeUrl } = services;
    const { runId, beginBitcoin } = await beginBench(services, night);
    const playTo = (at: number, speed = 240): Promise<void> => playFast(exchangeUrl, at, speed);
    const { database: db, temporal } = services;
    return measure({ home, db, temporal, runId, playTo, beginBitcoin });
  });
}

/** Loads the world and starts its day. */
async function beginBench(
  services: RunningServices,
  { seed, games, speed, bitcoinHours: hours }: BenchNight,
): Promise<Pick<BenchStage, "runId" | "beginBitcoin">> {
  const { environment, exchangeUrl, startingCashUsd } = services;
  const bitcoin = { series: BTC_SERIES, hours: hours ?? 0 };
  const source = `world:${seed}`;
  const wished = { source, games, date: null, ...(hours !== undefined && { bitcoin }) };
  const playable = await openSource(wished, environment);
  const wish = { playable, isNamed: false, mode: "paper", speed, startingCashUsd } as const;
  if (hours !== undefined) {
    // Both pipelines go on in what is loaded once.
    const { date } = playable.manifest;
    const request = { source, games, ...bitcoin, speed, startingCashUsd, date, mode: wish.mode };
    await createExchangeControl(exchangeUrl).load(request);
  }
  const { runId } = await beginNight(services, wish);
  const beginBitcoin = async (): Promise<void> => {
    await beginBtc(services, { ...wish, ...bitcoin, speed: null });
  };
  return { runId, beginBitcoin };
}

/** Services of a home of its own, and what differs from the usual settings. */
export interface OwnServices {
  readonly home: Home;
  readonly mode: "shadow" | "paper";
  readonly workerScript?: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly settings: (usual: TipoffConfigFile) => TipoffConfigFile;
  readonly limits?: WorldOverrides;
}

/** What runs in such a home. */
export interface RunningServices {
  readonly home: Home;
  readonly environment: Environment;
  readonly database: Db;
  readonly temporal: Client;
  readonly exchangeUrl: string;
  readonly startingCashUsd: number;
}

/** Brings the services up in a home, uses them, and ends everything. */
export async function withOwnServices<T>(
  { home, mode, workerScript, files = {}, settings, limits = {} }: OwnServices,
  use: (services: RunningServices) => Promise<T>,
): Promise<T> {
  const lock = await holdHome(home, "tipoff bench");
  const configFile = join(home.path, "bench.yaml");
  await writeFile(configFile, stringify(settings(usualSettings())));
  const limitsFile = join(home.path, "bench-limits.yaml");
  await writeFile(limitsFile, stringify(usualLimits(limits)));
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(home.path, name), content);
  }
  // Services of its own: another's database or server would measure that one.
  const environment = { ...readEnvironment(), databaseUrl: null, temporalAddress: null };
  const stack = await bringUp({
    home,
    environment,
    mode,
    findConfigFile: () => Promise.resolve(configFile),
    limitsFile,
    ...(workerScript !== undefined && { workerScript }),
    migrate: async (url) => {
      await migrate(url);
    },
    say: () => undefined,
    onStatus: () => undefined,
  });
  const onConnectionLost = (): void => undefined;
  const url = stack.databaseUrl;
  const database = openDatabase({ url, poolSize: 2, name: "bench", onConnectionLost });
  const temporal = await connectTemporal(stack.temporalAddress);
  try {
    const startingCashUsd = loadTipoffConfig(configFile).config.paper.startingCash / 1e6;
    const { exchangeUrl } = stack;
    return await use({ home, environment, database, temporal, exchangeUrl, startingCashUsd });
  } finally {
    await temporal.connection.close();
    await database.destroy();
    await stack.stop();
    await lock.release();
  }
}

/** The fullest moment of a world's night: twenty minutes before its first game ends. */
export function fullestMoment(seed: number, games: number): number {
  const ends = createWorld({ seed, games }).games.map(({ script }) => script.endAt);
  return Math.min(...ends) - 20 * 60_000;
}

function usualLimits(world: WorldOverrides): RiskLimitsFile {
  const { file } = loadRiskLimits(readEnvironment().limitsFile);
  return { ...file, world: { ...file.world, ...world } };
}

/** `config/tipoff.yaml`, or what stands for it. */
export function usualSettings(): TipoffConfigFile {
  const { configFile } = readEnvironment();
  return TipoffConfigFile.parse(parse(readFileSync(configFile, "utf8")));
}

async function playFast(exchangeUrl: string, at: number, speed: number): Promise<void> {
  const control = createExchangeControl(exchangeUrl);
  await control.setSpeed(speed);
  while ((await control.clock()).nowMs < at) await sleep(100);
  await control.setSpeed(1);
}
