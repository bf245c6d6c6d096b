import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino from "pino";
import { onTestFinished } from "vitest";
import type { Fact } from "../../facts.ts";
import { type ExchangeHandle, type ExchangeOptions, startExchange } from "../main.ts";
import { Bot } from "./bot.ts";
import { nightOf } from "./hand-made.ts";

export const LOAD = { source: "world:1", speed: 240, startingCashUsd: 100 } as const;

/** A test that lets time pass waits no longer than for so many leases. */
const LEASES_MAX = 20;

/** A folder that goes when the test has finished. */
export async function temporaryFolder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "exchange-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** The exchange with a night made by hand, at a standstill unless `isFreeRunning`. */
export async function startWith(
  facts: readonly Fact[],
  options: Partial<ExchangeOptions> & { load?: object } = {},
): Promise<{ exchange: ExchangeHandle; bot: Bot; tick: (ms?: number) => Promise<number> }> {
  const exchange = await startExchange({
    dataDir: options.dataDir ?? (await temporaryFolder()),
    port: 0,
    isFreeRunning: false,
    latencyMs: 0,
    tier: "prestige",
    log: pino({ level: "silent" }),
    openSource: () => Promise.resolve(nightOf(facts)),
    ...options,
  });
  onTestFinished(() => exchange.close());
  await exchange.nights.load({ ...LOAD, ...options.load });
  const clock = async (): Promise<{ readonly nowMs: number; readonly isDone: boolean }> => {
    const answer = await fetch(`${exchange.url}/sim/v1/clock`);
    return (await answer.json()) as { nowMs: number; isDone: boolean };
  };
  /** Lets wall time pass under a lease, and under others where a busy machine slept through it. @returns run time afterwards. */
  const tick = async (ms = 100): Promise<number> => {
    const ttlMs = Math.max(ms, 50);
    const send = { method: "POST", headers: { "content-type": "application/json" } };
    const body = JSON.stringify({ holder: "test", ttlMs });
    const before = await clock();
    for (let lease = 0; ; lease += 1) {
      await fetch(`${exchange.url}/sim/v1/lease`, { ...send, body });
      await new Promise((resolve) => setTimeout(resolve, ttlMs + 20));
      const { nowMs, isDone } = await clock();
      if (nowMs > before.nowMs || isDone || lease >= LEASES_MAX) return nowMs;
    }
  };
  return { exchange, bot: await Bot.of(exchange), tick };
}
